import { holds } from "../../domain/access/scopes.js";
import type { PayloadOf } from "../../domain/protocol/catalog.js";
import type { GatewayParts } from "./parts.js";
import type { Hub } from "./hub.js";
import type { RunDesk } from "./run-desk.js";
import type { SessionDesk } from "./session-desk.js";
import type { TurnRunner } from "./turn-runner.js";

const QUEUE_LIMIT = 20;
/** Sessions that texts wait for; the one that has waited longest gives way. */
const SESSION_LIMIT = 64;

interface Target {
  readonly key: string;
  readonly agentId: string;
}

/** What the assistant should hear of without anybody writing to it: queued for the session's next turn, or a turn at once. */
export class Inbox {
  lastHeartbeat: PayloadOf<"heartbeat"> | undefined;
  readonly #parts: GatewayParts;
  readonly #deps: { readonly hub: Hub; readonly runs: RunDesk; readonly turns: TurnRunner; readonly sessions: SessionDesk };

  constructor(parts: GatewayParts, deps: { hub: Hub; runs: RunDesk; turns: TurnRunner; sessions: SessionDesk }) {
    this.#parts = parts;
    this.#deps = deps;
  }

  #main(): Target {
    const resolved = this.#deps.sessions.resolve({ method: "system-event" });
    if (resolved.kind === "refused") throw new Error("the default agent has no main session");
    return resolved;
  }

  queue(text: string, target: Target = this.#main()): void {
    const { systemEvents } = this.#deps.turns;
    const waiting = systemEvents.get(target.key) ?? [];
    if (waiting.at(-1) === text) return;
    systemEvents.set(target.key, [...waiting, text].slice(-QUEUE_LIMIT));
    const [longest] = systemEvents.keys();
    if (longest !== undefined && systemEvents.size > SESSION_LIMIT) systemEvents.delete(longest);
  }

  waiting(): string[] {
    return this.#deps.turns.systemEvents.get(this.#main().key) ?? [];
  }

  /** A turn of the agent that nobody asked for in a chat, told as a `heartbeat` event when it is over. */
  wakeNow(target: Target): void {
    const { heartbeat, run } = this.#parts.config.settings();
    const runId = this.#parts.ids.uuid();
    const started = this.#deps.runs.start({
      runId,
      sessionKey: target.key,
      agentId: target.agentId,
      message: heartbeat.prompt,
      attachments: [],
      timeoutMs: run.timeoutMs,
    });
    if (started.kind !== "started") return this.#report({ ts: this.#parts.clock.now(), status: "skipped", reason: started.kind });
    void started.ended.then((end) => {
      const durationMs = Math.max(0, end.endedAt - end.startedAt);
      if (end.failure) return this.#report({ ts: end.endedAt, status: "failed", reason: end.failure.message, durationMs, indicatorType: "error" });
      const text = end.text.trim();
      const quiet = isQuiet(text, heartbeat.ackMaxChars);
      return this.#report({
        ts: end.endedAt,
        durationMs,
        status: text === "" ? "ok-empty" : quiet ? "ok-token" : "sent",
        indicatorType: quiet ? "ok" : "alert",
        ...(quiet ? { silent: true } : { preview: text.slice(0, 200) }),
      });
    });
  }

  #report(event: PayloadOf<"heartbeat">): void {
    this.lastHeartbeat = event;
    // The event is for everybody, what the assistant said is not.
    const { preview: _preview, to: _to, ...reduced } = event;
    this.#deps.hub.broadcast("heartbeat", event, { as: (peer) => (holds(peer.scopes, "operator.read") ? event : reduced) });
  }
}

const TOKEN = "HEARTBEAT_OK";

/** An answer that says nothing but that all is well. */
function isQuiet(text: string, ackMaxChars: number): boolean {
  if (text === "") return true;
  if (!text.startsWith(TOKEN) && !text.endsWith(TOKEN)) return false;
  return text.replaceAll(TOKEN, "").trim().length <= ackMaxChars;
}
