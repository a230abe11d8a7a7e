import { AgeOrderedMap } from "../age-ordered-map.js";
import type { EpochMs } from "../moment.js";

/** What identifies a request that may be retried. `payloadHash` tells a retry from another request under the same key. */
export interface DedupeClaim {
  /** Whose key it is: the same key of another principal is another key. */
  readonly principal: string;
  readonly method: string;
  readonly key: string;
  readonly payloadHash: string;
}

declare const ticket: unique symbol;
/** The right to carry out one claim; drawn by {@link DedupeWindow.judge}. */
export interface DedupeTicket {
  readonly id: string;
  readonly payloadHash: string;
  readonly [ticket]: true;
}

export type DedupeVerdict<F, R> =
  /** Nobody has done this yet. {@link DedupeWindow.start} it before anything is awaited, or a retry runs beside it. */
  | { readonly kind: "run"; readonly ticket: DedupeTicket }
  /** It is being done; `inFlight` is what the first request started it with. */
  | { readonly kind: "join"; readonly inFlight: F }
  | { readonly kind: "replay"; readonly result: R }
  /** It was done, and what came of it took too much room to be kept. */
  | { readonly kind: "faded" }
  /** The key was used for something else. */
  | { readonly kind: "conflict" }
  /** As much as the window holds is in flight: worth another try later. */
  | { readonly kind: "full" };

export interface DedupeLimits {
  readonly ttlMs: number;
  /** In flight and settled together. */
  readonly maxEntries: number;
  /** Of all results that are kept, in the measure of {@link DedupeWindow.settle}. */
  readonly maxWeight: number;
}

interface Running<F> {
  readonly ticket: DedupeTicket;
  readonly inFlight: F;
}

interface Settled<R> {
  readonly payloadHash: string;
  /** Nothing, once it had to make room. */
  kept: { readonly result: R } | undefined;
  readonly weight: number;
  readonly settledAt: EpochMs;
}

export const DEDUPE_LIMITS: DedupeLimits = { ttlMs: 5 * 60_000, maxEntries: 1_000, maxWeight: 32 * 1024 * 1024 };

/**
 * Lets a side effect happen once, however often its request is sent within the window.
 *
 * Results, failures among them, are kept for `ttlMs` after they settled and make room, oldest first, for new requests.
 * Heavy ones make room for others before that; that they were settled is remembered all the same. What is in flight is never forgotten. A class that changes in place: copying the window per request would cost more
 * than the request. Every call is O(1), amortised.
 *
 * Principals share the bound, not their keys. How long a key may be is the schema's business.
 */
export class DedupeWindow<F, R> {
  readonly #limits: DedupeLimits;
  readonly #running = new Map<string, Running<F>>();
  // In the order of settling, so that what expires first is always the oldest.
  readonly #settled = new AgeOrderedMap<Settled<R>>();
  /** Those of them that have a weight and a result. */
  readonly #heavy = new AgeOrderedMap<Settled<R>>();
  #weight = 0;

  constructor(limits: DedupeLimits = DEDUPE_LIMITS) {
    this.#limits = limits;
  }

  /** Entries held, in flight and settled. */
  get size(): number {
    return this.#running.size + this.#settled.size;
  }

  judge(claim: DedupeClaim, now: EpochMs): DedupeVerdict<F, R> {
    this.#forgetExpired(now);
    const id = idOf(claim);
    const running = this.#running.get(id);
    if (running !== undefined) {
      return running.ticket.payloadHash === claim.payloadHash ? { kind: "join", inFlight: running.inFlight } : { kind: "conflict" };
    }
    const settled = this.#settled.get(id);
    if (settled !== undefined && !this.#isExpired(settled, now)) {
      if (settled.payloadHash !== claim.payloadHash) return { kind: "conflict" };
      return settled.kept === undefined ? { kind: "faded" } : { kind: "replay", result: settled.kept.result };
    }
    if (this.#running.size >= this.#limits.maxEntries) return { kind: "full" };
    return { kind: "run", ticket: { id, payloadHash: claim.payloadHash } as DedupeTicket };
  }

  /** Marks the claim as in flight. Throws where something was awaited since its judgement and another took its place. */
  start(ticket: DedupeTicket, inFlight: F): void {
    if (this.#running.has(ticket.id)) throw new Error("this request is already in flight");
    if (this.#running.size >= this.#limits.maxEntries) throw new Error("the window is full: judge and start in one go");
    this.#forget(ticket.id);
    if (this.size >= this.#limits.maxEntries) this.#forgetOldest();
    this.#running.set(ticket.id, { ticket, inFlight });
  }

  /**
   * Keeps the outcome, success or failure, for retries. The first word stands: once settled or released, no effect.
   * `weight`: what keeping it costs, such as its characters; 0 for what is no matter.
   */
  settle(ticket: DedupeTicket, result: R, now: EpochMs, weight = 0): void {
    if (this.#running.get(ticket.id)?.ticket !== ticket) return;
    this.#running.delete(ticket.id);
    const settled: Settled<R> = { payloadHash: ticket.payloadHash, kept: { result }, settledAt: now, weight };
    this.#settled.set(ticket.id, settled);
    if (weight === 0) return;
    this.#heavy.set(ticket.id, settled);
    this.#weight += weight;
    for (let oldest = this.#heavy.oldest(); oldest !== undefined && this.#weight > this.#limits.maxWeight; oldest = this.#heavy.oldest()) this.#fade(oldest.key);
  }

  #fade(id: string): void {
    const settled = this.#heavy.get(id);
    if (settled === undefined) return;
    this.#heavy.delete(id);
    this.#weight -= settled.weight;
    settled.kept = undefined;
  }

  #forget(id: string): void {
    this.#fade(id);
    this.#settled.delete(id);
  }

  /** Forgets a claim that came to nothing before it had any effect, so that a retry runs. */
  release(ticket: DedupeTicket): void {
    if (this.#running.get(ticket.id)?.ticket === ticket) this.#running.delete(ticket.id);
  }

  #forgetExpired(now: EpochMs): void {
    for (let oldest = this.#settled.oldest(); oldest !== undefined && this.#isExpired(oldest.value, now); oldest = this.#settled.oldest()) {
      this.#forget(oldest.key);
    }
  }

  #forgetOldest(): void {
    const oldest = this.#settled.oldest();
    if (oldest !== undefined) this.#forget(oldest.key);
  }

  #isExpired(entry: Settled<R>, now: EpochMs): boolean {
    return now - entry.settledAt >= this.#limits.ttlMs;
  }
}

/** Lengths first, so that no choice of key can spell another principal's. */
const idOf = ({ principal, method, key }: DedupeClaim): string => `${principal.length}:${principal}${method.length}:${method}${key}`;
