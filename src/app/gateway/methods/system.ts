import { kindOfKey, mainSessionKey } from "../../../domain/sessions/key.js";
import { invalidRequest } from "../../../domain/protocol/errors.js";
import type { systemMethods } from "../../../domain/protocol/methods/system.js";
import type { ResultOf } from "../../../domain/protocol/catalog.js";
import { renderNumberedLogLine } from "../../../domain/text/log-line.js";
import { done, doneLasting, refused, type Handlers } from "../call.js";
import { defaultAgentOf } from "../naming.js";
import type { Services } from "../services.js";

const RECENT = 10;

/** Health, status, presence, heartbeat, wake, logs. */
export function systemHandlers({ parts, health, presence, sessions, events, heartbeats, book }: Services): Handlers<keyof typeof systemMethods> {
  const statusRow = (key: string, now: number) => {
    const entry = sessions.get(key);
    const updatedAt = entry?.updatedAt ?? null;
    return {
      key,
      kind: kindOfKey(key),
      ...(entry === undefined ? {} : { sessionId: entry.sessionId }),
      updatedAt,
      age: updatedAt === null ? null : Math.max(0, now - updatedAt),
      ...(entry?.totalTokens === undefined ? {} : { totalTokens: entry.totalTokens }),
      ...(entry?.abortedLastRun === undefined ? {} : { abortedLastRun: entry.abortedLastRun }),
    };
  };

  const status = (): ResultOf<"status"> => {
    const now = parts.clock.now();
    const settings = parts.config.settings();
    const model = parts.agent.models()[0];
    const byAgent = settings.agents.map((agent) => {
      const digest = health.sessionsOf(agent.id);
      return { agentId: agent.id, path: digest.path, count: digest.count, recent: sessions.recent(RECENT, agent.id).map(({ key }) => ({ agentId: agent.id, ...statusRow(key, now) })) };
    });
    return {
      heartbeat: {
        defaultAgentId: defaultAgentOf(settings),
        agents: health.current().agents.map(({ agentId, heartbeat }) => ({ agentId, enabled: heartbeat.enabled, every: heartbeat.every, everyMs: heartbeat.everyMs })),
      },
      channelSummary: [...book.all()].map((channel) => `${channel.label}: ${channel.status().state}`),
      queuedSystemEvents: [...events.waiting(mainSessionKey(sessions.naming()))],
      sessions: {
        paths: byAgent.map(({ path }) => path),
        count: byAgent.reduce((sum, { count }) => sum + count, 0),
        defaults: { model: model?.id ?? null, contextTokens: model?.contextWindow ?? null },
        recent: sessions.recent(RECENT).map(({ key }) => statusRow(key, now)),
        byAgent,
      },
    };
  };

  return {
    health: (params, caller) => doneLasting(health.forCaller(caller, params.probe)),
    status: () => done(status()),
    "system-presence": () => done(presence.list()),
    "system-event": async (params) => {
      const text = params.text.trim();
      if (text === "") return refused(invalidRequest("text required"));
      if (text.startsWith("Node:")) {
        const key = params.deviceId ?? params.instanceId ?? params.host ?? params.ip ?? text;
        const { lastInputSeconds } = params;
        const { text: _text, lastInputSeconds: _seconds, ...rest } = pickPresence(params);
        presence.report(key, { ...rest, text, ...(lastInputSeconds === undefined ? {} : { lastInputSeconds: Math.max(0, Math.round(lastInputSeconds)) }) });
      } else await events.queue(text, { key: mainSessionKey(sessions.naming()), agentId: defaultAgentOf(parts.config.settings()) });
      return done({ ok: true });
    },
    "last-heartbeat": () => done(heartbeats.last ?? null),
    "set-heartbeats": ({ enabled }) => {
      heartbeats.switch(enabled);
      health.refresh();
      return done({ ok: true, enabled });
    },
    wake: async ({ mode, text, sessionKey, agentId }) => {
      if (text.trim() === "") return done({ ok: false });
      const target = sessions.resolve({ key: sessionKey, agentId, method: "wake" });
      if (target.kind === "refused") return refused(target.error);
      await events.queue(text.trim(), target, { isUrgent: mode === "now" });
      if (mode === "now") heartbeats.wake(target);
      return done({ ok: true });
    },
    "logs.tail": async ({ cursor, limit = 500, maxBytes = 250_000 }, caller) => {
      const page = await parts.logTail.read({ limit, maxBytes, ...(cursor === undefined ? {} : { cursor }) });
      return done({ ...page, lines: caller.protocol === 3 ? page.lines.map(renderNumberedLogLine) : [...page.lines] });
    },
  };
}

const PRESENCE_TEXTS = ["deviceId", "instanceId", "host", "ip", "mode", "version", "platform", "deviceFamily", "modelIdentifier", "reason"] as const;

/** Only what a presence entry has: the method takes any further keys a client sends, the list does not. */
function pickPresence(params: Readonly<Record<string, unknown>>) {
  const picked: Record<string, unknown> = {};
  for (const name of PRESENCE_TEXTS) if (typeof params[name] === "string") picked[name] = params[name];
  for (const name of ["roles", "scopes", "tags"]) if (Array.isArray(params[name])) picked[name] = params[name];
  return picked;
}
