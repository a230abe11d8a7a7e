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
}

export interface ConfigSource {
  /** What is in force now. Asked on each use, so that a change takes hold without restarting. */
  settings(): Settings;
  /** Where the file is; `undefined` where the configuration is not one. */
  path(): string | undefined;
  /** The file as it is now, with secrets replaced by a placeholder. */
  view(): Promise<ConfigView>;
}
