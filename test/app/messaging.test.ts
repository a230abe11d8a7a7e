import { afterEach, describe, expect, test } from "@jest/globals";
import { Gate, type Script } from "../../src/adapters/agent/scripted/index.js";
import { MemoryRecordStore } from "../../src/adapters/storage/memory/memory-record-store.js";
import { DEFAULT_POLICY, type AccountPolicy } from "../../src/domain/messaging/policy.js";
import type { JournalRecord } from "../../src/domain/messaging/journal.js";
import { epochMs } from "../../src/domain/moment.js";
import type { OutboxItem } from "../../src/domain/messaging/outbox-item.js";
import { FixedLoopGauge, MemoryChannel, createTestGateway, type TestGateway, type TestGatewayOptions } from "../../src/testing/index.js";

let gateway: TestGateway | undefined;

afterEach(async () => {
  await gateway?.close();
  expect(gateway?.clock.pending ?? 0).toBe(0);
  gateway = undefined;
});

interface Asked extends Omit<TestGatewayOptions, "settings"> {
  readonly policy?: Partial<AccountPolicy>;
  readonly script?: Script;
}

async function open({ policy = {}, ...options }: Asked = {}): Promise<TestGateway & { readonly memory: MemoryChannel }> {
  const channels = [{ channel: "memory", accountId: "default", policy: { ...DEFAULT_POLICY, dmPolicy: "open" as const, groupPolicy: "open" as const, ...policy } }];
  const opened = await createTestGateway({ ...options, settings: { channels } });
  gateway = opened;
  return Object.assign(opened, { memory: opened.channel });
}

const say = (text: string): Script => [{ kind: "say", text }];

describe("a message and its answer", () => {
  test("a direct message is answered in its chat, and the session knows where it was", async () => {
    const { memory, pass, call } = await open({ script: say("Good morning, Ada.") });
    expect(await memory.say({ text: "good morning" })).toBe("stored");
    await pass(1_000);
    expect(memory.texts).toEqual(["Good morning, Ada."]);
    expect(memory.shown[0]?.to).toEqual({ chatId: "ada" });
    const { sessions } = await call("sessions.list", {});
    expect(sessions[0]).toMatchObject({ key: "agent:main:memory:direct:ada", lastChannel: "memory", lastTo: "ada" });
  });

  test("who is answered learns that they were read, and a stranger does not", async () => {
    const { memory, pass } = await open({ policy: { dmPolicy: "pairing", allowFrom: ["ada"] } });
    await memory.say({ text: "good morning", messageId: "m1" });
    await memory.say({ text: "let me in", messageId: "m2", chat: { id: "eve", kind: "direct" }, sender: { id: "eve", isBot: false, isSelf: false } });
    await pass(1_000);
    expect(memory.read).toEqual([{ chatId: "ada", messageId: "m1" }]);
  });

  test("a redelivery is answered once, also after a restart", async () => {
    const journal = new MemoryRecordStore<JournalRecord>();
    const outbox = new MemoryRecordStore<OutboxItem>();
    const { memory, pass } = await open({ records: { journal, outbox } });
    const message = { messageId: "17", text: "once" };
    expect(await memory.say(message)).toBe("stored");
    expect(await memory.say(message)).toBe("duplicate");
    await pass(1_000);
    expect(memory.shown).toHaveLength(1);
    await gateway?.close();
    const { memory: later, pass: passLater } = await open({ records: { journal, outbox } });
    expect(await later.say(message)).toBe("duplicate");
    await passLater(1_000);
    expect(later.shown).toHaveLength(0);
  });

  test("a group is answered where it calls, as a reply, with what was said before", async () => {
    const { memory, pass, agent } = await open();
    const family = { id: "family", kind: "group" as const, title: "Family" };
    await memory.say({ chat: family, text: "dinner at eight?", sender: { id: "ben", name: "Ben", isBot: false, isSelf: false } });
    await pass(1_000);
    expect(memory.shown).toHaveLength(0);
    await memory.say({ chat: family, text: "what did Ben say?", addressed: true, messageId: "m2" });
    await pass(1_000);
    expect(memory.shown).toHaveLength(1);
    expect(memory.shown[0]).toMatchObject({ to: { chatId: "family" }, part: { replyTo: "m2" } });
    expect(agent.turns.at(-1)?.message).toContain("dinner at eight?");
    expect(agent.turns.at(-1)?.sessionKey).toBe("agent:main:memory:group:family");
  });

  test("what the account says itself, and bots, are not answered", async () => {
    const { memory, pass } = await open();
    await memory.say({ text: "echo", sender: { id: "self", isBot: false, isSelf: true } });
    await memory.say({ text: "beep", sender: { id: "bot", isBot: true, isSelf: false } });
    await pass(1_000);
    expect(memory.shown).toHaveLength(0);
  });
});

describe("strangers", () => {
  test("get a code, are heard once it is approved, and can do nothing else", async () => {
    const { memory, pass, call, connect } = await open({ policy: { dmPolicy: "pairing", groupPolicy: "allowlist" } });
    const operator = await connect();
    await memory.say({ text: "let me in" });
    await pass(1_000);
    expect(memory.shown).toHaveLength(1);
    const { requests } = await call("channels.pairing.list", { channel: "memory" });
    expect(requests).toHaveLength(1);
    const code = requests[0]?.code ?? "";
    expect(code).toMatch(/^[A-HJ-NP-Z2-9]{8}$/);
    expect(memory.texts[0]).toContain(code);
    expect((await operator.nextEvent("channel.pair.requested")).payload).toMatchObject({ channel: "memory", id: "ada" });
    await memory.say({ text: "hello?" });
    await pass(1_000);
    expect(memory.shown).toHaveLength(1);
    await call("channels.pairing.approve", { channel: "memory", code: code.toLowerCase(), notify: true });
    await pass(1_000);
    await memory.say({ text: "hello!" });
    await pass(1_000);
    expect(memory.texts.at(-1)).toBe("ok");
    await memory.say({ text: "in the group", chat: { id: "g", kind: "group" }, addressed: true });
    await pass(1_000);
    expect(memory.texts).toHaveLength(3);
    const asking = { channel: "memory", approved: true };
    expect(await call("channels.pairing.list", asking)).toMatchObject({ requests: [], approved: [{ channel: "memory", accountId: "default", id: "ada", approvedAt: expect.any(String) }] });
    expect(await call("channels.pairing.list", {})).toEqual({ requests: [] });
    expect(await call("channels.pairing.revoke", { channel: "memory", id: "ada" })).toEqual({ channel: "memory", id: "ada", accountIds: ["default"] });
    await expect(call("channels.pairing.revoke", { channel: "memory", id: "ada" })).rejects.toThrow(/Nobody with this id was approved/u);
    expect(await call("channels.pairing.list", asking)).toEqual({ requests: [], approved: [] });
    await memory.say({ text: "and now?" });
    await pass(1_000);
    expect(memory.texts).toHaveLength(4);
    expect(memory.texts.at(-1)).toMatch(/pairing code/u);
    expect(memory.texts.at(-1)).not.toContain(code);
  });
});

test.each(["queue", "collect", "steer"] as const)("who is turned out is not answered any more, not even what waits already (%s)", async (queueMode) => {
  const gate = new Gate();
  const script: Script = [{ kind: "wait", gate }, ...(queueMode === "steer" ? [{ kind: "listen" as const }] : []), { kind: "say", text: "done" }];
  const { memory, pass, call, agent } = await open({ script, policy: { dmPolicy: "pairing", queueMode, streaming: "off" } });
  await memory.say({ text: "let me in" });
  await pass(1_000);
  const [request] = (await call("channels.pairing.list", {})).requests;
  await call("channels.pairing.approve", { channel: "memory", code: request?.code ?? "" });
  await memory.say({ text: "one" });
  await pass(1_000);
  for (const text of ["two", "three"]) await memory.say({ text });
  await pass(1_000);
  await call("channels.pairing.revoke", { channel: "memory", id: "ada" });
  gate.open();
  await pass(5_000);
  expect(agent.turns.map(({ message }) => message)).toEqual(["one"]);
  expect(memory.texts.slice(1)).toEqual(["done"]);
  // Nor after a restart: nothing is left of it.
  expect((await call("channels.deadLetters.list", {})).deadLetters).toEqual([]);
  await call("channels.start", { channel: "memory" });
  await memory.say({ text: "four" });
  await pass(5_000);
  expect(agent.turns).toHaveLength(1);
  expect(memory.texts.at(-1)).toMatch(/pairing code/u);
});

describe("while a turn is under way", () => {
  const gated = (): { gate: Gate; script: Script } => {
    const gate = new Gate();
    return { gate, script: [{ kind: "wait", gate }, { kind: "say", text: "done" }] };
  };

  test("queue: each message has its own turn, in order", async () => {
    const { gate, script } = gated();
    const { memory, pass, agent } = await open({ script, policy: { queueMode: "queue" } });
    await memory.say({ text: "one" });
    await memory.say({ text: "two" });
    await memory.say({ text: "three" });
    await pass(1_000);
    gate.open();
    await pass(1_000);
    expect(agent.turns.map(({ message }) => message)).toEqual(["one", "two", "three"]);
    expect(memory.shown).toHaveLength(3);
  });

  test("collect: what came meanwhile is one turn", async () => {
    const { gate, script } = gated();
    const { memory, pass, agent } = await open({ script, policy: { queueMode: "collect" } });
    for (const text of ["one", "two", "three"]) await memory.say({ text });
    await pass(1_000);
    gate.open();
    await pass(1_000);
    expect(agent.turns.map(({ message }) => message)).toEqual(["one", "two\n\nthree"]);
    expect(memory.shown).toHaveLength(2);
  });

  test("steer: what came meanwhile is for the turn under way; what it did not ask for is the next one", async () => {
    const gate = new Gate();
    const script: Script = [{ kind: "wait", gate }, { kind: "listen" }];
    const { memory, pass, agent, call } = await open({ script, policy: { queueMode: "steer", streaming: "off" } });
    await memory.say({ text: "one" });
    await memory.say({ text: "two" });
    await pass(1_000);
    gate.open();
    await pass(1_000);
    expect(agent.turns.map(({ message }) => message)).toEqual(["one"]);
    expect(memory.texts).toEqual(["two"]);
    const { messages } = await call("chat.history", { sessionKey: "agent:main:memory:direct:ada" });
    expect(messages.map(({ role }) => role)).toEqual(["user", "user", "assistant"]);
  });

  test("what is taken back before its turn is not answered, then or after a restart; what is under way is", async () => {
    const { gate, script } = gated();
    const journal = new MemoryRecordStore<JournalRecord>();
    const { memory, pass, agent } = await open({ script, records: { journal } });
    for (const [messageId, text] of [["1", "one"], ["2", "two"], ["3", "three"]] as const) await memory.say({ messageId, text });
    await pass(100);
    const takeBack = (messageId: string, senderId = "ada") => memory.deliver({
      channel: "memory", accountId: "default", key: `ada:${senderId}:${messageId}:removal`, messageId, sentAt: epochMs(0),
      chat: { id: "ada", kind: "direct" }, sender: { id: senderId, isBot: false, isSelf: false }, body: { kind: "removal" },
    });
    await takeBack("1");
    await takeBack("2");
    await takeBack("3", "eve");
    expect([...journal.view().values()].filter(({ state }) => state === "waiting")).toHaveLength(2);
    gate.open();
    await pass(1_000);
    expect(agent.turns.map(({ message }) => message)).toEqual(["one", "three"]);
    expect([...journal.view().values()].every(({ state }) => state === "done")).toBe(true);
  });

  test("what is taken back in a group is context no more", async () => {
    const { memory, pass, agent } = await open();
    const place = { chat: { id: "family", kind: "group" as const }, sender: { id: "ben", isBot: false, isSelf: false } };
    await memory.say({ ...place, messageId: "1", text: "my password is 1234" });
    await memory.say({ ...place, messageId: "2", text: "dinner at eight?" });
    await memory.deliver({ channel: "memory", accountId: "default", key: "family:1:removal", messageId: "1", sentAt: epochMs(0), ...place, body: { kind: "removal" } });
    await memory.say({ chat: place.chat, text: "what did Ben say?", addressed: true });
    await pass(1_000);
    expect(agent.turns[0]?.message).toContain("dinner at eight?");
    expect(agent.turns[0]?.message).not.toContain("1234");
  });

  test("stop ends it, and drops what waits", async () => {
    const { script } = gated();
    const { memory, pass } = await open({ script });
    await memory.say({ text: "a long task" });
    await memory.say({ text: "and another" });
    await pass(100);
    await memory.say({ text: "stop" });
    await pass(10_000);
    expect(memory.texts).toEqual(["Stopped. One message that was waiting is dropped."]);
  });
});

describe("the way out", () => {
  test("what fails for now is tried again, until it arrives", async () => {
    const { memory, pass } = await open({ policy: { streaming: "off" } });
    memory.meetNext({ kind: "later", reason: "Slower, please.", retryAfterMs: 30_000, scope: "chat" });
    await memory.say({ text: "hi" });
    await pass(29_000);
    expect(memory.shown).toHaveLength(0);
    await pass(5_000);
    expect(memory.texts).toEqual(["ok"]);
  });

  test("what may have arrived is not repeated: an operator sees it and decides", async () => {
    const { memory, pass, call } = await open({ policy: { streaming: "off" } });
    memory.meetNext({ kind: "unknown", reason: "The connection broke." });
    await memory.say({ text: "hi" });
    await pass(60_000);
    expect(memory.shown).toHaveLength(0);
    const { deadLetters } = await call("channels.deadLetters.list", {});
    expect(deadLetters).toMatchObject([{ direction: "out", channel: "memory", chatId: "ada", state: "unknown" }]);
    expect(await call("channels.deadLetters.retry", { id: deadLetters[0]?.id ?? "" })).toMatchObject({ retried: true });
    await pass(1_000);
    expect(memory.texts).toEqual(["ok"]);
    expect((await call("channels.deadLetters.list", {})).deadLetters).toEqual([]);
  });

  test("a long answer grows in place where the platform can edit", async () => {
    const gate = new Gate();
    const script: Script = [{ kind: "say", text: "Once upon a time" }, { kind: "wait", gate }, { kind: "say", text: " there was a gateway." }];
    const { memory, pass } = await open({ script });
    await memory.say({ text: "tell me a story" });
    await pass(2_000);
    expect(memory.texts).toEqual(["Once upon a time"]);
    gate.open();
    await pass(5_000);
    expect(memory.texts).toEqual(["Once upon a time there was a gateway."]);
    expect(memory.shown).toHaveLength(1);
    expect(memory.shown[0]?.edits).toBeGreaterThan(0);
  });

  test("status tells four facts of each account", async () => {
    const { memory, pass, call } = await open();
    await memory.say({ text: "hi" });
    await pass(5_000);
    const { channelAccounts } = await call("channels.status", { probe: true });
    expect(channelAccounts["memory"]?.[0]).toMatchObject({
      accountId: "default",
      connected: true,
      facts: { linked: true, inboundAdmitted: true, lastSignAgeMs: expect.any(Number), outboxAgeMs: 0 },
      outbox: { waiting: 0, deadLetters: 0 },
      probe: { ok: true },
    });
  });

  test("status tells protocol 4 how the process keeps up, once that was measured", async () => {
    const slow = { intervalMs: 10_000, delayP99Ms: 812.5, delayMaxMs: 1_900, utilization: 0.99, cpuCoreRatio: 0.4 };
    const { connect } = await open({ loop: new FixedLoopGauge(slow) });
    const [older, newer] = [await connect({ protocol: 3 }), await connect({ protocol: 4 })];
    type Status = { eventLoop?: object };
    expect((await newer.call<Status>("channels.status", {})).eventLoop).toBeUndefined();
    expect((await newer.call<Status>("channels.status", {})).eventLoop).toEqual({ degraded: true, reasons: ["event_loop_delay", "event_loop_utilization"], ...slow });
    expect((await older.call<Status>("channels.status", {})).eventLoop).toBeUndefined();
  });

  test("a channel that breaks down takes nobody along", async () => {
    const broken = new MemoryChannel({ id: "telegram" });
    broken.start = () => Promise.reject(new Error("no module"));
    const { memory, pass, call } = await open({ channels: [broken] });
    await memory.say({ text: "hi" });
    await pass(1_000);
    expect(memory.texts).toEqual(["ok"]);
    const { channelAccounts } = await call("channels.status", {});
    expect(channelAccounts["telegram"]?.[0]).toMatchObject({ connected: false, state: "needs-operator", trouble: "bug" });
  });
});
