import type { EpochMs } from "../../../domain/moment.js";

export interface StrangerLimits {
  readonly total: number;
  /** How many of one address; asked with the key that the stranger came under. */
  readonly perAddress: (address: string) => number;
  /** A stranger this old may have to make room for a new one. */
  readonly patienceMs: number;
}

export type Admission<Stranger> =
  | { readonly kind: "entered"; readonly evicted?: Stranger }
  | { readonly kind: "full" };

/**
 * Counts peers that have not said who they are, in all and by address. When full, the oldest one that has had
 * its fair time gives way: squatters cannot keep an owner out, and a newcomer in mid-handshake is not thrown out either.
 */
export class StrangerBudget<Stranger> {
  readonly #limits: StrangerLimits;
  /** Oldest first, as are the sets: both keep the order of arrival. */
  readonly #strangers = new Map<Stranger, { readonly address: string; readonly since: EpochMs }>();
  readonly #byAddress = new Map<string, Set<Stranger>>();

  constructor(limits: StrangerLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#strangers.size;
  }

  has(stranger: Stranger): boolean {
    return this.#strangers.has(stranger);
  }

  /** The caller ends the evicted one; it is no longer counted. */
  enter(stranger: Stranger, address: string, now: EpochMs): Admission<Stranger> {
    const neighbours = this.#byAddress.get(address);
    const crowded = (neighbours?.size ?? 0) >= this.#limits.perAddress(address);
    if (!crowded && this.#strangers.size < this.#limits.total) {
      this.#add(stranger, address, now);
      return { kind: "entered" };
    }
    const [oldest] = crowded ? (neighbours ?? []) : this.#strangers.keys();
    const since = oldest === undefined ? undefined : this.#strangers.get(oldest)?.since;
    if (oldest === undefined || since === undefined || now - since <= this.#limits.patienceMs) return { kind: "full" };
    this.leave(oldest);
    this.#add(stranger, address, now);
    return { kind: "entered", evicted: oldest };
  }

  /** Of no effect for one that is not, or no longer, counted. */
  leave(stranger: Stranger): void {
    const address = this.#strangers.get(stranger)?.address;
    if (address === undefined) return;
    this.#strangers.delete(stranger);
    const neighbours = this.#byAddress.get(address);
    neighbours?.delete(stranger);
    if (neighbours?.size === 0) this.#byAddress.delete(address);
  }

  /** Those counted now, oldest first. */
  strangers(): Iterable<Stranger> {
    return this.#strangers.keys();
  }

  #add(stranger: Stranger, address: string, now: EpochMs): void {
    this.#strangers.set(stranger, { address, since: now });
    const neighbours = this.#byAddress.get(address);
    if (neighbours === undefined) this.#byAddress.set(address, new Set([stranger]));
    else neighbours.add(stranger);
  }
}
