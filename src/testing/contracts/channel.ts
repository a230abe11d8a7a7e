import { describe, expect, test } from "./kit.js";
import type { Cancel } from "../../ports/cancel.js";
import type { Channel, SendAttempt } from "../../ports/channel.js";
import type { MediaRef } from "../../domain/messaging/envelope.js";
import type { MessageRef, OutboundPart, Target } from "../../domain/messaging/outbound.js";
import { after } from "../../domain/moment.js";
import type { TestChannelHost } from "../test-channel-host.js";

/** What somebody at the far end says. Without `chat`, in a direct chat with the account. */
export interface Said {
  readonly text: string;
  readonly chat?: "direct" | "group" | "thread";
  /** Mentions the account. */
  readonly mention?: boolean;
  readonly file?: { readonly bytes: Uint8Array; readonly mimeType: string; readonly fileName: string };
  /** By the account itself, as from another of its devices. */
  readonly own?: boolean;
}

/** What the chat shows of the account, as the far end sees it. */
export interface Shown {
  readonly messageId: string;
  readonly chatId: string;
  readonly threadId?: string;
  readonly text: string;
  readonly replyTo?: string;
  readonly reactions: readonly string[];
  readonly file?: Uint8Array;
}

export type Trouble = "rate-limited" | "server-error" | "cut-after-request" | "forbidden";

/** The provider's side of a channel, as its stand-in plays it. */
export interface ChannelPlatform {
  /** Somebody says something. Resolves with its id once the provider has it, whether or not the account is there to hear. */
  say(said: Said): Promise<string>;
  /** The provider sends it once more, as after an acknowledgement that was lost. */
  redeliver(messageId: string): Promise<void>;
  /** The provider was told that the account has it, or may not be told by any means of this platform (`undefined`). */
  acknowledged(messageId: string): boolean | undefined;
  shown(): readonly Shown[];
  /** The next message of the account meets this, once. */
  trouble(trouble: Trouble): void;
  /** How many ways in the account holds open now, and the most it ever held. */
  connections(): { readonly now: number; readonly most: number };
  /** Breaks what is open, without a word. */
  cut(): void;
  /** The credentials are void from now on, for what is open too. */
  revoke(): void;
}

export interface ChannelRig {
  readonly channel: Channel;
  readonly host: TestChannelHost;
  readonly platform: ChannelPlatform;
  /** The direct chat and the group that {@link ChannelPlatform.say} speaks in, and a chat that does not exist. */
  readonly direct: Target;
  readonly group: Target;
  readonly nobody: Target;
  close(): Promise<void>;
}

const NEVER: Cancel = { aborted: false, addEventListener: () => undefined, removeEventListener: () => undefined };
const STOP_MS = 5_000;

let keys = 0;
const attempt = (): SendAttempt => ({ key: `key-${(keys += 1)}`, cancel: NEVER });
const saying = (text: string): OutboundPart => ({ body: { kind: "text", text: { text, plain: text } } });

/** What every channel promises to the gateway, whatever is behind it. */
export function channelContract(name: string, createRig: () => Promise<ChannelRig>): void {
  const using = async (check: (rig: ChannelRig) => Promise<void>): Promise<void> => {
    const rig = await createRig();
    try {
      await rig.channel.start(rig.host);
      await rig.host.until("the channel is live", () => rig.channel.status().state === "live");
      await check(rig);
    } finally {
      rig.host.release();
      await rig.channel.stop(after(rig.host.clock.now(), STOP_MS));
      await rig.close();
    }
  };
  const promises = (promise: string, check: (rig: ChannelRig) => Promise<void>): void => test(promise, () => using(check), 30_000);
  const heard = (rig: ChannelRig, count: number): Promise<void> => rig.host.until(`${count} messages`, () => rig.host.envelopes.length >= count);
  const send = async (rig: ChannelRig, text: string, to = rig.direct): Promise<MessageRef> => {
    const receipt = await rig.channel.send(to, saying(text), attempt());
    if (receipt.kind !== "delivered" && receipt.kind !== "accepted") throw new Error(`not sent: ${JSON.stringify(receipt)}`);
    return { ...to, messageId: receipt.messageId };
  };

  describe(`channel contract: ${name}`, () => {
    promises("what is said reaches the core once, with who, where and what", async (rig) => {
      const before = rig.host.clock.now();
      const id = await rig.platform.say({ text: "good morning" });
      await heard(rig, 1);
      const [envelope] = rig.host.envelopes;
      expect(envelope).toMatchObject({ channel: rig.channel.id, accountId: rig.channel.accountId, messageId: id });
      expect(envelope?.chat).toMatchObject({ id: rig.direct.chatId, kind: "direct" });
      expect(envelope?.sender).toMatchObject({ isBot: false, isSelf: false });
      expect(envelope?.body).toMatchObject({ kind: "message", text: "good morning" });
      expect(envelope?.sentAt).toBeGreaterThan(before - 365 * 86_400_000);
      expect(JSON.parse(JSON.stringify(envelope))).toEqual(envelope);
      expect(rig.host.signs).toBeGreaterThan(0);
    });

    promises("a redelivery has the same key, and other messages have others", async (rig) => {
      const id = await rig.platform.say({ text: "once" });
      await heard(rig, 1);
      await rig.platform.redeliver(id);
      await rig.host.until("the redelivery is recognised", () => rig.host.duplicates.length > 0);
      await rig.platform.say({ text: "once" });
      await heard(rig, 2);
      expect(new Set(rig.host.envelopes.map(({ key }) => key)).size).toBe(2);
    });

    promises("messages keep their order", async (rig) => {
      const texts = Array.from({ length: 12 }, (_, nth) => `message ${nth}`);
      for (const text of texts) await rig.platform.say({ text });
      await heard(rig, texts.length);
      expect(rig.host.envelopes.map(({ body }) => (body.kind === "message" ? body.text : body.kind))).toEqual(texts);
    });

    promises("the provider is told only after the message was stored", async (rig) => {
      if (rig.channel.abilities.ack === "non-replay") return;
      rig.host.hold();
      const id = await rig.platform.say({ text: "keep this" });
      await rig.host.until("the message waits to be stored", () => rig.host.holding > 0);
      expect(rig.platform.acknowledged(id)).toBe(false);
      rig.host.release();
      await rig.host.until("the provider is told", () => rig.platform.acknowledged(id) === true);
      expect(rig.host.envelopes).toHaveLength(1);
    });

    promises("what could not be stored stays with the provider and comes again", async (rig) => {
      if (rig.channel.abilities.ack === "non-replay") return;
      rig.host.broken = true;
      const id = await rig.platform.say({ text: "the disk is full" });
      await rig.host.until("some time passes", (() => {
        let turns = 0;
        return () => (turns += 1) > 20;
      })());
      expect(rig.platform.acknowledged(id)).toBe(false);
      rig.host.broken = false;
      if (rig.channel.abilities.ack === "gated") await rig.platform.redeliver(id);
      await heard(rig, 1);
      await rig.host.until("the provider is told", () => rig.platform.acknowledged(id) === true);
    });

    promises("what the account says itself is never taken for somebody else's", async (rig) => {
      await send(rig, "mine");
      await rig.platform.say({ text: "from my other device", own: true });
      await rig.platform.say({ text: "theirs" });
      await rig.host.until("theirs", () => rig.host.envelopes.some(({ sender }) => !sender.isSelf));
      const others = rig.host.envelopes.filter(({ sender }) => !sender.isSelf);
      expect(others.map(({ body }) => (body.kind === "message" ? body.text : body.kind))).toEqual(["theirs"]);
    });

    promises("in a group it knows whether it is addressed, and takes the mention out", async (rig) => {
      await rig.platform.say({ text: "to everybody", chat: "group" });
      await rig.platform.say({ text: "to you", chat: "group", mention: true });
      await heard(rig, 2);
      const [plain, mention] = rig.host.envelopes;
      expect(plain?.chat).toMatchObject({ id: rig.group.chatId });
      expect(plain?.chat.kind).not.toBe("direct");
      expect(plain?.body).toMatchObject({ kind: "message", text: "to everybody", addressed: false });
      expect(mention?.body).toMatchObject({ kind: "message", text: "to you", addressed: true });
    });

    promises("a thread is told apart from its chat, and can be answered in", async (rig) => {
      if (!rig.channel.abilities.threads) return;
      await rig.platform.say({ text: "in a thread", chat: "thread", mention: true });
      await heard(rig, 1);
      const chat = rig.host.envelopes[0]?.chat;
      expect(chat?.threadId).toBeDefined();
      if (chat?.threadId === undefined) return;
      const { messageId } = await send(rig, "there you are", { chatId: chat.id, threadId: chat.threadId });
      expect(rig.platform.shown().find((one) => one.messageId === messageId)).toMatchObject({ threadId: chat.threadId });
    });

    promises("sends in order, each message under an id of its own, as an answer where it is one", async (rig) => {
      const id = await rig.platform.say({ text: "a question" });
      await heard(rig, 1);
      await send(rig, "one");
      await send(rig, "two");
      const answer = await rig.channel.send(rig.direct, { ...saying("three"), replyTo: id }, attempt());
      expect(answer.kind).toBe("delivered");
      const shown = rig.platform.shown();
      expect(shown.map(({ text }) => text)).toEqual(["one", "two", "three"]);
      expect(new Set(shown.map(({ messageId }) => messageId)).size).toBe(3);
      expect(shown.every(({ chatId }) => chatId === rig.direct.chatId)).toBe(true);
    });

    promises("an address that leads nowhere is a refusal in whole words, free of the text", async (rig) => {
      const receipt = await rig.channel.send(rig.nobody, saying("a secret plan"), attempt());
      expect(receipt.kind).toBe("refused");
      if (receipt.kind !== "refused") return;
      expect(["unknown-target", "forbidden"]).toContain(receipt.code);
      expect(receipt.reason).toMatch(/\.$/);
      expect(receipt.reason).not.toContain("secret plan");
      expect(rig.platform.shown()).toEqual([]);
    });

    promises("a rate limit and a broken provider postpone, with the time to wait where it is told", async (rig) => {
      rig.platform.trouble("rate-limited");
      const limited = await rig.channel.send(rig.direct, saying("slowly"), attempt());
      expect(limited).toMatchObject({ kind: "later", retryAfterMs: expect.any(Number) });
      // Until then a channel may hold back by itself.
      await rig.host.clock.pass(limited.kind === "later" ? (limited.retryAfterMs ?? 0) : 0);
      rig.platform.trouble("server-error");
      expect((await rig.channel.send(rig.direct, saying("again"), attempt())).kind).toMatch(/^(?:later|unknown)$/);
      expect(rig.platform.shown()).toEqual([]);
      await send(rig, "at last");
    });

    promises("a message that may have arrived is unknown, and is not repeated", async (rig) => {
      rig.platform.trouble("cut-after-request");
      const receipt = await rig.channel.send(rig.direct, saying("perhaps"), attempt());
      // A provider that can tell repeats apart may be asked again.
      expect(["unknown", "delivered"]).toContain(receipt.kind);
      expect(rig.platform.shown().filter(({ text }) => text === "perhaps").length).toBeLessThanOrEqual(1);
    });

    promises("being shut out of a chat is final", async (rig) => {
      rig.platform.trouble("forbidden");
      expect(await rig.channel.send(rig.direct, saying("no"), attempt())).toMatchObject({ kind: "refused", code: "forbidden" });
    });

    promises("shows no code to link an account where it links none", async (rig) => {
      if (rig.channel.abilities.links === true) return;
      const kinds: string[] = [];
      for await (const { kind } of rig.channel.login({ force: false })) kinds.push(kind);
      expect(kinds.filter((kind) => kind === "qr" || kind === "code")).toEqual([]);
      expect(await rig.channel.logout()).toMatchObject({ cleared: false, loggedOut: false });
    });

    promises("edits, deletes and reacts where it can, and says so where it can't", async (rig) => {
      const { edit, remove, reactions } = rig.channel.abilities;
      const message = await send(rig, "frist");
      const edited = await rig.channel.edit(message, saying("first"), attempt());
      expect(edited).toMatchObject(edit ? { kind: "done" } : { kind: "refused", code: "unsupported" });
      expect(rig.platform.shown()[0]?.text).toBe(edit ? "first" : "frist");
      // The same once more is no mistake.
      if (edit) expect(await rig.channel.edit(message, saying("first"), attempt())).toMatchObject({ kind: "done" });
      const reacted = await rig.channel.react(message, "\u{1f44d}", true);
      expect(reacted).toMatchObject(reactions === "none" ? { kind: "refused", code: "unsupported" } : { kind: "done" });
      if (reactions !== "none") {
        expect(rig.platform.shown()[0]?.reactions).toHaveLength(1);
        expect(await rig.channel.react(message, "\u{1f44d}", false)).toMatchObject({ kind: "done" });
        expect(rig.platform.shown()[0]?.reactions).toHaveLength(0);
      }
      const removed = await rig.channel.remove(message);
      expect(removed).toMatchObject(remove ? { kind: "done" } : { kind: "refused", code: "unsupported" });
      expect(rig.platform.shown()).toHaveLength(remove ? 0 : 1);
    });

    promises("a table of its own is one message with the text around it, also as an edit", async (rig) => {
      const { tables } = rig.channel.abilities.text;
      if (tables === undefined) return;
      const cell = [{ kind: "text", text: "x" }] as const;
      const rows = Array.from({ length: tables.maxRows }, () => Array.from({ length: tables.maxColumns }, (_, at) => (at === 0 ? [] : cell)));
      const shown: OutboundPart = { body: { kind: "text", text: { text: "before x after", plain: "before x after" }, layout: [{ kind: "text", text: "before" }, { kind: "table", rows }, { kind: "text", text: "after" }] } };
      const receipt = await rig.channel.send(rig.direct, shown, attempt());
      if (receipt.kind !== "delivered") throw new Error(`not delivered but ${JSON.stringify(receipt)}`);
      expect(rig.platform.shown()).toHaveLength(1);
      const message = { ...rig.direct, messageId: receipt.messageId };
      if (rig.channel.abilities.edit) for (const part of [saying("none"), shown]) expect(await rig.channel.edit(message, part, attempt())).toEqual({ kind: "done" });
      expect(rig.platform.shown()).toHaveLength(1);
    });

    promises("typing and reading are courtesies that never fail", async (rig) => {
      const id = await rig.platform.say({ text: "are you there?" });
      await rig.channel.typing(rig.direct, true);
      await rig.channel.typing(rig.direct, false);
      await rig.channel.typing(rig.nobody, true);
      await rig.channel.markRead({ ...rig.direct, messageId: id });
    });

    promises("a file comes in whole, or not at all where it is too large", async (rig) => {
      if (rig.channel.abilities.media === undefined) return;
      const bytes = Uint8Array.from({ length: 50_000 }, (_, at) => at % 251);
      await rig.platform.say({ text: "look", file: { bytes, mimeType: "image/png", fileName: "look.png" } });
      await heard(rig, 1);
      const body = rig.host.envelopes[0]?.body;
      const [media] = body?.kind === "message" ? body.media : [];
      if (media === undefined) throw new Error("no file came");
      expect(media.kind).toBe("image");
      expect(await fetched(rig.channel, media, 50_000)).toEqual(bytes);
      expect(await fetched(rig.channel, media, 49_999)).toBe("too large");
    });

    promises("a file goes out whole, with its caption", async (rig) => {
      if (rig.channel.abilities.media === undefined) return;
      const bytes = Uint8Array.from({ length: 40_000 }, (_, at) => at % 241);
      const media = rig.host.keep(bytes, { kind: "image", mimeType: "image/png", fileName: "chart.png" });
      const part: OutboundPart = { body: { kind: "media", media, caption: { text: "the chart", plain: "the chart" } } };
      expect((await rig.channel.send(rig.direct, part, attempt())).kind).toBe("delivered");
      const [shown] = rig.platform.shown();
      expect(shown?.file).toEqual(bytes);
      expect(shown?.text).toBe("the chart");
    });

    promises("a poll is asked where there are polls", async (rig) => {
      const part: OutboundPart = { body: { kind: "poll", poll: { question: "Tea?", options: ["yes", "no"], maxSelections: 1 } } };
      const receipt = await rig.channel.send(rig.direct, part, attempt());
      if (rig.channel.abilities.polls === undefined) expect(receipt).toMatchObject({ kind: "refused", code: "unsupported" });
      else expect(receipt).toMatchObject({ kind: "delivered", pollId: expect.any(String) });
    });

    promises("a connection that breaks shows, comes back by itself, and is never two", async (rig) => {
      rig.platform.cut();
      await rig.host.until("the break shows", () => rig.host.statuses.some(({ state }) => state === "backing-off" || state === "connecting" || state === "degraded"));
      await rig.host.until("it is live again", () => rig.channel.status().state === "live");
      await rig.platform.say({ text: "still there?" });
      await heard(rig, 1);
      expect(rig.platform.connections().most).toBeLessThanOrEqual(1);
    });

    promises("void credentials are final, are told in plain words, and hold back what is sent", async (rig) => {
      rig.platform.revoke();
      rig.platform.cut();
      await rig.host.until("it needs its operator", () => rig.channel.status().state === "needs-operator");
      const { trouble, message } = rig.channel.status();
      expect(trouble).toBe("credentials");
      expect(message).toMatch(/\.$/);
      expect(await rig.channel.send(rig.direct, saying("anybody?"), attempt())).toMatchObject({ kind: "refused", code: "not-linked" });
      const probed = await rig.channel.probe(NEVER);
      expect(probed).toMatchObject({ kind: "failed", trouble: "credentials" });
    });

    promises("a probe asks the provider", async (rig) => {
      expect(await rig.channel.probe(NEVER)).toMatchObject({ kind: "ok", latencyMs: expect.any(Number) });
    });

    promises("stopped, it is silent and lets go of everything; started again, it goes on where it was", async (rig) => {
      await rig.platform.say({ text: "before" });
      await heard(rig, 1);
      await rig.channel.stop(after(rig.host.clock.now(), STOP_MS));
      await rig.host.until("the way in is closed", () => rig.platform.connections().now === 0, { passing: false });
      expect(rig.host.clock.pending).toBe(0);
      const [told, signs] = [rig.host.statuses.length, rig.host.signs];
      await rig.platform.say({ text: "meanwhile" });
      await rig.host.until("some time passes", (() => {
        let turns = 0;
        return () => (turns += 1) > 20;
      })());
      expect([rig.host.envelopes.length, rig.host.statuses.length, rig.host.signs]).toEqual([1, told, signs]);
      await rig.channel.start(rig.host);
      await rig.platform.say({ text: "after" });
      await rig.host.until("after", () => rig.host.envelopes.some(({ body }) => body.kind === "message" && body.text === "after"));
      const texts = rig.host.envelopes.map(({ body }) => (body.kind === "message" ? body.text : body.kind));
      expect(texts).toEqual(rig.channel.abilities.ack === "non-replay" ? expect.arrayContaining(["before", "after"]) : ["before", "meanwhile", "after"]);
    });

    promises("an address as its own messages have it is read back as the same target", async (rig) => {
      expect(rig.channel.parseTarget(rig.direct.chatId)).toEqual({ chatId: rig.direct.chatId });
      expect(rig.channel.parseTarget("  ")).toBeUndefined();
    });

    promises("what it lacks is data", async (rig) => {
      const { text, media, typingMs, draftMs, edit } = rig.channel.abilities;
      expect(text.limit).toBeGreaterThan(0);
      if (media !== undefined) expect(Math.min(media.maxInBytes, media.maxOutBytes, media.captionLimit)).toBeGreaterThanOrEqual(0);
      if (draftMs !== undefined) expect(edit).toBe(true);
      expect(typingMs ?? 1).toBeGreaterThan(0);
    });
  });
}

async function fetched(channel: Channel, media: MediaRef, maxBytes: number): Promise<Uint8Array | "too large"> {
  const found = await channel.fetchMedia(media, maxBytes);
  if (found.kind === "too-large") return "too large";
  if (found.kind === "refused") throw new Error(found.reason);
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of found.bytes) chunks.push(chunk);
  } catch {
    return "too large";
  }
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}
