import { dirname, resolve } from "node:path";
import { isSecretName } from "../../../domain/secret-name.js";
import type { ConfigIssue } from "../../../ports/config-source.js";
import type { Env } from "./env.js";
import { pathTo } from "./fit.js";
import type { LoadedFiles } from "./includes.js";
import { absolute } from "./locate.js";

const SCHEME = "file:";

interface Reading {
  /** The configuration file, whose folder relative paths start from. */
  readonly file: string;
  readonly env: Env;
  readonly files: LoadedFiles;
  readonly issues: ConfigIssue[];
  readonly wanted: Set<string>;
}

/** Puts the content of a file in the place of `file:<path>`, in keys that are named like secrets and in no others. */
export function withSecretFiles(value: unknown, reading: Reading): unknown {
  const walk = (item: unknown, place: { readonly path: string; readonly secret: boolean }): unknown => {
    if (typeof item === "string") return place.secret && item.startsWith(SCHEME) ? contentOf(item.slice(SCHEME.length), place.path, reading) : item;
    if (Array.isArray(item)) return item.map((inner, index) => walk(inner, { ...place, path: pathTo(place.path, index) }));
    if (typeof item !== "object" || item === null) return item;
    return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, walk(inner, { path: pathTo(place.path, key), secret: isSecretName(key) })]));
  };
  return walk(value, { path: "", secret: false });
}

function contentOf(named: string, path: string, { file, env, files, issues, wanted }: Reading): string {
  // A URL's two slashes are as good: file:///run/secrets/token.
  const plain = named.startsWith("//") ? named.slice(2) : named;
  const place = plain.startsWith("~") ? absolute(plain, env) : resolve(dirname(file), plain);
  const found = files.get(place);
  if (found === undefined) {
    wanted.add(place);
    return named;
  }
  const text = "trouble" in found ? "" : found.text.replace(/\r?\n$/, "");
  const complaint = "trouble" in found
    ? `The secret's file ${place} ${found.trouble}.`
    : found.isExposed
      ? `Other users of this host can read the secret's file ${place}: close it with chmod 600.`
      : text === "" ? `The secret's file ${place} is empty.` : undefined;
  if (complaint !== undefined) issues.push({ path, message: complaint });
  return text;
}
