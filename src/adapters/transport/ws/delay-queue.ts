import { after, type EpochMs } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";

/**
 * Hands each item back once, a fixed delay after it was added. As all wait equally long, arrival order is due order,
 * and one timer does for any number of items.
 */
export class DelayQueue<Item> {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #onDue: (item: Item) => void;
  readonly #due = new Map<Item, EpochMs>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, delayMs: number, onDue: (item: Item) => void) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#due.size;
  }

  has(item: Item): boolean {
    return this.#due.has(item);
  }

  /** An item that is waiting already keeps its place. */
  add(item: Item): void {
    if (this.#due.has(item)) return;
    this.#due.set(item, after(this.#clock.now(), this.#delayMs));
    this.#arm();
  }

  delete(item: Item): void {
    this.#due.delete(item);
    if (this.#due.size === 0) this.#disarm();
  }

  clear(): void {
    this.#due.clear();
    this.#disarm();
  }

  /** Hands all of them back now. */
  drain(): void {
    const items = [...this.#due.keys()];
    this.clear();
    for (const item of items) this.#onDue(item);
  }

  #arm(): void {
    if (this.#cancel !== undefined) return;
    const [first] = this.#due.values();
    if (first !== undefined) this.#cancel = this.#clock.callAt(first, () => this.#wake());
  }

  #disarm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #wake(): void {
    this.#cancel = undefined;
    const now = this.#clock.now();
    for (const [item, at] of this.#due) {
      if (at > now) break;
      this.#due.delete(item);
      this.#onDue(item);
    }
    this.#arm();
  }
}
