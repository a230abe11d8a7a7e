import type { Clock } from "../../../ports/clock.js";
import type { ExecApprovalsStore } from "../../../ports/exec-approvals-store.js";
import type { NodeCommand } from "../../../ports/node-command.js";
import { approvalsGet, approvalsSet } from "./approvals.js";
import { pathRulesOf, thisHost, type SystemHost } from "../system-host.js";
import { SystemNotify } from "./notify.js";
import { SystemRun } from "./run.js";
import { RunJudge } from "./run-verdict.js";
import { SystemWhich } from "./which.js";

export { thisHost, type SystemHost } from "../system-host.js";

export interface SystemCommandOptions {
  readonly clock: Clock;
  /** Of this host: what may run. */
  readonly approvals: ExecApprovalsStore;
  /** This process's host, without it. */
  readonly host?: SystemHost;
}

/** The shell of a node: programs, notices, and the file that says what may run. */
export function systemCommands({ clock, approvals, host = thisHost() }: SystemCommandOptions): readonly NodeCommand[] {
  const judge = new RunJudge({ approvals, rules: pathRulesOf(host), clock });
  return [new SystemRun({ clock, host, judge }), new SystemWhich(host), new SystemNotify({ host, clock }), approvalsGet(approvals), approvalsSet(approvals)];
}
