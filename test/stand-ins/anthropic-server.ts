import { startModelServer } from "./model-server.js";
import type { ModelServer, Wire } from "./model-server.js";

export type { ModelReply, ModelRequest, ModelServer, ToolUse } from "./model-server.js";

const event = (value: { readonly type: string } & Readonly<Record<string, unknown>>): string =>
  `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;

/** `message_start`, content blocks, `message_delta` and `message_stop`, with a `ping` in between. */
const anthropicWire = (): Wire => {
  let index = -1;
  let open: "text" | "thinking" | undefined;
  const shut = (): string => {
    if (open === undefined) return "";
    open = undefined;
    return event({ type: "content_block_stop", index });
  };
  const start = (block: Readonly<Record<string, unknown>>): string => {
    const ended = shut();
    index += 1;
    return ended + event({ type: "content_block_start", index, content_block: block });
  };
  const inBlock = (kind: "text" | "thinking", first: Readonly<Record<string, unknown>>): string => {
    if (open === kind) return "";
    const started = start(first);
    open = kind;
    return started;
  };
  return {
    basePath: "/anthropic/v1",
    path: "/messages",
    begin: ({ body }) => event({
      type: "message_start",
      message: {
        id: "msg_1", type: "message", role: "assistant", model: body["model"], content: [],
        stop_reason: null, stop_sequence: null, usage: { input_tokens: 11, output_tokens: 1 },
      },
    }) + event({ type: "ping" }),
    thinking: (text) => inBlock("thinking", { type: "thinking", thinking: "", signature: "" })
      + event({ type: "content_block_delta", index, delta: { type: "thinking_delta", thinking: text } }),
    text: (delta) => inBlock("text", { type: "text", text: "" })
      + event({ type: "content_block_delta", index, delta: { type: "text_delta", text: delta } }),
    tool: (call) => {
      const args = JSON.stringify(call.args);
      const half = Math.ceil(args.length / 2);
      return start({ type: "tool_use", id: call.id, name: call.name, input: {} })
        + event({ type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json: args.slice(0, half) } })
        + event({ type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json: args.slice(half) } })
        + event({ type: "content_block_stop", index });
    },
    end: (finish, hasTools) => shut()
      + event({ type: "message_delta", delta: { stop_reason: finish ?? (hasTools ? "tool_use" : "end_turn"), stop_sequence: null }, usage: { output_tokens: 7 } })
      + event({ type: "message_stop" }),
    error: (error) => event({ type: "error", error }),
  };
};

/** A local server that speaks the streaming messages API, and misbehaves on demand. */
export const startAnthropicServer = (): Promise<ModelServer> => startModelServer(anthropicWire);
