import { describe, expect, test } from "@jest/globals";
import { after } from "../../src/domain/moment.js";
import { HandClock } from "../../src/testing/hand-clock.js";

describe("HandClock", () => {
  test("runs what falls due in order, each at its own moment, and nothing else", () => {
    const clock = new HandClock(1_000);
    const seen: [string, number][] = [];
    const note = (name: string) => () => void seen.push([name, clock.now()]);
    clock.callAt(after(clock.now(), 30), note("c"));
    clock.callAt(after(clock.now(), 10), note("a"));
    clock.callAt(after(clock.now(), 10), note("b"));
    const cancel = clock.callAt(after(clock.now(), 20), note("cancelled"));
    cancel();
    cancel();
    clock.advance(29);
    expect(seen).toEqual([["a", 1_010], ["b", 1_010]]);
    expect(clock.now()).toBe(1_029);
    clock.advance(1);
    expect(seen.at(-1)).toEqual(["c", 1_030]);
    expect(clock.pending).toBe(0);
  });

  test("a wake asked for in the past comes with the next move; one asked for by a wake comes in the same move", () => {
    const clock = new HandClock(1_000);
    const seen: number[] = [];
    clock.callAt(after(clock.now(), -5), () => {
      seen.push(clock.now());
      clock.callAt(after(clock.now(), 5), () => seen.push(clock.now()));
    });
    expect(seen).toEqual([]);
    clock.advance(0);
    expect(seen).toEqual([1_000]);
    clock.advance(10);
    expect(seen).toEqual([1_000, 1_005]);
  });

  test("a host that sleeps finds its clock ahead and its timers where they were", async () => {
    const clock = new HandClock(1_000);
    const seen: [string, number][] = [];
    clock.callAt(after(clock.now(), 100), () => seen.push(["timer", clock.now()]));
    await clock.pass(40);
    clock.jump(10_000);
    expect([clock.now(), seen]).toEqual([11_040, []]);
    clock.callAt(after(clock.now(), 10), () => seen.push(["set afterwards", clock.now()]));
    await clock.pass(60);
    expect(seen).toEqual([["set afterwards", 11_050], ["timer", 11_100]]);
    clock.callAt(after(clock.now(), 100), () => seen.push(["after as long", clock.now()]));
    clock.jump(-10_000);
    await clock.pass(99);
    expect(seen).toHaveLength(2);
    await clock.pass(1);
    expect(seen.at(-1)).toEqual(["after as long", 1_200]);
  });

  test("pass lets promises and immediates of a wake settle before the next wake", async () => {
    const clock = new HandClock();
    const seen: string[] = [];
    clock.callAt(after(clock.now(), 1), () => {
      setImmediate(() => seen.push("immediate of the first"));
      void Promise.resolve().then(() => {
        clock.callAt(after(clock.now(), 1), () => seen.push("asked for by a promise"));
      });
    });
    clock.callAt(after(clock.now(), 3), () => seen.push("last"));
    await clock.pass(3);
    expect(seen).toEqual(["immediate of the first", "asked for by a promise", "last"]);
  });
});
