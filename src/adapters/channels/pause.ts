import { after, type EpochMs } from "../../domain/moment.js";
import type { Cancel } from "../../ports/cancel.js";
import type { Clock } from "../../ports/clock.js";

/** Resolves at a moment, or as soon as it is cancelled. Leaves neither a timer nor a listener behind. */
export function pauseUntil(clock: Clock, until: EpochMs, cancel: Cancel): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      disarm();
      cancel.removeEventListener("abort", wake);
      resolve();
    };
    const disarm = clock.callAt(until, wake);
    if (cancel.aborted) wake();
    else cancel.addEventListener("abort", wake);
  });
}

/** Resolves after so many milliseconds, or as soon as it is cancelled. */
export const pause = (clock: Clock, ms: number, cancel: Cancel): Promise<void> => pauseUntil(clock, after(clock.now(), ms), cancel);

/** Resolves when the work is done, however it ends, and at a moment at the latest, or when it is cancelled. */
export async function waitFor(work: Promise<unknown>, clock: Clock, until: EpochMs, cancel?: Cancel): Promise<void> {
  const enough = new AbortController();
  const stop = (): void => enough.abort();
  cancel?.addEventListener("abort", stop);
  if (cancel?.aborted === true) stop();
  await Promise.race([work.catch(() => undefined).finally(stop), pauseUntil(clock, until, enough.signal)]);
  stop();
  cancel?.removeEventListener("abort", stop);
}
