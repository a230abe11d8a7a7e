import type { NodeRecord, SurfaceRequest } from "../../../domain/nodes/node-record.js";
import type { NodeSurface } from "../../../domain/nodes/surface.js";
import type { PayloadOf, ResultOf } from "../../../domain/protocol/catalog.js";
import type { NodeRow } from "../../../domain/protocol/methods/nodes.js";

type PairedRow = ResultOf<"node.pair.list">["paired"][number];

const surfaceView = ({ caps, commands, permissions }: NodeSurface) => ({ caps, commands, permissions: { ...permissions } });

/** What waits, as operators are shown it. */
export const requestView = ({ requestId, nodeId, surface, traits, silent, isRepair, ts }: SurfaceRequest): PayloadOf<"node.pair.requested"> => ({
  requestId,
  nodeId,
  ...traits,
  ...(surface.platform === "" ? {} : { platform: surface.platform }),
  ...surfaceView(surface),
  silent,
  isRepair,
  ts,
});

/** What was approved of a node. `undefined` where nothing was. */
export function pairedView({ nodeId, label, traits, approval, createdAtMs, lastConnectedAtMs }: NodeRecord): PairedRow | undefined {
  if (approval === undefined) return undefined;
  return {
    nodeId,
    ...traits,
    ...(label === undefined ? {} : { displayName: label }),
    ...(approval.surface.platform === "" ? {} : { platform: approval.surface.platform }),
    ...surfaceView(approval.surface),
    createdAtMs,
    approvedAtMs: approval.approvedAtMs,
    ...(lastConnectedAtMs === undefined ? {} : { lastConnectedAtMs }),
  };
}

export interface RowFacts {
  readonly nodeId: string;
  readonly record: NodeRecord | undefined;
  /** The device's own name and platform, where nothing else is known. */
  readonly device: { readonly displayName?: string; readonly platform?: string; readonly deviceFamily?: string } | undefined;
  /** What it offers now; of one that is away, what was approved. */
  readonly surface: NodeSurface | undefined;
  readonly live: { readonly connectedAtMs: number; readonly pathEnv?: string; readonly hostStats?: Readonly<Record<string, number>> } | undefined;
  readonly pendingRequestId: string | undefined;
  readonly now: number;
}

/** A node as operators are shown it. */
export function nodeRow({ nodeId, record, device, surface, live, pendingRequestId, now }: RowFacts): NodeRow {
  const platform = record?.platform ?? surface?.platform ?? device?.platform;
  const displayName = record?.label ?? record?.traits.displayName ?? device?.displayName;
  const deviceFamily = record?.traits.deviceFamily ?? device?.deviceFamily;
  const lastSeenAtMs = live === undefined ? record?.lastSeenAtMs : now;
  return {
    nodeId,
    ...record?.traits,
    ...(displayName === undefined ? {} : { displayName }),
    ...(platform === undefined || platform === "" ? {} : { platform }),
    ...(deviceFamily === undefined ? {} : { deviceFamily }),
    ...surfaceView(surface ?? { platform: "", caps: [], commands: [], permissions: {} }),
    ...live,
    paired: device !== undefined || record?.approval !== undefined,
    connected: live !== undefined,
    ...(lastSeenAtMs === undefined ? {} : { lastSeenAtMs }),
    ...(pendingRequestId === undefined ? {} : { pendingRequestId }),
    ...(record?.approval === undefined ? {} : { approvedAtMs: record.approval.approvedAtMs }),
  };
}
