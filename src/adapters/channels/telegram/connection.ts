import { Backoff } from "../../../domain/messaging/backoff.js";
import { statusAfter, type ChannelStatus, type Standing } from "../../../domain/messaging/channel-status.js";
import { after, type EpochMs } from "../../../domain/moment.js";
import { reasonOf } from "../../../domain/reason.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { ChannelHost } from "../../../ports/channel.js";
import { lastingController } from "../lasting-controller.js";
import type { ChatMemory } from "./chat-memory.js";
import { TelegramClient, type ApiRequest, type CallOutcome } from "./client.js";
import type { TelegramConfig } from "./config.js";
import { judgeSetback, quoteDescription, UNREADABLE, type Setback } from "./failures.js";
import { countOf, fieldsOf, idOf, textOf } from "./fields.js";
import type { Self } from "./message-text.js";
import { ALLOWED_UPDATES, pollUpdates } from "./poller.js";
import { pauseUntil, waitFor } from "../pause.js";
import { pressIdOf, translateUpdate } from "./translate.js";

export interface ConnectionParts {
  readonly config: TelegramConfig;
  readonly host: ChannelHost;
  readonly memory: ChatMemory;
}

const CALL_MS = 30_000;
const WEBHOOK_CHECK_MS = 60_000;

/** The way in, from one start to one stop: says who the bot is, listens, and comes back by itself where it breaks. */
export class TelegramConnection {
  readonly client: Promise<TelegramClient>;
  readonly #config: TelegramConfig;
  readonly #host: ChannelHost;
  readonly #memory: ChatMemory;
  readonly #backoff = new Backoff();
  readonly #stop = lastingController();
  readonly #done: Promise<void>;
  #status: ChannelStatus;
  #self: Self | undefined;
  /** Nothing more is told to the host. */
  #isSilent = false;

  constructor({ config, host, memory }: ConnectionParts) {
    this.#config = config;
    this.#host = host;
    this.#memory = memory;
    this.#status = { state: "connecting", since: host.clock.now(), message: "Telegram is being asked who the bot is." };
    host.report(this.#status);
    this.client = TelegramClient.open(config, host.clock);
    this.#done = this.#run();
  }

  get status(): ChannelStatus {
    return this.#status;
  }

  /** Takes what Telegram delivers. `false` while nobody knows yet who the bot is; rejects where it can't be stored. */
  async receive(update: unknown): Promise<boolean> {
    const self = this.#self;
    if (self === undefined || this.#stop.signal.aborted) return false;
    const press = pressIdOf(update);
    if (press !== undefined) this.#answerPress(press);
    const { accountId } = this.#config;
    const envelopes = translateUpdate(update, { accountId, self, now: this.#host.clock.now(), isOwn: (chatId, messageId) => this.#memory.isOwn(chatId, messageId) });
    for (const envelope of envelopes) {
      if (this.#isSilent) return false;
      await this.#host.accept(envelope);
    }
    this.#noteMembership(update);
    return true;
  }

  /** Aborted as soon as it is being closed. */
  get cancel(): Cancel {
    return this.#stop.signal;
  }

  heard(): void {
    if (!this.#isSilent) this.#host.heard();
  }

  /** Lets go of everything, by the deadline whatever is still under way. */
  async close(deadline: EpochMs): Promise<void> {
    this.#stop.abort();
    const client = await this.client.catch(() => undefined);
    await waitFor(Promise.all([this.#done, client?.settled()]), this.#host.clock, deadline);
    this.#enter({ state: "idle" });
    this.#isSilent = true;
    await client?.close();
  }

  async #run(): Promise<void> {
    try {
      const client = await this.client;
      if (await this.#insist(() => this.#greet(client))) await this.#insist(() => this.#listen(client));
    } catch (error) {
      this.#host.log.error("The Telegram channel failed in a way that it should not.", { error: reasonOf(error) });
      this.#enter({ state: "needs-operator", trouble: "bug", message: "The Telegram channel failed in a way that it should not; see the log, and restart it." });
    }
  }

  /** Takes a step until it succeeds; `false` where it never will. */
  async #insist(step: () => Promise<Setback | undefined>): Promise<boolean> {
    for (;;) {
      const setback = await step();
      if (this.#stop.signal.aborted) return false;
      if (setback === undefined) return true;
      const { retryAfterMs = 0, ...status } = setback;
      const now = this.#host.clock.now();
      const retryAt = after(now, Math.max(this.#backoff.fail(now, this.#host.random()), retryAfterMs));
      this.#enter(status.state === "needs-operator" ? status : { ...status, retryAt });
      if (status.state === "needs-operator") return false;
      await pauseUntil(this.#host.clock, retryAt, this.cancel);
    }
  }

  async #greet(client: TelegramClient): Promise<Setback | undefined> {
    const met = await this.#call(client, { method: "getMe" });
    if (met.kind !== "ok") return judgeSetback(met);
    const me = fieldsOf(met.result) ?? {};
    const id = idOf(me["id"]);
    if (id === undefined) return UNREADABLE;
    const username = textOf(me["username"]);
    const self = { id, name: textOf(me["first_name"]) ?? username ?? id, ...(username === undefined ? {} : { username }) };
    // A bot with a webhook can't be asked. Once for each start: a webhook that is set later is told of and not fought over.
    const freed = this.#config.webhook === undefined ? await this.#call(client, { method: "deleteWebhook", payload: { drop_pending_updates: false } }) : undefined;
    if (freed !== undefined && freed.kind !== "ok") return judgeSetback(freed);
    this.#self = self;
    this.#host.log.info("Telegram knows the bot.", { account: this.#config.accountId, bot: id, joinsGroups: me["can_join_groups"] === true, readsAllGroupMessages: me["can_read_all_group_messages"] === true });
    return undefined;
  }

  #listen(client: TelegramClient): Promise<Setback | undefined> {
    if (this.#config.webhook !== undefined) return this.#guardWebhook(client, this.#config.webhook);
    // Under the bot's own id: another bot's updates are numbered otherwise, and its offset would make this one deaf.
    const name = `offset-${this.#self?.id ?? ""}`;
    return pollUpdates({
      client,
      receive: async (update) => {
        if (!(await this.receive(update))) throw new Error("The channel was stopped before the update was stored.");
      },
      recallOffset: () => this.#host.recall(name),
      rememberOffset: async (offset) => { if (!this.#isSilent) await this.#host.remember(name, offset); },
      heard: () => this.heard(),
      live: () => this.#succeed(),
    }, this.#stop.signal);
  }

  /** Has Telegram call, and looks after it from time to time: nobody else would tell that it can't. */
  async #guardWebhook(client: TelegramClient, { url, secret }: NonNullable<TelegramConfig["webhook"]>): Promise<Setback | undefined> {
    // One connection at a time keeps the messages in order.
    const set = await this.#call(client, { method: "setWebhook", payload: { url, secret_token: secret, max_connections: 1, allowed_updates: ALLOWED_UPDATES } });
    if (set.kind !== "ok") return judgeSetback(set);
    this.heard();
    this.#succeed();
    for (;;) {
      const checkedAt = this.#host.clock.now();
      await pauseUntil(this.#host.clock, after(checkedAt, WEBHOOK_CHECK_MS), this.cancel);
      if (this.#stop.signal.aborted) return undefined;
      const outcome = await this.#call(client, { method: "getWebhookInfo" });
      if (this.#stop.signal.aborted) return undefined;
      if (outcome.kind !== "ok") return judgeSetback(outcome);
      const info = fieldsOf(outcome.result) ?? {};
      if (info["url"] !== url) return { state: "backing-off", trouble: "conflict", message: "Another program has changed where Telegram delivers this bot's messages; stop it, or give it a bot of its own." };
      // Its date is of the whole second.
      const isRecent = (countOf(info["last_error_date"]) ?? 0) * 1_000 > checkedAt - 1_000;
      const isWaiting = (countOf(info["pending_update_count"]) ?? 0) > 0 && isRecent;
      if (isWaiting) {
        this.#enter({ state: "degraded", trouble: "network", message: `Telegram cannot deliver to webhookUrl: ${quoteDescription(textOf(info["last_error_message"]) ?? "it does not say why")}. Check the proxy and the certificate there.` });
      } else {
        this.heard();
        this.#succeed();
      }
    }
  }

  // The button spins until it is answered, so this waits for nothing.
  #answerPress(id: string): void {
    void this.client.then((client) => this.#call(client, { method: "answerCallbackQuery", payload: { callback_query_id: id } })).catch(() => {});
  }

  #noteMembership(update: unknown): void {
    const change = fieldsOf(fieldsOf(update)?.["my_chat_member"]);
    if (change === undefined || this.#isSilent) return;
    this.#host.log.info("Telegram changed what the bot is in a chat.", { chat: idOf(fieldsOf(change["chat"])?.["id"]), as: textOf(fieldsOf(change["new_chat_member"])?.["status"]) });
  }

  #call(client: TelegramClient, request: ApiRequest): Promise<CallOutcome> {
    return client.call(request, { timeoutMs: CALL_MS, cancel: this.#stop.signal });
  }

  #succeed(): void {
    this.#backoff.succeed(this.#host.clock.now());
    if (this.#status.state !== "live") this.#enter({ state: "live" });
  }

  #enter(standing: Standing): void {
    if (this.#isSilent) return;
    const identity = this.#self && { id: this.#self.id, name: this.#self.username ?? this.#self.name };
    this.#status = statusAfter(this.#status, standing, { now: this.#host.clock.now(), identity });
    this.#host.report(this.#status);
  }
}
