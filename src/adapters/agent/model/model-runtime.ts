import process from "node:process";
import type { FailureReason, RunFailure } from "../../../domain/runs/outcome.js";
import type { AgentRuntime, AgentStep, AgentTurn, ModelFacts } from "../../../ports/agent-runtime.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Clock } from "../../../ports/clock.js";
import { loadSdk } from "./client.js";
import type { Sdk } from "./client.js";
import { listModels, modelChain, resolveModel } from "./config.js";
import type { Environment, ModelConfig, ResolvedModel } from "./config.js";
import { callModel } from "./model-call.js";

export interface ModelRuntimeParts {
  /** Asked on each run, so that a change takes hold without restarting. Secrets are in place, not placeholders. */
  readonly config: () => ModelConfig;
  readonly clock: Clock;
  /** Where well-known keys (`ANTHROPIC_API_KEY`, `OPENAI_API_KEY`) are looked up. The process's environment, unless given. */
  readonly env?: Environment;
  /** How long a provider may send nothing of an answer. 120,000, unless given. */
  readonly idleTimeoutMs?: number;
  /** Calls of the model within one turn, the tool calls between them. 16, unless given. */
  readonly maxSteps?: number;
  /** For proxies and tests. The global `fetch`, unless given. */
  readonly fetch?: typeof globalThis.fetch;
}

const NOT_CONFIGURED = "No model is configured: set agents.defaults.model to provider/model, for example with `openclaw config set agents.defaults.model`.";

/** Another model can help against these, as long as nothing of an answer has been told. */
const WORTH_A_FALLBACK: ReadonlySet<FailureReason> = new Set(["auth", "rate_limit", "network"]);

type Plan =
  | { readonly kind: "ok"; readonly models: readonly ResolvedModel[] }
  | { readonly kind: "failed"; readonly failure: RunFailure };

/** Answers with any model that speaks the OpenAI chat completions API or the Anthropic messages API. */
export class ModelRuntime implements AgentRuntime {
  readonly steers = true;
  readonly #parts: ModelRuntimeParts;

  constructor(parts: ModelRuntimeParts) {
    this.#parts = parts;
  }

  /** Whether a default model is named. A wrong name, or a missing key, is told when a turn is run. */
  get configured(): boolean {
    return modelChain(this.#parts.config()) !== undefined;
  }

  models(): readonly ModelFacts[] {
    return listModels(this.#parts.config());
  }

  async *run(turn: AgentTurn, cancel: Cancel): AsyncGenerator<AgentStep, void, void> {
    const plan = this.#plan(turn.model);
    if (plan.kind === "failed") {
      yield { kind: "failed", failure: plan.failure };
      return;
    }
    if (cancel.aborted) {
      yield { kind: "failed", failure: { reason: "aborted", message: "The run was stopped." } };
      return;
    }
    const sdk = await loadSdk();
    let first: RunFailure | undefined;
    for (const [at, model] of plan.models.entries()) {
      const setback = yield* this.#attempt({ sdk, model, turn, cancel, isLast: at === plan.models.length - 1, first });
      if (setback === undefined) return;
      first ??= setback;
    }
  }

  /** Tells the steps of one model's answer, or returns why another model should be asked. */
  async *#attempt(attempt: Attempt): AsyncGenerator<AgentStep, RunFailure | undefined, void> {
    const { sdk, model, turn, cancel } = attempt;
    const { clock, idleTimeoutMs = 120_000, maxSteps = 16, fetch = globalThis.fetch } = this.#parts;
    yield { kind: "model", provider: model.provider, model: model.model };
    let spoke = false;
    for await (const step of callModel({ sdk, model, turn, cancel, clock, fetch, idleTimeoutMs, maxSteps })) {
      if (step.kind === "failed" && !spoke && WORTH_A_FALLBACK.has(step.failure.reason)) {
        if (!attempt.isLast) return step.failure;
        yield { kind: "failed", failure: afterFallbacks(attempt.first, step.failure) };
      } else {
        spoke = true;
        yield step;
      }
    }
    return undefined;
  }

  #plan(asked: string | undefined): Plan {
    const config = this.#parts.config();
    const { env = process.env } = this.#parts;
    const chain = modelChain(config);
    const wanted = asked ?? chain?.primary;
    if (wanted === undefined) return { kind: "failed", failure: { reason: "not_configured", message: NOT_CONFIGURED } };
    const found = resolveModel(config, wanted, env);
    if (found.kind !== "ok") return { kind: "failed", failure: { reason: "not_configured", message: found.message } };
    // Who asks for another model than the default wants that one, and not whatever else answers.
    const others = chain !== undefined && wanted === chain.primary ? chain.fallbacks : [];
    const usable = others.map((name) => resolveModel(config, name, env)).flatMap((other) => (other.kind === "ok" ? [other.model] : []));
    return { kind: "ok", models: [found.model, ...usable] };
  }
}

interface Attempt {
  readonly sdk: Sdk;
  readonly model: ResolvedModel;
  readonly turn: AgentTurn;
  readonly cancel: Cancel;
  readonly isLast: boolean;
  /** Why the first model did not answer, where this is not the first. */
  readonly first: RunFailure | undefined;
}

// What is wrong with the model that was meant to answer matters more than what is wrong with a stopgap.
const afterFallbacks = (first: RunFailure | undefined, last: RunFailure): RunFailure =>
  first === undefined ? last : { ...first, message: `${first.message} The fallback models did not answer either.` };
