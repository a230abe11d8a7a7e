/** Where a client gets the time from and is woken. A `Clock` of the gateway fits, so that both can run on one in a test. */
export interface ClientClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Wakes the caller once, never before `at`. The result cancels, silently and more than once. */
  callAt(at: number, wake: () => void): () => void;
}

// Longer delays overflow the timer and fire at once.
const MAX_TIMER_MS = 2_147_483_647;

/** The platform's own time, of Node and browsers alike. */
export const systemClock: ClientClock = {
  now: () => Date.now(),
  callAt(at, wake) {
    let timer: ReturnType<typeof setTimeout>;
    const arm = (): void => {
      const leftMs = Math.max(0, at - Date.now());
      timer = leftMs > MAX_TIMER_MS ? setTimeout(arm, MAX_TIMER_MS) : setTimeout(wake, leftMs);
    };
    arm();
    return () => clearTimeout(timer);
  },
};
