import { after } from "../../domain/moment.js";
import type { Clock } from "../../ports/clock.js";

export const TOO_LATE = Symbol("too late");

/** What the work comes to, or {@link TOO_LATE} where it takes longer than so many milliseconds. The work itself goes on. */
export async function within<T>(ms: number, clock: Clock, work: Promise<T>): Promise<T | typeof TOO_LATE> {
  let cancel = (): void => undefined;
  const late = new Promise<typeof TOO_LATE>((resolve) => {
    cancel = clock.callAt(after(clock.now(), ms), () => resolve(TOO_LATE));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}
