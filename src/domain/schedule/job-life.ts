import type { EpochMs } from "../moment.js";
import type { BegunRun, Job, RunEntry } from "./job.js";

/** To be on disk before anything is done: from then on this moment of it is dealt with, whatever comes. */
export const begun = (job: Job, run: BegunRun): Job => ({ ...job, state: { ...job.state, settledUntil: run.slot ?? job.state.settledUntil, begun: run } });

/** A run that could not even begin is none. `before`: the job as it was before it. */
export const unbegun = (job: Job, run: BegunRun, before: Job): Job =>
  job.state.begun?.runId === run.runId ? { ...job, state: { ...before.state, ...(job.state.last === undefined ? {} : { last: job.state.last }) } } : job;

/** What is dealt with up to now: for a job that is changed or switched on, and after a clock that was wrong. */
export const settledAt = (job: Job, now: EpochMs): Job => ({ ...job, state: { ...job.state, settledUntil: now } });

/** The job after a run; `undefined` where it is gone with it. One that runs once does not stay enabled. */
export function concluded(job: Job, entry: RunEntry): Job | undefined {
  const { begun: current, ...state } = job.state;
  const { status, error, durationMs, startedAt } = entry;
  const last = { at: startedAt, status, durationMs, ...(error === undefined ? {} : { error }) };
  // Another run may have begun since, where this end comes from the log.
  const rest = current === undefined || current.runId === entry.runId ? state : job.state;
  const next: Job = { ...job, state: { ...rest, last } };
  const isOver = job.schedule.kind === "at" && entry.slot === job.schedule.at;
  if (!isOver) return next;
  return job.deleteAfterRun && status === "ok" ? undefined : { ...next, enabled: false };
}

export const INTERRUPTED = "The gateway ended while this ran. Nobody knows how far it came, so it is not run again by itself; run it by hand if it should be.";

/** The line that stands in the log for a run whose end was never written down. */
export function interruptedEntry(jobId: string, run: BegunRun, now: EpochMs): RunEntry {
  return { ...runFacts(jobId, run), ts: now, status: "error", error: INTERRUPTED, isInterrupted: true, durationMs: 0 };
}

/** What a line of the log has of a run from its beginning on. */
export const runFacts = (jobId: string, { runId, startedAt, trigger, slot, isLate, missed }: BegunRun) => ({
  jobId,
  runId,
  trigger,
  startedAt,
  ...(slot === undefined ? {} : { slot }),
  ...(isLate === true ? { isLate } : {}),
  ...(missed === undefined || missed === 0 ? {} : { missed }),
});
