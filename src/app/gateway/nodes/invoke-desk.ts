import { after, type EpochMs } from "../../../domain/moment.js";
import type { ErrorShape } from "../../../domain/protocol/errors.js";
import type { ParamsOf } from "../../../domain/protocol/catalog.js";
import { traceOf } from "../../../domain/reason.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Hub } from "../hub.js";
import type { GatewayParts } from "../parts.js";
import type { Peer } from "../peer.js";
import type { NodeAnswer, NodeAsk } from "./node-ask.js";
import { readNodeResult } from "./node-result.js";
import type { NodeLink } from "./node-registry.js";
import { disconnected, faultOf, nodeFailed, timedOut, tooMany, withdrawn } from "./node-errors.js";

export const DEFAULT_TIMEOUT_MS = 30_000;
export const MAX_TIMEOUT_MS = 60 * 60_000;
export const MAX_PER_NODE = 64;
export const MAX_IN_ALL = 1_024;
/** Characters of all that one invocation says before its answer. */
export const MAX_PROGRESS = 4 * 1024 * 1024;

interface Invocation {
  readonly id: string;
  readonly link: NodeLink;
  readonly command: string;
  readonly onProgress: NodeAsk["onProgress"];
  lastSeq: number;
  progressLeft: number;
  settle(answer: NodeAnswer): void;
}

interface Sending {
  readonly ask: NodeAsk;
  readonly paramsJSON: string | null;
  readonly idempotencyKey: string;
}

/** Commands that nodes are carrying out: each is answered once, by its node, by the clock, or by whoever gave it up. */
export class InvokeDesk {
  readonly #parts: Pick<GatewayParts, "clock" | "ids" | "config" | "log">;
  readonly #open = new Map<string, Invocation>();
  readonly #perNode = new Map<string, number>();
  readonly #hub: Hub;

  constructor(parts: Pick<GatewayParts, "clock" | "ids" | "config" | "log">, hub: Hub) {
    this.#parts = parts;
    this.#hub = hub;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Asks the node over this link, in the words it is given. Resolves always. */
  send(link: NodeLink, { ask, paramsJSON, idempotencyKey }: Sending, cancel?: Cancel): Promise<NodeAnswer> {
    const { nodeId } = link;
    if (this.#open.size >= MAX_IN_ALL || (this.#perNode.get(nodeId) ?? 0) >= MAX_PER_NODE) {
      return Promise.resolve({ kind: "failed", error: tooMany() });
    }
    const timeoutMs = Math.min(ask.timeoutMs || DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS);
    const id = this.#parts.ids.uuid();
    return new Promise((resolve) => {
      const stop = this.#parts.clock.callAt(after(this.#now(), timeoutMs), () => this.#giveUp(id, timedOut(ask.command, timeoutMs)));
      const abort = (): void => this.#giveUp(id, withdrawn(ask.command));
      const settle = (answer: NodeAnswer): void => {
        stop();
        cancel?.removeEventListener("abort", abort);
        this.#forget(id, nodeId);
        resolve(answer);
      };
      this.#open.set(id, { id, link, command: ask.command, onProgress: ask.onProgress, lastSeq: -1, progressLeft: MAX_PROGRESS, settle });
      this.#perNode.set(nodeId, (this.#perNode.get(nodeId) ?? 0) + 1);
      cancel?.addEventListener("abort", abort);
      const request = { id, nodeId, command: ask.command, paramsJSON, timeoutMs, idempotencyKey };
      const { sessionKey } = ask;
      this.#hub.direct(link.peer, "node.invoke.request", sessionKey === undefined || link.peer.protocol === 3 ? request : { ...request, sessionKey });
    });
  }

  #now(): EpochMs {
    return this.#parts.clock.now();
  }

  #forget(id: string, nodeId: string): void {
    this.#open.delete(id);
    const left = (this.#perNode.get(nodeId) ?? 1) - 1;
    if (left > 0) this.#perNode.set(nodeId, left);
    else this.#perNode.delete(nodeId);
  }

  /** The node is told that nobody waits any more, where it understands. */
  #giveUp(id: string, error: ErrorShape): void {
    const invocation = this.#open.get(id);
    if (!invocation) return;
    const { peer, nodeId } = invocation.link;
    if (peer.protocol === 4) this.#hub.direct(peer, "node.invoke.cancel", { invokeId: id, nodeId });
    invocation.settle({ kind: "failed", error });
  }

  /** A node's answer, from any of its connections. `false` where nobody waits for it. */
  answer(from: Peer, result: ParamsOf<"node.invoke.result">): boolean {
    const invocation = this.#ofNode(from, result.id);
    if (!invocation) return false;
    const { command } = invocation;
    const fault = faultOf(result.error);
    invocation.settle(result.ok ? readNodeResult(command, result, this.#parts.config.settings().nodes.maxResultBytes) : { kind: "failed", error: nodeFailed(command, fault), fault });
    return true;
  }

  /** Part of an answer. `false` where it is out of order or too much, or nobody waits for it. */
  progress(from: Peer, { invokeId, seq, chunk }: ParamsOf<"node.invoke.progress">): boolean {
    const invocation = this.#ofNode(from, invokeId);
    if (!invocation || seq <= invocation.lastSeq || chunk.length > invocation.progressLeft) return false;
    invocation.lastSeq = seq;
    invocation.progressLeft -= chunk.length;
    try {
      invocation.onProgress?.({ invokeId, seq, chunk });
    } catch (error) {
      // Whoever listens badly must not make the node believe that it said something wrong.
      this.#parts.log.error("somebody who follows a command broke down", { command: invocation.command, error: traceOf(error) });
    }
    return true;
  }

  #ofNode(from: Peer, id: string): Invocation | undefined {
    const invocation = this.#open.get(id);
    return invocation?.link.nodeId === from.deviceId ? invocation : undefined;
  }

  /** A connection ended: what was asked over it is not answered any more. */
  left(peer: Peer): void {
    for (const invocation of this.#open.values()) {
      if (invocation.link.peer === peer) invocation.settle({ kind: "failed", error: disconnected(invocation.command) });
    }
  }

  /** Of every command under way. */
  endAll(): void {
    for (const { id, command } of this.#open.values()) this.#giveUp(id, withdrawn(command));
  }
}
