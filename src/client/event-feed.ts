const LIMIT = 1000;

/** Values as an async iterator. Bounded: a reader more than 1000 behind loses the oldest. */
export class EventFeed<T> implements AsyncIterableIterator<T> {
  readonly #onEnd: () => void;
  #unread: { readonly value: T }[] = [];
  #readers: ((result: IteratorResult<T>) => void)[] = [];
  #hasEnded = false;

  /** `onEnd` is called once, when the reader leaves or the source ends. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  push(value: T): void {
    if (this.#hasEnded) return;
    const reader = this.#readers.shift();
    if (reader) return reader({ value, done: false });
    this.#unread.push({ value });
    if (this.#unread.length > LIMIT) this.#unread.shift();
  }

  /** What was not read yet still can be. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const readers = this.#readers;
    this.#readers = [];
    for (const reader of readers) reader({ value: undefined, done: true });
    this.#onEnd();
  }

  next(): Promise<IteratorResult<T>> {
    const first = this.#unread.shift();
    if (first) return Promise.resolve({ value: first.value, done: false });
    if (this.#hasEnded) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  return(): Promise<IteratorResult<T>> {
    this.#unread = [];
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
