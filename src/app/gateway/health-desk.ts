import { holds } from "../../domain/access/scopes.js";
import type { ResultOf } from "../../domain/protocol/catalog.js";
import type { ChannelStatus } from "../../domain/messaging/channel-status.js";
import type { Channel } from "../../ports/channel.js";
import type { EpochMs } from "../../domain/moment.js";
import { heartbeatOf } from "../../domain/schedule/heartbeat-settings.js";
import type { Settings } from "../../domain/settings.js";
import type { GatewayParts } from "./parts.js";
import type { SessionDesk } from "./session-desk.js";
import { defaultAgentOf } from "./naming.js";

export type Health = ResultOf<"health">;

export const HEALTH_MS = 60_000;
const RECENT = 5;

/** The health summary, gathered at most once a minute unless somebody asks to probe. */
export class HealthDesk {
  version = 1;
  /** Whether the assistant acts by itself now and then; switched by operators. */
  isBeating: () => boolean = () => true;
  /** Set by the gateway: a channel that could not even be started says nothing of it itself. */
  statusOf: (channel: Channel) => ChannelStatus = (channel) => channel.status();
  #cached: { readonly at: EpochMs; readonly summary: Health; readonly reduced: Health } | undefined;
  readonly #parts: GatewayParts;
  readonly #sessions: SessionDesk;

  constructor(parts: GatewayParts, sessions: SessionDesk) {
    this.#parts = parts;
    this.#sessions = sessions;
  }

  current(probe = false): Health {
    return this.#both(probe).summary;
  }

  refresh(): Health {
    return this.#renew().summary;
  }

  /** Session keys name the people one talks to: only those who may read see them. The same object until the summary is renewed. */
  forCaller(caller: { readonly scopes: readonly string[] }, probe = false): Health {
    const { summary, reduced } = this.#both(probe);
    return holds(caller.scopes, "operator.read") ? summary : reduced;
  }

  #both(probe: boolean): { readonly summary: Health; readonly reduced: Health } {
    const now = this.#parts.clock.now();
    return !probe && this.#cached && now - this.#cached.at < HEALTH_MS ? this.#cached : this.#renew();
  }

  #renew(): { readonly summary: Health; readonly reduced: Health } {
    const at = this.#parts.clock.now();
    const summary = this.#gather(at);
    this.#cached = { at, summary, reduced: withoutSessions(summary) };
    this.version += 1;
    return this.#cached;
  }

  #gather(ts: EpochMs): Health {
    const settings = this.#parts.config.settings();
    const { agents } = settings;
    const defaultAgentId = defaultAgentOf(settings);
    const perAgent = agents.map((agent) => ({
      agentId: agent.id,
      ...(agent.name === undefined ? {} : { name: agent.name }),
      isDefault: agent.id === defaultAgentId,
      heartbeat: this.#heartbeatOf(settings, agent.id),
      sessions: this.#digest(agent.id, ts),
    }));
    const { channels } = this.#parts;
    return {
      ok: true,
      ts,
      durationMs: Math.max(0, this.#parts.clock.now() - ts),
      channels: Object.fromEntries(channels.map((channel) => [channel.id, { configured: true, ...this.statusOf(channel) }])),
      channelOrder: channels.map((channel) => channel.id),
      channelLabels: Object.fromEntries(channels.map((channel) => [channel.id, channel.label])),
      heartbeatSeconds: Math.round((heartbeatOf(settings, defaultAgentId)?.everyMs ?? 0) / 1000),
      defaultAgentId,
      agents: perAgent,
      sessions: perAgent.find((agent) => agent.isDefault)?.sessions ?? this.#digest(defaultAgentId, ts),
    };
  }

  /** One that has none is shown as it would be, and off. */
  #heartbeatOf(settings: Settings, agentId: string): Health["agents"][number]["heartbeat"] {
    const own = heartbeatOf(settings, agentId);
    const { every, everyMs, prompt, target, model, ackMaxChars } = own ?? settings.heartbeat;
    const isOn = own !== undefined && everyMs > 0;
    return { enabled: this.isBeating() && isOn, every, everyMs: isOn ? everyMs : null, prompt, target, ackMaxChars, ...(model === undefined ? {} : { model }) };
  }

  #digest(agentId: string, now: EpochMs): Health["sessions"] {
    const mine = [...this.#parts.sessions.list()].filter((entry) => entry.agentId === agentId);
    return {
      path: this.#parts.sessions.location(agentId),
      count: mine.length,
      recent: mine
        .sort((a, b) => b.updatedAt - a.updatedAt)
        .slice(0, RECENT)
        .map(({ key, updatedAt }) => ({ key, updatedAt, age: Math.max(0, now - updatedAt) })),
    };
  }

  sessionsOf(agentId: string): Health["sessions"] {
    return this.#digest(agentId, this.#parts.clock.now());
  }

  recentSessions(limit: number, agentId?: string) {
    return this.#sessions.recent(limit, agentId);
  }
}

export function withoutSessions(summary: Health): Health {
  const empty = { path: "", count: 0, recent: [] };
  return { ...summary, sessions: empty, agents: summary.agents.map((agent) => ({ ...agent, sessions: empty })) };
}
