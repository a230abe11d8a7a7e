import type { proto } from "@whiskeysockets/baileys";
import { parseWhatsappConfig, whatsapp } from "../../src/adapters/channels/whatsapp/index.js";
import { MemoryHostLock } from "../../src/adapters/storage/memory/memory-host-lock.js";
import { MemoryRecordStore } from "../../src/adapters/storage/memory/memory-record-store.js";
import { channelContract, type ChannelPlatform, type ChannelRig, type Said, type Shown, type Trouble } from "../../src/testing/contracts/channel.js";
import { TestChannelHost } from "../../src/testing/test-channel-host.js";
import type { WhatsappPerson } from "../stand-ins/whatsapp-person.js";
import { seed, trust } from "../stand-ins/whatsapp-rig.js";
import { WhatsappServer, type Misbehaviour } from "../stand-ins/whatsapp-server.js";
import type { ShownMessage, WhatsappGroup } from "../stand-ins/whatsapp-world.js";

const TROUBLES: Readonly<Record<Trouble, Misbehaviour>> = {
  "rate-limited": { kind: "error", code: "429" },
  "server-error": { kind: "error", code: "503" },
  "cut-after-request": { kind: "cut-after" },
  forbidden: { kind: "error", code: "403" },
};

class WhatsappPlatform implements ChannelPlatform {
  readonly #server: WhatsappServer;
  readonly ada: WhatsappPerson;
  readonly family: WhatsappGroup;

  constructor(server: WhatsappServer) {
    this.#server = server;
    this.ada = server.world.addPerson("Ada");
    this.family = server.world.addGroup("Family", [this.ada, server.world.addPerson("Ben")]);
  }

  async say({ text, chat = "direct", mention = false, file, own = false }: Said): Promise<string> {
    const { world, media } = this.#server;
    const me = world.account.phone;
    const said = mention ? `@${me.lid.split("@")[0] ?? ""} ${text}` : text;
    const content: proto.IMessage = file !== undefined
      ? { imageMessage: { ...media.put(file.bytes, "Image", file.mimeType), caption: said } }
      : mention ? { extendedTextMessage: { text: said, contextInfo: { mentionedJid: [me.lid] } } } : { conversation: said };
    return this.#server.send({
      from: own ? me : this.ada, content,
      ...(chat === "group" ? { group: this.family } : own ? { to: this.ada } : {}),
    });
  }

  redeliver(messageId: string): Promise<void> {
    return this.#server.redeliver(messageId);
  }

  acknowledged(messageId: string): boolean {
    return this.#server.isAcknowledged(messageId);
  }

  shown(): readonly Shown[] {
    return [...this.#server.world.messages.values()].filter(({ isRemoved }) => !isRemoved).map((message) => this.#asShown(message));
  }

  #asShown({ id, chat, content, reactions }: ShownMessage): Shown {
    const { conversation, extendedTextMessage, imageMessage } = content;
    const replyTo = extendedTextMessage?.contextInfo?.stanzaId;
    const file = imageMessage ? this.#server.media.read(imageMessage.directPath ?? "", imageMessage.mediaKey ?? new Uint8Array(), "Image") : undefined;
    return {
      messageId: id,
      chatId: chat.endsWith("@g.us") ? chat : `+${chat.split("@")[0] ?? ""}`,
      text: conversation || extendedTextMessage?.text || imageMessage?.caption || "",
      reactions: [...reactions.values()],
      ...(replyTo ? { replyTo } : {}),
      ...(file === undefined ? {} : { file: new Uint8Array(file) }),
    };
  }

  trouble(trouble: Trouble): void {
    this.#server.misbehave(TROUBLES[trouble]);
  }

  connections(): { now: number; most: number } {
    return this.#server.connections;
  }

  cut(): void {
    this.#server.cut();
  }

  revoke(): void {
    this.#server.revoke();
  }
}

async function createRig(): Promise<ChannelRig> {
  const host = new TestChannelHost();
  const server = await WhatsappServer.start({ now: () => host.clock.now() });
  trust(server);
  const platform = new WhatsappPlatform(server);
  const credentials = new MemoryRecordStore<string>();
  await seed(credentials, server.world.account.linkedBefore());
  const reading = parseWhatsappConfig({ url: server.url }, "default");
  if ("issues" in reading) throw new Error(JSON.stringify(reading.issues));
  return {
    channel: whatsapp(reading.config, { credentials, lock: new MemoryHostLock() }), host, platform,
    direct: { chatId: `+${platform.ada.number}` },
    group: { chatId: platform.family.id },
    nobody: { chatId: "+49999000000" },
    close: () => server.close(),
  };
}

channelContract("whatsapp", createRig);
