import { DeltaThrottle, type TextDelta } from "../../domain/events/delta-throttle.js";
import { after, type EpochMs } from "../../domain/moment.js";
import { errorKindOf, RunNarration, type RunEvent, type Usage } from "../../domain/runs/narration.js";
import type { RunFailure } from "../../domain/runs/outcome.js";
import type { Clock } from "../../ports/clock.js";
import type { Hub } from "./hub.js";
import type { Peer } from "./peer.js";

export interface RunIdentity {
  readonly runId: string;
  readonly sessionKey: string;
  readonly agentId: string;
  /** Tool steps are loud: protocol 3 shows them where the session is verbose, protocol 4 to clients that ask for them. */
  readonly verbose: boolean;
  /** Nobody asked for it in a chat, so that chats hear of its answer at most. */
  readonly isQuiet?: boolean;
}

const showsTools = (verbose: boolean) => (peer: Peer) => (peer.protocol === 3 ? verbose : peer.caps.has("tool-events"));

/** What listeners hear of one run: its `agent` events, and the `chat` events that a chat window shows. */
export class RunVoice {
  readonly narration = new RunNarration();
  #seq = 0;
  readonly #throttle = new DeltaThrottle();
  #cancelFlush: (() => void) | undefined;
  readonly #identity: RunIdentity;
  readonly #deps: { readonly hub: Hub; readonly clock: Clock };

  constructor(identity: RunIdentity, deps: { hub: Hub; clock: Clock }) {
    this.#identity = identity;
    this.#deps = deps;
  }

  started(startedAt: EpochMs): void {
    this.#agentEvent({ stream: "lifecycle", data: { phase: "start", startedAt } });
  }

  told(event: RunEvent): void {
    this.#agentEvent(event);
    if (event.stream === "assistant" && this.#identity.isQuiet !== true) this.#offer(this.narration.text);
  }

  completed(endedAt: EpochMs, end: { usage?: Usage | undefined; stopReason?: string | undefined; isWorthTelling: boolean }): void {
    this.#flush();
    this.#agentEvent({ stream: "lifecycle", data: { phase: "end", endedAt } });
    if (!end.isWorthTelling) return;
    const { text } = this.narration;
    this.#chat({
      state: "final",
      ...(text === "" ? {} : { message: messageOf(text, endedAt) }),
      ...(end.usage === undefined ? {} : { usage: { ...end.usage } }),
      ...(end.stopReason === undefined ? {} : { stopReason: end.stopReason }),
    });
  }

  failed(endedAt: EpochMs, failure: RunFailure, stopReason: string): void {
    this.#flush();
    this.#agentEvent({ stream: "lifecycle", data: { phase: "error", error: failure.message, endedAt, ...(failure.reason === "aborted" ? { aborted: true } : {}) } });
    if (this.#identity.isQuiet === true) return;
    const { text } = this.narration;
    const partial = text === "" ? {} : { message: messageOf(text, endedAt) };
    if (failure.reason === "aborted") return this.#chat({ state: "aborted", stopReason, ...partial });
    this.#chat({ state: "error", errorMessage: failure.message, errorKind: errorKindOf(failure), errorDetail: detailOf(failure), ...partial });
  }

  #agentEvent({ stream, data }: RunEvent): void {
    const { runId, sessionKey, agentId, verbose, isQuiet } = this.#identity;
    this.#seq += 1;
    const payload = { runId, seq: this.#seq, stream, ts: this.#deps.clock.now(), data: { ...data }, sessionKey, agentId, ...(isQuiet === true ? { isHeartbeat: true } : {}) };
    this.#deps.hub.broadcast("agent", payload, {
      droppable: stream === "assistant" || stream === "thinking",
      ...(stream === "tool" ? { to: showsTools(verbose) } : {}),
      ...(stream === "thinking" ? { to: (peer: Peer) => peer.protocol === 4 } : {}),
    });
  }

  #chat(fields: Record<string, unknown> & { state: "delta" | "final" | "aborted" | "error" }): void {
    const { runId, sessionKey, agentId } = this.#identity;
    this.#deps.hub.broadcast("chat", { runId, sessionKey, seq: this.#seq, agentId, ...fields }, { droppable: fields.state === "delta" });
  }

  #offer(text: string): void {
    const { clock } = this.#deps;
    const verdict = this.#throttle.offer(text, clock.now());
    if (verdict.kind === "emit") this.#delta(verdict);
    if (verdict.kind === "hold") this.#cancelFlush ??= clock.callAt(after(verdict.until, 0), () => this.#flush());
  }

  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    const delta = this.#throttle.flush(this.#deps.clock.now());
    if (delta) this.#delta(delta);
  }

  #delta({ text, deltaText, replace }: TextDelta): void {
    this.#chat({ state: "delta", message: messageOf(text, this.#deps.clock.now()), deltaText, ...(replace ? { replace: true as const } : {}) });
  }
}

export const messageOf = (text: string, timestamp: number) => ({ role: "assistant", content: [{ type: "text", text }], timestamp });

const detailOf = ({ provider, model, httpStatus, reason }: RunFailure): Record<string, unknown> => ({
  failoverReason: reason,
  ...(provider === undefined ? {} : { provider }),
  ...(model === undefined ? {} : { model }),
  ...(httpStatus === undefined ? {} : { httpStatus }),
});
