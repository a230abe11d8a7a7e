import { countOf, listOf, textOf, type Fields } from "../../../domain/foreign-fields.js";
import { cutAround, replaceSpans, type Span } from "../../../domain/text/spans.js";
import { isSelf, type Self } from "./target.js";

export interface SpokenText {
  readonly text: string;
  /** The account is mentioned. */
  readonly addressed: boolean;
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
