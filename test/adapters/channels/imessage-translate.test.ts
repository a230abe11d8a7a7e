import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { abilitiesOf, NO_BRIDGE, readCapabilities } from "../../../src/adapters/channels/imessage/capabilities.js";
import { parseIMessageConfig } from "../../../src/adapters/channels/imessage/index.js";
import { tapbackOf } from "../../../src/adapters/channels/imessage/content.js";
import { isUnsent, judgeAction, judgeSend, judgeSetback, type CallFailure } from "../../../src/adapters/channels/imessage/failures.js";
import { renderEdit, renderReaction, renderRemoval, renderSend, unnamedId } from "../../../src/adapters/channels/imessage/outgoing.js";
import { addressesOf, parseRow } from "../../../src/adapters/channels/imessage/row.js";
import { parseIMessageTarget, renderChat } from "../../../src/adapters/channels/imessage/target.js";
import { translateRow } from "../../../src/adapters/channels/imessage/translate.js";
import type { Envelope } from "../../../src/domain/messaging/envelope.js";
import { epochMs } from "../../../src/domain/moment.js";
import type { OutboundPart } from "../../../src/domain/messaging/outbound.js";

const NOW = epochMs(1_790_000_000_000);
const GROUP = "iMessage;+;chat1234567890";
const OWN_GUID = "AAAA-OWN";
const reading = { accountId: "default", includesMedia: true, isOwn: (guid: string) => guid === OWN_GUID };

const DIRECT = {
  id: 17, guid: "8DF0", chat_id: 4, chat_guid: "iMessage;-;+4915112345678", chat_identifier: "+4915112345678", chat_name: "Ada", participants: ["+4915112345678"],
  is_group: false, sender: "+4915112345678", sender_name: "Ada Lovelace", is_from_me: false, text: "good morning", created_at: "2026-09-01T08:30:00.250Z", attachments: [],
};
const IN_GROUP = { ...DIRECT, chat_id: 5, chat_guid: GROUP, chat_identifier: "chat1234567890", chat_name: "Family", participants: ["+4915112345678", "ben@example.org"], is_group: true };

const translated = (value: unknown): Envelope | undefined => {
  const row = parseRow(value, NOW);
  return row && translateRow(row, reading);
};
const bodyOf = (more: object): Envelope["body"] | undefined => translated({ ...DIRECT, ...more })?.body;

describe("what comes", () => {
  test("a direct message is in the chat of its sender, in the one spelling of their address", () => {
    expect(translated(DIRECT)).toEqual({
      channel: "imessage", accountId: "default", key: "8DF0", messageId: "8DF0",
      chat: { id: "+4915112345678", kind: "direct" },
      sender: { id: "+4915112345678", name: "Ada Lovelace", isBot: false, isSelf: false },
      sentAt: Date.parse("2026-09-01T08:30:00.250Z"),
      body: { kind: "message", text: "good morning", media: [], addressed: false },
    });
    expect(translated({ ...DIRECT, sender: "Ada@Example.ORG", chat_identifier: "Ada@Example.ORG" })).toMatchObject({ chat: { id: "ada@example.org" }, sender: { id: "ada@example.org" } });
    // A person has one chat, by whichever of their addresses it was begun.
    expect(translated({ ...DIRECT, sender: "ada@example.org" })).toMatchObject({ chat: { id: "ada@example.org", kind: "direct" } });
    expect(translated({ ...DIRECT, sender: "262966", chat_identifier: "262966" })).toMatchObject({ sender: { id: "262966" } });
  });

  test("a message of a group is in the group's chat, however it is shown that it is one", () => {
    expect(translated(IN_GROUP)).toMatchObject({ chat: { id: GROUP, kind: "group", title: "Family" }, sender: { id: "+4915112345678" } });
    expect(translated({ ...IN_GROUP, is_group: undefined })).toMatchObject({ chat: { kind: "group" } });
    expect(translated({ ...DIRECT, participants: ["+4915112345678", "ben@example.org"] })).toMatchObject({ chat: { id: DIRECT.chat_guid, kind: "group" } });
  });

  test("a moment that can't be read is the one at which it came", () => {
    expect(translated({ ...DIRECT, created_at: "yesterday" })).toMatchObject({ sentAt: NOW });
  });

  test("without a chat it could be anybody's, and is passed over", () => {
    expect(translated({ ...DIRECT, chat_guid: "", chat_identifier: "", chat_id: 0 })).toBeUndefined();
    expect(translated({ ...DIRECT, sender: "" })).toBeUndefined();
    for (const value of [undefined, null, 7, "text", [], {}, { id: "1", guid: "a" }, { id: 1 }]) expect(parseRow(value, NOW)).toBeUndefined();
  });

  test("nothing that anybody may send breaks the reader", () => {
    fc.assert(fc.property(fc.dictionary(fc.constantFrom(...Object.keys(IN_GROUP), "reacted_to_guid", "is_reaction", "poll", "reply_to_guid", "cursor"), fc.anything()), (broken) => {
      const envelope = translated({ ...IN_GROUP, ...broken });
      if (envelope === undefined) return;
      expect(JSON.parse(JSON.stringify(envelope))).toEqual(envelope);
      expect(envelope.sender.isSelf).toBe(false);
    }));
  });

  test("an answer to what the gateway sent addresses it; to what its owner sent, or to others, it does not", () => {
    expect(bodyOf({ reply_to_guid: `p:0/${OWN_GUID}`, reply_to_text: "tea?" })).toMatchObject({ addressed: true, replyTo: { messageId: OWN_GUID, ofSelf: true, text: "tea?" } });
    expect(bodyOf({ reply_to_guid: "OTHER", thread_originator_guid: OWN_GUID })).toMatchObject({ addressed: true, replyTo: { messageId: "OTHER" } });
    expect(bodyOf({ thread_originator_guid: "OTHER" })).toMatchObject({ addressed: false, replyTo: { messageId: "OTHER", ofSelf: false } });
  });

  test("files are told by their kind, and by where they lie or that they are not there", () => {
    const attachments = [
      { transfer_name: "look.png", mime_type: "image/png", byte_size: 7, path: "/Users/ada/Library/Messages/Attachments/x/look.png", missing: false },
      { transfer_name: "Audio Message.caf", uti: "com.apple.coreaudio-format", mime_type: "audio/x-caf", total_bytes: 9, original_path: "/a/Audio Message.caf" },
      { filename: "~/Library/Messages/Attachments/y/late.pdf", path: "/b/late.pdf", missing: true },
      "nonsense",
    ];
    expect(bodyOf({ text: "\u{fffc}\u{fffc}", attachments })).toEqual({
      kind: "message", text: "", addressed: false,
      media: [
        { kind: "image", ref: JSON.stringify({ path: "/Users/ada/Library/Messages/Attachments/x/look.png" }), mimeType: "image/png", fileName: "look.png", bytes: 7 },
        { kind: "voice", ref: JSON.stringify({ path: "/a/Audio Message.caf" }), mimeType: "audio/x-caf", fileName: "Audio Message.caf", bytes: 9 },
        { kind: "file", ref: JSON.stringify({ missing: true }), fileName: "late.pdf" },
      ],
    });
    expect(bodyOf({ text: "" })).toBeUndefined();
  });

  test("reactions are told as what people see, and whose message they are to", () => {
    const reaction = (more: object): object => ({ guid: "R1", text: "Loved “tea?”", is_reaction: true, is_reaction_add: true, reacted_to_guid: `p:0/${OWN_GUID}`, ...more });
    expect(translated({ ...DIRECT, ...reaction({ reaction_type: "love" }) })).toMatchObject({ key: "R1", messageId: OWN_GUID, body: { kind: "reaction", emoji: "❤️", added: true, ofSelf: true } });
    expect(bodyOf(reaction({ reaction_type: "custom", reaction_emoji: "🎉", is_reaction_add: false, reacted_to_guid: "OTHER" }))).toEqual({ kind: "reaction", emoji: "🎉", added: false, ofSelf: false });
    expect(bodyOf(reaction({ reaction_type: "sticker" }))).toBeUndefined();
    expect(["👍🏽", "❤", "😂", "‼️", "🎉"].map((emoji) => tapbackOf(emoji))).toEqual(["like", "love", "laugh", "emphasis", undefined]);
  });

  test("a poll is read as lines, and a vote is not", () => {
    const poll = { kind: "created", question: "Tea?", options: [{ id: "1", text: "yes" }, { id: "2", text: "no" }] };
    expect(bodyOf({ text: "", poll })).toMatchObject({ text: "Poll: Tea?\n- yes\n- no" });
    expect(bodyOf({ text: "", poll: { ...poll, kind: "vote" } })).toBeUndefined();
  });

  test("a row is found by every way of naming its chat", () => {
    expect(addressesOf(parseRow(IN_GROUP, NOW)!)).toEqual([GROUP, "chat_id:5", "chat_identifier:chat1234567890"]);
    expect(addressesOf(parseRow({ ...DIRECT, is_from_me: true, sender: "" }, NOW)!)).toEqual(["+4915112345678", DIRECT.chat_guid, "chat_id:4", "chat_identifier:+4915112345678"]);
  });
});

describe("addresses", () => {
  test.each([
    ["+49 (151) 1234-5678", "+4915112345678", { to: "+4915112345678" }],
    ["imessage:Ada@Example.org", "ada@example.org", { to: "ada@example.org" }],
    ["sms:+15551234567", "+15551234567", { to: "+15551234567" }],
    ["iMessage;-;+4915112345678", "+4915112345678", { to: "+4915112345678" }],
    [GROUP, GROUP, { chat_guid: GROUP }],
    ["chat_guid:any;+;abc", "any;+;abc", { chat_guid: "any;+;abc" }],
    ["chat_id: 12", "chat_id:12", { chat_id: 12 }],
    ["chat_identifier:chat99", "chat_identifier:chat99", { chat_identifier: "chat99" }],
    ["262966", "262966", { to: "262966" }],
  ])("%s", (text, chatId, named) => {
    expect(parseIMessageTarget(text)).toEqual({ chatId });
    expect(parseIMessageTarget(chatId)).toEqual({ chatId });
    expect(renderChat(chatId, { existing: false })).toEqual(named);
  });

  test("names and nonsense are none", () => {
    for (const text of ["", "Ada", "@ada", "*", "chat_id:0", "chat_id:x", "chat_guid:abc", "iMessage;+;", "a b@c"]) expect(parseIMessageTarget(text)).toBeUndefined();
  });
});

describe("what goes", () => {
  const config = { service: "auto", region: "DE" } as const;
  const bridge = { edit: true, unsend: true, tapback: true, anyEmoji: false, typing: true, read: true, rich: true, voice: true, poll: true };
  const text: OutboundPart = { body: { kind: "text", text: { text: "hi", plain: "hi" } } };
  const media = (kind: "voice" | "image"): OutboundPart => ({ body: { kind: "media", media: { id: "m", kind, mimeType: "audio/mp4", fileName: "a.m4a", bytes: 1 } } });
  const file = { path: "/tmp/x/a.m4a", name: "a.m4a" };

  test("service and region are for people; a group has its own", () => {
    expect(renderSend({ chatId: "+4915112345678" }, text, { config, bridge })).toMatchObject({ request: { method: "send", params: { to: "+4915112345678", text: "hi", service: "auto", region: "DE" } } });
    expect(renderSend({ chatId: GROUP }, text, { config, bridge })).toMatchObject({ request: { params: { chat_guid: GROUP, text: "hi" } }, rows: [{ chatId: GROUP, text: "hi" }] });
    expect(renderSend({ chatId: GROUP }, text, { config, bridge })).not.toHaveProperty("request.params.service");
  });

  test("answers, recordings and polls go by the bridge, and the first two without it as they can", () => {
    const answer = { ...text, replyTo: "8DF0" };
    expect(renderSend({ chatId: "ada@example.org" }, answer, { config, bridge })).toMatchObject({ request: { method: "send.rich", params: { chat_identifier: "ada@example.org", text: "hi", reply_to: "8DF0" } } });
    expect(renderSend({ chatId: "ada@example.org" }, answer, { config, bridge: NO_BRIDGE })).toMatchObject({ request: { method: "send", params: { to: "ada@example.org", text: "hi" } } });
    expect(renderSend({ chatId: GROUP }, media("voice"), { config, bridge, file })).toMatchObject({ request: { method: "send.attachment", params: { file: "/tmp/x/a.m4a", audio: true } } });
    expect(renderSend({ chatId: GROUP }, media("voice"), { config, bridge: NO_BRIDGE, file })).toMatchObject({ request: { method: "send", params: { file: "/tmp/x/a.m4a" } } });
    const poll = (more: object): OutboundPart => ({ body: { kind: "poll", poll: { question: "Tea?", options: ["yes", "no"], maxSelections: 1, ...more } } });
    expect(renderSend({ chatId: GROUP }, poll({}), { config, bridge })).toMatchObject({ request: { method: "poll.send", params: { chat_guid: GROUP, question: "Tea?" } } });
    expect(renderSend({ chatId: GROUP }, poll({}), { config, bridge: NO_BRIDGE })).toMatchObject({ kind: "refused", code: "unsupported" });
    expect(renderSend({ chatId: GROUP }, poll({ durationMs: 60_000 }), { config, bridge })).toMatchObject({ kind: "refused", code: "unsupported" });
  });

  test("what is done to a message needs the bridge and a message that has a name", () => {
    const message = { chatId: "ada@example.org", messageId: "8DF0" };
    expect(renderEdit(message, text, bridge)).toEqual({ method: "message.edit", params: { chat_identifier: "ada@example.org", message_id: "8DF0", text: "hi" } });
    expect(renderRemoval(message, bridge)).toMatchObject({ method: "message.unsend" });
    expect(renderReaction(message, { emoji: "👍", add: false }, bridge)).toMatchObject({ method: "tapback", params: { reaction: "like", remove: true } });
    expect(renderReaction(message, { emoji: "🎉", add: true }, bridge)).toMatchObject({ kind: "refused", reason: expect.stringContaining("👍") });
    expect(renderReaction(message, { emoji: "🎉", add: true }, { ...bridge, anyEmoji: true })).toMatchObject({ params: { emoji: "🎉" } });
    for (const refusal of [renderEdit(message, text, NO_BRIDGE), renderRemoval(message, NO_BRIDGE), renderReaction(message, { emoji: "👍", add: true }, NO_BRIDGE), renderEdit(message, media("image"), bridge)]) {
      expect(refusal).toMatchObject({ kind: "refused", code: "unsupported", reason: expect.stringMatching(/\.$/u) });
    }
    expect(renderEdit({ ...message, messageId: unnamedId("key") }, text, bridge)).toMatchObject({ kind: "refused", code: "unknown-target" });
  });
});

describe("what the bridge offers", () => {
  const methods = ["send", "typing", "read", "tapback", "message.edit", "message.unsend", "send.rich", "poll.send"];
  const config = parseIMessageConfig({ mediaMaxMb: 5 }, "default", {});

  test("is what imsg says, while the bridge is ready", () => {
    expect(readCapabilities({ bridge: { ready: true }, methods, capabilities: { features: { "tapback.emoji": 2 } } })).toEqual({ edit: true, unsend: true, tapback: true, anyEmoji: true, typing: true, read: true, rich: true, voice: false, poll: true });
    // Listed they are all the same, as they would open Messages for it.
    for (const status of [{ bridge: { ready: false }, methods }, { methods }, {}]) expect(readCapabilities(status)).toEqual(NO_BRIDGE);
  });

  test("shows in the abilities; files only where they lie here", () => {
    if (!("config" in config)) throw new Error("not read");
    expect(abilitiesOf(NO_BRIDGE, config.config)).toMatchObject({ edit: false, remove: false, reactions: "none", markRead: false, media: { maxInBytes: 5_242_880 }, ack: "awaited" });
    expect(abilitiesOf(NO_BRIDGE, config.config)).not.toHaveProperty("typingMs");
    expect(abilitiesOf(readCapabilities({ bridge: { ready: true }, methods }), config.config)).toMatchObject({ edit: true, remove: true, reactions: "one", markRead: true, typingMs: expect.any(Number), polls: expect.anything() });
    expect(abilitiesOf(NO_BRIDGE, { ...config.config, remoteHost: "mac" })).not.toHaveProperty("media");
  });
});

describe("failures", () => {
  const answered = (code: number, message: string, data: object = {}): CallFailure => ({ kind: "answered", code, message, data: data as never });

  test.each<[string, CallFailure, object]>([
    ["busy", answered(-32_000, "Server busy"), { kind: "later", retryAfterMs: 5_000 }],
    ["outcome unknown", answered(-32_001, "unknown", { retry_safe: false }), { kind: "unknown" }],
    ["not begun", answered(-32_603, "no live chat", { retry_safe: true, disposition: "not_started" }), { kind: "later", scope: "message" }],
    ["failed in between", answered(-32_603, "Internal error"), { kind: "unknown" }],
    ["blocked", answered(-32_004, "blocked"), { kind: "later", scope: "account" }],
    ["no automation", answered(-32_603, "AppleScript failed: Not authorized to send Apple events to Messages. (-1743)"), { kind: "refused", code: "forbidden", reason: expect.stringContaining("Automation") }],
    ["nobody", answered(-32_603, "Can’t get buddy \"+1555\" of service 1. (-1728)"), { kind: "refused", code: "unknown-target" }],
    ["no such chat", answered(-32_602, "unknown chat_id 7"), { kind: "refused", code: "unknown-target" }],
    ["an older imsg", answered(-32_601, "Method not found"), { kind: "refused", code: "unsupported" }],
    ["never left", { kind: "unsent" }, { kind: "later", scope: "account" }],
    ["no answer", { kind: "unanswered", because: "broken" }, { kind: "unknown" }],
    ["late", { kind: "unanswered", because: "late" }, { kind: "unknown" }],
  ])("of a send: %s", (_, failure, receipt) => {
    const judged = judgeSend(failure);
    expect(judged).toMatchObject(receipt);
    expect("reason" in judged ? judged.reason : "").toMatch(/\.$/u);
    // What may have arrived is never called unsent, or a row of it would be taken for somebody's.
    if (judged.kind === "unknown") expect(isUnsent(failure)).toBe(false);
    if (judged.kind === "later") expect(isUnsent(failure)).toBe(true);
    expect(judgeAction(failure).kind).toMatch(/^(?:later|refused)$/u);
  });

  test("nothing of what imsg says is repeated", () => {
    fc.assert(fc.property(fc.integer({ min: -32_700, max: -31_999 }), fc.string({ minLength: 6 }).map((text) => `secret ${text}`), (code, message) => {
      expect(JSON.stringify([judgeSend(answered(code, message, { detail: message })), judgeSetback(answered(code, message))])).not.toContain("secret");
    }));
  });

  test.each<[string, CallFailure, string, object]>([
    ["old words", answered(-32_603, "authorization denied (code: 23) Permission Error: Cannot access Messages database"), "", { state: "needs-operator", trouble: "credentials", message: expect.stringContaining("Full Disk Access") }],
    ["words for people", { kind: "unanswered", because: "broken" }, "Permission Error: requires Full Disk Access", { state: "needs-operator", trouble: "credentials" }],
    ["no database", answered(-32_002, "no database"), "", { state: "backing-off", trouble: "credentials", message: expect.stringContaining("dbPath") }],
    ["ended", { kind: "unanswered", because: "broken" }, "Connection closed", { state: "backing-off", trouble: "network" }],
    ["too old", answered(-32_601, "Method not found"), "", { state: "needs-operator", message: expect.stringContaining("update") }],
  ])("of the way in: %s", (_, failure, complaint, setback) => {
    expect(judgeSetback(failure, complaint)).toMatchObject(setback);
  });
});

describe("configuration", () => {
  const read = (value: object, accountId = "default") => parseIMessageConfig(value, accountId, { HOME: "/Users/ada" });

  test("everything has a default, and a home", () => {
    expect(read({})).toEqual({ config: { accountId: "default", cliPath: "imsg", service: "auto", region: "US", includeAttachments: true, attachmentRoots: ["/Users/ada/Library/Messages/Attachments"], mediaMaxBytes: 16_777_216 } });
    expect(read({ cliPath: "~/bin/imsg", dbPath: "~/chat.db", service: "sms", region: "de", includeAttachments: false, attachmentRoots: ["/Users/*/Files/"], mediaMaxMb: 0.5 }))
      .toEqual({ config: { accountId: "default", cliPath: "/Users/ada/bin/imsg", dbPath: "/Users/ada/chat.db", service: "sms", region: "DE", includeAttachments: false, attachmentRoots: ["/Users/*/Files"], mediaMaxBytes: 524_288 } });
    // The home of the other Mac's user is not known here.
    expect(read({ remoteHost: "mac", dbPath: "~/chat.db" })).toMatchObject({ config: { remoteHost: "mac", dbPath: "~/chat.db" } });
  });

  test.each([
    [{ cliPath: "ssh mac imsg" }, "cliPath"],
    [{ service: "rcs" }, "service"],
    [{ region: "Germany" }, "region"],
    [{ attachmentRoots: "/" }, "attachmentRoots"],
    [{ attachmentRoots: ["/"] }, "attachmentRoots"],
    [{ attachmentRoots: ["Attachments"] }, "attachmentRoots"],
    [{ attachmentRoots: ["/Users/ada/../ben"] }, "attachmentRoots"],
    [{ mediaMaxMb: "much" }, "mediaMaxMb"],
    [{ mediaMaxMb: 0 }, "mediaMaxMb"],
  ])("%j is told of in a sentence", (value, key) => {
    expect(read(value)).toEqual({ issues: [{ path: `channels.imessage.${key}`, message: expect.stringMatching(/\.$/u) }] });
  });

  test("a second account has a database of its own", () => {
    const accounts = { default: {}, work: {} };
    expect(read({ cliPath: "/bin/imsg", accounts }, "work")).toEqual({ issues: [{ path: "channels.imessage.accounts.work.cliPath", message: expect.stringContaining("work") }] });
    expect(read({ cliPath: "/bin/imsg", accounts: { ...accounts, work: { dbPath: "/work.db" } } }, "work")).toMatchObject({ config: { cliPath: "/bin/imsg", dbPath: "/work.db" } });
    expect(read({ cliPath: "/bin/imsg", accounts: { work: {} } }, "work")).toMatchObject({ config: { accountId: "work" } });
  });
});
