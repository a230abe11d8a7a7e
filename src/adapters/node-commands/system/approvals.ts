import { fieldsOf } from "../../../domain/foreign-fields.js";
import { decideReplacement, replacementText, viewOfApprovals } from "../../../domain/nodes/exec-policy/replace-approvals.js";
import type { ExecApprovalsStore, StoredApprovals } from "../../../ports/exec-approvals-store.js";
import type { NodeCommand, NodeCommandOutcome } from "../../../ports/node-command.js";

/** What operators do with this host's approvals file, through their gateway. */
const command = (name: string, run: (params: unknown) => Promise<NodeCommandOutcome>): NodeCommand => ({
  name,
  available: () => Promise.resolve(true),
  run: async (params) => {
    try {
      return await run(params);
    } catch {
      return { kind: "failed", code: "UNAVAILABLE", message: "the exec approvals file of this node cannot be read or written; look at its permissions and at the disk." };
    }
  },
});

/** `system.execApprovals.get` */
export const approvalsGet = (approvals: ExecApprovalsStore): NodeCommand => command("system.execApprovals.get", async () => told(await approvals.read()));

/** `system.execApprovals.set` */
export const approvalsSet = (approvals: ExecApprovalsStore): NodeCommand =>
  command("system.execApprovals.set", async (params) => {
    const { file, baseHash } = fieldsOf(params) ?? {};
    const { stored, value } = await approvals.update((current) => {
      const decision = decideReplacement(current, file, typeof baseHash === "string" ? baseHash : undefined);
      return { value: decision, ...(decision.kind === "replace" ? { file: decision.file } : {}) };
    });
    return value.kind === "refused" ? { kind: "failed", code: "INVALID_REQUEST", message: replacementText(value, "exec.approvals.node.get") } : told(stored);
  });

function told(stored: StoredApprovals): NodeCommandOutcome {
  const view = viewOfApprovals(stored);
  return typeof view === "string" ? { kind: "failed", code: "UNAVAILABLE", message: view } : { kind: "done", payload: view };
}
