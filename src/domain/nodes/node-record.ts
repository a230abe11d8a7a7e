import type { EpochMs } from "../moment.js";
import type { NodeSurface } from "./surface.js";

/** What a node says of itself, for people to read: nothing is decided by it. */
export interface NodeTraits {
  readonly displayName?: string;
  readonly version?: string;
  readonly coreVersion?: string;
  readonly uiVersion?: string;
  readonly deviceFamily?: string;
  readonly modelIdentifier?: string;
  readonly remoteIp?: string;
}

/** What an operator approved. A JSON value. */
export interface Approval {
  readonly surface: NodeSurface;
  readonly requestId: string;
  readonly approvedAtMs: EpochMs;
  /** Of the token that protocol 3 was given: lower-case hex SHA-256. */
  readonly tokenDigest?: string;
}

/** A node that was here once. A JSON value. */
export interface NodeRecord {
  readonly kind: "node";
  readonly nodeId: string;
  /** The name the owner gave it. */
  readonly label?: string;
  readonly traits: NodeTraits;
  /** As it said last; absent for one that never connected. */
  readonly platform?: string;
  readonly approval?: Approval;
  readonly createdAtMs: EpochMs;
  readonly lastConnectedAtMs?: EpochMs;
  readonly lastSeenAtMs?: EpochMs;
}

/** A surface that waits for an operator. A JSON value. */
export interface SurfaceRequest {
  readonly kind: "request";
  readonly requestId: string;
  readonly nodeId: string;
  readonly surface: NodeSurface;
  readonly traits: NodeTraits;
  /** By the node's own connection, or by an operator on its behalf. */
  readonly by: "node" | "operator";
  readonly silent: boolean;
  readonly isRepair: boolean;
  readonly ts: EpochMs;
}

export type NodeBookRecord = NodeRecord | SurfaceRequest;
export type NodeBook = ReadonlyMap<string, NodeBookRecord>;
/** What a decision changes. `undefined` removes. */
export type NodeChanges = ReadonlyMap<string, NodeBookRecord | undefined>;

export const nodeKey = (nodeId: string): string => `node:${nodeId}`;
/** By its node, so that nobody waits twice. */
export const requestKey = (nodeId: string): string => `request:${nodeId}`;

export const nodeOf = (book: NodeBook, nodeId: string): NodeRecord | undefined => {
  const record = book.get(nodeKey(nodeId));
  return record?.kind === "node" ? record : undefined;
};

export const requestOfNode = (book: NodeBook, nodeId: string): SurfaceRequest | undefined => {
  const record = book.get(requestKey(nodeId));
  return record?.kind === "request" ? record : undefined;
};

export const allNodes = (book: NodeBook): readonly NodeRecord[] => [...book.values()].filter((record): record is NodeRecord => record.kind === "node");
export const allRequests = (book: NodeBook): readonly SurfaceRequest[] => [...book.values()].filter((record): record is SurfaceRequest => record.kind === "request");
