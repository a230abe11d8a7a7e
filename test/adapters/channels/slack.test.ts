import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { SlackChannel } from "../../../src/adapters/channels/slack/channel.js";
import { parseSlackConfig } from "../../../src/adapters/channels/slack/config.js";
import { MemoryLog } from "../../../src/adapters/log/memory/index.js";
import { after } from "../../../src/domain/moment.js";
import type { Envelope } from "../../../src/domain/messaging/envelope.js";
import type { MessageRef, OutboundPart, Target } from "../../../src/domain/messaging/outbound.js";
import type { SendAttempt } from "../../../src/ports/channel.js";
import { TestChannelHost } from "../../../src/testing/test-channel-host.js";
import { SlackServer } from "../../stand-ins/slack-server.js";
import { ADA, ADA_CHAT, BOB, BOT_USER_ID, FAMILY, type SlackMessage } from "../../stand-ins/slack-workspace.js";
import { ChannelDoor } from "../../support/channel-door.js";
import { openWebhookDoor, type WebhookDoor } from "../../support/webhook-door.js";

// Every test ends with the channel stopped and nothing of it left; a rejection that nobody handles fails the test it falls into.

jest.setTimeout(30_000);

let log: MemoryLog;
let host: TestChannelHost;
let server: SlackServer;
let channels: SlackChannel[];
let doors: WebhookDoor[];

beforeEach(async () => {
  log = new MemoryLog();
  host = new TestChannelHost({ log });
  server = await SlackServer.start({ now: () => host.clock.now(), signingSecret: "sshh" });
  channels = [];
  doors = [];
});

afterEach(async () => {
  host.release();
  for (const channel of channels) await channel.stop(after(host.clock.now(), 5_000));
  for (const door of doors) await door.close();
  await server.close();
  expect(host.clock.pending).toBe(0);
});

interface Setup {
  readonly mode?: "socket" | "http";
  readonly accountId?: string;
  readonly appToken?: string;
  readonly pongTimeoutMs?: number;
}

function createChannel({ mode = "socket", accountId = "default", appToken = server.appToken, pongTimeoutMs }: Setup = {}): SlackChannel {
  const value = { mode, botToken: server.botToken, appToken, signingSecret: "sshh", apiUrl: server.apiUrl };
  const parsed = parseSlackConfig(value, accountId, {});
  if (!("config" in parsed)) throw new Error(JSON.stringify(parsed.issues));
  const channel = new SlackChannel(parsed.config, pongTimeoutMs === undefined ? {} : { pongTimeoutMs });
  channels.push(channel);
  return channel;
}

async function live(setup: Setup = {}): Promise<SlackChannel> {
  const channel = createChannel(setup);
  if (channel.webhook !== undefined) {
    const door = await openWebhookDoor(channel.webhook);
    doors.push(door);
    server.eventsUrl = door.url;
  }
  await channel.start(host);
  await host.until("the channel is live", () => channel.status().state === "live");
  return channel;
}

/** The clock stands still meanwhile: what is waited for must come without any timer. */
const atOnce = (what: string, holds: () => boolean): Promise<void> => host.until(what, holds, { passing: false });
const becomes = (channel: SlackChannel, state: string): Promise<void> => host.until(`it is ${state}`, () => channel.status().state === state);
const others = (): Envelope[] => host.envelopes.filter(({ sender }) => !sender.isSelf);
const texts = (): string[] => others().map(({ body }) => (body.kind === "message" ? body.text : body.kind));
const say = (text: string, said: Partial<Parameters<SlackServer["workspace"]["post"]>[0]> = {}): SlackMessage => server.workspace.post({ channel: ADA_CHAT, user: ADA, text, ...said });
const calls = (method: string): readonly Record<string, string>[] => server.calls.filter((call) => call.method === method).map(({ args }) => args);

const attempt = (cancel: AbortSignal = new AbortController().signal): SendAttempt => ({ key: "key", cancel });
const part = (text: string): OutboundPart => ({ body: { kind: "text", text: { text, plain: text } } });
const HERE: Target = { chatId: ADA_CHAT };

async function sent(channel: SlackChannel, to: Target, outbound: OutboundPart): Promise<MessageRef> {
  const receipt = await channel.send(to, outbound, attempt());
  if (receipt.kind !== "delivered") throw new Error(JSON.stringify(receipt));
  return { chatId: receipt.chatId ?? to.chatId, messageId: receipt.messageId };
}

describe("the way in by Socket Mode", () => {
  test("frames that are none of Slack's end neither the process nor the connection", async () => {
    await live();
    const bad = [
      "null", "[]", "1", "\"x\"", "{", "", "{}", "{\"type\":null}", "{\"type\":\"events_api\"}", "{\"type\":\"events_api\",\"envelope_id\":\"e1\"}",
      "{\"type\":\"events_api\",\"envelope_id\":\"e2\",\"payload\":null}", "{\"type\":\"events_api\",\"envelope_id\":\"e3\",\"payload\":{\"event\":{\"type\":\"close\"}}}",
      "{\"type\":\"events_api\",\"envelope_id\":5,\"payload\":{}}", "{\"type\":\"error\"}", "{\"type\":\"disconnected\"}", "{\"type\":\"close\",\"envelope_id\":\"e4\"}",
      "{\"type\":\"slash_commands\",\"envelope_id\":\"e5\"}", "{\"type\":\"interactive\",\"envelope_id\":\"e6\",\"payload\":[]}", `{"type":"x","pad":"${"x".repeat(1_100_000)}"}`,
      // What the SDK's own reader breaks at: an event without an event in it.
      "{\"type\":\"events_api\",\"envelope_id\":\"e7\",\"payload\":{\"type\":\"app_rate_limited\",\"team_id\":\"T0000WORK\",\"minute_rate_limited\":1}}",
    ];
    for (const text of bad) server.send(text);
    say("still there?");
    await atOnce("the message", () => texts().includes("still there?"));
    await atOnce("what can't be used is acknowledged, lest it come for ever", () => ["e1", "e2", "e3", "e4", "e5", "e6", "e7"].every((id) => server.acknowledged.includes(id)));
    expect(server.mostSockets).toBe(1);
    expect(log.entries.some(({ message }) => message.includes("holds events back"))).toBe(true);
  });

  test("a message that is told twice, as such and as a mention, is kept once", async () => {
    await live();
    const { ts } = say(`<@${BOT_USER_ID}> hello`, { channel: FAMILY });
    await atOnce("both are acknowledged", () => server.isAcknowledged(ts));
    expect(server.deliveries.map(({ payload }) => (payload["event"] as { type: string }).type)).toEqual(["message", "app_mention"]);
    expect(others()).toHaveLength(1);
    expect(host.duplicates).toHaveLength(1);
    expect(others()[0]).toMatchObject({ chat: { kind: "room", title: "family" }, sender: { name: "Ada" }, body: { addressed: true, text: "hello" } });
  });

  test("what was not acknowledged comes again over the next connection, in its order", async () => {
    const channel = await live();
    host.broken = true;
    const first = say("one");
    say("two");
    await atOnce("both were tried", () => log.entries.filter(({ message }) => message.includes("could not be stored")).length === 2);
    expect(server.isAcknowledged(first.ts)).toBe(false);
    host.broken = false;
    server.cut();
    await becomes(channel, "backing-off");
    await host.until("both are there", () => texts().length === 2);
    expect(texts()).toEqual(["one", "two"]);
  });

  test("Slack asks for a new connection: the old one is closed first, and the new one opened at once", async () => {
    const channel = await live();
    for (const reason of ["warning", "refresh_requested"] as const) {
      const before = calls("apps.connections.open").length;
      server.disconnect(reason);
      await atOnce("a new socket", () => calls("apps.connections.open").length === before + 1 && channel.status().state === "live" && server.sockets === 1);
    }
    expect(server.mostSockets).toBe(1);
    expect(host.statuses.some(({ state }) => state === "backing-off")).toBe(false);
    // Only its app token was needed for that.
    expect(calls("auth.test")).toHaveLength(1);
    say("here");
    await atOnce("the message", () => texts().includes("here"));
  });

  test("Slack asks for new connections without end: the gateway takes its time", async () => {
    const channel = await live();
    for (let asked = 0; asked < 4; asked += 1) {
      await atOnce("it is connected", () => channel.status().state === "live" && server.sockets === 1);
      server.disconnect("refresh_requested");
      await atOnce("it noticed", () => channel.status().state !== "live");
    }
    await atOnce("it waits", () => channel.status().state === "backing-off");
    await becomes(channel, "live");
  });

  test("Socket Mode is switched off: only an operator can help", async () => {
    const channel = await live();
    server.disconnect("link_disabled");
    await atOnce("it needs its operator", () => channel.status().state === "needs-operator");
    expect(channel.status()).toMatchObject({ trouble: "intents", message: expect.stringContaining("Socket Mode is switched off") });
    await atOnce("no socket is left", () => server.sockets === 0);
    // The tokens are fine: what is to be said can still be said.
    expect((await channel.send(HERE, part("hi"), attempt())).kind).toBe("delivered");
  });

  test("another process uses the app token: some messages go there, and the status says so", async () => {
    server.claimedConnections = 2;
    const channel = createChannel();
    await channel.start(host);
    await becomes(channel, "degraded");
    expect(channel.status()).toMatchObject({ trouble: "conflict", message: expect.stringMatching(/Another process .*\.$/u), identity: { id: BOT_USER_ID } });
    say("one of them");
    await atOnce("the message", () => texts().length === 1);
    server.claimedConnections = undefined;
    server.disconnect("warning");
    await atOnce("it is alone again", () => channel.status().state === "live");
  });

  test("two accounts with one app token never hold two sockets", async () => {
    const first = await live();
    const second = createChannel({ accountId: "second" });
    await second.start(host);
    await host.until("the second says why", () => second.status().state === "backing-off");
    expect(second.status()).toMatchObject({ trouble: "conflict", message: expect.stringContaining("same app token") });
    await host.until("it has tried again", () => host.statuses.filter(({ trouble }) => trouble === "conflict").length > 2);
    expect(server.mostSockets).toBe(1);
    await first.stop(after(host.clock.now(), 1_000));
    await becomes(second, "live");
    expect(server.mostSockets).toBe(1);
  });

  test.each(["invalid_auth", "account_inactive", "token_revoked", "not_authed"])("%s is final on the first connection, on a later one, and on a call", async (error) => {
    server.fail("apps.connections.open", { kind: "error", error });
    const channel = createChannel();
    await channel.start(host);
    await becomes(channel, "needs-operator");
    expect(channel.status()).toMatchObject({ trouble: "credentials", message: expect.stringMatching(new RegExp(`${error}.*channels\\.slack\\.appToken.*\\.$`, "u")) });
    await channel.stop(after(host.clock.now(), 1_000));

    await channel.start(host);
    await becomes(channel, "live");
    server.fail("apps.connections.open", { kind: "error", error });
    server.disconnect("refresh_requested");
    await atOnce("it needs its operator", () => channel.status().state === "needs-operator");
    await channel.stop(after(host.clock.now(), 1_000));

    await channel.start(host);
    await becomes(channel, "live");
    server.fail("chat.postMessage", { kind: "error", error });
    expect(await channel.send(HERE, part("hi"), attempt())).toMatchObject({ kind: "refused", code: "not-linked" });
    await atOnce("it needs its operator", () => channel.status().state === "needs-operator");
    expect(channel.status().message).toContain("channels.slack.botToken");
    await atOnce("no socket is left", () => server.sockets === 0);
    expect(await channel.send(HERE, part("hi"), attempt())).toMatchObject({ kind: "refused", code: "not-linked" });
    expect(calls("chat.postMessage")).toHaveLength(1);
    expect(host.clock.pending).toBe(0);
  });

  test("a token that turns out to be void while the gateway waits ends the waiting", async () => {
    server.fail("apps.connections.open", { kind: "rate-limited", seconds: 600 });
    const channel = createChannel();
    await channel.start(host);
    await atOnce("it waits", () => channel.status().state === "backing-off");
    server.fail("chat.postMessage", { kind: "error", error: "token_revoked" });
    await channel.send(HERE, part("hi"), attempt());
    await atOnce("it needs its operator", () => channel.status().state === "needs-operator");
    expect([calls("auth.test").length, host.clock.pending]).toEqual([1, 0]);
  });

  test("the app is taken out of the workspace", async () => {
    const channel = await live();
    server.workspace.tell({ type: "app_uninstalled" });
    await atOnce("it needs its operator", () => channel.status().state === "needs-operator");
    expect(channel.status()).toMatchObject({ trouble: "credentials", message: expect.stringContaining("install it again") });
  });

  test("Slack asks to slow down, breaks, or sends something else: the gateway waits as long as it was told, and comes back", async () => {
    server.fail("auth.test", { kind: "rate-limited", seconds: 30 });
    const channel = createChannel();
    await channel.start(host);
    await atOnce("it waits", () => channel.status().state === "backing-off");
    const { trouble, retryAt = 0 } = channel.status();
    expect([trouble, retryAt - host.clock.now()]).toEqual(["rate", 30_000]);
    server.fail("auth.test", { kind: "status", status: 502 });
    server.fail("auth.test", { kind: "body", body: "<html>a proxy</html>" });
    server.fail("apps.connections.open", { kind: "cut-before" });
    server.fail("apps.connections.open", { kind: "body", body: "{\"ok\":true}" });
    server.fail("apps.connections.open", { kind: "body", body: "{\"ok\":true,\"url\":\"not a url\"}" });
    await becomes(channel, "live");
    expect(calls("apps.connections.open")).toHaveLength(4);
  });

  test("a socket that is never greeted is given up, and another one opened", async () => {
    server.isMute = true;
    const channel = createChannel();
    await channel.start(host);
    await atOnce("it asked for an address", () => calls("apps.connections.open").length === 1);
    await host.clock.pass(30_000);
    await host.until("it gave up", () => channel.status().state === "backing-off");
    server.isMute = false;
    await becomes(channel, "live");
    expect([server.sockets, server.mostSockets]).toEqual([1, 1]);
  });

  test("a socket that goes dead is noticed by its pings, and replaced", async () => {
    const channel = await live({ pongTimeoutMs: 90 });
    const signs = host.signs;
    await atOnce("pongs are signs of life", () => host.signs > signs + 2);
    server.isMute = true;
    await host.until("it is given up", () => channel.status().state !== "live");
    server.isMute = false;
    await becomes(channel, "live");
    say("are you deaf?");
    await atOnce("the message", () => texts().length === 1);
  });

  test("a connection that breaks during the goodbye leaves nothing behind", async () => {
    const timers = new Set<unknown>();
    const { setTimeout: set, clearTimeout: clear } = globalThis;
    globalThis.setTimeout = ((run: () => void, ms?: number) => {
      const timer = set(run, ms);
      if (ms === 30_000 && (new Error("where").stack ?? "").includes("SlackWebSocket")) timers.add(timer);
      return timer;
    }) as typeof setTimeout;
    globalThis.clearTimeout = (timer) => {
      timers.delete(timer);
      clear(timer);
    };
    try {
      const channel = await live();
      for (let nth = 0; nth < 5; nth += 1) {
        server.disconnect("refresh_requested");
        server.cut();
        await atOnce("it noticed", () => channel.status().state !== "live");
        await becomes(channel, "live");
      }
      await channel.stop(after(host.clock.now(), 1_000));
      expect(timers.size).toBe(0);
    } finally {
      Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
      for (const timer of timers) clear(timer as NodeJS.Timeout);
    }
  });

  test("stopping waits for neither a far end that does not say goodbye nor a request without an answer", async () => {
    const channel = await live();
    server.isMute = true;
    server.fail("chat.postMessage", { kind: "hang" });
    const sending = channel.send(HERE, part("hi"), attempt());
    await atOnce("it was asked", () => calls("chat.postMessage").length === 1);
    let isStopped = false;
    const stopping = channel.stop(after(host.clock.now(), 3_000)).then(() => (isStopped = true));
    await host.until("it has stopped", () => isStopped);
    await stopping;
    expect(await sending).toMatchObject({ kind: "unknown" });
    await atOnce("no socket is left", () => server.sockets === 0);
  });

  test("stopping lets what is being sent get its answer", async () => {
    const channel = await live();
    const sending = Array.from({ length: 5 }, (_, nth) => channel.send(HERE, part(`last words ${nth}`), attempt()));
    await channel.stop(after(host.clock.now(), 3_000));
    expect((await Promise.all(sending)).map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => "delivered"));
    expect(await channel.send(HERE, part("too late"), attempt())).toMatchObject({ kind: "later", scope: "account" });
  });

  test("stopped in the middle of connecting, it is gone", async () => {
    for (const method of ["auth.test", "apps.connections.open"]) {
      const channel = createChannel();
      server.fail(method, { kind: "hang" });
      const before = calls(method).length;
      await channel.start(host);
      await atOnce(`it asked ${method}`, () => calls(method).length === before + 1);
      await channel.stop(after(host.clock.now(), 3_000));
      expect([channel.status().state, host.clock.pending, server.sockets]).toEqual(["idle", 0, 0]);
    }
  });

  test("a burst is taken as far as there is room for it, and the rest stays with Slack", async () => {
    await live();
    host.hold();
    for (let nth = 0; nth < 510; nth += 1) say(`${nth}`);
    await atOnce("the first waits to be stored", () => host.holding > 0);
    // What comes behind the burst on the same socket has been read by the time that this is answered.
    host.release();
    await atOnce("there was room for most", () => server.deliveries.filter(({ isAcknowledged }) => isAcknowledged).length >= 500);
    server.redeliverAll();
    await atOnce("all of it came", () => server.deliveries.every(({ isAcknowledged }) => isAcknowledged));
    expect(new Set(texts()).size).toBe(510);
  });
});

describe("what comes in", () => {
  test("names are learnt once, and nothing waits for them for long", async () => {
    await live();
    say("one", { user: BOB, channel: FAMILY });
    await atOnce("the first", () => others().length === 1);
    say("two <@U00000ADA>", { user: BOB, channel: FAMILY });
    await atOnce("the second", () => others().length === 2);
    expect(others().map(({ sender }) => sender.name)).toEqual(["Bob Example", "Bob Example"]);
    expect(texts()[1]).toBe("two @Ada");
    expect(calls("users.info").map(({ user }) => user)).toEqual([BOB, ADA]);
    expect(calls("conversations.info")).toHaveLength(1);
    server.fail("users.info", { kind: "hang" });
    server.workspace.users.set("U0000SLOW", { id: "U0000SLOW", name: "slow", realName: "Slow" });
    say("three", { user: "U0000SLOW" });
    await host.until("the third", () => others().length === 3);
    expect(others()[2]?.sender).toEqual({ id: "U0000SLOW", isBot: false, isSelf: false });
  });

  test("an app without the scopes for names works without names", async () => {
    await live();
    for (let nth = 0; nth < 2; nth += 1) {
      server.fail("users.info", { kind: "error", error: "missing_scope", more: { needed: "users:read", provided: "chat:write" } });
      server.fail("conversations.info", { kind: "error", error: "missing_scope", more: { needed: "channels:read" } });
    }
    say("one", { channel: FAMILY });
    say("two", { channel: FAMILY });
    await atOnce("both", () => others().length === 2);
    expect(others().map(({ sender, chat }) => [sender.name, chat.title, chat.kind])).toEqual([[undefined, undefined, "room"], [undefined, undefined, "room"]]);
    expect(calls("users.info")).toHaveLength(1);
  });

  test.each([["G000SMALL", "group"], ["C0000PRIV", "group"], [FAMILY, "room"]])("a mention alone, which does not say what kind of chat %s is, is of the same kind as its messages: %s", async (channel, kind) => {
    await live();
    const ts = server.workspace.nextTs();
    server.workspace.tell({ type: "app_mention", user: ADA, text: `<@${BOT_USER_ID}> hi`, ts, channel, event_ts: ts }, ts);
    await atOnce("the mention", () => others().length === 1);
    say("and more", { channel });
    await atOnce("the message", () => others().length === 2);
    expect(others().map(({ chat }) => chat.kind)).toEqual([kind, kind]);
  });

  test("an answer below what the account said addresses it; one below somebody else's does not", async () => {
    const channel = await live();
    const { messageId } = await sent(channel, { chatId: FAMILY }, part("what do you think?"));
    say("fine", { channel: FAMILY, threadTs: messageId });
    const root = say("tea?", { channel: FAMILY });
    say("yes", { channel: FAMILY, threadTs: root.ts, user: BOB });
    await atOnce("all of it", () => others().length === 3);
    expect(others().map(({ chat, body }) => [chat.threadId, body.kind === "message" && body.addressed])).toEqual([[messageId, true], [undefined, false], [root.ts, false]]);
  });

  test("edits, unfurled links, removals and reactions", async () => {
    const channel = await live();
    const { ts } = say("frist");
    const mine = await sent(channel, HERE, part("an answer"));
    server.workspace.edit(ADA_CHAT, ts, { text: "first" });
    server.workspace.edit(ADA_CHAT, ts, {}, { isUnfurled: true });
    await channel.edit(mine, part("a better answer"), attempt());
    server.workspace.react({ channel: ADA_CHAT, ts: mine.messageId, user: ADA, name: "tada", add: true });
    server.workspace.react({ channel: ADA_CHAT, ts: mine.messageId, user: ADA, name: "tada", add: false });
    server.workspace.remove(ADA_CHAT, ts);
    await atOnce("all was told", () => server.deliveries.every(({ isAcknowledged }) => isAcknowledged));
    expect(others().map(({ body }) => body)).toEqual([
      { kind: "message", text: "frist", media: [], addressed: false },
      { kind: "edit", text: "first", addressed: false },
      { kind: "reaction", emoji: "\u{1f389}", added: true, ofSelf: true },
      { kind: "reaction", emoji: "\u{1f389}", added: false, ofSelf: true },
    ]);
  });

  test.each(["socket", "http"] as const)("commands and presses over %s", async (mode) => {
    const channel = await live({ mode });
    const asked = await sent(channel, HERE, { body: { kind: "text", text: { text: "Tea?", plain: "Tea?" }, buttons: [[{ label: "Yes", data: "tea:yes" }]] } });
    const triggerId = server.command({ channel: FAMILY, user: ADA, command: "/ask", text: "why & how" });
    server.press({ channel: ADA_CHAT, ts: asked.messageId, user: ADA, value: "tea:yes" });
    server.press({ channel: ADA_CHAT, ts: asked.messageId, user: ADA, url: "https://example.com" });
    await atOnce("all was told", () => server.deliveries.every(({ isAcknowledged }) => isAcknowledged));
    expect(others()).toMatchObject([
      { messageId: triggerId, chat: { id: FAMILY, kind: "room" }, sender: { id: ADA }, body: { kind: "message", command: "ask", text: "why & how", addressed: true } },
      { messageId: asked.messageId, chat: { id: ADA_CHAT, kind: "direct" }, body: { kind: "press", data: "tea:yes" } },
    ]);
    // A command leaves nothing that could be answered below, or reacted to.
    await sent(channel, { chatId: FAMILY }, { ...part("because"), replyTo: triggerId });
    expect(server.workspace.messages.at(-1)?.threadTs).toBeUndefined();
    expect(await channel.react({ chatId: FAMILY, messageId: triggerId }, "\u{1f44d}", true)).toMatchObject({ kind: "refused", code: "unknown-target" });
  });
});

describe("the way in over HTTP", () => {
  test("no socket is opened, and the token is looked after", async () => {
    const channel = await live({ mode: "http" });
    expect(calls("apps.connections.open")).toHaveLength(0);
    say("hello");
    await atOnce("the message", () => texts().includes("hello"));
    const before = calls("auth.test").length;
    await host.clock.pass(60_000);
    await atOnce("it is asked again", () => calls("auth.test").length > before);
    server.fail("auth.test", { kind: "error", error: "token_revoked" });
    await becomes(channel, "needs-operator");
    // Slack would switch off what refuses its events for long, and they may be answered yet.
    say("anybody?");
    await atOnce("it is kept", () => texts().includes("anybody?"));
    expect(host.clock.pending).toBe(0);
  });

  test("what can't be stored is not taken, and comes again", async () => {
    await live({ mode: "http" });
    host.broken = true;
    const { ts } = say("keep this");
    await atOnce("it was refused", () => server.answers.length === 1);
    expect(server.answers[0]?.status).toBe(503);
    host.broken = false;
    server.redeliver(ts);
    await atOnce("it is acknowledged", () => server.isAcknowledged(ts));
    server.redeliver(ts);
    await atOnce("the repeat is answered", () => server.answers.length === 3);
    expect(host.duplicates).toHaveLength(1);
    expect(server.answers.map(({ status }) => status)).toEqual([503, 200, 200]);
  });

  test("Slack asks whether the address is right, and looks at the certificate", async () => {
    const channel = await live({ mode: "http" });
    const challenge = JSON.stringify({ token: "legacy", challenge: "3eZbrw1aBm2rZgRNFdxV", type: "url_verification" });
    expect(await server.postEvent(challenge, { ...server.sign(challenge), "content-type": "application/json" })).toBe(200);
    expect(server.answers.at(-1)?.body).toBe("3eZbrw1aBm2rZgRNFdxV");
    const look = "ssl_check=1&token=legacy";
    expect(await server.postEvent(look, { ...server.sign(look), "content-type": "application/x-www-form-urlencoded" })).toBe(200);
    expect(await channel.webhook?.handle({ method: "GET", headers: {}, query: "", body: new Uint8Array() })).toMatchObject({ status: 405 });
    expect(host.envelopes).toHaveLength(0);
  });

  test("nobody is there yet, or any more: Slack keeps what it has", async () => {
    const channel = createChannel({ mode: "http" });
    const body = JSON.stringify({ type: "event_callback", event: { type: "message" } });
    const request = { method: "POST", headers: { ...server.sign(body), "content-type": "application/json" }, query: "", body: new TextEncoder().encode(body) };
    expect(await channel.webhook?.handle(request)).toEqual({ status: 503 });
    await channel.start(host);
    await becomes(channel, "live");
    await channel.stop(after(host.clock.now(), 1_000));
    expect(await channel.webhook?.handle(request)).toEqual({ status: 503 });
    expect(host.envelopes).toHaveLength(0);
  });
});

describe("what goes out", () => {
  test("a person is written to in the direct chat with them, which is looked for once", async () => {
    const channel = await live();
    expect(await channel.send({ chatId: BOB }, part("hi"), attempt())).toMatchObject({ kind: "delivered", chatId: "D00000BOB" });
    const again = await channel.send({ chatId: BOB }, part("again"), attempt());
    expect(calls("conversations.open")).toEqual([{ users: BOB }]);
    expect(again.kind === "delivered" && (await channel.edit({ chatId: BOB, messageId: again.messageId }, part("once more"), attempt()))).toEqual({ kind: "done" });
    expect(await channel.send({ chatId: "U0NOBODY1" }, part("hi"), attempt())).toMatchObject({ kind: "refused", code: "unknown-target" });
    server.fail("conversations.open", { kind: "cut-after" });
    expect(await channel.send({ chatId: ADA }, part("hi"), attempt())).toMatchObject({ kind: "later" });
  });

  test("as an answer it opens a thread, and says so", async () => {
    const channel = await live();
    const { ts } = say("a question", { channel: FAMILY });
    expect(await channel.send({ chatId: FAMILY }, { ...part("an answer"), replyTo: ts }, attempt())).toEqual({ kind: "delivered", messageId: expect.any(String), threadId: ts });
    expect(calls("chat.postMessage")[0]).toEqual({ channel: FAMILY, text: "an answer", thread_ts: ts, parse: "none", link_names: "false", unfurl_links: "false", unfurl_media: "false" });
  });

  test("buttons are shown, and gone with an edit that has none", async () => {
    const channel = await live();
    const long = "a line of text\n".repeat(250);
    const message = await sent(channel, HERE, { body: { kind: "text", text: { text: long, plain: long }, buttons: [[{ label: "Yes", data: "y" }], [{ label: "Site", url: "https://example.com" }]] } });
    const [shown] = server.workspace.messages;
    expect(shown?.blocks).toMatchObject([{ type: "section" }, { type: "section" }, { type: "actions" }, { type: "actions" }]);
    await channel.edit(message, part("done"), attempt());
    expect([shown?.text, shown?.blocks]).toEqual(["done", []]);
  });

  test("more buttons than a row holds are broken into rows, and more rows than a message holds are refused", async () => {
    const channel = await live();
    const row = (count: number) => Array.from({ length: count }, (_, nth) => ({ label: `${nth}`, data: `${nth}` }));
    const asking = (buttons: ReturnType<typeof row>[]): OutboundPart => ({ body: { kind: "text", text: { text: "which?", plain: "which?" }, buttons } });
    const message = await sent(channel, HERE, asking([row(60)]));
    const { blocks } = server.workspace.find(ADA_CHAT, message.messageId) ?? {};
    expect((blocks as { elements?: { value: string }[] }[]).flatMap(({ elements = [] }) => elements.map(({ value }) => value))).toEqual(row(60).map(({ data }) => data));
    const many = asking(Array.from({ length: 50 }, () => row(1)));
    expect(await channel.send(HERE, many, attempt())).toMatchObject({ kind: "refused", code: "invalid", reason: expect.stringMatching(/50 blocks/u) });
    expect(await channel.edit(message, many, attempt())).toMatchObject({ kind: "refused", code: "invalid" });
  });

  const TABLE: OutboundPart = {
    body: {
      kind: "text",
      text: { text: "Before\n\n```\nA  B\n```", plain: "Before\n\nA  B" },
      layout: [{ kind: "text", text: "Before" }, { kind: "table", rows: [[[{ kind: "text", text: "A" }], []]] }],
    },
  };

  test("a table is Slack's own, with the text for where there are no blocks; an edit without one takes it away", async () => {
    const channel = await live();
    const message = await sent(channel, HERE, TABLE);
    const shown = server.workspace.find(ADA_CHAT, message.messageId);
    expect(shown).toMatchObject({ text: "Before\n\n```\nA  B\n```", blocks: [{ type: "section" }, { type: "table" }] });
    await channel.edit(message, part("done"), attempt());
    expect([shown?.text, shown?.blocks]).toEqual(["done", []]);
    await channel.edit(message, TABLE, attempt());
    expect(shown?.blocks).toMatchObject([{ type: "section" }, { type: "table" }]);
  });

  test("a Slack that takes no tables is given the text, once", async () => {
    const channel = await live();
    server.methods.takesTables = false;
    const message = await sent(channel, HERE, TABLE);
    expect(server.workspace.messages).toHaveLength(1);
    const shown = server.workspace.find(ADA_CHAT, message.messageId);
    expect([shown?.text, shown?.blocks]).toEqual(["Before\n\n```\nA  B\n```", undefined]);
    expect(await channel.edit(message, TABLE, attempt())).toEqual({ kind: "done" });
    expect(calls("chat.update")).toHaveLength(2);
    // Any other refusal is one.
    server.fail("chat.postMessage", { kind: "error", error: "not_in_channel" });
    expect(await channel.send(HERE, TABLE, attempt())).toMatchObject({ kind: "refused", code: "forbidden" });
    expect(calls("chat.postMessage")).toHaveLength(3);
  });

  test("what an agent writes as a table arrives as one, also where it is too wide for a phone; a second one is text", async () => {
    const wide = `| ${Array.from({ length: 8 }, (_, nth) => `a heading of some length ${nth}`).join(" | ")} |`;
    const answer = `Here:\n\n${wide}\n|${" --- |".repeat(8)}\n| **1** | \`<!channel>\` | [docs](https://example.com/) | | [x](javascript:alert) | ~~6~~ | <@U1> | 8 |\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\nThat was it.`;
    const channel = createChannel();
    const door = await ChannelDoor.open({ clock: host.clock, channels: [channel], policy: { dmPolicy: "open" }, script: [{ kind: "say", text: answer }] });
    try {
      say("a table, please");
      const shown = () => server.workspace.messages.find(({ user }) => user === BOT_USER_ID);
      await door.until("the answer", () => shown()?.text.includes("That was it.") === true);
      const blocks = shown()?.blocks as { type: string; text?: { text: string }; rows?: { elements: { elements: unknown[] }[] }[][] }[];
      expect(blocks.map(({ type }) => type)).toEqual(["section", "table", "section"]);
      expect(blocks[2]?.text?.text).toBe("```\nA  B\n-  -\n1  2\n```\n\nThat was it.");
      expect(blocks[1]?.rows?.[1]?.map(({ elements: [section] }) => section?.elements)).toEqual([
        [{ type: "text", text: "1", style: { bold: true } }], [{ type: "text", text: "<!channel>", style: { code: true } }], [{ type: "link", url: "https://example.com/", text: "docs" }], [{ type: "text", text: " " }],
        [expect.objectContaining({ type: "text" })], [{ type: "text", text: "6", style: { strike: true } }], [{ type: "text", text: "<@U1>" }], [{ type: "text", text: "8" }],
      ]);
    } finally {
      await door.close();
    }
  });

  test.each([["not_in_channel", "forbidden"], ["is_archived", "forbidden"], ["restricted_action", "forbidden"], ["msg_too_long", "too-large"], ["channel_not_found", "unknown-target"]])("%s is %s", async (error, code) => {
    const channel = await live();
    server.fail("chat.postMessage", { kind: "error", error });
    expect(await channel.send(HERE, part("hi"), attempt())).toMatchObject({ kind: "refused", code, reason: expect.stringMatching(/\.$/u) });
    expect(channel.status().state).toBe("live");
  });

  test("a missing scope is named", async () => {
    const channel = await live();
    server.fail("reactions.add", { kind: "error", error: "missing_scope", more: { needed: "reactions:write", provided: "chat:write" } });
    const { messageId } = await sent(channel, HERE, part("hi"));
    expect(await channel.react({ ...HERE, messageId }, "\u{1f44d}", true)).toMatchObject({ kind: "refused", code: "forbidden", reason: expect.stringContaining("\"reactions:write\"") });
  });

  test("Slack asks to slow down, with and without the time to wait; nothing is tried again here", async () => {
    const channel = await live();
    server.fail("chat.postMessage", { kind: "rate-limited", seconds: 7 });
    expect(await channel.send(HERE, part("hi"), attempt())).toEqual({ kind: "later", reason: expect.any(String), retryAfterMs: 7_000, scope: "chat" });
    server.fail("chat.update", { kind: "rate-limited" });
    expect(await channel.edit({ ...HERE, messageId: "1.2" }, part("hi"), attempt())).toMatchObject({ kind: "later", retryAfterMs: expect.any(Number), scope: "account" });
    server.fail("chat.postMessage", { kind: "error", error: "ratelimited" });
    expect(await channel.send(HERE, part("hi"), attempt())).toMatchObject({ kind: "later", retryAfterMs: expect.any(Number) });
    expect(calls("chat.postMessage")).toHaveLength(2);
  });

  test("what can't have arrived is sent later, and what may have is not sent again", async () => {
    const channel = await live();
    for (const fault of [{ kind: "cut-before" }, { kind: "cut-after" }, { kind: "status", status: 502 }, { kind: "body", body: "<html>what?</html>" }, { kind: "error", error: "fatal_error" }] as const) {
      server.fail("chat.postMessage", fault);
      expect(await channel.send(HERE, part("hi"), attempt())).toMatchObject({ kind: "unknown" });
    }
    expect(server.workspace.messages).toHaveLength(1);
    server.fail("chat.postMessage", { kind: "hang" });
    const canceller = new AbortController();
    const sending = channel.send(HERE, part("hi"), attempt(canceller.signal));
    await atOnce("it was asked", () => calls("chat.postMessage").length === 6);
    canceller.abort();
    expect(await sending).toMatchObject({ kind: "unknown" });
    expect(await channel.send(HERE, part("hi"), attempt(AbortSignal.abort()))).toMatchObject({ kind: "later" });
    expect(calls("chat.postMessage")).toHaveLength(6);
    await server.close();
    // The first may still be written to a connection that was kept; behind it there is nobody.
    await channel.send(HERE, part("hi"), attempt());
    expect(await channel.send(HERE, part("hi"), attempt())).toMatchObject({ kind: "later", scope: "account" });
  });

  test("what is done already is done", async () => {
    const channel = await live();
    const message = await sent(channel, HERE, part("hi"));
    for (const add of [true, true, false, false]) expect(await channel.react(message, "\u{1f44d}", add)).toEqual({ kind: "done" });
    expect(await channel.remove(message)).toEqual({ kind: "done" });
    expect(await channel.remove(message)).toEqual({ kind: "done" });
    expect(await channel.edit(message, part("hi"), attempt())).toMatchObject({ kind: "refused", code: "unknown-target" });
    expect(await channel.react(message, "\u{1f44d}", true)).toMatchObject({ kind: "refused", code: "unknown-target" });
    expect(await channel.react(message, "\u{1f9ff}", true)).toMatchObject({ kind: "refused", code: "invalid" });
  });

  test("a status is shown where people talk to the assistant, and not asked for again where there is none", async () => {
    const channel = await live();
    const { channel: chatId, threadTs: threadId } = server.workspace.openAssistant(ADA);
    await channel.typing({ chatId, threadId }, true);
    await channel.typing({ chatId, threadId }, false);
    expect(server.workspace.statuses.map(({ status }) => status)).toEqual(["is typing\u2026", ""]);
    await channel.typing(HERE, true);
    await channel.typing({ chatId: FAMILY, threadId }, true);
    expect(calls("assistant.threads.setStatus")).toHaveLength(2);
    server.fail("assistant.threads.setStatus", { kind: "error", error: "missing_scope", more: { needed: "assistant:write" } });
    for (let nth = 0; nth < 3; nth += 1) await channel.typing({ chatId, threadId }, true);
    expect(calls("assistant.threads.setStatus")).toHaveLength(3);
    expect(channel.status().state).toBe("live");
  });

  test("it is linked by its configuration", async () => {
    const channel = await live();
    const steps = [];
    for await (const step of channel.login()) steps.push(step);
    expect(steps).toMatchObject([{ kind: "refused", code: "unsupported" }]);
    expect(await channel.logout()).toMatchObject({ cleared: false, loggedOut: false, reason: expect.stringMatching(/\.$/u) });
    expect(await createChannel({ accountId: "other" }).probe(new AbortController().signal)).toMatchObject({ kind: "failed" });
  });
});

describe("files", () => {
  const media = (bytes: Uint8Array) => host.keep(bytes, { kind: "image", mimeType: "image/png", fileName: "chart.png" });
  const sharing = (bytes = new Uint8Array(100_000).fill(7)): OutboundPart => ({ body: { kind: "media", media: media(bytes), caption: { text: "the chart", plain: "the chart" } } });

  test("one goes out into a thread; its message is looked for until it is there", async () => {
    const channel = await live();
    const { ts } = say("where is it?", { channel: FAMILY });
    server.methods.slowShares = 2;
    let receipt: Awaited<ReturnType<SlackChannel["send"]>> | undefined;
    void channel.send({ chatId: FAMILY, threadId: ts }, sharing(), attempt()).then((found) => (receipt = found));
    await host.until("it is sent", () => receipt !== undefined);
    const shown = server.workspace.messages.at(-1);
    expect(receipt).toEqual({ kind: "delivered", messageId: shown?.ts });
    expect(shown).toMatchObject({ threadTs: ts, text: "the chart", files: [{ name: "chart.png", bytes: new Uint8Array(100_000).fill(7) }] });
    expect(calls("files.info")).toHaveLength(3);
  });

  test("one whose message can't be looked for was taken over all the same", async () => {
    const channel = await live();
    server.fail("files.info", { kind: "error", error: "missing_scope", more: { needed: "files:read" } });
    expect(await channel.send(HERE, sharing(), attempt())).toMatchObject({ kind: "accepted", messageId: expect.stringMatching(/^F/u) });
  });

  test("nothing is shown before the last step, so that all before it can be tried again", async () => {
    const channel = await live();
    server.fail("files.getUploadURLExternal", { kind: "cut-after" });
    expect(await channel.send(HERE, sharing(), attempt())).toMatchObject({ kind: "later", scope: "message" });
    server.fail("upload", { kind: "cut-before" });
    expect(await channel.send(HERE, sharing(), attempt())).toMatchObject({ kind: "later" });
    server.fail("upload", { kind: "status", status: 500 });
    expect(await channel.send(HERE, sharing(), attempt())).toMatchObject({ kind: "later" });
    const gone = sharing();
    host.files.clear();
    expect(await channel.send(HERE, gone, attempt())).toMatchObject({ kind: "refused", code: "invalid", reason: expect.stringContaining("can't be read") });
    server.fail("files.getUploadURLExternal", { kind: "body", body: JSON.stringify({ ok: true, file_id: "F1", upload_url: "https://evil.example/upload" }) });
    expect(await channel.send(HERE, sharing(), attempt())).toMatchObject({ kind: "refused" });
    expect(server.workspace.messages).toHaveLength(0);
    server.fail("files.completeUploadExternal", { kind: "cut-after" });
    expect(await channel.send(HERE, sharing(), attempt())).toMatchObject({ kind: "unknown" });
    expect(server.workspace.messages).toHaveLength(1);
  });

  const refOf = (url: string): Parameters<SlackChannel["fetchMedia"]>[0] => ({ kind: "image", mimeType: "image/png", ref: JSON.stringify({ id: "F1", url }) });

  test.each([
    "https://evil.example/a.png", "https://slack.com.evil.example/a.png", "https://notslack.com/a.png", "http://files.slack.com/a.png", "https://files.slack.com:8443/a.png",
    "http://127.0.0.1:1/a.png", "http://169.254.169.254/latest", "file:///etc/passwd", "not a url",
  ])("the token is not taken to %s", async (url) => {
    const channel = await live();
    expect(await channel.fetchMedia(refOf(url), 1_000)).toMatchObject({ kind: "refused", reason: expect.stringContaining("outside of Slack") });
  });

  test("a file that the app may not read, that is gone, that is another or that breaks off", async () => {
    const channel = await live();
    const file = server.workspace.addFile("a.png", "image/png", new Uint8Array(500));
    const ref = refOf(server.workspace.fileUrl(file));
    server.fail("download", { kind: "status", status: 302, headers: { location: "https://evil.example/" } });
    expect(await channel.fetchMedia(ref, 1_000)).toMatchObject({ kind: "refused", code: "forbidden", reason: expect.stringContaining("files:read") });
    server.fail("download", { kind: "body", body: "<html>Sign in</html>" });
    expect(await channel.fetchMedia(ref, 1_000)).toMatchObject({ kind: "refused", code: "forbidden" });
    server.fail("download", { kind: "status", status: 404 });
    expect(await channel.fetchMedia(ref, 1_000)).toMatchObject({ kind: "refused", code: "invalid" });
    expect(await channel.fetchMedia({ kind: "file", ref: "{}" }, 1_000)).toMatchObject({ kind: "refused", code: "invalid" });
    server.fail("download", { kind: "cut-after" });
    const broken = await channel.fetchMedia(ref, 10_000);
    const read = async (): Promise<void> => {
      if (broken.kind === "media") for await (const _ of broken.bytes);
    };
    await expect(read()).rejects.toThrow();
  });

  test("a file of another workspace is asked for by its id", async () => {
    const channel = await live();
    const file = server.workspace.addFile("a.png", "image/png", new Uint8Array([1, 2, 3]));
    const found = await channel.fetchMedia({ kind: "image", ref: JSON.stringify({ id: file.id }) }, 1_000);
    if (found.kind !== "media") throw new Error(found.kind);
    const chunks = [];
    for await (const chunk of found.bytes) chunks.push(...chunk);
    expect([found.mimeType, chunks]).toEqual(["image/png", [1, 2, 3]]);
    expect(await channel.fetchMedia({ kind: "image", ref: JSON.stringify({ id: "F0NONE" }) }, 1_000)).toMatchObject({ kind: "refused", code: "invalid" });
  });

  test("a file that nobody reads on does not hold the channel back", async () => {
    const channel = await live();
    const file = server.workspace.addFile("a.png", "image/png", new Uint8Array(5_000_000));
    const found = await channel.fetchMedia(refOf(server.workspace.fileUrl(file)), 10_000_000);
    expect(found.kind).toBe("media");
    let isStopped = false;
    void channel.stop(after(host.clock.now(), 3_000)).then(() => (isStopped = true));
    await host.until("it has stopped", () => isStopped);
  });
});

test("neither tokens nor texts are in the log or in a status", async () => {
  const channel = await live();
  say("a secret word");
  await atOnce("the message", () => texts().length === 1);
  await channel.send(HERE, part("a secret answer"), attempt());
  server.fail("chat.postMessage", { kind: "cut-before" });
  server.fail("chat.postMessage", { kind: "error", error: "invalid_blocks", more: { response_metadata: { messages: ["[ERROR] bad: a secret answer"] } } });
  for (let nth = 0; nth < 3; nth += 1) await channel.send(HERE, part("a secret answer"), attempt());
  host.broken = true;
  say("a secret word");
  server.revoke();
  server.cut();
  await becomes(channel, "needs-operator");
  const told = JSON.stringify([log.entries, host.statuses, await channel.probe(new AbortController().signal)]);
  expect(log.entries.length).toBeGreaterThan(0);
  expect(told).not.toMatch(/xoxb-|xapp-|secret|ticket/u);
});
