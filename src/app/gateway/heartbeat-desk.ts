import { holds } from "../../domain/access/scopes.js";
import { after, type EpochMs } from "../../domain/moment.js";
import type { PayloadOf } from "../../domain/protocol/catalog.js";
import { traceOf } from "../../domain/reason.js";
import { heartbeatOf, type HeartbeatSettings } from "../../domain/schedule/heartbeat-settings.js";
import { Alarm } from "./alarm.js";
import type { HeartbeatDeps, HeartbeatTurn } from "./heartbeat-turn.js";
import type { GatewayParts } from "./parts.js";
import type { SessionDesk } from "./session-desk.js";
import type { EventTarget } from "./system-events.js";

export type Heartbeat = PayloadOf<"heartbeat">;

interface Beating extends EventTarget {
  readonly settings: HeartbeatSettings;
}

/** Channels connect first, and a gateway that starts again and again spends no turn on each start. */
const FIRST_MS = 60_000;

/** The turns that the assistant takes without being asked: by the clock, or when something calls for one. */
export class HeartbeatDesk {
  last: Heartbeat | undefined;
  #isOn = true;
  #isOpen = false;
  /** What is counted from where nothing is known: the start, or when it was switched on again. */
  #since: EpochMs;
  #resumedAt: EpochMs | undefined;
  readonly #alarm: Alarm;
  readonly #parts: GatewayParts;
  readonly #sessions: SessionDesk;
  readonly #deps: HeartbeatDeps;
  #turn: HeartbeatTurn | undefined;
  /** Sessions with one under way, and whether another is wanted after it. */
  readonly #underWay = new Map<string, { isWantedAgain: boolean; readonly done: Promise<void> }>();
  /** Sessions whose last one lies ahead, since the clock was set back: counted from when that was seen. */
  readonly #setBack = new Map<string, EpochMs>();
  /** Where one could not even be noted, until when nothing is tried. */
  readonly #notBefore = new Map<string, EpochMs>();
  readonly #ending = new AbortController();

  constructor(parts: GatewayParts, deps: Omit<HeartbeatDeps, "report" | "ending">) {
    this.#parts = parts;
    this.#sessions = deps.sessions;
    this.#since = parts.clock.now();
    this.#alarm = new Alarm(parts.clock, () => this.look());
    this.#deps = { ...deps, report: (event) => this.#report(event), ending: this.#ending.signal };
  }

  /** Whether operators let the assistant act by itself; until the gateway restarts. */
  get isOn(): boolean {
    return this.#isOn;
  }

  switch(isOn: boolean): void {
    if (isOn && !this.#isOn) this.#resumedAt = this.#parts.clock.now();
    this.#isOn = isOn;
    this.look();
  }

  async begin(): Promise<void> {
    // Where there is a model, the first one is not far.
    if (this.#parts.agent.configured) await this.#load();
    this.#isOpen = true;
    this.#since = this.#parts.clock.now();
    for (const target of this.#deps.events.urgent()) this.wake(target);
    this.look();
  }

  /** No more of them begin, and what was said is waited for no longer: the outbox has it. */
  pause(): void {
    this.#isOpen = false;
    this.#alarm.set(undefined);
    this.#ending.abort();
  }

  /** After the runs have ended: what is under way comes to its end. */
  async close(): Promise<void> {
    await Promise.all([...this.#underWay.values()].map(({ done }) => done));
  }

  /** Compares the clock with what is due: it may have jumped, and the settings may have changed. */
  look(): void {
    if (!this.#isOpen) return;
    const now = this.#parts.clock.now();
    if (this.#since > now) this.#since = now;
    if (this.#resumedAt !== undefined && this.#resumedAt > now) this.#resumedAt = now;
    let soonest: EpochMs | undefined;
    for (const beating of this.#beating()) {
      const dueAt = this.#dueAt(beating, now);
      if (dueAt <= now) {
        if (!this.#underWay.has(beating.key)) this.#begin(beating, "interval");
      } else if (soonest === undefined || dueAt < soonest) soonest = dueAt;
    }
    this.#alarm.set(soonest);
  }

  /** A turn now, or as soon as its session is free. Several that come together are one. */
  wake(target: EventTarget): void {
    if (!this.#isOpen) return;
    const underWay = this.#underWay.get(target.key);
    if (underWay !== undefined) underWay.isWantedAgain = true;
    else this.#begin({ ...target, settings: this.#settingsOf(target.agentId) }, "wake");
  }

  #settingsOf(agentId: string): HeartbeatSettings {
    const settings = this.#parts.config.settings();
    return heartbeatOf(settings, agentId) ?? settings.heartbeat;
  }

  /** Agents that the clock wakes. One that only stands in for a model would say each time that there is none. */
  #beating(): readonly Beating[] {
    if (!this.#isOn || !this.#parts.agent.configured) return [];
    const settings = this.#parts.config.settings();
    return settings.agents.flatMap(({ id }) => {
      const own = heartbeatOf(settings, id);
      if (own === undefined || own.everyMs === 0) return [];
      const target = this.#sessions.resolve({ key: own.session, agentId: id, method: "heartbeat" });
      return target.kind === "refused" ? [] : [{ key: target.key, agentId: target.agentId, settings: own }];
    });
  }

  #dueAt({ key, settings: { everyMs } }: Beating, now: EpochMs): EpochMs {
    const last = this.#lastOf(key, now);
    const from = this.#resumedAt !== undefined && this.#resumedAt > last ? this.#resumedAt : last;
    return Math.max(after(from, everyMs), after(this.#since, Math.min(everyMs, FIRST_MS)), this.#notBefore.get(key) ?? 0) as EpochMs;
  }

  #lastOf(key: string, now: EpochMs): EpochMs {
    const last = this.#parts.records.heartbeats.view().get(key)?.at ?? this.#since;
    if (last <= now) {
      this.#setBack.delete(key);
      return last;
    }
    const seen = this.#setBack.get(key);
    const from = seen === undefined || seen > now ? now : seen;
    this.#setBack.set(key, from);
    return from;
  }

  #begin(beating: Beating, trigger: "interval" | "wake"): void {
    const { key } = beating;
    const done = this.#beat(beating, trigger).then(() => {
      const isWantedAgain = this.#underWay.get(key)?.isWantedAgain === true;
      this.#underWay.delete(key);
      if (isWantedAgain) this.wake(beating);
      this.look();
    });
    this.#underWay.set(key, { isWantedAgain: false, done });
  }

  async #beat(beating: Beating, trigger: "interval" | "wake"): Promise<void> {
    try {
      if (trigger === "interval") await this.#note(beating.key);
      const turn = this.#turn ?? (await this.#load());
      await turn.take(beating, trigger);
    } catch (error) {
      this.#notBefore.set(beating.key, after(this.#parts.clock.now(), FIRST_MS));
      this.#parts.log.error("a heartbeat failed inside the gateway", { agentId: beating.agentId, error: traceOf(error) });
    }
  }

  async #load(): Promise<HeartbeatTurn> {
    const { HeartbeatTurn } = await import("./heartbeat-turn.js");
    return (this.#turn ??= new HeartbeatTurn(this.#parts, this.#deps));
  }

  /** Before the turn, so that one that ends the gateway does not come again with each start. */
  async #note(key: string): Promise<void> {
    const at = this.#parts.clock.now();
    await this.#parts.records.heartbeats.update((records) => ({ changes: new Map([[key, { ...records.get(key), at }]]), value: undefined }));
  }

  #report(event: Heartbeat): void {
    this.last = event;
    // The event is for everybody, what the assistant said is not.
    const { preview: _preview, to: _to, ...reduced } = event;
    this.#deps.hub.broadcast("heartbeat", event, { as: (peer) => (holds(peer.scopes, "operator.read") ? event : reduced) });
  }
}
