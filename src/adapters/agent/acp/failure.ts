import type { FailureReason, RunFailure } from "../../../domain/runs/outcome.js";
import type { ProcessEnd } from "./agent-process.js";
import { cleanText } from "./last-words.js";

const SECTION = "agents.defaults.acp";

/** Of the protocol: the agent wants somebody to log in first. */
const AUTH_REQUIRED = -32_000;
/** Of the protocol: it does not know what was named, of which there is only the conversation. */
const NOT_FOUND = -32_002;

const failure = (reason: FailureReason, message: string, more: Partial<RunFailure> = {}): RunFailure => ({ reason, message, provider: "acp", ...more });

export const ABORTED = failure("aborted", "The run was stopped.");
export const CLOSED = failure("aborted", "The gateway is ending, and the agent with it.");
export const NOT_CONFIGURED = failure("not_configured", `No agent is configured: set ${SECTION}.command to a program that speaks the Agent Client Protocol.`);
export const NO_SDK = failure("not_configured", "Agents of the runtime \"acp\" need the package @agentclientprotocol/sdk, which is not installed: install it beside the gateway.");

export const NO_FOLDER = failure("not_configured", `The agent has no folder to work in: ${SECTION}.cwd has to be the absolute path of one that exists.`);

export const notStarted = (name: string, code: string): RunFailure => {
  if (code === "ENOENT") return failure("not_configured", `The agent "${name}" was not found: check ${SECTION}.command.`);
  if (code === "EACCES" || code === "EPERM") return failure("not_configured", `The agent "${name}" may not be run by the gateway (${code}): check ${SECTION}.command.`);
  if (code.startsWith("ERR_INVALID_ARG")) return failure("not_configured", `The agent "${name}" cannot be called like this: check ${SECTION}.command, .args and .env.`);
  return failure("network", `The agent "${name}" could not be started (${code}).`);
};

export const otherVersion = (name: string): RunFailure =>
  failure("not_configured", `The agent "${name}" does not speak version 1 of the Agent Client Protocol: check ${SECTION}.command.`);

export const slowStart = (name: string): RunFailure =>
  failure("timeout", `The agent "${name}" did not get ready in time (${SECTION}.startupTimeoutMs).`);

export const resting = (name: string, waitMs: number): RunFailure =>
  failure("network", `The agent "${name}" keeps ending: the next try is in ${Math.ceil(waitMs / 1_000)} s.`, { retryAfterMs: waitMs });

export const overflowed = (name: string): RunFailure =>
  failure("unknown", `The agent "${name}" told more than an answer can hold.`);

export const oddAnswer = (name: string): RunFailure =>
  failure("unknown", `The agent "${name}" answered with something that is not part of the protocol.`);

/** Why a conversation broke off with its agent. */
export type LinkEnd =
  | { readonly kind: "died"; readonly end: ProcessEnd; readonly lastWords: string }
  /** It went on with a turn that was stopped, and had to be ended. */
  | { readonly kind: "deaf" }
  | { readonly kind: "unreadable" }
  | { readonly kind: "slow" }
  | { readonly kind: "closed" };

export const broken = (name: string, link: LinkEnd, secrets: readonly string[]): RunFailure => {
  switch (link.kind) {
    case "closed": return CLOSED;
    case "slow": return slowStart(name);
    case "deaf": return failure("network", `The agent "${name}" was restarted, since it went on with another turn that had been stopped: try again.`);
    case "unreadable": return failure("network", `The agent "${name}" sent something that cannot be read, and was ended: try again.`);
    case "died": {
      const { code, signal } = link.end;
      const how = signal === null ? `exit code ${String(code)}` : signal;
      return failure("network", `The agent "${name}" ended in the middle (${how}).${quoted(link.lastWords, secrets)}`);
    }
  }
};

/** What the agent answered instead of a result. */
export const refused = (name: string, error: unknown, secrets: readonly string[]): RunFailure => {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === AUTH_REQUIRED) {
    return failure("auth", `The agent "${name}" wants you to log in first: run it once in a terminal, as the user of the gateway, or set its key in ${SECTION}.env.`);
  }
  if (code === NOT_FOUND) return failure("unknown", `The agent "${name}" has lost this conversation, which begins anew: send the message again.`);
  return failure("unknown", `The agent "${name}" could not answer.${quoted(typeof message === "string" ? message : "", secrets)}`);
};

export const isLostConversation = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === NOT_FOUND;

/** What follows from the agent's own reason for stopping; `undefined` where it has answered. */
export const stoppedFor = (name: string, reason: string | undefined): RunFailure | undefined => {
  switch (reason) {
    case "end_turn":
    case "max_tokens":
    case "max_turn_requests":
      return undefined;
    case "refusal": return failure("refusal", `The agent "${name}" refused to go on with this.`);
    case "cancelled": return failure("aborted", `The agent "${name}" stopped its answer.`);
    default: return oddAnswer(name);
  }
};

const quoted = (said: string, secrets: readonly string[]): string => {
  const clean = cleanText(said, secrets);
  return clean === "" ? "" : ` It said: "${clean}"`;
};
