export const LANE_LIMIT = 64;
/** In all lanes together: as many sessions as one likes must not mean as much work. */
export const WORK_LIMIT = 1_024;

/** One line of work per session: what enters waits for what entered before, in its lane only. */
export class Lanes {
  readonly #lanes = new Map<string, { tail: Promise<unknown>; length: number }>();
  #length = 0;

  /** Does `work` when its turn comes, or says what is full already. A failure ends only its own work. */
  enter<T>(key: string, work: () => Promise<T>): Promise<T> | "lane-full" | "all-full" {
    const lane = this.#lanes.get(key) ?? { tail: Promise.resolve(), length: 0 };
    if (lane.length >= LANE_LIMIT) return "lane-full";
    if (this.#length >= WORK_LIMIT) return "all-full";
    lane.length += 1;
    this.#length += 1;
    this.#lanes.set(key, lane);
    const done = lane.tail.then(work).finally(() => {
      this.#length -= 1;
      lane.length -= 1;
      if (lane.length === 0) this.#lanes.delete(key);
    });
    lane.tail = done.catch(() => undefined);
    return done;
  }
}
