import type { OutboxItem } from "../../domain/messaging/outbox-item.js";
import type { MessageRef, OutboundPart } from "../../domain/messaging/outbound.js";
import { after, type EpochMs } from "../../domain/moment.js";
import type { Channel } from "../../ports/channel.js";
import type { Clock } from "../../ports/clock.js";
import type { OutboxDesk } from "./outbox-desk.js";

/** A short answer is there before a draft of it would be. */
const FIRST_MS = 700;

interface DraftParts {
  readonly channel: Channel;
  readonly outbox: OutboxDesk;
  readonly clock: Clock;
  /** The item that the answer will be, without its parts. */
  readonly item: Omit<OutboxItem, "parts">;
  /** The first message of a text. */
  readonly render: (text: string) => OutboundPart | undefined;
}

/** Lets an answer grow in its chat while it is being written, at the platform's pace. Whatever goes wrong with it, the answer itself goes out. */
export class ReplyDraft {
  readonly #parts: DraftParts;
  readonly #everyMs: number;
  #text = "";
  #told = "";
  #shown: MessageRef | undefined;
  #isOver = false;
  #cancelWake: (() => void) | undefined;
  #busy: Promise<void> | undefined;
  #notBefore: EpochMs;
  #edits = 0;

  constructor(parts: DraftParts, everyMs: number) {
    this.#parts = parts;
    this.#everyMs = everyMs;
    this.#notBefore = after(parts.clock.now(), FIRST_MS);
  }

  /** There is a message in the chat that is to become the answer: one from before a crash, at first. */
  adopt(messageId: string): void {
    this.#shown = { ...this.#parts.item.target, messageId };
  }

  get isShown(): boolean {
    return this.#shown !== undefined;
  }

  /** The text as it is now. */
  watch(text: string): void {
    this.#text = text;
    if (this.#isOver || this.#busy !== undefined || this.#cancelWake !== undefined) return;
    const { clock } = this.#parts;
    this.#cancelWake = clock.callAt(this.#notBefore, () => {
      this.#cancelWake = undefined;
      this.#busy = this.#tell().finally(() => {
        this.#busy = undefined;
        if (this.#text !== this.#told) this.watch(this.#text);
      });
    });
  }

  /** No more drafts; resolves once none is under way. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    await this.#busy;
  }

  async #tell(): Promise<void> {
    const { clock, render } = this.#parts;
    const part = render(this.#text);
    this.#told = this.#text;
    if (part !== undefined) await (this.#shown === undefined ? this.#show(part) : this.#edit(this.#shown, part)).catch(() => {
      this.#isOver = true;
    });
    const soonest = after(clock.now(), this.#everyMs);
    if (this.#notBefore < soonest) this.#notBefore = soonest;
  }

  async #show(part: OutboundPart): Promise<void> {
    const { outbox, item } = this.#parts;
    const state = (await outbox.showDraft({ ...item, parts: [{ part, attempts: 0, state: { kind: "planned" } }] })).parts[0]?.state;
    if (state?.kind === "sent") this.#shown = { chatId: state.sent.chatId ?? item.target.chatId, messageId: state.sent.messageId, ...(item.target.threadId === undefined ? {} : { threadId: item.target.threadId }) };
    else this.#isOver = true;
  }

  async #edit(message: MessageRef, part: OutboundPart): Promise<void> {
    const { channel, clock, item } = this.#parts;
    this.#edits += 1;
    const outcome = await channel.edit(message, part, { key: `${item.id}#draft-${this.#edits}`, cancel: new AbortController().signal });
    if (outcome.kind === "refused") this.#isOver = true;
    if (outcome.kind === "later" && outcome.retryAfterMs !== undefined) this.#notBefore = after(clock.now(), outcome.retryAfterMs);
  }
}
