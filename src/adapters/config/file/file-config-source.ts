import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Settings } from "../../../domain/settings.js";
import type { ConfigIssue, ConfigSource, ConfigView } from "../../../ports/config-source.js";
import type { ConfiguredAccount } from "./channels.js";
import { gatewayVariable, parseDotenv, setIn, type Env } from "./env.js";
import { absolute } from "./locate.js";
import { readConfig, secretsOf, viewOf, type ConfigReading, type ConfigText } from "./load.js";
import { secretsIn } from "./redact.js";
import type { Config } from "./schema.js";
import { deriveSettings, type ConfigFlags, type Derived, type ListenSettings } from "./settings.js";

export interface FileConfigOptions {
  readonly stateDir: string;
  readonly env: Env;
  readonly flags?: ConfigFlags;
}

/** A configuration that nothing can be started with. Its message lists every issue, one a line, and no value. */
export class InvalidConfigError extends Error {
  override readonly name = "InvalidConfigError";
  readonly path: string;
  readonly issues: readonly ConfigIssue[];

  constructor(path: string, issues: readonly ConfigIssue[]) {
    const lines = issues.map((issue) => `  ${issue.path === "" ? "the file" : issue.path}: ${issue.message}`);
    super([`The configuration (${path}) cannot be used:`, ...lines].join("\n"));
    this.path = path;
    this.issues = issues;
  }
}

/** The JSON5 file of a state folder, under OpenClaw's own key names. */
export class FileConfigSource implements ConfigSource {
  readonly #options: FileConfigOptions;
  readonly #reading: ConfigReading;
  readonly #derived: Derived;

  private constructor(options: FileConfigOptions, reading: ConfigReading, derived: Derived) {
    this.#options = options;
    this.#reading = reading;
    this.#derived = derived;
  }

  /** Reads `<stateDir>/.env` and the file. A missing file means the defaults; a wrong one throws {@link InvalidConfigError}. */
  static async open(options: FileConfigOptions): Promise<FileConfigSource> {
    const reading = await readNow(options);
    const derived = deriveSettings({ config: reading.config, env: reading.env, flags: options.flags ?? {} });
    const issues = [...reading.issues, ...derived.issues];
    if (issues.length > 0) throw new InvalidConfigError(reading.text.path, issues);
    return new FileConfigSource(options, reading, derived);
  }

  settings(): Settings {
    return this.#derived.settings;
  }

  listen(): ListenSettings {
    return this.#derived.listen;
  }

  /** The accounts of channels that are switched on, with their secrets. */
  accounts(): readonly ConfiguredAccount[] {
    return this.#derived.accounts;
  }

  /** The file as it is in force, with its secrets. */
  config(): Config {
    return this.#reading.config;
  }

  /** The process's environment, then `<stateDir>/.env`, then the file's `env` block; the first that has a name wins. */
  env(): Env {
    return this.#reading.env;
  }

  path(): string {
    return this.#reading.text.path;
  }

  warnings(): readonly ConfigIssue[] {
    return [...this.#reading.warnings, ...this.#derived.warnings];
  }

  /** Whatever must not appear in a log or an answer. */
  secrets(): readonly string[] {
    const { flags } = this.#options;
    const own = [flags?.token ?? "", flags?.password ?? ""].filter((text) => text !== "");
    return [...own, ...secretsOf(this.#reading)];
  }

  async view(): Promise<ConfigView> {
    return viewOf(await readNow(this.#options));
  }
}

async function readNow({ stateDir, env }: FileConfigOptions): Promise<ConfigReading> {
  const envPath = join(stateDir, ".env");
  const dotenv = await fileAt(envPath);
  const outer = { ...parseDotenv(dotenv?.text ?? ""), ...setIn(env) };
  const found = await locate(stateDir, outer);
  if ("unreadable" in found) {
    const reading = readConfig({ path: found.path, raw: undefined }, outer);
    return { ...reading, issues: [{ path: "", message: `The file cannot be read (${found.unreadable}).` }] };
  }
  const reading = readConfig(found, outer);
  const exposed = [
    ...(dotenv?.isExposed === true && secretsIn(parseDotenv(dotenv.text)).length > 0 ? [envPath] : []),
    ...(found.isExposed && secretsIn(reading.parsed).some((text) => !isReference(text)) ? [found.path] : []),
  ];
  return { ...reading, warnings: [...reading.warnings, ...exposed.map((path) => ({ path, message: EXPOSED }))] };
}

const EXPOSED = "Other users of this host can read this file, which holds secrets: close it with chmod 600.";

/** `${NAME}` stands in for a secret that is kept elsewhere. */
const isReference = (text: string): boolean => /^\$\{[A-Z_][A-Z0-9_]*\}$/.test(text);

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
    const file = await open(path, "r");
    try {
      // Windows reports modes that say nothing of who may read.
      const isExposed = process.platform !== "win32" && ((await file.stat()).mode & 0o077) !== 0;
      return { text: await file.readFile("utf8"), isExposed };
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}
