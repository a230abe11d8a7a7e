import { afterEach, describe, expect, test } from "@jest/globals";
import type { NodeRow } from "../../src/domain/protocol/methods/nodes.js";
import type { HelloOk } from "../../src/domain/protocol/hello.js";
import { createTestGateway, type TestConnect, type TestGateway } from "../../src/testing/test-gateway.js";
import type { TestClient } from "../../src/testing/test-client.js";
import { TestDevice } from "../support/device.js";

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(options: Parameters<typeof createTestGateway>[0] = {}): Promise<TestGateway> {
  const gateway = await createTestGateway(options);
  closers.push(async () => {
    const closed = gateway.close();
    await gateway.pass(20_000);
    await closed;
  });
  return gateway;
}

const PHONE = { role: "node", scopes: [], client: { id: "openclaw-ios", mode: "node", platform: "iOS 18.2", displayName: "Ada's phone" }, caps: ["camera"], commands: ["camera.snap", "location.get"], permissions: { camera: true } } as const;
const phoneId = new TestDevice("phone").id;

const asPhone = (gateway: TestGateway, ask: Partial<TestConnect> = {}) => gateway.connect({ device: "phone", ...PHONE, ...ask });

async function approve(operator: TestClient): Promise<void> {
  const { payload } = await operator.nextEvent("node.pair.requested");
  await operator.call("node.pair.approve", { requestId: (payload as { requestId: string }).requestId });
}

/** A phone and whoever may do everything with it. */
async function household(options?: Parameters<typeof createTestGateway>[0]): Promise<{ gateway: TestGateway; owner: TestClient; phone: TestClient & { hello: HelloOk } }> {
  const gateway = await open(options);
  const owner = await gateway.connect({ device: "owner" });
  const phone = await asPhone(gateway);
  await approve(owner);
  return { gateway, owner, phone };
}

const rows = async (client: TestClient): Promise<readonly NodeRow[]> => (await client.call<{ nodes: NodeRow[] }>("node.list", {})).nodes;

interface Asked {
  readonly id: string;
  readonly command: string;
  readonly paramsJSON: string | null;
  readonly timeoutMs: number;
  readonly idempotencyKey: string;
}
const asked = async (phone: TestClient): Promise<Asked> => (await phone.nextEvent("node.invoke.request")).payload as Asked;

describe("a surface", () => {
  test("is nothing until somebody approved it, and then holds for the connection that is there", async () => {
    const gateway = await open();
    const owner = await gateway.connect({ device: "owner" });
    const phone = await asPhone(gateway);
    const { payload } = await owner.nextEvent("node.pair.requested");
    expect(payload).toMatchObject({ nodeId: phoneId, platform: "iOS 18.2", displayName: "Ada's phone", caps: ["camera"], commands: ["camera.snap", "location.get"], permissions: { camera: true }, isRepair: false });
    const { requestId } = payload as { requestId: string };
    expect(await rows(owner)).toEqual([expect.objectContaining({ nodeId: phoneId, connected: true, paired: true, caps: [], commands: [], pendingRequestId: requestId })]);
    const refusal = await owner.refusal("node.invoke", { nodeId: phoneId, command: "location.get", idempotencyKey: "a" });
    expect(refusal).toMatchObject({ code: "INVALID_REQUEST", details: { reason: "not-approved", command: "location.get", requestId } });
    expect(refusal.message).toContain(`openclaw nodes approve ${requestId}`);

    await owner.call("node.pair.approve", { requestId });
    expect((await owner.nextEvent("node.pair.resolved")).payload).toMatchObject({ requestId, nodeId: phoneId, decision: "approved" });
    expect(await owner.call("node.describe", { nodeId: phoneId })).toMatchObject({ caps: ["camera"], commands: ["camera.snap", "location.get"], permissions: { camera: true } });
    const answer = owner.call("node.invoke", { nodeId: phoneId, command: "location.get", params: { maxAgeMs: 5 }, idempotencyKey: "b" });
    const request = await asked(phone);
    expect(request).toMatchObject({ command: "location.get", paramsJSON: '{"maxAgeMs":5}', timeoutMs: 30_000, idempotencyKey: "b" });
    expect(await phone.call("node.invoke.result", { id: request.id, nodeId: phoneId, ok: true, payloadJSON: '{"lat":1}' })).toEqual({ ok: true });
    expect(await answer).toEqual({ ok: true, nodeId: phoneId, command: "location.get", payload: { lat: 1 }, payloadJSON: '{"lat":1}' });
  });
});

const invoke = (client: TestClient, more: Record<string, unknown> = {}) => client.request("node.invoke", { nodeId: phoneId, command: "location.get", idempotencyKey: "key", ...more });

describe("an invocation", () => {
  test("whose connection closes is answered at once", async () => {
    const { owner, phone } = await household();
    const answer = invoke(owner);
    await asked(phone);
    phone.close();
    expect((await answer).error).toMatchObject({ code: "UNAVAILABLE", message: expect.stringMatching(/^node disconnected/), details: { code: "NOT_CONNECTED", nodeCommandDispatched: true } });
  });
});
