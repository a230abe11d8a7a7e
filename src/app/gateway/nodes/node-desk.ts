import { isExecCommand } from "../../../domain/nodes/command-policy.js";
import { pendingOfNode } from "../../../domain/nodes/decide-node.js";
import { invalidRequest, type ErrorShape } from "../../../domain/protocol/errors.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Caller } from "../call.js";
import type { Hub } from "../hub.js";
import type { GatewayParts } from "../parts.js";
import type { Peer } from "../peer.js";
import { InvokeDesk } from "./invoke-desk.js";
import type { NodeAnswer, NodeAsk } from "./node-ask.js";
import { notAllowed, notConnected } from "./node-errors.js";
import { NodeRegistry } from "./node-registry.js";
import { exceeds } from "./node-result.js";
import { SurfaceDesk } from "./surface-desk.js";
import { stripReserved, type Screen } from "./screen.js";

/** Who asks a node: absent for the gateway itself. */
export interface InvokeContext {
  readonly cancel?: Cancel;
  readonly caller?: Caller;
}

const MAX_PARAMS_BYTES = 10 * 1024 * 1024;

/** The nodes: who is there, what they may be asked, and asking them. */
export class NodeDesk {
  readonly registry = new NodeRegistry();
  readonly surfaces: SurfaceDesk;
  readonly invocations: InvokeDesk;
  /** Judges what a command that runs programs is asked with. Replaced by whoever knows of approvals. */
  screen: Screen = stripReserved;
  readonly #parts: GatewayParts;

  constructor(parts: GatewayParts, hub: Hub) {
    this.#parts = parts;
    this.surfaces = new SurfaceDesk(parts, hub);
    this.invocations = new InvokeDesk(parts);
  }

  connected(peer: Peer, address: string): void {
    const link = this.registry.add(peer);
    if (!link) return;
    this.surfaces.declare(link, address).catch((error: unknown) => {
      this.#parts.log.error("what a node offers could not be written down", { nodeId: link.nodeId, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    });
  }

  disconnected(peer: Peer): void {
    if (peer.role !== "node") return;
    this.registry.remove(peer);
    this.invocations.left(peer);
  }

  pendingRequestId(nodeId: string): string | undefined {
    return pendingOfNode(this.#parts.records.nodes.view(), nodeId, this.#parts.clock.now())?.requestId;
  }

  /** Runs a command on a node. Resolves always: what went wrong is an answer too. */
  async invoke(ask: NodeAsk, { cancel, caller }: InvokeContext = {}): Promise<NodeAnswer> {
    const screened = isExecCommand(ask.command) ? await this.screen(ask, caller) : ask;
    if ("code" in screened) return failed(screened);
    if (cancel?.aborted === true) return failed(notConnected());
    const link = this.registry.route(screened.nodeId);
    if (!link) return failed(notConnected());
    const verdict = this.surfaces.judge(link, screened.command);
    if (verdict.kind === "refused") return failed(notAllowed(screened.command, verdict.reason, this.pendingRequestId(screened.nodeId)));
    const paramsJSON = screened.params === undefined ? null : JSON.stringify(screened.params);
    if (paramsJSON !== null && exceeds(paramsJSON, MAX_PARAMS_BYTES)) return failed(invalidRequest(`invalid node.invoke params: params are larger than ${MAX_PARAMS_BYTES} bytes`));
    return this.invocations.send(link, { ...screened, paramsJSON }, cancel);
  }
}

const failed = (error: ErrorShape): NodeAnswer => ({ kind: "failed", error });
