import type { Entity } from "./telegram-html.js";

export interface TelegramUser {
  readonly id: number;
  readonly first_name: string;
  readonly last_name?: string;
  readonly username?: string;
  readonly is_bot: boolean;
}

export interface TelegramChat {
  readonly id: number;
  readonly type: "private" | "group" | "supergroup" | "channel";
  readonly title?: string;
  readonly username?: string;
  readonly first_name?: string;
  readonly is_forum?: true;
}

export interface TelegramFile {
  readonly id: string;
  readonly path: string;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly mimeType?: string;
  /** Neither `getFile` nor the download says how large it is. */
  readonly hidesSize?: true;
}

/** A message as the server keeps it. */
export interface KeptMessage {
  readonly id: number;
  readonly chat: TelegramChat;
  readonly author: TelegramUser;
  readonly threadId?: number;
  readonly date: number;
  text: string;
  entities: readonly Entity[];
  readonly replyTo?: number;
  readonly file?: TelegramFile;
  /** The method that it was sent by, for messages of bots. */
  readonly method?: string;
  buttons?: unknown;
  readonly poll?: { readonly id: string; readonly question: string; readonly options: readonly string[] };
  readonly isSilent?: boolean;
  readonly reactions: Map<number, readonly string[]>;
  edits: number;
}

export interface ForumTopic {
  readonly chatId: number;
  readonly threadId: number;
}

/** The people, chats, messages and files behind the Bot API: what stays while bots come and go. */
export class TelegramWorld {
  readonly users = new Map<number, TelegramUser>();
  readonly chats = new Map<number, TelegramChat>();
  readonly messages = new Map<number, KeptMessage>();
  readonly files = new Map<string, TelegramFile>();
  readonly topics: ForumTopic[] = [];
  /** Chats that a bot was shut out of, and in which words. */
  readonly closed = new Map<number, string>();
  readonly moved = new Map<number, number>();
  readonly #now: () => number;
  #ids = 1_000;

  constructor(now: () => number) {
    this.#now = now;
  }

  get date(): number {
    return Math.floor(this.#now() / 1_000);
  }

  nextId(): number {
    this.#ids += 1;
    return this.#ids;
  }

  addUser(facts: Partial<TelegramUser> & Pick<TelegramUser, "first_name">): TelegramUser {
    const user = { id: 5_000_000_000 + this.nextId(), is_bot: false, ...facts };
    this.users.set(user.id, user);
    if (!user.is_bot) this.chats.set(user.id, { id: user.id, type: "private", first_name: user.first_name, ...(user.username === undefined ? {} : { username: user.username }) });
    return user;
  }

  /** Ids as Telegram gives them: negative, and those of supergroups and channels behind `-100`. */
  addChat(facts: Pick<TelegramChat, "type"> & Partial<TelegramChat>): TelegramChat {
    const number = this.nextId();
    const chat = { id: facts.type === "group" ? -(4_000_000 + number) : -(1_001_000_000_000 + number), title: "A chat", ...facts };
    this.chats.set(chat.id, chat);
    return chat;
  }

  addTopic(chat: TelegramChat): ForumTopic {
    const topic = { chatId: chat.id, threadId: this.nextId() };
    this.topics.push(topic);
    return topic;
  }

  addFile(bytes: Uint8Array, name: string, mimeType?: string, more: Partial<TelegramFile> = {}): TelegramFile {
    const id = `AgACAgIAAxkBA${this.nextId()}`;
    const file = { id, path: `documents/file_${this.files.size}.${name.split(".").at(-1) ?? "dat"}`, name, bytes, ...(mimeType === undefined ? {} : { mimeType }), ...more };
    this.files.set(id, file);
    return file;
  }

  keep(message: Omit<KeptMessage, "id" | "date" | "reactions" | "edits"> & { readonly id?: number }): KeptMessage {
    const kept = { reactions: new Map<number, readonly string[]>(), edits: 0, date: this.date, ...message, id: message.id ?? this.nextId() };
    this.messages.set(kept.id, kept);
    return kept;
  }

  change(message: KeptMessage, shown: Partial<Pick<KeptMessage, "text" | "entities" | "buttons">>): void {
    Object.assign(message, shown, { edits: message.edits + 1 });
  }

  find(chatId: number | undefined, messageId: number | undefined): KeptMessage | undefined {
    const message = messageId === undefined ? undefined : this.messages.get(messageId);
    return message !== undefined && message.chat.id === chatId ? message : undefined;
  }

  chatOf(reference: string | undefined): TelegramChat | undefined {
    if (reference?.startsWith("@") === true) return [...this.chats.values()].find(({ username, type }) => type !== "private" && username?.toLowerCase() === reference.slice(1).toLowerCase());
    return this.chats.get(Number(reference));
  }
}

/** A message in Telegram's own shape. */
export function renderMessage(world: TelegramWorld, message: KeptMessage, depth = 1): Record<string, unknown> {
  const { id, chat, author, date, text, entities, threadId, replyTo, file, poll, buttons, edits } = message;
  const answered = replyTo === undefined || depth === 0 ? undefined : world.messages.get(replyTo);
  const spoken = text === "" ? {} : file === undefined ? { text, ...(entities.length > 0 ? { entities } : {}) } : { caption: text, ...(entities.length > 0 ? { caption_entities: entities } : {}) };
  return {
    message_id: id, date, chat,
    ...(chat.type === "channel" ? { sender_chat: chat } : { from: author }),
    ...(threadId === undefined ? {} : { message_thread_id: threadId, is_topic_message: true }),
    ...(answered === undefined ? {} : { reply_to_message: renderMessage(world, answered, depth - 1) }),
    ...(edits > 0 ? { edit_date: world.date } : {}),
    ...(poll === undefined ? spoken : { poll: { id: poll.id, question: poll.question, options: poll.options.map((option) => ({ text: option, voter_count: 0 })) } }),
    ...(file === undefined ? {} : renderFile(message, file)),
    ...(buttons === undefined ? {} : { reply_markup: buttons }),
  };
}

function renderFile({ method }: KeptMessage, { id, name, bytes, mimeType }: TelegramFile): Record<string, unknown> {
  const facts = { file_id: id, file_unique_id: `u${id}`, file_size: bytes.length };
  if (method === "sendPhoto") return { photo: [{ ...facts, file_id: `${id}-small`, file_size: 100, width: 90, height: 60 }, { ...facts, width: 1_280, height: 800 }] };
  const field = method === undefined ? "document" : method.slice("send".length).toLowerCase();
  return { [field]: { ...facts, file_name: name, ...(mimeType === undefined ? {} : { mime_type: mimeType }) } };
}
