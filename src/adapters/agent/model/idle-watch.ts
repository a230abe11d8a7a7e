import { after } from "../../../domain/moment.js";
import type { EpochMs } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";

/** Tells once when nothing has come for `idleMs`. The time that a tool works does not count: it is not the provider's. */
export class IdleWatch {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #onIdle: () => void;
  #heardAt: EpochMs;
  #working = 0;
  #cancelWake: () => void;

  constructor(clock: Clock, idleMs: number, onIdle: () => void) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#onIdle = onIdle;
    this.#heardAt = clock.now();
    this.#cancelWake = this.#wakeLater();
  }

  /** Something came. Costs no timer: the one that runs looks at this when it wakes. */
  heard(): void {
    this.#heardAt = this.#clock.now();
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#working += 1;
    try {
      return await work();
    } finally {
      this.#working -= 1;
      this.heard();
    }
  }

  stop(): void {
    this.#cancelWake();
  }

  #wakeLater(): () => void {
    return this.#clock.callAt(after(this.#heardAt, this.#idleMs), () => { this.#look(); });
  }

  #look(): void {
    if (this.#working > 0) this.heard();
    if (this.#clock.now() >= after(this.#heardAt, this.#idleMs)) this.#onIdle();
    else this.#cancelWake = this.#wakeLater();
  }
}
