import type { ChannelStatus } from "../../domain/messaging/channel-status.js";
import type { Envelope } from "../../domain/messaging/envelope.js";
import type { StoredMedia } from "../../domain/messaging/outbound.js";
import { after, type EpochMs } from "../../domain/moment.js";
import { traceOf } from "../../domain/reason.js";
import type { Channel, ChannelHost, ProbeOutcome } from "../../ports/channel.js";
import type { Clock } from "../../ports/clock.js";
import type { Log } from "../../ports/log.js";
import type { MediaStore } from "../../ports/media-store.js";
import type { RecordStore } from "../../ports/record-store.js";
import { accountKey, nameOf, type ChannelBook } from "./channel-book.js";
import { TOO_LATE, within } from "./within.js";

const MAX_NOTE_LENGTH = 65_536;

export interface ChannelDeskParts {
  readonly book: ChannelBook;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly notes: RecordStore<string>;
  readonly media: MediaStore;
  readonly accept: (envelope: Envelope) => Promise<"stored" | "duplicate">;
  /** Something about a channel is not as it was. */
  readonly changed: () => void;
}

/** What is known of one account beyond what its channel says of itself. */
export interface AccountFacts {
  readonly status: ChannelStatus;
  readonly startedAt?: EpochMs;
  /** The last sign that the way in works, and the last message that came through it. */
  readonly heardAt?: EpochMs;
  readonly inboundAt?: EpochMs;
  readonly lastTrouble?: { readonly at: EpochMs; readonly message: string };
  readonly probe?: { readonly at: EpochMs; readonly outcome: ProbeOutcome };
}

type Known = { -readonly [K in keyof Omit<AccountFacts, "status">]?: AccountFacts[K] } & { broken?: ChannelStatus };

/** Starts, stops and watches the channels. What one of them does wrong stays with it. */
export class ChannelDesk {
  readonly #parts: ChannelDeskParts;
  readonly #known = new Map<string, Known>();

  constructor(parts: ChannelDeskParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    await Promise.all([...this.#parts.book.all()].map((channel) => this.startOne(channel)));
  }

  /** Begins (again) with one; a channel that can't even begin needs its operator. */
  async startOne(channel: Channel): Promise<void> {
    const known = this.#of(channel);
    delete known.broken;
    known.startedAt = this.#parts.clock.now();
    try {
      await channel.start(this.#hostOf(channel));
    } catch (error) {
      this.#broke(channel, "could not be started", error);
    }
  }

  async stop(graceMs: number): Promise<void> {
    await Promise.all([...this.#parts.book.all()].map((channel) => this.stopOne(channel, graceMs)));
  }

  async stopOne(channel: Channel, graceMs: number): Promise<void> {
    try {
      await channel.stop(after(this.#parts.clock.now(), graceMs));
    } catch (error) {
      this.#broke(channel, "could not be stopped", error);
    }
  }

  facts(channel: Channel): AccountFacts {
    const { broken, ...known } = this.#of(channel);
    return { ...known, status: broken ?? channel.status() };
  }

  /** Asks the provider now; what takes longer than `timeoutMs` counts as unreachable. */
  async probe(channel: Channel, timeoutMs: number): Promise<ProbeOutcome> {
    const { clock } = this.#parts;
    const giveUp = new AbortController();
    const answer = await within(timeoutMs, clock, this.#ask(channel, giveUp.signal));
    giveUp.abort();
    const outcome: ProbeOutcome = answer === TOO_LATE ? { kind: "failed", trouble: "network", reason: `${channel.label} did not answer within ${Math.round(timeoutMs / 1000)} s.` } : answer;
    this.#of(channel).probe = { at: clock.now(), outcome };
    return outcome;
  }

  async #ask(channel: Channel, cancel: AbortSignal): Promise<ProbeOutcome> {
    try {
      return await channel.probe(cancel);
    } catch (error) {
      this.#log("error", channel, "a channel broke down while it was probed", error);
      return { kind: "failed", trouble: "bug", reason: `${channel.label} broke down while it was probed; the gateway's log has the cause.` };
    }
  }

  /** Something of the account was admitted. */
  noteInbound(channel: Channel): void {
    this.#of(channel).inboundAt = this.#parts.clock.now();
  }

  #hostOf(channel: Channel): ChannelHost {
    const { clock, log, random, notes, media, accept } = this.#parts;
    const prefix = accountKey(nameOf(channel));
    return {
      clock,
      log: labelled(log, channel),
      random,
      accept: async (envelope) => {
        if (envelope.channel !== channel.id || envelope.accountId !== channel.accountId) throw new Error("a channel may only speak for itself");
        this.#of(channel).heardAt = clock.now();
        return accept(envelope);
      },
      report: (status) => this.#reported(channel, status),
      heard: () => {
        this.#of(channel).heardAt = clock.now();
      },
      recall: async (name) => notes.view().get(`${prefix}:${name}`),
      remember: async (name, value) => {
        if (value !== undefined && value.length > MAX_NOTE_LENGTH) throw new Error("a channel wants to remember too much");
        await notes.update(() => ({ changes: new Map([[`${prefix}:${name}`, value]]), value: undefined }));
      },
      openMedia: (stored: StoredMedia) => media.read(stored),
    };
  }

  #reported(channel: Channel, status: ChannelStatus): void {
    const { state, trouble, message } = status;
    const known = this.#of(channel);
    delete known.broken;
    if (message !== undefined && trouble !== undefined) known.lastTrouble = { at: status.since, message };
    const write = trouble === undefined && state !== "needs-operator" ? "info" : "warn";
    this.#parts.log[write]("a channel changed its state", { channel: channel.id, accountId: channel.accountId, state, trouble, reason: message });
    this.#parts.changed();
  }

  #broke(channel: Channel, what: string, error: unknown): void {
    const now = this.#parts.clock.now();
    const message = `${channel.label} ${what}; the gateway's log has the cause.`;
    this.#of(channel).broken = { state: "needs-operator", since: now, trouble: "bug", message };
    this.#of(channel).lastTrouble = { at: now, message };
    this.#log("error", channel, `a channel ${what}`, error);
    this.#parts.changed();
  }

  #log(level: "error", channel: Channel, message: string, error: unknown): void {
    this.#parts.log[level](message, { channel: channel.id, accountId: channel.accountId, error: traceOf(error) });
  }

  #of(channel: Channel): Known {
    const key = accountKey(nameOf(channel));
    const known = this.#known.get(key) ?? {};
    this.#known.set(key, known);
    return known;
  }
}

function labelled(log: Log, { id, accountId }: Channel): Log {
  const own = { channel: id, accountId };
  return {
    debug: (message, fields) => log.debug(message, { ...own, ...fields }),
    info: (message, fields) => log.info(message, { ...own, ...fields }),
    warn: (message, fields) => log.warn(message, { ...own, ...fields }),
    error: (message, fields) => log.error(message, { ...own, ...fields }),
  };
}
