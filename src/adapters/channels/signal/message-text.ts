import { countOf, listOf, textOf, type Fields } from "../../../domain/foreign-fields.js";
import { isSelf, type Self } from "./target.js";

export interface SpokenText {
  readonly text: string;
  /** The account is mentioned. */
  readonly addressed: boolean;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly as: string;
}

/** Signal leaves this character where somebody is mentioned. */
const PLACEHOLDER = "\ufffc";

/**
 * What somebody typed, with the people whom they mentioned by name and without the mention of the account. Where the
 * mentions stand is told apart from the text, in UTF-16 units, as JavaScript's strings count.
 */
export function readText(text: string, mentions: unknown, self: Self): SpokenText {
  const spans: Span[] = [];
  let addressed = false;
  for (const mention of listOf(mentions)) {
    const start = countOf(mention["start"]) ?? -1;
    const end = start + (countOf(mention["length"]) ?? 0);
    if (start < 0 || end <= start || end > text.length || !text.slice(start, end).includes(PLACEHOLDER)) continue;
    if (isMentionOf(mention, self)) {
      addressed = true;
      spans.push({ ...cutAround(text, start, end), as: "" });
    } else {
      spans.push({ start, end, as: `@${textOf(mention["name"]) ?? textOf(mention["number"]) ?? textOf(mention["uuid"]) ?? "somebody"}` });
    }
  }
  return { text: replaceSpans(text, spans), addressed };
}

const isMentionOf = (mention: Fields, self: Self): boolean =>
  [mention["uuid"], mention["number"]].some((id) => isSelf(textOf(id)?.toLowerCase() ?? "", self));

/** The span with the white space and the punctuation that would be left without anything to belong to. */
function cutAround(text: string, start: number, end: number): { readonly start: number; readonly end: number } {
  const before = text.slice(0, start);
  const behind = text.slice(end);
  if (before.trim() === "") return { start: 0, end: end + (/^[,:;]?\s*/u.exec(behind)?.[0].length ?? 0) };
  if (behind.trim() === "") return { start: before.trimEnd().length, end: text.length };
  if (before.endsWith(" ")) return { start: start - 1, end };
  return { start, end: end + (behind.startsWith(" ") ? 1 : 0) };
}

function replaceSpans(text: string, spans: readonly Span[]): string {
  let result = "";
  let at = 0;
  for (const { start, end, as } of spans.toSorted((one, other) => one.start - other.start)) {
    // Two mentions side by side share the white space between them.
    if (end <= at) continue;
    result += text.slice(at, Math.max(start, at)) + as;
    at = end;
  }
  return result + text.slice(at);
}
