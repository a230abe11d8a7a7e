import type { DiscordFile, DiscordMessage, DiscordWorld } from "./discord-world.js";

export interface RestCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly files: readonly { readonly name: string; readonly mimeType: string; readonly bytes: Uint8Array }[];
}

export interface RestAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RestParts {
  readonly world: DiscordWorld;
  address(): string;
  now(): number;
  tell(type: string, data: Readonly<Record<string, unknown>>): void;
}

const error = (status: number, code: number, message: string): RestAnswer => ({ status, body: { code, message } });
const UNKNOWN_CHANNEL = error(404, 10_003, "Unknown Channel");
const UNKNOWN_MESSAGE = error(404, 10_008, "Unknown Message");
const FORBIDDEN = error(403, 50_005, "Cannot edit a message authored by another user");
const DONE: RestAnswer = { status: 204 };

type Route = readonly [method: string, pattern: RegExp, answer: (call: RestCall, ids: readonly string[]) => RestAnswer];

/** Discord's REST API for one bot, as far as a bot of ours uses it. */
export class DiscordRest {
  /** Shut out of these: code 50001. */
  readonly hidden = new Set<string>();
  readonly typed: string[] = [];
  readonly callbacks: { readonly id: string; readonly body: unknown }[] = [];
  sessionsLeft = 1_000;
  readonly #parts: RestParts;
  readonly #nonces = new Map<string, DiscordMessage>();
  readonly #routes: readonly Route[];

  constructor(parts: RestParts) {
    this.#parts = parts;
    const { world } = parts;
    this.#routes = [
      ["GET", /^\/gateway\/bot$/u, () => ({ status: 200, body: { url: parts.address().replace("http", "ws"), shards: 1, session_start_limit: { total: 1_000, remaining: this.sessionsLeft, reset_after: 60_000, max_concurrency: 1 } } })],
      ["GET", /^\/users\/@me$/u, () => ({ status: 200, body: world.bot })],
      ["POST", /^\/users\/@me\/channels$/u, ({ body }) => this.#openDirect(String(body["recipient_id"]))],
      ["GET", /^\/channels\/(\d+)$/u, (_call, [id = ""]) => this.#inChannel(id, () => ({ status: 200, body: world.asChannel(world.channels.get(id) ?? { id, type: 0 }) }))],
      ["GET", /^\/channels\/(\d+)\/messages$/u, ({ query }, [id = ""]) => this.#inChannel(id, () => this.#history(id, query))],
      ["POST", /^\/channels\/(\d+)\/messages$/u, (call, [id = ""]) => this.#inChannel(id, () => this.#create(id, call))],
      ["GET", /^\/channels\/(\d+)\/messages\/(\d+)$/u, (_call, [, id = ""]) => this.#onMessage(id, (message) => ({ status: 200, body: this.#render(message) }))],
      ["PATCH", /^\/channels\/(\d+)\/messages\/(\d+)$/u, ({ body }, [, id = ""]) => this.#onMessage(id, (message) => this.#edit(message, body))],
      ["DELETE", /^\/channels\/(\d+)\/messages\/(\d+)$/u, (_call, [, id = ""]) => this.#onMessage(id, () => { world.messages.delete(id); return DONE; })],
      ["PUT", /^\/channels\/(\d+)\/messages\/(\d+)\/reactions\/([^/]+)\/@me$/u, (_call, [, id = "", emoji = ""]) => this.#onMessage(id, (message) => this.#react(message, decodeURIComponent(emoji), true))],
      ["DELETE", /^\/channels\/(\d+)\/messages\/(\d+)\/reactions\/([^/]+)\/@me$/u, (_call, [, id = "", emoji = ""]) => this.#onMessage(id, (message) => this.#react(message, decodeURIComponent(emoji), false))],
      ["POST", /^\/channels\/(\d+)\/typing$/u, (_call, [id = ""]) => this.#inChannel(id, () => { this.typed.push(id); return DONE; })],
      ["POST", /^\/applications\/(\d+)\/commands$/u, ({ body }) => { world.commands.set(String(body["name"]), body); return { status: 201, body: { id: world.snowflake(), ...body } }; }],
      ["PUT", /^\/applications\/(\d+)\/commands$/u, ({ body }) => { world.commands.clear(); return { status: 200, body }; }],
      ["POST", /^\/interactions\/(\d+)\/([^/]+)\/callback$/u, ({ body }, [id = ""]) => { this.callbacks.push({ id, body }); return DONE; }],
    ];
  }

  answer(call: RestCall): RestAnswer {
    for (const [method, pattern, answer] of this.#routes) {
      const match = method === call.method ? pattern.exec(call.path) : null;
      if (match !== null) return answer(call, match.slice(1));
    }
    return error(404, 0, "404: Not Found");
  }

  #inChannel(id: string, answer: () => RestAnswer): RestAnswer {
    if (this.hidden.has(id)) return error(403, 50_001, "Missing Access");
    return this.#parts.world.channels.has(id) ? answer() : UNKNOWN_CHANNEL;
  }

  #onMessage(id: string, answer: (message: DiscordMessage) => RestAnswer): RestAnswer {
    const message = this.#parts.world.messages.get(id);
    return message === undefined ? UNKNOWN_MESSAGE : answer(message);
  }

  #openDirect(userId: string): RestAnswer {
    const { world } = this.#parts;
    const user = world.users.get(userId);
    return user === undefined ? error(404, 10_013, "Unknown User") : { status: 200, body: world.asChannel(world.direct(user)) };
  }

  #history(channelId: string, query: URLSearchParams): RestAnswer {
    const from = BigInt(query.get("after") ?? "0");
    const limit = Number(query.get("limit") ?? "50");
    const found = this.#parts.world.messagesIn(channelId).filter(({ id }) => BigInt(id) > from).slice(0, limit);
    return { status: 200, body: found.map((message) => this.#render(message)).toReversed() };
  }

  #create(channelId: string, { body, files }: RestCall): RestAnswer {
    const { world, tell } = this.#parts;
    const channel = world.channels.get(channelId);
    const content = String(body["content"] ?? "");
    if (channel === undefined) return UNKNOWN_CHANNEL;
    if (channel.type === 15) return error(400, 50_008, "Cannot send messages in a non-text channel");
    if (content === "" && files.length === 0 && body["poll"] === undefined) return error(400, 50_006, "Cannot send an empty message");
    if ([...content].length > 2_000) return error(400, 50_035, "Invalid Form Body");
    const nonce = body["enforce_nonce"] === true ? `${channelId}:${String(body["nonce"])}` : undefined;
    const before = nonce === undefined ? undefined : this.#nonces.get(nonce);
    if (before !== undefined) return { status: 200, body: this.#render(before) };
    const replyTo = (body["message_reference"] as { readonly message_id?: string } | undefined)?.message_id;
    const message = world.addMessage({
      channel, content, author: world.bot,
      ...(replyTo === undefined || !world.messages.has(replyTo) ? {} : { replyTo }),
      files: files.map(({ bytes, name, mimeType }): DiscordFile => world.addFile(bytes, name, mimeType)),
      extra: { ...(body["poll"] === undefined ? {} : { poll: body["poll"] }), ...(body["components"] === undefined ? {} : { components: body["components"] }), ...(body["flags"] === undefined ? {} : { flags: body["flags"] }) },
    });
    if (nonce !== undefined) this.#nonces.set(nonce, message);
    tell("MESSAGE_CREATE", this.asEvent(message));
    return { status: 200, body: this.#render(message) };
  }

  #edit(message: DiscordMessage, { content }: RestCall["body"]): RestAnswer {
    const { world, tell, now } = this.#parts;
    if (message.author.id !== world.bot.id) return FORBIDDEN;
    message.content = String(content ?? message.content);
    message.editedAt = now();
    tell("MESSAGE_UPDATE", this.asEvent(message));
    return { status: 200, body: this.#render(message) };
  }

  #react(message: DiscordMessage, emoji: string, isAdded: boolean): RestAnswer {
    const { world } = this.#parts;
    const who = message.reactions.get(emoji) ?? new Set<string>();
    if (isAdded) who.add(world.bot.id);
    else who.delete(world.bot.id);
    if (who.size === 0) message.reactions.delete(emoji);
    else message.reactions.set(emoji, who);
    return DONE;
  }

  /** As the gateway tells it: in a guild with the guild, otherwise with the kind of the channel. */
  asEvent(message: DiscordMessage): Record<string, unknown> {
    const { guildId, type } = message.channel;
    return { ...this.#render(message), channel_type: type, ...(guildId === undefined ? {} : { guild_id: guildId, member: { nick: null, roles: [] } }) };
  }

  #render(message: DiscordMessage): Record<string, unknown> {
    return this.#parts.world.asMessage(message, this.#parts.address());
  }
}
