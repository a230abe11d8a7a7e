import { countOf, fieldsOf, listOf, textOf } from "../../domain/foreign-fields.js";
import type { ButtonAsk } from "../../domain/messaging/buttons.js";
import { findNode } from "../../domain/nodes/name-node.js";
import { stripApproval } from "../../domain/nodes/reserved-fields.js";
import type { ToolPolicy } from "../../domain/settings.js";
import type { AgentTool } from "../../ports/agent-runtime.js";
import type { Cancel } from "../../ports/cancel.js";
import { runWithApproval } from "./nodes/approved-run.js";
import type { ExecApprovalDesk } from "./nodes/exec-approval-desk.js";
import type { NodeDesk } from "./nodes/node-desk.js";
import { refuseReserved } from "./nodes/node-errors.js";
import { nodeRows } from "./nodes/node-list.js";
import type { GatewayParts } from "./parts.js";
import type { Delivery } from "./delivery.js";
import type { SessionDesk } from "./session-desk.js";

/** `deny` wins; nothing that is not allowed by name or by `*` is offered to a model at all. */
export const mayUseTool = (policy: ToolPolicy, name: string): boolean =>
  !policy.deny.includes(name) && !policy.deny.includes("*") && (policy.allow.includes(name) || policy.allow.includes("*"));

const text = (args: unknown, name: string): string | undefined => {
  const value: unknown = typeof args === "object" && args !== null ? (args as Record<string, unknown>)[name] : undefined;
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
};

function rowsOfButtons(args: unknown): readonly (readonly ButtonAsk[])[] | "unreadable" | undefined {
  const rows = fieldsOf(args)?.["buttons"];
  if (rows === undefined) return undefined;
  if (!Array.isArray(rows)) return "unreadable";
  const read = rows.map((row: unknown) => listOf(row).flatMap(({ text: label, data, url }): ButtonAsk[] => {
    const [said, comesBack, opens] = [textOf(label), textOf(data), textOf(url)];
    return said === undefined ? [] : [{ text: said, ...(comesBack === undefined ? {} : { data: comesBack }), ...(opens === undefined ? {} : { url: opens }) }];
  }));
  return read.some((row, nth) => row.length === 0 || row.length !== (rows[nth] as readonly unknown[]).length) ? "unreadable" : read;
}

type ToolAnswer = Awaited<ReturnType<AgentTool["run"]>>;

/** Characters of what a node answers. */
const MAX_TOOL_RESULT = 100_000;

const wrong = (result: string) => ({ result, isError: true });

/** What the gateway lets an agent do, as the operator's policy has it now. */
export class ToolBox {
  readonly #parts: GatewayParts;
  readonly #deps: { readonly delivery: Delivery; readonly sessions: SessionDesk; readonly nodes: NodeDesk; readonly approvals: ExecApprovalDesk };

  constructor(parts: GatewayParts, deps: { delivery: Delivery; sessions: SessionDesk; nodes: NodeDesk; approvals: ExecApprovalDesk }) {
    this.#parts = parts;
    this.#deps = deps;
  }

  for(agentId: string): readonly AgentTool[] {
    const policy = this.#parts.config.settings().tools;
    return [this.#sendMessage(), this.#listSessions(agentId), this.#invokeNode(agentId)].filter((tool) => mayUseTool(policy, tool.name)).map((tool) => this.#guarded(tool));
  }

  /** Asks again when it is called: a policy that was tightened during a run holds at once. */
  #guarded(tool: AgentTool): AgentTool {
    return {
      ...tool,
      run: async (args, cancel) => {
        if (!mayUseTool(this.#parts.config.settings().tools, tool.name)) return wrong(`The operator does not allow ${tool.name} any more.`);
        try {
          return await tool.run(args, cancel);
        } catch (error) {
          this.#parts.log.error("a tool failed", { tool: tool.name, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
          return wrong(`${tool.name} failed inside the gateway.`);
        }
      },
    };
  }

  #sendMessage(): AgentTool {
    return {
      name: "message_send",
      description: "Send a text message to a person or chat through one of the gateway's channels.",
      parameters: {
        type: "object",
        properties: {
          channel: { type: "string", description: "Channel id, such as telegram or webchat." },
          to: { type: "string", description: "The recipient's id on that channel; for webchat a session key." },
          message: { type: "string", description: "The text to send." },
          buttons: {
            type: "array",
            description: "Rows of buttons below the text, on channels that have such. A pressed one comes back as a message with its data.",
            items: {
              type: "array",
              items: { type: "object", properties: { text: { type: "string" }, data: { type: "string" }, url: { type: "string" } }, required: ["text"], additionalProperties: false },
            },
          },
        },
        required: ["channel", "to", "message"],
        additionalProperties: false,
      },
      run: async (args) => {
        const [channel, to, message] = [text(args, "channel"), text(args, "to"), text(args, "message")];
        if (channel === undefined || to === undefined || message === undefined) return wrong("channel, to and message must be non-empty strings.");
        const buttons = rowsOfButtons(args);
        if (buttons === "unreadable") return wrong("buttons must be rows of objects with a text, and data or a url.");
        const outcome = await this.#deps.delivery.send({ id: `tool:${this.#parts.ids.uuid()}`, channel, to, text: message, ...(buttons === undefined ? {} : { buttons }) });
        return outcome.kind === "delivered"
          ? { result: { delivered: true, channel: outcome.channel, messageId: outcome.messageId }, isError: false }
          : wrong(outcome.error.message);
      },
    };
  }

  #listSessions(agentId: string): AgentTool {
    return {
      name: "sessions_list",
      description: "List this assistant's most recent conversations, newest first.",
      parameters: {
        type: "object",
        properties: { limit: { type: "integer", minimum: 1, maximum: 50, description: "How many; 20 without it." } },
        additionalProperties: false,
      },
      run: (args) => {
        const asked: unknown = typeof args === "object" && args !== null && "limit" in args ? args.limit : undefined;
        const limit = typeof asked === "number" && Number.isInteger(asked) ? Math.min(50, Math.max(1, asked)) : 20;
        const sessions = this.#deps.sessions.recent(limit, agentId).map(({ key, updatedAt, label, lastChannel, lastTo }) => ({ key, updatedAt, label, lastChannel, lastTo }));
        return Promise.resolve({ result: { sessions }, isError: false });
      },
    };
  }

  #invokeNode(agentId: string): AgentTool {
    return {
      name: "node_invoke",
      description: "Run a command on one of the person's devices, such as taking a picture or reading its location.",
      parameters: {
        type: "object",
        properties: {
          nodeId: { type: "string", description: "The node's id, an unmistakable beginning of it, or its name." },
          command: { type: "string", description: "Such as location.get." },
          params: { type: "object" },
          timeoutMs: { type: "integer", minimum: 1, description: "How long to wait; 30000 without it." },
        },
        required: ["nodeId", "command"],
        additionalProperties: false,
      },
      run: (args, cancel) => this.#askNode(args, { agentId, cancel }),
    };
  }

  async #askNode(args: unknown, { agentId, cancel }: { agentId: string; cancel: Cancel }): Promise<ToolAnswer> {
    const { nodes } = this.#deps;
    const [named, command, fields] = [text(args, "nodeId"), text(args, "command"), fieldsOf(args)];
    if (named === undefined || command === undefined) return wrong("nodeId and command must be non-empty strings.");
    const reserved = refuseReserved(command);
    if (reserved) return wrong(reserved.message);
    const rows = nodeRows({ parts: this.#parts, nodes });
    const found = findNode(rows, named);
    if (found.kind === "several") return wrong(`More than one node is called that; name one by its id: ${found.nodes.map(({ nodeId }) => nodeId).join(", ")}`);
    if (found.kind === "none") return wrong(rows.length === 0 ? "No node is paired." : `There is no such node. There are: ${rows.map(({ displayName, nodeId }) => displayName ?? nodeId).join(", ")}`);
    const timeoutMs = countOf(fields?.["timeoutMs"]);
    // Whose command it is decides which list of the node's holds; neither that nor an approval is for a model to name.
    const params = command === "system.run" ? { ...fieldsOf(stripApproval(fields?.["params"])), agentId } : fields?.["params"];
    const answer = await runWithApproval(
      this.#deps,
      { nodeId: found.node.nodeId, command, params, idempotencyKey: this.#parts.ids.uuid(), ...(timeoutMs === undefined || timeoutMs <= 0 ? {} : { timeoutMs }) },
      { cancel },
    );
    if (answer.kind === "failed") return wrong(answer.error.message);
    if ((answer.payloadJSON?.length ?? 0) > MAX_TOOL_RESULT) return wrong(`The node answered with ${answer.payloadJSON?.length} characters, more than fits into a conversation.`);
    return { result: { nodeId: found.node.nodeId, command, payload: answer.payload }, isError: false };
  }
}
