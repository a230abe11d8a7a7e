import type { InstalledService, ServiceState } from "../../ports/supervisor.js";
import type { Finding } from "./finding.js";
import type { CliIo } from "./io.js";
import { cell } from "./output.js";
import { lookAtService, meaningOf } from "./service.js";

const NOT_KEPT: Finding = { check: "service", state: "ok", message: "No service is installed: a gateway runs here for as long as somebody runs it. openclaw gateway install keeps one running." };

/** Whether this host keeps a gateway running, and goes on doing so. */
export async function checkService(io: CliIo): Promise<readonly Finding[]> {
  const looked = await lookAtService(io);
  return looked === undefined ? [] : serviceFindings(looked.state, looked.supervision.supervisor);
}

function serviceFindings(state: ServiceState, { name, logCommand }: { readonly name: string; readonly logCommand: string }): readonly Finding[] {
  if (state.kind === "absent") return [NOT_KEPT];
  if (state.kind === "unreachable") return [{ check: "service", state: "warn", message: `A service is installed, but: ${cell(state.reason, 400)}` }];
  const findings = [...activityFindings(state, logCommand), ...lastingFindings(state)];
  return findings.length > 0 ? findings : [{ check: "service", state: "ok", message: `${name} keeps the gateway running` }];
}

function activityFindings({ activity, exitCode, restarts = 0 }: InstalledService, logCommand: string): readonly Finding[] {
  const why = exitCode === undefined || exitCode === 0 ? "" : ` It ended with ${exitCode}: ${meaningOf(exitCode)}.`;
  switch (activity) {
    case "failed": return [{ check: "service", state: "fail", message: `The service failed and stays down.${why}`, fix: [logCommand, "then: openclaw gateway start"] }];
    case "waiting": return [{ check: "service", state: "fail", message: `The service ends again and again.${why}`, fix: [logCommand] }];
    case "stopped": return [{ check: "service", state: "warn", message: "The service is stopped.", fix: ["openclaw gateway start"] }];
    default: return restarts < MANY_RESTARTS ? [] : [{ check: "service", state: "warn", message: `The service was started again ${restarts} times because it failed.`, fix: [logCommand] }];
  }
}

/** One now and then is what a supervisor is for. */
const MANY_RESTARTS = 5;

function lastingFindings({ definition, isEnabled, outlivesLogin, path }: InstalledService): readonly Finding[] {
  const shown = cell(path, 300);
  return [
    ...(definition === "outdated" ? [{ check: "service", state: "warn" as const, message: `${shown} starts another gateway than this one, or starts it otherwise.`, fix: ["openclaw gateway install --force"] }] : []),
    ...(definition === "foreign" ? [{ check: "service", state: "warn" as const, message: `${shown} was not written by this program.`, fix: ["openclaw gateway install --force   (keeps it as .bak)"] }] : []),
    ...(isEnabled ? [] : [{ check: "service", state: "warn" as const, message: "The service does not start by itself.", fix: ["openclaw gateway install"] }]),
    ...(outlivesLogin === false ? [{ check: "service", state: "warn" as const, message: "The service ends when you log out.", fix: ["loginctl enable-linger"] }] : []),
  ];
}
