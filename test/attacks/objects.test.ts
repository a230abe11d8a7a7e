import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Gate, type Script } from "../../src/adapters/agent/scripted/index.js";
import { LIVE_METHODS, METHODS, type LiveMethod } from "../../src/domain/protocol/catalog.js";
import { MAX_REQUEST_ID } from "../../src/domain/protocol/frames.js";
import { MAX_NESTING } from "../../src/domain/protocol/nesting.js";
import { errorOf, payloadOf, type TestClient } from "../support/client.js";
import { runProgram } from "../support/daemon.js";
import { TestDevice } from "../support/device.js";
import { FrontDoor, TOKEN, type Guest } from "../support/front-door.js";
import { answer, DESK, idOf, waitingFor } from "../support/nodes.js";

// What a client may build out of JSON: names that mean something to JavaScript, keys and ids used twice, fields nobody asked for.

type Protocol = 3 | 4;
type Fields = Readonly<Record<string, unknown>>;

const POISONED = ["__proto__", "constructor", "prototype"] as const;
const KEYED: Readonly<Record<string, Fields>> = {
  agent: { message: "hi", sessionKey: "main" },
  "chat.send": { message: "hi", sessionKey: "main" },
  send: { channel: "memory", to: "somebody", message: "hi" },
  poll: { channel: "memory", to: "somebody", question: "which?", options: ["a", "b"] },
};
/** But for the one that is held back until a person decides. */
const ANSWERED = LIVE_METHODS.filter((method) => method !== "exec.approval.request");

/** What the open methods need at least. */
const OPEN: Readonly<Record<string, Fields>> = {
  agent: { message: "hi", idempotencyKey: "b4-agent" },
  "chat.send": { message: "hi", sessionKey: "main", idempotencyKey: "b4-chat" },
  "chat.history": { sessionKey: "main" },
  "sessions.list": {},
  "sessions.patch": { key: "main" },
  "system-event": { text: "hi" },
  "set-heartbeats": { enabled: true },
  wake: { mode: "next-heartbeat", text: "hi" },
  "cron.list": {},
  "cron.runs": { id: "none" },
  "cron.add": { name: "b4", schedule: { kind: "every", everyMs: 3_600_000 }, payload: { kind: "systemEvent", text: "hi" } },
  "node.invoke": { nodeId: idOf("desk"), command: "location.get", idempotencyKey: "b4-node" },
  "node.pending.enqueue": { nodeId: idOf("desk"), command: "location.get" },
  "node.pending.drain": {},
  "message.action": { channel: "memory", action: "react", params: { to: "x", messageId: "m", emoji: "\u{1f44d}" }, idempotencyKey: "b4-action" },
};

/** What stands at the root of every object: a name more, or another value, would be pollution. */
const root = (): unknown => Object.entries(Object.getOwnPropertyDescriptors(Object.prototype)).map(([name, { value }]) => [name, value as unknown]);

let door: FrontDoor;
let before: unknown;

beforeEach(() => {
  before = root();
});

afterEach(async () => {
  expect(root()).toEqual(before);
  expect(({} as Fields)["polluted"]).toBeUndefined();
  expect(door.errors()).toEqual([]);
  await door.close();
});

const open = async (script?: Script): Promise<FrontDoor> => (door = await FrontDoor.open(script ? { script } : {}));

/** Text, not an object: a literal `__proto__` in the test would set its own prototype. */
function sendText(client: TestClient, { id, method, params }: { id: string; method: string; params: string }) {
  client.send(`{"type":"req","id":${JSON.stringify(id)},"method":${JSON.stringify(method)},"params":${params}}`);
  return client.response(id);
}

const withKey = (params: Fields, key: string, value: string): string => {
  const text = JSON.stringify(params);
  return `${text.slice(0, -1)}${text === "{}" ? "" : ","}${JSON.stringify(key)}:${value}}`;
};

describe.each<Protocol>([3, 4])("protocol %i", (protocol) => {
  const enter = (device = "owner"): Promise<Guest> => door.enter({ device, protocol });

  /** An owner, and a node that answers whatever it is asked; each method is called by whoever may. */
  const enterBoth = async (): Promise<{ client: Guest; callerOf: (method: LiveMethod) => TestClient }> => {
    const client = await enter();
    const node = await door.enter({ device: "desk", protocol, ...DESK, commands: ["location.get"] });
    await client.call("node.pair.approve", { requestId: await waitingFor(client) });
    void answer(node, {});
    return { client, callerOf: (method) => (METHODS[method].role === "node" ? node : client) };
  };

  test.each(POISONED)("B1: %s as a parameter is refused where params are closed, and ignored where they are open", async (name) => {
    await open();
    const { client, callerOf } = await enterBoth();
    for (const method of ANSWERED) {
      const isOpen = (METHODS[method].params as { additionalProperties?: unknown }).additionalProperties === true;
      const params = withKey(OPEN[method] ?? {}, name, "{\"polluted\":true,\"operator.admin\":true}");
      const response = await sendText(callerOf(method), { id: `${name} ${method}`, method, params });
      if (isOpen) expect([method, payloadOf(response)]).toEqual([method, expect.anything()]);
      else expect([method, errorOf(response)]).toEqual([method, { code: "INVALID_REQUEST", message: expect.stringContaining(`unexpected property '${name}'`) }]);
    }
    expect(JSON.stringify(await client.call("sessions.list"))).not.toContain("polluted");
  });

  test("B1: such names at any depth change nothing outside of their object", async () => {
    await open();
    const client = await enter();
    let count = 0;
    const levels = fc.integer({ min: 0, max: Math.floor((MAX_NESTING - 4) / 3) });
    await fc.assert(fc.asyncProperty(fc.constantFrom(...POISONED), levels, fc.constantFrom("agent", "chat.history", "sessions.list", "system-event"), async (name, depth, method) => {
      const nested = `${`{"a":[{"${name}":`.repeat(depth)}{"polluted":true}${"}]}".repeat(depth)}`;
      const params = withKey(method === "agent" ? { message: "hi", idempotencyKey: `deep-${(count += 1)}` } : (OPEN[method] ?? {}), "zzz", nested);
      payloadOf(await sendText(client, { id: `${(count += 1)}`, method, params }));
    }), { numRuns: 40 });
  });

  test("B1: such names as values name nothing", async () => {
    await open();
    const client = await enter();
    for (const name of [...POISONED, "toString", "hasOwnProperty"]) {
      expect(await client.refusal(name)).toMatchObject({ code: "INVALID_REQUEST", message: `unknown method: ${name}` });
      expect(await client.refusal("chat.history", { sessionKey: "main", agentId: name })).toMatchObject({ details: { code: "UNKNOWN_AGENT_ID" } });
      expect(await client.refusal("send", { to: "x", message: "hi", channel: name, idempotencyKey: `${name}-1` })).toMatchObject({ message: `unsupported channel: ${name}` });
      expect(await client.refusal("device.token.rotate", { deviceId: new TestDevice("owner").id, role: name })).toMatchObject({ message: "unknown deviceId/role" });
      expect(await client.refusal("device.pair.remove", { deviceId: name })).toMatchObject({ message: "unknown deviceId/role" });
      expect(await client.refusal("device.pair.approve", { requestId: name })).toMatchObject({ message: "unknown requestId" });
      expect(await client.call("agent.wait", { runId: name, timeoutMs: 0 })).toMatchObject({ status: "timeout" });
      expect(await client.call("sessions.patch", { key: name, label: name })).toMatchObject({ key: `agent:main:${name}`, entry: { label: name } });
      expect(await client.call("sessions.resolve", { label: name })).toEqual({ ok: true, key: `agent:main:${name}` });
      expect(await client.call("send", { to: name, message: name, channel: "memory", idempotencyKey: name })).toMatchObject({ runId: name });
      await client.call("system-event", { text: `Node: ${name}`, deviceId: name, host: name });
      expect(await client.call("system-presence")).toEqual(expect.arrayContaining([expect.objectContaining({ host: name })]));
    }
  });

  test("B1 B4: in a connect they claim nothing, at any level, and neither does any other field that nobody knows", async () => {
    await open();
    const device = new TestDevice("claimant");
    const client = await door.knock();
    const { nonce, ts } = await client.challenge();
    const params = device.connectParams({ protocol, scopes: ["operator.read"], auth: { token: TOKEN } }, { nonce, signedAt: ts });
    const extra = [...POISONED, "grantedScopes", "isLocal"].map((name) => `${JSON.stringify(name)}:{"polluted":true,"role":"operator","scopes":["operator.admin"]}`).join(",");
    // Into the params themselves and into every object within them.
    const text = JSON.stringify(params).replaceAll("{", `{${extra},`).replace("\"scopes\":[\"operator.read\"]", "\"permissions\":{\"__proto__\":true,\"constructor\":false},\"scopes\":[\"operator.read\"]");
    payloadOf(await sendText(client, { id: "1", method: "connect", params: text }));
    expect(await client.call("status")).toBeDefined();
    expect(await client.refusal("set-heartbeats", { enabled: false })).toMatchObject({ message: "missing scope: operator.admin" });
    expect(await door.gateway.call("device.pair.list", {})).toMatchObject({ paired: [{ roles: ["operator"], scopes: ["operator.read"] }] });
  });

  test.each(Object.entries(KEYED))("B2: %s: a key stands for one request of one device", async (method, params) => {
    const gate = new Gate();
    await open([{ kind: "wait", gate }, { kind: "say", text: "for the first alone" }]);
    const client = await enter();
    const other = await enter("other");
    const conflict = { code: "INVALID_REQUEST", message: expect.stringContaining("use a new key"), details: { code: "IDEMPOTENCY_CONFLICT" } };
    payloadOf(await client.request(method, { ...params, idempotencyKey: "k" }));
    expect(await client.refusal(method, { ...params, [method === "poll" ? "question" : "message"]: "something else", idempotencyKey: "k" })).toEqual(conflict);
    gate.open();
    if (method === "agent" || method === "chat.send") await client.call("agent.wait", { runId: "k" });
    expect(await client.refusal(method, { ...params, [method === "poll" ? "question" : "message"]: "something else", idempotencyKey: "k" })).toEqual(conflict);
    const [mine, theirs] = [await client.call(method, { ...params, idempotencyKey: "k" }), await other.call(method, { ...params, idempotencyKey: "k" })];
    // The other device's is carried out, not answered from memory.
    if (method === "send" || method === "poll") expect([mine["messageId"], theirs["messageId"]]).toEqual(["memory-out-1", "memory-out-2"]);
    else expect([mine["status"], theirs["status"]]).toEqual(["ok", method === "agent" ? "accepted" : "started"]);
    expect(JSON.stringify(theirs)).not.toContain("for the first alone");
  });

  test.each(Object.entries(KEYED))("B2: %s: a key has 1 to 256 characters of printable ASCII", async (method, params) => {
    await open();
    const client = await enter();
    for (const key of ["", "x".repeat(257), "\u0000", "a\nb", "a\u001b[2J", "a\u202eb", "ключ", "\ud800", "😀", 7, null, ["k"], undefined]) {
      expect([key, await client.refusal(method, { ...params, idempotencyKey: key })]).toEqual([key, { code: "INVALID_REQUEST", message: expect.stringContaining(`invalid ${method} params: `) }]);
    }
    for (const key of ["~", "x".repeat(256), "1:0b6f6a4e-54b2-4a53-8f6e-0a3c", "with a space"]) payloadOf(await client.request(method, { ...params, idempotencyKey: key }));
  });

  test("B3: an id is of one request at a time, and free again afterwards", async () => {
    const gate = new Gate();
    await open([{ kind: "wait", gate }]);
    const client = await enter();
    client.ask("agent", { message: "hi", idempotencyKey: "k" }, "twice");
    expect(payloadOf(await client.response("twice"))).toMatchObject({ status: "accepted" });
    client.ask("health", undefined, "twice");
    expect(errorOf(await client.response("twice"))).toEqual({ code: "INVALID_REQUEST", message: expect.stringContaining("still in use") });
    gate.open();
    expect(payloadOf(await client.response("twice"))).toMatchObject({ status: "ok" });
    client.ask("health", undefined, "twice");
    expect(payloadOf(await client.response("twice"))).toMatchObject({ ok: true });
    // Another connection's ids are its own.
    const other = await enter("other");
    other.ask("agent", { message: "hi", idempotencyKey: "k" }, "twice");
    expect(payloadOf(await other.response("twice"))).toMatchObject({ status: "accepted" });
  });

  test.each<[string, unknown]>([
    ["a number", 7], ["null", null], ["a boolean", true], ["an object", {}], ["a list", ["id"]], ["nothing", undefined],
    ["an empty text", ""], ["a text that is too long", "x".repeat(MAX_REQUEST_ID + 1)], ["a megabyte", "x".repeat(1_000_000)],
  ])("B3: %s is no id", async (_what, id) => {
    await open();
    const client = await enter();
    client.send({ type: "req", id, method: "health" });
    expect(errorOf(await client.response("invalid"))).toEqual({ code: "INVALID_REQUEST", message: expect.stringMatching(/^invalid request frame: at .*id/) });
    client.send({ type: "req", id: "x".repeat(MAX_REQUEST_ID), method: "health" });
    expect(payloadOf(await client.response("x".repeat(MAX_REQUEST_ID)))).toMatchObject({ ok: true });

    const stranger = await door.knock();
    const { nonce, ts } = await stranger.challenge();
    const params = new TestDevice("owner").connectParams({ protocol, auth: { token: TOKEN } }, { nonce, signedAt: ts });
    stranger.send({ type: "req", id, method: "connect", params });
    const tooLarge = typeof id === "string" && id.length > 65_536;
    expect(await stranger.closed).toEqual(tooLarge ? { code: 1009, reason: "preauth payload too large" } : { code: 1008, reason: "invalid request frame" });
    expect(stranger.responses).toEqual([]);
  });

  test("B4: a frame has no fields but its own, before the handshake and after", async () => {
    await open();
    const client = await enter();
    for (const extra of [{ seq: 1 }, { scopes: ["operator.admin"] }, { role: "operator" }, { auth: { token: TOKEN } }, { Params: {} }]) {
      client.send({ type: "req", id: "1", method: "health", ...extra });
      expect(errorOf(await client.response("1"))).toEqual({ code: "INVALID_REQUEST", message: `invalid request frame: at root: unexpected property '${Object.keys(extra)[0]}'` });
    }
    client.send({ type: "req", id: "1", method: "health", traceparent: "00-1", expectedProfileId: "p" });
    payloadOf(await client.response("1"));
    const stranger = await door.knock();
    const { nonce, ts } = await stranger.challenge();
    const params = new TestDevice("owner").connectParams({ protocol, auth: { token: TOKEN } }, { nonce, signedAt: ts });
    stranger.send({ type: "req", id: "1", method: "connect", params, seq: 1 });
    expect(await stranger.closed).toEqual({ code: 1008, reason: "invalid request frame" });
  });

  test("B4: params are closed unless their method says otherwise; what an open one does not know has no effect", async () => {
    await open();
    const { client, callerOf } = await enterBoth();
    const answers = new Map<string, string>();
    for (const method of ANSWERED) {
      const isOpen = (METHODS[method].params as { additionalProperties?: unknown }).additionalProperties === true;
      expect([method, Object.hasOwn(OPEN, method)]).toEqual([method, isOpen]);
      const response = await callerOf(method).request(method, { ...OPEN[method], zzz: { scopes: ["operator.admin"] }, Scopes: ["operator.admin"] });
      if (isOpen) answers.set(method, JSON.stringify(payloadOf(response)));
      else expect([method, errorOf(response).message]).toEqual([method, expect.stringContaining("unexpected property 'zzz'")]);
    }
    expect([...answers.values()].join()).not.toMatch(/zzz|Scopes/);
    expect(JSON.stringify([await client.call("sessions.list"), await client.call("system-presence")])).not.toMatch(/zzz|Scopes/);
  });

  test("B4: fields that a session's settings do not know ask for more than to change its looks", async () => {
    await open();
    const writer = await door.enter({ device: "writer", protocol, scopes: ["operator.write"] });
    expect(await writer.call("sessions.patch", { key: "main", label: "mine" })).toMatchObject({ ok: true });
    expect(await writer.refusal("sessions.patch", { key: "main", label: "mine", zzz: 1 })).toMatchObject({ message: "missing scope: operator.admin" });
  });
});

test("B1: a header of such a name reaches nothing", async () => {
  await open();
  for (const line of ["GET / HTTP/1.1", "GET /healthz HTTP/1.1"]) {
    for (const name of [...POISONED, "hasOwnProperty", "X-Forwarded-__proto__"]) {
      const peer = await door.raw();
      peer.askForUpgrade({ [name]: "polluted", [`${name} `.trim().toUpperCase()]: "{\"polluted\":true}" }, line);
      expect([name, (await peer.response())?.status]).toEqual([name, 101]);
      peer.end();
    }
  }
  payloadOf(await (await door.knock()).tryConnect({ auth: { token: TOKEN }, device: new TestDevice("owner"), scopes: ["operator.read"] }));
});

test("B1 X2: what nests deeper than anything real is refused, and neither kept nor repeated", async () => {
  await open();
  const client = await door.enter();
  for (const depth of [MAX_NESTING, 10_000, 1_000_000]) {
    client.send(`{"type":"req","id":"deep","method":"sessions.patch","params":{"key":"main","fastMode":${"[".repeat(depth)}${"]".repeat(depth)}}}`);
    expect(errorOf(await client.response("invalid"))).toEqual({ code: "INVALID_REQUEST", message: "invalid request frame: nested too deeply" });
  }
  payloadOf(await sendText(client, { id: "1", method: "sessions.patch", params: `{"key":"main","fastMode":${"[".repeat(MAX_NESTING - 3)}${"]".repeat(MAX_NESTING - 3)}}` }));
  expect(await client.call("sessions.list")).toMatchObject({ count: 1 });
  const stranger = await door.knock();
  stranger.send(`{"type":"req","id":"1","method":"connect","params":${"[".repeat(30_000)}${"]".repeat(30_000)}}`);
  expect(await stranger.closed).toEqual({ code: 1008, reason: "invalid request frame" });
});

test("B1: an answer that can't be written is a failure of that request, not of the gateway", async () => {
  // An embedder is not held to the depth of a frame, and a file may have been edited by hand.
  await open();
  const deep = JSON.parse(`${"[".repeat(20_000)}${"]".repeat(20_000)}`) as unknown;
  await door.gateway.call("sessions.patch", { key: "main", fastMode: deep });
  const client = await door.enter();
  expect(await client.refusal("sessions.list")).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("sessions.list could not be answered") });
  expect(door.log.text()).toContain("a request could not be answered");
  await door.gateway.call("sessions.patch", { key: "main", fastMode: null });
  expect(await client.call("sessions.list")).toMatchObject({ count: 1 });
  door.log.entries.length = 0;
});

test("B1: the configuration takes no such key, from its file or from the command line", async () => {
  await open();
  const stateDir = await mkdtemp(join(tmpdir(), "gateway-"));
  const env = { HOME: stateDir, OPENCLAW_STATE_DIR: stateDir };
  const kept = "{\"gateway\":{\"port\":0}}";
  await writeFile(join(stateDir, "openclaw.json"), kept, { mode: 0o600 });
  const run = (...args: string[]) => runProgram(args, env);
  const set = await Promise.all(["__proto__.polluted", "gateway.constructor.prototype.polluted", "gateway.__proto__"].map((path) => run("config", "set", path, "true")));
  expect(set.map(({ code, stderr }) => [code, stderr])).toEqual(set.map(() => [2, expect.stringContaining("is not a path.")]));
  expect(await run("config", "set", "gateway.auth", "{\"__proto__\":{\"mode\":\"none\"}}")).toMatchObject({ code: 1, stderr: expect.stringContaining("This name is not allowed as a key.") });
  const got = await Promise.all(["__proto__", "gateway.constructor"].map((path) => run("config", "get", path)));
  expect(got.map(({ code, stdout }) => [code === 0, stdout])).toEqual(got.map(() => [false, ""]));
  expect(await readFile(join(stateDir, "openclaw.json"), "utf8")).toBe(kept);
  await writeFile(join(stateDir, "openclaw.json"), "{\"gateway\":{\"__proto__\":{\"auth\":{\"mode\":\"none\"}}}}");
  expect(await run("gateway")).toMatchObject({ code: 78, stderr: expect.stringContaining("gateway.__proto__: This name is not allowed as a key.") });
  await rm(stateDir, { recursive: true });
}, 20_000);
