const LANE_LIMIT = 64;

/** One line of work per session: what enters waits for what entered before, in its lane only. */
export class Lanes {
  readonly #lanes = new Map<string, { tail: Promise<unknown>; length: number }>();

  /** Does `work` when its turn comes; `undefined` where too much waits already. A failure ends only its own work. */
  enter<T>(key: string, work: () => Promise<T>): Promise<T> | undefined {
    const lane = this.#lanes.get(key) ?? { tail: Promise.resolve(), length: 0 };
    if (lane.length >= LANE_LIMIT) return undefined;
    lane.length += 1;
    this.#lanes.set(key, lane);
    const done = lane.tail.then(work).finally(() => {
      lane.length -= 1;
      if (lane.length === 0) this.#lanes.delete(key);
    });
    lane.tail = done.catch(() => undefined);
    return done;
  }
}
