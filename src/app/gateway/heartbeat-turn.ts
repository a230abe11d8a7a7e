import { DEFAULT_POLICY } from "../../domain/messaging/policy.js";
import type { PayloadOf } from "../../domain/protocol/catalog.js";
import { HEARTBEAT_OK, judgeReply, type HeartbeatReply } from "../../domain/schedule/heartbeat-reply.js";
import type { HeartbeatSettings, HeartbeatVisibility } from "../../domain/schedule/heartbeat-settings.js";
import { judgeHeartbeat, type SkipReason } from "../../domain/schedule/judge-heartbeat.js";
import { SESSIONS_LIMIT } from "../../domain/schedule/waiting-events.js";
import type { Cancel } from "../../ports/cancel.js";
import { deliveryTarget, type Delivery } from "./delivery.js";
import type { Hub } from "./hub.js";
import type { GatewayParts } from "./parts.js";
import type { RunDesk } from "./run-desk.js";
import type { RunEnd } from "./run-facts.js";
import type { SessionDesk } from "./session-desk.js";
import type { EventTarget, SystemEvents } from "./system-events.js";

type Heartbeat = PayloadOf<"heartbeat">;

export interface HeartbeatDeps {
  readonly hub: Hub;
  readonly runs: RunDesk;
  readonly sessions: SessionDesk;
  readonly events: SystemEvents;
  readonly delivery: Delivery;
  readonly report: (event: Heartbeat) => void;
  /** The gateway ends: nothing is waited for any longer. */
  readonly ending: Cancel;
}

interface Beat extends EventTarget {
  readonly settings: HeartbeatSettings;
}

/** Where an answer would go. */
interface Place {
  readonly channel: string;
  readonly to: string;
  readonly accountId: string | undefined;
  readonly threadId: string | undefined;
}

const CHECKLIST = "HEARTBEAT.md";
const PREVIEW = 200;
const NEWS = "What the system events say is new. Deal with it, and tell the person where it is meant for them.";

/** One heartbeat: whether it is worth a turn, the turn, and what becomes of its answer. */
export class HeartbeatTurn {
  readonly #parts: GatewayParts;
  readonly #deps: HeartbeatDeps;

  constructor(parts: GatewayParts, deps: HeartbeatDeps) {
    this.#parts = parts;
    this.#deps = deps;
  }

  async take(beat: Beat, trigger: "interval" | "wake"): Promise<void> {
    const checklist = await this.#checklistOf(beat.agentId);
    let wasBusy = false;
    for (let why = this.#judge(beat, trigger, checklist); why !== undefined; why = this.#judge(beat, trigger, checklist)) {
      if (why !== "requests-in-flight") return this.#skip(why);
      // Told once: whoever looks wants to know that it waits, not how often it looked.
      if (!wasBusy) this.#skip(why);
      wasBusy = true;
      await this.#deps.runs.idle(beat.key);
      if (this.#deps.ending.aborted) return;
    }
    await this.#run(beat, checklist);
  }

  #judge({ key, settings }: Beat, trigger: "interval" | "wake", checklist: string | undefined): SkipReason | undefined {
    const { clock, calendar, agent } = this.#parts;
    const { activeHours } = settings;
    return judgeHeartbeat({
      trigger,
      isConfigured: agent.configured,
      activeHours,
      minute: activeHours === undefined ? 0 : calendar.minuteOfDay(clock.now(), activeHours.timeZone),
      visibility: this.#visibilityAt(this.#placeOf(key, settings)),
      isBusy: this.#deps.runs.activeIn(key).length > 0,
      hasEvents: this.#deps.events.waiting(key).length > 0,
      checklist,
    });
  }

  async #checklistOf(agentId: string): Promise<string | undefined> {
    const file = await this.#parts.workspace.read(agentId, CHECKLIST);
    if (file.kind === "refused") this.#parts.log.warn("a file of an agent's workspace is not used", { agentId, reason: file.reason });
    return file.kind === "text" ? file.text : undefined;
  }

  async #run({ key, agentId, settings }: Beat, checklist: string | undefined): Promise<void> {
    const { clock, config, ids } = this.#parts;
    const runId = ids.uuid();
    let reply: HeartbeatReply | undefined;
    const judge = (text: string): HeartbeatReply => (reply ??= this.#judgeReply(key, settings, text));
    const notes = [...(checklist === undefined ? [] : [`${CHECKLIST} of your workspace:\n${checklist}`]), ...(this.#deps.events.waiting(key).length > 0 ? [NEWS] : [])];
    const started = this.#deps.runs.start({
      runId,
      sessionKey: key,
      agentId,
      message: settings.prompt,
      attachments: [],
      timeoutMs: config.settings().run.timeoutMs,
      isWorthTelling: (text) => judge(text).kind === "alert",
      ...(settings.model === undefined ? {} : { model: settings.model }),
      ...(notes.length === 0 ? {} : { extraSystemPrompt: notes.join("\n\n") }),
    });
    if (started.kind !== "started") return this.#deps.report({ ts: clock.now(), status: "skipped", reason: started.kind });
    const end = await started.ended;
    const durationMs = Math.max(0, end.endedAt - end.startedAt);
    if (end.failure) return this.#deps.report({ ts: end.endedAt, status: "failed", reason: end.failure.message, durationMs, indicatorType: "error" });
    await this.#conclude({ key, agentId, settings }, { end, reply: judge(end.text), durationMs });
  }

  #judgeReply(key: string, { ackMaxChars }: HeartbeatSettings, text: string): HeartbeatReply {
    const { clock, records, signatures } = this.#parts;
    return judgeReply(text, { ackMaxChars, last: records.heartbeats.view().get(key)?.said, now: clock.now(), digest: (said) => signatures.digest(said) });
  }

  async #conclude({ key, settings }: Beat, { end, reply, durationMs }: { end: RunEnd; reply: HeartbeatReply; durationMs: number }): Promise<void> {
    const place = this.#placeOf(key, settings);
    const visibility = this.#visibilityAt(place);
    const report = (event: Omit<Heartbeat, "ts" | "durationMs">): void => {
      const { indicatorType, ...rest } = event;
      this.#deps.report({ ts: this.#parts.clock.now(), durationMs, ...rest, ...(indicatorType === undefined || !visibility.useIndicator ? {} : { indicatorType }) });
    };
    const at = place === undefined ? {} : { channel: place.channel, to: place.to };
    if (reply.kind === "ok" || reply.kind === "empty") {
      const isShown = visibility.showOk && place !== undefined && (await this.#say(HEARTBEAT_OK, { key, place, runId: end.runId })) === undefined;
      return report({ status: reply.kind === "ok" ? "ok-token" : "ok-empty", ...at, silent: !isShown, indicatorType: "ok" });
    }
    const preview = reply.text.slice(0, PREVIEW);
    if (reply.kind === "duplicate") return report({ status: "skipped", reason: "duplicate", ...at, preview, silent: true });
    if (place === undefined) return report({ status: "skipped", reason: settings.target === "none" ? "target-none" : "no-target", preview, silent: true, indicatorType: "alert" });
    if (!visibility.showAlerts) return report({ status: "skipped", reason: "alerts-disabled", ...at, preview, silent: true, indicatorType: "alert" });
    const problem = await this.#say(reply.text, { key, place, runId: end.runId });
    if (problem !== undefined) return report({ status: "failed", reason: problem, ...at, preview, indicatorType: "error" });
    await this.#noteSaid(key, reply.text);
    report({ status: "sent", ...at, preview, indicatorType: "alert" });
  }

  /** Why it could not be said; what the outbox keeps trying counts as said. */
  async #say(text: string, { key, place, runId }: { key: string; place: Place; runId: string }): Promise<string | undefined> {
    // What is worth telling stands in the session's transcript already, where WebChat shows it.
    if (isHere(place, key)) return undefined;
    const posted = await this.#deps.delivery.post({ id: `heartbeat:${runId}`, ...place, text, sessionKey: key }, this.#deps.ending);
    return posted.kind === "refused" ? posted.error.message : undefined;
  }

  async #noteSaid(key: string, text: string): Promise<void> {
    const { clock, records, signatures } = this.#parts;
    const said = { digest: signatures.digest(text), at: clock.now() };
    await records.heartbeats.update((records) => {
      const [oldest] = records.keys();
      const isFull = !records.has(key) && records.size >= SESSIONS_LIMIT;
      return { changes: new Map([[key, { ...records.get(key), said }], ...(isFull && oldest !== undefined ? [[oldest, undefined] as const] : [])]), value: undefined };
    });
  }

  #placeOf(key: string, { target, to, accountId }: HeartbeatSettings): Place | undefined {
    if (target === "none") return undefined;
    const entry = this.#deps.sessions.get(key);
    // In this gateway a main session's last place is its owner's, whatever else goes on.
    const found = deliveryTarget({ channel: target === "last" || target === "owner" ? "last" : target, to, accountId }, entry);
    return found.channel === undefined || found.to === undefined ? undefined : { ...found, channel: found.channel, to: found.to };
  }

  #visibilityAt(place: Place | undefined): HeartbeatVisibility {
    const { channels } = this.#parts.config.settings();
    const accounts = channels.filter(({ channel }) => channel === place?.channel);
    const account = accounts.find(({ accountId }) => accountId === place?.accountId) ?? accounts[0];
    return (account?.policy ?? DEFAULT_POLICY).heartbeat;
  }

  #skip(reason: SkipReason): void {
    this.#deps.report({ ts: this.#parts.clock.now(), status: "skipped", reason });
  }
}

const isHere = ({ channel, to }: Place, key: string): boolean => channel === "webchat" && to === key;
