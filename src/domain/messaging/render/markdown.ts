import type { Form, Mark } from "./form.js";
import { escapedAtLineStart, inMarks, isBare, isLanguage, leadOf, oneLine, prefixed } from "./form-parts.js";

const MARKS: Readonly<Record<Mark, string>> = { strong: "**", emphasis: "*", strike: "~~" };
/** `!` at the end would make an image of a link that follows; `&` a character of what may be a reference. */
const FORMING = /[\\*_~`|[\]<>]|!$|&(?=#?\w{1,32};)/gu;
const LEADING = /(?<start>^|\n)(?<blanks>[ \t]*)(?:(?<mark>[#+=-])|(?<number>\d{1,9})(?=[.)]))/gu;

const escaped = (text: string, isLineStart: boolean): string => escapedAtLineStart(text.replace(FORMING, "\\$&"), LEADING, isLineStart);

/** Or an emoji, of which some readers see only the second half. */
const LETTER = /^(?:[^\s\p{P}\p{S}]|[\u{10000}-\u{10ffff}])/u;
const PUNCTUATION = /^[\p{P}\p{S}\udc00-\udfff]/u;

/** A row of backticks longer than any in the text. */
function ticksFor(text: string, least: number): string {
  let length = least;
  for (const [ticks] of text.matchAll(/`+/gu)) length = Math.max(length, ticks.length + 1);
  return "`".repeat(length);
}

const target = (url: string): string => url.replace(/[()]/gu, "\\$&");

/** CommonMark with GitHub's tables, for a page or an app that renders it by itself. */
export const MARKDOWN: Form = {
  text: escaped,
  // Between punctuation and a letter its marks neither open nor close.
  mark: (mark, inner, { before, after }) => {
    const isStuck = (LETTER.test(before) && PUNCTUATION.test(inner.slice(0, 2))) || (LETTER.test(after) && PUNCTUATION.test(inner.slice(-1)));
    return isStuck ? inner : inMarks(inner, MARKS[mark]);
  },
  code: (text) => {
    const ticks = ticksFor(text, 1);
    const blank = /^[` ]|[` ]$/u.test(text) ? " " : "";
    return `${ticks}${blank}${text}${blank}${ticks}`;
  },
  link: (link) => (isBare(link) ? `<${link.visible}>` : `[${oneLine(link.label)}](${target(link.url)})`),
  image: (url, alt) => `![${escaped(oneLine(alt), false)}](${target(url)})`,
  lineBreak: "  \n",
  heading: (inner, level) => `${"#".repeat(level)} ${oneLine(inner)}`,
  codeBlock: (text, language = "") => {
    const fence = ticksFor(text, 3);
    return `${fence}${isLanguage(language) ? language : ""}\n${text}\n${fence}`;
  },
  quote: (inner) => prefixed(inner, "> "),
  // Neither a heading's underline nor a bullet's beginning.
  rule: "___",
  marker: ({ number, checked, isSecond }) => {
    const box = checked === undefined ? "" : checked ? "[x] " : "[ ] ";
    return leadOf(number === undefined ? (isSecond ? "*" : "-") : `${number}${isSecond ? ")" : "."}`, box);
  },
  table: "pipes",
  indentsBlocks: true,
  itemGap: "\n\n",
};
