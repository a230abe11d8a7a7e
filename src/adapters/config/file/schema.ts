import { Type, type Static, type TProperties } from "@sinclair/typebox";
import { NodeSection } from "./node-section.js";

/** Every key may be missing: defaults are applied where settings are derived, never in the file's own shape. */
const section = <P extends TProperties>(properties: P) => Type.Partial(Type.Object(properties));

const Text = Type.String({ minLength: 1, description: "a text that is not empty" });
const Texts = Type.Array(Text);
const oneOf = <const V extends readonly string[]>(...values: V) =>
  Type.Unsafe<V[number]>(Type.Union(values.map((value) => Type.Literal(value))));

/** A part of the file that someone else reads, or that nobody here reads yet. */
const Opaque = Type.Unsafe<Readonly<Record<string, unknown>>>(Type.Object({}, { additionalProperties: true }));

const HEARTBEAT_PATTERN = "^[0-9]{1,9}(ms|s|m|h|d)?$";

/** Timers of this platform hold 31 bits of milliseconds; this is that in seconds. */
const MAX_TIMER_SECONDS = 2_147_483;

const Gateway = section({
  mode: oneOf("local", "remote"),
  port: Type.Integer({ minimum: 0, maximum: 65_535 }),
  bind: oneOf("loopback", "lan", "tailnet", "auto", "custom"),
  customBindHost: Text,
  auth: section({
    mode: oneOf("none", "token", "password"),
    token: Text,
    password: Text,
    allowTailscale: Type.Boolean(),
  }),
  trustedProxies: Texts,
  allowedHosts: Texts,
  controlUi: section({
    enabled: Type.Boolean(),
    allowedOrigins: Texts,
    basePath: Type.String(),
  }),
  nodes: section({
    pairing: section({ autoApproveLocal: Type.Boolean() }),
    allowCommands: Texts,
    denyCommands: Texts,
    commands: section({ allow: Texts, deny: Texts }),
    maxResultBytes: Type.Integer({ minimum: 1_024, maximum: 20 * 1024 * 1024 }),
    browser: Opaque,
  }),
  tls: section({
    enabled: Type.Boolean(),
    autoGenerate: Type.Boolean(),
    certPath: Text,
    keyPath: Text,
    caPath: Text,
  }),
  remote: section({
    url: Text,
    token: Text,
    password: Text,
    tlsFingerprint: Text,
    transport: Type.String(),
    sshTarget: Text,
    sshIdentity: Text,
  }),
  ops: section({ host: Text, port: Type.Integer({ minimum: 0, maximum: 65_535 }) }),
  handshakeTimeoutMs: Type.Integer({ minimum: 100, maximum: 600_000 }),
  tailscale: section({ mode: oneOf("off", "serve", "funnel"), resetOnExit: Type.Boolean(), program: Text, socket: Text }),
  // Older releases restarted for some changes and asked which; this one only ever restarts parts of itself.
  reload: section({ mode: oneOf("hybrid", "hot", "restart", "off"), debounceMs: Type.Integer({ minimum: 0, maximum: 60_000 }) }),
  http: section({ endpoints: section({ chatCompletions: section({ enabled: Type.Boolean() }), responses: Opaque }) }),
});

const ModelChoice = Type.Union([Text, section({ primary: Text, fallbacks: Texts })]);

/** OpenClaw reads a bare number here as minutes. */
const Every = Type.String({ pattern: HEARTBEAT_PATTERN, description: "a duration such as \"30m\", \"1h\" or \"0m\"" });
const TimeOfDay = Type.String({ pattern: "^(?:[01]?[0-9]|2[0-3]):[0-5][0-9]$|^24:00$", description: "a time of the day such as \"08:30\", up to \"24:00\"" });

const Heartbeat = section({
  every: Every,
  prompt: Text,
  target: Text,
  ackMaxChars: Type.Integer({ minimum: 0 }),
  to: Text,
  accountId: Text,
  model: Text,
  session: Text,
  includeReasoning: Type.Boolean(),
  activeHours: section({ start: TimeOfDay, end: TimeOfDay, timezone: Text }),
});

const ToolKinds = Type.Array(oneOf("read", "edit", "delete", "move", "search", "execute", "think", "fetch", "switch_mode", "other", "*"));

/** An agent that runs as a program of its own. The name of `env` alone hides what is in it. */
const Acp = Type.Composite([
  Type.Object({ command: Text }),
  section({
    args: Type.Array(Type.String()),
    cwd: Text,
    env: Type.Record(Type.String(), Type.String()),
    permissions: section({ allow: ToolKinds, deny: ToolKinds }),
    sessionIdleMs: Type.Integer({ minimum: 1_000, maximum: MAX_TIMER_SECONDS * 1_000 }),
    startupTimeoutMs: Type.Integer({ minimum: 100, maximum: 600_000 }),
  }),
]);

const Agent = Type.Composite([
  Type.Object({ id: Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", description: "an id of up to 64 letters, digits, \"-\" or \"_\"" }) }),
  section({
    name: Text,
    default: Type.Boolean(),
    model: ModelChoice,
    systemPrompt: Text,
    workspace: Text,
    heartbeat: Heartbeat,
    identity: section({ name: Text, theme: Text, emoji: Text, avatar: Text }),
  }),
]);

const ModelEntry = Type.Composite([
  Type.Object({ id: Text }),
  section({
    name: Text,
    api: Text,
    reasoning: Type.Boolean(),
    input: Texts,
    contextWindow: Type.Integer({ minimum: 1 }),
    maxTokens: Type.Integer({ minimum: 1 }),
    cost: Opaque,
    headers: Type.Record(Type.String(), Type.String()),
    compat: Opaque,
  }),
]);

const Provider = section({
  baseUrl: Text,
  apiKey: Text,
  api: Text,
  auth: Type.String(),
  authHeader: Type.Boolean(),
  headers: Type.Record(Type.String(), Type.String()),
  models: Type.Array(ModelEntry),
});

const HookMapping = section({
  id: Text,
  match: section({ path: Text, source: Text }),
  action: oneOf("wake", "agent"),
  wakeMode: oneOf("now", "next-heartbeat"),
  name: Text,
  messageTemplate: Text,
  textTemplate: Text,
  sessionKey: Text,
  deliver: Type.Boolean(),
  channel: Text,
  to: Text,
  model: Text,
  thinking: Text,
  timeoutSeconds: Type.Integer({ minimum: 0, maximum: MAX_TIMER_SECONDS }),
});

/**
 * The keys this gateway reads, under OpenClaw's own names. A key outside of it is a warning; the sections at the end
 * are passed over whole.
 */
export const ConfigSchema = section({
  gateway: Gateway,
  agents: section({
    defaults: section({
      runtime: oneOf("model", "acp", "echo"),
      acp: Acp,
      model: ModelChoice,
      models: Opaque,
      timeoutSeconds: Type.Integer({ minimum: 1, maximum: MAX_TIMER_SECONDS }),
      heartbeat: Heartbeat,
      systemPrompt: Text,
      workspace: Text,
      userTimezone: Text,
    }),
    list: Type.Array(Agent),
  }),
  models: section({
    mode: Type.String(),
    providers: Type.Record(Type.String(), Provider),
  }),
  session: section({
    mainKey: Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", description: "a key of up to 64 letters, digits, \"-\" or \"_\"" }),
    scope: oneOf("per-sender", "global"),
    dmScope: oneOf("owner", "main", "per-peer", "per-channel-peer", "per-account-channel-peer"),
    identityLinks: Type.Record(Type.String(), Texts),
  }),
  bindings: Type.Array(Opaque),
  media: section({ allowPrivateHosts: Texts }),
  tools: section({ allow: Texts, deny: Texts }),
  node: NodeSection,
  canvasHost: section({
    enabled: Type.Boolean(),
    root: Text,
    liveReload: Type.Boolean(),
    port: Type.Integer({ minimum: 0, maximum: 65_535 }),
    trustLoopback: Type.Boolean(),
  }),
  logging: section({
    level: oneOf("silent", "fatal", "error", "warn", "info", "debug", "trace"),
    file: Text,
    consoleLevel: Type.String(),
    consoleStyle: Type.String(),
    redactSensitive: Type.String(),
  }),
  discovery: section({ mdns: section({ mode: oneOf("off", "minimal", "full") }), wideArea: Opaque }),
  env: Opaque,
  channels: Opaque,
  messages: Opaque,
  cron: section({
    enabled: Type.Boolean(),
    maxConcurrentRuns: Type.Integer({ minimum: 1, maximum: 64 }),
    store: Text,
    sessionRetention: Type.Union([Text, Type.Boolean()]),
    runLog: Opaque,
    webhook: Text,
    webhookToken: Text,
  }),
  hooks: section({
    enabled: Type.Boolean(),
    token: Text,
    path: Text,
    maxBodyBytes: Type.Integer({ minimum: 1_024, maximum: 26_214_400 }),
    mappings: Type.Array(HookMapping),
    internal: Opaque,
    presets: Texts,
    transformsDir: Text,
  }),
  meta: Opaque,
  wizard: Opaque,
  $schema: Type.String(),
});

export type Config = Static<typeof ConfigSchema>;
export type ProviderConfig = Static<typeof Provider>;
