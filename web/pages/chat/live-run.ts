import type { AgentEvent, ChatEvent } from "../../../src/domain/protocol/events.js";
import { textOf, toolKey, type Entry } from "./entries.js";

type Tool = Extract<Entry, { kind: "tool" }>;

/** What a run that is under way has said and done so far, in the order in which it did. */
export class LiveRun {
  readonly runId: string;
  /** It is over, and shown until the transcript has it. */
  hasEnded = false;
  #text = "";
  /** Up to where the text went before each tool. */
  #steps: { readonly upTo: number; tool: Tool }[] = [];

  constructor(runId: string) {
    this.runId = runId;
  }

  /** Each of them carries the whole text so far; an older one that comes late takes nothing back. */
  onChat(event: ChatEvent): void {
    if (event.message === undefined) return;
    const text = textOf(event.message);
    if (event.replace === true || text.length > this.#text.length) this.#text = text;
  }

  onAgent({ stream, data }: AgentEvent): void {
    if (stream === "assistant" && typeof data["text"] === "string") this.#text = data["text"];
    if (stream === "tool") this.#onTool(data);
  }

  get entries(): readonly Entry[] {
    const entries: Entry[] = [];
    let from = 0;
    for (const { upTo, tool } of [...this.#steps, { upTo: this.#text.length, tool: undefined }]) {
      const text = this.#text.slice(from, upTo).trim();
      if (text !== "") entries.push({ kind: "said", key: `run ${this.runId} ${from}`, who: "assistant", text, pictures: [] });
      if (tool) entries.push(tool);
      from = Math.max(from, upTo);
    }
    return entries;
  }

  #onTool({ phase, name, toolCallId, args, result, isError }: AgentEvent["data"]): void {
    if (typeof toolCallId !== "string") return;
    const key = toolKey(toolCallId);
    const known = this.#steps.find(({ tool }) => tool.key === key);
    if (phase === "start" && known === undefined) {
      this.#steps.push({ upTo: this.#text.length, tool: { kind: "tool", key, name: String(name), args } });
    } else if (phase === "result") {
      const done: Tool = { kind: "tool", key, name: String(name), args: known?.tool.args, result: typeof result === "string" ? result : JSON.stringify(result ?? null), ...(isError === true ? { isError } : {}) };
      if (known) known.tool = done;
      else this.#steps.push({ upTo: this.#text.length, tool: done });
    }
  }
}
