import type { EpochMs } from "../domain/moment.js";

export interface Clock {
  now(): EpochMs;
  /** Wakes the caller once, never before `at`. Late is allowed: laptops sleep. The result cancels, silently and more than once. */
  callAt(at: EpochMs, wake: () => void): () => void;
}
