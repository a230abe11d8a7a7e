/** Deeper than any real request; a bomb of brackets ends here instead of in the call stack. */
const MAX_DEPTH = 128;

/** The same text for the same value, whatever the order of its keys; `undefined` where it nests too deeply. */
export function canonicalText(value: unknown, depth = 0): string | undefined {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (depth > MAX_DEPTH) return undefined;
  const isList = Array.isArray(value);
  const parts: string[] = [];
  for (const [key, item] of isList ? value.entries() : Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const text = canonicalText(item, depth + 1);
    if (text === undefined) return undefined;
    parts.push(isList ? text : `${JSON.stringify(key)}:${text}`);
  }
  return isList ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
}
