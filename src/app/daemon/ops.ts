import type { DaemonParts } from "../compose/daemon-parts.js";
import type { OpsDoor } from "../compose/ops-door.js";
import { namesOf } from "./place.js";
import { describePortOwner } from "./port-owner.js";
import { EXIT } from "../process/exit-code.js";
import type { ProcessHost } from "../process/process-host.js";
import { codeOf, type Refusal } from "./refusal.js";

/** Opens the listener for probes and metrics as it is configured now, and gives the parts what is measured with; or says why it could not. */
export async function openOps(ops: OpsDoor, { parts, host }: { readonly parts: DaemonParts; readonly host: ProcessHost }): Promise<DaemonParts | Refusal> {
  const place = parts.config.listen().ops;
  try {
    const metrics = await ops.follow(place && { ...place, allowedHosts: () => namesOf(parts, host) });
    return metrics === undefined ? parts : { ...parts, metrics };
  } catch (error) {
    const refusal = place && (await explain(codeOf(error), place));
    if (refusal === undefined) throw error;
    return refusal;
  }
}

async function explain(code: string | undefined, { host, port }: { readonly host: string; readonly port: number }): Promise<Refusal | undefined> {
  const where = `The listener for probes and metrics cannot have ${host}, port ${port}`;
  switch (code) {
    case "EADDRINUSE":
      return { exitCode: EXIT.tryAgain, reason: `${where}: ${await describePortOwner(port)} has it. Change gateway.ops.port, or stop that.` };
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return { exitCode: EXIT.tryAgain, reason: `${where}: no network interface of this host has that address now. Change gateway.ops.host, or try again when it has.` };
    case "EACCES":
      return { exitCode: EXIT.configuration, reason: `${where}: this user may not. Choose a port above 1023 as gateway.ops.port.` };
    default:
      return undefined;
  }
}
