import type { TextUnit } from "../abilities.js";

/** How long a text is in the unit that a platform counts. */
export function lengthIn(text: string, unit: TextUnit): number {
  if (unit === "utf16") return text.length;
  let length = 0;
  for (const character of text) length += unit === "codepoints" ? 1 : bytesOf(character.codePointAt(0) ?? 0);
  return length;
}

/** In UTF-8. */
const bytesOf = (code: number): number => (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
