import type { Chat, ChatKind, Envelope, EnvelopeBody, MediaRef, Sender } from "../../../domain/messaging/envelope.js";
import type { MediaKind } from "../../../domain/messaging/abilities.js";
import type { EpochMs } from "../../../domain/moment.js";
import { emojiOf } from "./emoji.js";
import { fieldsOf, listOf, momentOf, parseFields, textOf, timestampOf, type Fields } from "./fields.js";
import { mentionedIn, readText, unescape } from "./mrkdwn.js";
import { isDirectId } from "./target.js";

/** Who the account is in its workspace. */
export interface Self {
  readonly userId: string;
  readonly botId?: string;
  readonly teamId: string;
  readonly name?: string;
}

/** What Slack tells, whichever way it came. */
export interface Told {
  readonly kind: "event" | "command" | "interactive";
  readonly body: Fields;
}

export interface Place {
  readonly kind: ChatKind;
  readonly title?: string;
}

export interface Reading {
  readonly accountId: string;
  readonly self: Self;
  readonly now: EpochMs;
  nameOf(userId: string): string | undefined;
  placeOf(chatId: string): Place | undefined;
}

const KINDS: ReadonlyMap<unknown, ChatKind> = new Map<unknown, ChatKind>([["im", "direct"], ["mpim", "group"], ["group", "group"], ["channel", "room"]]);
/** The message itself is in it; every other subtype tells that something was done, such as a topic that was set. */
const SPOKEN: ReadonlySet<unknown> = new Set([undefined, "file_share", "thread_broadcast", "bot_message", "me_message"]);

/** What somebody said or did, in the core's words; `undefined` for what is of no concern or can't be read. Never throws. */
export function translate({ kind, body }: Told, reading: Reading): Envelope | undefined {
  if (kind === "command") return translateCommand(body, reading);
  if (kind === "interactive") return translatePress(body, reading);
  const event = fieldsOf(body["event"]);
  if (event === undefined || !isOurs(body, reading.self)) return undefined;
  const said = { ...event, team_id: textOf(body["team_id"]) };
  switch (event["type"]) {
    case "message": return event["subtype"] === "message_changed" ? translateEdit(said, reading) : translateMessage(said, reading);
    case "app_mention": return translateMessage(said, reading);
    case "reaction_added":
    case "reaction_removed": return translateReaction(said, reading);
    default: return undefined;
  }
}

/** Who and where is in it: what their names are worth asking for. */
export function namedIn({ kind, body }: Told): { readonly userIds: readonly string[]; readonly chatId?: string; readonly chatKind?: ChatKind } {
  const event = kind === "event" ? (fieldsOf(body["event"]) ?? {}) : {};
  const message = fieldsOf(event["message"]) ?? event;
  const speaker = textOf(message["user"]);
  const chatId = textOf(event["channel"]) ?? textOf(fieldsOf(event["item"])?.["channel"]);
  const chatKind = KINDS.get(event["channel_type"]);
  const userIds = [...new Set([...(speaker === undefined ? [] : [speaker]), ...mentionedIn(textOf(message["text"]) ?? "")])];
  return { userIds, ...(chatId === undefined ? {} : { chatId }), ...(chatKind === undefined ? {} : { chatKind }) };
}

/** The way in says something about itself: the app was taken out of the workspace, or Slack holds events back because there are too many. */
export function newsIn({ kind, body }: Told): "uninstalled" | "held-back" | undefined {
  if (kind !== "event") return undefined;
  if (body["type"] === "app_rate_limited") return "held-back";
  return fieldsOf(body["event"])?.["type"] === "app_uninstalled" ? "uninstalled" : undefined;
}

/** An app that is installed in several workspaces hears of all of them at once; this account answers in its own. */
function isOurs(body: Fields, self: Self): boolean {
  const installations = listOf(body["authorizations"]);
  return installations.length === 0
    || installations.some((one) => one["user_id"] === self.userId || one["team_id"] === self.teamId || one["enterprise_id"] === self.teamId);
}

const envelope = (reading: Reading, facts: Omit<Envelope, "channel" | "accountId">): Envelope => ({ channel: "slack", accountId: reading.accountId, ...facts });

function translateMessage(event: Fields, reading: Reading): Envelope | undefined {
  const messageId = timestampOf(event["ts"]);
  const chat = chatOf(event, reading);
  const sender = senderOf(event, reading);
  if (messageId === undefined || chat === undefined || sender === undefined || !SPOKEN.has(event["subtype"])) return undefined;
  const body = messageBody(event, reading);
  return body && envelope(reading, { key: `${chat.id}:${messageId}`, messageId, chat, sender, sentAt: momentOf(messageId), body });
}

function messageBody(event: Fields, reading: Reading): EnvelopeBody | undefined {
  const { text, addressed } = readText(wordsOf(event), { ...reading, selfId: reading.self.userId });
  const media = listOf(event["files"]).flatMap((file) => mediaOf(file) ?? []);
  if (text === "" && media.length === 0 && !addressed) return undefined;
  return { kind: "message", text, media, addressed: addressed || isBelowOwn(event, reading.self) };
}

/** Apps and people who pass a message on may leave the text empty and put the words beside it. */
const wordsOf = (event: Fields): string =>
  textOf(event["text"]) ?? listOf(event["attachments"]).flatMap((one) => textOf(one["text"]) ?? textOf(one["fallback"]) ?? []).join("\n");

const isBelowOwn = (event: Fields, self: Self): boolean => timestampOf(event["thread_ts"]) !== undefined && event["parent_user_id"] === self.userId;

/** Slack also tells of a change where a link was unfurled or a thread began. Only new words are an edit, and those of others: the account's are its drafts. */
function translateEdit(event: Fields, reading: Reading): Envelope | undefined {
  const message = fieldsOf(event["message"]) ?? {};
  const messageId = timestampOf(message["ts"]);
  const editedAt = timestampOf(fieldsOf(message["edited"])?.["ts"]);
  const chat = chatOf({ ...event, thread_ts: message["thread_ts"], ts: message["ts"] }, reading);
  const sender = senderOf(message, reading);
  if (messageId === undefined || editedAt === undefined || chat === undefined || sender === undefined || sender.isSelf || !SPOKEN.has(message["subtype"])) return undefined;
  if (fieldsOf(event["previous_message"])?.["text"] === message["text"]) return undefined;
  const { text, addressed } = readText(wordsOf(message), { ...reading, selfId: reading.self.userId });
  const body = { kind: "edit", text, addressed: addressed || isBelowOwn(message, reading.self) } as const;
  return envelope(reading, { key: `${chat.id}:${messageId}:edit:${editedAt}`, messageId, chat, sender, sentAt: momentOf(editedAt), body });
}

function translateReaction(event: Fields, reading: Reading): Envelope | undefined {
  const item = fieldsOf(event["item"]) ?? {};
  const messageId = timestampOf(item["ts"]);
  const at = timestampOf(event["event_ts"]);
  const name = textOf(event["reaction"]);
  const chat = chatOf({ channel: item["channel"], team_id: event["team_id"] }, reading);
  const sender = senderOf(event, reading);
  if (item["type"] !== "message" || messageId === undefined || at === undefined || name === undefined || chat === undefined || sender === undefined) return undefined;
  const added = event["type"] === "reaction_added";
  const body = { kind: "reaction", emoji: emojiOf(name), added, ofSelf: event["item_user"] === reading.self.userId } as const;
  const key = `${chat.id}:${messageId}:${added ? "reacted" : "unreacted"}:${name}:${sender.id}:${at}`;
  return envelope(reading, { key, messageId, chat, sender, sentAt: momentOf(at), body });
}

/** A button without data leads to a page; Slack tells of it all the same. */
function translatePress(payload: Fields, reading: Reading): Envelope | undefined {
  const container = fieldsOf(payload["container"]) ?? {};
  const message = fieldsOf(payload["message"]) ?? {};
  const button = listOf(payload["actions"]).find((action) => action["type"] === "button");
  const data = textOf(button?.["value"]);
  const at = timestampOf(button?.["action_ts"]);
  const messageId = timestampOf(message["ts"]) ?? timestampOf(container["message_ts"]);
  const presser = fieldsOf(payload["user"]) ?? {};
  const place = fieldsOf(payload["channel"]) ?? {};
  const chat = chatOf({
    channel: place["id"] ?? container["channel_id"], channel_name: place["name"], ts: messageId,
    thread_ts: message["thread_ts"] ?? container["thread_ts"], team_id: fieldsOf(payload["team"])?.["id"],
  }, reading);
  const sender = senderOf({ user: presser["id"], username: presser["name"] }, reading);
  if (payload["type"] !== "block_actions" || data === undefined || at === undefined || messageId === undefined || chat === undefined || sender === undefined) return undefined;
  return envelope(reading, { key: `${chat.id}:${messageId}:press:${sender.id}:${at}`, messageId, chat, sender, sentAt: momentOf(at), body: { kind: "press", data } });
}

/** A slash command leaves no message in its chat: it goes by the id that Slack gave its call. */
function translateCommand(call: Fields, reading: Reading): Envelope | undefined {
  const command = textOf(call["command"])?.replace(/^\//u, "");
  const messageId = textOf(call["trigger_id"]);
  const chat = chatOf({ channel: call["channel_id"], channel_name: call["channel_name"], team_id: call["team_id"] }, reading);
  const sender = senderOf({ user: call["user_id"], username: call["user_name"] }, reading);
  if (command === undefined || messageId === undefined || chat === undefined || sender === undefined) return undefined;
  const { text } = readText(textOf(call["text"]) ?? "", { ...reading, selfId: reading.self.userId });
  const body = { kind: "message", text, media: [], addressed: true, command } as const;
  return envelope(reading, { key: `${chat.id}:command:${messageId}`, messageId, chat, sender, sentAt: reading.now, body });
}

function chatOf(said: Fields, reading: Reading): Chat | undefined {
  const id = textOf(said["channel"]);
  if (id === undefined) return undefined;
  const known = reading.placeOf(id);
  const threadId = timestampOf(said["thread_ts"]);
  const spaceId = textOf(said["team_id"]) ?? reading.self.teamId;
  return {
    id,
    kind: KINDS.get(said["channel_type"]) ?? known?.kind ?? guessKind(id, textOf(said["channel_name"])),
    ...(known?.title === undefined ? {} : { title: known.title }),
    // A thread's first message names itself as its thread once there are answers to it.
    ...(threadId === undefined || threadId === said["ts"] ? {} : { threadId }),
    spaceId,
  };
}

const guessKind = (id: string, name = ""): ChatKind => {
  if (isDirectId(id) || name === "directmessage") return "direct";
  return id.startsWith("G") || name === "privategroup" || name.startsWith("mpdm-") ? "group" : "room";
};

function senderOf(said: Fields, { self, nameOf }: Reading): Sender | undefined {
  const userId = textOf(said["user"]);
  const botId = textOf(said["bot_id"]);
  const id = userId ?? botId;
  if (id === undefined) return undefined;
  const handle = textOf(said["username"]);
  const ownName = textOf(fieldsOf(said["bot_profile"])?.["name"]) ?? handle;
  const name = nameOf(id) ?? (ownName && unescape(ownName));
  return {
    id,
    ...(userId === undefined || botId === undefined ? {} : { aliases: [botId] }),
    ...(name === undefined ? {} : { name }),
    ...(handle === undefined ? {} : { handle }),
    isBot: botId !== undefined || id === "USLACKBOT",
    isSelf: id === self.userId || (botId !== undefined && botId === self.botId),
  };
}

/** A file that is only a link to another service, or that was taken away, has nothing to fetch. */
function mediaOf(file: Fields): MediaRef | undefined {
  const id = textOf(file["id"]);
  const url = textOf(file["url_private_download"]) ?? textOf(file["url_private"]);
  const hasToAsk = file["file_access"] === "check_file_info";
  if (id === undefined || (url === undefined && !hasToAsk) || file["is_external"] === true || file["mode"] === "tombstone" || file["mode"] === "hidden_by_limit") return undefined;
  const mimeType = textOf(file["mimetype"]);
  const fileName = textOf(file["name"]);
  const bytes = file["size"];
  return {
    kind: mediaKind(mimeType ?? "", file["subtype"]),
    ref: JSON.stringify({ id, ...(url === undefined ? {} : { url }) }),
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(fileName === undefined ? {} : { fileName: unescape(fileName) }),
    ...(Number.isSafeInteger(bytes) ? { bytes: bytes as number } : {}),
  };
}

const mediaKind = (mimeType: string, subtype: unknown): MediaKind => {
  if (subtype === "slack_audio") return "voice";
  return (["image", "audio", "video"] as const).find((kind) => mimeType.startsWith(`${kind}/`)) ?? "file";
};

/** What a file was kept by, read back. */
export function parseMediaRef(ref: string): { readonly id: string; readonly url?: string } | undefined {
  const fields = parseFields(ref);
  const id = textOf(fields?.["id"]);
  const url = textOf(fields?.["url"]);
  return id === undefined ? undefined : { id, ...(url === undefined ? {} : { url }) };
}
