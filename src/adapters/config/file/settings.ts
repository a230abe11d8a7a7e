import type { AgentSettings, AuthSettings, ControlUiSettings, NodeSettings, Settings } from "../../../domain/settings.js";
import { DEFAULT_SETTINGS } from "../../../domain/default-settings.js";
import { parseBasePath } from "../../../domain/pages/path.js";
import type { ConfigIssue } from "../../../ports/config-source.js";
import { canvasOf, canvasPortOf } from "./canvas.js";
import { readAccounts, readBindings, readIdentityLinks, type ConfiguredAccount } from "./channels.js";
import { gatewayVariable, type Env } from "./env.js";
import { readAgentHeartbeat, readHeartbeat } from "./heartbeat.js";
import { readHooks } from "./hooks.js";
import { absolute } from "./locate.js";
import { judgeNode } from "./node-section.js";
import { allowsTailscale, judgeProxies, readTailscale, type TailscaleSettings } from "./remote.js";
import type { Config } from "./schema.js";

/** What the command line says; each flag wins over its variable and over the file. */
export interface ConfigFlags {
  readonly port?: string | number;
  readonly bind?: string;
  readonly auth?: string;
  readonly token?: string;
  readonly password?: string;
  readonly tailscale?: string;
}

const BINDS = ["loopback", "lan", "tailnet", "auto", "custom"] as const;
export type Bind = (typeof BINDS)[number];
const TAILSCALE_MODES = ["off", "serve", "funnel"] as const;
const AUTH_MODES = ["none", "token", "password"] as const;

/** What the daemon needs beyond the core's {@link Settings}. */
export interface ListenSettings {
  readonly mode: "local" | "remote";
  readonly port: number;
  /** Where the canvas is served by itself; absent where there is no port left for it. */
  readonly canvasPort?: number;
  readonly bind: Bind;
  readonly customBindHost?: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly handshakeTimeoutMs?: number;
  /** Where probes are answered and metrics are told; nowhere, without it. */
  readonly ops?: { readonly host: string; readonly port: number };
  /** As written; files that are not named are the gateway's own. */
  readonly tls?: TlsSettings;
  readonly tailscale: TailscaleSettings;
  /** What is said on the local network; the circumstances decide, without it. */
  readonly mdns?: "off" | "minimal" | "full";
  readonly reload: { readonly mode: "hybrid" | "off"; readonly debounceMs: number };
}

export interface TlsSettings {
  readonly certPath?: string;
  readonly keyPath?: string;
  readonly caPath?: string;
  readonly autoGenerate: boolean;
}

export interface Derived {
  readonly settings: Settings;
  /** What each account's channel has to read. */
  readonly accounts: readonly ConfiguredAccount[];
  readonly listen: ListenSettings;
  readonly issues: readonly ConfigIssue[];
  readonly warnings: readonly ConfigIssue[];
}

interface Sources {
  readonly config: Config;
  readonly env: Env;
  readonly flags: ConfigFlags;
}

interface Report {
  readonly issues: ConfigIssue[];
  readonly warnings: ConfigIssue[];
}

const DEFAULT_PORT = 18_789;
const DEFAULT_DEBOUNCE_MS = 300;

/** Sections that OpenClaw reads and this gateway does not act on: their owner should hear of it. */
const WITHOUT_EFFECT: readonly (readonly string[])[] = [
  ["gateway", "http", "endpoints", "responses"],
  ["gateway", "handshakeTimeoutMs"], ["gateway", "nodes", "browser"],
  ["agents", "defaults", "heartbeat", "includeReasoning"], ["discovery", "wideArea"], ["cron", "store"], ["cron", "sessionRetention"], ["cron", "runLog"], ["cron", "webhook"], ["cron", "webhookToken"],
  ["hooks", "internal"], ["hooks", "presets"], ["hooks", "transformsDir"],
];

/** Makes the settings of a configuration that fits its schema, of variables and of flags, with all that is wrong in them. */
export function deriveSettings(sources: Sources): Derived {
  const report: Report = { issues: [], warnings: [] };
  const { config } = sources;
  const { session, pairing, tools, run } = DEFAULT_SETTINGS;
  const accounts = readAccounts(config, report);
  const timeoutSeconds = config.agents?.defaults?.timeoutSeconds;
  const auth = authOf(sources, report);
  const hooks = readHooks(config, auth, report);
  const listen = listenOf(sources, auth, report);
  const settings: Settings = {
    auth,
    agents: agentsOf(sources, report),
    session: { ...session, ...config.session, identityLinks: readIdentityLinks(config, report) },
    channels: accounts.map(({ section: _section, path: _path, ...account }) => account),
    bindings: readBindings(config, report),
    pairing: { ...pairing, ...config.gateway?.nodes?.pairing },
    trustedProxies: config.gateway?.trustedProxies ?? [],
    allowTailscale: allowsTailscale(config, listen.tailscale, auth),
    heartbeat: readHeartbeat(config, report),
    cron: cronOf(sources),
    tools: { ...tools, ...config.tools },
    http: { chatCompletions: config.gateway?.http?.endpoints?.chatCompletions?.enabled === true },
    ...(hooks === undefined ? {} : { hooks }),
    canvas: canvasOf(config, sources.env),
    controlUi: controlUiOf(config, report),
    run: timeoutSeconds === undefined ? run : { timeoutMs: timeoutSeconds * 1_000 },
    nodes: nodesOf(config),
  };
  report.warnings.push(...WITHOUT_EFFECT.filter((path) => has(config, path)).map((path) => (
    { path: path.join("."), message: "This version of the gateway does not act on this setting." })));
  report.warnings.push(...judgeNode(config.node), ...judgeProxies(config));
  return { settings, accounts, listen, ...report };
}

function controlUiOf(config: Config, report: Report): ControlUiSettings {
  const { enabled = true, basePath: text = "" } = config.gateway?.controlUi ?? {};
  const basePath = parseBasePath(text);
  if (basePath === undefined) report.issues.push({ path: "gateway.controlUi.basePath", message: "Expected a path such as \"/openclaw\", found something else." });
  return { enabled, basePath: basePath ?? "" };
}

/** Protocol 4 moved the lists into a section of their own: what either place says holds. */
function nodesOf(config: Config): NodeSettings {
  const { allowCommands = [], denyCommands = [], commands = {}, maxResultBytes = DEFAULT_SETTINGS.nodes.maxResultBytes } = config.gateway?.nodes ?? {};
  return { commands: { allow: [...allowCommands, ...(commands.allow ?? [])], deny: [...denyCommands, ...(commands.deny ?? [])] }, maxResultBytes };
}

function authOf({ config, env, flags }: Sources, report: Report): AuthSettings {
  const auth = config.gateway?.auth ?? {};
  const token = given(flags.token) ?? gatewayVariable(env, "GATEWAY_TOKEN") ?? auth.token;
  const password = given(flags.password) ?? gatewayVariable(env, "GATEWAY_PASSWORD") ?? auth.password;
  const mode = authFlag(flags, report) ?? auth.mode ?? (token !== undefined ? "token" : password !== undefined ? "password" : "none");
  if (mode === "token") {
    if (token !== undefined) return { mode, token };
    report.issues.push({
      path: "gateway.auth.token",
      message: "The auth mode is \"token\" but no token is set: pass --token, set OPENCLAW_GATEWAY_TOKEN, or set gateway.auth.token.",
    });
  }
  if (mode === "password") {
    if (password !== undefined) return { mode, password };
    report.issues.push({
      path: "gateway.auth.password",
      message: "The auth mode is \"password\" but no password is set: pass --password, set OPENCLAW_GATEWAY_PASSWORD, or set gateway.auth.password.",
    });
  }
  return { mode: "none" };
}

/** Somebody who passes only a secret means to use it, whatever the file's mode. */
function authFlag(flags: ConfigFlags, report: Report): AuthSettings["mode"] | undefined {
  if (flags.auth !== undefined) return choice(flags.auth, { options: AUTH_MODES, path: "--auth" }, report);
  if (given(flags.token) !== undefined) return "token";
  return given(flags.password) === undefined ? undefined : "password";
}

function listenOf({ config, env, flags }: Sources, auth: AuthSettings, report: Report): ListenSettings {
  const gateway = config.gateway ?? {};
  const flagBind = flags.bind === undefined ? undefined : choice(flags.bind, { options: BINDS, path: "--bind" }, report);
  const bind = flagBind ?? gateway.bind ?? "loopback";
  if (bind === "custom" && gateway.customBindHost === undefined) {
    report.issues.push({ path: "gateway.customBindHost", message: "The bind is \"custom\", which needs the IP address to listen on here." });
  }
  const mode = flags.tailscale === undefined ? undefined : choice(flags.tailscale, { options: TAILSCALE_MODES, path: "--tailscale" }, report);
  const port = portOf({ config, env, flags }, report);
  const canvasPort = canvasPortOf(config, port);
  return {
    mode: gateway.mode ?? "local",
    port,
    ...(canvasPort === undefined ? {} : { canvasPort }),
    bind,
    ...(gateway.customBindHost === undefined ? {} : { customBindHost: gateway.customBindHost }),
    allowedHosts: gateway.allowedHosts ?? [],
    allowedOrigins: gateway.controlUi?.allowedOrigins ?? [],
    ...opsOf(gateway.ops, report),
    ...(gateway.handshakeTimeoutMs === undefined ? {} : { handshakeTimeoutMs: gateway.handshakeTimeoutMs }),
    ...(config.discovery?.mdns?.mode === undefined ? {} : { mdns: config.discovery.mdns.mode }),
    tailscale: readTailscale(config, { auth, bind, mode }, report),
    reload: { mode: gateway.reload?.mode === "off" ? "off" : "hybrid", debounceMs: gateway.reload?.debounceMs ?? DEFAULT_DEBOUNCE_MS },
    ...(gateway.tls?.enabled === true ? { tls: tlsOf(gateway.tls, report) } : {}),
  };
}

function tlsOf({ certPath, keyPath, caPath, autoGenerate }: NonNullable<NonNullable<Config["gateway"]>["tls"]>, report: Report): TlsSettings {
  if ((certPath === undefined) !== (keyPath === undefined)) {
    const [there, missing] = certPath === undefined ? ["keyPath", "certPath"] : ["certPath", "keyPath"];
    report.issues.push({ path: `gateway.tls.${missing}`, message: `gateway.tls.${there} is set, and a certificate and its key belong together: name both files, or neither for a pair of the gateway's own.` });
  }
  return {
    // A file that was named and is not there is a mistake, unless its owner says otherwise.
    autoGenerate: autoGenerate ?? certPath === undefined,
    ...(certPath === undefined ? {} : { certPath }),
    ...(keyPath === undefined ? {} : { keyPath }),
    ...(caPath === undefined ? {} : { caPath }),
  };
}

function opsOf(ops: NonNullable<Config["gateway"]>["ops"], report: Report): Pick<ListenSettings, "ops"> {
  if (ops === undefined) return {};
  if (ops.port !== undefined) return { ops: { host: ops.host ?? "127.0.0.1", port: ops.port } };
  report.issues.push({ path: "gateway.ops.port", message: "The listener for probes and metrics has no port of its own by default: name one here, or remove gateway.ops." });
  return {};
}

function portOf({ config, env, flags }: Sources, report: Report): number {
  const variable = gatewayVariable(env, "GATEWAY_PORT");
  const [text, path] = flags.port !== undefined
    ? [String(flags.port), "--port"]
    : variable !== undefined ? [variable, "OPENCLAW_GATEWAY_PORT"] : [];
  if (text === undefined || path === undefined) return config.gateway?.port ?? DEFAULT_PORT;
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  report.issues.push({ path, message: "Expected a whole number from 0 to 65535 (0 takes any free port), found something else." });
  return DEFAULT_PORT;
}

function cronOf({ config, env }: Sources): Settings["cron"] {
  const { enabled, maxConcurrentRuns } = { ...DEFAULT_SETTINGS.cron, ...config.cron };
  return { enabled: enabled && gatewayVariable(env, "SKIP_CRON") !== "1", maxConcurrentRuns };
}

function agentsOf(sources: Sources, report: Report): readonly AgentSettings[] {
  const { config } = sources;
  const listed = config.agents?.list ?? [];
  if (listed.length === 0) return DEFAULT_SETTINGS.agents.map((agent) => agentOf(agent, { ...sources, isDefault: agent.isDefault }));
  const ids = new Set<string>();
  for (const [index, { id }] of listed.entries()) {
    const folded = id.toLowerCase();
    if (ids.has(folded)) report.issues.push({ path: `agents.list[${index}].id`, message: "Another agent in the list has this id already." });
    ids.add(folded);
  }
  const marked = listed.filter((agent) => agent.default === true);
  if (marked.length > 1) report.warnings.push({ path: "agents.list", message: "More than one agent is marked as the default; the first one is." });
  const chosen = marked[0] ?? listed[0];
  return listed.map((agent, index) => {
    const heartbeat = readAgentHeartbeat(config, index, report);
    return { ...agentOf(agent, { ...sources, isDefault: agent === chosen }), ...(heartbeat === undefined ? {} : { heartbeat }) };
  });
}

type ListedAgent = NonNullable<NonNullable<Config["agents"]>["list"]>[number];

function agentOf(agent: Omit<ListedAgent, "heartbeat">, { config, env, isDefault }: Sources & { isDefault: boolean }): AgentSettings {
  const workspace = agent.workspace ?? config.agents?.defaults?.workspace;
  const model = primaryOf(agent.model) ?? primaryOf(config.agents?.defaults?.model);
  const systemPrompt = agent.systemPrompt ?? config.agents?.defaults?.systemPrompt;
  return {
    id: agent.id.toLowerCase(),
    isDefault,
    ...(agent.name === undefined ? {} : { name: agent.name }),
    ...(model === undefined ? {} : { model }),
    ...(systemPrompt === undefined ? {} : { systemPrompt }),
    ...(workspace === undefined ? {} : { workspace: absolute(workspace, env) }),
    ...(agent.identity === undefined ? {} : { identity: agent.identity }),
  };
}

const primaryOf = (model: ListedAgent["model"]): string | undefined => (typeof model === "string" ? model : model?.primary);

function has(section: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  return typeof section === "object" && section !== null && Object.hasOwn(section, key) && has((section as Record<string, unknown>)[key], rest);
}

const given = (text: string | undefined): string | undefined => (text === "" ? undefined : text);

function choice<T extends string>(text: string, from: { options: readonly T[]; path: string }, report: Report): T | undefined {
  const found = from.options.find((option) => option === text);
  if (found === undefined) report.issues.push({ path: from.path, message: `Expected one of ${from.options.join(", ")}, found another text.` });
  return found;
}
