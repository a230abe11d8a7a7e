import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { discord, parseDiscordConfig } from "../../../src/adapters/channels/discord/index.js";
import { after } from "../../../src/domain/moment.js";
import type { OutboundPart, Receipt } from "../../../src/domain/messaging/outbound.js";
import type { Channel } from "../../../src/ports/channel.js";
import type { Log } from "../../../src/ports/log.js";
import { TestChannelHost } from "../../../src/testing/test-channel-host.js";
import { DiscordServer } from "../../stand-ins/discord-server.js";
import type { DiscordChannel, DiscordUser } from "../../stand-ins/discord-world.js";

jest.setTimeout(20_000);

const NEVER = new AbortController().signal;
const POST = /^POST \/channels\/\d+\/messages$/u;
const IDENTIFY = 2;
const RESUME = 6;

interface Rig {
  readonly server: DiscordServer;
  readonly host: TestChannelHost;
  readonly channel: Channel;
  readonly ada: DiscordUser;
  readonly direct: DiscordChannel;
  readonly general: DiscordChannel;
  readonly lines: string[];
  readonly texts: () => string[];
  readonly heard: (count: number) => Promise<void>;
  readonly live: () => Promise<void>;
  readonly needsOperator: () => Promise<void>;
  readonly turns: (count: number) => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly say: (text: string, channel?: DiscordChannel) => string;
  readonly received: (op: number) => number;
}

let keys = 0;
const saying = (text: string): OutboundPart => ({ body: { kind: "text", text: { text, plain: text } } });
const attempt = (): { key: string; cancel: AbortSignal } => ({ key: `key-${(keys += 1)}`, cancel: NEVER });

/** What reaches the process because nobody else heard it. */
const unheard: unknown[] = [];
const hear = (error: unknown): void => { unheard.push(error); };
beforeAll(() => { process.on("unhandledRejection", hear).on("uncaughtException", hear); });
afterAll(() => {
  process.off("unhandledRejection", hear).off("uncaughtException", hear);
  expect(unheard).toEqual([]);
});

async function using(check: (rig: Rig) => Promise<void>, { prepare, section = {} }: { prepare?: (server: DiscordServer) => void; section?: object } = {}): Promise<void> {
  const lines: string[] = [];
  const write = (message: string, fields?: object): void => { lines.push(`${message} ${JSON.stringify(fields ?? {})}`); };
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const host = new TestChannelHost({ log });
  const server = await DiscordServer.start({ now: () => host.clock.now() });
  const { world } = server;
  const ada = world.addUser("ada", { global_name: "Ada" });
  const direct = world.direct(ada);
  const general = world.addChannel({ type: 0, name: "general", guildId: world.guildId });
  prepare?.(server);
  const reading = parseDiscordConfig({ token: server.token, apiRoot: server.apiRoot, ...section }, "default", {});
  if ("issues" in reading) throw new Error(JSON.stringify(reading.issues));
  const channel = discord(reading.config);
  const rig: Rig = {
    server, host, channel, ada, direct, general, lines,
    texts: () => host.envelopes.filter(({ sender }) => !sender.isSelf).map(({ body }) => ("text" in body ? body.text : body.kind)),
    heard: (count) => host.until(`${count} envelopes`, () => host.envelopes.length >= count),
    live: () => host.until("it is live", () => channel.status().state === "live"),
    needsOperator: () => host.until("it needs its operator", () => channel.status().state === "needs-operator"),
    turns: async (count) => { let turn = 0; await host.until("some time passes", () => (turn += 1) > count); },
    stop: () => channel.stop(after(host.clock.now(), 5_000)),
    say: (text, where = direct) => server.say({ channel: where, from: ada, text }).id,
    received: (op) => server.gateway.heard.filter((one) => one === op).length,
  };
  try {
    await channel.start(host);
    await check(rig);
    expect([...lines, JSON.stringify(host.statuses), JSON.stringify([...host.notes])].join("\n")).not.toContain(server.token);
    for (const { state, message } of host.statuses) if (state !== "live" && state !== "idle") expect(message).toMatch(/^[A-Z].*\.$/u);
  } finally {
    host.release();
    await rig.stop();
    await server.close();
    expect(host.clock.pending).toBe(0);
  }
}

describe("the session", () => {
  test("one that breaks is taken up again, and nothing that was said meanwhile is missing", () => using(async ({ server, host, live, say, heard, texts, received, channel }) => {
    await live();
    server.gateway.cut();
    say("one");
    say("two");
    await heard(2);
    expect(texts()).toEqual(["one", "two"]);
    expect([received(IDENTIFY), received(RESUME)]).toEqual([1, 1]);
    expect(host.statuses.map(({ state }) => state)).toEqual(["connecting", "live", "connecting", "live"]);
    expect(channel.status().identity).toEqual({ id: server.world.bot.id, name: "claw" });
  }));

  test("Discord moves its bots about: told to reconnect, it resumes", () => using(async ({ server, host, live, received, say, heard }) => {
    await live();
    server.gateway.say({ op: 7 });
    await host.until("it resumed", () => received(RESUME) === 1 && host.state === "live");
    say("still there?");
    await heard(1);
    expect([received(IDENTIFY), server.gateway.connections.most]).toEqual([1, 1]);
  }));

  test("a session that timed out is asked for all the same", () => using(async ({ server, host, live, received }) => {
    await live();
    server.gateway.close(4_009);
    await host.until("it resumed", () => received(RESUME) === 1 && host.state === "live");
    expect(received(IDENTIFY)).toBe(1);
  }));

  test("one that Discord forgot is begun anew, and what was missed is fetched, oldest first, before what comes now", () => using(async ({ server, host, live, say, heard, texts, received, general }) => {
    await live();
    say("before");
    say("before, in the channel", general);
    await heard(2);
    server.gateway.forget();
    server.gateway.cut();
    for (let nth = 0; nth < 130; nth += 1) say(`missed ${nth}`);
    say("missed in the channel", general);
    await host.until("it began anew", () => received(IDENTIFY) === 2);
    say("now");
    await heard(134);
    expect(texts().filter((text) => !text.includes("channel"))).toEqual(["before", ...Array.from({ length: 130 }, (_, nth) => `missed ${nth}`), "now"]);
    expect(texts()).toContain("missed in the channel");
    expect(server.gateway.connections.most).toBe(1);
  }));

  test("a channel and a thread in which the first words fell meanwhile are caught up with too", () => using(async ({ server, host, live, say, heard, texts, received, general }) => {
    await live();
    say("before");
    await heard(1);
    server.gateway.forget();
    server.gateway.cut();
    const thread = server.world.addChannel({ type: 11, name: "dinner", guildId: server.world.guildId, parentId: general.id });
    say("first in the channel", general);
    say("first in the thread", thread);
    await host.until("it began anew", () => received(IDENTIFY) === 2);
    await heard(3);
    expect(texts().toSorted()).toEqual(["before", "first in the channel", "first in the thread"]);
  }));

  test("a bot that was never here before answers nothing of the past", () => using(async ({ host, live, say, heard, texts, general }) => {
    await live();
    await host.until("the greeting is over", () => host.state === "live");
    say("now", general);
    await heard(1);
    expect(texts()).toEqual(["now"]);
  }, { prepare: ({ world }) => {
    const general = [...world.channels.values()].find(({ name }) => name === "general");
    if (general !== undefined) world.addMessage({ channel: general, author: world.addUser("ben"), content: "long ago" });
  } }));

  test("three tries at taking it up again that lead nowhere, and it is begun anew", () => using(async ({ server, host, live, received, say, heard }) => {
    await live();
    server.gateway.answers.resumes = false;
    /** Time passes where the channel waits on purpose. A try that is under way takes the machine's own time, however slow that is. */
    const comes = (what: string, holds: () => boolean): Promise<void> => host.until(what, async () => {
      if (host.statuses.at(-1)?.retryAt !== undefined) await host.clock.pass(250);
      return holds();
    }, { passing: false });
    for (let nth = 1; nth <= 3; nth += 1) {
      server.gateway.cut();
      await comes(`try ${nth}`, () => received(RESUME) === nth);
    }
    server.gateway.cut();
    await comes("it began anew", () => received(IDENTIFY) === 2 && host.state === "live");
    expect(received(RESUME)).toBe(3);
    expect(host.statuses.some(({ state, retryAt }) => state === "backing-off" && retryAt !== undefined)).toBe(true);
    say("hello again");
    await heard(1);
    expect(server.gateway.connections.most).toBe(1);
  }));

  test("a try that is never answered counts too", () => using(async ({ server, host, live, received }) => {
    await live();
    server.gateway.answers.resumes = false;
    server.gateway.cut();
    await host.until("it began anew", () => received(IDENTIFY) === 2 && host.state === "live");
    expect(host.statuses.some(({ message }) => message?.includes("silent") === true)).toBe(true);
  }));

  test("a socket with nothing behind it is noticed, and does not look healthy meanwhile", () => using(async ({ server, host, live, received }) => {
    await live();
    server.gateway.answers.beats = false;
    await host.until("it was noticed", () => received(RESUME) === 1 && host.state === "live");
    server.gateway.answers.beats = true;
    const { signs } = host;
    await host.until("it lives", () => host.signs > signs);
  }));

  test.each<[number, string, RegExp, (server: DiscordServer) => void]>([
    [4_004, "credentials", /token/u, (server) => server.revoke()],
    [4_013, "intents", /Privileged Gateway Intents/u, (server) => { server.gateway.allowsIntents = false; }],
    [4_014, "intents", /Message Content Intent/u, (server) => { server.gateway.allowsContent = false; }],
  ])("closed with %d, it waits for its operator and knocks no more", (_code, trouble, message, spoil) => using(async ({ server, channel, needsOperator, host, turns, received }) => {
    await host.until("it is live", () => channel.status().state === "live");
    spoil(server);
    server.gateway.forget();
    server.gateway.cut();
    await needsOperator();
    expect(channel.status()).toMatchObject({ trouble, message: expect.stringMatching(message) });
    const before = [server.calls.length, received(IDENTIFY), received(RESUME)];
    await turns(60);
    expect([server.calls.length, received(IDENTIFY), received(RESUME)]).toEqual(before);
    expect(server.gateway.connections.now).toBe(0);
  }));

  test("a token that is void from the start", () => using(async ({ channel, needsOperator }) => {
    await needsOperator();
    expect(channel.status().trouble).toBe("credentials");
    expect(await channel.send({ chatId: "1" }, saying("x"), attempt())).toMatchObject({ kind: "refused", code: "not-linked" });
  }, { section: { token: "some.other.token" } }));

  test("a token that a call finds void closes the way in at once", () => using(async ({ server, channel, live, needsOperator, direct, host }) => {
    await live();
    server.revoke();
    expect(await channel.send({ chatId: direct.id }, saying("x"), attempt())).toMatchObject({ kind: "refused", code: "not-linked" });
    await needsOperator();
    await host.until("the socket is gone", () => server.gateway.connections.now === 0);
    expect(host.statuses.filter(({ state }) => state === "needs-operator")).toHaveLength(1);
  }));

  test("no more sessions for today are waited for, and said so", () => using(async ({ server, host, channel, live }) => {
    await host.until("it waits", () => channel.status().trouble === "rate");
    expect(channel.status().message).toMatch(/thousand/u);
    server.rest.sessionsLeft = 100;
    await host.clock.pass(600_000);
    await live();
  }, { prepare: (server) => { server.rest.sessionsLeft = 0; } }));

  test("a provider that is out of order is tried again with growing pauses", () => using(async ({ server, host, live }) => {
    await live();
    const waits = host.statuses.flatMap(({ state, retryAt, since }) => (state === "backing-off" && retryAt !== undefined ? [retryAt - since] : []));
    expect(waits).toHaveLength(2);
    expect(server.calls.filter(({ name }) => name === "GET /gateway/bot").length).toBeGreaterThanOrEqual(3);
  }, { prepare: (server) => { for (const status of [503, 429]) server.misbehave(/gateway/u, { kind: "answer", status, headers: { "retry-after": "7" }, body: { message: "no", retry_after: 7 } }); } }));

  test("two accounts with one token are one too many", () => using(async ({ server, host, live }) => {
    await live();
    const reading = parseDiscordConfig({ accounts: { twin: { token: server.token, apiRoot: server.apiRoot } } }, "twin", {});
    if ("issues" in reading) throw new Error("no configuration");
    const twin = discord(reading.config);
    const other = new TestChannelHost({ clock: host.clock });
    await twin.start(other);
    await other.until("it sees the other", () => twin.status().trouble === "conflict");
    expect(server.gateway.connections.most).toBe(1);
    await twin.stop(after(host.clock.now(), 5_000));
  }));
});

describe("what the SDK would not survive", () => {
  test("events that lack everything are passed over", () => using(async ({ server, live, say, heard, texts, received }) => {
    await live();
    for (const type of ["MESSAGE_CREATE", "MESSAGE_UPDATE", "GUILD_CREATE", "INTERACTION_CREATE", "MESSAGE_REACTION_ADD", "CHANNEL_CREATE", "GUILD_MEMBERS_CHUNK"]) server.gateway.dispatch(type, {});
    server.gateway.say("no JSON");
    server.gateway.say("[]");
    server.gateway.say({ op: 9 });
    server.gateway.say({ op: 10 });
    say("after all that");
    await heard(1);
    expect([texts(), received(IDENTIFY)]).toEqual([["after all that"], 1]);
  }));

  test.each<[string, (server: DiscordServer) => void]>([
    ["before the greeting", (server) => { server.gateway.answers.hello = false; }],
    ["before the session", (server) => { server.gateway.answers.identifies = false; }],
  ])("stopped %s, it leaves nothing behind and comes back no more", (_when, prepare) => using(async ({ server, host, stop, turns, channel, live }) => {
    await host.until("it is half way in", () => server.gateway.connections.now === 1);
    await stop();
    await host.until("it is gone", () => server.gateway.connections.now === 0, { passing: false });
    await turns(150);
    expect([server.gateway.connections, channel.status().state]).toEqual([{ now: 0, most: 1 }, "idle"]);
    server.gateway.answers.hello = server.gateway.answers.identifies = true;
    await channel.start(host);
    await live();
    expect(server.gateway.connections.most).toBe(1);
  }, { prepare }));

  test("stopped in the half second before it comes back, it does not", () => using(async ({ server, host, stop, turns, live }) => {
    await live();
    server.gateway.cut();
    await host.until("the break shows", () => host.state === "connecting");
    await stop();
    await turns(150);
    expect(server.gateway.connections.now).toBe(0);
  }));

  test("stopped while it asks where the gateway is", () => using(async ({ server, host, stop, turns }) => {
    await host.until("it asks", () => server.calls.length === 1);
    await stop();
    await turns(20);
    expect(server.gateway.connections.most).toBe(0);
  }, { prepare: (server) => server.misbehave(/gateway/u, { kind: "hang" }) }));
});

describe("what comes in", () => {
  test("what can't be stored for a moment is tried again, in its order", () => using(async ({ host, live, say, heard, texts, turns, channel }) => {
    await live();
    host.broken = true;
    say("one");
    say("two");
    await host.until("it says so", () => channel.status().state === "degraded");
    await turns(10);
    host.broken = false;
    await heard(2);
    expect(texts()).toEqual(["one", "two"]);
    await live();
  }));

  test("what can't be stored for long is read again from the channel, without a gap and in its order", () => using(async ({ server, host, live, say, heard, texts }) => {
    await live();
    host.broken = true;
    for (let nth = 0; nth < 230; nth += 1) say(`${nth}`);
    await host.until("the history is read", () => server.calls.some(({ name }) => /^GET .*messages$/u.test(name)));
    host.broken = false;
    await heard(230);
    say("at last");
    await heard(231);
    expect(texts()).toEqual([...Array.from({ length: 230 }, (_, nth) => `${nth}`), "at last"]);
  }));

  test("over a restart it goes on where it was; another bot would not", () => using(async ({ server, host, channel, live, stop, say, heard, texts, direct }) => {
    await live();
    say("before");
    await heard(1);
    await stop();
    expect(JSON.parse(host.notes.get("seen") ?? "{}")).toMatchObject({ bot: server.world.bot.id, channels: { [direct.id]: expect.any(String) } });
    say("meanwhile");
    await channel.start(host);
    await live();
    await heard(2);
    expect(texts()).toEqual(["before", "meanwhile"]);
    await stop();
    say("for another");
    host.notes.set("seen", JSON.stringify({ ...JSON.parse(host.notes.get("seen") ?? "{}"), bot: "1" }));
    await channel.start(host);
    await live();
    say("new");
    await heard(3);
    expect(texts()).toEqual(["before", "meanwhile", "new"]);
  }));

  test("a history that can't be read for now is read later, and what is said meanwhile waits", () => using(async ({ server, host, channel, live, stop, say, heard, texts }) => {
    await live();
    say("before");
    await heard(1);
    await stop();
    say("meanwhile");
    for (const status of [429, 500]) server.misbehave(/^GET .*messages$/u, { kind: "answer", status, headers: { "retry-after": "3" }, body: {} });
    await channel.start(host);
    await live();
    say("now");
    await heard(3);
    expect(texts()).toEqual(["before", "meanwhile", "now"]);
  }));

  test("a channel that was taken away holds nobody up", () => using(async ({ server, host, channel, live, stop, say, heard, general, texts }) => {
    await live();
    say("here", general);
    say("there");
    await heard(2);
    await stop();
    server.rest.hidden.add(general.id);
    say("meanwhile");
    await channel.start(host);
    await heard(3);
    expect(texts()).toEqual(expect.arrayContaining(["meanwhile"]));
    await stop();
    expect(Object.keys((JSON.parse(host.notes.get("seen") ?? "{}") as { channels: object }).channels)).not.toContain(general.id);
  }));

  test("edits, reactions and threads that nobody announced", () => using(async ({ server, live, heard, host, ada, general }) => {
    await live();
    const thread = server.world.addChannel({ type: 12, name: "quiet", guildId: server.world.guildId, parentId: general.id });
    const message = server.say({ channel: thread, from: ada, text: "frist" });
    server.edit(message, "first");
    server.gateway.dispatch("MESSAGE_UPDATE", { ...server.rest.asEvent(message), embeds: [{ title: "a preview" }] });
    server.gateway.dispatch("MESSAGE_REACTION_ADD", { user_id: ada.id, channel_id: thread.id, message_id: message.id, guild_id: server.world.guildId, emoji: { id: null, name: "\u{1f389}" } });
    await heard(3);
    expect(host.envelopes.map(({ body, chat }) => [body.kind, chat.id, chat.threadId])).toEqual([["message", general.id, thread.id], ["edit", general.id, thread.id], ["reaction", general.id, thread.id]]);
  }));

  test("the command is offered, acknowledged within the call, and asked like a message", () => using(async ({ server, host, live, heard, ada, general }) => {
    await live();
    await host.until("the command is there", () => server.world.commands.has("claw"));
    expect(server.world.commands.has("the operator's own")).toBe(true);
    const id = server.interact(general, ada, { type: 2, data: { id: "1", name: "claw", options: [{ name: "text", type: 3, value: "what now?" }] } });
    await heard(1);
    await host.until("it is acknowledged", () => server.rest.callbacks.length === 1);
    expect(server.rest.callbacks[0]).toMatchObject({ id, body: { type: 4, data: { flags: 64 } } });
    expect(host.envelopes[0]).toMatchObject({ chat: { id: general.id, kind: "room" }, sender: { id: ada.id }, body: { kind: "message", text: "what now?", command: "claw", addressed: true } });
  }, { section: { slashCommand: { name: "claw" } }, prepare: (server) => server.world.commands.set("the operator's own", {}) }));

  test("no command where none is wanted", () => using(async ({ server, live, turns }) => {
    await live();
    await turns(10);
    expect(server.world.commands.size).toBe(0);
  }, { section: { slashCommand: { enabled: false } } }));

  test("a press comes back with what its button holds", () => using(async ({ server, host, live, heard, channel, ada, direct }) => {
    await live();
    const sent = await channel.send({ chatId: direct.id }, { body: { kind: "text", text: { text: "Sure?", plain: "Sure?" }, buttons: [[{ label: "Yes", data: "yes" }, { label: "Yes!", data: "yes" }]] } }, attempt());
    const [message] = server.shown();
    const rows = message?.extra["components"] as { components: { custom_id: string }[] }[];
    server.interact(direct, ada, { type: 3, message: { id: message?.id }, data: { component_type: 2, custom_id: rows[0]?.components[1]?.custom_id } });
    await host.until("the press", () => host.envelopes.some(({ body }) => body.kind === "press"));
    await heard(2);
    expect(host.envelopes.find(({ body }) => body.kind === "press")).toMatchObject({ messageId: "messageId" in sent ? sent.messageId : "", body: { kind: "press", data: "yes" } });
    await host.until("it is acknowledged", () => server.rest.callbacks.length === 1);
    expect(server.rest.callbacks[0]?.body).toEqual({ type: 6 });
  }));
});

describe("what goes out", () => {
  const posts = (server: DiscordServer): number => server.calls.filter(({ name }) => POST.test(name)).length;

  test("one whose answer was lost is asked for once more by its nonce, and is there once", () => using(async ({ server, channel, live, direct }) => {
    await live();
    server.misbehave(POST, { kind: "cut-after" });
    expect(await channel.send({ chatId: direct.id }, saying("once"), attempt())).toMatchObject({ kind: "delivered", messageId: server.shown()[0]?.id });
    server.misbehave(POST, { kind: "cut-before" });
    expect(await channel.send({ chatId: direct.id }, saying("twice"), attempt())).toMatchObject({ kind: "delivered" });
    expect(server.shown().map(({ content }) => content)).toEqual(["once", "twice"]);
    for (let nth = 0; nth < 2; nth += 1) server.misbehave(POST, { kind: "cut-before" });
    expect((await channel.send({ chatId: direct.id }, saying("nobody knows"), attempt())).kind).toBe("unknown");
    expect(posts(server)).toBe(6);
  }));

  test("the same attempt later is the same message", () => using(async ({ server, channel, live, direct }) => {
    await live();
    const same = attempt();
    const receipts = [await channel.send({ chatId: direct.id }, saying("a"), same), await channel.send({ chatId: direct.id }, saying("a"), same), await channel.send({ chatId: direct.id }, saying("a"), attempt())];
    expect(new Set(receipts.map((receipt) => ("messageId" in receipt ? receipt.messageId : ""))).size).toBe(2);
    expect(server.shown()).toHaveLength(2);
    expect(String(server.calls.find(({ name }) => POST.test(name))?.body["nonce"])).toHaveLength(25);
  }));

  test("a server that never answers is given up by the clock, and the message with it", () => using(async ({ server, host, channel, live, direct }) => {
    await live();
    for (let nth = 0; nth < 2; nth += 1) server.misbehave(POST, { kind: "hang" });
    let receipt: Receipt | undefined;
    void channel.send({ chatId: direct.id }, saying("x"), attempt()).then((one) => { receipt = one; });
    await host.until("it is given up", () => receipt !== undefined);
    expect(receipt).toMatchObject({ kind: "unknown" });
    const giveUp = new AbortController();
    server.misbehave(POST, { kind: "hang" });
    const pending = channel.send({ chatId: direct.id }, saying("y"), { key: "y", cancel: giveUp.signal });
    await host.until("it is under way", () => posts(server) === 3);
    giveUp.abort();
    expect(await pending).toMatchObject({ kind: "unknown", reason: expect.stringMatching(/given up/u) });
    expect(await channel.send({ chatId: direct.id }, saying("z"), { key: "z", cancel: giveUp.signal })).toMatchObject({ kind: "later" });
    expect(posts(server)).toBe(3);
  }));

  test("limits: of a channel, of the bot; what is known to be limited is not asked for", () => using(async ({ server, host, channel, live, direct, general }) => {
    await live();
    const bucket = { "x-ratelimit-limit": "5", "x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "30.5", "x-ratelimit-bucket": "bucket" };
    server.misbehave(POST, { kind: "answer", status: 200, headers: bucket, body: { id: "1", channel_id: direct.id } });
    expect((await channel.send({ chatId: direct.id }, saying("the last for now"), attempt())).kind).toBe("delivered");
    expect(await channel.send({ chatId: direct.id }, saying("b"), attempt())).toMatchObject({ kind: "later", scope: "chat", retryAfterMs: 30_500 });
    server.misbehave(POST, { kind: "answer", status: 429, headers: { ...bucket, "retry-after": "31", "x-ratelimit-scope": "user" }, body: { message: "slow", retry_after: 30.5, global: false } });
    await host.clock.pass(30_500);
    expect(await channel.send({ chatId: direct.id }, saying("b"), attempt())).toMatchObject({ kind: "later", scope: "chat", retryAfterMs: 31_000 });
    expect(posts(server)).toBe(2);
    expect((await channel.send({ chatId: general.id }, saying("elsewhere"), attempt())).kind).toBe("delivered");
    server.misbehave(POST, { kind: "answer", status: 429, headers: { "retry-after": "30", "x-ratelimit-global": "true", "x-ratelimit-scope": "global" }, body: { message: "slow", retry_after: 30, global: true } });
    for (const to of [general, direct]) expect(await channel.send({ chatId: to.id }, saying("c"), attempt())).toMatchObject({ kind: "later", scope: "account", retryAfterMs: 30_000 });
    expect(posts(server)).toBe(4);
  }));

  test("to a person: the direct channel is opened once, and the receipt says which", () => using(async ({ server, channel, live, ada, direct }) => {
    await live();
    const to = channel.parseTarget(`<@${ada.id}>`);
    if (to === undefined) throw new Error("no target");
    for (const text of ["one", "two"]) expect(await channel.send(to, saying(text), attempt())).toMatchObject({ kind: "delivered", chatId: direct.id });
    expect(server.calls.filter(({ name }) => name === "POST /users/@me/channels")).toHaveLength(1);
    expect(await channel.send({ chatId: "user:99999999999999999" }, saying("x"), attempt())).toMatchObject({ kind: "refused", code: "unknown-target" });
    server.misbehave(/@me\/channels/u, { kind: "cut-after" });
    expect(await channel.send({ chatId: `user:${server.world.addUser("bob").id}` }, saying("x"), attempt())).toMatchObject({ kind: "later" });
  }));

  test("an answer to what is gone, a forum, a hidden channel, an address that is none", () => using(async ({ server, channel, live, direct }) => {
    await live();
    const { world } = server;
    expect((await channel.send({ chatId: direct.id }, { ...saying("x"), replyTo: "999999999999999999", silent: true }, attempt())).kind).toBe("delivered");
    expect(server.shown()[0]?.extra["flags"]).toBe(4_096);
    const forum = world.addChannel({ type: 15, name: "forum", guildId: world.guildId });
    expect(await channel.send({ chatId: forum.id }, saying("x"), attempt())).toMatchObject({ kind: "refused", code: "unsupported" });
    server.rest.hidden.add(forum.id);
    expect(await channel.send({ chatId: forum.id }, saying("x"), attempt())).toMatchObject({ kind: "refused", code: "forbidden" });
    expect(await channel.send({ chatId: "general" }, saying("x"), attempt())).toMatchObject({ kind: "refused", code: "unknown-target" });
    expect(await channel.send({ chatId: direct.id }, saying("x".repeat(2_001)), attempt())).toMatchObject({ kind: "refused", code: "invalid" });
  }));

  test("a file that breaks off never leaves", () => using(async ({ server, host, channel, live, direct }) => {
    await live();
    const media = host.keep(new Uint8Array(10), { kind: "file", mimeType: "text/plain", fileName: "a.txt" });
    host.files.clear();
    expect(await channel.send({ chatId: direct.id }, { body: { kind: "media", media } }, attempt())).toMatchObject({ kind: "refused", code: "invalid" });
    expect(posts(server)).toBe(0);
  }));

  test("typing shows in the thread; a message that is gone is removed already", () => using(async ({ server, channel, live, general }) => {
    await live();
    const thread = server.world.addChannel({ type: 11, name: "t", guildId: server.world.guildId, parentId: general.id });
    await channel.typing({ chatId: general.id, threadId: thread.id }, true);
    await channel.typing({ chatId: general.id }, false);
    expect(server.rest.typed).toEqual([thread.id]);
    expect(await channel.remove({ chatId: general.id, messageId: "999999999999999999" })).toEqual({ kind: "done" });
    expect(await channel.edit({ chatId: general.id, messageId: "999999999999999999" }, saying("x"), attempt())).toMatchObject({ kind: "refused", code: "unknown-target" });
  }));

  test("stopped, it says so", async () => {
    const reading = parseDiscordConfig({ token: "a.b.c" }, "default", {});
    const channel = discord("config" in reading ? reading.config : { accountId: "", token: "", apiRoot: "" });
    expect(await channel.send({ chatId: "1" }, saying("x"), attempt())).toMatchObject({ kind: "later" });
    expect(await channel.probe(NEVER)).toMatchObject({ kind: "failed" });
    expect(await channel.logout()).toMatchObject({ cleared: false });
    for await (const step of channel.login({ force: false })) expect(step).toMatchObject({ kind: "refused", code: "unsupported" });
    await channel.stop(after(new TestChannelHost().clock.now(), 1));
  });
});

describe("files that came", () => {
  test("are fetched without the token, from Discord alone, and under a new address where the old one is over", () => using(async ({ server, host, channel, live, heard, ada, direct }) => {
    await live();
    const bytes = Uint8Array.from({ length: 300 }, (_, at) => at % 256);
    const message = server.say({ channel: direct, from: ada, text: "", file: { bytes, mimeType: "application/pdf", fileName: "a.pdf" } });
    await heard(1);
    const body = host.envelopes[0]?.body;
    const [media] = body?.kind === "message" ? body.media : [];
    if (media === undefined || message.files[0] === undefined) throw new Error("no file");
    message.files[0].signature = "renewed";
    const fetched = await channel.fetchMedia(media, 1_000);
    if (fetched.kind !== "media") throw new Error(fetched.kind);
    const chunks: Uint8Array[] = [];
    for await (const chunk of fetched.bytes) chunks.push(chunk);
    expect(Uint8Array.from(Buffer.concat(chunks))).toEqual(bytes);
    expect(server.downloads).toEqual([undefined, undefined]);
    const elsewhere = (url: string): Promise<unknown> => channel.fetchMedia({ ...media, ref: JSON.stringify({ ...JSON.parse(media.ref), url }) }, 1_000);
    for (const url of ["http://127.0.0.1:1/attachments/1", "https://cdn.discordapp.com.evil.example/a", "http://cdn.discordapp.com/a", "https://cdn.discordapp.com:8443/a", "file:///etc/passwd", "nonsense"]) {
      expect(await elsewhere(url)).toMatchObject({ kind: "refused", code: "invalid" });
    }
    expect(await channel.fetchMedia({ kind: "file", ref: "{" }, 1)).toMatchObject({ kind: "refused" });
    server.world.messages.delete(message.id);
    message.files[0].signature = "over";
    expect(await channel.fetchMedia(media, 1_000)).toMatchObject({ kind: "refused", code: "invalid" });
  }));
});
