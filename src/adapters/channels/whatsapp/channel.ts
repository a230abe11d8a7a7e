import type { ChannelAbilities } from "../../../domain/messaging/abilities.js";
import type { ChannelStatus } from "../../../domain/messaging/channel-status.js";
import type { MediaRef } from "../../../domain/messaging/envelope.js";
import type { ActionOutcome, MessageRef, OutboundPart, Postponed, Receipt, Refused, Target } from "../../../domain/messaging/outbound.js";
import { epochMs, type EpochMs } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Channel, ChannelHost, FetchedMedia, LoginRequest, LoginStep, ProbeOutcome, SendAttempt } from "../../../ports/channel.js";
import type { HostLock } from "../../../ports/host-lock.js";
import type { RecordStore } from "../../../ports/record-store.js";
import type { WhatsappConfig } from "./config.js";
import { WhatsappConnection } from "./connection.js";
import type { WhatsappDelivery } from "./delivery.js";
import { LOST, NOT_LINKED, refused } from "./failures.js";
import { fetchFile, MAX_DOWNLOAD_BYTES } from "./files.js";
import type { Link } from "./link.js";
import { MAX_FILE_BYTES, MAX_POLL_OPTIONS } from "./outgoing.js";
import { parseWhatsappTarget } from "./target.js";
import { WhatsappVault } from "./vault.js";

const ABILITIES: ChannelAbilities = {
  text: { limit: 4_000, unit: "utf16", dialect: "whatsapp" },
  media: { kinds: ["image", "audio", "voice", "video", "file"], maxInBytes: MAX_DOWNLOAD_BYTES, maxOutBytes: MAX_FILE_BYTES, captionLimit: 1_024 },
  edit: true,
  remove: true,
  threads: false,
  reactions: "one",
  // The sign shows for about ten seconds.
  typingMs: 8_000,
  polls: { maxOptions: MAX_POLL_OPTIONS, maxQuestion: 255 },
  buttons: false,
  markRead: true,
  links: true,
  ack: "gated",
};

const STOPPED: Postponed = { kind: "later", reason: "The WhatsApp channel is stopped; start it.", scope: "account" };
const NOT_CONNECTED: Postponed = { kind: "later", reason: "The gateway has no connection to WhatsApp for now.", scope: "account" };

/** What a channel needs beside its configuration. Both are its own: two channels never share them. */
export interface WhatsappParts {
  /** Where the credentials lie, and every key of the account's conversations. */
  readonly credentials: RecordStore<string>;
  /** Held while the account is connected, so that nobody opens a second session with the same credentials. */
  readonly lock: HostLock;
}

/** An account of WhatsApp to which this gateway is linked as a device. */
class WhatsappChannel implements Channel {
  readonly id = "whatsapp";
  readonly label = "WhatsApp";
  readonly accountId: string;
  readonly abilities = ABILITIES;
  readonly #config: WhatsappConfig;
  readonly #vault: WhatsappVault;
  readonly #lock: HostLock;
  #life: { readonly host: ChannelHost; readonly connection: WhatsappConnection } | undefined;
  #stopping: Promise<void> | undefined;
  #stoppedAt: EpochMs = epochMs(0);

  constructor(config: WhatsappConfig, { credentials, lock }: WhatsappParts) {
    this.#config = config;
    this.#vault = new WhatsappVault(credentials);
    this.#lock = lock;
    this.accountId = config.accountId;
  }

  /** Rejects while it runs: two sessions with the same credentials end each other. */
  async start(host: ChannelHost): Promise<void> {
    if (this.#life !== undefined) throw new Error(`The WhatsApp account "${this.accountId}" was started before it was stopped.`);
    this.#life = { host, connection: new WhatsappConnection({ config: this.#config, host, vault: this.#vault, lock: this.#lock }) };
  }

  async stop(deadline: EpochMs): Promise<void> {
    if (this.#life === undefined) return;
    this.#stopping ??= this.#end(this.#life, deadline);
    await this.#stopping;
  }

  status(): ChannelStatus {
    return this.#life?.connection.status ?? { state: "idle", since: this.#stoppedAt };
  }

  parseTarget(text: string): Target | undefined {
    return parseWhatsappTarget(text);
  }

  send(to: Target, part: OutboundPart, attempt: SendAttempt): Promise<Receipt> {
    return this.#deliver((delivery, link) => delivery.send(link, to, part, attempt), attempt.cancel);
  }

  edit(message: MessageRef, part: OutboundPart): Promise<ActionOutcome> {
    return this.#deliver((delivery, link) => delivery.edit(link, message, part));
  }

  remove(message: MessageRef): Promise<ActionOutcome> {
    return this.#deliver((delivery, link) => delivery.remove(link, message));
  }

  react(message: MessageRef, emoji: string, add: boolean): Promise<ActionOutcome> {
    return this.#deliver((delivery, link) => delivery.react(link, message, emoji, add));
  }

  async typing(to: Target, on: boolean): Promise<void> {
    await this.#courtesy((delivery, link) => delivery.typing(link, to, on));
  }

  async markRead(message: MessageRef): Promise<void> {
    if (this.#config.sendReadReceipts) await this.#courtesy((delivery, link) => delivery.markRead(link, message));
  }

  async fetchMedia(media: MediaRef, maxBytes: number): Promise<FetchedMedia> {
    const { host, connection } = this.#life ?? {};
    const link = connection?.link;
    if (host === undefined || link === undefined) return refused("not-linked", NOT_CONNECTED.reason);
    return fetchFile(link, host, { media, maxBytes: Math.min(maxBytes, MAX_DOWNLOAD_BYTES) });
  }

  async probe(_cancel: Cancel): Promise<ProbeOutcome> {
    const { host, connection } = this.#life ?? {};
    if (host === undefined || connection === undefined) return { kind: "failed", trouble: "network", reason: STOPPED.reason };
    const { link, status } = connection;
    if (link === undefined) return { kind: "failed", trouble: status.trouble ?? "network", reason: status.message ?? NOT_CONNECTED.reason };
    const startedAt = host.clock.now();
    if (!(await link.ping())) return { kind: "failed", trouble: "network", reason: LOST.message };
    return { kind: "ok", latencyMs: host.clock.now() - startedAt, ...(status.identity === undefined ? {} : { identity: status.identity }) };
  }

  login(request: LoginRequest): AsyncIterable<LoginStep> {
    const life = this.#life;
    return life === undefined || this.#stopping !== undefined ? only(refused("invalid", "The WhatsApp channel is stopped; start it, then link the account.")) : life.connection.login(request);
  }

  async logout(): Promise<{ cleared: boolean; loggedOut: boolean; reason?: string }> {
    return this.#life?.connection.logout() ?? { cleared: false, loggedOut: false, reason: "The WhatsApp channel is stopped; start it to log out." };
  }

  async #end({ connection, host }: { host: ChannelHost; connection: WhatsappConnection }, deadline: EpochMs): Promise<void> {
    await connection.close(deadline);
    this.#stoppedAt = host.clock.now();
    // Not before: whoever starts it meanwhile would open a session beside what is still being closed.
    this.#life = undefined;
    this.#stopping = undefined;
  }

  async #deliver<T extends Receipt | ActionOutcome>(work: (delivery: WhatsappDelivery, link: Link) => Promise<T>, cancel?: Cancel): Promise<T | Postponed | Refused> {
    const { connection } = this.#life ?? {};
    if (connection === undefined || this.#stopping !== undefined) return STOPPED;
    const link = cancel === undefined ? connection.link : await connection.linkSoon(cancel);
    const { state, trouble } = connection.status;
    if (state === "linking" || (state === "needs-operator" && trouble === "credentials")) return NOT_LINKED;
    return link === undefined ? NOT_CONNECTED : work(connection.delivery, link);
  }

  /** Whatever comes of it: nobody waits for it. */
  async #courtesy(work: (delivery: WhatsappDelivery, link: Link) => Promise<void>): Promise<void> {
    const { connection } = this.#life ?? {};
    if (connection?.link === undefined) return;
    await work(connection.delivery, connection.link).catch(() => undefined);
  }
}

async function* only(step: LoginStep): AsyncIterable<LoginStep> {
  yield step;
}

/** A channel for one account of `channels.whatsapp`. */
export const whatsapp = (config: WhatsappConfig, parts: WhatsappParts): Channel => new WhatsappChannel(config, parts);
