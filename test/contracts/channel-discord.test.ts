import { discord, parseDiscordConfig } from "../../src/adapters/channels/discord/index.js";
import { channelContract, type ChannelPlatform, type ChannelRig, type Said, type Shown, type Trouble } from "../../src/testing/contracts/channel.js";
import { TestChannelHost } from "../../src/testing/test-channel-host.js";
import { DiscordServer, type Misbehaviour } from "../stand-ins/discord-server.js";
import type { DiscordChannel, DiscordMessage, DiscordUser } from "../stand-ins/discord-world.js";

const TROUBLES: Readonly<Record<Trouble, Misbehaviour>> = {
  // As of a limit that several share: without the headers of a bucket of the bot's own.
  "rate-limited": { kind: "answer", status: 429, headers: { "retry-after": "7", "x-ratelimit-scope": "shared" }, body: { message: "You are being rate limited.", retry_after: 7, global: false } },
  "server-error": { kind: "answer", status: 502, body: { message: "Bad Gateway" } },
  "cut-after-request": { kind: "cut-after" },
  forbidden: { kind: "answer", status: 403, body: { code: 50_013, message: "Missing Permissions" } },
};

class DiscordPlatform implements ChannelPlatform {
  readonly direct: DiscordChannel;
  readonly group: DiscordChannel;
  readonly #server: DiscordServer;
  readonly #ada: DiscordUser;
  readonly #thread: DiscordChannel;

  constructor(server: DiscordServer) {
    const { world } = server;
    const { guildId } = world;
    this.#server = server;
    this.#ada = world.addUser("ada", { global_name: "Ada Lovelace" });
    this.direct = world.direct(this.#ada);
    this.group = world.addChannel({ type: 0, name: "general", guildId });
    this.#thread = world.addChannel({ type: 11, name: "a thread", guildId, parentId: this.group.id });
  }

  async say({ text, chat = "direct", mention = false, file, own = false }: Said): Promise<string> {
    const { bot } = this.#server.world;
    const { id } = this.#server.say({
      channel: chat === "direct" ? this.direct : chat === "group" ? this.group : this.#thread,
      from: own ? bot : this.#ada,
      text: mention ? `<@${bot.id}> ${text}` : text,
      mentions: mention ? [bot] : [],
      extra: own ? { elsewhere: true } : {},
      ...(file === undefined ? {} : { file }),
    });
    return id;
  }

  async redeliver(messageId: string): Promise<void> {
    const message = this.#server.world.messages.get(messageId);
    if (message !== undefined) this.#server.redeliver(message);
  }

  acknowledged(): undefined {
    return undefined;
  }

  shown(): readonly Shown[] {
    return this.#server.shown().map(asShown);
  }

  trouble(trouble: Trouble): void {
    this.#server.misbehave(/^POST \/channels\/\d+\/messages$/u, TROUBLES[trouble]);
  }

  connections(): { now: number; most: number } {
    return this.#server.gateway.connections;
  }

  cut(): void {
    this.#server.gateway.cut();
  }

  revoke(): void {
    this.#server.revoke();
  }
}

const asShown = ({ id, channel, content, replyTo, reactions, files }: DiscordMessage): Shown => ({
  messageId: id,
  chatId: channel.parentId ?? channel.id,
  text: content,
  reactions: [...reactions.keys()],
  ...(channel.parentId === undefined ? {} : { threadId: channel.id }),
  ...(replyTo === undefined ? {} : { replyTo }),
  ...(files[0] === undefined ? {} : { file: files[0].bytes }),
});

async function createRig(): Promise<ChannelRig> {
  const host = new TestChannelHost();
  const server = await DiscordServer.start({ now: () => host.clock.now() });
  const reading = parseDiscordConfig({ apiRoot: server.apiRoot }, "default", { DISCORD_BOT_TOKEN: server.token });
  if ("issues" in reading) throw new Error(JSON.stringify(reading.issues));
  const platform = new DiscordPlatform(server);
  return {
    channel: discord(reading.config), host, platform,
    direct: { chatId: platform.direct.id },
    group: { chatId: platform.group.id },
    nobody: { chatId: "987654321098765432" },
    close: () => server.close(),
  };
}

channelContract("discord", createRig);
