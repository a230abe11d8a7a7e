import type { ChannelAbilities } from "../../../domain/messaging/abilities.js";
import type { ChannelStatus } from "../../../domain/messaging/channel-status.js";
import type { MediaRef } from "../../../domain/messaging/envelope.js";
import type { ActionOutcome, MessageRef, OutboundPart, Postponed, Receipt, Refused, Target } from "../../../domain/messaging/outbound.js";
import { epochMs, type EpochMs } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Channel, ChannelHost, FetchedMedia, LoginRequest, LoginStep, ProbeOutcome, SendAttempt } from "../../../ports/channel.js";
import { numbersIn } from "./account.js";
import type { SignalConfig } from "./config.js";
import { SignalConnection } from "./connection.js";
import { MAX_OUT_BYTES, SignalDelivery } from "./delivery.js";
import { isUnknownMethod, judgeSetback, NOT_LINKED, UNLINKED } from "./failures.js";
import { fetchFile, MAX_IN_BYTES } from "./files.js";
import { linkAccount, unlinkAccount } from "./linking.js";
import { parseSignalTarget } from "./target.js";

const PROBE_MS = 10_000;

const abilitiesOf = ({ sendReadReceipts }: SignalConfig): ChannelAbilities => ({
  // What is longer, Signal's apps show only after a tap.
  text: { limit: 2_000, unit: "utf16", dialect: "signal" },
  media: { kinds: ["image", "audio", "voice", "video", "file"], maxInBytes: MAX_IN_BYTES, maxOutBytes: MAX_OUT_BYTES, captionLimit: 2_000 },
  edit: true,
  remove: true,
  threads: false,
  reactions: "one",
  typingMs: 12_000,
  // No draft: a message can be changed ten times, and each time its readers' phones are woken.
  polls: { maxOptions: 10, maxQuestion: 100 },
  buttons: false,
  markRead: sendReadReceipts,
  links: true,
  ack: "non-replay",
});

const STOPPED: Postponed = { kind: "later", reason: "The Signal channel is stopped; start it.", scope: "account" };

interface Life {
  readonly host: ChannelHost;
  readonly connection: SignalConnection;
  readonly delivery: SignalDelivery;
}

/** An account at Signal, as a device of signal-cli's. */
class SignalChannel implements Channel {
  readonly id = "signal";
  readonly label = "Signal";
  readonly accountId: string;
  readonly abilities: ChannelAbilities;
  readonly #config: SignalConfig;
  #life: Life | undefined;
  #stopping: Promise<void> | undefined;
  #stoppedAt: EpochMs = epochMs(0);

  constructor(config: SignalConfig) {
    this.#config = config;
    this.accountId = config.accountId;
    this.abilities = abilitiesOf(config);
  }

  /** Rejects while it runs: whoever listens twice answers twice. */
  async start(host: ChannelHost): Promise<void> {
    if (this.#life !== undefined) throw new Error(`The Signal account "${this.accountId}" was started before it was stopped.`);
    const connection = new SignalConnection({ config: this.#config, host });
    this.#life = { host, connection, delivery: new SignalDelivery({ line: connection, host }) };
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
    return parseSignalTarget(text);
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
    await this.#deliver(async (delivery) => { await delivery.typing(to, on); return STOPPED; });
  }

  async markRead(message: MessageRef): Promise<void> {
    if (this.#config.sendReadReceipts) await this.#deliver(async (delivery) => { await delivery.markRead(message); return STOPPED; });
  }

  async fetchMedia(media: MediaRef, maxBytes: number): Promise<FetchedMedia> {
    const life = this.#life;
    if (life === undefined) return { kind: "refused", code: "not-linked", reason: STOPPED.reason };
    return fetchFile((command, terms) => life.connection.call(command, terms), media, maxBytes);
  }

  async probe(cancel: Cancel): Promise<ProbeOutcome> {
    const life = this.#life;
    if (life === undefined) return { kind: "failed", trouble: "network", reason: STOPPED.reason };
    const { clock } = life.host;
    const { connection } = life;
    const startedAt = clock.now();
    const listed = await connection.client.rpc("listAccounts", {}, { timeoutMs: PROBE_MS, cancel });
    const { number, uuid } = connection.self;
    const isMissing = listed.kind === "ok" && (number === undefined || !numbersIn(listed.result).includes(number));
    // Signal's own word, which a list that signal-cli keeps may not know of.
    const isVoid = connection.status.state === "needs-operator" && connection.status.trouble === "credentials";
    if (isMissing || (listed.kind === "ok" && isVoid)) return { kind: "failed", trouble: UNLINKED.trouble, reason: UNLINKED.message };
    if (listed.kind !== "ok" && !isUnknownMethod(listed)) {
      const { trouble, message } = judgeSetback(listed);
      return { kind: "failed", trouble, reason: message };
    }
    const id = uuid ?? number;
    return { kind: "ok", latencyMs: clock.now() - startedAt, ...(id === undefined ? {} : { identity: { id, ...(number === undefined ? {} : { name: number }) } }) };
  }

  async *login(request: LoginRequest): AsyncIterable<LoginStep> {
    const life = this.#life;
    if (life === undefined) yield { kind: "refused", code: "not-linked", reason: STOPPED.reason };
    else yield* linkAccount(life.connection, this.#config, request);
  }

  async logout(): Promise<{ cleared: boolean; loggedOut: boolean; reason?: string }> {
    const life = this.#life;
    const number = life?.connection.self.number;
    if (life === undefined || number === undefined) return { cleared: false, loggedOut: false, reason: life === undefined ? STOPPED.reason : UNLINKED.message };
    const outcome = await unlinkAccount(life.connection, number);
    if (outcome.cleared || outcome.loggedOut) life.connection.giveUp(UNLINKED);
    return outcome;
  }

  async #end({ connection, host }: Life, deadline: EpochMs): Promise<void> {
    await connection.close(deadline);
    this.#stoppedAt = host.clock.now();
    // Not before: whoever starts it meanwhile would listen beside what is still being closed.
    this.#life = undefined;
    this.#stopping = undefined;
  }

  async #deliver<T extends Receipt | ActionOutcome>(work: (delivery: SignalDelivery) => Promise<T>): Promise<T | Postponed | Refused> {
    const life = this.#life;
    if (life === undefined || this.#stopping !== undefined) return STOPPED;
    const { state, trouble } = this.status();
    if (state === "linking" || (state === "needs-operator" && trouble === "credentials")) return NOT_LINKED;
    return work(life.delivery);
  }
}

/** A channel for one account of `channels.signal`. */
export const signal = (config: SignalConfig): Channel => new SignalChannel(config);
