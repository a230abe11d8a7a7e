import { stat } from "node:fs/promises";
import { connect as dialPort } from "node:net";
import { join } from "node:path";
import type { GatewayClient } from "../../client/index.js";
import { checkConfig, findingLine } from "./config-check.js";
import { dial } from "./connection.js";
import { channelFindings } from "./doctor-channels.js";
import { explainConnect, explainRefusal } from "./explain.js";
import type { Finding } from "./finding.js";
import { CliFailure, type CliIo } from "./io.js";
import { at, gatewayVariable, type LocalConfig } from "./local-config.js";
import { cell, duration } from "./output.js";
import { localPort, type Target } from "./target.js";

const MIN_NODE = [20, 19] as const;

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const fits = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  const needed = MIN_NODE.join(".");
  return fits
    ? { check: "node", state: "ok", message: `Node ${version}` }
    : { check: "node", state: "fail", message: `Node ${version} is too old.`, fix: [`Install Node ${needed} or later.`] };
}

/** Refused by whoever needs them while others can read them. */
const KEY_FILES = ["identity/device.json", "devices/token-key"] as const;
const PRIVATE_FILES = [
  ".", "identity", "identity/device-auth.json", "devices", "devices/paired.json", "devices/pending.json", "devices/invites.json",
  "agents", "logs", ".env",
] as const;

const isOpen = async (path: string): Promise<boolean> => {
  const facts = await stat(path).catch(() => undefined);
  return facts !== undefined && process.platform !== "win32" && (facts.mode & 0o077) !== 0;
};

/** Keys, tokens and transcripts are in there: nobody else on this host has any business with them. */
export async function checkStateFolder({ stateDir, path: configPath, env }: LocalConfig): Promise<Finding> {
  if (!(await stat(stateDir).catch(() => undefined))) {
    return { check: "state", state: "ok", message: `${cell(stateDir, 300)} does not exist yet; the first start makes it.` };
  }
  const found = async (paths: readonly string[]): Promise<string[]> => {
    const open = await Promise.all(paths.map(isOpen));
    return paths.filter((_, index) => open[index]);
  };
  const keys = await found(KEY_FILES.map((name) => join(stateDir, name)));
  const others = await found([...PRIVATE_FILES.map((name) => join(stateDir, name)), configPath]);
  if (keys.length + others.length === 0) return { check: "state", state: "ok", message: `${cell(stateDir, 300)} is private` };
  const fix = [...keys, ...others].map((path) => `chmod go= '${path.replaceAll("'", String.raw`'\''`)}'`);
  if (keys.length > 0 && gatewayVariable(env, "ALLOW_READABLE_SECRETS") !== "1") {
    return { check: "state", state: "fail", message: "Other users of this host can read keys in the state folder, which are refused until that is mended.", fix };
  }
  return { check: "state", state: "warn", message: "Other users of this host can read or enter parts of the state folder.", fix };
}

export async function checkConfigFile(io: CliIo, config: LocalConfig): Promise<readonly Finding[]> {
  const path = cell(config.path, 300);
  if (config.raw === undefined && config.problem === undefined) return [{ check: "config", state: "ok", message: `no file at ${path}: the defaults apply` }];
  if (config.raw === undefined) return [{ check: "config", state: "fail", message: `${path}: ${config.problem}` }];
  const { issues, warnings } = await checkConfig(io, config);
  if (issues.length > 0) return [{ check: "config", state: "fail", message: `${path} is not valid.`, fix: issues.map(findingLine) }];
  if (warnings.length > 0) return [{ check: "config", state: "warn", message: `${path} is valid, but:`, fix: warnings.map(findingLine) }];
  return [{ check: "config", state: "ok", message: `${path} is valid` }];
}

/** Whether a gateway answers and lets this device in; where not, what holds the port. */
export async function checkGateway(io: CliIo, target: Target, options: { config: LocalConfig; timeoutMs: number }): Promise<readonly Finding[]> {
  let client: GatewayClient | undefined;
  try {
    client = await dial(io, target, { timeoutMs: options.timeoutMs });
    return [...helloFindings(client, target), ...(await pendingFindings(io, client, options.timeoutMs)), ...(await channelFindings(client, options.timeoutMs))];
  } catch (error) {
    const failure = explainRefusal(explainConnect(error, target, io.now()));
    if (!(failure instanceof CliFailure)) throw failure;
    const { message, hints } = failure;
    if (failure.code === "PRIVATE_FILE") return [{ check: "identity", state: "fail", message, fix: hints }];
    const isPairing = failure.code === "PAIRING_REQUIRED" || failure.code === "NOT_PAIRED";
    if (failure.code === "UNREACHABLE" && target.kind === "local" && (await isPortTaken(localPort(options.config)))) {
      const port = localPort(options.config);
      return [{ check: "gateway", state: "fail", message: `Port ${port} is taken by something that is no gateway.`, fix: ["End it, or choose another with gateway.port."] }];
    }
    return [{ check: isPairing ? "pairing" : "gateway", state: "fail", message, fix: hints }];
  } finally {
    await client?.close();
  }
}

function helloFindings({ hello, endpoint }: GatewayClient, target: Target): readonly Finding[] {
  const { snapshot, auth } = hello;
  const authMode = snapshot?.authMode ?? auth?.method;
  const modelConfigured = snapshot?.sessionDefaults?.modelConfigured;
  const scopes = auth?.scopes ?? [];
  return [
    { check: "gateway", state: "ok", message: `${endpoint.url} answers (version ${cell(hello.server.version)}, protocol ${hello.protocol})` },
    authMode === "none"
      ? {
          check: "auth",
          state: "warn",
          message: "The gateway asks nobody for a secret: any process on its host can use it.",
          fix: ["openclaw config set gateway.auth.token <a long random text>"],
        }
      : { check: "auth", state: "ok", message: `clients prove themselves${authMode === undefined ? "" : ` (${cell(authMode)})`}` },
    scopes.length === 0
      ? { check: "pairing", state: "warn", message: "This device is let in but may do nothing.", fix: ["openclaw devices list"] }
      : { check: "pairing", state: "ok", message: `this device may: ${cell(scopes.join(", "), 300)}` },
    ...(modelConfigured === false && target.kind !== "flag" ? [NO_MODEL] : []),
  ];
}

const NO_MODEL: Finding = {
  check: "model",
  state: "warn",
  message: "No model is configured, so the agent only repeats what it is told.",
  fix: ["openclaw config set agents.defaults.model <provider>/<model>", "and set the provider's key under models.providers"],
};

async function pendingFindings(io: CliIo, client: GatewayClient, timeoutMs: number): Promise<readonly Finding[]> {
  // Who may not pair devices has nobody waiting for them.
  const { pending } = await client.call("device.pair.list", {}, { timeoutMs }).catch(() => ({ pending: [] }));
  if (pending.length === 0) return [];
  const fix = pending.map(({ requestId, displayName, clientId, ts }) => {
    const who = cell(displayName ?? clientId, 40);
    return `openclaw devices approve ${cell(requestId, 128)}   (${who}, asked ${duration(io.now() - ts)} ago)`;
  });
  return [{ check: "devices", state: "warn", message: `${pending.length} waiting for approval.`, fix }];
}

/** What the file says of the model, where no gateway can be asked. */
export function checkModel(config: LocalConfig): Finding {
  const model = at(config.parsed, "agents", "defaults", "model") ?? at(config.parsed, "agents", "list");
  return model === undefined ? NO_MODEL : { check: "model", state: "ok", message: "a model is configured" };
}

/** Whether anything accepts connections there. A refused upgrade and a silent program look alike to a WebSocket. */
const isPortTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = dialPort({ host: "127.0.0.1", port });
    const tell = (taken: boolean) => (): void => {
      socket.destroy();
      resolve(taken);
    };
    socket.setTimeout(1000, tell(true));
    socket.once("connect", tell(true));
    socket.once("error", tell(false));
  });
