import type { RecordChanges, RecordStore } from "../../src/ports/record-store.js";

/** The moment at which a gateway is no more: at a certain step that leaves a trace outside of it, before the trace or after. */
export class Mortality {
  steps = 0;
  readonly over: Promise<undefined>;
  #end: () => void = () => undefined;
  #at: number;
  #leavesTrace: boolean;

  constructor(at = Infinity, leavesTrace = false) {
    this.#at = at;
    this.#leavesTrace = leavesTrace;
    this.over = new Promise((resolve) => {
      this.#end = () => resolve(undefined);
    });
  }

  /** It ends so many steps from now; with none, at once. */
  endIn(steps: number, leavesTrace = false): void {
    this.#at = this.steps + steps;
    this.#leavesTrace = leavesTrace;
    if (steps === 0) this.#end();
  }

  get isOver(): boolean {
    return this.steps >= this.#at;
  }

  /** Whoever is dead neither does anything nor hears of anything. */
  async step<R>(work: () => Promise<R>): Promise<R> {
    if (this.isOver) return NEVER;
    this.steps += 1;
    if (!this.isOver) return work();
    if (this.#leavesTrace) await work();
    this.#end();
    return NEVER;
  }
}

const NEVER = new Promise<never>(() => undefined);

export class MortalStore<T> implements RecordStore<T> {
  readonly #disk: RecordStore<T>;
  readonly #life: Mortality;

  constructor(disk: RecordStore<T>, life: Mortality) {
    this.#disk = disk;
    this.#life = life;
  }

  open(): Promise<void> {
    return this.#disk.open();
  }

  view(): ReadonlyMap<string, T> {
    return this.#disk.view();
  }

  update<R>(decide: (records: ReadonlyMap<string, T>) => { readonly changes: RecordChanges<T>; readonly value: R }): Promise<R> {
    return this.#life.step(() => this.#disk.update(decide));
  }

  async close(): Promise<void> {}
}
