import { pendingRequests } from "../../../domain/nodes/decide-node.js";
import { allNodes } from "../../../domain/nodes/node-record.js";
import type { NodeRow } from "../../../domain/protocol/methods/nodes.js";
import { printable } from "../../../domain/text/printable.js";
import type { Services } from "../services.js";
import { nodeRow } from "./node-view.js";

type Needed = Pick<Services, "parts" | "nodes">;

/** Every node there is: connected, paired, or remembered; those that are connected first, then by name. */
export function nodeRows(services: Needed): readonly NodeRow[] {
  const { parts, nodes } = services;
  const book = parts.records.nodes.view();
  const paired = [...parts.devices.view().paired.values()].filter(({ roles }) => roles.includes("node")).map(({ deviceId }) => deviceId);
  const ids = new Set([...nodes.registry.nodeIds(), ...paired, ...allNodes(book).map(({ nodeId }) => nodeId)]);
  const waiting = new Map(pendingRequests(book, parts.clock.now()).map(({ nodeId, requestId }) => [nodeId, requestId]));
  const rows = [...ids].map((nodeId) => rowOf(services, nodeId, waiting.get(nodeId)));
  return rows.sort((a, b) => Number(b.connected) - Number(a.connected) || nameOf(a).localeCompare(nameOf(b)));
}

const nameOf = ({ displayName, nodeId }: NodeRow): string => displayName ?? nodeId;

export function nodeRowOf(services: Needed, nodeId: string): NodeRow | undefined {
  const { parts, nodes } = services;
  const isKnown = nodes.registry.route(nodeId) !== undefined || nodes.surfaces.record(nodeId) !== undefined || deviceOf(services, nodeId) !== undefined;
  return isKnown ? rowOf({ parts, nodes }, nodeId, nodes.pendingRequestId(nodeId)) : undefined;
}

function deviceOf({ parts }: Needed, nodeId: string) {
  const device = parts.devices.view().paired.get(nodeId);
  if (!device?.roles.includes("node")) return undefined;
  const shown = (text: string | undefined): string | undefined => (text === undefined ? undefined : printable(text, 128));
  const [displayName, platform, deviceFamily] = [shown(device.label ?? device.displayName), shown(device.platform), shown(device.deviceFamily)];
  return {
    ...(displayName === undefined ? {} : { displayName }),
    ...(platform === undefined ? {} : { platform }),
    ...(deviceFamily === undefined ? {} : { deviceFamily }),
  };
}

function rowOf(services: Needed, nodeId: string, pendingRequestId: string | undefined): NodeRow {
  const { parts, nodes } = services;
  const link = nodes.registry.route(nodeId);
  return nodeRow({
    nodeId,
    record: nodes.surfaces.record(nodeId),
    device: deviceOf(services, nodeId),
    surface: link === undefined ? nodes.surfaces.approved(nodeId) : nodes.surfaces.effective(link),
    live: link && {
      connectedAtMs: link.peer.connectedAt,
      ...(link.peer.pathEnv === undefined ? {} : { pathEnv: printable(link.peer.pathEnv, 4_096) }),
      ...statsOf(nodes.signs.stats.get(link.peer)),
    },
    pendingRequestId,
    now: parts.clock.now(),
  });
}

const statsOf = (hostStats: Readonly<Record<string, number>> | undefined) => (hostStats === undefined ? {} : { hostStats });
