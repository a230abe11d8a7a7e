import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { MemoryLog } from "../../../src/adapters/log/memory/index.js";
import { parseTelegramConfig, telegram } from "../../../src/adapters/channels/telegram/index.js";
import type { ChannelStatus } from "../../../src/domain/messaging/channel-status.js";
import type { Envelope, MediaRef } from "../../../src/domain/messaging/envelope.js";
import type { OutboundPart } from "../../../src/domain/messaging/outbound.js";
import { after } from "../../../src/domain/moment.js";
import type { Channel, SendAttempt } from "../../../src/ports/channel.js";
import { TestChannelHost } from "../../../src/testing/test-channel-host.js";
import type { TelegramBot } from "../../stand-ins/telegram-bot.js";
import { TelegramServer, type Misbehaviour } from "../../stand-ins/telegram-server.js";
import type { TelegramUser } from "../../stand-ins/telegram-world.js";

/** Sees to it that no secret is told, and forgets on demand. */
class WatchedHost extends TestChannelHost {
  override readonly log = new MemoryLog();
  forgets = 0;

  override async remember(name: string, value: string | undefined): Promise<void> {
    this.forgets -= 1;
    if (this.forgets >= 0) throw new Error("the disk is full");
    await super.remember(name, value);
  }

  get texts(): readonly string[] {
    return this.envelopes.map(({ body }) => (body.kind === "message" ? body.text : body.kind));
  }

  troubles(): readonly (string | undefined)[] {
    return this.statuses.map(({ trouble }) => trouble);
  }
}

interface Rig {
  readonly server: TelegramServer;
  readonly bot: TelegramBot;
  readonly host: WatchedHost;
  readonly ada: TelegramUser;
  readonly channel: Channel;
  readonly direct: { readonly chatId: string };
}

// Beyond the patience of the host, whose complaint says more.
jest.setTimeout(30_000);

const NEVER = new AbortController().signal;
const endings: (() => Promise<void>)[] = [];
const told: string[] = [];
let keys = 0;
const attempt = (): SendAttempt => ({ key: `k${(keys += 1)}`, cancel: NEVER });
const saying = (text: string, more: object = {}): OutboundPart => ({ body: { kind: "text", text: { text, plain: text }, ...more } });
const no = (code: number, description: string, parameters?: Record<string, number>): Misbehaviour => ({ kind: "answer", code, description, ...(parameters === undefined ? {} : { parameters }) });

const channelFor = (server: Pick<TelegramServer, "apiRoot">, token: string, keys: object = {}): Channel => {
  const reading = parseTelegramConfig({ apiRoot: server.apiRoot, botToken: token, ...keys }, "default", {});
  if ("issues" in reading) throw new Error(JSON.stringify(reading.issues));
  return telegram(reading.config);
};

const stop = (channel: Channel, host: TestChannelHost): Promise<void> => channel.stop(after(host.clock.now(), 5_000));
const untilState = (host: TestChannelHost, channel: Channel, state: ChannelStatus["state"]): Promise<void> => host.until(`it is ${state}`, () => channel.status().state === state);

async function createRig({ keys = {}, started = true }: { readonly keys?: object; readonly started?: boolean } = {}): Promise<Rig> {
  const host = new WatchedHost();
  const server = await TelegramServer.start({ secondMs: 5, now: () => host.clock.now() });
  const bot = server.addBot();
  const ada = server.world.addUser({ first_name: "Ada", username: "ada" });
  const channel = channelFor(server, bot.facts.token, keys);
  const { token } = bot.facts;
  endings.push(async () => {
    host.release();
    await stop(channel, host);
    await server.close();
    const secrets = [token.split(":")[1] ?? token, "a-secret-of-the-webhook"];
    const all = [host.log.text(), JSON.stringify(host.statuses), ...told.splice(0)].join("\n");
    for (const secret of secrets) expect(all).not.toContain(secret);
  });
  if (started) {
    await channel.start(host);
    await untilState(host, channel, "live");
  }
  return { server, bot, host, ada, channel, direct: { chatId: String(ada.id) } };
}

/** What a call of the channel comes to, kept for the search after secrets. */
const telling = async <T>(outcome: Promise<T>): Promise<T> => {
  const result = await outcome;
  told.push(JSON.stringify(result));
  return result;
};
const send = (channel: Channel, to: { chatId: string; threadId?: string }, part: OutboundPart) => telling(channel.send(to, part, attempt()));

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

describe("asking for updates", () => {
  test("a restart goes on where it was: nothing twice, nothing lost (replies were doubled when the offset was in memory)", async () => {
    const { server, bot, host, ada, channel } = await createRig();
    server.say(bot, { from: ada, text: "one" });
    await host.until("one", () => host.texts.length === 1);
    await stop(channel, host);
    server.say(bot, { from: ada, text: "two" });
    const before = server.callsOf("getUpdates").length;
    // Another process with the same state folder.
    const next = channelFor(server, bot.facts.token);
    await next.start(host);
    await host.until("two", () => host.texts.length === 2);
    expect([host.texts, host.duplicates]).toEqual([["one", "two"], []]);
    expect(server.callsOf("getUpdates")[before]?.fields["offset"]).toBe(Number(host.notes.get(`offset-${bot.facts.id}`)) - 1);
    await stop(next, host);
  });

  test("what was stored but not confirmed comes again under the same key", async () => {
    const { server, bot, host, ada, channel } = await createRig();
    host.forgets = 1;
    server.say(bot, { from: ada, text: "one" });
    await host.until("the trouble shows", () => host.troubles().includes("bug"));
    expect(host.statuses.find(({ state }) => state === "degraded")?.message).toMatch(/disk/u);
    await untilState(host, channel, "live");
    expect([host.texts, host.duplicates.length]).toEqual([["one"], 1]);
  });

  test("of a batch, what was stored before the disk was full is not asked for again", async () => {
    const { server, bot, host, ada, channel } = await createRig({ started: false });
    for (const text of ["one", "two", "three"]) server.say(bot, { from: ada, text });
    const store = host.accept.bind(host);
    let calls = 0;
    host.accept = async (envelope: Envelope) => {
      calls += 1;
      if (calls === 3) throw new Error("the disk is full");
      return store(envelope);
    };
    await channel.start(host);
    await untilState(host, channel, "live");
    expect([host.texts, host.duplicates]).toEqual([["one", "two", "three"], []]);
  });

  test("restarts never make it a rival of itself (409 against its own predecessor)", async () => {
    const { server, bot, host, ada, channel } = await createRig();
    for (let nth = 0; nth < 5; nth += 1) {
      await stop(channel, host);
      expect(channel.status().state).toBe("idle");
      await channel.start(host);
      await untilState(host, channel, "live");
    }
    server.say(bot, { from: ada, text: "still one?" });
    await host.until("it is heard", () => host.texts.length === 1);
    expect(bot.polls.most).toBe(1);
    expect(host.troubles()).not.toContain("conflict");
    await expect(channel.start(host)).rejects.toThrow(/stopped/u);
  });

  test("another poller with the token is told of, and waited out", async () => {
    const { server, bot, host, ada, channel } = await createRig();
    const rival = new WatchedHost();
    const other = channelFor(server, bot.facts.token);
    await other.start(rival);
    await rival.until("the rival is heard of", () => [...rival.troubles(), ...host.troubles()].includes("conflict"));
    await host.until("here too", () => host.troubles().includes("conflict"));
    expect(host.statuses.find(({ trouble }) => trouble === "conflict")).toMatchObject({ state: "backing-off", message: expect.stringContaining("same token"), retryAt: expect.any(Number) });
    await stop(other, rival);
    await untilState(host, channel, "live");
    server.say(bot, { from: ada, text: "alone again" });
    await host.until("it is heard", () => host.texts.includes("alone again"));
  });

  test("a new token of the same bot goes on, and another bot is not deaf behind the old one's offset", async () => {
    const { server, bot, host, ada, channel } = await createRig();
    server.say(bot, { from: ada, text: "one" });
    await host.until("one", () => host.texts.length === 1);
    const token = server.rotate(bot);
    bot.cut();
    await untilState(host, channel, "needs-operator");
    expect(channel.status()).toMatchObject({ trouble: "credentials", message: expect.stringContaining("@BotFather") });
    await stop(channel, host);
    const same = channelFor(server, token);
    await same.start(host);
    server.say(bot, { from: ada, text: "two" });
    await host.until("two", () => host.texts.length === 2);
    expect(host.duplicates).toEqual([]);
    await stop(same, host);
    const second = server.addBot({ username: "second_bot" });
    second.renumber(50);
    const next = channelFor(server, second.facts.token);
    await next.start(host);
    server.say(second, { from: ada, text: "three" });
    await host.until("three", () => host.texts.length === 3);
    expect([...host.notes.keys()].toSorted()).toEqual([`offset-${bot.facts.id}`, `offset-${second.facts.id}`].toSorted());
    await stop(next, host);
  });

  test("numbers that begin anew after a quiet week are followed", async () => {
    const { server, bot, host, ada } = await createRig();
    server.say(bot, { from: ada, text: "one" });
    await host.until("one", () => host.notes.size > 0);
    bot.renumber(7);
    for (const text of ["two", "three"]) {
      server.say(bot, { from: ada, text });
      await host.until(text, () => host.texts.at(-1) === text);
    }
    await host.until("it is confirmed", () => host.notes.get(`offset-${bot.facts.id}`) === "9" && bot.queue.length === 0);
    expect(host.duplicates).toEqual([]);
  });

  test("a connection that stays open and silent is noticed and replaced (two hours without a word)", async () => {
    const { server, bot, host, ada, channel } = await createRig();
    server.misbehave(/^getUpdates$/u, { kind: "hang" });
    await host.until("a poll hangs", () => server.troubles === 0, { passing: false });
    const since = host.clock.now();
    await untilState(host, channel, "backing-off");
    expect(channel.status()).toMatchObject({ trouble: "network", message: expect.stringContaining("in time") });
    expect(host.clock.now() - since).toBeLessThanOrEqual(46_000);
    await untilState(host, channel, "live");
    server.say(bot, { from: ada, text: "hello?" });
    await host.until("it is heard", () => host.texts.length === 1);
    expect(server.callsOf("getUpdates").at(-1)?.fields).toMatchObject({ timeout: 30, limit: 100, allowed_updates: expect.arrayContaining(["message_reaction", "callback_query"]) });
  });

  test.each<[string, Misbehaviour, Partial<ChannelStatus>]>([
    ["a rate limit", no(429, "Too Many Requests: retry after 9", { retry_after: 9 }), { state: "backing-off", trouble: "rate" }],
    ["an outage", no(502, "Bad Gateway"), { state: "backing-off", trouble: "network" }],
    ["a stranger's page", { kind: "page" }, { state: "backing-off", trouble: "network", message: expect.stringContaining("not the Bot API") as unknown as string }],
    ["a webhook that somebody set", no(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"), { state: "backing-off", trouble: "conflict" }],
  ])("%s is waited out", async (_what, trouble, expected) => {
    const { server, bot, host, ada, channel } = await createRig();
    server.misbehave(/^getUpdates$/u, trouble);
    bot.cut();
    await host.until("the trouble shows", () => host.statuses.some(({ trouble: shown, message }) => shown === expected.trouble && message !== undefined && (expected.message === undefined || /Bot API/u.test(message))));
    const status = host.statuses.find(({ trouble: shown, message = "" }) => shown === expected.trouble && (expected.message === undefined || /Bot API/u.test(message)));
    expect(status).toMatchObject(expected);
    if (trouble.kind === "answer" && trouble.code === 429) expect((status?.retryAt ?? 0) - (status?.since ?? 0)).toBeGreaterThanOrEqual(9_000);
    await untilState(host, channel, "live");
    server.say(bot, { from: ada, text: "hello" });
    await host.until("it is heard", () => host.texts.length === 1);
  });

  test("a redirect is not followed: the token is part of the address", async () => {
    const { server, channel, host, bot } = await createRig();
    const thief = await TelegramServer.start({ secondMs: 5 });
    endings.push(() => thief.close());
    server.misbehave(/^(?:getUpdates|sendMessage)$/u, { kind: "redirect", to: `${thief.apiRoot}/bot${bot.facts.token}/getUpdates` }, 2);
    bot.cut();
    await host.until("it was redirected", () => host.statuses.some(({ message = "" }) => /not the Bot API/u.test(message)));
    await send(channel, { chatId: "1" }, saying("x"));
    expect(thief.calls).toEqual([]);
  });

  test("void credentials at the start are final", async () => {
    const { server, bot, host, channel } = await createRig({ started: false });
    server.revoke(bot);
    await channel.start(host);
    await untilState(host, channel, "needs-operator");
    const calls = server.calls.length;
    await host.clock.pass(600_000);
    expect(server.calls.length).toBe(calls);
    expect(host.clock.pending).toBe(0);
  });

  test("stopped in the middle of storing, it tells its host nothing more", async () => {
    const { server, bot, host, ada, channel } = await createRig();
    const message = server.say(bot, { from: ada, text: "one" });
    server.react(bot, ada, message, ["👍"]);
    await host.until("both are stored", () => host.envelopes.length === 2);
    host.hold();
    // One reaction taken back and one added: two things to store.
    server.react(bot, ada, message, ["🔥"]);
    await host.until("the first is being stored", () => host.holding > 0);
    const stopping = stop(channel, host);
    await host.clock.pass(5_000);
    await stopping;
    const [statuses, notes] = [host.statuses.length, [...host.notes]];
    host.release();
    await host.clock.pass(1_000);
    expect([host.statuses.length, [...host.notes], host.clock.pending, host.envelopes.length]).toEqual([statuses, notes, 0, 3]);
    await channel.start(host);
    await host.until("it comes again", () => host.envelopes.length === 4);
    expect(host.duplicates).toHaveLength(1);
  });

  test("an address where nobody is, is tried ever more seldom", async () => {
    const { host } = await createRig({ started: false });
    const nobody = channelFor({ apiRoot: "http://127.0.0.1:9" }, "7001:AAE-0123456789abcdefghijklmnopqrstu");
    await nobody.start(host);
    await host.until("five tries", () => host.statuses.filter(({ state }) => state === "backing-off").length >= 5);
    const waits = host.statuses.filter(({ state }) => state === "backing-off").map(({ retryAt = 0 }) => retryAt);
    expect(waits[4] ?? 0).toBeGreaterThan((waits[0] ?? 0) + 7_000);
    expect(nobody.status()).toMatchObject({ trouble: "network", message: expect.stringContaining("cannot be reached") });
    expect(await send(nobody, { chatId: "1" }, saying("x"))).toMatchObject({ kind: "later", scope: "account" });
    expect(await telling(nobody.probe(NEVER))).toMatchObject({ kind: "failed", trouble: "network" });
    await stop(nobody, host);
    expect(await send(nobody, { chatId: "1" }, saying("x"))).toMatchObject({ kind: "later", scope: "account" });
  });
});

describe("what is said", () => {
  test("a press is answered at once, whatever the disk does", async () => {
    const { server, bot, host, ada, channel, direct } = await createRig();
    await send(channel, direct, saying("Tea?", { buttons: [[{ label: "Yes", data: "tea:yes" }]] }));
    const [message] = server.shown(bot);
    expect(message?.buttons).toEqual({ inline_keyboard: [[{ text: "Yes", callback_data: "tea:yes" }]] });
    host.hold();
    const press = server.press(bot, ada, message!, "tea:yes");
    await host.until("it is answered", () => server.callsOf("answerCallbackQuery").length > 0);
    expect(server.callsOf("answerCallbackQuery")[0]?.fields).toEqual({ callback_query_id: press });
    expect(host.envelopes).toEqual([]);
    host.release();
    await host.until("it is stored", () => host.envelopes.length > 0);
    expect(host.envelopes[0]?.body).toEqual({ kind: "press", data: "tea:yes" });
  });

  test("a reaction to what the account said is known as that", async () => {
    const { server, bot, host, ada, channel, direct } = await createRig();
    const theirs = server.say(bot, { from: ada, text: "hi" });
    await send(channel, direct, saying("hello"));
    server.react(bot, ada, server.shown(bot)[0]!, ["🔥"]);
    server.react(bot, ada, theirs, ["👍"]);
    server.react(bot, ada, server.shown(bot)[0]!, []);
    await host.until("three", () => host.envelopes.length === 4);
    expect(host.envelopes.slice(1).map(({ body }) => body)).toEqual([
      { kind: "reaction", emoji: "🔥", added: true, ofSelf: true },
      { kind: "reaction", emoji: "👍", added: true, ofSelf: false },
      { kind: "reaction", emoji: "🔥", added: false, ofSelf: true },
    ]);
  });

  test("an edit is told as one", async () => {
    const { server, bot, host, ada } = await createRig();
    const message = server.say(bot, { from: ada, text: "helo" });
    server.editAs(bot, message, "hello");
    await host.until("both", () => host.envelopes.length === 2);
    expect(host.envelopes[1]).toMatchObject({ messageId: String(message.id), body: { kind: "edit", text: "hello" } });
  });

  test("a group that became another is told once, and what is sent to the old one arrives in the new one", async () => {
    const { server, bot, host, ada, channel } = await createRig();
    const group = server.world.addChat({ type: "group", title: "Family" });
    const next = server.migrate(bot, group, ada);
    await host.until("it is told", () => host.duplicates.length === 1);
    expect(host.envelopes.map(({ chat, body }) => [chat.id, body])).toEqual([[String(group.id), { kind: "moved", to: String(next.id) }]]);
    expect(await send(channel, { chatId: String(group.id) }, saying("hello all"))).toMatchObject({ kind: "delivered", chatId: String(next.id) });
    expect(server.shown(bot).map(({ chat, text }) => [chat.id, text])).toEqual([[next.id, "hello all"]]);
  });

  test("each file of an album comes as a message of its own", async () => {
    const { server, bot, host, ada } = await createRig();
    for (const nth of [1, 2]) server.say(bot, { from: ada, text: nth === 1 ? "our trip" : "", file: server.world.addFile(Uint8Array.of(nth), `${nth}.jpg`, "image/jpeg"), more: { media_group_id: "777" } });
    await host.until("both", () => host.envelopes.length === 2);
    expect(host.envelopes.map(({ body }) => (body.kind === "message" ? [body.text, body.media.length] : []))).toEqual([["our trip", 1], ["", 1]]);
  });
});

describe("what is sent", () => {
  test("a form that Telegram can't read is sent once more without any", async () => {
    const { server, bot, channel, direct } = await createRig();
    expect(await send(channel, direct, { body: { kind: "text", text: { text: "<b>bold", plain: "bold" } } })).toMatchObject({ kind: "delivered" });
    expect(await send(channel, direct, { body: { kind: "text", text: { text: "<b>bold</b> &lt;3", plain: "bold <3" } } })).toMatchObject({ kind: "delivered" });
    expect(server.shown(bot).map(({ text, entities }) => [text, entities.length])).toEqual([["bold", 0], ["bold <3", 1]]);
    expect(server.callsOf("sendMessage").map(({ fields }) => fields["parse_mode"])).toEqual(["HTML", undefined, "HTML"]);
    expect(await send(channel, direct, saying("x".repeat(5_000)))).toMatchObject({ kind: "refused", code: "too-large" });
  });

  test("a picture that Telegram can't show goes as a file, read anew", async () => {
    const { server, bot, host, channel, direct } = await createRig();
    const bytes = Uint8Array.from({ length: 60_000 }, (_, at) => at % 253);
    const media = host.keep(bytes, { kind: "image", mimeType: "image/png", fileName: "long; \"thin\".png" });
    server.misbehave(/^sendPhoto$/u, no(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"));
    expect(await send(channel, direct, { body: { kind: "media", media, caption: { text: "<i>x</i>", plain: "x" } } })).toMatchObject({ kind: "delivered" });
    expect(server.shown(bot)[0]).toMatchObject({ method: "sendDocument", text: "x", file: { name: "long_ _thin_.png" } });
    expect(new Uint8Array(server.shown(bot)[0]?.file?.bytes ?? [])).toEqual(bytes);
  });

  test.each(["voice", "audio", "video", "file"] as const)("a file of kind %s", async (kind) => {
    const { server, bot, host, channel, direct } = await createRig();
    const mimeType = { voice: "audio/ogg", audio: "audio/mpeg", video: "video/mp4", file: "application/pdf" }[kind];
    const media = host.keep(Uint8Array.of(1, 2, 3), { kind, mimeType, fileName: "a.bin" });
    expect(await send(channel, direct, { body: { kind: "media", media } })).toMatchObject({ kind: "delivered" });
    expect(server.shown(bot)[0]?.method).toBe({ voice: "sendVoice", audio: "sendAudio", video: "sendVideo", file: "sendDocument" }[kind]);
    const [message] = server.shown(bot);
    const target = { ...direct, messageId: String(message?.id) };
    expect(await channel.edit(target, saying("a new caption"), attempt())).toEqual({ kind: "done" });
    expect(message?.text).toBe("a new caption");
  });

  test("a file that can't be read any more is refused, and nothing of it arrives", async () => {
    const { server, bot, channel, direct } = await createRig();
    const media = { id: "gone", kind: "file", mimeType: "text/plain", fileName: "a.txt", bytes: 10 } as const;
    expect(await send(channel, direct, { body: { kind: "media", media } })).toMatchObject({ kind: "refused", code: "invalid" });
    expect(server.shown(bot)).toEqual([]);
  });

  test("topics, the general one among them", async () => {
    const { server, bot, channel } = await createRig();
    const forum = server.world.addChat({ type: "supergroup", is_forum: true });
    const { threadId } = server.world.addTopic(forum);
    const chatId = String(forum.id);
    expect(await send(channel, { chatId, threadId: String(threadId) }, saying("in a topic"))).toMatchObject({ kind: "delivered" });
    expect(await send(channel, { chatId, threadId: "1" }, saying("in general"))).toMatchObject({ kind: "delivered" });
    expect(server.shown(bot).map((message) => message.threadId)).toEqual([threadId, undefined]);
    expect(await send(channel, { chatId, threadId: "99999" }, saying("nowhere"))).toMatchObject({ kind: "refused", code: "unknown-target" });
    await channel.typing({ chatId, threadId: "1" }, true);
    expect(server.callsOf("sendChatAction")[0]?.fields).toMatchObject({ message_thread_id: 1 });
  });

  test("a public name is written to, and the receipt has its number", async () => {
    const { server, channel } = await createRig();
    const news = server.world.addChat({ type: "channel", username: "the_news" });
    expect(await send(channel, { chatId: "@the_news" }, saying("news"))).toMatchObject({ kind: "delivered", chatId: String(news.id) });
  });

  test("a rate limit holds back its chat and no other, and the bot where several are held", async () => {
    const { server, bot, host, channel, direct } = await createRig();
    const [bob, cleo] = ["Bob", "Cleo"].map((first_name) => ({ chatId: String(server.world.addUser({ first_name }).id) }));
    const limit = no(429, "Too Many Requests: retry after 7", { retry_after: 7 });
    server.misbehave(/^sendMessage$/u, limit);
    expect(await send(channel, direct, saying("one"))).toMatchObject({ kind: "later", scope: "chat", retryAfterMs: 7_000 });
    const calls = server.calls.length;
    expect(await send(channel, direct, saying("one"))).toMatchObject({ kind: "later", scope: "chat", retryAfterMs: 7_000 });
    await channel.typing(direct, true);
    expect(await channel.edit({ ...direct, messageId: "1" }, saying("x"), attempt())).toMatchObject({ kind: "later" });
    expect(server.calls.slice(calls).filter(({ method }) => method !== "getUpdates")).toEqual([]);
    expect(await send(channel, bob!, saying("to Bob"))).toMatchObject({ kind: "delivered" });
    server.misbehave(/^sendMessage$/u, limit, 2);
    await send(channel, bob!, saying("two"));
    expect(await send(channel, cleo!, saying("three"))).toMatchObject({ kind: "later", scope: "account", retryAfterMs: 7_000 });
    expect(await send(channel, { chatId: "1" }, saying("four"))).toMatchObject({ kind: "later", scope: "account" });
    await host.clock.pass(7_000);
    expect(await send(channel, direct, saying("one"))).toMatchObject({ kind: "delivered" });
    expect(server.shown(bot).map(({ text }) => text)).toEqual(["to Bob", "one"]);
  });

  test("a call that nobody answers is unknown after half a minute, and is not repeated", async () => {
    const { server, host, channel, direct } = await createRig();
    server.misbehave(/^sendMessage$/u, { kind: "hang" });
    const sending = send(channel, direct, saying("hello"));
    await host.until("it was asked", () => server.callsOf("sendMessage").length === 1, { passing: false });
    await host.clock.pass(30_000);
    expect(await sending).toMatchObject({ kind: "unknown" });
    expect(server.callsOf("sendMessage")).toHaveLength(1);
  });

  test("given up while under way, a message is unknown; before that, it waits", async () => {
    const { server, host, channel, direct } = await createRig();
    const cancel = new AbortController();
    server.misbehave(/^sendMessage$/u, { kind: "hang" });
    const sending = telling(channel.send(direct, saying("hello"), { key: "k", cancel: cancel.signal }));
    await host.until("it was asked", () => server.callsOf("sendMessage").length === 1, { passing: false });
    cancel.abort();
    expect(await sending).toMatchObject({ kind: "unknown" });
    expect(await channel.send(direct, saying("hello"), { key: "k", cancel: cancel.signal })).toMatchObject({ kind: "later", scope: "message" });
  });

  test("a stop waits for what is under way, and no longer than it may", async () => {
    const { server, host, channel, direct } = await createRig();
    server.misbehave(/^sendMessage$/u, { kind: "hang" });
    const sending = send(channel, direct, saying("hello"));
    await host.until("it was asked", () => server.callsOf("sendMessage").length === 1, { passing: false });
    const stopping = Promise.all([stop(channel, host), stop(channel, host)]);
    expect(await send(channel, direct, saying("too late"))).toMatchObject({ kind: "later" });
    await host.until("the poll is gone", () => server.bots.values().next().value?.polls.now === 0, { passing: false });
    await host.clock.pass(5_000);
    await stopping;
    expect(await sending).toMatchObject({ kind: "unknown" });
    await host.until("everything is closed", () => server.sockets === 0, { passing: false });
    expect(host.clock.pending).toBe(0);
  });

  test("what Telegram takes as a reaction is named where another one was wanted", async () => {
    const { server, bot, channel, direct } = await createRig();
    await send(channel, direct, saying("x"));
    const target = { ...direct, messageId: String(server.shown(bot)[0]?.id) };
    expect(await channel.react(target, "❤️", true)).toEqual({ kind: "done" });
    expect(await channel.react(target, "🦖", true)).toMatchObject({ kind: "refused", code: "unsupported", reason: expect.stringContaining("🔥") });
    expect(await channel.remove(target)).toEqual({ kind: "done" });
    expect(await channel.remove(target)).toEqual({ kind: "done" });
    expect(await channel.edit(target, saying("y"), attempt())).toMatchObject({ kind: "refused", code: "unknown-target" });
  });
});

describe("files that came", () => {
  const read = async (channel: Channel, ref: string, maxBytes = 1_000_000): Promise<Uint8Array | string> => {
    const media: MediaRef = { kind: "file", ref };
    const fetched = await telling(channel.fetchMedia(media, maxBytes));
    if (fetched.kind !== "media") return fetched.kind;
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of fetched.bytes) chunks.push(chunk);
    } catch (error) {
      return (error as Error).message;
    }
    return Buffer.concat(chunks);
  };
  const BYTES = Uint8Array.from({ length: 200_000 }, (_, at) => at % 199);

  test("whole, or not at all", async () => {
    const { server, channel, host } = await createRig();
    const { world } = server;
    expect(Buffer.from(BYTES).equals(Buffer.from((await read(channel, world.addFile(BYTES, "a.bin").id)) as Uint8Array))).toBe(true);
    expect(await read(channel, world.addFile(BYTES, "a.bin").id, 199_999)).toBe("too-large");
    expect(await read(channel, world.addFile(BYTES, "a.bin", undefined, { hidesSize: true }).id, 199_999)).toMatch(/larger than the 199999 bytes/u);
    expect(await read(channel, world.addFile(new Uint8Array(20_971_521), "a.bin").id, 30_000_000)).toBe("too-large");
    expect(await read(channel, "no such file")).toBe("refused");
    server.misbehave(/^file$/u, { kind: "cut-after" });
    expect(await read(channel, world.addFile(BYTES, "a.bin").id)).toMatch(/aborted|hang up|reset/iu);
    const before = host.clock.pending;
    server.misbehave(/^file$/u, { kind: "hang" });
    const stalled = read(channel, world.addFile(BYTES, "a.bin").id);
    await host.until("it is being read", () => host.clock.pending > before, { passing: false });
    await new Promise((resolve) => { setImmediate(resolve); });
    await host.until("it is given up", async () => (await Promise.race([stalled, Promise.resolve("")])) !== "");
    expect(await stalled).toMatch(/stopped in the middle/u);
  });

  test("asked for again where Telegram is out of order, and not from elsewhere", async () => {
    const { server, channel, host } = await createRig();
    const file = server.world.addFile(BYTES, "a.bin");
    server.misbehave(/^file$/u, no(502, "Bad Gateway"));
    server.misbehave(/^getFile$/u, no(429, "Too Many Requests: retry after 2", { retry_after: 2 }));
    const reading = read(channel, file.id);
    await host.until("it is there", async () => (await Promise.race([reading, Promise.resolve("")])) !== "");
    expect((await reading).length).toBe(BYTES.length);
    const asked = server.downloads.length;
    for (const path of ["/etc/passwd", "../../bot1:x/getMe", "a/../../b", "a//b"]) {
      expect(await read(channel, server.world.addFile(BYTES, "a.bin", undefined, { path }).id)).toBe("refused");
    }
    expect(server.downloads).toHaveLength(asked);
    expect(server.calls.filter(({ method }) => !/^(?:get(?:Me|File|Updates)|deleteWebhook)$/u.test(method) || method === "getMe")).toHaveLength(1);
  });
});

describe("being called by Telegram", () => {
  const SECRET = "a-secret-of-the-webhook";
  const keysFor = (port: number) => ({ webhookUrl: `http://127.0.0.1:${port}/telegram-webhook`, webhookSecret: SECRET });
  const update = (text: string, id = 1) => Buffer.from(JSON.stringify({ update_id: id, message: { message_id: id, date: 1_790_000_000, from: { id: 5, is_bot: false, first_name: "Eve" }, chat: { id: 5, type: "private" }, text } }));
  const call = async (channel: Channel, { method = "POST", headers = { "x-telegram-bot-api-secret-token": SECRET } as Readonly<Record<string, string>>, body = update("hi") as Uint8Array } = {}) =>
    (await channel.webhook?.handle({ method, query: "", body, headers }))?.status;

  test("only whoever knows the secret is heard, and only what is stored is confirmed", async () => {
    const { channel, host, server } = await createRig({ keys: keysFor(9), started: false });
    expect(channel.webhook).toMatchObject({ path: "/telegram-webhook", maxBytes: expect.any(Number) });
    expect(channel.abilities.ack).toBe("gated");
    expect(await call(channel)).toBe(503);
    await channel.start(host);
    await untilState(host, channel, "live");
    expect(server.callsOf("setWebhook")[0]?.fields).toMatchObject({ secret_token: SECRET, max_connections: 1, allowed_updates: expect.arrayContaining(["message_reaction"]) });
    expect(server.callsOf("deleteWebhook")).toEqual([]);
    expect(await call(channel, { headers: {} })).toBe(401);
    for (const secret of ["", "wrong", `${SECRET} `, SECRET.toUpperCase(), SECRET.slice(1)]) expect(await call(channel, { headers: { "x-telegram-bot-api-secret-token": secret } })).toBe(401);
    expect(await call(channel, { method: "GET" })).toBe(405);
    expect(await call(channel, { body: new Uint8Array(2_000_000) })).toBe(413);
    expect(await call(channel, { body: Buffer.from("{") })).toBe(400);
    expect(await call(channel, { body: Buffer.from("null") })).toBe(200);
    expect(host.envelopes).toEqual([]);
    host.broken = true;
    expect(await call(channel)).toBe(500);
    host.broken = false;
    expect([await call(channel), await call(channel)]).toEqual([200, 200]);
    expect([host.texts, host.duplicates.length]).toEqual([["hi"], 1]);
    await stop(channel, host);
    expect(await call(channel)).toBe(503);
  });

  test("a webhook that Telegram can't reach shows, and comes back; one that was changed is set again", async () => {
    const host = new WatchedHost();
    const front: Server = createServer((_request, response) => { response.writeHead(200).end(); });
    await new Promise<void>((resolve) => { front.listen(0, "127.0.0.1", resolve); });
    const { port } = front.address() as AddressInfo;
    const server = await TelegramServer.start({ secondMs: 5, now: () => host.clock.now() });
    const bot = server.addBot();
    const ada = server.world.addUser({ first_name: "Ada" });
    const channel = channelFor(server, bot.facts.token, keysFor(port));
    await channel.start(host);
    await untilState(host, channel, "live");
    await new Promise<void>((resolve) => { front.close(() => resolve()); });
    server.say(bot, { from: ada, text: "hello?" });
    await host.until("Telegram tried", () => bot.lastError !== undefined, { passing: false });
    await host.clock.pass(60_000);
    await untilState(host, channel, "degraded");
    expect(channel.status()).toMatchObject({ trouble: "network", message: "Telegram cannot deliver to webhookUrl: Connection refused. Check the proxy and the certificate there." });
    await new Promise<void>((resolve) => { front.listen(port, "127.0.0.1", resolve); });
    await host.until("it is delivered", () => bot.queue.length === 0, { passing: false });
    await host.clock.pass(60_000);
    await untilState(host, channel, "live");
    bot.setWebhook({ url: "https://example.org/elsewhere", maxConnections: 40 });
    await host.clock.pass(60_000);
    await host.until("it shows", () => host.troubles().includes("conflict"));
    await untilState(host, channel, "live");
    expect(bot.webhook?.url).toContain(`:${port}/`);
    await stop(channel, host);
    expect([host.clock.pending, bot.webhook?.url.includes(`:${port}/`)]).toEqual([0, true]);
    front.closeAllConnections();
    await Promise.all([server.close(), new Promise<void>((resolve) => { front.close(() => resolve()); })]);
  });
});

test("it is linked by its token, and unlinked there as well", async () => {
  const { channel, server } = await createRig();
  const steps: unknown[] = [];
  for await (const step of channel.login({ force: false })) steps.push(step);
  expect(steps).toEqual([expect.objectContaining({ kind: "refused", reason: expect.stringContaining("botToken") })]);
  expect(await channel.logout()).toMatchObject({ cleared: false, loggedOut: false });
  // That would take the bot off Telegram's servers for good.
  expect(server.callsOf("logOut")).toEqual([]);
});
