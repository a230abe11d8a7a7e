import type { Settings } from "../domain/settings.js";

export interface ConfigIssue {
  readonly path: string;
  readonly message: string;
}

/** The configuration file as an operator may see it: secrets are already replaced. */
export interface ConfigView {
  readonly path: string;
  readonly exists: boolean;
  readonly raw: string | null;
  readonly parsed: unknown;
  readonly valid: boolean;
  readonly config: Readonly<Record<string, unknown>>;
  /** Lower-case hex SHA-256 of the raw text (of nothing, where there is no file). */
  readonly hash: string;
  readonly issues: readonly ConfigIssue[];
  readonly warnings: readonly ConfigIssue[];
  /** Keys at places where an older release had them; they are read all the same. */
  readonly legacyIssues: readonly ConfigIssue[];
}

/** A change that an operator asks for. */
export interface ConfigEdit {
  /** `replace`: `raw` is the whole file. `merge`: `raw` is a patch after RFC 7396, in which `null` removes a key. */
  readonly kind: "replace" | "merge";
  /** JSON5. A placeholder for a secret, as {@link ConfigView} has it, stands for the secret itself. */
  readonly raw: string;
  /** The `hash` of the view that the edit started from. Needed where there is a file. */
  readonly baseHash?: string;
  /** For `merge`: paths at which the patch replaces all there is. */
  readonly replacePaths?: readonly string[];
}

/** What became of an edit. `needs-restart`: of what changed, what only a restart puts in force. */
export type ConfigEdited =
  | { readonly kind: "written"; readonly view: ConfigView; readonly changed: readonly string[]; readonly needsRestart: readonly string[] }
  | { readonly kind: "refused"; readonly reason: "base-needed" | "base-stale" | "invalid"; readonly issues: readonly ConfigIssue[] }
  /** This configuration is not a file that may be written; `message` says, in a whole sentence, who decides. */
  | { readonly kind: "refused"; readonly reason: "read-only"; readonly message: string };

/** Another configuration is in force. */
export interface ConfigChange {
  readonly path: string;
  readonly hash: string;
  readonly changed: readonly string[];
  readonly needsRestart: readonly string[];
}

export interface ConfigSource {
  /** What is in force now. Asked on each use, so that a change takes hold without restarting. */
  settings(): Settings;
  /** Where the file is; `undefined` where the configuration is not one. */
  path(): string | undefined;
  /** The file as it is now, with secrets replaced by a placeholder. */
  view(): Promise<ConfigView>;
  /** Judges an edit, writes it and puts it in force, or changes nothing. Edits come one after the other. */
  edit(edit: ConfigEdit): Promise<ConfigEdited>;
  /** Tells of each change from now on, whoever made it, until the result is called. */
  onChange(listener: (change: ConfigChange) => void): () => void;
  /** JSON Schema of the file; of nothing where there is none. */
  schema(): unknown;
  /** Paths at and below which a change is in force only after a restart. */
  restartPaths(): readonly string[];
}
