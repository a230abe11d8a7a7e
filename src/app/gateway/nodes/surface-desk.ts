import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";
import { decideNode, type NodeCommand, type NodeDecision, type NodeEvent } from "../../../domain/nodes/decide-node.js";
import { effectiveSurface, judgeCommand, surfaceToApprove, type CommandVerdict, type SurfaceFacts } from "../../../domain/nodes/judge-command.js";
import { nodeOf, type NodeRecord, type NodeTraits } from "../../../domain/nodes/node-record.js";
import { isSameSurface, type NodeSurface } from "../../../domain/nodes/surface.js";
import { printable } from "../../../domain/text/printable.js";
import type { GatewayParts } from "../parts.js";
import type { Hub } from "../hub.js";
import type { Peer } from "../peer.js";
import type { NodeLink } from "./node-registry.js";
import { requestView } from "./node-view.js";

type Parts = Pick<GatewayParts, "clock" | "ids" | "log" | "records" | "config">;

const MAX_NAME = 128;
const MAX_SHARED = 256;
const ALLOWED: CommandVerdict = { kind: "allowed" };

interface Cached extends SurfaceFacts {
  readonly effective: NodeSurface;
}

/** What nodes may be asked to do: carries out what is decided on it, tells operators, and answers for the present. */
export class SurfaceDesk {
  readonly #parts: Parts;
  readonly #hub: Hub;
  /** Of a link; recomputed when what it was made of has changed. */
  readonly #effective = new WeakMap<NodeLink, Cached>();
  readonly #shared = new AgeOrderedMap<NodeSurface>(MAX_SHARED);
  /** What was last asked to be approved of a link, and when it is written down. */
  readonly #asked = new WeakMap<NodeLink, { readonly surface: NodeSurface; readonly written: Promise<void> }>();

  /** Told of each node about which something was decided. */
  onDecided: (nodeId: string) => void = () => {};

  constructor(parts: Parts, hub: Hub) {
    this.#parts = parts;
    this.#hub = hub;
  }

  record(nodeId: string): NodeRecord | undefined {
    return nodeOf(this.#parts.records.nodes.view(), nodeId);
  }

  async carryOut(command: NodeCommand): Promise<NodeDecision> {
    const { records, clock } = this.#parts;
    const decision = await records.nodes.update((book) => {
      const value = decideNode(book, command, clock.now());
      return { changes: value.kind === "done" ? value.changes : new Map(), value };
    });
    if (decision.kind === "done") for (const event of decision.events) this.#announce(event);
    if (decision.kind === "done") for (const nodeId of nodesOf(command, decision.events)) this.onDecided(nodeId);
    return decision;
  }

  #announce(event: NodeEvent): void {
    if (event.kind === "requested") {
      const { nodeId, requestId, surface, by } = event.request;
      this.#parts.log.info("a node's commands wait for approval", { nodeId, requestId, by, commands: surface.commands.length });
      return this.#hub.broadcast("node.pair.requested", requestView(event.request));
    }
    const { kind: _kind, ...fields } = event;
    this.#parts.log.info("a node's commands were decided on", fields);
    this.#hub.broadcast("node.pair.resolved", { ...fields, ts: this.#parts.clock.now() });
  }

  /** What a node offers is written down, and asked about where it is more than was approved. */
  declare(link: NodeLink): Promise<void> {
    const surface = this.toApprove(link.declared);
    const written = this.#declare(link, surface);
    this.#asked.set(link, { surface, written });
    return written;
  }

  async #declare({ nodeId, peer, address }: NodeLink, surface: NodeSurface): Promise<void> {
    const decision = await this.carryOut({ kind: "declare", ask: { requestId: this.#parts.ids.uuid(), nodeId, surface, traits: traitsOf(peer.client, address) } });
    if (decision.kind === "refused") this.#parts.log.warn("a node is not remembered", { nodeId, reason: decision.reason });
  }

  /** The same, where the configuration lets it offer something else by now. Afterwards it is written down in any case. */
  async declareAnew(link: NodeLink): Promise<void> {
    const before = this.#asked.get(link);
    await (before !== undefined && isSameSurface(before.surface, this.toApprove(link.declared)) ? before.written : this.declare(link));
  }

  toApprove(declared: NodeSurface): NodeSurface {
    return this.shared(surfaceToApprove(declared, this.policy()));
  }

  /** Of a thousand phones most offer the same: of each surface one is kept in memory. */
  shared(surface: NodeSurface): NodeSurface {
    const text = JSON.stringify(surface);
    const known = this.#shared.get(text);
    if (known === undefined) this.#shared.set(text, surface);
    return known ?? surface;
  }

  policy(): SurfaceFacts["policy"] {
    return this.#parts.config.settings().nodes.commands;
  }

  #approvedOf({ recordKey }: NodeLink): NodeSurface | undefined {
    const record = this.#parts.records.nodes.view().get(recordKey);
    return record?.kind === "node" ? record.approval?.surface : undefined;
  }

  judge(link: NodeLink, command: string): CommandVerdict {
    if (this.effective(link).commands.includes(command)) return ALLOWED;
    return judgeCommand(command, { declared: link.declared, approved: this.#approvedOf(link), policy: this.policy() });
  }

  /** Of a connection: what is declared, approved and allowed at this moment. */
  effective(link: NodeLink): NodeSurface {
    const [approved, policy] = [this.#approvedOf(link), this.policy()];
    const known = this.#effective.get(link);
    if (known && known.approved === approved && known.policy === policy) return known.effective;
    const facts = { declared: link.declared, approved, policy };
    const effective = effectiveSurface(facts);
    this.#effective.set(link, { ...facts, effective });
    return effective;
  }

  /** Of a node that is away: what it may be asked once it is back. */
  approved(nodeId: string): NodeSurface | undefined {
    const approved = this.record(nodeId)?.approval?.surface;
    return approved && this.toApprove(approved);
  }
}

/** Those whom a decision is about. One that only connected hears how it stands, though nothing was decided anew. */
function nodesOf(command: NodeCommand, events: readonly NodeEvent[]): ReadonlySet<string> {
  const told = events.map((event) => (event.kind === "requested" ? event.request.nodeId : event.nodeId));
  return new Set(command.kind === "declare" ? [...told, command.ask.nodeId] : told);
}

/** What a node says of itself, made safe to show. */
export function traitsOf(client: Pick<Peer["client"], "displayName" | "version" | "deviceFamily" | "modelIdentifier">, address: string): NodeTraits {
  return shownTraits({ ...client, remoteIp: address });
}

const TRAITS = ["displayName", "version", "coreVersion", "uiVersion", "deviceFamily", "modelIdentifier", "remoteIp"] as const;

export function shownTraits(said: Readonly<Record<string, unknown>>): NodeTraits {
  const traits: { -readonly [K in keyof NodeTraits]: NodeTraits[K] } = {};
  for (const name of TRAITS) {
    const given = said[name];
    const text = typeof given === "string" ? printable(given, MAX_NAME) : "";
    if (text !== "") traits[name] = text;
  }
  return traits;
}

