import type { Chat, Envelope, EnvelopeBody, Quote } from "../../../domain/messaging/envelope.js";
import { describePoll, emojiOf, readMedia } from "./content.js";
import { chatIdOf, type Row } from "./row.js";

export interface Reading {
  readonly accountId: string;
  readonly includesMedia: boolean;
  /** Whether this gateway sent a message, by its guid. What the account's owner sent from a phone is not its. */
  isOwn(guid: string): boolean;
}

/** What somebody else said, in the core's words; `undefined` where there is nothing in it that anybody said. */
export function translateRow(row: Row, reading: Reading): Envelope | undefined {
  const chat = chatOf(row);
  if (chat === undefined || row.sender === "") return undefined;
  const body = row.reaction === undefined ? messageOf(row, reading) : reactionOf(row.reaction, reading);
  if (body === undefined) return undefined;
  return {
    channel: "imessage",
    accountId: reading.accountId,
    key: row.guid,
    messageId: row.reaction?.to ?? row.guid,
    chat,
    sender: { id: row.sender, isBot: false, isSelf: false, ...(row.senderName === undefined ? {} : { name: row.senderName }) },
    sentAt: row.createdAt,
    body,
  };
}

function chatOf(row: Row): Chat | undefined {
  const id = chatIdOf(row);
  if (row.place === undefined || id === undefined) return undefined;
  const { isGroup, name } = row.place;
  return { id, kind: isGroup ? "group" : "direct", ...(isGroup && name !== undefined ? { title: name } : {}) };
}

function messageOf(row: Row, reading: Reading): EnvelopeBody | undefined {
  const text = [row.text, describePoll(row)].filter((part) => part !== "").join("\n");
  const media = reading.includesMedia ? readMedia(row) : [];
  // That somebody joined, or named the group, has neither.
  if (text === "" && media.length === 0) return undefined;
  const replyTo = quoteOf(row, reading);
  return { kind: "message", text, media, addressed: replyTo?.ofSelf === true, ...(replyTo === undefined ? {} : { replyTo }) };
}

function quoteOf({ answers, quotedText }: Row, reading: Reading): Quote | undefined {
  const [messageId] = answers;
  if (messageId === undefined) return undefined;
  return { messageId, ofSelf: answers.some((guid) => reading.isOwn(guid)), ...(quotedText === undefined ? {} : { text: quotedText }) };
}

function reactionOf(reaction: NonNullable<Row["reaction"]>, reading: Reading): EnvelopeBody | undefined {
  const emoji = emojiOf(reaction);
  return emoji === undefined ? undefined : { kind: "reaction", emoji, added: reaction.added, ofSelf: reading.isOwn(reaction.to) };
}
