// What of the package's grammar takes more than linear time, in other words.

/** Anchored: otherwise it would fail at each position anew. */
export const NEVER = /^(?!)/u;

const TABLE_START = "[^\\n|]*\\|[^\\n]*\\n {0,3}[|:-][-:| \\t]*(?:\\n|$)";
const TABLE = new RegExp(`^${TABLE_START}`, "u");
const INTERRUPTIONS = [
  " {0,3}(?:(?:-[\\t ]*){3,}|(?:_[\\t ]*){3,}|(?:\\*[\\t ]*){3,})(?:\\n|$)",
  " {0,3}#{1,6}(?:\\s|$)",
  " {0,3}>",
  " {0,3}(?:`{3,}(?=[^`\\n]*(?:\\n|$))|~~~)",
  " {0,3}(?:[*+-]|1[.)])[ \\t]+[^ \\t\\n]",
  TABLE_START,
  "[ \\t]+\\n",
];

/** Lines up to one that begins something else. The package's own reads a whole table at each line to see whether one begins. */
export const PARAGRAPH = new RegExp(`^([^\\n]+(?:\\n(?!${INTERRUPTIONS.join("|")})[^\\n]+)*)`, "u");

/** Whether a table begins here: a head, and a rule below it with as many columns. */
export function isTable(text: string): boolean {
  const [head, rule] = TABLE.exec(text)?.[0].split("\n") ?? [];
  return head !== undefined && rule !== undefined && columnsIn(head) === columnsIn(rule);
}

/** A row may begin and end with a pipe, and hold escaped ones. */
const columnsIn = (row: string): number => row.trim().replace(/\\\|/gu, "").replace(/^\||\|$/gu, "").split("|").length;

const FORM_START = /[\\<![`*_~]|(?<! ) {2,}\n|https?:\/\//giu;
const FIRST = /^(?:`+|~+|[^`~])/u;

/** Text up to where some other rule may find something; at least one character. */
export function plainText(text: string): string {
  FORM_START.lastIndex = FIRST.exec(text)?.[0].length ?? 1;
  return text.slice(0, FORM_START.exec(text)?.index);
}

/** Up to a blank, a mark that no URL holds, or the punctuation of East Asian text, which is written without a blank. */
const BARE_URL = /^https?:\/\/[^\s\p{Cf}<>`\u3000-\u303f\uff00-\uffef]+/iu;
const SENTENCE_MARK = /[?!.,:;*_'"~\]]/u;

/** The URL that a text begins with, without what belongs to the sentence around it. */
export function bareUrl(text: string): string | undefined {
  const url = BARE_URL.exec(text)?.[0];
  if (url === undefined) return undefined;
  let unopened = url.split(")").length - url.split("(").length;
  let end = url.length;
  for (; end > 0; end -= 1) {
    const last = url.charAt(end - 1);
    if (last === ")" && unopened > 0) unopened -= 1;
    else if (!SENTENCE_MARK.test(last)) break;
  }
  return end > "https://".length ? url.slice(0, end) : undefined;
}
