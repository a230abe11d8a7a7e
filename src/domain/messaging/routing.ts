import { renderChatKey, renderPersonKey } from "../sessions/chat-key.js";
import { mainSessionKey, type SessionNaming } from "../sessions/key.js";
import { boundAgents, type Binding, type BindingFacts } from "./binding.js";
import type { Envelope } from "./envelope.js";
import type { AccountPolicy } from "./policy.js";
import { groupRulesOf } from "./sender-access.js";
import { namesSender } from "./sender-list.js";
import { lastRouteOf, replyTargetOf, type LastRoute, type ReplyTarget } from "./session-target.js";

/**
 * Which direct messages share a session. `main`: all of them, the agent's main one. `owner`: the owner's do, everybody
 * else has one of their own. The others: one a person; a person of a channel; a person of an account.
 */
export const DM_SCOPES = ["owner", "main", "per-peer", "per-channel-peer", "per-account-channel-peer"] as const;
export type DmScope = (typeof DM_SCOPES)[number];

/** What the owner decided about sessions and agents, whatever the account. */
export interface RoutingRules {
  readonly naming: SessionNaming;
  readonly agentIds: readonly string[];
  readonly dmScope: DmScope;
  /** Ids of one person on several channels, each as `<channel>:<id>`, by a name for them. */
  readonly identityLinks: ReadonlyMap<string, readonly string[]>;
  readonly bindings: readonly Binding[];
}

/** Where nothing is said, whoever is let in beside the owner reads nothing of what the owner talked about. */
export const DEFAULT_ROUTING: Pick<RoutingRules, "dmScope" | "identityLinks" | "bindings"> = { dmScope: "owner", identityLinks: new Map(), bindings: [] };

export interface RoutingFacts extends BindingFacts {
  readonly policy: AccountPolicy;
  readonly isOwner: boolean;
}

export interface Route {
  readonly agentId: string;
  readonly sessionKey: string;
  readonly reply: ReplyTarget;
  /** To be kept in the session's entry. Absent where somebody else than the owner speaks in a main session: what is meant for the owner must not go to them. */
  readonly last?: LastRoute;
}

/** Who answers an envelope, in which session, and where to; `undefined` where its ids are too long for a session key. */
export function routeEnvelope(envelope: Envelope, rules: RoutingRules, facts: RoutingFacts): Route | undefined {
  const agentId = agentFor(envelope, rules, facts);
  const sessionKey = sessionKeyFor(envelope, { agentId, rules, facts });
  if (sessionKey === undefined) return undefined;
  const isForeign = sessionKey === mainSessionKey(rules.naming, agentId) && !facts.isOwner;
  return { agentId, sessionKey, reply: replyTargetOf(envelope), ...(isForeign ? {} : { last: lastRouteOf(envelope) }) };
}

/** A binding, then the group's rules, then the account's, then the default. One that names an agent that does not exist is passed over. */
function agentFor(envelope: Envelope, rules: RoutingRules, facts: RoutingFacts): string {
  const { policy, knownAs } = facts;
  const group = envelope.chat.kind === "direct" ? undefined : groupRulesOf(policy, envelope.chat, knownAs)?.agentId;
  const wished = [...boundAgents(rules.bindings, envelope, facts), group, policy.agentId].map((id) => id?.toLowerCase());
  return wished.find((id) => id !== undefined && rules.agentIds.includes(id)) ?? rules.naming.defaultAgentId;
}

/** The account of a channel that has no other name. Most keys leave it out, so that a second account changes none of the first's. */
export const DEFAULT_ACCOUNT_ID = "default";

interface Keying {
  readonly agentId: string;
  readonly rules: RoutingRules;
  readonly facts: RoutingFacts;
}

/** Groups, rooms and threads have a session each, whatever the scope: what is said in private is not for them. */
function sessionKeyFor(envelope: Envelope, { agentId, rules, facts }: Keying): string | undefined {
  const { channel, accountId, chat } = envelope;
  const account = accountId === DEFAULT_ACCOUNT_ID ? {} : { accountId };
  const thread = chat.threadId === undefined ? {} : { threadId: chat.threadId };
  const place = { agentId, channel, ...account, kind: chat.kind, ...thread };
  if (chat.kind !== "direct") return renderChatKey({ ...place, peerId: facts.knownAs ?? chat.id });
  if (rules.naming.scope === "global") return mainSessionKey(rules.naming, agentId);
  if (chat.threadId !== undefined) return renderChatKey({ ...place, peerId: envelope.sender.id });
  const person = linkedPerson(envelope, rules.identityLinks) ?? envelope.sender.id;
  switch (rules.dmScope) {
    case "owner":
      return facts.isOwner ? mainSessionKey(rules.naming, agentId) : renderChatKey({ ...place, peerId: person });
    case "main":
      return mainSessionKey(rules.naming, agentId);
    case "per-peer":
      return renderPersonKey(agentId, person);
    case "per-channel-peer":
      return renderChatKey({ agentId, channel, kind: "direct", peerId: person });
    case "per-account-channel-peer":
      return renderChatKey({ agentId, channel, accountId, kind: "direct", peerId: person });
  }
}

function linkedPerson({ channel, sender }: Envelope, links: RoutingRules["identityLinks"]): string | undefined {
  for (const [person, ids] of links) {
    if (namesSender(channel, ids.filter((id) => id.startsWith(`${channel}:`)), sender)) return person;
  }
  return undefined;
}
