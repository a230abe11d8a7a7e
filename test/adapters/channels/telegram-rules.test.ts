import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ChatMemory } from "../../../src/adapters/channels/telegram/chat-memory.js";
import { judgeAction, judgeSend, judgeSetback, type CallFailure } from "../../../src/adapters/channels/telegram/failures.js";
import { parseTelegramConfig } from "../../../src/adapters/channels/telegram/index.js";
import { FIRST_FORM, nextForm, reactionOf, renderEdit, renderReaction, renderSend, renderTyping } from "../../../src/adapters/channels/telegram/outgoing.js";
import { parseTelegramTarget } from "../../../src/adapters/channels/telegram/target.js";
import { translateUpdate, type Reading } from "../../../src/adapters/channels/telegram/translate.js";
import { Backoff } from "../../../src/domain/messaging/backoff.js";
import type { OutboundPart, StoredMedia } from "../../../src/domain/messaging/outbound.js";
import { epochMs } from "../../../src/domain/moment.js";
import { parseTelegramHtml } from "../../stand-ins/telegram-html.js";

const NOW = epochMs(1_790_000_000_000);
const DATE = 1_789_999_000;
const BOT = { id: 7001, is_bot: true, first_name: "Gateway", username: "Gateway_Bot" };
const ADA = { id: 5_000_000_042, is_bot: false, first_name: "Ada", last_name: "Lovelace", username: "ada", language_code: "en" };
const DIRECT = { id: ADA.id, type: "private", first_name: "Ada", username: "ada" };
const GROUP = { id: -4_000_001, type: "group", title: "Family" };
const FORUM = { id: -1_001_234_567_890, type: "supergroup", title: "Club", is_forum: true };
const SUPER = { id: -1_001_111_111_111, type: "supergroup", title: "Team" };
const CHANNEL = { id: -1_002_222_222_222, type: "channel", title: "News", username: "the_news" };

const READING: Reading = { accountId: "default", self: { id: "7001", name: "Gateway", username: "Gateway_Bot" }, now: NOW, isOwn: (_chat, id) => id === "900" };
const read = (update: unknown) => translateUpdate(update, READING);
const message = (facts: object, chat: object = DIRECT) => ({ update_id: 1, message: { message_id: 10, date: DATE, from: ADA, chat, ...facts } });
const entity = (type: string, offset: number, length: number, more: object = {}) => ({ entities: [{ type, offset, length, ...more }] });
const REPLIED = { message_id: 5, date: DATE, chat: GROUP, from: BOT, text: "Shall I?" };

describe("what Telegram tells", () => {
  test.each<[string, unknown, object]>([
    ["a text in a direct chat", message({ text: "hello" }), {
      channel: "telegram", accountId: "default", key: `${ADA.id}:10`, messageId: "10", sentAt: DATE * 1_000,
      chat: { id: `${ADA.id}`, kind: "direct" },
      sender: { id: `${ADA.id}`, name: "Ada Lovelace", handle: "ada", isBot: false, isSelf: false },
      body: { kind: "message", text: "hello", media: [], addressed: false },
    }],
    ["a text in a group", message({ text: "hello all" }, GROUP), { key: "-4000001:10", chat: { id: "-4000001", kind: "group", title: "Family" }, body: { addressed: false } }],
    ["a text in a topic", message({ text: "hi", is_topic_message: true, message_thread_id: 77 }, FORUM), { chat: { id: "-1001234567890", kind: "group", title: "Club", threadId: "77" } }],
    ["a text in the general topic, which has no mark of its own", message({ text: "hi" }, FORUM), { chat: { threadId: "1" } }],
    ["a thread of answers outside of forums is no topic", message({ text: "hi", message_thread_id: 77 }, SUPER), { chat: { id: "-1001111111111", kind: "group", title: "Team" } }],
    ["a topic of a direct chat", message({ text: "hi", is_topic_message: true, message_thread_id: 9 }), { chat: { id: `${ADA.id}`, kind: "direct", threadId: "9" } }],
    ["a post in a channel", { update_id: 1, channel_post: { message_id: 3, date: DATE, chat: CHANNEL, sender_chat: CHANNEL, author_signature: "Ada", text: "news" } }, {
      key: "-1002222222222:3", chat: { kind: "room", title: "News" }, sender: { id: "-1002222222222", name: "News", handle: "the_news", isSelf: false },
    }],
    ["a post of this account in a channel", { channel_post: { message_id: 900, date: DATE, chat: CHANNEL, text: "news" } }, { sender: { isSelf: true } }],
    ["an anonymous administrator speaks as the group", message({ text: "rules!", from: { id: 1087968824, is_bot: true, first_name: "Group" }, sender_chat: SUPER }, SUPER), { sender: { id: "-1001111111111", name: "Team", isBot: false } }],
    ["what a channel forwards into its group is the channel's", message({ text: "news", from: { id: 777000, is_bot: false, first_name: "Telegram" }, sender_chat: CHANNEL, is_automatic_forward: true }, SUPER), { sender: { id: "-1002222222222" } }],
    ["another bot", message({ text: "beep", from: { id: 8, is_bot: true, first_name: "Other" } }, GROUP), { sender: { id: "8", isBot: true, isSelf: false } }],
    ["the account itself", message({ text: "beep", from: BOT }, GROUP), { sender: { isBot: true, isSelf: true } }],
    ["a photo by its largest size, with its caption", message({ caption: "look", photo: [{ file_id: "small", file_size: 10 }, { file_id: "large", file_size: 99_000 }] }), { body: { text: "look", media: [{ kind: "image", ref: "large", mimeType: "image/jpeg", bytes: 99_000 }] } }],
    ["a voice note", message({ voice: { file_id: "v", mime_type: "audio/ogg", file_size: 7, duration: 2 } }), { body: { text: "", media: [{ kind: "voice", ref: "v", mimeType: "audio/ogg", bytes: 7 }] } }],
    ["music", message({ audio: { file_id: "a", mime_type: "audio/mpeg", file_name: "song.mp3" } }), { body: { media: [{ kind: "audio", ref: "a", mimeType: "audio/mpeg", fileName: "song.mp3" }] } }],
    ["a video", message({ video: { file_id: "v", mime_type: "video/mp4", file_name: "v.mp4" } }), { body: { media: [{ kind: "video", ref: "v" }] } }],
    ["a round video", message({ video_note: { file_id: "r", length: 240 } }), { body: { media: [{ kind: "video", ref: "r", mimeType: "video/mp4" }] } }],
    ["a document", message({ document: { file_id: "d", mime_type: "application/pdf", file_name: "a.pdf" } }), { body: { media: [{ kind: "file", ref: "d", fileName: "a.pdf" }] } }],
    ["an image sent as a file", message({ document: { file_id: "d", mime_type: "image/png" } }), { body: { media: [{ kind: "image", ref: "d" }] } }],
    ["an animation once, though it is a document too", message({ animation: { file_id: "g", mime_type: "video/mp4" }, document: { file_id: "g2" } }), { body: { media: [{ kind: "video", ref: "g" }] } }],
    ["a sticker by its emoji", message({ sticker: { file_id: "s", emoji: "😀" } }), { body: { text: "[sticker 😀]", media: [] } }],
    ["a location", message({ location: { latitude: 51.5, longitude: -0.125 } }), { body: { text: "Location: 51.5, -0.125" } }],
    ["a live location", message({ location: { latitude: 1, longitude: 2, live_period: 900 } }), { body: { text: "Live location: 1, 2" } }],
    ["a venue, whose location is not told twice", message({ location: { latitude: 1, longitude: 2 }, venue: { title: "Pub", address: "High St 1", location: { latitude: 1, longitude: 2 } } }), { body: { text: "Place: Pub, High St 1 (1, 2)" } }],
    ["a contact", message({ contact: { first_name: "Bob", last_name: "B", phone_number: "+4412345" } }), { body: { text: "Contact: Bob B, +4412345" } }],
    ["dice", message({ dice: { emoji: "🎲", value: 4 } }), { body: { text: "[dice 🎲: 4]" } }],
    ["a poll", message({ poll: { question: "Tea?", options: [{ text: "yes" }, { text: "no" }] } }), { body: { text: "Poll: Tea?\n- yes\n- no" } }],
    ["what is passed on, with who said it", message({ text: "it rains", forward_origin: { type: "user", sender_user: { id: 3, first_name: "Bob", last_name: "B" } } }), { body: { text: "Forwarded from Bob B:\nit rains" } }],
    ["what is passed on by somebody who hides", message({ text: "psst", forward_origin: { type: "hidden_user", sender_user_name: "X" } }), { body: { text: "Forwarded from X:\npsst" } }],
    ["an answer to this account addresses it", message({ text: "do", reply_to_message: REPLIED }, GROUP), { body: { addressed: true, replyTo: { messageId: "5", ofSelf: true, text: "Shall I?", senderName: "Gateway" } } }],
    ["an answer to somebody else does not", message({ text: "do", reply_to_message: { ...REPLIED, from: ADA } }, GROUP), { body: { addressed: false, replyTo: { messageId: "5", ofSelf: false, senderName: "Ada Lovelace" } } }],
    ["an answer to a part of a message", message({ text: "this?", reply_to_message: REPLIED, quote: { text: "I?", position: 6 } }, GROUP), { body: { replyTo: { text: "I?" } } }],
    ["an edit", { edited_message: { message_id: 10, date: DATE, edit_date: DATE + 5, from: ADA, chat: DIRECT, text: "hello!" } }, { key: `${ADA.id}:10:edit:${DATE + 5}`, messageId: "10", sentAt: (DATE + 5) * 1_000, body: { kind: "edit", text: "hello!", addressed: false } }],
    ["an edit of a caption in a channel", { edited_channel_post: { message_id: 3, date: DATE, edit_date: DATE + 1, chat: CHANNEL, caption: "x" } }, { body: { kind: "edit", text: "x" } }],
    ["a press", { callback_query: { id: "4382", from: ADA, message: { message_id: 900, date: DATE, chat: GROUP, from: BOT }, chat_instance: "1", data: "yes" } }, { key: "press:4382", messageId: "900", sentAt: NOW, sender: { id: `${ADA.id}` }, chat: { id: "-4000001" }, body: { kind: "press", data: "yes" } }],
    ["a press under a message that is too old to be shown", { callback_query: { id: "1", from: ADA, message: { message_id: 4, date: 0, chat: GROUP }, data: "no" } }, { messageId: "4", sentAt: NOW }],
    ["a reaction", { message_reaction: { chat: GROUP, message_id: 900, user: ADA, date: DATE, old_reaction: [], new_reaction: [{ type: "emoji", emoji: "👍" }] } }, { messageId: "900", sender: { id: `${ADA.id}` }, body: { kind: "reaction", emoji: "👍", added: true, ofSelf: true } }],
    ["a reaction of somebody anonymous", { message_reaction: { chat: FORUM, message_id: 4, actor_chat: SUPER, date: DATE, old_reaction: [{ type: "emoji", emoji: "👍" }], new_reaction: [] } }, { sender: { id: "-1001111111111" }, body: { added: false, ofSelf: false } }],
  ])("%s", (_what, update, expected) => {
    const envelopes = read(update);
    expect(envelopes).toHaveLength(1);
    expect(envelopes[0]).toMatchObject(expected);
    expect(JSON.parse(JSON.stringify(envelopes[0]))).toEqual(envelopes[0]);
  });

  test.each<[string, object, string, boolean, string?]>([
    ["a mention at the start", { text: "@gateway_bot, what now?", ...entity("mention", 0, 12) }, "what now?", true],
    ["a mention in the middle", { text: "say @Gateway_Bot hello", ...entity("mention", 4, 12) }, "say hello", true],
    ["a mention at the end", { text: "are you there @gateway_bot", ...entity("mention", 14, 12) }, "are you there", true],
    ["a mention on a line of its own", { text: "one\n@gateway_bot two", ...entity("mention", 4, 12) }, "one\ntwo", true],
    ["nothing but a mention", { text: "@gateway_bot", ...entity("mention", 0, 12) }, "", true],
    ["the mention of somebody else", { text: "@bob and all", ...entity("mention", 0, 4) }, "@bob and all", false],
    ["a name that is not marked as a mention", { text: "mail me@gateway_bot" }, "mail me@gateway_bot", false],
    ["a mention by name, without a user name", { text: "Gateway come", ...entity("text_mention", 0, 7, { user: BOT }) }, "come", true],
    ["somebody else without a user name", { text: "ask Bob", ...entity("text_mention", 4, 3, { user: { id: 3, first_name: "Bob" } }) }, "ask @Bob", false],
    ["a link behind words", { text: "read this", ...entity("text_link", 5, 4, { url: "https://example.org/a" }) }, "read this (https://example.org/a)", false],
    ["an emoji before a mention counts as two", { text: "😀 @gateway_bot hi", ...entity("mention", 3, 12) }, "😀 hi", true],
    ["/start with what a link handed over", { text: "/start ref-42", ...entity("bot_command", 0, 6) }, "ref-42", false, "start"],
    ["a command by this bot's name", { text: "/Status@Gateway_Bot now", ...entity("bot_command", 0, 19) }, "now", true, "status"],
    ["a command for another bot", { text: "/status@other_bot now", ...entity("bot_command", 0, 17) }, "/status@other_bot now", false],
    ["a command that is not at the start", { text: "type /help", ...entity("bot_command", 5, 5) }, "type /help", false],
    ["a mention in a caption", { caption: "@gateway_bot what is this?", photo: [{ file_id: "p" }], caption_entities: [{ type: "mention", offset: 0, length: 12 }] }, "what is this?", true],
    ["a command that is only passed on", { text: "/new", ...entity("bot_command", 0, 4), forward_origin: { type: "user", sender_user: { id: 3, first_name: "Bob" } } }, "Forwarded from Bob:\n/new", false],
    ["entities that do not fit the text", { text: "hi", ...entity("mention", 1, 50) }, "hi", false],
  ])("%s", (...[, facts, text, addressed, command]) => {
    const [envelope] = read(message(facts, GROUP));
    expect(envelope?.body).toMatchObject({ kind: "message", text, addressed, ...(command === undefined ? {} : { command }) });
    if (command === undefined) expect(envelope?.body).not.toHaveProperty("command");
  });

  test("the message that opened a topic is not what everything in it answers", () => {
    const opening = { message_id: 77, date: DATE, chat: FORUM, from: BOT, forum_topic_created: { name: "Plans", icon_color: 1 } };
    const [envelope] = read(message({ text: "hi", is_topic_message: true, message_thread_id: 77, reply_to_message: opening }, FORUM));
    expect(envelope?.body).toMatchObject({ addressed: false });
    expect(envelope?.body).not.toHaveProperty("replyTo");
  });

  test("a changed reaction is one taken back and one added", () => {
    const [chat, user] = [GROUP, ADA];
    const envelopes = read({ message_reaction: { chat, message_id: 4, user, date: DATE, old_reaction: [{ type: "emoji", emoji: "👍" }], new_reaction: [{ type: "emoji", emoji: "🔥" }, { type: "custom_emoji", custom_emoji_id: "5" }] } });
    expect(envelopes.map(({ body }) => body)).toEqual([{ kind: "reaction", emoji: "👍", added: false, ofSelf: false }, { kind: "reaction", emoji: "🔥", added: true, ofSelf: false }]);
    expect(new Set(envelopes.map(({ key }) => key)).size).toBe(2);
  });

  test("a group that moved tells it in two chats, and it is one thing", () => {
    const old = read({ message: { message_id: 20, date: DATE, from: ADA, chat: GROUP, migrate_to_chat_id: SUPER.id } });
    const next = read({ message: { message_id: 1, date: DATE, from: ADA, chat: SUPER, migrate_from_chat_id: GROUP.id } });
    expect(old[0]?.body).toEqual({ kind: "moved", to: "-1001111111111" });
    expect([old[0]?.key, old[0]?.chat.id]).toEqual([next[0]?.key, next[0]?.chat.id]);
    expect(next[0]?.body).toEqual(old[0]?.body);
  });

  test.each<[string, unknown]>([
    ["somebody joined", message({ new_chat_members: [ADA] }, GROUP)],
    ["a message was pinned", message({ pinned_message: { message_id: 3, date: 0, chat: GROUP } }, GROUP)],
    ["a live location moved on", { edited_message: { message_id: 10, date: DATE, edit_date: DATE, from: ADA, chat: DIRECT, location: { latitude: 1, longitude: 2 } } }],
    ["a press in a message of inline mode, which is in no known chat", { callback_query: { id: "1", from: ADA, inline_message_id: "x", data: "y" } }],
    ["a game", { callback_query: { id: "1", from: ADA, message: { message_id: 4, date: DATE, chat: GROUP }, game_short_name: "g" } }],
    ["what the bot is in a chat", { my_chat_member: { chat: GROUP, from: ADA, date: DATE, new_chat_member: { status: "kicked" } } }],
    ["a kind of update of the future", { something_new: { chat: GROUP } }],
    ["a message that only one person sees, and that has no id", message({ message_id: 0, ephemeral_message_id: 4, text: "psst" }, GROUP)],
    ["a chat of a kind of the future", message({ text: "x" }, { id: 1, type: "hologram" })],
    ["no update at all", null], ["a list", []], ["a text", "x"], ["a message that is none", { message: 7 }], ["a message without a chat", { message: { message_id: 1, text: "x" } }],
    ["a reaction to nothing", { message_reaction: { old_reaction: 1, new_reaction: null } }],
  ])("%s is of no concern", (_what, update) => {
    expect(read(update)).toEqual([]);
  });

  test("whatever comes, nothing breaks", () => {
    const keys = ["text", "caption", "entities", "photo", "document", "voice", "reply_to_message", "forward_origin", "sender_chat", "from", "location", "venue", "poll", "contact", "date", "message_thread_id", "is_topic_message", "quote", "migrate_to_chat_id"];
    const facts = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue(), { maxKeys: 8 });
    fc.assert(fc.property(facts, fc.constantFrom("message", "edited_message", "channel_post"), fc.jsonValue(), (some, kind, other) => {
      for (const update of [{ [kind]: { message_id: 1, chat: GROUP, ...some } }, { [kind]: other }, { callback_query: other }, { message_reaction: other }, other]) {
        for (const envelope of read(update)) expect(JSON.parse(JSON.stringify(envelope))).toEqual(envelope);
      }
    }));
  });
});

describe("what is asked of Telegram", () => {
  const media = (facts: Partial<StoredMedia>): StoredMedia => ({ id: "m", kind: "file", mimeType: "application/pdf", fileName: "a.pdf", bytes: 100, ...facts });
  const text = (said: string, more: object = {}): OutboundPart => ({ body: { kind: "text", text: { text: `<b>${said}</b>`, plain: said }, ...more } });
  const send = (part: OutboundPart, to = { chatId: "-100123" } as { chatId: string; threadId?: string }, form = FIRST_FORM) =>
    renderSend(to, part, { form, linkPreview: true, openMedia: async function* open() {} });
  const sendFile = (facts: Partial<StoredMedia>, form = FIRST_FORM) => send({ body: { kind: "media", media: media(facts), caption: { text: "<i>c</i>", plain: "c" } } }, { chatId: "5" }, form);

  test.each<[string, unknown, object]>([
    ["a text", send(text("hi")), { method: "sendMessage", payload: { chat_id: -100123, text: "<b>hi</b>", parse_mode: "HTML", link_preview_options: { is_disabled: false } } }],
    ["to a public name", send(text("hi"), { chatId: "@the_news" }), { payload: { chat_id: "@the_news" } }],
    ["into a topic", send(text("hi"), { chatId: "-100123", threadId: "77" }), { payload: { message_thread_id: 77 } }],
    ["as an answer, silently", send({ ...text("hi"), replyTo: "9", silent: true }), { payload: { reply_parameters: { message_id: 9, allow_sending_without_reply: true }, disable_notification: true } }],
    ["with buttons", send(text("hi", { buttons: [[{ label: "Yes", data: "y" }, { label: "Site", url: "https://example.org" }]] })), { payload: { reply_markup: { inline_keyboard: [[{ text: "Yes", callback_data: "y" }, { text: "Site", url: "https://example.org" }]] } } }],
    ["with a button that says nothing", send(text("hi", { buttons: [[{ label: "Yes" }]] })), { kind: "refused", code: "invalid" }],
    ["with a button that says too much", send(text("hi", { buttons: [[{ label: "Yes", data: "ä".repeat(33) }]] })), { kind: "refused", code: "invalid" }],
    ["into a topic of another platform", send(text("hi"), { chatId: "-100123", threadId: "171.22" }), { kind: "refused", code: "unknown-target" }],
    ["a photo", sendFile({ kind: "image", mimeType: "image/jpeg", fileName: "a;b\"c.jpg" }), { method: "sendPhoto", payload: { chat_id: 5, caption: "<i>c</i>", parse_mode: "HTML" }, file: { field: "photo", name: "a_b_c.jpg" } }],
    ["a photo of more than 10 MB", sendFile({ kind: "image", mimeType: "image/png", bytes: 10_485_761 }), { method: "sendDocument", file: { field: "document" } }],
    ["a drawing", sendFile({ kind: "image", mimeType: "image/svg+xml" }), { method: "sendDocument" }],
    ["an animation", sendFile({ kind: "image", mimeType: "image/gif" }), { method: "sendAnimation" }],
    ["a voice note", sendFile({ kind: "voice", mimeType: "audio/ogg; codecs=opus" }), { method: "sendVoice" }],
    ["a voice note in another format", sendFile({ kind: "voice", mimeType: "audio/wav" }), { method: "sendAudio" }],
    ["music", sendFile({ kind: "audio", mimeType: "audio/mpeg" }), { method: "sendAudio" }],
    ["a video", sendFile({ kind: "video", mimeType: "video/mp4" }), { method: "sendVideo", payload: { supports_streaming: true } }],
    ["a video in another format", sendFile({ kind: "video", mimeType: "video/x-matroska" }), { method: "sendDocument" }],
    ["a file", sendFile({}), { method: "sendDocument" }],
    ["a photo that was refused as one", sendFile({ kind: "image", mimeType: "image/png" }, { ...FIRST_FORM, asDocument: true, plain: true }), { method: "sendDocument", payload: { caption: "c" } }],
    ["a poll", send({ body: { kind: "poll", poll: { question: "Tea?", options: ["a", "b"], maxSelections: 2, durationMs: 60_000, isAnonymous: false } } }), { method: "sendPoll", payload: { question: "Tea?", options: [{ text: "a" }, { text: "b" }], allows_multiple_answers: true, open_period: 60, is_anonymous: false } }],
    ["a change of a text", renderEdit({ chatId: "5", messageId: "7" }, text("x"), { form: FIRST_FORM, linkPreview: false, asCaption: false }), { method: "editMessageText", payload: { chat_id: 5, message_id: 7, text: "<b>x</b>", link_preview_options: { is_disabled: true } } }],
    ["a change of a text beside a file", renderEdit({ chatId: "5", messageId: "7" }, text("x"), { form: FIRST_FORM, linkPreview: true, asCaption: true }), { method: "editMessageCaption", payload: { caption: "<b>x</b>" } }],
    ["a reaction in a form of a phone's keyboard", renderReaction({ chatId: "5", messageId: "7" }, "❤️", true), { method: "setMessageReaction", payload: { reaction: [{ type: "emoji", emoji: "❤" }] } }],
    ["a reaction taken back, whichever it was", renderReaction({ chatId: "5", messageId: "7" }, "🦖", false), { payload: { reaction: [] } }],
    ["a reaction that Telegram has not", renderReaction({ chatId: "5", messageId: "7" }, "🦖", true), { kind: "refused", code: "unsupported", reason: expect.stringContaining("👍 👎 ❤ ") }],
    ["the typing sign in the general topic, which here is named", renderTyping({ chatId: "-100123", threadId: "1" }), { method: "sendChatAction", payload: { action: "typing", message_thread_id: 1 } }],
  ])("%s", (_what, request, expected) => {
    expect(request).toMatchObject(expected);
  });

  test("what belongs to other forms is not sent along", () => {
    expect(send(text("hi"), { chatId: "-100123", threadId: "1" })).not.toHaveProperty("payload.message_thread_id");
    expect(send(text("hi"), { chatId: "5" }, { ...FIRST_FORM, plain: true })).not.toHaveProperty("payload.parse_mode");
    expect(send(text("hi"), { chatId: "5" }, { ...FIRST_FORM, movedTo: "-100777" })).toMatchObject({ payload: { chat_id: -100777 } });
  });

  test("every refusal leads on at most once", () => {
    const no = (description: string, more: object = {}): CallFailure => ({ kind: "answered", code: 400, description: `Bad Request: ${description}`, ...more });
    const plain = nextForm(FIRST_FORM, no("can't parse entities: Unsupported start tag \"x\" at byte offset 0"));
    expect(plain).toEqual({ plain: true, asDocument: false });
    expect(nextForm(plain ?? FIRST_FORM, no("can't parse entities: x"))).toBeUndefined();
    const document = nextForm(FIRST_FORM, no("PHOTO_INVALID_DIMENSIONS"));
    expect(document).toEqual({ plain: false, asDocument: true });
    expect(nextForm(document ?? FIRST_FORM, no("PHOTO_INVALID_DIMENSIONS"))).toBeUndefined();
    const moved = nextForm(FIRST_FORM, no("group chat was upgraded to a supergroup chat", { movedTo: "-1009" }));
    expect(moved).toMatchObject({ movedTo: "-1009" });
    expect(nextForm(moved ?? FIRST_FORM, no("group chat was upgraded to a supergroup chat", { movedTo: "-1010" }))).toBeUndefined();
    expect(nextForm(FIRST_FORM, no("chat not found"))).toBeUndefined();
    expect(nextForm(FIRST_FORM, { kind: "unanswered", because: "broken" })).toBeUndefined();
  });

  test("the reactions are those that the Bot API's types name", () => {
    const types = join(dirname(createRequire(import.meta.url).resolve("@grammyjs/types")), "message.d.ts");
    const [, named = ""] = /\n {4}emoji: ("[^;]+);/u.exec(readFileSync(types, "utf8")) ?? [];
    const emojis = named.split("|").map((one) => one.trim().slice(1, -1));
    expect(emojis.length).toBeGreaterThan(70);
    expect(emojis.filter((emoji) => reactionOf(emoji) !== emoji)).toEqual([]);
  });
});

describe("what Telegram's refusals mean", () => {
  const answered = (code: number, description: string, more: object = {}): CallFailure => ({ kind: "answered", code, description, ...more });

  test.each<[CallFailure, object]>([
    [answered(400, "Bad Request: chat not found"), { kind: "refused", code: "unknown-target" }],
    [answered(400, "Bad Request: message thread not found"), { kind: "refused", code: "unknown-target" }],
    [answered(400, "Bad Request: message to edit not found"), { kind: "refused", code: "unknown-target" }],
    [answered(400, "Bad Request: message is too long"), { kind: "refused", code: "too-large" }],
    [answered(413, "Request Entity Too Large"), { kind: "refused", code: "too-large" }],
    [answered(400, "Bad Request: not enough rights to send text messages to the chat"), { kind: "refused", code: "forbidden" }],
    [answered(400, "Bad Request: TOPIC_CLOSED"), { kind: "refused", code: "forbidden" }],
    [answered(400, "Bad Request: message text is empty"), { kind: "refused", code: "invalid" }],
    [answered(400, "Bad Request: REACTION_INVALID"), { kind: "refused", code: "unsupported" }],
    [answered(400, "Bad Request: BUTTON_URL_INVALID"), { kind: "refused", code: "invalid", reason: "Telegram refused this request: BUTTON_URL_INVALID." }],
    [answered(400, 'Bad Request: can\'t find "our secret plan" in it'), { kind: "refused", code: "invalid", reason: "Telegram refused this request: can't find … in it." }],
    [answered(403, "Forbidden: bot was kicked from the supergroup chat"), { kind: "refused", code: "forbidden", reason: "Telegram does not let the bot write there: bot was kicked from the supergroup chat." }],
    [answered(401, "Unauthorized"), { kind: "refused", code: "not-linked" }],
    [answered(404, "Not Found"), { kind: "refused", code: "not-linked" }],
    [answered(429, "Too Many Requests: retry after 3", { retryAfterMs: 3_000 }), { kind: "later", scope: "chat", retryAfterMs: 3_000 }],
    [answered(502, "Bad Gateway"), { kind: "later", scope: "account" }],
    [{ kind: "unsent" }, { kind: "later", scope: "account" }],
    [{ kind: "unanswered", because: "late" }, { kind: "unknown" }],
    [{ kind: "unanswered", because: "broken" }, { kind: "unknown" }],
    [{ kind: "unanswered", because: "unreadable" }, { kind: "unknown" }],
    [{ kind: "unreadable-file" }, { kind: "refused", code: "invalid" }],
  ])("%j", (failure, expected) => {
    const receipt = judgeSend(failure);
    expect(receipt).toMatchObject(expected);
    if ("reason" in receipt) expect(receipt.reason).toMatch(/^[A-Z].*\.$/u);
  });

  test("what is done already is done, and an action that nobody answered for may be repeated", () => {
    expect(judgeAction(answered(400, "Bad Request: message is not modified: specified new message content and …"))).toEqual({ kind: "done" });
    expect(judgeAction(answered(400, "Bad Request: message to delete not found"))).toEqual({ kind: "done" });
    expect(judgeAction({ kind: "unanswered", because: "broken" })).toMatchObject({ kind: "later", scope: "message" });
    expect(judgeAction(answered(400, "Bad Request: message can't be edited"))).toMatchObject({ kind: "refused", code: "forbidden" });
  });

  test.each<[CallFailure, object]>([
    [answered(401, "Unauthorized"), { state: "needs-operator", trouble: "credentials", message: expect.stringContaining("@BotFather") }],
    [answered(404, "Not Found"), { state: "needs-operator", trouble: "credentials", message: expect.stringContaining("apiRoot") }],
    [answered(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"), { state: "backing-off", trouble: "conflict", message: expect.stringContaining("same token") }],
    [answered(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"), { state: "backing-off", trouble: "conflict", message: expect.stringContaining("webhook was set") }],
    [answered(429, "Too Many Requests: retry after 9", { retryAfterMs: 9_000 }), { state: "backing-off", trouble: "rate", retryAfterMs: 9_000 }],
    [answered(500, "Internal Server Error"), { state: "backing-off", trouble: "network" }],
    [answered(400, "Bad Request: bad webhook: Failed to resolve host: Name or service not known"), { state: "backing-off", trouble: "bug", message: expect.stringContaining("Failed to resolve host") }],
    [{ kind: "unanswered", because: "unreadable" }, { trouble: "network", message: expect.stringContaining("not the Bot API") }],
    [{ kind: "unanswered", because: "late" }, { trouble: "network" }],
    [{ kind: "unsent" }, { trouble: "network", message: expect.stringContaining("cannot be reached") }],
  ])("on the way in, %j", (failure, expected) => {
    const setback = judgeSetback(failure);
    expect(setback).toMatchObject(expected);
    expect(setback.message).toMatch(/^[A-Z].*\.$/u);
  });
});

test.each<[string, object | undefined]>([
  ["5000000042", { chatId: "5000000042" }],
  [" -1001234567890 ", { chatId: "-1001234567890" }],
  ["@the_news", { chatId: "@the_news" }],
  ["telegram:5", { chatId: "5" }],
  ["tg:-100123", { chatId: "-100123" }],
  ["TG:@the_news", { chatId: "@the_news" }],
  ["-100123:topic:77", { chatId: "-100123", threadId: "77" }],
  ["telegram:-100123#77", { chatId: "-100123", threadId: "77" }],
  ["@the_club#1", { chatId: "@the_club", threadId: "1" }],
  ["https://t.me/the_news", { chatId: "@the_news" }],
  ["t.me/the_news/42", { chatId: "@the_news" }],
  ["https://t.me/the_club/7/42?single", { chatId: "@the_club", threadId: "7" }],
  ["https://t.me/c/1234567890/42", { chatId: "-1001234567890" }],
  ["https://t.me/c/1234567890/7/42", { chatId: "-1001234567890", threadId: "7" }],
  ["tg://resolve?domain=the_news", { chatId: "@the_news" }],
  ["tg://user?id=5", { chatId: "5" }],
  ["https://t.me/+AbCdEf", undefined], ["https://t.me/joinchat/AbCdEf", undefined], ["https://t.me/c/x/1", undefined], ["https://example.org/the_news", undefined],
  ["+4412345", undefined], ["ada", undefined], ["user:U1", undefined], ["5#", undefined], ["5#x", undefined], ["0", undefined], ["@ab", undefined], ["telegram:", undefined], ["", undefined], [`${"9".repeat(40)}`, undefined],
])("the address %j", (text, target) => {
  expect(parseTelegramTarget(text)).toEqual(target);
});

describe("the configuration", () => {
  const TOKEN = "7001:AAE-0123456789abcdefghijklmnopqrstu";
  const issuesOf = (value: unknown, accountId = "default", env = {}): readonly { path: string; message: string }[] => {
    const reading = parseTelegramConfig(value, accountId, env);
    return "issues" in reading ? reading.issues : [];
  };

  test("a token is enough, from the file or from the environment", () => {
    const config = { accountId: "default", botToken: TOKEN, apiRoot: "https://api.telegram.org", linkPreview: true };
    expect(parseTelegramConfig({ botToken: TOKEN }, "default", {})).toEqual({ config });
    expect(parseTelegramConfig({ botToken: "" }, "default", { TELEGRAM_BOT_TOKEN: TOKEN })).toEqual({ config });
    expect(parseTelegramConfig(undefined, "default", { TELEGRAM_BOT_TOKEN: ` ${TOKEN}\n` })).toEqual({ config });
  });

  test("what all channels share, and what this version does not know, is left to others", () => {
    expect(issuesOf({ botToken: TOKEN, enabled: true, dmPolicy: "pairing", allowFrom: ["*"], groupPolicy: "open", groups: {}, streaming: "off", retry: {} })).toEqual([]);
  });

  test("an account has its own token and webhook, and the rest of the section", () => {
    const section = { botToken: TOKEN, apiRoot: "http://127.0.0.1:8081/", linkPreview: false, webhookSecret: "x".repeat(32), accounts: { work: { botToken: `9${TOKEN}`, webhookUrl: "http://127.0.0.1/work-hook" }, home: {} } };
    expect(parseTelegramConfig(section, "work", {})).toEqual({ config: {
      accountId: "work", botToken: `9${TOKEN}`, apiRoot: "http://127.0.0.1:8081", linkPreview: false, webhook: { url: "http://127.0.0.1/work-hook", path: "/work-hook", secret: "x".repeat(32) },
    } });
    // The token of the default account would make two pollers of one bot.
    expect(issuesOf(section, "home", { TELEGRAM_BOT_TOKEN: TOKEN })).toEqual([{ path: "channels.telegram.accounts.home.botToken", message: expect.stringContaining("@BotFather") }]);
    expect(issuesOf({ accounts: { constructor: {} } }, "__proto__")).toHaveLength(1);
  });

  test.each<[string, object, string]>([
    ["a webhook without a secret", { webhookUrl: "https://example.org/hook" }, "webhookSecret"],
    ["with an empty one", { webhookUrl: "https://example.org/hook", webhookSecret: "" }, "webhookSecret"],
    ["with one that is guessed soon", { webhookUrl: "https://example.org/hook", webhookSecret: "hunter2" }, "webhookSecret"],
    ["with one that Telegram does not take", { webhookUrl: "https://example.org/hook", webhookSecret: "with spaces in it, alas" }, "webhookSecret"],
    ["without HTTPS", { webhookUrl: "http://example.org/hook", webhookSecret: "x".repeat(32) }, "webhookUrl"],
    ["without a path", { webhookUrl: "https://example.org", webhookSecret: "x".repeat(32) }, "webhookPath"],
    ["a token that is none", { botToken: "hunter2hunter2" }, "botToken"],
    ["a token that would lead elsewhere", { botToken: `${TOKEN}/../x` }, "botToken"],
    ["an address with credentials", { apiRoot: "https://me:hunter2@example.org" }, "apiRoot"],
    ["an address that is none", { apiRoot: "example.org" }, "apiRoot"],
  ])("%s is refused, and its value is not repeated", (_what, keys, key) => {
    const issues = issuesOf({ botToken: TOKEN, ...keys });
    expect(issues.map(({ path }) => path)).toEqual([`channels.telegram.${key}`]);
    expect(issues[0]?.message).toMatch(/^[A-Z].*\.$/u);
    expect(issues[0]?.message).not.toContain("hunter2");
  });
});

test("the time to wait doubles up to a minute, by chance, and starts anew after a minute that held", () => {
  const backoff = new Backoff();
  let now = 0;
  const waits = Array.from({ length: 9 }, () => backoff.fail(epochMs(now), 0.999_999));
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  backoff.succeed(epochMs(now));
  now += 59_999;
  backoff.succeed(epochMs(now));
  expect(backoff.fail(epochMs(now), 0.5)).toBe(30_000);
  backoff.succeed(epochMs(now));
  now += 60_000;
  expect(backoff.fail(epochMs(now), 0.5)).toBe(500);
  expect(backoff.fail(epochMs(now), 0)).toBeGreaterThan(0);
});

test("one chat that has to wait is a chat, several at once are the whole bot", () => {
  const memory = new ChatMemory();
  expect(memory.noteLimit("1", 5_000, epochMs(0))).toBe("chat");
  expect(memory.limitOn("1", epochMs(4_000))).toEqual({ scope: "chat", forMs: 1_000 });
  expect(memory.limitOn("2", epochMs(4_000))).toBeUndefined();
  expect(memory.noteLimit("2", 5_000, epochMs(4_000))).toBe("chat");
  expect(memory.noteLimit("3", 5_000, epochMs(4_500))).toBe("account");
  expect(memory.limitOn("4", epochMs(9_000))).toEqual({ scope: "account", forMs: 500 });
  expect(memory.limitOn("4", epochMs(9_500))).toBeUndefined();
  expect(memory.noteLimit("4", 1_000, epochMs(20_000))).toBe("chat");
});

test("it remembers a bounded number of messages that it sent", () => {
  const memory = new ChatMemory();
  for (let id = 0; id < 6_000; id += 1) memory.noteSent("5", String(id));
  expect([memory.isOwn("5", "5999"), memory.isOwn("5", "0"), memory.isOwn("6", "5999")]).toEqual([true, false, false]);
});

test("grammY is loaded by those who start the channel, not by those who know of it", () => {
  const folder = join(process.cwd(), "src", "adapters", "channels", "telegram");
  const imports = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), "utf8").match(/^.*["']grammy.*$/gmu) ?? []);
  expect(imports).toEqual(['import type * as grammy from "grammy";', expect.stringContaining('await import("grammy")')]);
});

test.each<[string, object]>([
  ["a <b>bold <i>and</i></b> &lt;text&gt; &amp; &#128512;", { text: "a bold and <text> & 😀", entities: [{ type: "bold", offset: 2, length: 8 }, { type: "italic", offset: 7, length: 3 }] }],
  ["<a href=\"https://example.org/?a=1\">x</a>", { text: "x", entities: [{ type: "text_link", offset: 0, length: 1, url: "https://example.org/?a=1" }] }],
  ["<pre><code class=\"language-ts\">1</code></pre>", { text: "1" }],
  ["🏟 🏟&lt;<abac>", { error: 'Unsupported start tag "abac" at byte offset 13' }],
  ["🏟 🏟&lt;<abacaba", { error: "Unclosed start tag at byte offset 13" }],
  ["🏟 🏟&lt;<i   =aba>", { error: 'Empty attribute name in the tag "i" at byte offset 13' }],
  ["🏟 🏟&lt;</", { error: "Unexpected end tag at byte offset 13" }],
  ["🏟 🏟&lt;<i>a</i   ", { error: "Unclosed end tag at byte offset 17" }],
  ["🏟 🏟&lt;<i>a</em   >", { error: 'Unmatched end tag at byte offset 17, expected "</i>", found "</em>"' }],
  ["<b>x", { error: 'Can\'t find end tag corresponding to start tag "b"' }],
  ["1 < 2", { error: 'Unsupported start tag "" at byte offset 2' }],
])("the stand-in reads %j as Telegram does", (html, expected) => {
  expect(parseTelegramHtml(html)).toMatchObject(expected);
});
