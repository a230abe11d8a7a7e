import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { parseTelegramConfig, telegram } from "../../src/adapters/channels/telegram/index.js";
import type { Channel } from "../../src/ports/channel.js";
import { channelContract, type ChannelPlatform, type ChannelRig, type Said, type Shown, type Trouble } from "../../src/testing/contracts/channel.js";
import { TestChannelHost } from "../../src/testing/test-channel-host.js";
import type { TelegramBot } from "../stand-ins/telegram-bot.js";
import { TelegramServer, type Misbehaviour } from "../stand-ins/telegram-server.js";
import type { ForumTopic, KeptMessage, TelegramChat, TelegramUser } from "../stand-ins/telegram-world.js";

const TROUBLES: Readonly<Record<Trouble, Misbehaviour>> = {
  "rate-limited": { kind: "answer", code: 429, description: "Too Many Requests: retry after 7", parameters: { retry_after: 7 } },
  "server-error": { kind: "answer", code: 502, description: "Bad Gateway" },
  "cut-after-request": { kind: "cut-after" },
  forbidden: { kind: "answer", code: 403, description: "Forbidden: bot was blocked by the user" },
};

class TelegramPlatform implements ChannelPlatform {
  readonly #server: TelegramServer;
  readonly #bot: TelegramBot;
  readonly #ada: TelegramUser;
  readonly #group: TelegramChat;
  readonly #topic: ForumTopic;
  readonly #forum: TelegramChat;

  constructor(server: TelegramServer, bot: TelegramBot) {
    const { world } = server;
    this.#server = server;
    this.#bot = bot;
    this.#ada = world.addUser({ first_name: "Ada", last_name: "Lovelace", username: "ada" });
    this.#group = world.addChat({ type: "group", title: "Family" });
    this.#forum = world.addChat({ type: "supergroup", title: "Club", is_forum: true });
    this.#topic = world.addTopic(this.#forum);
  }

  get places(): { readonly direct: string; readonly group: string } {
    return { direct: String(this.#ada.id), group: String(this.#group.id) };
  }

  async say({ text, chat = "direct", mention = false, file, own = false }: Said): Promise<string> {
    const { world } = this.#server;
    const name = `@${this.#bot.facts.username}`;
    const kept = this.#server.say(this.#bot, {
      from: own ? (world.users.get(this.#bot.facts.id) ?? this.#ada) : this.#ada,
      text: mention ? `${name} ${text}` : text,
      ...(mention ? { entities: [{ type: "mention", offset: 0, length: name.length }] } : {}),
      ...(chat === "direct" ? { chat: world.chats.get(this.#ada.id) ?? this.#group } : { chat: chat === "group" ? this.#group : this.#forum }),
      ...(chat === "thread" ? { threadId: this.#topic.threadId } : {}),
      ...(file === undefined ? {} : { file: world.addFile(file.bytes, file.fileName, file.mimeType) }),
    });
    return String(kept.id);
  }

  async redeliver(messageId: string): Promise<void> {
    this.#server.redeliver(Number(messageId));
  }

  acknowledged(messageId: string): boolean {
    return this.#server.acknowledged(Number(messageId));
  }

  shown(): readonly Shown[] {
    return this.#server.shown(this.#bot).map(asShown);
  }

  trouble(trouble: Trouble): void {
    this.#server.misbehave(/^send/u, TROUBLES[trouble]);
  }

  connections(): { now: number; most: number } {
    return this.#bot.polls;
  }

  cut(): void {
    if (this.#bot.webhook === undefined) this.#bot.cut();
    // Nobody notices that Telegram does not call, but that it no longer means to can be asked.
    else this.#bot.setWebhook(undefined);
  }

  revoke(): void {
    this.#server.revoke(this.#bot);
  }
}

const asShown = ({ id, chat, threadId, text, replyTo, reactions, file }: KeptMessage): Shown => ({
  messageId: String(id),
  chatId: String(chat.id),
  text,
  reactions: [...reactions.values()].flat(),
  ...(threadId === undefined ? {} : { threadId: String(threadId) }),
  ...(replyTo === undefined ? {} : { replyTo: String(replyTo) }),
  ...(file === undefined ? {} : { file: new Uint8Array(file.bytes) }),
});

/** What stands before the gateway and hands on what Telegram calls. */
async function startFront(channel: () => Channel): Promise<Server> {
  const front = createServer((request: IncomingMessage, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const answer = await channel().webhook?.handle({ method: request.method ?? "", headers, query: "", body: Buffer.concat(chunks) });
      response.writeHead(answer?.status ?? 404, answer?.headers).end(answer?.body);
    })();
  });
  await new Promise<void>((resolve) => { front.listen(0, "127.0.0.1", resolve); });
  return front;
}

async function createRig({ webhook = false } = {}): Promise<ChannelRig> {
  const host = new TestChannelHost();
  const server = await TelegramServer.start({ secondMs: 5, now: () => host.clock.now() });
  const bot = server.addBot();
  let channel: Channel;
  const front = webhook ? await startFront(() => channel) : undefined;
  const keys = front === undefined ? {} : { webhookUrl: `http://127.0.0.1:${(front.address() as AddressInfo).port}/telegram-webhook`, webhookSecret: "a-secret-of-the-webhook" };
  const reading = parseTelegramConfig({ apiRoot: server.apiRoot, ...keys }, "default", { TELEGRAM_BOT_TOKEN: bot.facts.token });
  if ("issues" in reading) throw new Error(JSON.stringify(reading.issues));
  channel = telegram(reading.config);
  const platform = new TelegramPlatform(server, bot);
  return {
    channel, host, platform,
    direct: { chatId: platform.places.direct },
    group: { chatId: platform.places.group },
    nobody: { chatId: "987654321" },
    close: async () => {
      await server.close();
      front?.closeAllConnections();
      await new Promise<void>((resolve) => { if (front === undefined) resolve(); else front.close(() => resolve()); });
    },
  };
}

channelContract("telegram", () => createRig());
channelContract("telegram by webhook", () => createRig({ webhook: true }));
