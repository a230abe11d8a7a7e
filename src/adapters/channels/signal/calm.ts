import { after } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Clock } from "../../../ports/clock.js";
import { pause } from "../pause.js";

const STEP_MS = 20;
/** A wake this much behind its time means that something holds up the process. */
const LATE_MS = 20;
const CALM_STEPS = 3;
const MAX_STEPS = 150;

/**
 * Resolves when this process attends to what comes, or after three seconds. signal-cli says everything that waits the
 * moment somebody listens, and says it once: a gateway that starts is busy with loading code, and might end before it
 * has heard anything.
 */
export async function untilCalm(clock: Clock, cancel: Cancel): Promise<void> {
  for (let step = 0, calm = 0; step < MAX_STEPS && calm < CALM_STEPS && !cancel.aborted; step += 1) {
    const due = after(clock.now(), STEP_MS);
    await pause(clock, STEP_MS, cancel);
    calm = clock.now() - due > LATE_MS ? 0 : calm + 1;
  }
}
