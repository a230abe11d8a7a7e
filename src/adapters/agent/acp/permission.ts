import type { RequestPermissionOutcome, RequestPermissionRequest } from "@agentclientprotocol/sdk";
import type { AcpPermissions } from "./config.js";

const DEFAULT_ALLOW = ["read", "search", "think"];

export type PermissionVerdict =
  | { readonly kind: "allowed"; readonly outcome: RequestPermissionOutcome }
  | { readonly kind: "denied"; readonly outcome: RequestPermissionOutcome; readonly why: string };

/**
 * Answers an agent that asks whether it may. An answer holds for the one call: whatever would allow the next ones too
 * is never chosen. `announced` is the kind under which the call was told before, which has to be allowed as well.
 */
export const judgePermission = (request: RequestPermissionRequest, policy: AcpPermissions, announced?: string): PermissionVerdict => {
  const asked = request.toolCall.kind ?? announced ?? "other";
  const refused = [asked, announced ?? asked].find((kind) => !isAllowed(kind, policy));
  const option = (kind: "allow_once" | "reject_once") => request.options.find((one) => one.kind === kind);
  const chosen = option(refused === undefined ? "allow_once" : "reject_once");
  const outcome: RequestPermissionOutcome = chosen === undefined ? { outcome: "cancelled" } : { outcome: "selected", optionId: chosen.optionId };
  if (refused !== undefined) {
    return { kind: "denied", outcome, why: `Not allowed: agents.defaults.acp.permissions does not allow tools of the kind "${refused}".` };
  }
  if (chosen === undefined) {
    return { kind: "denied", outcome, why: "Not allowed: the agent offered no way to allow this once." };
  }
  return { kind: "allowed", outcome };
};

const isAllowed = (kind: string, { allow = DEFAULT_ALLOW, deny = [] }: AcpPermissions): boolean =>
  names(allow, kind) && !names(deny, kind);

const names = (kinds: readonly string[], kind: string): boolean => kinds.includes(kind) || kinds.includes("*");
