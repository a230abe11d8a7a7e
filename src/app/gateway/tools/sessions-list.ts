import { fieldsOf } from "../../../domain/foreign-fields.js";
import type { AgentTool } from "../../../ports/agent-runtime.js";
import type { SessionDesk } from "../session-desk.js";
import { right } from "./arguments.js";

export function sessionsList(sessions: SessionDesk, agentId: string): AgentTool {
  return {
    name: "sessions_list",
    description: "List this assistant's most recent conversations, newest first.",
    parameters: {
      type: "object",
      properties: { limit: { type: "integer", minimum: 1, maximum: 50, description: "How many; 20 without it." } },
      additionalProperties: false,
    },
    run: (args) => {
      const asked = fieldsOf(args)?.["limit"];
      const limit = typeof asked === "number" && Number.isInteger(asked) ? Math.min(50, Math.max(1, asked)) : 20;
      const rows = sessions.recent(limit, agentId).map(({ key, updatedAt, label, lastChannel, lastTo }) => ({ key, updatedAt, label, lastChannel, lastTo }));
      return Promise.resolve(right({ sessions: rows }));
    },
  };
}
