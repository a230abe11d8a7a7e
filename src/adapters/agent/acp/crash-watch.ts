import { after } from "../../../domain/moment.js";
import type { EpochMs } from "../../../domain/moment.js";

const DEATHS = 3;
const WINDOW_MS = 60_000;
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 600_000;

/**
 * Whether an agent that keeps dying may be started again. Three deaths within a minute make a pause of 30 s; from then
 * on each further death doubles it, up to ten minutes, until a turn has worked.
 */
export class CrashWatch {
  #deaths: EpochMs[] = [];
  #pauseMs = 0;
  #resumesAt: EpochMs | undefined;

  died(now: EpochMs): void {
    this.#deaths = [...this.#deaths, now].filter((at) => at > after(now, -WINDOW_MS)).slice(-DEATHS);
    if (this.#pauseMs === 0 && this.#deaths.length < DEATHS) return;
    this.#pauseMs = this.#pauseMs === 0 ? FIRST_PAUSE_MS : Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    this.#resumesAt = after(now, this.#pauseMs);
  }

  worked(): void {
    this.#pauseMs = 0;
    this.#resumesAt = undefined;
  }

  /** Milliseconds until the next try; 0 where it may be made now. */
  waitMs(now: EpochMs): number {
    return this.#resumesAt === undefined ? 0 : Math.max(0, this.#resumesAt - now);
  }
}
