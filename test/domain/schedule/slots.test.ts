import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { after, epochMs, type EpochMs } from "../../../src/domain/moment.js";
import { MISSED_CAP, type Schedule } from "../../../src/domain/schedule/job.js";
import { CLOCK_TRUST_MS, isFromWrongClock, judgeDue, nextSlot, ON_TIME_MS, type RuleCalendar, type Timed } from "../../../src/domain/schedule/slots.js";

const START = epochMs(1_790_000_000_000);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Rules that are lists of minutes after the start. */
const calendar: RuleCalendar = {
  next: ({ expr }, from) => moments(expr).find((at) => at > from),
  latest: ({ expr }, at) => moments(expr).findLast((moment) => moment <= at),
};
const moments = (expr: string): EpochMs[] => expr.split(" ").map((minute) => after(START, Number(minute) * MINUTE));

const job = (schedule: Schedule, id = "job"): Timed => ({ id, schedule, createdAt: START });
const at = (minutes: number): EpochMs => after(START, minutes * MINUTE);
const judge = (timed: Timed, settledUntil: EpochMs, now: EpochMs) => judgeDue(timed, settledUntil, { now, calendar });

describe("when a job is due", () => {
  test("a moment: once", () => {
    const once = job({ kind: "at", at: at(5) });
    expect(nextSlot(once, START, calendar)).toBe(at(5));
    expect(judge(once, START, at(4))).toEqual({ kind: "waits", until: at(5) });
    expect(judge(once, START, at(5))).toEqual({ kind: "due", slot: at(5), isLate: false, missed: 0 });
    expect(judge(once, START, at(9_000))).toEqual({ kind: "due", slot: at(5), isLate: true, missed: 0 });
    expect(judge(once, at(5), at(6))).toEqual({ kind: "waits", until: undefined });
  });

  test("an interval: from its anchor on, or from when the job was made, first after one interval", () => {
    expect(nextSlot(job({ kind: "every", everyMs: HOUR }), START, calendar)).toBe(at(60));
    expect(nextSlot(job({ kind: "every", everyMs: HOUR }), at(60), calendar)).toBe(at(120));
    expect(nextSlot(job({ kind: "every", everyMs: HOUR, anchor: at(-10) }), START, calendar)).toBe(at(50));
    expect(nextSlot(job({ kind: "every", everyMs: HOUR, anchor: at(500) }), START, calendar)).toBe(at(500));
  });

  test("a rule: as its calendar says, each job a while of its own later where it is staggered, the same each time", () => {
    expect(nextSlot(job({ kind: "cron", expr: "10 20" }), at(10), calendar)).toBe(at(20));
    const staggered = (id: string) => nextSlot(job({ kind: "cron", expr: "10 20 30", staggerMs: 5 * MINUTE }, id), START, calendar) ?? 0;
    const offsets = Array.from({ length: 50 }, (_, nth) => staggered(`job ${nth}`) - at(10));
    expect(new Set(offsets).size).toBeGreaterThan(40);
    expect(Math.min(...offsets)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...offsets)).toBeLessThan(5 * MINUTE);
    expect(staggered("job 7")).toBe(staggered("job 7"));
  });

  test("what a host that looks twice a minute notices is on time, and nothing later than a minute", () => {
    const timed = job({ kind: "cron", expr: "10" });
    expect(judge(timed, START, after(at(10), ON_TIME_MS))).toMatchObject({ isLate: false });
    expect(judge(timed, START, after(at(10), ON_TIME_MS + 1))).toMatchObject({ isLate: true });
  });

  test("however many moments passed, it runs once, for the newest", () => {
    expect(judge(job({ kind: "cron", expr: "10 20 30 40" }), START, at(35))).toEqual({ kind: "due", slot: at(30), isLate: true, missed: 2 });
    expect(judge(job({ kind: "cron", expr: "10 20 30 40" }), START, at(40))).toEqual({ kind: "due", slot: at(40), isLate: false, missed: 3 });
    expect(judge(job({ kind: "every", everyMs: MINUTE }), START, at(100_000))).toEqual({ kind: "due", slot: at(100_000), isLate: false, missed: MISSED_CAP });
  });

  test("a clock that was wrong by more than a day is not believed afterwards", () => {
    expect(isFromWrongClock(after(START, CLOCK_TRUST_MS), START)).toBe(false);
    expect(isFromWrongClock(after(START, CLOCK_TRUST_MS + 1), START)).toBe(true);
  });
});

describe("over a life of looks, sleeps and clocks that are set", () => {
  const schedule = fc.oneof(
    fc.record({ kind: fc.constant("every" as const), everyMs: fc.integer({ min: 1, max: 600 }).map((seconds) => seconds * 1_000), anchor: fc.integer({ min: -500, max: 500 }).map((seconds) => after(START, seconds * 1_000)) }),
    fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 30 }).map((minutes) => ({ kind: "cron" as const, expr: minutes.toSorted((a, b) => a - b).join(" ") })),
    fc.integer({ min: 1, max: 200 }).map((minute) => ({ kind: "at" as const, at: at(minute) })),
  );
  /** Seconds by which the clock moves between two looks; some of them backwards. */
  const moves = fc.array(fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 60 }) }, { weight: 2, arbitrary: fc.integer({ min: 60, max: 3_600 }) }, { weight: 1, arbitrary: fc.integer({ min: -1_800, max: -1 }) }), { maxLength: 120 });

  /** All moments of a schedule up to one, by its definition. */
  function allSlots(timed: Timed, until: EpochMs): EpochMs[] {
    const { schedule } = timed;
    if (schedule.kind === "at") return schedule.at <= until ? [schedule.at] : [];
    if (schedule.kind === "cron") return moments(schedule.expr).filter((moment) => moment <= until);
    const found: EpochMs[] = [];
    for (let moment = schedule.anchor ?? after(START, schedule.everyMs); moment <= until; moment = after(moment, schedule.everyMs)) if (moment > START) found.push(moment);
    return found;
  }

  test("no moment is run twice, none is forgotten, and what is late is said to be", () => {
    fc.assert(
      fc.property(schedule, moves, (timing, steps) => {
        const timed = job(timing);
        let [now, settled, latest] = [START, START, START];
        const runs: { slot: EpochMs; missed: number }[] = [];
        for (const seconds of steps) {
          now = after(now, seconds * 1_000);
          latest = epochMs(Math.max(latest, now));
          const due = judge(timed, settled, now);
          if (due.kind === "waits") {
            expect(due.until === undefined || due.until > now).toBe(true);
            continue;
          }
          expect(due.slot > settled && due.slot <= now).toBe(true);
          expect(due.isLate).toBe(now - due.slot > ON_TIME_MS);
          runs.push(due);
          settled = due.slot;
          expect(judge(timed, settled, now).kind).toBe("waits");
        }
        const passed = allSlots(timed, latest);
        // Each moment is one that was run or one that a later run counts.
        const taken = runs.flatMap(({ slot, missed }) => {
          const before = passed.filter((moment) => moment < slot && moment > (runs[runs.findIndex((run) => run.slot === slot) - 1]?.slot ?? START));
          expect(missed).toBe(Math.min(before.length, MISSED_CAP));
          return [...before, slot];
        });
        expect(taken).toEqual(passed);
      }),
      { numRuns: 500 },
    );
  });
});
