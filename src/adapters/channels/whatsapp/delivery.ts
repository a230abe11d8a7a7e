import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import type { AnyMessageContent, proto, WAMessage, WAMessageKey } from "@whiskeysockets/baileys";
import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";
import type { ActionOutcome, MessageRef, OutboundPart, Receipt, StoredMedia, Target } from "../../../domain/messaging/outbound.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { ChannelHost, SendAttempt } from "../../../ports/channel.js";
import { judgeAction, judgeSend, NO_CHAT, refused, statusOf, type Handed } from "./failures.js";
import type { GroupBook } from "./group-book.js";
import { isGroup, isHidden, jidOf } from "./identity.js";
import type { Link, LinkOptions } from "./link.js";
import { isRefused, renderContent } from "./outgoing.js";
import { pause } from "../pause.js";
import type { Recent } from "./recent.js";

export interface DeliveryParts {
  readonly host: ChannelHost;
  readonly recent: Recent;
  readonly groups: GroupBook;
}

const ANSWER_MS = 60_000;
const UPLOAD_MS = 180_000;
/** For so long WhatsApp lets a message be edited. */
const EDIT_MS = 15 * 60_000;
const MAX_KNOWN = 5_000;

const UNREADABLE = refused("invalid", "The file could not be read to its end; keep it until it is sent.");
const TOO_OLD = refused("forbidden", "WhatsApp lets a message be edited for a quarter of an hour; send another one.");
const NOT_OURS = refused("forbidden", "WhatsApp does not let a message be edited that another wrote.");
const NO_FILES_EDITED = refused("unsupported", "WhatsApp lets only a text be edited.");

interface Sending {
  readonly link: Link;
  readonly jid: string;
  readonly messageId: string;
  readonly cancel?: Cancel;
  readonly quoted?: WAMessage;
  readonly timeoutMs?: number;
}

/** What goes out to WhatsApp, and what became of it. */
export class WhatsappDelivery {
  readonly #parts: DeliveryParts;
  /** Whether the message that is being sent may have left. */
  readonly #leaving = new AsyncLocalStorage<{ mayHaveLeft: boolean }>();
  readonly #known = new AgeOrderedMap<true>(MAX_KNOWN);

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** Whether what is called just now is part of sending a message. */
  get isSending(): boolean {
    return this.#leaving.getStore() !== undefined;
  }

  /** What Baileys asks for while it sends. */
  readonly sending: NonNullable<LinkOptions["sending"]> = {
    getMessage: async ({ id }) => this.#parts.recent.sent(id ?? ""),
    cachedGroupMetadata: async (jid) => this.#parts.groups.known(jid),
    patchMessageBeforeSending: async (message) => {
      const leaving = this.#leaving.getStore();
      if (leaving !== undefined) leaving.mayHaveLeft = true;
      return message;
    },
  };

  /** Somebody with this number has written: it has WhatsApp. */
  knows(chatId: string): void {
    this.#known.set(chatId, true);
  }

  async send(link: Link, to: Target, part: OutboundPart, { key, cancel }: SendAttempt): Promise<Receipt> {
    if (cancel.aborted) return { kind: "later", reason: "The message was given up before it was sent.", scope: "message" };
    const place = await this.#placeOf(link, to);
    if (typeof place !== "string") return judgeSend(place);
    const { recent } = this.#parts;
    const { body } = part;
    const quoted = part.replyTo === undefined ? undefined : this.#quoteOf(to, place, part.replyTo);
    const sending = { link, jid: place, cancel, ...(quoted === undefined ? {} : { quoted }) };
    // A recording has no room for words.
    if (body.kind === "media" && body.caption !== undefined && (body.media.kind === "audio" || body.media.kind === "voice")) {
      const words = await this.#hand({ text: body.caption.text, linkPreview: null }, { ...sending, messageId: idOf(`${key} caption`) });
      if (words.kind !== "taken") return judgeSend(words);
    }
    let isUnreadable = false;
    const content = renderContent(part, (media) => this.#read(media, () => { isUnreadable = true; }));
    if (isRefused(content)) return content;
    const messageId = idOf(key);
    const handed = await this.#hand(content, { ...sending, messageId, timeoutMs: body.kind === "media" ? UPLOAD_MS : ANSWER_MS });
    if (isUnreadable) return UNREADABLE;
    if (handed.kind !== "taken") return judgeSend(handed);
    if (handed.message !== undefined) recent.keepSent(to.chatId, handed.message, this.#parts.host.clock.now());
    return { kind: "delivered", messageId, ...(body.kind === "poll" ? { pollId: messageId } : {}) };
  }

  async edit(link: Link, message: MessageRef, { body }: OutboundPart): Promise<ActionOutcome> {
    const { recent, host } = this.#parts;
    if (body.kind !== "text") return NO_FILES_EDITED;
    const said = recent.find(message.chatId, message.messageId);
    if (said !== undefined && said.key.fromMe !== true) return NOT_OURS;
    if (said !== undefined && host.clock.now() - said.sentAt > EDIT_MS) return TOO_OLD;
    return this.#act(link, message, (key) => ({ text: body.text.text, linkPreview: null, edit: key }));
  }

  remove(link: Link, message: MessageRef): Promise<ActionOutcome> {
    return this.#act(link, message, (key) => ({ delete: key }));
  }

  react(link: Link, message: MessageRef, emoji: string, add: boolean): Promise<ActionOutcome> {
    return this.#act(link, message, (key) => ({ react: { text: add ? emoji.trim() : "", key } }));
  }

  async typing(link: Link, to: Target, on: boolean): Promise<void> {
    const jid = jidOf(to.chatId);
    if (jid === undefined) return;
    // Nobody sees a sign of an account that is away; and while it is there, its phone is silent.
    if (on) await link.socket.sendPresenceUpdate("available");
    await link.socket.sendPresenceUpdate(on ? "composing" : "paused", jid);
    if (!on) await link.socket.sendPresenceUpdate("unavailable");
  }

  async markRead(link: Link, message: MessageRef): Promise<void> {
    const said = this.#parts.recent.find(message.chatId, message.messageId);
    if (said !== undefined && said.key.fromMe !== true) await link.socket.readMessages([said.key]);
  }

  async #act(link: Link, message: MessageRef, render: (key: WAMessageKey) => AnyMessageContent): Promise<ActionOutcome> {
    const jid = jidOf(message.chatId);
    if (jid === undefined) return NO_CHAT;
    const key = this.#parts.recent.find(message.chatId, message.messageId)?.key ?? { remoteJid: jid, id: message.messageId, fromMe: message.messageId.startsWith(PREFIX) };
    const messageId = idOf(`${message.messageId} ${this.#parts.host.clock.now()} ${this.#parts.host.random()}`);
    return judgeAction(await this.#hand(render({ ...key, remoteJid: jid }), { link, jid, messageId }));
  }

  /** Where a chat is, if it is there at all: to a number that has no WhatsApp, Baileys sends to nobody and says nothing. */
  async #placeOf(link: Link, { chatId }: Target): Promise<string | Exclude<Handed, { kind: "taken" }>> {
    const jid = jidOf(chatId);
    if (jid === undefined) return NO_CHAT;
    try {
      if (isGroup(jid)) await this.#parts.groups.of(jid, link);
      else if (!isHidden(jid) && this.#known.get(chatId) === undefined) {
        const found = await link.socket.onWhatsApp(jid);
        if (found === undefined) return { kind: "unsent" };
        if (!found.some(({ exists }) => exists)) return NO_CHAT;
        this.knows(chatId);
      }
      return jid;
    } catch (error) {
      const status = statusOf(error);
      return link.isUp && status !== undefined && status < 500 && status !== 428 && status !== 408 ? { kind: "rejected", code: status } : { kind: "unsent" };
    }
  }

  /** Hands one message to WhatsApp, and waits for what it says: Baileys itself does not. */
  async #hand(content: AnyMessageContent, { link, jid, messageId, cancel, quoted, timeoutMs = ANSWER_MS }: Sending): Promise<Exclude<Handed, { kind: "taken" }> | { readonly kind: "taken"; readonly message: WAMessage | undefined }> {
    const { clock } = this.#parts.host;
    const acknowledgement = link.acknowledgementOf(messageId);
    const leaving = { mayHaveLeft: false };
    const over = new AbortController();
    const stop = (): void => over.abort();
    cancel?.addEventListener("abort", stop);
    const late = pause(clock, timeoutMs, over.signal).then(() => "late" as const);
    try {
      const sent = this.#leaving.run(leaving, () => link.socket.sendMessage(jid, content, { messageId, ...(quoted === undefined ? {} : { quoted }) }));
      sent.catch(() => undefined);
      const message = await Promise.race([sent, late]);
      if (message === "late") return leaving.mayHaveLeft ? { kind: "unanswered" } : { kind: "unsent" };
      const answer = await Promise.race([acknowledgement.answer, late]);
      if (answer === undefined || answer === "late") return { kind: "unanswered" };
      return answer.kind === "taken" ? { kind: "taken", message } : answer;
    } catch (error) {
      // What Baileys says itself it says before anything leaves.
      return leaving.mayHaveLeft && statusOf(error) === undefined ? { kind: "unanswered" } : { kind: "unsent" };
    } finally {
      over.abort();
      cancel?.removeEventListener("abort", stop);
      acknowledgement.forget();
    }
  }

  #quoteOf({ chatId }: Target, jid: string, messageId: string): WAMessage | undefined {
    const said = this.#parts.recent.find(chatId, messageId);
    // In a group it takes the author, which is not known of a message said long ago.
    if (said === undefined && isGroup(jid)) return undefined;
    return { key: said?.key ?? { remoteJid: jid, id: messageId, fromMe: messageId.startsWith(PREFIX) }, message: { conversation: said?.excerpt ?? "" } as proto.IMessage };
  }

  async *#read(media: StoredMedia, failed: () => void): AsyncIterable<Uint8Array> {
    try {
      for await (const chunk of this.#parts.host.openMedia(media)) yield chunk;
    } catch (error) {
      failed();
      throw error;
    }
  }
}

/** With which Baileys' messages begin. */
const PREFIX = "3EB0";

/** The same for every attempt at the same part, so that the far end shows it once. */
const idOf = (key: string): string => `${PREFIX}${createHash("sha256").update(key).digest("hex").slice(0, 18).toUpperCase()}`;

