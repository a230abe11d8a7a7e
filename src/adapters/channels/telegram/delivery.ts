import type { ActionOutcome, MessageRef, OutboundPart, Receipt, Refused, Target } from "../../../domain/messaging/outbound.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { ChannelHost, SendAttempt } from "../../../ports/channel.js";
import type { ChatMemory } from "./chat-memory.js";
import type { ApiRequest, CallOutcome, TelegramClient } from "./client.js";
import type { TelegramConfig } from "./config.js";
import { DEFAULT_RETRY_MS, judgeAction, judgeSend, postponedBy, type CallFailure } from "./failures.js";
import { fieldsOf, idOf, textOf } from "./fields.js";
import { FIRST_FORM, nextForm, renderEdit, renderReaction, renderRemoval, renderSend, renderTyping, type Form } from "./outgoing.js";

export interface DeliveryParts {
  readonly client: TelegramClient;
  readonly config: TelegramConfig;
  readonly host: ChannelHost;
  readonly memory: ChatMemory;
}

const CALL_MS = 30_000;
/** A file of 50 MB over a slow line. */
const UPLOAD_MS = 600_000;

type Failed = { readonly failure: CallFailure };
type Tried = { readonly result: unknown; readonly form: Form } | Failed | Refused;

/** What goes out to Telegram, and what became of it. */
export class TelegramDelivery {
  readonly #client: TelegramClient;
  readonly #config: TelegramConfig;
  readonly #host: ChannelHost;
  readonly #memory: ChatMemory;

  constructor({ client, config, host, memory }: DeliveryParts) {
    this.#client = client;
    this.#config = config;
    this.#host = host;
    this.#memory = memory;
  }

  async send(to: Target, part: OutboundPart, { cancel }: SendAttempt): Promise<Receipt> {
    if (cancel.aborted) return { kind: "later", reason: "The message was given up before it was sent.", scope: "message" };
    const held = this.#heldBack(to.chatId);
    if (held !== undefined) return held;
    const { linkPreview } = this.#config;
    const tried = await this.#try((form) => renderSend(to, part, { form, linkPreview, openMedia: (media) => this.#host.openMedia(media) }), cancel);
    if ("failure" in tried) return this.#limited(to.chatId, tried.failure) ?? judgeSend(tried.failure);
    return "kind" in tried ? tried : this.#receiptOf(to, tried);
  }

  async edit(message: MessageRef, part: OutboundPart, { cancel }: SendAttempt): Promise<ActionOutcome> {
    const { linkPreview } = this.#config;
    const outcome = await this.#act(message.chatId, (form) => renderEdit(message, part, { form, linkPreview, asCaption: false }), cancel);
    if (outcome !== "no-text") return outcome;
    const again = await this.#act(message.chatId, (form) => renderEdit(message, part, { form, linkPreview, asCaption: true }), cancel);
    return again === "no-text" ? { kind: "refused", code: "invalid", reason: "This message of Telegram has no text that could be changed." } : again;
  }

  async remove(message: MessageRef): Promise<ActionOutcome> {
    return this.#actOnce(message.chatId, renderRemoval(message));
  }

  async react(message: MessageRef, emoji: string, add: boolean): Promise<ActionOutcome> {
    return this.#actOnce(message.chatId, renderReaction(message, emoji, add));
  }

  async typing(to: Target): Promise<void> {
    if (this.#heldBack(to.chatId) !== undefined) return;
    const outcome = await this.#call(renderTyping(to));
    if (outcome.kind !== "ok") this.#limited(to.chatId, outcome);
  }

  async #actOnce(chatId: string, request: ApiRequest | Refused): Promise<ActionOutcome> {
    const outcome = await this.#act(chatId, () => request);
    return outcome === "no-text" ? { kind: "done" } : outcome;
  }

  async #act(chatId: string, render: (form: Form) => ApiRequest | Refused, cancel?: Cancel): Promise<ActionOutcome | "no-text"> {
    const held = this.#heldBack(chatId);
    if (held !== undefined) return held;
    const tried = await this.#try(render, cancel);
    if ("kind" in tried) return tried;
    if (!("failure" in tried)) return { kind: "done" };
    if (tried.failure.kind === "answered" && /there is no text in the message/iu.test(tried.failure.description)) return "no-text";
    return this.#limited(chatId, tried.failure) ?? judgeAction(tried.failure);
  }

  /** Goes from form to form as far as Telegram's refusals lead. */
  async #try(render: (form: Form) => ApiRequest | Refused, cancel?: Cancel): Promise<Tried> {
    for (let form = FIRST_FORM; ;) {
      const request = render(form);
      if ("kind" in request) return request;
      const outcome = await this.#call(request, cancel);
      if (outcome.kind === "ok") return { result: outcome.result, form };
      const next = nextForm(form, outcome);
      if (next === undefined) return { failure: outcome };
      form = next;
    }
  }

  async #call(request: ApiRequest, cancel?: Cancel): Promise<CallOutcome> {
    const outcome = await this.#client.call(request, { timeoutMs: request.file === undefined ? CALL_MS : UPLOAD_MS, ...(cancel === undefined ? {} : { cancel }) });
    if (outcome.kind !== "ok") this.#host.log.debug("A call to Telegram failed.", { method: request.method, failure: outcome.kind, code: outcome.kind === "answered" ? outcome.code : undefined });
    return outcome;
  }

  #heldBack(chatId: string): ReturnType<typeof postponedBy> | undefined {
    const limit = this.#memory.limitOn(chatId, this.#host.clock.now());
    return limit && postponedBy(limit.forMs, limit.scope);
  }

  #limited(chatId: string, failure: CallFailure): ReturnType<typeof postponedBy> | undefined {
    if (failure.kind !== "answered" || failure.code !== 429) return undefined;
    const { retryAfterMs = DEFAULT_RETRY_MS } = failure;
    return postponedBy(retryAfterMs, this.#memory.noteLimit(chatId, retryAfterMs, this.#host.clock.now()));
  }

  #receiptOf(to: Target, { result, form }: { readonly result: unknown; readonly form: Form }): Receipt {
    const message = fieldsOf(result) ?? {};
    const messageId = idOf(message["message_id"]);
    if (messageId === undefined) return { kind: "unknown", reason: "Telegram took the message and did not say which one it became." };
    // A public name was written to: what comes back from there has the number.
    const chatId = idOf(fieldsOf(message["chat"])?.["id"]) ?? form.movedTo ?? to.chatId;
    this.#memory.noteSent(chatId, messageId);
    const pollId = textOf(fieldsOf(message["poll"])?.["id"]);
    return { kind: "delivered", messageId, ...(chatId === to.chatId ? {} : { chatId }), ...(pollId === undefined ? {} : { pollId }) };
  }
}
