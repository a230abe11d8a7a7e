import type { ModelMessage, TextStreamPart, ToolSet } from "ai";
import type { AgentStep, AgentTurn } from "../../../ports/agent-runtime.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Clock } from "../../../ports/clock.js";
import { guardFetch } from "./client.js";
import type { Sdk } from "./client.js";
import type { ResolvedModel } from "./config.js";
import { IdleWatch } from "./idle-watch.js";
import { PartReader } from "./part-reader.js";
import { renderTools } from "./tools.js";
import { renderMessages } from "./translate.js";

export interface ModelCall {
  readonly sdk: Sdk;
  readonly model: ResolvedModel;
  readonly turn: AgentTurn;
  readonly cancel: Cancel;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  readonly idleTimeoutMs: number;
  readonly maxSteps: number;
}

type Heard =
  | { readonly kind: "part"; readonly part: TextStreamPart<ToolSet> }
  | { readonly kind: "end" }
  | { readonly kind: "error"; readonly error: unknown }
  | { readonly kind: "stopped"; readonly reason: "aborted" | "timeout" };

/** One model's answer to a turn, its tool calls included. Ends with `done` or `failed`; leaving it early ends the request. */
export async function* callModel(call: ModelCall): AsyncGenerator<AgentStep, void, void> {
  const { model, cancel, clock } = call;
  const stop = new Stop();
  const onAbort = (): void => { stop.now("aborted"); };
  cancel.addEventListener("abort", onAbort);
  if (cancel.aborted) onAbort();
  const idle = new IdleWatch(clock, call.idleTimeoutMs, () => { stop.now("timeout"); });
  const tools = renderTools(call, { idle, signal: stop.signal });
  const secrets = [model.apiKey ?? "", ...Object.values(model.headers)];
  const reader = new PartReader(() => ({ provider: model.provider, model: model.model, secrets, now: clock.now() }), tools.names);
  const parts = streamParts(call, { tools: tools.set, signal: stop.signal })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const heard = await stop.orNext(parts);
      if (heard.kind === "stopped") {
        yield stopped(heard.reason, model);
        return;
      }
      idle.heard();
      const steps = heard.kind === "part" ? reader.read(heard.part) : reader.broken(heard.kind === "error" ? heard.error : undefined);
      for (const step of steps) {
        // Whoever cancels while holding a step gets the end next, and not what was already here.
        const told = stop.reason === undefined ? step : stopped(stop.reason, model);
        yield told;
        if (told.kind === "done" || told.kind === "failed") return;
      }
    }
  } finally {
    idle.stop();
    cancel.removeEventListener("abort", onAbort);
    stop.now("aborted");
    void parts.return?.().then(undefined, () => {});
  }
}

const stopped = (reason: "aborted" | "timeout", model: ResolvedModel): AgentStep => ({
  kind: "failed",
  failure: {
    reason,
    message: reason === "aborted" ? "The run was stopped." : `The model provider "${model.provider}" fell silent and did not finish its answer in time.`,
    provider: model.provider,
    model: model.model,
  },
});

/** Ends the request and whoever waits for it, once. */
class Stop {
  readonly #controller = new AbortController();
  #wake: ((heard: Heard) => void) | undefined;
  #reason: "aborted" | "timeout" | undefined;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get reason(): "aborted" | "timeout" | undefined {
    return this.#reason;
  }

  now(reason: "aborted" | "timeout"): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#wake?.({ kind: "stopped", reason });
    this.#controller.abort();
  }

  /** The next part, or the stop, whichever is first: a tool or a socket that ignores the signal holds nobody up. */
  orNext(parts: AsyncIterator<TextStreamPart<ToolSet>>): Promise<Heard> {
    const { reason } = this;
    if (reason !== undefined) return Promise.resolve({ kind: "stopped", reason });
    return new Promise((resolve) => {
      this.#wake = resolve;
      parts.next().then(
        (next) => { resolve(next.done === true ? { kind: "end" } : { kind: "part", part: next.value }); },
        (error: unknown) => { resolve({ kind: "error", error }); },
      );
    });
  }
}

const streamParts = (call: ModelCall, given: { tools: ToolSet; signal: AbortSignal }): AsyncIterable<TextStreamPart<ToolSet>> => {
  const { sdk, model, turn } = call;
  const messages: ModelMessage[] = renderMessages(turn, model);
  return sdk.ai.streamText({
    model: sdk.client(model, guardFetch(model, call.fetch)),
    messages,
    ...(turn.systemPrompt === undefined ? {} : { system: turn.systemPrompt }),
    ...(turn.tools.length === 0 ? {} : { tools: given.tools }),
    ...(model.maxTokens === undefined ? {} : { maxOutputTokens: model.maxTokens }),
    ...thinkingOptions(model, turn.thinking),
    stopWhen: sdk.ai.stepCountIs(call.maxSteps),
    ...(turn.steering === undefined ? {} : { prepareStep: steered(turn.steering) }),
    // What may be tried again is decided below, in the fetch, and above, by falling back to another model.
    maxRetries: 0,
    abortSignal: given.signal,
    // Errors come along the stream; the default prints them to the console.
    onError: () => {},
    experimental_include: { requestBody: false },
    experimental_download: refuseDownloads,
  }).fullStream;
};

interface Said {
  /** How many messages stood before it when it was said. */
  readonly at: number;
  readonly message: ModelMessage;
}

/** Puts what was said meanwhile where it was said: each step is sent the whole conversation anew. */
function steered(steering: NonNullable<AgentTurn["steering"]>) {
  const said: Said[] = [];
  return ({ stepNumber, messages }: { stepNumber: number; messages: readonly ModelMessage[] }): { messages: ModelMessage[] } | undefined => {
    if (stepNumber > 0) said.push(...steering().map((content): Said => ({ at: messages.length, message: { role: "user", content } })));
    if (said.length === 0) return undefined;
    const whole: ModelMessage[] = [];
    for (let at = 0; at <= messages.length; at += 1) {
      whole.push(...said.filter((one) => one.at === at).map(({ message }) => message));
      const next = messages[at];
      if (next !== undefined) whole.push(next);
    }
    return { messages: whole };
  };
}

/** Nothing that stands in a conversation may make this process fetch an address. */
const refuseDownloads = (files: readonly unknown[]): Promise<never[]> =>
  (files.length === 0 ? Promise.resolve([]) : Promise.reject(new Error("The conversation holds a file by its address")));

const EFFORT = { minimal: 1_024, low: 2_048, medium: 8_192, high: 16_384, xhigh: 32_768 } as const;

const thinkingOptions = (model: ResolvedModel, level: string | undefined) => {
  if (!model.reasoning || level === undefined || !Object.hasOwn(EFFORT, level)) return {};
  return model.api === "anthropic-messages"
    ? { providerOptions: { anthropic: { thinking: { type: "enabled", budgetTokens: EFFORT[level as keyof typeof EFFORT] } } } }
    : { providerOptions: { openaiCompatible: { reasoningEffort: level } } };
};
