import type { InstalledService, ServiceActivity } from "../../../ports/supervisor.js";

type AgentFacts = Pick<InstalledService, "activity" | "pid" | "exitCode">;

/** Reads what `launchctl print` says of a loaded agent. Total: what is missing is left out. */
export function readAgentFacts(text: string): AgentFacts {
  const field = (name: string): string | undefined => new RegExp(`^\\t?${name} = (.*)$`, "m").exec(text)?.[1]?.trim();
  const pid = numberOf(field("pid"));
  const exitCode = numberOf(field("last exit code"));
  return {
    activity: activityOf(field("state"), exitCode),
    ...(pid === undefined ? {} : { pid }),
    ...(exitCode === undefined || pid !== undefined ? {} : { exitCode }),
  };
}

function activityOf(state: string | undefined, exitCode: number | undefined): ServiceActivity {
  if (state === "running") return "running";
  if (state === "spawn scheduled") return "waiting";
  // It is loaded and not there: after a failure launchd starts it again in a while.
  return exitCode === undefined || exitCode === 0 ? "stopped" : "waiting";
}

/** `78`, or `78: EX_CONFIG` as newer systems write it; `(never exited)` is none. */
const numberOf = (text: string | undefined): number | undefined => {
  const digits = /^(\d{1,10})(?:$|:)/.exec(text ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
};
