import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { buildNode, type Node, type NodeHostOptions } from "../../src/app/node/create-node.js";
import { readInvocation } from "../../src/app/node/invocation.js";
import type { InvocationReport } from "../../src/app/node/invocation-desk.js";
import type { NodeLink } from "../../src/app/node/node-host.js";
import { chunksOf, ProgressFeed } from "../../src/app/node/progress-feed.js";
import type { NodeCall, NodeCommand, NodeCommandOutcome } from "../../src/ports/node-command.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { TestDevice } from "../support/device.js";
import { ScriptedPeer, type PeerScript } from "./scripted-peer.js";

const METHODS = ["node.invoke.result", "node.invoke.progress", "node.event", "node.pending.pull", "node.pending.ack", "node.pluginSurface.refresh"];
const NODE_ID = new TestDevice("attic").asIdentity().deviceId;

/** A command that ends when it is told to, and keeps what it was called with. */
class HeldCommand implements NodeCommand {
  readonly name: string;
  readonly calls: { readonly params: unknown; readonly call: NodeCall; end(outcome: NodeCommandOutcome): void }[] = [];
  isAvailable = true;
  closed = 0;

  constructor(name = "test.hold") {
    this.name = name;
  }

  available = async (): Promise<boolean> => this.isAvailable;

  run(params: unknown, call: NodeCall): Promise<NodeCommandOutcome> {
    return new Promise((resolve) => {
      this.calls.push({ params, call, end: resolve });
      call.cancel.addEventListener("abort", () => resolve({ kind: "failed", code: "UNAVAILABLE", message: "It was called off." }));
    });
  }

  close = async (): Promise<void> => void (this.closed += 1);
}

const command = (name: string, run: NodeCommand["run"]): NodeCommand => ({ name, available: async () => true, run });

const echo = command("test.echo", async (params) => ({ kind: "done", payload: { said: params } }));

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

interface Rig {
  readonly clock: HandClock;
  readonly peer: ScriptedPeer;
  readonly node: Node;
  readonly reports: InvocationReport[];
  readonly results: () => Record<string, unknown>[];
  ask(id: string, command: string, more?: Record<string, unknown>): Promise<void>;
}

const opened: Node[] = [];
afterEach(async () => {
  for (const node of opened.splice(0)) await node.stop();
});

async function rig(commands: NodeHostOptions["commands"], script: PeerScript = {}): Promise<Rig> {
  const clock = new HandClock();
  const peer = new ScriptedPeer({
    ...script,
    hello: { features: { methods: METHODS, events: [] }, ...script.hello },
    methods: { "node.invoke.result": () => ({ ok: true }), "node.invoke.progress": () => ({ ok: true }), "node.event": () => ({ ok: true, handled: true }), "node.pending.pull": () => ({ nodeId: NODE_ID, actions: [] }), ...script.methods },
  });
  const reports: InvocationReport[] = [];
  const node = await buildNode({
    url: "ws://127.0.0.1:1", identity: new TestDevice("attic").asIdentity(), clock, random: () => 0.5, openSocket: peer.open,
    displayName: "attic", commands, onInvocation: (report) => reports.push(report),
  });
  opened.push(node);
  node.start();
  await clock.pass(0);
  return {
    clock, peer, node, reports,
    results: () => peer.calls.filter(({ method }) => method === "node.invoke.result").map(({ params }) => params),
    ask: async (id, name, more = {}) => {
      peer.line.event("node.invoke.request", { id, nodeId: NODE_ID, command: name, timeoutMs: 30_000, ...more });
      await clock.pass(0);
    },
  };
}

describe("who it is", () => {
  test("it connects as a node and declares what this host can do, asked anew each time", async () => {
    const held = new HeldCommand("canvas.present");
    held.isAvailable = false;
    const { peer, clock } = await rig([echo, held, command("canvas.hide", async () => ({ kind: "done" }))]);
    expect(peer.connects[0]).toMatchObject({
      role: "node", scopes: [], caps: ["canvas", "test"], commands: ["canvas.hide", "test.echo"],
      client: { id: "node-host", mode: "node", displayName: "attic", platform: process.platform },
      device: { id: NODE_ID },
    });
    held.isAvailable = true;
    peer.line.drop();
    await clock.pass(1_000);
    expect(peer.connects[1]).toMatchObject({ commands: ["canvas.hide", "canvas.present", "test.echo"] });
  });

  test("without a folder or a key it is refused", async () => {
    await expect(buildNode({ url: "ws://127.0.0.1:1", clock: new HandClock(), commands: [] })).rejects.toMatchObject({ code: "BAD_URL" });
  });
});

describe("waiting for approval", () => {
  const unknownDevice = { error: { code: "NOT_PAIRED", message: "pairing required", details: { code: "PAIRING_REQUIRED", requestId: "req-1" } } };

  test("it asks again every five seconds, also where the gateway says that only a person can help", async () => {
    let isApproved = false;
    const { node, clock, peer } = await rig([echo], { judge: () => (isApproved ? undefined : unknownDevice) });
    expect(node.state).toMatchObject({ kind: "awaiting-approval", pairing: { requestId: "req-1", command: "openclaw devices approve req-1" } });
    await clock.pass(5_000);
    expect(peer.connects.length).toBe(2);
    isApproved = true;
    await clock.pass(5_000);
    expect(node.state.kind).toBe("open");
    await node.stop();
    expect(clock.pending).toBe(0);
  });

  test("a wrong token is not tried again", async () => {
    const refusal = { error: { code: "INVALID_REQUEST", message: "no", details: { code: "AUTH_TOKEN_MISMATCH" } } };
    const { node, clock, peer } = await rig([echo], { judge: () => refusal });
    expect(node.state).toMatchObject({ kind: "paused", hint: expect.stringContaining("token") });
    await clock.pass(600_000);
    expect(peer.dials).toBe(1);
  });
});

describe("what it answers", () => {
  test("the result, as JSON text", async () => {
    const { ask, results, reports } = await rig([echo]);
    await ask("a", "test.echo", { paramsJSON: '{"x":1}', idempotencyKey: "k" });
    expect(results()).toEqual([{ id: "a", nodeId: NODE_ID, ok: true, payloadJSON: '{"said":{"x":1}}' }]);
    expect(reports).toEqual([{ command: "test.echo", outcome: "done", durationMs: 0, bytes: 16 }]);
  });

  test.each([
    ["params in place of their JSON", { params: { x: 2 } }, '{"said":{"x":2}}'],
    ["no params", { paramsJSON: null }, '{"said":{}}'],
    ["what is no object", { paramsJSON: "[1]" }, '{"said":[1]}'],
  ])("%s", async (_, more, payloadJSON) => {
    const { ask, results } = await rig([echo]);
    await ask("a", "test.echo", more);
    expect(results()).toMatchObject([{ ok: true, payloadJSON }]);
  });

  test("nothing where there is nothing to tell", async () => {
    const { ask, results } = await rig([command("test.nothing", async () => ({ kind: "done" }))]);
    await ask("a", "test.nothing");
    expect(results()).toEqual([{ id: "a", nodeId: NODE_ID, ok: true }]);
  });

  test("refusals and failures say what is wrong, and nothing of what was asked", async () => {
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    const { ask, results, reports } = await rig([
      echo,
      command("test.crash", async () => Promise.reject(new Error("secret"))),
      command("test.circular", async () => ({ kind: "done", payload: circular })),
      command("test.refuse", async () => ({ kind: "failed", code: "LOCATION_DISABLED", message: "No." })),
    ]);
    await ask("a", "test.echo", { paramsJSON: "{not json" });
    await ask("b", "test.unknown");
    await ask("c", "test.crash");
    await ask("d", "test.circular");
    await ask("e", "test.refuse");
    expect(results().map(({ error }) => (error as { code: string }).code)).toEqual(["INVALID_REQUEST", "INVALID_REQUEST", "UNAVAILABLE", "UNAVAILABLE", "LOCATION_DISABLED"]);
    expect(results()[4]).toMatchObject({ ok: false, error: { code: "LOCATION_DISABLED", message: "LOCATION_DISABLED: No." } });
    expect(JSON.stringify(results())).not.toContain("secret");
    expect(reports.map(({ command: name, code }) => `${name} ${code}`)).toEqual(["test.crash UNAVAILABLE", "test.circular UNAVAILABLE", "test.refuse LOCATION_DISABLED"]);
  });

  test("nothing to what is for another node, or no request at all", async () => {
    const { ask, results, peer, clock } = await rig([echo]);
    await ask("a", "test.echo", { nodeId: "somebody else" });
    for (const payload of [undefined, null, [], "x", { id: 7 }, { id: "a" }]) {
      peer.line.event("node.invoke.request", payload);
      peer.line.event("node.invoke.cancel", payload);
    }
    await clock.pass(0);
    expect(results()).toEqual([]);
    await ask("b", "test.echo");
    expect(results().length).toBe(1);
  });

  test("what the gateway takes in no frame is told as such", async () => {
    const large = command("test.large", async () => ({ kind: "done", payload: "x".repeat(70_000) }));
    const { ask, results } = await rig([large], { hello: { policy: { maxPayload: 65_536, maxBufferedBytes: 1_000_000, tickIntervalMs: 30_000 } } });
    await ask("a", "test.large");
    expect(results()).toMatchObject([{ id: "a", ok: false, error: { code: "PAYLOAD_TOO_LARGE" } }]);
  });
});

describe("one call is carried out once", () => {
  test("asked again while it runs, both are answered; asked again later, it is answered from memory", async () => {
    const held = new HeldCommand();
    const { ask, results, reports } = await rig([held]);
    await ask("a", "test.hold", { idempotencyKey: "k", paramsJSON: '{"x":1,"y":2}' });
    await ask("b", "test.hold", { idempotencyKey: "k", paramsJSON: '{"y":2,"x":1}' });
    held.calls[0]?.end({ kind: "done", payload: 7 });
    await ask("c", "test.hold", { idempotencyKey: "k", paramsJSON: '{"x":1,"y":2}' });
    expect(held.calls.length).toBe(1);
    expect(results().map(({ id, payloadJSON }) => `${String(id)} ${String(payloadJSON)}`)).toEqual(["a 7", "b 7", "c 7"]);
    expect(reports.length).toBe(1);
  });

  test("over a lost connection too", async () => {
    const held = new HeldCommand();
    const { ask, results, peer, clock } = await rig([held]);
    await ask("a", "test.hold", { idempotencyKey: "k" });
    peer.line.drop();
    await clock.pass(1_000);
    await ask("b", "test.hold", { idempotencyKey: "k" });
    held.calls[0]?.end({ kind: "done", payload: 7 });
    await clock.pass(0);
    expect(held.calls.length).toBe(1);
    expect(results()).toContainEqual({ id: "b", nodeId: NODE_ID, ok: true, payloadJSON: "7" });
  });

  test("an answer that came while there was no connection is there for the next attempt", async () => {
    const held = new HeldCommand();
    const { ask, results, peer, clock } = await rig([held]);
    await ask("a", "test.hold", { idempotencyKey: "k" });
    peer.line.drop();
    await clock.pass(0);
    held.calls[0]?.end({ kind: "done", payload: 7 });
    await clock.pass(1_000);
    expect(results()).toEqual([]);
    await ask("b", "test.hold", { idempotencyKey: "k" });
    expect(results()).toEqual([{ id: "b", nodeId: NODE_ID, ok: true, payloadJSON: "7" }]);
  });

  test("the same key for another call is refused", async () => {
    const { ask, results } = await rig([echo]);
    await ask("a", "test.echo", { idempotencyKey: "k", paramsJSON: '{"x":1}' });
    await ask("b", "test.echo", { idempotencyKey: "k", paramsJSON: '{"x":2}' });
    expect(results()[1]).toMatchObject({ ok: false, error: { code: "INVALID_REQUEST", message: expect.stringContaining("idempotencyKey") } });
  });

  test("of large answers the newest are kept; the others are not carried out again", async () => {
    let runs = 0;
    const large = command("test.large", async () => ({ kind: "done", payload: `${++runs}${"x".repeat(12_000_000)}` }));
    const { ask, results } = await rig([large]);
    for (const key of ["1", "2", "3"]) await ask(`first-${key}`, "test.large", { idempotencyKey: key });
    await ask("again-1", "test.large", { idempotencyKey: "1" });
    await ask("again-3", "test.large", { idempotencyKey: "3" });
    expect(runs).toBe(3);
    expect(results().map(({ id, ok }) => `${String(id)} ${String(ok)}`)).toEqual(["first-1 true", "first-2 true", "first-3 true", "again-1 false", "again-3 true"]);
  });
});

describe("an end before the answer", () => {
  test("a call that nobody waits for is called off, and not answered", async () => {
    const held = new HeldCommand();
    const { ask, results, peer, clock, reports } = await rig([held]);
    await ask("a", "test.hold", { idempotencyKey: "k" });
    await ask("b", "test.hold", { idempotencyKey: "k" });
    peer.line.event("node.invoke.cancel", { invokeId: "a", nodeId: NODE_ID });
    await clock.pass(0);
    expect(held.calls[0]?.call.cancel.aborted).toBe(false);
    peer.line.event("node.invoke.cancel", { invokeId: "b", nodeId: NODE_ID });
    await clock.pass(0);
    expect(held.calls[0]?.call.cancel.aborted).toBe(true);
    expect(results()).toEqual([]);
    expect(reports).toMatchObject([{ outcome: "called-off" }]);
  });

  test("its own time is up where no cancellation comes", async () => {
    const held = new HeldCommand();
    const { ask, results, clock } = await rig([held]);
    await ask("a", "test.hold", { timeoutMs: 2_000 });
    await clock.pass(2_000);
    expect(held.calls[0]?.call.cancel.aborted).toBe(true);
    expect(results()).toMatchObject([{ id: "a", ok: false, error: { code: "TIMEOUT" } }]);
  });

  test("the node's end calls off what runs, answers it, and closes what commands keep open", async () => {
    const held = new HeldCommand();
    const { ask, results, node, clock } = await rig([held]);
    await ask("a", "test.hold");
    await Promise.all([node.stop(), clock.pass(0)]);
    expect(results()).toMatchObject([{ id: "a", ok: false }]);
    expect(held.closed).toBe(1);
    expect(node.state.kind).toBe("closed");
    expect(clock.pending).toBe(0);
  });

  test("a command that does not end is not waited for", async () => {
    const stubborn = command("test.stubborn", () => new Promise(() => undefined));
    const { ask, node, clock } = await rig([stubborn]);
    await ask("a", "test.stubborn");
    const stopped = node.stop();
    await clock.pass(5_000);
    await stopped;
  });

  test("more than thirty-two at once are refused, and may be asked again", async () => {
    const held = new HeldCommand();
    const { ask, results, clock } = await rig([held]);
    for (let count = 0; count < 33; count += 1) await ask(`${count}`, "test.hold", { idempotencyKey: `${count}` });
    expect(results()).toMatchObject([{ id: "32", ok: false, error: { code: "UNAVAILABLE" } }]);
    held.calls[0]?.end({ kind: "done" });
    await clock.pass(0);
    await ask("again", "test.hold", { idempotencyKey: "32" });
    expect(held.calls.length).toBe(33);
  });
});

describe("progress", () => {
  const progress = (peer: ScriptedPeer) => peer.calls.filter(({ method }) => method === "node.invoke.progress").map(({ params }) => params);

  test("goes to all who wait, in numbered pieces", async () => {
    const held = new HeldCommand();
    const { ask, peer, clock } = await rig([held]);
    await ask("a", "test.hold", { idempotencyKey: "k" });
    held.calls[0]?.call.progress("one ");
    held.calls[0]?.call.progress("two");
    await clock.pass(0);
    held.calls[0]?.call.progress("x".repeat(20_000));
    await clock.pass(0);
    expect(progress(peer).map(({ invokeId, seq, chunk }) => [invokeId, seq, String(chunk).length])).toEqual([["a", 0, 7], ["a", 1, 16_384], ["a", 2, 3_616]]);
  });

  test("is left out for gateways that do not know it", async () => {
    const held = new HeldCommand();
    const { ask, peer, clock } = await rig([held], { hello: { features: { methods: ["node.invoke.result"], events: [] } } });
    await ask("a", "test.hold");
    held.calls[0]?.call.progress("one");
    await clock.pass(0);
    expect(progress(peer)).toEqual([]);
  });

  test("no piece ends inside of a character, and none is lost", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.integer({ min: 2, max: 9 }), (text, size) => {
      const chunks = chunksOf(text, size);
      expect(chunks.join("")).toBe(text);
      for (const chunk of chunks) {
        expect(chunk.length).toBeLessThanOrEqual(size);
        expect(chunk).not.toBe("");
        if (isWellFormed(text)) expect(isWellFormed(chunk)).toBe(true);
      }
    }));
  });

  test("what the connection cannot carry is left out, and said to be", async () => {
    const sent: string[] = [];
    let release = (): void => undefined;
    const feed = new ProgressFeed((_, chunk) => {
      sent.push(chunk);
      return new Promise((resolve) => (release = resolve));
    });
    for (let count = 0; count < 40; count += 1) feed.push("x".repeat(16_384));
    await new Promise(setImmediate);
    for (let count = 0; count < 40; count += 1) {
      release();
      await new Promise(setImmediate);
    }
    expect(sent.join("").length).toBeLessThan(18 * 16_384);
    expect(sent.join("").match(/left out/g)?.length).toBe(1);
  });
});

describe("what was asked while it was away", () => {
  const action = (id: string, more: object = {}) => ({ id, command: "test.echo", paramsJSON: `{"n":"${id}"}`, enqueuedAtMs: 1, ...more });

  test("is carried out in order, then acknowledged, and nobody is sent an answer", async () => {
    const order: string[] = [];
    const noting = command("test.echo", async (params) => {
      order.push((params as { n: string }).n);
      return { kind: "done" };
    });
    const queues = [[action("1"), action("2"), { junk: true }]];
    const { peer, results } = await rig([noting], { methods: { "node.pending.pull": () => ({ nodeId: NODE_ID, actions: queues.shift() ?? [] }), "node.pending.ack": ({ params }) => ({ nodeId: NODE_ID, ackedIds: params["ids"], remainingCount: 0 }) } });
    expect(order).toEqual(["1", "2"]);
    expect(peer.calls.filter(({ method }) => method === "node.pending.ack").map(({ params }) => params["ids"])).toEqual([["1"], ["2"]]);
    expect(results()).toEqual([]);
  });

  test("comes again where its acknowledgement was lost, and is not carried out again", async () => {
    let runs = 0;
    const counting = command("test.echo", async () => ({ kind: "done", payload: ++runs }));
    let acks = 0;
    const { peer, clock } = await rig([counting], {
      methods: {
        "node.pending.pull": () => ({ nodeId: NODE_ID, actions: acks > 1 ? [] : [action("1")] }),
        "node.pending.ack": ({ line }) => (++acks === 1 ? void line.drop() : { nodeId: NODE_ID, ackedIds: ["1"], remainingCount: 0 }),
      },
    });
    await clock.pass(1_000);
    expect({ acks, runs, dials: peer.dials }).toEqual({ acks: 2, runs: 1, dials: 2 });
  });
});

describe("what commands may ask of the connection", () => {
  let link: NodeLink;
  const linked = (script: PeerScript = {}) => rig((given) => {
    link = given;
    return [echo];
  }, script);

  test("the canvas's address: of protocol 4, of protocol 3, and none", async () => {
    await linked({ hello: { pluginSurfaceUrls: { canvas: "http://127.0.0.1:18793/__openclaw__/cap/abc/" } } });
    expect(await link.canvasUrl()).toBe("http://127.0.0.1:18793/__openclaw__/cap/abc");
    await linked({ hello: { canvasHostUrl: "http://10.0.0.7:18793" } });
    expect(await link.canvasUrl()).toBe("http://10.0.0.7:18793");
    await linked();
    expect(await link.canvasUrl()).toBeUndefined();
    await linked({ hello: { canvasHostUrl: "file:///etc" } });
    expect(await link.canvasUrl()).toBeUndefined();
  });

  test("it is asked for anew after four minutes, or when it opened nothing", async () => {
    let count = 0;
    const { clock, peer } = await linked({
      hello: { pluginSurfaceUrls: { canvas: "http://127.0.0.1:18793/cap/0" } },
      methods: { "node.pluginSurface.refresh": () => ({ surface: "canvas", pluginSurfaceUrls: { canvas: `http://127.0.0.1:18793/cap/${++count}` }, expiresAtMs: 1 }) },
    });
    const ask = async (options?: { renew: boolean }) => (await Promise.all([link.canvasUrl(options), clock.pass(0)]))[0];
    expect(await ask()).toBe("http://127.0.0.1:18793/cap/0");
    expect(await ask({ renew: true })).toBe("http://127.0.0.1:18793/cap/1");
    await clock.pass(3 * 60_000);
    peer.line.event("tick", { ts: 1 });
    await clock.pass(30_000);
    expect(await ask()).toBe("http://127.0.0.1:18793/cap/1");
    for (let count2 = 0; count2 < 2; count2 += 1) {
      peer.line.event("tick", { ts: 1 });
      await clock.pass(30_000);
    }
    expect(await ask()).toBe("http://127.0.0.1:18793/cap/2");
  });

  test("an event is told, and whether it was taken", async () => {
    const verdicts: unknown[] = [{ ok: true, handled: true }, { ok: true }, { ok: true, handled: false }];
    const { peer, clock } = await linked({ methods: { "node.event": ({ respond }) => (verdicts.length > 0 ? verdicts.shift() : void respond({ ok: false, error: { code: "UNAVAILABLE", message: "no" } })) } });
    const tell = async () => (await Promise.all([link.tell("agent.request", { message: "hi" }), clock.pass(0)]))[0];
    expect([await tell(), await tell(), await tell(), await tell()]).toEqual([true, true, false, false]);
    expect(peer.calls.find(({ method }) => method === "node.event")?.params).toEqual({ event: "agent.request", payloadJSON: '{"message":"hi"}' });
  });
});

test("whatever comes, reading it does not throw", () => {
  fc.assert(fc.property(fc.anything(), (payload) => {
    expect(["asked", "unreadable", "ignored"]).toContain(readInvocation(payload, NODE_ID).kind);
  }));
});
