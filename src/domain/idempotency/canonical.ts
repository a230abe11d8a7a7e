/** Deeper than any real request; a bomb of brackets ends here instead of in the call stack. */
const MAX_DEPTH = 128;

/** The same text for the same value, whatever the order of its keys; `undefined` where it nests too deeply. */
export function canonicalText(value: unknown, depth = 0): string | undefined {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (depth > MAX_DEPTH) return undefined;
  const isList = Array.isArray(value);
  const fields = value as Readonly<Record<string, unknown>>;
  let text = "";
  for (const key of isList ? value.keys() : Object.keys(value).sort()) {
    const item = canonicalText(fields[key], depth + 1);
    if (item === undefined) return undefined;
    const name = isList ? "" : `${JSON.stringify(key)}:`;
    text += text === "" ? name + item : `,${name}${item}`;
  }
  return isList ? `[${text}]` : `{${text}}`;
}
