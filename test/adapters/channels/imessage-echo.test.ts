import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { EchoMemory, isPair, type Heard, type Whose } from "../../../src/adapters/channels/imessage/echo-memory.js";
import { after, epochMs, type EpochMs } from "../../../src/domain/moment.js";

const NOW = epochMs(1_790_000_000_000);
const ADA = "+4915112345678";
const SELF = "+4915100000001";
let guids = 0;

const row = (more: Partial<Heard>): Heard => {
  guids += 1;
  return { guid: `GUID-${guids}`, addresses: [ADA], isDirect: true, isFromMe: false, sender: ADA, text: "", fileNames: [], createdAt: NOW, ...more };
};

/** As the channel asks: again, once what is under way is settled. */
const judged = (memory: EchoMemory, heard: Heard, now: EpochMs = NOW): Whose => memory.judge(heard, now);

describe("what this gateway sent", () => {
  test("is not decided on while it is being sent, and by its guid as soon as that is known", async () => {
    const memory = new EchoMemory();
    const sending = memory.expect([{ chatId: ADA, text: "hello" }], NOW);
    const [echo, theirs] = [row({ text: "hello" }), row({ text: "hello" })];
    const open = judged(memory, echo);
    expect(open).toMatchObject({ settled: expect.any(Promise) });
    memory.settle(sending, { guid: echo.guid, now: NOW });
    await (open as { settled: Promise<void> }).settled;
    expect(judged(memory, echo)).toBe("echo");
    // The same words of somebody else are theirs, also in that moment.
    expect(judged(memory, theirs)).toBe("theirs");
  });

  test("is known by its text for a short time where no guid was told, and once", () => {
    const memory = new EchoMemory();
    memory.settle(memory.expect([{ chatId: ADA, text: "See  you\u{fe0f} soon" }], NOW), { now: NOW });
    const heard = row({ text: "see you soon" });
    expect(judged(memory, heard)).toBe("theirs");
    expect(judged(memory, row({ text: "See you soon" }))).toBe("echo");
    expect(judged(memory, row({ text: "See you soon" }))).toBe("theirs");
    memory.settle(memory.expect([{ chatId: ADA, text: "later" }], NOW), { now: NOW });
    expect(judged(memory, row({ text: "later" }), after(NOW, 15_001))).toBe("theirs");
  });

  test("is not looked for in other chats, nor after it was certainly not sent", () => {
    const memory = new EchoMemory();
    const sending = memory.expect([{ chatId: ADA, text: "hi" }], NOW);
    expect(judged(memory, row({ text: "hi", addresses: ["ben@example.org"], sender: "ben@example.org" }))).toBe("theirs");
    memory.drop(sending);
    expect(judged(memory, row({ text: "hi" }))).toBe("theirs");
  });

  test("is known by the row that says it is the account's own, whose guid it then has", async () => {
    const memory = new EchoMemory();
    const sending = memory.expect([{ chatId: ADA, text: "hi" }], NOW);
    memory.settle(sending, { now: NOW });
    const own = row({ text: "hi", isFromMe: true, sender: "" });
    expect(judged(memory, own)).toBe("echo");
    await expect(sending.seen).resolves.toBe(own.guid);
    expect(memory.isOwn(own.guid)).toBe(true);
    expect(judged(memory, { ...own, isFromMe: false, sender: ADA })).toBe("echo");
    expect(judged(memory, row({ text: "hi" }))).toBe("theirs");
  });

  test("a file is known by its name, beside its text or alone", () => {
    const memory = new EchoMemory();
    const sending = memory.expect([{ chatId: ADA, text: "the chart" }, { chatId: ADA, fileName: "chart.png", isBeside: true }], NOW);
    memory.settle(sending, { guid: "TEXT", now: NOW });
    expect(judged(memory, row({ fileNames: ["holiday.png"] }))).toBe("theirs");
    expect(judged(memory, row({ fileNames: ["chart.png"] }))).toBe("echo");
    expect(judged(memory, row({ fileNames: ["chart.png"] }))).toBe("theirs");
  });

  test("what the account's owner sends from a phone is its own, and no echo", () => {
    const memory = new EchoMemory();
    const own = row({ text: "from my phone", isFromMe: true, sender: "" });
    expect(judged(memory, own)).toBe("own");
    expect(memory.isOwn(own.guid)).toBe(false);
  });
});

describe("a message to oneself", () => {
  const toSelf = (more: Partial<Heard>): Heard => row({ addresses: [SELF], sender: SELF, text: "milk", ...more });

  test("is the account's own by its address", () => {
    const memory = new EchoMemory();
    expect(judged(memory, toSelf({}))).toBe("theirs");
    expect(judged(memory, toSelf({ ownAddress: SELF }))).toBe("own");
    memory.noteOwnAddress(SELF);
    expect(judged(memory, toSelf({}))).toBe("own");
  });

  test("is a pair of the same words, or the same file, in the same second and chat", () => {
    const one = toSelf({ isFromMe: true, sender: "" });
    expect(isPair(one, toSelf({ text: " milk", createdAt: after(NOW, -900) }))).toBe(true);
    expect(isPair(one, toSelf({ createdAt: after(NOW, 1_001) }))).toBe(false);
    expect(isPair(one, toSelf({ addresses: [ADA] }))).toBe(false);
    expect(isPair(toSelf({ text: "", fileNames: ["a.png"] }), toSelf({ text: "", fileNames: ["a.png"] }))).toBe(true);
    expect(isPair(toSelf({ text: "" }), toSelf({ text: "" }))).toBe(false);
  });

  test("the addresses that its own rows name are learnt", () => {
    const memory = new EchoMemory();
    judged(memory, row({ isFromMe: true, sender: "", ownAddress: SELF }));
    expect(judged(memory, toSelf({ createdAt: after(NOW, 60_000) }))).toBe("own");
    expect(memory.kept.addresses).toEqual([SELF]);
  });
});

describe("whatever the order", () => {
  /** What happens about one send: its answer, and its row, at first as somebody else's or at once as its own. */
  const send = fc.record({
    text: fc.constantFrom("ok", "yes", "on my way", "ok "),
    tellsGuid: fc.boolean(),
    comesAsTheirs: fc.boolean(),
    answersFirst: fc.boolean(),
    comesAgain: fc.boolean(),
  });

  test("no row of a send is ever taken for somebody else's", () => {
    fc.assert(fc.property(fc.array(send, { minLength: 1, maxLength: 8 }), (sends) => {
      const memory = new EchoMemory();
      for (const { text, tellsGuid, comesAsTheirs, answersFirst, comesAgain } of sends) {
        const sending = memory.expect([{ chatId: ADA, text }], NOW);
        const first = row({ text: text.trim(), ...(comesAsTheirs ? {} : { isFromMe: true, sender: "" }) });
        const settle = (): void => { memory.settle(sending, { now: NOW, ...(tellsGuid ? { guid: first.guid } : {}) }); };
        if (answersFirst) settle();
        const whose = judged(memory, first);
        if (!answersFirst) settle();
        expect(typeof whose === "string" ? whose : judged(memory, first)).toBe("echo");
        if (comesAgain) expect(judged(memory, { ...first, isFromMe: true, sender: "" })).toBe("echo");
      }
    }));
  });

  test("of what others say, nothing is lost where guids are told, and never more than was sent where they are not", () => {
    fc.assert(fc.property(fc.array(send, { maxLength: 8 }), fc.array(fc.constantFrom("ok", "yes", "no", "on my way"), { maxLength: 12 }), fc.boolean(), (sends, said, tellsGuid) => {
      const memory = new EchoMemory();
      for (const { text } of sends) memory.settle(memory.expect([{ chatId: ADA, text }], NOW), { now: NOW, ...(tellsGuid ? { guid: `SENT-${text}` } : {}) });
      const lost = said.filter((text) => judged(memory, row({ text })) !== "theirs");
      for (const text of new Set(said)) {
        const sent = sends.filter((one) => one.text.trim() === text).length;
        expect(lost.filter((one) => one === text).length).toBeLessThanOrEqual(tellsGuid ? 0 : sent);
      }
    }));
  });

  test("it keeps so much and no more", () => {
    const memory = new EchoMemory();
    for (let nth = 0; nth < 2_000; nth += 1) {
      memory.settle(memory.expect([{ chatId: ADA, text: `message ${nth}` }], NOW), { guid: `SENT-${nth}`, now: NOW });
      memory.noteOwnAddress(`person-${nth}@example.org`);
    }
    const { guids: kept, addresses } = memory.kept;
    expect([kept.length, kept.at(-1), addresses.length]).toEqual([500, "SENT-1999", 32]);
    // A note of a channel may have 64 KiB.
    expect(JSON.stringify({ guids: kept.map(() => "A".repeat(64)), addresses: addresses.map(() => "a".repeat(254)) }).length).toBeLessThan(65_536);
    // A send that nobody settles holds nobody back for ever.
    for (let nth = 0; nth < 1_000; nth += 1) memory.expect([{ chatId: ADA, text: "the same" }], NOW);
    expect(judged(memory, row({ text: "the same" }), after(NOW, 180_001))).toBe("theirs");
  });
});
