import type { Client } from "./client.js";
import { planFrom, withDevice, type ConnectOptions, type StayConnectedOptions } from "./client-options.js";
import { systemClock } from "./clock.js";
import { connect, type ConnectPlan, type OpenSocket } from "./connect.js";
import type { ClientFacts } from "./connect-params.js";
import { parseFingerprint } from "./endpoint.js";
import { ConnectError } from "./errors.js";
import type { GatewayClient } from "./gateway-client.js";
import { CredentialFile } from "./node/credential-file.js";
import { loadDeviceIdentity } from "./node/device-identity.js";
import { nodeSockets } from "./node/web-socket.js";
import { ReconnectingClient } from "./reconnecting-client.js";
import { CLIENT_VERSION } from "./version.js";

export type { CallOptions, CallParams, Client, ClientState, ReconnectOptions } from "./client.js";
export type { Ending, Wire } from "./client-session.js";
export type { ClientClock } from "./clock.js";
export type { OpenSocket, SocketListener } from "./connect.js";
export type { ClientFacts, DeviceIdentity } from "./connect-params.js";
export type { CredentialStore, StoredToken } from "./credentials.js";
export type { Endpoint } from "./endpoint.js";
export { ConnectError, ConnectionLostError, GatewayError, type ClientCode, type LostOutcome, type PairingHint } from "./errors.js";
export type { Gap } from "./event-desk.js";
export type { GatewayClient, GatewayEvent, RequestOptions } from "./gateway-client.js";
export { CredentialFile } from "./node/credential-file.js";
export { loadDeviceIdentity, type LoadIdentityOptions } from "./node/device-identity.js";
export { PrivateFileError } from "./node/private-file.js";

interface NodeOptions {
  /** SHA-256 of the gateway's certificate, as hex with or without colons and `sha256:`. Needs `wss://`. */
  readonly tlsFingerprint?: string;
}

export interface ClientOptions extends ConnectOptions, NodeOptions {}

export interface CreateClientOptions extends StayConnectedOptions, NodeOptions {
  /**
   * A folder of this app's own where its device key and its tokens are kept, both readable by their owner only. Stands in
   * for `identity` and `credentials`; one folder per gateway.
   */
  readonly stateDir?: string;
  /** Takes a key in `stateDir` that other users of this host can read, which is refused without it. */
  readonly allowReadableSecrets?: boolean;
}

/** Connects to a gateway and is admitted, or rejects with a {@link ConnectError} that says what to do next. */
export async function connectClient(options: ClientOptions): Promise<GatewayClient> {
  return await connect(nodePlan(options));
}

/** A client that stays connected from `start()` to `stop()`. Throws a {@link ConnectError} for a URL that credentials must not travel to. */
export function createClient(options: CreateClientOptions): Client {
  const { stateDir, clock = systemClock, allowReadableSecrets: allowReadable = false } = options;
  const client: ClientFacts = { id: "gateway-client", mode: "backend", version: CLIENT_VERSION, platform: process.platform, ...options.client };
  const plan = nodePlan({ ...options, client }, options.openSocket);
  const device = async (folder: string): Promise<ConnectPlan> => {
    const identity = options.identity ?? (await loadDeviceIdentity(folder, clock.now(), { allowReadable }));
    const file = new CredentialFile({ stateDir: folder, deviceId: identity.deviceId, now: () => clock.now() });
    return withDevice(plan, identity, options.credentials ?? file);
  };
  return new ReconnectingClient({ ...options, plan: () => (stateDir === undefined ? plan : device(stateDir)) });
}

function nodePlan(options: ClientOptions, open?: OpenSocket): ConnectPlan {
  const { url, tlsFingerprint, allowPrivateNetwork: allowPrivate = false } = options;
  const fingerprint = tlsFingerprint === undefined ? undefined : parseFingerprint(tlsFingerprint);
  const plan = planFrom(options, open ?? nodeSockets({ allowPrivate, ...(fingerprint === undefined ? {} : { fingerprint }) }));
  if (tlsFingerprint !== undefined && fingerprint === undefined) {
    throw new ConnectError({ code: "BAD_URL", message: "A TLS fingerprint is the SHA-256 of the certificate: 64 hex digits.", url });
  }
  if (fingerprint !== undefined && !plan.endpoint.secure) {
    throw new ConnectError({ code: "INSECURE_URL", message: `A TLS fingerprint needs a wss:// URL, not ${url}.`, url });
  }
  return plan;
}
