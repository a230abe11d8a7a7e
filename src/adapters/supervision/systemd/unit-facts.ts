import type { InstalledService, ServiceActivity } from "../../../ports/supervisor.js";

/** What `systemctl show` is asked for. */
export const UNIT_FACTS = "ActiveState,SubState,MainPID,NRestarts,ExecMainCode,ExecMainStatus,UnitFileState";

type UnitFacts = Pick<InstalledService, "activity" | "pid" | "exitCode" | "restarts" | "isEnabled">;

/** SIGCHLD's code for a process that ended by itself rather than by a signal. */
const EXITED = "1";

/** Reads what `systemctl show` printed, `NAME=value` a line. Total: what is missing is left out. */
export function readUnitFacts(text: string): UnitFacts {
  const facts = new Map(text.split("\n").map((line): [string, string] => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)];
  }));
  const pid = numberIn(facts, "MainPID");
  const restarts = numberIn(facts, "NRestarts");
  const activity = activityOf(facts.get("ActiveState"), facts.get("SubState"));
  const status = facts.get("ExecMainCode") === EXITED ? numberIn(facts, "ExecMainStatus") : undefined;
  return {
    activity,
    isEnabled: facts.get("UnitFileState") === "enabled",
    ...(pid === undefined || pid === 0 ? {} : { pid }),
    ...(status === undefined || activity === "running" ? {} : { exitCode: status }),
    ...(restarts === undefined ? {} : { restarts }),
  };
}

function activityOf(active: string | undefined, sub: string | undefined): ServiceActivity {
  switch (active) {
    case "active": return "running";
    case "reloading": return "reloading";
    case "activating": return sub === "auto-restart" ? "waiting" : "starting";
    case "deactivating": return "stopping";
    case "failed": return "failed";
    default: return "stopped";
  }
}

const numberIn = (facts: ReadonlyMap<string, string>, name: string): number | undefined => {
  const text = facts.get(name) ?? "";
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
};
