import { createHash } from "node:crypto";
import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";
import type { ActionOutcome, MessageRef, OutboundPart, Receipt, Refused, StoredMedia, Target } from "../../../domain/messaging/outbound.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { ChannelHost, SendAttempt } from "../../../ports/channel.js";
import type { ApiRequest, CallOutcome, DiscordApi } from "./client.js";
import { judgeAction, judgeSend, refused, type CallFailure } from "./failures.js";
import { fieldsOf, idOf } from "./fields.js";
import { channelOf, MAX_UPLOAD_BYTES, renderEdit, renderReaction, renderRemoval, renderSend } from "./outgoing.js";
import { USER } from "./target.js";

const UPLOAD_MS = 180_000;
const CALL_MS = 30_000;
const MAX_DIRECT = 1_000;
const MAX_SENT = 5_000;
const UNKNOWN_MESSAGE = 10_008;

const UNREADABLE = refused("invalid", "The file could not be read to its end; keep it until it is sent.");
const NO_ADDRESS = refused("unknown-target", "This is not an address of Discord; its channels and people have numbers.");

export interface DeliveryParts {
  readonly api: DiscordApi;
  readonly host: ChannelHost;
  /** A call has failed, which may say something about the account. */
  failed(failure: CallFailure): void;
}

/** What goes out to Discord, and what became of it. */
export class DiscordDelivery {
  readonly #parts: DeliveryParts;
  readonly #direct = new AgeOrderedMap<string>(MAX_DIRECT);
  readonly #sent = new AgeOrderedMap<true>(MAX_SENT);

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** Of messages sent long ago, or before a restart, it is no longer known. */
  isOwn(messageId: string): boolean {
    return this.#sent.get(messageId) === true;
  }

  async send(to: Target, part: OutboundPart, { key, cancel }: SendAttempt): Promise<Receipt> {
    if (cancel.aborted) return { kind: "later", reason: "The message was given up before it was sent.", scope: "message" };
    const channelId = await this.#channelFor(to, cancel);
    if (typeof channelId !== "string") return "status" in channelId ? judgeDirect(channelId.status) : channelId;
    const bytes = part.body.kind === "media" && part.body.media.bytes <= MAX_UPLOAD_BYTES ? await this.#read(part.body.media) : undefined;
    if (bytes === "unreadable") return UNREADABLE;
    const request = renderSend(channelId, part, { nonce: nonceOf(key), ...(bytes === undefined ? {} : { bytes }) });
    if ("kind" in request) return request;
    const outcome = await this.#sendOnce(request, cancel);
    return outcome.kind === "ok" ? this.#receiptOf(to, part, outcome.result) : judgeSend(outcome);
  }

  async edit(message: MessageRef, part: OutboundPart, { cancel }: SendAttempt): Promise<ActionOutcome> {
    return this.#act(renderEdit(message, part), cancel);
  }

  async remove(message: MessageRef): Promise<ActionOutcome> {
    const request = renderRemoval(message);
    if ("kind" in request) return request;
    const outcome = await this.#call(request);
    const isGone = outcome.kind === "answered" && outcome.code === UNKNOWN_MESSAGE;
    return outcome.kind === "ok" || isGone ? { kind: "done" } : judgeAction(outcome);
  }

  async react(message: MessageRef, emoji: string, add: boolean): Promise<ActionOutcome> {
    return this.#act(renderReaction(message, emoji, add));
  }

  async typing(to: Target): Promise<void> {
    const channelId = await this.#channelFor(to);
    if (typeof channelId === "string") await this.#call({ method: "POST", route: `/channels/${channelId}/typing` });
  }

  /** For some minutes Discord knows a message again by its nonce, so one that may have arrived is tried once more. */
  async #sendOnce(request: ApiRequest, cancel: Cancel): Promise<CallOutcome> {
    const outcome = await this.#call(request, cancel);
    if (outcome.kind !== "unanswered" || outcome.because === "cancelled") return outcome;
    const again = await this.#call(request, cancel);
    // That the second did not arrive says nothing about the first.
    return again.kind === "ok" ? again : outcome;
  }

  async #act(request: ApiRequest | Refused, cancel?: Cancel): Promise<ActionOutcome> {
    if ("kind" in request) return request;
    const outcome = await this.#call(request, cancel);
    return outcome.kind === "ok" ? { kind: "done" } : judgeAction(outcome);
  }

  async #call(request: ApiRequest, cancel?: Cancel): Promise<CallOutcome> {
    const { api, host, failed } = this.#parts;
    const outcome = await api.call(request, { timeoutMs: request.file === undefined ? CALL_MS : UPLOAD_MS, ...(cancel === undefined ? {} : { cancel }) });
    if (outcome.kind !== "ok") {
      host.log.debug("A call to Discord failed.", { method: request.method, failure: outcome.kind, status: outcome.kind === "answered" ? outcome.status : undefined, code: outcome.kind === "answered" ? outcome.code : undefined });
      failed(outcome);
    }
    return outcome;
  }

  async #channelFor(to: Target, cancel?: Cancel): Promise<string | Refused | { readonly status: CallFailure }> {
    if (!to.chatId.startsWith(USER) || to.threadId !== undefined) return channelOf(to) ?? NO_ADDRESS;
    const userId = idOf(to.chatId.slice(USER.length));
    if (userId === undefined) return NO_ADDRESS;
    const known = this.#direct.get(userId);
    if (known !== undefined) return known;
    const outcome = await this.#call({ method: "POST", route: "/users/@me/channels", body: { recipient_id: userId } }, cancel);
    if (outcome.kind !== "ok") return { status: outcome };
    const channelId = idOf(fieldsOf(outcome.result)?.["id"]);
    if (channelId === undefined) return NO_ADDRESS;
    this.#direct.set(userId, channelId);
    return channelId;
  }

  async #read(media: StoredMedia): Promise<Uint8Array | "unreadable"> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    try {
      for await (const chunk of this.#parts.host.openMedia(media)) {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MAX_UPLOAD_BYTES) return "unreadable";
      }
    } catch {
      return "unreadable";
    }
    return Buffer.concat(chunks);
  }

  #receiptOf(to: Target, part: OutboundPart, result: unknown): Receipt {
    const message = fieldsOf(result) ?? {};
    const messageId = idOf(message["id"]);
    if (messageId === undefined) return { kind: "unknown", reason: "Discord took the message and did not say which one it became." };
    this.#sent.set(messageId, true);
    // A person was written to: what comes back from there has the channel's number.
    const chatId = to.threadId === undefined ? (idOf(message["channel_id"]) ?? to.chatId) : to.chatId;
    return { kind: "delivered", messageId, ...(chatId === to.chatId ? {} : { chatId }), ...(part.body.kind === "poll" ? { pollId: messageId } : {}) };
  }
}

/** No message was sent yet while the direct chat is opened: whatever broke, nothing can be doubled. */
function judgeDirect(failure: CallFailure): Receipt {
  const receipt = judgeSend(failure);
  if (receipt.kind === "unknown") return { kind: "later", reason: "The connection to Discord broke before the message was sent.", scope: "message" };
  return receipt.kind === "refused" && receipt.code === "invalid" ? refused("unknown-target", "Discord knows no such person.") : receipt;
}

/** At most 25 characters, as Discord takes them. */
const nonceOf = (key: string): string => createHash("sha256").update(key).digest("base64url").slice(0, 25);
