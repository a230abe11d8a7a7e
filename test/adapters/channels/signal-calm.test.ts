import { describe, expect, test } from "@jest/globals";
import { untilCalm } from "../../../src/adapters/channels/signal/calm.js";
import { after, epochMs, type EpochMs } from "../../../src/domain/moment.js";
import type { Clock } from "../../../src/ports/clock.js";

/** A clock whose wakes come late, one after the other by what is left to be late; then on time. */
class BusyClock implements Clock {
  readonly lateness: number[];
  #now = epochMs(1_000);

  constructor(lateness: readonly number[]) {
    this.lateness = [...lateness];
  }

  now(): EpochMs {
    return this.#now;
  }

  callAt(at: EpochMs, wake: () => void): () => void {
    let isCancelled = false;
    queueMicrotask(() => {
      if (isCancelled) return;
      this.#now = after(at, this.lateness.shift() ?? 0);
      wake();
    });
    return () => { isCancelled = true; };
  }
}

const NEVER = new AbortController().signal;

describe("before Signal's stream is opened", () => {
  test("a process that attends to its work waits for the shortest time", async () => {
    const clock = new BusyClock([]);
    await untilCalm(clock, NEVER);
    expect(clock.now()).toBe(1_060);
  });

  test("one that is held up waits until it no longer is", async () => {
    const clock = new BusyClock([300, 0, 500, 0, 0, 40]);
    await untilCalm(clock, NEVER);
    expect(clock.lateness).toEqual([]);
    expect(clock.now()).toBe(1_000 + 9 * 20 + 840);
  });

  test("one that never is calm listens all the same, and a channel that stops does not wait", async () => {
    const clock = new BusyClock(Array.from({ length: 1_000 }, () => 50));
    await untilCalm(clock, NEVER);
    expect(clock.lateness).toHaveLength(850);
    await untilCalm(clock, AbortSignal.abort());
    expect(clock.lateness).toHaveLength(850);
  });
});
