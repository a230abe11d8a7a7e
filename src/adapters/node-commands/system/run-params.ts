import { isAbsolute } from "node:path";
import type { RunVoucher } from "../../../domain/nodes/exec-policy/judge-run.js";
import { refusedVariables } from "../../../domain/nodes/exec-policy/environment.js";
import { countOf, fieldsOf, textOf, type Fields } from "../../../domain/foreign-fields.js";

/** What a run is asked with. */
export interface RunParams {
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly agentId?: string;
  readonly sessionKey?: string;
  readonly runId?: string;
  readonly voucher?: RunVoucher;
  readonly isQuiet: boolean;
}

export const DEFAULT_RUN_MS = 120_000;
const MAX_RUN_MS = 24 * 60 * 60_000;
const MAX_WORDS = 1024;
const MAX_WORD_CHARS = 128 * 1024;
const MAX_VARIABLES = 100;

/** The params, or what is wrong with them as a whole sentence. */
export function readRunParams(given: unknown): RunParams | string {
  const fields = fieldsOf(given) ?? {};
  const argv = wordsOf(fields["command"]);
  if (typeof argv === "string") return argv;
  const env = variablesOf(fields["env"]);
  if (typeof env === "string") return env;
  const cwd = fields["cwd"] ?? "";
  if (typeof cwd !== "string" || (cwd !== "" && (!isAbsolute(cwd) || cwd.includes("\0")))) return "cwd must be an absolute path.";
  const timeoutMs = fields["timeoutMs"] ?? DEFAULT_RUN_MS;
  if (countOf(timeoutMs) === undefined || (timeoutMs as number) < 1 || (timeoutMs as number) > MAX_RUN_MS) return `timeoutMs must be a whole number from 1 to ${MAX_RUN_MS}.`;
  const voucher = voucherOf(fields);
  const texts = (["agentId", "sessionKey", "runId"] as const).flatMap((name) => (textOf(fields[name]) === undefined ? [] : [[name, fields[name]]]));
  return {
    argv, env, timeoutMs: timeoutMs as number, isQuiet: fields["suppressNotifyOnExit"] === true,
    ...(cwd === "" ? {} : { cwd }),
    ...(Object.fromEntries(texts) as Pick<RunParams, "agentId" | "sessionKey" | "runId">),
    ...(voucher === undefined ? {} : { voucher }),
  };
}

function wordsOf(command: unknown): RunParams["argv"] | string {
  if (!Array.isArray(command) || !command.every((word): word is string => typeof word === "string")) return "command must be a list of words, the program first; no shell reads them.";
  const [program, ...args] = command;
  if (program === undefined || program === "") return "command must begin with the program to run.";
  if (command.length > MAX_WORDS || command.reduce((sum, { length }) => sum + length, 0) > MAX_WORD_CHARS) return `command must have at most ${MAX_WORDS} words and ${MAX_WORD_CHARS} characters.`;
  return command.some((word) => word.includes("\0")) ? "command must not contain a zero character." : [program, ...args];
}

function variablesOf(env: unknown): Readonly<Record<string, string>> | string {
  if (env === undefined || env === null) return {};
  const entries = Object.entries(fieldsOf(env) ?? { "": 0 });
  if (entries.length > MAX_VARIABLES || !entries.every(([, value]) => typeof value === "string" && !value.includes("\0"))) return `env must be an object of at most ${MAX_VARIABLES} texts.`;
  const refused = refusedVariables(entries.map(([name]) => name));
  if (refused.length > 0) return `no run may bring the variables ${refused.map((name) => JSON.stringify(name)).join(", ").slice(0, 200)}; leave them out of env.`;
  return Object.fromEntries(entries) as Record<string, string>;
}

/** What the gateway says of the run. Gateways of the first generation say `approved` alone. */
function voucherOf({ approved, approvalDecision, runId }: Fields): RunVoucher | undefined {
  if (approvalDecision === "allow-always") return { kind: "approved", decision: "allow-always" };
  if (approvalDecision === "allow-once" || approved === true) return { kind: "approved", decision: "allow-once" };
  return approved === false && approvalDecision === null && textOf(runId) !== undefined ? { kind: "unanswered" } : undefined;
}
