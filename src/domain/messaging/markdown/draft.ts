import { fenceAfter } from "./sections.js";

/** What a line begins with that has only begun: the marker of what it will be, and nothing that it marks. */
const BARE_MARKER = /^(?:[-+*=#|~`]+|\d{1,9}[.)]|[-+*] \[[ xX]?\]?)$/u;
const BARE_NUMBER = /^\d{1,9}$/u;
const NUMBERED = /^[ \t]*\d{1,9}[.)] /u;
const HALF_LINK = /^\[(?<label>[^\]\n]*)(?:\](?:\([^)\s]*)?)?$/u;
const HALF_FENCE = /\n[ \t]*(?:`{1,2}|~{1,2})$/u;
/** What may open or close something; and where a block begins, above which nothing is open any more. */
const SIGN = /\\[\s\S]|(?<block>\n[ \t>]*(?:[-+*#|]|\d{1,9}[.)])[ \t])|(?<ticks>`+)|\*{1,3}|_{1,3}|~{1,2}/gu;

/**
 * A markdown text that is still arriving, with its end made to read as it will when it is whole: marks that are open are
 * closed, a link whose URL is not there yet is its label, a marker waits for what it marks. Only what follows the last
 * blank line is changed.
 */
export function settledDraft(text: string): string {
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  let fence: string | undefined;
  for (const line of lines) fence = fenceAfter(line, fence);
  const isOpen = fenceAfter(last, fence) !== undefined;
  // The first of the backticks that will close it are no code; those that open it wait for some.
  if (fence !== undefined) return isOpen ? text.replace(HALF_FENCE, "") : text;
  if (isOpen) return lines.join("\n");
  const start = text.lastIndexOf("\n\n") + 1;
  return text.slice(0, start) + closed(withoutBareMarker(text.slice(start)));
}

function withoutBareMarker(tail: string): string {
  const at = tail.lastIndexOf("\n");
  const line = tail.slice(at + 1).trimEnd();
  const content = line.replace(/^[ \t>]+/u, "");
  const before = tail.slice(tail.lastIndexOf("\n", at - 1) + 1, Math.max(at, 0));
  const isBare = BARE_MARKER.test(content) || (content === "" && line !== "") || (BARE_NUMBER.test(content) && NUMBERED.test(before));
  return isBare ? tail.slice(0, Math.max(at, 0)) : tail;
}

/** A link that is not whole yet is its label, once that is known not to be mere brackets; a picture is nothing. */
function withoutHalfLink(tail: string): string {
  const at = tail.lastIndexOf("[");
  const label = at < 0 ? undefined : HALF_LINK.exec(tail.slice(at))?.groups?.["label"];
  if (label === undefined) return tail;
  if (tail.charAt(at - 1) === "!") return tail.slice(0, at - 1);
  return tail.endsWith("]") ? tail : tail.slice(0, at) + label;
}

/** With what is open closed, what was opened last first. */
function closed(tail: string): string {
  const code = openCode(tail);
  const settled = code === undefined ? withoutHalfLink(tail) : tail.slice(0, code.index);
  const { open, end } = openMarks(settled);
  const content = code === undefined ? "" : tail.slice(code.index + code.ticks.length).replace(/(?<!`)`+$/u, "").trimEnd();
  const body = content === "" ? settled.slice(0, end).trimEnd() : `${settled}${code?.ticks}${content}${code?.ticks}`;
  return body + open.reverse().join("");
}

interface OpenCode {
  readonly ticks: string;
  readonly index: number;
}

/** The row of backticks that none of its length follows. */
function openCode(tail: string): OpenCode | undefined {
  const rows = [...tail.matchAll(/\\`|`+/gu)].filter(({ 0: row }) => !row.startsWith("\\"));
  const ends = new Map(rows.map(({ 0: row, index }) => [row, index]));
  let inside: string | undefined;
  for (const { 0: ticks, index } of rows) {
    if (inside !== undefined) inside = inside === ticks ? undefined : inside;
    else if (ends.get(ticks) === index) return { ticks, index };
    else inside = ticks;
  }
  return undefined;
}

/** The marks that nothing closes yet, and where the text ends without one that has nothing to mark, or is half of its closing. */
function openMarks(text: string): { readonly open: string[]; readonly end: number } {
  let open: string[] = [];
  let end = text.length;
  let code: string | undefined;
  for (const { 0: sign, index, groups } of text.matchAll(SIGN)) {
    const { ticks, block } = groups ?? {};
    if (code !== undefined) code = ticks === code ? undefined : code;
    else if (ticks !== undefined) code = ticks;
    else if (block !== undefined) open = [];
    else if (!sign.startsWith("\\")) {
      const [before, after] = [text.charAt(index - 1), text.charAt(index + sign.length)];
      const isWithinWord = sign.startsWith("_") && /\w/u.test(before) && /\w/u.test(after);
      if (isWithinWord) continue;
      if (open.at(-1) === sign && /\S/u.test(before)) open.pop();
      else if (after === "") end = index;
      // One tilde more often says "about".
      else if (/\S/u.test(after) && sign !== "~") open.push(sign);
    }
  }
  return { open, end };
}
