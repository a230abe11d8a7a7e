import type { Client } from "../client.js";
import { planFrom, withDevice, type StayConnectedOptions } from "../client-options.js";
import type { ConnectPlan } from "../connect.js";
import type { ClientFacts, DeviceIdentity } from "../connect-params.js";
import { ConnectError } from "../errors.js";
import { ReconnectingClient } from "../reconnecting-client.js";
import { CLIENT_VERSION } from "../version.js";
import { CredentialStorage } from "./credential-storage.js";
import { loadDeviceIdentity } from "./device-identity.js";
import { browser } from "./platform.js";
import { browserSockets } from "./web-socket.js";

export type { CallOptions, CallParams, Client, ClientState, ReconnectOptions } from "../client.js";
export type { Ending, Wire } from "../client-session.js";
export type { ClientClock } from "../clock.js";
export type { OpenSocket, SocketListener } from "../connect.js";
export type { ClientFacts, DeviceIdentity } from "../connect-params.js";
export type { CredentialStore, StoredToken } from "../credentials.js";
export type { Endpoint } from "../endpoint.js";
export { ConnectError, ConnectionLostError, GatewayError, type ClientCode, type LostOutcome, type PairingHint } from "../errors.js";
export type { Gap } from "../event-desk.js";
export type { GatewayEvent, RequestOptions } from "../gateway-client.js";
export { CredentialStorage } from "./credential-storage.js";
export { loadDeviceIdentity, type DeviceIdentityOptions } from "./device-identity.js";
export type { TextStorage } from "./platform.js";

export interface CreateClientOptions extends Omit<StayConnectedOptions, "identity"> {
  /** This page's own key, from {@link loadDeviceIdentity}, by default; `"none"` for a page without one. */
  readonly identity?: DeviceIdentity | "none";
}

/**
 * A client that stays connected from `start()` to `stop()`. Where to is the app's decision: the page's own URL, which
 * anybody can write a link to, is never asked. Throws a {@link ConnectError} for a URL that credentials must not travel to.
 */
export function createClient(options: CreateClientOptions): Client {
  const client: ClientFacts = { id: "gateway-client", mode: "ui", version: CLIENT_VERSION, platform: "web", ...options.client };
  const { identity: given, openSocket = browserSockets, ...rest } = options;
  const plan = planFrom({ ...rest, client }, openSocket);
  refuseMixedContent(plan);
  if (given === "none") return new ReconnectingClient({ ...rest, plan: () => plan });
  let loading: Promise<DeviceIdentity> | undefined;
  const device = async (): Promise<ConnectPlan> => {
    loading ??= given ? Promise.resolve(given) : loadDeviceIdentity();
    // What failed may work after a click that the browser wanted first.
    const identity = await loading.catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return withDevice(plan, identity, options.credentials ?? ownStorage(identity));
  };
  return new ReconnectingClient({ ...rest, plan: device });
}

function ownStorage({ deviceId }: DeviceIdentity): CredentialStorage | undefined {
  try {
    const { localStorage: storage } = browser;
    return storage && new CredentialStorage({ storage, deviceId });
  } catch {
    // Browsers that keep no data for this page throw at the mere sight of it.
    return undefined;
  }
}

function refuseMixedContent({ endpoint }: ConnectPlan): void {
  if (endpoint.secure || endpoint.loopback || browser.location?.protocol !== "https:") return;
  const message = "A page that came over HTTPS can reach other hosts over wss:// only.";
  throw new ConnectError({ code: "INSECURE_URL", message, url: endpoint.url });
}
