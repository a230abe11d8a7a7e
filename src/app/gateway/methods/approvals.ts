import { fieldsOf, textOf } from "../../../domain/foreign-fields.js";
import { decideReplacement, replacementText, viewOfApprovals, type ApprovalsView } from "../../../domain/nodes/exec-policy/replace-approvals.js";
import { shownApprovals } from "../../../domain/nodes/exec-policy/approvals-file.js";
import { invalidRequest, unavailable } from "../../../domain/protocol/errors.js";
import type { StoredApprovals } from "../../../ports/exec-approvals-store.js";
import { done, refused, type Answer, type Handlers } from "../call.js";
import { nodeRows } from "../nodes/node-list.js";
import type { Services } from "../services.js";

type ApprovalMethod =
  | "exec.approval.request" | "exec.approval.resolve" | "exec.approval.list"
  | "exec.approvals.get" | "exec.approvals.set" | "exec.approvals.node.get" | "exec.approvals.node.set";

const NODE_MS = 10_000;

/** Commands that wait for a person, and the files that say which need not. */
export function approvalHandlers(services: Services): Handlers<ApprovalMethod> {
  const { parts, approvals, nodes } = services;

  /** What a node says of its file. It is a stranger's: read field by field. */
  const askNode = async (nodeId: string, command: string, params: unknown): Promise<Answer<ApprovalsView>> => {
    const answer = await nodes.invoke({ nodeId, command, params, timeoutMs: NODE_MS, idempotencyKey: parts.ids.uuid() });
    if (answer.kind === "failed") return refused(answer.error);
    const { path, exists, hash, file } = fieldsOf(answer.payload) ?? {};
    const content = fieldsOf(file);
    if (textOf(path) === undefined || textOf(hash) === undefined || content === undefined) return refused(unavailable("the node answered with something that is no exec approvals file"));
    return done({ path: path as string, exists: exists === true, hash: hash as string, file: { ...shownApprovals(content) } });
  };

  return {
    "exec.approval.request": async (params, caller) => {
      const nodeId = params.nodeId ?? (params.host === "node" ? onlyShell(services) : undefined);
      const end = await approvals.ask({ ...params, ...(nodeId === undefined ? {} : { nodeId }) }, caller.principal);
      return "code" in end ? refused(end) : done(end);
    },
    "exec.approval.list": () => done({ approvals: approvals.waiting() }),
    "exec.approval.resolve": async ({ id, decision }, caller) => {
      const problem = await approvals.decide(id, decision, caller);
      return problem === undefined ? done({ ok: true as const }) : refused(problem);
    },
    "exec.approvals.get": async () => told(await parts.execApprovals.read()),
    "exec.approvals.set": async ({ file, baseHash }) => {
      const { stored, value } = await parts.execApprovals.update((current) => {
        const decision = decideReplacement(current, file, baseHash);
        return { value: decision, ...(decision.kind === "replace" ? { file: decision.file } : {}) };
      });
      return value.kind === "refused" ? refused(invalidRequest(replacementText(value, "exec.approvals.get"))) : told(stored);
    },
    "exec.approvals.node.get": ({ nodeId }) => askNode(nodeId, "system.execApprovals.get", {}),
    "exec.approvals.node.set": ({ nodeId, file, baseHash }) => askNode(nodeId, "system.execApprovals.set", { file, ...(baseHash === undefined ? {} : { baseHash }) }),
  };
}

/** The oldest clients name no node. Where one alone runs commands, it is the one that they mean, and whoever decides is told so. */
function onlyShell(services: Services): string | undefined {
  const [only, ...more] = nodeRows(services).filter(({ connected, commands }) => connected && commands.includes("system.run"));
  return more.length === 0 ? only?.nodeId : undefined;
}

function told(stored: StoredApprovals): Answer<ApprovalsView> {
  const view = viewOfApprovals(stored);
  return typeof view === "string" ? refused(unavailable(view)) : done(view);
}
