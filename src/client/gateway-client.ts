import type { Event, Method, ParamsOf, PayloadOf, ResultOf } from "../domain/protocol/catalog.js";
import type { EventFrame } from "../domain/protocol/frames.js";
import type { HelloOk } from "../domain/protocol/hello.js";
import type { ClientSession, Ending } from "./client-session.js";
import type { ClientClock } from "./clock.js";
import type { Endpoint } from "./endpoint.js";

export interface RequestOptions {
  /** Milliseconds; 30 000 by default, and without end where `expectFinal` is set. */
  readonly timeoutMs?: number;
  /** Skip `status: "accepted"` and wait for the run's end. */
  readonly expectFinal?: boolean;
  /** Told of the acceptance that `expectFinal` skips. */
  readonly onAccepted?: (payload: unknown) => void;
}

/** An event as it arrived. `payload` has the catalogue's shape, if the gateway keeps to it. */
export type GatewayEvent =
  | { [E in Event]: Omit<EventFrame, "event" | "payload"> & { event: E; payload: PayloadOf<E> } }[Event];

/** One admitted connection. It does not reconnect: when it is over, {@link GatewayClient.closed} says so. */
export interface GatewayClient {
  readonly hello: HelloOk;
  readonly endpoint: Endpoint;
  /** Resolves when the connection is over, with its close code. Never rejects. */
  readonly closed: Promise<Ending>;
  /** Rejects with a `GatewayError`: the gateway's refusal, `TIMEOUT` or `CLOSED`. */
  call<M extends Method>(method: M, params: ParamsOf<M>, options?: RequestOptions): Promise<ResultOf<M>>;
  /** {@link GatewayClient.call} for a method whose name is only known at run time. */
  request(method: string, params?: unknown, options?: RequestOptions): Promise<unknown>;
  /** Hears every event from now on; the result stops it. */
  onEvent(listener: (event: GatewayEvent) => void): () => void;
  /** Ends the connection and resolves when it is over. */
  close(): Promise<void>;
}

export const DEFAULT_TIMEOUT_MS = 30_000;

export interface Admitted {
  readonly session: ClientSession;
  readonly hello: HelloOk;
  readonly endpoint: Endpoint;
  readonly clock: ClientClock;
  /** Sees each result before the caller does. */
  readonly witness: (method: string, result: unknown) => Promise<void>;
}

/** Wraps an admitted session. A socket may die without a word, so silence of two tick intervals ends it with 4000. */
export function openClient({ session, hello, endpoint, clock, witness }: Admitted): GatewayClient {
  const request = async (method: string, params?: unknown, options: RequestOptions = {}): Promise<unknown> => {
    const result = await session.call(method, params, {
      timeoutMs: options.timeoutMs ?? (options.expectFinal ? Number.POSITIVE_INFINITY : DEFAULT_TIMEOUT_MS),
      ...(options.expectFinal === undefined ? {} : { expectFinal: options.expectFinal }),
      ...(options.onAccepted === undefined ? {} : { onAccepted: options.onAccepted }),
    });
    await witness(method, result);
    return result;
  };
  const { tickIntervalMs, maxPayload } = hello.policy ?? {};
  if (typeof maxPayload === "number" && maxPayload > 0) session.limitPayload(maxPayload);
  watchTicks(session, clock, tickIntervalMs);
  return {
    hello,
    endpoint,
    closed: session.closed,
    call: (method, params, options) => request(method, params, options) as Promise<never>,
    request,
    onEvent: (listener) => session.onEvent((frame) => listener(frame as GatewayEvent)),
    async close() {
      session.close(1000, "");
      await session.closed;
    },
  };
}

function watchTicks(session: ClientSession, clock: ClientClock, intervalMs: unknown): void {
  if (typeof intervalMs !== "number" || !(intervalMs >= 100 && intervalMs <= 3_600_000)) return;
  let cancel = (): void => undefined;
  const watch = (): void => {
    const silentSince = session.heardAt;
    if (clock.now() - silentSince > 2 * intervalMs) session.close(4000, "tick timeout");
    else cancel = clock.callAt(silentSince + 2 * intervalMs + 1, watch);
  };
  watch();
  void session.closed.then(() => cancel());
}
