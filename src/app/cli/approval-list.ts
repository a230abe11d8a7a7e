import type { WaitingApproval } from "../../domain/protocol/methods/approvals.js";
import { cell, duration, shortId, terminalText } from "./output.js";

/** Every command in full, a block each: what is cut off in a table can't be decided on. */
export function renderApprovals(approvals: readonly WaitingApproval[], nodes: ReadonlyMap<string, string>, nowMs: number): string {
  if (approvals.length === 0) return "No command waits for approval.";
  return [
    ...approvals.map((approval) => renderOne(approval, nodes, nowMs)),
    "Decide with: openclaw approvals allow <ID> [--always], or: openclaw approvals deny <ID>",
  ].join("\n\n");
}

function renderOne({ id, request, expiresAtMs }: WaitingApproval, nodes: ReadonlyMap<string, string>, nowMs: number): string {
  const { command, cwd, host, nodeId, agentId, resolvedPath, sessionKey, envKeys } = request;
  const node = nodeId === undefined || nodeId === null ? undefined : `node ${cell(nodes.get(nodeId), 60)} (${shortId(nodeId)})`;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["on", node ?? (host === undefined || host === null ? undefined : cell(host, 60))],
    ["in", cwd ?? undefined],
    ["program", resolvedPath ?? undefined],
    ["with variables", envKeys === undefined || envKeys === null ? undefined : envKeys.join(", ")],
    ["for agent", agentId ?? undefined],
    ["in session", sessionKey ?? undefined],
  ];
  return [
    `${cell(id, 128)}   expires in ${duration(expiresAtMs - nowMs)}`,
    ...terminalText(command).split("\n").map((line) => `  | ${line}`),
    ...facts.flatMap(([name, text]) => (text === undefined ? [] : [`  ${name} ${cell(text, 300)}`])),
  ].join("\n");
}
