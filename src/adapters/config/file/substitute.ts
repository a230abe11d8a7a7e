import type { ConfigIssue } from "../../../ports/config-source.js";
import { variable, type Env } from "./env.js";
import { pathTo } from "./fit.js";

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
const MAX_DEPTH = 64;
const REFERENCE = /(\$?)\$\{([A-Z_][A-Z0-9_]*)\}/g;

interface Place {
  readonly path: string;
  readonly depth: number;
}

/** Copies a parsed file without the keys that could reach an object's prototype; each one is an issue. */
export function withoutForbiddenKeys(value: unknown, issues: ConfigIssue[], place: Place = { path: "", depth: 0 }): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (place.depth >= MAX_DEPTH) {
    issues.push({ path: place.path, message: `Sections may be nested ${MAX_DEPTH} deep at most.` });
    return Array.isArray(value) ? [] : {};
  }
  const inner = (key: string | number): Place => ({ path: pathTo(place.path, key), depth: place.depth + 1 });
  if (Array.isArray(value)) return value.map((item, index) => withoutForbiddenKeys(item, issues, inner(index)));
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (FORBIDDEN_KEYS.has(key)) {
      issues.push({ path: pathTo(place.path, key), message: "This name is not allowed as a key." });
    } else {
      copy[key] = withoutForbiddenKeys(item, issues, inner(key));
    }
  }
  return copy;
}

/**
 * Puts the environment's values in place of `${NAME}` in every text; `$${NAME}` stands for the characters themselves.
 * A variable that is not set is an issue, and its text is left as it was.
 */
export function substitute(value: unknown, env: Env, report: (issue: ConfigIssue) => void): unknown {
  const walk = (item: unknown, path: string): unknown => {
    if (typeof item === "string") return replaced(item, path);
    if (Array.isArray(item)) return item.map((inner, index) => walk(inner, pathTo(path, index)));
    if (typeof item !== "object" || item === null) return item;
    return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, walk(inner, pathTo(path, key))]));
  };
  const replaced = (text: string, path: string): string =>
    text.replace(REFERENCE, (whole, escape: string, name: string) => {
      if (escape !== "") return whole.slice(1);
      const found = variable(env, name);
      if (found === undefined) report({ path, message: `The environment variable ${name} is not set.` });
      return found ?? whole;
    });
  return walk(value, "");
}

/** The file's own `env` block: variables for those that neither the process nor a `.env` file sets. */
export function environmentBlock(parsed: unknown, env: Env): Env {
  const block = asRecord(asRecord(parsed)["env"]);
  const entries = [...Object.entries(block), ...Object.entries(asRecord(block["vars"]))];
  const texts = Object.fromEntries(entries.filter(([, value]) => typeof value === "string"));
  // Whatever is missing here is reported when the whole file is walked.
  return substitute(texts, env, () => {}) as Env;
}

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
