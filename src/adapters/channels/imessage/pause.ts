import type { EpochMs } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Clock } from "../../../ports/clock.js";

/** Resolves at a moment, or as soon as it is cancelled. Leaves neither a timer nor a listener behind. */
export function pause(clock: Clock, until: EpochMs, cancel: Cancel): Promise<void> {
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

/** Resolves when the work is done, however it ends, and at a moment at the latest. */
export async function waitFor(work: Promise<unknown>, clock: Clock, until: EpochMs): Promise<void> {
  const enough = new AbortController();
  const done = work.catch(() => {}).finally(() => enough.abort());
  await Promise.race([done, pause(clock, until, enough.signal)]);
  enough.abort();
}
