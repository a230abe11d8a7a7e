/**
 * Puts the writes to one file in order. Jobs that wait while earlier ones are written are handed to `commit` together,
 * at most `most` at once, and fail or succeed together.
 */
export class CommitQueue<Job> {
  readonly #commit: (jobs: readonly Job[]) => Promise<void>;
  readonly #most: number;
  #last: Promise<void> = Promise.resolve();
  #gathering: { readonly jobs: Job[]; readonly done: Promise<void> } | undefined;
  #unfinished = 0;

  constructor(commit: (jobs: readonly Job[]) => Promise<void>, { most = Infinity }: { most?: number } = {}) {
    this.#commit = commit;
    this.#most = most;
  }

  get idle(): boolean {
    return this.#unfinished === 0;
  }

  add(job: Job): Promise<void> {
    if (this.#gathering && this.#gathering.jobs.length < this.#most) {
      this.#gathering.jobs.push(job);
      return this.#gathering.done;
    }
    const jobs = [job];
    const done = this.#append(() => {
      if (this.#gathering?.jobs === jobs) this.#gathering = undefined;
      return this.#commit(jobs);
    });
    this.#gathering = { jobs, done };
    return done;
  }

  /** Runs other work on the file after all jobs added so far and before all added later. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    this.#gathering = undefined;
    return this.#append(work);
  }

  #append<T>(work: () => Promise<T>): Promise<T> {
    this.#unfinished += 1;
    const done = this.#last.then(work);
    const settle = (): void => {
      this.#unfinished -= 1;
    };
    this.#last = done.then(settle, settle);
    return done;
  }
}
