import type { ChannelAbilities } from "../../../domain/messaging/abilities.js";
import type { ChannelStatus } from "../../../domain/messaging/channel-status.js";
import type { MediaRef } from "../../../domain/messaging/envelope.js";
import type { ActionOutcome, MessageRef, OutboundPart, Postponed, Receipt, Refused, Target } from "../../../domain/messaging/outbound.js";
import { epochMs, type EpochMs } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Channel, ChannelHost, FetchedMedia, LoginStep, ProbeOutcome, SendAttempt } from "../../../ports/channel.js";
import type { DiscordApi } from "./client.js";
import type { DiscordConfig } from "./config.js";
import { DiscordConnection } from "./connection.js";
import { DiscordDelivery } from "./delivery.js";
import { judgeSetback, NOT_LINKED } from "./failures.js";
import { fieldsOf, idOf, textOf } from "./fields.js";
import { fetchFile, MAX_FILE_BYTES } from "./files.js";
import { MAX_UPLOAD_BYTES } from "./outgoing.js";
import { parseDiscordTarget } from "./target.js";

const PROBE_MS = 10_000;

const ABILITIES: ChannelAbilities = {
  // Discord counts characters; UTF-16 units are never fewer.
  text: { limit: 2_000, unit: "utf16", dialect: "discord-markdown" },
  media: { kinds: ["image", "audio", "voice", "video", "file"], maxInBytes: MAX_FILE_BYTES, maxOutBytes: MAX_UPLOAD_BYTES, captionLimit: 2_000 },
  edit: true,
  remove: true,
  threads: true,
  reactions: "many",
  // The sign shows for ten seconds.
  typingMs: 9_000,
  draftMs: 1_500,
  polls: { maxOptions: 10, maxQuestion: 300 },
  buttons: true,
  markRead: false,
  ack: "non-replay",
};

const STOPPED: Postponed = { kind: "later", reason: "The Discord channel is stopped; start it.", scope: "account" };

interface Life {
  readonly host: ChannelHost;
  readonly connection: DiscordConnection;
  /** Without discord.js there is none. */
  readonly delivery: Promise<{ readonly api: DiscordApi; readonly delivery: DiscordDelivery } | undefined>;
}

/** A bot at Discord. */
class DiscordChannel implements Channel {
  readonly id = "discord";
  readonly label = "Discord";
  readonly accountId: string;
  readonly abilities = ABILITIES;
  readonly #config: DiscordConfig;
  #life: Life | undefined;
  #stopping: Promise<void> | undefined;
  #stoppedAt: EpochMs = epochMs(0);

  constructor(config: DiscordConfig) {
    this.#config = config;
    this.accountId = config.accountId;
  }

  /** Rejects while it runs: with two sessions of one bot everything would be heard twice. */
  async start(host: ChannelHost): Promise<void> {
    if (this.#life !== undefined) throw new Error(`The Discord account "${this.accountId}" was started before it was stopped.`);
    let deliverer: DiscordDelivery | undefined;
    const connection = new DiscordConnection({ config: this.#config, host, isOwn: (messageId) => deliverer?.isOwn(messageId) === true });
    const delivery = connection.api.then((api) => {
      deliverer = new DiscordDelivery({ api, host, failed: (failure) => connection.notice(failure) });
      return { api, delivery: deliverer };
    }).catch(() => undefined);
    this.#life = { host, connection, delivery };
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
    return parseDiscordTarget(text);
  }

  send(to: Target, part: OutboundPart, attempt: SendAttempt): Promise<Receipt> {
    return this.#deliver((delivery) => delivery.send(to, part, attempt));
  }

  edit(message: MessageRef, part: OutboundPart, attempt: SendAttempt): Promise<ActionOutcome> {
    return this.#deliver((delivery) => delivery.edit(message, part, attempt));
  }

  remove(message: MessageRef): Promise<ActionOutcome> {
    return this.#deliver((delivery) => delivery.remove(message));
  }

  react(message: MessageRef, emoji: string, add: boolean): Promise<ActionOutcome> {
    return this.#deliver((delivery) => delivery.react(message, emoji, add));
  }

  async typing(to: Target, on: boolean): Promise<void> {
    // It ends by itself, with the next message or after ten seconds.
    if (on) await this.#deliver(async (delivery) => { await delivery.typing(to); return STOPPED; });
  }

  async markRead(): Promise<void> {}

  async fetchMedia(media: MediaRef, maxBytes: number): Promise<FetchedMedia> {
    const open = await this.#life?.delivery;
    return open === undefined ? { kind: "refused", code: "not-linked", reason: STOPPED.reason } : fetchFile(open.api, media, Math.min(maxBytes, MAX_FILE_BYTES));
  }

  async probe(cancel: Cancel): Promise<ProbeOutcome> {
    const life = this.#life;
    if (life === undefined) return { kind: "failed", trouble: "network", reason: STOPPED.reason };
    const open = await life.delivery;
    if (open === undefined) return { kind: "failed", trouble: "bug", reason: life.connection.status.message ?? STOPPED.reason };
    const { clock } = life.host;
    const startedAt = clock.now();
    const outcome = await open.api.call({ method: "GET", route: "/users/@me" }, { timeoutMs: PROBE_MS, cancel });
    if (outcome.kind !== "ok") {
      life.connection.notice(outcome);
      const { trouble, message } = judgeSetback(outcome);
      return { kind: "failed", trouble, reason: message };
    }
    const me = fieldsOf(outcome.result) ?? {};
    const [id, name] = [idOf(me["id"]), textOf(me["username"])];
    return { kind: "ok", latencyMs: clock.now() - startedAt, ...(id === undefined ? {} : { identity: { id, ...(name === undefined ? {} : { name }) } }) };
  }

  async *login(): AsyncIterable<LoginStep> {
    yield { kind: "refused", code: "unsupported", reason: "A Discord bot is linked by its token; set the one from the developer portal's page \"Bot\" as channels.discord.token." };
  }

  async logout(): Promise<{ cleared: boolean; loggedOut: boolean; reason: string }> {
    return { cleared: false, loggedOut: false, reason: "The token is in the configuration; remove it there, and reset it in the developer portal." };
  }

  async #end({ connection, host }: Life, deadline: EpochMs): Promise<void> {
    await connection.close(deadline);
    this.#stoppedAt = host.clock.now();
    // Not before: whoever starts it meanwhile would begin a session beside what is still being closed.
    this.#life = undefined;
    this.#stopping = undefined;
  }

  async #deliver<T extends Receipt | ActionOutcome>(work: (delivery: DiscordDelivery) => Promise<T>): Promise<T | Postponed | Refused> {
    const open = await this.#life?.delivery;
    if (open === undefined || this.#stopping !== undefined) return STOPPED;
    const { state, trouble } = this.status();
    return state === "needs-operator" && trouble === "credentials" ? NOT_LINKED : work(open.delivery);
  }
}

/** A channel for one account of `channels.discord`. */
export const discord = (config: DiscordConfig): Channel => new DiscordChannel(config);
