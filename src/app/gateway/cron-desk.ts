import { after, type EpochMs } from "../../domain/moment.js";
import type { PayloadOf } from "../../domain/protocol/catalog.js";
import { reasonOf, traceOf } from "../../domain/reason.js";
import type { BegunRun, Job, RunEntry } from "../../domain/schedule/job.js";
import { interruptedEntry, runFacts } from "../../domain/schedule/job-life.js";
import { isFromWrongClock, judgeDue, type Due } from "../../domain/schedule/slots.js";
import { Alarm } from "./alarm.js";
import { CronRunner, type CronRunnerDeps, type RunResult } from "./cron-runner.js";
import type { Hub } from "./hub.js";
import type { Begun, JobBook } from "./job-book.js";
import type { GatewayParts } from "./parts.js";
import type { RunLog } from "./run-log.js";

interface Deps extends Omit<CronRunnerDeps, "ending"> {
  readonly hub: Hub;
  readonly book: JobBook;
  readonly log: RunLog;
}

type Decide = (job: Job, runId: string) => BegunRun | undefined;

/** `ended` resolves once what came of it is written down, or could not be. */
export type ManualRun = { readonly kind: "begun"; readonly runId: string; readonly ended: Promise<void> } | { readonly kind: "already-running" | "not-due" };

const UNSEEN = { version: -1, at: 0, soonest: Infinity };
/** Where a run could not even be noted, this long nothing is tried. */
const HOLD_MS = 30_000;

/** Runs jobs when they are due: each moment of each once, whatever becomes of the host, its clock and this process. */
export class CronDesk {
  readonly #parts: GatewayParts;
  readonly #deps: Deps;
  readonly #runner: CronRunner;
  readonly #alarm: Alarm;
  readonly #ending = new AbortController();
  /** Due, and waiting for room; by job. */
  readonly #line = new Map<string, Due>();
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #held = new Map<string, EpochMs>();
  /** What the last look found: with the same jobs and no jump of the clock, the next one has nothing to do before then. */
  #seen = UNSEEN;
  /** How many of those under way are turns of an agent. */
  #turns = 0;
  #isOpen = false;

  constructor(parts: GatewayParts, deps: Deps) {
    this.#parts = parts;
    this.#deps = deps;
    this.#runner = new CronRunner(parts, { ...deps, ending: this.#ending.signal });
    this.#alarm = new Alarm(parts.clock, () => this.look());
  }

  get isEnabled(): boolean {
    return this.#parts.config.settings().cron.enabled;
  }

  /** Settles what an earlier run of this gateway had begun, and takes up the rest. The stores must be open. */
  async begin(): Promise<void> {
    const { book, log } = this.#deps;
    log.open();
    if (book.all().some(({ schedule }) => schedule.kind === "cron")) await this.#parts.calendar.open();
    for (const job of book.all()) if (job.state.begun !== undefined) await this.#settle(job, job.state.begun);
    this.#isOpen = true;
    this.look();
  }

  async #settle(job: Job, run: BegunRun): Promise<void> {
    const { log } = this.#deps;
    const known = log.get(run.runId);
    const entry = known ?? interruptedEntry(job.id, run, this.#parts.clock.now());
    if (known === undefined) {
      await this.#runner.interrupted(job, run);
      await log.append(entry);
    }
    await this.#conclude(entry);
  }

  /** Nothing more begins. */
  pause(): void {
    this.#isOpen = false;
    this.#line.clear();
    this.#alarm.set(undefined);
  }

  /** After the runs of agents have ended: what came of them is written down. */
  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#underWay.values());
  }

  /** Compares the clock with what is due: it may have jumped while the host slept. */
  look(): void {
    if (!this.#isOpen) return;
    if (!this.isEnabled) {
      this.#seen = UNSEEN;
      return this.#alarm.set(undefined);
    }
    const now = this.#parts.clock.now();
    const { version } = this.#deps.book;
    if (version !== this.#seen.version || now >= this.#seen.soonest || now < this.#seen.at) {
      this.#seen = { version, at: now, soonest: this.#lookAtAll(now) ?? Infinity };
      this.#alarm.set(this.#seen.soonest === Infinity ? undefined : (this.#seen.soonest as EpochMs));
    }
    this.#pump();
  }

  /** Lines up what is due, and gives back when something is next. */
  #lookAtAll(now: EpochMs): EpochMs | undefined {
    const { book } = this.#deps;
    const ahead = new Set<string>();
    let soonest: EpochMs | undefined;
    for (const job of book.all()) {
      if (!job.enabled || this.#underWay.has(job.id) || this.#line.has(job.id)) continue;
      if (isFromWrongClock(job.state.settledUntil, now)) ahead.add(job.id);
      const held = this.#held.get(job.id) ?? 0;
      const next = book.nextRunAt(job);
      const at = next === undefined || next >= held ? next : (held as EpochMs);
      if (at !== undefined && at <= now) this.#notice(job, now);
      else if (at !== undefined && (soonest === undefined || at < soonest)) soonest = at;
    }
    if (ahead.size > 0) void this.#countAnew(ahead, now);
    return soonest;
  }

  #notice(job: Job, now: EpochMs): void {
    const due = judgeDue(job, job.state.settledUntil, { now, calendar: this.#parts.calendar });
    if (due.kind === "due") this.#line.set(job.id, due);
  }

  /** Telling a session takes no time, and waits for no agent. */
  #pump(): void {
    const { maxConcurrentRuns } = this.#parts.config.settings().cron;
    for (const [jobId, noticed] of this.#line) {
      const job = this.#deps.book.get(jobId);
      if (job?.payload.kind === "agentTurn" && this.#turns >= maxConcurrentRuns) continue;
      this.#line.delete(jobId);
      // What went wrong was logged, and is tried again.
      if (job !== undefined) this.#start(job, this.#byTheClock(noticed)).catch(() => undefined);
    }
  }

  /** Runs a job although it is not due, or only if it is. Resolves when it has begun. */
  async runNow(job: Job, { onlyIfDue }: { readonly onlyIfDue: boolean }): Promise<ManualRun> {
    if (this.#underWay.has(job.id)) return { kind: "already-running" };
    const now = this.#parts.clock.now();
    const due = onlyIfDue ? judgeDue(job, job.state.settledUntil, { now, calendar: this.#parts.calendar }) : undefined;
    if (due?.kind === "waits") return { kind: "not-due" };
    this.#line.delete(job.id);
    const run = await this.#start(job, due === undefined ? (_job, runId) => ({ runId, trigger: "manual", startedAt: now }) : this.#byTheClock(due));
    return run === undefined ? { kind: "not-due" } : { kind: "begun", runId: run.runId, ended: this.#underWay.get(job.id) ?? Promise.resolve() };
  }

  /** What is due when the job's turn comes: more may have passed while it waited. */
  #byTheClock(noticed: Due): Decide {
    return (job, runId) => {
      const now = this.#parts.clock.now();
      const due = job.enabled ? judgeDue(job, job.state.settledUntil, { now, calendar: this.#parts.calendar }) : undefined;
      if (due?.kind !== "due") return undefined;
      const isLate = due.slot === noticed.slot ? noticed.isLate : due.isLate;
      return { runId, trigger: "schedule", startedAt: now, slot: due.slot, ...(isLate ? { isLate } : {}), ...(due.missed === 0 ? {} : { missed: due.missed }) };
    };
  }

  /** Resolves with the run once it has begun, and is on disk as such; `undefined` where there is nothing to run any more. */
  #start(job: Job, decide: Decide): Promise<BegunRun | undefined> {
    const isTurn = job.payload.kind === "agentTurn";
    const runId = this.#parts.ids.uuid();
    const noted = this.#deps.book.begin(job.id, (current) => decide(current, runId));
    if (isTurn) this.#turns += 1;
    const done = this.#carryOut(job.id, noted).then(() => {
      if (isTurn) this.#turns -= 1;
      this.#underWay.delete(job.id);
      // A look in between passed this one over.
      this.#seen = UNSEEN;
      this.look();
    });
    this.#underWay.set(job.id, done);
    return noted.then((found) => found?.run);
  }

  async #carryOut(jobId: string, noted: Promise<Begun | undefined>): Promise<void> {
    const { clock, log } = this.#parts;
    try {
      const found = await noted;
      if (found === undefined) return;
      // The gateway began to end while this was written down.
      if (!this.#isOpen) return await this.#deps.book.undo(found);
      const { job, run } = found;
      this.#tell({ jobId, action: "started", runAtMs: run.startedAt });
      const result = await this.#resultOf(job, run);
      const ts = clock.now();
      const entry: RunEntry = { ...runFacts(jobId, run), ts, ...result, durationMs: Math.max(0, ts - run.startedAt) };
      await this.#deps.log.append(entry);
      await this.#conclude(entry);
    } catch (error) {
      this.#held.set(jobId, after(clock.now(), HOLD_MS));
      log.error("a run of a job could not be written down", { jobId, error: reasonOf(error) });
    }
  }

  async #resultOf(job: Job, run: BegunRun): Promise<RunResult> {
    try {
      return await this.#runner.run(job, run);
    } catch (error) {
      this.#parts.log.error("a run of a job failed inside the gateway", { jobId: job.id, error: traceOf(error) });
      return { status: "error", error: "The run failed inside the gateway; its log has the cause." };
    }
  }

  async #conclude(entry: RunEntry): Promise<void> {
    const { jobId, status, error, summary, durationMs, startedAt } = entry;
    const { book } = this.#deps;
    const gone = await book.conclude(entry);
    const job = book.get(jobId);
    const nextRunAtMs = job && book.nextRunAt(job);
    const facts = { ...(error === undefined ? {} : { error }), ...(summary === undefined ? {} : { summary }), ...(nextRunAtMs === undefined ? {} : { nextRunAtMs }) };
    this.#tell({ jobId, action: "finished", status, runAtMs: startedAt, durationMs, ...facts });
    if (gone !== undefined) await this.removed(gone);
  }

  /** A job is gone: what is left of it goes too. */
  async removed(job: Job): Promise<void> {
    this.#line.delete(job.id);
    this.#held.delete(job.id);
    this.#tell({ jobId: job.id, action: "removed" });
    await this.#runner.forget(job);
  }

  /** A job was added or changed: it may be due. */
  changed(job: Job, action: "added" | "updated"): void {
    const nextRunAtMs = this.#deps.book.nextRunAt(job);
    this.#tell({ jobId: job.id, action, ...(nextRunAtMs === undefined ? {} : { nextRunAtMs }) });
    this.look();
  }

  /** Their clock was wrong: what it dreamt of must not hold them up. */
  async #countAnew(ids: ReadonlySet<string>, now: EpochMs): Promise<void> {
    const { log } = this.#parts;
    log.warn("the clock was set back by more than a day: jobs are counted from now on", { jobs: ids.size });
    try {
      await this.#deps.book.settle(ids, now);
      this.look();
    } catch (error) {
      log.error("jobs could not be counted anew", { error: reasonOf(error) });
    }
  }

  #tell(event: PayloadOf<"cron">): void {
    this.#deps.hub.broadcast("cron", event);
  }
}
