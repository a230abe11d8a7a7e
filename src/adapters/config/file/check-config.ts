import type { ConfigIssue } from "../../../ports/config-source.js";
import type { ConfiguredAccount } from "./channels.js";
import type { Env } from "./env.js";
import { readConfig, type ConfigText } from "./load.js";
import { deriveSettings } from "./settings.js";

export interface JudgedConfig {
  readonly issues: readonly ConfigIssue[];
  readonly warnings: readonly ConfigIssue[];
  /** What its channels have to judge. */
  readonly accounts: readonly ConfiguredAccount[];
  readonly env: Env;
}

/** Judges a file's text as a gateway that starts with it would, but for the keys that belong to channels alone. */
export function judgeConfig(text: ConfigText, env: Env): JudgedConfig {
  const reading = readConfig(text, env);
  const derived = deriveSettings({ config: reading.config, env: reading.env, flags: {} });
  return { issues: [...reading.issues, ...derived.issues], warnings: [...reading.warnings, ...derived.warnings], accounts: derived.accounts, env: reading.env };
}
