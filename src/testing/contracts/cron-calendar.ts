import { describe, expect, test } from "./kit.js";

import { epochMs, type EpochMs } from "../../domain/moment.js";
import type { CronCalendar } from "../../ports/cron-calendar.js";

const at = (iso: string): EpochMs => epochMs(Date.parse(iso));
const iso = (moment: EpochMs | undefined): string | undefined => (moment === undefined ? undefined : new Date(moment).toISOString().replace(/:00\.000Z$/, "Z"));

/** `rig`: a calendar whose host is in Europe/Vienna. */
export function cronCalendarContract(name: string, rig: () => CronCalendar): void {
  describe(`CronCalendar: ${name}`, () => {
    const opened = async (): Promise<CronCalendar> => {
      const calendar = rig();
      await calendar.open();
      await calendar.open();
      return calendar;
    };
    const following = async (expr: string, from: string, { tz, count = 4 }: { tz?: string; count?: number } = {}): Promise<(string | undefined)[]> => {
      const calendar = await opened();
      const found: EpochMs[] = [];
      for (let next = calendar.next({ expr, ...(tz === undefined ? {} : { tz }) }, at(from)); next !== undefined && found.length < count; next = calendar.next({ expr, ...(tz === undefined ? {} : { tz }) }, next)) found.push(next);
      return found.map(iso);
    };

    test("a rule is read in its time zone, or in the host's", async () => {
      expect(await following("0 9 * * 1-5", "2026-10-01T12:00:00Z", { tz: "America/New_York" })).toEqual(["2026-10-01T13:00Z", "2026-10-02T13:00Z", "2026-10-05T13:00Z", "2026-10-06T13:00Z"]);
      expect(await following("0 9 * * *", "2026-10-24T12:00:00Z", { count: 2 })).toEqual(["2026-10-25T08:00Z", "2026-10-26T08:00Z"]);
      expect(await following("30 7 31 * *", "2026-10-01T00:00:00Z", { tz: "UTC", count: 3 })).toEqual(["2026-10-31T07:30Z", "2026-12-31T07:30Z", "2027-01-31T07:30Z"]);
      expect(await following("15,45 * * * * *", "2026-10-01T00:00:00Z", { tz: "UTC", count: 2 })).toEqual(["2026-10-01T00:00:15.000Z", "2026-10-01T00:00:45.000Z"]);
      expect(await following("@daily", "2026-10-01T00:00:00Z", { count: 1 })).toEqual(["2026-10-01T22:00Z"]);
    });

    test("a day of the month or one of the week: either will do", async () => {
      expect(await following("0 9 1 * 1", "2026-10-28T12:00:00Z", { tz: "UTC", count: 3 })).toEqual(["2026-11-01T09:00Z", "2026-11-02T09:00Z", "2026-11-09T09:00Z"]);
    });

    test("in the gap in spring, fixed times come at its end, once, and those that follow the clock leave it out", async () => {
      expect(await following("30 2 * * *", "2026-03-28T12:00:00Z", { count: 2 })).toEqual(["2026-03-29T01:00Z", "2026-03-30T00:30Z"]);
      expect(await following("15,45 2 * * *", "2026-03-28T12:00:00Z", { count: 2 })).toEqual(["2026-03-29T01:00Z", "2026-03-30T00:15Z"]);
      expect(await following("30 * * * *", "2026-03-29T00:00:00Z", { count: 3 })).toEqual(["2026-03-29T00:30Z", "2026-03-29T01:30Z", "2026-03-29T02:30Z"]);
    });

    test("in the fold in autumn, fixed times come once, and those that follow the clock both times", async () => {
      expect(await following("30 2 * * *", "2026-10-24T12:00:00Z", { count: 2 })).toEqual(["2026-10-25T00:30Z", "2026-10-26T01:30Z"]);
      expect(await following("30 1,2,3 * * *", "2026-10-24T22:00:00Z", { count: 3 })).toEqual(["2026-10-24T23:30Z", "2026-10-25T00:30Z", "2026-10-25T02:30Z"]);
      expect(await following("0 * * * *", "2026-10-24T23:30:00Z")).toEqual(["2026-10-25T00:00Z", "2026-10-25T01:00Z", "2026-10-25T02:00Z", "2026-10-25T03:00Z"]);
    });

    test("the newest moment up to another is the one after which the next comes later", async () => {
      const calendar = await opened();
      for (const expr of ["30 2 * * *", "15,45 2 * * *", "*/7 * * * *", "0 */2 * * *", "59 23 L * *"]) {
        for (let hour = 0; hour < 96; hour += 1) {
          const moment = epochMs(at("2026-10-23T12:00:00Z") + hour * 3_600_000 + hour * 61_000);
          const latest = calendar.latest({ expr }, moment);
          const next = calendar.next({ expr }, moment);
          expect([expr, hour, latest !== undefined && latest <= moment, calendar.next({ expr }, latest ?? moment)]).toEqual([expr, hour, true, next]);
          if (latest !== undefined) expect(calendar.latest({ expr }, latest)).toBe(latest);
        }
      }
    });

    test("what is no rule is explained in a sentence, and never due", async () => {
      const calendar = await opened();
      for (const expr of ["", "* * * *", "61 * * * *", "* * * * * * *", "2027-01-01T00:00:00", "@reboot", "every day", "0 0 30 2 *", "x".repeat(10_000), "\u0000 * * * *"]) {
        expect([expr, calendar.explain({ expr })]).toEqual([expr, expect.stringMatching(/^schedule\.expr .{20}/)]);
        expect([calendar.next({ expr }, at("2026-10-01T00:00:00Z")), calendar.latest({ expr }, at("2026-10-01T00:00:00Z"))]).toEqual([undefined, undefined]);
      }
      expect(calendar.explain({ expr: "* * * * *", tz: "Mars/Base" })).toMatch(/^schedule\.tz .{20}/);
      expect(calendar.explain({ expr: "0 9 * * MON-FRI", tz: "Asia/Kolkata" })).toBeUndefined();
    });

    test("it knows what clocks show", async () => {
      const calendar = await opened();
      expect(calendar.minuteOfDay(at("2026-10-24T22:30:00Z"))).toBe(30);
      expect(calendar.minuteOfDay(at("2026-10-25T12:05:59Z"))).toBe(13 * 60 + 5);
      expect(calendar.minuteOfDay(at("2026-10-25T12:05:00Z"), "Asia/Kolkata")).toBe(17 * 60 + 35);
      expect(calendar.minuteOfDay(at("2026-10-25T12:05:00Z"), "Mars/Base")).toBe(13 * 60 + 5);
    });
  });
}
