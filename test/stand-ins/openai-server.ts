import { startModelServer } from "./model-server.js";
import type { ModelServer, Wire } from "./model-server.js";

export type { ModelReply, ModelRequest, ModelServer, ToolUse } from "./model-server.js";

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

/** `chat.completion.chunk` events, the usage chunk and `[DONE]`. A tool call's name and arguments arrive in pieces. */
const openAiWire = (): Wire => {
  let model: unknown = "stand-in";
  let wantsUsage = false;
  const chunk = (delta: unknown, finish: string | null = null): string => event({
    id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_700_000_000, model,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  });
  return {
    basePath: "/v1",
    path: "/chat/completions",
    begin: ({ body }) => {
      model = body["model"];
      wantsUsage = (body["stream_options"] as { include_usage?: boolean } | undefined)?.include_usage === true;
      return chunk({ role: "assistant", content: "" });
    },
    thinking: (text) => chunk({ reasoning_content: text }),
    text: (delta) => chunk({ content: delta }),
    tool: (call, index) => {
      const args = JSON.stringify(call.args);
      const half = Math.ceil(args.length / 2);
      return chunk({ tool_calls: [{ index, id: call.id, type: "function", function: { name: call.name, arguments: "" } }] })
        + chunk({ tool_calls: [{ index, function: { arguments: args.slice(0, half) } }] })
        + chunk({ tool_calls: [{ index, function: { arguments: args.slice(half) } }] });
    },
    end: (finish, hasTools) => chunk({}, finish ?? (hasTools ? "tool_calls" : "stop"))
      + (wantsUsage ? event({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_700_000_000, model, choices: [], usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 } }) : "")
      + "data: [DONE]\n\n",
    error: (error) => event({ error }),
  };
};

/** A local server that speaks the streaming chat completions API, and misbehaves on demand. */
export const startOpenAiServer = (): Promise<ModelServer> => startModelServer(openAiWire);
