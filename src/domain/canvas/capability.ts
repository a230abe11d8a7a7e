import { AgeOrderedMap } from "../age-ordered-map.js";
import { after, type EpochMs } from "../moment.js";

/** From its last use on. */
export const CAPABILITY_TTL_MS = 600_000;
/** What a page that is still shown may finish with, once the connection it was given to has ended. */
export const CAPABILITY_GRACE_MS = 30_000;

export interface CapabilityLimits {
  readonly most: number;
  /** A page that was opened before a refresh goes on with the one it has. */
  readonly perHolder: number;
}

export const CAPABILITY_LIMITS: CapabilityLimits = { most: 10_000, perHolder: 4 };

interface Capability<H> {
  readonly holder: H;
  readonly expiresAt: EpochMs;
}

/**
 * Which capabilities open the canvas, each by the digest of what is in its URL, and whom each was given to.
 *
 * Bounded: where the table is full, the one that was used least recently is forgotten, and so it is with the few of one
 * holder.
 */
export class CapabilityBook<H extends object> {
  readonly #limits: CapabilityLimits;
  readonly #entries = new AgeOrderedMap<Capability<H>>();
  /** Digests by holder, the oldest first. */
  readonly #held = new Map<H, readonly string[]>();
  /** Holders that are gone, and until when theirs still open something. */
  readonly #leaving = new AgeOrderedMap<EpochMs, H>();

  constructor(limits: CapabilityLimits = CAPABILITY_LIMITS) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Lets this open the canvas; tells until when, unless it is used meanwhile. */
  grant(digest: string, holder: H, now: EpochMs): EpochMs {
    this.#forgetExpired(now);
    const held = this.#held.get(holder) ?? [];
    for (const oldest of held.slice(0, Math.max(0, held.length + 1 - this.#limits.perHolder))) this.#forget(oldest);
    if (this.#entries.size >= this.#limits.most) this.#forgetOldest();
    const expiresAt = after(now, CAPABILITY_TTL_MS);
    this.#entries.set(digest, { holder, expiresAt });
    this.#held.set(holder, [...(this.#held.get(holder) ?? []), digest]);
    return expiresAt;
  }

  /** Whether it opens the canvas now, which gives it its whole time anew. */
  use(digest: string, now: EpochMs): boolean {
    const found = this.#entries.get(digest);
    if (found === undefined) return false;
    const end = this.#leaving.get(found.holder);
    if (found.expiresAt <= now || (end !== undefined && end <= now)) {
      this.#forget(digest);
      return false;
    }
    this.#entries.set(digest, { holder: found.holder, expiresAt: after(now, CAPABILITY_TTL_MS) });
    return true;
  }

  /** The connection has ended: what it was given ends soon, however much it is used. */
  left(holder: H, now: EpochMs): void {
    if (this.#held.has(holder)) this.#leaving.set(holder, after(now, CAPABILITY_GRACE_MS));
  }

  /** Ends at once what these holders were given. */
  revokeWhere(isOver: (holder: H) => boolean): void {
    for (const [holder, digests] of this.#held) if (isOver(holder)) for (const digest of digests) this.#forget(digest);
  }

  #forgetExpired(now: EpochMs): void {
    for (let oldest = this.#entries.oldest(); oldest !== undefined && oldest.value.expiresAt <= now; oldest = this.#entries.oldest()) this.#forget(oldest.key);
    for (let first = this.#leaving.oldest(); first !== undefined && first.value <= now; first = this.#leaving.oldest()) {
      this.#leaving.delete(first.key);
      for (const digest of this.#held.get(first.key) ?? []) this.#forget(digest);
    }
  }

  #forgetOldest(): void {
    const oldest = this.#entries.oldest();
    if (oldest !== undefined) this.#forget(oldest.key);
  }

  #forget(key: string): void {
    const holder = this.#entries.get(key)?.holder;
    if (holder === undefined) return;
    this.#entries.delete(key);
    const rest = (this.#held.get(holder) ?? []).filter((one) => one !== key);
    if (rest.length > 0) {
      this.#held.set(holder, rest);
      return;
    }
    this.#held.delete(holder);
    this.#leaving.delete(holder);
  }
}
