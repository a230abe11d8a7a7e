import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Settings } from "../../../domain/settings.js";
import type { ConfigIssue, ConfigSource, ConfigView } from "../../../ports/config-source.js";
import { gatewayVariable, parseDotenv, setIn, type Env } from "./env.js";
import { absolute } from "./locate.js";
import { readConfig, secretsOf, viewOf, type ConfigReading, type ConfigText } from "./load.js";
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
  const dotenv = await textOf(join(stateDir, ".env"));
  const outer = { ...parseDotenv(dotenv ?? ""), ...setIn(env) };
  const text = await locate(stateDir, outer);
  if ("unreadable" in text) {
    const reading = readConfig({ path: text.path, raw: undefined }, outer);
    return { ...reading, issues: [{ path: "", message: `The file cannot be read (${text.unreadable}).` }] };
  }
  return readConfig(text, outer);
}

async function locate(stateDir: string, env: Env): Promise<ConfigText | { readonly path: string; readonly unreadable: string }> {
  const chosen = gatewayVariable(env, "CONFIG_PATH");
  const paths = chosen === undefined ? [join(stateDir, "openclaw.json"), join(stateDir, "clawdbot.json")] : [absolute(chosen, env)];
  for (const path of paths) {
    try {
      const raw = await textOf(path);
      if (raw !== undefined) return { path, raw };
    } catch (error) {
      return { path, unreadable: (error as { code?: string }).code ?? "unknown error" };
    }
  }
  return { path: paths[0] ?? stateDir, raw: undefined };
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}
