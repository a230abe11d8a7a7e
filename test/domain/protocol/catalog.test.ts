import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import * as fc from "fast-check";
import { judgeAccess } from "../../../src/domain/access/access.js";
import { claimScopes, coversAll, grantScopes, holds, type GrantedScopes } from "../../../src/domain/access/scopes.js";
import { EVENTS, LIVE_EVENTS, LIVE_METHODS, METHODS, findEvent, findMethod, isLiveMethod } from "../../../src/domain/protocol/catalog.js";
import { event, method, type EventSpec, type MethodSpec } from "../../../src/domain/protocol/define.js";
import { Nothing } from "../../../src/domain/protocol/fields.js";
import { agentMethods, asksForFreshSession } from "../../../src/domain/protocol/methods/agent.js";
import { approvalMethods } from "../../../src/domain/protocol/methods/approvals.js";
import { channelMethods } from "../../../src/domain/protocol/methods/channels.js";
import { chatMethods } from "../../../src/domain/protocol/methods/chat.js";
import { configMethods } from "../../../src/domain/protocol/methods/config.js";
import { cronMethods } from "../../../src/domain/protocol/methods/cron.js";
import { deviceMethods } from "../../../src/domain/protocol/methods/devices.js";
import { messagingMethods } from "../../../src/domain/protocol/methods/messaging.js";
import { nodeMethods } from "../../../src/domain/protocol/methods/nodes.js";
import { proxyMethods } from "../../../src/domain/protocol/methods/proxy.js";
import { sessionMethods } from "../../../src/domain/protocol/methods/sessions.js";
import { systemMethods } from "../../../src/domain/protocol/methods/system.js";
import { voiceMethods } from "../../../src/domain/protocol/methods/voice.js";
import { MAX_NESTING, nestsTooDeeply } from "../../../src/domain/protocol/nesting.js";
import { pascalCase, renderSchemaDocument, schemaDocument } from "../../../src/domain/protocol/schema-document.js";
import { ROLES, SCOPES, type Role, type Scope } from "../../../src/domain/protocol/scopes.js";

const methods: [string, MethodSpec][] = Object.entries(METHODS);
const events: [string, EventSpec][] = Object.entries(EVENTS);
const required = (spec: MethodSpec): string[] => (spec.params as { required?: string[] }).required ?? [];

// Every scope is granted by an approval that holds it, so a test may grant any list.
const granted = (...scopes: string[]): GrantedScopes => grantScopes(claimScopes(scopes), scopes);

const newAjv = (): Ajv => new Ajv({ strict: true, validateSchema: true, allowUnionTypes: true });

describe("the catalogue", () => {
  test("every method is whole", () => {
    for (const [name, spec] of methods) {
      const said = { name, role: spec.role, scope: spec.scope, effect: spec.effect, state: spec.state, since: spec.since };
      expect(said).toEqual({
        name,
        role: expect.stringMatching(/^(operator|node)$/),
        // A node is let in by its role; a scope there would be one that nobody ever holds.
        scope: spec.role === "node" ? "none" : expect.stringMatching(/^(none|operator\.[a-z.]+)$/),
        effect: expect.stringMatching(/^(read|write|keyed)$/),
        state: expect.stringMatching(/^(live|planned)$/),
        since: spec.since === 3 ? 3 : 4,
      });
      if (spec.scope !== "none") expect(SCOPES).toContain(spec.scope);
      expect([name, (spec.params as { type?: unknown }).type]).toEqual([name, "object"]);
      expect([name, required(spec).includes("idempotencyKey")]).toEqual([name, spec.effect === "keyed"]);
    }
    expect(methods.filter(([, spec]) => spec.effect === "keyed").map(([name]) => name).sort()).toEqual(["agent", "chat.send", "message.action", "node.invoke", "poll", "send"]);
  });

  test("no family overwrites a method of another", () => {
    const families = [
      agentMethods, approvalMethods, channelMethods, chatMethods, configMethods, cronMethods, deviceMethods, messagingMethods,
      nodeMethods, proxyMethods, sessionMethods, systemMethods, voiceMethods,
    ];
    const names = families.flatMap((family) => Object.keys(family));
    expect([...names].sort()).toEqual(Object.keys(METHODS).sort());
  });

  test("only health is open to every operator", () => {
    expect(methods.filter(([, spec]) => spec.role === "operator" && spec.scope === "none").map(([name]) => name)).toEqual(["health"]);
  });

  test("an event names who may hear it", () => {
    for (const [name, spec] of events) {
      expect([name, [...SCOPES, "everyone", "operators", "direct"]]).toEqual([name, expect.arrayContaining([spec.audience])]);
    }
    expect(events.filter(([, spec]) => spec.droppable).map(([name]) => name)).toEqual(["health", "heartbeat", "presence", "cron"]);
  });

  test("what is live is what the gateway may advertise", () => {
    expect([...LIVE_METHODS].sort()).toEqual([
      "agent", "agent.identity.get", "agent.wait", "agents.list", "channels.deadLetters.discard", "channels.deadLetters.list", "channels.deadLetters.retry",
      "channels.logout", "channels.pairing.approve", "channels.pairing.dismiss", "channels.pairing.list", "channels.pairing.revoke", "channels.start", "channels.status", "channels.stop", "chat.abort", "chat.history", "chat.inject", "chat.send",
      "config.apply", "config.get", "config.patch", "config.schema", "config.set", "cron.add", "cron.get", "cron.list", "cron.remove", "cron.run", "cron.runs", "cron.status", "cron.update", "device.pair.approve", "device.pair.list", "device.pair.reject", "device.pair.remove", "device.pair.rename",
      "device.pair.setupCode", "device.token.revoke", "device.token.rotate", "exec.approval.list", "exec.approval.request", "exec.approval.resolve", "exec.approvals.get",
      "exec.approvals.node.get", "exec.approvals.node.set", "exec.approvals.set", "health", "last-heartbeat", "logs.tail", "message.action", "models.list",
      "node.canvas.capability.refresh", "node.describe", "node.event", "node.invoke", "node.invoke.progress", "node.invoke.result", "node.list", "node.pair.approve", "node.pair.list", "node.pair.reject", "node.pair.remove",
      "node.pair.request", "node.pair.verify", "node.pending.ack", "node.pending.drain", "node.pending.enqueue", "node.pending.pull", "node.pluginSurface.refresh", "node.rename", "poll", "proxy.check.begin", "proxy.check.read", "send",
      "sessions.compact", "sessions.delete", "sessions.list", "sessions.patch", "sessions.preview", "sessions.reset",
      "sessions.resolve", "set-heartbeats", "status", "system-event", "system-presence", "wake", "web.login.start", "web.login.wait",
    ]);
    expect([...LIVE_EVENTS].sort()).toEqual([
      "agent", "channel.pair.requested", "channel.pair.resolved", "chat", "config.changed", "connect.challenge", "cron", "device.pair.requested", "device.pair.resolved",
      "device.pair.setup.completed", "exec.approval.requested", "exec.approval.resolved", "health", "heartbeat", "node.invoke.cancel", "node.invoke.progress", "node.invoke.request", "node.pair.requested", "node.pair.resolved", "node.surface.changed", "presence", "shutdown", "tick",
    ]);
    expect(isLiveMethod("cron.list")).toBe(true);
    expect(isLiveMethod("voicewake.get")).toBe(false);
  });

  test("no name of Object.prototype is a method or an event", () => {
    for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty", "", "Health", "health "]) {
      expect([name, findMethod(name), findEvent(name), isLiveMethod(name)]).toEqual([name, undefined, undefined, false]);
    }
    expect(findMethod("health")).toBe(METHODS.health);
    expect(findEvent("tick")).toBe(EVENTS.tick);
  });

  test("every schema compiles under Ajv's strict mode", () => {
    const ajv = newAjv();
    for (const [name, spec] of methods) {
      expect([name, typeof ajv.compile(spec.params), typeof ajv.compile(spec.result)]).toEqual([name, "function", "function"]);
    }
    for (const [name, spec] of events) expect([name, typeof ajv.compile(spec.payload)]).toEqual([name, "function"]);
  });
});

describe("params", () => {
  const ajv = newAjv();
  const fits = (name: keyof typeof METHODS, params: unknown): boolean => ajv.validate(METHODS[name].params, params);
  const idempotencyKey = "k";

  test("both generations of clients are understood", () => {
    expect(fits("send", { to: "+1", message: "hi", idempotencyKey })).toBe(true);
    expect(fits("send", { to: "+1", buffer: "aGk=", filename: "a.txt", silent: true, parseMode: "HTML", idempotencyKey })).toBe(true);
    expect(fits("chat.send", { sessionKey: "main", message: "", fastMode: true, idempotencyKey })).toBe(true);
    expect(fits("agent", { message: "hi", spawnedBy: "agent:main:main", label: "x".repeat(512), idempotencyKey })).toBe(true);
    expect(fits("sessions.patch", { key: "main", label: null, model: null, sendPolicy: null, somethingNew: 1 })).toBe(true);
    const job = { name: "n", sessionTarget: "main", wakeMode: "now", payload: { kind: "systemEvent", text: "t" } };
    expect(fits("cron.add", { ...job, schedule: { kind: "at", atMs: 1 } })).toBe(true);
    expect(fits("cron.add", { ...job, schedule: { kind: "at", at: "2026-01-01T00:00:00Z" }, delivery: { mode: "none" } })).toBe(true);
    expect(fits("cron.update", { jobId: "j", patch: { payload: { kind: "agentTurn", model: "m" } } })).toBe(true);
  });

  test("what nobody means is refused", () => {
    expect(fits("send", { to: "+1", mesage: "hi", idempotencyKey })).toBe(false);
    expect(fits("device.pair.approve", { requestId: "r", force: true })).toBe(false);
    expect(fits("agent", { message: "", idempotencyKey })).toBe(false);
    expect(fits("agent", { message: "hi", idempotencyKey: "k".repeat(257) })).toBe(false);
    expect(fits("agent", { message: "hi", idempotencyKey: "" })).toBe(false);
    expect(fits("chat.history", { sessionKey: "" })).toBe(false);
    expect(fits("chat.history", { sessionKey: "k".repeat(513) })).toBe(false);
    expect(fits("poll", { to: "x", question: "q", options: ["only"], idempotencyKey })).toBe(false);
    expect(fits("sessions.patch", { key: "main", sendPolicy: "maybe" })).toBe(false);
  });
});

describe("scopes", () => {
  const scope = fc.constantFrom<string>(...SCOPES, "operator.later", "other.thing");
  const list = fc.array(scope, { maxLength: 6 });

  test("what each scope holds", () => {
    const table = Object.fromEntries(SCOPES.map((held) => [held, SCOPES.filter((wanted) => holds([held], wanted))]));
    const alone = Object.fromEntries(SCOPES.map((held) => [held, [held]]));
    expect(table).toEqual({
      ...alone,
      "operator.admin": [...SCOPES],
      "operator.write": ["operator.read", "operator.write", "operator.talk"],
    });
  });

  test("an unknown scope is held by name, or by admin if it is an operator's", () => {
    expect(holds(["operator.later"], "operator.later")).toBe(true);
    expect(holds(["operator.admin"], "operator.later")).toBe(true);
    expect(holds(["operator.write"], "operator.later")).toBe(false);
    expect(holds(["operator.admin"], "other.thing")).toBe(false);
    expect(holds(["operator.admin"], "operatorX")).toBe(false);
    expect(holds(["other.thing"], "other.thing")).toBe(true);
    expect(holds([], "operator.read")).toBe(false);
    expect(holds(["constructor", "__proto__"], "operator.read")).toBe(false);
    expect(coversAll([], [])).toBe(true);
  });

  test("a grant never exceeds its baseline nor its claim, and granting again changes nothing", () => {
    fc.assert(
      fc.property(list, list, (claim, baseline) => {
        const grant = grantScopes(claimScopes(claim), baseline);
        expect(coversAll(baseline, grant)).toBe(true);
        expect(grant.every((one) => claim.includes(one))).toBe(true);
        expect(claim.filter((one) => holds(baseline, one)).every((one) => grant.includes(one))).toBe(true);
        expect(grantScopes(claimScopes(grant), baseline)).toEqual(grant);
        expect(new Set(grant).size).toBe(grant.length);
      }),
    );
  });

  test("holding more never opens less", () => {
    fc.assert(fc.property(list, list, scope, (some, more, wanted) => !holds(some, wanted) || holds([...some, ...more], wanted)));
  });
});

describe("access", () => {
  /** Written out apart from `holds`, which it checks. */
  const opens = (held: Scope, needed: Scope | "none"): boolean =>
    needed === "none" ||
    held === needed ||
    held === "operator.admin" ||
    (held === "operator.write" && (needed === "operator.read" || needed === "operator.talk"));

  test("every method under every role and scope", () => {
    // Raises nothing anywhere; what raises is tested below.
    const params = { key: "main" };
    for (const [name, spec] of methods) {
      for (const role of ROLES) {
        for (const held of [undefined, ...SCOPES]) {
          const scopes = held === undefined ? granted() : granted(held);
          const { kind } = judgeAccess(spec, { role, scopes, protocol: 4 }, params);
          const fine = spec.scope === "none" || (held !== undefined && opens(held, spec.scope));
          const expected = role !== spec.role ? "wrong-role" : fine ? "allowed" : "missing-scope";
          expect([name, role, held, kind]).toEqual([name, role, held, expected]);
        }
      }
    }
  });

  // One row per scope: a method that changes its class has to change here too.
  test("which scope opens what", () => {
    const table: Record<string, string[]> = {};
    for (const [name, spec] of methods) (table[spec.role === "node" ? "node" : spec.scope] ??= []).push(name);
    expect(Object.fromEntries(Object.entries(table).map(([key, names]) => [key, names.sort().join(" ")]))).toEqual({
      none: "health",
      "operator.read":
        "agent.identity.get agents.list channels.deadLetters.list channels.status chat.history config.get config.schema cron.get cron.list cron.runs cron.status " +
        "last-heartbeat logs.tail models.list node.describe node.list sessions.list sessions.messages.subscribe sessions.preview " +
        "sessions.resolve sessions.subscribe status system-presence voicewake.get",
      "operator.write":
        "agent agent.wait channels.deadLetters.discard channels.deadLetters.retry chat.abort chat.send message.action node.invoke node.pending.enqueue poll send sessions.patch voicewake.set wake",
      "operator.talk": "talk.mode",
      "operator.approvals": "exec.approval.list exec.approval.request exec.approval.resolve",
      "operator.pairing":
        "channels.pairing.approve channels.pairing.dismiss channels.pairing.list channels.pairing.revoke device.pair.approve device.pair.list device.pair.reject " +
        "device.pair.remove device.pair.rename device.token.revoke device.token.rotate node.pair.approve node.pair.list node.pair.reject " +
        "node.pair.remove node.pair.request node.pair.verify node.rename",
      "operator.admin":
        "channels.logout channels.start channels.stop chat.inject config.apply config.patch config.set cron.add cron.remove cron.run cron.update device.pair.setupCode " +
        "exec.approvals.get exec.approvals.node.get exec.approvals.node.set exec.approvals.set proxy.check.begin proxy.check.read sessions.compact sessions.delete " +
        "sessions.reset set-heartbeats system-event web.login.start web.login.wait",
      node:
        "node.canvas.capability.refresh node.event node.invoke.progress node.invoke.result node.pending.ack node.pending.drain " +
        "node.pending.pull node.pluginSurface.refresh skills.bins",
    });
  });

  const judge = (spec: MethodSpec, held: string, params: unknown, role: Role = "operator") =>
    judgeAccess(spec, { role, scopes: granted(held), protocol: 3 }, params);
  const needsAdmin = { kind: "missing-scope", missing: "operator.admin", required: ["operator.admin"] };

  test("starting a session afresh through `agent` is admin's", () => {
    for (const message of ["/new", "/reset", " /NEW", "\n/Reset now", "/new: hello", "\u00a0/new\tx"]) {
      expect([message, judge(METHODS.agent, "operator.write", { message })]).toEqual([message, needsAdmin]);
      expect(judge(METHODS.agent, "operator.admin", { message })).toEqual({ kind: "allowed" });
    }
    for (const message of ["hello", "/newsletter", "/new-year", "tell me about /new", "", "/ new"]) {
      expect([message, asksForFreshSession(message)]).toEqual([message, false]);
      expect(judge(METHODS.agent, "operator.write", { message })).toEqual({ kind: "allowed" });
    }
  });

  test("patching more than a session's looks is admin's, unknown fields included", () => {
    const patch = METHODS["sessions.patch"];
    expect(judge(patch, "operator.write", { key: "main", label: "x", model: null, thinkingLevel: "low", pinned: true })).toEqual({ kind: "allowed" });
    for (const field of ["execHost", "elevatedLevel", "sendPolicy", "spawnedBy", "permissionMode", "constructor"]) {
      expect([field, judge(patch, "operator.write", { key: "main", [field]: null })]).toEqual([field, needsAdmin]);
    }
    const smuggled = JSON.parse('{"key":"main","__proto__":{"label":"x"}}') as unknown;
    expect(judge(patch, "operator.write", smuggled)).toEqual(needsAdmin);
  });

  test("params that are no object raise nothing and break nothing", () => {
    for (const params of [undefined, null, 1, "x", true, [], { message: 7 }, { message: ["/new"] }]) {
      expect(judge(METHODS.agent, "operator.write", params)).toEqual({ kind: "allowed" });
      expect(judge(METHODS.agent, "operator.read", params)).toMatchObject({ kind: "missing-scope", missing: "operator.write" });
    }
  });

  test("the role is judged before the scope, even for admin", () => {
    expect(judge(METHODS["node.event"], "operator.admin", {})).toEqual({ kind: "wrong-role", role: "operator" });
    expect(judge(METHODS.health, "operator.admin", {}, "node")).toEqual({ kind: "wrong-role", role: "node" });
  });
});

describe("the schema document", () => {
  const document = schemaDocument();

  test("the committed file is what the catalogue gives", () => {
    const path = new URL("../../../generated/schema/protocol.schema.json", import.meta.url);
    // Compared as a boolean: a diff of ten thousand lines tells less than the command that mends it (npm run generate).
    expect(readFileSync(path, "utf8") === renderSchemaDocument(document)).toBe(true);
  });

  test("layout", () => {
    expect(document.$schema).toBe("http://json-schema.org/draft-07/schema#");
    expect(document.oneOf).toEqual(["RequestFrame", "ResponseFrame", "EventFrame"].map((name) => ({ $ref: `#/definitions/${name}` })));
    const names = [
      "RequestFrame", "ResponseFrame", "EventFrame", "GatewayFrame", "ErrorShape", "ConnectParams", "HelloOk", "Snapshot", "PresenceEntry",
      "StateVersion", "SessionRow", "CronSchedule", "DevicePairApproveParams", "SystemPresenceResult", "NodePluginSurfaceRefreshParams", "ConnectChallengeEvent",
    ];
    expect(Object.keys(document.definitions)).toEqual(expect.arrayContaining(names));
    expect(Object.keys(document.definitions)).toHaveLength(25 + 2 * methods.length + events.length);
    expect(document.methods.agent).toEqual({ since: 3, scope: "operator.write", role: "operator", effect: "keyed" });
    expect(Object.keys(document.methods)).toEqual(methods.map(([name]) => name));
  });

  test("each definition stands alone", () => {
    expect(JSON.stringify(document.definitions)).not.toContain('"$ref"');
    expect(JSON.stringify(document.definitions)).not.toContain('"$id"');
    const ajv = newAjv();
    for (const [name, schema] of Object.entries(document.definitions)) {
      expect([name, typeof ajv.compile(schema)]).toEqual([name, "function"]);
    }
  });

  test("two things under one name are a bug that shows", () => {
    const spec = method({ params: Nothing, result: Nothing, role: "operator", scope: "none", effect: "read", since: 3, state: "live" });
    const heard = event({ payload: Nothing, audience: "everyone", droppable: false, since: 3, state: "live" });
    expect(() => schemaDocument({ "a.b": spec, "a-b": spec }, {})).toThrow("ABParams");
    expect(() => schemaDocument({}, { "a.b": heard, "a-b": heard })).toThrow("ABEvent");
    expect(pascalCase("web.login.start")).toBe("WebLoginStart");
  });
});

describe("how deep a message nests", () => {
  const depthOf = (value: unknown): number =>
    typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
  const wrapped = (value: unknown, times: number): unknown => {
    let whole = value;
    for (let time = 0; time < times; time += 1) whole = time % 2 === 0 ? [whole] : { '"[{\\': whole };
    return whole;
  };
  const text = fc.string({ unit: fc.constantFrom("[", "]", "{", "}", "\"", "\\", "\u0000", "a", ",") });

  test("is what it says, whatever stands in its texts", () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 5 }, text, fc.array(tie("any"), { maxLength: 4 }), fc.dictionary(text, tie("any"), { maxKeys: 4 })),
    })).any;
    fc.assert(fc.property(value, fc.integer({ min: MAX_NESTING - 8, max: MAX_NESTING + 2 }), (inner, times) => {
      const whole = wrapped(inner, times);
      expect(nestsTooDeeply(JSON.stringify(whole))).toBe(depthOf(whole) > MAX_NESTING);
    }));
  });

  test("is found out without end in sight, and says nothing of what is no JSON", () => {
    expect(nestsTooDeeply("[".repeat(1_000_000))).toBe(true);
    expect(nestsTooDeeply(`"${"[".repeat(1_000)}`)).toBe(false);
    expect(nestsTooDeeply(`"\\${"[".repeat(1_000)}\\"`)).toBe(false);
    expect(nestsTooDeeply("[]".repeat(1_000))).toBe(false);
  });
});
