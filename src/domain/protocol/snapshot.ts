import { Type, type Static } from "@sinclair/typebox";

const Text = Type.Optional(Type.String());
const Moment = Type.Integer({ minimum: 0 });

export const StateVersion = Type.Object(
  { presence: Type.Integer({ minimum: 0 }), health: Type.Integer({ minimum: 0 }) },
  { additionalProperties: false },
);
export type StateVersion = Static<typeof StateVersion>;

export const PresenceEntry = Type.Object(
  {
    ts: Moment,
    host: Text,
    ip: Text,
    version: Text,
    platform: Text,
    deviceFamily: Text,
    modelIdentifier: Text,
    mode: Text,
    reason: Text,
    text: Text,
    deviceId: Text,
    instanceId: Text,
    timeZone: Text,
    lastInputSeconds: Type.Optional(Type.Integer({ minimum: 0 })),
    tags: Type.Optional(Type.Array(Type.String())),
    roles: Type.Optional(Type.Array(Type.String())),
    scopes: Type.Optional(Type.Array(Type.String())),
    onlineSince: Type.Optional(Moment),
    lastActivityAt: Type.Optional(Moment),
  },
  { additionalProperties: false },
);
export type PresenceEntry = Static<typeof PresenceEntry>;

export const SessionDefaults = Type.Object(
  {
    defaultAgentId: Type.String({ minLength: 1 }),
    mainKey: Type.String({ minLength: 1 }),
    mainSessionKey: Type.String({ minLength: 1 }),
    scope: Type.Optional(Type.String({ minLength: 1 })),
    modelConfigured: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

export const Snapshot = Type.Object(
  {
    presence: Type.Array(PresenceEntry),
    health: Type.Unknown(),
    stateVersion: StateVersion,
    uptimeMs: Type.Integer({ minimum: 0 }),
    configPath: Type.Optional(Type.String({ minLength: 1 })),
    stateDir: Type.Optional(Type.String({ minLength: 1 })),
    sessionDefaults: Type.Optional(SessionDefaults),
    authMode: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);
export type Snapshot = Static<typeof Snapshot>;
