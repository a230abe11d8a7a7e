import { describe, expect, test } from "@jest/globals";
import { Type } from "@sinclair/typebox";
import fc from "fast-check";
import { mayHear } from "../../src/domain/events/audience.js";
import { DELTA_INTERVAL_MS, DeltaThrottle } from "../../src/domain/events/delta-throttle.js";
import { encodeEvent, withoutSeq, withSeq } from "../../src/domain/events/event-frame.js";
import { EventSequencer } from "../../src/domain/events/sequencer.js";
import { HARD_BUFFER_BYTES, judgeDelivery, SOFT_BUFFER_BYTES } from "../../src/domain/events/slow-reader.js";
import { after, epochMs, type EpochMs } from "../../src/domain/moment.js";
import { event, type EventSpec } from "../../src/domain/protocol/define.js";
import { SCOPES } from "../../src/domain/protocol/scopes.js";

const T0 = epochMs(1_000_000);

describe("event frames", () => {
  const stateVersion = fc.record({ presence: fc.nat(), health: fc.nat() });

  test("the spliced text is the frame with its seq", () => {
    const payload = fc.option(fc.jsonValue(), { nil: undefined });
    const version = fc.option(stateVersion, { nil: undefined });
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), payload, version, fc.nat(), (name, body, state, seq) => {
        const frame = encodeEvent(name, body, state);
        const expected = JSON.parse(JSON.stringify({ type: "event", event: name, payload: body, stateVersion: state })) as object;
        expect(JSON.parse(withoutSeq(frame))).toEqual(expected);
        expect(JSON.parse(withSeq(frame, seq))).toEqual({ ...expected, seq });
      }),
    );
  });

  test("the payload is serialised once, however many hear it", () => {
    let times = 0;
    const frame = encodeEvent("tick", { toJSON: () => ({ ts: (times += 1) }) });
    expect([1, 2, 3].map((seq) => withSeq(frame, seq)).at(-1)).toBe('{"type":"event","event":"tick","payload":{"ts":1},"seq":3}');
    expect(times).toBe(1);
  });

  test("a payload that looks like the end of a frame stays a payload", () => {
    const frame = encodeEvent("chat", { text: '"},"seq":9}', __proto__: null });
    expect(JSON.parse(withSeq(frame, 1))).toEqual({ type: "event", event: "chat", payload: { text: '"},"seq":9}' }, seq: 1 });
  });
});

describe("sequence numbers and slow readers", () => {
  test("counts 1, 2, 3, each connection by itself", () => {
    const one = new EventSequencer();
    const other = new EventSequencer();
    expect(one.last()).toBe(0);
    expect([one.next(), one.next(), other.next(), one.next()]).toEqual([1, 2, 1, 3]);
    expect(one.last()).toBe(3);
  });

  test("what arrives has a hole exactly where something was dropped", () => {
    const load = fc.record({ bufferedBytes: fc.nat({ max: HARD_BUFFER_BYTES }), droppable: fc.boolean() });
    fc.assert(
      fc.property(fc.array(load), (events) => {
        const sequencer = new EventSequencer();
        const arrived: number[] = [];
        const lost: number[] = [];
        for (const reader of events) {
          const seq = sequencer.next();
          (judgeDelivery(reader) === "send" ? arrived : lost).push(seq);
        }
        expect([...arrived, ...lost].sort((a, b) => a - b)).toEqual(events.map((_, index) => index + 1));
      }),
    );
  });

  test.each([
    [SOFT_BUFFER_BYTES, true, "send"],
    [SOFT_BUFFER_BYTES + 1, true, "drop"],
    [SOFT_BUFFER_BYTES + 1, false, "send"],
    [HARD_BUFFER_BYTES, false, "send"],
    [HARD_BUFFER_BYTES, true, "drop"],
    [HARD_BUFFER_BYTES + 1, false, "close"],
    [HARD_BUFFER_BYTES + 1, true, "close"],
  ] as const)("%d bytes waiting, droppable %s: %s", (bufferedBytes, droppable, delivery) => {
    expect(judgeDelivery({ bufferedBytes, droppable })).toBe(delivery);
  });
});

describe("who hears what", () => {
  const spec = (audience: string): EventSpec =>
    event({ payload: Type.Unknown(), audience: audience as EventSpec["audience"], droppable: false, since: 3, state: "live" });

  test.each([
    ["everyone", "node", [], true],
    ["everyone", "operator", [], true],
    ["operators", "node", ["operator.admin"], false],
    ["operators", "operator", [], true],
    ["direct", "operator", ["operator.admin"], false],
    ["direct", "node", [], false],
    ["operator.read", "operator", [], false],
    ["operator.read", "operator", ["operator.read"], true],
    ["operator.read", "operator", ["operator.write"], true],
    ["operator.read", "operator", ["operator.pairing"], false],
    ["operator.pairing", "operator", ["operator.write"], false],
    ["operator.pairing", "operator", ["operator.admin"], true],
    ["operator.read", "node", ["operator.admin"], false],
  ] as const)("%s, heard by a %s with %j: %s", (audience, role, scopes, heard) => {
    expect(mayHear(spec(audience), { role, scopes })).toBe(heard);
  });

  test("closed by default: an unknown audience or role hears nothing", () => {
    const known = new Set<string>([...SCOPES, "everyone", "operators", "direct"]);
    const name = fc.oneof(fc.string(), fc.constantFrom("operator.", "operator.later", "Everyone", "__proto__", "toString"));
    fc.assert(
      fc.property(name.filter((text) => !known.has(text)), (unknown) => {
        expect(mayHear(spec(unknown), { role: "operator", scopes: ["operator.admin", unknown] })).toBe(false);
      }),
    );
    for (const role of ["", "admin", "worker", "Operator"]) {
      for (const audience of known) expect(mayHear(spec(audience), { role, scopes: ["operator.admin"] })).toBe(false);
    }
  });
});

describe("the delta throttle", () => {
  test("gives the first text at once, holds the next, and gives the newest when the wait is over", () => {
    const throttle = new DeltaThrottle();
    expect(throttle.offer("He", T0)).toEqual({ kind: "emit", text: "He", deltaText: "He", replace: false });
    const until = after(T0, DELTA_INTERVAL_MS);
    expect(throttle.offer("Hell", after(T0, 10))).toEqual({ kind: "hold", until });
    expect(throttle.offer("Hello", after(T0, 149))).toEqual({ kind: "hold", until });
    expect(throttle.flush(until)).toEqual({ kind: "emit", text: "Hello", deltaText: "llo", replace: false });
    expect(throttle.flush(until)).toBeUndefined();
    expect(throttle.offer("Hello", after(until, 1_000))).toEqual({ kind: "none" });
    expect(throttle.offer("Good", after(until, 1_000))).toEqual({ kind: "emit", text: "Good", deltaText: "Good", replace: true });
  });

  test("text that returns to what was given holds nothing back, and a clock set back does not silence it", () => {
    const throttle = new DeltaThrottle();
    throttle.offer("a", T0);
    throttle.offer("ab", T0);
    expect(throttle.offer("a", T0)).toEqual({ kind: "none" });
    expect(throttle.flush(after(T0, 500))).toBeUndefined();
    expect(throttle.offer("abc", after(T0, -3_600_000))).toEqual({ kind: "emit", text: "abc", deltaText: "bc", replace: false });
  });

  test("deltas join to the whole text, at most one per 150 ms, and none is missing at the end", () => {
    const piece = fc.record({ text: fc.string({ maxLength: 8 }), passMs: fc.integer({ min: 0, max: 200 }), anew: fc.boolean() });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const throttle = new DeltaThrottle();
        let now: EpochMs = T0;
        let text = "";
        let seen = "";
        const moments: number[] = [];
        for (const { text: next, passMs, anew } of pieces) {
          now = after(now, passMs);
          text = anew && passMs > 150 ? next : text + next;
          const verdict = throttle.offer(text, now);
          if (verdict.kind === "hold") expect(verdict.until).toBeGreaterThan(now);
          if (verdict.kind !== "emit") continue;
          seen = verdict.replace ? verdict.deltaText : seen + verdict.deltaText;
          expect(seen).toBe(verdict.text);
          moments.push(now);
        }
        const rest = throttle.flush(now);
        if (rest !== undefined) seen = rest.replace ? rest.deltaText : seen + rest.deltaText;
        expect(seen).toBe(text);
        moments.forEach((at, index) => index > 0 && expect(at - moments[index - 1]!).toBeGreaterThanOrEqual(DELTA_INTERVAL_MS));
      }),
    );
  });
});
