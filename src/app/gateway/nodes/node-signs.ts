import type { EpochMs } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";
import type { Peer } from "../peer.js";
import type { NodeLink, NodeRegistry } from "./node-registry.js";

/** A person who touched nothing for so long is not at that device. */
const ACTIVE_MS = 5 * 60_000;
/** How often a sign of life is written down. */
const SEEN_STEP_MS = 60_000;

/** What connected nodes tell of themselves besides their commands. Forgotten with their connections. */
export class NodeSigns {
  /** Numbers about the machine, as it told them last. */
  readonly stats = new WeakMap<Peer, Readonly<Record<string, number>>>();
  readonly #active = new WeakMap<Peer, EpochMs>();
  readonly #seen = new WeakMap<Peer, EpochMs>();
  readonly #deps: { readonly clock: Clock; readonly registry: NodeRegistry };

  constructor(deps: { clock: Clock; registry: NodeRegistry }) {
    this.#deps = deps;
  }

  /** Somebody used the device, `idleSeconds` ago. */
  active({ peer }: NodeLink, idleSeconds = 0): void {
    this.#active.set(peer, (this.#deps.clock.now() - idleSeconds * 1_000) as EpochMs);
  }

  /** Whether it is time to write down that this node is alive. */
  isNews({ peer }: NodeLink): boolean {
    const now = this.#deps.clock.now();
    if (now - (this.#seen.get(peer) ?? peer.connectedAt) < SEEN_STEP_MS) return false;
    this.#seen.set(peer, now);
    return true;
  }

  /** The node that the person used last, a moment ago. */
  activeNodeId(): string | undefined {
    const { clock, registry } = this.#deps;
    let [latest, found] = [clock.now() - ACTIVE_MS, undefined as string | undefined];
    for (const nodeId of registry.nodeIds()) {
      const link = registry.route(nodeId);
      const at = link && this.#active.get(link.peer);
      if (at !== undefined && at > latest) [latest, found] = [at, nodeId];
    }
    return found;
  }
}
