import type { Event, Method, ParamsOf, PayloadOf, ResultOf } from "../domain/protocol/catalog.js";
import type { HelloOk } from "../domain/protocol/hello.js";
import type { ClientClock } from "./clock.js";
import type { Endpoint } from "./endpoint.js";
import type { GatewayError } from "./errors.js";
import type { Gap } from "./event-desk.js";
import type { GatewayEvent, RequestOptions } from "./gateway-client.js";

export type ClientState =
  /** Not started. */
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" }
  | { readonly kind: "open"; readonly hello: HelloOk }
  /** The next attempt comes at `until`, in milliseconds since the epoch. */
  | { readonly kind: "waiting"; readonly until: number; readonly why: GatewayError }
  /** No more attempts until {@link Client.start}: somebody has to act first, as `hint` says. */
  | { readonly kind: "paused"; readonly why: Error; readonly hint: string }
  /** Stopped, for good. */
  | { readonly kind: "closed" };

/** A method's params; where there is an `idempotencyKey`, it may be left out and is then made. */
export type CallParams<M extends Method> =
  ParamsOf<M> extends { idempotencyKey: string } ? Omit<ParamsOf<M>, "idempotencyKey"> & { idempotencyKey?: string } : ParamsOf<M>;

export interface CallOptions extends RequestOptions {
  /** Overrides the client's `whenClosed`. */
  readonly whenClosed?: "queue" | "reject";
}

export interface ReconnectOptions {
  /** What becomes of calls while there is no connection: they wait (default), or are rejected at once. */
  readonly whenClosed?: "queue" | "reject";
  /** How many calls may wait; 1000 by default. Those beyond are rejected with `QUEUE_FULL`. */
  readonly queueLimit?: number;
  /** Told of each connection after the first, before its events: whatever was built up from events is to be read anew. */
  readonly refresh?: (hello: HelloOk) => void;
  /** Told when events were lost on the way; nothing replays them, so what they would have changed is to be read anew. */
  readonly onGap?: (gap: Gap) => void;
  /** Milliseconds that a connection must last before the wait between attempts starts from the bottom again; 10 000 by default. */
  readonly stableAfterMs?: number;
  readonly clock?: ClientClock;
  /** At least 0 and below 1; `Math.random` by default. */
  readonly random?: () => number;
  /** Makes idempotency keys; random UUIDs by default. */
  readonly newKey?: () => string;
}

/**
 * A client that stays connected. It comes back after a lost connection, keeps calls alive that may be sent twice, and
 * stops trying where only a person can help.
 */
export interface Client {
  readonly state: ClientState;
  /** What the gateway said when it let this client in; absent while there is no connection. */
  readonly hello: HelloOk | undefined;
  /** Where it is connected to: after a setup code, the address to keep for the next time. Absent while there is no connection. */
  readonly endpoint: Endpoint | undefined;
  /** Connects, or ends a wait or a pause. Without effect while connecting or open; throws once stopped. */
  start(): void;
  /** Ends for good, and resolves when nothing is left: no socket, no timer, no open call, no open iterator. */
  stop(): Promise<void>;
  /** Resolves with the next connection, or the present one. Rejects when the client pauses, with why, or is stopped. */
  opened(): Promise<HelloOk>;
  /**
   * Calls a method. Rejects with the gateway's refusal, `TIMEOUT`, `QUEUE_FULL`, or a `ConnectionLostError`: at once for
   * calls with side effects that were under way when the connection ended, since nobody knows whether they happened.
   * Reads, and calls with an `idempotencyKey`, are sent again instead.
   */
  call<M extends Method>(method: M, params: CallParams<M>, options?: CallOptions): Promise<ResultOf<M>>;
  /** {@link Client.call} for a method whose name is only known at run time. */
  request(method: string, params?: unknown, options?: CallOptions): Promise<unknown>;
  /** Hears events of one name, over all connections; the result stops it. */
  on<E extends Event>(event: E, listener: (payload: PayloadOf<E>, event: GatewayEvent) => void): () => void;
  /** Hears every event. */
  onEvent(listener: (event: GatewayEvent) => void): () => void;
  /** Events of one name from now on, until the loop is left or the client stops. A reader more than 1000 behind loses the oldest. */
  events<E extends Event>(event: E): AsyncIterableIterator<PayloadOf<E>>;
  /** Hears of each change of {@link Client.state}. */
  onState(listener: (state: ClientState) => void): () => void;
}
