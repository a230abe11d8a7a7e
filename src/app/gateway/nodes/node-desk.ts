import { allowsCommand, isExecCommand, isShellCommand, needsForeground } from "../../../domain/nodes/command-policy.js";
import { pendingOfNode } from "../../../domain/nodes/decide-node.js";
import type { CommandRefusal } from "../../../domain/nodes/judge-command.js";
import { samePlatform } from "../../../domain/nodes/platform.js";
import { invalidRequest, type ErrorShape } from "../../../domain/protocol/errors.js";
import { traceOf } from "../../../domain/reason.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Caller } from "../call.js";
import type { Hub } from "../hub.js";
import type { GatewayParts } from "../parts.js";
import type { Peer } from "../peer.js";
import { ActionDesk, type Enqueued } from "./action-desk.js";
import { CallerKeys } from "./caller-keys.js";
import { InvokeDesk } from "./invoke-desk.js";
import type { NodeAnswer, NodeAsk } from "./node-ask.js";
import { isAsleep, needsAnswer, notAllowed, notConnected, queuedInstead, withdrawn } from "./node-errors.js";
import { NodeRegistry, type NodeLink } from "./node-registry.js";
import { exceeds } from "./node-result.js";
import { NodeSigns } from "./node-signs.js";
import { stripReserved, type Screen } from "./screen.js";
import { SurfaceDesk } from "./surface-desk.js";

/** Who asks a node, and how they give up: absent for the gateway itself. */
export interface InvokeContext {
  readonly cancel?: Cancel;
  readonly caller?: Caller;
}

const MAX_PARAMS_BYTES = 10 * 1024 * 1024;

/** The nodes: who is there, what they may be asked, and asking them. */
export class NodeDesk {
  readonly registry = new NodeRegistry();
  readonly signs: NodeSigns;
  readonly surfaces: SurfaceDesk;
  readonly actions: ActionDesk;
  readonly invocations: InvokeDesk;
  /** Judges what a command that runs programs is asked with. Replaced by whoever knows of approvals. */
  screen: Screen = stripReserved;
  /** Told of each of their connections that ended. */
  onLeave: (peer: Peer) => void = () => {};
  readonly #parts: GatewayParts;
  readonly #keys: CallerKeys;

  constructor(parts: GatewayParts, hub: Hub) {
    this.#parts = parts;
    this.signs = new NodeSigns({ clock: parts.clock, registry: this.registry });
    this.surfaces = new SurfaceDesk(parts, hub);
    this.surfaces.onDecided = (nodeId) => this.#tellNode(nodeId, hub);
    this.actions = new ActionDesk(parts);
    this.invocations = new InvokeDesk(parts, hub);
    this.#keys = new CallerKeys((text) => parts.signatures.digest(text));
  }

  connected(peer: Peer, address: string): void {
    if (peer.declared !== undefined) peer.declared = this.surfaces.shared(peer.declared);
    const link = this.registry.add(peer, address);
    if (link) this.#inBackground("what a node offers could not be written down", link.nodeId, this.surfaces.declare(link));
  }

  /** A connection ended, or was told to. Safe to be told twice. */
  disconnected(peer: Peer): void {
    const { deviceId, role } = peer;
    if (deviceId === undefined || role !== "node") return;
    this.invocations.left(peer);
    this.onLeave(peer);
    if (!this.registry.remove(peer)) return;
    const route = this.registry.route(deviceId);
    if (route === undefined) this.#inBackground("when a node was there last could not be written down", deviceId, this.surfaces.carryOut({ kind: "seen", nodeId: deviceId }));
    // The one that takes over may offer something else.
    else this.#inBackground("what a node offers could not be written down", deviceId, this.surfaces.declare(route));
  }

  #inBackground(failure: string, nodeId: string, work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.#parts.log.error(failure, { nodeId, error: traceOf(error) });
    });
  }

  /** What of it is in force, to each of a node's connections. Those of protocol 3 learn it by being asked. */
  #tellNode(nodeId: string, hub: Hub): void {
    const pendingRequestId = this.pendingRequestId(nodeId);
    for (const link of this.registry.links(nodeId).filter(({ peer }) => peer.protocol === 4)) {
      const { caps, commands } = this.surfaces.effective(link);
      hub.direct(link.peer, "node.surface.changed", { nodeId, caps, commands, ...(pendingRequestId === undefined ? {} : { pendingRequestId }) });
    }
  }

  /** The configuration changed, and with it what there is to approve of those that are connected. */
  reconsider(): void {
    for (const nodeId of this.registry.nodeIds()) {
      const route = this.registry.route(nodeId);
      if (route) this.#inBackground("what a node offers could not be written down", nodeId, this.surfaces.declareAnew(route));
    }
  }

  /** A sign of life without a word. */
  alive(link: NodeLink): void {
    if (this.signs.isNews(link)) this.#inBackground("when a node was there last could not be written down", link.nodeId, this.surfaces.carryOut({ kind: "seen", nodeId: link.nodeId }));
  }

  /** The device is gone, and with it whatever was approved or waits for it. */
  async forget(nodeId: string): Promise<void> {
    await Promise.all([this.surfaces.carryOut({ kind: "forget", nodeId }), this.actions.forget(nodeId)]);
  }

  linkOf(peer: Peer): NodeLink | undefined {
    return this.registry.links(peer.deviceId ?? "").find((link) => link.peer === peer);
  }

  /** Whether an operator approved anything of the node at the other end, as it is now. */
  isApproved({ deviceId, declared }: Peer): boolean {
    const approved = deviceId === undefined ? undefined : this.surfaces.record(deviceId)?.approval?.surface;
    return approved !== undefined && declared !== undefined && samePlatform(approved.platform, declared.platform);
  }

  /** What a person calls it. */
  nameOf(nodeId: string): string {
    const record = this.surfaces.record(nodeId);
    return record?.label ?? record?.traits.displayName ?? nodeId.slice(0, 12);
  }

  pendingRequestId(nodeId: string): string | undefined {
    return pendingOfNode(this.#parts.records.nodes.view(), nodeId, this.#parts.clock.now())?.requestId;
  }

  /** Runs a command on a node. Resolves always: what went wrong is an answer too. */
  async invoke(ask: NodeAsk, { cancel, caller }: InvokeContext = {}): Promise<NodeAnswer> {
    if (cancel?.aborted === true) return failed(withdrawn(ask.command, false));
    const { nodeId, command } = ask;
    const link = this.registry.route(nodeId);
    if (!link) return failed(notConnected());
    const verdict = this.surfaces.judge(link, command);
    if (verdict.kind === "refused") return failed(await this.#notAllowed(link, command, verdict.reason));
    // Last of all: only a run that goes out uses up its approval.
    const screened = isShellCommand(command) ? await this.screen(ask, caller) : ask;
    if ("code" in screened) return failed(screened);
    if (this.registry.route(nodeId) !== link) return failed(notConnected());
    const paramsJSON = screened.params === undefined ? null : JSON.stringify(screened.params);
    if (paramsJSON !== null && exceeds(paramsJSON, MAX_PARAMS_BYTES)) return failed(invalidRequest(`invalid node.invoke params: params are larger than ${MAX_PARAMS_BYTES} bytes`));
    const idempotencyKey = this.#keys.keyFor(screened.idempotencyKey, caller?.principal ?? "gateway");
    const answer = await this.invocations.send(link, { ask: screened, paramsJSON, idempotencyKey }, cancel);
    return answer.kind === "answered" ? answer : this.#queueInstead(link, { command, paramsJSON, answer });
  }

  async #notAllowed(link: NodeLink, command: string, reason: CommandRefusal): Promise<ErrorShape> {
    // What the configuration allows since it connected was never asked for.
    if (reason === "not-approved" || reason === "platform-changed") await this.surfaces.declareAnew(link);
    return notAllowed(command, reason, this.pendingRequestId(link.nodeId));
  }

  /** A phone whose app is not in front can't do it now: it fetches the command once it is. */
  async #queueInstead({ nodeId, declared }: NodeLink, { command, paramsJSON, answer }: { command: string; paramsJSON: string | null; answer: NodeAnswer }): Promise<NodeAnswer> {
    if (answer.kind !== "failed" || answer.fault === undefined || !isAsleep(answer.fault) || !needsForeground(declared.platform, command)) return answer;
    const queued = await this.actions.enqueue({ nodeId, command, paramsJSON });
    return queued.kind === "queued" ? failed(queuedInstead(queued.action, answer.fault)) : answer;
  }

  /** Leaves a command for a node that may be away: judged by what was approved of it, since it can't be asked what it offers. */
  async enqueue(ask: { readonly nodeId: string; readonly command: string; readonly params?: unknown; readonly ttlMs?: number }): Promise<Enqueued> {
    const { nodeId, command, params, ttlMs } = ask;
    const approved = this.surfaces.record(nodeId)?.approval?.surface;
    const refuse = (error: ErrorShape): Enqueued => ({ kind: "refused", error });
    if (approved?.commands.includes(command) !== true) return refuse(notAllowed(command, "not-approved", this.pendingRequestId(nodeId)));
    if (!allowsCommand(this.surfaces.policy(), approved.platform, command)) return refuse(notAllowed(command, "not-allowed", undefined));
    if (isExecCommand(command)) return refuse(needsAnswer(command));
    return this.actions.enqueue({ nodeId, command, paramsJSON: params === undefined ? null : JSON.stringify(params), ...(ttlMs === undefined ? {} : { ttlMs }) });
  }

  /** Nobody waits for any node any more. */
  close(): void {
    this.invocations.endAll();
  }
}

const failed = (error: ErrorShape): NodeAnswer => ({ kind: "failed", error });
