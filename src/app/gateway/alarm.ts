import type { EpochMs } from "../../domain/moment.js";
import type { Clock } from "../../ports/clock.js";

/** One wake at a time, for the soonest of what somebody waits for. */
export class Alarm {
  #cancel: (() => void) | undefined;
  #at: EpochMs | undefined;
  readonly #clock: Clock;
  readonly #ring: () => void;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** In place of what was set before; `undefined` for never. */
  set(at: EpochMs | undefined): void {
    if (at === this.#at) return;
    this.#cancel?.();
    this.#at = at;
    this.#cancel = at === undefined ? undefined : this.#clock.callAt(at, () => {
      this.#at = undefined;
      this.#cancel = undefined;
      this.#ring();
    });
  }
}
