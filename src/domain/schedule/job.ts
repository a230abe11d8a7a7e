import type { EpochMs } from "../moment.js";

/** A cron expression, read on the clocks of a time zone; without one, on those of the gateway's host. */
export interface CronRule {
  readonly expr: string;
  readonly tz?: string;
}

/** When a job is due. */
export type Schedule =
  | { readonly kind: "at"; readonly at: EpochMs }
  /** At the anchor and each `everyMs` from it on; without one, from when the job was made, first after one interval. */
  | { readonly kind: "every"; readonly everyMs: number; readonly anchor?: EpochMs }
  /** `staggerMs`: each job a while of its own after the rule, shorter than this, so that not all begin at once. */
  | ({ readonly kind: "cron"; readonly staggerMs?: number } & CronRule);

export type JobPayload =
  /** Told to a session, whose next turn hears it. */
  | { readonly kind: "systemEvent"; readonly text: string }
  /** A turn of the agent by itself. */
  | { readonly kind: "agentTurn"; readonly message: string; readonly model?: string; readonly thinking?: string; readonly timeoutSeconds?: number };

/** `main`, a session of the job's own that begins anew with each run, or one that is named. */
export type SessionTarget = "main" | "isolated" | `session:${string}`;

/** Where the answer of a turn goes. A channel or recipient that is left out is where the agent's main session was last heard from. */
export interface JobDelivery {
  readonly mode: "none" | "announce";
  readonly channel?: string;
  readonly to?: string;
  readonly accountId?: string;
  readonly threadId?: string;
  /** An answer that could not be delivered does not make the run a failure. */
  readonly bestEffort?: boolean;
}

/** What the agent's main session hears of a run elsewhere. */
export interface JobReport {
  readonly prefix: string;
  readonly mode: "summary" | "full";
  readonly maxChars: number;
}

export type RunTrigger = "schedule" | "manual";
export type RunStatus = "ok" | "error" | "skipped";

/** Noted before a run begins: whatever becomes of the gateway, nothing is begun twice. */
export interface BegunRun {
  readonly runId: string;
  readonly startedAt: EpochMs;
  readonly trigger: RunTrigger;
  /** The moment it was due at; absent where somebody asked for it. */
  readonly slot?: EpochMs;
  /** It was due while the gateway could not run it, and is made up for. */
  readonly isLate?: boolean;
  /** How many earlier moments passed without a run, {@link MISSED_CAP} at most. */
  readonly missed?: number;
}

export interface JobState {
  /** Whatever was due up to this moment is dealt with. */
  readonly settledUntil: EpochMs;
  readonly begun?: BegunRun;
  readonly last?: { readonly at: EpochMs; readonly status: RunStatus; readonly error?: string; readonly durationMs: number };
}

/** A plain JSON value. */
export interface Job {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  /** Absent: the default agent, whichever that is then. */
  readonly agentId?: string;
  readonly enabled: boolean;
  readonly deleteAfterRun: boolean;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly schedule: Schedule;
  readonly target: SessionTarget;
  /** Whom a `systemEvent` is for, where that is not the main session. */
  readonly sessionKey?: string;
  readonly wakeMode: "now" | "next-heartbeat";
  readonly payload: JobPayload;
  readonly delivery: JobDelivery;
  readonly report?: JobReport;
  readonly state: JobState;
}

/** One line of the run log. A plain JSON value. */
export interface RunEntry {
  readonly jobId: string;
  readonly runId: string;
  /** When it was written down: at the run's end, or when it was found to have been cut off. */
  readonly ts: EpochMs;
  readonly trigger: RunTrigger;
  readonly startedAt: EpochMs;
  readonly slot?: EpochMs;
  readonly isLate?: boolean;
  readonly missed?: number;
  readonly status: RunStatus;
  readonly error?: string;
  readonly summary?: string;
  /** The gateway ended while it ran: nobody knows how far it came, so it is not run again. */
  readonly isInterrupted?: boolean;
  /** Whether its answer reached a channel; absent where it was not meant to. */
  readonly isDelivered?: boolean;
  readonly durationMs: number;
  readonly sessionKey?: string;
}

/** Missed moments are counted up to here: finding each one costs. */
export const MISSED_CAP = 50;
export const MAX_JOBS = 1_000;
export const MAX_NAME = 256;
export const MAX_JOB_TEXT = 65_536;
