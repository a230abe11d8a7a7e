import type { TestClient } from "../../src/testing/test-client.js";
import type { TestGateway } from "../../src/testing/test-gateway.js";
import { TestDevice } from "./device.js";
import { NodeHost } from "./node-host.js";

export interface AskedRun {
  readonly command: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string;
}

const COMMANDS = ["system.run", "system.which", "system.execApprovals.get", "system.execApprovals.set"];

/** A node of a gateway, with a real shell behind it: what the gateway asks it for, it does. */
export class ShellNode {
  readonly host: NodeHost;
  readonly nodeId: string;
  readonly client: TestClient;
  /** All that it was asked for, in order. */
  readonly asked: AskedRun[] = [];

  private constructor(host: NodeHost, nodeId: string, client: TestClient) {
    this.host = host;
    this.nodeId = nodeId;
    this.client = client;
  }

  /** Connects a node of that name and has its commands approved. */
  static async join(gateway: TestGateway, name: string): Promise<ShellNode> {
    const host = await NodeHost.open();
    const client = await gateway.connect({ device: name, role: "node", scopes: [], client: { id: "node-host", mode: "node", platform: "linux", displayName: name }, caps: ["system"], commands: COMMANDS });
    const nodeId = new TestDevice(name).id;
    const { pending } = await gateway.call("node.pair.list", {});
    for (const { requestId, nodeId: of } of pending) if (of === nodeId) await gateway.call("node.pair.approve", { requestId });
    const node = new ShellNode(host, nodeId, client);
    void node.#serve();
    return node;
  }

  get runs(): readonly AskedRun[] {
    return this.asked.filter(({ command }) => command === "system.run");
  }

  async #serve(): Promise<void> {
    for (;;) {
      const event = await this.client.nextEvent("node.invoke.request").catch(() => undefined);
      if (event === undefined) return;
      void this.#answer(event.payload as { id: string; command: string; paramsJSON: string | null; idempotencyKey: string });
    }
  }

  async #answer({ id, command, paramsJSON, idempotencyKey }: { id: string; command: string; paramsJSON: string | null; idempotencyKey: string }): Promise<void> {
    const params = JSON.parse(paramsJSON ?? "{}") as Record<string, unknown>;
    this.asked.push({ command, params, idempotencyKey });
    const outcome = await this.host.ask(command, params);
    const body = outcome.kind === "done" ? { ok: true, payloadJSON: JSON.stringify(outcome.payload ?? null) } : { ok: false, error: { code: outcome.code, message: outcome.message } };
    await this.client.request("node.invoke.result", { id, nodeId: this.nodeId, ...body }).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.client.close();
    await this.host.close();
  }
}
