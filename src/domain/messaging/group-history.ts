import { AgeOrderedMap } from "../age-ordered-map.js";
import type { Spoken } from "./speech.js";

/** A message that was kept without being answered. */
export interface HeardMessage extends Spoken {
  readonly messageId: string;
}

/** Some platforms let senders choose the ids of their messages, so an id alone could name somebody else's. */
export type HeardId = Pick<HeardMessage, "messageId"> & { readonly speaker: Pick<HeardMessage["speaker"], "id"> };

const isSame = (a: HeardId, b: HeardId): boolean => a.messageId === b.messageId && a.speaker.id === b.speaker.id;

export interface HistoryLimits {
  readonly maxChats: number;
  /** Whatever an account's policy asks for. */
  readonly maxMessages: number;
  /** In UTF-16 units, of one message and of all of one chat. */
  readonly maxMessageChars: number;
  readonly maxChatChars: number;
}

export const HISTORY_LIMITS: HistoryLimits = { maxChats: 500, maxMessages: 200, maxMessageChars: 2_000, maxChatChars: 16_000 };

/**
 * What was said in each chat since the last answer there, so that an answer knows what the talk was about. A chat is
 * named by its session key. In memory only: after a restart, an answer knows what comes from then on.
 *
 * Bounded: long messages are cut, a chat loses its oldest message first, and of all chats the one that has been silent
 * for longest is forgotten.
 */
export class GroupHistory {
  readonly #limits: HistoryLimits;
  readonly #chats: AgeOrderedMap<readonly HeardMessage[]>;

  constructor(limits: HistoryLimits = HISTORY_LIMITS) {
    this.#limits = limits;
    this.#chats = new AgeOrderedMap(limits.maxChats);
  }

  /** Chats with something kept. */
  get size(): number {
    return this.#chats.size;
  }

  has(chat: string, message: HeardId): boolean {
    return this.#chats.get(chat)?.some((heard) => isSame(heard, message)) ?? false;
  }

  /** Keeps a message; one that is kept already says `text` from now on, at its place. `limit`: how many of this chat's to keep. */
  keep(chat: string, message: HeardMessage, limit: number): void {
    const heard = { ...message, text: cut(message.text, this.#limits.maxMessageChars) };
    const known = this.#chats.get(chat) ?? [];
    const all = this.has(chat, heard) ? known.map((one) => (isSame(one, heard) ? heard : one)) : [...known, heard];
    const count = Math.min(limit, this.#limits.maxMessages);
    this.#put(chat, this.#withinChars(count <= 0 ? [] : all.slice(-count)));
  }

  /** Forgets one message: it is answered after all. */
  drop(chat: string, message: HeardId): void {
    const known = this.#chats.get(chat);
    if (known !== undefined) this.#put(chat, known.filter((heard) => !isSame(heard, message)));
  }

  /** What was kept, oldest first, for the answer that is given now. The next one starts anew. */
  take(chat: string): readonly HeardMessage[] {
    const known = this.#chats.get(chat) ?? [];
    this.#chats.delete(chat);
    return known;
  }

  #withinChars(messages: readonly HeardMessage[]): readonly HeardMessage[] {
    let surplus = messages.reduce((sum, { text }) => sum + text.length, 0) - this.#limits.maxChatChars;
    let from = 0;
    for (; surplus > 0; from += 1) surplus -= messages[from]?.text.length ?? surplus;
    return messages.slice(from);
  }

  #put(chat: string, messages: readonly HeardMessage[]): void {
    if (messages.length === 0) this.#chats.delete(chat);
    else this.#chats.set(chat, messages);
  }
}

const cut = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length - 1).replace(/\p{Cs}$/u, "")}…`);
