import type { MediaKind } from "../../../domain/messaging/abilities.js";
import type { Chat, Envelope, EnvelopeBody, MediaRef, Quote, Sender } from "../../../domain/messaging/envelope.js";
import { epochMs, type EpochMs } from "../../../domain/moment.js";
import { countOf, fieldsOf, idOf, listOf, textOf, type Fields } from "./fields.js";
import { describeContent, describeEmbeds, nameOf, readText, type SpokenText } from "./message-text.js";

/** What Discord told, by the gateway or out of a channel's history. */
export interface Told {
  /** The same however often it is told. */
  readonly id: string;
  readonly type: string;
  readonly data: Fields;
}

export interface Reading {
  readonly accountId: string;
  readonly selfId: string;
  readonly selfRole?: string;
  /** Where it was told of. */
  readonly chat: Chat;
  readonly now: EpochMs;
  channelName(id: string): string | undefined;
  /** Whether the account itself sent this message, as far as is known. */
  isOwn(messageId: string): boolean;
}

/** What people write: all others are Discord's own announcements. Source: "Message Types" of Discord's documentation. */
const SPOKEN: readonly unknown[] = [0, 19, 20, 23];
const FORWARD = 1;
export const INTERACTION = { command: 2, press: 3 } as const;

/** The channel or thread in which something happened; `undefined` for what is of no concern here. */
export const channelIdOf = ({ type, data }: Told): string | undefined => (HANDLED.has(type) ? idOf(data["channel_id"]) : undefined);

/** What it tells in the core's words: nothing, where it is of no concern or can't be read. */
export const translate = (told: Told, reading: Reading): Envelope | undefined => HANDLED.get(told.type)?.(told, reading);

type Translation = (told: Told, reading: Reading) => Envelope | undefined;

const envelope = ({ accountId, chat }: Reading, facts: Omit<Envelope, "channel" | "accountId" | "chat">): Envelope => ({ channel: "discord", accountId, chat, ...facts });

/** Of a message, its place and id; a thread's messages have the thread's. */
const keyOf = ({ chat }: Reading, messageId: string): string => `${chat.threadId ?? chat.id}:${messageId}`;

function translateMessage({ data }: Told, reading: Reading): Envelope | undefined {
  const messageId = idOf(data["id"]);
  const sender = senderOf(data, reading);
  if (messageId === undefined || sender === undefined || !SPOKEN.includes(data["type"] ?? 0)) return undefined;
  const said = saidIn(data, reading);
  const media = mediaOf(data);
  if (said.text === "" && media.length === 0 && !said.addressed) return undefined;
  const replyTo = quoteOf(data, reading);
  const body: EnvelopeBody = { kind: "message", text: said.text, media, addressed: said.addressed || replyTo?.ofSelf === true, ...(replyTo === undefined ? {} : { replyTo }) };
  return envelope(reading, { key: keyOf(reading, messageId), messageId, sender, sentAt: momentOf(data["timestamp"], reading), body });
}

function translateEdit({ data }: Told, reading: Reading): Envelope | undefined {
  const messageId = idOf(data["id"]);
  const sender = senderOf(data, reading);
  const edited = textOf(data["edited_timestamp"]);
  // Without it, or with the one before, Discord has only added a preview. The account knows its own edits.
  if (messageId === undefined || sender === undefined || sender.isSelf || edited === undefined || typeof data["content"] !== "string" || !SPOKEN.includes(data["type"] ?? 0)) return undefined;
  const { text, addressed } = saidIn(data, reading);
  return envelope(reading, {
    key: `${keyOf(reading, messageId)}:edit:${edited}`,
    messageId, sender,
    sentAt: momentOf(edited, reading),
    body: { kind: "edit", text, addressed: addressed || quoteOf(data, reading)?.ofSelf === true },
  });
}

function translateReaction({ id, type, data }: Told, reading: Reading): Envelope | undefined {
  const [messageId, userId] = [idOf(data["message_id"]), idOf(data["user_id"])];
  const { id: custom, name } = fieldsOf(data["emoji"]) ?? {};
  const emoji = textOf(name);
  if (messageId === undefined || userId === undefined || emoji === undefined || userId === reading.selfId) return undefined;
  const member = fieldsOf(data["member"]);
  const sender = personOf({ ...fieldsOf(member?.["user"]), id: userId }, member, reading);
  return sender && envelope(reading, {
    key: `${keyOf(reading, messageId)}:reaction:${userId}:${id}`,
    messageId, sender,
    sentAt: reading.now,
    body: { kind: "reaction", emoji: idOf(custom) === undefined ? emoji : `:${emoji}:`, added: type === "MESSAGE_REACTION_ADD", ofSelf: idOf(data["message_author_id"]) === reading.selfId || reading.isOwn(messageId) },
  });
}

function translateInteraction({ data }: Told, reading: Reading): Envelope | undefined {
  const id = idOf(data["id"]);
  const member = fieldsOf(data["member"]);
  const sender = personOf(fieldsOf(member?.["user"]) ?? fieldsOf(data["user"]) ?? {}, member, reading);
  const asked = fieldsOf(data["data"]) ?? {};
  if (id === undefined || sender === undefined) return undefined;
  if (data["type"] === INTERACTION.press) {
    const messageId = idOf(fieldsOf(data["message"])?.["id"]);
    const pressed = textOf(asked["custom_id"]);
    if (messageId === undefined || pressed === undefined) return undefined;
    return envelope(reading, { key: `press:${id}`, messageId, sender, sentAt: reading.now, body: { kind: "press", data: pressed.replace(/^\d{1,2}:/u, "") } });
  }
  const command = textOf(asked["name"]);
  if (data["type"] !== INTERACTION.command || command === undefined) return undefined;
  const text = listOf(asked["options"]).flatMap(({ value }) => (typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : [])).join(" ").trim();
  return envelope(reading, { key: `command:${id}`, messageId: id, sender, sentAt: reading.now, body: { kind: "message", text, media: [], addressed: true, command } });
}

const HANDLED: ReadonlyMap<string, Translation> = new Map<string, Translation>([
  ["MESSAGE_CREATE", translateMessage],
  ["MESSAGE_UPDATE", translateEdit],
  ["MESSAGE_REACTION_ADD", translateReaction],
  ["MESSAGE_REACTION_REMOVE", translateReaction],
  ["INTERACTION_CREATE", translateInteraction],
]);

function saidIn(message: Fields, { selfId, selfRole, channelName }: Reading): SpokenText {
  const naming = { selfId, channelName, ...(selfRole === undefined ? {} : { selfRole }) };
  const spoken = readText(message, naming);
  const passedOn = forwardedIn(message);
  const forwarded = passedOn === undefined ? [] : ["Forwarded:", ...[readText(passedOn, naming).text, ...describeContent(passedOn)].filter((line) => line !== "")];
  const lines = [spoken.text, ...describeContent(message), ...forwarded].filter((line) => line !== "");
  return { ...spoken, text: (lines.length === 0 ? describeEmbeds(message) : lines).join("\n") };
}

/** The message that this one passes on. */
const forwardedIn = (message: Fields): Fields | undefined =>
  fieldsOf(message["message_reference"])?.["type"] === FORWARD ? fieldsOf(listOf(message["message_snapshots"])[0]?.["message"]) : undefined;

const mediaOf = (message: Fields): readonly MediaRef[] => [message, forwardedIn(message) ?? {}].flatMap((from) => listOf(from["attachments"]).flatMap((file) => media(file, message)));

function media(file: Fields, message: Fields): readonly MediaRef[] {
  const [id, url] = [idOf(file["id"]), textOf(file["url"])];
  if (id === undefined || url === undefined) return [];
  const mimeType = textOf(file["content_type"])?.split(";", 1)[0]?.trim();
  const fileName = textOf(file["filename"]);
  const bytes = countOf(file["size"]);
  return [{
    kind: textOf(file["waveform"]) === undefined ? kindOf(mimeType ?? "") : "voice",
    // The address is signed for a day; the message gives a new one.
    ref: JSON.stringify({ url, id, channel: idOf(message["channel_id"]), message: idOf(message["id"]) }),
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(fileName === undefined ? {} : { fileName }),
    ...(bytes === undefined ? {} : { bytes }),
  }];
}

const kindOf = (mimeType: string): MediaKind => {
  const [family] = mimeType.split("/", 1);
  return family === "image" || family === "audio" || family === "video" ? family : "file";
};

function quoteOf(message: Fields, reading: Reading): Quote | undefined {
  const reference = fieldsOf(message["message_reference"]);
  const messageId = idOf(reference?.["message_id"]);
  if (messageId === undefined || (reference?.["type"] ?? 0) !== 0) return undefined;
  const answered = fieldsOf(message["referenced_message"]) ?? {};
  const author = fieldsOf(answered["author"]) ?? {};
  const text = textOf(answered["content"]) === undefined ? undefined : saidIn(answered, reading).text;
  const senderName = nameOf(author, undefined);
  return {
    messageId,
    ofSelf: idOf(author["id"]) === reading.selfId || reading.isOwn(messageId),
    ...(text === undefined || text === "" ? {} : { text }),
    ...(senderName === undefined ? {} : { senderName }),
  };
}

function senderOf(message: Fields, reading: Reading): Sender | undefined {
  const sender = personOf(fieldsOf(message["author"]) ?? {}, fieldsOf(message["member"]), reading);
  return sender !== undefined && idOf(message["webhook_id"]) !== undefined ? { ...sender, isBot: true } : sender;
}

function personOf(user: Fields, member: Fields | undefined, { selfId }: Reading): Sender | undefined {
  const id = idOf(user["id"]);
  const name = nameOf(user, member);
  const handle = textOf(user["username"]);
  return id === undefined ? undefined : { id, ...(name === undefined ? {} : { name }), ...(handle === undefined ? {} : { handle }), isBot: user["bot"] === true, isSelf: id === selfId };
}

const momentOf = (text: unknown, { now }: Reading): EpochMs => {
  const at = typeof text === "string" ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? now : epochMs(at);
};
