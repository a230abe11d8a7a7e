import type { AgentStep } from "../../../ports/agent-runtime.js";

type End = Extract<AgentStep, { kind: "done" | "failed" }>;

/** The steps of one turn on their way from the agent to whoever listens. */
export class TurnFeed {
  #steps: AgentStep[] = [];
  #end: End | undefined;
  #error: { readonly error: unknown } | undefined;
  #cutOff = false;
  #wake = (): void => {};
  readonly #onCutOff = new Set<() => void>();

  /** Whether nobody listens any more, though the agent may still be at work. */
  get isCutOff(): boolean {
    return this.#cutOff;
  }

  push(step: AgentStep): void {
    if (this.#end !== undefined) return;
    this.#steps.push(step);
    this.#wake();
  }

  /** The last step. What was told before is still heard. */
  finish(end: End): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#wake();
  }

  /** Ends at once with this: what was told but not heard yet is dropped, and the agent's work is called off. */
  cutOff(end: End): void {
    if (this.#cutOff) return;
    this.#cutOff = true;
    this.#steps = [];
    this.#end = end;
    this.#wake();
    for (const listener of this.#onCutOff) listener();
  }

  /** A bug: it belongs to whoever listens. */
  break(error: unknown): void {
    this.#error = { error };
    this.#wake();
  }

  /** Calls once, at once where it is cut off already. The result forgets the listener. */
  whenCutOff(listener: () => void): () => void {
    if (this.#cutOff) listener();
    else this.#onCutOff.add(listener);
    return () => void this.#onCutOff.delete(listener);
  }

  async *steps(): AsyncGenerator<AgentStep, void, void> {
    for (;;) {
      const step = this.#steps.shift();
      if (step !== undefined) yield step;
      else if (this.#error !== undefined) throw this.#error.error;
      else if (this.#end !== undefined) {
        yield this.#end;
        return;
      } else await new Promise<void>((resolve) => { this.#wake = resolve; });
    }
  }
}
