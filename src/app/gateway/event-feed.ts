import type { Event, PayloadOf } from "../../domain/protocol/catalog.js";

const LIMIT = 1000;

/** Events as an async iterator. Bounded: a reader that falls behind loses the oldest. */
export class EventFeed<E extends Event> implements AsyncIterableIterator<PayloadOf<E>> {
  readonly #waiting: PayloadOf<E>[] = [];
  readonly #readers: ((result: IteratorResult<PayloadOf<E>>) => void)[] = [];
  #ended = false;
  readonly #enders: (() => void)[] = [];

  push(payload: PayloadOf<E>): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader) return reader({ value: payload, done: false });
    this.#waiting.push(payload);
    if (this.#waiting.length > LIMIT) this.#waiting.shift();
  }

  onEnd(ender: () => void): void {
    this.#enders.push(ender);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const reader of this.#readers.splice(0)) reader({ value: undefined, done: true });
    for (const ender of this.#enders) ender();
  }

  next(): Promise<IteratorResult<PayloadOf<E>>> {
    const value = this.#waiting.shift();
    if (value !== undefined) return Promise.resolve({ value, done: false });
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  return(): Promise<IteratorResult<PayloadOf<E>>> {
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
