interface Link<V, K> {
  readonly key: K;
  readonly value: V;
  older: Link<V, K> | undefined;
  newer: Link<V, K> | undefined;
}

/**
 * A map that knows its oldest entry, and lets go of it where it would hold more than `most`. Setting a key, a known one
 * too, makes its entry the newest. Every call is O(1).
 *
 * A plain `Map` keeps the order as well, but finding its first key walks over those deleted before it, which for a
 * table that is always full of short-lived entries is a scan per call.
 */
export class AgeOrderedMap<V, K = string> {
  readonly #links = new Map<K, Link<V, K>>();
  #oldest: Link<V, K> | undefined;
  #newest: Link<V, K> | undefined;
  readonly #most: number;

  constructor(most = Infinity) {
    this.#most = most;
  }

  get size(): number {
    return this.#links.size;
  }

  get(key: K): V | undefined {
    return this.#links.get(key)?.value;
  }

  /** The entry that was set longest ago. */
  oldest(): { readonly key: K; readonly value: V } | undefined {
    return this.#oldest;
  }

  set(key: K, value: V): void {
    this.delete(key);
    const link: Link<V, K> = { key, value, older: this.#newest, newer: undefined };
    if (this.#newest === undefined) this.#oldest = link;
    else this.#newest.newer = link;
    this.#newest = link;
    this.#links.set(key, link);
    if (this.#links.size > this.#most && this.#oldest !== undefined) this.delete(this.#oldest.key);
  }

  delete(key: K): boolean {
    const link = this.#links.get(key);
    if (link === undefined) return false;
    if (link.older === undefined) this.#oldest = link.newer;
    else link.older.newer = link.newer;
    if (link.newer === undefined) this.#newest = link.older;
    else link.newer.older = link.older;
    return this.#links.delete(key);
  }
}
