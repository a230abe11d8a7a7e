import { imessage, parseIMessageConfig } from "../../src/adapters/channels/imessage/index.js";
import type { Channel } from "../../src/ports/channel.js";
import { channelContract, type ChannelPlatform, type ChannelRig, type Said, type Shown, type Trouble } from "../../src/testing/contracts/channel.js";
import { TestChannelHost } from "../../src/testing/test-channel-host.js";
import type { MacChat } from "../stand-ins/imsg-mac.js";
import type { ImsgManner } from "../stand-ins/imsg-methods.js";
import { ImsgServer, type Misbehaviour } from "../stand-ins/imsg-server.js";

const ADA = "ada@example.org";
const BEN = "+4915112345678";

const TROUBLES: Readonly<Record<Trouble, Misbehaviour>> = {
  "rate-limited": { kind: "error", code: -32_000, message: "Server busy" },
  "server-error": { kind: "error", code: -32_603, message: "Internal error" },
  "cut-after-request": { kind: "cut-after" },
  forbidden: { kind: "error", code: -32_603, message: "AppleScript failed: Not authorized to send Apple events to Messages. (-1743)" },
};

class IMessagePlatform implements ChannelPlatform {
  readonly direct: MacChat;
  readonly group: MacChat;
  readonly #server: ImsgServer;
  readonly #host: TestChannelHost;
  readonly #channel: Channel;

  constructor(server: ImsgServer, host: TestChannelHost, channel: Channel) {
    this.#server = server;
    this.#host = host;
    this.#channel = channel;
    this.direct = server.mac.person(ADA);
    this.group = server.mac.group("Family", [ADA, BEN]);
    // The database that is there before anybody reads it.
    server.mac.write({ chat: this.direct, sender: ADA, text: "long ago" });
  }

  async say({ text, chat = "direct", mention = false, file, own = false }: Said): Promise<string> {
    const { mac } = this.#server;
    const where = chat === "direct" ? this.direct : this.group;
    // Nobody can be mentioned through imsg: who answers what was said here speaks to who said it.
    const said = mention ? await this.#channel.send({ chatId: this.group.guid }, { body: { kind: "text", text: { text: "here", plain: "here" } } }, { key: "here", cancel: new AbortController().signal }) : undefined;
    return mac.write({
      chat: where, text,
      ...(own ? { isFromMe: true, ownAddress: mac.ownAddress } : { sender: ADA }),
      ...(said !== undefined && "messageId" in said ? { replyTo: said.messageId } : {}),
      ...(file === undefined ? {} : { file: mac.keepFile(file.fileName, file.mimeType, file.bytes) }),
    }).guid;
  }

  async redeliver(messageId: string): Promise<void> {
    const row = this.#server.mac.row(messageId);
    if (row !== undefined) this.#server.mac.tell(row);
  }

  /** Messages is told nothing: what was taken over is known by where the gateway goes on. */
  acknowledged(messageId: string): boolean {
    const { rowid } = JSON.parse(this.#host.notes.get("cursor") ?? "{}") as { rowid?: number };
    return (rowid ?? 0) >= (this.#server.mac.row(messageId)?.rowid ?? Infinity);
  }

  shown(): readonly Shown[] {
    return this.#server.mac.rows.filter(({ isSent, isRetracted }) => isSent && !isRetracted).map(({ guid, chat, text, replyTo, reactions, file }) => ({
      messageId: guid,
      chatId: chat.isGroup ? chat.guid : chat.identifier,
      text,
      reactions: [...reactions],
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(file === undefined ? {} : { file: file.bytes }),
    }));
  }

  trouble(trouble: Trouble): void {
    this.#server.misbehave(/^send/u, TROUBLES[trouble]);
  }

  connections(): { now: number; most: number } {
    return { now: this.#server.watching, most: this.#server.mostWatching };
  }

  cut(): void {
    this.#server.cut();
  }

  revoke(): void {
    this.#server.manner.hasDiskAccess = false;
  }
}

async function createRig(manner: Partial<ImsgManner>): Promise<ChannelRig> {
  const host = new TestChannelHost();
  const server = await ImsgServer.start({ now: () => host.clock.now() });
  Object.assign(server.manner, manner);
  const reading = parseIMessageConfig(server.section, "default", {});
  if ("issues" in reading) throw new Error(JSON.stringify(reading.issues));
  const channel = imessage(reading.config);
  const platform = new IMessagePlatform(server, host, channel);
  return {
    channel, host, platform,
    direct: { chatId: ADA },
    group: { chatId: platform.group.guid },
    nobody: { chatId: "nobody@example.org" },
    close: () => server.close(),
  };
}

channelContract("imessage", () => createRig({}));
channelContract("imessage with its bridge, whose rows come as somebody else's", () => createRig({ hasBridge: true, comesAsTheirs: true }));
channelContract("imessage of an older imsg, which tells neither its status nor guids", () => createRig({ hasStatus: false, tellsGuid: false, echo: "after" }));
