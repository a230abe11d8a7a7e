import { after, type EpochMs } from "../../../domain/moment.js";

const FIRST_MS = 1_000;
const MAX_MS = 60_000;
const STABLE_MS = 60_000;
/** So many times in a row Slack may ask to reconnect before a connection was of any use. */
const MAX_QUICK_REFRESHES = 3;

/** How long to wait before the next attempt: anywhere between nothing and a bound that doubles from 1 s to 60 s. */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;
  #quickRefreshes = 0;

  /** `random`: at least 0 and below 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  nextMs(): number {
    const bound = Math.min(MAX_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 16);
    return Math.floor(this.#random() * bound);
  }

  /** A connection was up from `since` until `now`. Only one that lasted makes up for failures before it. */
  wasUp(since: EpochMs, now: EpochMs): void {
    if (now < after(since, STABLE_MS)) return;
    this.#failures = 0;
    this.#quickRefreshes = 0;
  }

  /** Slack asked for a new connection, and gets it at once unless it asks without end. */
  refreshMs(): number {
    this.#quickRefreshes += 1;
    return this.#quickRefreshes > MAX_QUICK_REFRESHES ? this.nextMs() : 0;
  }
}
