/** A part of a text, and what is to stand in its place. In UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly as: string;
}

/** The span with the white space and the punctuation that would be left without anything to belong to. */
export function cutAround(text: string, start: number, end: number): { readonly start: number; readonly end: number } {
  const before = text.slice(0, start);
  const behind = text.slice(end);
  if (before.trim() === "") return { start: 0, end: end + (/^[,:;]?\s*/u.exec(behind)?.[0].length ?? 0) };
  if (behind.trim() === "") return { start: before.trimEnd().length, end: text.length };
  if (before.endsWith(" ")) return { start: start - 1, end };
  return { start, end: end + (behind.startsWith(" ") ? 1 : 0) };
}

/** The text with each span replaced. Of two that overlap the later one is passed over. */
export function replaceSpans(text: string, spans: readonly Span[]): string {
  let result = "";
  let at = 0;
  for (const { start, end, as } of [...spans].sort((one, other) => one.start - other.start)) {
    // Two mentions side by side share the white space between them.
    if (end <= at) continue;
    result += text.slice(at, Math.max(start, at)) + as;
    at = end;
  }
  return result + text.slice(at);
}
