import { after } from "../../domain/moment.js";
import type { AgentStep } from "../../ports/agent-runtime.js";
import type { Cancel } from "../../ports/cancel.js";
import type { Clock } from "../../ports/clock.js";

/** How long a runtime may take to end its stream once it was told to. */
const GRACE_MS = 5000;

/**
 * A runtime's steps, ending at its last one or, once cancelled, without it: a runtime that does not react to being
 * cancelled can't hold up its session.
 */
export async function* stepsUntilCancelled(steps: AsyncIterable<AgentStep>, cancel: Cancel, clock: Clock): AsyncGenerator<AgentStep> {
  const iterator = steps[Symbol.asyncIterator]();
  let stopWaiting = (): void => undefined;
  const patience = new Promise<"out-of-patience">((resolve) => {
    const begin = (): void => {
      stopWaiting = clock.callAt(after(clock.now(), GRACE_MS), () => resolve("out-of-patience"));
    };
    if (cancel.aborted) begin();
    else cancel.addEventListener("abort", begin);
  });
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), patience]);
      if (next === "out-of-patience") {
        // Not awaited: what does not end its stream does not end here either.
        iterator.return?.().catch(() => undefined);
        return;
      }
      if (next.done) return;
      yield next.value;
    }
  } finally {
    stopWaiting();
  }
}
