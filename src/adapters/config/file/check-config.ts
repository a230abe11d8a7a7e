import type { ConfigIssue } from "../../../ports/config-source.js";
import type { Env } from "./env.js";
import { readConfig, type ConfigText } from "./load.js";
import { deriveSettings } from "./settings.js";

/** Judges a file's text as a gateway that starts with it would. */
export function checkConfig(text: ConfigText, env: Env): { readonly issues: readonly ConfigIssue[]; readonly warnings: readonly ConfigIssue[] } {
  const reading = readConfig(text, env);
  const derived = deriveSettings({ config: reading.config, env: reading.env, flags: {} });
  return { issues: [...reading.issues, ...derived.issues], warnings: [...reading.warnings, ...derived.warnings] };
}
