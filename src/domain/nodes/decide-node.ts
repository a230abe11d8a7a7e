import { holds } from "../access/scopes.js";
import { after, type EpochMs } from "../moment.js";
import type { Actor } from "../pairing/command.js";
import { printable } from "../text/printable.js";
import { isExecCommand } from "./command-policy.js";
import { allNodes, allRequests, nodeKey, nodeOf, requestKey, requestOfNode, type NodeBook, type NodeChanges, type NodeRecord, type NodeTraits, type SurfaceRequest } from "./node-record.js";
import { coversSurface, isSameSurface, type NodeSurface } from "./surface.js";

export interface SurfaceAsk {
  readonly requestId: string;
  readonly nodeId: string;
  /** What there is to approve. */
  readonly surface: NodeSurface;
  readonly traits: NodeTraits;
}

export type NodeCommand =
  /** A node connected, and offers this. */
  | { readonly kind: "declare"; readonly ask: SurfaceAsk }
  /** An operator asks on a node's behalf, as protocol 3 does. */
  | { readonly kind: "request"; readonly ask: SurfaceAsk; readonly silent: boolean }
  /** `tokenDigest`: of the token that protocol 3 is told. */
  | { readonly kind: "approve"; readonly requestId: string; readonly actor: Actor; readonly tokenDigest?: string }
  | { readonly kind: "reject"; readonly requestId: string }
  | { readonly kind: "rename"; readonly nodeId: string; readonly label: string }
  /** Takes back what was approved. The device stays paired, and asks again when it connects next. */
  | { readonly kind: "remove"; readonly nodeId: string }
  /** The device itself is gone. */
  | { readonly kind: "forget"; readonly nodeId: string }
  | { readonly kind: "seen"; readonly nodeId: string };

export type NodeEvent =
  | { readonly kind: "requested"; readonly request: SurfaceRequest }
  | { readonly kind: "resolved"; readonly requestId: string; readonly nodeId: string; readonly decision: "approved" | "rejected" | "removed" };

export type NodeRefusalReason = "unknown-request" | "unknown-node" | "beyond-yours" | "too-many-nodes";

export type NodeDecision =
  | { readonly kind: "done"; readonly changes: NodeChanges; readonly events: readonly NodeEvent[]; readonly node?: NodeRecord; readonly request?: SurfaceRequest; readonly created?: boolean }
  | { readonly kind: "refused"; readonly reason: NodeRefusalReason; readonly missing?: readonly string[] };

/** An operator's request that nobody answered is forgotten; a node's own stays until it is decided, or its node asks for something else. */
export const REQUEST_TTL_MS = 5 * 60_000;
/** Of operators' requests: more than this at once push the oldest out. */
export const MAX_OPERATOR_REQUESTS = 64;
const MAX_LABEL = 128;
/** Nodes that are remembered. The one that was away longest, and was never approved, gives way. */
export const MAX_NODES = 5_000;

/** The only place where a node gains or loses anything it may be asked for. */
export function decideNode(book: NodeBook, command: NodeCommand, now: EpochMs): NodeDecision {
  switch (command.kind) {
    case "declare":
      return declare(book, command.ask, now);
    case "request":
      return request(book, command, now);
    case "approve":
      return approve(book, command, now);
    case "reject": {
      const found = liveRequest(book, command.requestId, now);
      if (!found) return refuse("unknown-request");
      return { kind: "done", changes: new Map([[requestKey(found.nodeId), undefined]]), events: [resolved(found, "rejected")], request: found };
    }
    case "rename":
      return withNode(book, command.nodeId, (node) => ({ ...node, label: printable(command.label, MAX_LABEL) }));
    case "seen":
      return withNode(book, command.nodeId, (node) => ({ ...node, lastSeenAtMs: now }));
    case "remove":
      return remove(book, command.nodeId);
    case "forget": {
      const waiting = requestOfNode(book, command.nodeId);
      const gone = [nodeKey(command.nodeId), requestKey(command.nodeId)].filter((key) => book.has(key)).map((key) => [key, undefined] as const);
      return { kind: "done", changes: new Map(gone), events: waiting ? [resolved(waiting, "rejected")] : [] };
    }
  }
}

const refuse = (reason: NodeRefusalReason, missing?: readonly string[]): NodeDecision =>
  missing === undefined ? { kind: "refused", reason } : { kind: "refused", reason, missing };

const resolved = ({ requestId, nodeId }: SurfaceRequest, decision: "approved" | "rejected" | "removed"): NodeEvent => ({ kind: "resolved", requestId, nodeId, decision });

const isLive = (request: SurfaceRequest, now: EpochMs): boolean => request.by === "node" || now < after(request.ts, REQUEST_TTL_MS);

/** Those that still wait, the newest first. */
export const pendingRequests = (book: NodeBook, now: EpochMs): readonly SurfaceRequest[] =>
  allRequests(book).filter((one) => isLive(one, now)).sort((a, b) => b.ts - a.ts);

const liveRequest = (book: NodeBook, requestId: string, now: EpochMs): SurfaceRequest | undefined =>
  allRequests(book).find((one) => one.requestId === requestId && isLive(one, now));

export const pendingOfNode = (book: NodeBook, nodeId: string, now: EpochMs): SurfaceRequest | undefined => {
  const waiting = requestOfNode(book, nodeId);
  return waiting && isLive(waiting, now) ? waiting : undefined;
};

function withNode(book: NodeBook, nodeId: string, change: (node: NodeRecord) => NodeRecord): NodeDecision {
  const known = nodeOf(book, nodeId);
  if (!known) return refuse("unknown-node");
  const node = change(known);
  return { kind: "done", changes: new Map([[nodeKey(nodeId), node]]), events: [], node };
}

/** Room for one more: who was never approved gives way, the longest away first. */
function makeRoom(book: NodeBook, nodeId: string): { readonly changes: readonly (readonly [string, undefined])[]; readonly events: readonly NodeEvent[] } | undefined {
  if (nodeOf(book, nodeId) || book.size < MAX_NODES) return { changes: [], events: [] };
  const nodes = allNodes(book);
  if (nodes.length < MAX_NODES) return { changes: [], events: [] };
  const [leaving] = nodes.filter(({ approval }) => approval === undefined).sort((a, b) => (a.lastSeenAtMs ?? a.createdAtMs) - (b.lastSeenAtMs ?? b.createdAtMs));
  if (!leaving) return undefined;
  const waiting = requestOfNode(book, leaving.nodeId);
  return { changes: [[nodeKey(leaving.nodeId), undefined], [requestKey(leaving.nodeId), undefined]], events: waiting ? [resolved(waiting, "rejected")] : [] };
}

function declare(book: NodeBook, ask: SurfaceAsk, now: EpochMs): NodeDecision {
  const { nodeId, surface, traits } = ask;
  const room = makeRoom(book, nodeId);
  if (!room) return refuse("too-many-nodes");
  const known = nodeOf(book, nodeId);
  const node: NodeRecord = { createdAtMs: now, ...known, kind: "node", nodeId, traits, platform: surface.platform, lastConnectedAtMs: now, lastSeenAtMs: now };
  const changes = new Map<string, NodeRecord | SurfaceRequest | undefined>([...room.changes, [nodeKey(nodeId), node]]);
  const waiting = requestOfNode(book, nodeId);
  if (known?.approval && coversSurface(known.approval.surface, surface)) {
    // It went back to what was approved: there is nothing left to decide.
    const moot = waiting?.by === "node" ? [resolved(waiting, "rejected")] : [];
    if (waiting?.by === "node") changes.set(requestKey(nodeId), undefined);
    return { kind: "done", changes, events: [...room.events, ...moot], node };
  }
  const asked = enter(book, { ask, by: "node", silent: false }, now);
  for (const [key, value] of asked.changes) changes.set(key, value);
  return { ...asked, changes, events: [...room.events, ...asked.events], node };
}

interface Entry {
  readonly ask: SurfaceAsk;
  readonly by: SurfaceRequest["by"];
  readonly silent: boolean;
}

/** One request per node: the same again is the same request, another takes its place. */
function enter(book: NodeBook, { ask, by, silent }: Entry, now: EpochMs): Extract<NodeDecision, { kind: "done" }> {
  const waiting = requestOfNode(book, ask.nodeId);
  if (waiting && isLive(waiting, now) && isSameSurface(waiting.surface, ask.surface)) return { kind: "done", changes: new Map(), events: [], request: waiting, created: false };
  const made: SurfaceRequest = { kind: "request", ...ask, by, silent, isRepair: nodeOf(book, ask.nodeId)?.approval !== undefined, ts: now };
  const changes = new Map([[requestKey(ask.nodeId), made]]);
  return { kind: "done", changes, events: [...(waiting ? [resolved(waiting, "rejected")] : []), { kind: "requested", request: made }], request: made, created: true };
}

function request(book: NodeBook, { ask, silent }: Extract<NodeCommand, { kind: "request" }>, now: EpochMs): NodeDecision {
  const entered = enter(book, { ask, by: "operator", silent }, now);
  if (entered.created !== true) return entered;
  const others = allRequests(book).filter((one) => one.by === "operator" && one.nodeId !== ask.nodeId).sort((a, b) => a.ts - b.ts);
  const stale = others.filter((one) => !isLive(one, now));
  const crowd = others.slice(stale.length, Math.max(stale.length, others.length + 1 - MAX_OPERATOR_REQUESTS));
  const gone = [...stale, ...crowd].map((one) => [requestKey(one.nodeId), undefined] as const);
  return { ...entered, changes: new Map([...gone, ...entered.changes]), events: [...crowd.map((one) => resolved(one, "rejected")), ...entered.events] };
}

/** What an approver must hold besides the right to decide on pairings. */
export function scopesToApprove({ commands }: NodeSurface): readonly string[] {
  if (commands.some(isExecCommand)) return ["operator.write", "operator.admin"];
  return commands.length > 0 ? ["operator.write"] : [];
}

function approve(book: NodeBook, { requestId, actor, tokenDigest }: Extract<NodeCommand, { kind: "approve" }>, now: EpochMs): NodeDecision {
  const found = liveRequest(book, requestId, now);
  if (!found) return refuse("unknown-request");
  const needed = ["operator.pairing", ...scopesToApprove(found.surface)];
  const missing = actor.kind === "owner" ? [] : needed.filter((scope) => !holds(actor.scopes, scope));
  if (missing.length > 0) return refuse("beyond-yours", missing);
  const room = makeRoom(book, found.nodeId);
  if (!room) return refuse("too-many-nodes");
  const known = nodeOf(book, found.nodeId);
  const node: NodeRecord = {
    createdAtMs: now,
    ...known,
    kind: "node",
    nodeId: found.nodeId,
    traits: { ...known?.traits, ...found.traits },
    approval: { surface: found.surface, requestId, approvedAtMs: now, ...(tokenDigest === undefined ? {} : { tokenDigest }) },
  };
  const changes = new Map<string, NodeRecord | SurfaceRequest | undefined>([...room.changes, [requestKey(found.nodeId), undefined], [nodeKey(found.nodeId), node]]);
  return { kind: "done", changes, events: [...room.events, resolved(found, "approved")], node, request: found };
}

function remove(book: NodeBook, nodeId: string): NodeDecision {
  const known = nodeOf(book, nodeId);
  const waiting = requestOfNode(book, nodeId);
  if (!known && !waiting) return refuse("unknown-node");
  const { approval, ...rest } = known ?? {};
  const changes = new Map<string, NodeRecord | undefined>([[requestKey(nodeId), undefined]]);
  if (known) changes.set(nodeKey(nodeId), known.lastConnectedAtMs === undefined ? undefined : (rest as NodeRecord));
  return {
    kind: "done",
    changes,
    events: [
      ...(waiting ? [resolved(waiting, "rejected")] : []),
      ...(approval ? [{ kind: "resolved" as const, requestId: approval.requestId, nodeId, decision: "removed" as const }] : []),
    ],
    ...(known ? { node: known } : {}),
  };
}
