import type { ServerResponse } from "node:http";

export interface QueuedUpdate {
  readonly id: number;
  readonly kind: string;
  readonly content: unknown;
}

export interface BotFacts {
  readonly id: number;
  readonly username: string;
  token: string;
}

interface OpenPoll {
  readonly response: ServerResponse;
  readonly answer: (status: number, body: unknown) => void;
  readonly limit: number;
}

export interface WebhookTerms {
  readonly url: string;
  readonly secret?: string;
  readonly maxConnections: number;
}

const DEFAULT_KINDS = ["message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "my_chat_member"];
const CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
const RETRY_SECONDS = 1;

/** One bot at the server: what waits for it, who asks for it, and where it wants it delivered. */
export class TelegramBot {
  readonly facts: BotFacts;
  readonly queue: QueuedUpdate[] = [];
  /** Ids of updates that Telegram may forget. */
  readonly confirmed = new Set<number>();
  polls = { now: 0, most: 0 };
  webhook: WebhookTerms | undefined;
  lastError: { readonly date: number; readonly message: string } | undefined;
  allowed: readonly string[] = DEFAULT_KINDS;
  readonly #secondMs: number;
  readonly #date: () => number;
  #nextId: number;
  #open: OpenPoll | undefined;
  #delivering = false;
  #isClosed = false;

  constructor(facts: BotFacts, { secondMs, date }: { readonly secondMs: number; readonly date: () => number }) {
    this.facts = facts;
    this.#secondMs = secondMs;
    this.#date = date;
    this.#nextId = 100_000_000 + (facts.id % 1_000) * 1_000;
  }

  /** Numbers begin anew, as after a week without any. */
  renumber(next: number): void {
    this.#nextId = next;
  }

  push(kind: string, content: unknown): QueuedUpdate | undefined {
    if (!this.allowed.includes(kind)) return undefined;
    const update = { id: this.#nextId, kind, content };
    this.#nextId += 1;
    this.queue.push(update);
    if (this.webhook === undefined) this.#wake();
    else void this.#deliver();
    return update;
  }

  poll(terms: { readonly offset: number; readonly limit: number; readonly seconds: number }, response: ServerResponse, answer: OpenPoll["answer"]): void {
    this.polls = { now: this.polls.now + 1, most: Math.max(this.polls.most, this.polls.now + 1) };
    let isOpen = true;
    const end = (): void => {
      if (isOpen) this.polls = { ...this.polls, now: this.polls.now - 1 };
      isOpen = false;
      if (this.#open === mine) this.#open = undefined;
    };
    const mine: OpenPoll = { response, limit: terms.limit, answer: (status, body) => { end(); answer(status, body); } };
    response.on("close", end);
    this.#open?.answer(409, { ok: false, error_code: 409, description: CONFLICT });
    this.#confirm(terms.offset);
    if (this.queue.length > 0 || terms.seconds === 0) return this.#tell(mine);
    this.#open = mine;
    const timer = setTimeout(() => this.#tell(mine), terms.seconds * this.#secondMs);
    response.on("close", () => clearTimeout(timer));
  }

  /** Breaks the poll that is open, without a word. */
  cut(): void {
    this.#open?.response.destroy();
  }

  setWebhook(webhook: WebhookTerms | undefined): void {
    this.webhook = webhook;
    this.lastError = undefined;
    if (webhook === undefined) return;
    this.#open?.answer(409, { ok: false, error_code: 409, description: "Conflict: terminated by setWebhook request" });
    void this.#deliver();
  }

  close(): void {
    this.#isClosed = true;
    this.cut();
  }

  // An offset far in the future belongs to another numbering, and then everything that waits is told.
  #confirm(offset: number): void {
    const from = offset > this.#nextId + 10 ? 0 : offset < 0 ? this.#nextId + offset : offset;
    while (this.queue[0] !== undefined && this.queue[0].id < from) {
      const [update] = this.queue.splice(0, 1);
      if (update !== undefined) this.confirmed.add(update.id);
    }
  }

  #wake(): void {
    if (this.#open !== undefined) this.#tell(this.#open);
  }

  #tell(poll: OpenPoll): void {
    poll.answer(200, { ok: true, result: this.queue.slice(0, poll.limit).map(({ id, kind, content }) => ({ update_id: id, [kind]: content })) });
  }

  async #deliver(): Promise<void> {
    if (this.#delivering) return;
    this.#delivering = true;
    while (this.webhook !== undefined && this.queue[0] !== undefined && !this.#isClosed) {
      const { id, kind, content } = this.queue[0];
      const { url, secret } = this.webhook;
      const headers = { "content-type": "application/json", connection: "close", ...(secret === undefined ? {} : { "x-telegram-bot-api-secret-token": secret }) };
      const status = await fetch(url, { method: "POST", headers, body: JSON.stringify({ update_id: id, [kind]: content }) }).then((answer) => answer.status, () => 0);
      if (status === 200) {
        this.queue.splice(this.queue.findIndex((update) => update.id === id), 1);
        this.confirmed.add(id);
      } else {
        this.lastError = { date: this.#date(), message: status === 0 ? "Connection refused" : `Wrong response from the webhook: ${status}` };
        await new Promise((resolve) => { setTimeout(resolve, RETRY_SECONDS * this.#secondMs).unref(); });
      }
    }
    this.#delivering = false;
  }
}
