/** A map with changes that it does not have yet, in the order that they would give it. Costs what is changed, not what is there. */
export class RecordDraft<T> implements ReadonlyMap<string, T> {
  readonly #base: ReadonlyMap<string, T>;
  /** New values for keys that keep their place. */
  readonly #replaced = new Map<string, T>();
  readonly #removed = new Set<string>();
  readonly #added = new Map<string, T>();

  /** `base` must stay as it is for as long as the draft is read. */
  constructor(base: ReadonlyMap<string, T>) {
    this.#base = base;
  }

  change(key: string, value: T | undefined): void {
    const isInPlace = this.#base.has(key) && !this.#removed.has(key);
    if (value !== undefined) {
      (isInPlace ? this.#replaced : this.#added).set(key, value);
      return;
    }
    this.#added.delete(key);
    if (isInPlace) this.#removed.add(key);
  }

  get size(): number {
    return this.#base.size - this.#removed.size + this.#added.size;
  }

  has(key: string): boolean {
    return this.#added.has(key) || (this.#base.has(key) && !this.#removed.has(key));
  }

  get(key: string): T | undefined {
    if (this.#added.has(key)) return this.#added.get(key);
    if (this.#removed.has(key)) return undefined;
    return (this.#replaced.has(key) ? this.#replaced : this.#base).get(key);
  }

  entries(): MapIterator<[string, T]> {
    const isUnchanged = this.#replaced.size + this.#removed.size + this.#added.size === 0;
    return isUnchanged ? this.#base.entries() : this.#merged();
  }

  *keys(): Generator<string, undefined> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): Generator<T, undefined> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[string, T]> {
    return this.entries();
  }

  forEach(visit: (value: T, key: string, map: ReadonlyMap<string, T>) => void, thisArg?: unknown): void {
    for (const [key, value] of this.entries()) visit.call(thisArg, value, key, this);
  }

  *#merged(): Generator<[string, T], undefined> {
    for (const [key, value] of this.#base) {
      // Not by `??`: null is a value.
      if (!this.#removed.has(key)) yield [key, this.#replaced.has(key) ? (this.#replaced.get(key) as T) : value];
    }
    yield* this.#added;
  }
}
