import { dirname, isAbsolute, relative, resolve } from "node:path";
import type { ConfigIssue } from "../../../ports/config-source.js";
import { pathTo } from "./fit.js";
import { parseText } from "./parse-text.js";
import { withoutForbiddenKeys } from "./substitute.js";

/** A file beside the configuration, as it was read: its text, or why there is none. */
export type LoadedFile = { readonly text: string; readonly isExposed: boolean } | { readonly trouble: string };
export type LoadedFiles = ReadonlyMap<string, LoadedFile>;

const KEY = "$include";
const MAX_NESTED = 10;

export interface Including {
  /** Absolute path of the file whose content is looked at. */
  readonly file: string;
  /** Folders that included files must lie in. */
  readonly roots: readonly string[];
  readonly files: LoadedFiles;
  readonly issues: ConfigIssue[];
  /** Gathers the absolute paths that are needed and not in `files` yet. */
  readonly wanted: Set<string>;
}

interface Place {
  readonly path: string;
  /** The files that lead here, the innermost last. */
  readonly through: readonly string[];
}

/**
 * Puts the content of files in the place of `$include`, anywhere in the configuration: one path, or a list of which
 * later ones win, relative to the file that names it. Keys beside it win over all of them. Sections are merged, lists
 * appended.
 */
export function withIncludes(value: unknown, including: Including, place: Place = { path: "", through: [including.file] }): unknown {
  if (typeof value !== "object" || value === null) return value;
  const inner = (item: unknown, key: string | number): unknown => withIncludes(item, including, { ...place, path: pathTo(place.path, key) });
  if (Array.isArray(value)) return value.map(inner);
  const { [KEY]: named, ...rest } = value as Record<string, unknown>;
  const own = Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, inner(item, key)]));
  if (!Object.hasOwn(value, KEY)) return own;
  const targets = typeof named === "string" ? [named] : named;
  const at = pathTo(place.path, KEY);
  if (!Array.isArray(targets) || !targets.every((target): target is string => typeof target === "string" && target !== "")) {
    including.issues.push({ path: at, message: "Expected the path of a file, or a list of such." });
    return own;
  }
  const parts = targets.map((target) => contentOf(target, including, { ...place, path: at }));
  // Nothing beside it: what is included may be a list or a text as well.
  if (parts.length === 1 && Object.keys(own).length === 0) return parts[0];
  return [...parts, own].reduce(merged, {});
}

function contentOf(target: string, including: Including, place: Place): unknown {
  const { files, issues, wanted, roots } = including;
  const refuse = (message: string): unknown => {
    issues.push({ path: place.path, message });
    return {};
  };
  const file = resolve(dirname(place.through.at(-1) ?? including.file), target);
  if (!roots.some((root) => isWithin(root, file))) return refuse("Files may be included from the configuration's own folder and those that OPENCLAW_INCLUDE_ROOTS names.");
  if (place.through.includes(file)) return refuse("This file includes itself, by way of others or directly.");
  if (place.through.length > MAX_NESTED) return refuse(`Files may include each other ${MAX_NESTED} deep at most.`);
  const found = files.get(file);
  if (found === undefined) {
    wanted.add(file);
    return {};
  }
  if ("trouble" in found) return refuse(`${file} ${found.trouble}.`);
  const inFile: ConfigIssue[] = [];
  const parsed = withoutForbiddenKeys(parseText(found.text, inFile), inFile);
  issues.push(...inFile.map(({ path, message }) => ({ path: place.path, message: `In ${file}${path === "" ? "" : `, at ${path}`}: ${message}` })));
  return withIncludes(parsed, including, { path: place.path, through: [...place.through, file] });
}

function merged(below: unknown, above: unknown): unknown {
  if (Array.isArray(below) && Array.isArray(above)) return [...below, ...above];
  if (!isSection(below) || !isSection(above)) return above;
  const all = { ...below };
  for (const [key, value] of Object.entries(above)) all[key] = Object.hasOwn(below, key) ? merged(below[key], value) : value;
  return all;
}

const isSection = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

const isWithin = (root: string, file: string): boolean => {
  const way = relative(root, file);
  return way !== "" && way !== ".." && !way.startsWith("../") && !way.startsWith("..\\") && !isAbsolute(way);
};
