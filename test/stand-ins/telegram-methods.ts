import { flagArg, numberArg, objectArg, textArg, type CallForm } from "./telegram-form.js";
import { parseTelegramHtml, type Entity } from "./telegram-html.js";
import type { TelegramBot } from "./telegram-bot.js";
import { renderMessage, type KeptMessage, type TelegramChat, type TelegramUser, type TelegramWorld } from "./telegram-world.js";

/** A refusal in the Bot API's words. */
export class ApiError extends Error {
  readonly code: number;
  readonly parameters: Readonly<Record<string, number>> | undefined;

  constructor(code: number, description: string, parameters?: Readonly<Record<string, number>>) {
    super(description);
    this.code = code;
    this.parameters = parameters;
  }
}

export interface Call {
  readonly bot: TelegramBot;
  readonly self: TelegramUser;
  readonly world: TelegramWorld;
  readonly form: CallForm;
  readonly method: string;
}

const bad = (description: string): ApiError => new ApiError(400, `Bad Request: ${description}`);

const MEDIA_METHODS = ["sendPhoto", "sendDocument", "sendVoice", "sendVideo", "sendAudio", "sendAnimation"];
const PHOTO_BYTES = 10_485_760;
const UPLOAD_BYTES = 52_428_800;
const DOWNLOAD_BYTES = 20_971_520;
const REACTIONS = new Set("👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡".split(" "));

/** Answers a call as the Bot API does, or throws its refusal. */
export function answerCall(call: Call): unknown {
  const { method, self, bot, form, world } = call;
  if (MEDIA_METHODS.includes(method)) return sendMedia(call);
  switch (method) {
    case "getMe":
      return { ...self, can_join_groups: true, can_read_all_group_messages: false, supports_inline_queries: false };
    case "setWebhook": {
      const secret = textArg(form, "secret_token");
      bot.allowed = (objectArg(form, "allowed_updates") as string[] | undefined) ?? bot.allowed;
      bot.setWebhook({ url: textArg(form, "url") ?? "", maxConnections: numberArg(form, "max_connections") ?? 40, ...(secret === undefined ? {} : { secret }) });
      return true;
    }
    case "deleteWebhook":
      bot.setWebhook(undefined);
      return true;
    case "getWebhookInfo":
      return { url: bot.webhook?.url ?? "", pending_update_count: bot.queue.length, ...(bot.lastError === undefined ? {} : { last_error_date: bot.lastError.date, last_error_message: bot.lastError.message }) };
    case "sendMessage": {
      const place = placeOf(call);
      const { text, entities } = formatted(call, "text");
      if (text === "") throw bad("message text is empty");
      if (text.length > 4_096) throw bad("message is too long");
      return renderMessage(world, world.keep({ ...place, text, entities, ...keyboardOf(call), method }));
    }
    case "sendPoll":
      return sendPoll(call);
    case "editMessageText":
    case "editMessageCaption":
      return edit(call);
    case "deleteMessage": {
      const message = messageOf(call, "delete");
      world.messages.delete(message.id);
      return true;
    }
    case "setMessageReaction": {
      const message = messageOf(call, "react");
      const reactions = ((objectArg(form, "reaction") ?? []) as { emoji: string }[]).map(({ emoji }) => emoji);
      if (reactions.length > 1 || reactions.some((emoji) => !REACTIONS.has(emoji))) throw bad("REACTION_INVALID");
      message.reactions.set(self.id, reactions);
      return true;
    }
    case "sendChatAction":
      placeOf(call, { general: true });
      return true;
    case "answerCallbackQuery":
      if (textArg(form, "callback_query_id")?.startsWith("press-") !== true) throw bad("query is too old and response timeout expired or query ID is invalid");
      return true;
    case "getFile": {
      const file = world.files.get(textArg(form, "file_id") ?? "");
      if (file === undefined) throw bad("wrong file_id or the file is temporarily unavailable");
      if (file.bytes.length > DOWNLOAD_BYTES) throw bad("file is too big");
      return { file_id: file.id, file_unique_id: `u${file.id}`, ...(file.hidesSize === true ? {} : { file_size: file.bytes.length }), file_path: file.path };
    }
    default:
      throw new ApiError(404, "Not Found: method not found");
  }
}

type Place = Pick<KeptMessage, "chat" | "author" | "threadId" | "replyTo" | "isSilent">;

function placeOf({ form, world, self }: Call, { general = false }: { readonly general?: boolean } = {}): Place {
  const chat = openChat(world, textArg(form, "chat_id"));
  const threadId = numberArg(form, "message_thread_id");
  const isGeneral = general && threadId === 1 && chat.is_forum === true;
  if (threadId !== undefined && !isGeneral && !world.topics.some((topic) => topic.chatId === chat.id && topic.threadId === threadId)) throw bad("message thread not found");
  const reply = objectArg(form, "reply_parameters") as { message_id: number; allow_sending_without_reply?: boolean } | undefined;
  const answered = reply === undefined ? undefined : world.find(chat.id, reply.message_id);
  if (reply !== undefined && answered === undefined && reply.allow_sending_without_reply !== true) throw bad("message to be replied not found");
  return {
    chat, author: self,
    ...(threadId === undefined ? {} : { threadId }),
    ...(answered === undefined ? {} : { replyTo: answered.id }),
    ...(flagArg(form, "disable_notification") ? { isSilent: true } : {}),
  };
}

function openChat(world: TelegramWorld, reference: string | undefined): TelegramChat {
  const chat = world.chatOf(reference);
  if (chat === undefined) throw bad("chat not found");
  const movedTo = world.moved.get(chat.id);
  if (movedTo !== undefined) throw new ApiError(400, "Bad Request: group chat was upgraded to a supergroup chat", { migrate_to_chat_id: movedTo });
  const closed = world.closed.get(chat.id);
  if (closed !== undefined) throw new ApiError(403, `Forbidden: ${closed}`);
  return chat;
}

function formatted({ form }: Call, field: "text" | "caption"): { readonly text: string; readonly entities: readonly Entity[] } {
  const raw = textArg(form, field) ?? "";
  const parsed = textArg(form, "parse_mode") === "HTML" ? parseTelegramHtml(raw) : { text: raw, entities: [] };
  if ("error" in parsed) throw bad(`can't parse entities: ${parsed.error}`);
  return { ...parsed, text: parsed.text.trim() };
}

function keyboardOf({ form }: Call): { readonly buttons?: unknown } {
  const markup = objectArg(form, "reply_markup") as { inline_keyboard?: readonly (readonly { text?: string; callback_data?: string; url?: string }[])[] } | undefined;
  for (const button of markup?.inline_keyboard?.flat() ?? []) {
    if ((button.text ?? "") === "") throw bad("text buttons are not allowed in the inline keyboard");
    if (button.callback_data === undefined ? button.url === undefined : Buffer.byteLength(button.callback_data) > 64 || button.callback_data === "") throw bad("BUTTON_DATA_INVALID");
  }
  return markup === undefined ? {} : { buttons: markup };
}

function sendMedia(call: Call): unknown {
  const { method, form, world } = call;
  const place = placeOf(call);
  const field = method.slice("send".length).toLowerCase();
  const upload = form.files.get(field);
  if (upload === undefined) throw bad(`there is no ${field} in the request`);
  if (upload.bytes.length > UPLOAD_BYTES) throw new ApiError(413, "Request Entity Too Large");
  if (method === "sendPhoto" && upload.bytes.length > PHOTO_BYTES) throw bad(`file of size ${upload.bytes.length} bytes is too big for a photo; the maximum size is ${PHOTO_BYTES} bytes`);
  const { text, entities } = formatted(call, "caption");
  if (text.length > 1_024) throw bad("message caption is too long");
  return renderMessage(world, world.keep({ ...place, text, entities, file: world.addFile(upload.bytes, upload.name), method }));
}

function sendPoll(call: Call): unknown {
  const { form, world, method } = call;
  const place = placeOf(call);
  const question = textArg(form, "question") ?? "";
  const options = ((objectArg(form, "options") ?? []) as { text: string }[]).map(({ text }) => text);
  if (question === "" || question.length > 300) throw bad("poll question must be non-empty and at most 300 characters");
  if (options.length === 0 || options.length > 12) throw bad("poll can't have more than 12 options");
  return renderMessage(world, world.keep({ ...place, text: question, entities: [], poll: { id: `5${world.nextId()}`, question, options }, method }));
}

function edit(call: Call): unknown {
  const { method, world, self } = call;
  const message = messageOf(call, "edit");
  if (message.author.id !== self.id) throw bad("message can't be edited");
  const isCaption = method === "editMessageCaption";
  if (!isCaption && message.file !== undefined) throw bad("there is no text in the message to edit");
  if (isCaption && message.file === undefined) throw bad("there is no caption in the message to edit");
  const { text, entities } = formatted(call, isCaption ? "caption" : "text");
  const { buttons } = keyboardOf(call);
  if (text === message.text && JSON.stringify([entities, buttons]) === JSON.stringify([message.entities, message.buttons])) {
    throw bad("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message");
  }
  world.change(message, { text, entities, buttons });
  return renderMessage(world, message);
}

function messageOf({ form, world }: Call, what: "edit" | "delete" | "react"): KeptMessage {
  const chat = openChat(world, textArg(form, "chat_id"));
  const message = world.find(chat.id, numberArg(form, "message_id"));
  if (message === undefined) throw bad(`message to ${what} not found`);
  return message;
}
