import { afterEach, describe, expect, test } from "@jest/globals";
import { Gate, ScriptedRuntime } from "../../src/adapters/agent/scripted/index.js";
import { LANE_LIMIT, WORK_LIMIT } from "../../src/app/gateway/lanes.js";
import { MAX_IN_FLIGHT } from "../../src/app/gateway/requests.js";
import { DEDUPE_LIMITS } from "../../src/domain/idempotency/dedupe-window.js";
import { MAX_PENDING, PENDING_TTL_MS } from "../../src/domain/pairing/device.js";
import { PRESENCE_LIMITS } from "../../src/domain/presence/presence-list.js";
import { errorOf, payloadOf, type TestClient } from "../support/client.js";
import { TestDevice } from "../support/device.js";
import { FrontDoor, TOKEN } from "../support/front-door.js";

// A client that was let in and asks for more than there is. Each bound is reached from outside, and afterwards all is as before.

type Protocol = 3 | 4;

const RETRYABLE = { code: "UNAVAILABLE", retryable: true, retryAfterMs: expect.any(Number) };

let door: FrontDoor;
afterEach(async () => {
  expect(door.errors()).toEqual([]);
  await door.close();
});

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Many requests at once, never more than may be under way. */
async function askAll<T>(items: readonly T[], ask: (item: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += 200) await Promise.all(items.slice(from, from + 200).map(ask));
}

describe.each<Protocol>([3, 4])("protocol %i", (protocol) => {
  test("X4: so many requests under way, then a retryable refusal; their ids are free again once they are answered", async () => {
    door = await FrontDoor.open();
    const client = await door.enter({ protocol });
    for (const index of range(MAX_IN_FLIGHT)) client.ask("agent.wait", { runId: `nobody ${index}`, timeoutMs: 5_000 }, `w${index}`);
    expect(await client.refusal("health")).toMatchObject({ ...RETRYABLE, message: expect.stringContaining(`${MAX_IN_FLIGHT} requests`) });
    client.ask("health", undefined, "w0");
    expect(errorOf(await client.response("w0")).message).toContain("still in use");
    // Whoever asks for less is served.
    const other = await door.enter({ protocol, device: "other" });
    expect(await other.call("health")).toMatchObject({ ok: true });
    await door.clock.pass(5_000);
    for (const index of range(MAX_IN_FLIGHT)) expect(payloadOf(await client.response(`w${index}`))).toMatchObject({ status: "timeout" });
    for (const index of range(MAX_IN_FLIGHT)) {
      client.ask("health", undefined, `w${index}`);
      payloadOf(await client.response(`w${index}`));
    }
  });

  test("X4: waiting is over when its connection is, however long it was meant to be", async () => {
    door = await FrontDoor.open();
    const keeper = await door.enter({ protocol });
    const before = door.clock.pending;
    for (const visit of range(4)) {
      const client = await door.enter({ protocol, device: "waiter" });
      for (const index of range(MAX_IN_FLIGHT)) client.ask("agent.wait", { runId: `${visit} ${index}`, timeoutMs: Number.MAX_SAFE_INTEGER });
      await client.wire.settle();
      expect(door.clock.pending).toBeGreaterThanOrEqual(before + MAX_IN_FLIGHT);
      client.close();
      await client.closed;
      await keeper.call("health");
    }
    await door.clock.pass(1_000);
    expect(door.clock.pending).toBeLessThanOrEqual(before);
  });

  test("X4: one session takes so many messages, refuses the next for now, and takes it with the same key later", async () => {
    const gate = new Gate();
    door = await FrontDoor.open({ script: [{ kind: "wait", gate }] });
    const client = await door.enter({ protocol });
    const send = (index: number) => client.request("chat.send", { sessionKey: "main", message: `${index}`, idempotencyKey: `k${index}` });
    for (const index of range(LANE_LIMIT)) payloadOf(await send(index));
    expect(errorOf(await send(LANE_LIMIT))).toMatchObject({ ...RETRYABLE, message: expect.stringContaining("too many messages wait in this session") });
    expect(await client.call("chat.send", { sessionKey: "elsewhere", message: "hi", idempotencyKey: "elsewhere" })).toMatchObject({ status: "started" });
    gate.open();
    await client.call("agent.wait", { runId: `k${LANE_LIMIT - 1}` });
    expect(payloadOf(await send(LANE_LIMIT))).toMatchObject({ status: "started" });
  });
});

test("X4: all sessions together do so much work, whoever asks for it", async () => {
  const agent = new ScriptedRuntime([{ kind: "hang" }]);
  door = await FrontDoor.open({ agent });
  const client = await door.enter();
  await askAll(range(WORK_LIMIT + 20), (index) => client.call("wake", { mode: "now", text: "up", sessionKey: `s${index}` }));
  while (agent.turns.length < WORK_LIMIT) await door.clock.pass(0);
  await client.wire.settle();
  expect(agent.turns).toHaveLength(WORK_LIMIT);
  expect(client.heard("heartbeat").map(({ payload }) => payload)).toEqual(range(20).map(() => expect.objectContaining({ status: "skipped", reason: "all-full" })));
  expect(await client.refusal("agent", { message: "hi", sessionKey: "one more", idempotencyKey: "k" })).toMatchObject({ ...RETRYABLE, message: expect.stringContaining("too many runs") });
  await client.call("chat.abort", { sessionKey: "s0" });
  // No chat hears of a turn that nobody asked for in one.
  await client.nextEvent("agent", ({ payload }) => (payload as { data: { aborted?: boolean } }).data.aborted === true);
  await client.wire.settle();
  expect(await client.call("agent", { message: "hi", sessionKey: "one more", idempotencyKey: "k" })).toMatchObject({ status: "accepted" });
}, 20_000);

test("X4: as many keyed requests under way as the window holds, then a retryable refusal that burns no key", async () => {
  const gate = new Gate();
  door = await FrontDoor.open({ script: [{ kind: "wait", gate }] });
  const client = await door.enter();
  const send = (index: number) => ({ sessionKey: `s${index % 50}`, message: "hi", idempotencyKey: `k${index}` });
  await askAll(range(DEDUPE_LIMITS.maxEntries), (index) => client.call("chat.send", send(index)));
  const late = send(DEDUPE_LIMITS.maxEntries);
  expect(await client.refusal("chat.send", late)).toMatchObject({ ...RETRYABLE, message: "too many requests under way; retry shortly" });
  expect(await client.call("chat.send", send(0))).toMatchObject({ status: "in_flight" });
  gate.open();
  await client.call("agent.wait", { runId: `k${DEDUPE_LIMITS.maxEntries - 1}` });
  expect(await client.call("chat.send", late)).toMatchObject({ status: "started" });
}, 20_000);

test("X4: so many keys are remembered, the newest", async () => {
  door = await FrontDoor.open();
  const client = await door.enter();
  const send = async (index: number): Promise<unknown> => (await client.call("send", { channel: "memory", to: "x", message: "hi", idempotencyKey: `k${index}` }))["messageId"];
  const first = new Map<number, unknown>();
  await askAll(range(DEDUPE_LIMITS.maxEntries + 100), async (index) => first.set(index, await send(index)));
  for (const index of [100, 500, DEDUPE_LIMITS.maxEntries + 99]) expect(await send(index)).toBe(first.get(index));
  // What this window has forgotten is a message that the outbox knows to be sent.
  expect(await send(0)).toBe(first.get(0));
}, 20_000);

test("X4: so many devices wait to be approved: the oldest gives way, each has one request, and owners are served", async () => {
  door = await FrontDoor.open({ settings: { pairing: { autoApproveLocal: false } }, auth: { token: TOKEN } });
  const ask = async (name: string) => {
    const refusal = errorOf(await (await door.knock()).tryConnect({ auth: { token: TOKEN }, device: new TestDevice(name), scopes: ["operator.admin"] }));
    expect(refusal.code).toBe("NOT_PAIRED");
    return (refusal.details as { requestId: string }).requestId;
  };
  const ids: string[] = [];
  for (const index of range(MAX_PENDING + 6)) ids.push(await ask(`device ${index}`));
  const { pending } = await door.gateway.call("device.pair.list", {});
  expect(pending.map(({ requestId }) => requestId).toSorted()).toEqual(ids.slice(6).toSorted());
  await ask(`device ${MAX_PENDING}`);
  expect((await door.gateway.call("device.pair.list", {})).pending).toHaveLength(MAX_PENDING);
  await door.gateway.call("device.pair.approve", { requestId: ids.at(-1) ?? "" });
  payloadOf(await (await door.knock()).tryConnect({ auth: { token: TOKEN }, device: new TestDevice(`device ${MAX_PENDING + 5}`), scopes: ["operator.admin"] }));
  await door.clock.pass(PENDING_TTL_MS);
  expect((await door.gateway.call("device.pair.list", {})).pending).toEqual([]);
});

test("X4: so many entries of presence, each of them short", async () => {
  door = await FrontDoor.open();
  const client = await door.enter({ client: { id: "openclaw-tui", mode: "ui" } });
  const long = "x".repeat(1_000);
  const report = (index: number) => client.call("system-event", { text: `Node: ${index} ${long}`, deviceId: `${index} ${long}`, host: long, tags: range(40).map(() => long), reason: long });
  await askAll(range(PRESENCE_LIMITS.maxEntries + 20), report);
  const list = await client.call<unknown[]>("system-presence");
  expect(list).toHaveLength(PRESENCE_LIMITS.maxEntries);
  expect(JSON.stringify(list).length).toBeLessThan(PRESENCE_LIMITS.maxEntries * 6_000);
  await door.clock.pass(PRESENCE_LIMITS.ttlMs);
  expect((await door.gateway.call("system-presence", {})).length).toBeLessThanOrEqual(2);
});

test("X4: so many texts wait for a session's next turn, in so many sessions", async () => {
  const agent = new ScriptedRuntime([{ kind: "say", text: "ok" }]);
  door = await FrontDoor.open({ agent });
  const client = await door.enter();
  const wake = (sessionKey: string, text: string) => client.call("wake", { mode: "next-heartbeat", text, sessionKey });
  const heardIn = async (sessionKey: string): Promise<number> => {
    const id = client.ask("agent", { message: "hi", sessionKey, idempotencyKey: sessionKey });
    await client.response(id);
    await client.response(id);
    return (agent.turns.at(-1)?.systemPrompt ?? "").split("System event:").length - 1;
  };
  await askAll(range(65), (index) => wake(`s${index}`, "up"));
  await askAll(range(30), (index) => wake("s64", `${index}`));
  expect([await heardIn("s0"), await heardIn("s1"), await heardIn("s64")]).toEqual([0, 1, 20]);
  expect(await client.refusal("wake", { mode: "now", text: "x".repeat(20_000) })).toMatchObject({ message: expect.stringContaining("invalid wake params: at /text") });
  expect(await client.refusal("system-event", { text: "x".repeat(20_000) })).toMatchObject({ message: expect.stringContaining("invalid system-event params: at /text") });
});

test("X4: however much is asked to be previewed, a preview is short", async () => {
  door = await FrontDoor.open();
  const client = await door.enter({ scopes: ["operator.read"] });
  await askAll(range(80), () => door.gateway.call("chat.inject", { sessionKey: "main", message: "x".repeat(10_000) }));
  const { previews } = await client.call<{ previews: { items: { text: string }[] }[] }>("sessions.preview", { keys: range(100).map(() => "main"), limit: 1e9, maxChars: 1e9 });
  expect(previews).toHaveLength(64);
  expect(previews[0]?.items.map(({ text }) => text.length)).toEqual(range(50).map(() => 2_000));
});

test("X4: a node that keeps calling what is for operators is closed", async () => {
  door = await FrontDoor.open();
  const node: TestClient = await door.enter({ device: "node", role: "node", scopes: [], client: { id: "node-host", mode: "node" } });
  for (const index of range(12)) node.ask(index % 2 === 0 ? "health" : "device.pair.list");
  expect(await node.closed).toEqual({ code: 1008, reason: "repeated unauthorized calls" });
  expect(node.responses.filter(({ error }) => error?.message === "unauthorized role: node")).toHaveLength(10);
});
