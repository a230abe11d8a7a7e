interface Link<V> {
  readonly key: string;
  readonly value: V;
  older: Link<V> | undefined;
  newer: Link<V> | undefined;
}

/**
 * A map that knows its oldest entry, and lets go of it where it would hold more than `most`. Setting a key, a known one
 * too, makes its entry the newest. Every call is O(1).
 *
 * A plain `Map` keeps the order as well, but finding its first key walks over those deleted before it, which for a
 * table that is always full of short-lived entries is a scan per call.
 */
export class AgeOrderedMap<V> {
  readonly #links = new Map<string, Link<V>>();
  #oldest: Link<V> | undefined;
  #newest: Link<V> | undefined;
  readonly #most: number;

  constructor(most = Infinity) {
    this.#most = most;
  }

  get size(): number {
    return this.#links.size;
  }

  get(key: string): V | undefined {
    return this.#links.get(key)?.value;
  }

  /** The entry that was set longest ago. */
  oldest(): { readonly key: string; readonly value: V } | undefined {
    return this.#oldest;
  }

  set(key: string, value: V): void {
    this.delete(key);
    const link: Link<V> = { key, value, older: this.#newest, newer: undefined };
    if (this.#newest === undefined) this.#oldest = link;
    else this.#newest.newer = link;
    this.#newest = link;
    this.#links.set(key, link);
    if (this.#links.size > this.#most && this.#oldest !== undefined) this.delete(this.#oldest.key);
  }

  delete(key: string): boolean {
    const link = this.#links.get(key);
    if (link === undefined) return false;
    if (link.older === undefined) this.#oldest = link.newer;
    else link.older.newer = link.newer;
    if (link.newer === undefined) this.#newest = link.older;
    else link.newer.older = link.older;
    return this.#links.delete(key);
  }
}
