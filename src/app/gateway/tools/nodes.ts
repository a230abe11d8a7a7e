import { countOf, fieldsOf } from "../../../domain/foreign-fields.js";
import type { AgentTool } from "../../../ports/agent-runtime.js";
import { right, text, wrong } from "./arguments.js";
import type { NodeCaller } from "./node-caller.js";

export function nodesList(caller: NodeCaller): AgentTool {
  return {
    name: "nodes_list",
    description: "List the person's devices that lend this assistant their screen, camera, place or shell: which are connected, and what each can do.",
    parameters: { type: "object", properties: {}, additionalProperties: false },
    run: () => {
      const nodes = caller.rows().map(({ nodeId, displayName, platform, connected, commands, lastSeenAtMs }) => ({ nodeId, displayName, platform, connected, commands, lastSeenAtMs }));
      return Promise.resolve(right({ nodes }));
    },
  };
}

export function nodeInvoke(caller: NodeCaller, agentId: string): AgentTool {
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
    run: async (args, cancel) => {
      const [named, command, fields] = [text(args, "nodeId"), text(args, "command"), fieldsOf(args)];
      if (named === undefined || command === undefined) return wrong("nodeId and command must be non-empty strings.");
      const timeoutMs = countOf(fields?.["timeoutMs"]) ?? 0;
      return caller.ask({ named, command, params: fields?.["params"], timeoutMs: timeoutMs > 0 ? timeoutMs : undefined }, { agentId, cancel });
    },
  };
}
