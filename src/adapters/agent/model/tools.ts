import type { JSONValue, Tool, ToolSet } from "ai";
import type { AgentTool, AgentTurn, ToolAnswer } from "../../../ports/agent-runtime.js";
import type { Sdk } from "./client.js";
import type { ResolvedModel } from "./config.js";
import type { IdleWatch } from "./idle-watch.js";
import { toolName } from "./translate.js";

interface Bound {
  readonly idle: IdleWatch;
  readonly signal: AbortSignal;
}

type Offer = Omit<ModelCallFacts, "turn">;

interface ModelCallFacts {
  readonly sdk: Sdk;
  readonly model: ResolvedModel;
  readonly turn: AgentTurn;
}

/** A turn's tools as the SDK takes them, and the names that the provider sees to the tools' own. */
export const renderTools = ({ turn, ...offer }: ModelCallFacts, bound: Bound): { readonly set: ToolSet; readonly names: ReadonlyMap<string, string> } => {
  const names = new Map<string, string>();
  // Without a prototype: a model may call "constructor", and must not find what every object inherits.
  const set = Object.create(null) as ToolSet;
  for (const tool of turn.tools) {
    const name = toolName(tool.name);
    names.set(name, tool.name);
    set[name] = renderTool(tool, offer, bound);
  }
  return { set, names };
};

const renderTool = (tool: AgentTool, { sdk, model }: Offer, bound: Bound): Tool<unknown, ToolAnswer> => ({
  description: tool.description,
  inputSchema: sdk.ai.jsonSchema({ ...tool.parameters }),
  execute: async (args): Promise<ToolAnswer> => {
    try {
      return await bound.idle.during(() => tool.run(args, bound.signal));
    } catch {
      // Tools promise not to reject. The SDK would pass the text of the error on to the provider.
      return { result: `The tool "${tool.name}" broke.`, isError: true };
    }
  },
  toModelOutput: ({ output }) => modelOutput(output as ToolAnswer, model),
});

type ModelOutput = ReturnType<NonNullable<Tool<unknown, ToolAnswer>["toModelOutput"]>>;

const modelOutput = ({ result, isError, images = [] }: ToolAnswer, model: ResolvedModel): ModelOutput => {
  const value = jsonValue(result);
  if (images.length > 0 && !isError) {
    const said = typeof value === "string" ? value : JSON.stringify(value);
    // The other API takes nothing but text here, and would be sent the picture's letters.
    if (model.api !== "anthropic-messages" || !model.readsImages) return { type: "text", value: `${said}\n(A picture came with it, which this model cannot be shown in a tool's answer.)` };
    return { type: "content", value: [{ type: "text", text: said }, ...images.map(({ mimeType, base64 }) => ({ type: "image-data" as const, mediaType: mimeType, data: base64 }))] };
  }
  if (typeof value === "string") return { type: isError ? "error-text" : "text", value };
  return { type: isError ? "error-json" : "json", value };
};

/** As it will look on the wire: a value that JSON cannot hold would fail the whole call. */
const jsonValue = (value: unknown): JSONValue => {
  try {
    return JSON.parse(JSON.stringify(value ?? null)) as JSONValue;
  } catch {
    return String(value);
  }
};
