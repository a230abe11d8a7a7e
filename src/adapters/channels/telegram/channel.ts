import type { ChannelAbilities } from "../../../domain/messaging/abilities.js";
import type { ChannelStatus } from "../../../domain/messaging/channel-status.js";
import type { MediaRef } from "../../../domain/messaging/envelope.js";
import type { ActionOutcome, MessageRef, OutboundPart, Postponed, Receipt, Refused, Target } from "../../../domain/messaging/outbound.js";
import { epochMs, type EpochMs } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Channel, ChannelHost, FetchedMedia, LoginStep, ProbeOutcome, SendAttempt, Webhook } from "../../../ports/channel.js";
import { ChatMemory } from "./chat-memory.js";
import type { TelegramClient } from "./client.js";
import type { TelegramConfig } from "./config.js";
import { TelegramConnection } from "./connection.js";
import { TelegramDelivery } from "./delivery.js";
import { judgeSetback, NOT_LINKED } from "./failures.js";
import { fieldsOf, idOf, textOf } from "./fields.js";
import { fetchFile, MAX_FILE_BYTES } from "./files.js";
import { pause } from "../pause.js";
import { parseTelegramTarget } from "./target.js";
import { createWebhook } from "./webhook.js";

const MEBIBYTE = 1_048_576;
const PROBE_MS = 10_000;

const abilitiesOf = ({ webhook }: TelegramConfig): ChannelAbilities => ({
  text: { limit: 4_096, unit: "utf16", dialect: "telegram-html" },
  media: { kinds: ["image", "audio", "voice", "video", "file"], maxInBytes: MAX_FILE_BYTES, maxOutBytes: 50 * MEBIBYTE, captionLimit: 1_024 },
  edit: true,
  remove: true,
  threads: true,
  reactions: "one",
  typingMs: 5_000,
  draftMs: 1_000,
  polls: { maxOptions: 12, maxQuestion: 300 },
  buttons: true,
  markRead: false,
  ack: webhook === undefined ? "awaited" : "gated",
});

const STOPPED: Postponed = { kind: "later", reason: "The Telegram channel is stopped; start it.", scope: "account" };

interface Life {
  readonly host: ChannelHost;
  readonly connection: TelegramConnection;
  /** Without grammY there is none. */
  readonly client: Promise<TelegramClient | undefined>;
  readonly delivery: Promise<TelegramDelivery | undefined>;
}

/** A bot at Telegram. */
class TelegramChannel implements Channel {
  readonly id = "telegram";
  readonly label = "Telegram";
  readonly accountId: string;
  readonly abilities: ChannelAbilities;
  readonly webhook?: Webhook;
  readonly #config: TelegramConfig;
  readonly #memory = new ChatMemory();
  #life: Life | undefined;
  #stopping: Promise<void> | undefined;
  #stoppedAt: EpochMs = epochMs(0);

  constructor(config: TelegramConfig) {
    this.#config = config;
    this.accountId = config.accountId;
    this.abilities = abilitiesOf(config);
    if (config.webhook !== undefined) this.webhook = createWebhook(config.webhook, (update) => this.#receive(update));
  }

  /** Rejects while it runs: a second poller with one token takes the first one's messages. */
  async start(host: ChannelHost): Promise<void> {
    if (this.#life !== undefined) throw new Error(`The Telegram account "${this.accountId}" was started before it was stopped.`);
    const connection = new TelegramConnection({ config: this.#config, host, memory: this.#memory });
    const client = connection.client.catch(() => undefined);
    const delivery = client.then((open) => open && new TelegramDelivery({ client: open, config: this.#config, host, memory: this.#memory }));
    this.#life = { host, connection, client, delivery };
  }

  async stop(deadline: EpochMs): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    this.#stopping ??= this.#end(life, deadline);
    await this.#stopping;
  }

  status(): ChannelStatus {
    return this.#life?.connection.status ?? { state: "idle", since: this.#stoppedAt };
  }

  parseTarget(text: string): Target | undefined {
    return parseTelegramTarget(text);
  }

  async send(to: Target, part: OutboundPart, attempt: SendAttempt): Promise<Receipt> {
    const delivery = await this.#delivery();
    return delivery instanceof TelegramDelivery ? delivery.send(to, part, attempt) : delivery;
  }

  async edit(message: MessageRef, part: OutboundPart, attempt: SendAttempt): Promise<ActionOutcome> {
    const delivery = await this.#delivery();
    return delivery instanceof TelegramDelivery ? delivery.edit(message, part, attempt) : delivery;
  }

  async remove(message: MessageRef): Promise<ActionOutcome> {
    const delivery = await this.#delivery();
    return delivery instanceof TelegramDelivery ? delivery.remove(message) : delivery;
  }

  async react(message: MessageRef, emoji: string, add: boolean): Promise<ActionOutcome> {
    const delivery = await this.#delivery();
    return delivery instanceof TelegramDelivery ? delivery.react(message, emoji, add) : delivery;
  }

  async typing(to: Target, on: boolean): Promise<void> {
    // It ends by itself, with the next message or after five seconds.
    const delivery = on ? await this.#delivery() : undefined;
    if (delivery instanceof TelegramDelivery) await delivery.typing(to);
  }

  async markRead(): Promise<void> {}

  async fetchMedia(media: MediaRef, maxBytes: number): Promise<FetchedMedia> {
    const life = this.#life;
    if (life === undefined) return { kind: "refused", code: "not-linked", reason: STOPPED.reason };
    const { clock } = life.host;
    const wait = async (ms: number): Promise<boolean> => {
      await pause(clock, ms, life.connection.cancel);
      return !life.connection.cancel.aborted;
    };
    const client = await life.client;
    return client === undefined ? { kind: "refused", code: "not-linked", reason: STOPPED.reason } : fetchFile(client, media, { maxBytes, wait });
  }

  async probe(cancel: Cancel): Promise<ProbeOutcome> {
    const life = this.#life;
    if (life === undefined) return { kind: "failed", trouble: "network", reason: STOPPED.reason };
    const { clock } = life.host;
    const startedAt = clock.now();
    const client = await life.client;
    if (client === undefined) return { kind: "failed", trouble: "bug", reason: life.connection.status.message ?? STOPPED.reason };
    const outcome = await client.call({ method: "getMe" }, { timeoutMs: PROBE_MS, cancel });
    if (outcome.kind !== "ok") {
      const { trouble, message } = judgeSetback(outcome);
      return { kind: "failed", trouble, reason: message };
    }
    const me = fieldsOf(outcome.result) ?? {};
    const [id, name] = [idOf(me["id"]), textOf(me["username"])];
    return { kind: "ok", latencyMs: clock.now() - startedAt, ...(id === undefined ? {} : { identity: { id, ...(name === undefined ? {} : { name }) } }) };
  }

  async *login(): AsyncIterable<LoginStep> {
    yield { kind: "refused", code: "unsupported", reason: "A Telegram bot is linked by its token; set the one that @BotFather gave as channels.telegram.botToken." };
  }

  async logout(): Promise<{ cleared: boolean; loggedOut: boolean; reason: string }> {
    return { cleared: false, loggedOut: false, reason: "The token is in the configuration; remove it there, and have @BotFather revoke it." };
  }

  async #end({ connection, host }: Life, deadline: EpochMs): Promise<void> {
    await connection.close(deadline);
    this.#stoppedAt = host.clock.now();
    // Not before: whoever starts it meanwhile would poll beside what is still being closed.
    this.#life = undefined;
    this.#stopping = undefined;
  }

  async #receive(update: unknown): Promise<boolean> {
    const connection = this.#life?.connection;
    const isStored = (await connection?.receive(update)) === true;
    if (isStored) connection?.heard();
    return isStored;
  }

  async #delivery(): Promise<TelegramDelivery | Postponed | Refused> {
    const delivery = await this.#life?.delivery;
    if (delivery === undefined || this.#stopping !== undefined) return STOPPED;
    const { state, trouble } = this.status();
    return state === "needs-operator" && trouble === "credentials" ? NOT_LINKED : delivery;
  }
}

/** A channel for one account of `channels.telegram`. */
export const telegram = (config: TelegramConfig): Channel => new TelegramChannel(config);
