import type { ResultOf } from "../../../domain/protocol/catalog.js";
import { withGateway } from "../connection.js";
import type { ConnectionFlags } from "../flags.js";
import { EXIT, type CliIo } from "../io.js";
import { cell, duration, printJson, printLine, renderTable } from "../output.js";

export type Status = ResultOf<"status">;

export async function run(io: CliIo, flags: ConnectionFlags): Promise<number> {
  const status = await withGateway(io, flags, (client, timeoutMs) => client.call("status", {}, { timeoutMs }));
  if (flags.json) printJson(io.stdout, status);
  else for (const line of statusLines(status)) printLine(io.stdout, line);
  return EXIT.ok;
}

/** Tolerant of a gateway of another release. */
export function statusLines(status: Partial<Status>): readonly string[] {
  const { heartbeat, sessions } = status;
  const beats = (heartbeat?.agents ?? []).map(({ agentId, enabled, every }) => `${cell(agentId)} ${enabled ? `every ${cell(every)}` : "off"}`);
  const recent = (sessions?.recent ?? []).slice(0, 5).map(({ key, kind, age }) => [cell(key, 60), cell(kind), typeof age === "number" ? duration(age) : "-"]);
  return [
    ...(status.channelSummary ?? []).map((line) => cell(line, 160)),
    `Default agent: ${cell(heartbeat?.defaultAgentId)}`,
    `Heartbeat: ${beats.length === 0 ? "-" : beats.join(", ")}`,
    `Model: ${cell(sessions?.defaults?.model, 80)}`,
    `Sessions: ${sessions?.count ?? "-"}`,
    ...(recent.length === 0 ? [] : [renderTable(["RECENT", "KIND", "AGE"], recent).trimEnd()]),
  ];
}
