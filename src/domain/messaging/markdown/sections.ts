/** A piece of a markdown text that reads by itself as it does in the whole. */
export interface Section {
  readonly text: string;
  /** One line with more markers of nesting than anybody reads: to be taken as a plain paragraph. */
  readonly flat?: true;
}

const SECTION = 8_192;
const FENCE = /^[ \t]*(?<mark>`{3,}|~{3,})(?<info>.*)$/u;
/** Each marker takes what follows it up to the next one, so that there is a single way to match. */
const OVERNESTED = /^[ \t]*(?:(?:(?:[*+-]|\d{1,9}[.)])[ \t]+|>[ \t]*)){24}/u;
const RULE = /^ {0,3}(?<mark>[-*_])(?:[ \t]*\k<mark>)*[ \t]*$/u;

/**
 * Cuts a markdown text where one top-level block ends and the next begins, into pieces of about `size` UTF-16 units:
 * for a long text that is to be worked through piece by piece, with a pause after each. Joined by line ends they are
 * the text again. Code is never cut, nor a table; a block of other kinds without a blank line is, from twice the size on.
 *
 * A reference definition (`[name]: url`) is known only to the links of its own piece.
 */
export function sectionsOf(text: string, size = SECTION): readonly Section[] {
  const sections: Section[] = [];
  let lines: string[] = [];
  let length = 0;
  let fence: string | undefined;
  let afterBlank = false;
  const close = (): void => {
    if (lines.length > 0) sections.push({ text: lines.join("\n") });
    lines = [];
    length = 0;
  };
  for (const line of text.split("\n")) {
    if (fence === undefined && OVERNESTED.test(line) && !RULE.test(line)) {
      close();
      sections.push({ text: line, flat: true });
      continue;
    }
    if (fence === undefined && length >= size && isSeam(line, afterBlank || length >= 2 * size)) close();
    fence = fenceAfter(line, fence);
    afterBlank = line.trim() === "";
    lines.push(line);
    length += line.length + 1;
  }
  close();
  return sections;
}

/** A line that stands at the margin belongs to no item above it; one of a table needs the head of its table. */
const isSeam = (line: string, isDue: boolean): boolean => isDue && /^[^\s|]/u.test(line);

/** What will close the code that is open after this line, if any is; `open` is what would before it. */
export function fenceAfter(line: string, open: string | undefined): string | undefined {
  const { mark, info } = FENCE.exec(line)?.groups ?? {};
  if (mark === undefined || info === undefined) return open;
  if (open !== undefined) return mark.startsWith(open) && info.trim() === "" ? undefined : open;
  return mark.startsWith("`") && info.includes("`") ? undefined : mark;
}
