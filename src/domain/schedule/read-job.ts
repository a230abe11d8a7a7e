import type { ParamsOf } from "../protocol/catalog.js";
import type { Protocol } from "../protocol/version.js";
import { after, type EpochMs } from "../moment.js";
import { MAX_JOB_TEXT, MAX_NAME, type Job, type JobPayload, type Schedule, type SessionTarget } from "./job.js";
import { settledAt } from "./job-life.js";
import { given, readDelivery, readReport, patchedReport, saysDeliveryInside, texts } from "./read-delivery.js";
import { ok, readSchedule, refuse, type Read, type ScheduleFacts } from "./read-schedule.js";

type Wire = ParamsOf<"cron.add">;
type Patch = ParamsOf<"cron.update">["patch"];
type WirePayload = Wire["payload"] | NonNullable<Patch["payload"]>;

export interface JobFacts extends ScheduleFacts {
  readonly protocol: Protocol;
  readonly hasAgent: (agentId: string) => boolean;
}

/** What would change what a job does, so that it is not passed over in silence. */
const UNSUPPORTED = ["declarationKey", "trigger", "pacing"];

/** A job of the wire in either generation's spelling, or what is wrong with it. */
export function readJob(wire: Wire, id: string, facts: JobFacts): Read<Job> {
  const foreign = UNSUPPORTED.find((key) => Object.hasOwn(wire, key));
  if (foreign !== undefined) return refuse(`${foreign} is not supported by this gateway: leave it out`);
  const schedule = readSchedule(wire.schedule, facts);
  if (schedule.kind === "refused") return schedule;
  const payload = readPayload(wire.payload, undefined);
  if (payload.kind === "refused") return payload;
  const target = readTarget(wire, payload.value);
  if (target.kind === "refused") return target;
  const delivery = readDelivery(wire, { before: undefined, target: target.value, protocol: facts.protocol });
  if (delivery.kind === "refused") return delivery;
  const { now } = facts;
  const isBefore4 = facts.protocol === 3 || saysDeliveryInside(wire.payload);
  const report = target.value === "main" ? undefined : readReport(wire.isolation, isBefore4 && wire.delivery === undefined ? true : delivery.value.mode === "announce");
  return checked({
    id,
    name: wire.name.trim(),
    ...(given(wire.description) ? { description: wire.description } : {}),
    ...(given(wire.agentId) ? { agentId: wire.agentId.toLowerCase() } : {}),
    enabled: wire.enabled ?? true,
    deleteAfterRun: wire.deleteAfterRun ?? (facts.protocol === 4 && schedule.value.kind === "at"),
    createdAt: now,
    updatedAt: now,
    schedule: schedule.value,
    target: target.value,
    ...(target.value === "main" && given(wire.sessionKey) ? { sessionKey: wire.sessionKey } : {}),
    wakeMode: wire.wakeMode ?? "now",
    payload: payload.value,
    delivery: delivery.value,
    ...(report === undefined ? {} : { report }),
    state: { settledUntil: settledFrom(schedule.value, now) },
  }, facts);
}

/** The job after a patch: what the patch does not name stays as it is. */
export function patchJob(job: Job, patch: Patch, facts: JobFacts): Read<Job> {
  const schedule = patch.schedule === undefined ? ok(job.schedule) : readSchedule(patch.schedule, facts);
  if (schedule.kind === "refused") return schedule;
  const payload = patch.payload === undefined ? ok(job.payload) : readPayload(patch.payload, job.payload);
  if (payload.kind === "refused") return payload;
  const named = patch.sessionTarget === undefined ? ok(job.target) : readTarget({ ...patch, sessionTarget: patch.sessionTarget }, payload.value);
  if (named.kind === "refused") return named;
  const delivery = readDelivery(patch, { before: job.delivery, target: named.value, protocol: facts.protocol });
  if (delivery.kind === "refused") return delivery;
  const { description, agentId, report: told, sessionKey, ...rest } = job;
  const report = named.value === "main" ? undefined : patchedReport(patch, { told, delivery: delivery.value });
  const next: Job = {
    ...rest,
    ...texts({ description: patch.description === undefined ? description : patch.description, agentId: patch.agentId === undefined ? agentId : patch.agentId?.toLowerCase() }),
    ...texts({ sessionKey: named.value === "main" ? (patch.sessionKey === undefined ? sessionKey : patch.sessionKey) : undefined }),
    ...(patch.name === undefined ? {} : { name: patch.name.trim() }),
    enabled: patch.enabled ?? job.enabled,
    deleteAfterRun: patch.deleteAfterRun ?? job.deleteAfterRun,
    wakeMode: patch.wakeMode ?? job.wakeMode,
    updatedAt: facts.now,
    schedule: schedule.value,
    target: named.value,
    payload: payload.value,
    delivery: delivery.value,
    ...(report === undefined ? {} : { report }),
  };
  // What would have been due before this change is not made up for after it.
  const isTimedAnew = patch.schedule !== undefined || (patch.enabled === true && !job.enabled);
  return checked(isTimedAnew ? settledAt(next, settledFrom(next.schedule, facts.now)) : next, facts);
}

/** A moment that has just passed is still to be kept. */
const settledFrom = (schedule: Schedule, now: EpochMs): EpochMs => (schedule.kind === "at" && schedule.at <= now ? after(schedule.at, -1) : now);

function checked(job: Job, { hasAgent }: JobFacts): Read<Job> {
  const { payload, target, delivery, agentId } = job;
  if (job.name === "" || job.name.length > MAX_NAME) return refuse(`name must be a text of 1 to ${MAX_NAME} characters`);
  if (agentId !== undefined && !hasAgent(agentId)) return refuse(`unknown agent id "${agentId.slice(0, 64)}"`);
  if ((payload.kind === "systemEvent" ? payload.text : payload.message).length > MAX_JOB_TEXT) return refuse(`the text of a job is at most ${MAX_JOB_TEXT} characters long`);
  if (target === "main" && payload.kind !== "systemEvent") return refuse('a job for the main session needs payload.kind "systemEvent"; an agentTurn runs with sessionTarget "isolated"');
  if (target !== "main" && payload.kind !== "agentTurn") return refuse('a job outside of the main session needs payload.kind "agentTurn"; a systemEvent is for sessionTarget "main"');
  if (target === "main" && delivery.mode === "announce") return refuse('a job for the main session delivers nothing itself: leave delivery out, or use sessionTarget "isolated"');
  return ok(job);
}

/** Of a patch, what it leaves out is as it was, as long as the kind is the same. */
function readPayload(wire: WirePayload, before: JobPayload | undefined): Read<JobPayload> {
  if (wire.kind === "systemEvent") return ok({ kind: "systemEvent", text: wire.text });
  if (Object.hasOwn(wire, "toolsAllow")) return refuse("payload.toolsAllow is not supported by this gateway: the tools of its agents are in tools.allow of its configuration");
  const old = before?.kind === "agentTurn" ? before : undefined;
  const message = wire.message ?? old?.message;
  if (message === undefined) return refuse("payload.message is missing: what the agent is to do");
  const timeoutSeconds = wire.timeoutSeconds ?? old?.timeoutSeconds;
  return ok({
    kind: "agentTurn",
    message,
    ...texts({ model: wire.model ?? old?.model, thinking: wire.thinking ?? old?.thinking }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  });
}

function readTarget({ sessionTarget, sessionKey }: { sessionTarget?: string; sessionKey?: string | null }, payload: JobPayload): Read<SessionTarget> {
  if (sessionTarget === undefined) return ok<SessionTarget>(payload.kind === "systemEvent" ? "main" : "isolated");
  if (sessionTarget !== "current") return ok(sessionTarget as SessionTarget);
  return given(sessionKey) ? ok<SessionTarget>(`session:${sessionKey}`) : refuse('sessionTarget "current" needs the sessionKey of the session that is meant');
}
