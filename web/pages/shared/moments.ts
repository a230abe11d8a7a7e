const TIME = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const DATE = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const AGO = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "narrow" });
const DAY_MS = 86_400_000;

const midnight = (ms: number): number => new Date(ms).setHours(0, 0, 0, 0);

/** The time of the day. */
export const timeOf = (ms: number): string => TIME.format(ms);

/** The day, by its distance from `now` where that is short. */
export function dayOf(ms: number, now: number): string {
  const days = Math.round((midnight(ms) - midnight(now)) / DAY_MS);
  return days === 0 || days === -1 ? new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(days, "day") : DAY.format(ms);
}

/** As short as it can be said: the time today, else the date. */
export function shortMoment(ms: number, now: number): string {
  if (now - ms < 60_000) return AGO.format(0, "second");
  return midnight(ms) === midnight(now) ? TIME.format(ms) : DATE.format(ms);
}

export const isOtherDay = (a: number, b: number): boolean => midnight(a) !== midnight(b);
