import type { Event, Method, ParamsOf, PayloadOf, ResultOf } from "../../../src/domain/protocol/catalog.js";

/** One request and what it is answered. Sent as it stands by the tests, wherever the method is live. */
export interface MethodExample<M extends Method = Method> {
  readonly params: ParamsOf<M>;
  readonly result: ResultOf<M>;
  /** The second response, of a method that has two. */
  readonly final?: ResultOf<M>;
}

export type MethodExamples<M extends Method> = { readonly [K in M]: MethodExample<K> };
export type EventExamples = { readonly [E in Event]: PayloadOf<E> };
