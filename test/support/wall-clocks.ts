/**
 * When rules are due, found by looking at every minute on the clocks of a time zone: slow, plain, and without anything
 * of what the gateway computes it with.
 */
export const MINUTE = 60_000;

/** No clock of our days is set but on the quarter, and none shows a quarter that ours does not: between two, minutes are counted. */
const QUARTER = 15 * MINUTE;

interface Shown {
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** What the clocks of one time zone show in each minute of a span. */
export class WallClock {
  readonly #start: number;
  readonly #shown: readonly Shown[];
  readonly #days: readonly Shown[];
  /** The first minute in which they show something. */
  readonly #firstOf = new Map<string, number>();

  constructor(timeZone: string, start: number, end: number) {
    const format = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", month: "numeric", day: "numeric", weekday: "short", hour: "numeric", minute: "numeric" });
    this.#start = start;
    this.#shown = Array.from({ length: (end - start) / QUARTER }, (_, nth) => {
      const [, weekday = "", month, day, hour, minute] = /^(\w+), (\d+)\/(\d+), (\d+):(\d+)$/u.exec(format.format(start + nth * QUARTER)) ?? [];
      const shown = { month: Number(month), day: Number(day), weekday: WEEKDAYS.indexOf(weekday), hour: Number(hour) };
      return Array.from({ length: QUARTER / MINUTE }, (_minute, after) => ({ ...shown, minute: Number(minute) + after }));
    }).flat();
    this.#days = [...new Map(this.#shown.map((shown) => [`${shown.month}/${shown.day}`, shown])).values()];
    for (const [nth, shown] of this.#shown.entries()) if (!this.#firstOf.has(keyOf(shown))) this.#firstOf.set(keyOf(shown), nth);
  }

  /** All moments of a five-field rule in the span. */
  due(expr: string): number[] {
    const [minutes = "*", hours = "*", days = "*", months = "*", weekdays = "*"] = expr.split(" ");
    const [daySet, monthSet, weekdaySet] = [valuesOf(days, 1, 31), valuesOf(months, 1, 12), valuesOf(weekdays, 0, 7)];
    const isDay = ({ month, day, weekday }: Shown): boolean => {
      const [byDay, byWeekday] = [daySet.has(day), weekdaySet.has(weekday) || (weekday === 0 && weekdaySet.has(7))];
      return monthSet.has(month) && (days !== "*" && weekdays !== "*" ? byDay || byWeekday : byDay && byWeekday);
    };
    const isFixed = !/[*/]/u.test(minutes + hours);
    const [minuteSet, hourSet] = [valuesOf(minutes, 0, 59), valuesOf(hours, 0, 23)];
    const found = isFixed
      ? this.#days.filter(isDay).flatMap((day) => [...hourSet].flatMap((hour) => [...minuteSet].flatMap((minute) => this.#firstAtOrAfter({ ...day, hour, minute }))))
      : this.#shown.flatMap((shown, nth) => (isDay(shown) && hourSet.has(shown.hour) && minuteSet.has(shown.minute) ? [nth] : []));
    return [...new Set(found)].sort((a, b) => a - b).map((nth) => this.#start + nth * MINUTE);
  }

  /** A time that no clock shows, in the gap of a spring night, is the first that one shows after it. */
  #firstAtOrAfter(wanted: Shown): number[] {
    for (let minute = wanted.hour * 60 + wanted.minute; minute < 24 * 60; minute += 1) {
      const nth = this.#firstOf.get(keyOf({ ...wanted, hour: Math.floor(minute / 60), minute: minute % 60 }));
      if (nth !== undefined) return [nth];
      if (minute - wanted.hour * 60 - wanted.minute > 120) return [];
    }
    return [];
  }
}

const keyOf = ({ month, day, hour, minute }: Shown): string => `${month}/${day} ${hour}:${minute}`;

function valuesOf(field: string, low: number, high: number): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const [range = "*", step = "1"] = part.split("/");
    const [from = low, to = range.includes("-") || range !== "*" ? undefined : high] = range === "*" ? [low, high] : range.split("-").map(Number);
    for (let value = from; value <= (to ?? from); value += Number(step)) values.add(value);
  }
  return values;
}
