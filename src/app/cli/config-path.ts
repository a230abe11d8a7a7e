const FORBIDDEN: ReadonlySet<string> = new Set(["__proto__", "prototype", "constructor"]);
const STEP = /\.?([^.[\]"']+)|\[(\d+)\]|\[(?:"([^"]*)"|'([^']*)')\]/y;

/** A key, or a place in a list that the path itself marks as one. */
export type Step = string | number;

/**
 * Parses `gateway.port`, `agents.list[0].id`, `models.providers["my.host"].apiKey`. `undefined` where it is none, and
 * for names that lead to an object's prototype.
 */
export function parseConfigPath(text: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  if (text.startsWith(".")) return undefined;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    const key = match?.[1] ?? match?.[3] ?? match?.[4];
    const step = match?.[2] === undefined ? key : Number(match[2]);
    if (step === undefined || FORBIDDEN.has(String(step))) return undefined;
    steps.push(step);
  }
  return steps.length === 0 ? undefined : steps;
}

/** A copy with `value` at the path; sections that are missing are made. `undefined` where the path leads through something that is no section. */
export function withValue(root: unknown, path: readonly Step[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(root) || (root === undefined && typeof step === "number")) {
    const items: readonly unknown[] = root ?? [];
    const index = /^\d{1,6}$/.test(String(step)) ? Number(step) : Number.NaN;
    // At most one past the end: a list has no holes.
    if (!(index <= items.length)) return undefined;
    const inner = withValue(items[index], rest, value);
    return inner === undefined ? undefined : items.toSpliced(index, 1, inner);
  }
  if (root !== undefined && (typeof root !== "object" || root === null)) return undefined;
  const section = (root ?? {}) as Record<string, unknown>;
  const inner = withValue(Object.hasOwn(section, step) ? section[step] : undefined, rest, value);
  return inner === undefined ? undefined : { ...section, [step]: inner };
}
