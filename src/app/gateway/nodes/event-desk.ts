import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";
import { renderExecNote } from "../../../domain/nodes/exec-note.js";
import { parseNodeEvent, type ExecReport, type TurnAsk } from "../../../domain/nodes/node-event.js";
import type { EpochMs } from "../../../domain/moment.js";
import type { ParamsOf } from "../../../domain/protocol/catalog.js";
import { reasonOf, traceOf } from "../../../domain/reason.js";
import { deliverAnswer } from "../answer-delivery.js";
import { parseMessage } from "../requests.js";
import type { Services } from "../services.js";
import type { EventTarget } from "../system-events.js";
import { ChatWatch, MAX_WATCHED } from "./chat-watch.js";
import type { NodeLink } from "./node-registry.js";

/** What became of something that a node said. */
export interface Heard {
  readonly handled: boolean;
  readonly reason?: string;
}

type Deps = Pick<Services, "parts" | "hub" | "runs" | "sessions" | "events" | "presence" | "delivery" | "nodes">;

const DONE: Heard = { handled: true };
const unheard = (reason: string): Heard => ({ handled: false, reason });
const UNAPPROVED = unheard('nobody approved this node yet; "openclaw nodes pending" shows what waits');

const KEY_TTL_MS = 10 * 60_000;
const MAX_KEYS = 2_000;
const MAX_EXEC_RUNS = 1_000;
const FULL = { "id-taken": "its run is under way already", "lane-full": "too many messages wait in this session", "all-full": "too many runs are under way" } as const;

/** What nodes report, and what comes of it: a turn, a note for the next one, a chat to follow, a sign of life. */
export class NodeEventDesk {
  readonly #deps: Deps;
  readonly #watch: ChatWatch;
  /** When a turn was asked for under this key. */
  readonly #keys = new AgeOrderedMap<EpochMs>(MAX_KEYS);
  /** Of programs on nodes: the number of the last thing told of each. */
  readonly #execSeqs = new AgeOrderedMap<number>(MAX_EXEC_RUNS);

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#watch = new ChatWatch({ hub: deps.hub, mayWatch: (peer) => deps.nodes.isApproved(peer) });
    deps.nodes.onLeave = (peer) => this.#watch.forget(peer);
  }

  hear(link: NodeLink, { event, payload, payloadJSON }: ParamsOf<"node.event">): Heard {
    const read = typeof payloadJSON === "string" ? parseMessage(payloadJSON) : { value: payload };
    if ("problem" in read) return unheard(`payloadJSON is ${read.problem}`);
    const said = parseNodeEvent(event, read.value);
    switch (said.kind) {
      case "unknown":
        return unheard("this gateway knows no such event");
      case "unusable":
        return unheard(said.reason);
      case "alive":
        this.#deps.nodes.alive(link);
        return DONE;
      case "activity":
        return this.#active(link, said.idleSeconds);
      case "stats":
        this.#deps.nodes.signs.stats.set(link.peer, said.stats);
        return DONE;
      default:
        break;
    }
    // What follows reaches people's chats: a device that is merely paired has no business there.
    if (!this.#deps.nodes.isApproved(link.peer)) return UNAPPROVED;
    if (said.kind === "turn") return this.#turn(link, said);
    if (said.kind === "exec") return this.#exec(link, said);
    const session = this.#deps.sessions.resolve({ key: said.sessionKey, method: "node.event" });
    if (session.kind === "refused") return unheard(session.error.message);
    if (said.kind === "unwatch") this.#watch.unwatch(link.peer, session.key);
    else if (!this.#watch.watch(link.peer, session.key)) return unheard(`a connection may follow ${MAX_WATCHED} sessions at most`);
    return DONE;
  }

  #active(link: NodeLink, idleSeconds: number | undefined): Heard {
    const { nodes, presence } = this.#deps;
    nodes.signs.active(link, idleSeconds);
    if (idleSeconds !== undefined) presence.active(link.peer, idleSeconds);
    return DONE;
  }

  #turn({ nodeId }: NodeLink, ask: TurnAsk): Heard {
    const { parts, runs, sessions } = this.#deps;
    const now = parts.clock.now();
    const key = ask.key === undefined ? undefined : `${nodeId} ${ask.key}`;
    const before = key === undefined ? undefined : this.#keys.get(key);
    if (before !== undefined && now - before < KEY_TTL_MS) return { handled: true, reason: "this was asked for before" };
    const session = sessions.resolve({ key: ask.sessionKey, method: "node.event" });
    if (session.kind === "refused") return unheard(session.error.message);
    if (sessions.get(session.key)?.sendPolicy === "deny") return unheard("send blocked by session policy");
    const started = runs.start({
      runId: parts.ids.uuid(),
      sessionKey: session.key,
      agentId: session.agentId,
      message: ask.message,
      attachments: [],
      timeoutMs: ask.timeoutMs ?? parts.config.settings().run.timeoutMs,
      ...(ask.thinking === undefined ? {} : { thinking: ask.thinking }),
    });
    if (started.kind !== "started") return unheard(FULL[started.kind]);
    if (key !== undefined) this.#keys.set(key, now);
    parts.log.info("a node asked for a turn", { nodeId, sessionKey: session.key, deliver: ask.deliver });
    if (ask.deliver) void started.ended.then((end) => this.#deliver(ask, session.key, end));
    return DONE;
  }

  async #deliver({ channel, to }: TurnAsk, key: string, end: Parameters<typeof deliverAnswer>[1]["end"]): Promise<void> {
    const { parts } = this.#deps;
    try {
      const error = await deliverAnswer(this.#deps, { asked: { channel, to }, key, end });
      if (error) parts.log.warn("an answer that a node asked for was not delivered", { channel, code: error.code, why: error.message });
    } catch (error) {
      parts.log.error("an answer that a node asked for was not delivered", { channel, error: traceOf(error) });
    }
  }

  /** Told to whoever watches the session, and to the agent in its next turn. */
  #exec(link: NodeLink, report: ExecReport): Heard {
    const { parts, hub, sessions, nodes } = this.#deps;
    if (!nodes.surfaces.effective(link).commands.includes("system.run")) return unheard("this node may not run programs, so it has none to report");
    const session = sessions.resolve({ key: report.sessionKey, method: "node.event" });
    if (session.kind === "refused") return unheard(session.error.message);
    const { kind: _kind, phase, quiet, sessionKey: _key, runId, ...facts } = report;
    // Under a name of its own: a node chooses ids freely, and must not speak in a run of the agent.
    const run = `node:${link.nodeId.slice(0, 12)}:${runId ?? parts.ids.uuid()}`;
    const seq = (this.#execSeqs.get(run) ?? 0) + 1;
    this.#execSeqs.set(run, seq);
    hub.broadcast("agent", {
      runId: run,
      seq,
      stream: "exec",
      ts: parts.clock.now(),
      data: { phase, nodeId: link.nodeId, ...facts },
      sessionKey: session.key,
      agentId: session.agentId,
    });
    if (phase !== "finished" || !quiet) this.#note(renderExecNote(report, nodes.nameOf(link.nodeId)), session);
    return DONE;
  }

  #note(text: string, session: EventTarget): void {
    const { parts, events } = this.#deps;
    events.queue(text, session).catch((error: unknown) => parts.log.error("what a node reported could not be written down", { error: reasonOf(error) }));
  }
}
