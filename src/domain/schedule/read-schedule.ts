import type { CronSchedule } from "../protocol/methods/cron.js";
import { epochMs, type EpochMs } from "../moment.js";
import type { CronRule, Schedule } from "./job.js";
import { LAST_MOMENT, parseMoment } from "./moment-text.js";

export type Read<T> = { readonly kind: "ok"; readonly value: T } | { readonly kind: "refused"; readonly reason: string };

export const ok = <T>(value: T): Read<T> => ({ kind: "ok", value });
export const refuse = (reason: string): Read<never> => ({ kind: "refused", reason });

export interface ScheduleFacts {
  readonly now: EpochMs;
  /** What is wrong with a cron rule, as a sentence; `undefined` where it can be kept. */
  readonly explain: (rule: CronRule) => string | undefined;
}

/** Below it, the gateway would do nothing else. */
const MIN_EVERY_MS = 1_000;
/** A clock of the one who asks may be a little behind. */
const PAST_GRACE_MS = 60_000;
const MAX_SPAN_MS = 100 * 366 * 86_400_000;

/** A schedule of the wire in either generation's spelling. */
export function readSchedule(wire: CronSchedule, facts: ScheduleFacts): Read<Schedule> {
  switch (wire.kind) {
    case "at":
      return readAt(wire, facts.now);
    case "every": {
      const { everyMs, anchorMs } = wire;
      if (everyMs < MIN_EVERY_MS) return refuse("schedule.everyMs must be at least 1000, a second");
      if (everyMs > MAX_SPAN_MS || (anchorMs ?? 0) > LAST_MOMENT) return refuse("schedule.everyMs and schedule.anchorMs must lie within a hundred years");
      return ok({ kind: "every", everyMs, ...(anchorMs === undefined ? {} : { anchor: epochMs(anchorMs) }) });
    }
    case "cron": {
      const { expr, tz, staggerMs } = wire;
      const rule = { expr: expr.trim(), ...(tz === undefined || tz.trim() === "" ? {} : { tz: tz.trim() }) };
      const problem = facts.explain(rule);
      if (problem !== undefined) return refuse(problem);
      if ((staggerMs ?? 0) > 86_400_000) return refuse("schedule.staggerMs must be at most 86400000, a day");
      return ok({ kind: "cron", ...rule, ...(staggerMs === undefined || staggerMs === 0 ? {} : { staggerMs }) });
    }
  }
}

function readAt({ at: text, atMs }: { at?: string; atMs?: number }, now: EpochMs): Read<Schedule> {
  if (text === undefined && atMs === undefined) return refuse("schedule needs at, an ISO 8601 moment, or atMs, milliseconds since 1970");
  const at = text === undefined ? epochMs(atMs ?? 0) : parseMoment(text);
  if (at === undefined) return refuse("schedule.at must be an ISO 8601 moment such as 2026-11-02T09:30:00+01:00");
  if (at > LAST_MOMENT) return refuse("schedule.atMs must be a moment that a date can name");
  if (at < now - PAST_GRACE_MS) return refuse("schedule.at is in the past: name a moment that is still to come");
  return ok({ kind: "at", at });
}
