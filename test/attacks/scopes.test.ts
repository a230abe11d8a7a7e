import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { FileConfigSource } from "../../src/adapters/config/file/index.js";
import { SilentLog } from "../../src/adapters/log/memory/index.js";
import { claimScopes, grantScopes } from "../../src/domain/access/scopes.js";
import { epochMs } from "../../src/domain/moment.js";
import { decodeSetupCode } from "../../src/domain/pairing/setup-code.js";
import { EVENTS, METHODS, type Event } from "../../src/domain/protocol/catalog.js";
import type { ErrorShape } from "../../src/domain/protocol/errors.js";
import { Hub } from "../../src/app/gateway/hub.js";
import { Peer } from "../../src/app/gateway/peer.js";
import type { Connection } from "../../src/ports/transport.js";
import { givenSettings, StaticConfig } from "../../src/app/compose/static-config.js";
import type { ConfigSource } from "../../src/ports/config-source.js";
import { createTestGateway, type TestGateway } from "../../src/testing/index.js";
import { payloadOf, TestClient } from "../support/client.js";
import { connectParams, TestDevice, type ConnectAsk } from "../support/device.js";
import { AFAR, introduce, refusalCode, validator } from "../support/pairing.js";

// An attacker of this file is let in, as little as it holds, and tries every door.

type Protocol = 3 | 4;

const SECRET = { token: "test-token" };
const ALL_SCOPES = [
  "operator.admin", "operator.read", "operator.write", "operator.approvals", "operator.pairing", "operator.questions", "operator.talk", "operator.talk.secrets",
];
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(options: Parameters<typeof createTestGateway>[0] = {}): Promise<TestGateway> {
  const gateway = await createTestGateway({ validator, ...options });
  closers.push(async () => {
    const closed = gateway.close();
    await gateway.pass(20_000);
    await closed;
  });
  return gateway;
}

/** A configuration that somebody edits. */
function changingConfig(): { readonly config: ConfigSource; readonly change: () => void } {
  const listeners: Parameters<ConfigSource["onChange"]>[0][] = [];
  const config = Object.assign(new StaticConfig(givenSettings({ auth: { token: "test-token" } })), {
    onChange: (listener: (typeof listeners)[number]) => {
      listeners.push(listener);
      return () => undefined;
    },
  });
  return { config, change: () => listeners.forEach((listener) => listener({ path: "/config", hash: "0".repeat(64) } as Parameters<typeof listener>[0])) };
}

/** The classes of the protocol's description, written down from there and not from the catalogue. */
const CLASSES = {
  none: ["health"],
  read: [
    "status", "logs.tail", "channels.status", "channels.deadLetters.list", "config.get", "config.schema", "models.list", "agents.list", "agent.identity.get", "sessions.list", "sessions.subscribe",
    "sessions.preview", "sessions.resolve", "sessions.messages.subscribe", "chat.history", "node.list", "node.describe", "cron.list", "cron.get", "cron.status", "cron.runs",
    "system-presence", "last-heartbeat", "voicewake.get",
  ],
  write: ["send", "poll", "message.action", "channels.deadLetters.retry", "channels.deadLetters.discard", "chat.send", "chat.abort", "agent", "agent.wait", "wake", "voicewake.set", "node.invoke", "node.pending.enqueue", "sessions.patch"],
  admin: [
    "config.set", "config.patch", "config.apply", "channels.logout", "channels.start", "channels.stop", "web.login.start", "web.login.wait", "chat.inject", "system-event", "set-heartbeats",
    "sessions.reset", "sessions.compact", "sessions.delete", "cron.add", "cron.update", "cron.remove", "cron.run", "exec.approvals.get", "exec.approvals.set",
    "exec.approvals.node.get", "exec.approvals.node.set", "device.pair.setupCode", "proxy.check.begin", "proxy.check.read",
  ],
  approvals: ["exec.approval.request", "exec.approval.list", "exec.approval.resolve"],
  pairing: [
    "node.pair.request", "node.pair.list", "node.pair.approve", "node.pair.reject", "node.pair.verify", "node.pair.remove", "node.rename",
    "device.pair.list", "device.pair.approve", "device.pair.reject", "device.pair.remove", "device.pair.rename", "device.token.rotate", "device.token.revoke",
    "channels.pairing.list", "channels.pairing.approve", "channels.pairing.dismiss", "channels.pairing.revoke",
  ],
  talk: ["talk.mode"],
  node: [
    "node.invoke.result", "node.invoke.progress", "node.event", "node.pending.ack", "node.pending.drain", "node.pending.pull", "node.pluginSurface.refresh",
    "node.canvas.capability.refresh", "skills.bins",
  ],
} as const;
type Class = keyof typeof CLASSES;
type Guarded = Exclude<Class, "none" | "node">;

/** What each scope opens by itself. Whatever is not named opens nothing. */
const OPENS: Readonly<Record<string, readonly Guarded[]>> = {
  "operator.admin": ["read", "write", "admin", "approvals", "pairing", "talk"],
  "operator.read": ["read"],
  "operator.write": ["write", "read", "talk"],
  "operator.approvals": ["approvals"],
  "operator.pairing": ["pairing"],
  "operator.talk": ["talk"],
};

const TABLE = Object.entries(CLASSES).flatMap(([name, methods]) => methods.map((method): [string, Class] => [method, name as Class]));
/** Every scope alone, none at all, and some that do not exist. */
const HOLDINGS = [...ALL_SCOPES, undefined, "operator.everything", "operator.sessions.read", "admin", "operator", "*", "OPERATOR.ADMIN", "operator.admin "];

/** Params that fit no method: what they are refused for shows whether the caller would have got through. */
const UNFIT = 0;

describe("methods", () => {
  test("S1: the table below has every method of the catalogue, once", () => {
    expect(TABLE.map(([method]) => method).toSorted()).toEqual(Object.keys(METHODS).toSorted());
  });

  describe.each<Protocol>([3, 4])("protocol %i", (protocol) => {
    test.each(HOLDINGS)("S1: an operator that holds %s alone gets through to what that opens, and to nothing else", async (scope) => {
      const gateway = await open();
      // Protocol 3 takes no scopes for all of them, so whoever holds none there holds one that is none.
      const scopes = scope === undefined ? (protocol === 3 ? ["nothing"] : []) : [scope];
      const client = await gateway.connect({ protocol, scopes, client: { id: "openclaw-macos", mode: "ui" } });
      expect(client.hello.auth).toMatchObject({ role: "operator", scopes });
      for (const [method, name] of TABLE) {
        const error = await client.refusal(method, UNFIT);
        if (name === "node") expect(error).toMatchObject({ code: "INVALID_REQUEST", message: "unauthorized role: operator" });
        else if (name === "none" || OPENS[scope ?? ""]?.includes(name)) expect(reachedOf(method, error)).toBe(method);
        else expect(error).toEqual(missing(protocol, `operator.${name}`));
      }
    });

    test("S1: a node gets through to nothing of an operator's, whatever it claims to hold", async () => {
      const gateway = await open();
      const connect = (): Promise<TestClient> => gateway.connect({ protocol, role: "node", scopes: ALL_SCOPES, client: { id: "node-host", mode: "node" } });
      const client = await connect();
      for (const method of CLASSES.node) expect(reachedOf(method, await client.refusal(method, UNFIT))).toBe(method);
      const others = TABLE.filter(([, name]) => name !== "node").map(([method]) => method);
      // After ten such refusals the connection ends.
      while (others.length > 0) {
        const next = await connect();
        for (const method of others.splice(0, 9)) {
          expect(await next.refusal(method, UNFIT)).toMatchObject({ code: "INVALID_REQUEST", message: "unauthorized role: node" });
        }
        next.close();
      }
    });

    test("S1: an operator without a device holds nothing", async () => {
      const gateway = await open();
      const client = await gateway.connect({ protocol, device: null, scopes: ALL_SCOPES });
      for (const [method, name] of TABLE) {
        if (name === "none" || name === "node") continue;
        expect(await client.refusal(method, UNFIT)).toEqual(missing(protocol, `operator.${name}`));
      }
    });

    test.each([
      "constructor", "__proto__", "toString", "hasOwnProperty", "prototype", "health ", " health", "HEALTH", "health\0", "heal\u200bth", "chat", "chat.", ".send", "chat.send.x",
      "device.pair", "connect.challenge", "tick", "*", "\u202ehealth",
    ])("S1: there is no method %j, for an admin either", async (method) => {
      const gateway = await open();
      const client = await gateway.connect({ protocol });
      expect(await client.refusal(method, {})).toMatchObject({ code: "INVALID_REQUEST", message: `unknown method: ${method}` });
    });

    test("S1: what asks for a fresh session is for admins, however it is written", async () => {
      const gateway = await open();
      const { client } = await introduce(gateway, { protocol, device: new TestDevice("writer"), scopes: ["operator.write"] });
      const agent = (message: string, key: string) => ({ message, sessionKey: "main", idempotencyKey: key });
      for (const [index, message] of ["/new", "/reset", " /new", "/RESET", "/New\n", "\t/reset  ", "/new hello", "/reset: hello"].entries()) {
        expect(await client.refusal("agent", agent(message, `fresh ${index}`))).toEqual(missing(protocol, "operator.admin"));
      }
      for (const message of ["hello", "what does /new do?", "/newer", "new"]) {
        expect(await client.call("agent", agent(message, message))).toMatchObject({ status: "accepted" });
      }
      // The other way to the agent has no such words.
      const before = (await client.call<{ sessionId: string }>("chat.history", { sessionKey: "main" })).sessionId;
      await client.call("chat.send", { sessionKey: "main", message: "/reset", idempotencyKey: "chat" });
      expect((await client.call<{ sessionId: string }>("chat.history", { sessionKey: "main" })).sessionId).toBe(before);
      const { client: admin } = await introduce(gateway, { protocol, device: new TestDevice("admin"), scopes: ["operator.admin"] });
      expect(await admin.call("agent", agent("/new", "admin"))).toMatchObject({ status: "accepted" });
    });

    test("S1: of a session, a writer changes how it looks and thinks, and nothing that decides what may be done in it", async () => {
      const gateway = await open();
      await gateway.call("chat.inject", { sessionKey: "main", message: "x" });
      const { client } = await introduce(gateway, { protocol, device: new TestDevice("writer"), scopes: ["operator.write"] });
      expect(await client.call("sessions.patch", { key: "main", label: "mine", thinkingLevel: "low" })).toMatchObject({ ok: true });
      for (const change of [{ sendPolicy: "deny" }, { elevatedLevel: "on" }, { execSecurity: "full" }, { groupActivation: "always" }, { spawnedBy: "x" }, { madeUp: 1 }, { label: "mine", sendPolicy: "allow" }]) {
        expect(await client.refusal("sessions.patch", { key: "main", ...change })).toEqual(missing(protocol, "operator.admin"));
      }
    });
  });
});

/** The method, if its caller got as far as having its params looked at, or hearing that it is for a later release. */
function reachedOf(method: string, { code, message, details }: ErrorShape): string {
  if (code === "INVALID_REQUEST" && message.startsWith(`invalid ${method} params: `)) return method;
  if (code === "UNAVAILABLE" && (details as { code?: string; method?: string } | undefined)?.code === "METHOD_NOT_AVAILABLE") return method;
  return `${code} ${message}`;
}

/** A refusal for want of a scope, in the words of each generation. */
const missing = (protocol: Protocol, scope: string) =>
  protocol === 3
    ? { code: "INVALID_REQUEST", message: `missing scope: ${scope}` }
    : { code: "FORBIDDEN", message: `missing scope: ${scope}`, details: { code: "MISSING_SCOPE", missingScope: scope, requiredScopes: [scope] } };

describe.each<Protocol>([3, 4])("claims, protocol %i", (protocol) => {
  const phone = new TestDevice("phone");
  const capped = (header: string, headers: Record<string, string> = {}) => ({ address: "203.0.113.7", headers: { "x-openclaw-scopes": header, ...headers } });
  /** The scopes a connection was let in with, or what it was refused for. */
  const scopesOf = (answer: Awaited<ReturnType<TestClient["tryConnect"]>>): unknown =>
    answer.ok ? payloadOf<{ auth: { scopes: string[] } }>(answer).auth.scopes : refusalCode(answer);

  test("S2: what a device claims it gets only as far as it was approved, with the secret as with its token", async () => {
    const gateway = await open();
    const { token } = await introduce(gateway, { protocol, device: phone, scopes: ["operator.read"] });
    for (const auth of [SECRET, { token }]) {
      for (const scopes of [["operator.admin"], ["operator.read", "operator.write"], ALL_SCOPES, ["operator.*"], ["operator.read", "constructor"]]) {
        expect(scopesOf(await gateway.arrive(AFAR).tryConnect({ protocol, device: phone, scopes, auth }))).toBe("PAIRING_REQUIRED");
      }
      expect(scopesOf(await gateway.arrive(AFAR).tryConnect({ protocol, device: phone, scopes: ["operator.read"], auth }))).toEqual(["operator.read"]);
    }
  });

  test("S2: a device nobody approved gets nothing for its claims, by any header either", async () => {
    const gateway = await open();
    for (const peer of [AFAR, capped("operator.admin"), capped("operator.admin", { "x-forwarded-for": "127.0.0.1" })]) {
      for (const scopes of [ALL_SCOPES, ["operator.read"]]) {
        expect(scopesOf(await gateway.arrive(peer).tryConnect({ protocol, device: phone, scopes, auth: SECRET }))).toBe("PAIRING_REQUIRED");
      }
    }
    for (const ask of [{ scopes: ALL_SCOPES }, { role: "operator", scopes: ["operator.admin"] }]) {
      // Without a device there is no token to tell, and protocol 3 then says nothing of scopes.
      const client = gateway.arrive(capped("operator.admin"));
      expect((await client.connect({ protocol, ...ask, auth: SECRET })).auth?.scopes ?? []).toEqual([]);
      expect((await client.refusal("status")).message).toBe("missing scope: operator.read");
    }
    expect((await gateway.call("device.pair.list", {})).paired).toEqual([]);
  });

  test.each([
    ["operator.admin", ["operator.read"], ["operator.read"]],
    ["operator.admin,operator.write", ["operator.read"], ["operator.read"]],
    ["operator.read", ["operator.read", "operator.write"], ["operator.read"]],
    [" operator.write , operator.read ", ["operator.write"], ["operator.write", "operator.read"]],
    ["operator.talk", ["operator.write"], ["operator.talk"]],
    ["operator.pairing", ["operator.write"], []],
    ["", ["operator.read", "operator.write"], []],
    [",,", ["operator.read"], []],
    ["operator.read operator.write", ["operator.read"], []],
    ["OPERATOR.READ", ["operator.read"], []],
    ["__proto__,constructor,*", ["operator.read"], []],
  ])("S2: the header x-openclaw-scopes %j narrows what was approved and never widens it", async (header, scopes, outcome) => {
    const gateway = await open();
    const { token } = await introduce(gateway, { protocol, device: phone, scopes: ["operator.read", "operator.write"] });
    for (const auth of [SECRET, { token }]) {
      const client = gateway.arrive(capped(header));
      expect((await client.connect({ protocol, device: phone, scopes, auth })).auth?.scopes).toEqual(outcome);
      if (!outcome.includes("operator.write")) expect((await client.refusal("chat.abort", { sessionKey: "main" })).message).toBe("missing scope: operator.write");
    }
    // Nor is the claim that it does not cover made into a request.
    expect((await gateway.call("device.pair.list", {})).pending).toEqual([]);
  });

  test("S2: the header narrows what this host approves by itself, and what a setup code opens", async () => {
    const gateway = await open();
    const here = { address: "127.0.0.1", headers: { "x-openclaw-scopes": "operator.read" } };
    const local = await gateway.arrive(here).connect({ protocol, device: phone, scopes: ["operator.admin"], auth: SECRET });
    expect(local.auth?.scopes).toEqual(["operator.read"]);
    expect((await gateway.call("device.pair.list", {})).paired).toMatchObject([{ scopes: ["operator.read"] }]);
    const { setupCode } = await gateway.call("device.pair.setupCode", { publicUrl: "ws://host", bootstrapProfile: "full" });
    const auth = { bootstrapToken: decodeSetupCode(setupCode)?.bootstrapToken ?? "" };
    const invited = await gateway.arrive(capped("operator.read")).connect({ protocol, device: new TestDevice("invited"), scopes: ["operator.admin"], auth });
    expect(invited.auth?.scopes).toEqual(["operator.read"]);
  });

  test("S2: leaving scopes out gets what was approved at most", async () => {
    const gateway = await open();
    await introduce(gateway, { protocol, device: phone, scopes: ["operator.read"] });
    const hello = await gateway.arrive(AFAR).connect({ protocol, device: phone, auth: SECRET });
    expect(hello.auth?.scopes).toEqual(protocol === 3 ? ["operator.read"] : []);
    expect((await gateway.arrive(capped("")).connect({ protocol, device: phone, auth: SECRET })).auth?.scopes).toEqual([]);
  });
});

/** Who hears what, written down from the protocol's description. */
const AUDIENCES: Readonly<Record<string, readonly string[]>> = {
  everyone: ["tick", "health", "heartbeat", "shutdown"],
  read: ["presence", "agent", "chat", "cron", "voicewake.changed", "config.changed"],
  talk: ["talk.mode"],
  pairing: ["channel.pair.requested", "channel.pair.resolved", "device.pair.requested", "device.pair.resolved", "device.pair.setup.completed", "node.pair.requested", "node.pair.resolved"],
  approvals: ["exec.approval.requested", "exec.approval.resolved"],
  /** Sent to one connection, and never as a broadcast. */
  nobody: ["connect.challenge", "node.invoke.request", "node.invoke.cancel", "node.invoke.progress", "node.surface.changed"],
};

const heardWith = (scope: string | undefined): string[] =>
  Object.entries(AUDIENCES).flatMap(([audience, events]) => (audience === "everyone" || OPENS[scope ?? ""]?.includes(audience as Guarded) ? events : []));

describe("events", () => {
  test("S3: the table has every event of the catalogue, once", () => {
    expect(Object.values(AUDIENCES).flat().toSorted()).toEqual(Object.keys(EVENTS).toSorted());
  });

  describe.each<Protocol>([3, 4])("protocol %i", (protocol) => {
    /** A connection that only listens. */
    const listener = (hub: Hub, role: "operator" | "node", scopes: readonly string[]): string[] => {
      const heard: string[] = [];
      const connection: Connection = {
        peer: { address: "203.0.113.7", headers: {}, tls: false },
        bufferedBytes: 0,
        send: () => {},
        sendShared: ({ head }, tail) => void heard.push((JSON.parse(head + tail) as { event: string }).event),
        admit: () => {},
        close: () => {},
      };
      const granted = grantScopes(claimScopes(scopes), scopes);
      hub.add(new Peer({ connId: `${hub.size}`, connection, protocol, role, scopes: granted, method: "token", params: connectParams({ protocol }), connectedAt: epochMs(1) }));
      return heard;
    };

    test("S3: each event of the catalogue reaches those whose scope opens it, and no one else", () => {
      const hub = new Hub(new SilentLog());
      const operators = HOLDINGS.map((scope) => [scope, listener(hub, "operator", scope === undefined ? [] : [scope])] as const);
      const node = listener(hub, "node", ALL_SCOPES);
      for (const event of Object.keys(EVENTS) as Event[]) hub.broadcast(event, {} as never);
      for (const [scope, heard] of operators) expect([scope, heard.toSorted()]).toEqual([scope, heardWith(scope).toSorted()]);
      expect(node.toSorted()).toEqual(heardWith(undefined).toSorted());
    });

    test("S3: an event that is not in the catalogue reaches nobody", () => {
      const hub = new Hub(new SilentLog());
      const heard = listener(hub, "operator", ["operator.admin"]);
      for (const event of ["constructor", "__proto__", "plugin.made.up"]) expect(() => hub.broadcast(event as never, {} as never)).toThrow("not in the catalogue");
      expect(heard).toEqual([]);
    });

    test("S3: everything that a whole gateway says in its life is heard by those whose scope opens it", async () => {
      const { config, change } = changingConfig();
      const gateway = await open({ config, script: [{ kind: "say", text: "All is well, and here is what it is about." }] });
      const ui = { protocol, client: { id: "openclaw-macos", mode: "ui" } } as const;
      const listeners: [string | undefined, TestClient][] = [];
      for (const scope of HOLDINGS) {
        const scopes = scope === undefined ? (protocol === 3 ? ["nothing"] : []) : [scope];
        listeners.push([scope, await gateway.connect({ ...ui, device: `listener ${scope}`, scopes })]);
      }
      const node = await gateway.connect({ ...ui, device: "node", role: "node", scopes: ALL_SCOPES, client: { id: "node-host", mode: "node" } });
      const deviceless = await gateway.connect({ ...ui, device: null, scopes: ALL_SCOPES });
      await gateway.pass(1_000);
      const from = new Map([...listeners.map(([, client]) => client), node, deviceless].map((client) => [client, client.events.length]));

      await gateway.call("chat.send", { sessionKey: "main", message: "hello", idempotencyKey: "run" });
      await gateway.call("wake", { mode: "now", text: "look around" });
      await gateway.call("cron.add", { name: "later", schedule: { kind: "every", everyMs: 3_600_000 }, payload: { kind: "systemEvent", text: "hi" } });
      await introduce(gateway, { protocol, device: new TestDevice("stranger"), scopes: ["operator.read"], client: { id: "openclaw-ios", mode: "ui" } });
      const { setupCode } = await gateway.call("device.pair.setupCode", { publicUrl: "ws://host" });
      const auth = { bootstrapToken: decodeSetupCode(setupCode)?.bootstrapToken ?? "" };
      await gateway.arrive(AFAR).connect({ ...ui, device: new TestDevice("invited"), scopes: [], auth });
      await gateway.channel.say({ text: "let me in" });
      await gateway.pass(1_000);
      const [waiting] = (await gateway.call("channels.pairing.list", {})).requests;
      await gateway.call("channels.pairing.approve", { channel: "memory", code: waiting?.code ?? "" });
      const { request } = await gateway.call("node.pair.request", { nodeId: "somebody's tablet", commands: ["location.get"] });
      await gateway.call("node.pair.reject", { requestId: request.requestId });
      const command = gateway.call("exec.approval.request", { id: "a1", command: "git push" });
      await gateway.pass(0);
      await gateway.call("exec.approval.resolve", { id: "a1", decision: "deny" });
      await command;
      change();
      await gateway.pass(60_000);
      const closing = gateway.close();
      await gateway.pass(20_000);
      await closing;

      const live = Object.keys(EVENTS).filter((event) => EVENTS[event as Event].state === "live");
      const since = (client: TestClient): string[] => [...new Set(client.events.slice(from.get(client)).map(({ event }) => event))].toSorted();
      for (const [scope, client] of listeners) expect([scope, since(client)]).toEqual([scope, heardWith(scope).filter((event) => live.includes(event)).toSorted()]);
      for (const client of [node, deviceless]) {
        expect(since(client)).toEqual(["health", "heartbeat", "shutdown", "tick"]);
        // What is for everybody says nothing of what was said, or to whom.
        expect(JSON.stringify(client.events)).not.toMatch(/All is well|agent:main:main"/);
      }
    });
  });
});

describe("secrets", () => {
  const SECRETS = { token: "gateway-token-c4n4ry", key: "provider-key-c4n4ry", header: "provider-header-c4n4ry", env: "environment-c4n4ry", remote: "remote-token-c4n4ry", password: "url-password-c4n4ry" };

  test.each<Protocol>([3, 4])("S4: no answer, hello or event tells a secret, to whatever scope, protocol %i", async (protocol) => {
    const stateDir = await mkdtemp(join(tmpdir(), "secrets-"));
    closers.push(() => rm(stateDir, { recursive: true, force: true }));
    const config = {
      gateway: { auth: { token: SECRETS.token, password: SECRETS.password }, remote: { url: `wss://user:${SECRETS.password}@host`, token: SECRETS.remote } },
      env: { PRIVATE: SECRETS.env },
      models: { providers: { openai: { apiKey: SECRETS.key, headers: { "X-Org": SECRETS.header } } } },
      agents: { defaults: { systemPrompt: "Be kind." } },
      channels: { telegram: { botToken: SECRETS.key } },
    };
    await writeFile(join(stateDir, "openclaw.json"), JSON.stringify(config), { mode: 0o600 });
    const source = await FileConfigSource.open({ stateDir, env: {} });
    const gateway = await open({ config: source });
    const auth = { token: SECRETS.token };
    for (const scope of [...ALL_SCOPES, undefined]) {
      const wire = gateway.transport.connect({ address: "127.0.0.1" });
      const client = new TestClient(wire);
      const ask: ConnectAsk = { protocol, scopes: scope === undefined ? ["nothing"] : [scope], auth, client: { id: "openclaw-macos", mode: "ui" } };
      await client.connect({ ...ask, device: new TestDevice(`s4 ${scope}`) });
      for (const [method, spec] of Object.entries(METHODS)) {
        if (spec.effect === "read" && spec.state === "live") await client.request(method, method === "chat.history" ? { sessionKey: "main" } : {});
      }
      await client.request("config.get", { path: "gateway.auth.token" });
      await gateway.pass(60_000);
      const said = wire.messages.join("\n");
      for (const secret of Object.values(SECRETS)) expect([scope, said.includes(secret)]).toEqual([scope, false]);
      const places = [stateDir, "openclaw.json", '"authMode"'].some((text) => JSON.stringify(client.responses[0]).includes(text));
      expect([scope, places]).toEqual([scope, scope === "operator.admin"]);
      if (OPENS[scope ?? ""]?.includes("read")) expect(said).toContain("Be kind.");
    }
  });
});

test("S4: a stranger is told nothing but its challenge", async () => {
  const gateway = await open();
  const wire = gateway.transport.connect({ address: "203.0.113.7" });
  await gateway.pass(0);
  expect(wire.messages.map((text) => JSON.parse(text) as object)).toEqual([
    { type: "event", event: "connect.challenge", payload: { nonce: expect.any(String), ts: gateway.clock.now() } },
  ]);
});
