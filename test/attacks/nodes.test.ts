import { afterEach, describe, expect, test } from "@jest/globals";
import type { ScriptStep } from "../../src/adapters/agent/scripted/index.js";
import { MAX_OPERATOR_REQUESTS } from "../../src/domain/nodes/decide-node.js";
import { createTestGateway, type TestConnect, type TestGateway } from "../../src/testing/test-gateway.js";
import type { TestClient } from "../../src/testing/test-client.js";
import { FrontDoor } from "../support/front-door.js";
import { answer, asked, DESK, household, idOf, PHONE, phoneId, rowsOf, waitingFor, type GatewayAsk, type Guest } from "../support/nodes.js";

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

const invoke = (client: TestClient, nodeId: string, command: string, more: Record<string, unknown> = {}) =>
  client.request("node.invoke", { nodeId, command, idempotencyKey: `${command} ${JSON.stringify(more)}`, ...more });

/** Two nodes of one owner: a phone, and a desk that runs programs. */
async function twoNodes(options?: GatewayAsk): Promise<{ gateway: TestGateway; owner: Guest; phone: Guest; desk: Guest }> {
  const gateway = await open(options);
  const { owner, node: phone } = await household(gateway);
  const desk = await gateway.connect({ device: "desk", ...DESK });
  await owner.call("node.pair.approve", { requestId: await waitingFor(owner) });
  return { gateway, owner, phone, desk };
}

describe("a node that wants more than it was given", () => {
  test.each([3, 4])("has nothing by claiming it: commands, scopes, another platform, protocol %i", async (protocol) => {
    const gateway = await open();
    const owner = await gateway.connect({ device: "owner" });
    const greedy: TestConnect = {
      ...PHONE,
      protocol,
      scopes: ["operator.admin", "operator.write"],
      commands: ["system.run", "system.execApprovals.set", "browser.proxy", "camera.snap", "*", "camera.*", "system.run "],
      caps: ["operator.admin", "*"],
    };
    const phone = await gateway.connect({ device: "phone", ...greedy });
    expect(phone.hello.auth?.scopes ?? []).toEqual([]);
    for (const method of ["node.pair.approve", "node.invoke", "node.list", "node.pending.enqueue", "config.get", "chat.send"]) {
      expect(await phone.refusal(method, {})).toMatchObject({ message: "unauthorized role: node" });
    }
    const requestId = await waitingFor(owner);
    // A phone that says it is a desktop runs programs no sooner than somebody approved a desktop.
    const liar = await gateway.connect({ device: "phone", ...greedy, client: { ...PHONE.client, platform: "macos" } });
    const lie = await waitingFor(owner);
    for (const command of ["system.run", "camera.snap"]) expect((await invoke(owner, phoneId, command)).error).toMatchObject({ details: { reason: "not-approved", requestId: lie } });
    expect(await owner.refusal("node.pair.approve", { requestId })).toMatchObject({ message: "unknown requestId" });
    liar.close();
    await liar.closed;
    await owner.call("node.pair.approve", { requestId: await waitingFor(owner) });
    expect((await rowsOf(owner))[0]).toMatchObject({ platform: "iOS 18.2", commands: ["camera.snap"] });
    expect((await invoke(owner, phoneId, "system.run", { params: { command: ["id"] } })).error).toMatchObject({ details: { reason: "not-allowed" } });
    // Approved as a phone, it is nothing as a desktop.
    await gateway.connect({ device: "phone", ...greedy, client: { ...PHONE.client, platform: "macos" } });
    expect((await invoke(owner, phoneId, "camera.snap", { params: {} })).error).toMatchObject({ details: { reason: "platform-changed" } });
    expect(phone.heard("node.invoke.request")).toEqual([]);
  });

  test("gains nothing by offering less while it is looked at, and more afterwards", async () => {
    const gateway = await open();
    const owner = await gateway.connect({ device: "owner" });
    await gateway.connect({ device: "desk", ...DESK, commands: ["system.which"] });
    const harmless = await waitingFor(owner);
    // The request that the owner looks at is not the one that waits by now.
    await gateway.connect({ device: "desk", ...DESK });
    await waitingFor(owner);
    expect(await owner.refusal("node.pair.approve", { requestId: harmless })).toMatchObject({ message: "unknown requestId" });
    expect((await invoke(owner, idOf("desk"), "system.run")).error).toMatchObject({ details: { reason: "not-approved" } });
  });

  test("is not let in by an operator who may not do himself what it would do", async () => {
    const gateway = await open();
    const owner = await gateway.connect({ device: "owner" });
    await gateway.connect({ device: "desk", ...DESK });
    const requestId = await waitingFor(owner);
    for (const scopes of [["operator.read", "operator.write"], ["operator.pairing"], ["operator.pairing", "operator.write"], ["operator.pairing", "operator.approvals", "operator.talk"]]) {
      for (const protocol of [3, 4]) {
        const helper = await gateway.connect({ device: `helper ${scopes.join()} ${protocol}`, scopes, protocol, client: { id: "openclaw-macos", mode: "ui" } });
        const refusal = await helper.refusal("node.pair.approve", { requestId });
        expect(refusal).toMatchObject({ code: protocol === 3 ? "INVALID_REQUEST" : "FORBIDDEN", message: expect.stringMatching(/^missing scope: operator\./) });
      }
    }
    // The device that is the node can't approve itself either, as an operator with less.
    const itself = await gateway.connect({ device: "desk", scopes: ["operator.pairing", "operator.write"], client: { id: "openclaw-linux", mode: "ui", platform: "linux" } });
    expect(await itself.refusal("node.pair.approve", { requestId })).toMatchObject({ message: "missing scope: operator.admin" });
    expect((await rowsOf(owner))[0]).toMatchObject({ commands: [] });
  });
});

describe("a node that speaks for another", () => {
  test("answers nothing, tells nothing, takes nothing", async () => {
    const { owner, phone, desk } = await twoNodes();
    const heard = invoke(owner, phoneId, "location.get");
    const { id } = await asked(phone);
    expect(await desk.refusal("node.invoke.result", { id, nodeId: phoneId, ok: true, payload: "forged" })).toMatchObject({ code: "INVALID_REQUEST", message: "nodeId mismatch" });
    expect(await desk.call("node.invoke.result", { id, nodeId: idOf("desk"), ok: true, payload: "forged" })).toEqual({ ok: true, ignored: true });
    expect(await desk.refusal("node.invoke.progress", { invokeId: id, nodeId: phoneId, seq: 0, chunk: "forged" })).toMatchObject({ message: "nodeId mismatch" });
    expect(await desk.call("node.invoke.progress", { invokeId: id, nodeId: idOf("desk"), seq: 0, chunk: "forged" })).toEqual({ ok: true, ignored: true });
    await phone.call("node.invoke.result", { id, nodeId: phoneId, ok: true, payload: "true" });
    expect((await heard).payload).toMatchObject({ payload: "true" });
    expect(owner.heard("node.invoke.progress")).toEqual([]);

    const { queued } = await owner.call<{ queued: { id: string } }>("node.pending.enqueue", { nodeId: phoneId, command: "location.get" });
    expect(await desk.call("node.pending.pull", {})).toMatchObject({ nodeId: idOf("desk"), actions: [] });
    expect(await desk.call("node.pending.drain", { nodeId: phoneId })).toMatchObject({ actions: [] });
    expect(await desk.call("node.pending.ack", { ids: [queued.id] })).toMatchObject({ ackedIds: [] });
    expect(await phone.call("node.pending.pull", {})).toMatchObject({ actions: [{ id: queued.id }] });
  });

  test("is not told what another was asked, nor is another caller told what a node answered", async () => {
    const { gateway, owner, phone, desk } = await twoNodes();
    const other = await gateway.connect({ device: "other", scopes: ["operator.write"] });
    const first = owner.request("node.invoke", { nodeId: phoneId, command: "location.get", idempotencyKey: "1" });
    const one = await answer(phone, { lat: 59.9 });
    expect((await first).ok).toBe(true);
    // The same key of somebody else is another key, to the gateway and to the node.
    const second = other.request("node.invoke", { nodeId: phoneId, command: "location.get", idempotencyKey: "1" });
    const two = await answer(phone, { lat: 48.2 });
    expect((await second).payload).toMatchObject({ payload: { lat: 48.2 } });
    expect(one.idempotencyKey).toBe("1");
    expect(two.idempotencyKey).not.toBe("1");
    expect(JSON.stringify(desk.events)).not.toContain("node.invoke.request");
  });
});

describe("a command that claims to be approved", () => {
  const CLAIMS = { approved: true, approvalDecision: "allow-always", run_id: "mine", APPROVED: true, approval_decision: "allow-once" };

  test("reaches the node without the claim, whoever makes it", async () => {
    const script = (): ScriptStep[] => [{ kind: "call", tool: "node_invoke", args: { nodeId: "desk", command: "system.run", params: { command: ["id"], runId: "mine", ...CLAIMS } } }];
    const { gateway, owner, desk } = await twoNodes({ settings: { tools: { allow: ["node_invoke"], deny: [] } }, script });
    const asks = [
      () => owner.ask("node.invoke", { nodeId: idOf("desk"), command: "system.run", params: { command: ["id"], ...CLAIMS }, idempotencyKey: "1" }),
      () => void gateway.call("node.invoke", { nodeId: idOf("desk"), command: "system.run", params: { command: ["id"], ...CLAIMS }, idempotencyKey: "2" }),
      () => owner.ask("chat.send", { sessionKey: "main", message: "run id", idempotencyKey: "3" }),
    ];
    const heard: string[] = [];
    for (const ask of asks) {
      ask();
      heard.push((await answer(desk, {})).paramsJSON ?? "");
    }
    // The agent's command is the agent's, whatever a model says.
    expect(heard).toEqual(['{"command":["id"]}', '{"command":["id"]}', '{"command":["id"],"agentId":"main"}']);
    // Who names an approval of his own making is not passed on at all.
    const named = await owner.refusal("node.invoke", { nodeId: idOf("desk"), command: "system.run", params: { command: ["id"], runId: "mine" }, idempotencyKey: "4" });
    expect(named).toMatchObject({ code: "INVALID_REQUEST", details: { code: "APPROVAL_NOT_USABLE", reason: "unknown" } });
  });

  test("does not wait for its node either, and the node's own list of approvals is out of reach", async () => {
    const script = (): ScriptStep[] => [{ kind: "call", tool: "node_invoke", args: { nodeId: "desk", command: "system.execApprovals.set", params: { file: {} } } }];
    const gateway = await open({ settings: { tools: { allow: ["*"], deny: [] } }, script });
    const { owner, node: desk } = await household(gateway, { ...DESK, commands: ["system.run", "system.execApprovals.get", "system.execApprovals.set"] }, "desk");
    expect(await owner.refusal("node.pending.enqueue", { nodeId: idOf("desk"), command: "system.run", params: CLAIMS })).toMatchObject({ details: { code: "COMMAND_NOT_QUEUEABLE" } });
    expect(await owner.refusal("node.pending.enqueue", { nodeId: idOf("desk"), command: "system.execApprovals.set" })).toMatchObject({ code: "INVALID_REQUEST" });
    for (const command of ["system.execApprovals.get", "system.execApprovals.set"]) {
      expect((await invoke(owner, idOf("desk"), command)).error).toMatchObject({ code: "INVALID_REQUEST", message: expect.stringContaining("exec.approvals.node.") });
    }
    await owner.call("chat.send", { sessionKey: "main", message: "go", idempotencyKey: "1" });
    await owner.nextEvent("chat", ({ payload }) => (payload as { state: string }).state === "final");
    expect(desk.heard("node.invoke.request")).toEqual([]);
  });
});

describe("a flood", () => {
  test("of requests on behalf of nodes pushes out its own, and nobody's phone", async () => {
    const gateway = await open();
    const owner = await gateway.connect({ device: "owner" });
    const phone = await gateway.connect({ device: "phone", ...PHONE });
    const requestId = await waitingFor(owner);
    const flooder = await gateway.connect({ device: "flooder", scopes: ["operator.pairing"] });
    for (let nth = 0; nth < MAX_OPERATOR_REQUESTS * 2; nth += 1) await flooder.call("node.pair.request", { nodeId: `n${nth}`, commands: ["location.get"] });
    expect((await owner.call<{ pending: unknown[] }>("node.pair.list", {})).pending).toHaveLength(MAX_OPERATOR_REQUESTS + 1);
    await owner.call("node.pair.approve", { requestId });
    const heard = invoke(owner, phoneId, "location.get");
    await answer(phone, 1);
    expect((await heard).ok).toBe(true);
  });

  test("of surfaces leaves one request, and of connections a bounded number of routes", async () => {
    const gateway = await open();
    const owner = await gateway.connect({ device: "owner" });
    for (let nth = 0; nth < 30; nth += 1) await gateway.connect({ device: "phone", ...PHONE, caps: [`cap${nth}`] });
    await gateway.pass(1_000);
    const { pending } = await owner.call<{ pending: { caps: string[] }[] }>("node.pair.list", {});
    expect(pending).toMatchObject([{ caps: ["cap29"] }]);
    expect(await rowsOf(owner)).toHaveLength(1);
  });

  test("of progress ends where it is too much, and buys no time", async () => {
    const { gateway, owner, phone } = await twoNodes();
    const heard = invoke(owner, phoneId, "location.get", { timeoutMs: 1_000 });
    const { id } = await asked(phone);
    const chunk = "x".repeat(16_384);
    let taken = 0;
    for (let seq = 0; seq < 300; seq += 1) {
      const said = await phone.call<{ ignored?: boolean }>("node.invoke.progress", { invokeId: id, nodeId: phoneId, seq, chunk });
      if (said.ignored !== true) taken += 1;
    }
    expect(taken).toBe(256);
    expect(await phone.refusal("node.invoke.progress", { invokeId: id, nodeId: phoneId, seq: 999, chunk: `${chunk}x` })).toMatchObject({ code: "INVALID_REQUEST" });
    await gateway.pass(1_000);
    expect((await heard).error?.message).toBe("node invoke timed out");
  });
});

describe("what a node sends", () => {
  test("may be as large as the gateway says, and what is larger ends the command and nothing else", async () => {
    const door = await FrontDoor.open();
    closers.push(() => door.close());
    const owner = await door.enter();
    const phone = await door.enter({ device: "phone", ...PHONE });
    await owner.call("node.pair.approve", { requestId: await waitingFor(owner) });
    const send = async (key: string, base64: string) => {
      const heard = owner.request("node.invoke", { nodeId: phoneId, command: "camera.snap", idempotencyKey: key });
      await answer(phone, { base64 });
      return heard;
    };
    const large = await send("large", "x".repeat(20 * 1024 * 1024 - 100));
    expect((large.payload as { payload: { base64: string } }).payload.base64).toHaveLength(20 * 1024 * 1024 - 100);
    expect((await send("too large", "x".repeat(20 * 1024 * 1024))).error).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("gateway.nodes.maxResultBytes"), details: { code: "PAYLOAD_TOO_LARGE" } });
    // Answers so large are not kept for long, and a retry does not take the picture again.
    await send("second", "y".repeat(20 * 1024 * 1024 - 100));
    await send("third", "z".repeat(20 * 1024 * 1024 - 100));
    const again = await owner.request("node.invoke", { nodeId: phoneId, command: "camera.snap", idempotencyKey: "large" });
    expect(again.error).toMatchObject({ code: "UNAVAILABLE", details: { code: "ANSWER_NOT_KEPT" } });
    expect((await send("small", "x")).ok).toBe(true);
    expect(phone.heard("node.invoke.request")).toHaveLength(5);
    expect(door.errors()).toEqual([]);
  }, 60_000);

  test("is data: keys of Object.prototype, deep nesting and control characters come through as what they are, or not at all", async () => {
    const { owner, phone } = await twoNodes();
    const sly = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"ok":false}';
    const heard = invoke(owner, phoneId, "location.get", { params: JSON.parse(sly) });
    const { id, paramsJSON } = await asked(phone);
    expect(paramsJSON).toBe(sly);
    await phone.call("node.invoke.result", { id, nodeId: phoneId, ok: true, payloadJSON: sly });
    expect((await heard).payload).toMatchObject({ ok: true, payloadJSON: sly });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    for (const event of ["voice.transcript", "agent.request", "exec.finished", "node.host.stats", "chat.subscribe", "__proto__", "constructor"]) {
      expect((await phone.request("node.event", { event, payloadJSON: sly })).ok).toBe(true);
      expect((await phone.request("node.event", { event, payloadJSON: `${"[".repeat(100_000)}` })).payload).toMatchObject({ handled: false, reason: expect.stringContaining("nested too deeply") });
    }
    const failing = invoke(owner, phoneId, "camera.snap");
    const second = await asked(phone);
    await phone.call("node.invoke.result", { id: second.id, nodeId: phoneId, ok: false, error: { code: "X\u0007", message: `\u001b]0;title\u0007${"long ".repeat(1_000)}` } });
    const { error } = await failing;
    expect(error?.message).toMatch(/^long long/);
    expect(error?.message.length).toBeLessThanOrEqual(1_000);
  });

  test("of itself is shown so that it can't fool a terminal", async () => {
    const gateway = await open();
    const owner = await gateway.connect({ device: "owner" });
    const name = "Phone\u001b[2J\u202e\n[approved]";
    await gateway.connect({ device: "phone", ...PHONE, client: { ...PHONE.client, displayName: name, platform: "ios\u001b[31m", modelIdentifier: "m\u0000" }, caps: ["camera\u001b[2J", "voice"], permissions: { "a\nb": true } });
    await owner.nextEvent("node.pair.requested");
    const seen = JSON.stringify([owner.heard("node.pair.requested"), await owner.call("node.list", {}), await owner.call("node.pair.list", {})]);
    expect(seen).not.toMatch(/\\u001b|\\u0000|\u202e|\\n/);
    expect(seen).toContain("Phone [approved]");
  });
});
