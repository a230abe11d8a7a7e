import type { Client } from "../client.js";
import { addressesOf, type Whereabouts } from "../addresses.js";
import { declared, planFrom, refuseCodeWithoutDevice, withDevice, type StayConnectedFacts } from "../client-options.js";
import type { ConnectPlan } from "../connect-plan.js";
import type { ClientFacts, DeviceIdentity } from "../connect-params.js";
import type { Endpoint } from "../endpoint.js";
import { ConnectError } from "../errors.js";
import { ReconnectingClient } from "../reconnecting-client.js";
import { badCode } from "../setup-ticket.js";
import { CLIENT_VERSION } from "../version.js";
import { CredentialStorage } from "./credential-storage.js";
import { IssuedTokens } from "./issued-tokens.js";
import { loadDeviceIdentity } from "./device-identity.js";
import { browser } from "./platform.js";
import { browserSockets } from "./web-socket.js";

export type { Whereabouts } from "../addresses.js";
export type { CallOptions, CallParams, Client, ClientState, ReconnectOptions } from "../client.js";
export type { Ending, Wire } from "../client-session.js";
export type { ClientClock } from "../clock.js";
export type { ConnectFacts, StayConnectedFacts } from "../client-options.js";
export type { OpenSocket, SocketListener } from "../connect-plan.js";
export type { ClientFacts, Declaration, DeviceIdentity } from "../connect-params.js";
export type { CredentialStore, StoredToken } from "../credentials.js";
export type { Endpoint } from "../endpoint.js";
export { ConnectError, ConnectionLostError, GatewayError, type ClientCode, type LostOutcome, type PairingHint } from "../errors.js";
export type { Gap } from "../event-desk.js";
export type { GatewayEvent, RequestOptions } from "../gateway-client.js";
export { CredentialStorage } from "./credential-storage.js";
export { loadDeviceIdentity, type DeviceIdentityOptions } from "./device-identity.js";
export type { TextStorage } from "./platform.js";
export { parseSetupCode, type SetupCodeFacts } from "../setup-ticket.js";

export interface PageOptions {
  /** This page's own key, from {@link loadDeviceIdentity}, by default; `"none"` for a page without one. */
  readonly identity?: DeviceIdentity | "none";
  /**
   * Shows `token` or `password` only until the gateway has issued a token to this device, so that whoever withdraws that
   * one withdraws it from this page too. Without effect where the issued token cannot be kept.
   */
  readonly forgetSecret?: boolean;
}

export type CreateClientOptions = Omit<StayConnectedFacts, "identity"> & PageOptions & Whereabouts;

/**
 * A client that stays connected from `start()` to `stop()`. Where to is the app's decision: the page's own URL, which
 * anybody can write a link to, is never asked. Throws a {@link ConnectError} for a URL that credentials must not travel to.
 */
export function createClient(options: CreateClientOptions): Client {
  const client: ClientFacts = { id: "gateway-client", mode: "ui", version: CLIENT_VERSION, platform: "web", ...options.client };
  const { identity: given, openSocket = browserSockets, forgetSecret = false, ...rest } = options;
  const addresses = addressesOf(options, { allowPrivate: options.allowPrivateNetwork ?? false, objection: mixedContent });
  if (addresses.fingerprint !== undefined) {
    throw badCode("This setup code names the one certificate to trust, and a page cannot look at certificates. Ask for a code for an address whose certificate browsers trust.");
  }
  refuseCodeWithoutDevice(addresses, given !== "none");
  const plan = planFrom({ ...rest, client }, addresses, openSocket);
  if (given === "none") return new ReconnectingClient({ ...rest, plan: () => declared(plan, options.declare) });
  let loading: Promise<DeviceIdentity> | undefined;
  let isIssued = false;
  const device = async (): Promise<ConnectPlan> => {
    loading ??= given ? Promise.resolve(given) : loadDeviceIdentity();
    // What failed may work after a click that the browser wanted first.
    const identity = await loading.catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    const kept = options.credentials ?? ownStorage(identity);
    const credentials = forgetSecret && kept ? new IssuedTokens(kept, () => (isIssued = true)) : kept;
    return await declared(withDevice(isIssued ? { ...plan, secret: {} } : plan, identity, credentials), options.declare);
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

function mixedContent({ secure, loopback, url }: Endpoint): ConnectError | undefined {
  if (secure || loopback || browser.location?.protocol !== "https:") return undefined;
  return new ConnectError({ code: "INSECURE_URL", message: "A page that came over HTTPS can reach other hosts over wss:// only.", url });
}
