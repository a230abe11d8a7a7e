import type { Chat, Envelope } from "./envelope.js";
import type { AccountPolicy, GroupRules } from "./policy.js";
import { matchesSender, namesSender } from "./sender-list.js";

export const ACCESS_REFUSALS = ["dm-disabled", "sender-unknown", "groups-disabled", "group-not-allowed", "sender-not-allowed-in-group"] as const;
export type AccessRefusal = (typeof ACCESS_REFUSALS)[number];

export type AccessVerdict =
  | { readonly kind: "allowed" }
  /** Nobody knows this person yet, and the account lets strangers ask. */
  | { readonly kind: "stranger" }
  | { readonly kind: "refused"; readonly reason: AccessRefusal };

export interface AccessFacts {
  readonly policy: AccountPolicy;
  /** The sender holds a grant for this account: the owner approved the code that was told them. */
  readonly isApproved: boolean;
  /** The id under which the chat was first known, where it goes on under another one since. */
  readonly knownAs?: string;
}

const ALLOWED: AccessVerdict = { kind: "allowed" };
const refused = (reason: AccessRefusal): AccessVerdict => ({ kind: "refused", reason });

/** Whether whoever said this may be answered where it was said. */
export const judgeAccess = (envelope: Envelope, facts: AccessFacts): AccessVerdict =>
  envelope.chat.kind === "direct" ? judgeDirect(envelope, facts) : judgeGroup(envelope, facts);

function judgeDirect({ channel, sender }: Envelope, { policy, isApproved }: AccessFacts): AccessVerdict {
  if (policy.dmPolicy === "disabled") return refused("dm-disabled");
  if (policy.dmPolicy === "open" || matchesSender(channel, policy.allowFrom, sender)) return ALLOWED;
  // An owner who keeps a list means that list: what was approved while strangers could ask does not add to it.
  if (policy.dmPolicy === "allowlist") return refused("sender-unknown");
  if (isApproved) return ALLOWED;
  // A bot can't carry its code to an owner, and would be told it again and again.
  return sender.isBot ? refused("sender-unknown") : { kind: "stranger" };
}

/** Approval of a sender is nowhere in here: it lets them talk to the account, and into no group. */
function judgeGroup({ channel, chat, sender }: Envelope, { policy, knownAs }: AccessFacts): AccessVerdict {
  if (policy.groupPolicy === "disabled") return refused("groups-disabled");
  const rules = groupRulesOf(policy, chat, knownAs);
  // To name groups is to choose them, also where the policy is open; `*` among them keeps the rest in.
  if (policy.groups.size > 0 && rules === undefined) return refused("group-not-allowed");
  if (rules?.enabled === false) return refused("group-not-allowed");
  if (rules?.allowFrom !== undefined) return inGroup(matchesSender(channel, rules.allowFrom, sender));
  if (policy.groupPolicy === "open") return ALLOWED;
  if (policy.groupAllowFrom.length > 0) return inGroup(matchesSender(channel, policy.groupAllowFrom, sender));
  // Whoever is named for direct messages is trusted in groups as well. `*` is not: it opens no group that somebody else
  // may have put the account into.
  return inGroup(namesSender(channel, policy.allowFrom, sender));
}

const inGroup = (isIn: boolean): AccessVerdict => (isIn ? ALLOWED : refused("sender-not-allowed-in-group"));

/**
 * The rules of a chat: its own, or those of the larger place that it belongs to, laid over those of `*`, which covers groups that are not named. That every other group
 * is off says nothing of one that is named.
 */
export function groupRulesOf(policy: AccountPolicy, chat: Chat, knownAs?: string): GroupRules | undefined {
  const named = policy.groups.get(chat.id) ?? groupCalled(policy, knownAs) ?? groupCalled(policy, chat.spaceId);
  const rest = policy.groups.get("*");
  if (named === undefined) return rest;
  return { ...rest, enabled: true, ...named };
}

const groupCalled = (policy: AccountPolicy, id: string | undefined): GroupRules | undefined => (id === undefined ? undefined : policy.groups.get(id));
