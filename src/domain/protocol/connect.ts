import { Type, type Static } from "@sinclair/typebox";

const NonEmpty = Type.String({ minLength: 1 });
const Text = Type.Optional(Type.String());

/** Both generations of the product's name: clients of January 2026 still say `clawdbot-…`. */
export const CLIENT_IDS = [
  "webchat-ui", "webchat", "cli", "gateway-client", "node-host", "test", "fingerprint",
  "clawdbot-control-ui", "clawdbot-macos", "clawdbot-ios", "clawdbot-android", "clawdbot-probe",
  "openclaw-control-ui", "openclaw-macos", "openclaw-ios", "openclaw-android", "openclaw-linux", "openclaw-watchos",
  "openclaw-probe", "openclaw-tui", "openclaw-browser-copilot",
] as const;
export const CLIENT_MODES = ["webchat", "cli", "ui", "backend", "node", "probe", "test"] as const;

export const ConnectClient = Type.Object({
  id: Type.Union(CLIENT_IDS.map((id) => Type.Literal(id))),
  displayName: Type.Optional(NonEmpty),
  version: NonEmpty,
  platform: NonEmpty,
  deviceFamily: Type.Optional(NonEmpty),
  modelIdentifier: Type.Optional(NonEmpty),
  mode: Type.Union(CLIENT_MODES.map((mode) => Type.Literal(mode))),
  instanceId: Type.Optional(NonEmpty),
  buildId: Type.Optional(Type.String({ maxLength: 96 })),
  timeZone: Type.Optional(Type.String({ maxLength: 64 })),
});

export const ConnectDevice = Type.Object({
  id: NonEmpty,
  publicKey: NonEmpty,
  signature: NonEmpty,
  signedAt: Type.Integer({ minimum: 0 }),
  nonce: Type.Optional(NonEmpty),
});

/**
 * What a client claims in its first frame. Open on purpose: a client of a later release adds keys,
 * and refusing them would lock out people's phones on their next update.
 */
export const ConnectParams = Type.Object({
  minProtocol: Type.Integer({ minimum: 1 }),
  maxProtocol: Type.Integer({ minimum: 1 }),
  client: ConnectClient,
  caps: Type.Optional(Type.Array(NonEmpty)),
  commands: Type.Optional(Type.Array(NonEmpty)),
  permissions: Type.Optional(Type.Record(NonEmpty, Type.Boolean())),
  pathEnv: Text,
  role: Type.Optional(NonEmpty),
  scopes: Type.Optional(Type.Array(NonEmpty)),
  device: Type.Optional(ConnectDevice),
  auth: Type.Optional(
    Type.Object({ token: Text, password: Text, deviceToken: Text, bootstrapToken: Text }),
  ),
  locale: Text,
  userAgent: Text,
});
export type ConnectParams = Static<typeof ConnectParams>;
