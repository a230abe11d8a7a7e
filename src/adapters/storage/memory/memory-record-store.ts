import type { RecordChanges, RecordStore } from "../../../ports/record-store.js";

/**
 * Records for as long as the process lives; closing and opening again keeps them. A value goes through JSON on its way
 * in, as through a file, so that nobody shares it.
 */
export class MemoryRecordStore<T> implements RecordStore<T> {
  readonly #records = new Map<string, T>();
  #open = false;

  async open(): Promise<void> {
    this.#open = true;
  }

  view(): ReadonlyMap<string, T> {
    this.#mustBeOpen();
    return this.#records;
  }

  async update<R>(decide: (records: ReadonlyMap<string, T>) => { readonly changes: RecordChanges<T>; readonly value: R }): Promise<R> {
    this.#mustBeOpen();
    // Never at once: whoever looks right after calling sees what was there before, as with a file.
    await Promise.resolve();
    const { changes, value } = decide(this.view());
    const kept = [...changes].map(([key, given]) => [key, given === undefined ? undefined : copyOf(given)] as const);
    for (const [key, record] of kept) {
      if (record === undefined) this.#records.delete(key);
      else this.#records.set(key, record);
    }
    return value;
  }

  async close(): Promise<void> {
    await Promise.resolve();
    this.#open = false;
  }

  #mustBeOpen(): void {
    if (!this.#open) throw new Error("The record store is not open.");
  }
}

const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
