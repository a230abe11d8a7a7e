import { traceOf } from "../../../domain/reason.js";
import type { ToolPolicy } from "../../../domain/settings.js";
import type { AgentTool } from "../../../ports/agent-runtime.js";
import type { Delivery } from "../delivery.js";
import type { ExecApprovalDesk } from "../nodes/exec-approval-desk.js";
import type { NodeDesk } from "../nodes/node-desk.js";
import type { GatewayParts } from "../parts.js";
import type { SessionDesk } from "../session-desk.js";
import { wrong } from "./arguments.js";
import { canvas } from "./canvas.js";
import { canvasFiles } from "./canvas-files.js";
import { messageSend } from "./message-send.js";
import { NodeCaller } from "./node-caller.js";
import { nodeInvoke, nodesList } from "./nodes.js";
import { sessionsList } from "./sessions-list.js";

/** `deny` wins; nothing that is not allowed by name or by `*` is offered to a model at all. */
export const mayUseTool = (policy: ToolPolicy, name: string): boolean =>
  !policy.deny.includes(name) && !policy.deny.includes("*") && (policy.allow.includes(name) || policy.allow.includes("*"));

interface Deps {
  readonly delivery: Delivery;
  readonly sessions: SessionDesk;
  readonly nodes: NodeDesk;
  readonly approvals: ExecApprovalDesk;
}

/** What the gateway lets an agent do, as the operator's policy has it now. */
export class ToolBox {
  readonly #parts: GatewayParts;
  readonly #deps: Deps;
  readonly #caller: NodeCaller;

  constructor(parts: GatewayParts, deps: Deps) {
    this.#parts = parts;
    this.#deps = deps;
    this.#caller = new NodeCaller({ parts, ...deps });
  }

  for(agentId: string): readonly AgentTool[] {
    const policy = this.#parts.config.settings().tools;
    return this.#all(agentId).filter((tool) => mayUseTool(policy, tool.name)).map((tool) => this.#guarded(tool));
  }

  #all(agentId: string): readonly AgentTool[] {
    const { delivery, sessions } = this.#deps;
    const { ids, canvasFiles: files } = this.#parts;
    return [
      messageSend({ ids, delivery }),
      sessionsList(sessions, agentId),
      nodesList(this.#caller),
      nodeInvoke(this.#caller, agentId),
      canvas(this.#caller, agentId),
      canvasFiles(files),
    ];
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
          this.#parts.log.error("a tool failed", { tool: tool.name, error: traceOf(error) });
          return wrong(`${tool.name} failed inside the gateway.`);
        }
      },
    };
  }
}
