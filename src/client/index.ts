import { addressesOf, type Addresses, type Whereabouts } from "./addresses.js";
import type { Client } from "./client.js";
import { declared, planFrom, refuseCodeWithoutDevice, withDevice, type ConnectFacts, type StayConnectedFacts } from "./client-options.js";
import { systemClock } from "./clock.js";
import { connect } from "./connect.js";
import type { ConnectPlan, OpenSocket } from "./connect-plan.js";
import type { ClientFacts } from "./connect-params.js";
import type { GatewayClient } from "./gateway-client.js";
import { CredentialFile } from "./node/credential-file.js";
import { loadDeviceIdentity } from "./node/device-identity.js";
import { nodeSockets } from "./node/web-socket.js";
import { ReconnectingClient } from "./reconnecting-client.js";
import { CLIENT_VERSION } from "./version.js";

export type { Whereabouts } from "./addresses.js";
export type { CallOptions, CallParams, Client, ClientState, ReconnectOptions } from "./client.js";
export type { Ending, Wire } from "./client-session.js";
export type { ClientClock } from "./clock.js";
export type { ConnectFacts, StayConnectedFacts } from "./client-options.js";
export type { OpenSocket, SocketListener } from "./connect-plan.js";
export type { ClientFacts, Declaration, DeviceIdentity } from "./connect-params.js";
export type { CredentialStore, StoredToken } from "./credentials.js";
export type { Endpoint } from "./endpoint.js";
export { ConnectError, ConnectionLostError, GatewayError, type ClientCode, type LostOutcome, type PairingHint } from "./errors.js";
export type { Gap } from "./event-desk.js";
export type { GatewayClient, GatewayEvent, RequestOptions } from "./gateway-client.js";
export { CredentialFile } from "./node/credential-file.js";
export { loadDeviceIdentity, type LoadIdentityOptions } from "./node/device-identity.js";
export { PrivateFileError } from "./node/private-file.js";
export { parseSetupCode, type SetupCodeFacts } from "./setup-ticket.js";

export interface NodeOptions {
  /** SHA-256 of the gateway's certificate, as hex with or without colons and `sha256:`. Needs `wss://`. Wins over a setup code's. */
  readonly tlsFingerprint?: string;
}

export type ClientOptions = ConnectFacts & NodeOptions & Whereabouts;

export interface StateOptions {
  /**
   * A folder of this app's own where its device key and its tokens are kept, both readable by their owner only. Stands in
   * for `identity` and `credentials`.
   */
  readonly stateDir?: string;
  /** Takes a key in `stateDir` that other users of this host can read, which is refused without it. */
  readonly allowReadableSecrets?: boolean;
}

export type CreateClientOptions = StayConnectedFacts & NodeOptions & StateOptions & Whereabouts;

/** Connects to a gateway and is admitted, or rejects with a {@link ConnectError} that says what to do next. */
export async function connectClient(options: ClientOptions): Promise<GatewayClient> {
  const addresses = nodeAddresses(options);
  refuseCodeWithoutDevice(addresses, options.identity !== undefined);
  return await connect(planFrom(options, addresses, sockets(options, addresses)));
}

/** A client that stays connected from `start()` to `stop()`. Throws a {@link ConnectError} for a URL that credentials must not travel to. */
export function createClient(options: CreateClientOptions): Client {
  const { stateDir, clock = systemClock, allowReadableSecrets: allowReadable = false } = options;
  const client: ClientFacts = { id: "gateway-client", mode: "backend", version: CLIENT_VERSION, platform: process.platform, ...options.client };
  const addresses = nodeAddresses(options);
  refuseCodeWithoutDevice(addresses, stateDir !== undefined || options.identity !== undefined);
  const plan = planFrom({ ...options, client }, addresses, options.openSocket ?? sockets(options, addresses));
  const device = async (folder: string): Promise<ConnectPlan> => {
    const identity = options.identity ?? (await loadDeviceIdentity(folder, clock.now(), { allowReadable }));
    const file = new CredentialFile({ stateDir: folder, deviceId: identity.deviceId, now: () => clock.now() });
    return withDevice(plan, identity, options.credentials ?? file);
  };
  return new ReconnectingClient({ ...options, plan: async () => await declared(stateDir === undefined ? plan : await device(stateDir), options.declare) });
}

const nodeAddresses = (options: NodeOptions & Whereabouts & Pick<ConnectFacts, "allowPrivateNetwork">): Addresses =>
  addressesOf(options, {
    allowPrivate: options.allowPrivateNetwork ?? false,
    ...(options.tlsFingerprint === undefined ? {} : { tlsFingerprint: options.tlsFingerprint }),
  });

const sockets = ({ allowPrivateNetwork: allowPrivate = false }: Pick<ConnectFacts, "allowPrivateNetwork">, { fingerprint }: Addresses): OpenSocket =>
  nodeSockets({ allowPrivate, ...(fingerprint === undefined ? {} : { fingerprint }) });
