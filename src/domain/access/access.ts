import type { MethodSpec } from "../protocol/define.js";
import type { Role, Scope } from "../protocol/scopes.js";
import type { Protocol } from "../protocol/version.js";
import { holds, type GrantedScopes } from "./scopes.js";

export interface Caller {
  readonly role: Role;
  readonly scopes: GrantedScopes;
  /** Both generations are judged by the newer one's scope table; only how a refusal is worded differs. */
  readonly protocol: Protocol;
}

export type AccessVerdict =
  | { readonly kind: "allowed" }
  | { readonly kind: "wrong-role"; readonly role: Role }
  | { readonly kind: "missing-scope"; readonly missing: Scope; readonly required: readonly Scope[] };

/**
 * Whether `caller` may call the method with these params: the role first, then the scope, as the params raise it.
 *
 * Safe before the params were validated: what is not an object raises nothing and is refused by validation next.
 */
export function judgeAccess(spec: MethodSpec, caller: Caller, params: unknown): AccessVerdict {
  if (caller.role !== spec.role) return { kind: "wrong-role", role: caller.role };
  const scope = requiredScope(spec, params);
  if (scope === "none" || holds(caller.scopes, scope)) return { kind: "allowed" };
  return { kind: "missing-scope", missing: scope, required: [scope] };
}

function requiredScope(spec: MethodSpec, params: unknown): Scope | "none" {
  const raised = spec.raises !== undefined && typeof params === "object" && params !== null && spec.raises.test(params);
  return raised ? spec.raises.to : spec.scope;
}
