import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { WAMessage } from "@whiskeysockets/baileys";
import { parseWhatsappConfig } from "../../../src/adapters/channels/whatsapp/config.js";
import { judgeEnding, judgeSend } from "../../../src/adapters/channels/whatsapp/failures.js";
import { jidOf, personOf } from "../../../src/adapters/channels/whatsapp/identity.js";
import { renderContent } from "../../../src/adapters/channels/whatsapp/outgoing.js";
import { quietSignal } from "../../../src/adapters/channels/whatsapp/quiet-signal.js";
import { parseWhatsappTarget } from "../../../src/adapters/channels/whatsapp/target.js";
import { translate, type Surroundings } from "../../../src/adapters/channels/whatsapp/translate.js";
import { WhatsappVault } from "../../../src/adapters/channels/whatsapp/vault.js";
import { MemoryRecordStore } from "../../../src/adapters/storage/memory/memory-record-store.js";

const ME = { id: "+4915100000001", aliases: ["100000000000001@lid"] };
const around = (more: Partial<Surroundings> = {}): Surroundings => ({
  accountId: "default", self: ME, answersSelf: false, device: 0,
  aliasOf: () => undefined, nameOf: () => undefined, isAdmin: () => false, isOwn: () => false, react: () => undefined, ...more,
});
const message = (content: object, key: object = {}): WAMessage => ({ key: { remoteJid: "2001@lid", remoteJidAlt: "4915200000101@s.whatsapp.net", id: "A1", fromMe: false, ...key }, message: content, messageTimestamp: 1_790_000_000, pushName: "Ada" }) as WAMessage;

describe("WhatsApp: who and where", () => {
  test("a person is one person under a number and a hidden id, and the number counts", () => {
    expect(personOf("2001@lid", "4915200000101:3@s.whatsapp.net")).toEqual({ id: "+4915200000101", aliases: ["2001@lid"] });
    expect(personOf("2001@lid", undefined)).toEqual({ id: "2001@lid", aliases: [] });
    expect(personOf("12036300@g.us", undefined)).toBeUndefined();
  });

  test.each([
    ["+49 (0)152 0000 0101", "+4915200000101"], ["4915200000101", "+4915200000101"], ["whatsapp:+4915200000101", "+4915200000101"],
    ["4915200000101@s.whatsapp.net", "+4915200000101"], ["2001@lid", "2001@lid"], ["120363000000001000@g.us", "120363000000001000@g.us"], ["whatsapp:group:120363000000001000@g.us", "120363000000001000@g.us"],
  ])("%s is an address", (text, chatId) => expect(parseWhatsappTarget(text)).toEqual({ chatId }));

  test.each(["", "  ", "*", "ada", "@ada", "status@broadcast", "1@newsletter", "+12", "0/../../x@g.us"])("%j is none", (text) => expect(parseWhatsappTarget(text)).toBeUndefined());

  test("whatever is an address has one place at WhatsApp, and is read back as itself", () => {
    fc.assert(fc.property(fc.string({ maxLength: 40 }), (text) => {
      const target = parseWhatsappTarget(text);
      if (target === undefined) return;
      expect(jidOf(target.chatId)).toMatch(/^[0-9-]+@(?:s\.whatsapp\.net|lid|g\.us)$/u);
      expect(parseWhatsappTarget(target.chatId)).toEqual(target);
    }));
  });
});

describe("WhatsApp: what was said", () => {
  test("nothing that may come breaks the reader, and whatever it makes of it is a plain value", () => {
    fc.assert(fc.property(fc.anything(), fc.dictionary(fc.constantFrom("conversation", "extendedTextMessage", "reactionMessage", "protocolMessage", "imageMessage", "ephemeralMessage"), fc.oneof(fc.string(), fc.dictionary(fc.constantFrom("text", "key", "message", "contextInfo"), fc.oneof(fc.string(), fc.constant(null), fc.object())))), (id, content) => {
      let envelope: unknown;
      try {
        envelope = translate(message(content, { id: typeof id === "string" ? id : "A1" }), around());
      } catch (error) {
        // Baileys hands over what protobuf has read, where texts are texts; what throws all the same is passed over.
        expect(error).toBeInstanceOf(TypeError);
        return;
      }
      if (envelope !== undefined) expect(JSON.parse(JSON.stringify(envelope))).toEqual(envelope);
    }));
  });

  test("two who choose one id for their messages do not take each other's place", () => {
    const key = { remoteJid: "120363000000001000@g.us", remoteJidAlt: undefined };
    const [ada, eve] = ["2001@lid", "2002@lid"].map((participant) => translate(message({ conversation: "hello" }, { ...key, participant }), around()));
    expect(ada?.key).not.toBe(eve?.key);
  });

  test("a message is taken back by whoever said it, and in a group by its administrators", () => {
    const revoke = (key: object) => ({ protocolMessage: { type: 0, key: { id: "A0", ...key } } });
    const group = { remoteJid: "120363000000001000@g.us", remoteJidAlt: undefined, participant: "2001@lid" };
    const said = translate(message({ conversation: "hello" }, { ...group, id: "A0" }), around());
    const own = translate(message(revoke({ fromMe: true }), group), around());
    expect(own).toMatchObject({ messageId: "A0", sender: { id: "2001@lid", name: "Ada" }, body: { kind: "removal" } });
    expect(own?.key).toBe(`${said?.key ?? ""} removal`);
    const another = message(revoke({ participant: "2001@lid" }), { ...group, participant: "2002@lid" });
    expect(translate(another, around())).toBeUndefined();
    const byAdmin = translate(another, around({ isAdmin: ({ id }) => id === "2002@lid", nameOf: () => "Ada" }));
    expect(byAdmin).toEqual({ ...own, sentAt: byAdmin?.sentAt });
    expect(translate(message(revoke({ participant: ME.aliases[0] }), group), around({ isAdmin: () => true }))).toBeUndefined();
    for (const type of [undefined, null, 3]) expect(translate(message({ protocolMessage: { type, key: { id: "A0", fromMe: true } } }), around())).toBeUndefined();
  });

  test("what vanishes, is seen once or has a caption is read like anything else", () => {
    for (const wrapped of [{ ephemeralMessage: { message: { conversation: "hello" } } }, { viewOnceMessageV2: { message: { ephemeralMessage: { message: { conversation: "hello" } } } } }]) {
      expect(translate(message(wrapped), around())?.body).toMatchObject({ kind: "message", text: "hello" });
    }
    expect(translate(message({ locationMessage: { degreesLatitude: 48.1, degreesLongitude: 11.5, name: "The pub" } }), around())?.body).toMatchObject({ text: "[location: The pub; 48.1, 11.5]" });
    expect(translate(message({ pollCreationMessageV3: { name: "Tea?", options: [{ optionName: "yes" }] } }), around())?.body).toMatchObject({ text: "Poll: Tea?\n- yes" });
  });

  test("status updates, channels and empty messages are nobody's business", () => {
    expect(translate(message({ conversation: "x" }, { remoteJid: "status@broadcast", participant: "2001@lid" }), around())).toBeUndefined();
    expect(translate(message({ conversation: "x" }, { remoteJid: "1@newsletter" }), around())).toBeUndefined();
    expect(translate(message({ senderKeyDistributionMessage: {} }), around())).toBeUndefined();
  });

  test("what the owner writes on another device than the phone is never taken for a question", () => {
    const own = message({ conversation: "note" }, { remoteJid: "100000000000001@lid", remoteJidAlt: undefined, fromMe: true });
    expect(translate(own, around({ answersSelf: true }))?.sender.isSelf).toBe(false);
    expect(translate(own, around({ answersSelf: true, device: 3 }))?.sender.isSelf).toBe(true);
    expect(translate(own, around())?.sender.isSelf).toBe(true);
    expect(translate(message({ conversation: "hi" }, { fromMe: true }), around({ answersSelf: true }))?.sender.isSelf).toBe(true);
  });
});

describe("WhatsApp: what goes wrong", () => {
  test.each([[401, "needs-operator", "credentials"], [403, "needs-operator", "credentials"], [440, "needs-operator", "conflict"], [405, "needs-operator", "bug"], [428, "backing-off", "network"], [503, "backing-off", "network"], [999, "backing-off", "network"], [undefined, "backing-off", "network"]])("an end with %s is %s, %s", (status, state, trouble) => {
    expect(judgeEnding(status, true)).toMatchObject({ state, trouble, message: expect.stringMatching(/\.$/u) });
  });

  test.each([[403, "forbidden"], [404, "unknown-target"], [463, "forbidden"], [479, "invalid"]])("a message that is rejected with %s is refused as %s", (code, refusal) => {
    expect(judgeSend({ kind: "rejected", code })).toMatchObject({ kind: "refused", code: refusal, reason: expect.stringMatching(/\.$/u) });
  });

  test("buttons, secret polls and answers that are the same twice are refused in words", () => {
    const open = async function* (): AsyncIterable<Uint8Array> {};
    const text = { text: "choose", plain: "choose" };
    expect(renderContent({ body: { kind: "text", text, buttons: [[{ label: "yes" }]] } }, open)).toMatchObject({ kind: "refused", code: "unsupported" });
    expect(renderContent({ body: { kind: "poll", poll: { question: "?", options: ["a", "b"], maxSelections: 1, isAnonymous: true } } }, open)).toMatchObject({ kind: "refused", code: "unsupported" });
    expect(renderContent({ body: { kind: "poll", poll: { question: "?", options: ["a", "a"], maxSelections: 1 } } }, open)).toMatchObject({ kind: "refused", code: "invalid" });
  });

  test("a configuration that can't be meant is an issue with its path", () => {
    expect(parseWhatsappConfig({ url: "https://web.whatsapp.com" }, "default")).toMatchObject({ issues: [{ path: "channels.whatsapp.url" }] });
    expect(parseWhatsappConfig({ accounts: { work: { sendReadReceipts: "no" } } }, "work")).toMatchObject({ issues: [{ path: "channels.whatsapp.accounts.work.sendReadReceipts" }] });
    expect(parseWhatsappConfig(undefined, "default")).toMatchObject({ config: { url: "wss://web.whatsapp.com/ws/chat", sendReadReceipts: true } });
  });
});

describe("WhatsApp: a libsignal that is not the known one", () => {
  test("is noticed, so that it can't print keys", () => {
    for (const other of [undefined, {}, { SessionRecord: Map, SessionCipher: Map, SessionBuilder: Map }]) expect(quietSignal(other)).toBe(false);
    const methodsOf = (...names: string[]) => class { static { for (const name of names) Reflect.set(this.prototype, name, () => undefined); } };
    const withoutChains = { SessionRecord: methodsOf("closeSession", "openSession", "removeOldSessions", "getOpenSession", "isClosed"), SessionCipher: methodsOf("decryptWithSessions", "doDecryptWhisperMessage"), SessionBuilder: methodsOf("initIncoming") };
    expect(quietSignal(withoutChains)).toBe(false);
  });
});

describe("WhatsApp: the credentials", () => {
  const CREDENTIALS = { noiseKey: { public: Buffer.from([1]), private: Buffer.from([2]) }, signedIdentityKey: {}, signedPreKey: {}, me: { id: "1:1@s.whatsapp.net" } } as never;

  test("bytes come back as bytes, at any depth", async () => {
    const vault = new WhatsappVault(new MemoryRecordStore());
    await vault.open();
    await vault.save(CREDENTIALS);
    expect(vault.load()?.noiseKey).toEqual({ public: Buffer.from([1]), private: Buffer.from([2]) });
  });

  test("where the newest are none, those that worked last are taken; only a wipe takes both away", async () => {
    const records = new MemoryRecordStore<string>();
    const vault = new WhatsappVault(records);
    await vault.open();
    await vault.saveGood(CREDENTIALS);
    for (const broken of ["", "{", "{}", "null"]) {
      await records.update(() => ({ changes: new Map([["credentials", broken]]), value: undefined }));
      expect(vault.load()?.me?.id).toBe("1:1@s.whatsapp.net");
    }
    await vault.wipe();
    expect([vault.load(), records.view().size]).toEqual([undefined, 0]);
  });
});
