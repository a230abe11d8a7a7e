import type { ResultOf } from "../../../domain/protocol/catalog.js";
import type { GatewayClient } from "../../../client/index.js";
import { withGateway } from "../connection.js";
import type { ConnectionFlags } from "../flags.js";
import { EXIT, type CliIo } from "../io.js";
import { cell, duration, printJson, printLine, renderTable } from "../output.js";
import { lookAtService, serviceLine } from "../service.js";
import type { Target } from "../target.js";

export type Status = ResultOf<"status">;

export async function run(io: CliIo, flags: ConnectionFlags): Promise<number> {
  const { status, gateway, pin } = await withGateway(io, flags, async (client, timeoutMs, target) => ({
    status: await client.call("status", {}, { timeoutMs }),
    gateway: gatewayLine(client),
    pin: pinLines(target),
  }));
  if (flags.json) printJson(io.stdout, status);
  else for (const line of [gateway, ...(await keptLines(io, flags)), ...statusLines(status), ...pin]) printLine(io.stdout, line);
  return EXIT.ok;
}

function gatewayLine({ endpoint, hello }: GatewayClient): string {
  const up = hello.snapshot?.uptimeMs;
  return `Gateway: ${cell(endpoint.url, 200)} (version ${cell(hello.server.version)}${typeof up === "number" ? `, up for ${duration(up)}` : ""})`;
}

/** Of a service, only where there is one: a gateway may well be run by hand. */
async function keptLines(io: CliIo, { url }: ConnectionFlags): Promise<readonly string[]> {
  const service = url === undefined ? await lookAtService(io) : undefined;
  return service === undefined || service.state.kind === "absent" ? [] : [serviceLine(service.supervision.supervisor.name, service.state)];
}

/** What the connection was held to, wherever that came from. */
export const pinLines = ({ tlsFingerprint }: Target): readonly string[] =>
  tlsFingerprint === undefined ? [] : [`Certificate (SHA-256): ${cell(tlsFingerprint, 100)}`];

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
