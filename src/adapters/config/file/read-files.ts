import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Env } from "./env.js";
import { gatewayVariable, parseDotenv, setIn } from "./env.js";
import type { LoadedFile } from "./includes.js";
import { absolute } from "./locate.js";
import { readConfig, type ConfigReading, type ConfigText } from "./load.js";
import { secretsIn } from "./redact.js";

/** Files of a configuration name one another; more steps than this lead nowhere. */
const MAX_STEPS = 24;
const LARGEST_FILE = 4_194_304;

export interface FileReading extends ConfigReading {
  /** The environment without the file's own `env` block. */
  readonly outer: Env;
  /** Everything that was looked at: where one of them changes, the configuration may have. */
  readonly paths: readonly string[];
}

/** Reads `<stateDir>/.env` and the configuration file, with the files that it names. */
export async function readNow({ stateDir, env }: { readonly stateDir: string; readonly env: Env }): Promise<FileReading> {
  const envPath = join(stateDir, ".env");
  const dotenv = await fileAt(envPath);
  const outer = { ...parseDotenv(dotenv?.text ?? ""), ...setIn(env) };
  const found = await locate(stateDir, outer);
  if ("unreadable" in found) {
    const reading = readConfig({ path: found.path, raw: undefined }, outer);
    return { ...reading, outer, paths: [envPath, found.path], issues: [{ path: "", message: `The file cannot be read (${found.unreadable}).` }] };
  }
  const reading = await readWhole(found, outer);
  const exposed = [
    ...(dotenv?.isExposed === true && secretsIn(parseDotenv(dotenv.text)).length > 0 ? [envPath] : []),
    ...(found.isExposed && secretsIn(reading.parsed).some((text) => !isReference(text)) ? [found.path] : []),
  ];
  return {
    ...reading,
    paths: [envPath, ...reading.paths],
    warnings: [...reading.warnings, ...exposed.map((path) => ({ path, message: EXPOSED }))],
  };
}

/** Judges a text together with the files that it names. */
export async function readWhole(text: ConfigText, env: Env): Promise<FileReading> {
  const files = new Map<string, LoadedFile>();
  let reading = readConfig(text, env, files);
  for (let step = 0; reading.wanted.length > 0 && step < MAX_STEPS; step += 1) {
    for (const path of reading.wanted) files.set(path, await load(path));
    reading = readConfig(text, env, files);
  }
  return { ...reading, outer: env, paths: [text.path, ...files.keys()] };
}

async function load(path: string): Promise<LoadedFile> {
  try {
    return (await fileAt(path)) ?? { trouble: "is not there" };
  } catch (error) {
    return { trouble: `cannot be read (${(error as { code?: string }).code ?? "unknown error"})` };
  }
}

const EXPOSED = "Other users of this host can read this file, which holds secrets: close it with chmod 600.";

/** `${NAME}` or `file:<path>` stands in for a secret that is kept elsewhere. */
const isReference = (text: string): boolean => /^(?:\$\{[A-Z_][A-Z0-9_]*\}|file:.+)$/.test(text);

type Located = (ConfigText & { readonly isExposed: boolean }) | { readonly path: string; readonly unreadable: string };

async function locate(stateDir: string, env: Env): Promise<Located> {
  const chosen = gatewayVariable(env, "CONFIG_PATH");
  const paths = chosen === undefined ? [join(stateDir, "openclaw.json"), join(stateDir, "clawdbot.json")] : [absolute(chosen, env)];
  for (const path of paths) {
    try {
      const file = await fileAt(path);
      if (file !== undefined) return { path, raw: file.text, isExposed: file.isExposed };
    } catch (error) {
      return { path, unreadable: (error as { code?: string }).code ?? "unknown error" };
    }
  }
  return { path: paths[0] ?? stateDir, raw: undefined, isExposed: false };
}

async function fileAt(path: string): Promise<{ readonly text: string; readonly isExposed: boolean } | undefined> {
  try {
    // Without O_NONBLOCK a FIFO in the file's place would hang the gateway.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const facts = await file.stat();
      if (!facts.isFile()) throw Object.assign(new Error("not a file"), { code: "not a regular file" });
      if (facts.size > LARGEST_FILE) throw Object.assign(new Error("too large"), { code: "over 4 MiB" });
      // Windows reports modes that say nothing of who may read.
      const isExposed = process.platform !== "win32" && (facts.mode & 0o077) !== 0;
      return { text: await file.readFile("utf8"), isExposed };
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}
