import type { Cancel } from "./cancel.js";
import type { TranscriptMessage } from "../domain/sessions/session.js";
import type { RunFailure } from "../domain/runs/outcome.js";

export interface AgentTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Never rejects: what went wrong is a result the model reads. */
  run(args: unknown, cancel: Cancel): Promise<ToolAnswer>;
}

export interface ToolAnswer {
  readonly result: unknown;
  readonly isError: boolean;
  /** For a model that sees; they are no part of what clients are told of the step. */
  readonly images?: readonly { readonly mimeType: string; readonly base64: string }[];
}

export interface AgentTurn {
  readonly runId: string;
  readonly agentId: string;
  readonly sessionKey: string;
  readonly sessionId: string;
  /** The conversation so far, oldest first, without the new message. */
  readonly history: readonly TranscriptMessage[];
  readonly message: string;
  readonly attachments: readonly { readonly mimeType: string; readonly fileName?: string; readonly base64: string }[];
  readonly systemPrompt?: string;
  /** `provider/model`, where the session or the request asks for another than the agent's default. */
  readonly model?: string;
  readonly thinking?: string;
  readonly tools: readonly AgentTool[];
  /** What the person said meanwhile, for a runtime that can take it in between two steps: each text is given once. What nobody asks for becomes a turn of its own. */
  readonly steering?: () => readonly string[];
}

export interface TokenUsage {
  readonly input: number;
  readonly output: number;
  readonly total: number;
}

/** What a run tells while it goes on. The last one is always `done` or `failed`, and nothing follows it. */
export type AgentStep =
  | { readonly kind: "model"; readonly provider: string; readonly model: string }
  | { readonly kind: "text"; readonly delta: string }
  | { readonly kind: "thinking"; readonly delta: string }
  | { readonly kind: "tool-start"; readonly callId: string; readonly name: string; readonly args: unknown }
  | { readonly kind: "tool-end"; readonly callId: string; readonly name: string; readonly result: unknown; readonly isError: boolean }
  | { readonly kind: "done"; readonly usage?: TokenUsage; readonly stopReason?: string }
  | { readonly kind: "failed"; readonly failure: RunFailure };

export interface ModelFacts {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly contextWindow?: number;
  readonly reasoning?: boolean;
  readonly input?: readonly string[];
}

export interface AgentRuntime {
  /** The models a turn may name, the default first. */
  models(): readonly ModelFacts[];
  /** `false` where it only stands in for a model, and says so in its answers. */
  readonly configured: boolean;
  /** Whether a turn asks for what was said meanwhile. */
  readonly steers?: boolean;
  /**
   * Runs one turn. Text deltas join to the whole answer. Cancelling ends the provider's call and the stream at once,
   * with `failed` and reason `aborted`. Expected trouble is a `failed` step; it throws only for bugs.
   */
  run(turn: AgentTurn, cancel: Cancel): AsyncIterable<AgentStep>;
  /** Releases what runs keep open: a process, a connection. Turns that are run afterwards fail. */
  close?(): Promise<void>;
}
