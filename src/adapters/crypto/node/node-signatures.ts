import { createPublicKey, hash, timingSafeEqual, verify, type KeyObject } from "node:crypto";
import type { Signatures } from "../../../ports/signatures.js";
import { canonical, parsePublicKey } from "./public-key.js";

const BASE64URL_SIGNATURE = /^[A-Za-z0-9_-]{86}(?:==)?$/u;
const BASE64_SIGNATURE = /^[A-Za-z0-9+/]{86}(?:==)?$/u;

/**
 * Ed25519 and SHA-256 by `node:crypto`. Total over untrusted text: what cannot be read has no id and does not verify.
 * Keeps nothing between calls, so that strangers' keys cost no memory.
 *
 * A well-formed key that lies off the curve does get an id, but nothing ever verifies under it.
 */
export class NodeSignatures implements Signatures {
  deviceIdOf(publicKey: string): string | undefined {
    const raw = parsePublicKey(publicKey);
    return raw === undefined ? undefined : hash("sha256", raw, "hex");
  }

  verify(publicKey: string, signature: string, payload: string): boolean {
    const raw = parsePublicKey(publicKey);
    const bytes = parseSignature(signature);
    if (raw === undefined || bytes === undefined) return false;
    const key = keyObject(raw);
    return key !== undefined && verify(null, Buffer.from(payload, "utf8"), key, bytes);
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

function keyObject(raw: Buffer): KeyObject | undefined {
  try {
    // As DER, the same bytes would go through OpenSSL's decoders, which takes as long as the verification.
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" });
  } catch {
    // Releases of OpenSSL differ in whether they notice a point off the curve here or only while verifying.
    return undefined;
  }
}
