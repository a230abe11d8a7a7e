import { nodeKey } from "../../../domain/nodes/node-record.js";
import type { NodeSurface } from "../../../domain/nodes/surface.js";
import type { Peer } from "../peer.js";

/** One connection of a node. */
export interface NodeLink {
  readonly nodeId: string;
  readonly peer: Peer;
  readonly declared: NodeSurface;
  readonly address: string;
  /** Where its record is kept: made once, as it is asked for with every command. */
  readonly recordKey: string;
}

/** Of one node; the oldest of more is no route any more. */
const MAX_LINKS = 8;

/** Which nodes are connected, and by which connections. A node's newest one is its route; when it closes, the one before takes over again. */
export class NodeRegistry {
  /** Of each node, oldest first; most have one. */
  readonly #links = new Map<string, readonly NodeLink[]>();

  get size(): number {
    return this.#links.size;
  }

  /** The link of an admitted connection; `undefined` where it is no node's. */
  add(peer: Peer, address: string): NodeLink | undefined {
    const { deviceId: nodeId, declared } = peer;
    if (nodeId === undefined || declared === undefined) return undefined;
    const link = { nodeId, peer, declared, address, recordKey: nodeKey(nodeId) };
    this.#links.set(nodeId, [...this.links(nodeId), link].slice(-MAX_LINKS));
    return link;
  }

  /** `false` where it is not in the list, or not any more. */
  remove(peer: Peer): boolean {
    const { deviceId: nodeId = "" } = peer;
    const links = this.links(nodeId);
    const staying = links.filter((link) => link.peer !== peer);
    if (staying.length === links.length) return false;
    if (staying.length === 0) this.#links.delete(nodeId);
    else this.#links.set(nodeId, staying);
    return true;
  }

  links(nodeId: string): readonly NodeLink[] {
    return this.#links.get(nodeId) ?? [];
  }

  route(nodeId: string): NodeLink | undefined {
    return this.#links.get(nodeId)?.at(-1);
  }

  nodeIds(): Iterable<string> {
    return this.#links.keys();
  }
}
