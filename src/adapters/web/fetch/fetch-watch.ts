import { after } from "../../../domain/moment.js";
import { WebFault } from "../../../domain/web/web-fault.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Clock } from "../../../ports/clock.js";

export interface FetchPatience {
  /** How long one step may take: an answer, the next bytes. */
  readonly idleMs: number;
  /** How long all of it may take, whatever trickles in meanwhile. */
  readonly totalMs: number;
}

/** Ends one fetch when its time is up, when nothing comes, or when its caller has had enough. Everything it opened hangs on `signal`. */
export class FetchWatch {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #controller = new AbortController();
  readonly #letGo: () => void;

  constructor(clock: Clock, { idleMs, totalMs }: FetchPatience, cancel?: Cancel) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    const cancelWake = clock.callAt(after(clock.now(), totalMs), () => {
      this.#end(new WebFault("unreachable", `The file did not come within ${totalMs / 1_000} seconds: try again later, or send a smaller one.`));
    });
    const onCancel = (): void => this.#end(new WebFault("unreachable", "The file was not waited for any longer."));
    cancel?.addEventListener("abort", onCancel);
    this.#letGo = () => {
      cancelWake();
      cancel?.removeEventListener("abort", onCancel);
    };
    if (cancel?.aborted) onCancel();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What a step comes to; throws why the fetch ended where it ends before. The step is not begun where it has ended already. */
  async within<T>(step: () => Promise<T>, complaint: string): Promise<T> {
    const { signal } = this;
    signal.throwIfAborted();
    let settle = (): void => {};
    const ended = new Promise<never>((_, reject) => {
      const end = (): void => reject(signal.reason as WebFault);
      const cancelWake = this.#clock.callAt(after(this.#clock.now(), this.#idleMs), () => this.#end(new WebFault("unreachable", complaint)));
      signal.addEventListener("abort", end);
      settle = () => {
        cancelWake();
        signal.removeEventListener("abort", end);
      };
    });
    try {
      return await Promise.race([step(), ended]);
    } finally {
      settle();
    }
  }

  /** Lets go of timers and sockets, whatever has come of the fetch. */
  close(): void {
    this.#end(new WebFault("unreachable", "The file is not read any further."));
  }

  #end(fault: WebFault): void {
    this.#letGo();
    this.#controller.abort(fault);
  }
}
