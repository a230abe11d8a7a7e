import type { Clock } from "../ports/clock.js";
import { after, epochMs, type EpochMs } from "../domain/moment.js";

interface Wake {
  /** When it comes: later than was asked for, where the host slept in between. */
  at: EpochMs;
  readonly wake: () => void;
}

/** A clock that moves only when told to, so that a test of a 25-second deadline takes no time. */
export class HandClock implements Clock {
  #now: EpochMs;
  /** Soonest first; those due at the same moment in the order in which they were asked for. */
  readonly #wakes: Wake[] = [];

  constructor(start: number = 1_790_000_000_000) {
    this.#now = epochMs(start);
  }

  /** How many wakes are still to come: 0 once whatever used this clock has let go of it. */
  get pending(): number {
    return this.#wakes.length;
  }

  now(): EpochMs {
    return this.#now;
  }

  /** A moment that has already passed wakes with the next move, be it by 0 ms. */
  callAt(at: EpochMs, wake: () => void): () => void {
    const entry: Wake = { at, wake };
    let low = 0;
    let high = this.#wakes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#wakes[middle]?.at ?? Infinity) <= at) low = middle + 1;
      else high = middle;
    }
    this.#wakes.splice(low, 0, entry);
    return () => {
      const index = this.#wakes.indexOf(entry);
      if (index >= 0) this.#wakes.splice(index, 1);
    };
  }

  /** Moves on by `ms` at one go, running what falls due in order, each at its own moment. */
  advance(ms: number): void {
    const until = after(this.#now, ms);
    while (this.#runNext(until));
    this.#now = until;
  }

  /** Like {@link advance}, but what a wake sets off (promises, immediates) settles before the next one runs. */
  async pass(ms: number): Promise<void> {
    const until = after(this.#now, ms);
    await settle();
    while (this.#runNext(until)) await settle();
    this.#now = until;
    await settle();
  }

  /** The wall clock moves while timers stand still: the host slept, or somebody set its clock, back where negative. Wakes still come after as long as was asked for. */
  jump(ms: number): void {
    this.#now = after(this.#now, ms);
    for (const entry of this.#wakes) entry.at = after(entry.at, ms);
  }

  #runNext(until: EpochMs): boolean {
    const first = this.#wakes[0];
    if (first === undefined || first.at > until) return false;
    this.#wakes.shift();
    if (first.at > this.#now) this.#now = first.at;
    first.wake();
    return true;
  }
}

/** One turn of the event loop, with every microtask that comes up in it. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
