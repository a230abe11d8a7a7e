import { afterEach, describe, expect, test } from "@jest/globals";
import { buildNode, type Node } from "../../src/app/node/create-node.js";
import type { InForce, NodeLink } from "../../src/app/node/node-host.js";
import { createTestGateway, type TestGateway } from "../../src/testing/test-gateway.js";
import type { NodeCall, NodeCommand, NodeCommandOutcome } from "../../src/ports/node-command.js";
import { TestDevice } from "../support/device.js";
import { idOf, PHONE, waitingFor, type Guest } from "../support/nodes.js";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A command that is held until it is let go, and knows how often it ran. */
class Held implements NodeCommand {
  readonly name = "location.get";
  readonly calls: NodeCall[] = [];
  #end = (_: NodeCommandOutcome): void => undefined;

  available = async (): Promise<boolean> => true;

  run(_params: unknown, call: NodeCall): Promise<NodeCommandOutcome> {
    this.calls.push(call);
    return new Promise((resolve) => {
      this.#end = resolve;
      call.cancel.addEventListener("abort", () => resolve({ kind: "failed", code: "UNAVAILABLE", message: "It was called off." }));
    });
  }

  let(payload: unknown): void {
    this.#end({ kind: "done", payload });
  }
}

interface House {
  readonly gateway: TestGateway;
  readonly owner: Guest;
  readonly node: Node;
  readonly inForce: InForce[];
  readonly held: Held;
  link(): NodeLink;
  invoke(more?: Record<string, unknown>): ReturnType<Guest["request"]>;
  /** What came first of all that takes until then. */
  settle<T>(work: Promise<T>): Promise<T>;
}

async function house(): Promise<House> {
  const gateway = await createTestGateway();
  const { clock, openSocket } = gateway;
  const owner = await gateway.connect({ device: "owner" });
  const held = new Held();
  const echo: NodeCommand = { name: "canvas.eval", available: async () => true, run: async (params) => ({ kind: "done", payload: { result: JSON.stringify(params) } }) };
  let given: NodeLink | undefined;
  const node = await buildNode({
    url: "ws://127.0.0.1:1", token: "test-token", identity: new TestDevice("attic").asIdentity(), clock, openSocket, random: () => 0.5, displayName: "attic",
    commands: (link) => {
      given = link;
      return [held, echo];
    },
  });
  const inForce: InForce[] = [];
  node.onInForce((one) => inForce.push(one));
  closers.push(async () => {
    const closed = gateway.close();
    const stopped = node.stop();
    await gateway.pass(20_000);
    await Promise.all([closed, stopped]);
  });
  node.start();
  await gateway.pass(0);
  return {
    gateway, owner, node, inForce, held,
    link: () => {
      if (!given) throw new Error("no link was given");
      return given;
    },
    invoke: (more = {}) => owner.request("node.invoke", { nodeId: node.nodeId, command: "location.get", idempotencyKey: "key", ...more }),
    settle: async (work) => {
      await gateway.pass(0);
      return await work;
    },
  };
}

async function approved(): Promise<House> {
  const made = await house();
  await made.owner.call("node.pair.approve", { requestId: await waitingFor(made.owner) });
  await made.gateway.pass(0);
  return made;
}

describe("what it may be asked", () => {
  test("the gateway tells it what waits for whom, and then what is in force", async () => {
    const { owner, node, inForce, gateway } = await house();
    const requestId = await waitingFor(owner);
    expect(inForce).toEqual([{ commands: [], approveCommand: `openclaw nodes approve ${requestId}` }]);
    await owner.call("node.pair.approve", { requestId });
    await gateway.pass(0);
    expect(inForce.at(-1)).toEqual({ commands: ["canvas.eval", "location.get"] });
    await owner.call("node.pair.remove", { nodeId: node.nodeId });
    await gateway.pass(0);
    expect(inForce.at(-1)?.commands).toEqual([]);
  });

  test("one that comes back hears it too, and nobody else does", async () => {
    const { owner, node, inForce, gateway } = await approved();
    const phone = await gateway.connect({ device: "phone", ...PHONE });
    const old = await gateway.connect({ device: "old phone", ...PHONE, protocol: 3 });
    const before = inForce.length;
    await gateway.pass(0);
    expect(phone.heard("node.surface.changed").map(({ payload }) => (payload as { nodeId: string }).nodeId)).toEqual([idOf("phone")]);
    expect(old.heard("node.surface.changed")).toEqual([]);
    expect(owner.heard("node.surface.changed")).toEqual([]);
    expect(inForce.length).toBe(before);
    expect(node.state.kind).toBe("open");
  });
});

describe("what it is asked", () => {
  test("is answered", async () => {
    const { invoke, settle } = await approved();
    expect(await settle(invoke({ command: "canvas.eval", params: { a: [1] } }))).toMatchObject({ ok: true, payload: { payload: { result: '{"a":[1]}' } } });
  });

  test("is carried out once, though it is asked three times", async () => {
    const { invoke, settle, held, gateway } = await approved();
    const asks = [invoke(), invoke(), invoke()];
    await gateway.pass(0);
    held.let({ lat: 1 });
    for (const answer of await settle(Promise.all(asks))) expect(answer).toMatchObject({ ok: true, payload: { payload: { lat: 1 } } });
    expect(held.calls.length).toBe(1);
    expect(held.calls[0]?.idempotencyKey).toBe("key");
  });

  test("is called off when its time is up", async () => {
    const { invoke, held, gateway } = await approved();
    const ask = invoke({ timeoutMs: 5_000 });
    await gateway.pass(5_000);
    expect((await ask).error).toMatchObject({ details: { code: "TIMEOUT" } });
    expect(held.calls[0]?.cancel.aborted).toBe(true);
  });

  test("is called off when the node ends, and whoever waits hears of it at once", async () => {
    const { invoke, node, gateway } = await approved();
    const ask = invoke();
    await gateway.pass(0);
    const stopped = node.stop();
    await gateway.pass(0);
    expect((await ask).error).toMatchObject({ code: "UNAVAILABLE", message: "UNAVAILABLE: It was called off." });
    await gateway.pass(1_000);
    await stopped;
    expect((await invoke({ idempotencyKey: "later" })).error).toMatchObject({ details: { code: "NOT_CONNECTED" } });
  });

  test("says what it has so far", async () => {
    const { owner, invoke, held, gateway } = await approved();
    void invoke();
    await gateway.pass(0);
    held.calls[0]?.progress("half of it");
    await gateway.pass(0);
    expect(owner.heard("node.invoke.progress").map(({ payload }) => payload)).toMatchObject([{ command: "location.get", seq: 0, chunk: "half of it" }]);
  });
});

test("what is left for it is fetched within a minute, and taken off", async () => {
  const { owner, node, held, gateway } = await approved();
  await owner.call("node.pending.enqueue", { nodeId: node.nodeId, command: "location.get", params: {} });
  for (let minute = 0; minute < 2 && held.calls.length === 0; minute += 1) await gateway.pass(60_000);
  expect(held.calls.length).toBe(1);
  held.let({});
  await gateway.pass(0);
  await gateway.pass(120_000);
  expect(held.calls.length).toBe(1);
});

test("what it tells has its effect once it is approved", async () => {
  const { link, settle, gateway } = await approved();
  expect(await settle(link().tell("agent.request", { message: "Somebody pressed a button.", key: "press-1" }))).toBe(true);
  await gateway.pass(0);
  expect(gateway.agent.turns.map(({ message }) => message)).toEqual(["Somebody pressed a button."]);
  expect(await settle(link().tell("no.such.event", {}))).toBe(false);
});
