import type { LoopGauge, LoopReading } from "../../ports/loop-gauge.js";

/** Says what it was told: for tests, whose processes are none of anybody's business. Like any other it knows nothing at first. */
export class FixedLoopGauge implements LoopGauge {
  #reading: LoopReading | undefined;
  #isAsked = false;

  constructor(reading: LoopReading) {
    this.#reading = reading;
  }

  read(): LoopReading | undefined {
    if (this.#isAsked) return this.#reading;
    this.#isAsked = true;
    return undefined;
  }

  close(): void {
    this.#reading = undefined;
  }
}
