import { PENDING_TTL_MS } from "../../domain/pairing/device.js";
import type { ResultOf } from "../../domain/protocol/catalog.js";
import { cell, duration, renderTable, shortId } from "./output.js";

type List = ResultOf<"device.pair.list">;
type Pending = List["pending"][number];
type Paired = List["paired"][number];

const PENDING_HEADINGS = ["REQUEST", "DEVICE", "NAME", "ROLE", "SCOPES", "FROM", "AGE", "EXPIRES IN"];
const PAIRED_HEADINGS = ["DEVICE", "NAME", "ROLES", "SCOPES", "LAST USED", "PAIRED", "STATE"];

/** Whatever a device says of itself is a stranger's text: every cell is cleaned and cut. */
export function renderDevices({ pending, paired }: List, nowMs: number): string {
  const waiting = pending.toSorted((a, b) => b.ts - a.ts).map((row) => pendingRow(row, nowMs));
  const known = paired.toSorted((a, b) => b.approvedAtMs - a.approvedAtMs).map((row) => pairedRow(row, nowMs));
  return [
    waiting.length === 0 ? "No device is waiting for approval.\n" : `Waiting for approval:\n${renderTable(PENDING_HEADINGS, waiting)}`,
    ...(waiting.length === 0 ? [] : ["Approve one with: openclaw devices approve <REQUEST>\n"]),
    known.length === 0 ? "\nNo device is paired.\n" : `\nPaired:\n${renderTable(PAIRED_HEADINGS, known)}`,
  ].join("");
}

const scopesCell = (scopes: readonly string[] | undefined): string => cell((scopes ?? []).map((scope) => scope.replace(/^operator\./, "")).join(","), 60);

const pendingRow = (row: Pending, nowMs: number): readonly string[] => [
  cell(row.requestId, 128),
  shortId(row.deviceId),
  cell(row.displayName ?? row.clientId, 24),
  `${cell(row.role ?? row.roles?.join(","), 20)}${row.isRepair ? " (again)" : ""}`,
  scopesCell(row.scopes),
  cell(row.remoteIp, 45),
  duration(nowMs - row.ts),
  duration(row.ts + PENDING_TTL_MS - nowMs),
];

function pairedRow(row: Paired, nowMs: number): readonly string[] {
  const used = Math.max(0, ...(row.tokens ?? []).map(({ lastUsedAtMs }) => lastUsedAtMs ?? 0));
  const revoked = (row.tokens ?? []).filter(({ revokedAtMs }) => revokedAtMs !== undefined).map(({ role }) => `${role} revoked`);
  const state = [...(row.connected ? ["connected"] : []), ...revoked].join(", ");
  return [
    shortId(row.deviceId),
    cell(row.label ?? row.displayName ?? row.clientId, 24),
    cell((row.roles ?? [row.role]).join(","), 20),
    scopesCell(row.scopes),
    used === 0 ? "-" : `${duration(nowMs - used)} ago`,
    `${duration(nowMs - row.approvedAtMs)} ago`,
    cell(state, 60),
  ];
}
