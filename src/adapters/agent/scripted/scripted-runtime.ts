import type { RunFailure } from "../../../domain/runs/outcome.js";
import type { AgentRuntime, AgentStep, AgentTurn, ModelFacts, TokenUsage } from "../../../ports/agent-runtime.js";
import type { Cancel } from "../../../ports/cancel.js";
import { Gate } from "./gate.js";

export type ScriptStep =
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "think"; readonly text: string }
  /** Goes on when the gate opens, or ends as `aborted` when the run is cancelled. */
  | { readonly kind: "wait"; readonly gate: Gate }
  /** Really calls the turn's tool of that name. */
  | { readonly kind: "call"; readonly tool: string; readonly args?: unknown; readonly callId?: string }
  /** Says what was said to it meanwhile. */
  | { readonly kind: "listen" }
  | { readonly kind: "fail"; readonly failure: RunFailure }
  /** Goes on only by being cancelled. */
  | { readonly kind: "hang" }
  /** Throws, as a bug in a runtime would. */
  | { readonly kind: "crash"; readonly error: Error }
  | { readonly kind: "done"; readonly usage?: TokenUsage; readonly stopReason?: string };

/** The steps of each turn, or what makes them from the turn. A script without an end ends with `done`. */
export type Script = readonly ScriptStep[] | ((turn: AgentTurn) => readonly ScriptStep[]);

const MODEL: ModelFacts = { id: "scripted", name: "Scripted", provider: "scripted" };
const ABORTED: AgentStep = { kind: "failed", failure: { reason: "aborted", message: "The run was stopped." } };

/** Settles with `work`, or with `undefined` as soon as the run is cancelled. */
const unlessCancelled = async <T>(work: Promise<T>, cancel: Cancel): Promise<T | undefined> => {
  let stop = (): void => {};
  const cancelled = new Promise<undefined>((resolve) => {
    stop = () => { resolve(undefined); };
    if (cancel.aborted) stop();
    cancel.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([work, cancelled]);
  } finally {
    cancel.removeEventListener("abort", stop);
  }
};

/** A model that does as it is told: for tests, and for trying the gateway out without a provider. */
export class ScriptedRuntime implements AgentRuntime {
  readonly configured: boolean;
  readonly steers = true;
  /** The turns it was asked to run, oldest first. */
  readonly turns: AgentTurn[] = [];
  readonly #script: Script;
  readonly #models: readonly ModelFacts[];

  constructor(script: Script, options: { readonly models?: readonly ModelFacts[]; readonly configured?: boolean } = {}) {
    this.#script = script;
    this.#models = options.models ?? [MODEL];
    this.configured = options.configured ?? true;
  }

  models(): readonly ModelFacts[] {
    return this.#models;
  }

  async *run(turn: AgentTurn, cancel: Cancel): AsyncGenerator<AgentStep, void, void> {
    this.turns.push(turn);
    if (cancel.aborted) {
      yield ABORTED;
      return;
    }
    const { provider, id } = this.#models[0] ?? MODEL;
    yield { kind: "model", provider, model: id };
    const script = typeof this.#script === "function" ? this.#script(turn) : this.#script;
    let calls = 0;
    for (const step of script) {
      calls += step.kind === "call" ? 1 : 0;
      for await (const played of play(step, { turn, cancel, calls })) {
        // A listener may cancel between two steps, and nothing but the end may follow.
        const told = cancel.aborted ? ABORTED : played;
        yield told;
        if (told.kind === "done" || told.kind === "failed") return;
      }
    }
    yield cancel.aborted ? ABORTED : { kind: "done", stopReason: "stop" };
  }
}

interface Scene {
  readonly turn: AgentTurn;
  readonly cancel: Cancel;
  /** How many calls the script has made, this one included. */
  readonly calls: number;
}

async function* play(step: ScriptStep, scene: Scene): AsyncGenerator<AgentStep, void, void> {
  switch (step.kind) {
    case "say":
      yield { kind: "text", delta: step.text };
      return;
    case "think":
      yield { kind: "thinking", delta: step.text };
      return;
    case "wait":
      yield* wait(step.gate, scene.cancel);
      return;
    case "hang":
      yield* wait(new Gate(), scene.cancel);
      return;
    case "call":
      yield* call(step, scene);
      return;
    case "listen":
      for (const heard of scene.turn.steering?.() ?? []) yield { kind: "text", delta: heard };
      return;
    case "fail":
      yield { kind: "failed", failure: step.failure };
      return;
    case "crash":
      throw step.error;
    case "done":
      yield step;
  }
}

async function* wait(gate: Gate, cancel: Cancel): AsyncGenerator<AgentStep, void, void> {
  let forget = (): void => {};
  await unlessCancelled(new Promise<void>((resolve) => { forget = gate.whenOpen(resolve); }), cancel);
  forget();
  if (cancel.aborted) yield ABORTED;
}

async function* call(step: Extract<ScriptStep, { kind: "call" }>, scene: Scene): AsyncGenerator<AgentStep, void, void> {
  const { tool: name, args = {}, callId = `call-${scene.calls}` } = step;
  yield { kind: "tool-start", callId, name, args };
  const tool = scene.turn.tools.find((one) => one.name === name);
  const outcome = tool === undefined
    ? { result: `There is no tool named "${name}".`, isError: true }
    : await unlessCancelled(tool.run(args, scene.cancel), scene.cancel);
  yield outcome === undefined ? ABORTED : { kind: "tool-end", callId, name, result: outcome.result, isError: outcome.isError };
}
