import type { TextStreamPart, ToolSet } from "ai";
import type { AgentStep, TokenUsage, ToolAnswer } from "../../../ports/agent-runtime.js";
import { failureOf } from "./failure.js";
import type { FailureContext } from "./failure.js";

type Part = TextStreamPart<ToolSet>;
type PartOf<T extends Part["type"]> = Extract<Part, { type: T }>;

const isTerminal = (step: AgentStep): boolean => step.kind === "done" || step.kind === "failed";

/** Turns the parts of one call's stream into steps: pure, apart from remembering which tool calls are open. */
export class PartReader {
  readonly #context: () => FailureContext;
  readonly #toolNames: ReadonlyMap<string, string>;
  /** Calls told to have started, by id. */
  readonly #open = new Map<string, string>();
  #calledInRound = false;
  #ended = false;

  /** `toolNames` maps the names that the provider sees to the tools' own. */
  constructor(context: () => FailureContext, toolNames: ReadonlyMap<string, string>) {
    this.#context = context;
    this.#toolNames = toolNames;
  }

  /** The steps that a part amounts to; none follow an end. */
  read(part: Part): readonly AgentStep[] {
    return this.#told(this.#steps(part));
  }

  /** The steps that end a stream which threw, or (without an error) just stopped. */
  broken(error?: unknown): readonly AgentStep[] {
    return this.#told([this.#failed(error ?? { name: "AI_NoOutputGeneratedError" })]);
  }

  #told(steps: readonly AgentStep[]): readonly AgentStep[] {
    if (this.#ended) return [];
    const last = steps.at(-1);
    if (last === undefined || !isTerminal(last)) return steps;
    this.#ended = true;
    // A call whose start was told and that was never made (the answer broke off behind it) must not stay open for clients.
    const unmade = [...this.#open].map(([callId, name]): AgentStep => (
      { kind: "tool-end", callId, name, result: "The call was not made: the answer ended before it.", isError: true }));
    return [...unmade, ...steps];
  }

  #steps(part: Part): readonly AgentStep[] {
    switch (part.type) {
      case "start-step":
        this.#calledInRound = false;
        return [];
      case "text-delta":
        return part.text === "" ? [] : [{ kind: "text", delta: part.text }];
      case "reasoning-delta":
        return part.text === "" ? [] : [{ kind: "thinking", delta: part.text }];
      case "tool-call":
        return [this.#toolStart(part)];
      case "tool-result":
        return part.preliminary === true ? [] : [this.#toolEnd(part, part.output as ToolAnswer)];
      case "tool-error":
        return [this.#toolEnd(part, { result: badCall(part), isError: true })];
      case "error":
        return [this.#failed(part.error)];
      case "abort":
        return [this.#failed({ name: "AbortError" })];
      case "finish":
        return [this.#finish(part)];
      default:
        return [];
    }
  }

  #toolStart(part: PartOf<"tool-call">): AgentStep {
    const name = this.#nameOf(part.toolName);
    this.#open.set(part.toolCallId, name);
    return { kind: "tool-start", callId: part.toolCallId, name, args: part.input };
  }

  #toolEnd(part: { readonly toolCallId: string; readonly toolName: string }, { result, isError }: ToolAnswer): AgentStep {
    this.#open.delete(part.toolCallId);
    this.#calledInRound = true;
    return { kind: "tool-end", callId: part.toolCallId, name: this.#nameOf(part.toolName), result, isError };
  }

  #nameOf(name: string): string {
    return this.#toolNames.get(name) ?? name;
  }

  #finish(part: PartOf<"finish">): AgentStep {
    if (part.finishReason === "content-filter") return this.#failed({ error: { code: "content_filter" } });
    // No reason at all: the provider's stream stopped without saying that it was finished.
    if (part.finishReason === "error" || (part.finishReason === "other" && part.rawFinishReason === undefined)) {
      return this.#failed({ name: "AI_NoOutputGeneratedError" });
    }
    if (this.#calledInRound) {
      const { provider, model } = this.#context();
      return { kind: "failed", failure: { reason: "unknown", message: "The agent was stopped: it kept calling tools without coming to an answer.", provider, model } };
    }
    const usage = usageOf(part.totalUsage);
    return { kind: "done", stopReason: part.finishReason === "length" ? "length" : "stop", ...(usage === undefined ? {} : { usage }) };
  }

  #failed(error: unknown): AgentStep {
    return { kind: "failed", failure: failureOf(error, this.#context()) };
  }
}

const badCall = (part: PartOf<"tool-error">): string => {
  const name = typeof part.error === "object" && part.error !== null && "name" in part.error ? part.error.name : undefined;
  // The SDK renders a call it could not read as text; its wording quotes the arguments, which are told already.
  if (name === "AI_NoSuchToolError" || String(part.error).includes("unavailable tool")) return `There is no tool named "${part.toolName.slice(0, 64)}".`;
  return "The call was not made: its arguments are not valid.";
};

const usageOf = (usage: { inputTokens?: number | undefined; outputTokens?: number | undefined; totalTokens?: number | undefined }): TokenUsage | undefined => {
  const { inputTokens, outputTokens, totalTokens } = usage;
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const input = inputTokens ?? 0;
  const output = outputTokens ?? 0;
  return { input, output, total: totalTokens ?? input + output };
};
