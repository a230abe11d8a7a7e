import type { WAMessage } from "@whiskeysockets/baileys";
import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";
import type { Envelope } from "../../../domain/messaging/envelope.js";
import { readSenderEntry } from "../../../domain/messaging/sender-id.js";
import type { ChannelHost } from "../../../ports/channel.js";
import type { WhatsappConfig } from "./config.js";
import { unwrap } from "./content.js";
import type { WhatsappDelivery } from "./delivery.js";
import type { GroupBook } from "./group-book.js";
import { isGroup, isHidden, isSame, personOf, type Person } from "./identity.js";
import type { Link } from "./link.js";
import type { Recent } from "./recent.js";
import { translate } from "./translate.js";

export interface InboxParts {
  readonly config: WhatsappConfig;
  readonly host: ChannelHost;
  readonly recent: Recent;
  readonly groups: GroupBook;
  readonly delivery: WhatsappDelivery;
}

const MAX_NAMES = 2_000;

/** Hands over what WhatsApp tells. Rejects where that can't be kept. */
export class WhatsappInbox {
  readonly #parts: InboxParts;
  readonly #names = new AgeOrderedMap<string>(MAX_NAMES);

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  async take(link: Link, message: WAMessage, device: number): Promise<void> {
    const { host, recent, delivery } = this.#parts;
    const { me } = link.credentials;
    const self = personOf(me?.id, me?.lid);
    if (self === undefined) return;
    const envelope = await this.#read(link, message, { self, device }).catch((error: unknown) => {
      // One that can't be read must not come again with each connection.
      host.log.error("A message of WhatsApp's could not be read, which should not be.", { error: error instanceof Error ? error.name : "" });
      return undefined;
    });
    if (envelope === undefined) return;
    const { chat, sender, body } = envelope;
    if (body.kind === "message") recent.keep(chat.id, message);
    if (!sender.isSelf && chat.kind === "direct") delivery.knows(chat.id);
    if (sender.name !== undefined) this.#names.set(sender.id, sender.name);
    await host.accept(envelope);
  }

  async #read(link: Link, message: WAMessage, { self, device }: { readonly self: Person; readonly device: number }): Promise<Envelope | undefined> {
    const { config, recent, groups } = this.#parts;
    const jid = message.key.remoteJid ?? "";
    const aliases = await this.#aliasesOf(link, message);
    const group = isGroup(jid) ? groups.known(jid) : undefined;
    if (isGroup(jid) && group === undefined) void groups.of(jid, link).catch(() => undefined);
    return translate(message, {
      accountId: config.accountId,
      self, device,
      answersSelf: config.selfChat !== "off" && config.selfChat.allowed.some((entry) => {
        const read = readSenderEntry("whatsapp", entry);
        // A list that lets everybody in says nothing about notes to oneself.
        return read.kind === "id" && [self.id, ...self.aliases].includes(read.id);
      }),
      ...(group?.subject ? { groupTitle: group.subject } : {}),
      aliasOf: (one) => aliases.get(one),
      isAdmin: (person) => group?.participants.some(({ id, lid, phoneNumber, admin }) => Boolean(admin) && isSame(personOf(id, lid, phoneNumber), person)) === true,
      nameOf: (id) => this.#names.get(id),
      isOwn: (chatId, messageId) => recent.find(chatId, messageId)?.key.fromMe === true,
      react: (who, messageId, emoji) => recent.react(who, messageId, emoji),
    });
  }

  /** The numbers of those who are named by a hidden id alone, as far as WhatsApp has told of them. */
  async #aliasesOf({ socket }: Link, { key, message }: WAMessage): Promise<ReadonlyMap<string, string>> {
    const content = unwrap(message);
    const named = [key.participant, key.remoteJid, content?.protocolMessage?.key?.participant, ...mentionedIn(content)].filter((jid): jid is string => typeof jid === "string" && isHidden(jid));
    const pairs = named.length === 0 ? null : await socket.signalRepository.lidMapping.getPNsForLIDs([...new Set(named)]);
    return new Map((pairs ?? []).map(({ lid, pn }) => [lid, pn]));
  }
}

/** Everybody whom a message names. */
function mentionedIn(content: WAMessage["message"] | undefined): readonly string[] {
  const parts = Object.values(content ?? {}) as readonly ({ readonly contextInfo?: { readonly mentionedJid?: readonly string[] | null; readonly participant?: string | null } | null } | null)[];
  return parts.flatMap((part) => [...(part?.contextInfo?.mentionedJid ?? []), part?.contextInfo?.participant ?? ""]);
}
