import { after, type EpochMs } from "../moment.js";
import { MISSED_CAP, type CronRule, type Job, type Schedule } from "./job.js";

/** Reads cron rules. */
export interface RuleCalendar {
  /** The first moment after this one; `undefined` where none will come. */
  next(rule: CronRule, after: EpochMs): EpochMs | undefined;
  /** The newest moment up to this one, itself included. */
  latest(rule: CronRule, at: EpochMs): EpochMs | undefined;
}

export type Timed = Pick<Job, "id" | "schedule" | "createdAt">;

/** Noticed so late or later, a job was missed. Wide enough for a host that looks at its clock twice a minute. */
export const ON_TIME_MS = 60_000;

/**
 * A clock that is set back by less than this runs nothing twice: what it passes again is dealt with. One that is set
 * back further was wrong before, and jobs must not wait for a day that it only dreamt of.
 */
export const CLOCK_TRUST_MS = 86_400_000;

/** Its own beginning is no moment of a job that was not given one. */
const firstOf = ({ anchor, everyMs }: Extract<Schedule, { kind: "every" }>, createdAt: EpochMs): EpochMs => anchor ?? after(createdAt, everyMs);

/** The first moment after this one at which a job is due. */
export function nextSlot({ id, schedule, createdAt }: Timed, from: EpochMs, calendar: RuleCalendar): EpochMs | undefined {
  switch (schedule.kind) {
    case "at":
      return schedule.at > from ? schedule.at : undefined;
    case "every": {
      const { everyMs } = schedule;
      const first = firstOf(schedule, createdAt);
      return after(first, Math.max(0, Math.floor((from - first) / everyMs) + 1) * everyMs);
    }
    case "cron": {
      const offset = staggerOf(id, schedule.staggerMs);
      const next = calendar.next(schedule, after(from, -offset));
      return next === undefined ? undefined : after(next, offset);
    }
  }
}

/** The newest moment up to `at` at which it was due; only where {@link nextSlot} names one that has passed. */
function latestSlot({ id, schedule, createdAt }: Timed, at: EpochMs, calendar: RuleCalendar): EpochMs | undefined {
  switch (schedule.kind) {
    case "at":
      return schedule.at;
    case "every": {
      const { everyMs } = schedule;
      const first = firstOf(schedule, createdAt);
      return after(first, Math.floor((at - first) / everyMs) * everyMs);
    }
    case "cron": {
      const offset = staggerOf(id, schedule.staggerMs);
      const latest = calendar.latest(schedule, after(at, -offset));
      return latest === undefined ? undefined : after(latest, offset);
    }
  }
}

export interface Due {
  readonly kind: "due";
  /** The newest moment at which it should have run: however many there were, it runs once. */
  readonly slot: EpochMs;
  readonly isLate: boolean;
  /** How many moments before that one passed without a run, {@link MISSED_CAP} at most. */
  readonly missed: number;
}

export type DueVerdict = Due | { readonly kind: "waits"; readonly until: EpochMs | undefined };

/** Whether what is dealt with lies so far ahead that the clock must have been wrong then. */
export const isFromWrongClock = (settledUntil: EpochMs, now: EpochMs): boolean => settledUntil - now > CLOCK_TRUST_MS;

/** Whether a job is to run now, all that was missed taken together. `settledUntil`: what was due up to then is dealt with. */
export function judgeDue(job: Timed, settledUntil: EpochMs, { now, calendar }: { now: EpochMs; calendar: RuleCalendar }): DueVerdict {
  const first = nextSlot(job, settledUntil, calendar);
  if (first === undefined || first > now) return { kind: "waits", until: first };
  const second = nextSlot(job, first, calendar);
  const slot = second === undefined || second > now ? first : (latestSlot(job, now, calendar) ?? first);
  return { kind: "due", slot, isLate: now - slot > ON_TIME_MS, missed: countBefore(job, { first, slot }, calendar) };
}

function countBefore(job: Timed, { first, slot }: { first: EpochMs; slot: EpochMs }, calendar: RuleCalendar): number {
  let missed = 0;
  for (let at: EpochMs | undefined = first; at !== undefined && at < slot && missed < MISSED_CAP; at = nextSlot(job, at, calendar)) missed += 1;
  return missed;
}

/** The same for the same job each time: FNV-1a over its id. */
function staggerOf(id: string, staggerMs = 0): number {
  if (staggerMs <= 0) return 0;
  let hash = 0x811c9dc5;
  for (const unit of id) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash % staggerMs;
}
