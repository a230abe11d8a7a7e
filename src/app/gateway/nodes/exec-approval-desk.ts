import { admitRun, namedApproval, namingApproval, type AdmissionRefusal, type RunAsk } from "../../../domain/nodes/exec-policy/admit-run.js";
import { DEFAULT_APPROVAL_MS, forgottenAt, isDecision, isWaiting, MAX_WAITING, type Approval, type ApprovalAsk, type ExecDecision } from "../../../domain/nodes/exec-policy/approval.js";
import { withAllowed } from "../../../domain/nodes/exec-policy/approvals-file.js";
import { rememberedPattern } from "../../../domain/nodes/exec-policy/judge-run.js";
import { readAsk, type AskParams } from "../../../domain/nodes/exec-policy/read-ask.js";
import { after } from "../../../domain/moment.js";
import { invalidRequest, unavailable, wireError, type ErrorShape } from "../../../domain/protocol/errors.js";
import type { WaitingApproval } from "../../../domain/protocol/methods/approvals.js";
import { printable } from "../../../domain/text/printable.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Caller } from "../call.js";
import type { Hub } from "../hub.js";
import type { GatewayParts } from "../parts.js";
import { stripReserved, type Screen } from "./screen.js";

type Parts = Pick<GatewayParts, "clock" | "ids" | "log" | "execApprovals">;

/** What became of a question: nobody may have answered. */
export interface ApprovalEnd {
  readonly id: string;
  readonly decision: ExecDecision | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Who asks when the gateway itself does. */
export const GATEWAY = "gateway";

/** Those that were decided and not used yet, of everybody together. */
const MAX_KEPT = 1000;

const SENTENCES: Readonly<Record<AdmissionRefusal, string>> = {
  unknown: "unknown approval id: runId must name an approval that this device asked for with exec.approval.request",
  waiting: "nobody has decided on this approval yet; wait for the answer to exec.approval.request, then invoke again",
  denied: "the command was denied; nothing was run",
  unanswered: "nobody decided on this approval in time; ask again with exec.approval.request",
  late: "this approval was given too long ago; ask again with exec.approval.request",
  used: "this approval was already used by another run; ask again with exec.approval.request",
  "other-host": "this approval is for another host than a node; ask again with host \"node\"",
  "other-node": "this approval is for another node; ask again for this one",
  "other-command": "this approval is for another command; ask again with the words of this one in commandArgv",
  "other-cwd": "this approval is for another cwd; ask again for this one",
  "other-agent": "this approval is for another agentId; ask again for this one",
  "other-session": "this approval is for another sessionKey; ask again for this one",
  "other-env": "this approval does not cover the run's env; ask again and name env in exec.approval.request",
};

/** Commands that wait for a person, and what was decided. In memory: after a restart, whoever waited asks again. */
export class ExecApprovalDesk {
  readonly #parts: Parts;
  readonly #hub: Hub;
  readonly #approvals = new Map<string, Approval>();
  readonly #wakes = new Map<string, () => void>();

  constructor(parts: Parts, hub: Hub) {
    this.#parts = parts;
    this.#hub = hub;
  }

  /** Puts a question to whoever may answer it. The answer is there once somebody decided, or nobody did in time; cancelled, it is a no. */
  async ask(params: AskParams, principal: string, cancel?: Cancel): Promise<ApprovalEnd | ErrorShape> {
    const ask = readAsk(params);
    if (typeof ask === "string") return invalidRequest(`invalid exec.approval.request params: ${ask}`);
    const created = this.#create(ask, { principal, id: params.id ?? this.#parts.ids.uuid(), timeoutMs: params.timeoutMs ?? DEFAULT_APPROVAL_MS });
    if ("code" in created) return created;
    const { id, createdAtMs, expiresAtMs } = created;
    const withdraw = (): void => void this.decide(id, "deny", undefined);
    cancel?.addEventListener("abort", withdraw);
    await this.#settled(created);
    cancel?.removeEventListener("abort", withdraw);
    return { id, decision: this.#approvals.get(id)?.decided?.decision ?? null, createdAtMs, expiresAtMs };
  }

  #create(ask: ApprovalAsk, { principal, id, timeoutMs }: { principal: string; id: string; timeoutMs: number }): Approval | ErrorShape {
    const now = this.#parts.clock.now();
    this.#forget();
    const known = this.#approvals.get(id);
    if (known !== undefined) return invalidRequest(isWaiting(known, now) ? "approval id already pending" : "approval id was already used; take another");
    if (this.#wakes.size >= MAX_WAITING) return unavailable("too many commands wait for approval; decide on some, or retry later", { retryable: true, retryAfterMs: 5000 });
    const approval: Approval = { id, ask, principal, createdAtMs: now, expiresAtMs: after(now, timeoutMs) };
    this.#approvals.set(id, approval);
    this.#parts.log.info("a command waits for approval", { approvalId: id, host: ask.host, nodeId: ask.nodeId });
    return approval;
  }

  /** Announces it only once it can be decided on. */
  #settled(approval: Approval): Promise<void> {
    const { id, expiresAtMs } = approval;
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.#wakes.delete(id);
        resolve();
      };
      const cancel = this.#parts.clock.callAt(expiresAtMs, wake);
      this.#wakes.set(id, wake);
      this.#hub.broadcast("exec.approval.requested", shown(approval));
    });
  }

  waiting(): readonly WaitingApproval[] {
    const now = this.#parts.clock.now();
    return [...this.#approvals.values()].filter((approval) => isWaiting(approval, now)).map(shown);
  }

  /** The first decision counts. `undefined` where it was taken. `caller` is absent for the gateway itself. */
  async decide(id: string, word: string, caller: Caller | undefined): Promise<ErrorShape | undefined> {
    if (!isDecision(word)) return invalidRequest("invalid decision");
    const { clock, log } = this.#parts;
    const approval = this.#approvals.get(id);
    if (approval === undefined || !isWaiting(approval, clock.now())) return unknownApproval(approval, caller);
    const at = clock.now();
    const decided: Approval = { ...approval, decided: { decision: word, at } };
    this.#approvals.set(id, decided);
    log.info("a command was decided on", { approvalId: id, decision: word });
    try {
      await this.#remember(decided);
    } finally {
      this.#hub.broadcast("exec.approval.resolved", { id, decision: word, resolvedBy: nameOf(caller), ts: at });
      this.#wakes.get(id)?.();
    }
    return undefined;
  }

  /** An "always" for this host is on its list before whoever asked hears of it. A node keeps its own list, when the run reaches it. */
  async #remember({ id, ask, decided }: Approval): Promise<void> {
    const { host, agentId, resolvedPath, env } = ask;
    const pattern = decided?.decision === "allow-always" && host === "gateway" && env === null && resolvedPath !== null ? rememberedPattern(resolvedPath) : undefined;
    if (pattern === undefined) return;
    const { value } = await this.#parts.execApprovals.update<string | undefined>(({ content }) => {
      const added = content.kind === "usable" ? withAllowed(content.file, { pattern, ...(agentId === null ? {} : { agentId }) }) : "unusable-file";
      return typeof added === "string" ? { value: added } : { file: added, value: undefined };
    });
    if (value !== undefined) this.#parts.log.warn("an approval could not be put on the list of this host", { approvalId: id, reason: value });
  }

  /** What a node is told of a run: the params without what only the gateway may say, and with it where an approval lets the run through. */
  readonly screen: Screen = (ask, caller) => {
    if (ask.command !== "system.run") return stripReserved(ask, caller);
    const { nodeId, params, idempotencyKey, sessionKey } = ask;
    const now = this.#parts.clock.now();
    const asked: RunAsk = { nodeId, params, idempotencyKey, principal: caller?.principal ?? GATEWAY, ...(sessionKey === undefined ? {} : { sessionKey }) };
    const run = namingApproval(asked, [...this.#approvals.values()], now);
    const id = namedApproval(run.params);
    const admission = admitRun(run, id === undefined ? undefined : this.#approvals.get(id), now);
    if (admission.kind === "refused") return invalidRequest(SENTENCES[admission.reason], { code: "APPROVAL_NOT_USABLE", reason: admission.reason });
    if (admission.kind === "vouched") this.#approvals.set(admission.approval.id, admission.approval);
    return { ...ask, params: admission.params };
  };

  /** Nobody decides any more: all who wait hear so. */
  close(): void {
    for (const wake of this.#wakes.values()) wake();
  }

  #forget(): void {
    const now = this.#parts.clock.now();
    for (const [id, approval] of this.#approvals) {
      const isOld = now >= forgottenAt(approval) || this.#approvals.size > MAX_WAITING + MAX_KEPT;
      if (isOld && !this.#wakes.has(id)) this.#approvals.delete(id);
    }
  }
}

const nameOf = (caller: Caller | undefined): string | null => {
  const name = printable(caller?.peer?.client.displayName ?? caller?.peer?.client.id ?? GATEWAY, 64);
  return name === "" ? null : name;
};

function unknownApproval(known: Approval | undefined, caller: Caller | undefined): ErrorShape {
  const details = { code: "APPROVAL_NOT_FOUND", reason: known === undefined ? "unknown" : known.decided === undefined ? "expired" : "already-decided" };
  // A code that protocol 3 does not have.
  return caller?.protocol === 3 ? invalidRequest("unknown approval id", details) : wireError("APPROVAL_NOT_FOUND", "unknown approval id", { details });
}

const shown = ({ id, ask, createdAtMs, expiresAtMs }: Approval): WaitingApproval => {
  const { argv, env, ...request } = ask;
  return { id, request: { ...request, commandArgv: argv, envKeys: env === null ? null : Object.keys(env) }, createdAtMs, expiresAtMs };
};
