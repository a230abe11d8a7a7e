import type { Addresses, Whereabouts } from "./addresses.js";
import type { ReconnectOptions } from "./client.js";
import type { ConnectPlan, OpenSocket } from "./connect-plan.js";
import type { ClientFacts, Declaration, DeviceIdentity } from "./connect-params.js";
import type { CredentialStore } from "./credentials.js";
import { badCode } from "./setup-ticket.js";

/** What both doors, Node's and the browser's, are told about a connection, beside where it leads. */
export interface ConnectFacts extends Declaration {
  readonly token?: string;
  readonly password?: string;
  /** Proves which device this is; without it a gateway grants no scopes, or refuses. */
  readonly identity?: DeviceIdentity;
  /** Where tokens that gateways issue to this device are kept. Used with `identity` only. */
  readonly credentials?: CredentialStore;
  readonly client: ClientFacts;
  /** `operator` by default. */
  readonly role?: string;
  /**
   * What to ask for. By default what a stored token that is used was issued for; with a setup code, all that each code
   * for an operator opens; else nothing.
   */
  readonly scopes?: readonly string[];
  /** 3 by default. */
  readonly minProtocol?: number;
  /** 4 by default. */
  readonly maxProtocol?: number;
  /** Milliseconds from dialling to hello; 10 000 by default. Each address of a setup code gets as long. */
  readonly connectTimeoutMs?: number;
  /** Allows plain `ws://` to private addresses, for networks whose owner accepts that others on it can listen. */
  readonly allowPrivateNetwork?: boolean;
}

export type ConnectOptions = ConnectFacts & Whereabouts;

/** {@link ConnectFacts} of a client that stays connected: what it says of itself has defaults, and its socket can be replaced. */
export interface StayConnectedFacts extends Omit<ConnectFacts, "client">, ReconnectOptions {
  readonly client?: Partial<ClientFacts>;
  /** Replaces the platform's WebSocket, as for tests in memory. It then judges certificates itself. */
  readonly openSocket?: OpenSocket;
  /** Asked before each attempt; its answer stands in for `caps`, `commands` and `permissions`, which stay as they are. */
  readonly declare?: () => Promise<Declaration>;
}

export function planFrom(options: ConnectFacts, { endpoints, ticket }: Addresses, open: OpenSocket): ConnectPlan {
  return {
    endpoints,
    wish: {
      client: options.client,
      role: options.role ?? "operator",
      declaration: {
        ...(options.caps === undefined ? {} : { caps: options.caps }),
        ...(options.commands === undefined ? {} : { commands: options.commands }),
        ...(options.permissions === undefined ? {} : { permissions: options.permissions }),
      },
      minProtocol: options.minProtocol ?? 3,
      maxProtocol: options.maxProtocol ?? 4,
      ...(options.scopes === undefined ? {} : { scopes: options.scopes }),
      ...(options.identity === undefined ? {} : { identity: options.identity }),
    },
    secret: {
      ...(options.token === undefined ? {} : { token: options.token }),
      ...(options.password === undefined ? {} : { password: options.password }),
    },
    ...(ticket === undefined ? {} : { ticket }),
    open,
    timeoutMs: options.connectTimeoutMs ?? 10_000,
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
  };
}

/** Throws where there is a setup code and nothing that it could pair. */
export function refuseCodeWithoutDevice({ ticket }: Addresses, hasDevice: boolean): void {
  if (ticket && !hasDevice) throw badCode("A setup code pairs a device: give the client a key of its own too, by stateDir or identity.");
}

/** A plan's device, once its key was loaded. */
export const withDevice = (plan: ConnectPlan, identity: DeviceIdentity | undefined, credentials: CredentialStore | undefined): ConnectPlan => ({
  ...plan,
  ...(identity === undefined ? {} : { wish: { ...plan.wish, identity } }),
  ...(credentials === undefined ? {} : { credentials }),
});

/** A plan for the next attempt, with what the client can do by then. */
export const declared = async (plan: ConnectPlan, declare: (() => Promise<Declaration>) | undefined): Promise<ConnectPlan> =>
  declare ? { ...plan, wish: { ...plan.wish, declaration: await declare() } } : plan;
