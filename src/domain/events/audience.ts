import { holds } from "../access/scopes.js";
import type { EventSpec } from "../protocol/define.js";
import { SCOPES } from "../protocol/scopes.js";

export interface Listener {
  readonly role: string;
  readonly scopes: readonly string[];
}

const GUARDS: ReadonlySet<string> = new Set(SCOPES);

/**
 * Whether a broadcast of this event goes to this listener. Nodes hear what is for everyone and nothing else; an
 * operator hears what its granted scopes open. Closed by default: an audience or a role that is not known is not
 * served, and a `direct` event never goes out as a broadcast.
 */
export function mayHear(spec: Pick<EventSpec, "audience">, listener: Listener): boolean {
  if (listener.role !== "operator" && listener.role !== "node") return false;
  if (spec.audience === "everyone") return true;
  if (listener.role === "node") return false;
  if (spec.audience === "operators") return true;
  return GUARDS.has(spec.audience) && holds(listener.scopes, spec.audience);
}
