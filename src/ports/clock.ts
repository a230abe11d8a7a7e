import type { EpochMs } from "../domain/moment.js";

export interface Clock {
  now(): EpochMs;
  /**
   * Wakes the caller once, never before `at`. Late is allowed: laptops sleep. Where the clock is set back meanwhile, it
   * is after as long as was asked for, whatever the clock then shows: nobody waits for hours to pass again. The result
   * cancels, silently and more than once.
   */
  callAt(at: EpochMs, wake: () => void): () => void;
}
