import { parseChatKey } from "../sessions/chat-key.js";
import type { SessionEntry } from "../sessions/session.js";
import type { Envelope } from "./envelope.js";
import type { Target } from "./outbound.js";

/** The chat and account that an answer goes to. */
export interface ReplyTarget {
  readonly channel: string;
  readonly accountId: string;
  readonly target: Target;
  /** The message that it answers, where others speak in between. */
  readonly replyTo?: string;
}

/** What a session entry keeps of where its conversation was last: the target that `last` means. */
export type LastRoute = Required<Pick<SessionEntry, "lastChannel" | "lastTo" | "lastAccountId">> & Pick<SessionEntry, "lastThreadId">;

/** Where an answer goes. Among several people it is a reply, so that they see to whom; between two it needs none. */
export const replyTargetOf = ({ channel, accountId, chat, messageId }: Envelope): ReplyTarget => ({
  channel,
  accountId,
  target: { chatId: chat.id, ...(chat.threadId === undefined ? {} : { threadId: chat.threadId }) },
  ...(chat.kind === "direct" ? {} : { replyTo: messageId }),
});

export const lastRouteOf = ({ channel, accountId, chat }: Envelope): LastRoute => ({
  lastChannel: channel,
  lastTo: chat.id,
  lastAccountId: accountId,
  ...(chat.threadId === undefined ? {} : { lastThreadId: chat.threadId }),
});

/** The entry after a message: a thread that the conversation has left is not its last place any more. */
export function withLastRoute(entry: SessionEntry, last: LastRoute): SessionEntry {
  const { lastThreadId: _left, ...rest } = entry;
  return { ...rest, ...last };
}

/** Whether the entry says so already. */
export const isLastRoute = (entry: Pick<SessionEntry, keyof LastRoute>, { lastChannel, lastTo, lastAccountId, lastThreadId }: LastRoute): boolean =>
  entry.lastChannel === lastChannel && entry.lastTo === lastTo && entry.lastAccountId === lastAccountId && entry.lastThreadId === lastThreadId;

/** A place to send to. Without an account, the channel's default one. */
export interface SessionTarget {
  readonly channel: string;
  readonly accountId?: string;
  readonly target: Target;
}

/**
 * Where a message to a session goes: where its conversation was last, else the place that its key names. `undefined`
 * for one that has been nowhere. A direct chat without an entry is named by its person, whose chat the channel opens.
 */
export function targetOfSession(key: string, entry?: Pick<SessionEntry, keyof LastRoute>): SessionTarget | undefined {
  if (entry?.lastChannel !== undefined && entry.lastTo !== undefined) {
    const { lastChannel, lastTo, lastAccountId, lastThreadId } = entry;
    return sessionTarget({ channel: lastChannel, accountId: lastAccountId, chatId: lastTo, threadId: lastThreadId });
  }
  const place = parseChatKey(key);
  return place && sessionTarget({ channel: place.channel, accountId: place.accountId, chatId: place.peerId, threadId: place.threadId });
}

interface TargetParts {
  readonly channel: string;
  readonly chatId: string;
  readonly accountId: string | undefined;
  readonly threadId: string | undefined;
}

const sessionTarget = ({ channel, accountId, chatId, threadId }: TargetParts): SessionTarget => ({
  channel,
  ...(accountId === undefined ? {} : { accountId }),
  target: { chatId, ...(threadId === undefined ? {} : { threadId }) },
});
