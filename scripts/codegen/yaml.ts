/** What reads as a plain scalar in every version of YAML, and as nothing but a string. */
const PLAIN = /^[A-Za-z][A-Za-z0-9 _.,/()+-]*$/;
/** Words that some reader of YAML takes for a boolean, a null or a number. */
const MEANT_OTHERWISE = /^(?:true|false|yes|no|on|off|y|n|null|nan|inf|infinity)$/i;
/** Line ends of YAML, and what it allows only escaped, beyond what JSON escapes anyway. */
const ESCAPED = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

const INDENT = "  ";

const isPlain = (text: string): boolean => PLAIN.test(text) && !MEANT_OTHERWISE.test(text) && !text.endsWith(" ");

function scalar(value: string | number | boolean | null): string {
  if (typeof value !== "string") return JSON.stringify(value);
  if (isPlain(value)) return value;
  return JSON.stringify(value).replaceAll(ESCAPED, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function lines(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.length === 0 ? ["[]"] : value.flatMap((item) => nested("-", item));
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return entries.length === 0 ? ["{}"] : entries.flatMap(([key, item]) => nested(`${scalar(key)}:`, item));
  }
  if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) return [scalar(value as string)];
  throw new Error(`YAML has no ${typeof value} here`);
}

/** A list item starts on the line of its dash, everything else that has lines of its own below its key. */
function nested(lead: string, value: unknown): readonly string[] {
  const own = lines(value);
  const [first = "", ...others] = own;
  const isBlock = typeof value === "object" && value !== null && first !== "[]" && first !== "{}";
  if (!isBlock) return [`${lead} ${first}`];
  if (lead === "-") return [`- ${first}`, ...others.map((line) => INDENT + line)];
  return [lead, ...own.map((line) => INDENT + line)];
}

/** JSON data as block-style YAML 1.2 that reads the same in 1.1. Throws for what JSON does not have. */
export const renderYaml = (value: unknown): string => `${lines(value).join("\n")}\n`;
