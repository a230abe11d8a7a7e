import type { EpochMs } from "../../domain/moment.js";
import { MAX_JOBS, type BegunRun, type Job, type RunEntry } from "../../domain/schedule/job.js";
import { begun, concluded, settledAt, unbegun } from "../../domain/schedule/job-life.js";
import { ok, refuse, type Read } from "../../domain/schedule/read-schedule.js";
import { nextSlot } from "../../domain/schedule/slots.js";
import type { CronCalendar } from "../../ports/cron-calendar.js";
import type { RecordChanges, RecordStore } from "../../ports/record-store.js";

/** A job as it was before its run began, and the run. */
export interface Begun {
  readonly job: Job;
  readonly run: BegunRun;
}

/** The jobs, and what happens to them: each change is on disk when it resolves. */
export class JobBook {
  readonly #store: RecordStore<Job>;
  readonly #calendar: CronCalendar;
  /** What was computed, and from which state of the job. */
  readonly #next = new Map<string, { readonly updatedAt: EpochMs; readonly settledUntil: EpochMs; readonly at: EpochMs | undefined }>();
  /** Another one after each change. */
  version = 0;

  constructor(store: RecordStore<Job>, calendar: CronCalendar) {
    this.#store = store;
    this.#calendar = calendar;
  }

  get size(): number {
    return this.#store.view().size;
  }

  all(): readonly Job[] {
    return [...this.#store.view().values()];
  }

  get(id: string): Job | undefined {
    return this.#store.view().get(id);
  }

  /** When a job is due next; `undefined` where it is not by itself. A moment that has passed is one that is to be made up for. */
  nextRunAt(job: Job): EpochMs | undefined {
    if (!job.enabled) return undefined;
    const { updatedAt, state: { settledUntil } } = job;
    const known = this.#next.get(job.id);
    if (known?.updatedAt === updatedAt && known.settledUntil === settledUntil) return known.at;
    const at = nextSlot(job, settledUntil, this.#calendar);
    this.#next.set(job.id, { updatedAt, settledUntil, at });
    return at;
  }

  async #update<R>(decide: (jobs: ReadonlyMap<string, Job>) => { readonly changes: RecordChanges<Job>; readonly value: R }): Promise<R> {
    const value = await this.#store.update(decide);
    this.version += 1;
    return value;
  }

  add(job: Job): Promise<Read<Job>> {
    return this.#update<Read<Job>>((jobs) =>
      jobs.size >= MAX_JOBS
        ? { changes: new Map(), value: refuse(`there are ${MAX_JOBS} jobs already: remove some that are not needed`) }
        : { changes: new Map([[job.id, job]]), value: ok(job) });
  }

  /** `undefined` where there is no such job. */
  patch(id: string, change: (job: Job) => Read<Job>): Promise<Read<Job> | undefined> {
    return this.#update<Read<Job> | undefined>((jobs) => {
      const current = jobs.get(id);
      const next = current && change(current);
      return { changes: new Map(next?.kind === "ok" ? [[id, next.value]] : []), value: next };
    });
  }

  /** The job that is gone. */
  async remove(id: string): Promise<Job | undefined> {
    const removed = await this.#update<Job | undefined>((jobs) => ({ changes: new Map([[id, undefined]]), value: jobs.get(id) }));
    this.#next.delete(id);
    return removed;
  }

  /** Notes that a run begins, where there is one to begin as the job is now. */
  begin(id: string, decide: (job: Job) => BegunRun | undefined): Promise<Begun | undefined> {
    return this.#update<Begun | undefined>((jobs) => {
      const job = jobs.get(id);
      const run = job && decide(job);
      return job === undefined || run === undefined ? { changes: new Map(), value: undefined } : { changes: new Map([[id, begun(job, run)]]), value: { job, run } };
    });
  }

  /** Takes back what {@link begin} noted: nothing was done. */
  undo({ job: before, run }: Begun): Promise<void> {
    return this.#update((jobs) => {
      const job = jobs.get(before.id);
      return { changes: new Map(job === undefined ? [] : [[job.id, unbegun(job, run, before)]]), value: undefined };
    });
  }

  /** Notes a run's end. Gives back the job where it is gone with it. */
  async conclude(entry: RunEntry): Promise<Job | undefined> {
    const gone = await this.#update<Job | undefined>((jobs) => {
      const job = jobs.get(entry.jobId);
      if (job === undefined) return { changes: new Map(), value: undefined };
      const next = concluded(job, entry);
      return { changes: new Map([[job.id, next]]), value: next === undefined ? job : undefined };
    });
    if (gone !== undefined) this.#next.delete(gone.id);
    return gone;
  }

  /** Counts these from now on. */
  settle(ids: ReadonlySet<string>, now: EpochMs): Promise<void> {
    return this.#update((jobs) => ({ changes: new Map([...jobs].filter(([id]) => ids.has(id)).map(([id, job]) => [id, settledAt(job, now)])), value: undefined }));
  }
}
