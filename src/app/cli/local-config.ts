import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { profileOf, stateFolderName } from "../../domain/service-name.js";
import type { CliIo } from "./io.js";

type Env = CliIo["env"];

/** What a thin client needs of the gateway's own configuration, read without the gateway. Holds secrets. */
export interface LocalConfig {
  readonly stateDir: string;
  readonly path: string;
  /** `undefined` where there is no file. */
  readonly raw: string | undefined;
  readonly parsed: unknown;
  /** The environment, with `<state>/.env` and the file's `env` block beneath it. */
  readonly env: Env;
  /** Why the file could not be read. Never quotes it. */
  readonly problem?: string;
}

/** One of the gateway's variables, also under the product's former name. An empty one counts as not set. */
export const gatewayVariable = (env: Env, name: string): string | undefined =>
  env[`OPENCLAW_${name}`] || env[`CLAWDBOT_${name}`] || undefined;

export const stateDirOf = ({ env, home }: Pick<CliIo, "env" | "home">): string => {
  const chosen = gatewayVariable(env, "STATE_DIR");
  if (chosen === undefined) return join(home, stateFolderName(profileOf(gatewayVariable(env, "PROFILE"))));
  return resolve(chosen.replace(/^~(?=$|[/\\])/, () => home));
};

/** Reads the gateway's configuration file. A missing one means the defaults, a broken one is told in `problem`. */
export async function readLocalConfig(io: Pick<CliIo, "env" | "home">): Promise<LocalConfig> {
  const stateDir = stateDirOf(io);
  const dotenv = parseDotenv((await textOf(join(stateDir, ".env")).catch(() => undefined)) ?? "");
  const env = { ...dotenv, ...set(io.env) };
  const chosen = gatewayVariable(env, "CONFIG_PATH");
  const paths = chosen === undefined ? [join(stateDir, "openclaw.json"), join(stateDir, "clawdbot.json")] : [resolve(chosen)];
  for (const path of paths) {
    const place = { stateDir, path };
    try {
      const raw = await textOf(path);
      if (raw !== undefined) return await parseConfig({ ...place, raw }, env);
    } catch (error) {
      const problem = `It cannot be read (${String((error as { code?: unknown }).code)}).`;
      return { ...place, raw: undefined, parsed: {}, env, problem };
    }
  }
  return { stateDir, path: paths[0] ?? stateDir, raw: undefined, parsed: {}, env };
}

async function parseConfig(file: { stateDir: string; path: string; raw: string }, env: Env): Promise<LocalConfig> {
  const result = await parseJson5(file.raw);
  if ("problem" in result) return { ...file, parsed: {}, env, problem: result.problem };
  const block = at(result.value, "env");
  const own = { ...texts(block), ...texts(at(block, "vars")) };
  return { ...file, parsed: result.value, env: { ...own, ...env } };
}

/** Parses JSON5; the problem says where, and never quotes the text, which may be a secret. */
export async function parseJson5(raw: string): Promise<{ readonly value: unknown } | { readonly problem: string }> {
  const { default: JSON5 } = await import("json5");
  try {
    return { value: JSON5.parse<unknown>(raw) };
  } catch (error) {
    const { lineNumber, columnNumber } = error as { lineNumber?: number; columnNumber?: number };
    return { problem: `It is not valid JSON5${lineNumber === undefined ? "" : ` at line ${lineNumber}, column ${columnNumber ?? 0}`}.` };
  }
}

/** The value at a path of own keys. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found: unknown = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

/** The text at a path, with the variables it names put in; `undefined` where one of them is not set. */
export function textAt(config: LocalConfig, ...path: readonly string[]): string | undefined {
  const value = at(config.parsed, ...path);
  if (typeof value !== "string" || value === "") return undefined;
  let whole = true;
  const text = value.replace(/(\$?)\$\{([A-Z_][A-Z0-9_]*)\}/g, (match, escape: string, name: string) => {
    if (escape !== "") return match.slice(1);
    const found = config.env[name] || undefined;
    whole &&= found !== undefined;
    return found ?? "";
  });
  return whole ? text : undefined;
}

const set = (env: Env): Env => Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));

const texts = (value: unknown): Env =>
  typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"))
    : {};

function parseDotenv(text: string): Env {
  const lines = text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(?:"([^"\r\n]*)"|'([^'\r\n]*)'|([^\s#][^\r\n#]*)?)/gm);
  return Object.fromEntries([...lines].map(([, name = "", double, single, bare]) => [name, double ?? single ?? bare?.trim() ?? ""]));
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
}
