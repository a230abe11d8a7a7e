import type { GatewayClient } from "../../../client/index.js";
import { DEFAULT_TIMEOUT_MS, dial } from "../connection.js";
import { explainConnect, explainRefusal } from "../explain.js";
import type { ConnectionFlags } from "../flags.js";
import { CliFailure, EXIT, type CliIo } from "../io.js";
import { readLocalConfig } from "../local-config.js";
import { cell, printJson, printLine } from "../output.js";
import { lookAtService, serviceLine } from "../service.js";
import { resolveTarget, type Target } from "../target.js";
import { pinLines, statusLines, type Status } from "./status.js";

type Reach =
  | { readonly kind: "reachable"; readonly protocol: number; readonly version: string; readonly status: Status }
  | { readonly kind: "failed"; readonly failure: CliFailure }
  | { readonly kind: "unasked" };

/**
 * Tells what can be known whether or not a gateway answers; only then does the exit code tell of trouble. How the service
 * stands is another matter: a gateway may be started by hand, and one that runs may let nobody in.
 */
export async function run(io: CliIo, flags: ConnectionFlags & { readonly probe?: boolean }): Promise<number> {
  const config = await readLocalConfig(io);
  const target = await resolveTarget(io, flags);
  const service = target.kind === "local" ? await lookAtService(io) : undefined;
  const reach: Reach = flags.probe === false ? { kind: "unasked" } : await look(io, target, flags.timeout ?? DEFAULT_TIMEOUT_MS);
  const files = { configPath: config.path, configExists: config.raw !== undefined, stateDir: config.stateDir };
  // The pin is what this connection was held to, wherever it came from.
  const pin = target.tlsFingerprint === undefined ? {} : { tlsFingerprint: target.tlsFingerprint };
  if (flags.json) printJson(io.stdout, { ...(service === undefined ? {} : { service: service.state }), url: target.url, ...pin, ...reachJson(reach), ...files });
  else {
    const serviceLines = service === undefined ? [] : [serviceLine(service.supervision.supervisor.name, service.state)];
    for (const line of [...serviceLines, ...reachLines(target, reach), ...pinLines(target), ...fileLines(files)]) printLine(io.stdout, line);
  }
  return reach.kind === "failed" ? reach.failure.exitCode : EXIT.ok;
}

async function look(io: CliIo, target: Target, timeoutMs: number): Promise<Reach> {
  let client: GatewayClient | undefined;
  try {
    client = await dial(io, target, { timeoutMs });
    const status = await client.call("status", {}, { timeoutMs });
    const { protocol, server } = client.hello;
    return { kind: "reachable", protocol, version: server.version, status };
  } catch (error) {
    const failure = explainRefusal(explainConnect(error, target, io.now()));
    if (failure instanceof CliFailure) return { kind: "failed", failure };
    throw failure;
  } finally {
    await client?.close();
  }
}

function reachJson(reach: Reach): object {
  if (reach.kind === "unasked") return {};
  if (reach.kind === "reachable") return { reachable: true, protocol: reach.protocol, version: reach.version, status: reach.status };
  const { code, message, hints } = reach.failure;
  return { reachable: false, error: { code, message, hints } };
}

function reachLines(target: Target, reach: Reach): readonly string[] {
  if (reach.kind === "unasked") return [];
  if (reach.kind === "failed") return [reach.failure.message, ...reach.failure.hints.map((hint) => `  ${hint}`)];
  return [`Gateway: ${cell(target.url, 200)} answers (version ${cell(reach.version)}, protocol ${reach.protocol})`, ...statusLines(reach.status)];
}

const fileLines = (files: { configPath: string; configExists: boolean; stateDir: string }): readonly string[] => [
  `Configuration: ${cell(files.configPath, 300)}${files.configExists ? "" : " (none, defaults apply)"}`,
  `State folder: ${cell(files.stateDir, 300)}`,
];
