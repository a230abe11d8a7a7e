import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DiscordGateway } from "./discord-gateway.js";
import { DiscordRest, type RestAnswer, type RestCall } from "./discord-rest.js";
import { DiscordWorld, type DiscordChannel, type DiscordMessage, type DiscordUser } from "./discord-world.js";

export type Misbehaviour =
  | ({ readonly kind: "answer" } & RestAnswer)
  /** Does what it was asked to, and breaks the connection before it says so. */
  | { readonly kind: "cut-after" }
  /** Breaks the connection before it does anything. */
  | { readonly kind: "cut-before" }
  /** Never answers. */
  | { readonly kind: "hang" };

export interface DiscordServerOptions {
  readonly now?: () => number;
  readonly heartbeatMs?: number;
  readonly token?: string;
}

export interface Saying {
  readonly channel: DiscordChannel;
  readonly from: DiscordUser;
  readonly text: string;
  readonly replyTo?: string;
  readonly mentions?: readonly DiscordUser[];
  readonly file?: { readonly bytes: Uint8Array; readonly fileName: string; readonly mimeType: string };
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Discord on one loopback port: REST, files and gateway, for one bot that may come and go. */
export class DiscordServer {
  readonly world: DiscordWorld;
  readonly gateway: DiscordGateway;
  readonly rest: DiscordRest;
  /** Every request, as `POST /channels/1/messages`. */
  readonly calls: { readonly name: string; readonly body: RestCall["body"] }[] = [];
  readonly downloads: (string | undefined)[] = [];
  token: string;
  readonly #http: Server;
  readonly #planned: { readonly match: RegExp; readonly misbehaviour: Misbehaviour }[] = [];
  readonly #now: () => number;

  private constructor({ now = Date.now, heartbeatMs = 40, token = "MTE4.GhIjKl.a-token-of-the-stand-in" }: DiscordServerOptions) {
    this.#now = now;
    this.token = token;
    this.world = new DiscordWorld(now);
    this.gateway = new DiscordGateway({ heartbeatMs, token: () => this.token, greeting: () => this.#greeting(), url: () => this.address.replace("http", "ws") });
    this.rest = new DiscordRest({ world: this.world, address: () => this.address, now, tell: (type, data) => this.gateway.dispatch(type, data) });
    this.#http = createServer((request, response) => {
      void this.#serve(request, response).catch(() => response.destroy());
    });
    this.gateway.attach(this.#http);
  }

  static async start(options: DiscordServerOptions = {}): Promise<DiscordServer> {
    const server = new DiscordServer(options);
    await new Promise<void>((resolve) => { server.#http.listen(0, "127.0.0.1", resolve); });
    return server;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get apiRoot(): string {
    return `${this.address}/api`;
  }

  /** Somebody says something, whether or not the bot is there to hear it. */
  say({ channel, from, text, replyTo, mentions = [], file, extra = {} }: Saying): DiscordMessage {
    const message = this.world.addMessage({
      channel, author: from, content: text, mentions, extra,
      ...(replyTo === undefined ? {} : { replyTo }),
      files: file === undefined ? [] : [this.world.addFile(file.bytes, file.fileName, file.mimeType)],
    });
    this.redeliver(message);
    return message;
  }

  redeliver(message: DiscordMessage): void {
    this.gateway.dispatch("MESSAGE_CREATE", this.rest.asEvent(message));
  }

  edit(message: DiscordMessage, text: string): void {
    message.content = text;
    message.editedAt = this.#now();
    this.gateway.dispatch("MESSAGE_UPDATE", this.rest.asEvent(message));
  }

  /** Somebody uses a command or a button. */
  interact(channel: DiscordChannel, from: DiscordUser, what: Readonly<Record<string, unknown>>): string {
    const id = this.world.snowflake();
    const { guildId } = channel;
    this.gateway.dispatch("INTERACTION_CREATE", {
      id, token: `interaction-${id}`, application_id: this.world.applicationId, version: 1,
      channel_id: channel.id, channel: this.world.asChannel(channel),
      ...(guildId === undefined ? { user: from } : { guild_id: guildId, member: { user: from, roles: [] } }),
      ...what,
    });
    return id;
  }

  /** What the bot has said and not taken back, oldest first. */
  shown(): readonly DiscordMessage[] {
    return [...this.world.messages.values()].filter(({ author, extra }) => author.id === this.world.bot.id && extra["elsewhere"] !== true);
  }

  /** The next request that fits meets this, once. */
  misbehave(match: RegExp, misbehaviour: Misbehaviour): void {
    this.#planned.push({ match, misbehaviour });
  }

  /** From now on the bot's token is another. */
  revoke(): void {
    this.token = "MTE4.MnOpQr.another-token";
  }

  async close(): Promise<void> {
    this.gateway.cut();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => { this.#http.close(() => resolve()); });
  }

  #greeting(): { ready: object; guilds: readonly object[] } {
    const { bot, applicationId, guildId, botRoleId, channels } = this.world;
    const here = [...channels.values()].filter((channel) => channel.guildId === guildId).map((channel) => this.world.asChannel(channel));
    return {
      ready: { v: 10, user: bot, guilds: [{ id: guildId, unavailable: true }], application: { id: applicationId, flags: 0 }, shard: [0, 1] },
      guilds: [{ id: guildId, name: "Club", roles: [{ id: botRoleId, name: "claw", tags: { bot_id: bot.id } }], channels: here.filter(({ type }) => type !== 11), threads: here.filter(({ type }) => type === 11) }],
    };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.address);
    if (url.pathname.startsWith("/attachments/")) return this.#serveFile(url, request, response);
    const call = await readCall(request, url);
    this.calls.push({ name: `${call.method} ${call.path}`, body: call.body });
    const nth = this.#planned.findIndex(({ match }) => match.test(`${call.method} ${call.path}`));
    const misbehaviour = nth < 0 ? undefined : this.#planned.splice(nth, 1)[0]?.misbehaviour;
    if (misbehaviour?.kind === "hang") return;
    if (misbehaviour?.kind === "cut-before") return void request.socket.destroy();
    if (misbehaviour?.kind === "answer") return send(response, misbehaviour);
    const isKnown = request.headers.authorization === `Bot ${this.token}` || call.path.startsWith("/interactions/");
    const answer = isKnown ? this.rest.answer(call) : { status: 401, body: { code: 0, message: "401: Unauthorized" } };
    if (misbehaviour?.kind === "cut-after") return void request.socket.destroy();
    send(response, answer);
  }

  #serveFile(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const file = this.world.files.get(url.pathname.split("/")[2] ?? "");
    this.downloads.push(request.headers.authorization);
    if (file === undefined) return send(response, { status: 404 });
    if (url.searchParams.get("hm") !== file.signature) return send(response, { status: 403 });
    response.writeHead(200, { "content-type": file.mimeType, "content-length": file.bytes.length }).end(file.bytes);
  }
}

const send = (response: ServerResponse, { status, body, headers = {} }: RestAnswer): void => {
  response.writeHead(status, { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers }).end(body === undefined ? undefined : JSON.stringify(body));
};

async function readCall(request: IncomingMessage, url: URL): Promise<RestCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const facts = { method: request.method ?? "", path: url.pathname.replace(/^\/api\/v10/u, ""), query: url.searchParams };
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("multipart/form-data")) return { ...facts, body: bytes.length === 0 ? {} : (JSON.parse(String(bytes)) as RestCall["body"]), files: [] };
  const form = await new Response(bytes, { headers: { "content-type": type } }).formData();
  const files = [...form.entries()].flatMap(([key, value]) => (key.startsWith("files[") && typeof value !== "string" ? [value] : []));
  return {
    ...facts,
    body: JSON.parse(String(form.get("payload_json") ?? "{}")) as RestCall["body"],
    files: await Promise.all(files.map(async (file) => ({ name: file.name, mimeType: file.type, bytes: new Uint8Array(await file.arrayBuffer()) }))),
  };
}
