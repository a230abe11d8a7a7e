/** A close frame has room for 123 bytes; the wire protocol uses 120. */
const REASON_BYTES = 120;

/** At most 120 bytes of UTF-8, cut between characters. */
export function cutCloseReason(reason: string): string {
  let bytes = 0;
  let end = 0;
  for (const character of reason) {
    bytes += utf8Length(character.codePointAt(0) ?? 0);
    if (bytes > REASON_BYTES) return reason.slice(0, end);
    end += character.length;
  }
  return reason;
}

/** A lone surrogate is written as U+FFFD, which is three bytes like itself. */
const utf8Length = (codePoint: number): number => (codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4);
