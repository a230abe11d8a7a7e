import type { EventFrame } from "../domain/protocol/frames.js";
import type { Ending, Wire } from "./client-session.js";
import type { ClientClock } from "./clock.js";
import type { ConnectWish } from "./connect-params.js";
import type { CredentialStore, SharedSecret } from "./credentials.js";
import type { Endpoint } from "./endpoint.js";
import type { SetupTicket } from "./setup-ticket.js";

export interface SocketListener {
  message(text: string): void;
  closed(ending: Ending): void;
}

/** Opens a WebSocket. Rejects with a `ConnectError` if it cannot, or once `signal` aborts. */
export type OpenSocket = (endpoint: Endpoint, listener: SocketListener, signal: AbortSignal) => Promise<Wire>;

export interface ConnectPlan {
  /** Addresses of one and the same gateway, in the order in which they are tried. At least one. */
  readonly endpoints: readonly Endpoint[];
  readonly wish: ConnectWish;
  readonly secret: SharedSecret;
  /** Pairs this device, unless it has a token of that gateway already. */
  readonly ticket?: SetupTicket;
  readonly open: OpenSocket;
  readonly credentials?: CredentialStore;
  /** For the whole of one attempt at one address, from dialling to hello. */
  readonly timeoutMs: number;
  /** The platform's own without it. */
  readonly clock?: ClientClock;
  /** Hears every event from the first on, also those that arrive before the promise of `connect` is settled. */
  readonly heard?: (frame: EventFrame) => void;
  /** Calls the attempt off. */
  readonly signal?: AbortSignal;
}
