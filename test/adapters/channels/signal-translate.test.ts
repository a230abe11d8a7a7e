import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseSignalConfig } from "../../../src/adapters/channels/signal/config.js";
import { EventReader, type ServerEvent } from "../../../src/adapters/channels/signal/events.js";
import { judgeAction, judgeSend, judgeSetback, stepsIn, type CallFailure } from "../../../src/adapters/channels/signal/failures.js";
import { MessageMemory } from "../../../src/adapters/channels/signal/memory.js";
import { dataUri, renderEdit, renderReaction, renderReceipt, renderRemoval, renderSend, renderTyping } from "../../../src/adapters/channels/signal/outgoing.js";
import { parseMessageId, parseSignalTarget } from "../../../src/adapters/channels/signal/target.js";
import { revisionIn, translateEvent, type Reading } from "../../../src/adapters/channels/signal/translate.js";
import type { Envelope } from "../../../src/domain/messaging/envelope.js";
import type { OutboundPart } from "../../../src/domain/messaging/outbound.js";

const SELF = { number: "+491511234567", uuid: "00000001-aaaa-4bbb-8ccc-000000000001" };
const ADA = { number: "+491517654321", uuid: "00000002-aaaa-4bbb-8ccc-000000000002" };
const BEN = "00000003-aaaa-4bbb-8ccc-000000000003";
const GROUP = "Z2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZzQ=";
const AT = 1_790_000_000_123;
const PLACEHOLDER = "\ufffc";

const reading: Reading = { accountId: "default", self: SELF, memory: new MessageMemory(), ignoreStories: true, noteToSelf: true };

const event = (content: object, more: object = {}): unknown => ({
  account: SELF.number,
  envelope: { source: ADA.number, sourceNumber: ADA.number, sourceUuid: ADA.uuid, sourceName: "Ada", sourceDevice: 2, timestamp: AT, serverReceivedTimestamp: AT + 1, serverDeliveredTimestamp: AT + 2, ...content, ...more },
});
const data = (facts: object, more: object = {}): unknown => event({ dataMessage: { timestamp: AT, message: null, expiresInSeconds: 0, viewOnce: false, ...facts } }, more);
const synced = (facts: object): unknown => event({ syncMessage: { sentMessage: { timestamp: AT, message: "mine", destinationNumber: null, destinationUuid: null, ...facts } } }, { source: SELF.number, sourceNumber: SELF.number, sourceUuid: SELF.uuid, sourceDevice: 1 });
const read = (payload: unknown, other: Partial<Reading> = {}): Envelope | undefined => translateEvent(payload, { ...reading, ...other });
const inGroup = { groupInfo: { groupId: GROUP, groupName: "Family", revision: 3, type: "DELIVER" } };
const mention = (start: number, facts: object = SELF, length = 1): object => ({ name: "somebody", start, length, ...facts });

describe("what signal-cli tells", () => {
  test("a message has who, where, when and what", () => {
    expect(read(data({ message: "hello" }))).toEqual({
      channel: "signal", accountId: "default", key: `${AT}:${ADA.uuid}:2`, messageId: `${AT}:${ADA.uuid}`,
      chat: { id: ADA.uuid, kind: "direct" },
      sender: { id: ADA.uuid, aliases: [ADA.number], name: "Ada", isBot: false, isSelf: false },
      sentAt: AT,
      body: { kind: "message", text: "hello", media: [], addressed: false },
    });
    expect(read(data({ message: "hello", ...inGroup }))?.chat).toEqual({ id: GROUP, kind: "group", title: "Family" });
  });

  test("who hides the number is known by the uuid, and who has none by the number", () => {
    expect(read(data({ message: "a" }, { source: ADA.uuid, sourceNumber: null, sourceUuid: ADA.uuid.toUpperCase() }))?.sender).toEqual({ id: ADA.uuid, name: "Ada", isBot: false, isSelf: false });
    expect(read(data({ message: "a" }, { sourceUuid: null }))).toMatchObject({ chat: { id: ADA.number }, sender: { id: ADA.number }, key: `${AT}:${ADA.number}:2` });
  });

  test.each<[string, string, object[], string, boolean]>([
    ["the mention of the account is taken out", `${PLACEHOLDER}, what time is it?`, [mention(0)], "what time is it?", true],
    ["by its number too", `hey ${PLACEHOLDER} there`, [mention(4, { number: SELF.number, uuid: null })], "hey there", true],
    ["in the middle and at the end", `so ${PLACEHOLDER} and ${PLACEHOLDER}`, [mention(3), mention(9)], "so and", true],
    ["alone it is still a message", PLACEHOLDER, [mention(0)], "", true],
    ["others keep their names", `ask ${PLACEHOLDER} or me`, [mention(4, { name: "Ben", uuid: BEN })], "ask @Ben or me", false],
    ["without a name, their number or id", `${PLACEHOLDER} ${PLACEHOLDER}`, [mention(0, { name: null, number: "+4930", uuid: BEN }), mention(2, { name: null, uuid: BEN })], `@+4930 @${BEN}`, false],
    ["places are counted in UTF-16", `👍👍 ${PLACEHOLDER}!`, [mention(5)], "👍👍!", true],
    ["a place beyond the text is none", "hello", [mention(40)], "hello", false],
    ["a place where nobody is mentioned is none", "hello", [mention(1)], "hello", false],
  ])("%s", (_name, message, mentions, text, addressed) => {
    expect(read(data({ message, mentions, ...inGroup }))?.body).toMatchObject({ text, addressed });
  });

  test("no mentions, however wrong, break it", () => {
    const place = fc.oneof(fc.integer({ min: -3, max: 20 }), fc.constant(null), fc.string());
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom("a", " ", PLACEHOLDER, "👍", ",") }), fc.array(fc.record({ start: place, length: place, uuid: fc.constantFrom(SELF.uuid, BEN, null), name: fc.constantFrom("Ben", null) })), (message, mentions) => {
      const body = read(data({ message: `x${message}`, mentions }))?.body;
      expect(body?.kind).toBe("message");
    }));
  });

  test("an answer to what the account said speaks to it", () => {
    const quote = (author: object): unknown => data({ message: "yes", ...inGroup, quote: { id: AT - 5, author: "x", text: "Tea?", attachments: [], ...author } });
    expect(read(quote({ authorNumber: SELF.number, authorUuid: SELF.uuid }))?.body).toMatchObject({ addressed: true, replyTo: { messageId: String(AT - 5), ofSelf: true, text: "Tea?" } });
    expect(read(quote({ authorNumber: SELF.number, authorUuid: null }))?.body).toMatchObject({ addressed: true, replyTo: { messageId: String(AT - 5) } });
    expect(read(quote({ authorNumber: null, authorUuid: BEN }))?.body).toMatchObject({ addressed: false, replyTo: { messageId: `${AT - 5}:${BEN}`, ofSelf: false } });
  });

  test("files are by kind, and can be fetched from where they came", () => {
    const attachments = [
      { id: "a.png", contentType: "image/png", filename: "a.png", size: 3, caption: "look" },
      { id: "v.aac", contentType: "audio/aac", filename: null, size: 4 },
      { id: "n", contentType: "audio/ogg", filename: "n.ogg", voiceNote: true },
      { contentType: "image/png" },
    ];
    expect(read(data({ attachments }))?.body).toEqual({
      kind: "message", text: "look", addressed: false,
      media: [
        { kind: "image", ref: JSON.stringify({ id: "a.png", recipient: ADA.uuid }), mimeType: "image/png", fileName: "a.png", bytes: 3 },
        { kind: "voice", ref: JSON.stringify({ id: "v.aac", recipient: ADA.uuid }), mimeType: "audio/aac", bytes: 4 },
        { kind: "voice", ref: JSON.stringify({ id: "n", recipient: ADA.uuid }), mimeType: "audio/ogg", fileName: "n.ogg" },
      ],
    });
    expect(read(data({ attachments: attachments.slice(1, 2), ...inGroup }))?.body).toMatchObject({ media: [{ ref: JSON.stringify({ id: "v.aac", groupId: GROUP }) }] });
  });

  test("stickers, polls, contacts and the rest of long texts are told in words", () => {
    const bodyOf = (facts: object): unknown => (read(data(facts))?.body as { text?: string } | undefined)?.text;
    expect(bodyOf({ sticker: { packId: "1", stickerId: 2, emoji: "🐳" } })).toBe("[sticker 🐳]");
    expect(bodyOf({ pollCreate: { question: "Tea?", allowMultiple: false, options: ["yes", "no"] } })).toBe("Poll: Tea?\n- yes\n- no");
    expect(bodyOf({ contacts: [{ name: { display: "Ben B." }, phone: [{ value: "+4930" }] }] })).toBe("Contact: Ben B., +4930");
    expect(bodyOf({ message: "begin", attachments: [{ id: "x", contentType: "text/x-signal-plain" }] })).toMatch(/^begin\n\[This message goes on/);
  });

  test.each<[string, unknown]>([
    ["a receipt", event({ receiptMessage: { when: AT, isDelivery: true, isRead: false, isViewed: false, timestamps: [AT] } })],
    ["typing", event({ typingMessage: { action: "STARTED", timestamp: AT } })],
    ["a call", event({ callMessage: { offerMessage: {} } })],
    ["a story", event({ storyMessage: { allowsReplies: true } })],
    ["an answer to a story", data({ message: "nice", storyContext: { authorUuid: SELF.uuid, sentTimestamp: AT } })],
    ["a change of a group", data({ groupInfo: { groupId: GROUP, revision: 4, type: "UPDATE" } })],
    ["a timer", data({ isExpirationUpdate: true, expiresInSeconds: 60 })],
    ["a vote", data({ pollVote: { authorUuid: SELF.uuid, targetSentTimestamp: AT, optionIndexes: [0], voteCount: 1 } })],
    ["a deletion", data({ remoteDelete: { timestamp: AT - 1 } })],
    ["what was read elsewhere", event({ syncMessage: { readMessages: [] } })],
    ["what could not be read", { exception: { type: "ProtocolException" }, envelope: { timestamp: AT } }],
    ["nothing", {}], ["no object", 7],
  ])("%s is nothing that was said", (_name, payload) => {
    expect(read(payload)).toBeUndefined();
  });

  test("an answer to a story is heard where that is wanted", () => {
    expect(read(data({ message: "nice", storyContext: {} }), { ignoreStories: false })?.body).toMatchObject({ text: "nice" });
  });

  test("whatever comes, it breaks nothing", () => {
    fc.assert(fc.property(fc.object({ key: fc.constantFrom("envelope", "dataMessage", "message", "timestamp", "sourceUuid", "groupInfo", "groupId", "mentions", "attachments", "reaction", "quote", "syncMessage", "sentMessage", "editMessage"), maxDepth: 5 }), (payload) => {
      expect(() => read(payload)).not.toThrow();
    }));
  });
});

describe("what the owner does on another device", () => {
  test("is the account's own word", () => {
    expect(read(synced({ destinationUuid: ADA.uuid, destinationNumber: ADA.number }))).toMatchObject({ chat: { id: ADA.uuid, kind: "direct" }, sender: { id: SELF.uuid, isSelf: true }, messageId: String(AT) });
    expect(read(synced(inGroup))).toMatchObject({ chat: { id: GROUP, kind: "group" }, sender: { isSelf: true } });
  });

  test("but for what they write to themselves", () => {
    const note = synced({ destinationUuid: SELF.uuid, destinationNumber: SELF.number });
    expect(read(note)).toMatchObject({ chat: { id: SELF.uuid, kind: "direct" }, sender: { id: SELF.uuid, aliases: [SELF.number], isSelf: false }, body: { text: "mine" } });
    expect(read(note, { noteToSelf: false })?.sender.isSelf).toBe(true);
    const numbered = read(synced({ destinationUuid: null, destinationNumber: SELF.number }));
    expect(numbered?.chat.id).toBe(SELF.uuid);
  });

  test("and an answer of the gateway's own that came back is none of theirs", () => {
    const memory = new MessageMemory();
    memory.noteSent(AT);
    expect(read(synced({ destinationUuid: SELF.uuid }), { memory })?.sender.isSelf).toBe(true);
  });

  test("a group of the account's is no note to oneself", () => {
    expect(read(synced({ destinationUuid: SELF.uuid, ...inGroup }))?.sender.isSelf).toBe(true);
  });

  test("edits come along as well", () => {
    const edit = synced({ message: undefined, timestamp: undefined, destinationUuid: ADA.uuid, editMessage: { targetSentTimestamp: AT - 9, dataMessage: { timestamp: AT, message: "better" } } });
    expect(read(edit)).toMatchObject({ messageId: String(AT - 9), sender: { isSelf: true }, body: { kind: "edit", text: "better" } });
  });
});

describe("edits and reactions", () => {
  const edit = (target: number, at: number): unknown => event({ editMessage: { targetSentTimestamp: target, dataMessage: { timestamp: at, message: `form of ${at}` } } }, { timestamp: at });

  test("an edit has a key of its own and the id of its message, also where it names a later form", () => {
    const memory = new MessageMemory();
    const first = read(edit(AT, AT + 10), { memory });
    expect(first).toMatchObject({ key: `${AT + 10}:${ADA.uuid}:2`, messageId: `${AT}:${ADA.uuid}`, body: { kind: "edit", text: `form of ${AT + 10}` } });
    const revision = first && revisionIn(first, SELF);
    expect(revision).toEqual({ revision: `${AT + 10}:${ADA.uuid}`, original: `${AT}:${ADA.uuid}` });
    memory.noteRevision(revision?.revision ?? "", revision?.original ?? "");
    expect(read(edit(AT + 10, AT + 20), { memory })?.messageId).toBe(`${AT}:${ADA.uuid}`);
  });

  test("a reaction names its message by author and moment", () => {
    const reaction = (facts: object): unknown => data({ reaction: { emoji: "👍", targetAuthor: "x", targetAuthorUuid: SELF.uuid, targetAuthorNumber: SELF.number, targetSentTimestamp: AT - 7, isRemove: false, ...facts } });
    expect(read(reaction({}))).toMatchObject({ messageId: String(AT - 7), body: { kind: "reaction", emoji: "👍", added: true, ofSelf: true } });
    expect(read(reaction({ targetAuthorUuid: BEN, targetAuthorNumber: null, isRemove: true }))).toMatchObject({ messageId: `${AT - 7}:${BEN}`, body: { added: false, ofSelf: false } });
    expect(read(reaction({ emoji: null }))).toBeUndefined();
  });
});

describe("what goes out", () => {
  const part = (body: OutboundPart["body"], more: Partial<OutboundPart> = {}): OutboundPart => ({ body, ...more });
  const text = (styles?: string[]): OutboundPart["body"] => ({ kind: "text", text: { text: "a b", plain: "a b", ...(styles === undefined ? {} : { styles }) } });
  const group = { chatId: GROUP };

  test.each<[string, string, object]>([
    ["a person", ADA.uuid, { recipient: [ADA.uuid] }],
    ["a number", ADA.number, { recipient: [ADA.number] }],
    ["a name", "u:ada.01", { username: ["ada.01"] }],
    ["a group", GROUP, { groupId: GROUP }],
    ["oneself", SELF.uuid, { noteToSelf: true }],
    ["oneself by number", SELF.number, { noteToSelf: true }],
  ])("to %s", (_name, chatId, place) => {
    expect(renderSend({ chatId }, part(text()), { self: SELF })).toEqual({ method: "send", params: { ...place, message: "a b" } });
  });

  test("styles, quotes, silence, files and polls are signal-cli's", () => {
    expect(renderSend(group, part(text(["0:1:BOLD"]), { replyTo: `${AT}:${ADA.uuid}`, silent: true }), { self: SELF, quoted: "before" })).toEqual({
      method: "send", params: { groupId: GROUP, message: "a b", textStyle: ["0:1:BOLD"], quoteTimestamp: AT, quoteAuthor: ADA.uuid, quoteMessage: "before", noUrgent: true },
    });
    expect(renderSend(group, part(text(), { replyTo: String(AT) }), { self: SELF })).toMatchObject({ params: { quoteAuthor: SELF.uuid, quoteMessage: "" } });
    const media = { id: "m", kind: "voice" as const, mimeType: "audio/ogg", fileName: "a b.ogg", bytes: 3 };
    expect(renderSend(group, part({ kind: "media", media }), { self: SELF, file: "data:x" })).toMatchObject({ params: { attachments: ["data:x"], voiceNote: true } });
    expect(dataUri(media, Buffer.from("abc"))).toBe("data:audio/ogg;filename=a%20b.ogg;base64,YWJj");
    expect(dataUri({ mimeType: "x;y,z", fileName: "" }, Buffer.from(""))).toBe("data:application/octet-stream;filename=file;base64,");
    const poll = { question: "Tea?", options: ["yes", "no"], maxSelections: 1 };
    expect(renderSend(group, part({ kind: "poll", poll }), { self: SELF })).toEqual({ method: "sendPollCreate", params: { groupId: GROUP, question: "Tea?", option: ["yes", "no"], noMulti: true } });
    expect(renderSend(group, part({ kind: "poll", poll: { ...poll, maxSelections: 2 } }), { self: SELF })).not.toMatchObject({ params: { noMulti: true } });
  });

  test("what Signal lacks is refused, and so is what is no address or message", () => {
    expect(renderSend(group, part({ ...text(), buttons: [[{ label: "x", data: "x" }]] } as OutboundPart["body"]), { self: SELF })).toMatchObject({ kind: "refused", code: "unsupported" });
    expect(renderSend({ chatId: "nobody at all" }, part(text()), { self: SELF })).toMatchObject({ kind: "refused", code: "unknown-target" });
    expect(renderSend(group, part({ kind: "poll", poll: { question: "?", options: ["x".repeat(101), "y"], maxSelections: 1 } }), { self: SELF })).toMatchObject({ code: "too-large" });
    expect(renderEdit({ ...group, messageId: `${AT}:${BEN}` }, part(text()), SELF)).toMatchObject({ code: "forbidden" });
    expect(renderEdit({ ...group, messageId: String(AT) }, part({ kind: "poll", poll: { question: "?", options: ["a", "b"], maxSelections: 1 } }), SELF)).toMatchObject({ code: "unsupported" });
    expect(renderRemoval({ ...group, messageId: `${AT}:${BEN}` }, SELF)).toMatchObject({ code: "forbidden" });
    expect(renderReaction({ ...group, messageId: "soon" }, { emoji: "👍", add: true }, SELF)).toMatchObject({ code: "unknown-target" });
  });

  test("edits, removals, reactions, typing and receipts", () => {
    expect(renderEdit({ ...group, messageId: String(AT) }, part(text(["2:1:ITALIC"])), SELF)).toEqual({ method: "send", params: { groupId: GROUP, message: "a b", textStyle: ["2:1:ITALIC"], editTimestamp: AT } });
    expect(renderRemoval({ chatId: ADA.uuid, messageId: String(AT) }, SELF)).toEqual({ method: "remoteDelete", params: { recipient: [ADA.uuid], targetTimestamp: AT } });
    expect(renderReaction({ chatId: ADA.uuid, messageId: `${AT}:${ADA.uuid}` }, { emoji: "👍", add: false }, SELF)).toEqual({ method: "sendReaction", params: { recipient: [ADA.uuid], emoji: "👍", targetAuthor: ADA.uuid, targetTimestamp: AT, remove: true } });
    expect(renderReaction({ ...group, messageId: String(AT) }, { emoji: "👍", add: true }, SELF)).toMatchObject({ params: { targetAuthor: SELF.uuid, remove: false } });
    expect(renderTyping(group, false, SELF)).toEqual({ method: "sendTyping", params: { groupId: GROUP, stop: true } });
    expect(renderTyping({ chatId: SELF.uuid }, true, SELF)).toBeUndefined();
    expect(renderReceipt({ chatId: ADA.uuid, messageId: `${AT}:${ADA.uuid}` }, SELF)).toEqual({ method: "sendReceipt", params: { recipient: ADA.uuid, targetTimestamp: [AT], type: "read" } });
    expect(renderReceipt({ ...group, messageId: `${AT}:${ADA.uuid}` }, SELF)).toBeUndefined();
    expect(renderReceipt({ chatId: SELF.uuid, messageId: String(AT) }, SELF)).toBeUndefined();
  });

  test.each<[string, string | undefined]>([
    ["+49 (151) 7654-321", "+491517654321"], ["signal:+491517654321", "+491517654321"], [ADA.uuid.toUpperCase(), ADA.uuid], [`uuid:${ADA.uuid}`, ADA.uuid],
    [GROUP, GROUP], [`group:${GROUP}`, GROUP], [`signal:group:${GROUP}`, GROUP], ["u:Ada.01", "u:ada.01"], ["username:ada.01", "u:ada.01"],
    ["ada", undefined], ["u:ada", undefined], ["", undefined], ["group:", undefined], ["*", undefined],
  ])("the address %j", (address, chatId) => {
    expect(parseSignalTarget(address)).toEqual(chatId === undefined ? undefined : { chatId });
  });

  test("only a moment, with or without an author, is a message", () => {
    expect(parseMessageId({ messageId: `${AT}` })).toEqual({ timestamp: AT });
    expect(parseMessageId({ messageId: `${AT}:${ADA.uuid}` })).toEqual({ timestamp: AT, author: ADA.uuid });
    for (const messageId of ["", "0", "x", `${AT}:`, `${AT}:a b`, "9".repeat(17)]) expect(parseMessageId({ messageId })).toBeUndefined();
  });
});

describe("what signal-cli's errors mean", () => {
  const error = (code: number, message = "", type?: string, more: object = {}): CallFailure => ({ kind: "error", code, message, ...(type === undefined ? {} : { data: { response: { results: [{ recipientAddress: { uuid: ADA.uuid, number: null }, type, ...more }] } } }) });

  test.each<[string, CallFailure, object]>([
    ["nobody there", error(-1, "Failed to send message", "UNREGISTERED_FAILURE"), { kind: "refused", code: "unknown-target" }],
    ["nobody there, in words", error(-1, "The user +4930 is not registered."), { kind: "refused", code: "unknown-target" }],
    ["no such group", error(-1, "Group not found: abc"), { kind: "refused", code: "unknown-target" }],
    ["an id that is none", error(-1, "Invalid group id: x"), { kind: "refused", code: "unknown-target" }],
    ["not in the group", error(-1, "User is not a member in group: abc"), { kind: "refused", code: "forbidden" }],
    ["administrators only", error(-1, "Only admins can send to this group"), { kind: "refused", code: "forbidden" }],
    ["a stranger's key", error(-4, "untrusted"), { kind: "refused", code: "forbidden" }],
    ["a stranger's key, as a result", error(-1, "Failed to send message", "IDENTITY_FAILURE"), { kind: "refused", code: "forbidden" }],
    ["too fast", error(-5, "Rate"), { kind: "later", scope: "account", retryAfterMs: 30_000 }],
    ["too fast, with a time", error(-5, "Rate", "RATE_LIMIT_FAILURE", { retryAfterSeconds: 7 }), { kind: "later", retryAfterMs: 7_000 }],
    ["a captcha", error(-5, "Rate", "RATE_LIMIT_FAILURE", { token: "abc" }), { kind: "later", retryAfterMs: 900_000 }],
    ["a captcha that was wrong", error(-6, "Captcha rejected"), { kind: "later", retryAfterMs: 900_000 }],
    ["no way to Signal", error(-3, "Failed to send message: chat.signal.org (UnknownHostException)"), { kind: "later", scope: "account" }],
    ["a break on the way", error(-3, "Failed to send message: timeout (SocketTimeoutException)"), { kind: "unknown" }],
    ["a break, as a result", error(-1, "Failed to send message", "NETWORK_FAILURE"), { kind: "unknown" }],
    ["what it did not expect", error(-2, "Failed to send message"), { kind: "unknown" }],
    ["a bug of its own", error(-32_603, "NullPointerException"), { kind: "unknown" }],
    ["an account that it does not know", error(-32_602, "Specified account does not exist"), { kind: "refused", code: "not-linked" }],
    ["a device that was unlinked", error(-1, "User is not registered."), { kind: "refused", code: "not-linked" }],
    ["a device that Signal shut out", error(-32_603, "Failed: [403] Authorization failed! (AuthorizationFailedException)"), { kind: "refused", code: "not-linked" }],
    ["an old signal-cli", error(-32_601, "Method not implemented"), { kind: "refused", code: "unsupported" }],
    ["something else", error(-1, "the secret plan"), { kind: "refused", code: "invalid" }],
    ["the name of another host", { kind: "status", status: 421 }, { kind: "later" }],
    ["a server that fails", { kind: "status", status: 500 }, { kind: "unknown" }],
    ["nobody listens", { kind: "unsent" }, { kind: "later", scope: "account" }],
    ["it broke", { kind: "unanswered", because: "broken" }, { kind: "unknown" }],
  ])("%s", (_name, failure, receipt) => {
    const judged = judgeSend(failure);
    expect(judged).toMatchObject(receipt);
    expect("reason" in judged && judged.reason).toMatch(/\.$/);
    expect(JSON.stringify(judged)).not.toMatch(/secret plan|\+4930/);
    expect(["refused", "later"]).toContain(judgeAction(failure).kind);
    expect(judgeSetback(failure).message).toMatch(/\.$/);
  });

  test("a captcha and a changed safety number are steps of an operator's", () => {
    expect(stepsIn(error(-5, "", "RATE_LIMIT_FAILURE", { token: "tok-1" }), "x")).toMatchObject([{ key: "captcha", trouble: "rate", message: expect.stringContaining("challenge tok-1") }]);
    expect(stepsIn(error(-6), "x")).toMatchObject([{ key: "captcha" }]);
    expect(stepsIn(error(-5, "", "RATE_LIMIT_FAILURE", { token: "a\nb" }), "x")[0]?.message).not.toContain("challenge a");
    expect(stepsIn(error(-4), ADA.uuid)).toMatchObject([{ key: `untrusted:${ADA.uuid}`, message: expect.stringContaining("method trust") }]);
    expect(stepsIn({ kind: "ok", result: { timestamp: AT, results: [{ recipientAddress: { uuid: BEN }, type: "IDENTITY_FAILURE" }, { type: "SUCCESS" }] } }, GROUP)).toMatchObject([{ key: `untrusted:${BEN}` }]);
    expect(stepsIn({ kind: "unsent" }, "x")).toEqual([]);
  });
});

describe("the stream of events", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  test("is signal-cli's: no blank behind the colon, comments between, ids read past", () => {
    const reader = new EventReader();
    expect(reader.read(bytes(":\nevent:receive\ndata:{\"a\":1}\n\nid:run-2\r\nevent: receive\r\ndata: one\r\ndata: two\r\n\r\ndata\n\n\n"))).toEqual([
      { event: "receive", data: '{"a":1}' },
      { event: "receive", data: "one\ntwo" },
      { event: "message", data: "" },
    ]);
  });

  test("reads the same in whatever pieces it comes", () => {
    const whole = bytes("event:receive\ndata:{\"text\":\"grüße 👍 \ufffc\"}\n\n:\nid:7\ndata:x\n\n");
    const expected = new EventReader().read(whole);
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 12 }), (cuts) => {
      const reader = new EventReader();
      const at = [0, ...cuts.toSorted((one, other) => one - other), whole.length];
      const events = at.slice(1).flatMap((end, nth): readonly ServerEvent[] => reader.read(whole.subarray(at[nth], end)));
      expect(events).toEqual(expected);
    }));
  });

  test("is broken off where an event has no end", () => {
    const reader = new EventReader();
    expect(() => { for (let nth = 0; nth < 5; nth += 1) reader.read(bytes(`data:${"x".repeat(1_000_000)}`)); }).toThrow("longer");
  });
});

describe("the configuration", () => {
  const parsed = (section: object, account = "default"): ReturnType<typeof parseSignalConfig> => parseSignalConfig(section, account, {});
  const config = (section: object, account = "default"): unknown => {
    const reading = parsed(section, account);
    return "config" in reading ? reading.config : reading.issues.map(({ path }) => path);
  };

  test("starts signal-cli where nothing else is said", () => {
    expect(config({ account: "+49 151 1234567" })).toEqual({
      accountId: "default", account: "+491511234567", url: "http://127.0.0.1:8080", ignoreStories: true, sendReadReceipts: false, noteToSelf: true, deviceName: "OpenClaw",
      daemon: { cliPath: "signal-cli", host: "127.0.0.1", port: 8_080, ignoreStories: true },
    });
  });

  test("connects to a daemon that runs, or starts one there", () => {
    expect(config({ httpUrl: "http://127.0.0.1:9000/" })).toMatchObject({ url: "http://127.0.0.1:9000" });
    expect(config({ httpUrl: "http://127.0.0.1:9000/" })).not.toHaveProperty("daemon");
    expect(config({ httpUrl: "http://127.0.0.1:9000", autoStart: true, cliPath: "/opt/signal-cli" })).toMatchObject({ daemon: { cliPath: "/opt/signal-cli", port: 9_000 } });
    expect(config({ httpHost: "::1", httpPort: 7_000, autoStart: false })).toMatchObject({ url: "http://[::1]:7000" });
  });

  test("an account takes over what is not its own", () => {
    const section = { account: "+491511234567", httpUrl: "http://127.0.0.1:9000", sendReadReceipts: true, accounts: { default: {}, work: { account: "+491517654321" }, late: {} } };
    expect(config(section, "work")).toMatchObject({ account: "+491517654321", url: "http://127.0.0.1:9000", sendReadReceipts: true });
    expect(config(section, "late")).toEqual(["channels.signal.accounts.late.account"]);
    expect(config({ accounts: { a: { account: "+491511234567" }, b: { account: "00491511234567" } } }, "b")).toEqual(["channels.signal.accounts.b.account"]);
    const twice = { accounts: { a: { account: "+491511234567" }, b: { account: "+49 151 1234567" } } };
    expect(config(twice, "a")).toMatchObject({ account: "+491511234567" });
    expect(config(twice, "b")).toEqual(["channels.signal.accounts.b.account"]);
  });

  test.each<[object, string]>([
    [{ account: "ada" }, "account"], [{ accountUuid: "7" }, "accountUuid"], [{ accountUuid: "+491511234567" }, "accountUuid"], [{ httpUrl: "localhost:1" }, "httpUrl"], [{ httpUrl: "http://a:b@c" }, "httpUrl"],
    [{ httpUrl: "http://127.0.0.1/api" }, "httpUrl"], [{ httpPort: 0 }, "httpPort"], [{ httpPort: "80" }, "httpPort"], [{ httpHost: "a b" }, "httpHost"],
  ])("%j is refused in a sentence that repeats nothing", (section, key) => {
    const reading = parsed(section);
    expect("issues" in reading && reading.issues.map(({ path }) => path)).toEqual([`channels.signal.${key}`]);
    expect("issues" in reading && reading.issues[0]?.message).toMatch(/\.$/);
  });
});
