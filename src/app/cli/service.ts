import type { ServiceState } from "../../ports/supervisor.js";
import { CliFailure, type CliIo } from "./io.js";
import type { Supervision } from "./load-supervision.js";
import { stateDirOf } from "./local-config.js";
import { cell } from "./output.js";

/** This host's supervisor with the gateway's service. */
export async function superviseHere(io: CliIo): Promise<Supervision> {
  if (io.loadSupervision === undefined) throw new CliFailure("Services are not kept from here.", { code: "NO_SUPERVISOR" });
  const { openSupervision } = await io.loadSupervision();
  const found = openSupervision({ env: io.env, home: io.home, stateDir: stateDirOf(io) });
  if ("unsupported" in found) throw new CliFailure(found.unsupported, { code: "NO_SUPERVISOR" });
  return found;
}

/** How the service stands, with what keeps it; nothing where this build or this host knows of none. */
export async function lookAtService(io: CliIo): Promise<{ readonly supervision: Supervision; readonly state: ServiceState } | undefined> {
  const supervision = await superviseHere(io).catch(() => undefined);
  return supervision && { supervision, state: await supervision.supervisor.state(supervision.definition) };
}

/** What the gateway means by the code it ended with. */
export function meaningOf(exitCode: number): string {
  switch (exitCode) {
    case 75: return "something has to end first: another gateway, or what holds its port";
    case 78: return "its configuration has to change first; see openclaw config validate";
    default: return "nobody foresaw this";
  }
}

/** One line for people. */
export function serviceLine(name: string, state: ServiceState): string {
  if (state.kind === "absent") return "Service: not installed (openclaw gateway install)";
  if (state.kind === "unreachable") return `Service: unknown. ${cell(state.reason, 400)}`;
  const { activity, pid, exitCode, restarts = 0, definition, isEnabled } = state;
  const details = [
    ...(pid === undefined ? [] : [`pid ${pid}`]),
    ...(exitCode === undefined || (exitCode === 0 && activity === "stopped") ? [] : [`ended with ${exitCode}: ${meaningOf(exitCode)}`]),
    ...(restarts === 0 ? [] : [`started again ${restarts === 1 ? "once" : `${restarts} times`}`]),
    ...(isEnabled ? [] : ["does not start by itself"]),
    ...(definition === "current" ? [] : [definition === "outdated" ? "installed by another version or from elsewhere" : "not written by this program"]),
  ];
  return `Service: ${activity === "waiting" ? "waiting to be started again" : activity} under ${name}${details.length === 0 ? "" : ` (${details.join("; ")})`}`;
}
