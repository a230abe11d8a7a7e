export type PayloadVersion = "v1" | "v2" | "v3";

/** What a device signs. Every field is what its connect frame says, so that a signature fits one frame on one socket. */
export interface SignedFields {
  readonly deviceId: string;
  readonly clientId: string;
  readonly clientMode: string;
  /** The resolved role: `operator` where the frame leaves it out. */
  readonly role: string;
  /** As sent, not as defaulted; empty where the frame leaves them out. */
  readonly scopes: readonly string[];
  readonly signedAtMs: number;
  /** The first of token, device token and bootstrap token that the frame holds, else empty. Never a password. */
  readonly token: string;
  readonly nonce: string;
  readonly platform?: string;
  readonly deviceFamily?: string;
}

// Not toLowerCase: signers in other languages fold ASCII only, and the two sides must agree on every byte.
const plain = (text = ""): string => text.trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/**
 * The text under a device's signature, shared by those who sign and those who verify.
 * v1 has no nonce and so can be replayed; v3 adds platform and device family to v2. Nothing is escaped.
 */
export function signaturePayload(version: PayloadVersion, fields: SignedFields): string {
  const { deviceId, clientId, clientMode, role, scopes, signedAtMs, token, nonce } = fields;
  const common = [version, deviceId, clientId, clientMode, role, scopes.join(","), String(signedAtMs), token];
  if (version === "v1") return common.join("|");
  if (version === "v2") return [...common, nonce].join("|");
  return [...common, nonce, plain(fields.platform), plain(fields.deviceFamily)].join("|");
}
