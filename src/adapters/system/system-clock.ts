import type { Clock } from "../../ports/clock.js";
import { epochMs, type EpochMs } from "../../domain/moment.js";

/** Node reads a longer delay as 1 ms. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Timers and the wall clock drift apart by less than this; a clock that is this far behind a timer was set back. */
const SET_BACK_MS = 1_000;

/**
 * The host's wall clock. Wakes are never early, even where the timer is, and never inside {@link callAt} itself.
 *
 * No wake keeps the process alive: a gateway lives by its sockets and servers, and a program that embeds one ends when
 * they are closed, whatever was still planned.
 */
export class SystemClock implements Clock {
  now(): EpochMs {
    return epochMs(Date.now());
  }

  /** Throws a RangeError where `at` is not a number; `Infinity` is a wake that never comes. */
  callAt(at: EpochMs, wake: () => void): () => void {
    if (Number.isNaN(at)) throw new RangeError("a wake needs a moment");
    let timer: NodeJS.Timeout | undefined;
    let until: number = at;
    const arm = (): void => {
      const delayMs = Math.min(Math.max(Math.ceil(until - this.now()), 0), LONGEST_TIMEOUT_MS);
      const expected = this.now() + delayMs;
      timer = setTimeout(() => {
        const behindMs = expected - this.now();
        if (behindMs > SET_BACK_MS) until -= behindMs;
        // Timers run on the monotonic clock, which may reach the end of a delay before the wall clock does.
        if (this.now() < until) arm();
        else wake();
      }, delayMs);
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  }
}
