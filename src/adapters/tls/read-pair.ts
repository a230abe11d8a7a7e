import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { epochMs } from "../../domain/moment.js";
import type { CertificateError, ServerCertificate } from "../../ports/certificates.js";

export class UnusableCertificate extends Error implements CertificateError {
  override readonly name = "CertificateError";
}

/** PEM texts and what they are called in a complaint about them. */
export interface PemPair {
  readonly cert: string;
  readonly key: string;
  readonly certName: string;
  readonly keyName: string;
}

/** Throws an {@link UnusableCertificate} unless the two are what they should be and belong together. An expired one is served: its pin still holds. */
export function readPair({ cert, key, certName, keyName }: PemPair): ServerCertificate {
  const leaf = certificateOf(cert, certName);
  if (!leaf.checkPrivateKey(keyOf(key, keyName))) {
    throw new UnusableCertificate(`The key in ${keyName} is not the one of the certificate in ${certName}. Put the pair that was issued together there.`);
  }
  return {
    cert,
    key,
    fingerprint: leaf.fingerprint256.replaceAll(":", "").toLowerCase(),
    expiresAtMs: epochMs(Date.parse(leaf.validTo)),
  };
}

function certificateOf(pem: string, name: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new UnusableCertificate(`${name} does not begin with a certificate in PEM form ("-----BEGIN CERTIFICATE-----").`);
  }
}

function keyOf(pem: string, name: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const isLocked = (error as { code?: unknown }).code === "ERR_MISSING_PASSPHRASE" || pem.includes("ENCRYPTED");
    throw new UnusableCertificate(isLocked
      ? `The key in ${name} is locked with a passphrase, which nobody could type when the gateway starts. Store it without one, readable by you alone.`
      : `${name} does not hold a private key in PEM form ("-----BEGIN PRIVATE KEY-----").`);
  }
}
