import { after, type EpochMs } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Clock } from "../../../ports/clock.js";

/** Resolves after so many milliseconds, or as soon as it is cancelled. Leaves neither a timer nor a listener behind. */
export function pause(clock: Clock, ms: number, cancel: Cancel): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      disarm();
      cancel.removeEventListener("abort", wake);
      resolve();
    };
    const disarm = clock.callAt(after(clock.now(), ms), wake);
    if (cancel.aborted) wake();
    else cancel.addEventListener("abort", wake);
  });
}

/** Resolves when the work is done, however it ends, and at a moment at the latest. */
export async function waitFor(work: Promise<unknown>, clock: Clock, until: EpochMs): Promise<void> {
  const enough = new AbortController();
  const done = work.catch(() => undefined).finally(() => enough.abort());
  await Promise.race([done, pause(clock, Math.max(0, until - clock.now()), enough.signal)]);
  enough.abort();
}
