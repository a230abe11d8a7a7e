import type { Scope } from "../protocol/scopes.js";

declare const claimed: unique symbol;
declare const granted: unique symbol;

/** Scopes that someone says they want. They open nothing. */
export type ClaimedScopes = readonly string[] & { readonly [claimed]: true };
/** Scopes that a record or a shared secret backs. Only these are ever checked against. */
export type GrantedScopes = readonly string[] & { readonly [granted]: true };

const ADMIN: Scope = "operator.admin";
/** What a scope holds besides itself. Admin is not here: it holds every `operator.` scope, also later ones. */
const IMPLIED: ReadonlyMap<string, readonly string[]> = new Map<Scope, readonly Scope[]>([
  ["operator.write", ["operator.read", "operator.talk"]],
]);

/**
 * Whether `granted` opens what `scope` guards. A scope that this gateway does not know is held only by those who
 * were granted it by name, or by admin where it is an `operator.` one.
 */
export function holds(granted: readonly string[], scope: string): boolean {
  if (granted.includes(scope)) return true;
  if (scope.startsWith("operator.") && granted.includes(ADMIN)) return true;
  return granted.some((held) => IMPLIED.get(held)?.includes(scope) === true);
}

/** Whether `granted` opens everything that `requested` names. Asking for nothing is always covered. */
export const coversAll = (granted: readonly string[], requested: readonly string[]): boolean =>
  requested.every((scope) => holds(granted, scope));

/** Takes a list off the wire as a claim: each scope once, in the order given. */
export const claimScopes = (list: readonly string[]): ClaimedScopes => [...new Set(list)] as readonly string[] as ClaimedScopes;

/**
 * The claimed scopes that `baseline` covers, and no other: the one way from a claim to a grant.
 * A scope that only a wider one implies stays the narrow one that was asked for. The texts are those of `baseline` where
 * it has them: a grant lasts, and one copy of them does for all.
 */
export const grantScopes = (claim: ClaimedScopes, baseline: readonly string[]): GrantedScopes =>
  claim.filter((scope) => holds(baseline, scope)).map((scope) => baseline.find((held) => held === scope) ?? scope) as readonly string[] as GrantedScopes;

/** What both lists open: a scope that only a wider one in the other list implies stays the narrow one. */
export const narrowScopes = (list: readonly string[], cap: readonly string[]): readonly string[] => [
  ...new Set([...list.filter((scope) => holds(cap, scope)), ...cap.filter((scope) => holds(list, scope))]),
];
