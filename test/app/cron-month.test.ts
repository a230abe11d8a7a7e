import { expect, test } from "@jest/globals";
import { Gate } from "../../src/adapters/agent/scripted/index.js";
import { MemoryRecordStore } from "../../src/adapters/storage/memory/memory-record-store.js";
import { MemorySessionStore } from "../../src/adapters/storage/memory/memory-session-store.js";
import { DEFAULT_SETTINGS } from "../../src/domain/default-settings.js";
import type { OutboundPart, Receipt, Target } from "../../src/domain/messaging/outbound.js";
import type { OutboxItem } from "../../src/domain/messaging/outbox-item.js";
import { DEFAULT_POLICY } from "../../src/domain/messaging/policy.js";
import type { ParamsOf } from "../../src/domain/protocol/catalog.js";
import type { Job, RunEntry } from "../../src/domain/schedule/job.js";
import type { BeatRecord } from "../../src/domain/schedule/stored-schedule.js";
import type { WaitingEvents } from "../../src/domain/schedule/waiting-events.js";
import type { AgentTurn } from "../../src/ports/agent-runtime.js";
import type { SendAttempt } from "../../src/ports/channel.js";
import type { RecordStore } from "../../src/ports/record-store.js";
import { createTestGateway, MemoryChannel, type TestGateway } from "../../src/testing/index.js";
import { chance } from "../support/chance.js";
import { MortalStore, Mortality } from "../support/mortality.js";
import { MINUTE, WallClock } from "../support/wall-clocks.js";

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.parse("2026-10-02T00:00:00Z");
const END = START + 31 * DAY;
/** Nothing is due in the seconds after a minute has begun: whatever starts or wakes then finds a clear case. */
const MOMENT = 5_000;
const SLOW_MS = 40_000;

type Wire = ParamsOf<"cron.add">;

/** In this month clocks go forward in Sydney, and back in Vienna and New York. */
const [VIENNA, YORK, SYDNEY, INDIA] = ["Europe/Vienna", "America/New_York", "Australia/Sydney", "Asia/Kolkata"];
const RULES: readonly (readonly [expr: string, tz: string])[] = [
  ["30 2 * * *", VIENNA], ["0 3 * * *", VIENNA], ["15,45 2 * * *", VIENNA], ["20 1-3 * * *", VIENNA], ["*/30 1-3 * * *", VIENNA], ["5 */3 * * *", VIENNA], ["0 9 * * 1-5", VIENNA], ["0 0 31 * *", VIENNA],
  ["30 1 * * *", YORK], ["0 2 * * *", YORK], ["10,40 1 * * *", YORK], ["25 5,17 * * *", YORK], ["*/30 0-3 * * *", YORK], ["0 17 * * 5", YORK], ["0 8 1 * 1", YORK],
  ["30 2 * * *", SYDNEY], ["0 2 * * *", SYDNEY], ["15,45 2 * * *", SYDNEY], ["30 1-4 * * *", SYDNEY], ["*/15 2,3 * * *", SYDNEY], ["0 */3 * * *", SYDNEY], ["59 23 * * *", SYDNEY],
  ["0 7 * * *", INDIA], ["45 */6 * * *", INDIA], ["0 12 * * 0", INDIA], ["30 6 1,15 * *", INDIA],
  ["0 */4 * * *", "UTC"], ["10 4 * * *", "UTC"], ["0 0 * * 1", "UTC"], ["7 3-21/6 * * *", "UTC"],
];
const INTERVALS: readonly (readonly [everyMs: number, anchor: number | undefined])[] = [
  [2 * HOUR, undefined], [4 * HOUR, START + 12 * MINUTE], [150 * MINUTE, undefined], [7 * HOUR, START - 3 * MINUTE], [DAY, START + 9 * HOUR], [DAY, undefined], [36 * HOUR, START + 4 * DAY], [7 * DAY, undefined], [5 * HOUR, START + HOUR], [11 * HOUR, undefined],
];
/** Hours after the start. Some of them fall into the nights in which the host sleeps. */
const MOMENTS = [10, 50.5, 130.25, 250, 251, 330, 404.75, 420, 500, 733];

/** Fifty jobs: the slow ones take a while, and some of the others report to a chat or remind the main session. */
const JOBS: readonly (Wire & { readonly isSlow: boolean })[] = [
  ...RULES.map(([expr, tz], nth) => ({ schedule: { kind: "cron", expr, tz } as const, isTold: nth % 7 === 6, isSlow: nth % 10 === 3 })),
  ...INTERVALS.map(([everyMs, anchorMs], nth) => ({ schedule: { kind: "every", everyMs, ...(anchorMs === undefined ? {} : { anchorMs }) } as const, isTold: nth % 5 === 4, isSlow: nth === 3 })),
  ...MOMENTS.map((hours, nth) => ({ schedule: { kind: "at", atMs: START + hours * HOUR } as const, isTold: nth % 2 === 0, isSlow: nth === 3 })),
].map(({ schedule, isTold, isSlow }, nth): Wire & { readonly isSlow: boolean } => {
  const name = `job ${nth}`;
  const reminds: Pick<Wire, "payload"> = { payload: { kind: "systemEvent", text: `reminder of ${name}.` } };
  const works: Pick<Wire, "payload" | "delivery"> = { payload: { kind: "agentTurn", message: "Do it." }, delivery: nth % 4 === 0 ? { mode: "announce", channel: "chat", to: "ada" } : { mode: "none" } };
  const doing = isTold ? reminds : works;
  return { name, schedule, wakeMode: nth % 3 === 0 ? "now" : "next-heartbeat", deleteAfterRun: nth % 4 === 1, ...doing, isSlow: isSlow && !isTold };
});

/** Everything that is written to the log, whatever the log forgets again. */
class Ledger extends MemoryRecordStore<RunEntry> {
  readonly written = new Map<string, RunEntry>();

  override async update<R>(decide: Parameters<MemoryRecordStore<RunEntry>["update"]>[0]): Promise<R> {
    return (await super.update((records) => {
      const decided = decide(records);
      for (const [runId, entry] of decided.changes) if (entry !== undefined) this.written.set(runId, entry);
      return decided;
    })) as R;
  }
}

class Chats extends MemoryChannel {
  life = new Mortality();

  constructor() {
    super({ id: "chat" });
  }

  override send(to: Target, part: OutboundPart, attempt: SendAttempt): Promise<Receipt> {
    return this.life.step(() => super.send(to, part, attempt));
  }
}

/** One gateway after the other on the same stores, and the facts that a judge needs to know of it. */
class Month {
  readonly jobs = new MemoryRecordStore<Job>();
  readonly runs = new Ledger();
  readonly waiting = new MemoryRecordStore<WaitingEvents>();
  readonly beats = new MemoryRecordStore<BeatRecord>();
  readonly outbox = new MemoryRecordStore<OutboxItem>();
  readonly sessions = new MemorySessionStore();
  readonly chats = new Chats();
  /** The turns of agents, as they were begun. */
  readonly turns: AgentTurn[] = [];
  /** When it was up and awake, one span after the other. */
  readonly spans: { readonly from: number; to: number }[] = [];
  /** Of each end that was none of its own: when, what was dealt with by then, and what had been begun. */
  readonly deaths: { readonly at: number; readonly jobs: ReadonlyMap<string, Job>; readonly logged: ReadonlySet<string> }[] = [];
  life = new Mortality();
  gateway: TestGateway | undefined;

  get now(): number {
    return this.gateway?.clock.now() ?? START;
  }

  async begin(at: number, life: Mortality): Promise<void> {
    this.life = life;
    this.chats.life = life;
    const mortal = <T>(store: RecordStore<T>): RecordStore<T> => new MortalStore(store, life);
    const opened = createTestGateway({
      startAt: at,
      seed: this.spans.length + 1,
      channels: [this.chats],
      sessions: this.sessions,
      records: { outbox: mortal(this.outbox), cronJobs: mortal(this.jobs), cronRuns: mortal(this.runs), systemEvents: mortal(this.waiting), heartbeats: mortal(this.beats) },
      settings: {
        heartbeat: { ...DEFAULT_SETTINGS.heartbeat, everyMs: 6 * HOUR, every: "6h" },
        cron: { enabled: true, maxConcurrentRuns: 64 },
        channels: [{ channel: "chat", accountId: "default", policy: { ...DEFAULT_POLICY, allowFrom: ["ada"] } }],
      },
      script: (turn) => {
        if (life.isOver) return [{ kind: "hang" }];
        this.turns.push(turn);
        const isSlow = JOBS.some(({ name, isSlow }) => isSlow && turn.message.includes(` ${name}]`));
        const gate = new Gate();
        if (isSlow) this.gateway?.clock.callAt((this.now + SLOW_MS) as never, () => gate.open());
        return [...(isSlow && this.gateway !== undefined ? [{ kind: "wait" as const, gate }] : []), { kind: "say", text: turn.message.startsWith("[cron:") ? `answer ${turn.runId}` : "HEARTBEAT_OK" }];
      },
    });
    this.spans.push({ from: at, to: at });
    this.gateway = await Promise.race([opened, life.over]);
  }

  /** Goes on until then, or until it ends. */
  async until(moment: number): Promise<void> {
    while (this.gateway !== undefined && this.now < moment && !this.life.isOver) await this.gateway.pass(Math.min(moment - this.now, this.life === this.doomed ? MINUTE : DAY));
    const span = this.spans.at(-1);
    if (span !== undefined) span.to = Math.max(span.to, this.now);
  }

  doomed: Mortality | undefined;

  sleep(ms: number): void {
    this.gateway?.clock.jump(ms);
    this.spans.push({ from: this.now, to: this.now });
  }

  /** What lies on the disk when it is no more. */
  die(at: number): void {
    this.life.endIn(0);
    this.deaths.push({ at, jobs: new Map(this.jobs.view()), logged: new Set(this.runs.written.keys()) });
    const span = this.spans.at(-1);
    if (span !== undefined) span.to = at;
    this.gateway = undefined;
  }
}

interface Line {
  readonly job: string;
  readonly slot: string;
  readonly isLate: boolean;
  readonly missed: number;
  readonly end: "ok" | "interrupted";
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** When each job is due, minute by minute. */
function allSlots(clocks: ReadonlyMap<string, WallClock>, { schedule }: Wire): number[] {
  if (schedule.kind === "at") return [schedule.atMs ?? 0];
  if (schedule.kind === "cron") return clocks.get(schedule.tz ?? "UTC")?.due(schedule.expr).filter((at) => at > START && at < END) ?? [];
  const first = schedule.anchorMs ?? START + schedule.everyMs;
  return Array.from({ length: Math.ceil((END - START) / MINUTE) }, (_, nth) => START + nth * MINUTE).filter((at) => at > START && at >= first && (at - first) % schedule.everyMs === 0);
}

/** What the log must say of one job: of each moment, when a gateway that is up and awake first finds it due. */
function judge(slots: readonly number[], { spans, deaths }: Month, jobId: string): Omit<Line, "job">[] {
  const groups = new Map<number, number[]>();
  for (const slot of slots) {
    const noticed = noticedAt(slot, spans);
    // Whatever a gateway had found, and not begun when it ended, the next one finds.
    const death = deaths.find(({ at, jobs }) => noticed <= at && slot > settledIn(jobs, jobId) && at - noticed < 2 * MINUTE);
    const found = death === undefined ? noticed : noticedAt(death.at + 1, spans);
    const again = deaths.find(({ at, jobs }) => death !== undefined && at > death.at && found <= at && slot > settledIn(jobs, jobId) && at - found < 2 * MINUTE);
    const last = again === undefined ? found : noticedAt(again.at + 1, spans);
    groups.set(last, [...(groups.get(last) ?? []), slot]);
  }
  return [...groups].filter(([noticed]) => noticed < END).map(([noticed, passed]) => {
    const slot = Math.max(...passed);
    const isCut = deaths.some(({ jobs, logged }) => {
      const run = jobs.get(jobId)?.state.begun;
      return run?.slot === slot && !logged.has(run.runId);
    });
    return { slot: iso(slot), isLate: noticed - slot > MINUTE, missed: Math.min(50, passed.length - 1), end: isCut ? ("interrupted" as const) : ("ok" as const) };
  });
}

/** A job that is gone has nothing left to do. */
const settledIn = (jobs: ReadonlyMap<string, Job>, jobId: string): number => jobs.get(jobId)?.state.settledUntil ?? Infinity;

const noticedAt = (moment: number, spans: Month["spans"]): number => {
  const span = spans.find(({ to }) => to >= moment);
  return span === undefined ? Infinity : Math.max(moment, span.from);
};

const SLEEPS = [[5 * DAY + 22.5 * HOUR, 7 * HOUR + 40 * MINUTE], [16 * DAY + 12 * HOUR, 45 * HOUR], [30 * DAY + 5 * HOUR + 10 * MINUTE, 3 * HOUR + 20 * MINUTE]] as const;

test("a month of fifty jobs, three changes of clocks, three sleeps and ten crashes: the log is what it must be", async () => {
  const random = chance(20_261_002);
  const month = new Month();
  await month.begin(START, new Mortality());
  const ids = new Map<string, string>();
  for (const { isSlow: _isSlow, ...job } of JOBS) ids.set(job.name, (await month.gateway?.call("cron.add", job))?.id ?? "");
  await month.chats.say({ text: "good morning" });

  const clocks = new Map([VIENNA, YORK, SYDNEY, INDIA, "UTC"].map((zone) => [zone, new WallClock(zone, START - DAY, END + DAY)]));
  const slots = new Map(JOBS.map((job) => [job.name, allSlots(clocks, job)]));
  const busy = [...new Set([...slots.values()].flat())].sort((a, b) => a - b);
  /** Moments at which something is due, spread over the month and away from the sleeps. */
  const fatal = Array.from({ length: 10 }, (_, nth) => busy.find((at) => at > START + (nth * 3 + 1.3 + random()) * DAY && SLEEPS.every(([from, ms]) => at < START + from - 4 * HOUR || at > START + from + ms + 4 * HOUR)) ?? 0);

  const plan = [...SLEEPS.map(([at, ms]) => ({ at: START + at + MOMENT, sleepMs: ms })), ...fatal.map((at) => ({ at, sleepMs: undefined }))].sort((a, b) => a.at - b.at);
  for (const [nth, { at, sleepMs }] of plan.entries()) {
    await month.until(sleepMs === undefined ? at - 1 : at);
    if (sleepMs !== undefined) {
      month.sleep(sleepMs);
      continue;
    }
    // At some step after that moment, or in the middle of whatever goes on half a minute later.
    const isSudden = nth % 3 === 2;
    month.life.endIn(isSudden ? Infinity : 1 + Math.floor(random() * 30), random() < 0.5);
    month.doomed = month.life;
    await month.until(isSudden ? at + 30_000 : at + DAY);
    month.die(month.now);
    const downMs = [0, 0, MINUTE, 7 * MINUTE, 3 * HOUR][Math.floor(random() * 5)] ?? 0;
    const back = Math.ceil((month.deaths.at(-1)?.at ?? 0) / MINUTE) * MINUTE + downMs + MOMENT;
    // Some of them end again while they begin.
    const next = new Mortality(nth % 4 === 1 ? 1 + Math.floor(random() * 3) : Infinity, random() < 0.5);
    month.doomed = undefined;
    await month.begin(back, next);
    if (next.isOver) {
      month.die(back);
      await month.begin(back + MINUTE, new Mortality());
    } else next.endIn(Infinity);
  }
  await month.until(END - 1);
  // What is still going on comes to its end.
  await month.gateway?.pass(SLOW_MS + MINUTE - 1);

  const actual = [...month.runs.written.values()].filter(({ slot = 0 }) => slot < END).map(({ jobId, slot = 0, isLate = false, missed = 0, status, isInterrupted }): Line => {
    const job = [...ids].find(([, id]) => id === jobId)?.[0] ?? "";
    return { job, slot: iso(slot), isLate, missed, end: isInterrupted === true ? "interrupted" : status === "ok" ? "ok" : ("failed" as never) };
  });
  const expected = JOBS.flatMap(({ name }) => judge(slots.get(name) ?? [], month, ids.get(name) ?? "").map((line): Line => ({ job: name, ...line })));
  const sorted = (lines: readonly Line[]): readonly string[] => lines.map((line) => JSON.stringify(line)).toSorted();
  expect(sorted(actual)).toEqual(sorted(expected));

  // What happened in that month was worth the name.
  expect(JOBS).toHaveLength(50);
  expect(month.deaths.length).toBeGreaterThanOrEqual(10);
  const count = (of: (line: Line) => boolean): number => actual.filter(of).length;
  expect(actual.length).toBeGreaterThan(2_500);
  expect(count(({ end }) => end === "interrupted")).toBeGreaterThan(2);
  expect(count(({ isLate }) => isLate)).toBeGreaterThan(50);

  // No turn was begun twice, none without a line in the log, and none is missing that the log calls well.
  const turns = month.turns.filter(({ message }) => message.startsWith("[cron:")).map(({ runId }) => runId);
  expect(new Set(turns).size).toBe(turns.length);
  expect(turns.filter((runId) => !month.runs.written.has(runId))).toEqual([]);
  const done = [...month.runs.written.values()].filter(({ sessionKey, isInterrupted }) => isInterrupted !== true && sessionKey?.includes(":cron:") === true);
  expect(done.filter(({ runId }) => !turns.includes(runId))).toEqual([]);
  // No answer arrived twice, and each that the log calls delivered did.
  const { texts } = month.chats;
  expect(new Set(texts).size).toBe(texts.length);
  expect(done.filter(({ runId, isDelivered }) => isDelivered === true && !texts.includes(`answer ${runId}`))).toEqual([]);
  // Every reminder was heard.
  await month.gateway?.call("wake", { mode: "now", text: "the end" });
  await month.gateway?.pass(MINUTE);
  const heard = month.turns.map(({ systemPrompt }) => systemPrompt ?? "").join("\n");
  for (const { name, payload } of JOBS) if (payload.kind === "systemEvent" && (slots.get(name)?.length ?? 0) > 0) expect([name, heard.includes(`reminder of ${name}.`)]).toEqual([name, true]);
  expect(month.waiting.view().size).toBe(0);
  await month.gateway?.close();
}, 300_000);
