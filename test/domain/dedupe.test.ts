import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { AgeOrderedMap } from "../../src/domain/age-ordered-map.js";
import { DedupeWindow, type DedupeClaim, type DedupeTicket } from "../../src/domain/idempotency/dedupe-window.js";
import { after, epochMs } from "../../src/domain/moment.js";

const T0 = epochMs(1_000_000);
const TTL_MS = 300_000;
const claim = (over: Partial<DedupeClaim> = {}): DedupeClaim => ({ principal: "ada", method: "send", key: "k1", payloadHash: "h1", ...over });

function draw(window: DedupeWindow<string, string>, of: DedupeClaim, now = T0): DedupeTicket {
  const verdict = window.judge(of, now);
  if (verdict.kind !== "run") throw new Error(`expected to run, got ${verdict.kind}`);
  return verdict.ticket;
}

describe("the dedupe window", () => {
  test("first runs, then joins, then replays, until five minutes after it settled", () => {
    const window = new DedupeWindow<string, string>();
    const ticket = draw(window, claim());
    window.start(ticket, "accepted");
    expect(window.judge(claim(), after(T0, 10 * TTL_MS))).toEqual({ kind: "join", inFlight: "accepted" });
    window.settle(ticket, "sent", after(T0, TTL_MS));
    expect(window.judge(claim(), after(T0, 2 * TTL_MS - 1))).toEqual({ kind: "replay", result: "sent" });
    expect(window.judge(claim(), after(T0, 2 * TTL_MS)).kind).toBe("run");
    expect(window.size).toBe(0);
  });

  test("another payload under the same key is a conflict, in flight and settled", () => {
    const window = new DedupeWindow<string, string>();
    const ticket = draw(window, claim());
    window.start(ticket, "accepted");
    expect(window.judge(claim({ payloadHash: "h2" }), T0)).toEqual({ kind: "conflict" });
    window.settle(ticket, "sent", T0);
    expect(window.judge(claim({ payloadHash: "h2" }), T0)).toEqual({ kind: "conflict" });
    expect(window.judge(claim({ payloadHash: "h2" }), after(T0, TTL_MS)).kind).toBe("run");
  });

  test("the first word stands, and a released claim runs again", () => {
    const window = new DedupeWindow<string, string>();
    const first = draw(window, claim());
    window.start(first, "accepted");
    expect(() => window.start(first, "again")).toThrow("already in flight");
    window.release(first);
    const second = draw(window, claim());
    window.start(second, "accepted");
    window.settle(first, "from the first", T0);
    expect(window.judge(claim(), T0)).toEqual({ kind: "join", inFlight: "accepted" });
    window.settle(second, "sent", T0);
    window.settle(second, "sent twice", T0);
    window.release(second);
    expect(window.judge(claim(), T0)).toEqual({ kind: "replay", result: "sent" });
  });

  test("results make room, oldest first; what is in flight never does, and fills the window", () => {
    const window = new DedupeWindow<string, string>({ ttlMs: TTL_MS, maxEntries: 3, maxWeight: 0 });
    const tickets = ["a", "b", "c"].map((key) => {
      const ticket = draw(window, claim({ key }));
      window.start(ticket, key);
      return ticket;
    });
    expect(window.judge(claim({ key: "d" }), T0)).toEqual({ kind: "full" });
    for (const index of [1, 0]) window.settle(tickets[index]!, "done", after(T0, 2 - index));
    window.start(draw(window, claim({ key: "d" })), "d");
    expect(window.judge(claim({ key: "b" }), T0).kind).toBe("run");
    expect(window.judge(claim({ key: "a" }), T0).kind).toBe("replay");
    expect(window.judge(claim({ key: "c" }), T0).kind).toBe("join");
    expect(window.size).toBe(3);
  });

  test("heavy results make room before light ones; that they were settled is not forgotten with them", () => {
    const window = new DedupeWindow<string, string>({ ttlMs: TTL_MS, maxEntries: 10, maxWeight: 100 });
    const settle = (key: string, weight: number): void => {
      const ticket = draw(window, claim({ key }));
      window.start(ticket, key);
      window.settle(ticket, `result ${key}`, T0, weight);
    };
    const kindOf = (key: string): string => window.judge(claim({ key }), T0).kind;
    settle("light", 0);
    settle("a", 60);
    settle("b", 40);
    expect([kindOf("light"), kindOf("a"), kindOf("b")]).toEqual(["replay", "replay", "replay"]);
    settle("c", 30);
    expect([kindOf("light"), kindOf("a"), kindOf("b"), kindOf("c")]).toEqual(["replay", "faded", "replay", "replay"]);
    expect(window.judge(claim({ key: "a", payloadHash: "other" }), T0).kind).toBe("conflict");
    settle("huge", 101);
    expect([kindOf("light"), kindOf("b"), kindOf("c"), kindOf("huge")]).toEqual(["replay", "faded", "faded", "faded"]);
    settle("d", 100);
    expect(kindOf("d")).toBe("replay");
    expect(window.judge(claim({ key: "a" }), after(T0, TTL_MS)).kind).toBe("run");
  });

  test("no two claims share an entry unless principal, method and key are the same", () => {
    // The same text cut at other places is how one principal would spell another's entry.
    const parts = fc
      .tuple(fc.constantFrom("aaaaaa", "1:a1:a1:a", "0:0:0:", "__proto__", ""), fc.nat({ max: 9 }), fc.nat({ max: 9 }))
      .map(([text, first, second]) => [text.slice(0, first), text.slice(first, first + second), text.slice(first + second)] as const);
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const window = new DedupeWindow<string, string>();
        const [principal, method, key] = one;
        const ticket = draw(window, claim({ principal, method, key }));
        window.start(ticket, "secret");
        window.settle(ticket, "secret", T0);
        const same = one.every((part, index) => part === other[index]);
        const verdict = window.judge(claim({ principal: other[0], method: other[1], key: other[2] }), T0);
        expect(verdict.kind).toBe(same ? "replay" : "run");
      }),
    );
  });

  test("against a model: runs once per window, never over the bound, never forgets what is in flight", () => {
    const step = fc.record({
      key: fc.integer({ min: 0, max: 7 }),
      hash: fc.constantFrom("h1", "h2"),
      what: fc.constantFrom("request", "request", "settle", "release"),
      passMs: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const window = new DedupeWindow<string, string>({ ttlMs: 100, maxEntries: 5, maxWeight: 0 });
        const running = new Map<number, { ticket: DedupeTicket; hash: string }>();
        const settled = new Map<number, { hash: string; at: number }>();
        let now = T0;
        for (const { key, hash, what, passMs } of steps) {
          now = after(now, passMs);
          const held = running.get(key);
          if (what !== "request") {
            if (held === undefined) continue;
            running.delete(key);
            if (what === "release") window.release(held.ticket);
            else {
              window.settle(held.ticket, `result ${key} ${held.hash}`, now);
              settled.set(key, { hash: held.hash, at: now });
            }
            continue;
          }
          const verdict = window.judge(claim({ key: String(key), payloadHash: hash }), now);
          const done = settled.get(key);
          if (held !== undefined) expect(verdict.kind).toBe(held.hash === hash ? "join" : "conflict");
          else if (done !== undefined && now - done.at < 100 && verdict.kind !== "run" && verdict.kind !== "full") {
            expect(verdict).toEqual(done.hash === hash ? { kind: "replay", result: `result ${key} ${hash}` } : { kind: "conflict" });
          } else expect(verdict.kind).toBe(running.size >= 5 ? "full" : "run");
          if (verdict.kind === "run") {
            window.start(verdict.ticket, `in flight ${key}`);
            running.set(key, { ticket: verdict.ticket, hash });
            settled.delete(key);
          }
          expect(window.size).toBeLessThanOrEqual(5);
          expect(window.size).toBeGreaterThanOrEqual(running.size);
        }
      }),
    );
  });

  test("a full window of many entries stays quick", () => {
    const window = new DedupeWindow<string, string>({ ttlMs: TTL_MS, maxEntries: 20_000, maxWeight: 0 });
    for (let index = 0; index < 100_000; index += 1) {
      const now = after(T0, index);
      const ticket = draw(window, claim({ key: String(index) }), now);
      window.start(ticket, "");
      window.settle(ticket, "", now);
    }
    expect(window.size).toBe(20_000);
  });
});

describe("the age-ordered map", () => {
  test("against a Map: same entries, no more than it may hold, and the oldest is the one set longest ago", () => {
    const step = fc.record({ key: fc.constantFrom("a", "b", "c", "__proto__"), what: fc.constantFrom("set", "set", "delete") });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(0, 1, 2, Infinity), (steps, most) => {
        const map = new AgeOrderedMap<number>(most);
        const model = new Map<string, number>();
        steps.forEach(({ key, what }, index) => {
          const known = model.delete(key);
          if (what === "delete") expect(map.delete(key)).toBe(known);
          else {
            map.set(key, index);
            model.set(key, index);
            const [first] = model.keys();
            if (model.size > most && first !== undefined) model.delete(first);
          }
          const [first] = model;
          expect(map.size).toBe(model.size);
          expect(map.get(key)).toBe(model.get(key));
          expect([map.oldest()?.key, map.oldest()?.value]).toEqual(first ?? [undefined, undefined]);
        });
      }),
    );
  });
});
