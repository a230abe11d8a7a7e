const FIRST_MS = 1_000;
const MAX_MS = 30_000;

/**
 * How long to wait before the next attempt: anywhere between nothing and a bound that doubles from 1 s to 30 s.
 * The full spread keeps the clients of a gateway that went away from coming back all at once.
 */
export class Backoff {
  readonly #random: () => number;
  #boundMs = FIRST_MS;
  #hasHurried = false;

  /** `random`: at least 0 and below 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  nextMs(): number {
    const bound = this.#boundMs;
    this.#boundMs = Math.min(MAX_MS, bound * 2);
    return Math.floor(this.#random() * bound);
  }

  /** For a gateway that said it would be back: within a second, but only once until {@link reset}, lest the two chase each other. */
  soonMs(): number {
    if (this.#hasHurried) return this.nextMs();
    this.#hasHurried = true;
    return Math.floor(this.#random() * FIRST_MS);
  }

  /** Only a connection that lasted earns this: one that is admitted and dropped at once would otherwise be retried in a rush for ever. */
  reset(): void {
    this.#boundMs = FIRST_MS;
    this.#hasHurried = false;
  }
}
