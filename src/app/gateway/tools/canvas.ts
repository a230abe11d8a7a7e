import { readA2uiJsonl } from "../../../domain/canvas/a2ui.js";
import { fieldsOf } from "../../../domain/foreign-fields.js";
import type { AgentTool, ToolAnswer } from "../../../ports/agent-runtime.js";
import { text, wrong } from "./arguments.js";
import type { NodeCaller } from "./node-caller.js";

/** What is asked of a node for each action, or why it can't be. */
const ACTIONS: Readonly<Record<string, (args: unknown) => { readonly command: string; readonly params?: unknown } | ToolAnswer>> = {
  present: (args) => ({ command: "canvas.present", params: given(args, ["url"]) }),
  navigate: (args) => (text(args, "url") === undefined ? wrong("navigate needs a url.") : { command: "canvas.navigate", params: given(args, ["url"]) }),
  hide: () => ({ command: "canvas.hide" }),
  eval: (args) => (text(args, "javaScript") === undefined ? wrong("eval needs javaScript.") : { command: "canvas.eval", params: given(args, ["javaScript"]) }),
  snapshot: () => ({ command: "canvas.snapshot", params: { format: "png", maxWidth: 1_280 } }),
  a2ui_push: (args) => {
    const jsonl = text(args, "jsonl");
    if (jsonl === undefined) return wrong("a2ui_push needs jsonl: A2UI v0.8 messages, one a line.");
    // Here, so that what is wrong is told by line also where the node would only say that it is.
    const read = readA2uiJsonl(jsonl);
    return read.ok ? { command: "canvas.a2ui.pushJSONL", params: { jsonl } } : wrong(`Line ${read.line}${read.key === "" ? "" : `, ${read.key}`}: ${read.message}`);
  },
  a2ui_reset: () => ({ command: "canvas.a2ui.reset" }),
};

const given = (args: unknown, names: readonly string[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(names.flatMap((name) => (text(args, name) === undefined ? [] : [[name, fieldsOf(args)?.[name]]])));

export function canvas(caller: NodeCaller, agentId: string): AgentTool {
  return {
    name: "canvas",
    description: "Show a page or an A2UI surface on one of the person's devices, look at it, or run a script in it. Pages are written with canvas_files.",
    parameters: {
      type: "object",
      properties: {
        action: { type: "string", enum: Object.keys(ACTIONS) },
        nodeId: { type: "string", description: "The node's id or name; not needed where only one can show a canvas." },
        url: { type: "string", description: "For present and navigate: an http(s) URL, or a path of the canvas such as /board.html." },
        javaScript: { type: "string", description: "For eval: a script, whose last value comes back." },
        jsonl: { type: "string", description: "For a2ui_push: A2UI v0.8 messages, one JSON object a line." },
      },
      required: ["action"],
      additionalProperties: false,
    },
    run: async (args, cancel) => {
      const action = text(args, "action") ?? "";
      const wish = Object.hasOwn(ACTIONS, action) ? ACTIONS[action]?.(args) : undefined;
      if (wish === undefined) return wrong(`action is one of ${Object.keys(ACTIONS).join(", ")}.`);
      return "command" in wish ? caller.ask({ named: text(args, "nodeId"), ...wish }, { agentId, cancel }) : wish;
    },
  };
}
