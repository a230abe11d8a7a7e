import { Type } from "@sinclair/typebox";
import { method } from "../define.js";
import { PresenceEntry } from "../snapshot.js";

const closed = { additionalProperties: false };
const Text = Type.Optional(Type.String());
const Nothing = Type.Object({}, closed);
/** Kept until a turn hears of it, so its length is bounded. */
const EventText = Type.String({ maxLength: 16_384 });

const AgentHeartbeat = Type.Object({
  agentId: Type.String(),
  enabled: Type.Boolean(),
  every: Type.String(),
  everyMs: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
});

const SessionsDigest = Type.Object({
  path: Type.String(),
  count: Type.Integer({ minimum: 0 }),
  recent: Type.Array(
    Type.Object({ key: Type.String(), updatedAt: Type.Union([Type.Integer(), Type.Null()]), age: Type.Union([Type.Integer(), Type.Null()]) }),
  ),
});

export const HealthSummary = Type.Object({
  ok: Type.Literal(true),
  ts: Type.Integer({ minimum: 0 }),
  durationMs: Type.Integer({ minimum: 0 }),
  channels: Type.Record(Type.String(), Type.Unknown()),
  channelOrder: Type.Array(Type.String()),
  channelLabels: Type.Record(Type.String(), Type.String()),
  heartbeatSeconds: Type.Integer({ minimum: 0 }),
  defaultAgentId: Type.String(),
  agents: Type.Array(
    Type.Object({
      agentId: Type.String(),
      name: Text,
      isDefault: Type.Boolean(),
      heartbeat: Type.Object({
        enabled: Type.Boolean(),
        every: Type.String(),
        everyMs: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
        prompt: Type.String(),
        target: Type.String(),
        model: Text,
        ackMaxChars: Type.Integer({ minimum: 0 }),
      }),
      sessions: SessionsDigest,
    }),
  ),
  sessions: SessionsDigest,
});

const StatusSession = Type.Object(
  { key: Type.String(), kind: Type.String(), sessionId: Text, updatedAt: Type.Union([Type.Integer(), Type.Null()]), age: Type.Union([Type.Integer(), Type.Null()]) },
  { additionalProperties: true },
);

export const HeartbeatEvent = Type.Object({
  ts: Type.Integer({ minimum: 0 }),
  status: Type.Union(["sent", "ok-empty", "ok-token", "skipped", "failed"].map((status) => Type.Literal(status))),
  reason: Text,
  durationMs: Type.Optional(Type.Integer({ minimum: 0 })),
  channel: Text,
  to: Text,
  preview: Type.Optional(Type.String({ maxLength: 200 })),
  hasMedia: Type.Optional(Type.Boolean()),
  silent: Type.Optional(Type.Boolean()),
  indicatorType: Type.Optional(Type.Union(["ok", "alert", "error"].map((kind) => Type.Literal(kind)))),
});

/** Health, status, presence, heartbeat, wake, logs. */
export const systemMethods = {
  health: method({
    params: Type.Object({ probe: Type.Optional(Type.Boolean()) }, closed),
    result: HealthSummary,
    role: "operator",
    // Answered to every admitted operator; without operator.read the parts that name sessions are left out.
    scope: "none",
    effect: "read",
    since: 3,
    state: "live",
  }),
  status: method({
    params: Type.Object(
      { includeChannelSummary: Type.Optional(Type.Boolean()), includeCliProjection: Type.Optional(Type.Boolean()) },
      closed,
    ),
    result: Type.Object(
      {
        linkChannel: Type.Optional(
          Type.Object({ id: Type.String(), label: Type.String(), linked: Type.Boolean(), authAgeMs: Type.Union([Type.Integer(), Type.Null()]) }),
        ),
        heartbeat: Type.Object({ defaultAgentId: Type.String(), agents: Type.Array(AgentHeartbeat) }),
        channelSummary: Type.Array(Type.String()),
        queuedSystemEvents: Type.Array(Type.String()),
        sessions: Type.Object({
          paths: Type.Array(Type.String()),
          count: Type.Integer({ minimum: 0 }),
          defaults: Type.Object({ model: Type.Union([Type.String(), Type.Null()]), contextTokens: Type.Union([Type.Integer(), Type.Null()]) }),
          recent: Type.Array(StatusSession),
          byAgent: Type.Array(
            Type.Object({ agentId: Type.String(), path: Type.String(), count: Type.Integer({ minimum: 0 }), recent: Type.Array(StatusSession) }),
          ),
        }),
      },
      { additionalProperties: true },
    ),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 3,
    state: "live",
  }),
  "system-presence": method({
    params: Nothing,
    result: Type.Array(PresenceEntry),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 3,
    state: "live",
  }),
  "system-event": method({
    params: Type.Object(
      {
        text: EventText,
        deviceId: Text,
        instanceId: Text,
        host: Text,
        ip: Text,
        mode: Text,
        version: Text,
        platform: Text,
        deviceFamily: Text,
        modelIdentifier: Text,
        lastInputSeconds: Type.Optional(Type.Number()),
        reason: Text,
        roles: Type.Optional(Type.Array(Type.String())),
        scopes: Type.Optional(Type.Array(Type.String())),
        tags: Type.Optional(Type.Array(Type.String())),
      },
      { additionalProperties: true },
    ),
    result: Type.Object({ ok: Type.Literal(true) }, closed),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "last-heartbeat": method({
    params: Nothing,
    result: Type.Union([HeartbeatEvent, Type.Null()]),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 3,
    state: "live",
  }),
  "set-heartbeats": method({
    params: Type.Object({ enabled: Type.Boolean() }, { additionalProperties: true }),
    result: Type.Object({ ok: Type.Literal(true), enabled: Type.Boolean() }, closed),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "live",
  }),
  wake: method({
    params: Type.Object(
      { mode: Type.Union([Type.Literal("now"), Type.Literal("next-heartbeat")]), text: EventText, sessionKey: Text, agentId: Text },
      { additionalProperties: true },
    ),
    result: Type.Object({ ok: Type.Boolean() }, closed),
    role: "operator",
    scope: "operator.write",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "logs.tail": method({
    params: Type.Object(
      {
        cursor: Type.Optional(Type.Integer({ minimum: 0 })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 5000 })),
        maxBytes: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
      },
      closed,
    ),
    result: Type.Object({
      file: Type.String(),
      cursor: Type.Integer({ minimum: 0 }),
      size: Type.Integer({ minimum: 0 }),
      lines: Type.Array(Type.String()),
      truncated: Type.Optional(Type.Boolean()),
      reset: Type.Optional(Type.Boolean()),
      skippedBytes: Type.Optional(Type.Integer({ minimum: 0 })),
    }),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 3,
    state: "live",
  }),
};
