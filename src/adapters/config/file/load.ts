import { createHash } from "node:crypto";
import JSON5 from "json5";
import type { ConfigIssue, ConfigView } from "../../../ports/config-source.js";
import { isSecretName } from "../../../domain/secret-name.js";
import { setIn, variable, type Env } from "./env.js";
import { fitToSchema } from "./fit.js";
import { redact, redactRaw, secretsIn } from "./redact.js";
import { ConfigSchema, type Config } from "./schema.js";
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
  readonly parsed: unknown;
  /** Variables put in, unknown keys still there. */
  readonly resolved: unknown;
  /** The keys this gateway reads, each of the right kind. */
  readonly config: Config;
  /** The environment with the file's own `env` block beneath it. */
  readonly env: Env;
  readonly issues: readonly ConfigIssue[];
  readonly warnings: readonly ConfigIssue[];
}

/** Judges a file's text: pure, so that a candidate can be judged before it is written. */
export function readConfig(text: ConfigText, outer: Env): ConfigReading {
  const issues: ConfigIssue[] = [];
  const parsed = withoutForbiddenKeys(parse(text.raw, issues), issues);
  const env = { ...environmentBlock(parsed, outer), ...setIn(outer) };
  const resolved = substitute(parsed, env, (issue) => issues.push(issue));
  const fitted = fitToSchema(ConfigSchema, resolved);
  if (typeof parsed === "object" && parsed !== null && Object.hasOwn(parsed, "$include")) {
    issues.push({ path: "$include", message: "Includes are not supported: put the settings into this file." });
  }
  return {
    text, parsed, resolved, env,
    config: fitted.value as Config,
    issues: [...issues, ...fitted.issues],
    warnings: fitted.warnings,
  };
}

function parse(raw: string | undefined, issues: ConfigIssue[]): unknown {
  if (raw === undefined) return {};
  if (raw.trim() === "") {
    issues.push({ path: "", message: "The file is empty: write {} for the defaults, or remove it." });
    return {};
  }
  try {
    return JSON5.parse<unknown>(raw);
  } catch (error) {
    // The parser's own message quotes the text around the error, which may be a secret.
    const { lineNumber, columnNumber } = error as { lineNumber?: number; columnNumber?: number };
    const at = lineNumber === undefined ? "" : ` at line ${lineNumber}, column ${columnNumber ?? 0}`;
    issues.push({ path: "", message: `The file is not valid JSON5${at}.` });
    return {};
  }
}

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
    raw: text.raw === undefined || !legible ? null : redactRaw(text.raw, reading.parsed, parsed),
    parsed,
    valid: reading.issues.length === 0,
    config: typeof resolved === "object" && resolved !== null && !Array.isArray(resolved) ? (resolved as Record<string, unknown>) : {},
    hash: createHash("sha256").update(text.raw ?? "").digest("hex"),
    issues: reading.issues,
    warnings: reading.warnings,
  };
}
