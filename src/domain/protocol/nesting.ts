/** Deeper than any real message. What nests deeper can be parsed, but not written again: that would overflow the stack. */
export const MAX_NESTING = 128;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
// Arrays and objects: the brackets and the braces, opening and closing.
const OPEN = [0x5b, 0x7b] as const;
const CLOSE = [0x5d, 0x7d] as const;

/** Whether a JSON text has arrays and objects within each other beyond {@link MAX_NESTING}. Says nothing of a text that is no JSON. */
export function nestsTooDeeply(json: string): boolean {
  // So few characters cannot nest so deep, which spares most messages the search.
  if (json.length <= MAX_NESTING) return false;
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfString(json, at);
    else if (code === OPEN[0] || code === OPEN[1]) {
      depth += 1;
      if (depth > MAX_NESTING) return true;
    } else if (code === CLOSE[0] || code === CLOSE[1]) depth -= 1;
  }
  return false;
}

/** Where the closing quote stands: the first after `start` that an even number of backslashes precedes. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf("\"", start + 1); end >= 0; end = json.indexOf("\"", end + 1)) {
    let backslashes = 0;
    while (json.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return json.length;
}
