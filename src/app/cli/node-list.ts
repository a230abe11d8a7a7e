import type { ResultOf } from "../../domain/protocol/catalog.js";
import type { NodeRow } from "../../domain/protocol/methods/nodes.js";
import { cell, duration, renderTable, shortId } from "./output.js";

type Requests = ResultOf<"node.pair.list">["pending"];

const HEADINGS = ["NODE", "NAME", "PLATFORM", "STATE", "MAY BE ASKED", "LAST SEEN"];
const PENDING_HEADINGS = ["REQUEST", "NODE", "NAME", "PLATFORM", "OFFERS", "AGE"];

/** Whatever a node says of itself is a stranger's text: every cell is cleaned and cut. */
export function renderNodes(nodes: readonly NodeRow[], nowMs: number): string {
  if (nodes.length === 0) return "No node is known. On another host: openclaw node run --url <this gateway's address>";
  const rows = nodes.map((node) => [
    shortId(node.nodeId),
    cell(node.displayName, 24),
    cell(node.platform, 16),
    stateOf(node),
    cell(groupsOf(node.commands), 60),
    node.connected ? "now" : node.lastSeenAtMs === undefined ? "-" : `${duration(nowMs - node.lastSeenAtMs)} ago`,
  ]);
  const waiting = nodes.filter(({ pendingRequestId }) => pendingRequestId !== undefined).map(({ pendingRequestId, displayName }) => `${cell(displayName, 40)} offers more than was approved: openclaw nodes approve ${cell(pendingRequestId, 128)}`);
  return [renderTable(HEADINGS, rows).trimEnd(), ...waiting].join("\n");
}

const stateOf = ({ connected, paired, pendingRequestId }: NodeRow): string =>
  [connected ? "connected" : "away", ...(paired ? [] : ["not approved"]), ...(pendingRequestId === undefined ? [] : ["asks"])].join(", ");

/** `camera.snap camera.clip location.get` as `camera (2), location`. */
function groupsOf(commands: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const command of commands) {
    const group = command.split(".", 1)[0] ?? command;
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return [...counts].map(([group, count]) => (count === 1 ? group : `${group} (${count})`)).join(", ") || "nothing";
}

/** Each with all that is granted by approving it: nobody should say yes to a number. */
export function renderRequests(pending: Requests, nowMs: number): string {
  if (pending.length === 0) return "No node is waiting for approval.";
  const rows = pending.map((row) => [cell(row.requestId, 128), shortId(row.nodeId), cell(row.displayName, 24), cell(row.platform, 16), cell((row.commands ?? []).join(" "), 2_000), `${duration(nowMs - row.ts)}`]);
  return `${renderTable(PENDING_HEADINGS, rows)}Approve one with: openclaw nodes approve <REQUEST>`;
}

export function renderNode(node: NodeRow, nowMs: number): string {
  const row = (name: string, value: unknown): readonly string[] => (value === undefined || value === "" ? [] : [`${name.padEnd(12)}${cell(value, 2_000)}`]);
  const permissions = Object.entries(node.permissions ?? {}).map(([name, held]) => `${name} ${held ? "yes" : "no"}`);
  return [
    ...row("Node", node.nodeId),
    ...row("Name", node.displayName),
    ...row("State", stateOf(node)),
    ...row("Platform", [node.platform, node.deviceFamily, node.modelIdentifier].filter(Boolean).join(", ")),
    ...row("Version", node.version),
    ...row("From", node.remoteIp),
    ...row("Connected", node.connectedAtMs === undefined ? undefined : `for ${duration(nowMs - node.connectedAtMs)}`),
    ...row("Last seen", node.lastSeenAtMs === undefined ? undefined : `${duration(nowMs - node.lastSeenAtMs)} ago`),
    ...row("Abilities", node.caps.join(", ")),
    ...row("Commands", node.commands.join(", ") || "none"),
    ...row("Permissions", permissions.join(", ")),
    ...(node.pendingRequestId === undefined ? [] : [`It offers more than was approved: openclaw nodes approve ${cell(node.pendingRequestId, 128)}`]),
  ].join("\n");
}
