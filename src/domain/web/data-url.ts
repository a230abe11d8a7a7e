import { parseMimeType, sniffMimeType } from "../messaging/media-type.js";
import { tooLarge, WebFault } from "./web-fault.js";

export interface DataUrl {
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

/**
 * The file inside a `data:` URL, in base64 or percent-encoded (RFC 2397), as the platform's parser has written it out:
 * ASCII without line breaks. Where no type is said, the bytes are asked.
 */
export function parseDataUrl(href: string, maxBytes: number): DataUrl | WebFault {
  const hash = href.indexOf("#");
  const url = hash < 0 ? href : href.slice(0, hash);
  const comma = url.indexOf(",");
  if (comma < 0) return broken("has no comma before its data");
  const head = url.slice("data:".length, comma);
  const isBase64 = /;\s*base64\s*$/iu.test(head);
  const text = percentDecoded(url.slice(comma + 1));
  const bytes = isBase64 ? base64Decoded(text, maxBytes) : text.length > maxBytes ? tooLarge(maxBytes) : text;
  if (bytes instanceof WebFault) return bytes;
  return { mimeType: parseMimeType(head) ?? sniffMimeType(bytes) ?? "text/plain", bytes };
}

const broken = (what: string): WebFault => new WebFault("bad-url", `The data: URL ${what}: encode the file anew.`);

const NONE = 255;
const PADDING = 254;
const BLANK = 253;
const PERCENT = 37;

/** For each ASCII character what it counts for; {@link NONE} where that is nothing. */
const tableOf = (values: Readonly<Record<string, (index: number) => number>>): Uint8Array => {
  const table = new Uint8Array(128).fill(NONE);
  for (const [characters, valueOf] of Object.entries(values)) {
    for (let index = 0; index < characters.length; index += 1) table[characters.charCodeAt(index)] = valueOf(index);
  }
  return table;
};

const HEX = tableOf({ "0123456789abcdef": (index) => index, ABCDEF: (index) => index + 10 });
const BASE64 = tableOf({
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/": (index) => index,
  "=": () => PADDING,
  "\t\n\f\r ": () => BLANK,
});

// Character by character: a stranger chooses these texts, they are megabytes, and nothing else happens meanwhile.

function percentDecoded(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    let byte = text.charCodeAt(at);
    if (byte === PERCENT) {
      const high = HEX[text.charCodeAt(at + 1)] ?? NONE;
      const low = HEX[text.charCodeAt(at + 2)] ?? NONE;
      // A percent sign that begins no escape stands for itself.
      if (high !== NONE && low !== NONE) {
        byte = (high << 4) | low;
        at += 2;
      }
    }
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}

function base64Decoded(text: Uint8Array, maxBytes: number): Uint8Array | WebFault {
  const bytes = new Uint8Array(Math.min(Math.floor((text.length * 3) / 4), maxBytes + 1));
  let length = 0;
  let held = 0;
  let bits = 0;
  let padding = 0;
  for (let at = 0; at < text.length && length <= maxBytes; at += 1) {
    const value = BASE64[text[at] ?? NONE] ?? NONE;
    if (value === PADDING) padding += 1;
    else if (value !== BLANK) {
      if (value === NONE || padding > 0) return broken("is not in base64");
      held = ((held << 6) | value) & 0xffff;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        bytes[length++] = held >> bits;
      }
    }
  }
  if (length > maxBytes) return tooLarge(maxBytes);
  // Six bits left over are a lone digit; four take two signs of padding, two take one.
  const isWhole = bits < 6 && (padding === 0 || padding === bits / 2);
  return isWhole ? bytes.subarray(0, length) : broken("is not in base64");
}
