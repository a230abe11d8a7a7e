const SECRET_NAME = /token|password|passphrase|secret|api[-_]?key|private[-_]?key|credential|cookie|authorization/i;
const SECRET_SECTIONS: ReadonlySet<string> = new Set(["headers", "env"]);
const HIDDEN = "__REDACTED__";

const hides = (key: string): boolean => SECRET_NAME.test(key) || SECRET_SECTIONS.has(key);

/** A copy for showing: texts under names that promise a secret are hidden. `${NAME}` stays, since it is none. */
export function redact(value: unknown, path: readonly (string | number)[] = []): unknown {
  return copy(value, path.some((step) => hides(String(step))));
}

function copy(value: unknown, hidden: boolean): unknown {
  if (typeof value === "string") {
    if (hidden) return value === "" || /^\$\{[A-Z_][A-Z0-9_]*\}$/.test(value) ? value : HIDDEN;
    return value.replace(/(:\/\/)[^/?#\s@]+@/g, `$1${HIDDEN}@`);
  }
  if (Array.isArray(value)) return value.map((item) => copy(item, hidden));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item, hidden || hides(key))]));
}
