import { after } from "../../domain/moment.js";
import type { Cancel } from "../../ports/cancel.js";
import type { Clock } from "../../ports/clock.js";

export const TOO_LATE = Symbol("too late");

/** What the work comes to, or {@link TOO_LATE} where it takes longer than so many milliseconds, or than somebody wants to wait. The work itself goes on. */
export async function within<T>(ms: number, clock: Clock, work: Promise<T>, cancel?: Cancel): Promise<T | typeof TOO_LATE> {
  let release = (): void => undefined;
  const late = new Promise<typeof TOO_LATE>((resolve) => {
    const giveUp = (): void => resolve(TOO_LATE);
    const cancelTimer = clock.callAt(after(clock.now(), ms), giveUp);
    cancel?.addEventListener("abort", giveUp);
    if (cancel?.aborted === true) giveUp();
    release = () => {
      cancelTimer();
      cancel?.removeEventListener("abort", giveUp);
    };
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    release();
  }
}
