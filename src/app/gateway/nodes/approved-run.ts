import { fieldsOf, textOf } from "../../../domain/foreign-fields.js";
import { unavailable } from "../../../domain/protocol/errors.js";
import { GATEWAY, type ExecApprovalDesk } from "./exec-approval-desk.js";
import { withdrawn } from "./node-errors.js";
import type { NodeAnswer, NodeAsk } from "./node-ask.js";
import type { InvokeContext, NodeDesk } from "./node-desk.js";

/**
 * Runs a command on a node; where the node wants somebody's word first, asks for it, waits, and runs it by that word.
 * Whether to ask is the node's to say: what its list lets through is never asked about.
 */
export async function runWithApproval({ nodes, approvals }: { nodes: NodeDesk; approvals: ExecApprovalDesk }, ask: NodeAsk, context: InvokeContext = {}): Promise<NodeAnswer> {
  const first = await nodes.invoke(ask, context);
  const params = fieldsOf(ask.params) ?? {};
  const [argv, env] = [wordsOf(params["command"]), variablesOf(params["env"] ?? {})];
  if (ask.command !== "system.run" || argv === undefined || env === undefined || !wantsApproval(first)) return first;
  const text = (name: string): string | null => textOf(params[name]) ?? null;
  const end = await approvals.ask(
    {
      // Not read: the words are what is shown.
      command: ask.command,
      commandArgv: argv,
      host: "node",
      nodeId: ask.nodeId,
      cwd: text("cwd"),
      agentId: text("agentId"),
      sessionKey: text("sessionKey") ?? ask.sessionKey ?? null,
      env,
    },
    context.caller?.principal ?? GATEWAY,
    context.cancel,
  );
  if ("code" in end) return { kind: "failed", error: end };
  if (context.cancel?.aborted === true) return { kind: "failed", error: withdrawn(ask.command, false) };
  if (end.decision === "deny") return { kind: "failed", error: unavailable("SYSTEM_RUN_DENIED: the command was denied; nothing was run", { details: { code: "SYSTEM_RUN_DENIED", approvalId: end.id } }) };
  // Also where nobody answered: the node's own file says what holds then. The node has answered the first key already.
  return nodes.invoke({ ...ask, params: { ...params, runId: end.id }, idempotencyKey: `${ask.idempotencyKey}+${end.id}` }, context);
}

const DENIED = "SYSTEM_RUN_DENIED";

const wordsOf = (command: unknown): readonly string[] | undefined =>
  Array.isArray(command) && command.length > 0 && command.every((word): word is string => typeof word === "string") ? command : undefined;

const variablesOf = (env: unknown): Readonly<Record<string, string>> | undefined => {
  const fields = fieldsOf(env);
  return fields !== undefined && Object.values(fields).every((value) => typeof value === "string") ? (fields as Readonly<Record<string, string>>) : undefined;
};

function wantsApproval(answer: NodeAnswer): boolean {
  if (answer.kind === "answered") return false;
  const { code, message } = fieldsOf(fieldsOf(answer.error.details)?.["nodeError"]) ?? {};
  const text = textOf(message) ?? "";
  // Hosts of January 2026 have the code of what they refuse in the message alone, before a colon.
  return (code === DENIED || text.startsWith(`${DENIED}:`)) && text.includes("approval required");
}
