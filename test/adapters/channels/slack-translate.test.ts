import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Backoff } from "../../../src/adapters/channels/slack/backoff.js";
import { parseSlackConfig } from "../../../src/adapters/channels/slack/config.js";
import { emojiName, emojiOf } from "../../../src/adapters/channels/slack/emoji.js";
import { judgeAction, judgeConnection, judgeSend, type CallFailure } from "../../../src/adapters/channels/slack/failure.js";
import { mentionedIn, readText } from "../../../src/adapters/channels/slack/mrkdwn.js";
import { SLACK_ABILITIES } from "../../../src/adapters/channels/slack/channel.js";
import { MarkedMarkdown } from "../../../src/adapters/markdown/marked/index.js";
import { renderTree } from "../../../src/domain/messaging/render/dialects.js";
import { renderLayout } from "../../../src/domain/messaging/render/layout.js";
import { cutParts } from "../../../src/domain/messaging/render/render-message.js";
import { faultOf } from "../../stand-ins/slack-blocks.js";
import { renderPost, renderUpdate, splitSections, threadFor } from "../../../src/adapters/channels/slack/render.js";
import { parseTarget } from "../../../src/adapters/channels/slack/target.js";
import { namedIn, newsIn, parseMediaRef, translate, type Reading, type Told } from "../../../src/adapters/channels/slack/translate.js";
import { readWebhookBody } from "../../../src/adapters/channels/slack/webhook.js";
import { after, epochMs } from "../../../src/domain/moment.js";

const NAMES: Readonly<Record<string, string>> = { U0ADA: "Ada", U0BOB: "Bob & Co" };
const reading: Reading = {
  accountId: "default",
  self: { userId: "U0BOT", botId: "B0BOT", teamId: "T0WORK" },
  now: epochMs(1_790_000_000_000),
  nameOf: (id) => NAMES[id],
  placeOf: (id) => (id === "C0MPIM" ? { kind: "group" } : id === "C0NAMED" ? { kind: "room", title: "general" } : undefined),
};

const told = (event: Record<string, unknown>, outer: Record<string, unknown> = {}): Told => ({
  kind: "event",
  body: { type: "event_callback", team_id: "T0WORK", api_app_id: "A0", event_id: "Ev1", event_time: 1_790_000_000, authorizations: [{ team_id: "T0WORK", user_id: "U0BOT", is_bot: true }], event, ...outer },
});
const message = (event: Record<string, unknown>): Record<string, unknown> => ({ type: "message", channel: "C0ROOM", channel_type: "channel", user: "U0ADA", text: "hello", ts: "1790000000.000100", event_ts: "1790000000.000100", ...event });
const read = (event: Record<string, unknown>): ReturnType<typeof translate> => translate(told(event), reading);

describe("messages", () => {
  test("one in a direct chat", () => {
    expect(read(message({ channel: "D0ADA", channel_type: "im", client_msg_id: "5d1f", blocks: [{ type: "rich_text" }] }))).toEqual({
      channel: "slack",
      accountId: "default",
      key: "D0ADA:1790000000.000100",
      messageId: "1790000000.000100",
      chat: { id: "D0ADA", kind: "direct", spaceId: "T0WORK" },
      sender: { id: "U0ADA", name: "Ada", isBot: false, isSelf: false },
      sentAt: 1_790_000_000_000,
      body: { kind: "message", text: "hello", media: [], addressed: false },
    });
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["a channel", {}, { kind: "room" }],
    ["a private channel", { channel: "C0PRIV", channel_type: "group" }, { kind: "group" }],
    ["a group of people", { channel: "C0MP", channel_type: "mpim" }, { kind: "group" }],
    ["a chat without its kind, known", { channel: "C0MPIM", channel_type: undefined }, { kind: "group" }],
    ["a chat without its kind, unknown", { channel_type: undefined }, { kind: "room" }],
    ["an old private chat without its kind", { channel: "G0OLD", channel_type: undefined }, { kind: "group" }],
    ["a chat with a name", { channel: "C0NAMED" }, { kind: "room", title: "general" }],
    ["a thread", { thread_ts: "1789999999.000200" }, { kind: "room", threadId: "1789999999.000200" }],
    ["a thread, shown in the channel too", { subtype: "thread_broadcast", thread_ts: "1789999999.000200", root: {} }, { threadId: "1789999999.000200" }],
    ["a thread's own first message", { thread_ts: "1790000000.000100" }, { kind: "room" }],
  ])("in %s", (_, event, chat) => {
    const found = read(message(event))?.chat;
    expect(found).toMatchObject(chat);
    expect(found?.threadId).toBe(chat["threadId"]);
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["a stranger", { user: "U0NEW" }, { id: "U0NEW", isBot: false, isSelf: false }],
    ["an app with a bot of its own", { user: "U0OTHER", bot_id: "B0OTHER", bot_profile: { name: "Deploys" } }, { id: "U0OTHER", aliases: ["B0OTHER"], name: "Deploys", isBot: true, isSelf: false }],
    ["an app without", { user: undefined, subtype: "bot_message", bot_id: "B0HOOK", username: "Hook" }, { id: "B0HOOK", name: "Hook", handle: "Hook", isBot: true, isSelf: false }],
    ["Slack itself", { user: "USLACKBOT" }, { isBot: true, isSelf: false }],
    ["the account", { user: "U0BOT", bot_id: "B0BOT" }, { isBot: true, isSelf: true }],
    ["the account by its bot id alone", { user: undefined, subtype: "bot_message", bot_id: "B0BOT" }, { isSelf: true }],
    ["somebody with a known name", { user: "U0BOB" }, { name: "Bob & Co" }],
    ["an app with an escaped name", { user: undefined, bot_id: "B0X", username: "Q&amp;A" }, { name: "Q&A" }],
  ])("by %s", (_, event, sender) => {
    expect(read(message(event))?.sender).toMatchObject(sender);
  });

  test.each<[string, Record<string, unknown>, boolean, string]>([
    ["a mention", { text: "<@U0BOT> hello" }, true, "hello"],
    ["a mention of somebody else", { text: "<@U0ADA> hello" }, false, "@Ada hello"],
    ["an answer below the account's message", { thread_ts: "1789999999.000200", parent_user_id: "U0BOT" }, true, "hello"],
    ["an answer below somebody else's", { thread_ts: "1789999999.000200", parent_user_id: "U0ADA" }, false, "hello"],
    ["a mention and nothing else", { text: "<@U0BOT>" }, true, ""],
    ["a mention of everybody", { text: "<!channel> hello" }, false, "@channel hello"],
  ])("whether %s addresses the account", (_, event, addressed, text) => {
    expect(read(message(event))?.body).toMatchObject({ kind: "message", addressed, text });
  });

  test("one that is told twice, as a message and as a mention, has one key and one content", () => {
    const event = message({ text: "<@U0BOT> are you there?", channel: "C0NAMED" });
    const { channel_type: _, ...mention } = event;
    const twin = read({ ...mention, type: "app_mention" });
    expect(twin).toEqual(read(event));
    expect(twin?.key).toBe("C0NAMED:1790000000.000100");
  });

  test("files are kept by what they can be fetched by", () => {
    const files = [
      { id: "F1", name: "cat &amp; dog.png", mimetype: "image/png", size: 12, mode: "hosted", url_private: "https://files.slack.com/files-pri/T-F1/cat.png", url_private_download: "https://files.slack.com/files-pri/T-F1/download/cat.png" },
      { id: "F2", name: "memo.m4a", mimetype: "audio/mp4", subtype: "slack_audio", size: 1, url_private: "https://files.slack.com/f2" },
      { id: "F3", name: "film", mimetype: "video/mp4", url_private: "https://files.slack.com/f3" },
      { id: "F4", file_access: "check_file_info", mode: "file_access" },
      { id: "F5", mode: "external", is_external: true, url_private: "https://docs.example.com/5" },
      { id: "F6", mode: "tombstone" },
      { id: "F7", mode: "hidden_by_limit", url_private: "https://files.slack.com/f7" },
      "nonsense",
    ];
    const body = read(message({ subtype: "file_share", text: "", files }))?.body;
    expect(body).toMatchObject({ kind: "message", text: "", media: [
      { kind: "image", fileName: "cat & dog.png", mimeType: "image/png", bytes: 12, ref: JSON.stringify({ id: "F1", url: "https://files.slack.com/files-pri/T-F1/download/cat.png" }) },
      { kind: "voice", fileName: "memo.m4a" },
      { kind: "video" },
      { kind: "file", ref: JSON.stringify({ id: "F4" }) },
    ] });
    expect(body?.kind === "message" && body.media).toHaveLength(4);
    expect(parseMediaRef(JSON.stringify({ id: "F4" }))).toEqual({ id: "F4" });
    for (const ref of ["", "{", "[]", "{\"url\":\"https://files.slack.com\"}"]) expect(parseMediaRef(ref)).toBeUndefined();
  });

  test("what is passed on without a word of one's own still has words", () => {
    const attachments = [{ is_share: true, text: "the original &lt;3", fallback: "[today] Ada: the original" }, { fallback: "a second" }];
    expect(read(message({ text: "", attachments }))?.body).toMatchObject({ text: "the original <3\na second" });
  });

  test.each<[string, Record<string, unknown>]>([
    ["nothing said", { text: "" }],
    ["somebody joined", { subtype: "channel_join" }],
    ["a topic", { subtype: "channel_topic" }],
    ["a removal", { subtype: "message_deleted", deleted_ts: "1790000000.000100" }],
    ["an answer's count", { subtype: "message_replied" }],
    ["no id", { ts: 1_790_000_000.0001 }],
    ["no chat", { channel: undefined }],
    ["nobody", { user: undefined }],
    ["a member", { type: "member_joined_channel" }],
    ["a pin", { type: "pin_added" }],
    ["no type", { type: undefined }],
  ])("%s is of no concern", (_, event) => {
    expect(read(message(event))).toBeUndefined();
  });

  test("an app in several workspaces answers in its own", () => {
    const elsewhere = { team_id: "T0ELSE", user_id: "U0ELSE", is_bot: true };
    expect(translate(told(message({}), { authorizations: [elsewhere] }), reading)).toBeUndefined();
    expect(translate(told(message({}), { authorizations: [elsewhere, { enterprise_id: "T0WORK" }] }), reading)).toBeDefined();
    // A channel that is shared with another workspace: the event is theirs, the installation ours.
    const shared = translate(told(message({}), { team_id: "T0ELSE", authorizations: [{ team_id: "T0WORK", user_id: "U0BOT" }] }), reading);
    expect(shared?.chat.spaceId).toBe("T0ELSE");
  });
});

describe("edits, reactions, presses, commands", () => {
  const changed = (now: Record<string, unknown>, before: Record<string, unknown> = { text: "hello" }): ReturnType<typeof read> => read({
    type: "message", subtype: "message_changed", hidden: true, channel: "C0ROOM", channel_type: "channel", ts: "1790000005.000300", event_ts: "1790000005.000300",
    message: { type: "message", user: "U0ADA", text: "hello", ts: "1790000000.000100", edited: { user: "U0ADA", ts: "1790000005.000000" }, ...now },
    previous_message: before,
  });

  test("new words are an edit", () => {
    expect(changed({ text: "hello <@U0BOT>!", thread_ts: "1789999999.000200" })).toMatchObject({
      key: "C0ROOM:1790000000.000100:edit:1790000005.000000",
      messageId: "1790000000.000100",
      chat: { id: "C0ROOM", threadId: "1789999999.000200" },
      sender: { id: "U0ADA" },
      sentAt: 1_790_000_005_000,
      body: { kind: "edit", text: "hello!", addressed: true },
    });
  });

  test.each<[string, Record<string, unknown>]>([
    ["a link that was unfurled", { edited: undefined, attachments: [{ from_url: "https://example.com" }] }],
    ["the same words", {}],
    ["the account's own draft", { user: "U0BOT", bot_id: "B0BOT", text: "more" }],
    ["a thread's first message that is gone", { subtype: "tombstone", text: "This message was deleted." }],
    ["nothing that can be read", { ts: undefined, text: "more" }],
  ])("%s is none", (_, now) => {
    expect(changed(now)).toBeUndefined();
  });

  const reaction = { type: "reaction_added", user: "U0ADA", reaction: "+1", item: { type: "message", channel: "D0ADA", ts: "1790000000.000100" }, item_user: "U0BOT", event_ts: "1790000009.000000" };

  test("reactions, added and taken back", () => {
    expect(read(reaction)).toMatchObject({ messageId: "1790000000.000100", chat: { id: "D0ADA", kind: "direct" }, sentAt: 1_790_000_009_000, body: { kind: "reaction", emoji: "\u{1f44d}", added: true, ofSelf: true } });
    const other = read({ ...reaction, type: "reaction_removed", reaction: "party_parrot", item_user: "U0BOB", event_ts: "1790000010.000000" });
    expect(other?.body).toEqual({ kind: "reaction", emoji: ":party_parrot:", added: false, ofSelf: false });
    expect(other?.key).not.toBe(read(reaction)?.key);
    expect(read({ ...reaction, item: { type: "file", file: "F1" } })).toBeUndefined();
  });

  const press = {
    type: "block_actions", user: { id: "U0ADA", username: "ada", name: "ada", team_id: "T0WORK" }, team: { id: "T0WORK" }, trigger_id: "1.2.x",
    container: { type: "message", message_ts: "1790000000.000100", channel_id: "C0ROOM" }, channel: { id: "C0ROOM", name: "privategroup" },
    message: { ts: "1790000000.000100", thread_ts: "1789999999.000200", user: "U0BOT", bot_id: "B0BOT" },
    actions: [{ type: "button", action_id: "button-0", block_id: "row-0", value: "yes", action_ts: "1790000007.123456" }],
  };

  test("a button's data comes back, once for each press", () => {
    expect(translate({ kind: "interactive", body: press }, reading)).toMatchObject({
      key: "C0ROOM:1790000000.000100:press:U0ADA:1790000007.123456", messageId: "1790000000.000100", chat: { id: "C0ROOM", kind: "group", threadId: "1789999999.000200" },
      sender: { id: "U0ADA", name: "Ada", handle: "ada" }, body: { kind: "press", data: "yes" },
    });
    const onlyLink = { ...press, actions: [{ type: "button", url: "https://example.com", action_ts: "1790000007.123456" }] };
    for (const body of [onlyLink, { ...press, type: "view_submission" }, { ...press, actions: [] }, {}]) expect(translate({ kind: "interactive", body }, reading)).toBeUndefined();
  });

  test("a slash command is a message that addresses the account", () => {
    const call = { command: "/ask", text: "what &amp; why <@U0BOB|bob>", user_id: "U0ADA", user_name: "ada", channel_id: "D0ADA", channel_name: "directmessage", team_id: "T0WORK", trigger_id: "12.34.abc" };
    expect(translate({ kind: "command", body: call }, reading)).toMatchObject({
      key: "D0ADA:command:12.34.abc", messageId: "12.34.abc", chat: { id: "D0ADA", kind: "direct" }, sentAt: 1_790_000_000_000,
      body: { kind: "message", command: "ask", text: "what & why @Bob & Co", addressed: true, media: [] },
    });
    expect(translate({ kind: "command", body: { ...call, trigger_id: undefined } }, reading)).toBeUndefined();
  });

  test("what the way in says about itself", () => {
    expect(newsIn(told({ type: "app_uninstalled" }))).toBe("uninstalled");
    expect(newsIn({ kind: "event", body: { type: "app_rate_limited", team_id: "T0WORK", minute_rate_limited: 1 } })).toBe("held-back");
    expect(newsIn(told(message({})))).toBeUndefined();
  });

  test("whose names are worth asking for", () => {
    expect(namedIn(told(message({ text: "<@U0BOB> <@U0BOB> <@W0EVE|eve>" })))).toEqual({ userIds: ["U0ADA", "U0BOB", "W0EVE"], chatId: "C0ROOM", chatKind: "room" });
    expect(namedIn(told(reaction))).toEqual({ userIds: ["U0ADA"], chatId: "D0ADA" });
    expect(namedIn({ kind: "command", body: {} })).toEqual({ userIds: [] });
  });

  test("nothing that may come throws", () => {
    const anything = fc.anything({ withNullPrototype: true, maxDepth: 4 });
    const pieces = fc.record({
      type: fc.constantFrom("message", "app_mention", "reaction_added", "block_actions", "app_uninstalled"), subtype: fc.option(fc.constantFrom("message_changed", "file_share", "bot_message"), { nil: undefined }),
      channel: fc.oneof(fc.constant("C0ROOM"), anything), user: fc.oneof(fc.constant("U0ADA"), anything), text: fc.oneof(fc.string(), anything), ts: fc.oneof(fc.constant("1790000000.000100"), anything),
      thread_ts: anything, message: anything, previous_message: anything, files: anything, attachments: anything, edited: anything, item: anything, actions: anything, container: anything, bot_profile: anything,
    }, { requiredKeys: [] });
    fc.assert(fc.property(fc.oneof(pieces, fc.dictionary(fc.string(), anything)), fc.constantFrom("event", "command", "interactive"), fc.oneof(pieces, anything), (body, kind, event) => {
      const one = { kind, body: { ...body, event } } as Told;
      translate(one, reading);
      namedIn(one);
      newsIn(one);
    }), { numRuns: 500 });
  });
});

describe("text", () => {
  const heard = { selfId: "U0BOT", nameOf: (id: string) => NAMES[id] };

  test.each<[string, string, boolean?]>([
    ["a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"],
    ["<@U0BOT>: do it", "do it", true],
    ["hey <@U0BOT>", "hey", true],
    ["hey <@U0BOT|helper>, do it", "hey, do it", true],
    ["do <@U0BOT> it <@U0BOT>", "do it", true],
    ["<@U0BOT> <@U0ADA> do it", "@Ada do it", true],
    ["<@U0EVE|eve> and <@U0EVE>", "@eve and @U0EVE"],
    ["<#C0ROOM|general> or <#C0ROOM>", "#general or #C0ROOM"],
    ["<https://example.com/?a=1&amp;b=2>", "https://example.com/?a=1&b=2"],
    ["<https://example.com|the site>", "the site (https://example.com)"],
    ["<https://example.com/|example.com>", "https://example.com/"],
    ["<mailto:ada@example.com|ada@example.com> <tel:+123|+123>", "ada@example.com +123"],
    ["<!here> <!subteam^S0TEAM|@team> <!subteam^S0TEAM> <!date^1790000000^{date}|a day>", "@here @team @S0TEAM a day"],
    ["```if (a &lt; b) &amp;&amp; c```", "```if (a < b) && c```"],
    ["*bold* :tada:", "*bold* :tada:"],
    ["", ""],
  ])("%j is read as %j", (raw, text, addressed = false) => {
    expect(readText(raw, heard)).toEqual({ text, addressed });
  });

  test("any text at all can be read, and what people type in angle brackets stays theirs", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (typed) => {
      const escaped = typed.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
      expect(readText(escaped, heard)).toEqual({ text: typed, addressed: false });
      expect(readText(`<@U0BOT>${escaped}`, heard).addressed).toBe(true);
      readText(typed, heard);
      mentionedIn(typed);
    }));
  });

  test("sections hold a text whole, each within its limit, and code stays code", () => {
    fc.assert(fc.property(fc.array(fc.constantFrom("word ", "a\n", "\u{1f44d}", "x".repeat(700), "line\n".repeat(90)), { maxLength: 40 }), (parts) => {
      const text = parts.join("");
      const sections = splitSections(text);
      expect(sections.every(({ length }) => length > 0 && length <= 3_000)).toBe(true);
      expect(sections.join("").replaceAll("\n", "")).toBe(text.replaceAll("\n", ""));
      expect(sections.some((section) => /^[\udc00-\udfff]|[\ud800-\udbff]$/u.test(section))).toBe(false);
    }));
    const code = splitSections(`\`\`\`\n${"let a = 1;\n".repeat(350)}\`\`\``);
    expect(code).toHaveLength(2);
    for (const section of code) expect(section).toMatch(/^```\n[^`]*```$/u);
  });

  test("a post has blocks for its buttons only, and an edit takes them away", () => {
    const plain = { kind: "text", text: { text: "*hi*", plain: "hi" } } as const;
    expect(renderPost("C1", plain, undefined)).toEqual({ channel: "C1", text: "*hi*", parse: "none", link_names: false, unfurl_links: false, unfurl_media: false });
    expect(renderUpdate("C1", "1.2", plain)).toMatchObject({ ts: "1.2", text: "*hi*", blocks: [] });
    const asked = { ...plain, buttons: [[{ label: "y".repeat(90), data: "yes" }, { label: "Read", url: "https://example.com" }], [], [{ label: "No", data: "no" }]] };
    const { blocks, thread_ts: thread } = renderPost("C1", asked, "1.2");
    expect(thread).toBe("1.2");
    expect(blocks).toMatchObject([
      { type: "section", text: { type: "mrkdwn", text: "*hi*" } },
      { type: "actions", elements: [{ type: "button", value: "yes", text: { text: `${"y".repeat(74)}\u2026` } }, { url: "https://example.com" }] },
      { type: "actions", elements: [{ value: "no" }] },
    ]);
  });

  test("whatever a model writes, Slack takes the blocks, and their text is all of the text", () => {
    const word = fc.constantFrom("a", "**b**", "`c`", "~~d~~", "[e](https://e.example/)", "[f](tg://x)", "![g](https://g.example/h.png)", "", " ", "<!channel>", "long ".repeat(30), "x".repeat(200), "\u202e", "\ud83d\ude00");
    const table = fc.tuple(fc.integer({ min: 1, max: 22 }), fc.integer({ min: 0, max: 130 }), fc.array(word, { minLength: 1, maxLength: 9 })).map(([width, height, words]) => {
      const row = (nth: number) => `| ${Array.from({ length: width }, (_, at) => words[(nth + at) % words.length]).join(" | ")} |`;
      return [row(0), `|${" --- |".repeat(width)}`, ...Array.from({ length: height }, (_, nth) => row(nth + 1))].join("\n");
    });
    const quoted = table.map((text) => text.split("\n").map((line) => `> ${line}`).join("\n"));
    const markdown = new MarkedMarkdown();
    fc.assert(fc.property(fc.array(fc.oneof(table, quoted, fc.constantFrom("A paragraph.", "# A heading", "---", "- an item")), { maxLength: 3 }), (blocks) => {
      const { dialect, tables } = SLACK_ABILITIES.text;
      for (const tree of cutParts(markdown.parse(blocks.join("\n\n")), SLACK_ABILITIES.text)) {
        const layout = tables && renderLayout(tree, dialect, tables);
        const text = renderTree(tree, dialect);
        expect(text.text.length).toBeLessThanOrEqual(4_000);
        const { blocks: shown } = renderUpdate("C1", "1.2", { kind: "text", text, ...(layout === undefined ? {} : { layout }) });
        expect(faultOf(shown)).toBeUndefined();
        expect((shown as unknown[]).length > 0).toBe(layout !== undefined);
      }
    }), { numRuns: 60 });
  });

  test("an answer goes to its thread, or below what it answers where that is a message", () => {
    const part = { body: { kind: "text", text: { text: "a", plain: "a" } } } as const;
    expect(threadFor({ chatId: "C1", threadId: "1.1" }, { ...part, replyTo: "2.2" })).toBe("1.1");
    expect(threadFor({ chatId: "C1" }, { ...part, replyTo: "2.2" })).toBe("2.2");
    expect(threadFor({ chatId: "C1" }, { ...part, replyTo: "12.34.abc" })).toBeUndefined();
    expect(threadFor({ chatId: "C1" }, part)).toBeUndefined();
  });
});

test.each<[string, ReturnType<typeof parseTarget>]>([
  ["C0123ABC", { chatId: "C0123ABC" }],
  [" D0ADA1 ", { chatId: "D0ADA1" }],
  ["USLACKBOT", { chatId: "USLACKBOT" }],
  ["channel:C1", { chatId: "C1" }],
  ["user:U1", { chatId: "U1" }],
  ["slack:channel:C1", { chatId: "C1" }],
  ["Slack:W012A3CDE", { chatId: "W012A3CDE" }],
  ["<@U012A3CDE>", { chatId: "U012A3CDE" }],
  ["<#C012A3CDE|general>", { chatId: "C012A3CDE" }],
  ["C1#1790000000.000100", { chatId: "C1", threadId: "1790000000.000100" }],
  ["channel:C1:thread:1790000000.000100", { chatId: "C1", threadId: "1790000000.000100" }],
  ["https://work.slack.com/archives/C0123ABC/p1790000000000100", { chatId: "C0123ABC", threadId: "1790000000.000100" }],
  ["<https://work.slack.com/archives/C0123ABC/p1790000000000100?thread_ts=1789999999.000200&cid=C0123ABC>", { chatId: "C0123ABC", threadId: "1789999999.000200" }],
  ["https://work.enterprise.slack.com/archives/C0123ABC", { chatId: "C0123ABC" }],
  ["https://app.slack.com/client/T012/C0123ABC", { chatId: "C0123ABC" }],
  ["https://slack.com.evil.example/archives/C0123ABC", undefined],
  ["https://work.slack.com/files/U1/F1/a.png", undefined],
  ["https://", undefined],
  ["#general", undefined],
  ["@ada", undefined],
  ["DONE", undefined],
  ["c0123abc", undefined],
  ["T0123ABC", undefined],
  ["C1#now", undefined],
  ["C1:thread:", undefined],
  ["", undefined],
  ["  ", undefined],
  ["channel:", undefined],
  ["slack:".repeat(50), undefined],
])("the address %j", (text, target) => {
  expect(parseTarget(text)).toEqual(target);
});

test.each<[string, string | undefined, string?]>([
  ["\u{1f44d}", "+1"], ["\u{1f44d}\u{1f3fd}", "+1::skin-tone-4"], ["\u2764\ufe0f", "heart", "\u2764"], ["\u2764", "heart"], ["\u2705", "white_check_mark"], ["\u{1f440}", "eyes"],
  [":party_parrot:", "party_parrot", ":party_parrot:"], ["tada", "tada", "\u{1f389}"], [":+1::skin-tone-2:", "+1::skin-tone-2", "\u{1f44d}\u{1f3fb}"], ["thumbsup", "thumbsup", "\u{1f44d}"],
  ["\u{1f9ff}", undefined], ["not one", undefined], ["", undefined], ["<!here>", undefined],
])("the emoji %j is called %j", (emoji, name, back = emoji) => {
  expect(emojiName(emoji)).toBe(name);
  if (name !== undefined) expect(emojiOf(name)).toBe(back);
});

describe("failures", () => {
  const refused = (error: string, needed?: string): CallFailure => ({ kind: "refused", error, ...(needed === undefined ? {} : { needed }) });

  test.each<[CallFailure, Record<string, unknown>, string]>([
    [{ kind: "limited", retryAfterMs: 7_000 }, { kind: "later", retryAfterMs: 7_000, scope: "chat" }, "later"],
    [{ kind: "unreached" }, { kind: "later", scope: "account" }, "later"],
    [{ kind: "broken" }, { kind: "unknown" }, "later"],
    [{ kind: "status", status: 500 }, { kind: "unknown" }, "later"],
    [{ kind: "status", status: 503 }, { kind: "later" }, "later"],
    [{ kind: "status", status: 413 }, { kind: "refused", code: "too-large" }, "refused"],
    [{ kind: "status", status: 302 }, { kind: "refused", code: "invalid" }, "refused"],
    [refused("internal_error"), { kind: "unknown" }, "later"],
    [refused("fatal_error"), { kind: "unknown" }, "later"],
    [refused("service_unavailable"), { kind: "later" }, "later"],
    [refused("team_added_to_org"), { kind: "later" }, "later"],
    [refused("channel_not_found"), { kind: "refused", code: "unknown-target" }, "refused"],
    [refused("not_in_channel"), { kind: "refused", code: "forbidden" }, "refused"],
    [refused("is_archived"), { kind: "refused", code: "forbidden" }, "refused"],
    [refused("restricted_action_thread_only_channel"), { kind: "refused", code: "forbidden" }, "refused"],
    [refused("missing_scope", "chat:write"), { kind: "refused", code: "forbidden", reason: expect.stringContaining("\"chat:write\"") }, "refused"],
    [refused("missing_scope", "<script>"), { kind: "refused", code: "forbidden", reason: expect.not.stringContaining("script") }, "refused"],
    [refused("msg_too_long"), { kind: "refused", code: "too-large" }, "refused"],
    [refused("invalid_auth"), { kind: "refused", code: "not-linked" }, "refused"],
    [refused("something_new"), { kind: "refused", code: "invalid", reason: expect.stringContaining("something_new") }, "refused"],
  ])("%j is %j", (failure, receipt, action) => {
    const judged = judgeSend(failure, "chat");
    expect(judged).toMatchObject(receipt);
    expect("reason" in judged && judged.reason).toMatch(/^[A-Z].*\.$/u);
    expect(judgeAction(failure).kind).toBe(action);
  });

  test.each(["invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope"])("a connection that is refused for %s needs its operator", (error) => {
    for (const token of ["botToken", "appToken"] as const) expect(judgeConnection(refused(error), token)).toMatchObject({ final: true, trouble: "credentials", message: expect.stringMatching(/\.$/u) });
  });

  test("any other is tried again", () => {
    for (const failure of [refused("internal_error"), { kind: "broken" }, { kind: "unreached" }, { kind: "status", status: 404 }] as const) {
      expect(judgeConnection(failure, "appToken")).toMatchObject({ final: false, trouble: "network" });
    }
    expect(judgeConnection({ kind: "limited", retryAfterMs: 9_000 }, "appToken")).toMatchObject({ final: false, trouble: "rate", retryAfterMs: 9_000 });
  });
});

describe("how long to wait", () => {
  test("longer each time, within its bounds, and anew only after a minute of peace", () => {
    const backoff = new Backoff(() => 0.999_999);
    const waits = Array.from({ length: 10 }, () => backoff.nextMs());
    expect(waits[0]).toBe(999);
    expect(waits.every((ms, nth) => nth === 0 || ms >= (waits[nth - 1] ?? 0))).toBe(true);
    expect(waits.at(-1)).toBe(59_999);
    const since = epochMs(0);
    backoff.wasUp(since, after(since, 59_999));
    expect(backoff.nextMs()).toBe(59_999);
    backoff.wasUp(since, after(since, 60_000));
    expect(backoff.nextMs()).toBe(999);
    expect(new Backoff(() => 0).nextMs()).toBe(0);
  });

  test("a new connection that Slack asks for is made at once, but not without end", () => {
    const backoff = new Backoff(() => 0.5);
    expect([1, 2, 3].map(() => backoff.refreshMs())).toEqual([0, 0, 0]);
    expect(backoff.refreshMs()).toBeGreaterThan(0);
    backoff.wasUp(epochMs(0), epochMs(60_000));
    expect(backoff.refreshMs()).toBe(0);
  });
});

describe("configuration", () => {
  const tokens = { botToken: " xoxb-1-2 ", appToken: "xapp-1-2" };
  const issues = (value: unknown, env = {}, accountId = "default"): Record<string, string> => {
    const outcome = parseSlackConfig(value, accountId, env);
    return "issues" in outcome ? Object.fromEntries(outcome.issues.map(({ path, message: said }) => [path, said])) : {};
  };

  test("tokens and nothing else make a socket to Slack's own address", () => {
    expect(parseSlackConfig({ ...tokens, dmPolicy: "open", groups: { "*": {} } }, "default", {})).toEqual({
      config: { mode: "socket", accountId: "default", botToken: "xoxb-1-2", appToken: "xapp-1-2", apiUrl: "https://slack.com/api/" },
    });
    expect(parseSlackConfig({ mode: "http", botToken: "xoxb-1", signingSecret: "abc", apiUrl: "http://127.0.0.1:1/api" }, "work", {})).toEqual({
      config: { mode: "http", accountId: "work", botToken: "xoxb-1", signingSecret: "abc", apiUrl: "http://127.0.0.1:1/api/", webhookPath: "/slack/events" },
    });
  });

  test("the environment stands in for the default account alone", () => {
    const env = { SLACK_BOT_TOKEN: "xoxb-env", SLACK_APP_TOKEN: "xapp-env", SLACK_SIGNING_SECRET: "env" };
    expect(parseSlackConfig({}, "default", env)).toMatchObject({ config: { botToken: "xoxb-env", appToken: "xapp-env" } });
    expect(parseSlackConfig({ mode: "http" }, "default", env)).toMatchObject({ config: { signingSecret: "env" } });
    expect(Object.keys(issues({}, env, "work"))).toEqual(["channels.slack.accounts.work.botToken", "channels.slack.accounts.work.appToken"]);
  });

  test.each<[unknown, string]>([
    [{}, "channels.slack.botToken"],
    [{ botToken: "xoxb-1" }, "channels.slack.appToken"],
    [{ botToken: "xapp-1", appToken: "xoxb-1" }, "channels.slack.botToken"],
    [{ ...tokens, appToken: "xoxb-1" }, "channels.slack.appToken"],
    [{ ...tokens, botToken: 5 }, "channels.slack.botToken"],
    [{ ...tokens, mode: "relay" }, "channels.slack.mode"],
    [{ ...tokens, mode: "http" }, "channels.slack.signingSecret"],
    [{ ...tokens, mode: "http", signingSecret: "  " }, "channels.slack.signingSecret"],
    [{ ...tokens, mode: "http", signingSecret: "a b" }, "channels.slack.signingSecret"],
    [{ ...tokens, mode: "http", signingSecret: "abc", webhookPath: "slack" }, "channels.slack.webhookPath"],
    [{ ...tokens, mode: "http", signingSecret: "abc", webhookPath: "/a?b" }, "channels.slack.webhookPath"],
    [{ ...tokens, apiUrl: "slack.com" }, "channels.slack.apiUrl"],
    [{ ...tokens, apiUrl: "https://user:pass@slack.com/api" }, "channels.slack.apiUrl"],
    [{ ...tokens, apiUrl: "file:///etc/passwd" }, "channels.slack.apiUrl"],
    ["xoxb-secret", "channels.slack"],
    [[], "channels.slack"],
  ])("%j is refused at %s, in whole sentences and without the value", (value, path) => {
    const found = issues(value);
    expect(found[path]).toMatch(/^[A-Z].*\.$/u);
    expect(JSON.stringify(Object.values(found))).not.toMatch(/xoxb-1|xapp-1|xoxb-secret|pass@/u);
  });
});

test.each<[string, string, string, Record<string, unknown>]>([
  ["an event", "application/json", JSON.stringify({ type: "event_callback", event: {} }), { kind: "told", told: { kind: "event" } }],
  ["a challenge", "application/json; charset=utf-8", JSON.stringify({ type: "url_verification", challenge: "3eZ" }), { kind: "challenge", challenge: "3eZ" }],
  ["a challenge without one", "application/json", JSON.stringify({ type: "url_verification" }), { kind: "unreadable" }],
  ["a command", "application/x-www-form-urlencoded", "command=%2Fask&text=a+b&trigger_id=1.2", { kind: "told", told: { kind: "command", body: { command: "/ask", text: "a b" } } }],
  ["a press", "Application/X-WWW-Form-Urlencoded; charset=utf-8", `payload=${encodeURIComponent(JSON.stringify({ type: "block_actions" }))}`, { kind: "told", told: { kind: "interactive", body: { type: "block_actions" } } }],
  ["a look at the certificate", "application/x-www-form-urlencoded", "ssl_check=1&token=x", { kind: "ping" }],
  ["an empty form", "application/x-www-form-urlencoded", "", { kind: "unreadable" }],
  ["a broken payload", "application/x-www-form-urlencoded", "payload={", { kind: "unreadable" }],
  ["no JSON", "application/json", "{", { kind: "unreadable" }],
  ["no object", "application/json", "[1]", { kind: "unreadable" }],
  ["nothing", "", "", { kind: "unreadable" }],
])("the body of %s", (_, type, text, content) => {
  expect(readWebhookBody({ headers: { "content-type": type }, body: new TextEncoder().encode(text) })).toMatchObject(content);
});
