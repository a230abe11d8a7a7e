import type { Button, MessageRef, OutboundPart, Poll, Refused, RenderedText, StoredMedia, Target } from "../../../domain/messaging/outbound.js";
import type { ApiRequest } from "./client.js";
import type { CallFailure } from "./failures.js";
import type { Fields } from "./fields.js";
import { GENERAL_TOPIC } from "./translate.js";

/** In which form a message is tried. Telegram's refusals lead from one to the next, each at most once. */
export interface Form {
  readonly plain: boolean;
  readonly asDocument: boolean;
  /** Where a group goes on that has become a supergroup. */
  readonly movedTo?: string;
}

export const FIRST_FORM: Form = { plain: false, asDocument: false };

export interface Outgoing {
  readonly linkPreview: boolean;
  openMedia(media: StoredMedia): AsyncIterable<Uint8Array>;
}

/** The emojis that Telegram takes as a reaction, without variation selectors. Source: the Bot API's ReactionTypeEmoji. */
const REACTIONS: readonly string[] = [
  "👍", "👎", "❤", "🔥", "🥰", "👏", "😁", "🤔", "🤯", "😱", "🤬", "😢", "🎉", "🤩", "🤮", "💩", "🙏", "👌", "🕊", "🤡", "🥱", "🥴", "😍", "🐳",
  "❤‍🔥", "🌚", "🌭", "💯", "🤣", "⚡", "🍌", "🏆", "💔", "🤨", "😐", "🍓", "🍾", "💋", "🖕", "😈", "😴", "😭", "🤓", "👻", "👨‍💻", "👀", "🎃", "🙈",
  "😇", "😨", "🤝", "✍", "🤗", "🫡", "🎅", "🎄", "☃", "💅", "🤪", "🗿", "🆒", "💘", "🙉", "🦄", "😘", "💊", "🙊", "😎", "👾", "🤷‍♂", "🤷", "🤷‍♀", "😡",
];
const PHOTO_BYTES = 10 * 1_048_576;
const MAX_BUTTON_BYTES = 64;
const POLL_SECONDS = { least: 5, most: 2_628_000 };

const refused = (code: Refused["code"], reason: string): Refused => ({ kind: "refused", code, reason });
const isRefused = (value: Fields | ApiRequest | Refused): value is Refused => (value as Partial<Refused>).kind === "refused";

/** The form to try next, or none where the refusal is about something else. */
export function nextForm(form: Form, failure: CallFailure): Form | undefined {
  if (failure.kind !== "answered" || failure.code !== 400) return undefined;
  if (failure.movedTo !== undefined && form.movedTo === undefined) return { ...form, movedTo: failure.movedTo };
  if (!form.plain && /can't parse entities/iu.test(failure.description)) return { ...form, plain: true };
  if (!form.asDocument && /PHOTO_INVALID_DIMENSIONS|IMAGE_PROCESS_FAILED|PHOTO_SAVE_FILE_INVALID|too big for a photo|VOICE_MESSAGES_FORBIDDEN/iu.test(failure.description)) return { ...form, asDocument: true };
  return undefined;
}

export function renderSend(to: Target, part: OutboundPart, { form, linkPreview, openMedia }: Outgoing & { readonly form: Form }): ApiRequest | Refused {
  const place = renderPlace({ ...to, chatId: form.movedTo ?? to.chatId });
  if (isRefused(place)) return place;
  const replyTo = part.replyTo === undefined ? undefined : numberOf(part.replyTo);
  const common = {
    ...place,
    ...(replyTo === undefined ? {} : { reply_parameters: { message_id: replyTo, allow_sending_without_reply: true } }),
    ...(part.silent === true ? { disable_notification: true } : {}),
  };
  const { body } = part;
  switch (body.kind) {
    case "text": {
      const keyboard = renderKeyboard(body.buttons ?? []);
      if (isRefused(keyboard)) return keyboard;
      return { method: "sendMessage", payload: { ...common, ...renderText(body.text, form, "text"), ...keyboard, link_preview_options: { is_disabled: !linkPreview } } };
    }
    case "media":
      return renderMedia(common, body, { form, openMedia });
    case "poll":
      return { method: "sendPoll", payload: { ...common, ...renderPoll(body.poll) } };
  }
}

/** What an edit can change: the text, or the text beside a file. Where Telegram finds no text to change, the message is a file. */
export function renderEdit(message: MessageRef, { body }: OutboundPart, { form, linkPreview, asCaption }: { readonly form: Form; readonly linkPreview: boolean; readonly asCaption: boolean }): ApiRequest | Refused {
  const target = renderMessage(message);
  if (isRefused(target)) return target;
  if (body.kind === "poll") return refused("unsupported", "Telegram does not let a poll be changed; send another one.");
  if (body.kind === "media") return { method: "editMessageCaption", payload: { ...target, ...renderText(body.caption ?? { text: "", plain: "" }, form, "caption") } };
  const keyboard = renderKeyboard(body.buttons ?? []);
  if (isRefused(keyboard)) return keyboard;
  if (asCaption) return { method: "editMessageCaption", payload: { ...target, ...renderText(body.text, form, "caption"), ...keyboard } };
  return { method: "editMessageText", payload: { ...target, ...renderText(body.text, form, "text"), ...keyboard, link_preview_options: { is_disabled: !linkPreview } } };
}

export function renderRemoval(message: MessageRef): ApiRequest | Refused {
  const target = renderMessage(message);
  return isRefused(target) ? target : { method: "deleteMessage", payload: target };
}

/** The reaction that an emoji is to Telegram, which knows neither skin tones nor variation selectors; `undefined` for one that is none. */
export const reactionOf = (emoji: string): string | undefined => {
  const bare = emoji.trim().replace(/\u{fe0f}|\p{Emoji_Modifier}/gu, "");
  return REACTIONS.includes(bare) ? bare : undefined;
};

/** A bot has one reaction to a message, so that taking it back needs no emoji. */
export function renderReaction(message: MessageRef, emoji: string, add: boolean): ApiRequest | Refused {
  const target = renderMessage(message);
  if (isRefused(target)) return target;
  const reaction = reactionOf(emoji);
  if (add && reaction === undefined) return refused("unsupported", `Telegram takes only these as a reaction: ${REACTIONS.join(" ")}.`);
  return { method: "setMessageReaction", payload: { ...target, reaction: add ? [{ type: "emoji", emoji: reaction }] : [] } };
}

export function renderTyping({ chatId, threadId }: Target): ApiRequest {
  // Unlike a message, the sign wants the general topic named, or it shows in none.
  const thread = threadId === undefined ? undefined : numberOf(threadId);
  return { method: "sendChatAction", payload: { chat_id: renderChat(chatId), action: "typing", ...(thread === undefined ? {} : { message_thread_id: thread }) } };
}

const numberOf = (text: string): number | undefined => (/^-?[0-9]{1,16}$/u.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined);

const renderChat = (chatId: string): number | string => numberOf(chatId) ?? chatId;

function renderPlace({ chatId, threadId }: Target): Fields | Refused {
  if (threadId === undefined || threadId === GENERAL_TOPIC) return { chat_id: renderChat(chatId) };
  const thread = numberOf(threadId);
  return thread === undefined ? refused("unknown-target", "This is not a topic of Telegram; its topics have numbers.") : { chat_id: renderChat(chatId), message_thread_id: thread };
}

function renderMessage({ chatId, messageId }: MessageRef): Fields | Refused {
  const message = numberOf(messageId);
  return message === undefined ? refused("unknown-target", "This is not a message of Telegram; its messages have numbers.") : { chat_id: renderChat(chatId), message_id: message };
}

const renderText = ({ text, plain }: RenderedText, form: Form, field: "text" | "caption"): Fields => (form.plain ? { [field]: plain } : { [field]: text, parse_mode: "HTML" });

function renderKeyboard(rows: readonly (readonly Button[])[]): Fields | Refused {
  if (rows.length === 0) return {};
  const buttons = rows.flat();
  if (buttons.some(({ data, url }) => (data === undefined) === (url === undefined))) return refused("invalid", "A button of Telegram has either data or a link; give each of them one.");
  if (buttons.some(({ data = "-" }) => data === "" || utf8Length(data) > MAX_BUTTON_BYTES)) return refused("invalid", `The data of a button of Telegram has 1 to ${MAX_BUTTON_BYTES} bytes; make it shorter.`);
  return { reply_markup: { inline_keyboard: rows.map((row) => row.map(({ label, data, url }) => (url === undefined ? { text: label, callback_data: data } : { text: label, url }))) } };
}

const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

function renderMedia(common: Fields, { media, caption }: Extract<OutboundPart["body"], { kind: "media" }>, { form, openMedia }: Pick<Outgoing, "openMedia"> & { readonly form: Form }): ApiRequest {
  const [method, field] = form.asDocument ? AS_DOCUMENT : methodFor(media);
  return {
    method,
    payload: { ...common, ...(caption === undefined ? {} : renderText(caption, form, "caption")), ...(method === "sendVideo" ? { supports_streaming: true } : {}) },
    // The header of a part is written without quotes, where these characters would end the name.
    file: { field, name: media.fileName.replace(/[\p{Cc}";\\/]/gu, "_") || "file", open: () => openMedia(media) },
  };
}

const AS_DOCUMENT = ["sendDocument", "document"] as const;

/** Telegram shows some formats as what they are, and takes all others as a file. */
function methodFor({ kind, mimeType, bytes }: StoredMedia): readonly [string, string] {
  const format = mimeType.toLowerCase().split(";", 1)[0]?.trim() ?? "";
  if (kind === "image" && format === "image/gif") return ["sendAnimation", "animation"];
  if (kind === "image" && ["image/jpeg", "image/png", "image/webp"].includes(format) && bytes <= PHOTO_BYTES) return ["sendPhoto", "photo"];
  if (kind === "voice" && ["audio/ogg", "audio/opus", "audio/mpeg", "audio/mp4", "audio/x-m4a"].includes(format)) return ["sendVoice", "voice"];
  if (kind === "voice" || kind === "audio") return ["sendAudio", "audio"];
  if (kind === "video" && ["video/mp4", "video/quicktime"].includes(format)) return ["sendVideo", "video"];
  return AS_DOCUMENT;
}

function renderPoll({ question, options, maxSelections, durationMs, isAnonymous }: Poll): Fields {
  const seconds = durationMs === undefined ? undefined : Math.min(Math.max(Math.round(durationMs / 1_000), POLL_SECONDS.least), POLL_SECONDS.most);
  return {
    question,
    options: options.map((text) => ({ text })),
    allows_multiple_answers: maxSelections > 1,
    ...(isAnonymous === undefined ? {} : { is_anonymous: isAnonymous }),
    ...(seconds === undefined ? {} : { open_period: seconds }),
  };
}
