import { afterEach, describe, expect, test } from "@jest/globals";
import { createGateway, defineChannel, type Channel, type Clock, type Gateway, type GatewayOptions, type OutboundPart, type Receipt } from "../../src/index.js";
import { Gate, ScriptedRuntime, type Script } from "../../src/adapters/agent/scripted/index.js";
import { MemoryDeviceStore } from "../../src/adapters/storage/memory/memory-device-store.js";
import { MemoryTransport, type MemoryClient } from "../../src/adapters/transport/memory/index.js";
import { AjvFrameValidator } from "../../src/adapters/validation/ajv/index.js";
import { after } from "../../src/domain/moment.js";
import type { DeviceChanges, Devices } from "../../src/domain/pairing/device.js";
import type { HelloOk } from "../../src/domain/protocol/hello.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { errorOf, payloadOf, TestClient } from "../support/client.js";
import { TestDevice, type ConnectAsk } from "../support/device.js";

const validator = new AjvFrameValidator();
const MINUTES = 60_000;
const FORWARDED = { "x-forwarded-for": "203.0.113.9" };

type Protocol = 3 | 4;

/** A channel that keeps what it is given and answers as it is told. */
class Recording {
  readonly sent: OutboundPart[] = [];
  readonly polls: OutboundPart[] = [];
  answer: (count: number) => Promise<Receipt> | Receipt = (count) => ({ kind: "delivered", messageId: `m${count}`, chatId: "chat" });
  readonly channel: Channel = defineChannel({
    id: "telegram",
    label: "Telegram",
    abilities: { polls: { maxOptions: 10, maxQuestion: 300 } },
    send: async (_to, part) => {
      const kept = part.body.kind === "poll" ? this.polls : this.sent;
      kept.push(part);
      return this.answer(kept.length);
    },
  });
}

interface Guest {
  readonly client: TestClient;
  readonly hello: HelloOk;
  /** The end of the wire: for clients that stop reading or vanish. */
  readonly wire: MemoryClient;
}

type Entry = ConnectAsk & { readonly device?: TestDevice; readonly from?: "here" | "behind a proxy" };

/** A gateway in memory on a hand-moved clock, and the way in. */
class House {
  readonly clock = new HandClock();
  readonly channel = new Recording();
  readonly gateway: Gateway;
  readonly transport: MemoryTransport;

  constructor(options: GatewayOptions & { readonly script?: Script } = {}) {
    const { script = [{ kind: "say", text: "Hello." }], ...rest } = options;
    this.gateway = createGateway({ clock: this.clock, validator, auth: { token: "right" }, agent: new ScriptedRuntime(script), channels: [this.channel.channel], ...rest });
    this.transport = new MemoryTransport({ clock: this.clock });
  }

  async open(): Promise<this> {
    await this.gateway.serve(this.transport);
    return this;
  }

  knock(from: Entry["from"] = "here"): { readonly client: TestClient; readonly wire: MemoryClient } {
    const wire = this.transport.connect({ address: "127.0.0.1", headers: from === "here" ? {} : FORWARDED });
    return { wire, client: new TestClient(wire) };
  }

  async enter({ from, ...ask }: Entry = {}): Promise<Guest> {
    const { client, wire } = this.knock(from);
    const hello = await client.connect({ auth: { token: "right" }, device: new TestDevice("alice"), scopes: ["operator.admin"], ...ask });
    return { client, wire, hello };
  }
}

let house: House;

async function open(options: ConstructorParameters<typeof House>[0] = {}): Promise<House> {
  house = await new House(options).open();
  return house;
}

afterEach(async () => {
  const closed = house.gateway.close();
  await house.clock.pass(20_000);
  await closed;
});

const SEND = { channel: "telegram", to: "chat", message: "hi", idempotencyKey: "k" };
const POLL = { channel: "telegram", to: "chat", question: "?", options: ["a", "b"], idempotencyKey: "k" };
const AGENT = { message: "hi", sessionKey: "main", idempotencyKey: "k" };
const CHAT = { message: "hi", sessionKey: "main", idempotencyKey: "k" };

/** A gate's worth of waiting in a channel: nothing is delivered until it opens. */
const whenOpen = (gate: Gate, outcome: Receipt) => () => new Promise<Receipt>((resolve) => gate.whenOpen(() => resolve(outcome)));

describe.each<[string, "sent" | "polls", Record<string, unknown>]>([
  ["send", "sent", SEND],
  ["poll", "polls", POLL],
])("the same %s twice", (method, kept, params) => {
  test("while the first is at work: both hear the one result", async () => {
    const { channel, clock } = await open();
    const { client } = await house.enter();
    const gate = new Gate();
    channel.answer = whenOpen(gate, { kind: "delivered", messageId: "only" });
    const [first, second] = [client.ask(method, params), client.ask(method, { ...params })];
    await clock.pass(0);
    expect(client.responses.filter(({ id }) => id !== "connect")).toEqual([]);
    gate.open();
    const answers = [payloadOf(await client.response(first)), payloadOf(await client.response(second))];
    expect(answers[0]).toMatchObject({ runId: "k", messageId: "only", channel: "telegram" });
    expect(answers[1]).toEqual(answers[0]);
    expect(channel[kept]).toHaveLength(1);
  });

  test("afterwards: the result again, on another connection too, for five minutes", async () => {
    const { channel, clock } = await open();
    const { client } = await house.enter();
    const first = await client.call(method, params);
    expect(await client.call(method, params)).toEqual(first);
    client.close();
    const { client: later } = await house.enter();
    await clock.pass(5 * MINUTES - 1);
    expect(await later.call(method, params)).toEqual(first);
    expect(channel[kept]).toHaveLength(1);
    await clock.pass(1);
    expect(await later.call(method, params)).toMatchObject({ messageId: "m2" });
    expect(channel[kept]).toHaveLength(2);
  });

  test("a refusal is as final as a result, unless it told the client to try again", async () => {
    const { channel } = await open();
    const { client } = await house.enter();
    channel.answer = () => ({ kind: "refused", code: "not-linked", reason: "The account is logged out." });
    const refused = await client.refusal(method, params);
    expect(refused).toEqual({ code: "NOT_LINKED", message: "The account is logged out." });
    expect(await client.refusal(method, params)).toEqual(refused);
    expect(channel[kept]).toHaveLength(1);
    channel.answer = (count) => (count === 2 ? { kind: "later", scope: "account", reason: "The provider is down." } : { kind: "delivered", messageId: "at last" });
    const again = { ...params, idempotencyKey: "k2" };
    expect(await client.refusal(method, again)).toMatchObject({ code: "UNAVAILABLE", retryable: true });
    expect(await client.call(method, again)).toMatchObject({ messageId: "at last" });
  });

  test("a channel that breaks down is told as such, once", async () => {
    const { channel } = await open();
    const { client } = await house.enter();
    channel.answer = () => Promise.reject(new Error("secret inside"));
    const refused = await client.refusal(method, params);
    expect(refused.code).toBe("UNAVAILABLE");
    expect(refused.message).not.toContain("secret");
    expect(await client.refusal(method, params)).toEqual(refused);
    expect(channel[kept]).toHaveLength(1);
  });

  test("another payload under the same key is refused, at work or done, the order of keys aside", async () => {
    const { channel, clock } = await open();
    const { client } = await house.enter();
    const gate = new Gate();
    channel.answer = whenOpen(gate, { kind: "delivered", messageId: "m" });
    const first = client.ask(method, params);
    await clock.pass(0);
    const conflict = { code: "INVALID_REQUEST", details: { code: "IDEMPOTENCY_CONFLICT" } };
    expect(await client.refusal(method, { ...params, to: "other" })).toMatchObject(conflict);
    gate.open();
    payloadOf(await client.response(first));
    expect(await client.refusal(method, { ...params, to: "other" })).toMatchObject(conflict);
    expect(await client.call(method, Object.fromEntries(Object.entries(params).reverse()))).toMatchObject({ messageId: "m" });
    expect(channel[kept]).toHaveLength(1);
  });

  test("another device's key of the same name is another key", async () => {
    const { channel } = await open();
    const { client: alice } = await house.enter();
    const { client: bob } = await house.enter({ device: new TestDevice("bob") });
    expect(await alice.call(method, params)).toMatchObject({ messageId: "m1" });
    expect(await bob.call(method, params)).toMatchObject({ messageId: "m2" });
    expect(await bob.call(method, { ...params, to: "elsewhere", idempotencyKey: "k3" })).toMatchObject({ messageId: "m3" });
    expect(await house.gateway.call(method as "send", params as never)).toMatchObject({ messageId: "m4" });
    expect(channel[kept]).toHaveLength(4);
  });
});

describe.each<Protocol>([3, 4])("runs of protocol %i", (protocol) => {
  const gated = (): { gate: Gate; script: Script } => {
    const gate = new Gate();
    return { gate, script: [{ kind: "wait", gate }, { kind: "say", text: "Done." }] };
  };
  const FAILING: Script = [{ kind: "fail", failure: { reason: "auth", message: "The provider refused the key." } }];

  test("agent: accepted, then final, on one id; the duplicate hears once that it is under way", async () => {
    const { gate, script } = gated();
    const { clock } = await open({ script });
    const { client } = await house.enter({ protocol });
    const first = client.ask("agent", AGENT);
    const accepted = payloadOf(await client.response(first));
    expect(accepted).toMatchObject({ runId: "k", status: "accepted", acceptedAt: clock.now() });
    await clock.pass(1_000);
    const second = client.ask("agent", AGENT);
    const joined = payloadOf(await client.response(second));
    expect(joined).toEqual(protocol === 3 ? accepted : { runId: "k", status: "in_flight", sessionKey: "agent:main:main" });
    gate.open();
    const final = payloadOf(await client.response(first));
    expect(final).toMatchObject({ runId: "k", status: "ok", summary: "completed", result: { payloads: [{ text: "Done." }] } });
    await clock.pass(0);
    expect(client.responses.filter(({ id }) => id === second)).toHaveLength(1);
    // Afterwards one answer, the last one.
    const third = client.ask("agent", AGENT);
    expect(payloadOf(await client.response(third))).toEqual(final);
    await clock.pass(0);
    expect(client.responses.filter(({ id }) => id === third)).toHaveLength(1);
    expect(client.heard("chat").filter(({ payload }) => (payload as { state: string }).state === "final")).toHaveLength(1);
  });

  test("agent: a failed run replays its error with its payload", async () => {
    await open({ script: FAILING });
    const { client } = await house.enter({ protocol });
    const first = client.ask("agent", AGENT);
    await client.response(first);
    const final = await client.response(first);
    expect(final).toMatchObject({ ok: false, payload: { runId: "k", status: "error" }, error: { code: "UNAVAILABLE", message: "The provider refused the key." } });
    expect({ ...(await client.request("agent", AGENT)), id: first }).toEqual(final);
  });

  test("agent: an answer that can't be delivered ends as a refusal, never as silence", async () => {
    const { channel } = await open();
    const { client } = await house.enter({ protocol });
    channel.answer = () => Promise.reject(new Error("the adapter has a bug"));
    const params = { ...AGENT, deliver: true, channel: "telegram", to: "chat" };
    const first = client.ask("agent", params);
    await client.response(first);
    expect(errorOf(await client.response(first))).toMatchObject({ code: "UNAVAILABLE" });
    expect(await client.refusal("agent", params)).toMatchObject({ code: "UNAVAILABLE" });
    expect(channel.sent).toHaveLength(1);
  });

  test("chat.send: started, in flight, ok", async () => {
    const { gate, script } = gated();
    const { clock } = await open({ script });
    const { client } = await house.enter({ protocol });
    expect(await client.call("chat.send", CHAT)).toEqual({ runId: "k", status: "started" });
    expect(await client.call("chat.send", CHAT)).toEqual({ runId: "k", status: "in_flight" });
    expect(await client.refusal("chat.send", { ...CHAT, message: "something else" })).toMatchObject({ details: { code: "IDEMPOTENCY_CONFLICT" } });
    gate.open();
    await client.nextEvent("chat", ({ payload }) => (payload as { state: string }).state === "final");
    await clock.pass(0);
    expect(await client.call("chat.send", CHAT)).toEqual({ runId: "k", status: "ok" });
    await clock.pass(5 * MINUTES);
    expect(await client.call("chat.send", CHAT)).toEqual({ runId: "k", status: "started" });
  });

  test("chat.send: a failed run replays its error", async () => {
    const { clock } = await open({ script: FAILING });
    const { client } = await house.enter({ protocol });
    await client.call("chat.send", CHAT);
    await client.nextEvent("chat", ({ payload }) => (payload as { state: string }).state === "error");
    await clock.pass(0);
    expect(await client.refusal("chat.send", CHAT)).toMatchObject({ code: "UNAVAILABLE", message: "The provider refused the key." });
  });

  test("another device's run of the same name tells nothing of this one, and runs when it is over", async () => {
    const { gate, script } = gated();
    const { clock } = await open({ script });
    const { client: alice } = await house.enter({ protocol });
    const { client: bob } = await house.enter({ protocol, device: new TestDevice("bob") });
    const first = alice.ask("agent", AGENT);
    await alice.response(first);
    // A run is called by its key, and two of one name could not be told apart in events.
    const refused = await bob.refusal("agent", { ...AGENT, message: "mine", sessionKey: "other" });
    expect(refused.code).toBe("INVALID_REQUEST");
    expect(JSON.stringify(refused)).not.toContain("agent:main:main");
    gate.open();
    payloadOf(await alice.response(first));
    await clock.pass(5 * MINUTES);
    expect(await bob.call("agent", { ...AGENT, message: "mine", sessionKey: "other" })).toMatchObject({ status: "accepted" });
  });
});

test("an unknown method's name is not repeated at any length", async () => {
  await open();
  const { client } = await house.enter();
  expect((await client.refusal("x".repeat(100_000))).message).toHaveLength("unknown method: ".length + 128);
});

describe("who hears what", () => {
  const EVERYONE = ["health", "shutdown", "tick"];
  const heardBy = ({ client }: Guest): string[] => [...new Set(client.events.map(({ event }) => event))].filter((name) => name !== "connect.challenge").sort();

  test.each<Protocol>([3, 4])("by scope and role, and numbered without a hole for each, protocol %i", async (protocol) => {
    const { clock, gateway } = await open();
    const device = (name: string) => new TestDevice(name);
    const ui = { client: { id: "openclaw-macos", mode: "ui" } as const, protocol };
    const guests = {
      nobody: await house.enter({ ...ui, device: device("nobody"), scopes: ["operator.approvals"] }),
      reader: await house.enter({ ...ui, device: device("reader"), scopes: ["operator.read"] }),
      writer: await house.enter({ ...ui, device: device("writer"), scopes: ["operator.write"] }),
      pairing: await house.enter({ ...ui, device: device("pairing"), scopes: ["operator.pairing"] }),
      admin: await house.enter({ ...ui, device: device("admin"), scopes: ["operator.admin"] }),
      node: await house.enter({ client: { id: "openclaw-ios", mode: "node" }, protocol, device: device("node"), role: "node", scopes: [] }),
    };
    await guests.writer.client.call("chat.send", CHAT);
    const { client: stranger } = house.knock("behind a proxy");
    errorOf(await stranger.tryConnect({ auth: { token: "right" }, device: device("stranger"), scopes: [], protocol }));
    await clock.pass(60_000);
    const closing = gateway.close();
    await clock.pass(0);
    await closing;
    const all = [...EVERYONE, "agent", "chat", "presence"].sort();
    const paired = [...EVERYONE, "device.pair.requested", "node.pair.requested"].sort();
    expect(heardBy(guests.nobody)).toEqual(EVERYONE);
    expect(heardBy(guests.node)).toEqual([...EVERYONE, ...(protocol === 4 ? ["node.surface.changed"] : [])].sort());
    expect(heardBy(guests.reader)).toEqual(all);
    expect(heardBy(guests.writer)).toEqual(all);
    // Those who came later were vouched for, which is told as a pairing that is settled.
    expect(heardBy(guests.pairing)).toEqual([...paired, "device.pair.resolved"].sort());
    expect(heardBy(guests.admin)).toEqual([...new Set([...all, ...paired, "device.pair.resolved"])].sort());
    for (const { client } of Object.values(guests)) {
      const seqs = client.seqs();
      expect(seqs).toEqual(seqs.map((_seq, index) => index + 1));
      // What is told to one connection alone is not numbered.
      const direct = client.events.filter(({ seq }) => seq === undefined).map(({ event }) => event);
      expect(direct.filter((event) => event !== "node.surface.changed")).toEqual(["connect.challenge"]);
    }
    const versions = guests.reader.client.events.filter(({ event }) => event === "presence" || event === "health").map(({ stateVersion }) => stateVersion);
    for (const version of versions) expect(version).toEqual({ presence: expect.any(Number), health: expect.any(Number) });
  });

  test("health without read names no session", async () => {
    const { clock } = await open();
    const { client } = await house.enter({ scopes: ["operator.admin"] });
    const { client: node } = await house.enter({ device: new TestDevice("node"), role: "node", scopes: [], client: { id: "openclaw-ios", mode: "node" } });
    await client.call("chat.inject", { sessionKey: "with-a-name", message: "x" });
    await clock.pass(60_000);
    expect(JSON.stringify(client.heard("health"))).toContain("with-a-name");
    expect(node.heard("health")).toHaveLength(1);
    expect(JSON.stringify(node.events)).not.toContain("with-a-name");
  });
});

describe("a slow reader", () => {
  const MIB = 1024 * 1024;

  test("loses what can be done without, sees the hole, and loses nothing else", async () => {
    const { clock, gateway } = await open();
    const { client, wire } = await house.enter();
    const { client: quick } = await house.enter({ device: new TestDevice("quick") });
    wire.stall();
    for (const part of [1, 2, 3]) await gateway.call("chat.inject", { sessionKey: "main", message: `${part}`.repeat(3 * MIB) });
    await clock.pass(60_000);
    wire.resume();
    await clock.pass(0);
    const order = (one: TestClient) => one.events.slice(1).map(({ event, seq }) => `${event} ${seq}`);
    const whole = order(quick).filter((name) => name !== "device.pair.resolved 1");
    expect(whole).toEqual(["chat 1", "chat 2", "chat 3", "tick 4", "health 5", "tick 6"]);
    expect(order(client).slice(-5)).toEqual(["chat 2", "chat 3", "chat 4", "tick 5", "tick 7"]);
  });

  test("is closed above the limit, for an event as for a response, alone", async () => {
    const { clock, gateway } = await open();
    const { client: hearing, wire } = await house.enter();
    const { client: asking, wire: second } = await house.enter({ device: new TestDevice("asking") });
    const { client: quick } = await house.enter({ device: new TestDevice("quick") });
    wire.stall();
    second.stall();
    for (const part of [1, 2, 3]) await gateway.call("chat.inject", { sessionKey: `s${part}`, message: "x".repeat(18 * MIB) });
    asking.ask("health");
    await clock.pass(0);
    second.resume();
    await clock.pass(0);
    await expect(asking.closed).resolves.toEqual({ code: 1008, reason: "slow consumer" });
    await gateway.call("chat.inject", { sessionKey: "main", message: "the last straw" });
    wire.resume();
    await clock.pass(0);
    await expect(hearing.closed).resolves.toEqual({ code: 1008, reason: "slow consumer" });
    expect(hearing.responses).toHaveLength(1);
    expect(asking.responses).toHaveLength(1);
    expect(quick.heard("chat")).toHaveLength(4);
    expect(await quick.call("health")).toMatchObject({ ok: true });
  });
});

describe("presence", () => {
  const names = (entries: readonly { readonly host?: string }[]): (string | undefined)[] => entries.map(({ host }) => host);

  test("whoever says nothing for five minutes is gone, whoever is connected stays", async () => {
    const { clock } = await open();
    const { client } = await house.enter({ client: { id: "openclaw-macos", mode: "ui", displayName: "Desk" } });
    await client.call("system-event", { text: "Node: shelf", host: "shelf", deviceId: "shelf" });
    await clock.pass(5 * MINUTES - 1);
    expect(names(await client.call("system-presence"))).toEqual(expect.arrayContaining(["Desk", "shelf"]));
    await clock.pass(1);
    const left = names(await client.call("system-presence"));
    expect(left).toContain("Desk");
    expect(left).not.toContain("shelf");
  });

  test("at most 200, and a burst of changes is told once", async () => {
    const { clock } = await open();
    const { client } = await house.enter({ client: { id: "openclaw-macos", mode: "ui" } });
    await clock.pass(1_000);
    const before = client.heard("presence").length;
    for (let index = 0; index < 250; index += 1) await client.call("system-event", { text: `Node: n${index}`, host: `n${index}`, deviceId: `n${index}` });
    await clock.pass(100);
    expect(client.heard("presence")).toHaveLength(before + 1);
    const list = names(await client.call("system-presence"));
    expect(list).toHaveLength(200);
    expect(list).toContain("n249");
    expect(list).not.toContain("n0");
  });

  test("commands that come and go are not presence", async () => {
    const { clock } = await open();
    const { client } = await house.enter();
    await clock.pass(200);
    expect(client.heard("presence")).toEqual([]);
    expect(await client.call("system-presence")).toHaveLength(1);
  });
});

describe.each<Protocol>([3, 4])("a device's access, protocol %i", (protocol) => {
  const alice = new TestDevice("alice");
  const REVOKED = { code: 4001, reason: "gateway auth changed" };

  test("rotated by itself: it hears its new token, then every connection of that role ends", async () => {
    const { clock } = await open();
    const { client, hello } = await house.enter({ protocol });
    const { client: other } = await house.enter({ protocol });
    const { client: node } = await house.enter({ protocol, role: "node", scopes: [], client: { id: "node-host", mode: "node" } });
    const rotated = await client.call<{ token: string; scopes: string[] }>("device.token.rotate", { deviceId: alice.id, role: "operator" });
    expect(rotated.scopes).toEqual(["operator.admin"]);
    expect(rotated).toMatchObject(protocol === 4 ? { tokenDelivery: "in-band" } : {});
    await clock.pass(0);
    await expect(client.closed).resolves.toEqual(REVOKED);
    await expect(other.closed).resolves.toEqual(REVOKED);
    expect(errorOf(await node.request("health")).message).toBe("unauthorized role: node");
    const old = await house.knock("behind a proxy").client.tryConnect({ protocol, device: alice, scopes: ["operator.admin"], auth: { token: hello.auth?.deviceToken ?? "" } });
    expect(errorOf(old).message).toContain("unauthorized");
    await house.enter({ protocol, from: "behind a proxy", auth: { token: rotated.token } });
  });

  test.each([
    ["device.token.revoke", { deviceId: alice.id, role: "operator" }, REVOKED],
    ["device.pair.remove", { deviceId: alice.id }, { code: 4001, reason: "device removed" }],
  ])("%s by itself: the answer first, then the end", async (method, params, ending) => {
    const { clock } = await open();
    const { client, hello } = await house.enter({ protocol });
    expect(await client.call(method, params)).toMatchObject({ deviceId: alice.id });
    await clock.pass(0);
    await expect(client.closed).resolves.toEqual(ending);
    const back = house.knock("behind a proxy").client.tryConnect({ protocol, device: alice, scopes: ["operator.admin"], auth: { token: hello.auth?.deviceToken ?? "" } });
    expect(errorOf(await back).message).toContain("unauthorized");
  });

  test("changed by an admin elsewhere: that device's connections end, the admin's stay", async () => {
    const { clock } = await open();
    const bob = new TestDevice("bob");
    const { client: admin } = await house.enter({ protocol });
    const { client: victim } = await house.enter({ protocol, device: bob, scopes: ["operator.read"] });
    const rotated = await admin.call("device.token.rotate", { deviceId: bob.id, role: "operator" });
    // Protocol 3 knows no other way for the token to reach its device.
    expect("token" in rotated).toBe(protocol === 3);
    await expect(victim.closed).resolves.toEqual(REVOKED);
    await clock.pass(0);
    expect(await admin.call("health")).toMatchObject({ ok: true });
  });

  test("who may only pair changes nobody else's, and nothing beyond itself", async () => {
    const { client: admin } = await (await open()).enter({ protocol, device: new TestDevice("admin") });
    const { client } = await house.enter({ protocol, scopes: ["operator.pairing"] });
    const code = protocol === 3 ? "INVALID_REQUEST" : "FORBIDDEN";
    const other = new TestDevice("admin").id;
    for (const [method, params] of [
      ["device.token.rotate", { deviceId: other, role: "operator" }],
      ["device.token.revoke", { deviceId: other, role: "operator" }],
      ["device.pair.remove", { deviceId: other }],
      ["device.pair.rename", { deviceId: other, label: "mine" }],
    ] as const) expect(await client.refusal(method, params)).toMatchObject({ code, details: { code: "PAIRING_NOT_ALLOWED", reason: "not-yours" } });
    expect(await client.refusal("device.token.rotate", { deviceId: alice.id, role: "operator", scopes: ["operator.admin"] })).toMatchObject({ code, details: { reason: "beyond-approved" } });
    const { client: stranger } = house.knock("behind a proxy");
    const asked = errorOf(await stranger.tryConnect({ protocol, auth: { token: "right" }, device: new TestDevice("stranger"), scopes: [] }));
    const { requestId } = asked.details as { requestId: string };
    expect(await client.refusal("device.pair.approve", { requestId })).toMatchObject({ code, details: { reason: "not-yours" } });
    expect(await client.refusal("device.pair.reject", { requestId })).toMatchObject({ code, details: { reason: "not-yours" } });
    expect(await admin.call("device.pair.approve", { requestId })).toMatchObject({ requestId });
    expect(await admin.refusal("device.pair.approve", { requestId })).toMatchObject({ code: "INVALID_REQUEST", message: "unknown requestId" });
  });

  test("the list shows no token, and no digest of one", async () => {
    const { client, hello } = await (await open()).enter({ protocol });
    const list = JSON.stringify(await client.call("device.pair.list"));
    expect(list).toContain(alice.id);
    expect(list).not.toContain(hello.auth?.deviceToken ?? "-");
    expect(list).not.toContain("digest");
  });

  test("a token's last use is told to the second, however often it is used", async () => {
    await open();
    const { client } = await house.enter({ protocol });
    const lastUsed = async (): Promise<unknown> => (payloadOf(await client.response(client.ask("device.pair.list"))) as { paired: { tokens: { lastUsedAtMs: number }[] }[] }).paired[0]?.tokens[0]?.lastUsedAtMs;
    const first = await lastUsed();
    expect(first).toBe(house.clock.now());
    for (const [passed, told] of [[999, 0], [1, 1_000], [500, 1_000], [2_000, 3_500]] as const) {
      await house.clock.pass(passed);
      await house.enter({ protocol });
      expect(await lastUsed()).toBe(Number(first) + told);
    }
  });
});

describe("being let in", () => {
  /** Holds its next change back until the gate opens. */
  class SlowDeviceStore extends MemoryDeviceStore {
    gate: Gate | undefined;

    override async update<T>(decide: (devices: Devices) => { changes: DeviceChanges; value: T }): Promise<T> {
      const { gate } = this;
      this.gate = undefined;
      if (gate) await new Promise<void>((resolve) => gate.whenOpen(resolve));
      return super.update(decide);
    }
  }

  test.each([
    ["removed", "device.pair.remove"],
    ["revoked", "device.token.revoke"],
  ] as const)("a device that is %s while it is being let in does not get in", async (_how, method) => {
    const devices = new SlowDeviceStore();
    const { clock, gateway } = await open({ devices });
    const device = new TestDevice("alice");
    (await house.enter({ device, scopes: ["operator.read"] })).client.close();
    const { hello, client: before } = await house.enter({ device, scopes: ["operator.admin"] });
    before.close();
    // The first sight of a token that was issued beside another is stored: a moment in which the device is nowhere yet.
    const gate = new Gate();
    devices.gate = gate;
    const { client } = house.knock("behind a proxy");
    const answer = client.tryConnect({ device, scopes: ["operator.admin"], auth: { token: hello.auth?.deviceToken ?? "" } });
    await clock.pass(0);
    expect(client.responses).toEqual([]);
    await gateway.call(method, { deviceId: device.id, ...(method === "device.token.revoke" ? { role: "operator" } : {}) } as never);
    gate.open();
    expect(errorOf(await answer)).toMatchObject({ code: "UNAVAILABLE", retryable: true });
    await expect(client.closed).resolves.toMatchObject({ code: 4001 });
  });

  /** A clock whose wakes come late, as those of a busy process do. */
  const lateBy = (hand: HandClock, ms: () => number): Clock => ({
    now: () => hand.now(),
    callAt: (at, wake) => hand.callAt(after(at, ms()), wake),
  });

  test("a gateway that was busy itself does not hold it against the peer, but not for ever", async () => {
    const hand = new HandClock();
    const late = await new House({ clock: lateBy(hand, () => 5_000) }).open();
    house = late;
    const [patient, silent] = [late.knock(), late.knock()];
    await hand.pass(15_000);
    await patient.client.connect({ device: new TestDevice("alice"), auth: { token: "right" } });
    await hand.pass(14_999);
    expect(silent.wire.messages).toHaveLength(1);
    await hand.pass(1);
    await expect(silent.client.closed).resolves.toEqual({ code: 1000, reason: "handshake timeout" });
    const closed = late.gateway.close();
    await hand.pass(20_000);
    await closed;
  });

  test("whoever leaves while being judged leaves nothing behind", async () => {
    const { clock, gateway } = await open();
    const { client, wire } = house.knock();
    const { nonce, ts } = await client.challenge();
    client.send(new TestDevice("alice").connectFrame({ nonce, signedAt: ts, auth: { token: "wrong" } }));
    wire.drop();
    await clock.pass(1_000);
    const closed = gateway.close();
    await clock.pass(0);
    await closed;
    expect(clock.pending).toBe(0);
  });
});
