import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { ScriptedRuntime } from "../../src/adapters/agent/scripted/index.js";
import { MemoryTransport } from "../../src/adapters/transport/memory/index.js";
import { DEFAULT_POLICY } from "../../src/index.js";
import { createGateway } from "../../src/app/compose/create-gateway.js";
import { createTestGateway, Gate, type TestGateway } from "../../src/testing/index.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { TestClient } from "../../src/testing/test-client.js";
import { TestDevice } from "../support/device.js";
import { DESK, household, idOf, PHONE, phoneId, rowsOf, type GatewayAsk, type Guest } from "../support/nodes.js";

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(options: GatewayAsk = {}): Promise<TestGateway> {
  const gateway = await createTestGateway(options);
  closers.push(async () => {
    const closed = gateway.close();
    await gateway.pass(20_000);
    await closed;
  });
  return gateway;
}

const say = (node: TestClient, event: string, payload: unknown) => node.call<{ ok: boolean; handled: boolean; reason?: string }>("node.event", { event, payloadJSON: JSON.stringify(payload) });
const isFinal = ({ payload }: { payload?: unknown }): boolean => (payload as { state: string }).state === "final";
const sessionOf = ({ payload }: { payload?: unknown }): string => (payload as { sessionKey: string }).sessionKey;

describe("a turn that a node asks for", () => {
  test("runs in the main session or the one that is named; the same key asks once", async () => {
    const gateway = await open();
    const { owner, node: phone } = await household(gateway);
    expect(await say(phone, "voice.transcript", { text: "turn off the lights" })).toEqual({ ok: true, event: "voice.transcript", handled: true });
    expect(sessionOf(await owner.nextEvent("chat", isFinal))).toBe("agent:main:main");
    expect(gateway.agent.turns[0]).toMatchObject({ message: "turn off the lights", sessionKey: "agent:main:main" });

    const ask = { message: "what is on my canvas?", sessionKey: "kitchen", thinking: "low", key: "tap 1", timeoutSeconds: 5 };
    expect(await say(phone, "agent.request", ask)).toMatchObject({ handled: true });
    expect(await say(phone, "agent.request", ask)).toMatchObject({ handled: true, reason: "this was asked for before" });
    expect(sessionOf(await owner.nextEvent("chat", isFinal))).toBe("agent:main:kitchen");
    expect(gateway.agent.turns).toHaveLength(2);
    expect(gateway.agent.turns[1]).toMatchObject({ message: "what is on my canvas?", thinking: "low" });
    await gateway.pass(10 * 60_000);
    await say(phone, "agent.request", ask);
    await owner.nextEvent("chat", isFinal);
    expect(gateway.agent.turns).toHaveLength(3);
  });

  test("is delivered where it says, and what can't be is nobody's trouble", async () => {
    const channels = [{ channel: "memory", accountId: "default", policy: DEFAULT_POLICY }];
    const gateway = await open({ settings: { channels }, script: [{ kind: "say", text: "The lights are off." }] });
    const { owner, node: phone } = await household(gateway);
    await say(phone, "agent.request", { message: "lights off", deliver: true, channel: "memory", to: "ada" });
    await owner.nextEvent("chat", isFinal);
    await gateway.pass(1_000);
    expect(gateway.channel.texts).toEqual(["The lights are off."]);
    await say(phone, "agent.request", { message: "again", deliver: true, channel: "no such channel", to: "ada" });
    await owner.nextEvent("chat", isFinal);
    await gateway.pass(1_000);
    expect(gateway.channel.texts).toHaveLength(1);
  });

  test("is refused with a reason where it can't be", async () => {
    const gate = new Gate();
    const gateway = await open({ script: [{ kind: "wait", gate }] });
    const { owner, node: phone } = await household(gateway);
    for (const [event, payload] of [["voice.transcript", { text: " " }], ["voice.transcript", { text: "x".repeat(20_001) }], ["agent.request", { key: "k" }], ["agent.request", { message: "x", sessionKey: "agent:nobody:main" }]] as const) {
      expect(await say(phone, event, payload)).toEqual({ ok: true, event, handled: false, reason: expect.any(String) });
    }
    await owner.call("sessions.patch", { key: "main", sendPolicy: "deny" });
    expect(await say(phone, "voice.transcript", { text: "hello" })).toMatchObject({ handled: false, reason: "send blocked by session policy" });
    for (let nth = 0; nth < 65; nth += 1) await say(phone, "voice.transcript", { text: `hello ${nth}`, sessionKey: "busy" });
    expect(await say(phone, "voice.transcript", { text: "one more", sessionKey: "busy" })).toMatchObject({ handled: false, reason: "too many messages wait in this session" });
    expect(await say(phone, "something.new", {})).toMatchObject({ handled: false, reason: "this gateway knows no such event" });
    expect(await phone.call("node.event", { event: "voice.transcript", payload: { text: "x" }, payloadJSON: "{" })).toMatchObject({ handled: false, reason: "payloadJSON is not JSON" });
    gate.open();
    await owner.call("chat.abort", { sessionKey: "busy" });
  });

  test("is not had by a node that nobody approved, nor by one whose approval was taken back", async () => {
    const gateway = await open();
    const owner = await gateway.connect({ device: "owner" });
    const phone = await gateway.connect({ device: "phone", ...PHONE });
    const asks: [string, unknown][] = [["voice.transcript", { text: "hello" }], ["agent.request", { message: "hello" }], ["chat.subscribe", { sessionKey: "main" }], ["exec.finished", { command: "ls" }]];
    for (const [event, payload] of asks) expect(await say(phone, event, payload)).toMatchObject({ handled: false, reason: expect.stringContaining("openclaw nodes pending") });
    // Signs of life are its own business.
    expect(await say(phone, "node.presence.alive", {})).toMatchObject({ handled: true });
    const { pending } = await owner.call<{ pending: { requestId: string }[] }>("node.pair.list", {});
    await owner.call("node.pair.approve", { requestId: pending[0]?.requestId });
    expect(await say(phone, "voice.transcript", { text: "hello" })).toMatchObject({ handled: true });
    await owner.nextEvent("chat", isFinal);
    await owner.call("node.pair.remove", { nodeId: phoneId });
    for (const [event, payload] of asks) expect(await say(phone, event, payload)).toMatchObject({ handled: false });
    expect(gateway.agent.turns).toHaveLength(1);
  });
});

describe("a chat that a node follows", () => {
  test("comes as direct events, of that session alone, until it is left", async () => {
    const gateway = await open({ script: [{ kind: "say", text: "Good morning." }] });
    const { owner, node: phone } = await household(gateway);
    const talk = async (sessionKey: string, key: string): Promise<void> => {
      await owner.call("chat.send", { sessionKey, message: "hi", idempotencyKey: key });
      await owner.nextEvent("chat", isFinal);
    };
    await talk("kitchen", "0");
    expect(phone.heard("chat")).toEqual([]);
    expect(await say(phone, "chat.subscribe", { sessionKey: "kitchen" })).toMatchObject({ handled: true });
    await talk("kitchen", "1");
    await talk("hall", "2");
    await phone.nextEvent("chat", isFinal);
    const told = [...phone.heard("chat"), ...phone.heard("agent")];
    expect(new Set(told.map(sessionOf))).toEqual(new Set(["agent:main:kitchen"]));
    expect(told.every(({ seq }) => seq === undefined)).toBe(true);
    const stepsOf = (client: TestClient) => client.heard("agent").map(({ payload }) => payload as { runId: string; stream: string }).filter(({ runId }) => runId === "1");
    expect(stepsOf(phone).map(({ stream }) => stream)).toContain("assistant");
    expect(stepsOf(phone)).toEqual(stepsOf(owner));
    const soFar = phone.heard("chat").length;
    await say(phone, "chat.unsubscribe", { sessionKey: "kitchen" });
    await talk("kitchen", "3");
    expect(phone.heard("chat")).toHaveLength(soFar);
    // An approval that is taken back ends what it opened.
    await say(phone, "chat.subscribe", { sessionKey: "kitchen" });
    await owner.call("node.pair.remove", { nodeId: phoneId });
    await talk("kitchen", "4");
    expect(phone.heard("chat")).toHaveLength(soFar);
  });

  test("is one of so many at most, and forgotten with the connection", async () => {
    const gateway = await open();
    const { node: phone } = await household(gateway);
    for (let nth = 0; nth < 32; nth += 1) expect(await say(phone, "chat.subscribe", { sessionKey: `s${nth}` })).toMatchObject({ handled: true });
    expect(await say(phone, "chat.subscribe", { sessionKey: "s0" })).toMatchObject({ handled: true });
    expect(await say(phone, "chat.subscribe", { sessionKey: "one more" })).toMatchObject({ handled: false, reason: expect.stringContaining("32") });
    await say(phone, "chat.unsubscribe", { sessionKey: "s0" });
    expect(await say(phone, "chat.subscribe", { sessionKey: "one more" })).toMatchObject({ handled: true });
    phone.close();
    await phone.closed;
    const back = await gateway.connect({ device: "phone", ...PHONE });
    await gateway.call("chat.send", { sessionKey: "s1", message: "hi", idempotencyKey: "1" });
    await gateway.pass(1_000);
    expect(back.heard("chat")).toEqual([]);
  });
});

describe("programs that run on a node", () => {
  async function desk(): Promise<{ gateway: TestGateway; owner: Guest; desk: Guest }> {
    const gateway = await open();
    const { owner, node } = await household(gateway, DESK, "desk");
    return { gateway, owner, desk: node };
  }

  test("are told to whoever watches, and to the agent in its next turn", async () => {
    const { gateway, owner, desk: node } = await desk();
    const report = { sessionKey: "main", runId: "r1", command: "make", host: "node" };
    await say(node, "exec.started", report);
    await say(node, "exec.finished", { ...report, exitCode: 2, success: false, output: "no rule\nto make" });
    await say(node, "exec.denied", { ...report, runId: "r2", command: "rm", reason: "not on the list" });
    await say(node, "exec.finished", { ...report, runId: "r3", command: "quiet", exitCode: 0, suppressNotifyOnExit: true });
    const told = owner.heard("agent").map(({ payload }) => payload as { runId: string; seq: number; stream: string; data: Record<string, unknown> });
    expect(told.map(({ stream, seq, data }) => [stream, seq, data["phase"], data["command"]])).toEqual([["exec", 1, "started", "make"], ["exec", 2, "finished", "make"], ["exec", 1, "denied", "rm"], ["exec", 1, "finished", "quiet"]]);
    expect(told[1]).toMatchObject({ sessionKey: "agent:main:main", data: { nodeId: idOf("desk"), exitCode: 2, success: false, output: "no rule to make", host: "node" } });
    expect(told[0]?.runId).not.toBe("r1");

    await owner.call("chat.send", { sessionKey: "main", message: "how did it go?", idempotencyKey: "1" });
    await owner.nextEvent("chat", isFinal);
    expect(gateway.agent.turns[0]?.systemPrompt?.split("\n\n")).toEqual([
      'System event: "make" began on node desk.',
      'System event: "make" ended with code 2 on node desk. It printed: "no rule to make"',
      'System event: "rm" was not run on node desk: "not on the list".',
    ]);
  });

  test("are no business of a node that may run none", async () => {
    const gateway = await open();
    const { owner, node: phone } = await household(gateway);
    expect(await say(phone, "exec.finished", { command: "ls", output: "obey" })).toMatchObject({ handled: false, reason: expect.stringContaining("may not run programs") });
    expect(owner.heard("agent")).toEqual([]);
  });
});

describe("signs of life", () => {
  test("are remembered, and shown where they are of use", async () => {
    const gateway = await open();
    const { owner, node: phone } = await household(gateway);
    await household(gateway, DESK, "desk");
    expect((await owner.call<{ activeNodeId?: string }>("node.list", {})).activeNodeId).toBeUndefined();
    await say(phone, "node.presence.activity", { lastInputSeconds: 30 });
    await say(phone, "node.host.stats", { load: 0.25, batteryPercent: 80, model: "iPhone" });
    const list = await owner.call<{ activeNodeId?: string }>("node.list", {});
    expect(list.activeNodeId).toBe(phoneId);
    expect((await rowsOf(owner)).find(({ nodeId }) => nodeId === phoneId)).toMatchObject({ hostStats: { load: 0.25, batteryPercent: 80 } });
    expect(await owner.call("system-presence", {})).toContainEqual(expect.objectContaining({ deviceId: phoneId, lastInputSeconds: 30, roles: ["node"] }));
    await gateway.pass(5 * 60_000);
    expect((await owner.call<{ activeNodeId?: string }>("node.list", {})).activeNodeId).toBeUndefined();
    await say(phone, "node.presence.alive", { reason: "background" });
    const at = gateway.clock.now();
    phone.close();
    await phone.closed;
    expect((await rowsOf(owner)).find(({ nodeId }) => nodeId === phoneId)).toMatchObject({ connected: false, lastSeenAtMs: at });
  });
});

describe("what is on disk", () => {
  test("when the answer came is there after a kill: approvals, names, commands that wait", async () => {
    const dir = await mkdtemp(join(tmpdir(), "nodes-"));
    const killed = `${dir}-killed`;
    closers.push(async () => {
      for (const folder of [dir, killed]) await rm(folder, { recursive: true, force: true });
    });
    const gateway = await open({ stateDir: dir });
    const { owner, node: phone } = await household(gateway);
    await owner.call("node.rename", { nodeId: phoneId, displayName: "The phone" });
    const { queued } = await owner.call<{ queued: { id: string } }>("node.pending.enqueue", { nodeId: phoneId, command: "camera.snap", params: { facing: "back" } });
    const second = await owner.call<{ queued: { id: string } }>("node.pending.enqueue", { nodeId: phoneId, command: "location.get" });
    await phone.call("node.pending.ack", { ids: [second.queued.id] });
    // What lies there now is what a process that ends here leaves.
    await cp(dir, killed, { recursive: true, filter: (path) => !path.endsWith("gateway.lock") });

    const clock = new HandClock();
    const transport = new MemoryTransport({ clock });
    const next = createGateway({ stateDir: killed, auth: { token: "test-token" }, clock, agent: new ScriptedRuntime([]) });
    closers.push(async () => {
      const closed = next.close();
      await clock.pass(20_000);
      await closed;
    });
    await next.serve(transport);
    const enter = async (device: string, ask: object): Promise<TestClient> => {
      const client = new TestClient(transport.connect({ address: "127.0.0.1" }));
      await client.connect({ auth: { token: "test-token" }, ...ask, device: new TestDevice(device) });
      return client;
    };
    const operator = await enter("owner", { scopes: ["operator.admin"] });
    expect(await rowsOf(operator)).toEqual([expect.objectContaining({ nodeId: phoneId, displayName: "The phone", connected: false, paired: true, commands: ["camera.snap", "location.get"] })]);
    const back = await enter("phone", PHONE);
    expect(await back.call("node.pending.pull", {})).toMatchObject({ actions: [{ id: queued.id, command: "camera.snap", paramsJSON: '{"facing":"back"}' }] });
    expect(operator.heard("node.pair.requested")).toEqual([]);
  });
});
