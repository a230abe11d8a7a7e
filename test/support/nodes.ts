import type { HelloOk } from "../../src/domain/protocol/hello.js";
import type { NodeRow } from "../../src/domain/protocol/methods/nodes.js";
import type { createTestGateway, TestConnect, TestGateway } from "../../src/testing/test-gateway.js";
import type { TestClient } from "../../src/testing/test-client.js";
import { TestDevice } from "./device.js";

export type GatewayAsk = Parameters<typeof createTestGateway>[0];
export type Guest = TestClient & { readonly hello: HelloOk };

export const PHONE = {
  role: "node",
  scopes: [],
  client: { id: "openclaw-ios", mode: "node", platform: "iOS 18.2", displayName: "Ada's phone" },
  caps: ["camera"],
  commands: ["camera.snap", "location.get"],
  permissions: { camera: true },
} as const satisfies TestConnect;

export const DESK = {
  role: "node",
  scopes: [],
  client: { id: "node-host", mode: "node", platform: "linux", displayName: "desk" },
  caps: ["system"],
  commands: ["system.run", "system.which"],
} as const satisfies TestConnect;

export const idOf = (device: string): string => new TestDevice(device).id;
export const phoneId = idOf("phone");

/** What a node is asked. */
export interface Asked {
  readonly id: string;
  readonly nodeId: string;
  readonly command: string;
  readonly paramsJSON: string | null;
  readonly timeoutMs: number;
  readonly idempotencyKey: string;
  readonly sessionKey?: string;
}
export const asked = async (node: TestClient): Promise<Asked> => (await node.nextEvent("node.invoke.request")).payload as Asked;

export const rowsOf = async (operator: TestClient): Promise<readonly NodeRow[]> => (await operator.call<{ nodes: NodeRow[] }>("node.list", {})).nodes;

/** The request that a node's surface waits under. */
export async function waitingFor(operator: TestClient): Promise<string> {
  const { payload } = await operator.nextEvent("node.pair.requested");
  return (payload as { requestId: string }).requestId;
}

/** A gateway with a phone on it, and an owner who may do everything with it. */
export async function household(gateway: TestGateway, ask: TestConnect = PHONE, device = "phone"): Promise<{ owner: Guest; node: Guest }> {
  const owner = await gateway.connect({ device: "owner" });
  const node = await gateway.connect({ device, ...ask });
  await owner.call("node.pair.approve", { requestId: await waitingFor(owner) });
  return { owner, node };
}

/** Answers the next request with this. */
export async function answer(node: TestClient, payload: unknown): Promise<Asked> {
  const request = await asked(node);
  await node.call("node.invoke.result", { id: request.id, nodeId: request.nodeId, ok: true, payloadJSON: JSON.stringify(payload) });
  return request;
}
