/** What a setup code carries. It is a secret until it was used. */
export interface SetupCode {
  readonly url: string;
  readonly urls?: readonly string[];
  readonly bootstrapToken: string;
  readonly expiresAtMs?: number;
  readonly tlsFingerprint?: string;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const PREFIX = "oc-pair://";
const MAX_LENGTH = 4096;

/** Base64url of the code's JSON. Other than ASCII is written as JSON escapes, so that characters are bytes. */
export function encodeSetupCode(code: SetupCode): string {
  const json = JSON.stringify(code).replaceAll(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  let text = "";
  for (let index = 0; index < json.length; index += 3) {
    const [a = 0, b, c] = [json.charCodeAt(index), byteAt(json, index + 1), byteAt(json, index + 2)];
    text += digit(a >> 2) + digit(((a & 3) << 4) | ((b ?? 0) >> 4));
    if (b !== undefined) text += digit(((b & 15) << 2) | ((c ?? 0) >> 6));
    if (c !== undefined) text += digit(c & 63);
  }
  return text;
}

const byteAt = (text: string, index: number): number | undefined => (index < text.length ? text.charCodeAt(index) : undefined);
const digit = (value: number): string => ALPHABET.charAt(value);

/** The code as it was made, with or without its prefix and the blanks of a terminal; `undefined` for anything else. */
export function decodeSetupCode(text: string): SetupCode | undefined {
  const compact = text.replaceAll(/\s/g, "");
  const body = (compact.toLowerCase().startsWith(PREFIX) ? compact.slice(PREFIX.length) : compact).replace(/=+$/, "");
  if (body === "" || body.length > MAX_LENGTH || !/^[A-Za-z0-9_-]+$/.test(body)) return undefined;
  let bytes = "";
  let bits = 0;
  let held = 0;
  for (const char of body) {
    held = ((held << 6) | ALPHABET.indexOf(char)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += `%${((held >> bits) & 0xff).toString(16).padStart(2, "0")}`;
  }
  return readSetupCode(bytes);
}

/** `bytes`: UTF-8, percent-encoded. */
function readSetupCode(bytes: string): SetupCode | undefined {
  let value: unknown;
  try {
    value = JSON.parse(decodeURIComponent(bytes));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { url, urls, bootstrapToken, expiresAtMs, tlsFingerprint } = value as Readonly<Record<string, unknown>>;
  if (typeof url !== "string" || typeof bootstrapToken !== "string" || bootstrapToken === "") return undefined;
  return {
    url,
    bootstrapToken,
    ...(Array.isArray(urls) ? { urls: urls.filter((one): one is string => typeof one === "string") } : {}),
    ...(typeof expiresAtMs === "number" ? { expiresAtMs } : {}),
    ...(typeof tlsFingerprint === "string" ? { tlsFingerprint } : {}),
  };
}
