import type { GatewayClient } from "../../client/index.js";
import type { ConnectionFlags } from "./flags.js";
import type { CliIo } from "./io.js";
import { explainConnect } from "./explain.js";
import { resolveTarget, type Target } from "./target.js";
import { VERSION } from "../version.js";

export const DEFAULT_TIMEOUT_MS = 10_000;

const OPERATOR_SCOPES = ["operator.admin", "operator.read", "operator.write", "operator.approvals", "operator.pairing"];

export interface Wish {
  readonly mode?: "cli" | "probe";
  readonly scopes?: readonly string[];
  readonly caps?: readonly string[];
}

/** Connects to a chosen gateway. Rejects with the client's own `ConnectError`. */
export async function dial(io: CliIo, target: Target, options: Wish & { timeoutMs: number }): Promise<GatewayClient> {
  const { connectClient, CredentialFile, loadDeviceIdentity } = await import("../../client/index.js");
  const { stateDir, allowReadable } = target;
  const identity = await loadDeviceIdentity(stateDir, io.now(), { allowReadable });
  return await connectClient({
    url: target.url,
    identity,
    credentials: new CredentialFile({ stateDir, deviceId: identity.deviceId, now: io.now }),
    client: { id: "cli", mode: options.mode ?? "cli", version: VERSION, platform: process.platform },
    scopes: options.scopes ?? OPERATOR_SCOPES,
    caps: options.caps ?? [],
    connectTimeoutMs: options.timeoutMs,
    allowPrivateNetwork: target.allowPrivate,
    ...(target.token === undefined ? {} : { token: target.token.value }),
    ...(target.password === undefined ? {} : { password: target.password.value }),
    ...(target.tlsFingerprint === undefined ? {} : { tlsFingerprint: target.tlsFingerprint }),
  });
}

/** Connects, lets `use` work with the gateway, and hangs up. Rejects with a failure that says what to do next. */
export async function withGateway<T>(
  io: CliIo,
  flags: ConnectionFlags,
  use: (client: GatewayClient, timeoutMs: number) => Promise<T>,
  wish: Wish = {},
): Promise<T> {
  const target = await resolveTarget(io, flags);
  const timeoutMs = flags.timeout ?? DEFAULT_TIMEOUT_MS;
  const client = await dial(io, target, { ...wish, timeoutMs }).catch((error: unknown) => {
    throw explainConnect(error, target, io.now());
  });
  try {
    return await use(client, timeoutMs);
  } finally {
    await client.close();
  }
}
