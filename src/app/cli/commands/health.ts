import type { ResultOf } from "../../../domain/protocol/catalog.js";
import { withGateway } from "../connection.js";
import type { ConnectionFlags } from "../flags.js";
import { EXIT, type CliIo } from "../io.js";
import { cell, printJson, printLine } from "../output.js";

export type Health = ResultOf<"health">;

export async function run(io: CliIo, flags: ConnectionFlags & { readonly probe?: boolean }): Promise<number> {
  const health = await withGateway(io, flags, (client, timeoutMs) =>
    client.call("health", flags.probe ? { probe: true } : {}, { timeoutMs }),
  );
  if (flags.json) printJson(io.stdout, health);
  else for (const line of healthLines(health)) printLine(io.stdout, line);
  return EXIT.ok;
}

/** Tolerant of a gateway that leaves parts out: who may see less is told less. */
export function healthLines(health: Partial<Health>): readonly string[] {
  const channels = health.channelOrder ?? Object.keys(health.channels ?? {});
  const agents = (health.agents ?? []).map((agent) => `${cell(agent.agentId)}${agent.isDefault ? " (default)" : ""}`);
  const sessions = health.sessions?.count;
  return [
    `Gateway: ${health.ok ? "ok" : "not ok"}${health.durationMs === undefined ? "" : ` (${health.durationMs} ms)`}`,
    `Channels: ${channels.length === 0 ? "none" : channels.map((id) => cell(health.channelLabels?.[id] ?? id)).join(", ")}`,
    ...(agents.length === 0 ? [] : [`Agents: ${agents.join(", ")}`]),
    ...(sessions === undefined ? [] : [`Sessions: ${sessions}`]),
  ];
}
