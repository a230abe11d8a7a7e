import type { ReconnectOptions } from "./client.js";
import type { ClientFacts, DeviceIdentity } from "./connect-params.js";
import type { ConnectPlan, OpenSocket } from "./connect.js";
import type { CredentialStore } from "./credentials.js";
import { judgeEndpoint } from "./endpoint.js";
import { ConnectError } from "./errors.js";

/** What both doors, Node's and the browser's, are told about a connection. */
export interface ConnectOptions {
  /** `ws://127.0.0.1:18789`, `wss://host:port`. Plain `ws://` only to this host, unless `allowPrivateNetwork`. */
  readonly url: string;
  readonly token?: string;
  readonly password?: string;
  /** Proves which device this is; without it a gateway grants no scopes, or refuses. */
  readonly identity?: DeviceIdentity;
  /** Where tokens that gateways issue to this device are kept. Used with `identity` only. */
  readonly credentials?: CredentialStore;
  readonly client: ClientFacts;
  /** `operator` by default. */
  readonly role?: string;
  readonly scopes?: readonly string[];
  readonly caps?: readonly string[];
  /** 3 by default. */
  readonly minProtocol?: number;
  /** 4 by default. */
  readonly maxProtocol?: number;
  /** Milliseconds from dialling to hello; 10 000 by default. */
  readonly connectTimeoutMs?: number;
  /** Allows plain `ws://` to private addresses, for networks whose owner accepts that others on it can listen. */
  readonly allowPrivateNetwork?: boolean;
}

/** {@link ConnectOptions} of a client that stays connected: what it says of itself has defaults, and its socket can be replaced. */
export interface StayConnectedOptions extends Omit<ConnectOptions, "client">, ReconnectOptions {
  readonly client?: Partial<ClientFacts>;
  /** Replaces the platform's WebSocket, as for tests in memory. */
  readonly openSocket?: OpenSocket;
}

/** Throws a {@link ConnectError} where credentials must not travel to that URL. */
export function planFrom(options: ConnectOptions, open: OpenSocket): ConnectPlan {
  const { url, allowPrivateNetwork: allowPrivate = false } = options;
  const verdict = judgeEndpoint(url, { allowPrivate });
  if (verdict.kind === "refused") throw new ConnectError({ code: verdict.code, message: verdict.message, url });
  return {
    endpoint: verdict.endpoint,
    wish: {
      client: options.client,
      role: options.role ?? "operator",
      scopes: options.scopes ?? [],
      caps: options.caps ?? [],
      minProtocol: options.minProtocol ?? 3,
      maxProtocol: options.maxProtocol ?? 4,
      ...(options.identity === undefined ? {} : { identity: options.identity }),
    },
    secret: {
      ...(options.token === undefined ? {} : { token: options.token }),
      ...(options.password === undefined ? {} : { password: options.password }),
    },
    open,
    timeoutMs: options.connectTimeoutMs ?? 10_000,
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
  };
}

/** A plan's device, once its key was loaded. */
export const withDevice = (plan: ConnectPlan, identity: DeviceIdentity | undefined, credentials: CredentialStore | undefined): ConnectPlan => ({
  ...plan,
  ...(identity === undefined ? {} : { wish: { ...plan.wish, identity } }),
  ...(credentials === undefined ? {} : { credentials }),
});
