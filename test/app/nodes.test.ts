import { afterEach, describe, expect, test } from "@jest/globals";
import type { ScriptStep } from "../../src/adapters/agent/scripted/index.js";
import { StaticConfig } from "../../src/app/compose/static-config.js";
import { DEFAULT_SETTINGS } from "../../src/domain/default-settings.js";
import type { Settings } from "../../src/domain/settings.js";
import type { ConfigChange } from "../../src/ports/config-source.js";
import { createTestGateway, type TestConnect, type TestGateway } from "../../src/testing/test-gateway.js";
import type { TestClient } from "../../src/testing/test-client.js";
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

async function home(options?: GatewayAsk): Promise<{ gateway: TestGateway; owner: Guest; phone: Guest }> {
  const gateway = await open(options);
  const { owner, node } = await household(gateway);
  return { gateway, owner, phone: node };
}

const asPhone = (gateway: TestGateway, more: Partial<TestConnect> = {}): Promise<Guest> => gateway.connect({ device: "phone", ...PHONE, ...more });
const invoke = (client: TestClient, more: Record<string, unknown> = {}) => client.request("node.invoke", { nodeId: phoneId, command: "location.get", idempotencyKey: "key", ...more });
/** A configuration that somebody edits. */
class ChangingConfig extends StaticConfig {
  readonly #listeners = new Set<(change: ConfigChange) => void>();
  #nodes = DEFAULT_SETTINGS.nodes;

  constructor() {
    super({ ...DEFAULT_SETTINGS, auth: { mode: "token", token: "test-token" } });
  }

  override settings(): Settings {
    return { ...super.settings(), nodes: this.#nodes };
  }

  override onChange(listener: (change: ConfigChange) => void = () => {}): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  change(nodes: Settings["nodes"]): void {
    this.#nodes = nodes;
    for (const tell of this.#listeners) tell({ path: "openclaw.json", hash: "x", changed: ["gateway.nodes"], needsRestart: [] });
  }
}

const decisionOn = (operator: TestClient, requestId: string): string | undefined =>
  operator.heard("node.pair.resolved").map(({ payload }) => payload as { requestId: string; decision: string }).find((one) => one.requestId === requestId)?.decision;
const withNodes = (nodes: Partial<Settings["nodes"]>): Settings["nodes"] => ({ ...DEFAULT_SETTINGS.nodes, ...nodes });

describe("a surface", () => {
  test("is nothing until somebody approved it, and then holds for the connection that is there", async () => {
    const gateway = await open();
    const owner = await gateway.connect({ device: "owner" });
    const phone = await asPhone(gateway);
    const { payload } = await owner.nextEvent("node.pair.requested");
    expect(payload).toMatchObject({ nodeId: phoneId, platform: "iOS 18.2", displayName: "Ada's phone", caps: ["camera"], commands: ["camera.snap", "location.get"], permissions: { camera: true }, isRepair: false });
    const { requestId } = payload as { requestId: string };
    expect(await rowsOf(owner)).toEqual([expect.objectContaining({ nodeId: phoneId, connected: true, paired: true, caps: [], commands: [], pendingRequestId: requestId })]);
    const refusal = (await invoke(owner)).error;
    expect(refusal).toMatchObject({ code: "INVALID_REQUEST", details: { reason: "not-approved", command: "location.get", requestId } });
    expect(refusal?.message).toContain(`openclaw nodes approve ${requestId}`);

    await owner.call("node.pair.approve", { requestId });
    expect((await owner.nextEvent("node.pair.resolved")).payload).toMatchObject({ requestId, nodeId: phoneId, decision: "approved" });
    expect(await owner.call("node.describe", { nodeId: phoneId })).toMatchObject({ caps: ["camera"], commands: ["camera.snap", "location.get"], permissions: { camera: true } });
    const heard = invoke(owner, { params: { maxAgeMs: 5 }, idempotencyKey: "b" });
    expect(await answer(phone, { lat: 1 })).toMatchObject({ command: "location.get", paramsJSON: '{"maxAgeMs":5}', timeoutMs: 30_000, idempotencyKey: "b" });
    expect((await heard).payload).toEqual({ ok: true, nodeId: phoneId, command: "location.get", payload: { lat: 1 }, payloadJSON: '{"lat":1}' });
    // What was refused for want of an approval may be tried again under its key.
    const again = invoke(owner);
    await answer(phone, { lat: 2 });
    expect((await again).payload).toMatchObject({ payload: { lat: 2 } });
  });

  test("that grows is asked about again, and stays what it was until then; one that shrinks is not", async () => {
    const { gateway, owner, phone } = await home();
    phone.close();
    await asPhone(gateway, { commands: ["location.get"], caps: [], permissions: {} });
    expect((await rowsOf(owner))[0]).toMatchObject({ commands: ["location.get"], caps: [] });
    expect(owner.heard("node.pair.requested")).toHaveLength(1);

    await asPhone(gateway, { commands: ["location.get", "screen.record", "camera.snap"] });
    const requestId = await waitingFor(owner);
    expect((await rowsOf(owner))[0]).toMatchObject({ commands: ["camera.snap", "location.get"], pendingRequestId: requestId });
    await owner.call("node.pair.reject", { requestId });
    expect((await rowsOf(owner))[0]).toMatchObject({ commands: ["camera.snap", "location.get"] });
    expect((await rowsOf(owner))[0]).not.toHaveProperty("pendingRequestId");

    // A permission that is granted on the phone is more too.
    await asPhone(gateway, { permissions: { camera: true, location: true } });
    const another = await waitingFor(owner);
    // A newer one takes its place.
    await asPhone(gateway, { permissions: { camera: true, microphone: true } });
    const newest = await waitingFor(owner);
    expect(decisionOn(owner, another)).toBe("rejected");
    expect(await owner.refusal("node.pair.approve", { requestId: another })).toMatchObject({ message: "unknown requestId" });
    // Back to what was approved: there is nothing left to decide.
    await asPhone(gateway);
    await gateway.pass(1);
    expect(decisionOn(owner, newest)).toBe("rejected");
    expect(await owner.call("node.pair.list", {})).toMatchObject({ pending: [], paired: [{ nodeId: phoneId, commands: ["camera.snap", "location.get"] }] });
  });

  test("of another platform is nothing, though its commands were approved", async () => {
    const { gateway, owner, phone } = await home();
    phone.close();
    // Protocol 3 asks for no new pairing where the platform changed.
    await asPhone(gateway, { protocol: 3, client: { ...PHONE.client, platform: "linux" } });
    expect((await rowsOf(owner))[0]).toMatchObject({ commands: [], caps: [], connected: true });
    expect((await invoke(owner)).error).toMatchObject({ details: { reason: "platform-changed" } });
    await owner.call("node.pair.approve", { requestId: await waitingFor(owner) });
    expect((await rowsOf(owner))[0]).toMatchObject({ commands: ["camera.snap", "location.get"], platform: "linux" });
    // An update of the system is no other platform.
    await household(gateway, { ...PHONE, protocol: 3 }, "tablet");
    await gateway.connect({ device: "tablet", ...PHONE, protocol: 3, client: { ...PHONE.client, platform: "ios 19.0" } });
    expect((await rowsOf(owner)).find(({ nodeId }) => nodeId === idOf("tablet"))).toMatchObject({ commands: ["camera.snap", "location.get"] });
  });

  test("offers only what the platform and the configuration allow", async () => {
    const commands = { allow: ["sms.send"], deny: ["camera.*"] };
    const gateway = await open({ settings: { nodes: withNodes({ commands }) } });
    const owner = await gateway.connect({ device: "owner" });
    await asPhone(gateway, { commands: ["camera.snap", "location.get", "sms.send", "system.run"] });
    const { payload } = await owner.nextEvent("node.pair.requested");
    expect(payload).toMatchObject({ commands: ["location.get", "sms.send"] });
    await owner.call("node.pair.approve", { requestId: (payload as { requestId: string }).requestId });
    expect((await rowsOf(owner))[0]).toMatchObject({ commands: ["location.get", "sms.send"] });
    for (const command of ["camera.snap", "system.run"]) {
      const { error } = await invoke(owner, { command, idempotencyKey: command });
      expect(error).toMatchObject({ code: "INVALID_REQUEST", details: { reason: "not-allowed", command } });
      expect(error?.message).toMatch(/gateway\.nodes/);
    }
    expect((await invoke(owner, { command: "canvas.hide", idempotencyKey: "hide" })).error).toMatchObject({ details: { reason: "not-declared" } });
  });

  test("that the configuration allows later is asked about then, and not again for having been turned down", async () => {
    const config = new ChangingConfig();
    const gateway = await open({ config });
    const { owner } = await household(gateway, { ...PHONE, commands: ["location.get", "sms.send"] });
    expect((await invoke(owner, { command: "sms.send", idempotencyKey: "early" })).error).toMatchObject({ details: { reason: "not-allowed" } });
    config.change(withNodes({ commands: { allow: ["sms.send"], deny: ["location.*"] } }));
    const requestId = await waitingFor(owner);
    // What is denied is so at once; what is allowed waits for somebody.
    expect((await rowsOf(owner))[0]).toMatchObject({ commands: [], pendingRequestId: requestId });
    expect((await invoke(owner, { command: "sms.send" })).error).toMatchObject({ details: { reason: "not-approved", requestId } });
    await owner.call("node.pair.reject", { requestId });
    config.change(withNodes({ commands: { allow: ["sms.send"], deny: ["location.*", "camera.*"] } }));
    expect((await invoke(owner, { command: "sms.send", idempotencyKey: "late" })).error).toMatchObject({ details: { reason: "not-approved" } });
    expect(owner.heard("node.pair.requested")).toHaveLength(2);
    config.change(withNodes({}));
    expect((await rowsOf(owner))[0]).toMatchObject({ commands: ["location.get"] });
  });

  test("is gone with its approval, or with its device", async () => {
    const { owner, phone } = await home();
    await owner.call("node.pair.remove", { nodeId: phoneId });
    expect((await owner.nextEvent("node.pair.resolved", ({ payload }) => (payload as { decision: string }).decision === "removed")).payload).toMatchObject({ nodeId: phoneId });
    expect((await rowsOf(owner))[0]).toMatchObject({ commands: [], caps: [], connected: true, paired: true });
    expect((await invoke(owner)).error).toMatchObject({ details: { reason: "not-approved" } });
    const waiting = invoke(owner, { idempotencyKey: "x" });
    expect((await waiting).ok).toBe(false);
    await owner.call("device.pair.remove", { deviceId: phoneId });
    expect(await phone.closed).toMatchObject({ reason: "device removed" });
    expect(await rowsOf(owner)).toEqual([]);
    expect(await owner.refusal("node.pair.remove", { nodeId: phoneId })).toMatchObject({ message: "unknown nodeId" });
  });

  test("stays approved while its node is away, which is remembered", async () => {
    const { gateway, owner, phone } = await home();
    await owner.call("node.rename", { nodeId: phoneId, displayName: "The phone\u001b[31m" });
    await gateway.pass(5_000);
    phone.close();
    await phone.closed;
    await gateway.pass(1_000);
    const [row] = await rowsOf(owner);
    expect(row).toMatchObject({ nodeId: phoneId, displayName: "The phone", platform: "iOS 18.2", connected: false, paired: true, commands: ["camera.snap", "location.get"] });
    expect(row?.lastSeenAtMs).toBe(gateway.clock.now() - 1_000);
    expect(row).not.toHaveProperty("connectedAtMs");
    expect((await invoke(owner)).error).toMatchObject({ code: "UNAVAILABLE", message: "node not connected", retryable: true, details: { code: "NOT_CONNECTED", nodeCommandDispatched: false } });
    expect(await owner.refusal("node.describe", { nodeId: "nobody" })).toMatchObject({ code: "INVALID_REQUEST", message: "unknown nodeId" });
  });

  test("needs of its approver what it lets others do", async () => {
    const gateway = await open();
    const owner = await gateway.connect({ device: "owner" });
    const approver = (name: string, ...scopes: string[]) => gateway.connect({ device: name, scopes: scopes.map((scope) => `operator.${scope}`), client: { id: "openclaw-macos", mode: "ui" } });
    const [pairing, writing] = [await approver("pairing", "pairing"), await approver("writing", "pairing", "write")];

    await gateway.connect({ device: "bare", ...PHONE, commands: [], caps: ["voice"] });
    const bare = await waitingFor(owner);
    expect(await pairing.call("node.pair.approve", { requestId: bare })).toMatchObject({ node: { caps: ["voice"], commands: [] } });

    await asPhone(gateway);
    const phone = await waitingFor(owner);
    expect(await pairing.refusal("node.pair.approve", { requestId: phone })).toMatchObject({ code: "FORBIDDEN", message: "missing scope: operator.write", details: { code: "MISSING_SCOPE" } });
    expect(await writing.call("node.pair.approve", { requestId: phone })).toMatchObject({ node: { nodeId: phoneId } });

    await gateway.connect({ device: "desk", ...DESK });
    const desk = await waitingFor(owner);
    expect(await writing.refusal("node.pair.approve", { requestId: desk })).toMatchObject({ code: "FORBIDDEN", message: "missing scope: operator.admin" });
    expect(await owner.call("node.pair.approve", { requestId: desk })).toMatchObject({ node: { nodeId: idOf("desk") } });
  });

  test("may be asked for by an operator of protocol 3, whose node gets a token", async () => {
    const gateway = await open();
    const old = await gateway.connect({ device: "old", protocol: 3, scopes: ["operator.admin"] });
    const ask = { nodeId: "some-mac", displayName: "A Mac", platform: "macos", commands: ["system.notify", "sms.send"], caps: ["notify"] };
    const asked = await old.call<{ request: { requestId: string }; created: boolean }>("node.pair.request", ask);
    expect(asked).toMatchObject({ status: "pending", created: true, request: { nodeId: "some-mac", commands: ["system.notify"], displayName: "A Mac" } });
    expect(await old.call("node.pair.request", ask)).toMatchObject({ created: false, request: { requestId: asked.request.requestId } });
    const { node } = await old.call<{ node: { token: string } }>("node.pair.approve", { requestId: asked.request.requestId });
    expect(await old.call("node.pair.verify", { nodeId: "some-mac", token: node.token })).toMatchObject({ ok: true, node: { nodeId: "some-mac" } });
    expect(await old.call("node.pair.verify", { nodeId: "some-mac", token: `${node.token}x` })).toEqual({ ok: false });
    expect(await old.call("node.pair.verify", { nodeId: "nobody", token: node.token })).toEqual({ ok: false });
    expect(JSON.stringify([await old.call("node.pair.list", {}), await old.call("node.list", {})])).not.toContain(node.token);
    expect(await rowsOf(old)).toEqual([expect.objectContaining({ nodeId: "some-mac", paired: true, connected: false })]);
    await old.call("node.pair.remove", { nodeId: "some-mac" });
    expect(await rowsOf(old)).toEqual([]);

    // What an operator asks for is not remembered for ever.
    const { request } = await old.call<{ request: { requestId: string } }>("node.pair.request", ask);
    await gateway.pass(5 * 60_000);
    expect(await old.call("node.pair.list", {})).toMatchObject({ pending: [] });
    expect(await old.refusal("node.pair.approve", { requestId: request.requestId })).toMatchObject({ message: "unknown requestId" });
  });
});

describe("an invocation", () => {
  test("goes to the newest connection; an older one takes over when that one closes; any of them may answer", async () => {
    const { gateway, owner, phone: first } = await home();
    const second = await asPhone(gateway);
    const heard = invoke(owner, { idempotencyKey: "1" });
    const request = await asked(second);
    expect(await first.call("node.invoke.result", { id: request.id, nodeId: phoneId, ok: true, payload: "from the first" })).toEqual({ ok: true });
    expect((await heard).payload).toMatchObject({ payload: "from the first", payloadJSON: '"from the first"' });
    expect(first.heard("node.invoke.request")).toEqual([]);

    // What was asked over the connection that closes is answered at once; the older one is asked from now on.
    const lost = invoke(owner, { idempotencyKey: "2" });
    await asked(second);
    second.close();
    expect((await lost).error).toMatchObject({ code: "UNAVAILABLE", message: expect.stringMatching(/^node disconnected/), details: { code: "NOT_CONNECTED", nodeCommandDispatched: true } });
    const again = invoke(owner, { idempotencyKey: "3" });
    await answer(first, 3);
    expect((await again).payload).toMatchObject({ payload: 3 });
    expect((await rowsOf(owner))[0]).toMatchObject({ connected: true });
  });

  test("of one key runs once, whether it is repeated meanwhile or afterwards; a key that came to nothing may be used again", async () => {
    const { owner, phone } = await home();
    const [one, two] = [invoke(owner), invoke(owner)];
    await answer(phone, { n: 1 });
    expect((await one).payload).toEqual((await two).payload);
    expect((await invoke(owner)).payload).toMatchObject({ payload: { n: 1 } });
    expect((await invoke(owner, { params: { other: true } })).error).toMatchObject({ details: { code: "IDEMPOTENCY_CONFLICT" } });
    expect(phone.heard("node.invoke.request")).toHaveLength(1);
    // What failed on the way back counts as run.
    const lost = invoke(owner, { idempotencyKey: "lost" });
    await asked(phone);
    phone.close();
    expect((await lost).ok).toBe(false);
    expect((await invoke(owner, { idempotencyKey: "lost" })).error?.message).toMatch(/^node disconnected/);
    // What never reached the node does not.
    expect((await invoke(owner, { idempotencyKey: "early" })).error?.message).toBe("node not connected");
  });

  test("goes on without its caller, who comes back for the answer with the same key", async () => {
    const { gateway, owner, phone } = await home();
    const laptop = await gateway.connect({ device: "laptop" });
    laptop.ask("node.invoke", { nodeId: phoneId, command: "location.get", idempotencyKey: "key" });
    const request = await asked(phone);
    laptop.close();
    await laptop.closed;
    const back = await gateway.connect({ device: "laptop" });
    const heard = invoke(back);
    await phone.call("node.invoke.result", { id: request.id, nodeId: phoneId, ok: true, payloadJSON: "7" });
    expect((await heard).payload).toMatchObject({ payload: 7 });
    expect(phone.heard("node.invoke.cancel")).toEqual([]);
    expect(phone.heard("node.invoke.request")).toHaveLength(1);
    expect(owner.heard("node.invoke.progress")).toEqual([]);
  });

  test("that takes too long is withdrawn, and a late answer is taken and ignored", async () => {
    const { gateway, owner, phone } = await home();
    const slow = invoke(owner, { timeoutMs: 5_000 });
    const request = await asked(phone);
    expect(request.timeoutMs).toBe(5_000);
    await gateway.pass(4_999);
    await phone.call("node.invoke.progress", { invokeId: request.id, nodeId: phoneId, seq: 0, chunk: "nearly" });
    await gateway.pass(1);
    expect((await slow).error).toMatchObject({ code: "UNAVAILABLE", message: "node invoke timed out", details: { code: "TIMEOUT", nodeError: { code: "TIMEOUT" } } });
    expect((await phone.nextEvent("node.invoke.cancel")).payload).toEqual({ invokeId: request.id, nodeId: phoneId });
    expect(await phone.call("node.invoke.result", { id: request.id, nodeId: phoneId, ok: true })).toEqual({ ok: true, ignored: true });
    expect(await phone.call("node.invoke.progress", { invokeId: request.id, nodeId: phoneId, seq: 1, chunk: "done" })).toEqual({ ok: true, ignored: true });

    void invoke(owner, { idempotencyKey: "for long", timeoutMs: 1_000_000_000 });
    expect((await asked(phone)).timeoutMs).toBe(3_600_000);
    const usual = invoke(owner, { idempotencyKey: "usual" });
    expect((await asked(phone)).timeoutMs).toBe(30_000);
    await gateway.pass(30_000);
    expect((await usual).error?.message).toBe("node invoke timed out");
  });

  test("tells what comes before the answer to the connection that asked, in order", async () => {
    const { gateway, owner, phone } = await home();
    const other = await gateway.connect({ device: "other" });
    const old = await gateway.connect({ device: "old", protocol: 3 });
    const heard = invoke(owner);
    const { id } = await asked(phone);
    const say = (seq: number, chunk = `chunk ${seq}`) => phone.call("node.invoke.progress", { invokeId: id, nodeId: phoneId, seq, chunk });
    expect([await say(0), await say(2), await say(1), await say(2), await say(3)]).toEqual([{ ok: true }, { ok: true }, { ok: true, ignored: true }, { ok: true, ignored: true }, { ok: true }]);
    await phone.call("node.invoke.result", { id, nodeId: phoneId, ok: true });
    expect((await heard).payload).toMatchObject({ payload: null, payloadJSON: null });
    const told = owner.heard("node.invoke.progress");
    expect(told.map(({ payload }) => payload)).toEqual([0, 2, 3].map((seq) => ({ invokeId: id, nodeId: phoneId, command: "location.get", idempotencyKey: "key", seq, chunk: `chunk ${seq}` })));
    expect(told.every((event) => event.seq === undefined)).toBe(true);
    expect(other.heard("node.invoke.progress")).toEqual([]);

    const quiet = invoke(old, { idempotencyKey: "old" });
    const { id: second } = await asked(phone);
    await phone.call("node.invoke.progress", { invokeId: second, nodeId: phoneId, seq: 0, chunk: "x" });
    await phone.call("node.invoke.result", { id: second, nodeId: phoneId, ok: true, payloadJSON: "{}" });
    expect((await quiet).ok).toBe(true);
    expect(old.heard("node.invoke.progress")).toEqual([]);
  });

  test("that the node refuses is told with its reason; what it can't mean is a clear error", async () => {
    const { gateway, owner, phone } = await home({ settings: { nodes: withNodes({ maxResultBytes: 2_000 }) } });
    let nth = 0;
    const answered = async (result: Record<string, unknown>) => {
      const heard = invoke(owner, { idempotencyKey: `${(nth += 1)}` });
      const { id } = await asked(phone);
      await phone.call("node.invoke.result", { id, nodeId: phoneId, ok: true, ...result });
      return heard;
    };
    expect((await answered({ ok: false, error: { code: "LOCATION_DISABLED", message: "LOCATION_DISABLED: turn it on\u001b[2J" } })).error).toMatchObject({
      code: "UNAVAILABLE", message: "LOCATION_DISABLED: turn it on", details: { nodeError: { code: "LOCATION_DISABLED", message: "LOCATION_DISABLED: turn it on" } },
    });
    expect((await answered({ ok: false })).error).toMatchObject({ message: "the node gave no reason" });
    expect((await answered({ payload: { a: 1 }, payloadJSON: '{"a":2}' })).payload).toMatchObject({ payload: { a: 2 }, payloadJSON: '{"a":2}' });
    expect((await answered({ payload: { a: 1 } })).payload).toMatchObject({ payload: { a: 1 }, payloadJSON: '{"a":1}' });
    expect((await answered({ payloadJSON: "{" })).error).toMatchObject({ details: { code: "INVALID_RESULT" }, message: expect.stringContaining("is not JSON") });
    expect((await answered({ payloadJSON: `${"[".repeat(500)}${"]".repeat(500)}` })).error).toMatchObject({ details: { code: "INVALID_RESULT" } });
    expect((await answered({ payloadJSON: JSON.stringify("x".repeat(1_990)) })).ok).toBe(true);
    expect((await answered({ payloadJSON: JSON.stringify("é".repeat(1_000)) })).error).toMatchObject({ details: { code: "PAYLOAD_TOO_LARGE" }, message: expect.stringContaining("2000 bytes") });
    expect((await answered({ payload: "x".repeat(2_000) })).error).toMatchObject({ details: { code: "PAYLOAD_TOO_LARGE" } });
    await gateway.pass(1_000);
  });

  test("of a long result is told once, as a value", async () => {
    const { owner, phone } = await home();
    const heard = invoke(owner);
    const long = "x".repeat(5 * 1024 * 1024);
    await answer(phone, { base64: long });
    const { payload } = await heard;
    expect(payload).toMatchObject({ payloadJSON: null });
    expect((payload as { payload: { base64: string } }).payload.base64 === long).toBe(true);
    expect((await invoke(owner)).payload).toEqual(payload);
  });

  test("is bounded for each node", async () => {
    const { owner, phone } = await home();
    for (let nth = 0; nth < 64; nth += 1) owner.ask("node.invoke", { nodeId: phoneId, command: "location.get", idempotencyKey: `k${nth}` });
    expect((await invoke(owner)).error).toMatchObject({ code: "UNAVAILABLE", retryable: true, details: { code: "TOO_MANY_COMMANDS", nodeCommandDispatched: false } });
    await phone.call("node.invoke.result", { id: (await asked(phone)).id, nodeId: phoneId, ok: true });
    const heard = invoke(owner);
    const last = await phone.nextEvent("node.invoke.request", ({ payload }) => (payload as { idempotencyKey: string }).idempotencyKey === "key");
    await phone.call("node.invoke.result", { id: (last.payload as { id: string }).id, nodeId: phoneId, ok: true });
    expect((await heard).ok).toBe(true);
  });

  test("ends with the gateway, and the node is told", async () => {
    const { gateway, owner, phone } = await home();
    const heard = invoke(owner);
    const { id } = await asked(phone);
    const called = gateway.call("node.invoke", { nodeId: phoneId, command: "camera.snap", idempotencyKey: "embedder" });
    await asked(phone);
    const failed = expect(called).rejects.toMatchObject({ code: "UNAVAILABLE" });
    const closed = gateway.close();
    await gateway.pass(1_000);
    await closed;
    await failed;
    expect((await heard).error).toMatchObject({ code: "UNAVAILABLE" });
    expect(phone.heard("node.invoke.cancel").map(({ payload }) => (payload as { invokeId: string }).invokeId)).toContain(id);
  });

  test("by an agent's tool is withdrawn when its run is stopped", async () => {
    const tools = { allow: ["node_invoke"], deny: [] };
    const script = (): ScriptStep[] => [{ kind: "call", tool: "node_invoke", args: { nodeId: "ADA'S PHONE", command: "location.get" } }, { kind: "say", text: "done" }];
    const { owner, phone } = await home({ settings: { tools }, script });
    await owner.call("chat.send", { sessionKey: "main", message: "where am I", idempotencyKey: "run" });
    const first = await answer(phone, { lat: 59.9 });
    expect(first).toMatchObject({ command: "location.get", paramsJSON: null });
    await owner.nextEvent("chat", ({ payload }) => (payload as { state: string }).state === "final");
    await owner.call("chat.send", { sessionKey: "main", message: "again", idempotencyKey: "second" });
    const { id } = await asked(phone);
    await owner.call("chat.abort", { sessionKey: "main" });
    expect((await phone.nextEvent("node.invoke.cancel")).payload).toMatchObject({ invokeId: id });
  });

  test("that a run waits for is still answered while the gateway ends", async () => {
    const script = (): ScriptStep[] => [{ kind: "call", tool: "node_invoke", args: { nodeId: phoneId, command: "location.get" } }, { kind: "say", text: "done" }];
    const { gateway, owner, phone } = await home({ settings: { tools: { allow: ["*"], deny: [] } }, script });
    await owner.call("chat.send", { sessionKey: "main", message: "where am I", idempotencyKey: "run" });
    const { id } = await asked(phone);
    const closed = gateway.close();
    await phone.nextEvent("shutdown");
    expect((await invoke(owner)).error).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("shutting down") });
    expect(await phone.call("node.invoke.result", { id, nodeId: phoneId, ok: true, payloadJSON: "1" })).toEqual({ ok: true });
    expect((await owner.nextEvent("chat", ({ payload }) => (payload as { state: string }).state === "final")).payload).toMatchObject({ state: "final" });
    await gateway.pass(1_000);
    await closed;
  });

  test("ends at once where the node's token is revoked", async () => {
    const { owner, phone } = await home();
    const heard = invoke(owner);
    await asked(phone);
    await owner.call("device.token.revoke", { deviceId: phoneId, role: "node" });
    expect((await heard).error?.message).toMatch(/^node disconnected/);
    expect((await phone.closed).code).toBe(4001);
    expect((await rowsOf(owner))[0]).toMatchObject({ connected: false });
  });
});

describe("commands that wait", () => {
  const enqueue = (client: TestClient, more: Record<string, unknown> = {}) => client.request("node.pending.enqueue", { nodeId: phoneId, command: "location.get", ...more });
  const pulled = async (phone: TestClient, method = "node.pending.pull", params = {}): Promise<readonly { id: string; command: string }[]> => (await phone.call<{ actions: { id: string; command: string }[] }>(method, params)).actions;

  test("are fetched by their node, stay until it has done them, and go after ten minutes", async () => {
    const { gateway, owner, phone } = await home();
    phone.close();
    await phone.closed;
    const { payload } = await enqueue(owner, { params: { desiredAccuracy: "coarse" } });
    expect(payload).toEqual({ nodeId: phoneId, queued: { id: expect.any(String), command: "location.get", paramsJSON: '{"desiredAccuracy":"coarse"}', enqueuedAtMs: gateway.clock.now() } });
    const { id } = (payload as { queued: { id: string } }).queued;
    await enqueue(owner, { command: "camera.snap", expiresInMs: 60_000 });
    const back = await asPhone(gateway);
    expect(await back.call("node.pending.pull", {})).toMatchObject({ nodeId: phoneId, actions: [{ id, command: "location.get" }, { command: "camera.snap", paramsJSON: null }] });
    await gateway.pass(60_000);
    expect(await pulled(back)).toHaveLength(1);
    expect(await back.call("node.pending.ack", { ids: [id, "another's"] })).toEqual({ nodeId: phoneId, ackedIds: [id], remainingCount: 0 });
    expect(await pulled(back)).toEqual([]);
    for (let nth = 0; nth < 3; nth += 1) await enqueue(owner);
    expect(await pulled(back, "node.pending.drain", { maxItems: 2 })).toHaveLength(2);
    expect(await pulled(back, "node.pending.drain")).toHaveLength(1);
    await enqueue(owner);
    await gateway.pass(10 * 60_000);
    expect(await pulled(back)).toEqual([]);
  });

  test("are refused where they could not be invoked, where they need an answer, and where too many wait", async () => {
    const gateway = await open();
    const { owner, node: phone } = await household(gateway);
    await household(gateway, DESK, "desk");
    expect((await enqueue(owner, { nodeId: "nobody" })).error).toMatchObject({ message: "unknown nodeId" });
    expect((await enqueue(owner, { command: "screen.record" })).error).toMatchObject({ code: "INVALID_REQUEST", details: { reason: "not-approved" } });
    expect((await enqueue(owner, { nodeId: idOf("desk"), command: "system.run" })).error).toMatchObject({ details: { code: "COMMAND_NOT_QUEUEABLE" } });
    expect((await enqueue(owner, { expiresInMs: 600_001 })).error).toMatchObject({ code: "INVALID_REQUEST", message: expect.stringContaining("600000") });
    expect((await enqueue(owner, { params: "x".repeat(20_000) })).error).toMatchObject({ code: "INVALID_REQUEST", message: expect.stringContaining("16384 bytes") });
    for (let nth = 0; nth < 64; nth += 1) expect((await enqueue(owner)).ok).toBe(true);
    expect((await enqueue(owner)).error).toMatchObject({ code: "UNAVAILABLE", retryable: true, details: { code: "QUEUE_FULL" } });
    expect((await enqueue(owner, { nodeId: idOf("desk"), command: "system.which" })).ok).toBe(true);
    // What is taken back is not handed out, though it was queued before.
    expect(await pulled(phone)).toHaveLength(64);
    await owner.call("node.pair.remove", { nodeId: phoneId });
    expect(await pulled(phone)).toEqual([]);
    expect((await enqueue(owner)).error).toMatchObject({ details: { reason: "not-approved" } });
  });

  test("are what becomes of a phone's commands while its app is not in front", async () => {
    const { owner, phone } = await home();
    const refuse = async (command: string, error: Record<string, unknown>) => {
      const heard = invoke(owner, { command, idempotencyKey: `${command} ${JSON.stringify(error)}` });
      const { id } = await asked(phone);
      await phone.call("node.invoke.result", { id, nodeId: phoneId, ok: false, error });
      return (await heard).error;
    };
    const ASLEEP = { code: "NODE_BACKGROUND_UNAVAILABLE", message: "NODE_BACKGROUND_UNAVAILABLE: open the app" };
    const error = await refuse("camera.snap", ASLEEP);
    expect(error).toMatchObject({ code: "UNAVAILABLE", details: { code: "QUEUED_UNTIL_FOREGROUND", queued: { command: "camera.snap" }, nodeError: { code: "NODE_BACKGROUND_UNAVAILABLE" } } });
    expect(await pulled(phone)).toMatchObject([{ command: "camera.snap" }]);
    // A retry queues nothing again; what works in the background is not queued at all; nor is what fails for another reason.
    expect((await invoke(owner, { command: "camera.snap", idempotencyKey: `camera.snap ${JSON.stringify(ASLEEP)}` })).error).toEqual(error);
    expect(await refuse("location.get", ASLEEP)).toMatchObject({ details: { code: "NODE_BACKGROUND_UNAVAILABLE" } });
    expect(await refuse("camera.snap", { code: "CAMERA_DISABLED", message: "CAMERA_DISABLED: no" })).toMatchObject({ details: { code: "CAMERA_DISABLED" } });
    expect(await pulled(phone)).toHaveLength(1);
  });
});
