import { after, type EpochMs } from "../../domain/moment.js";
import type { Clock } from "../../ports/clock.js";

/** After the disk failed. */
const RETRY_MS = 5_000;

interface LaneParts {
  readonly clock: Clock;
  /** The item's next part and from when it may go; `undefined` where nothing of it is left to do here. */
  next(id: string): { readonly at: number; readonly notBefore: EpochMs | undefined } | undefined;
  attempt(id: string, at: number): Promise<unknown>;
  /** The lane has nothing more to do. */
  empty(): void;
  failed(error: unknown): void;
}

/** What goes to one chat, in the order in which it was planned. */
export class OutboxLane {
  readonly #parts: LaneParts;
  readonly #ids = new Set<string>();
  #running: Promise<void> | undefined;
  #cancelWake: (() => void) | undefined;
  #isStopped = false;

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  join(id: string): void {
    this.#ids.add(id);
    this.#go();
  }

  /** Resolves when it has done what can be done now. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelWake?.();
    await this.#running;
  }

  #go(): void {
    if (this.#running !== undefined || this.#isStopped) return;
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    this.#running = this.#work()
      .catch((error: unknown) => {
        this.#parts.failed(error);
        this.#wakeAt(after(this.#parts.clock.now(), RETRY_MS));
      })
      .finally(() => {
        this.#running = undefined;
        if (this.#ids.size === 0) this.#parts.empty();
        // Somebody joined after the last look.
        else if (this.#cancelWake === undefined) this.#go();
      });
  }

  #wakeAt(at: EpochMs): void {
    if (this.#isStopped) return;
    this.#cancelWake = this.#parts.clock.callAt(at, () => {
      this.#cancelWake = undefined;
      this.#go();
    });
  }

  async #work(): Promise<void> {
    for (const id of this.#ids) {
      for (let next = this.#parts.next(id); next !== undefined; next = this.#parts.next(id)) {
        if (this.#isStopped) return;
        if (next.notBefore !== undefined && next.notBefore > this.#parts.clock.now()) {
          return this.#wakeAt(next.notBefore);
        }
        await this.#parts.attempt(id, next.at);
      }
      this.#ids.delete(id);
    }
  }
}
