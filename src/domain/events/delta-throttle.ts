import { after, type EpochMs } from "../moment.js";

export const DELTA_INTERVAL_MS = 150;

export interface TextDelta {
  readonly kind: "emit";
  /** The whole text so far. */
  readonly text: string;
  /** What is new since the last delta; all of `text` where `replace` is set. */
  readonly deltaText: string;
  /** The text does not go on from the last one. */
  readonly replace: boolean;
}

/** `hold`: call {@link DeltaThrottle.flush} at `until`, unless something was emitted before. `none`: the listeners have this text. */
export type Throttled = TextDelta | { readonly kind: "hold"; readonly until: EpochMs } | { readonly kind: "none" };

/**
 * Thins out one run's text: at most one delta per 150 ms, each with the newest text. Nothing is lost by holding back,
 * as every text holds the ones before it and {@link flush} gives out the last one ahead of the final.
 */
export class DeltaThrottle {
  #emitted = "";
  #emittedAt: EpochMs | undefined;
  #held: string | undefined;

  /** `text` is cumulative: the whole answer so far. */
  offer(text: string, now: EpochMs): Throttled {
    this.#held = text === this.#emitted ? undefined : text;
    if (this.#held === undefined) return { kind: "none" };
    const until = this.#waitsUntil(now);
    return until === undefined ? this.#emit(text, now) : { kind: "hold", until };
  }

  /** What is held back, whatever the time: for the end of the wait and ahead of the final. */
  flush(now: EpochMs): TextDelta | undefined {
    return this.#held === undefined ? undefined : this.#emit(this.#held, now);
  }

  #waitsUntil(now: EpochMs): EpochMs | undefined {
    // A clock that was set back must not silence the run until it has caught up.
    if (this.#emittedAt === undefined || now < this.#emittedAt) return undefined;
    const until = after(this.#emittedAt, DELTA_INTERVAL_MS);
    return now < until ? until : undefined;
  }

  #emit(text: string, now: EpochMs): TextDelta {
    const replace = !text.startsWith(this.#emitted);
    const deltaText = replace ? text : text.slice(this.#emitted.length);
    this.#emitted = text;
    this.#emittedAt = now;
    this.#held = undefined;
    return { kind: "emit", text, deltaText, replace };
  }
}
