import { isRecord, pathTo } from "../../shared/schema/kind.js";

export interface Change {
  readonly path: string;
  readonly before: unknown;
  /** `undefined`: taken out. */
  readonly after: unknown;
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Where two configurations differ, lists as a whole. */
export function changesOf(before: unknown, after: unknown, path = ""): readonly Change[] {
  if (isRecord(before) && isRecord(after)) return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => changesOf(before[key], after[key], pathTo(path, key)));
  return isSame(before, after) ? [] : [{ path, before, after }];
}

/** The JSON Merge Patch that makes `after` of `before`. */
export function patchOf(before: unknown, after: unknown): unknown {
  if (!isRecord(before) || !isRecord(after)) return after;
  const patch: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (isSame(before[key], after[key])) continue;
    patch[key] = after[key] === undefined ? null : patchOf(before[key], after[key]);
  }
  return patch;
}

/** Applies a JSON Merge Patch. */
export function withPatch(value: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged: Record<string, unknown> = isRecord(value) ? { ...value } : {};
  for (const [key, item] of Object.entries(patch)) {
    if (item === null) delete merged[key];
    else merged[key] = withPatch(merged[key], item);
  }
  return merged;
}

/** Of paths, those at or below one that only a restart puts in force. */
export const needRestart = (paths: readonly string[], restarting: readonly string[]): readonly string[] =>
  paths.filter((path) => restarting.some((start) => path === start || path.startsWith(`${start}.`) || path.startsWith(`${start}[`)));

/** Sections that are written into an edited text have comments when they have a `//` or a `/*` outside of a text. */
export const hasComments = (raw: string): boolean => /\/\/|\/\*/.test(raw.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, ""));
