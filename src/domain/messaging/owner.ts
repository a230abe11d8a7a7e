import type { SenderGrant } from "../pairing/sender.js";
import type { Envelope } from "./envelope.js";
import type { AccountPolicy } from "./policy.js";
import { idsOf, namesSender } from "./sender-list.js";

/**
 * Whether a sender is the account's owner, whose direct messages belong to the main conversation and say where it can
 * be reached: whoever the account's list names. Where it names nobody, that is whoever was approved first, as most owners
 * let themselves in that way. All others who were approved may talk, and own nothing.
 *
 * `grants`: those of the envelope's account.
 */
export function isOwner({ channel, sender }: Envelope, policy: AccountPolicy, grants: readonly SenderGrant[]): boolean {
  if (namesSender(channel, policy.allowFrom, sender)) return true;
  if (policy.allowFrom.some((entry) => entry.trim() !== "*") || policy.dmPolicy !== "pairing") return false;
  const [first] = [...grants].sort((a, b) => a.approvedAtMs - b.approvedAtMs);
  return first !== undefined && idsOf(channel, sender).some((id) => first.ids.includes(id));
}
