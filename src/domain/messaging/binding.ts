import type { ChatKind, Envelope } from "./envelope.js";
import { namesSender } from "./sender-list.js";

/** An owner's word on which agent answers where; all that `match` names must hold. */
export interface Binding {
  readonly agentId: string;
  readonly match: {
    readonly channel: string;
    /** Without one, the channel's default account; `*` is every account. */
    readonly accountId?: string;
    /** A person of a direct chat, a chat, or one thread of it as `<chat>:topic:<thread>` or `<chat>:thread:<thread>`. */
    readonly peer?: { readonly kind: string; readonly id: string };
    /** The larger place: a guild, a workspace. */
    readonly guildId?: string;
    readonly teamId?: string;
  };
}

export interface BindingFacts {
  /** The envelope's account is the one that its channel uses where none is named. */
  readonly isDefaultAccount: boolean;
  /** The id under which the chat was first known, where it goes on under another one since. */
  readonly knownAs?: string;
}

/**
 * The agents whose bindings match, the most specific binding's first: thread, peer, guild, team, account, channel. Of
 * two that are equally specific the one that was written first comes first.
 */
export function boundAgents(bindings: readonly Binding[], envelope: Envelope, facts: BindingFacts): readonly string[] {
  return bindings
    .flatMap((binding) => {
      const rank = rankOf(binding, envelope, facts);
      return rank === undefined ? [] : [{ rank, agentId: binding.agentId }];
    })
    .sort((a, b) => b.rank - a.rank)
    .map(({ agentId }) => agentId);
}

/** How specific a binding is; `undefined` where it does not match. */
function rankOf({ match }: Binding, envelope: Envelope, facts: BindingFacts): number | undefined {
  const { channel, accountId, chat } = envelope;
  if (match.channel.toLowerCase() !== channel) return undefined;
  if (match.accountId === undefined ? !facts.isDefaultAccount : match.accountId !== "*" && match.accountId !== accountId) return undefined;
  if (match.guildId !== undefined && match.guildId !== chat.spaceId) return undefined;
  if (match.teamId !== undefined && match.teamId !== chat.spaceId) return undefined;
  if (match.peer !== undefined) return peerRank(match.peer, envelope, facts);
  if (match.guildId !== undefined) return 4;
  if (match.teamId !== undefined) return 3;
  return match.accountId === "*" ? 1 : 2;
}

const KINDS = new Map<string, "direct" | "shared">([["direct", "direct"], ["dm", "direct"], ["group", "shared"], ["channel", "shared"], ["room", "shared"]]);

/** Whether a chat is a group or a room is the platform's distinction, and owners mix them up. */
const kindOf = (kind: ChatKind): "direct" | "shared" => (kind === "direct" ? "direct" : "shared");

function peerRank(peer: { readonly kind: string; readonly id: string }, { channel, chat, sender }: Envelope, { knownAs }: BindingFacts): number | undefined {
  if (KINDS.get(peer.kind.toLowerCase()) !== kindOf(chat.kind)) return undefined;
  const chatIds = knownAs === undefined ? [chat.id] : [chat.id, knownAs];
  const threads = chat.threadId === undefined ? [] : chatIds.flatMap((id) => [`${id}:topic:${chat.threadId}`, `${id}:thread:${chat.threadId}`]);
  if (threads.includes(peer.id)) return 6;
  const isPeer = chatIds.includes(peer.id) || (chat.kind === "direct" && namesSender(channel, [peer.id], sender));
  return isPeer ? 5 : undefined;
}
