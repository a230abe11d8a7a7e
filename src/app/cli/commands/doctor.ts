import { DEFAULT_TIMEOUT_MS } from "../connection.js";
import { checkConfigFile, checkGateway, checkModel, checkNode, checkStateFolder } from "../doctor-checks.js";
import { checkOps } from "../doctor-ops.js";
import { checkService } from "../doctor-service.js";
import type { Finding } from "../finding.js";
import type { ConnectionFlags } from "../flags.js";
import { CliFailure, EXIT, type CliIo } from "../io.js";
import { readLocalConfig, type LocalConfig } from "../local-config.js";
import { checkCertificate } from "../own-certificate.js";
import { printJson, printLine } from "../output.js";
import { resolveTarget } from "../target.js";

const MARKS: Readonly<Record<Finding["state"], string>> = { ok: "ok  ", warn: "warn", fail: "FAIL" };

/** Every check runs, whatever the others found; one that fails makes the exit code 1. */
export async function run(io: CliIo, flags: ConnectionFlags): Promise<number> {
  const config = await readLocalConfig(io);
  const findings = [
    checkNode(process.versions.node),
    await checkStateFolder(config),
    ...(await checkConfigFile(io, config)),
    ...(flags.url === undefined ? await checkService(io) : []),
    ...(await checkCertificate(config, io.now())),
    ...(await reach(io, flags, config)),
    ...(flags.url === undefined ? await checkOps(config) : []),
  ];
  const sound = findings.every(({ state }) => state !== "fail");
  if (flags.json) printJson(io.stdout, { ok: sound, findings });
  else for (const finding of findings) printFinding(io, finding);
  return sound ? EXIT.ok : EXIT.failed;
}

async function reach(io: CliIo, flags: ConnectionFlags, config: LocalConfig): Promise<readonly Finding[]> {
  try {
    const target = await resolveTarget(io, flags);
    const found = await checkGateway(io, target, { config, timeoutMs: flags.timeout ?? DEFAULT_TIMEOUT_MS });
    const asked = found.some(({ check, state }) => check === "gateway" && state === "ok");
    return asked ? found : [...found, checkModel(config)];
  } catch (error) {
    // The broken file was reported already; without it nobody knows where the gateway is.
    if (error instanceof CliFailure && error.code === "BAD_CONFIG") return [];
    throw error;
  }
}

export function printFinding(io: CliIo, { state, check, message, fix = [] }: Finding): void {
  printLine(io.stdout, `${MARKS[state]}  ${check}: ${message}`);
  for (const line of fix) printLine(io.stdout, `        ${line}`);
}
