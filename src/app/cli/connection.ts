import type { CredentialStore, GatewayClient } from "../../client/index.js";
import { judgeEndpoint } from "../../client/endpoint.js";
import { holds } from "../../domain/access/scopes.js";
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
  /** Issued tokens are neither used nor kept: the address is another one each time. */
  readonly forgetful?: boolean;
}

/** Who this command line is to a gateway: its key, the tokens it was issued, and what it says of itself. */
export async function identify(io: CliIo, { stateDir, allowReadable }: Pick<Target, "stateDir" | "allowReadable">) {
  const { CredentialFile, loadDeviceIdentity } = await import("../../client/index.js");
  const identity = await loadDeviceIdentity(stateDir, io.now(), { allowReadable });
  const credentials = new CredentialFile({ stateDir, deviceId: identity.deviceId, now: io.now });
  return { identity, credentials, client: { id: "cli", version: VERSION, platform: process.platform } };
}

/** Connects to a chosen gateway. Rejects with the client's own `ConnectError`. */
export async function dial(io: CliIo, target: Target, options: Wish & { timeoutMs: number }): Promise<GatewayClient> {
  const { connectClient } = await import("../../client/index.js");
  const { identity, credentials, client } = await identify(io, target);
  return await connectClient({
    url: target.url,
    identity,
    ...(options.forgetful === true ? {} : { credentials }),
    client: { ...client, mode: options.mode ?? "cli" },
    scopes: await withinReach(options.scopes ?? OPERATOR_SCOPES, target, credentials),
    caps: options.caps ?? [],
    connectTimeoutMs: options.timeoutMs,
    allowPrivateNetwork: target.allowPrivate,
    ...(target.token === undefined ? {} : { token: target.token.value }),
    ...(target.password === undefined ? {} : { password: target.password.value }),
    ...(target.tlsFingerprint === undefined ? {} : { tlsFingerprint: target.tlsFingerprint }),
  });
}

/**
 * A device that another host's gateway let in for less, by a setup code for example, asks for no more than that: each
 * command would otherwise be a request for its owner to approve more.
 */
async function withinReach(scopes: readonly string[], target: Target, credentials: CredentialStore): Promise<readonly string[]> {
  if (target.kind === "local" || target.token || target.password) return scopes;
  const verdict = judgeEndpoint(target.url, { allowPrivate: target.allowPrivate });
  const held = verdict.kind === "ok" ? await credentials.load("operator", verdict.endpoint.key) : undefined;
  return held ? scopes.filter((scope) => holds(held.scopes, scope)) : scopes;
}

/** Connects, lets `use` work with the gateway, and hangs up. Rejects with a failure that says what to do next. */
export async function withGateway<T>(
  io: CliIo,
  flags: ConnectionFlags,
  use: (client: GatewayClient, timeoutMs: number, target: Target) => Promise<T>,
  wish: Wish = {},
): Promise<T> {
  const target = await resolveTarget(io, flags);
  const timeoutMs = flags.timeout ?? DEFAULT_TIMEOUT_MS;
  const client = await dial(io, target, { ...wish, timeoutMs }).catch((error: unknown) => {
    throw explainConnect(error, target, io.now());
  });
  try {
    return await use(client, timeoutMs, target);
  } finally {
    await client.close();
  }
}
