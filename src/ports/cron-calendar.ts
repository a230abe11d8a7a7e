import type { EpochMs } from "../domain/moment.js";
import type { CronRule } from "../domain/schedule/job.js";
import type { RuleCalendar } from "../domain/schedule/slots.js";

/**
 * What calendars and clocks show around the world.
 *
 * Where a clock is put forward, a rule for fixed hours and minutes that falls into the gap is due at its end; where one
 * is put back, such a rule is due the first time only. A rule with `*` or steps in its hours or minutes follows the
 * clock: none in the gap, both times in the fold.
 */
export interface CronCalendar extends RuleCalendar {
  /** Loads what rules are read with. To be called once before {@link explain}, `next` and `latest`; more often does no harm. */
  open(): Promise<void>;
  /** What is wrong with a rule, as a whole sentence; `undefined` where it can be kept. A rule that can't be kept is never due. */
  explain(rule: CronRule): string | undefined;
  /** Minutes since midnight on a clock of this time zone, or of the host's. One that does not exist is taken for the host's. */
  minuteOfDay(at: EpochMs, timeZone?: string): number;
}
