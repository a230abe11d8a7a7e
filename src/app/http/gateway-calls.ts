import type { Event, LiveMethod, ParamsOf, PayloadOf, ResultOf } from "../../domain/protocol/catalog.js";
import type { ErrorShape } from "../../domain/protocol/errors.js";

export type Said<R> = { readonly ok: true; readonly payload: R } | { readonly ok: false; readonly error: ErrorShape };

/** What the HTTP doors do with a gateway, as its owner. */
export interface GatewayCalls {
  /** The first answer, and for methods that answer twice the second. Neither rejects for a refusal. */
  ask<M extends LiveMethod>(method: M, params: ParamsOf<M>): Promise<{ readonly first: Said<ResultOf<M>>; readonly last?: Promise<Said<unknown>> }>;
  events<E extends Event>(name: E): AsyncIterableIterator<PayloadOf<E>>;
}
