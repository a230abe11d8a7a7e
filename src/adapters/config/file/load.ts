import { createHash } from "node:crypto";
import { delimiter, dirname, resolve } from "node:path";
import type { ConfigIssue, ConfigView } from "../../../ports/config-source.js";
import { isSecretName } from "../../../domain/secret-name.js";
import { gatewayVariable, setIn, variable, type Env } from "./env.js";
import { withTextsReplaced } from "./edit.js";
import { fitToSchema } from "./fit.js";
import { withIncludes, type LoadedFiles } from "./includes.js";
import { migrate } from "./migrations.js";
import { parseText } from "./parse-text.js";
import { isTelling, redact, secretsIn } from "./redact.js";
import { ConfigSchema, type Config } from "./schema.js";
import { withSecretFiles } from "./secret-files.js";
import { environmentBlock, substitute, withoutForbiddenKeys } from "./substitute.js";

/** The text of a configuration file, or that there is none. */
export interface ConfigText {
  readonly path: string;
  /** `undefined` where there is no file. */
  readonly raw: string | undefined;
}

/** All that one reading of the file yields. Holds secrets: only {@link viewOf} is for showing. */
export interface ConfigReading {
  readonly text: ConfigText;
  /** The file's own text, as it is written. */
  readonly parsed: unknown;
  /** Old keys in their new places, includes, variables and secrets' files put in, unknown keys still there. */
  readonly resolved: unknown;
  /** The keys this gateway reads, each of the right kind. */
  readonly config: Config;
  /** The environment with the file's own `env` block beneath it. */
  readonly env: Env;
  readonly issues: readonly ConfigIssue[];
  readonly warnings: readonly ConfigIssue[];
  /** Keys that stand where an older release had them. */
  readonly legacy: readonly ConfigIssue[];
  /** {@link parsed} with such keys in their new places. */
  readonly migrated: unknown;
  /** Further files that it needs and was not given: what they hold is missing in all of the above. */
  readonly wanted: readonly string[];
}

const NO_FILES: LoadedFiles = new Map();

/** Judges a file's text: pure, so that a candidate can be judged before it is written. Further files are read by whoever calls it. */
export function readConfig(text: ConfigText, outer: Env, files: LoadedFiles = NO_FILES): ConfigReading {
  const issues: ConfigIssue[] = [];
  const wanted = new Set<string>();
  const given = setIn(outer);
  const parsed = text.raw === undefined ? {} : withoutForbiddenKeys(parseText(text.raw, issues), issues);
  const whole = withIncludes(parsed, { file: text.path, roots: includeRoots(text.path, given), files, issues, wanted });
  const { value: current, moved: legacy } = migrate(whole);
  const env = { ...environmentBlock(current, given), ...given };
  const substituted = substitute(current, env, (issue) => issues.push(issue));
  const resolved = withSecretFiles(substituted, { file: text.path, env, files, issues, wanted });
  const fitted = fitToSchema(ConfigSchema, resolved);
  return {
    text, parsed, resolved, env, legacy,
    migrated: migrate(parsed).value,
    config: fitted.value as Config,
    issues: [...issues, ...fitted.issues],
    warnings: [...legacy, ...fitted.warnings],
    wanted: [...wanted],
  };
}

const includeRoots = (path: string, env: Env): readonly string[] =>
  [dirname(path), ...(gatewayVariable(env, "INCLUDE_ROOTS") ?? "").split(delimiter).filter((root) => root !== "").map((root) => resolve(root))];

/** Every secret the file or the environment holds. */
export function secretsOf(reading: ConfigReading): readonly string[] {
  const named = Object.keys(reading.env).filter(isSecretName).map((name) => variable(reading.env, name));
  const found = [...secretsIn(reading.resolved), ...named.filter((value) => value !== undefined)];
  return [...new Set(found)];
}

/** The reading as an operator may see it. */
export function viewOf(reading: ConfigReading): ConfigView {
  const { text } = reading;
  const secrets = secretsOf(reading);
  const parsed = redact(reading.parsed, secrets);
  const resolved = redact(reading.resolved, secrets);
  // A text that cannot be parsed cannot be redacted either.
  const legible = !reading.issues.some((issue) => issue.path === "");
  return {
    path: text.path,
    exists: text.raw !== undefined,
    raw: text.raw === undefined || !legible ? null : legibleText(text.raw, { parsed: reading.parsed, redacted: parsed }),
    parsed,
    valid: reading.issues.length === 0,
    config: typeof resolved === "object" && resolved !== null && !Array.isArray(resolved) ? (resolved as Record<string, unknown>) : {},
    hash: hashOf(text.raw),
    issues: reading.issues,
    warnings: reading.warnings,
    legacyIssues: reading.legacy,
  };
}

/** Lower-case hex SHA-256 of the file's text, of nothing where there is none. */
export const hashOf = (raw: string | undefined): string => createHash("sha256").update(raw ?? "").digest("hex");

/** The file's text for an operator's eyes. Its comments stay unless one of them may tell a secret. */
const legibleText = (raw: string, { parsed, redacted }: { readonly parsed: unknown; readonly redacted: unknown }): string =>
  isTelling(raw) ? `${JSON.stringify(redacted, null, 2)}\n` : withTextsReplaced(raw, parsed, redacted);
