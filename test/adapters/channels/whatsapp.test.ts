import { createHook } from "node:async_hooks";
import { afterEach, describe, expect, test } from "@jest/globals";
import { MemoryRecordStore } from "../../../src/adapters/storage/memory/memory-record-store.js";
import { after } from "../../../src/domain/moment.js";
import type { Channel, LoginStep } from "../../../src/ports/channel.js";
import { TestChannelHost } from "../../../src/testing/test-channel-host.js";
import { MemoryHostLock, type MemoryLockCell } from "../../../src/adapters/storage/memory/memory-host-lock.js";
import type { WhatsappPerson } from "../../stand-ins/whatsapp-person.js";
import { channelAt, seed, trust, type ChannelOptions } from "../../stand-ins/whatsapp-rig.js";
import { WhatsappServer } from "../../stand-ins/whatsapp-server.js";

const CANCEL = { aborted: false, addEventListener: () => undefined, removeEventListener: () => undefined };
let ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

interface Sitting {
  readonly server: WhatsappServer;
  readonly host: TestChannelHost;
  readonly channel: Channel;
  readonly credentials: MemoryRecordStore<string>;
  readonly ada: WhatsappPerson;
}

async function sit({ isLinked = true, ...options }: ChannelOptions & { isLinked?: boolean } = {}): Promise<Sitting> {
  const host = new TestChannelHost();
  const server = await WhatsappServer.start({ now: () => host.clock.now() });
  trust(server);
  const credentials = new MemoryRecordStore<string>();
  if (isLinked) await seed(credentials, server.world.account.linkedBefore());
  const channel = channelAt(server, { credentials, ...options });
  ends.push(() => server.close(), () => channel.stop(after(host.clock.now(), 5_000)));
  return { server, host, channel, credentials, ada: server.world.addPerson("Ada") };
}

async function live({ channel, host }: Sitting): Promise<void> {
  await channel.start(host);
  await host.until("it is live", () => channel.status().state === "live");
}

const say = (channel: Channel, chatId: string, text: string) => channel.send({ chatId }, { body: { kind: "text", text: { text, plain: text } } }, { key: text, cancel: CANCEL });

/** Knows of every timer that is set from now on whether it still keeps the process alive. */
function watchTimers(): { areOver(): Promise<boolean> } {
  const timers = new Map<number, NodeJS.Timeout>();
  const watch = createHook({
    init: (id, type, _trigger, resource) => { if (type === "Timeout") timers.set(id, resource as NodeJS.Timeout); },
    destroy: (id) => { timers.delete(id); },
  }).enable();
  ends.push(async () => { watch.disable(); });
  return {
    async areOver() {
      // Node tells of the end of a timer a turn later.
      await new Promise((resolve) => { setImmediate(resolve); });
      return [...timers.values()].every((timer) => !timer.hasRef());
    },
  };
}

async function read(steps: AsyncIterable<LoginStep>, act: (step: LoginStep) => Promise<void>): Promise<LoginStep | undefined> {
  let last: LoginStep | undefined;
  for await (const step of steps) {
    last = step;
    await act(step);
  }
  return last;
}

describe("WhatsApp: linking", () => {
  test("an account that is not linked says so, sends nothing, and is linked by the code that it shows", async () => {
    const sitting = await sit({ isLinked: false });
    const { server, host, channel, ada } = sitting;
    await channel.start(host);
    await host.until("it is not linked", () => channel.status().state === "needs-operator");
    expect(channel.status()).toMatchObject({ trouble: "credentials", message: expect.stringMatching(/not linked; link it with "openclaw channels login whatsapp"/u) });
    expect(await say(channel, `+${ada.number}`, "hello")).toMatchObject({ kind: "refused", code: "not-linked" });
    const states: string[] = [];
    const last = await read(channel.login({ force: false }), async (step) => {
      states.push(channel.status().state);
      if (step.kind === "qr") {
        expect(step.text).toMatch(/^https:\/\/wa\.me\/settings\/linked_devices#/u);
        await server.scan(step.text);
      }
    });
    expect(last).toEqual({ kind: "linked", message: `WhatsApp is linked as +${server.world.account.phone.number}.` });
    expect(states[0]).toBe("linking");
    expect(channel.status()).toMatchObject({ state: "live", identity: { id: `+${server.world.account.phone.number}` } });
    expect(server.connections.most).toBe(1);
    await server.send({ from: ada, content: { conversation: "good morning" } });
    await host.until("a message", () => host.envelopes.length === 1);
    expect(host.envelopes[0]).toMatchObject({ sender: { id: `+${ada.number}`, aliases: [ada.lid], name: "Ada" }, chat: { id: `+${ada.number}`, kind: "direct" }, body: { text: "good morning" } });
    expect(await say(channel, `+${ada.number}`, "good morning, Ada")).toMatchObject({ kind: "delivered" });
    expect([...server.world.messages.values()].map(({ content }) => content.extendedTextMessage?.text ?? content.conversation)).toEqual(["good morning, Ada"]);
  }, 60_000);

  test("by a code that its owner types on the phone, for the number that was named", async () => {
    const { server, host, channel } = await sit({ isLinked: false });
    await channel.start(host);
    await host.until("it is not linked", () => channel.status().state === "needs-operator");
    const last = await read(channel.login({ force: false, phoneNumber: `+${server.world.account.phone.number}` }), async (step) => {
      if (step.kind === "code") await server.type(step.code);
    });
    expect(last?.kind).toBe("linked");
    expect(channel.status().state).toBe("live");
  }, 60_000);

  test("one that is linked is not linked again unless that is asked for, and stays linked where nobody scans", async () => {
    const sitting = await sit();
    const { server, host, channel, ada } = sitting;
    await live(sitting);
    expect(await read(channel.login({ force: false }), async () => undefined)).toMatchObject({ kind: "linked", message: expect.stringContaining("already") });
    const steps = channel.login({ force: true })[Symbol.asyncIterator]();
    expect((await steps.next()).value).toMatchObject({ kind: "qr" });
    expect(await say(channel, `+${ada.number}`, "now?")).toMatchObject({ kind: "refused", code: "not-linked" });
    await steps.return?.();
    await host.until("the link that there was", () => channel.status().state === "live");
    expect(server.world.account.devices.size).toBe(1);
    expect(server.connections.most).toBe(1);
  }, 60_000);

  test("a restart needs no login, and a logout takes everything away", async () => {
    const sitting = await sit();
    const { server, host, channel, credentials } = sitting;
    await live(sitting);
    await channel.stop(after(host.clock.now(), 5_000));
    await live(sitting);
    expect(server.logins).toBe(2);
    expect(await channel.logout()).toEqual({ cleared: true, loggedOut: true });
    await host.until("it is not linked", () => channel.status().state === "needs-operator");
    expect(channel.status()).toMatchObject({ trouble: "credentials" });
    expect([...server.world.account.devices.values()].some(({ isLinked }) => isLinked)).toBe(false);
    expect(credentials.view().size).toBe(0);
    expect(await channel.logout()).toMatchObject({ cleared: false });
  }, 60_000);
});

describe("WhatsApp: one session", () => {
  test.each([["440", "conflict", /Another program/u], ["401", "credentials", /unlinked/u]] as const)("%s is final until its operator acts, and takes no credentials away", async (code, trouble, message) => {
    const sitting = await sit();
    const { server, host, channel, credentials } = sitting;
    await live(sitting);
    server.endStream(code);
    await host.until("it needs its operator", () => channel.status().state === "needs-operator");
    expect(channel.status()).toMatchObject({ trouble, message: expect.stringMatching(message) });
    await host.clock.pass(3_600_000);
    expect(server.logins).toBe(1);
    expect(credentials.view().has("credentials")).toBe(true);
    await channel.stop(after(host.clock.now(), 5_000));
    await live(sitting);
    expect(server.logins).toBe(2);
  }, 60_000);

  test("515 asks for another connection at once, and is no failure", async () => {
    const sitting = await sit();
    const { server, host, channel } = sitting;
    await live(sitting);
    server.endStream("515");
    await host.until("it is back", () => server.logins === 2 && channel.status().state === "live");
    expect(host.statuses.map(({ state }) => state)).not.toContain("backing-off");
    expect(server.connections.most).toBe(1);
  }, 60_000);

  test("a connection that has fallen silent is noticed without a message, and another is begun", async () => {
    const sitting = await sit();
    const { server, host, channel } = sitting;
    await live(sitting);
    server.fallSilent();
    await host.until("it is noticed", () => host.statuses.some(({ message }) => message?.includes("fallen silent") === true));
    await host.until("it is back", () => server.logins === 2 && channel.status().state === "live");
    expect(server.connections.most).toBe(1);
  }, 60_000);

  test("a quiet account is not a silent connection", async () => {
    const sitting = await sit();
    const { server, host } = sitting;
    await live(sitting);
    for (let minute = 0; minute < 3; minute += 1) {
      const signs = host.signs;
      await host.until("a sign", () => host.signs > signs);
    }
    expect(server.logins).toBe(1);
  }, 60_000);

  test("pauses grow while WhatsApp is down, and a short connection does not end their growth", async () => {
    const sitting = await sit();
    const { server, host, channel } = sitting;
    await live(sitting);
    server.isDown = true;
    server.cut();
    await host.until("five failures", () => host.statuses.filter(({ state }) => state === "backing-off").length >= 5);
    const waits = host.statuses.filter(({ state }) => state === "backing-off").map(({ since, retryAt }) => (retryAt ?? since) - since);
    expect(waits.slice(0, 5)).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
    server.isDown = false;
    await host.until("it is back", () => channel.status().state === "live");
    server.cut();
    await host.until("another failure", () => channel.status().state === "backing-off");
    expect((channel.status().retryAt ?? 0) - channel.status().since).toBeGreaterThan(8_000);
  }, 60_000);

  test("who holds the credentials is alone with them, and the next one takes over when they are gone", async () => {
    const cell: MemoryLockCell = {};
    const sitting = await sit({ lock: new MemoryHostLock({ cell, pid: 11 }) });
    const { server, host, channel, credentials } = sitting;
    await live(sitting);
    const otherHost = new TestChannelHost();
    const other = channelAt(server, { credentials, lock: new MemoryHostLock({ cell, pid: 12 }) });
    ends.push(() => other.stop(after(otherHost.clock.now(), 5_000)));
    await other.start(otherHost);
    await otherHost.until("it waits", () => other.status().state === "backing-off");
    expect(other.status()).toMatchObject({ trouble: "conflict", message: expect.stringContaining("pid 11") });
    expect(server.logins).toBe(1);
    await channel.stop(after(host.clock.now(), 5_000));
    await otherHost.until("it takes over", () => other.status().state === "live");
    expect(server.connections.most).toBe(1);
  }, 60_000);

  test("who is called by a number here and by a hidden id there is one person with one chat", async () => {
    const sitting = await sit();
    const { server, host, ada } = sitting;
    await live(sitting);
    await server.send({ from: ada, content: { conversation: "by the hidden id" }, addressing: "lid" });
    await server.send({ from: ada, content: { conversation: "by the number" }, addressing: "pn" });
    await host.until("both", () => host.envelopes.length === 2);
    expect(host.envelopes.map(({ chat, sender }) => [chat.id, sender.id, sender.aliases])).toEqual([[`+${ada.number}`, `+${ada.number}`, [ada.lid]], [`+${ada.number}`, `+${ada.number}`, [ada.lid]]]);
  }, 60_000);
});

describe("WhatsApp: what is said", () => {
  test("nothing is acknowledged that is not stored, and what was not comes again with the next connection", async () => {
    const sitting = await sit();
    const { server, host, channel, ada } = sitting;
    await live(sitting);
    host.broken = true;
    const ids = [await server.send({ from: ada, content: { conversation: "one" } }), await server.send({ from: ada, content: { conversation: "two" } })];
    await host.until("it is told", () => host.statuses.some(({ message }) => message?.includes("could not be stored") === true));
    host.broken = false;
    await host.until("both", () => host.envelopes.length === 2);
    expect(host.envelopes.map(({ body }) => (body.kind === "message" ? body.text : ""))).toEqual(["one", "two"]);
    await host.until("they are acknowledged", () => ids.every((id) => server.isAcknowledged(id)));
    expect(server.retries).toBe(0);
    await host.until("it is live", () => channel.status().state === "live");
  }, 60_000);

  test("edits, reactions, answers and mentions", async () => {
    const sitting = await sit();
    const { server, host, channel, ada } = sitting;
    await live(sitting);
    const me = server.world.account.phone;
    const id = await server.send({ from: ada, content: { conversation: "frist" } });
    await server.send({ from: ada, content: { protocolMessage: { key: { id, fromMe: true }, type: 14, editedMessage: { conversation: "first" }, timestampMs: 1_790_000_001_000 } } });
    await host.until("both", () => host.envelopes.length === 2);
    expect(host.envelopes[1]).toMatchObject({ messageId: id, body: { kind: "edit", text: "first" } });
    const sent = await say(channel, `+${ada.number}`, "the answer");
    const messageId = sent.kind === "delivered" ? sent.messageId : "";
    await server.send({ from: ada, content: { reactionMessage: { key: { id: messageId, fromMe: false }, text: "\u{1f389}" } } });
    await server.send({ from: ada, content: { reactionMessage: { key: { id: messageId, fromMe: false }, text: "" } } });
    await server.send({ from: ada, content: { extendedTextMessage: { text: "why?", contextInfo: { stanzaId: messageId, participant: me.lid, quotedMessage: { conversation: "the answer" } } } } });
    const group = server.world.addGroup("Family", [ada, server.world.addPerson("Ben")]);
    await server.send({ from: ada, group, content: { extendedTextMessage: { text: `@${me.number}, and @${ada.number}?`, contextInfo: { mentionedJid: [me.pn, ada.pn] } } } });
    await host.until("all", () => host.envelopes.length === 6);
    expect(host.envelopes.slice(2).map(({ body }) => body)).toEqual([
      { kind: "reaction", emoji: "\u{1f389}", added: true, ofSelf: true },
      { kind: "reaction", emoji: "\u{1f389}", added: false, ofSelf: true },
      { kind: "message", text: "why?", media: [], addressed: true, replyTo: { messageId, ofSelf: true, text: "the answer" } },
      { kind: "message", text: "and @Ada?", media: [], addressed: true },
    ]);
  }, 60_000);

  test("what is taken back for everyone is told of, by an administrator too, and a vote in a poll is not", async () => {
    const sitting = await sit();
    const { server, host, channel, ada } = sitting;
    await live(sitting);
    const id = await server.send({ from: ada, content: { conversation: "forget this" } });
    await server.send({ from: ada, content: { protocolMessage: { key: { id, fromMe: true }, type: 0 } } });
    await host.until("both", () => host.envelopes.length === 2);
    expect(host.envelopes[1]).toMatchObject({ messageId: id, chat: { id: `+${ada.number}` }, sender: { id: `+${ada.number}` }, body: { kind: "removal" } });

    const ben = server.world.addPerson("Ben");
    const group = server.world.addGroup("Family", [ada, ben], [ada]);
    const spam = await server.send({ from: ben, group, content: { conversation: "buy this" } });
    await host.until("Ben's", () => host.envelopes.length === 3);
    const poll = await channel.send({ chatId: group.id }, { body: { kind: "poll", poll: { question: "Tea?", options: ["yes", "no"], maxSelections: 1 } } }, { key: "poll", cancel: CANCEL });
    await server.send({ from: ben, group, content: { protocolMessage: { key: { id: spam, fromMe: false, participant: ada.lid }, type: 0 } } });
    const vote = await server.send({ from: ben, group, content: { pollUpdateMessage: { pollCreationMessageKey: { id: poll.kind === "delivered" ? poll.messageId : "", fromMe: false }, vote: { encPayload: Buffer.alloc(64), encIv: Buffer.alloc(12) }, senderTimestampMs: 1_790_000_000_000 } } });
    await server.send({ from: ada, group, content: { protocolMessage: { key: { id: spam, fromMe: false, participant: ben.lid }, type: 0 } } });
    await host.until("that it is taken away", () => host.envelopes.length === 4);
    expect(host.envelopes[3]).toMatchObject({ messageId: spam, sender: { id: `+${ben.number}` }, body: { kind: "removal" } });
    await host.until("the vote is acknowledged", () => server.isAcknowledged(vote));
  }, 60_000);

  test("a group's members are asked for once, and again when they change", async () => {
    const sitting = await sit();
    const { server, host, channel, ada } = sitting;
    await live(sitting);
    const group = server.world.addGroup("Family", [ada]);
    for (const text of ["one", "two", "three"]) expect((await say(channel, group.id, text)).kind).toBe("delivered");
    expect(server.world.groupQueries).toBe(1);
    await server.send({ from: ada, group, content: { conversation: "hello" } });
    await host.until("hello", () => host.envelopes.length === 1);
    expect(host.envelopes[0]?.chat).toEqual({ id: group.id, kind: "group", title: "Family" });
    server.push({ tag: "notification", attrs: { from: group.id, type: "w:gp2", id: "n1", t: "1790000000", participant: ada.lid }, content: [{ tag: "subject", attrs: { subject: "Relatives" } }] });
    await host.until("another question", async () => ((await say(channel, group.id, `again ${host.signs}`)).kind, server.world.groupQueries === 2));
  }, 60_000);

  test("what the owner writes to themselves is answered where their own number may write, and only from the phone", async () => {
    const own = "+4915100000001";
    for (const [allowFrom, isAnswered] of [[[own], true], [["*"], false]] as const) {
      const sitting = await sit({ section: { allowFrom } });
      const { server, host, channel } = sitting;
      await live(sitting);
      const me = server.world.account.phone;
      await server.send({ from: me, to: me, content: { conversation: "remember the milk" } });
      await host.until("it came", () => host.envelopes.length === 1);
      expect(host.envelopes[0]).toMatchObject({ chat: { id: own, kind: "direct" }, sender: { id: own, isSelf: !isAnswered } });
      await channel.stop(after(host.clock.now(), 5_000));
    }
  }, 60_000);

  test("a voice note comes and goes as one, and a file that was tampered with does not come", async () => {
    const sitting = await sit();
    const { server, host, channel, ada } = sitting;
    await live(sitting);
    const bytes = Uint8Array.from({ length: 3_000 }, (_, at) => at % 251);
    const facts = server.media.put(bytes, "Audio", "audio/ogg; codecs=opus");
    await server.send({ from: ada, content: { audioMessage: { ...facts, ptt: true } } });
    await host.until("it came", () => host.envelopes.length === 1);
    const body = host.envelopes[0]?.body;
    const [media] = body?.kind === "message" ? body.media : [];
    if (media === undefined) throw new Error("no file came");
    expect(media).toMatchObject({ kind: "voice", bytes: 3_000 });
    expect(await channel.fetchMedia(media, 10_000)).toMatchObject({ kind: "media" });
    server.media.spoil(facts.directPath);
    expect(await channel.fetchMedia(media, 10_000)).toMatchObject({ kind: "refused", reason: expect.stringContaining("not the one that was sent") });
    const elsewhere = { ...JSON.parse(media.ref) as object, path: "@evil.example/file" };
    expect(await channel.fetchMedia({ ...media, ref: JSON.stringify(elsewhere) }, 10_000)).toMatchObject({ kind: "refused" });
    const voice = host.keep(bytes, { kind: "voice", mimeType: "audio/ogg", fileName: "note.ogg" });
    expect((await channel.send({ chatId: `+${ada.number}` }, { body: { kind: "media", media: voice, caption: { text: "listen", plain: "listen" } } }, { key: "voice", cancel: CANCEL })).kind).toBe("delivered");
    const [words, sent] = [...server.world.messages.values()].map(({ content }) => content);
    expect(words?.extendedTextMessage?.text ?? words?.conversation).toBe("listen");
    expect(sent?.audioMessage).toMatchObject({ ptt: true, mimetype: "audio/ogg; codecs=opus" });
  }, 60_000);

  test("a message is shown as read, unless that is not wanted", async () => {
    for (const sendReadReceipts of [true, false]) {
      const sitting = await sit({ section: { sendReadReceipts } });
      const { server, host, channel, ada } = sitting;
      await live(sitting);
      const messageId = await server.send({ from: ada, content: { conversation: "hello" } });
      await host.until("it came", () => host.envelopes.length === 1);
      await channel.markRead({ chatId: `+${ada.number}`, messageId });
      await channel.probe(CANCEL);
      expect(server.world.signs.some(({ tag, attrs }) => tag === "receipt" && attrs["type"] === "read")).toBe(sendReadReceipts);
      await channel.stop(after(host.clock.now(), 5_000));
    }
  }, 60_000);
});

describe("WhatsApp: what lasts", () => {
  test("the keys of a group stay as few, however much is said in it", async () => {
    const sitting = await sit();
    const { server, host, channel, credentials, ada } = sitting;
    await live(sitting);
    const group = server.world.addGroup("Family", [ada]);
    const sizes: number[] = [];
    for (let nth = 1; nth <= 24; nth += 1) {
      expect((await say(channel, group.id, `news ${nth}`)).kind).toBe("delivered");
      sizes.push([...credentials.view()].filter(([name]) => name.startsWith(`key:sender-key:${group.id}`)).reduce((sum, [, { length }]) => sum + length, 0));
    }
    expect(sizes[0]).toBeGreaterThan(0);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(64);
    await server.send({ from: ada, group, content: { conversation: "thanks" } });
    await host.until("her answer", () => host.envelopes.length === 1);
    expect([server.unreadable, server.retries]).toEqual([0, 0]);
  }, 60_000);

  test("the keys of a conversation stay as few, however long it goes on", async () => {
    const sitting = await sit();
    const { server, host, channel, credentials, ada } = sitting;
    await live(sitting);
    const sizes: number[] = [];
    for (let nth = 1; nth <= 24; nth += 1) {
      await server.send({ from: ada, content: { conversation: `question ${nth}` } });
      await host.until("the question", () => host.envelopes.length === nth);
      expect((await say(channel, `+${ada.number}`, `answer ${nth}`)).kind).toBe("delivered");
      sizes.push([...credentials.view()].filter(([name]) => name.startsWith("key:session:")).reduce((sum, [, { length }]) => sum + length, 0));
    }
    expect(sizes[0]).toBeGreaterThan(0);
    expect(Math.max(...sizes.slice(12)) - Math.max(...sizes.slice(0, 12))).toBeLessThan(64);
    expect([server.unreadable, server.retries]).toEqual([0, 0]);
  }, 60_000);

  test("another connection begins no other session with anybody; an app that was installed anew does", async () => {
    const sitting = await sit();
    const { server, host, channel, credentials, ada } = sitting;
    await live(sitting);
    const sessions = (): number => [...credentials.view()].flatMap(([name, text]) => (name.startsWith("key:session:") ? Object.keys((JSON.parse(text) as { _sessions: object })._sessions) : [])).length;
    const talk = async (nth: number): Promise<void> => {
      await server.send({ from: ada, content: { conversation: `question ${nth}` } });
      await host.until("the question", () => host.envelopes.length === nth);
      expect((await say(channel, `+${ada.number}`, `answer ${nth}`)).kind).toBe("delivered");
    };
    await talk(1);
    const before = sessions();
    for (const nth of [2, 3]) {
      server.cut();
      await host.until("it is back", () => server.logins === nth && channel.status().state === "live");
      await talk(nth);
    }
    expect(sessions()).toBe(before);
    ada.reset();
    await talk(4);
    expect(sessions()).toBe(before + 1);
    expect(server.unreadable).toBe(0);
  }, 60_000);

  test.each(["440", "401"] as const)("nothing keeps the process alive once it is stopped, also after %s", async (code) => {
    const timers = watchTimers();
    const sitting = await sit();
    const { server, host, channel } = sitting;
    await channel.start(host);
    await host.until("it was let in", () => server.logins === 1);
    // While Baileys still asks for what it wants to know at first.
    server.endStream(code);
    await host.until("the end", () => channel.status().state === "needs-operator");
    await channel.stop(after(host.clock.now(), 5_000));
    await host.until("the last timer", () => timers.areOver());
  }, 60_000);

  test("keys are left for others where WhatsApp says that few are, and do not keep the process alive", async () => {
    const timers = watchTimers();
    const sitting = await sit();
    const { server, host, channel } = sitting;
    await live(sitting);
    const [device] = server.world.account.devices.values();
    for (let left = device?.keysLeft ?? 0; left > 3; left -= 1) device?.takeBundle();
    server.push({ tag: "notification", attrs: { from: "@s.whatsapp.net", type: "encrypt", id: "n1", t: "1790000000" }, content: [{ tag: "count", attrs: { value: "3" } }] });
    await host.until("more keys", () => device?.keysLeft === 103);
    await host.until("it is acknowledged", () => server.isAcknowledged("n1"));
    await channel.stop(after(host.clock.now(), 5_000));
    await host.until("the last timer", () => timers.areOver());
  }, 60_000);
});

describe("WhatsApp: what is printed", () => {
  test("no session and no key of libsignal's reaches the console, and the console is the one that was there", async () => {
    const methods = ["log", "info", "warn", "error", "debug"] as const;
    const before = methods.map((method) => console[method]);
    const printed: unknown[][] = [];
    const listeners = methods.map((method) => (...values: unknown[]) => { printed.push([method, ...values]); });
    methods.forEach((method, nth) => { console[method] = listeners[nth] as typeof console.log; });
    try {
      const sitting = await sit();
      const { server, host, ada, channel } = sitting;
      await live(sitting);
      await server.send({ from: ada, content: { conversation: "one" } });
      await host.until("one", () => host.envelopes.length === 1);
      // A new installation: the session that there was is closed in favour of another.
      ada.reset();
      await server.send({ from: ada, content: { conversation: "two" } });
      await host.until("two", () => host.envelopes.length === 2);
      expect((await say(channel, `+${ada.number}`, "three")).kind).toBe("delivered");
      expect(methods.map((method) => console[method])).toEqual(listeners);
      expect(printed).toEqual([]);
    } finally {
      methods.forEach((method, nth) => { console[method] = before[nth] as typeof console.log; });
    }
  }, 60_000);
});
