import type { Actor } from "../../domain/pairing/command.js";
import type { ErrorShape } from "../../domain/protocol/errors.js";
import type { LiveMethod, ParamsOf, ResultOf } from "../../domain/protocol/catalog.js";
import type { Role } from "../../domain/protocol/scopes.js";
import type { Protocol } from "../../domain/protocol/version.js";
import type { GrantedScopes } from "../../domain/access/scopes.js";
import { lastingJson } from "./lasting.js";
import type { Peer } from "./peer.js";

/** Who calls a method: an admitted connection, or the process that embeds the gateway. */
export interface Caller {
  /** Whose idempotency keys these are: one principal never sees another's results. */
  readonly principal: string;
  readonly role: Role;
  readonly scopes: GrantedScopes;
  readonly protocol: Protocol;
  readonly actor: Actor;
  readonly peer?: Peer;
}

/** One response. A refused one may carry a payload beside its error. `json` is the payload's, where it is at hand already. */
export type Answer<R = unknown> =
  | { readonly ok: true; readonly payload: R; readonly json?: string }
  | { readonly ok: false; readonly error: ErrorShape; readonly payload?: unknown };

/**
 * What a handler gives back. `later` is for work that outlives its first answer: the answer at its end,
 * which a repeated request replays, and which is sent as a second response where `respond` says so.
 * `after` runs once the answer is on its way: for what would cut off the caller itself.
 */
export type Outcome<R = unknown> = Answer<R> & {
  readonly later?: { readonly answer: Promise<Answer>; readonly respond: boolean };
  readonly after?: () => void;
};

export type Handler<M extends LiveMethod> = (params: ParamsOf<M>, caller: Caller) => Outcome<ResultOf<M>> | Promise<Outcome<ResultOf<M>>>;

/** A handler per method: one that is missing does not compile. */
export type Handlers<M extends LiveMethod = LiveMethod> = { readonly [K in M]: Handler<K> };

export const done = <R>(payload: R): { readonly ok: true; readonly payload: R } => ({ ok: true, payload });
/** With a payload that many are given, and that is never changed again. */
export const doneLasting = <R extends object>(payload: R): { readonly ok: true; readonly payload: R; readonly json: string } =>
  ({ ok: true, payload, json: lastingJson(payload) });
export const refused = (error: ErrorShape, payload?: unknown): Answer<never> =>
  payload === undefined ? { ok: false, error } : { ok: false, error, payload };
