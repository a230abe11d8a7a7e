import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  IDLE_LANE,
  MAX_STEERED,
  MAX_WAITING,
  renderLaneFull,
  renderStopped,
  stepLane,
  waitsIn,
  type Lane,
  type LaneAction,
  type LaneEvent,
  type LaneMessage,
} from "../../../src/domain/messaging/lane-plan.js";
import type { QueueMode } from "../../../src/domain/messaging/policy.js";
import { isStopWord } from "../../../src/domain/messaging/stop-word.js";

const message = (text: string, mode: QueueMode = "queue", place = "p"): LaneMessage => ({ messageId: text, place, mode, spoken: { speaker: { id: "777" }, text } });

/** A lane and what it asked for, step by step. */
class Driver {
  lane: Lane<LaneMessage> = IDLE_LANE;

  step(event: LaneEvent<LaneMessage>): LaneAction<LaneMessage> {
    const { lane, action } = stepLane(this.lane, event);
    this.lane = lane;
    return action;
  }

  say(text: string, mode?: QueueMode, { place = "p", canSteer = false } = {}): LaneAction<LaneMessage> {
    return this.step({ kind: "arrived", message: message(text, mode, place), canSteer });
  }

  end(...unread: LaneMessage[]): LaneAction<LaneMessage> {
    return this.step({ kind: "ended", unread });
  }

  waiting(): readonly string[] {
    return this.lane.waiting.map(({ spoken }) => spoken.text);
  }
}

const started = (action: LaneAction<LaneMessage>): readonly string[] => (action.kind === "start" ? action.messages.map(({ spoken }) => spoken.text) : []);

describe("a busy session", () => {
  test("queues: one turn a message, in order", () => {
    const lane = new Driver();
    expect(started(lane.say("a"))).toEqual(["a"]);
    expect([lane.say("b"), lane.say("c")]).toEqual([{ kind: "wait" }, { kind: "wait" }]);
    expect([started(lane.end()), started(lane.end()), lane.end()]).toEqual([["b"], ["c"], { kind: "rest" }]);
    expect(lane.lane).toEqual(IDLE_LANE);
  });

  test("collects: what came during a run is one turn, as long as it is answered in one place", () => {
    const lane = new Driver();
    lane.say("a", "collect");
    for (const text of ["b", "c"]) lane.say(text, "collect");
    for (const text of ["d", "e"]) lane.say(text, "collect", { place: "elsewhere" });
    lane.say("f", "queue", { place: "elsewhere" });
    lane.say("g", "collect", { place: "elsewhere" });
    expect([started(lane.end()), started(lane.end()), started(lane.end()), started(lane.end())]).toEqual([["b", "c"], ["d", "e"], ["f"], ["g"]]);
  });

  test("steers: into the run where it can take it, else behind it", () => {
    const lane = new Driver();
    lane.say("a", "steer", { canSteer: true });
    expect(lane.say("b", "steer", { canSteer: true })).toMatchObject({ kind: "steer", message: { messageId: "b" } });
    expect(lane.say("c", "steer")).toEqual({ kind: "wait" });
    expect(lane.say("d", "steer", { canSteer: true })).toEqual({ kind: "wait" });
    expect(started(lane.end(message("b", "steer")))).toEqual(["b"]);
    expect([started(lane.end()), started(lane.end())]).toEqual([["c"], ["d"]]);
  });

  test("an edit changes what waits, and only its own sender's", () => {
    const lane = new Driver();
    lane.say("a");
    lane.say("b");
    const name = { place: "p", messageId: "b", speakerId: "777" };
    expect(waitsIn(lane.lane, name)).toBe(true);
    for (const other of [{ place: "q" }, { messageId: "a" }, { speakerId: "666" }]) {
      expect(lane.step({ kind: "edited", name: { ...name, ...other }, text: "x" })).toEqual({ kind: "too-late" });
    }
    expect(lane.step({ kind: "edited", name, text: "b, corrected" })).toEqual({ kind: "replaced" });
    expect(started(lane.end())).toEqual(["b, corrected"]);
    expect(waitsIn(lane.lane, name)).toBe(false);
  });

  test("a removal drops what waits, and only its own sender's", () => {
    const lane = new Driver();
    for (const text of ["a", "b", "c"]) lane.say(text);
    const name = { place: "p", messageId: "b", speakerId: "777" };
    for (const other of [{ place: "q" }, { messageId: "a" }, { speakerId: "666" }]) {
      expect(lane.step({ kind: "withdrawn", name: { ...name, ...other } })).toEqual({ kind: "too-late" });
    }
    expect(lane.step({ kind: "withdrawn", name })).toEqual({ kind: "drop", dropped: [message("b")] });
    expect(lane.step({ kind: "withdrawn", name })).toEqual({ kind: "too-late" });
    expect([started(lane.end()), lane.end().kind]).toEqual([["c"], "rest"]);
  });

  test("at most 64 wait and 64 are handed over; whoever comes then is told", () => {
    const lane = new Driver();
    lane.say("first", "steer", { canSteer: true });
    const actions = Array.from({ length: MAX_STEERED + MAX_WAITING + 1 }, (_, index) => lane.say(`m${index}`, "steer", { canSteer: true }).kind);
    expect(["steer", "wait", "full"].map((kind) => actions.filter((action) => action === kind).length)).toEqual([MAX_STEERED, MAX_WAITING, 1]);
    expect(renderLaneFull()).toContain("send it again");
  });
});

describe("stop", () => {
  test.each([["/stop", true], ["stop", true], [" STOP! ", true], ["Stop.", true], ["/abort", true], ["esc", true], ["stop it", false], ["don't stop", false], ["", false], ["stop".padEnd(65), false]])("%j: %s", (text, isStop) => {
    expect(isStopWord(text)).toBe(isStop);
  });

  test("ends the run and drops what waited and what it had not read; what comes after is answered", () => {
    const lane = new Driver();
    lane.say("a", "steer", { canSteer: true });
    lane.say("b", "steer", { canSteer: true });
    lane.say("c");
    expect(lane.say("stop")).toEqual({ kind: "stop", wasRunning: true, dropped: [message("c")] });
    expect(lane.say("d", "steer", { canSteer: true })).toEqual({ kind: "wait" });
    expect(started(lane.end(message("b", "steer")))).toEqual(["d"]);
    expect(lane.end()).toEqual({ kind: "rest" });
  });

  test("where nothing runs, a command says so and a word is a word", () => {
    const lane = new Driver();
    const action = lane.say("/stop");
    expect(action).toEqual({ kind: "stop", wasRunning: false, dropped: [] });
    expect(lane.lane.run).toBe("none");
    expect(started(lane.say("stop"))).toEqual(["stop"]);
  });

  test("is answered", () => {
    expect(renderStopped({ wasRunning: true, dropped: [] })).toBe("Stopped.");
    expect(renderStopped({ wasRunning: false, dropped: [] })).toBe("Nothing is running.");
    expect(renderStopped({ wasRunning: true, dropped: [message("a")] })).toBe("Stopped. One message that was waiting is dropped.");
    expect(renderStopped({ wasRunning: true, dropped: [message("a"), message("b")] })).toBe("Stopped. 2 messages that were waiting are dropped.");
  });
});

describe("whatever comes in whatever order", () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ mode: fc.constantFrom("queue" as const, "steer" as const, "collect" as const), place: fc.constantFrom("p", "q"), canSteer: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ ends: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant("stop" as const) },
  );

  test("one run at a time, nothing lost but by a stop, nothing twice, nobody overtaken, and bounded", () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const lane = new Driver();
      let handed: LaneMessage[] = [];
      const said: string[] = [];
      const answered: string[] = [];
      const gone = new Set<string>();
      let isRunning = false;
      const follow = (action: LaneAction<LaneMessage>): void => {
        if (action.kind === "start") {
          expect(isRunning).toBe(false);
          isRunning = true;
          expect(new Set(action.messages.map(({ place }) => place)).size).toBe(1);
          answered.push(...action.messages.map(({ messageId }) => messageId));
        }
        if (action.kind === "stop") for (const { messageId } of [...action.dropped, ...handed]) gone.add(messageId);
      };
      for (const [index, one] of steps.entries()) {
        if (one === "stop") follow(lane.say("/stop"));
        else if ("ends" in one) {
          if (!isRunning) continue;
          isRunning = false;
          const unread = one.ends ? handed : [];
          if (!one.ends) answered.push(...handed.map(({ messageId }) => messageId).filter((id) => !gone.has(id)));
          handed = [];
          follow(lane.step({ kind: "ended", unread }));
        } else {
          const action = lane.say(`m${index}`, one.mode, one);
          if (action.kind === "full") continue;
          said.push(`m${index}`);
          if (action.kind === "steer") handed.push(action.message);
          follow(action);
        }
        expect(lane.lane.waiting.length).toBeLessThanOrEqual(MAX_WAITING + MAX_STEERED);
        expect(lane.lane.run === "none").toBe(!isRunning);
        expect(lane.lane.run === "none" && lane.lane.waiting.length > 0).toBe(false);
      }
      while (isRunning) {
        isRunning = false;
        answered.push(...handed.map(({ messageId }) => messageId).filter((id) => !gone.has(id)));
        handed = [];
        follow(lane.end());
      }
      expect(answered).toEqual(said.filter((id) => !gone.has(id)));
    }), { numRuns: 1_000 });
  });
});
