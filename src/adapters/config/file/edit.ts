import JSON5 from "json5";
import type { ConfigIssue } from "../../../ports/config-source.js";
import { pathTo } from "./fit.js";
import { REDACTED } from "./redact.js";

/** Merges a patch into a value as RFC 7396 says: `null` removes a key, lists are replaced. What stands at one of `replaced` is replaced whole. */
export function mergePatch(value: unknown, patch: unknown, replaced: ReadonlySet<string>, path = ""): unknown {
  if (!isSection(patch) || (path !== "" && replaced.has(path))) return patch;
  const merged: Record<string, unknown> = isSection(value) ? { ...value } : {};
  for (const [key, item] of Object.entries(patch)) {
    if (item === null) delete merged[key];
    else merged[key] = mergePatch(Object.hasOwn(merged, key) ? merged[key] : undefined, item, replaced, pathTo(path, key));
  }
  return merged;
}

/**
 * Puts the secrets back which an operator was shown a placeholder for: each from the same place of the file as it is.
 * Items of lists are known again by their `id`, else by their place. A placeholder that stands for nothing is an issue.
 */
export function withSecretsBack(next: unknown, current: unknown, issues: ConfigIssue[], path = ""): unknown {
  if (typeof next === "string") {
    if (!next.includes(REDACTED)) return next;
    if (typeof current === "string" || typeof current === "number") return current;
    issues.push({ path, message: `${REDACTED} stands for a secret that the file has in this place, and it has none: write the secret itself, a \${VARIABLE} or file:<path>.` });
    return next;
  }
  if (Array.isArray(next)) return next.map((item, index) => withSecretsBack(item, counterpart(item, index, current), issues, pathTo(path, index)));
  if (!isSection(next)) return next;
  return Object.fromEntries(Object.entries(next).map(([key, item]) => {
    const before = isSection(current) && Object.hasOwn(current, key) ? current[key] : undefined;
    return [key, withSecretsBack(item, before, issues, pathTo(path, key))];
  }));
}

function counterpart(item: unknown, index: number, current: unknown): unknown {
  if (!Array.isArray(current)) return undefined;
  const id = isSection(item) ? item["id"] : undefined;
  return typeof id === "string" ? current.find((other) => isSection(other) && other["id"] === id) : current[index];
}

/**
 * The text with each value in the place of its counterpart in `from`, comments and all; written anew, without them,
 * where that does not come out right.
 */
export function withTextsReplaced(raw: string, from: unknown, to: unknown): string {
  const pairs = differingTexts(from, to);
  const fresh = `${JSON.stringify(to, null, 2)}\n`;
  if (pairs === undefined) return fresh;
  let next = 0;
  // Placeholders look alike, so they go one after the other; secrets are each their own.
  const replaced = pairs.every(({ before }) => before.includes(REDACTED))
    ? raw.replace(/"([^"\\\n]|\\.)*"|'([^'\\\n]|\\.)*'/g, (literal) => (literal.includes(REDACTED) ? JSON.stringify(pairs[next++]?.after ?? "") : literal))
    : pairs.toSorted((a, b) => b.before.length - a.before.length).reduce((text, { before, after }) => text.replaceAll(before, after), raw);
  return isSame(replaced, to) ? replaced : fresh;
}

interface Differing {
  readonly before: string;
  readonly after: string;
}

/** Every text that differs, in the order of the file; `undefined` where something other than a text does. */
function differingTexts(from: unknown, to: unknown): readonly Differing[] | undefined {
  if (typeof from === "string" && typeof to === "string") return from === to ? [] : [{ before: from, after: to }];
  if (Array.isArray(from) && Array.isArray(to)) return from.length === to.length ? joined(from.map((item, index) => differingTexts(item, to[index]))) : undefined;
  if (isSection(from) && isSection(to)) {
    const keys = Object.keys(from);
    return keys.length === Object.keys(to).length ? joined(keys.map((key) => differingTexts(from[key], to[key]))) : undefined;
  }
  return from === to ? [] : undefined;
}

const joined = (parts: readonly (readonly Differing[] | undefined)[]): readonly Differing[] | undefined => {
  const all: Differing[] = [];
  for (const part of parts) {
    if (part === undefined) return undefined;
    all.push(...part);
  }
  return all;
};

function isSame(raw: string, value: unknown): boolean {
  try {
    return JSON.stringify(JSON5.parse<unknown>(raw)) === JSON.stringify(value);
  } catch {
    return false;
  }
}

/** The places at which two configurations differ, lists as a whole. */
export function changedPaths(before: unknown, after: unknown, path = ""): readonly string[] {
  // A section that comes or goes changes each of its keys.
  const [old, now] = [before ?? (isSection(after) ? {} : before), after ?? (isSection(before) ? {} : after)];
  if (isSection(old) && isSection(now)) {
    const inner = [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((key) => changedPaths(ownOf(old, key), ownOf(now, key), pathTo(path, key)));
    return inner.length > 0 || (isSection(before) && isSection(after)) ? inner : changedWhole(before, after, path);
  }
  return changedWhole(before, after, path);
}

const ownOf = (section: Readonly<Record<string, unknown>>, key: string): unknown => (Object.hasOwn(section, key) ? section[key] : undefined);

function changedWhole(before: unknown, after: unknown, path: string): readonly string[] {
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [path];
}

const isSection = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
