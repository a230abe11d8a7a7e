import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { imessage, parseIMessageConfig } from "../../../src/adapters/channels/imessage/index.js";
import { MemoryLog } from "../../../src/adapters/log/memory/index.js";
import type { LoginStep, Channel, SendAttempt } from "../../../src/ports/channel.js";
import type { MediaRef } from "../../../src/domain/messaging/envelope.js";
import type { OutboundPart } from "../../../src/domain/messaging/outbound.js";
import { DEFAULT_POLICY } from "../../../src/domain/messaging/policy.js";
import { after } from "../../../src/domain/moment.js";
import { createTestGateway } from "../../../src/testing/test-gateway.js";
import { TestChannelHost } from "../../../src/testing/test-channel-host.js";
import type { MacChat } from "../../stand-ins/imsg-mac.js";
import { ImsgServer } from "../../stand-ins/imsg-server.js";

class WatchedHost extends TestChannelHost {
  override readonly log = new MemoryLog();

  get texts(): readonly string[] {
    return this.envelopes.map(({ body }) => (body.kind === "message" ? body.text : body.kind));
  }
}

// Beyond the patience of the host, whose complaint says more.
jest.setTimeout(30_000);

const ADA = "+4915112345678";
const STOP_MS = 5_000;
const NEVER = new AbortController().signal;
const endings: (() => Promise<unknown>)[] = [];
let keys = 0;
const attempt = (): SendAttempt => ({ key: `k${(keys += 1)}`, cancel: NEVER });
const saying = (text: string): OutboundPart => ({ body: { kind: "text", text: { text, plain: text } } });

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

interface Rig {
  readonly server: ImsgServer;
  readonly host: WatchedHost;
  readonly channel: Channel;
  readonly ada: MacChat;
  say(text: string): string;
  live(): Promise<void>;
  stop(): Promise<void>;
}

async function createRig({ manner = {}, section = {} }: { manner?: Partial<ImsgServer["manner"]>; section?: object } = {}): Promise<Rig> {
  const host = new WatchedHost();
  const server = await ImsgServer.start({ now: () => host.clock.now() });
  endings.push(() => server.close());
  Object.assign(server.manner, manner);
  const ada = server.mac.person(ADA);
  server.mac.write({ chat: ada, sender: ADA, text: "long ago" });
  const channel = channelFor({ ...server.section, ...section });
  const stop = (): Promise<void> => channel.stop(after(host.clock.now(), STOP_MS));
  endings.push(stop);
  const live = async (): Promise<void> => {
    await channel.start(host);
    await host.until("the channel is live", () => channel.status().state === "live");
  };
  return { server, host, channel, ada, live, stop, say: (text) => server.mac.write({ chat: ada, sender: ADA, text }).guid };
}

function channelFor(section: object): Channel {
  const reading = parseIMessageConfig(section, "default", {});
  if ("issues" in reading) throw new Error(JSON.stringify(reading.issues));
  return imessage(reading.config);
}

const heard = ({ host }: Rig, ...texts: readonly string[]): Promise<void> => host.until(texts.join(", "), () => texts.every((text) => host.texts.includes(text)));

/** Reached once everything told before it was dealt with. */
async function heardAll(rig: Rig): Promise<readonly string[]> {
  rig.say("the last word");
  await heard(rig, "the last word");
  return rig.host.texts.filter((text) => text !== "the last word");
}

async function told(channel: Channel): Promise<readonly LoginStep[]> {
  const steps: LoginStep[] = [];
  for await (const step of channel.login({ force: false })) steps.push(step);
  return steps;
}

describe("where it goes on", () => {
  test("begins at the end of the database, and after a restart behind what was taken over last", async () => {
    const rig = await createRig();
    await rig.live();
    await rig.stop();
    rig.say("while it was away, before it heard anything");
    await rig.live();
    await heard(rig, "while it was away, before it heard anything");
    await rig.stop();
    for (const text of ["one", "two", "three"]) rig.say(text);
    await rig.live();
    expect(await heardAll(rig)).toEqual(["while it was away, before it heard anything", "one", "two", "three"]);
    const since = rig.server.calls.filter(({ method }) => method === "watch.subscribe").map(({ params }) => params["since_rowid"]);
    expect(since).toEqual([1, 1, 2]);
    expect(rig.host.duplicates).toEqual([]);
  });

  test("a database that ends before that is another one, and is read from its end", async () => {
    const rig = await createRig();
    rig.host.notes.set("cursor", JSON.stringify({ rowid: 9_000, database: ":" }));
    await rig.live();
    rig.say("here I am");
    await heard(rig, "here I am");
    expect(rig.host.log.entries.some(({ message }) => message.includes("another one"))).toBe(true);
  });

  test("the place in one database says nothing of another", async () => {
    const rig = await createRig({ section: { dbPath: "/other/chat.db" } });
    rig.host.notes.set("cursor", JSON.stringify({ rowid: 9_000, database: ":" }));
    await rig.live();
    expect(JSON.parse(rig.host.notes.get("cursor") ?? "")).toMatchObject({ rowid: 1, database: ":/other/chat.db" });
    expect(rig.server.launches[0]?.argv).toEqual(["rpc", "--db", "/other/chat.db"]);
  });

  test("of a database in which nothing was ever said, the first message is heard whenever it comes", async () => {
    const rig = await createRig();
    rig.server.mac.rows.length = 0;
    await rig.live();
    await rig.stop();
    rig.say("the first");
    await rig.live();
    await heard(rig, "the first");
    expect(rig.server.calls.filter(({ method }) => method === "watch.subscribe").map(({ params }) => params["since_rowid"])).toEqual([-1, -1]);
  });

  test("old conversations that Messages fetches are no new messages; what comes late is", async () => {
    const rig = await createRig();
    await rig.live();
    const now = rig.host.clock.now();
    const write = (text: string, days: number): unknown => rig.server.mac.write({ chat: rig.ada, sender: ADA, text, createdAt: now + days * 86_400_000 });
    write("last year", -365);
    write("last night", -0.5);
    write("from a clock that is wrong", 3_650);
    write("still there?", 0);
    expect(await heardAll(rig)).toEqual(["last night", "from a clock that is wrong", "still there?"]);
    await rig.stop();
    await rig.host.clock.pass(7 * 86_400_000);
    write("while it was away", 2);
    await rig.live();
    await heard(rig, "while it was away");
  });

  test("more than can be held is told once more, and each is heard once and in order", async () => {
    const rig = await createRig();
    await rig.live();
    rig.host.hold();
    const texts = Array.from({ length: 1_500 }, (_, nth) => `flood ${nth}`);
    for (const text of texts) rig.say(text);
    await rig.host.until("one waits to be stored", () => rig.host.holding > 0);
    rig.host.release();
    await heard(rig, "flood 1499");
    expect(rig.host.texts).toEqual(texts);
    expect(rig.server.mostWatching).toBe(1);
  });

  test("an imsg that tells nothing any more is found out, and what it kept to itself is heard", async () => {
    const rig = await createRig();
    await rig.live();
    rig.server.mac.write({ chat: rig.ada, sender: ADA, text: "are you there?", isUnheard: true });
    await heard(rig, "are you there?");
    expect(rig.host.statuses.some(({ message }) => message?.includes("stopped telling") === true)).toBe(true);
  });

  test("a watch that ends is begun anew where it was", async () => {
    const rig = await createRig();
    await rig.live();
    rig.server.notify("watch.overflow", { subscription: 1, resume_after_rowid: 1, terminal: true });
    await rig.host.until("it is noticed", () => rig.host.state !== "live");
    rig.say("and on");
    await heard(rig, "and on");
    expect(rig.server.mostWatching).toBe(1);
  });
});

describe("the program", () => {
  test("is started anew with growing pauses, and what is wrong is told", async () => {
    const folder = await mkdtemp(join(tmpdir(), "imsg-none-"));
    endings.push(() => rm(folder, { recursive: true }));
    const [host, channel] = [new WatchedHost(), channelFor({ cliPath: join(folder, "imsg") })];
    endings.push(() => channel.stop(after(host.clock.now(), STOP_MS)));
    await channel.start(host);
    await host.until("four tries", () => host.statuses.filter(({ retryAt }) => retryAt !== undefined).length >= 4);
    const tries = host.statuses.filter(({ retryAt }) => retryAt !== undefined);
    expect(tries[0]).toMatchObject({ state: "backing-off", trouble: "network", message: expect.stringContaining("no program at cliPath") });
    expect(await channel.send({ chatId: ADA }, saying("hi"), attempt())).toMatchObject({ kind: "later" });
    expect(await channel.probe(NEVER)).toMatchObject({ kind: "failed", reason: expect.stringContaining("no program") });
    await writeFile(join(folder, "imsg"), "", { mode: 0o600 });
    await host.until("it is no program", () => host.statuses.at(-1)?.message?.includes("EACCES") === true);
    const pauses = tries.slice(1).map(({ retryAt = 0 }, nth) => retryAt - (tries[nth]?.retryAt ?? 0));
    expect(pauses.every((pause, nth) => pause > (pauses[nth - 1] ?? 0))).toBe(true);
  });

  test("is given no secret of the gateway's environment, and may be greeted by a script", async () => {
    process.env["TELEGRAM_BOT_TOKEN"] = "a-secret";
    endings.push(async () => { delete process.env["TELEGRAM_BOT_TOKEN"]; });
    const rig = await createRig({ manner: { greeting: "Welcome to the Mac!\n{\"not\": \"for us\"}\n[1]\n{" } });
    await rig.live();
    expect(rig.server.launches[0]?.argv).toEqual(["rpc"]);
    expect(rig.server.launches[0]?.variables).toEqual(expect.arrayContaining(["PATH"]));
    expect(rig.server.launches[0]?.variables).not.toContain("TELEGRAM_BOT_TOKEN");
    expect(await heardAll(rig)).toEqual([]);
  });

  test("that does not answer is started anew", async () => {
    const rig = await createRig();
    rig.server.misbehave(/status/u, { kind: "mute" });
    await rig.live();
    expect(rig.host.statuses.some(({ message }) => message?.includes("does not answer") === true)).toBe(true);
    expect(rig.server.launches.length).toBeGreaterThan(1);
  });

  test("is not left behind by a channel that is stopped while it starts", async () => {
    const rig = await createRig();
    for (let turn = 0; turn < 5; turn += 1) {
      await rig.channel.start(rig.host);
      for (let wait = 0; wait < turn; wait += 1) await new Promise((resolve) => { setImmediate(resolve); });
      await rig.stop();
      await rig.host.until("none runs", () => rig.server.running === 0, { passing: false });
      expect([rig.channel.status().state, rig.host.clock.pending]).toEqual(["idle", 0]);
    }
    expect(rig.server.watching).toBe(0);
    await rig.live();
  });

  test("that does not end is ended, and whatever it started with it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "imsg-stubborn-"));
    endings.push(() => rm(folder, { recursive: true }));
    const [program, pids] = [join(folder, "imsg"), join(folder, "pids")];
    await writeFile(program, `#!/bin/sh\ntrap '' TERM\nsleep 600 &\necho $$ $! > "${pids}.new"\nmv "${pids}.new" "${pids}"\nwhile :; do sleep 1; done\n`);
    await chmod(program, 0o700);
    const [host, channel] = [new WatchedHost(), channelFor({ cliPath: program })];
    await channel.start(host);
    await host.until("it runs", () => existsSync(pids), { passing: false });
    let isStopped = false;
    const stopping = channel.stop(after(host.clock.now(), STOP_MS)).then(() => { isStopped = true; });
    await host.until("it is stopped", () => isStopped);
    await stopping;
    const isGone = (pid: string): boolean => {
      try {
        return /^State:\s+Z/mu.test(execFileSync("cat", [`/proc/${pid}/status`], { stdio: ["ignore", "pipe", "ignore"] }).toString());
      } catch {
        return true;
      }
    };
    const [own = "", child = ""] = (await readFile(pids, "utf8")).trim().split(" ");
    await host.until("both are gone", () => isGone(own) && isGone(child));
    expect(channel.status().state).toBe("idle");
  });
});

describe("what macOS does not allow", () => {
  test.each([["now", true], ["in older versions", false]])("reading Messages: it is told where to allow it, and found again (as imsg says it %s)", async (_, hasStatus) => {
    const rig = await createRig({ manner: { hasDiskAccess: false, hasStatus } });
    await rig.channel.start(rig.host);
    await rig.host.until("it needs its operator", () => rig.channel.status().state === "needs-operator");
    expect(rig.channel.status()).toMatchObject({ trouble: "credentials", message: expect.stringMatching(/Full Disk Access.*\.$/u) });
    expect(await rig.channel.send({ chatId: ADA }, saying("hi"), attempt())).toMatchObject({ kind: "refused", code: "not-linked" });
    expect(await told(rig.channel)).toEqual([{ kind: "refused", code: "not-linked", reason: expect.stringContaining("Full Disk Access") }]);
    const { launches } = rig.server;
    const tried = launches.length;
    await rig.host.clock.pass(3_600_000);
    expect(launches).toHaveLength(tried);
    rig.server.manner.hasDiskAccess = true;
    expect(await told(rig.channel)).toEqual([{ kind: "linked", message: expect.stringContaining("start this channel anew") }]);
    await rig.stop();
    await rig.live();
    expect(await rig.channel.logout()).toMatchObject({ cleared: false, loggedOut: false, reason: expect.stringContaining("Mac") });
  });

  test("sending: messages come in all the same, and the first that is sent shows that it works again", async () => {
    const rig = await createRig({ manner: { hasAutomation: false } });
    await rig.live();
    expect(await rig.channel.send({ chatId: ADA }, saying("hi"), attempt())).toMatchObject({ kind: "refused", code: "forbidden", reason: expect.stringContaining("Automation") });
    expect(rig.channel.status()).toMatchObject({ state: "degraded", trouble: "credentials", message: expect.stringContaining("Automation") });
    expect(await heardAll(rig)).toEqual([]);
    rig.server.manner.hasAutomation = true;
    expect(await rig.channel.send({ chatId: ADA }, saying("hi"), attempt())).toMatchObject({ kind: "delivered" });
    expect(rig.channel.status().state).toBe("live");
  });
});

describe("what the bridge offers", () => {
  test("comes and goes while it runs, and is refused in a sentence while it is gone", async () => {
    const rig = await createRig();
    await rig.live();
    const sent = await rig.channel.send({ chatId: ADA }, saying("frist"), attempt());
    const message = { chatId: ADA, messageId: "messageId" in sent ? sent.messageId : "" };
    expect(rig.channel.abilities).toMatchObject({ edit: false, remove: false, reactions: "none", markRead: false });
    expect(await rig.channel.edit(message, saying("first"), attempt())).toMatchObject({ kind: "refused", code: "unsupported", reason: expect.stringContaining("imsg launch") });
    await rig.channel.typing({ chatId: ADA }, true);
    await rig.channel.markRead(message);
    rig.server.manner.hasBridge = true;
    await rig.host.until("the bridge is seen", () => rig.channel.abilities.edit);
    expect(await rig.channel.edit(message, saying("first"), attempt())).toEqual({ kind: "done" });
    expect(await rig.channel.react(message, "🎉", true)).toEqual({ kind: "done" });
    const methods = (): readonly string[] => rig.server.calls.map(({ method }) => method);
    expect(methods()).not.toEqual(expect.arrayContaining(["typing"]));
    await rig.channel.typing({ chatId: ADA }, true);
    await rig.channel.markRead(message);
    expect(rig.server.calls.slice(-2)).toEqual([{ method: "typing", params: { to: ADA, typing: true } }, { method: "read", params: { to: ADA } }]);
    rig.server.manner.hasBridge = false;
    await rig.host.until("it is seen to be gone", () => !rig.channel.abilities.edit);
    expect(await rig.channel.remove(message)).toMatchObject({ kind: "refused", code: "unsupported" });
  });

  test("an answer to a message that Messages does not know is sent without being one", async () => {
    const rig = await createRig({ manner: { hasBridge: true } });
    await rig.live();
    expect(await rig.channel.send({ chatId: ADA }, { ...saying("still"), replyTo: "GONE" }, attempt())).toMatchObject({ kind: "delivered" });
    expect(rig.server.calls.filter(({ method }) => method.startsWith("send")).map(({ method }) => method)).toEqual(["send.rich", "send"]);
    expect(rig.server.mac.rows.filter(({ isSent }) => isSent)).toHaveLength(1);
  });
});

describe("whose a row is", () => {
  test("somebody who writes the same words while they are being sent is heard, and the gateway is not", async () => {
    const rig = await createRig({ manner: { comesAsTheirs: true } });
    await rig.live();
    let answer = (): void => {};
    rig.server.misbehave(/^send$/u, { kind: "late", answered: (now) => { answer = now; } });
    const sending = rig.channel.send({ chatId: ADA }, saying("ok"), attempt());
    await rig.host.until("it was sent", () => rig.server.mac.rows.some(({ isSent }) => isSent), { passing: false });
    const theirs = rig.say("ok");
    answer();
    expect(await sending).toMatchObject({ kind: "delivered" });
    await heard(rig, "ok");
    await heardAll(rig);
    expect(rig.host.envelopes.filter(({ body }) => body.kind === "message" && body.text === "ok").map(({ messageId }) => messageId)).toEqual([theirs]);
  });

  test("what was sent before a restart is known after it", async () => {
    const rig = await createRig();
    await rig.live();
    const sent = await rig.channel.send({ chatId: ADA }, saying("tea?"), attempt());
    const messageId = "messageId" in sent ? sent.messageId : "";
    await rig.stop();
    const row = rig.server.mac.row(messageId);
    await rig.live();
    // Once more, and as if it were hers.
    if (row !== undefined) rig.server.mac.tell({ ...row, isFromMe: false, sender: ADA });
    rig.server.mac.write({ chat: rig.ada, sender: ADA, text: "Loved it", reaction: { to: messageId, kind: "love", added: true } });
    expect(await heardAll(rig)).toEqual(["reaction"]);
    expect(rig.host.envelopes[0]?.body).toMatchObject({ kind: "reaction", emoji: "❤️", ofSelf: true });
  });

  test.each([["as it is written", false], ["the second row first", true]])("a message to oneself reaches nobody: %s", async (_, isReversed) => {
    for (const knowsAddress of [true, false]) {
      const rig = await createRig();
      await rig.live();
      const { mac } = rig.server;
      const self = mac.person(mac.ownAddress);
      const pair = [{ chat: self, text: "milk", isFromMe: true, ...(knowsAddress ? { ownAddress: mac.ownAddress } : {}) }, { chat: self, text: "milk", sender: mac.ownAddress }];
      const rows = pair.map((one) => mac.write({ ...one, isUnheard: true }));
      for (const row of isReversed ? rows.toReversed() : rows) mac.tell(row);
      expect(await heardAll(rig)).toEqual([]);
      // Nor does what the gateway sends there.
      expect(await rig.channel.send({ chatId: mac.ownAddress }, saying("a note"), attempt())).toMatchObject({ kind: "delivered" });
      expect(await heardAll(rig)).toEqual([]);
      await rig.stop();
    }
  });

  test("somebody who repeats at once what was said to them is no pair", async () => {
    const rig = await createRig();
    await rig.live();
    rig.say("ok");
    await heard(rig, "ok");
    rig.server.mac.write({ chat: rig.ada, text: "fine", isFromMe: true });
    rig.say("fine");
    await heard(rig, "fine");
  });

  test("a message without a name is told as such", async () => {
    const rig = await createRig({ manner: { tellsGuid: false } });
    await rig.live();
    rig.server.mac.tell = () => {};
    let receipt: unknown;
    const sending = rig.channel.send({ chatId: ADA }, saying("hm"), attempt()).then((got) => { receipt = got; });
    await rig.host.until("it is given up to wait for it", () => receipt !== undefined);
    await sending;
    expect(receipt).toMatchObject({ kind: "accepted", messageId: expect.stringMatching(/^unnamed:/u) });
  });

  test("what is stuck in Messages waits, and imsg is started anew", async () => {
    const rig = await createRig();
    await rig.live();
    rig.server.misbehave(/^send$/u, { kind: "error", code: -32_004, message: "lane blocked", data: { retry_safe: true, disposition: "not_started" } });
    expect(await rig.channel.send({ chatId: ADA }, saying("hi"), attempt())).toMatchObject({ kind: "later", scope: "account" });
    await rig.host.until("there is another one", () => rig.server.launches.length === 2 && rig.channel.status().state === "live");
    expect(await rig.channel.send({ chatId: ADA }, saying("hi"), attempt())).toMatchObject({ kind: "delivered" });
  });
});

describe("files", () => {
  const ref = (path: string): MediaRef => ({ kind: "file", ref: JSON.stringify({ path }), fileName: "a.txt" });

  test("are read out of the folders that may be read from, and nowhere else", async () => {
    const rig = await createRig();
    const { attachments } = rig.server.mac;
    const secret = join(dirname(attachments), "secret.txt");
    await writeFile(secret, "secret");
    await writeFile(join(attachments, "fine.txt"), "fine");
    await symlink(secret, join(attachments, "link.txt"));
    await symlink(dirname(attachments), join(attachments, "folder"));
    await mkdir(`${attachments}-too`);
    await writeFile(`${attachments}-too/near.txt`, "near");
    execFileSync("mkfifo", [join(attachments, "pipe")]);
    const found = await rig.channel.fetchMedia(ref(join(attachments, "fine.txt")), 100);
    if (found.kind !== "media") throw new Error(found.kind);
    const chunks: Uint8Array[] = [];
    for await (const chunk of found.bytes) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe("fine");
    const outside = [secret, join(attachments, "../secret.txt"), join(attachments, "link.txt"), join(attachments, "folder/secret.txt"), `${attachments}-too/near.txt`, join(attachments, "pipe"), attachments, "/dev/zero"];
    for (const path of outside) expect(await rig.channel.fetchMedia(ref(path), 100)).toMatchObject({ kind: "refused", code: "forbidden", reason: expect.stringMatching(/\.$/u) });
    for (const gone of [ref(join(attachments, "gone.txt")), { ...ref(""), ref: "{\"missing\":true}" }, { ...ref(""), ref: "nonsense" }]) expect(await rig.channel.fetchMedia(gone, 100)).toMatchObject({ kind: "refused", code: "unknown-target" });
    expect(await rig.channel.fetchMedia(ref(join(attachments, "fine.txt")), 3)).toEqual({ kind: "too-large" });
  });

  test("a root may stand for the folders of several people", async () => {
    const rig = await createRig();
    const { attachments } = rig.server.mac;
    await writeFile(join(attachments, "fine.txt"), "fine");
    const channel = channelFor({ attachmentRoots: [join(dirname(dirname(attachments)), "*", "Attachments")] });
    const found = await channel.fetchMedia(ref(join(attachments, "fine.txt")), 100);
    expect(found.kind).toBe("media");
    if (found.kind === "media") for await (const _ of found.bytes);
  });

  test("on their way out are for imsg's eyes alone, and not left behind", async () => {
    const rig = await createRig();
    await rig.live();
    let modes: readonly number[] = [];
    rig.server.manner.refuses = (method, { file }) => {
      if (method === "send") modes = [String(file), dirname(String(file))].map((path) => statSync(path).mode & 0o777);
      return undefined;
    };
    const media = rig.host.keep(new TextEncoder().encode("chart"), { kind: "file", mimeType: "text/plain", fileName: "../../.chart/x.txt" });
    expect(await rig.channel.send({ chatId: ADA }, { body: { kind: "media", media } }, attempt())).toMatchObject({ kind: "delivered" });
    expect(modes).toEqual([0o600, 0o700]);
    const { file } = rig.server.calls.findLast(({ method }) => method === "send")?.params ?? {};
    expect([existsSync(String(file)), existsSync(dirname(String(file)))]).toEqual([false, false]);
    expect(await rig.channel.send({ chatId: ADA }, { body: { kind: "media", media: { ...media, id: "gone" } } }, attempt())).toMatchObject({ kind: "refused", code: "invalid" });
  });

  test("of another Mac are named and not read, and none go there", async () => {
    const rig = await createRig({ section: { remoteHost: "mac-mini.local" } });
    await rig.live();
    expect(rig.channel.abilities).not.toHaveProperty("media");
    rig.server.mac.write({ chat: rig.ada, sender: ADA, text: "look", file: rig.server.mac.keepFile("look.png", "image/png", new Uint8Array(9)) });
    await heard(rig, "look");
    const body = rig.host.envelopes[0]?.body;
    const [media] = body?.kind === "message" ? body.media : [];
    expect(media).toMatchObject({ kind: "image", fileName: "look.png" });
    expect(await rig.channel.fetchMedia(media!, 100)).toMatchObject({ kind: "refused", code: "unsupported", reason: expect.stringContaining("another Mac") });
    const kept = rig.host.keep(new Uint8Array(3), { kind: "file", mimeType: "text/plain", fileName: "x.txt" });
    expect(await rig.channel.send({ chatId: ADA }, { body: { kind: "media", media: kept } }, attempt())).toMatchObject({ kind: "refused", code: "unsupported" });
  });

  test("that come along are not asked for where they are not wanted", async () => {
    const rig = await createRig({ section: { includeAttachments: false } });
    await rig.live();
    rig.server.mac.write({ chat: rig.ada, sender: ADA, text: "look", file: rig.server.mac.keepFile("look.png", "image/png", new Uint8Array(9)) });
    await heard(rig, "look");
    expect(rig.host.envelopes[0]?.body).toMatchObject({ media: [] });
  });
});

test("through a gateway: a stranger gets a code, an account with itself gets none, and a friend in a group is answered by name", async () => {
  const friend = "ben@example.org";
  let now = (): number => 0;
  const server = await ImsgServer.start({ now: () => now() });
  endings.push(() => server.close());
  const policy = { ...DEFAULT_POLICY, allowFrom: [friend], groupPolicy: "allowlist" as const, mentionNames: ["claw"] };
  const gateway = await createTestGateway({ channels: [channelFor(server.section)], settings: { channels: [{ channel: "imessage", accountId: "default", policy }] }, script: [{ kind: "say", text: "Good morning, **Ben**." }] });
  endings.push(() => gateway.close());
  now = () => gateway.clock.now();
  const until = async (holds: () => boolean): Promise<void> => {
    for (let turns = 0; !holds() && turns < 3_000; turns += 1) {
      await gateway.pass(50);
      await new Promise((resolve) => { setTimeout(resolve, 2); });
    }
    expect(holds()).toBe(true);
  };
  const { mac } = server;
  const sent = (): readonly string[] => mac.rows.filter(({ isSent }) => isSent).map(({ chat, text }) => `${chat.isGroup ? "group" : chat.identifier}: ${text}`);
  await until(() => server.watching === 1);
  const self = mac.person(mac.ownAddress);
  mac.write({ chat: self, text: "buy milk", isFromMe: true });
  mac.write({ chat: self, text: "buy milk", sender: mac.ownAddress });
  mac.write({ chat: mac.person(ADA), sender: ADA, text: "let me in" });
  const group = mac.group("Family", [ADA, friend]);
  mac.write({ chat: group, sender: friend, text: "nobody in particular" });
  mac.write({ chat: group, sender: friend, text: "Claw, good morning" });
  await until(() => sent().length >= 2);
  await gateway.pass(5_000);
  expect([...sent()].sort()).toEqual([expect.stringMatching(/^\+4915112345678: .*pairing code/su), "group: Good morning, Ben."]);
  const client = await gateway.connect();
  expect(await client.call("channels.status", {})).toMatchObject({ channelAccounts: { imessage: [expect.objectContaining({ accountId: "default" })] } });
});

test("neither texts nor addresses reach the log or the status", async () => {
  const rig = await createRig({ manner: { hasAutomation: false } });
  await rig.live();
  await rig.channel.send({ chatId: ADA }, saying("a secret plan"), attempt());
  await rig.channel.send({ chatId: "nobody@example.org" }, saying("a secret plan"), attempt());
  rig.say("another secret");
  await heard(rig, "another secret");
  rig.server.cut();
  await rig.host.until("the break shows", () => rig.host.state !== "degraded");
  const public_ = JSON.stringify([rig.host.log.entries, rig.host.statuses]);
  for (const secret of ["secret", ADA, "nobody@"]) expect(public_).not.toContain(secret);
});
