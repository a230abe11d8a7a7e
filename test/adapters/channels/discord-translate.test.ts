import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseDiscordConfig } from "../../../src/adapters/channels/discord/config.js";
import { Directory } from "../../../src/adapters/channels/discord/directory.js";
import { judgeAction, judgeClose, judgeSend, judgeSetback, type CallFailure } from "../../../src/adapters/channels/discord/failures.js";
import { isNewer } from "../../../src/adapters/channels/discord/fields.js";
import { renderAcknowledgement, renderEdit, renderReaction, renderSend } from "../../../src/adapters/channels/discord/outgoing.js";
import { parseDiscordTarget } from "../../../src/adapters/channels/discord/target.js";
import { channelIdOf, translate, type Reading, type Told } from "../../../src/adapters/channels/discord/translate.js";
import { Backoff } from "../../../src/domain/messaging/backoff.js";
import type { Envelope } from "../../../src/domain/messaging/envelope.js";
import type { OutboundPart } from "../../../src/domain/messaging/outbound.js";
import { epochMs } from "../../../src/domain/moment.js";

const SELF = "1000000000000000001";
const ROLE = "1000000000000000002";
const ADA = { id: "1000000000000000010", username: "ada", global_name: "Ada Lovelace" };
const BOB = { id: "1000000000000000011", username: "bob" };
const CHANNEL = "2000000000000000001";
const MESSAGE = "3000000000000000001";

const reading: Reading = {
  accountId: "default", selfId: SELF, selfRole: ROLE,
  chat: { id: CHANNEL, kind: "room", title: "general", spaceId: "4000000000000000001" },
  now: epochMs(1_790_000_000_000),
  channelName: (id) => (id === CHANNEL ? "general" : undefined),
  isOwn: (id) => id === "3000000000000000099",
};

const message = (facts: object): Told => ({
  id: "s.1", type: "MESSAGE_CREATE",
  data: {
    id: MESSAGE, channel_id: CHANNEL, guild_id: "4000000000000000001", author: ADA, content: "", timestamp: "2026-09-21T13:33:20.123000+00:00", edited_timestamp: null,
    tts: false, mention_everyone: false, mentions: [], mention_roles: [], attachments: [], embeds: [], pinned: false, type: 0, ...facts,
  },
});
const read = (facts: object, other: Partial<Reading> = {}): Envelope | undefined => translate(message(facts), { ...reading, ...other });
const textOf = (facts: object): unknown => {
  const body = read(facts)?.body;
  return body?.kind === "message" ? [body.text, body.addressed] : undefined;
};

describe("what Discord tells", () => {
  test("a message has who, where, when and what", () => {
    expect(read({ content: "hello", member: { nick: "Countess", roles: [] } })).toEqual({
      channel: "discord", accountId: "default", key: `${CHANNEL}:${MESSAGE}`, messageId: MESSAGE, chat: reading.chat,
      sender: { id: ADA.id, name: "Countess", handle: "ada", isBot: false, isSelf: false },
      sentAt: Date.parse("2026-09-21T13:33:20.123Z"),
      body: { kind: "message", text: "hello", media: [], addressed: false },
    });
  });

  test.each<[string, object, unknown]>([
    ["a mention of the account is taken out", { content: `<@${SELF}> what time is it?` }, ["what time is it?", true]],
    ["in the old form too, with its comma", { content: `<@!${SELF}>, what time is it?` }, ["what time is it?", true]],
    ["by its role as well", { content: `hey <@&${ROLE}> there` }, ["hey there", true]],
    ["in the middle and at the end", { content: `so <@${SELF}> and <@${SELF}>` }, ["so and", true]],
    ["alone it is still a message", { content: `<@${SELF}>` }, ["", true]],
    ["others keep their names", { content: `ask <@${BOB.id}> or <@${ADA.id}>`, mentions: [BOB, ADA] }, ["ask @bob or @Ada Lovelace", false]],
    ["somebody unknown is somebody", { content: "ask <@123456789012345678>" }, ["ask @somebody", false]],
    ["another role is a role", { content: "<@&123456789012345678> look" }, ["@role look", false]],
    ["a channel by its name", { content: `in <#${CHANNEL}> and <#123456789012345678>` }, ["in #general and #channel", false]],
    ["a server's own emoji by its name", { content: "<:party:123456789012345678><a:dance:123456789012345678>" }, [":party::dance:", false]],
    ["a moment as a date", { content: "at <t:1790000000:R>" }, ["at 2026-09-21T14:13:20.000Z", false]],
    ["an impossible moment as it was", { content: "at <t:9999999999999>" }, ["at <t:9999999999999>", false]],
    ["a command as people see it", { content: "try </ask:123456789012345678>" }, ["try /ask", false]],
    ["everybody is not the account", { content: "@everyone come", mention_everyone: true }, ["@everyone come", false]],
    ["white space that was typed stays", { content: "  a\n  b " }, ["  a\n  b ", false]],
    ["a sticker in words", { sticker_items: [{ id: "1", name: "Wumpus", format_type: 1 }] }, ["[sticker: Wumpus]", false]],
    ["a poll with its answers", { poll: { question: { text: "Tea?" }, answers: [{ poll_media: { text: "yes" } }, { poll_media: { text: "no" } }] } }, ["Poll: Tea?\n- yes\n- no", false]],
    ["cards where there is nothing else", { embeds: [{ title: "Build", description: "It failed.", fields: [{ name: "on", value: "main" }] }] }, ["Build\nIt failed.\non: main", false]],
    ["a preview beside a text is none of it", { content: "https://a.example", embeds: [{ title: "A" }] }, ["https://a.example", false]],
    ["what is passed on", { message_reference: { type: 1, message_id: "5", channel_id: "6" }, message_snapshots: [{ message: { content: "from elsewhere", attachments: [] } }] }, ["Forwarded:\nfrom elsewhere", false]],
    ["nothing at all", {}, undefined],
    ["an announcement of Discord's own: somebody joined", { type: 7, content: "" }, undefined],
    ["an announcement with a text: a thread was opened", { type: 18, content: "a thread" }, undefined],
    ["no author", { author: undefined, content: "x" }, undefined],
    ["an id that is none", { id: "../../users", content: "x" }, undefined],
  ])("%s", (_name, facts, expected) => expect(textOf(facts)).toEqual(expected));

  test("an answer to the account addresses it, and quotes it", () => {
    const referenced = { id: "3000000000000000050", content: `for <@${BOB.id}>`, mentions: [BOB], author: { id: SELF, username: "claw", bot: true } };
    expect(read({ content: "thanks", type: 19, message_reference: { message_id: referenced.id }, referenced_message: referenced })?.body).toMatchObject({
      addressed: true, replyTo: { messageId: referenced.id, ofSelf: true, text: "for @bob", senderName: "claw" },
    });
    expect(read({ content: "thanks", type: 19, message_reference: { message_id: "7" }, referenced_message: null })?.body).toMatchObject({ addressed: false, replyTo: { messageId: "7", ofSelf: false } });
    expect(read({ content: "x", type: 19, message_reference: { message_id: "3000000000000000099" }, referenced_message: null })?.body).toMatchObject({ addressed: true });
  });

  test.each<[string, object, object]>([
    ["a bot", { author: { ...BOB, bot: true } }, { isBot: true, isSelf: false }],
    ["a webhook", { webhook_id: "9" }, { isBot: true, isSelf: false }],
    ["the account", { author: { id: SELF, username: "claw", bot: true } }, { isBot: true, isSelf: true }],
  ])("knows %s", (_name, facts, sender) => expect(read({ content: "x", ...facts })?.sender).toMatchObject(sender));

  test("files by what they are, to be fetched after a restart as well", () => {
    const file = (id: string, facts: object): object => ({ id, url: `https://cdn.discordapp.com/attachments/${id}/f?ex=1`, filename: "f", size: 3, ...facts });
    const body = read({ attachments: [file("1", { content_type: "image/png" }), file("2", { content_type: "audio/ogg; codecs=opus", waveform: "AAAA" }), file("3", {}), { id: "x" }] })?.body;
    const media = body?.kind === "message" ? body.media : [];
    expect(media.map(({ kind, mimeType, bytes }) => [kind, mimeType, bytes])).toEqual([["image", "image/png", 3], ["voice", "audio/ogg", 3], ["file", undefined, 3]]);
    expect(JSON.parse(media[0]?.ref ?? "")).toEqual({ id: "1", url: "https://cdn.discordapp.com/attachments/1/f?ex=1", channel: CHANNEL, message: MESSAGE });
  });

  test("an edit is told where the author changed something, and nowhere else", () => {
    const edit = (facts: object): Envelope | undefined => translate({ ...message(facts), type: "MESSAGE_UPDATE" }, reading);
    expect(edit({ content: `<@${SELF}> better`, edited_timestamp: "2026-09-21T14:00:00.000000+00:00" })).toMatchObject({
      key: `${CHANNEL}:${MESSAGE}:edit:2026-09-21T14:00:00.000000+00:00`, body: { kind: "edit", text: "better", addressed: true },
    });
    expect(edit({ content: "a preview was added" })).toBeUndefined();
    expect(edit({ content: "mine", author: { id: SELF }, edited_timestamp: "2026-09-21T14:00:00Z" })).toBeUndefined();
    expect(edit({ content: undefined, edited_timestamp: "2026-09-21T14:00:00Z" })).toBeUndefined();
  });

  test("reactions come and go, each told once however often it is sent", () => {
    const react = (type: string, id: string, facts: object = {}): Envelope | undefined =>
      translate({ id, type, data: { user_id: ADA.id, channel_id: CHANNEL, message_id: MESSAGE, emoji: { id: null, name: "\u{1f44d}" }, member: { user: ADA }, message_author_id: SELF, ...facts } }, reading);
    const added = react("MESSAGE_REACTION_ADD", "s.4");
    expect(added).toMatchObject({ messageId: MESSAGE, sender: { id: ADA.id, name: "Ada Lovelace" }, body: { kind: "reaction", emoji: "\u{1f44d}", added: true, ofSelf: true } });
    expect(react("MESSAGE_REACTION_ADD", "s.4")?.key).toBe(added?.key);
    expect(react("MESSAGE_REACTION_ADD", "s.9")?.key).not.toBe(added?.key);
    expect(react("MESSAGE_REACTION_REMOVE", "s.5", { message_author_id: undefined })?.body).toEqual({ kind: "reaction", emoji: "\u{1f44d}", added: false, ofSelf: false });
    expect(react("MESSAGE_REACTION_ADD", "s.6", { emoji: { id: "123456789012345678", name: "party" } })?.body).toMatchObject({ emoji: ":party:" });
    expect(react("MESSAGE_REACTION_ADD", "s.7", { user_id: SELF })).toBeUndefined();
  });

  test("a command and a press", () => {
    const interact = (facts: object): Envelope | undefined => translate({ id: "s.1", type: "INTERACTION_CREATE", data: { id: "77", token: "t", channel_id: CHANNEL, member: { user: ADA, nick: null }, ...facts } }, reading);
    expect(interact({ type: 2, data: { name: "ask", options: [{ name: "text", type: 3, value: "what now?" }] } })).toMatchObject({
      key: "command:77", sender: { id: ADA.id }, body: { kind: "message", text: "what now?", command: "ask", addressed: true },
    });
    expect(interact({ type: 3, message: { id: MESSAGE }, data: { custom_id: "3:yes:really" } })).toMatchObject({ key: "press:77", messageId: MESSAGE, body: { kind: "press", data: "yes:really" } });
    expect(interact({ type: 4, data: {} })).toBeUndefined();
    expect(interact({ type: 3, data: { custom_id: "x" } })).toBeUndefined();
  });

  test("nothing that may come breaks it", () => {
    const types = fc.constantFrom("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE", "INTERACTION_CREATE", "GUILD_CREATE", "PRESENCE_UPDATE");
    const valid = message({ content: `<@${SELF}> <t:1>` }).data;
    const broken = fc.dictionary(fc.constantFrom(...Object.keys(valid), "emoji", "member", "user_id", "message_id", "data", "message_snapshots", "message_reference", "poll", "channels", "roles", "threads"), fc.jsonValue());
    fc.assert(fc.property(types, broken, fc.boolean(), (type, data, isClose) => {
      const told = { id: "s.1", type, data: isClose ? { ...valid, ...data } : data };
      channelIdOf(told);
      new Directory().learn(type, told.data, SELF);
      const envelope = translate(told, reading);
      if (envelope !== undefined) expect(JSON.parse(JSON.stringify(envelope))).toEqual(envelope);
    }), { numRuns: 300 });
  });
});

describe("places", () => {
  const nobody = async (): Promise<never> => { throw new Error("Nobody was to be asked."); };

  test("a thread is in its channel, under the channel's name; a direct channel is one by the lack of a guild", async () => {
    const directory = new Directory();
    directory.learn("GUILD_CREATE", { id: "40", roles: [{ id: "41", tags: { bot_id: SELF } }, { id: "42" }], channels: [{ id: "50", type: 0, name: "general" }, { id: "51", type: 15, name: "forum" }], threads: [{ id: "60", type: 11, name: "a thread", parent_id: "50" }] }, SELF);
    directory.learn("THREAD_CREATE", { id: "61", type: 11, name: "a post", parent_id: "51", guild_id: "40" }, SELF);
    directory.learn("MESSAGE_CREATE", { channel_id: "70", channel_type: 1 }, SELF);
    const chats = await Promise.all(["50", "60", "61", "70"].map((id) => directory.find(id, nobody)));
    expect(chats.map((found) => found.kind === "found" && found.chat)).toEqual([
      { id: "50", kind: "room", title: "general", spaceId: "40" },
      { id: "50", kind: "room", title: "general", threadId: "60", spaceId: "40" },
      { id: "51", kind: "room", title: "forum", threadId: "61", spaceId: "40" },
      { id: "70", kind: "direct" },
    ]);
    expect(directory.roleIn("40")).toBe("41");
  });

  test("one that is not known is asked for once; where it can't be, nothing is guessed", async () => {
    const directory = new Directory();
    let asked = 0;
    expect(await directory.find("80", async () => ({ kind: "unsent" }))).toEqual({ kind: "unreached" });
    const answer = async (): Promise<{ kind: "ok"; result: unknown }> => { asked += 1; return { kind: "ok", result: { id: "80", type: 12, parent_id: "81", guild_id: "40", name: "t" } }; };
    const expected = { kind: "found", chat: { id: "81", kind: "room", title: "t", threadId: "80", spaceId: "40" } };
    expect([await directory.find("80", answer), await directory.find("80", answer), asked]).toEqual([expected, expected, 1]);
    expect(await directory.find("90", async () => ({ kind: "answered", status: 403, code: 50_001 }))).toEqual({ kind: "found", chat: { id: "90", kind: "room" } });
  });
});

test.each<[string, unknown]>([
  ["123456789012345678", { chatId: "123456789012345678" }],
  [" channel:123456789012345678 ", { chatId: "123456789012345678" }],
  ["discord:channel:123456789012345678", { chatId: "123456789012345678" }],
  ["discord:123456789012345678", { chatId: "123456789012345678" }],
  ["<#123456789012345678>", { chatId: "123456789012345678" }],
  ["user:123456789012345678", { chatId: "user:123456789012345678" }],
  ["discord:user:123456789012345678", { chatId: "user:123456789012345678" }],
  ["<@123456789012345678>", { chatId: "user:123456789012345678" }],
  ["<@!123456789012345678>", { chatId: "user:123456789012345678" }],
  ["123456789012345678#223456789012345678", { chatId: "123456789012345678", threadId: "223456789012345678" }],
  ["channel:123456789012345678:thread:223456789012345678", { chatId: "123456789012345678", threadId: "223456789012345678" }],
  ["https://discord.com/channels/1/123456789012345678", { chatId: "123456789012345678" }],
  ["https://discord.com/channels/@me/123456789012345678/323456789012345678", { chatId: "123456789012345678" }],
  ["https://ptb.discord.com/channels/1/123456789012345678/threads/223456789012345678", { chatId: "123456789012345678", threadId: "223456789012345678" }],
  ["discord://-/channels/1/123456789012345678", { chatId: "123456789012345678" }],
  ["https://discord.com.evil.example/channels/1/123456789012345678", undefined],
  ["@ada", undefined], ["general", undefined], ["0", undefined], ["user:", undefined], ["123#", undefined], ["1/../2", undefined], ["", undefined],
])("the address %j", (text, expected) => expect(parseDiscordTarget(text)).toEqual(expected));

describe("the configuration", () => {
  const TOKEN = "MTE4NzY1.GhIjKl.abc-def_ghi";
  const issuesOf = (value: unknown, env = {}, account = "default"): unknown => {
    const reading = parseDiscordConfig(value, account, env);
    return "issues" in reading ? reading.issues.map(({ path }) => path) : reading.config;
  };
  const usual = { accountId: "default", token: TOKEN, apiRoot: "https://discord.com/api", command: "ask" };

  test.each<[string, unknown, object, string, unknown]>([
    ["the file", { token: TOKEN }, {}, "default", usual],
    ["the environment", {}, { DISCORD_BOT_TOKEN: TOKEN }, "default", usual],
    ["the file before the environment", { token: TOKEN }, { DISCORD_BOT_TOKEN: "x.y.z" }, "default", usual],
    ["as it is copied from elsewhere", { token: `Bot ${TOKEN} ` }, {}, "default", usual],
    ["the environment is the default account's alone", {}, { DISCORD_BOT_TOKEN: TOKEN }, "work", ["channels.discord.accounts.work.token"]],
    ["and so is the token above", { token: TOKEN, accounts: { work: {} } }, {}, "work", ["channels.discord.accounts.work.token"]],
    ["the rest is shared", { apiRoot: "http://127.0.0.1:1/api/", accounts: { work: { token: TOKEN, slashCommand: { enabled: false } } } }, {}, "work", { accountId: "work", token: TOKEN, apiRoot: "http://127.0.0.1:1/api" }],
    ["a name for the command", { token: TOKEN, slashCommand: { name: "/claw" }, dmPolicy: "pairing" }, {}, "default", { ...usual, command: "claw" }],
    ["a name that is none", { token: TOKEN, slashCommand: { name: "Ask Me" } }, {}, "default", ["channels.discord.slashCommand"]],
    ["no token", undefined, {}, "default", ["channels.discord.token"]],
    ["a token that is none", { token: "secret" }, {}, "default", ["channels.discord.token"]],
    ["an address that is none", { token: TOKEN, apiRoot: "ftp://x" }, {}, "default", ["channels.discord.apiRoot"]],
    ["an address with a secret", { token: TOKEN, apiRoot: "https://a:b@discord.com/api" }, {}, "default", ["channels.discord.apiRoot"]],
  ])("%s", (_name, value, env, account, expected) => expect(issuesOf(value, env, account)).toEqual(expected));

  test("an issue is a sentence and repeats nothing", () => {
    const reading = parseDiscordConfig({ token: "hunter2", apiRoot: "hunter3", slashCommand: { name: "Hunter Four" } }, "default", {});
    const issues = "issues" in reading ? reading.issues : [];
    expect(issues).toHaveLength(3);
    for (const { message } of issues) expect(message).toMatch(/^[A-Z][^]*\.$/u);
    expect(JSON.stringify(issues)).not.toMatch(/hunter/iu);
  });
});

describe("what goes out", () => {
  const text = (facts: Partial<OutboundPart> = {}, buttons?: Extract<OutboundPart["body"], { kind: "text" }>["buttons"]): OutboundPart =>
    ({ body: { kind: "text", text: { text: "**hi** @everyone", plain: "hi" }, ...(buttons === undefined ? {} : { buttons }) }, ...facts });

  test("a message calls nobody, answers softly, and can be told from its repeat", () => {
    expect(renderSend(CHANNEL, text({ replyTo: MESSAGE, silent: true }), { nonce: "n" })).toEqual({
      method: "POST", route: `/channels/${CHANNEL}/messages`,
      body: { content: "**hi** @everyone", nonce: "n", enforce_nonce: true, allowed_mentions: { parse: [], replied_user: false }, message_reference: { message_id: MESSAGE, fail_if_not_exists: false }, flags: 4_096 },
    });
    expect(renderSend(CHANNEL, text({ replyTo: "not-an-id" }), { nonce: "n" })).not.toHaveProperty("body.message_reference");
  });

  test("buttons: rows of five, each told apart, links as links", () => {
    const six = Array.from({ length: 6 }, (_, nth) => ({ label: `${nth}`, data: "same" }));
    const request = renderSend(CHANNEL, text({}, [six, [{ label: "x".repeat(90), url: "https://a.example" }], []]), { nonce: "n" });
    const rows = (request as unknown as { body: { components: { components: { custom_id?: string; url?: string; label: string }[] }[] } }).body.components;
    expect(rows.map(({ components }) => components.length)).toEqual([5, 1, 1]);
    const ids = rows.flatMap(({ components }) => components.flatMap(({ custom_id: id }) => id ?? []));
    expect(new Set(ids).size).toBe(6);
    expect(ids[5]).toBe("5:same");
    expect(rows[2]?.components[0]).toMatchObject({ style: 5, url: "https://a.example", label: `${"x".repeat(79)}\u2026` });
    expect(renderSend(CHANNEL, text({}, Array.from({ length: 6 }, () => [{ label: "a", data: "a" }])), { nonce: "n" })).toMatchObject({ kind: "refused", code: "invalid" });
  });

  test("a poll in Discord's terms, or the reason why not", () => {
    const poll = { question: "Tea?", options: ["yes", "no"], maxSelections: 2, durationMs: 90 * 60_000 };
    const render = (facts: object): unknown => renderSend(CHANNEL, { body: { kind: "poll", poll: { ...poll, ...facts } } }, { nonce: "n" });
    expect(render({})).toMatchObject({ body: { poll: { question: { text: "Tea?" }, answers: [{ poll_media: { text: "yes" } }, { poll_media: { text: "no" } }], allow_multiselect: true, duration: 2 } } });
    expect(render({ durationMs: undefined, maxSelections: 1 })).toMatchObject({ body: { poll: { allow_multiselect: false, duration: 24 } } });
    expect(render({ isAnonymous: true })).toMatchObject({ kind: "refused", code: "unsupported" });
    expect(render({ options: ["x".repeat(56), "no"] })).toMatchObject({ kind: "refused", code: "invalid" });
  });

  test("a file has a name that no header breaks over, and a size that Discord takes", () => {
    const media = { id: "m", kind: "file", mimeType: "text/plain", fileName: "a\"b/\n.txt", bytes: 3 } as const;
    expect(renderSend(CHANNEL, { body: { kind: "media", media } }, { nonce: "n", bytes: new Uint8Array(3) })).toMatchObject({ file: { name: "a_b__.txt", mimeType: "text/plain" }, body: { attachments: [{ id: 0, filename: "a_b__.txt" }] } });
    expect(renderSend(CHANNEL, { body: { kind: "media", media: { ...media, bytes: 11 * 1_048_576 } } }, { nonce: "n" })).toMatchObject({ kind: "refused", code: "too-large" });
  });

  test.each<[string, string | undefined]>([
    ["\u{1f44d}", "%F0%9F%91%8D"], ["\u{1f44d}\u{1f3fd}", "%F0%9F%91%8D%F0%9F%8F%BD"], ["\u2764\ufe0f", "%E2%9D%A4%EF%B8%8F"], ["\u{1f1e9}\u{1f1ea}", "%F0%9F%87%A9%F0%9F%87%AA"], ["1\ufe0f\u20e3", "1%EF%B8%8F%E2%83%A3"],
    ["party:123456789012345678", "party%3A123456789012345678"], ["<:party:123456789012345678>", "party%3A123456789012345678"], ["<a:dance:123456789012345678>", "dance%3A123456789012345678"],
    [":party:", undefined], ["ok", undefined], ["../@me", undefined], ["1", undefined], ["", undefined],
  ])("the reaction %j", (emoji, expected) => {
    const request = renderReaction({ chatId: CHANNEL, messageId: MESSAGE }, emoji, true);
    expect(request).toMatchObject(expected === undefined ? { kind: "refused", code: "unsupported" } : { method: "PUT", route: `/channels/${CHANNEL}/messages/${MESSAGE}/reactions/${expected}/@me` });
  });

  test("nothing of an address gets out of its place in the route", () => {
    expect(renderEdit({ chatId: "../users", messageId: MESSAGE }, text())).toMatchObject({ kind: "refused", code: "unknown-target" });
    expect(renderEdit({ chatId: CHANNEL, messageId: "1/2" }, text())).toMatchObject({ kind: "refused", code: "unknown-target" });
    expect(renderEdit({ chatId: CHANNEL, threadId: "99", messageId: MESSAGE }, text())).toMatchObject({ route: `/channels/99/messages/${MESSAGE}`, body: { components: [] } });
    expect(renderAcknowledgement("1", "a/b", false).route).toBe("/interactions/1/a%2Fb/callback");
  });
});

describe("what becomes of it", () => {
  const answered = (status: number, code?: number): CallFailure => ({ kind: "answered", status, ...(code === undefined ? {} : { code }) });
  test.each<[CallFailure, object]>([
    [answered(404, 10_003), { kind: "refused", code: "unknown-target" }],
    [answered(404, 10_013), { kind: "refused", code: "unknown-target" }],
    [answered(404, 0), { kind: "refused", code: "unknown-target" }],
    [answered(403, 50_001), { kind: "refused", code: "forbidden" }],
    [answered(403, 50_013), { kind: "refused", code: "forbidden" }],
    [answered(403, 50_007), { kind: "refused", code: "forbidden" }],
    [answered(403, 99), { kind: "refused", code: "forbidden" }],
    [answered(400, 50_035), { kind: "refused", code: "invalid" }],
    [answered(400, 50_006), { kind: "refused", code: "invalid" }],
    [answered(400, 50_008), { kind: "refused", code: "unsupported" }],
    [answered(413, 40_005), { kind: "refused", code: "too-large" }],
    [answered(413), { kind: "refused", code: "too-large" }],
    [answered(401), { kind: "refused", code: "not-linked" }],
    [answered(500), { kind: "later", scope: "account" }],
    [{ kind: "limited", retryAfterMs: 1_500, scope: "chat" }, { kind: "later", scope: "chat", retryAfterMs: 1_500 }],
    [{ kind: "unsent" }, { kind: "later", scope: "account" }],
    [{ kind: "unanswered", because: "broken" }, { kind: "unknown" }],
    [{ kind: "unanswered", because: "cancelled" }, { kind: "unknown" }],
  ])("%j", (failure, expected) => {
    const receipt = judgeSend(failure);
    expect(receipt).toMatchObject(expected);
    expect("reason" in receipt && receipt.reason).toMatch(/^[A-Z].*\.$/u);
    if (receipt.kind === "unknown") expect(judgeAction(failure)).toMatchObject({ kind: "later" });
  });

  test.each<[number, string, string, RegExp]>([
    [4_004, "needs-operator", "credentials", /token/u],
    [4_013, "needs-operator", "intents", /Privileged Gateway Intents/u],
    [4_014, "needs-operator", "intents", /Message Content Intent/u],
    [4_011, "needs-operator", "bug", /servers/u],
    [4_000, "backing-off", "network", /by itself/u],
  ])("a close with %d", (code, state, trouble, message) => expect(judgeClose(code)).toMatchObject({ state, trouble, message: expect.stringMatching(message) }));

  test("what keeps the way in shut is named", () => {
    const failures: CallFailure[] = [answered(401), answered(404), answered(503), { kind: "limited", retryAfterMs: 9, scope: "account" }, { kind: "unsent" }, { kind: "unanswered", because: "late" }];
    expect(failures.map((failure) => judgeSetback(failure).trouble)).toEqual(["credentials", "bug", "network", "rate", "network", "network"]);
  });
});

test("ids are compared as the numbers that they are", () => {
  expect([isNewer("10", "9"), isNewer("9", "10"), isNewer("5", "5"), isNewer("1234567890123456790", "1234567890123456789")]).toEqual([true, false, false, true]);
});

test("the backoff doubles to a minute, and forgets only after a minute of peace", () => {
  const backoff = new Backoff();
  const at = (ms: number): ReturnType<typeof epochMs> => epochMs(ms);
  expect(Array.from({ length: 9 }, () => backoff.fail(at(0), 0.5))).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  backoff.succeed(at(0));
  expect(backoff.fail(at(59_999), 0.5)).toBe(30_000);
  backoff.succeed(at(100_000));
  expect(backoff.fail(at(160_000), 0.5)).toBe(500);
  expect(backoff.fail(at(160_000), 0)).toBe(250);
});
