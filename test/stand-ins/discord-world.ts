export interface DiscordUser {
  readonly id: string;
  readonly username: string;
  readonly global_name?: string;
  readonly bot?: boolean;
}

export interface DiscordChannel {
  readonly id: string;
  /** 0 text, 1 direct, 11 thread, 15 forum. */
  readonly type: number;
  readonly name?: string;
  readonly guildId?: string;
  readonly parentId?: string;
  readonly recipient?: DiscordUser;
}

export interface DiscordFile {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
  /** Without a valid one the file server refuses. */
  signature: string;
}

export interface DiscordMessage {
  readonly id: string;
  readonly channel: DiscordChannel;
  readonly author: DiscordUser;
  content: string;
  editedAt?: number;
  readonly sentAt: number;
  readonly replyTo?: string;
  readonly mentions: readonly DiscordUser[];
  readonly files: readonly DiscordFile[];
  readonly reactions: Map<string, Set<string>>;
  readonly extra: Readonly<Record<string, unknown>>;
}

const EPOCH = 1_420_070_400_000n;

/** What Discord keeps, whoever is connected: people, channels, messages, files. */
export class DiscordWorld {
  readonly bot: DiscordUser;
  readonly applicationId: string;
  readonly guildId: string;
  readonly botRoleId: string;
  readonly users = new Map<string, DiscordUser>();
  readonly channels = new Map<string, DiscordChannel>();
  readonly messages = new Map<string, DiscordMessage>();
  readonly files = new Map<string, DiscordFile>();
  readonly commands = new Map<string, unknown>();
  readonly #now: () => number;
  #count = 0n;

  constructor(now: () => number) {
    this.#now = now;
    this.bot = this.addUser("claw", { bot: true });
    this.applicationId = this.bot.id;
    this.guildId = this.snowflake();
    this.botRoleId = this.snowflake();
  }

  snowflake(): string {
    this.#count += 1n;
    return String(((BigInt(Math.trunc(this.#now())) - EPOCH) << 22n) + this.#count);
  }

  addUser(username: string, facts: Partial<DiscordUser> = {}): DiscordUser {
    const user = { id: this.snowflake(), username, ...facts };
    this.users.set(user.id, user);
    return user;
  }

  addChannel(facts: Omit<DiscordChannel, "id">): DiscordChannel {
    const channel = { id: this.snowflake(), ...facts };
    this.channels.set(channel.id, channel);
    return channel;
  }

  /** The one direct channel with somebody. */
  direct(recipient: DiscordUser): DiscordChannel {
    return [...this.channels.values()].find((channel) => channel.recipient?.id === recipient.id) ?? this.addChannel({ type: 1, recipient });
  }

  addFile(bytes: Uint8Array, name: string, mimeType: string): DiscordFile {
    const file = { id: this.snowflake(), name, mimeType, bytes, signature: "valid" };
    this.files.set(file.id, file);
    return file;
  }

  addMessage(facts: Pick<DiscordMessage, "channel" | "author" | "content"> & Partial<DiscordMessage>): DiscordMessage {
    const message = { id: this.snowflake(), sentAt: this.#now(), mentions: [], files: [], reactions: new Map<string, Set<string>>(), extra: {}, ...facts };
    this.messages.set(message.id, message);
    return message;
  }

  /** Oldest first. */
  messagesIn(channelId: string): readonly DiscordMessage[] {
    return [...this.messages.values()].filter(({ channel }) => channel.id === channelId);
  }

  /** As REST has it; the gateway adds the guild. */
  asMessage(message: DiscordMessage, address: string): Record<string, unknown> {
    const answered = message.replyTo === undefined ? undefined : this.messages.get(message.replyTo);
    return {
      id: message.id, channel_id: message.channel.id, author: message.author, content: message.content,
      timestamp: new Date(message.sentAt).toISOString(),
      edited_timestamp: message.editedAt === undefined ? null : new Date(message.editedAt).toISOString(),
      tts: false, mention_everyone: false, mentions: message.mentions, mention_roles: [], embeds: [], pinned: false,
      type: message.replyTo === undefined ? 0 : 19,
      attachments: message.files.map(({ id, name, bytes, mimeType, signature }) => ({ id, filename: name, size: bytes.length, content_type: mimeType, url: `${address}/attachments/${id}/${encodeURIComponent(name)}?hm=${signature}` })),
      ...(message.replyTo === undefined ? {} : { message_reference: { type: 0, message_id: message.replyTo, channel_id: message.channel.id }, referenced_message: answered === undefined ? null : this.asMessage(answered, address) }),
      ...message.extra,
    };
  }

  asChannel({ id, type, name, guildId, parentId, recipient }: DiscordChannel): Record<string, unknown> {
    return {
      id, type,
      last_message_id: this.messagesIn(id).at(-1)?.id ?? null,
      ...(name === undefined ? {} : { name }),
      ...(guildId === undefined ? {} : { guild_id: guildId }),
      ...(parentId === undefined ? {} : { parent_id: parentId }),
      ...(recipient === undefined ? {} : { recipients: [recipient] }),
    };
  }
}
