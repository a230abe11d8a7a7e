import { countOf, fieldsOf } from "../../../domain/foreign-fields.js";
import type { ActionOutcome, MessageRef, OutboundPart, Postponed, Receipt, Refused, StoredMedia, Target } from "../../../domain/messaging/outbound.js";
import { after, type EpochMs } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { ChannelHost, SendAttempt } from "../../../ports/channel.js";
import type { CallOutcome } from "./client.js";
import { judgeAction, judgeSend, personIn, resultsIn, type OperatorStep } from "./failures.js";
import type { MessageMemory } from "./memory.js";
import { dataUri, renderEdit, renderReaction, renderReceipt, renderRemoval, renderSend, renderTyping, type Command } from "./outgoing.js";
import { isGroup, messageIdOf, type Self } from "./target.js";

/** The account as whoever sends needs it. */
export interface Line {
  readonly self: Self;
  readonly memory: MessageMemory;
  call(command: Command, terms: { readonly timeoutMs?: number; readonly cancel?: Cancel }): Promise<CallOutcome>;
  /** What only a person can do about it: asked for by an answer to a message to somebody, or settled by it. */
  notice(outcome: CallOutcome, to: string): readonly OperatorStep[];
}

/** signal-cli reads no text of more than 20,000,000 characters, which a file is once it is written as one. */
export const MAX_OUT_BYTES = 14 * 1_048_576;
/** To each member of a large group in turn. */
const SEND_MS = 120_000;
const TYPING_MS = 15_000;

/** What goes out to Signal, and what became of it. */
export class SignalDelivery {
  readonly #line: Line;
  readonly #host: ChannelHost;
  #limitedUntil: EpochMs | undefined;

  constructor({ line, host }: { readonly line: Line; readonly host: ChannelHost }) {
    this.#line = line;
    this.#host = host;
  }

  async send(to: Target, part: OutboundPart, { cancel }: SendAttempt): Promise<Receipt> {
    if (cancel.aborted) return { kind: "later", reason: "The message was given up before it was sent.", scope: "message" };
    const held = this.#heldBack();
    if (held !== undefined) return held;
    const { self, memory } = this.#line;
    const file = part.body.kind === "media" ? await this.#fileOf(part.body.media) : undefined;
    if (typeof file === "object") return file;
    const quoted = part.replyTo === undefined ? undefined : memory.textOf(part.replyTo);
    const command = renderSend(to, part, { self, ...(file === undefined ? {} : { file }), ...(quoted === undefined ? {} : { quoted }) });
    if ("kind" in command) return command;
    const outcome = await this.#line.call(command, { timeoutMs: SEND_MS, cancel });
    this.#line.notice(outcome, to.chatId);
    if (outcome.kind !== "ok") return this.#limited(judgeSend(outcome));
    return this.#receiptOf(to, part, outcome.result);
  }

  async edit(message: MessageRef, part: OutboundPart, { cancel }: SendAttempt): Promise<ActionOutcome> {
    const command = renderEdit(message, part, this.#line.self);
    if ("kind" in command) return command;
    const outcome = await this.#act(message.chatId, command, cancel);
    return "result" in outcome ? this.#edited(message, outcome.result) : outcome;
  }

  remove(message: MessageRef): Promise<ActionOutcome> {
    return this.#actOnce(message.chatId, renderRemoval(message, this.#line.self));
  }

  react(message: MessageRef, emoji: string, add: boolean): Promise<ActionOutcome> {
    return this.#actOnce(message.chatId, renderReaction(message, { emoji, add }, this.#line.self));
  }

  async typing(to: Target, on: boolean): Promise<void> {
    const command = renderTyping(to, on, this.#line.self);
    if (command !== undefined && this.#heldBack() === undefined) await this.#line.call(command, { timeoutMs: TYPING_MS });
  }

  async markRead(message: MessageRef): Promise<void> {
    const command = renderReceipt(message, this.#line.self);
    if (command !== undefined && this.#heldBack() === undefined) await this.#line.call(command, { timeoutMs: TYPING_MS });
  }

  async #actOnce(chatId: string, command: Command | Refused): Promise<ActionOutcome> {
    if ("kind" in command) return command;
    const outcome = await this.#act(chatId, command);
    return "result" in outcome ? { kind: "done" } : outcome;
  }

  async #act(chatId: string, command: Command, cancel?: Cancel): Promise<ActionOutcome | { readonly result: unknown }> {
    const held = this.#heldBack();
    if (held !== undefined) return held;
    const outcome = await this.#line.call(command, { timeoutMs: SEND_MS, ...(cancel === undefined ? {} : { cancel }) });
    this.#line.notice(outcome, chatId);
    return outcome.kind === "ok" ? { result: outcome.result } : this.#limited(judgeAction(outcome));
  }

  #edited({ messageId }: MessageRef, result: unknown): ActionOutcome {
    const { self, memory } = this.#line;
    const timestamp = countOf(fieldsOf(result)?.["timestamp"]);
    if (timestamp !== undefined) {
      memory.noteSent(timestamp);
      memory.noteRevision(messageIdOf(timestamp, self.uuid ?? self.number ?? "", self), messageId);
    }
    return { kind: "done" };
  }

  #receiptOf({ chatId }: Target, { body }: OutboundPart, result: unknown): Receipt {
    const timestamp = countOf(fieldsOf(result)?.["timestamp"]);
    if (timestamp === undefined) return { kind: "unknown", reason: "signal-cli took the message and did not say which one it became." };
    const messageId = String(timestamp);
    this.#line.memory.noteSent(timestamp);
    this.#line.memory.noteText(messageId, body.kind === "text" ? body.text.plain : "");
    // A number or a name was written to: what comes back from there has the uuid.
    const person = isGroup(chatId) ? undefined : personIn(resultsIn(result)[0]?.["recipientAddress"])?.toLowerCase();
    return {
      kind: "delivered", messageId,
      ...(person === undefined || person === chatId || !person.includes("-") ? {} : { chatId: person }),
      ...(body.kind === "poll" ? { pollId: messageId } : {}),
    };
  }

  async #fileOf(media: StoredMedia): Promise<string | Refused> {
    if (media.bytes > MAX_OUT_BYTES) return { kind: "refused", code: "too-large", reason: "The file is larger than signal-cli takes over its HTTP interface, which is 14 MiB." };
    try {
      const chunks: Uint8Array[] = [];
      for await (const chunk of this.#host.openMedia(media)) chunks.push(chunk);
      return dataUri(media, Buffer.concat(chunks));
    } catch {
      return { kind: "refused", code: "invalid", reason: "The file could not be read to its end; keep it until it is sent." };
    }
  }

  #heldBack(): Postponed | undefined {
    const waitMs = (this.#limitedUntil ?? 0) - this.#host.clock.now();
    return waitMs <= 0 ? undefined : { kind: "later", reason: "Signal lets this account send no more for now.", retryAfterMs: waitMs, scope: "account" };
  }

  #limited<T extends Receipt | ActionOutcome>(receipt: T): T {
    if (receipt.kind === "later" && receipt.scope === "account" && receipt.retryAfterMs !== undefined) this.#limitedUntil = after(this.#host.clock.now(), receipt.retryAfterMs);
    return receipt;
  }
}
