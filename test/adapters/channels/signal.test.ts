import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { MemoryLog } from "../../../src/adapters/log/memory/index.js";
import { parseSignalConfig, signal } from "../../../src/adapters/channels/signal/index.js";
import type { ChannelStatus } from "../../../src/domain/messaging/channel-status.js";
import type { MediaRef } from "../../../src/domain/messaging/envelope.js";
import type { OutboundPart } from "../../../src/domain/messaging/outbound.js";
import { after } from "../../../src/domain/moment.js";
import type { Channel, LoginStep, SendAttempt } from "../../../src/ports/channel.js";
import { DEFAULT_POLICY } from "../../../src/domain/messaging/policy.js";
import type { Clock } from "../../../src/ports/clock.js";
import { createTestGateway } from "../../../src/testing/index.js";
import { TestChannelHost } from "../../../src/testing/test-channel-host.js";
import { RpcError } from "../../stand-ins/signal-methods.js";
import { SignalServer, type SignalServerOptions } from "../../stand-ins/signal-server.js";
import type { SignalPerson } from "../../stand-ins/signal-world.js";

// Beyond the patience of the host, whose complaint says more.
jest.setTimeout(30_000);

const NUMBER = "+491511234567";
const CLI = join(process.cwd(), "test", "stand-ins", "signal-cli.mjs");
const NEVER = new AbortController().signal;
const SECRET = "a text that nobody logs";

class WatchedHost extends TestChannelHost {
  override readonly log = new MemoryLog();

  get texts(): readonly string[] {
    return this.envelopes.map(({ body }) => ("text" in body ? body.text : body.kind));
  }
}

interface Rig {
  readonly server: SignalServer;
  readonly host: WatchedHost;
  readonly channel: Channel;
  readonly account: SignalPerson;
  readonly ada: SignalPerson;
}

const endings: (() => Promise<void>)[] = [];
let keys = 0;
const attempt = (): SendAttempt => ({ key: `k${(keys += 1)}`, cancel: NEVER });
const saying = (text: string, more: object = {}): OutboundPart => ({ body: { kind: "text", text: { text, plain: text, ...more } } });

const channelFor = (section: object, accountId = "default"): Channel => {
  const reading = parseSignalConfig(section, accountId, {});
  if ("issues" in reading) throw new Error(JSON.stringify(reading.issues));
  return signal(reading.config);
};
const stop = (channel: Channel, host: TestChannelHost): Promise<void> => channel.stop(after(host.clock.now(), 5_000));
const untilState = (host: TestChannelHost, channel: Channel, state: ChannelStatus["state"]): Promise<void> => host.until(`it is ${state}`, () => channel.status().state === state);

async function createRig({ section = { account: NUMBER }, linked = true, started = true, ...options }: SignalServerOptions & { readonly section?: object; readonly linked?: boolean; readonly started?: boolean } = {}): Promise<Rig> {
  const host = new WatchedHost();
  const server = await SignalServer.start({ clock: host.clock, ...options });
  const account = linked ? server.world.addAccount(NUMBER) : server.world.addPerson("Gateway", { number: NUMBER });
  const ada = server.world.addPerson("Ada");
  const channel = channelFor({ httpUrl: server.url, ...section });
  endings.push(async () => {
    host.release();
    await stop(channel, host);
    await host.until("everything is let go of", () => server.connections.now === 0, { passing: false });
    expect(host.clock.pending).toBe(0);
    await server.close();
    expect(host.log.text() + JSON.stringify(host.statuses)).not.toContain(SECRET);
  });
  if (started) {
    await channel.start(host);
    if (linked) await untilState(host, channel, "live");
  }
  return { server, host, channel, account, ada };
}

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

describe("the way in", () => {
  test("waits longer than 15 seconds for a build that holds the head back, and is live by its first sign", async () => {
    const { server, host, channel, account, ada } = await createRig({ started: false, lateHead: true });
    await channel.start(host);
    await host.until("it listens", () => server.connections.now === 1);
    const startedAt = host.clock.now();
    expect(channel.status().state).toBe("connecting");
    await untilState(host, channel, "live");
    expect(host.clock.now() - startedAt).toBeGreaterThan(10_000);
    expect(server.connections.most).toBe(1);
    server.say(account, { from: ada, text: "hello" });
    await host.until("it is heard", () => host.texts.includes("hello"));
  });

  test("that has fallen silent is a dead one, though it looks open", async () => {
    const { server, host, channel, account, ada } = await createRig();
    const signs = host.signs;
    await host.clock.pass(15_000);
    await host.until("a sign of life", () => host.signs > signs);
    server.isMute = true;
    await host.until("it is noticed", () => host.statuses.some(({ message = "" }) => message.includes("fallen silent")));
    server.isMute = false;
    await untilState(host, channel, "live");
    server.say(account, { from: ada, text: "again" });
    await host.until("it hears again", () => host.texts.includes("again"));
    expect(server.connections.most).toBe(1);
  });

  test("is told off by growing pauses, and the daemon is asked no more often", async () => {
    const { server, host } = await createRig({ started: false });
    server.misbehave(/^events$/u, { kind: "status", status: 503 }, 4);
    const channel = channelFor({ account: NUMBER, httpUrl: server.url });
    endings.push(() => stop(channel, host));
    await channel.start(host);
    await untilState(host, channel, "live");
    const pauses = host.statuses.flatMap(({ retryAt, since }) => (retryAt === undefined ? [] : [retryAt - since]));
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000]);
  });

  test.each<[string, Parameters<SignalServer["misbehave"]>[1], string]>([
    ["a page", { kind: "page" }, "is not its daemon"],
    ["a status", { kind: "status", status: 404 }, "is not its daemon"],
  ])("through which %s comes is not signal-cli's", async (_name, what, says) => {
    const { server, host, channel } = await createRig({ started: false });
    server.misbehave(/^listAccounts$/u, what);
    await channel.start(host);
    await untilState(host, channel, "live");
    expect(host.statuses.some(({ state, message = "" }) => state === "backing-off" && message.includes(says))).toBe(true);
  });

  test("under another name than the daemon's is told with what to write", async () => {
    const { server, host } = await createRig({ started: false });
    const alias = createServer((_request, response) => void response.writeHead(421).end());
    await new Promise<void>((resolve) => { alias.listen(0, "127.0.0.1", resolve); });
    const channel = channelFor({ account: NUMBER, httpUrl: `http://127.0.0.1:${(alias.address() as AddressInfo).port}` });
    endings.push(async () => { await stop(channel, host); alias.close(); });
    await channel.start(host);
    await untilState(host, channel, "backing-off");
    expect(channel.status().message).toContain("does not answer under this name");
    expect((await fetch(`${server.url}/api/v1/check`)).status).toBe(200);
  });

  test("takes nonsense for nothing", async () => {
    const { server, host, account, ada } = await createRig();
    server.babble("event:receive\ndata:{no json\n\nevent:other\ndata:{}\n\ndata\n\n");
    server.tell(account, ada, { dataMessage: { timestamp: "soon", message: 7 } });
    server.say(account, { from: ada, text: "sense" });
    await host.until("sense", () => host.texts.length > 0);
    expect(host.texts).toEqual(["sense"]);
  });

  test("keeps in mind what could not be stored, and goes on where it was", async () => {
    const { server, host, channel, account, ada } = await createRig();
    host.broken = true;
    server.say(account, { from: ada, text: "one" });
    server.say(account, { from: ada, text: "two" });
    await untilState(host, channel, "degraded");
    expect(channel.status().message).toContain("disk");
    await host.clock.pass(300_000);
    host.broken = false;
    await host.until("both are stored", () => host.texts.length === 2);
    expect(host.texts).toEqual(["one", "two"]);
    await untilState(host, channel, "live");
    expect(server.connections.most).toBe(1);
  });

  test("of a daemon for one account shows who it is", async () => {
    const { server, host, channel, account, ada } = await createRig({ single: true, section: {} });
    server.say(account, { from: account, chat: { person: account }, sync: true, text: "a note" });
    server.say(account, { from: ada, text: "\ufffc hello", more: { mentions: [{ uuid: account.uuid, start: 0, length: 1 }] } });
    await host.until("both", () => host.envelopes.length === 2);
    expect(host.envelopes[1]?.body).toMatchObject({ text: "hello", addressed: true });
    await host.until("it is remembered", () => host.notes.get(`uuid-${NUMBER}`) === account.uuid);
    expect(await channel.probe(NEVER)).toMatchObject({ kind: "ok", identity: { id: account.uuid } });
  });
});

describe("who the account is", () => {
  test("is asked once, and remembered", async () => {
    const { server, host, channel, account } = await createRig();
    expect(channel.status().identity).toEqual({ id: account.uuid, name: NUMBER });
    await stop(channel, host);
    await channel.start(host);
    await untilState(host, channel, "live");
    expect(server.calls.filter(({ method }) => method === "getUserStatus")).toHaveLength(1);
  });

  test("need not be said where there is but one", async () => {
    const { channel } = await createRig({ section: {} });
    expect(channel.status().identity?.name).toBe(NUMBER);
  });

  test("must be said where there are several", async () => {
    const { server, host, channel } = await createRig({ section: {}, started: false });
    server.world.addAccount("+491510000000");
    await channel.start(host);
    await untilState(host, channel, "needs-operator");
    expect(channel.status()).toMatchObject({ trouble: "conflict", message: expect.stringContaining("several accounts") });
  });

  test("two accounts of one daemon hear each their own", async () => {
    const { server, host, channel, account, ada } = await createRig();
    const other = server.world.addAccount("+491510000000");
    const hostOfOther = new WatchedHost({ clock: host.clock });
    const section = { httpUrl: server.url, accounts: { default: { account: NUMBER }, work: { account: other.number } } };
    const work = channelFor(section, "work");
    endings.push(() => stop(work, hostOfOther));
    await work.start(hostOfOther);
    await untilState(hostOfOther, work, "live");
    server.say(other, { from: ada, text: "for work" });
    server.say(account, { from: ada, text: "for me" });
    await host.until("each", () => host.texts.length + hostOfOther.texts.length === 2);
    expect([host.texts, hostOfOther.texts]).toEqual([["for me"], ["for work"]]);
    expect(hostOfOther.envelopes[0]?.accountId).toBe("work");
    await work.send({ chatId: ada.uuid }, saying("from work"), attempt());
    await channel.send({ chatId: ada.uuid }, saying("from me"), attempt());
    expect(server.world.sent.map(({ author, text }) => [author.number, text])).toEqual([["+491510000000", "from work"], [NUMBER, "from me"]]);
  });
});

describe("linking", () => {
  const next = async (steps: AsyncIterator<LoginStep>): Promise<LoginStep | undefined> => (await steps.next()).value as LoginStep | undefined;
  const login = (channel: Channel, request: { force?: boolean; phoneNumber?: string } = {}): AsyncIterator<LoginStep> => channel.login({ force: false, ...request })[Symbol.asyncIterator]();

  test("an account that is not linked says so, and is live once a phone has scanned the code", async () => {
    const { server, host, channel, ada, account } = await createRig({ linked: false });
    await untilState(host, channel, "needs-operator");
    expect(channel.status()).toMatchObject({ trouble: "credentials", message: expect.stringContaining("login") });
    expect(await channel.send({ chatId: ada.uuid }, saying("x"), attempt())).toMatchObject({ kind: "refused", code: "not-linked" });
    const asked = server.calls.length;
    await host.clock.pass(3_600_000);
    expect(server.calls).toHaveLength(asked);

    const steps = login(channel);
    const first = await next(steps);
    expect(first).toMatchObject({ kind: "qr", text: expect.stringMatching(/^sgnl:\/\/linkdevice\?/) });
    expect(channel.status().state).toBe("linking");
    server.scan(first?.kind === "qr" ? first.text : "", new RpcError(-1, "Link request timed out, please try again."));
    const second = await next(steps);
    expect(second?.kind).toBe("qr");
    expect(second).not.toEqual(first);
    server.scan(second?.kind === "qr" ? second.text : "", { number: NUMBER });
    expect(await next(steps)).toEqual({ kind: "linked", message: `The Signal account ${NUMBER} is linked.` });
    await steps.return?.();
    await untilState(host, channel, "live");
    server.say([...server.world.accounts.values()][0] ?? account, { from: ada, text: "welcome" });
    await host.until("it hears", () => host.texts.includes("welcome"));
    expect(server.calls.find(({ method }) => method === "finishLink")?.params).toMatchObject({ deviceName: "OpenClaw" });
  });

  test("what is left in the middle is given up", async () => {
    const { host, channel } = await createRig({ linked: false });
    await untilState(host, channel, "needs-operator");
    const steps = login(channel);
    await next(steps);
    await steps.return?.();
    expect(channel.status().state).toBe("needs-operator");
    await host.until("nothing is waited for", () => host.clock.pending === 0, { passing: false });
  });

  test("the wrong phone is told, and codes end where nobody scans them", async () => {
    const { server, host, channel } = await createRig({ linked: false });
    await untilState(host, channel, "needs-operator");
    const wrong = login(channel);
    const code = await next(wrong);
    server.scan(code?.kind === "qr" ? code.text : "", { number: "+491519999999" });
    expect(await next(wrong)).toMatchObject({ kind: "refused", reason: expect.stringContaining("+491519999999") });
    const idle = login(channel);
    for (let shown = 0; shown < 5; shown += 1) {
      const step = await next(idle);
      expect(step?.kind).toBe("qr");
      server.scan(step?.kind === "qr" ? step.text : "", new RpcError(-1, "Link request timed out, please try again."));
    }
    expect(await next(idle)).toMatchObject({ kind: "refused", reason: expect.stringContaining("No phone") });
  });

  test("what is linked stays linked unless that is forced", async () => {
    const { server, host, channel } = await createRig();
    expect(await next(login(channel))).toMatchObject({ kind: "linked", message: expect.stringContaining("already") });
    expect(await next(login(channel, { phoneNumber: NUMBER }))).toMatchObject({ kind: "refused", code: "unsupported" });
    const forced = login(channel, { force: true });
    const step = await next(forced);
    expect(server.calls.map(({ method }) => method)).toEqual(expect.arrayContaining(["unregister", "deleteLocalAccountData", "startLink"]));
    server.scan(step?.kind === "qr" ? step.text : "", { number: NUMBER });
    expect((await next(forced))?.kind).toBe("linked");
    await untilState(host, channel, "live");
  });

  test("a daemon for one account can't link, and says how", async () => {
    const { channel } = await createRig({ single: true });
    expect(await next(login(channel))).toMatchObject({ kind: "refused", code: "unsupported", reason: expect.stringContaining("-a") });
  });

  test("logged out, it is linked no more", async () => {
    const { server, host, channel, ada } = await createRig();
    expect(await channel.logout()).toMatchObject({ cleared: true, loggedOut: true, reason: expect.stringContaining("Linked devices") });
    await untilState(host, channel, "needs-operator");
    expect(server.connections.now).toBe(0);
    expect(await channel.send({ chatId: ada.uuid }, saying("x"), attempt())).toMatchObject({ code: "not-linked" });
    expect(await channel.probe(NEVER)).toMatchObject({ kind: "failed", trouble: "credentials" });
  });

  test("a device that was unlinked on the phone is noticed when something is sent", async () => {
    const { server, host, channel, ada } = await createRig();
    server.misbehave(/^send$/u, { kind: "error", code: -32_603, message: "Failed: [403] Authorization failed! (AuthorizationFailedException)" });
    expect(await channel.send({ chatId: ada.uuid }, saying(SECRET), attempt())).toMatchObject({ kind: "refused", code: "not-linked" });
    await untilState(host, channel, "needs-operator");
    expect(channel.status().trouble).toBe("credentials");
  });
});

describe("what goes out", () => {
  test("styles are ranges, and an answer quotes what it answers", async () => {
    const { server, host, channel, account, ada } = await createRig();
    const at = server.say(account, { from: ada, text: "a question" });
    await host.until("the question", () => host.texts.length === 1);
    const part = { ...saying("👍 bold", { styles: ["3:4:BOLD"] }), replyTo: `${at}:${ada.uuid}` };
    expect(await channel.send({ chatId: ada.uuid }, part, attempt())).toMatchObject({ kind: "delivered" });
    expect(server.world.sent[0]).toMatchObject({ text: "👍 bold", styles: ["3:4:BOLD"], quote: { timestamp: at, author: ada.uuid, text: "a question" } });
  });

  test("who was written to by number is known by the uuid from then on", async () => {
    const { server, channel, ada } = await createRig();
    expect(await channel.send({ chatId: ada.number ?? "" }, saying("hi"), attempt())).toMatchObject({ kind: "delivered", chatId: ada.uuid });
    expect(await channel.send({ chatId: "u:ada.01" }, saying("hi"), attempt())).toMatchObject({ kind: "delivered", chatId: ada.uuid });
    expect(await channel.send({ chatId: ada.uuid }, saying("hi"), attempt())).not.toHaveProperty("chatId");
    expect(server.world.sent).toHaveLength(3);
  });

  test("a note to oneself is answered there, and the answer is no note", async () => {
    const { server, host, channel, account } = await createRig();
    server.say(account, { from: account, chat: { person: account }, sync: true, text: "remind me" });
    await host.until("the note", () => host.texts.length === 1);
    const [note] = host.envelopes;
    expect(note).toMatchObject({ chat: { id: account.uuid }, sender: { id: account.uuid, isSelf: false } });
    const receipt = await channel.send({ chatId: note?.chat.id ?? "" }, saying("I will"), attempt());
    const timestamp = Number(receipt.kind === "delivered" ? receipt.messageId : 0);
    expect(server.calls.at(-1)?.params).toMatchObject({ noteToSelf: true, message: "I will" });
    server.tell(account, account, { syncMessage: { sentMessage: { destinationUuid: account.uuid, destinationNumber: NUMBER, timestamp, message: "I will" } } }, timestamp);
    await host.until("it comes back", () => host.envelopes.length === 2);
    expect(host.envelopes[1]?.sender.isSelf).toBe(true);
  });

  test("an edited message keeps its id, whichever of its forms a reaction names", async () => {
    const { server, host, channel, account, ada } = await createRig();
    const sent = await channel.send({ chatId: ada.uuid }, saying("frist"), attempt());
    const messageId = sent.kind === "delivered" ? sent.messageId : "";
    expect(await channel.edit({ chatId: ada.uuid, messageId }, saying("first"), attempt())).toEqual({ kind: "done" });
    const revision = server.world.sent[0]?.revisions[0];
    server.tell(account, ada, { dataMessage: { timestamp: 1, message: null, reaction: { emoji: "👍", targetAuthorUuid: account.uuid, targetSentTimestamp: revision, isRemove: false } } });
    await host.until("the reaction", () => host.envelopes.length === 1);
    expect(host.envelopes[0]).toMatchObject({ messageId, body: { kind: "reaction", ofSelf: true } });
  });

  test("a captcha is the operator's step, and what is sent meanwhile waits unasked", async () => {
    const { server, host, channel, ada } = await createRig();
    server.world.challenge = "challenge-1";
    expect(await channel.send({ chatId: ada.uuid }, saying(SECRET), attempt())).toMatchObject({ kind: "later", scope: "account", retryAfterMs: 900_000 });
    expect(channel.status()).toMatchObject({ state: "degraded", trouble: "rate", message: expect.stringContaining("challenge-1") });
    const asked = server.calls.length;
    expect(await channel.send({ chatId: ada.uuid }, saying(SECRET), attempt())).toMatchObject({ kind: "later" });
    expect(server.calls).toHaveLength(asked);
    // The operator solves it, as the page of this channel says.
    const solve = (captcha: string): Promise<unknown> => fetch(`${server.url}/api/v1/rpc`, {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "submitRateLimitChallenge", params: { account: NUMBER, challenge: "challenge-1", captcha } }),
    }).then((answer) => answer.json());
    expect(await solve("wrong")).toMatchObject({ error: { code: -6 } });
    expect(await solve("signalcaptcha://solved")).toMatchObject({ result: {} });
    await host.clock.pass(900_000);
    expect(await channel.send({ chatId: ada.uuid }, saying("again"), attempt())).toMatchObject({ kind: "delivered" });
    await untilState(host, channel, "live");
  });

  test("a changed safety number is the operator's step, until it is trusted", async () => {
    const { server, host, channel, account, ada } = await createRig();
    server.world.untrusted.add(ada.uuid);
    expect(await channel.send({ chatId: ada.uuid }, saying(SECRET), attempt())).toMatchObject({ kind: "refused", code: "forbidden", reason: expect.stringContaining("safety number") });
    expect(channel.status()).toMatchObject({ state: "degraded", trouble: "conflict", message: expect.stringContaining(ada.uuid) });
    server.say(account, { from: server.world.addPerson("Ben"), text: "still here" });
    await host.until("others are heard", () => host.texts.includes("still here"));
    server.world.untrusted.clear();
    expect(await channel.send({ chatId: ada.uuid }, saying("trusted"), attempt())).toMatchObject({ kind: "delivered" });
    expect(channel.status().state).toBe("live");
    server.tell(account, ada, {}, undefined, { exception: { type: "UntrustedIdentityException", message: SECRET } });
    await untilState(host, channel, "degraded");
  });

  test("typing is begun and ended, and only direct messages are receipted, where that is wanted", async () => {
    const { server, host, channel, account, ada } = await createRig({ section: { account: NUMBER, sendReadReceipts: true } });
    const at = server.say(account, { from: ada, text: "hello" });
    await host.until("hello", () => host.texts.length === 1);
    const [message] = host.envelopes;
    expect(channel.abilities.markRead).toBe(true);
    await channel.typing({ chatId: ada.uuid }, true);
    await channel.typing({ chatId: ada.uuid }, false);
    await channel.markRead({ chatId: ada.uuid, messageId: message?.messageId ?? "" });
    expect(server.calls.slice(-3)).toMatchObject([
      { method: "sendTyping", params: { recipient: [ada.uuid] } },
      { method: "sendTyping", params: { stop: true } },
      { method: "sendReceipt", params: { recipient: ada.uuid, targetTimestamp: [at], type: "read" } },
    ]);
    expect(channelFor({ account: NUMBER, httpUrl: server.url }).abilities.markRead).toBe(false);
  });

  test("files that are gone, unknown or too large are refused in words", async () => {
    const { server, host, channel, account, ada } = await createRig();
    const media = { id: "gone", kind: "file" as const, mimeType: "text/plain", fileName: "a.txt", bytes: 3 };
    expect(await channel.send({ chatId: ada.uuid }, { body: { kind: "media", media } }, attempt())).toMatchObject({ kind: "refused", code: "invalid" });
    expect(await channel.send({ chatId: ada.uuid }, { body: { kind: "media", media: { ...media, bytes: 20_000_000 } } }, attempt())).toMatchObject({ kind: "refused", code: "too-large" });
    server.say(account, { from: ada, file: { mimeType: "text/plain", fileName: "b.txt", bytes: new Uint8Array(9) } });
    await host.until("the file", () => host.envelopes.length === 1);
    const body = host.envelopes[0]?.body;
    const ref: MediaRef | undefined = body?.kind === "message" ? body.media[0] : undefined;
    server.world.files.clear();
    expect(ref && (await channel.fetchMedia(ref, 100))).toMatchObject({ kind: "refused", reason: expect.stringContaining("no such file") });
    expect(ref && (await channel.fetchMedia({ ...ref, ref: "no json" }, 100))).toMatchObject({ kind: "refused" });
    expect(server.world.sent).toEqual([]);
  });

  test("an answer that never comes is unknown after two minutes, and nothing waits on", async () => {
    const { server, host, channel, ada } = await createRig();
    server.misbehave(/^send$/u, { kind: "hang" });
    const receipt = channel.send({ chatId: ada.uuid }, saying("x"), attempt());
    await host.until("it is asked", () => server.calls.some(({ method }) => method === "send"), { passing: false });
    await host.clock.pass(120_000);
    expect((await receipt).kind).toBe("unknown");
  });
});

describe("through the gateway", () => {
  test("an account is linked by QR, heard, answered and logged out", async () => {
    let clock: Clock = { now: () => after(0 as never, 0), callAt: () => () => undefined };
    const server = await SignalServer.start({ clock: { now: () => clock.now(), callAt: (at, wake) => clock.callAt(at, wake) } });
    const policy = { ...DEFAULT_POLICY, dmPolicy: "open" as const };
    const gateway = await createTestGateway({ channels: [channelFor({ account: NUMBER, httpUrl: server.url })], settings: { channels: [{ channel: "signal", accountId: "default", policy }] }, script: [{ kind: "say", text: "Hello, **Ada**." }] });
    clock = gateway.clock;
    endings.push(async () => { await gateway.close(); await server.close(); });
    const host = new WatchedHost({ clock: gateway.clock });
    const ada = server.world.addPerson("Ada");
    const client = await gateway.connect();
    const statusOf = async (): Promise<Record<string, unknown>> => ((await client.call("channels.status", { channel: "signal" })) as { channelAccounts: Record<string, Record<string, unknown>[]> }).channelAccounts["signal"]?.[0] ?? {};

    await host.until("it needs its operator", async () => (await statusOf())["state"] === "needs-operator");
    expect(await statusOf()).toMatchObject({ linked: false, connected: false, trouble: "credentials" });
    const message = { to: ada.number, message: "hi", channel: "signal", idempotencyKey: "k1" };
    expect(await client.refusal("send", message)).toMatchObject({ code: "NOT_LINKED" });

    const shown = (await client.call("web.login.start", { channel: "signal", timeoutMs: 600_000 })) as { qrText: string; qrDataUrl: string };
    expect(shown).toMatchObject({ connected: false, qrDataUrl: expect.stringContaining("data:image/png") });
    server.scan(shown.qrText, { number: NUMBER });
    expect(await client.call("web.login.wait", { channel: "signal", timeoutMs: 600_000 })).toMatchObject({ connected: true });
    await host.until("it is live", async () => (await statusOf())["state"] === "live");
    expect(await statusOf()).toMatchObject({ linked: true, connected: true, name: NUMBER });

    const account = server.world.accounts.get(NUMBER);
    if (account === undefined) throw new Error("nothing was linked");
    server.say(account, { from: ada, text: "good morning" });
    await host.until("the answer", () => server.world.sent.length === 1);
    expect(server.world.sent[0]).toMatchObject({ text: "Hello, Ada.", styles: ["7:3:BOLD"], chat: { person: { uuid: ada.uuid } } });
    expect(await client.call("send", { ...message, idempotencyKey: "k2" })).toMatchObject({ channel: "signal" });

    expect(await client.call("channels.logout", { channel: "signal" })).toMatchObject({ cleared: true, loggedOut: true });
    await host.until("it is linked no more", async () => (await statusOf())["linked"] === false);
  });
});

describe("a signal-cli of the gateway's own", () => {
  const freePort = async (): Promise<number> => {
    const probe = createServer();
    await new Promise<void>((resolve) => { probe.listen(0, "127.0.0.1", resolve); });
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => { probe.close(resolve); });
    return port;
  };

  interface Start {
    readonly pid: number;
    readonly args: readonly string[];
    readonly env: readonly string[];
  }

  interface OwnRig {
    readonly folder: string;
    readonly host: WatchedHost;
    readonly section: Record<string, unknown>;
    starts(): readonly Start[];
  }

  async function createOwn(): Promise<OwnRig> {
    const folder = mkdtempSync(join(tmpdir(), "signal-cli-"));
    writeFileSync(join(folder, "accounts.json"), JSON.stringify([NUMBER, "+491510000000"]));
    writeFileSync(join(folder, "starts.log"), "");
    const host = new WatchedHost();
    endings.push(async () => {
      expect(host.clock.pending).toBe(0);
      rmSync(folder, { recursive: true });
    });
    const starts = (): readonly Start[] => readFileSync(join(folder, "starts.log"), "utf8").trim().split("\n").filter(Boolean).map((line) => JSON.parse(line) as Start);
    return { folder, host, starts, section: { account: NUMBER, cliPath: CLI, configPath: folder, httpPort: await freePort() } };
  }

  const isAlive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };
  const begin = async (section: object, host: WatchedHost, accountId = "default"): Promise<Channel> => {
    const channel = channelFor(section, accountId);
    endings.push(() => stop(channel, host));
    await channel.start(host);
    return channel;
  };

  test("is started by the channel for all accounts, without the gateway's secrets, and ended with it", async () => {
    const { host, section, starts } = await createOwn();
    process.env["SOME_MODEL_API_KEY"] = "secret";
    const channel = await begin(section, host);
    delete process.env["SOME_MODEL_API_KEY"];
    await untilState(host, channel, "live");
    const [start] = starts();
    expect(start?.args.slice(2)).toEqual(["daemon", "--http", `127.0.0.1:${String(section["httpPort"])}`, "--receive-mode", "on-connection", "--no-receive-stdout", "--ignore-stories"]);
    expect(start?.env).not.toContain("SOME_MODEL_API_KEY");
    expect(start?.env).toContain("PATH");
    await stop(channel, host);
    expect(isAlive(start?.pid ?? 0)).toBe(false);
    expect(host.clock.pending).toBe(0);
    await channel.start(host);
    await untilState(host, channel, "live");
    expect(starts()).toHaveLength(2);
  });

  test("is started again where it ends, later each time", async () => {
    const { host, section, starts } = await createOwn();
    const channel = await begin(section, host);
    await untilState(host, channel, "live");
    expect(await channel.send({ chatId: "+491517654321" }, saying("die"), attempt())).toMatchObject({ kind: "unknown" });
    await host.until("it is noticed", () => channel.status().state !== "live", { passing: false });
    expect(starts()).toHaveLength(1);
    await untilState(host, channel, "live");
    expect(starts()).toHaveLength(2);
    process.kill(starts()[1]?.pid ?? 0, "SIGKILL");
    await host.until("it is noticed", () => channel.status().state === "backing-off", { passing: false });
    await untilState(host, channel, "live");
    expect(starts()).toHaveLength(3);
    const pauses = host.statuses.flatMap(({ retryAt, since }) => (retryAt === undefined ? [] : [retryAt - since]));
    expect(pauses).toEqual([500, 1_000]);
  });

  test.each<[string, string, string]>([
    ["java.net.BindException: Address already in use", "conflict", "httpPort"],
    ["Exception: java.lang.UnsupportedClassVersionError: org/asamk/signal/Main", "bug", "newer Java"],
    [`something about ${SECRET}`, "network", "by hand"],
  ])("that ends with %j is told of in words of our own", async (words, trouble, says) => {
    const { folder, host, section, starts } = await createOwn();
    writeFileSync(join(folder, "refuse"), words);
    const channel = await begin(section, host);
    await untilState(host, channel, "backing-off");
    expect(channel.status()).toMatchObject({ trouble, message: expect.stringContaining(says) });
    expect(channel.status().message).not.toContain(SECRET);
    await host.until("it is tried again", () => starts().length > 2);
    rmSync(join(folder, "refuse"));
    await untilState(host, channel, "live");
  });

  test("that is not there, or may not be run, needs the operator at once", async () => {
    const { folder, host, section } = await createOwn();
    const missing = await begin({ ...section, cliPath: join(folder, "nothing") }, host);
    await untilState(host, missing, "needs-operator");
    expect(missing.status().message).toContain("cliPath");
    writeFileSync(join(folder, "script"), "#!/bin/sh\n");
    chmodSync(join(folder, "script"), 0o600);
    const forbidden = await begin({ ...section, cliPath: join(folder, "script") }, host);
    await untilState(host, forbidden, "needs-operator");
    expect(forbidden.status().message).toContain("executable");
  });

  test("serves two accounts as one, and ends with the last", async () => {
    const { host, section, starts } = await createOwn();
    const both = { ...section, account: undefined, accounts: { default: { account: NUMBER }, work: { account: "+491510000000" } } };
    const hostOfWork = new WatchedHost({ clock: host.clock });
    const [first, work] = [await begin(both, host), await begin(both, hostOfWork, "work")];
    await host.until("both are live", () => first.status().state === "live" && work.status().state === "live");
    expect(starts()).toHaveLength(1);
    await stop(first, host);
    expect(isAlive(starts()[0]?.pid ?? 0)).toBe(true);
    expect(work.status().state).toBe("live");
    await stop(work, hostOfWork);
    expect(isAlive(starts()[0]?.pid ?? 0)).toBe(false);
  });

  test("is not started beside one that runs, and that one is left alone", async () => {
    const server = await SignalServer.start();
    const { host, section, starts } = await createOwn();
    server.world.addAccount(NUMBER);
    endings.push(() => server.close());
    const channel = await begin({ ...section, httpPort: server.port }, host);
    await untilState(host, channel, "live");
    await stop(channel, host);
    expect(starts()).toHaveLength(0);
    expect((await fetch(`${server.url}/api/v1/check`)).status).toBe(200);
  });

  test("that does not want to end is ended", async () => {
    const { folder, host, section, starts } = await createOwn();
    writeFileSync(join(folder, "stubborn"), "");
    const channel = await begin(section, host);
    await untilState(host, channel, "live");
    const stopped = stop(channel, host);
    let isOver = false;
    void stopped.then(() => (isOver = true));
    await host.until("it is ended", () => isOver);
    expect(isAlive(starts()[0]?.pid ?? 0)).toBe(false);
  });
});
