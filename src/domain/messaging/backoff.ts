import type { EpochMs } from "../moment.js";

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
// Chance alone could make it nothing, and then a broken provider is called in a tight loop.
const SHORTEST_MS = 250;
/** How long a connection has to hold before its past failures are forgotten. */
const STABLE_MS = 60_000;

/** How long to wait before the next try: any time up to a limit that doubles with every failure. */
export class Backoff {
  #failures = 0;
  #liveSince: EpochMs | undefined;

  /** The provider let the connection in. A socket that opened is no success yet. */
  succeed(now: EpochMs): void {
    this.#liveSince ??= now;
  }

  /** @param random at least 0 and below 1 */
  fail(now: EpochMs, random: number): number {
    if (this.#liveSince !== undefined && now - this.#liveSince >= STABLE_MS) this.#failures = 0;
    this.#liveSince = undefined;
    const limit = Math.min(FIRST_MS * 2 ** Math.min(this.#failures, 16), LONGEST_MS);
    this.#failures += 1;
    return Math.max(SHORTEST_MS, Math.round(limit * random));
  }
}
