import type { proto, WAMessage, WAMessageKey } from "@whiskeysockets/baileys";
import type { Envelope, EnvelopeBody, Quote } from "../../../domain/messaging/envelope.js";
import { epochMs, type EpochMs } from "../../../domain/moment.js";
import { contextOf, mediaOf, textOfContent, unwrap } from "./content.js";
import { isGroup, isSame, personOf, type Person } from "./identity.js";

/** What is known beside the message itself. */
export interface Surroundings {
  readonly accountId: string;
  readonly self: Person;
  /** What the owner writes to themselves on the phone is theirs, and not this account's. */
  readonly answersSelf: boolean;
  /** The device of the sender that it was written on: 0 is the phone. */
  readonly device: number;
  readonly groupTitle?: string;
  /** The other id of somebody, where WhatsApp has told of it before. */
  aliasOf(jid: string): string | undefined;
  nameOf(id: string): string | undefined;
  /** Whether somebody is an administrator of the group that this was said in, as far as is known. */
  isAdmin(person: Person): boolean;
  /** Whether this message was this account's. */
  isOwn(chatId: string, messageId: string): boolean;
  /** Notes a reaction, and tells the one it takes the place of. */
  react(who: string, messageId: string, emoji: string): string | undefined;
}

const REVOKE = 0;
const MESSAGE_EDIT = 14;
const BROADCAST = /@(?:broadcast|newsletter)$/u;

/** What a message means in the core's words; `undefined` for what is none of its business. */
export function translate({ key, message, messageTimestamp, pushName }: WAMessage, around: Surroundings): Envelope | undefined {
  const { remoteJid, id, fromMe } = key;
  const content = unwrap(message);
  if (!remoteJid || !id || content === undefined || BROADCAST.test(remoteJid)) return undefined;
  const teller = senderOf(key, around);
  const sender = teller === undefined ? undefined : authorOf(content, teller, around);
  const chat = chatOf(key, around);
  if (sender === undefined || chat === undefined) return undefined;
  const isSelfChat = fromMe === true && !isGroup(remoteJid) && isSame(personOf(remoteJid), around.self);
  const isSelf = fromMe === true && !(isSelfChat && around.answersSelf && around.device === 0);
  const name = sender === teller ? pushName : around.nameOf(sender.id);
  const said = { sentAt: epochMs(Number(messageTimestamp ?? 0) * 1_000), chatId: chat.id, senderId: sender.id, id };
  const body = bodyOf(content, said, around);
  if (body === undefined) return undefined;
  return {
    channel: "whatsapp",
    accountId: around.accountId,
    // Ids are chosen by who writes: with their own id in it, nobody can take the place of another's message.
    key: [chat.id, sender.id, body.messageId, ...body.keyParts].join(" "),
    messageId: body.messageId,
    chat,
    sender: { id: sender.id, ...(sender.aliases.length === 0 ? {} : { aliases: sender.aliases }), ...(name ? { name } : {}), isBot: false, isSelf },
    sentAt: said.sentAt,
    body: body.body,
  };
}

const senderOf = ({ remoteJid, remoteJidAlt, participant, participantAlt, fromMe }: WAMessageKey, { self, aliasOf }: Surroundings): Person | undefined => {
  if (fromMe === true) return self;
  return participant ? personOf(participant, participantAlt, aliasOf(participant)) : personOf(remoteJid, remoteJidAlt, aliasOf(remoteJid ?? ""));
};

/**
 * Whose message this is about: who tells it, but for a message that an administrator of a group has taken away from
 * another. `undefined` where somebody takes away what is not theirs, or this account's.
 */
function authorOf({ protocolMessage }: proto.IMessage, teller: Person, { self, isAdmin, aliasOf }: Surroundings): Person | undefined {
  const { fromMe, participant } = protocolMessage?.key ?? {};
  if (protocolMessage?.type !== REVOKE || fromMe === true || !participant) return teller;
  const author = personOf(participant, aliasOf(participant));
  if (isSame(author, teller)) return teller;
  return isAdmin(teller) && !isSame(author, self) ? author : undefined;
}

function chatOf({ remoteJid, remoteJidAlt, fromMe }: WAMessageKey, { groupTitle, aliasOf, self }: Surroundings): Envelope["chat"] | undefined {
  const jid = remoteJid ?? "";
  if (isGroup(jid)) return { id: jid, kind: "group", ...(groupTitle === undefined ? {} : { title: groupTitle }) };
  // What the account's phone says names itself as the other side of the two.
  const partner = personOf(jid, fromMe === true ? undefined : remoteJidAlt, aliasOf(jid));
  if (partner === undefined) return undefined;
  return { id: isSame(partner, self) ? self.id : partner.id, kind: "direct" };
}

interface SaidFacts {
  readonly sentAt: EpochMs;
  readonly chatId: string;
  readonly senderId: string;
  readonly id: string;
}

interface Said {
  readonly body: EnvelopeBody;
  /** The message that was said, edited, taken back or reacted to. */
  readonly messageId: string;
  readonly keyParts: readonly string[];
}

function bodyOf(content: proto.IMessage, { sentAt, chatId, senderId, id }: SaidFacts, around: Surroundings): Said | undefined {
  const { reactionMessage, protocolMessage } = content;
  if (reactionMessage) {
    const messageId = reactionMessage.key?.id;
    if (!messageId) return undefined;
    const emoji = reactionMessage.text ?? "";
    const before = around.react(senderId, messageId, emoji);
    const reaction = { kind: "reaction", emoji: emoji || before || "\u{1f44d}", added: emoji !== "", ofSelf: reactionMessage.key?.fromMe === true || around.isOwn(chatId, messageId) } as const;
    return { body: reaction, messageId, keyParts: ["reaction", id] };
  }
  if (protocolMessage) {
    const [messageId, edited] = [protocolMessage.key?.id, unwrap(protocolMessage.editedMessage)];
    if (protocolMessage.type === REVOKE && messageId) return { body: { kind: "removal" }, messageId, keyParts: ["removal"] };
    if (Number(protocolMessage.type) !== MESSAGE_EDIT || !messageId || edited === undefined) return undefined;
    const { text, addressed } = readText(edited, around);
    return { body: { kind: "edit", text, addressed }, messageId, keyParts: ["edit", String(protocolMessage.timestampMs ?? sentAt)] };
  }
  const { text, addressed } = readText(content, around);
  const media = mediaOf(content);
  const replyTo = quoteOf(content, chatId, around);
  if (text === "" && media.length === 0 && !addressed) return undefined;
  return { body: { kind: "message", text, media, addressed: addressed || replyTo?.ofSelf === true, ...(replyTo === undefined ? {} : { replyTo }) }, messageId: id, keyParts: [] };
}

/** What was typed, with mentions as names, and the account's own taken out. */
function readText(content: proto.IMessage, { self, aliasOf, nameOf }: Surroundings): { readonly text: string; readonly addressed: boolean } {
  let text = textOfContent(content);
  let addressed = false;
  for (const jid of contextOf(content)?.mentionedJid ?? []) {
    const person = personOf(jid, aliasOf(jid));
    const user = /^[0-9]{1,20}/u.exec(jid)?.[0];
    if (user === undefined) continue;
    const mark = new RegExp(`@${user}(?![0-9])`, "gu");
    if (isSame(person, self)) {
      addressed = true;
      text = text.replace(mark, "").replace(/^\s*[,:;]?\s*/u, "").replace(/ {2,}/gu, " ").trimEnd();
    } else {
      const name = person === undefined ? undefined : nameOf(person.id);
      text = text.replace(mark, () => `@${name ?? person?.id ?? "somebody"}`);
    }
  }
  return { text, addressed };
}

function quoteOf(content: proto.IMessage, chatId: string, { self, aliasOf, isOwn }: Surroundings): Quote | undefined {
  const { stanzaId, participant, quotedMessage } = contextOf(content) ?? {};
  if (!stanzaId) return undefined;
  const quoted = unwrap(quotedMessage);
  const text = quoted === undefined ? "" : textOfContent(quoted);
  const author = participant ? personOf(participant, aliasOf(participant)) : undefined;
  return { messageId: stanzaId, ofSelf: isSame(author, self) || isOwn(chatId, stanzaId), ...(text === "" ? {} : { text }) };
}
