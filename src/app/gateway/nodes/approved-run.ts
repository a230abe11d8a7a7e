import { fieldsOf, textOf } from "../../../domain/foreign-fields.js";
import { unavailable } from "../../../domain/protocol/errors.js";
import { GATEWAY, type ExecApprovalDesk } from "./exec-approval-desk.js";
import type { NodeAnswer, NodeAsk } from "./node-ask.js";
import type { InvokeContext, NodeDesk } from "./node-desk.js";

/**
 * Runs a command on a node; where the node wants somebody's word first, asks for it, waits, and runs it by that word.
 * Whether to ask is the node's to say: what its list lets through is never asked about.
 */
export async function runWithApproval({ nodes, approvals }: { nodes: NodeDesk; approvals: ExecApprovalDesk }, ask: NodeAsk, context: InvokeContext = {}): Promise<NodeAnswer> {
  const first = await nodes.invoke(ask, context);
  if (!wantsApproval(first)) return first;
  const params = fieldsOf(ask.params) ?? {};
  const text = (name: string): string | null => textOf(params[name]) ?? null;
  const end = await approvals.ask(
    {
      // The words of the command, which the node has just read as such, are what is shown.
      command: "system.run",
      commandArgv: params["command"] as readonly string[],
      host: "node",
      nodeId: ask.nodeId,
      cwd: text("cwd"),
      agentId: text("agentId"),
      sessionKey: text("sessionKey") ?? ask.sessionKey ?? null,
      env: (fieldsOf(params["env"]) ?? null) as Readonly<Record<string, string>> | null,
    },
    context.caller?.principal ?? GATEWAY,
  );
  if ("code" in end) return { kind: "failed", error: end };
  if (context.cancel?.aborted === true) return first;
  if (end.decision === "deny") return { kind: "failed", error: unavailable("SYSTEM_RUN_DENIED: the command was denied; nothing was run", { details: { code: "SYSTEM_RUN_DENIED", approvalId: end.id } }) };
  // Also where nobody answered: the node's own file says what holds then. The node has answered the first key already.
  return nodes.invoke({ ...ask, params: { ...params, runId: end.id }, idempotencyKey: `${ask.idempotencyKey}+${end.id}` }, context);
}

function wantsApproval(answer: NodeAnswer): boolean {
  if (answer.kind === "answered") return false;
  const { code, message } = fieldsOf(fieldsOf(answer.error.details)?.["nodeError"]) ?? {};
  return code === "SYSTEM_RUN_DENIED" && textOf(message)?.includes("approval required") === true;
}
