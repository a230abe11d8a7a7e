import { after, type EpochMs } from "../../domain/moment.js";
import type { Usage } from "../../domain/runs/narration.js";
import type { RunFailure } from "../../domain/runs/outcome.js";
import type { SessionEntry, TranscriptMessage } from "../../domain/sessions/session.js";
import type { AgentTool, AgentTurn } from "../../ports/agent-runtime.js";
import type { Cancel } from "../../ports/cancel.js";
import type { Hub } from "./hub.js";
import type { GatewayParts } from "./parts.js";
import type { RunEnd, RunRequest } from "./run-facts.js";
import { RunVoice } from "./run.js";
import type { SessionDesk } from "./session-desk.js";
import { stepsUntilCancelled } from "./steps.js";
import type { SystemEvents } from "./system-events.js";

const HISTORY = 200;

/** How the run desk stops a turn, and why it did. */
export interface TurnControl {
  readonly cancel: Cancel;
  stopReason(): string;
  timeOut(): void;
}

interface Ending {
  readonly entry: SessionEntry;
  readonly voice: RunVoice;
  readonly startedAt: EpochMs;
  readonly usage: Usage | undefined;
  readonly failure: RunFailure | undefined;
  readonly modelStop: string | undefined;
}

interface Deps {
  readonly hub: Hub;
  readonly sessions: SessionDesk;
  readonly events: SystemEvents;
  readonly tools: (agentId: string) => readonly AgentTool[];
}

/** One turn of an agent from the message to the kept answer, told to listeners as it goes. */
export class TurnRunner {
  readonly #parts: GatewayParts;
  readonly #deps: Deps;

  constructor(parts: GatewayParts, deps: Deps) {
    this.#parts = parts;
    this.#deps = deps;
  }

  async run(request: RunRequest, control: TurnControl): Promise<RunEnd> {
    const { clock } = this.#parts;
    const startedAt = clock.now();
    const entry = await this.#deps.sessions.ensure(request.sessionKey, request.agentId, request.sessionId);
    const stored = await this.#deps.sessions.history(entry, HISTORY);
    const known = request.messageId === undefined ? -1 : stored.findLastIndex(({ id }) => id === request.messageId);
    // A turn that a crash cut off: what its transcript has of it belongs to no answer.
    const history = known < 0 ? stored : stored.slice(0, known);
    const isQuiet = request.isWorthTelling !== undefined;
    if (known < 0 && !isQuiet) await this.#deps.sessions.append(entry, [userMessage(request, startedAt)]);
    const voice = new RunVoice({ ...request, isQuiet, verbose: entry.verboseLevel === "on" || entry.verboseLevel === "full" }, { hub: this.#deps.hub, clock });
    voice.started(startedAt);
    const hearing = this.#deps.events.hear(request.sessionKey);
    let wasRead = true;
    const cancelTimeout = request.timeoutMs > 0 ? clock.callAt(after(startedAt, request.timeoutMs), () => control.timeOut()) : () => undefined;
    try {
      const turn = this.#turnOf(request, entry, { history, heard: hearing.texts, hear: (text) => voice.narration.hear(text, clock.now()) });
      const told = await this.#listen(turn, { voice, cancel: control.cancel, watch: request.watch });
      const failure = control.cancel.aborted ? cancelled(control.stopReason(), request.timeoutMs) : told.failure;
      wasRead = failure === undefined || !isUnread(failure, control.stopReason());
      return await this.#conclude(request, control, { entry, voice, startedAt, ...told, failure });
    } finally {
      cancelTimeout();
      await hearing.settle(wasRead);
    }
  }

  async #listen(turn: AgentTurn, { voice, cancel, watch }: { voice: RunVoice; cancel: Cancel; watch: RunRequest["watch"] }): Promise<Pick<Ending, "usage" | "failure" | "modelStop">> {
    const { agent, clock } = this.#parts;
    let usage: Usage | undefined;
    let failure: RunFailure | undefined;
    let modelStop: string | undefined;
    for await (const step of stepsUntilCancelled(agent.run(turn, cancel), cancel, clock)) {
      if (step.kind === "done") {
        usage = step.usage;
        modelStop = step.stopReason;
      } else if (step.kind === "failed") failure = step.failure;
      else {
        const event = voice.narration.step(step, clock.now());
        if (event) voice.told(event);
        if (event?.stream === "assistant") watch?.(voice.narration.text);
      }
    }
    return { usage, failure, modelStop };
  }

  #turnOf(request: RunRequest, entry: SessionEntry, { history, heard, hear }: { history: readonly TranscriptMessage[]; heard: readonly string[]; hear: (text: string) => void }): AgentTurn {
    const settings = this.#parts.config.settings();
    const agent = settings.agents.find((candidate) => candidate.id === request.agentId);
    const model = request.model ?? entry.modelOverride ?? agent?.model;
    const thinking = request.thinking ?? entry.thinkingLevel;
    const prompts = [agent?.systemPrompt, request.extraSystemPrompt, ...heard.map((text) => `System event: ${text}`)].filter(Boolean);
    return {
      runId: request.runId,
      agentId: request.agentId,
      sessionKey: request.sessionKey,
      sessionId: entry.sessionId,
      history,
      message: request.message,
      attachments: request.attachments,
      tools: this.#deps.tools(request.agentId),
      ...steeringOf(request, hear),
      ...(prompts.length === 0 ? {} : { systemPrompt: prompts.join("\n\n") }),
      ...(model === undefined ? {} : { model }),
      ...(thinking === undefined ? {} : { thinking }),
    };
  }

  async #conclude(request: RunRequest, control: TurnControl, { entry, voice, startedAt, usage, failure, modelStop }: Ending): Promise<RunEnd> {
    const endedAt = this.#parts.clock.now();
    const aborted = failure?.reason === "aborted";
    const stopReason = failure ? stopReasonOf(failure, control.stopReason()) : (modelStop ?? "stop");
    const written = voice.narration.finish(endedAt, { stopReason: failure ? (aborted ? "aborted" : "error") : "stop", usage });
    // What an agent did in a quiet turn belongs to what it knows, whatever it said of it.
    const isKept = request.isWorthTelling === undefined || written.length > 1 || (failure === undefined && request.isWorthTelling(voice.narration.text));
    const said = request.isWorthTelling === undefined ? written : [userMessage(request, startedAt), ...written];
    // The transcript first: who hears that the answer is there may ask for it at once.
    if (isKept && said.length > 0) await this.#deps.sessions.append(entry, said);
    this.#deps.sessions.note(entry.key, (current) => ({
      ...current,
      abortedLastRun: aborted,
      ...(usage === undefined ? {} : { inputTokens: usage.input, outputTokens: usage.output, totalTokens: usage.total }),
    }));
    if (failure) voice.failed(endedAt, failure, stopReason);
    else voice.completed(endedAt, { usage, stopReason, isWorthTelling: request.isWorthTelling?.(voice.narration.text) ?? true });
    const { provider, model, text } = voice.narration;
    return {
      runId: request.runId,
      sessionId: entry.sessionId,
      startedAt,
      endedAt,
      text,
      stopReason,
      ...(provider === undefined ? {} : { provider }),
      ...(model === undefined ? {} : { model }),
      ...(usage === undefined ? {} : { usage }),
      ...(failure === undefined ? {} : { failure }),
    };
  }

  /** The end of a turn that broke on a bug of ours. */
  broken(request: RunRequest, startedAt: EpochMs): RunEnd {
    const { clock } = this.#parts;
    const failure: RunFailure = { reason: "unknown", message: "The run failed inside the gateway; its log has the cause." };
    new RunVoice({ ...request, verbose: false }, { hub: this.#deps.hub, clock }).failed(clock.now(), failure, "error");
    return { runId: request.runId, sessionId: "", startedAt, endedAt: clock.now(), text: "", failure, stopReason: "error" };
  }
}

/** What a runtime takes in belongs to the transcript from then on. */
function steeringOf({ steering }: RunRequest, hear: (text: string) => void): Pick<AgentTurn, "steering"> {
  if (steering === undefined) return {};
  return {
    steering: () => {
      const said = steering();
      for (const text of said) hear(text);
      return said;
    },
  };
}

/** The model was not reached, or the gateway ended meanwhile: what the turn was to hear of, nobody has heard. */
const isUnread = ({ reason }: RunFailure, stopReason: string): boolean =>
  ["auth", "rate_limit", "network", "not_configured"].includes(reason) || (reason === "aborted" && stopReason === "restart");

const stopReasonOf = (failure: RunFailure, asked: string): string =>
  failure.reason === "aborted" ? asked : failure.reason === "timeout" ? "timeout" : "error";

const cancelled = (stopReason: string, timeoutMs: number): RunFailure =>
  stopReason === "timeout"
    ? { reason: "timeout", message: `The agent did not finish within ${Math.round(timeoutMs / 1000)} s.` }
    : { reason: "aborted", message: "The run was stopped." };

const userMessage = (request: RunRequest, timestamp: number): TranscriptMessage => ({
  role: "user",
  timestamp,
  ...(request.messageId === undefined ? {} : { id: request.messageId }),
  content: [
    ...(request.message === "" ? [] : [{ type: "text" as const, text: request.message }]),
    ...request.attachments.map(({ mimeType, base64, fileName }) =>
      mimeType.startsWith("image/")
        ? { type: "image" as const, mimeType, data: base64, ...(fileName === undefined ? {} : { fileName }) }
        : { type: "text" as const, text: `(attached file: ${fileName ?? mimeType})` },
    ),
  ],
});
