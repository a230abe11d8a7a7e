import type { Cron, CronOptions } from "croner";
import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";
import { epochMs, type EpochMs } from "../../../domain/moment.js";
import type { CronRule } from "../../../domain/schedule/job.js";
import type { CronCalendar } from "../../../ports/cron-calendar.js";

type Maker = new (pattern: string, options: CronOptions) => Cron;

/** Rules that were read are kept: reading one costs more than asking it. */
const KEPT_RULES = 256;
const MAX_EXPR = 256;
/** Five or six fields, or a name such as `@daily`: the library would take a date for a rule as well. */
const FORM = /^(?:@[a-z]+|\S+(?:\s+\S+){4,5})$/iu;

const DEFAULT_RULE = { paused: true, mode: "5-or-6-parts", fixedTimeRule: "no-wildcard" } as const;

/** Rules as croner reads them. It is loaded when the first one is asked about. */
export class CronerCalendar implements CronCalendar {
  readonly #givenZone: string | undefined;
  #zone: { readonly name: string | undefined } | undefined;
  readonly #rules = new AgeOrderedMap<Cron | string>(KEPT_RULES);
  readonly #clocks = new Map<string, Intl.DateTimeFormat>();
  #Maker: Maker | undefined;

  /** `hostZone`: in place of the host's own time zone. */
  constructor({ hostZone }: { readonly hostZone?: string } = {}) {
    this.#givenZone = hostZone;
  }

  /** Found when it is first asked for: what is known of the world's clocks takes megabytes, and a gateway without jobs asks for nothing of it. */
  get #hostZone(): string | undefined {
    if (this.#zone !== undefined) return this.#zone.name;
    const name = this.#givenZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
    // A host whose zone has no name is left to the library's own reading of its clock.
    this.#zone = { name: clockFor(name) === undefined ? undefined : name };
    return this.#zone.name;
  }

  async open(): Promise<void> {
    this.#Maker ??= (await import("croner")).Cron;
  }

  explain(rule: CronRule): string | undefined {
    const read = this.#read(rule);
    return typeof read === "string" ? read : undefined;
  }

  next(rule: CronRule, after: EpochMs): EpochMs | undefined {
    const read = this.#read(rule);
    const found = typeof read === "string" ? null : read.nextRun(new Date(after));
    return found === null ? undefined : epochMs(found.getTime());
  }

  latest(rule: CronRule, at: EpochMs): EpochMs | undefined {
    const read = this.#read(rule);
    // Asked for what lies before a moment, and in whole seconds.
    const [found] = typeof read === "string" ? [] : read.previousRuns(1, new Date(Math.floor(at / 1_000) * 1_000 + 1_000));
    return found === undefined ? undefined : epochMs(found.getTime());
  }

  minuteOfDay(at: EpochMs, timeZone = this.#hostZone): number {
    const parts = Object.fromEntries(this.#clockOf(timeZone).formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    return (parts["hour"] ?? 0) * 60 + (parts["minute"] ?? 0);
  }

  #clockOf(timeZone: string | undefined): Intl.DateTimeFormat {
    const key = timeZone ?? "";
    const known = this.#clocks.get(key);
    if (known !== undefined) return known;
    const clock = clockFor(timeZone) ?? clockFor(this.#hostZone) ?? new Intl.DateTimeFormat("en", CLOCK);
    // A zone an agent; nobody adds to them but who writes the configuration.
    this.#clocks.set(key, clock);
    return clock;
  }

  #read({ expr, tz }: CronRule): Cron | string {
    const key = JSON.stringify([expr, tz]);
    const known = this.#rules.get(key);
    if (known !== undefined) return known;
    const read = this.#make(expr, tz ?? this.#hostZone);
    this.#rules.set(key, read);
    return read;
  }

  #make(expr: string, timezone: string | undefined): Cron | string {
    if (this.#Maker === undefined) throw new Error("The calendar is not open.");
    if (expr.length > MAX_EXPR || !FORM.test(expr)) return NO_RULE;
    if (timezone !== undefined && clockFor(timezone) === undefined) return NO_ZONE;
    try {
      const rule = new this.#Maker(expr, { ...DEFAULT_RULE, ...(timezone === undefined ? {} : { timezone }) });
      return rule.nextRun(new Date(0)) === null ? NEVER_DUE : rule;
    } catch {
      return NO_RULE;
    }
  }
}

const NO_RULE = "schedule.expr must be a cron expression of five fields (minute, hour, day, month, weekday), or of six that begin with the second";
const NO_ZONE = "schedule.tz must be a time zone that this host knows, such as Europe/Vienna or America/New_York";
const NEVER_DUE = "schedule.expr names no day that there ever is";

const CLOCK = { hour: "numeric", minute: "numeric", hourCycle: "h23" } as const;

function clockFor(timeZone: string | undefined): Intl.DateTimeFormat | undefined {
  if (timeZone === undefined) return undefined;
  try {
    return new Intl.DateTimeFormat("en", { ...CLOCK, timeZone });
  } catch {
    return undefined;
  }
}
