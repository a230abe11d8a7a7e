/** Device signatures and secret comparison. */
export interface Signatures {
  /** Lower-case hex SHA-256 of the raw 32-byte key, or `undefined` where `publicKey` (base64url or PEM SPKI) is not a usable Ed25519 key. */
  deviceIdOf(publicKey: string): string | undefined;
  /** Ed25519 over the UTF-8 payload; `signature` as base64url or base64. Low-order and non-canonical keys never verify. */
  verify(publicKey: string, signature: string, payload: string): boolean;
  /** Compares without telling by its duration how much of the secret was right, whatever the lengths. */
  secretsEqual(given: string, expected: string): boolean;
  /** Lower-case hex SHA-256 of the UTF-8 text. */
  digest(text: string): string;
}
