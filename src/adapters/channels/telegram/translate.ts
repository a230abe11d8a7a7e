import type { Chat, ChatKind, Envelope, EnvelopeBody, Quote, Sender } from "../../../domain/messaging/envelope.js";
import { epochMs, type EpochMs } from "../../../domain/moment.js";
import { describeContent, describeOrigin, readMedia } from "./content.js";
import { countOf, fieldsOf, idOf, listOf, textOf, type Fields } from "./fields.js";
import { readText, type Self, type SpokenText } from "./message-text.js";

export interface Reading {
  readonly accountId: string;
  readonly self: Self;
  readonly now: EpochMs;
  /** Whether the account itself sent this message, as far as is known. */
  isOwn(chatId: string, messageId: string): boolean;
}

/** The topic of a forum that everything is in which is in no other. Telegram names it in none of its messages. */
export const GENERAL_TOPIC = "1";

const KINDS: ReadonlyMap<unknown, ChatKind> = new Map<unknown, ChatKind>([["private", "direct"], ["group", "group"], ["supergroup", "group"], ["channel", "room"]]);

/** What an update tells, in the core's words: nothing, where it is of no concern or can't be read, and several things for reactions alone. */
export function translateUpdate(update: unknown, reading: Reading): readonly Envelope[] {
  const fields = fieldsOf(update) ?? {};
  const said = fieldsOf(fields["message"]) ?? fieldsOf(fields["channel_post"]);
  if (said !== undefined) return translateMessage(said, reading);
  const edited = fieldsOf(fields["edited_message"]) ?? fieldsOf(fields["edited_channel_post"]);
  if (edited !== undefined) return translateEdit(edited, reading);
  const press = fieldsOf(fields["callback_query"]);
  if (press !== undefined) return translatePress(press, reading);
  const reaction = fieldsOf(fields["message_reaction"]);
  return reaction === undefined ? [] : translateReactions(reaction, reading);
}

/** The press of a button that Telegram wants to hear of, lest the button go on spinning. */
export const pressIdOf = (update: unknown): string | undefined => textOf(fieldsOf(fieldsOf(update)?.["callback_query"])?.["id"]);

interface Place {
  readonly chat: Chat;
  readonly messageId: string;
}

const envelope = (reading: Reading, facts: Omit<Envelope, "channel" | "accountId">): Envelope => ({ channel: "telegram", accountId: reading.accountId, ...facts });

function translateMessage(message: Fields, reading: Reading): readonly Envelope[] {
  const place = topicPlaceOf(message);
  if (place === undefined) return [];
  const { chat, messageId } = place;
  const facts = { ...place, sender: senderOf(message, place, reading), sentAt: momentOf(message["date"], reading) };
  const moved = movedOf(message, chat);
  if (moved !== undefined) return [envelope(reading, { ...facts, chat: { ...chat, id: moved.from }, key: `${moved.from}:moved:${moved.to}`, body: { kind: "moved", to: moved.to } })];
  const body = messageBody(message, place, reading);
  return body === undefined ? [] : [envelope(reading, { ...facts, key: `${chat.id}:${messageId}`, body })];
}

function messageBody(message: Fields, place: Place, reading: Reading): EnvelopeBody | undefined {
  const said = saidIn(message, reading);
  const media = readMedia(message);
  if (said.text === "" && said.command === undefined && media.length === 0 && !said.addressed) return undefined;
  const replyTo = quoteOf(message, place, reading);
  return {
    kind: "message",
    text: said.text,
    media,
    addressed: said.addressed || replyTo?.ofSelf === true,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(said.command === undefined ? {} : { command: said.command }),
  };
}

/** The text of a message or beside its files, with everything else in it that can be put into words. */
function saidIn(message: Fields, { self }: Reading): SpokenText {
  const origin = describeOrigin(message);
  const text = textOf(message["text"]);
  const spoken = readText(text ?? textOf(message["caption"]) ?? "", message[text === undefined ? "caption_entities" : "entities"], { self, forwarded: origin !== undefined });
  const lines = [spoken.text, ...describeContent(message)].filter((line) => line !== "");
  const passedOn = origin !== undefined && (lines.length > 0 || readMedia(message).length > 0);
  return { ...spoken, text: [...(passedOn ? [origin] : []), ...lines].join("\n") };
}

function translateEdit(message: Fields, reading: Reading): readonly Envelope[] {
  const place = topicPlaceOf(message);
  // A live location is edited all the time, and a message with a preview or a button once more than by its author.
  if (place === undefined || (textOf(message["text"]) ?? textOf(message["caption"])) === undefined) return [];
  const { text, addressed } = saidIn(message, reading);
  const edited = countOf(message["edit_date"]) ?? countOf(message["date"]) ?? 0;
  return [envelope(reading, {
    ...place,
    key: `${place.chat.id}:${place.messageId}:edit:${edited}`,
    sender: senderOf(message, place, reading),
    sentAt: momentOf(edited, reading),
    body: { kind: "edit", text, addressed: addressed || quoteOf(message, place, reading)?.ofSelf === true },
  })];
}

function translatePress(press: Fields, reading: Reading): readonly Envelope[] {
  const [id, data] = [textOf(press["id"]), textOf(press["data"])];
  const place = topicPlaceOf(fieldsOf(press["message"]) ?? {});
  if (id === undefined || data === undefined || place === undefined) return [];
  return [envelope(reading, { ...place, key: `press:${id}`, sender: personOf(fieldsOf(press["from"]) ?? {}, reading), sentAt: reading.now, body: { kind: "press", data } })];
}

function translateReactions(change: Fields, reading: Reading): readonly Envelope[] {
  const place = placeOf(change);
  if (place === undefined) return [];
  const { chat, messageId } = place;
  const [before, now] = [emojisOf(change["old_reaction"]), emojisOf(change["new_reaction"])];
  const user = fieldsOf(change["user"]);
  const sender = user === undefined ? placeAsSender(fieldsOf(change["actor_chat"]) ?? fieldsOf(change["chat"]) ?? {}) : personOf(user, reading);
  const ofSelf = reading.isOwn(chat.id, messageId);
  const tell = (emoji: string, added: boolean): Envelope =>
    envelope(reading, {
      ...place, sender,
      key: `${chat.id}:${messageId}:reaction:${sender.id}:${countOf(change["date"]) ?? 0}:${added ? "+" : "-"}${emoji}`,
      sentAt: momentOf(change["date"], reading),
      body: { kind: "reaction", emoji, added, ofSelf },
    });
  return [
    ...before.filter((emoji) => !now.includes(emoji)).map((emoji) => tell(emoji, false)),
    ...now.filter((emoji) => !before.includes(emoji)).map((emoji) => tell(emoji, true)),
  ];
}

// An emoji of somebody's own has an id and no character that stands for it.
const emojisOf = (reactions: unknown): readonly string[] => listOf(reactions).flatMap(({ emoji }) => textOf(emoji) ?? []);

function placeOf(fields: Fields): Place | undefined {
  const chat = fieldsOf(fields["chat"]) ?? {};
  const [id, messageId, kind] = [idOf(chat["id"]), idOf(fields["message_id"]), KINDS.get(chat["type"])];
  if (id === undefined || messageId === undefined || messageId === "0" || kind === undefined) return undefined;
  const title = textOf(chat["title"]);
  return { messageId, chat: { id, kind, ...(title === undefined ? {} : { title }) } };
}

/** The place of a message, with its topic. Outside of forums Telegram numbers threads of answers too: these can't be written to. */
function topicPlaceOf(message: Fields): Place | undefined {
  const place = placeOf(message);
  const isForum = fieldsOf(message["chat"])?.["is_forum"] === true;
  const threadId = message["is_topic_message"] === true ? idOf(message["message_thread_id"]) : isForum ? GENERAL_TOPIC : undefined;
  return place === undefined || threadId === undefined ? place : { ...place, chat: { ...place.chat, threadId } };
}

/** Both the old group and the new supergroup tell it; it is one thing. */
function movedOf(message: Fields, { id }: Chat): { readonly from: string; readonly to: string } | undefined {
  const [to, from] = [idOf(message["migrate_to_chat_id"]), idOf(message["migrate_from_chat_id"])];
  if (to !== undefined) return { from: id, to };
  return from === undefined ? undefined : { from, to: id };
}

/** Whoever speaks for a chat (a channel, an anonymous administrator) has its id: the user that Telegram names there is a dummy. */
function senderOf(message: Fields, { chat, messageId }: Place, reading: Reading): Sender {
  const speaker = chat.kind === "direct" ? undefined : fieldsOf(message["sender_chat"]);
  const user = fieldsOf(message["from"]);
  if (speaker === undefined && user !== undefined) return personOf(user, reading);
  const sender = placeAsSender(speaker ?? fieldsOf(message["chat"]) ?? {});
  return reading.isOwn(chat.id, messageId) ? { ...sender, isSelf: true } : sender;
}

function personOf(user: Fields, { self }: Reading): Sender {
  const id = idOf(user["id"]) ?? "unknown";
  const name = [user["first_name"], user["last_name"]].flatMap((part) => textOf(part) ?? []).join(" ");
  const handle = textOf(user["username"]);
  return { id, ...(name === "" ? {} : { name }), ...(handle === undefined ? {} : { handle }), isBot: user["is_bot"] === true, isSelf: id === self.id };
}

function placeAsSender(chat: Fields): Sender {
  const [name, handle] = [textOf(chat["title"]), textOf(chat["username"])];
  return { id: idOf(chat["id"]) ?? "unknown", ...(name === undefined ? {} : { name }), ...(handle === undefined ? {} : { handle }), isBot: false, isSelf: false };
}

function quoteOf(message: Fields, place: Place, reading: Reading): Quote | undefined {
  const answered = fieldsOf(message["reply_to_message"]);
  const messageId = idOf(answered?.["message_id"]);
  // Whatever is said in a topic counts as an answer to the message that opened it.
  if (answered === undefined || messageId === undefined || answered["forum_topic_created"] !== undefined || (message["is_topic_message"] === true && messageId === place.chat.threadId)) return undefined;
  const sender = senderOf(answered, { ...place, messageId }, reading);
  const text = textOf(fieldsOf(message["quote"])?.["text"]) ?? textOf(answered["text"]) ?? textOf(answered["caption"]);
  return {
    messageId,
    ofSelf: sender.isSelf || reading.isOwn(place.chat.id, messageId),
    ...(text === undefined ? {} : { text }),
    ...(sender.name === undefined ? {} : { senderName: sender.name }),
  };
}

const momentOf = (seconds: unknown, { now }: Reading): EpochMs => {
  const date = countOf(seconds);
  return date === undefined || date <= 0 ? now : epochMs(date * 1_000);
};
