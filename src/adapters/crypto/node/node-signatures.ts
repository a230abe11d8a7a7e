import { createPublicKey, hash, timingSafeEqual, verify, type KeyObject } from "node:crypto";
import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";
import type { Signatures } from "../../../ports/signatures.js";
import { canonical, parsePublicKey } from "./public-key.js";

const BASE64URL_SIGNATURE = /^[A-Za-z0-9_-]{86}(?:==)?$/u;
const BASE64_SIGNATURE = /^[A-Za-z0-9+/]{86}(?:==)?$/u;

/** Keys that a device has proved to hold lately: reading one takes half as long as verifying with it. */
const MAX_KNOWN = 512;

interface KnownKey {
  readonly id: string;
  readonly key: KeyObject;
}

/**
 * Ed25519 and SHA-256 by `node:crypto`. Total over untrusted text: what cannot be read has no id and does not verify.
 * Keeps the last few keys under which something was verified, and nothing of a key without a proof.
 *
 * A well-formed key that lies off the curve does get an id, but nothing ever verifies under it.
 */
export class NodeSignatures implements Signatures {
  readonly #known = new AgeOrderedMap<KnownKey>(MAX_KNOWN);

  deviceIdOf(publicKey: string): string | undefined {
    const known = this.#known.get(publicKey);
    if (known !== undefined) return known.id;
    const raw = parsePublicKey(publicKey);
    return raw === undefined ? undefined : hash("sha256", raw, "hex");
  }

  verify(publicKey: string, signature: string, payload: string): boolean {
    const bytes = parseSignature(signature);
    const known = this.#known.get(publicKey) ?? readKey(publicKey);
    if (known === undefined || bytes === undefined || !verify(null, Buffer.from(payload, "utf8"), known.key, bytes)) return false;
    this.#known.set(publicKey, known);
    return true;
  }

  secretsEqual(given: string, expected: string): boolean {
    return timingSafeEqual(sha256(given), sha256(expected));
  }

  digest(text: string): string {
    return hash("sha256", text, "hex");
  }
}

const sha256 = (text: string): Buffer => hash("sha256", text, "buffer");

/** 64 bytes in either alphabet, with its padding or without. */
function parseSignature(text: string): Buffer | undefined {
  const encoding = BASE64URL_SIGNATURE.test(text) ? "base64url" : BASE64_SIGNATURE.test(text) ? "base64" : undefined;
  if (encoding === undefined) return undefined;
  const unpadded = text.slice(0, 86);
  return canonical(encoding === "base64" ? `${unpadded}==` : unpadded, encoding);
}

function readKey(publicKey: string): KnownKey | undefined {
  const raw = parsePublicKey(publicKey);
  const key = raw === undefined ? undefined : keyObject(raw);
  return raw === undefined || key === undefined ? undefined : { id: hash("sha256", raw, "hex"), key };
}

function keyObject(raw: Buffer): KeyObject | undefined {
  try {
    // As DER, the same bytes would go through OpenSSL's decoders, which takes as long as the verification.
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" });
  } catch {
    // Releases of OpenSSL differ in whether they notice a point off the curve here or only while verifying.
    return undefined;
  }
}
