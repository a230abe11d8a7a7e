/** A change as it is kept: its value, if it has one, and the bytes it takes on disk. */
export interface TableChange<T> {
  readonly key: string;
  readonly value: T | undefined;
  readonly bytes: number;
}

/** The records of a log, and how much of it they make up. */
export class RecordTable<T> {
  readonly #records = new Map<string, T>();
  readonly #bytes = new Map<string, number>();
  #liveBytes = 0;

  get records(): ReadonlyMap<string, T> {
    return this.#records;
  }

  /** What the records would take if nothing else were in the log. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  apply({ key, value, bytes }: TableChange<T>): void {
    this.#liveBytes -= this.#bytes.get(key) ?? 0;
    if (value === undefined) {
      this.#records.delete(key);
      this.#bytes.delete(key);
    } else {
      this.#records.set(key, value);
      this.#bytes.set(key, bytes);
      this.#liveBytes += bytes;
    }
  }
}
