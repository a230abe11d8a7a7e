import { AgeOrderedMap } from "../age-ordered-map.js";
import { after, type EpochMs } from "../moment.js";
import type { CredentialKind } from "./credentials.js";

/** One credential kind tried from one place. */
export interface LimiterKey {
  readonly kind: CredentialKind;
  /** Textual IP address, always spelled the same way. */
  readonly address: string;
  /**
   * A direct connection from this host. A proxied stranger is none, though its TCP peer is loopback:
   * it would escape the lock.
   */
  readonly loopback: boolean;
  /** The Origin header, where a browser sent one. */
  readonly origin?: string;
}

export type LimiterVerdict = { readonly kind: "open" } | { readonly kind: "locked"; readonly retryAfterMs: number };

export interface LimiterLimits {
  readonly maxFailures: number;
  readonly windowMs: number;
  readonly lockMs: number;
  readonly maxEntries: number;
  readonly delayMs: number;
  readonly maxDelayMs: number;
}

export const LIMITER_LIMITS: LimiterLimits = {
  maxFailures: 10,
  windowMs: 60_000,
  lockMs: 300_000,
  maxEntries: 10_000,
  delayMs: 250,
  maxDelayMs: 5_000,
};

const OPEN: LimiterVerdict = { kind: "open" };

/**
 * Slows down guessing. Ten wrong credentials of a kind within a minute lock their address out for five minutes, each
 * kind by itself. Only wrong ones count: an owner who retries a right one is never locked out.
 *
 * This host's own processes are not locked, or any of them could lock the owner out of the machine it runs on; they
 * wait longer after each failure instead, all loopback addresses together. A browser on this host is no such process,
 * as any page can make it knock: it is locked like a stranger, by its origin. Yet a process may claim to be a page, of
 * another origin with each guess: what all of them guess wrong beyond what one page could is slowed down as well.
 *
 * Bounded: where the table is full, the place that failed least recently is forgotten, a locked one only where all are.
 */
export class AuthLimiter {
  readonly #limits: LimiterLimits;
  readonly #failures = new AgeOrderedMap<readonly EpochMs[]>();
  readonly #lockedUntil = new AgeOrderedMap<EpochMs>();

  constructor(limits: LimiterLimits = LIMITER_LIMITS) {
    this.#limits = limits;
  }

  /** Places remembered. */
  get size(): number {
    return this.#failures.size + this.#lockedUntil.size;
  }

  /** Whether these credentials may be looked at now; locked while any of them is. `retryAfterMs` is the longest wait. */
  check(keys: readonly LimiterKey[], now: EpochMs): LimiterVerdict {
    const waits = keys.map((key) => (this.#lockedUntil.get(placeOf(key)) ?? now) - now);
    const retryAfterMs = Math.min(Math.max(0, ...waits), this.#limits.lockMs);
    return retryAfterMs > 0 ? { kind: "locked", retryAfterMs } : OPEN;
  }

  /** Counts a wrong credential. `delayMs`: how long to hold back the refusal; 0 for those who are locked instead. */
  fail(key: LimiterKey, now: EpochMs): { readonly delayMs: number } {
    this.#forgetExpired(now);
    if (isProcess(key)) return { delayMs: this.#slowDown(placeOf(key), 0, now) };
    this.#countTowardsLock(placeOf(key), now);
    return { delayMs: key.loopback ? this.#slowDown(`${key.kind} pages`, this.#limits.maxFailures, now) : 0 };
  }

  #countTowardsLock(place: string, now: EpochMs): void {
    if ((this.#lockedUntil.get(place) ?? now) > now) return;
    this.#lockedUntil.delete(place);
    const failures = [...this.#recent(place, now), now];
    this.#failures.delete(place);
    this.#makeRoom();
    if (failures.length < this.#limits.maxFailures) this.#failures.set(place, failures);
    else this.#lockedUntil.set(place, after(now, this.#limits.lockMs));
  }

  /** The wait after a failure: none for the first `free` ones, then twice as long each time. */
  #slowDown(place: string, free: number, now: EpochMs): number {
    const recent = this.#recent(place, now);
    this.#failures.delete(place);
    this.#makeRoom();
    this.#failures.set(place, [...recent, now].slice(-(free + this.#limits.maxFailures)));
    return recent.length < free ? 0 : Math.min(this.#limits.delayMs * 2 ** (recent.length - free), this.#limits.maxDelayMs);
  }

  #recent(place: string, now: EpochMs): readonly EpochMs[] {
    return (this.#failures.get(place) ?? []).filter((at) => now - at < this.#limits.windowMs);
  }

  /** Forgets the failures before a right credential. A lock stays: it was earned by guessing. */
  succeed(key: LimiterKey): void {
    this.#failures.delete(placeOf(key));
  }

  #forgetExpired(now: EpochMs): void {
    for (let lock = this.#lockedUntil.oldest(); lock !== undefined && lock.value <= now; lock = this.#lockedUntil.oldest()) {
      this.#lockedUntil.delete(lock.key);
    }
    for (let place = this.#failures.oldest(); place !== undefined && this.#isPast(place.value, now); place = this.#failures.oldest()) {
      this.#failures.delete(place.key);
    }
  }

  #isPast(failures: readonly EpochMs[], now: EpochMs): boolean {
    return failures.every((at) => now - at >= this.#limits.windowMs);
  }

  #makeRoom(): void {
    if (this.size < this.#limits.maxEntries) return;
    const table = this.#failures.size > 0 ? this.#failures : this.#lockedUntil;
    const oldest = table.oldest();
    if (oldest !== undefined) table.delete(oldest.key);
  }
}

const isProcess = (key: LimiterKey): boolean => key.loopback && key.origin === undefined;

/** A header's length is the peer's choice, the table's size is not. */
const MAX_PLACE_LENGTH = 256;

function placeOf(key: LimiterKey): string {
  const place = key.loopback ? (key.origin === undefined ? "loopback" : `origin ${key.origin.toLowerCase()}`) : `address ${key.address}`;
  return `${key.kind} ${place}`.slice(0, MAX_PLACE_LENGTH);
}
