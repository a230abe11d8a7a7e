const SENTENCE_END = /[.!?…]["'”’»)\]*_]*(?=\s)|[。！？]["'”’」』）]*/gu;
const CLAUSE_END = /[,;:](?=\s)|[，、；：]/gu;
const BLANK = /\s/u;
/** Written without blanks between words; what closes a clause stays with it. */
const UNSPACED = /[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e01-\u0e2e\u0e40-\u0e46]/u;
/** The longest cluster that is kept together: families of emoji reach 30 UTF-16 units. */
const CLUSTER_WINDOW = 64;

/**
 * The best place to cut a text at or before `max`, which is within it and above 0: a line's end, else a sentence's, else
 * a clause's, if it lies in the last half; else between words, else between characters as they are seen. Never within a
 * surrogate pair; above 0 where that can be.
 */
export function seamIn(text: string, max: number): number {
  const least = Math.floor(max / 2);
  const line = text.lastIndexOf("\n", max);
  if (line > least) return line;
  const window = text.slice(least, max + 1);
  for (const pattern of [SENTENCE_END, CLAUSE_END]) {
    const end = least + lastEnd(window, pattern, max - least);
    if (end > least) return end;
  }
  for (let at = max; at > 0; at -= 1) {
    const next = text.charAt(at);
    // A blank far back is no reason to send half a part where words may be parted elsewhere too.
    if (BLANK.test(next) || (at > least && UNSPACED.test(next))) return at;
  }
  return clusterIn(text, max);
}

/** Where the last match ends, at `max` or before; 0 without one. */
function lastEnd(text: string, pattern: RegExp, max: number): number {
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const at = match.index + match[0].length;
    if (at > max) break;
    end = at;
  }
  return end;
}

/** The last boundary between characters as they are seen, else between code points; 0 if the first code point is longer than `max`. */
export function clusterIn(text: string, max: number): number {
  if (max >= text.length) return text.length;
  const from = Math.max(0, codePointIn(text, max - CLUSTER_WINDOW));
  let end = from;
  for (const { index } of new Intl.Segmenter().segment(text.slice(from, max + CLUSTER_WINDOW))) {
    if (from + index > max) break;
    end = from + index;
  }
  return end > from || from === max ? end : codePointIn(text, max);
}

const codePointIn = (text: string, at: number): number => {
  const isWithin = /[\udc00-\udfff]/.test(text.charAt(at)) && /[\ud800-\udbff]/.test(text.charAt(at - 1));
  return isWithin ? at - 1 : at;
};
