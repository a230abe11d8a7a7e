import type { TranscriptMessage, ContentPart } from "../sessions/session.js";
import type { RunFailure } from "./outcome.js";

/** A step of a run as the runtime tells it, without the port's types. */
type Step =
  | { readonly kind: "model"; readonly provider: string; readonly model: string }
  | { readonly kind: "text" | "thinking"; readonly delta: string }
  | { readonly kind: "tool-start"; readonly callId: string; readonly name: string; readonly args: unknown }
  | { readonly kind: "tool-end"; readonly callId: string; readonly name: string; readonly result: unknown; readonly isError: boolean };

/** One `agent` event, still without run id and time. */
export interface RunEvent {
  readonly stream: "lifecycle" | "assistant" | "thinking" | "tool";
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Usage {
  readonly input: number;
  readonly output: number;
  readonly total: number;
}

/**
 * Turns a run's steps into what clients see and what the transcript keeps.
 * `text` is the whole answer so far: parts of it around a tool call are set apart by a blank line.
 */
export class RunNarration {
  text = "";
  provider: string | undefined;
  model: string | undefined;
  #thought = "";
  #segment = "";
  #calls: ContentPart[] = [];
  readonly #written: TranscriptMessage[] = [];

  step(step: Step, now: number): RunEvent | undefined {
    switch (step.kind) {
      case "model":
        this.provider = step.provider;
        this.model = step.model;
        return { stream: "lifecycle", data: { phase: "model", provider: step.provider, model: step.model } };
      case "text":
        return this.#say(step.delta);
      case "thinking":
        this.#thought += step.delta;
        return { stream: "thinking", data: { text: this.#thought, delta: step.delta } };
      case "tool-start":
        this.#calls.push({ type: "toolCall", id: step.callId, name: step.name, arguments: step.args });
        return { stream: "tool", data: { phase: "start", name: step.name, toolCallId: step.callId, args: step.args } };
      case "tool-end":
        return this.#toolEnded(step, now);
    }
  }

  #say(delta: string): RunEvent | undefined {
    if (delta === "") return undefined;
    const joined = this.#segment === "" && this.text !== "" ? `\n\n${delta}` : delta;
    this.#segment += delta;
    this.text += joined;
    return { stream: "assistant", data: { text: this.text, delta: joined } };
  }

  #toolEnded(step: Extract<Step, { kind: "tool-end" }>, now: number): RunEvent {
    this.#closeMessage(now, "toolUse");
    this.#written.push({
      role: "toolResult",
      toolCallId: step.callId,
      toolName: step.name,
      isError: step.isError,
      content: [{ type: "text", text: typeof step.result === "string" ? step.result : JSON.stringify(step.result ?? null) }],
      timestamp: now,
    });
    return {
      stream: "tool",
      data: { phase: "result", name: step.name, toolCallId: step.callId, isError: step.isError, result: step.result },
    };
  }

  /** The person said something while the turn went on. */
  hear(text: string, now: number): void {
    this.#closeMessage(now, "steered");
    this.#written.push({ role: "user", content: [{ type: "text", text }], timestamp: now });
  }

  #closeMessage(now: number, stopReason: string, usage?: Usage): void {
    if (this.#segment === "" && this.#calls.length === 0) return;
    this.#written.push({
      role: "assistant",
      content: [...(this.#segment === "" ? [] : [{ type: "text" as const, text: this.#segment }]), ...this.#calls],
      timestamp: now,
      stopReason,
      ...(this.provider === undefined ? {} : { provider: this.provider }),
      ...(this.model === undefined ? {} : { model: this.model }),
      ...(usage === undefined ? {} : { usage }),
    });
    this.#segment = "";
    this.#calls = [];
  }

  /** What the transcript keeps of the turn, the partial answer of a broken one included. Call once, at the end. */
  finish(now: number, end: { stopReason: string; usage?: Usage | undefined }): readonly TranscriptMessage[] {
    this.#closeMessage(now, end.stopReason, end.usage);
    return this.#written;
  }
}

/** The `errorKind` that protocol 4 names for a failure. */
export function errorKindOf(failure: RunFailure): "refusal" | "timeout" | "rate_limit" | "context_length" | "unknown" {
  switch (failure.reason) {
    case "refusal":
    case "timeout":
    case "rate_limit":
    case "context_length":
      return failure.reason;
    default:
      return "unknown";
  }
}
