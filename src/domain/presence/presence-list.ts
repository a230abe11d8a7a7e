import type { EpochMs } from "../moment.js";
import type { PresenceEntry } from "../protocol/snapshot.js";
import { printable } from "../text/printable.js";
import { presenceEntry, type PresenceFacts } from "./presence-entry.js";

export interface PresenceLimits {
  /** How long an entry lives without a sign of life. */
  readonly ttlMs: number;
  /** The gateway's own entry included. */
  readonly maxEntries: number;
  /** Of these, peers that have left. Everybody is sent the list, and who left before the last few is no news to anybody. */
  readonly maxDeparted: number;
}

export const PRESENCE_LIMITS: PresenceLimits = { ttlMs: 5 * 60_000, maxEntries: 200, maxDeparted: 10 };
/** What the entry of a peer that has left gives as its reason. */
const DEPARTED = "disconnect";

const SELF_STEP_MS = 1_000;
const MAX_KEY_LENGTH = 256;

/**
 * Who is around: the gateway itself and the peers that gave a sign of life within the last five minutes.
 *
 * Changing calls return whether what listeners would read changed (the moment `ts` alone does not count), so that the
 * caller raises `stateVersion.presence` and tells them. The stalest peer makes room for a new one; the gateway's own
 * entry neither ages nor gives way, and no peer can write it, whatever key it claims.
 */
export class PresenceList {
  readonly #selfKey: string;
  readonly #limits: PresenceLimits;
  #self: PresenceEntry | undefined;
  // In the order of the last sign of life, stalest first: each one moves its entry to the end.
  readonly #peers = new Map<string, PresenceEntry>();
  /** Those of them that have left, the longest gone first. */
  readonly #departed = new Set<string>();

  constructor(selfKey: string, limits: PresenceLimits = PRESENCE_LIMITS) {
    this.#selfKey = normalKey(selfKey);
    this.#limits = limits;
  }

  get size(): number {
    return this.#peers.size + 1;
  }

  /** The gateway's own entry, whole. */
  describeSelf(facts: PresenceFacts, now: EpochMs): boolean {
    const entry = presenceEntry(facts, now);
    const changed = this.#self === undefined || !sameFacts(this.#self, entry);
    this.#self = entry;
    return changed;
  }

  /** The gateway is there, and nothing else about it changed. To the second: its entry is sent with every hello. */
  refreshSelf(now: EpochMs): void {
    if (this.#self !== undefined && now - this.#self.ts >= SELF_STEP_MS) this.#self = { ...this.#self, ts: now };
  }

  /**
   * Adds a peer, or lays `facts` over what is known of it: fields that are absent stay. Counts as a sign of life.
   * `false`, without effect, for a key that is empty or the gateway's own.
   */
  upsert(key: string, facts: PresenceFacts, now: EpochMs): boolean {
    const id = normalKey(key);
    if (id === "" || id === this.#selfKey) return false;
    const pruned = this.prune(now);
    const known = this.#peers.get(id);
    const told = presenceEntry(facts, now);
    const entry: PresenceEntry = known === undefined ? told : { ...known, ...told };
    this.#forget(id);
    if (this.#peers.size >= this.#limits.maxEntries - 1) this.#dropFirst(this.#peers.keys());
    this.#peers.set(id, entry);
    if (entry.reason === DEPARTED) this.#depart(id);
    return pruned || known === undefined || !sameFacts(known, entry);
  }

  /** A peer has left. It stays for a while, as one that has; `false`, without effect, for one that is not in the list. */
  leave(key: string, now: EpochMs): boolean {
    const id = normalKey(key);
    const known = this.#peers.get(id);
    if (known === undefined) return false;
    this.prune(now);
    this.#forget(id);
    this.#peers.set(id, { ...known, ts: now, reason: DEPARTED });
    this.#depart(id);
    return true;
  }

  /** A sign of life that says nothing new. Without effect for a key that is not in the list. */
  refresh(key: string, now: EpochMs): void {
    const id = normalKey(key);
    const known = this.#peers.get(id);
    if (known === undefined) return;
    this.#peers.delete(id);
    this.#peers.set(id, { ...known, ts: now });
  }

  remove(key: string): boolean {
    return this.#forget(normalKey(key));
  }

  /** Forgets those that gave no sign of life for too long. */
  prune(now: EpochMs): boolean {
    const before = this.#peers.size;
    for (const [id, entry] of this.#peers) {
      if (!this.#isStale(entry, now)) break;
      this.#forget(id);
    }
    return this.#peers.size !== before;
  }

  /** The gateway first, then its peers, the latest sign of life first; of all these the first `most`. Leaves out what {@link prune} would forget. */
  list(now: EpochMs, most = Infinity): readonly PresenceEntry[] {
    const peers = [...this.#peers.values()].reverse();
    const shown = this.#self === undefined ? [] : [this.#self];
    for (const entry of peers) {
      if (shown.length >= most || this.#isStale(entry, now)) break;
      shown.push(entry);
    }
    return shown;
  }

  #isStale(entry: PresenceEntry, now: EpochMs): boolean {
    return now - entry.ts >= this.#limits.ttlMs;
  }

  #depart(id: string): void {
    if (this.#departed.size >= this.#limits.maxDeparted) this.#dropFirst(this.#departed);
    this.#departed.add(id);
  }

  #dropFirst(ids: Iterable<string>): void {
    const [first] = ids;
    if (first !== undefined) this.#forget(first);
  }

  #forget(id: string): boolean {
    this.#departed.delete(id);
    return this.#peers.delete(id);
  }
}

const normalKey = (key: string): string => printable(key, MAX_KEY_LENGTH).toLowerCase();

const sameFacts = (one: PresenceEntry, other: PresenceEntry): boolean =>
  one.reason === other.reason && JSON.stringify({ ...one, ts: 0 }) === JSON.stringify({ ...other, ts: 0 });
