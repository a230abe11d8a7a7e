import type { ClientClock } from "./clock.js";
import { textField } from "./errors.js";

export type Ask = (
  method: string,
  params: unknown,
  options: { readonly timeoutMs: number; readonly expectFinal: boolean; readonly isRepeat: boolean },
) => Promise<unknown>;

const WAIT_MS = 25_000;
const FIRST_NAP_MS = 250;
const MAX_NAP_MS = 5_000;

/** Whether this answer to `agent` is only the news that its run goes on. */
export const isUnderWay = (answer: unknown): boolean => {
  const status = textField(answer, "status");
  return status === "in_flight" || status === "accepted";
};

/**
 * Finds out how a run ended whose final answer went to a connection that is gone. `agent.wait` says when, and the
 * repeated request, under its own key, how.
 */
export class RunFollower {
  readonly #clock: ClientClock;
  readonly #ask: Ask;
  readonly #naps = new Set<() => void>();

  constructor(clock: ClientClock, ask: Ask) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** `params`: those of the `agent` request, with its key. `deadline`: milliseconds since the epoch, or `Infinity`. */
  async follow(runId: string, params: unknown, deadline: number): Promise<unknown> {
    for (let napMs = FIRST_NAP_MS; ; napMs = Math.min(MAX_NAP_MS, napMs * 2)) {
      const leftMs = (): number => deadline - this.#clock.now();
      const wait = { runId, timeoutMs: Math.max(0, Math.min(WAIT_MS, leftMs())) };
      await this.#ask("agent.wait", wait, { timeoutMs: leftMs(), expectFinal: false, isRepeat: false });
      const answer = await this.#ask("agent", params, { timeoutMs: leftMs(), expectFinal: true, isRepeat: true });
      if (!isUnderWay(answer)) return answer;
      // A run that has ended may still be delivering its answer.
      await this.#nap(napMs);
    }
  }

  /** Wakes whoever sleeps; what it asks next is refused by a client that has stopped. */
  close(): void {
    for (const wake of this.#naps) wake();
  }

  #nap(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.#naps.delete(wake);
        resolve();
      };
      const cancel = this.#clock.callAt(this.#clock.now() + ms, wake);
      this.#naps.add(wake);
    });
  }
}
