import { withoutToken } from "../../domain/schedule/heartbeat-reply.js";
import type { BegunRun, Job, JobPayload, RunEntry } from "../../domain/schedule/job.js";
import { INTERRUPTED } from "../../domain/schedule/job-life.js";
import { renderMoment } from "../../domain/schedule/moment-text.js";
import { mainSessionKey } from "../../domain/sessions/key.js";
import type { Cancel } from "../../ports/cancel.js";
import { deliveryTarget, type Delivery } from "./delivery.js";
import type { HeartbeatDesk } from "./heartbeat-desk.js";
import { defaultAgentOf } from "./naming.js";
import type { GatewayParts } from "./parts.js";
import type { RunDesk } from "./run-desk.js";
import { startError } from "./run-refusal.js";
import type { SessionDesk } from "./session-desk.js";
import type { EventTarget, SystemEvents } from "./system-events.js";

export type RunResult = Pick<RunEntry, "status" | "error" | "summary" | "isDelivered" | "sessionKey">;

export interface CronRunnerDeps {
  readonly runs: RunDesk;
  readonly sessions: SessionDesk;
  readonly events: SystemEvents;
  readonly heartbeats: HeartbeatDesk;
  readonly delivery: Delivery;
  /** The gateway ends: nothing is waited for any longer. */
  readonly ending: Cancel;
}

type AgentTurn = Extract<JobPayload, { kind: "agentTurn" }>;

const SUMMARY_MAX = 1_000;
const FRAME = "A schedule began this turn, and nobody waits for it in a chat. Your answer is passed on as it is; where there is nothing to tell, answer HEARTBEAT_OK and nothing else.";

/** Does what a job says, once. What it comes to is for others to write down. */
export class CronRunner {
  readonly #parts: GatewayParts;
  readonly #deps: CronRunnerDeps;

  constructor(parts: GatewayParts, deps: CronRunnerDeps) {
    this.#parts = parts;
    this.#deps = deps;
  }

  async run(job: Job, run: BegunRun): Promise<RunResult> {
    return job.payload.kind === "systemEvent" ? this.#tell(job, job.payload.text, run) : this.#turn(job, job.payload, run);
  }

  /** Whose turn was cut off by the end of the gateway hears of it: neither silence nor a second turn would be right. */
  async interrupted(job: Job, run: BegunRun): Promise<void> {
    if (job.payload.kind === "agentTurn") return this.#reportError(job, INTERRUPTED);
    const target = this.#targetOf(job);
    if (target !== undefined && !this.#deps.events.has(run.runId)) await this.#queue(job, `${job.payload.text} (The gateway ended while this was told: it may have been told before.)`, target);
  }

  async #tell(job: Job, text: string, run: BegunRun): Promise<RunResult> {
    const target = this.#targetOf(job);
    if (target === undefined) return { status: "error", error: "The session that this job is for can't be used. Change its sessionKey." };
    await this.#queue(job, `${text}${lateNote(run)}`, target, { id: run.runId });
    return { status: "ok", summary: text.slice(0, SUMMARY_MAX), sessionKey: target.key };
  }

  /** To be heard at once where the job wakes; `isKnown`: the person has heard of it already, so that it can wait. */
  async #queue(job: Job, text: string, target: EventTarget, { id, isKnown = false }: { readonly id?: string; readonly isKnown?: boolean } = {}): Promise<void> {
    const isUrgent = job.wakeMode === "now" && !isKnown;
    await this.#deps.events.queue(text, target, { isUrgent, ...(id === undefined ? {} : { id }) });
    if (isUrgent) this.#deps.heartbeats.wake(target);
  }

  async #turn(job: Job, payload: AgentTurn, run: BegunRun): Promise<RunResult> {
    const target = this.#targetOf(job);
    if (target === undefined) return { status: "error", error: "The session that this job is for can't be used. Change its sessionTarget." };
    if (job.target === "isolated") await this.#renew(target);
    const started = this.#deps.runs.start({
      runId: run.runId,
      sessionKey: target.key,
      agentId: target.agentId,
      message: `[cron:${job.id} ${job.name}] ${payload.message}`,
      attachments: [],
      timeoutMs: payload.timeoutSeconds === undefined ? this.#parts.config.settings().run.timeoutMs : payload.timeoutSeconds * 1_000,
      extraSystemPrompt: `${FRAME}${lateNote(run)}`,
      ...(payload.model === undefined ? {} : { model: payload.model }),
      ...(payload.thinking === undefined ? {} : { thinking: payload.thinking }),
    });
    const { key: sessionKey } = target;
    if (started.kind !== "started") return this.#failed(job, startError(started.kind).message, sessionKey);
    const end = await started.ended;
    return end.failure === undefined ? this.#conclude(job, run, { text: end.text, sessionKey }) : this.#failed(job, end.failure.message, sessionKey);
  }

  async #failed(job: Job, error: string, sessionKey: string): Promise<RunResult> {
    await this.#reportError(job, error);
    return { status: "error", error, sessionKey };
  }

  async #conclude(job: Job, run: BegunRun, { text: answer, sessionKey }: { text: string; sessionKey: string }): Promise<RunResult> {
    const { ackMaxChars } = this.#parts.config.settings().heartbeat;
    const { text, isAcknowledged } = withoutToken(answer);
    if (text === "" || (isAcknowledged && text.length <= ackMaxChars)) return { status: "ok", sessionKey, ...(text === "" ? {} : { summary: text }) };
    const delivered = job.delivery.mode === "announce" ? await this.#deliver(job, run, { text, sessionKey }) : undefined;
    const problem = typeof delivered === "string" ? delivered : undefined;
    if (job.report !== undefined) {
      const { prefix, mode, maxChars } = job.report;
      await this.#queue(job, `${prefix}: ${text.slice(0, mode === "full" ? maxChars : SUMMARY_MAX)}`, this.#mainOf(job), { isKnown: delivered === true });
    }
    const facts = { summary: text.slice(0, SUMMARY_MAX), sessionKey, ...(delivered === undefined || delivered === "waiting" ? {} : { isDelivered: delivered === true }) };
    if (problem === undefined || problem === "waiting" || job.delivery.bestEffort === true) return { status: "ok", ...facts };
    return { status: "error", error: problem, ...facts };
  }

  /** `true`, `waiting` where the outbox goes on trying, or why not. */
  async #deliver(job: Job, run: BegunRun, { text, sessionKey }: { text: string; sessionKey: string }): Promise<true | string> {
    const { channel, to, accountId, threadId } = job.delivery;
    const main = this.#mainOf(job);
    const place = deliveryTarget({ channel: channel ?? "last", to, accountId, threadId }, this.#deps.sessions.get(main.key));
    if (place.channel === undefined || place.to === undefined) {
      return "The answer could not be delivered: the job names no channel and recipient, and the agent's main session has none to go by.";
    }
    const posted = await this.#deps.delivery.post({ id: `cron:${run.runId}`, ...place, to: place.to, text, sessionKey }, this.#deps.ending);
    return posted.kind === "refused" ? posted.error.message : posted.kind === "waiting" ? "waiting" : true;
  }

  /** To the main session, of jobs that report there. */
  async #reportError(job: Job, error: string): Promise<void> {
    if (job.report !== undefined) await this.#queue(job, `${job.report.prefix} (error): ${job.name}: ${error}`, this.#mainOf(job));
  }

  /** A transcript of its own for each run; the last one stays until the next. */
  async #renew({ key, agentId }: EventTarget): Promise<void> {
    const { sessions } = this.#deps;
    const before = sessions.get(key);
    if (before === undefined) return;
    await sessions.reset(key, agentId);
    await this.#parts.sessions.discard(before);
  }

  /** What a job that is gone leaves behind. */
  async forget(job: Job): Promise<void> {
    if (job.target !== "isolated") return;
    const target = this.#targetOf(job);
    const entry = target && this.#deps.sessions.get(target.key);
    if (entry === undefined || this.#deps.runs.activeIn(entry.key).length > 0) return;
    await this.#parts.sessions.put(entry.key, undefined);
    await this.#parts.sessions.discard(entry);
  }

  /** An agent that is gone meanwhile is stood in for by the default one. */
  #agentOf({ agentId }: Job): string {
    return agentId !== undefined && this.#deps.sessions.hasAgent(agentId) ? agentId : defaultAgentOf(this.#parts.config.settings());
  }

  #mainOf(job: Job): EventTarget {
    const agentId = this.#agentOf(job);
    return { key: mainSessionKey(this.#deps.sessions.naming(), agentId), agentId };
  }

  #targetOf(job: Job): EventTarget | undefined {
    const { target, sessionKey } = job;
    if (target === "main" && sessionKey === undefined) return this.#mainOf(job);
    const key = target === "main" ? sessionKey : target === "isolated" ? `cron:${job.id}` : target.slice("session:".length);
    const agentId = key?.startsWith("agent:") === true ? {} : { agentId: this.#agentOf(job) };
    const resolved = this.#deps.sessions.resolve({ key, ...agentId, method: "cron" });
    return resolved.kind === "refused" ? undefined : resolved;
  }
}

const lateNote = ({ isLate, slot }: BegunRun): string => (isLate === true && slot !== undefined ? ` (This was due at ${renderMoment(slot)}, when the gateway could not do it.)` : "");
