import { after, type EpochMs } from "../../moment.js";
import { fieldsOf, textOf, type Fields } from "../../foreign-fields.js";
import { stripApproval } from "../reserved-fields.js";
import { FAIR_WAIT_MS, USABLE_MS, type Approval, type ApprovalAsk } from "./approval.js";
import { saysTheSame } from "./command-line.js";

/** A run that somebody asks for: `params` are those of `system.run` as they came. */
export interface RunAsk {
  readonly nodeId: string;
  readonly params: unknown;
  readonly idempotencyKey: string;
  readonly sessionKey?: string;
  readonly principal: string;
}

/**
 * - `unknown`: none of this id, or it belongs to somebody else, who is not told apart from nobody.
 * - `waiting`, `denied`, `unanswered`: nobody said yes to it.
 * - `late`: it was approved, and too long ago.
 * - `used`: another run went through by it.
 * - `other-…`: what was approved is another command, or for another place.
 */
export type AdmissionRefusal =
  | "unknown" | "waiting" | "denied" | "unanswered" | "late" | "used"
  | "other-host" | "other-node" | "other-command" | "other-cwd" | "other-agent" | "other-session" | "other-env";

export type Admission =
  | { readonly kind: "passed-on"; readonly params: Fields }
  /** `params` carry the gateway's word, and the approval is used up by this run. */
  | { readonly kind: "vouched"; readonly params: Fields; readonly approval: Approval }
  | { readonly kind: "refused"; readonly reason: AdmissionRefusal };

/** The id of the approval that a run names. */
export const namedApproval = (params: unknown): string | undefined => textOf(fieldsOf(params)?.["runId"]);

/**
 * The run with the name of the approval that it means, where it claims to have one and names none, as clients of January
 * 2026 do after they asked: the newest of whoever asks that fits in every part. A retry means the one that it used.
 */
export function namingApproval(run: RunAsk, approvals: readonly Approval[], now: EpochMs): RunAsk {
  const params = fieldsOf(run.params);
  if (params?.["approved"] !== true || namedApproval(params) !== undefined) return run;
  const naming = ({ id }: Approval): RunAsk => ({ ...run, params: { ...params, runId: id } });
  const fitting = approvals.filter((approval) => admitRun(naming(approval), approval, now).kind === "vouched");
  const meant = fitting.find(({ usedBy }) => usedBy === run.idempotencyKey) ?? fitting.at(-1);
  return meant === undefined ? run : naming(meant);
}

/**
 * What a node is told of a run. What only the gateway may say is taken out of the params, whoever sent it; it is put in
 * again where the run names an approval that fits it in every part. A retry under the same idempotency key is the same run.
 */
export function admitRun(run: RunAsk, approval: Approval | undefined, now: EpochMs): Admission {
  const params = fieldsOf(stripApproval(run.params)) ?? {};
  if (namedApproval(run.params) === undefined) return { kind: "passed-on", params };
  if (approval === undefined || approval.principal !== run.principal) return { kind: "refused", reason: "unknown" };
  const difference = differenceFrom(approval.ask, run, params);
  if (difference !== undefined) return { kind: "refused", reason: difference };
  const state = stateOf(approval, run, now);
  if (state === "unanswered" && isOwnRule(run.params, approval)) {
    return { kind: "passed-on", params: { ...params, approved: false, approvalDecision: null, runId: approval.id } };
  }
  if (state !== "usable" || approval.decided === undefined) return { kind: "refused", reason: state === "usable" ? "waiting" : state };
  return {
    kind: "vouched",
    params: { ...params, approved: true, approvalDecision: approval.decided.decision, runId: approval.id },
    approval: { ...approval, usedBy: run.idempotencyKey },
  };
}

function stateOf({ decided, expiresAtMs, usedBy }: Approval, { idempotencyKey }: RunAsk, now: EpochMs): "usable" | AdmissionRefusal {
  if (decided === undefined) return now < expiresAtMs ? "waiting" : "unanswered";
  if (decided.decision === "deny") return "denied";
  if (usedBy !== undefined && usedBy !== idempotencyKey) return "used";
  // For the run that has it, too: later, nobody knows any more whether this is a retry.
  return now < after(decided.at, USABLE_MS) ? "usable" : "late";
}

/** Nobody answered, though there was time to: then the node's own file says what holds. Who claims to be approved all the same is refused. */
const isOwnRule = (params: unknown, { createdAtMs, expiresAtMs }: Approval): boolean => fieldsOf(params)?.["approved"] !== true && expiresAtMs - createdAtMs >= FAIR_WAIT_MS;

function differenceFrom(asked: ApprovalAsk, run: RunAsk, params: Fields): AdmissionRefusal | undefined {
  if (asked.host !== null && asked.host !== "node") return "other-host";
  if (asked.nodeId === null ? asked.host === null : asked.nodeId !== run.nodeId) return "other-node";
  if (!isSameCommand(asked, params)) return "other-command";
  if (asked.cwd !== textOrNull(params["cwd"])) return "other-cwd";
  if (asked.agentId !== textOrNull(params["agentId"])) return "other-agent";
  if (asked.sessionKey !== textOrNull(params["sessionKey"] ?? run.sessionKey)) return "other-session";
  return isSameEnv(asked.env, params["env"]) ? undefined : "other-env";
}

const textOrNull = (value: unknown): unknown => (value === undefined || value === "" ? null : value);

function isSameCommand(asked: ApprovalAsk, { command, rawCommand }: Fields): boolean {
  if (!Array.isArray(command) || !command.every((word): word is string => typeof word === "string")) return false;
  // What a client calls the command must be what it is: people read the one, the node runs the other.
  if (rawCommand !== undefined && rawCommand !== null && !(typeof rawCommand === "string" && saysTheSame(command, rawCommand))) return false;
  if (asked.argv === null) return saysTheSame(command, asked.command);
  return asked.argv.length === command.length && asked.argv.every((word, nth) => word === command[nth]);
}

function isSameEnv(asked: Readonly<Record<string, string>> | null, given: unknown): boolean {
  const wanted = Object.entries(asked ?? {});
  const brought = Object.entries(fieldsOf(given) ?? {});
  if (given !== undefined && given !== null && fieldsOf(given) === undefined) return false;
  return wanted.length === brought.length && wanted.every(([name, value]) => brought.some(([other, text]) => other === name && text === value));
}
