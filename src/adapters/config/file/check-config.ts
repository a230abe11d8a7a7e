import type { ConfigIssue } from "../../../ports/config-source.js";
import type { ConfiguredAccount } from "./channels.js";
import type { Env } from "./env.js";
import type { ConfigText } from "./load.js";
import { readWhole } from "./read-files.js";
import { deriveSettings } from "./settings.js";

export interface JudgedConfig {
  readonly issues: readonly ConfigIssue[];
  readonly warnings: readonly ConfigIssue[];
  /** What its channels have to judge. */
  readonly accounts: readonly ConfiguredAccount[];
  readonly env: Env;
  /** Keys at old places, and the file's own value with them in their new ones. */
  readonly legacy: readonly ConfigIssue[];
  readonly migrated: unknown;
}

/** Judges a file's text as a gateway that starts with it would, but for the keys that belong to channels alone. */
export async function judgeConfig(text: ConfigText, env: Env): Promise<JudgedConfig> {
  const reading = await readWhole(text, env);
  const derived = deriveSettings({ config: reading.config, env: reading.env, flags: {} });
  return { legacy: reading.legacy, migrated: reading.migrated, issues: [...reading.issues, ...derived.issues], warnings: [...reading.warnings, ...derived.warnings], accounts: derived.accounts, env: reading.env };
}
