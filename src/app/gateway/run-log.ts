import type { RunEntry } from "../../domain/schedule/job.js";
import type { RecordStore } from "../../ports/record-store.js";

const PER_JOB = 200;
const IN_ALL = 2_000;

/** What came of jobs' runs: of each job the newest, and not too many in all. */
export class RunLog {
  readonly #store: RecordStore<RunEntry>;
  /** Run ids of each job, oldest first. */
  readonly #byJob = new Map<string, Set<string>>();

  constructor(store: RecordStore<RunEntry>) {
    this.#store = store;
  }

  /** To be called once, when the store is open. */
  open(): void {
    for (const { jobId, runId } of this.#store.view().values()) this.#of(jobId).add(runId);
  }

  get(runId: string): RunEntry | undefined {
    return this.#store.view().get(runId);
  }

  /** Oldest first; of all jobs without an id. */
  entries(jobId?: string): readonly RunEntry[] {
    if (jobId === undefined) return [...this.#store.view().values()];
    return [...(this.#byJob.get(jobId) ?? [])].flatMap((runId) => this.get(runId) ?? []);
  }

  /** Resolves when it is on disk. The same run twice is one line. */
  async append(entry: RunEntry): Promise<void> {
    const gone = await this.#store.update((records) => {
      const own = this.#byJob.get(entry.jobId);
      const [oldestOwn] = own !== undefined && own.size >= PER_JOB ? own : [];
      const [oldest] = records.size >= IN_ALL ? records.keys() : [];
      const forgotten = oldestOwn ?? oldest;
      const removed = forgotten === undefined ? undefined : records.get(forgotten);
      return { changes: new Map([...(removed === undefined ? [] : [[removed.runId, undefined] as const]), [entry.runId, entry]]), value: removed };
    });
    if (gone !== undefined) this.#forget(gone);
    this.#of(entry.jobId).add(entry.runId);
  }

  #of(jobId: string): Set<string> {
    const known = this.#byJob.get(jobId) ?? new Set();
    this.#byJob.set(jobId, known);
    return known;
  }

  #forget({ jobId, runId }: RunEntry): void {
    const own = this.#of(jobId);
    own.delete(runId);
    if (own.size === 0) this.#byJob.delete(jobId);
  }
}
