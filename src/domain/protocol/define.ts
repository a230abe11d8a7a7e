import type { Static, TSchema } from "@sinclair/typebox";
import type { Protocol } from "./version.js";
import type { Role, Scope } from "./scopes.js";

export type { TSchema as Schema } from "@sinclair/typebox";

/**
 * One method of the catalogue: everything about it that must agree somewhere else.
 *
 * - `scope`: what an operator must hold; `none` is a decision, not an omission. Node methods have `none`.
 * - `raises`: the scope some params ask for instead; the text of `when` goes into the documents.
 * - `effect`: `read`; `write`; or `keyed`, a side effect that a client may retry under one idempotency key.
 * - `since`: the protocol generation that first had it.
 * - `state`: `planned` methods are typed and documented, not advertised, and answer UNAVAILABLE.
 */
export interface MethodSpec<P extends TSchema = TSchema, R extends TSchema = TSchema> {
  readonly params: P;
  readonly result: R;
  readonly role: Role;
  readonly scope: Scope | "none";
  // `test` is a method, not a property, so that a list of specs of differing params has one type.
  readonly raises?: { readonly to: Scope; readonly when: string; test(params: Static<P>): boolean };
  readonly effect: "read" | "write" | "keyed";
  readonly since: Protocol;
  readonly state: "live" | "planned";
}

/** Keeps the schema types of one method while checking its shape. */
export const method = <P extends TSchema, R extends TSchema, const S extends "live" | "planned">(
  spec: MethodSpec<P, R> & { readonly state: S },
): MethodSpec<P, R> & { readonly state: S } => spec;

/**
 * One event of the catalogue.
 *
 * - `audience`: the scope an operator must hold to hear it; `everyone` includes nodes;
 *   `operators` any operator; `direct` is only ever sent to one named connection.
 * - `droppable`: a slow reader may lose it; the jump in `seq` tells it so.
 */
export interface EventSpec<P extends TSchema = TSchema> {
  readonly payload: P;
  readonly audience: Scope | "everyone" | "operators" | "direct";
  readonly droppable: boolean;
  readonly since: Protocol;
  readonly state: "live" | "planned";
}

export const event = <P extends TSchema>(spec: EventSpec<P>): EventSpec<P> => spec;
