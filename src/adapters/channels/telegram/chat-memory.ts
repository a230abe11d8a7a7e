import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";
import { after, type EpochMs } from "../../../domain/moment.js";

const MAX_SENT = 5_000;
const MAX_LIMITED = 500;
const SEVERAL = 3;

export interface Limit {
  readonly scope: "chat" | "account";
  readonly forMs: number;
}

/** What is known of the chats for as long as the channel runs: what the account said there, and where Telegram wants it to wait. */
export class ChatMemory {
  readonly #sent = new AgeOrderedMap<true>(MAX_SENT);
  readonly #limited = new Map<string, EpochMs>();
  #limitedUntil: EpochMs | undefined;

  noteSent(chatId: string, messageId: string): void {
    this.#sent.set(`${chatId}:${messageId}`, true);
  }

  /** Of messages sent long ago, or before a restart, it is no longer known. */
  isOwn(chatId: string, messageId: string): boolean {
    return this.#sent.get(`${chatId}:${messageId}`) === true;
  }

  /** Telegram asked to wait. It does not say for whom: while several chats have to at once, it is the bot as a whole. */
  noteLimit(chatId: string, forMs: number, now: EpochMs): Limit["scope"] {
    this.#forget(now);
    this.#limited.set(chatId, after(now, forMs));
    if (this.#limited.size < SEVERAL) return "chat";
    this.#limitedUntil = after(now, forMs);
    return "account";
  }

  limitOn(chatId: string, now: EpochMs): Limit | undefined {
    if (this.#limitedUntil !== undefined && this.#limitedUntil > now) return { scope: "account", forMs: this.#limitedUntil - now };
    const until = this.#limited.get(chatId);
    return until === undefined || until <= now ? undefined : { scope: "chat", forMs: until - now };
  }

  #forget(now: EpochMs): void {
    for (const [chatId, until] of this.#limited) {
      if (until <= now || this.#limited.size >= MAX_LIMITED) this.#limited.delete(chatId);
    }
  }
}
