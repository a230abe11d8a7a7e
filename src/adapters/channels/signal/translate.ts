import { countOf, fieldsOf, textOf, type Fields } from "../../../domain/foreign-fields.js";
import type { Chat, Envelope, EnvelopeBody, Quote, Sender } from "../../../domain/messaging/envelope.js";
import { epochMs } from "../../../domain/moment.js";
import { describeContent, longTextIn, readMedia } from "./content.js";
import type { MessageMemory } from "./memory.js";
import { readText } from "./message-text.js";
import { isSelf, messageIdOf, type Self } from "./target.js";

export interface Reading {
  readonly accountId: string;
  readonly self: Self;
  readonly memory: Pick<MessageMemory, "originalOf" | "wasSent">;
  readonly ignoreStories: boolean;
  readonly noteToSelf: boolean;
}

/** Who said what, where: the same for what others sent and for what the owner did on another device. */
interface Said {
  readonly sender: Sender;
  readonly chat: Chat;
  readonly timestamp: number;
  readonly key: string;
}

/** What the daemon told, in the core's words; nothing where it is of no concern, such as receipts, typing and calls. */
export function translateEvent(payload: unknown, reading: Reading): Envelope | undefined {
  const envelope = fieldsOf(fieldsOf(payload)?.["envelope"]) ?? {};
  const author = personOf(envelope["sourceUuid"], envelope["sourceNumber"]) ?? personOf(undefined, envelope["source"]);
  const timestamp = countOf(envelope["timestamp"]);
  if (author === undefined || timestamp === undefined || timestamp <= 0) return undefined;
  const name = textOf(envelope["sourceName"]);
  const sender: Sender = { ...author, ...(name === undefined ? {} : { name }), isBot: false, isSelf: isSelf(author.id, reading.self) || (author.aliases ?? []).some((alias) => isSelf(alias, reading.self)) };
  const key = `${timestamp}:${author.id}:${countOf(envelope["sourceDevice"]) ?? 0}`;
  const sent = fieldsOf(fieldsOf(envelope["syncMessage"])?.["sentMessage"]);
  const edit = fieldsOf((sent ?? envelope)["editMessage"]);
  const message = fieldsOf(edit?.["dataMessage"]) ?? sent ?? fieldsOf(envelope["dataMessage"]);
  if (message === undefined) return undefined;
  const peer = sent === undefined ? author : personOf(sent["destinationUuid"], sent["destinationNumber"]);
  const isToSelf = sent !== undefined && peer !== undefined && isOwn(peer, reading.self);
  const chat = chatOf(message, isToSelf ? sender.id : peer?.id);
  if (chat === undefined) return undefined;
  const isNote = isToSelf && chat.kind === "direct" && reading.noteToSelf && !reading.memory.wasSent(countOf(message["timestamp"]) ?? timestamp);
  // Signal does not send the gateway its own messages back, so that what the owner writes to themselves can be told from
  // answers. All else from another device is the account's own word.
  const said = { sender: sent === undefined ? sender : { ...sender, isSelf: !isNote }, chat, timestamp, key };
  return edit === undefined ? translateMessage(message, said, reading) : translateEdit(message, edit, said, reading);
}

function translateMessage(message: Fields, said: Said, reading: Reading): Envelope | undefined {
  if (reading.ignoreStories && fieldsOf(message["storyContext"]) !== undefined) return undefined;
  const reaction = fieldsOf(message["reaction"]);
  if (reaction !== undefined) return translateReaction(reaction, said, reading);
  const body = messageBody(message, said, reading);
  const timestamp = countOf(message["timestamp"]) ?? said.timestamp;
  return body && envelopeOf(said, reading, { messageId: messageIdOf(timestamp, said.sender.id, reading.self), body });
}

function messageBody(message: Fields, { chat }: Said, reading: Reading): EnvelopeBody | undefined {
  // A group's update, a timer, a vote, a deletion: nothing was said.
  const spoken = readText(textOf(message["message"]) ?? "", message["mentions"], reading.self);
  const text = [spoken.text, ...describeContent(message)].filter((line) => line !== "").join("\n");
  const media = readMedia(message, chat.kind === "group" ? { groupId: chat.id } : { recipient: chat.id });
  const isLong = longTextIn(message) !== undefined;
  if (text === "" && media.length === 0 && !spoken.addressed) return undefined;
  const replyTo = quoteOf(message, reading);
  return {
    kind: "message",
    text: isLong ? `${text}\n[This message goes on; the rest came as a file that is not shown here.]` : text,
    media,
    addressed: spoken.addressed || replyTo?.ofSelf === true,
    ...(replyTo === undefined ? {} : { replyTo }),
  };
}

function translateEdit(message: Fields, edit: Fields, said: Said, reading: Reading): Envelope | undefined {
  const target = countOf(edit["targetSentTimestamp"]);
  if (target === undefined) return undefined;
  const { text, addressed } = readText(textOf(message["message"]) ?? "", message["mentions"], reading.self);
  const messageId = reading.memory.originalOf(messageIdOf(target, said.sender.id, reading.self));
  return envelopeOf(said, reading, { messageId, body: { kind: "edit", text, addressed: addressed || quoteOf(message, reading)?.ofSelf === true } });
}

/** By which an edited message may be named from now on, with the id that it keeps. */
export function revisionIn({ messageId, body, sender, sentAt }: Envelope, self: Self): { readonly revision: string; readonly original: string } | undefined {
  return body.kind === "edit" ? { revision: messageIdOf(sentAt, sender.id, self), original: messageId } : undefined;
}

function translateReaction(reaction: Fields, said: Said, reading: Reading): Envelope | undefined {
  const emoji = textOf(reaction["emoji"]);
  const target = countOf(reaction["targetSentTimestamp"]);
  const author = personOf(reaction["targetAuthorUuid"], reaction["targetAuthorNumber"]) ?? personOf(undefined, reaction["targetAuthor"]);
  if (emoji === undefined || target === undefined || author === undefined) return undefined;
  const ofSelf = isOwn(author, reading.self);
  const messageId = reading.memory.originalOf(messageIdOf(target, ofSelf ? selfId(reading.self) : author.id, reading.self));
  return envelopeOf(said, reading, { messageId, body: { kind: "reaction", emoji, added: reaction["isRemove"] !== true, ofSelf } });
}

function quoteOf(message: Fields, { self, memory }: Reading): Quote | undefined {
  const quote = fieldsOf(message["quote"]);
  const timestamp = countOf(quote?.["id"]);
  const author = personOf(quote?.["authorUuid"], quote?.["authorNumber"]) ?? personOf(undefined, quote?.["author"]);
  if (quote === undefined || timestamp === undefined || author === undefined) return undefined;
  const ofSelf = isOwn(author, self);
  const text = textOf(quote["text"]);
  return { messageId: memory.originalOf(messageIdOf(timestamp, ofSelf ? selfId(self) : author.id, self)), ofSelf, ...(text === undefined ? {} : { text }) };
}

const envelopeOf = ({ sender, chat, timestamp, key }: Said, { accountId }: Reading, facts: Pick<Envelope, "messageId" | "body">): Envelope =>
  ({ channel: "signal", accountId, key, chat, sender, sentAt: epochMs(timestamp), ...facts });

function chatOf(message: Fields, peer: string | undefined): Chat | undefined {
  const group = fieldsOf(message["groupInfo"]);
  const groupId = textOf(group?.["groupId"]);
  if (groupId !== undefined) {
    const title = textOf(group?.["groupName"]);
    return { id: groupId, kind: "group", ...(title === undefined ? {} : { title }) };
  }
  return peer === undefined ? undefined : { id: peer, kind: "direct" };
}

/** Somebody by the uuid, which stays when their number changes; the number is another name for them. */
function personOf(uuid: unknown, number: unknown): { readonly id: string; readonly aliases?: readonly string[] } | undefined {
  const id = textOf(uuid)?.toLowerCase();
  const alias = textOf(number);
  if (id !== undefined) return { id, ...(alias === undefined ? {} : { aliases: [alias] }) };
  return alias === undefined ? undefined : { id: alias };
}

const isOwn = ({ id, aliases = [] }: { readonly id: string; readonly aliases?: readonly string[] }, self: Self): boolean => [id, ...aliases].some((one) => isSelf(one, self));
const selfId = ({ uuid, number }: Self): string => uuid ?? number ?? "";
