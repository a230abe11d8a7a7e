import type { ResultOf } from "../protocol/catalog.js";
import type { EpochMs } from "../moment.js";
import type { Job, RunEntry } from "./job.js";
import { renderMoment } from "./moment-text.js";

type WireJob = ResultOf<"cron.get">;
type WireRun = ResultOf<"cron.runs">["entries"][number];

/** A job as clients of both generations read it: each finds its own spelling. */
export function renderJob(job: Job, nextRunAt: EpochMs | undefined): WireJob {
  const { id, name, description, agentId, enabled, deleteAfterRun, sessionKey, wakeMode, target, report } = job;
  return {
    id,
    name,
    ...(description === undefined ? {} : { description }),
    ...(agentId === undefined ? {} : { agentId }),
    enabled,
    deleteAfterRun,
    createdAtMs: job.createdAt,
    updatedAtMs: job.updatedAt,
    schedule: scheduleOf(job),
    sessionTarget: target,
    ...(sessionKey === undefined ? {} : { sessionKey }),
    wakeMode,
    payload: payloadOf(job),
    ...(target === "main" ? {} : { delivery: { ...job.delivery } }),
    ...(report === undefined ? {} : { isolation: { postToMainPrefix: report.prefix, postToMainMode: report.mode, postToMainMaxChars: report.maxChars } }),
    state: stateOf(job, nextRunAt),
  };
}

function scheduleOf({ schedule }: Job): WireJob["schedule"] {
  switch (schedule.kind) {
    case "at":
      return { kind: "at", atMs: schedule.at, at: renderMoment(schedule.at) };
    case "every":
      return { kind: "every", everyMs: schedule.everyMs, ...(schedule.anchor === undefined ? {} : { anchorMs: schedule.anchor }) };
    case "cron":
      return { ...schedule };
  }
}

function payloadOf({ payload, delivery }: Job): WireJob["payload"] {
  if (payload.kind === "systemEvent") return { ...payload };
  const { mode, channel, to, bestEffort } = delivery;
  return {
    ...payload,
    deliver: mode === "announce",
    ...(channel === undefined ? {} : { channel }),
    ...(to === undefined ? {} : { to }),
    ...(bestEffort === undefined ? {} : { bestEffortDeliver: bestEffort }),
  };
}

function stateOf({ state: { begun, last } }: Job, nextRunAt: EpochMs | undefined): WireJob["state"] {
  return {
    ...(nextRunAt === undefined ? {} : { nextRunAtMs: nextRunAt }),
    ...(begun === undefined ? {} : { runningAtMs: begun.startedAt }),
    ...(last === undefined ? {} : { lastRunAtMs: last.at, lastStatus: last.status, lastRunStatus: last.status, lastDurationMs: last.durationMs }),
    ...(last?.error === undefined ? {} : { lastError: last.error }),
  };
}

export function renderRun(entry: RunEntry): WireRun {
  const { error, summary, slot, isLate, missed, isInterrupted, isDelivered, sessionKey } = entry;
  return {
    ts: entry.ts,
    jobId: entry.jobId,
    action: "finished",
    status: entry.status,
    ...(error === undefined ? {} : { error }),
    ...(summary === undefined ? {} : { summary }),
    runAtMs: entry.startedAt,
    durationMs: entry.durationMs,
    runId: entry.runId,
    ...(sessionKey === undefined ? {} : { sessionKey }),
    trigger: entry.trigger,
    ...(slot === undefined ? {} : { scheduledAtMs: slot }),
    ...(isLate === undefined ? {} : { late: isLate }),
    ...(missed === undefined ? {} : { missed }),
    ...(isInterrupted === undefined ? {} : { interrupted: isInterrupted }),
    ...(isDelivered === undefined ? {} : { delivered: isDelivered }),
  };
}
