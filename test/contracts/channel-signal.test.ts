import { parseSignalConfig, signal } from "../../src/adapters/channels/signal/index.js";
import { channelContract, type ChannelPlatform, type ChannelRig, type Said, type Shown, type Trouble } from "../../src/testing/contracts/channel.js";
import { TestChannelHost } from "../../src/testing/test-channel-host.js";
import { SignalServer, type Misbehaviour } from "../stand-ins/signal-server.js";
import type { SignalGroup, SignalMessage, SignalPerson } from "../stand-ins/signal-world.js";

const NUMBER = "+491511234567";

const TROUBLES: Readonly<Record<Trouble, Misbehaviour>> = {
  "rate-limited": { kind: "error", code: -5, message: "Failed to send message due to rate limiting", data: { response: { timestamp: 1, results: [{ type: "RATE_LIMIT_FAILURE", retryAfterSeconds: 7 }] } } },
  "server-error": { kind: "status", status: 500 },
  "cut-after-request": { kind: "cut-after" },
  forbidden: { kind: "error", code: -4, message: "Failed to send message due to untrusted identities" },
};

class SignalPlatform implements ChannelPlatform {
  readonly ada: SignalPerson;
  readonly group: SignalGroup;
  readonly #server: SignalServer;
  readonly #account: SignalPerson;

  constructor(server: SignalServer) {
    this.#server = server;
    this.#account = server.world.addAccount(NUMBER);
    this.ada = server.world.addPerson("Ada");
    this.group = server.world.addGroup("Family");
  }

  async say({ text, chat = "direct", mention = false, file, own = false }: Said): Promise<string> {
    const timestamp = this.#server.say(this.#account, {
      from: own ? this.#account : this.ada,
      chat: chat === "group" ? { group: this.group } : { person: own ? this.ada : this.#account },
      sync: own,
      text: mention ? `\ufffc ${text}` : text,
      ...(mention ? { more: { mentions: [{ name: NUMBER, number: NUMBER, uuid: this.#account.uuid, start: 0, length: 1 }] } } : {}),
      ...(file === undefined ? {} : { file }),
    });
    return own ? String(timestamp) : `${timestamp}:${this.ada.uuid}`;
  }

  async redeliver(messageId: string): Promise<void> {
    this.#server.redeliver(Number(messageId.split(":")[0]));
  }

  acknowledged(): undefined {
    return undefined;
  }

  shown(): readonly Shown[] {
    return this.#server.world.sent.map(asShown);
  }

  trouble(trouble: Trouble): void {
    this.#server.misbehave(/^send$/u, TROUBLES[trouble]);
  }

  connections(): { now: number; most: number } {
    return this.#server.connections;
  }

  cut(): void {
    this.#server.cut();
  }

  revoke(): void {
    this.#server.world.accounts.clear();
  }
}

const asShown = ({ timestamp, chat, text, quote, reactions, files }: SignalMessage): Shown => ({
  messageId: String(timestamp),
  chatId: "group" in chat ? chat.group.id : chat.person.uuid,
  text,
  reactions: [...reactions.values()],
  ...(quote === undefined ? {} : { replyTo: `${quote.timestamp}:${quote.author}` }),
  ...(files[0] === undefined ? {} : { file: files[0].bytes }),
});

async function createRig(): Promise<ChannelRig> {
  const host = new TestChannelHost();
  const server = await SignalServer.start({ clock: host.clock });
  const reading = parseSignalConfig({ account: NUMBER, httpUrl: server.url, sendReadReceipts: true }, "default", {});
  if ("issues" in reading) throw new Error(JSON.stringify(reading.issues));
  const platform = new SignalPlatform(server);
  return {
    channel: signal(reading.config), host, platform,
    direct: { chatId: platform.ada.uuid },
    group: { chatId: platform.group.id },
    nobody: { chatId: "99999999-9999-4999-8999-999999999999" },
    close: () => server.close(),
  };
}

channelContract("signal", createRig);
