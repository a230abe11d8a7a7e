/** The DER that stands before the 32 raw bytes of every Ed25519 public key (RFC 8410). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

const RAW_KEY = /^[A-Za-z0-9_-]{43}$/u;
const PEM_KEY = /^-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----$/u;
const MAX_PEM_LENGTH = 256;

/**
 * The 32 bytes of a device's public key: 43 characters of base64url, or an Ed25519 SPKI in PEM.
 * `undefined` for any other text, for another spelling of the same bytes, and for a point that
 * {@link isUsablePoint} refuses: one key has one id.
 */
export function parsePublicKey(text: string): Buffer | undefined {
  const raw = RAW_KEY.test(text) ? canonical(text, "base64url") : parsePem(text);
  return raw !== undefined && raw.length === 32 && isUsablePoint(raw) ? raw : undefined;
}

/** Read by hand: OpenSSL would also take a private key or a certificate here, from a stranger. */
function parsePem(text: string): Buffer | undefined {
  if (text.length > MAX_PEM_LENGTH) return undefined;
  const body = PEM_KEY.exec(text.trim())?.[1]?.replace(/\s+/gu, "");
  const der = body === undefined ? undefined : canonical(body, "base64");
  if (der === undefined || !der.subarray(0, SPKI_PREFIX.length).equals(SPKI_PREFIX)) return undefined;
  return der.subarray(SPKI_PREFIX.length);
}

/** Node skips what it cannot decode; text that does not come back the same held something else. */
export function canonical(text: string, encoding: "base64" | "base64url"): Buffer | undefined {
  const bytes = Buffer.from(text, encoding);
  return bytes.toString(encoding) === text ? bytes : undefined;
}

/** The y coordinates, little-endian, of the eight points whose order divides 8: any message has a signature under them. */
const LOW_ORDER_Y: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]);

/** Refuses low-order points and `y` at or above the field's prime, which OpenSSL would reduce to a second spelling of a key. */
function isUsablePoint(raw: Buffer): boolean {
  const y = Buffer.from(raw);
  y[31] = (y[31] ?? 0) & 0x7f;
  const aboveAllButTheLowestByte = y[31] === 0x7f && y.subarray(1, 31).every((byte) => byte === 0xff);
  if (aboveAllButTheLowestByte && (y[0] ?? 0) >= 0xed) return false;
  return !LOW_ORDER_Y.has(y.toString("hex"));
}
