import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { begunWith, forgettable, journalKey, judgeAccept, takenUp, type JournalRecord } from "../../../src/domain/messaging/journal.js";
import type { OutboundPart, Receipt } from "../../../src/domain/messaging/outbound.js";
import { attempted, completed, concluded, failureOf, forgettableItems, isDeadLetter, isSettled, MAX_ATTEMPTS, MAX_HELD_MS, nextPart, plannedPart, recovered, retried, sentIds, type OutboxItem, type OutboxPart } from "../../../src/domain/messaging/outbox-item.js";
import { epochMs } from "../../../src/domain/moment.js";
import { envelope } from "../../support/envelope.js";

const now = epochMs(1_790_000_000_000);
const part = (text: string): OutboundPart => ({ body: { kind: "text", text: { text, plain: text } } });
const item = (parts: readonly OutboxPart[], more: Partial<OutboxItem> = {}): OutboxItem => ({ id: "i", channel: "memory", accountId: "default", target: { chatId: "ada" }, createdAt: now, parts, ...more });
const delivered = (messageId: string): Receipt => ({ kind: "delivered", messageId });
const later: Receipt = { kind: "later", reason: "Slower.", scope: "message" };
const down: Receipt = { kind: "later", reason: "It is down.", scope: "account" };
const unknown: Receipt = { kind: "unknown", reason: "It broke." };
const refused: Receipt = { kind: "refused", code: "forbidden", reason: "No." };
const after = (one: OutboxItem, at: number, receipt: Receipt): OutboxItem => concluded(attempted(one, at, now), at, { receipt, now, jitter: 0 });

describe("an item on its way out", () => {
  const outcome = fc.constantFrom("delivered", "later", "refused", "lost-answer", "never-arrived", "crash-before", "crash-after");

  test("whatever happens, no part arrives twice or before its predecessor, and what did not arrive is a dead letter", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(outcome, { maxLength: 40 }), (count, outcomes) => {
        let one = item(Array.from({ length: count }, (_, nth) => plannedPart(part(`part ${nth}`))));
        const arrived: number[] = [];
        const left = [...outcomes];
        for (let at = nextPart(one), steps = 0; at !== undefined; at = nextPart(one), steps += 1) {
          expect(steps).toBeLessThan(count * MAX_ATTEMPTS + 1);
          const what = left.shift() ?? "delivered";
          if (["delivered", "lost-answer", "crash-after"].includes(what)) arrived.push(at);
          one = attempted(one, at, now);
          if (what.startsWith("crash")) one = recovered(one);
          else one = concluded(one, at, { receipt: what === "delivered" ? delivered(`m${at}`) : what === "later" ? later : what === "refused" ? refused : unknown, now, jitter: 0.5 });
        }
        expect(arrived).toEqual(arrived.map((_, nth) => nth));
        expect(isSettled(one)).toBe(true);
        if (arrived.length < count) expect(isDeadLetter(one)).toBe(true);
        if (!isDeadLetter(one)) expect(sentIds(one)).toHaveLength(count);
      }),
    );
  });

  test("what fails for now goes again, later each time and not for ever", () => {
    let one = item([plannedPart(part("hi"))]);
    const pauses: number[] = [];
    while (nextPart(one) !== undefined) {
      one = after(one, 0, later);
      const state = one.parts[0]?.state;
      if (state?.kind === "planned") pauses.push((state.notBefore ?? now) - now);
    }
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000]);
    expect(failureOf(one)).toEqual({ kind: "given-up", reason: "Slower." });
    expect(nextPart(retried(one))).toBe(0);
    const asked = after(item([plannedPart(part("hi"))]), 0, { ...later, retryAfterMs: 7_000 });
    expect(asked.parts[0]?.state).toEqual({ kind: "planned", notBefore: now + 7_000 });
  });

  test("what is held up by its provider waits a day for it, and that costs no attempt of its own", () => {
    let one = item([plannedPart(part("hi"))]);
    let at: number = now;
    let tries = 0;
    for (let state = one.parts[0]?.state; state?.kind === "planned"; state = one.parts[0]?.state, tries += 1) {
      at = Math.max(at, state.notBefore ?? at);
      one = concluded(attempted(one, 0, epochMs(at)), 0, { receipt: down, now: epochMs(at), jitter: 0.999 });
    }
    expect(failureOf(one)).toEqual({ kind: "given-up", reason: "It is down." });
    expect(at - now).toBeGreaterThanOrEqual(MAX_HELD_MS);
    // Every five minutes in the long run.
    expect(tries).toBeLessThan(MAX_HELD_MS / 300_000 + 15);
    const upAgain = after(after(after(item([plannedPart(part("hi"))]), 0, down), 0, down), 0, later);
    expect(upAgain.parts[0]).toMatchObject({ attempts: 3, held: 2, state: { kind: "planned" } });
    expect(retried(one).parts[0]).toEqual({ part: part("hi"), attempts: 0, state: { kind: "planned" } });
  });

  test("a part that failed holds back those after it", () => {
    const one = after(item([plannedPart(part("one")), plannedPart(part("two"))]), 0, refused);
    expect(nextPart(one)).toBeUndefined();
    expect(isDeadLetter(one)).toBe(true);
  });

  test("who waits for the outcome himself is told of no failure again, except of one that nobody knows", () => {
    const once = item([plannedPart(part("hi"))], { once: true });
    expect(isDeadLetter(after(once, 0, later))).toBe(false);
    expect(isDeadLetter(after(once, 0, unknown))).toBe(true);
  });

  test("after a crash what was being sent is unknown, what was being changed is changed again, and the rest is as it was", () => {
    const sending = recovered(attempted(item([plannedPart(part("hi"))]), 0, now));
    expect(sending.parts[0]?.state.kind).toBe("unknown");
    expect(recovered(sending)).toBe(sending);
    expect(nextPart(recovered(attempted(item([plannedPart(part("hi"), "m1")]), 0, now)))).toBe(0);
    const waiting = item([plannedPart(part("hi"))]);
    expect(recovered(waiting)).toBe(waiting);
  });
});

describe("a draft", () => {
  const draft = item([plannedPart(part("Once"))], { draft: true, answers: ["a", "b"] });
  const answer = { parts: [part("Once upon a time"), part("there was a gateway.")], answers: ["a"] };

  test("is nobody's to send while it is one, and not settled", () => {
    expect(nextPart(draft)).toBeUndefined();
    expect(isSettled(after(draft, 0, delivered("m1")))).toBe(false);
  });

  test("that is shown becomes the answer by an edit; what it answers is what its last turn answered", () => {
    const done = completed(after(draft, 0, delivered("m1")), answer);
    expect(done.parts.map(({ edits, state }) => [edits, state.kind])).toEqual([["m1", "planned"], [undefined, "planned"]]);
    expect(done).toMatchObject({ answers: ["a"] });
    expect(done.draft).toBeUndefined();
  });

  test.each([["later", later], ["refused", refused]] as const)("that is not shown (%s) is sent anew", (_name, receipt) => {
    expect(completed(after(draft, 0, receipt), answer).parts.map(({ edits, state }) => [edits, state.kind])).toEqual([[undefined, "planned"], [undefined, "planned"]]);
  });

  test("of which nobody knows whether it is shown is not sent again", () => {
    for (const lost of [after(draft, 0, unknown), attempted(draft, 0, now), recovered(attempted(draft, 0, now))]) {
      const done = completed(lost, answer);
      expect(done.parts.map(({ state }) => state.kind)).toEqual(["unknown", "unknown"]);
      expect(isDeadLetter(done)).toBe(true);
    }
  });
});

describe("what the outbox forgets", () => {
  const limits = { maxSettled: 10, keepSettledMs: 1_000, maxDead: 3 };
  const states = fc.constantFrom("sent", "dead", "open", "draft");
  const make = (state: string, nth: number, age: number): OutboxItem => {
    const one = item([plannedPart(part("hi"))], { id: `i${nth}`, createdAt: epochMs(now - age) });
    if (state === "sent") return after(one, 0, delivered("m"));
    return state === "dead" ? after(one, 0, refused) : state === "draft" ? { ...one, draft: true } : one;
  };

  test("only what is settled and too old or too much, the oldest first, and of dead letters those beyond their bound", () => {
    fc.assert(
      fc.property(fc.array(states, { maxLength: 40 }), fc.integer({ min: 0, max: 2_000 }), (all, oldest) => {
        const items = new Map(all.map((state, nth) => [`i${nth}`, make(state, nth, Math.max(0, oldest - nth * 20))]));
        const ids = (state: string): string[] => [...items.keys()].filter((_, nth) => all[nth] === state);
        const gone = forgettableItems(items, { now, dead: ids("dead").length }, limits);
        const goneOf = (state: string): string[] => gone.filter((id) => ids(state).includes(id));
        expect([...goneOf("open"), ...goneOf("draft")]).toEqual([]);
        expect(goneOf("dead")).toEqual(ids("dead").slice(0, Math.max(0, ids("dead").length - limits.maxDead)));
        expect(goneOf("sent")).toEqual(ids("sent").slice(0, goneOf("sent").length));
        const keptSent = ids("sent").filter((id) => !gone.includes(id));
        expect(keptSent.every((id) => now - (items.get(id)?.createdAt ?? 0) < limits.keepSettledMs)).toBe(true);
        expect(keptSent.length === 0 || items.size - gone.length <= limits.maxSettled).toBe(true);
      }),
    );
  });
});

describe("the journal", () => {
  const limits = { maxOpen: 3, maxDone: 4, keepDoneMs: 1_000, maxAttempts: 3 };
  const said = (key: string) => envelope({ messageId: key });
  const waiting = (key: string): Extract<JournalRecord, { state: "waiting" }> => ({ state: "waiting", envelope: said(key), receivedAt: now, attempts: 0 });

  test("knows what it has seen, in whatever state, and takes nothing more over while too much is open", () => {
    const dead: JournalRecord = { ...waiting("c"), state: "dead", reason: "No." };
    const records = new Map<string, JournalRecord>([[journalKey(said("a")), waiting("a")], [journalKey(said("b")), { state: "done", at: now }], [journalKey(said("c")), dead]]);
    for (const key of ["a", "b", "c"]) expect(judgeAccept(records, said(key), 2, limits)).toBe("duplicate");
    expect(judgeAccept(records, said("d"), 2, limits)).toBe("stored");
    expect(judgeAccept(records, said("d"), 3, limits)).toBe("full");
    expect(judgeAccept(records, said("a"), 3, limits)).toBe("duplicate");
  });

  test("keys of two accounts or channels are never one", () => {
    fc.assert(fc.property(fc.array(fc.string(), { minLength: 3, maxLength: 3 }), fc.array(fc.string(), { minLength: 3, maxLength: 3 }), (a, b) => {
      const keyOf = ([channel = "", accountId = "", key = ""]: readonly string[]) => journalKey({ channel, accountId, key });
      expect(keyOf(a) === keyOf(b)).toBe(a.every((text, nth) => text === b[nth]));
    }));
  });

  test("a message is given up after it was begun as often as may be, and never for waiting", () => {
    let record: JournalRecord = waiting("a");
    for (let start = 0; start < 10; start += 1) record = record.state === "waiting" ? takenUp(record, limits) : record;
    expect(record).toEqual(waiting("a"));
    for (let turn = 0; turn < limits.maxAttempts; turn += 1) {
      expect(record.state).toBe("waiting");
      if (record.state === "waiting") record = begunWith(record);
    }
    expect(record.state === "waiting" && takenUp(record, limits)).toMatchObject({ state: "dead", attempts: 3, reason: expect.stringContaining("3 times") });
  });

  test("forgets only what is done, the oldest first, until it is young and few", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 20 }), fc.integer({ min: 0, max: 1_500 }), (all, oldest) => {
        const records = new Map(all.map((isDone, nth): [string, JournalRecord] => [`k${nth}`, isDone ? { state: "done", at: epochMs(now - Math.max(0, oldest - nth * 50)) } : waiting(`k${nth}`)]));
        const gone = forgettable(records, now, limits);
        const done = [...records].filter(([, { state }]) => state === "done").map(([key]) => key);
        expect(gone).toEqual(done.slice(0, gone.length));
        expect(gone.length === done.length || records.size - gone.length <= limits.maxDone + limits.maxOpen).toBe(true);
      }),
    );
  });
});
