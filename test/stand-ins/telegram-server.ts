import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { TelegramBot } from "./telegram-bot.js";
import { numberArg, objectArg, parseForm, type CallForm } from "./telegram-form.js";
import type { Entity } from "./telegram-html.js";
import { answerCall, ApiError } from "./telegram-methods.js";
import { renderMessage, TelegramWorld, type KeptMessage, type TelegramChat, type TelegramFile, type TelegramUser } from "./telegram-world.js";

/** What a call meets instead of its answer. */
export type Misbehaviour =
  | { readonly kind: "answer"; readonly code: number; readonly description: string; readonly parameters?: Readonly<Record<string, number>> }
  /** The connection breaks before anything is done, or after everything is. */
  | { readonly kind: "cut-before" | "cut-after" }
  /** The call is taken and never answered. */
  | { readonly kind: "hang" }
  /** Whoever answers is not the Bot API. */
  | { readonly kind: "page" }
  | { readonly kind: "redirect"; readonly to: string };

export interface RecordedCall {
  readonly method: string;
  readonly token: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly fileNames: readonly string[];
}

export interface Spoken {
  readonly from: TelegramUser;
  /** Without it, the person's direct chat with the bot. */
  readonly chat?: TelegramChat;
  readonly text?: string;
  readonly entities?: readonly Entity[];
  readonly threadId?: number;
  readonly replyTo?: number;
  readonly file?: TelegramFile;
  /** More fields of the message, or others. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface TelegramServerOptions {
  readonly port?: number;
  /** How long one of its seconds lasts, in milliseconds: long polls end sooner for clients on a faster clock. */
  readonly secondMs?: number;
  readonly now?: () => number;
}

/** The Bot API over HTTP, with all that is behind it. Chats, files and what waits outlive every client. */
export class TelegramServer {
  readonly world: TelegramWorld;
  readonly calls: RecordedCall[] = [];
  /** The paths of all files that were asked for. */
  readonly downloads: string[] = [];
  readonly bots = new Map<string, TelegramBot>();
  readonly #secondMs: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #awaiting: { readonly method: RegExp; readonly what: Misbehaviour; left: number }[] = [];
  /** Every update that was ever queued, by the message that it tells of. */
  readonly #told = new Map<number, { readonly bot: TelegramBot; readonly id: number; readonly kind: string; readonly content: unknown }>();

  private constructor({ secondMs = 1_000, now = Date.now }: TelegramServerOptions) {
    this.world = new TelegramWorld(now);
    this.#secondMs = secondMs;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(options: TelegramServerOptions = {}): Promise<TelegramServer> {
    const server = new TelegramServer(options);
    await new Promise<void>((resolve) => { server.#server.listen(options.port ?? 0, "127.0.0.1", resolve); });
    return server;
  }

  get apiRoot(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many connections clients hold open. */
  get sockets(): number {
    return this.#sockets.size;
  }

  /** How many calls are still to meet a trouble. */
  get troubles(): number {
    return this.#awaiting.reduce((sum, { left }) => sum + left, 0);
  }

  addBot({ username = "gateway_bot", first_name = "Gateway", ...facts }: Partial<TelegramUser> = {}): TelegramBot {
    const user = this.world.addUser({ ...facts, username, first_name, is_bot: true });
    const token = `${user.id}:AAE-${`${user.id}`.repeat(3).slice(0, 31)}`;
    const bot = new TelegramBot({ id: user.id, username, token }, { secondMs: this.#secondMs, date: () => this.world.date });
    this.bots.set(token, bot);
    return bot;
  }

  /** The token is void for every call from now on. */
  revoke(bot: TelegramBot): void {
    this.bots.delete(bot.facts.token);
  }

  /** The same bot under another token. */
  rotate(bot: TelegramBot): string {
    this.revoke(bot);
    bot.facts.token = `${bot.facts.id}:BBF-${`${bot.facts.id}`.repeat(3).slice(0, 31)}`;
    this.bots.set(bot.facts.token, bot);
    return bot.facts.token;
  }

  misbehave(method: RegExp, what: Misbehaviour, times = 1): void {
    this.#awaiting.push({ method, what, left: times });
  }

  say(bot: TelegramBot, { from, chat = this.world.chats.get(from.id), text = "", entities = [], threadId, replyTo, file, more = {} }: Spoken): KeptMessage {
    if (chat === undefined) throw new Error("nobody can write to this bot directly");
    const kept = this.world.keep({
      chat, author: from, text, entities,
      ...(threadId === undefined ? {} : { threadId }),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(file === undefined ? {} : { file }),
    });
    this.#tell(bot, chat.type === "channel" ? "channel_post" : "message", { message: kept, content: { ...renderMessage(this.world, kept), ...more } });
    return kept;
  }

  editAs(bot: TelegramBot, message: KeptMessage, text: string): void {
    this.world.change(message, { text, entities: [] });
    bot.push(message.chat.type === "channel" ? "edited_channel_post" : "edited_message", renderMessage(this.world, message));
  }

  react(bot: TelegramBot, user: TelegramUser, message: KeptMessage, emojis: readonly string[]): void {
    const before = message.reactions.get(user.id) ?? [];
    message.reactions.set(user.id, emojis);
    const asTypes = (list: readonly string[]) => list.map((emoji) => ({ type: "emoji", emoji }));
    bot.push("message_reaction", { chat: message.chat, message_id: message.id, user, date: this.world.date, old_reaction: asTypes(before), new_reaction: asTypes(emojis) });
  }

  press(bot: TelegramBot, user: TelegramUser, message: KeptMessage, data: string): string {
    const id = `press-${this.world.nextId()}`;
    bot.push("callback_query", { id, from: user, message: renderMessage(this.world, message), chat_instance: "1", data });
    return id;
  }

  /** A group becomes a supergroup, and both tell of it. */
  migrate(bot: TelegramBot, group: TelegramChat, by: TelegramUser): TelegramChat {
    const { title = "A chat" } = group;
    const next = this.world.addChat({ type: "supergroup", title });
    this.world.moved.set(group.id, next.id);
    this.say(bot, { from: by, chat: group, more: { migrate_to_chat_id: next.id } });
    this.say(bot, { from: by, chat: next, more: { migrate_from_chat_id: group.id } });
    return next;
  }

  /** The update of a message once more, under a number of its own. */
  redeliver(messageId: number): void {
    const told = this.#told.get(messageId);
    told?.bot.push(told.kind, told.content);
  }

  acknowledged(messageId: number): boolean {
    const told = this.#told.get(messageId);
    return told !== undefined && told.bot.confirmed.has(told.id);
  }

  /** What the chats show of a bot, oldest first. */
  shown(bot: TelegramBot): readonly KeptMessage[] {
    return [...this.world.messages.values()].filter(({ author, method }) => author.id === bot.facts.id && method !== undefined);
  }

  callsOf(method: string): readonly RecordedCall[] {
    return this.calls.filter((call) => call.method === method);
  }

  async close(): Promise<void> {
    for (const bot of this.bots.values()) bot.close();
    const closed = new Promise<void>((resolve) => { this.#server.close(() => resolve()); });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #tell(bot: TelegramBot, kind: string, { message, content }: { readonly message: KeptMessage; readonly content: unknown }): void {
    const update = bot.push(kind, content);
    if (update !== undefined) this.#told.set(message.id, { bot, ...update });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [, isFile, token = "", rest = ""] = /^\/(file\/)?bot([^/]+)\/([^?]+)/u.exec(request.url ?? "") ?? [];
    const bot = this.bots.get(token);
    if (isFile !== undefined) return this.#serveFile(bot, rest, response);
    const form = parseForm(request, Buffer.concat(chunks));
    const answer = (status: number, body: unknown): void => {
      if (response.destroyed) return;
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const fail = (code: number, description: string, parameters?: unknown): void => answer(code, { ok: false, error_code: code, description, ...(parameters === undefined ? {} : { parameters }) });
    if (form === undefined) return fail(400, "Bad Request: can't parse the request");
    this.calls.push({ method: rest, token, fields: form.fields, fileNames: [...form.files.values()].map(({ name }) => name) });
    if (bot === undefined) return /^[0-9]+:/u.test(token) ? fail(401, "Unauthorized") : fail(404, "Not Found");
    const trouble = this.#troubleFor(rest);
    if (trouble !== undefined && trouble.kind !== "cut-after") return this.#meet(trouble, response, fail);
    if (rest === "getUpdates") return this.#poll(bot, form, { response, answer, fail });
    const self = this.world.users.get(bot.facts.id);
    try {
      if (self === undefined) throw new ApiError(401, "Unauthorized");
      const result = answerCall({ bot, self, world: this.world, form, method: rest });
      if (trouble === undefined) answer(200, { ok: true, result });
      else response.destroy();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      fail(error.code, error.message, error.parameters);
    }
  }

  #poll(bot: TelegramBot, form: CallForm, { response, answer, fail }: { readonly response: ServerResponse; readonly answer: (status: number, body: unknown) => void; readonly fail: (code: number, description: string) => void }): void {
    if (bot.webhook !== undefined) return fail(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first");
    bot.allowed = (objectArg(form, "allowed_updates") as string[] | undefined) ?? bot.allowed;
    bot.poll({ offset: numberArg(form, "offset") ?? 0, limit: numberArg(form, "limit") ?? 100, seconds: Math.min(numberArg(form, "timeout") ?? 0, 50) }, response, answer);
  }

  #serveFile(bot: TelegramBot | undefined, path: string, response: ServerResponse): void {
    this.downloads.push(path);
    const file = [...this.world.files.values()].find((one) => one.path === decodeURIComponent(path));
    const trouble = this.#troubleFor("file");
    if (bot === undefined || file === undefined) return void response.writeHead(404).end();
    if (trouble?.kind === "cut-after") {
      response.writeHead(200, { "content-length": file.bytes.length });
      response.write(file.bytes.subarray(0, Math.floor(file.bytes.length / 2)), () => response.destroy());
    } else if (trouble?.kind === "answer") response.writeHead(trouble.code).end();
    else if (trouble?.kind === "hang") response.writeHead(200).write(file.bytes.subarray(0, 1));
    else response.writeHead(200, { "content-type": "application/octet-stream", ...(file.hidesSize === true ? {} : { "content-length": file.bytes.length }) }).end(file.bytes);
  }

  #troubleFor(method: string): Misbehaviour | undefined {
    const next = this.#awaiting.find((one) => one.left > 0 && one.method.test(method));
    if (next !== undefined) next.left -= 1;
    return next?.what;
  }

  #meet(trouble: Misbehaviour, response: ServerResponse, fail: (code: number, description: string, parameters?: unknown) => void): void {
    if (trouble.kind === "answer") fail(trouble.code, trouble.description, trouble.parameters);
    else if (trouble.kind === "page") response.writeHead(200, { "content-type": "text/html" }).end("<html><body>Welcome to nginx!</body></html>");
    else if (trouble.kind === "redirect") response.writeHead(307, { location: trouble.to }).end();
    else if (trouble.kind !== "hang") response.destroy();
  }
}
