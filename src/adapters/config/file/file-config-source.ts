import type { Settings } from "../../../domain/settings.js";
import type { ConfigChange, ConfigEdit, ConfigEdited, ConfigIssue, ConfigSource, ConfigView } from "../../../ports/config-source.js";
import type { Clock } from "../../../ports/clock.js";
import type { ConfiguredAccount } from "./channels.js";
import { changedPaths, mergePatch, withSecretsBack, withTextsReplaced } from "./edit.js";
import { gatewayVariable, type Env } from "./env.js";
import { hashOf, secretsOf, viewOf } from "./load.js";
import { parseText } from "./parse-text.js";
import { readNow, readWhole, type FileReading } from "./read-files.js";
import { AT_START, needingRestart } from "./restart.js";
import { documentSchema } from "./schema-document.js";
import type { Config } from "./schema.js";
import { deriveSettings, type ConfigFlags, type Derived, type ListenSettings } from "./settings.js";
import { withoutForbiddenKeys } from "./substitute.js";
import { FileWatch } from "./watch-files.js";
import { replaceFile } from "./write-file.js";

export interface FileConfigOptions {
  readonly stateDir: string;
  readonly env: Env;
  readonly flags?: ConfigFlags;
  /** What else is wrong with a configuration, such as the keys that belong to channels alone. */
  readonly check?: (accounts: readonly ConfiguredAccount[], env: Env) => Promise<readonly ConfigIssue[]>;
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

interface InForce {
  readonly reading: FileReading;
  readonly derived: Derived;
}

/** Hears of changes, and of files that cannot be used: the last good configuration then stays in force. */
export interface ConfigListener {
  changed(change: ConfigChange): void;
  refused(issues: readonly ConfigIssue[]): void;
}

const KEPT_SECRETS = 200;

/** The JSON5 file of a state folder, under OpenClaw's own key names. */
export class FileConfigSource implements ConfigSource {
  readonly #options: FileConfigOptions;
  readonly #listeners = new Set<ConfigListener>();
  #inForce: InForce;
  /** Those of earlier readings as well: what was replaced a moment ago still opens doors elsewhere. */
  #secrets: readonly string[] = [];
  #work: Promise<unknown> = Promise.resolve();
  #lastRefused: string | undefined;

  private constructor(options: FileConfigOptions, inForce: InForce) {
    this.#options = options;
    this.#inForce = inForce;
    this.#keepSecrets();
  }

  /** Reads `<stateDir>/.env` and the file. A missing file means the defaults; a wrong one throws {@link InvalidConfigError}. */
  static async open(options: FileConfigOptions): Promise<FileConfigSource> {
    const reading = await readNow(options);
    const derived = deriveSettings({ config: reading.config, env: reading.env, flags: options.flags ?? {} });
    const issues = [...reading.issues, ...derived.issues];
    if (issues.length > 0) throw new InvalidConfigError(reading.text.path, issues);
    return new FileConfigSource(options, { reading, derived });
  }

  settings(): Settings {
    return this.#inForce.derived.settings;
  }

  listen(): ListenSettings {
    return this.#inForce.derived.listen;
  }

  /** The accounts of channels that are switched on, with their secrets. */
  accounts(): readonly ConfiguredAccount[] {
    return this.#inForce.derived.accounts;
  }

  /** The file as it is in force, with its secrets. */
  config(): Config {
    return this.#inForce.reading.config;
  }

  /** The process's environment, then `<stateDir>/.env`, then the file's `env` block; the first that has a name wins. */
  env(): Env {
    return this.#inForce.reading.env;
  }

  path(): string {
    return this.#inForce.reading.text.path;
  }

  warnings(): readonly ConfigIssue[] {
    return [...this.#inForce.reading.warnings, ...this.#inForce.derived.warnings];
  }

  /** Whatever must not appear in a log or an answer. */
  secrets(): readonly string[] {
    return this.#secrets;
  }

  schema(): unknown {
    return documentSchema();
  }

  restartPaths(): readonly string[] {
    return AT_START;
  }

  async view(): Promise<ConfigView> {
    return viewOf(await readNow(this.#options));
  }

  onChange(changed: (change: ConfigChange) => void): () => void {
    return this.listenTo({ changed, refused: () => undefined });
  }

  /** As {@link onChange}, with the complaints. */
  listenTo(listener: ConfigListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads the files again from now on, each time that one of them changes, until the result is called. */
  watch(clock: Clock): () => void {
    const watch = new FileWatch({
      clock,
      debounceMs: this.#inForce.derived.listen.reload.debounceMs,
      paths: () => this.#inForce.reading.paths,
      changed: async () => {
        if (this.#inForce.derived.listen.reload.mode !== "off") await this.reload();
      },
    });
    return () => watch.end();
  }

  /** Reads everything anew. What cannot be used changes nothing, and is told once. Resolves with what is wrong. */
  reload(): Promise<readonly ConfigIssue[]> {
    return this.#inTurn(() => this.#reload());
  }

  edit(edit: ConfigEdit): Promise<ConfigEdited> {
    return this.#inTurn(() => this.#edit(edit));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #reload(): Promise<readonly ConfigIssue[]> {
    const reading = await readNow(this.#options);
    const { derived, issues } = this.#judge(reading);
    if (issues.length === 0) {
      this.#lastRefused = undefined;
      this.#enforce({ reading, derived });
      return [];
    }
    const told = JSON.stringify(issues);
    if (told !== this.#lastRefused) for (const listener of this.#listeners) listener.refused(issues);
    this.#lastRefused = told;
    return issues;
  }

  /** As at the start, and beyond that what must not happen to a gateway that others reach already. */
  #judge(reading: FileReading): { readonly derived: Derived; readonly issues: readonly ConfigIssue[] } {
    const derived = deriveSettings({ config: reading.config, env: reading.env, flags: this.#options.flags ?? {} });
    const opened = derived.settings.auth.mode === "none" && this.listen().bind !== "loopback" && this.listen().bind !== "auto"
      ? [{ path: "gateway.auth", message: `With bind "${this.listen().bind}" others reach the gateway, and nothing would ask them for a secret. Set a token or a password, or stop the gateway and bind it to loopback.` }]
      : [];
    return { derived, issues: [...reading.issues, ...derived.issues, ...opened] };
  }

  #enforce(next: InForce): { readonly changed: readonly string[]; readonly needsRestart: readonly string[] } {
    const before = this.#inForce;
    const changed = changedPaths(before.reading.resolved, next.reading.resolved);
    const needsRestart = needingRestart(changed);
    this.#inForce = next;
    this.#keepSecrets();
    const hash = hashOf(next.reading.text.raw);
    if (changed.length > 0 || hash !== hashOf(before.reading.text.raw)) {
      for (const listener of this.#listeners) listener.changed({ path: this.path(), hash, changed, needsRestart });
    }
    return { changed, needsRestart };
  }

  async #edit(edit: ConfigEdit): Promise<ConfigEdited> {
    const readOnly = this.#readOnly();
    if (readOnly !== undefined) return { kind: "refused", reason: "read-only", message: readOnly };
    const current = await readNow(this.#options);
    const { raw: before, path } = current.text;
    if (before !== undefined && edit.baseHash === undefined) return { kind: "refused", reason: "base-needed", issues: [] };
    if (edit.baseHash !== undefined && edit.baseHash !== hashOf(before)) return { kind: "refused", reason: "base-stale", issues: [] };
    const issues: ConfigIssue[] = [];
    const given = withoutForbiddenKeys(parseText(edit.raw, issues), issues);
    const asked = edit.kind === "merge" ? mergePatch(current.parsed, given, new Set(edit.replacePaths)) : given;
    const next = withSecretsBack(asked, current.parsed, issues);
    const raw = edit.kind === "merge" ? `${JSON.stringify(next, null, 2)}\n` : withTextsReplaced(edit.raw, given, next);
    const reading = await readWhole({ path, raw }, current.outer);
    const judged = this.#judge(reading);
    issues.push(...judged.issues, ...(await this.#newTroubles(judged.derived, reading.env)));
    if (issues.length > 0) return { kind: "refused", reason: "invalid", issues };
    await replaceFile(path, raw, before);
    const { changed, needsRestart } = this.#enforce({ reading: { ...reading, paths: [...new Set([...current.paths, ...reading.paths])] }, derived: judged.derived });
    return { kind: "written", view: await this.view(), changed, needsRestart };
  }

  /** A channel that was configured badly before must not keep its owner from changing something else. */
  async #newTroubles(derived: Derived, env: Env): Promise<readonly ConfigIssue[]> {
    const { check } = this.#options;
    if (check === undefined) return [];
    const known = new Set((await check(this.accounts(), this.env())).map((issue) => JSON.stringify(issue)));
    return (await check(derived.accounts, env)).filter((issue) => !known.has(JSON.stringify(issue)));
  }

  #readOnly(): string | undefined {
    const names = ["CONFIG_READONLY", "NIX_MODE"].filter((name) => gatewayVariable(this.env(), name) === "1");
    return names.length === 0 ? undefined : `OPENCLAW_${names[0]} is set: the configuration is written by whoever manages this host, and not by the gateway.`;
  }

  #keepSecrets(): void {
    const { flags } = this.#options;
    const own = [flags?.token ?? "", flags?.password ?? ""].filter((text) => text !== "");
    this.#secrets = [...new Set([...own, ...secretsOf(this.#inForce.reading), ...this.#secrets])].slice(0, KEPT_SECRETS);
  }
}
