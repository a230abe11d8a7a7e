import { after } from "../../domain/moment.js";
import { reasonOf } from "../../domain/reason.js";
import type { Channel } from "../../ports/channel.js";
import { AdmissionDesk } from "./admission-desk.js";
import { ChannelBook, type AccountName } from "./channel-book.js";
import { ChannelDesk } from "./channel-desk.js";
import { ConversationDesk } from "./conversation-desk.js";
import { Delivery } from "./delivery.js";
import type { Hub } from "./hub.js";
import { InboundDesk } from "./inbound-desk.js";
import { OutboundMedia } from "./outbound-media.js";
import { OutboxDesk } from "./outbox-desk.js";
import type { GatewayParts } from "./parts.js";
import { ReplyDesk } from "./reply-desk.js";
import { ReplyRenderer } from "./reply-renderer.js";
import type { RunDesk } from "./run-desk.js";
import { SenderDesk } from "./sender-desk.js";
import { watchSends } from "./send-watch.js";
import type { SessionDesk } from "./session-desk.js";
import type { SystemEvents } from "./system-events.js";

/** The way out, which the agent's tools need before there are runs. */
export interface WayOut {
  readonly book: ChannelBook;
  readonly outbox: OutboxDesk;
  readonly renderer: ReplyRenderer;
  readonly delivery: Delivery;
}

export function openWayOut(parts: GatewayParts, channels: readonly Channel[]): WayOut {
  const { records, clock, log, random, markdown, media, web, signatures } = parts;
  const book = new ChannelBook(channels);
  const outbox = new OutboxDesk({ store: records.outbox, book, clock, log, random, send: watchSends(parts) });
  const renderer = new ReplyRenderer({ book, markdown });
  const delivery = new Delivery({ book, outbox, renderer, media: new OutboundMedia({ store: media, web }), clock, digest: (text) => signatures.digest(text) });
  return { book, outbox, renderer, delivery };
}

interface Deps extends WayOut {
  readonly hub: Hub;
  readonly runs: RunDesk;
  readonly sessions: SessionDesk;
  readonly events: SystemEvents;
  /** A channel is not as it was. */
  readonly changed: () => void;
}

const STOP_MS = 5_000;
const FLUSH_MS = 5_000;
/** Files are kept as long as anybody may want to send a message again. */
const KEEP_MEDIA_MS = 7 * 86_400_000;
const SWEEP_MS = 6 * 3_600_000;

/** Everything between a channel and the agent, put together. */
export class MessagingHouse {
  readonly channels: ChannelDesk;
  readonly inbound: InboundDesk;
  readonly admission: AdmissionDesk;
  readonly senders: SenderDesk;
  readonly #book: ChannelBook;
  readonly #outbox: OutboxDesk;
  readonly #conversations: ConversationDesk;
  readonly #parts: GatewayParts;
  #cancelSweep: () => void = () => undefined;

  constructor(parts: GatewayParts, deps: Deps) {
    const { book, outbox, renderer, hub, runs, sessions, events } = deps;
    const { clock, log, random, records, media } = parts;
    const inbound = (): InboundDesk => this.inbound;
    const replies = new ReplyDesk(parts, { book, outbox, renderer, runs, sessions, inbound });
    const conversations = new ConversationDesk({ log, agent: parts.agent, replies, inbound, isHeard: (envelope) => this.admission.isHeard(envelope) });
    const noteInbound = (account: AccountName): void => {
      const channel = book.get(account);
      if (channel !== undefined) this.channels.noteInbound(channel);
    };
    this.#book = book;
    this.#outbox = outbox;
    this.#parts = parts;
    this.#conversations = conversations;
    this.senders = new SenderDesk(parts, { hub, outbox, renderer });
    this.admission = new AdmissionDesk(parts, { book, senders: this.senders, sessions, events, conversations, inbound, noteInbound });
    this.inbound = new InboundDesk({
      journal: records.journal,
      clock,
      log,
      admit: (key, envelope) => this.admission.admit(key, envelope),
      answered: () => outbox.answered(),
    });
    this.channels = new ChannelDesk({ book, clock, log, random, notes: records.notes, media, accept: (envelope) => this.inbound.accept(envelope), changed: deps.changed });
  }

  /** Takes up what was left, then lets the channels in. The stores must be open. */
  async begin(): Promise<void> {
    await this.#outbox.recover();
    await this.inbound.recover();
    await this.channels.start();
    this.#outbox.begin();
    this.inbound.begin();
    this.#sweep();
  }

  #sweep(): void {
    const { clock, log, media } = this.#parts;
    this.#cancelSweep = clock.callAt(after(clock.now(), SWEEP_MS), () => this.#sweep());
    void media.sweep(after(clock.now(), -KEEP_MEDIA_MS)).catch((error: unknown) => log.warn("old files could not be removed", { error: reasonOf(error) }));
  }

  /**
   * From now on it is these channels. Those that are among them already go on undisturbed, the others are closed before
   * the new ones are opened: a provider must never see two sessions of one account. Throws where two have one name.
   */
  async replaceChannels(next: readonly Channel[]): Promise<void> {
    const before = new Set(this.#book.all());
    const staying = new Set(next);
    // Judged before anything is closed.
    void new ChannelBook(next);
    await Promise.all([...before].filter((channel) => !staying.has(channel)).map((channel) => this.channels.stopOne(channel, STOP_MS)));
    this.#book.replace(next);
    await Promise.all(next.filter((channel) => !before.has(channel)).map((channel) => this.channels.startOne(channel)));
  }

  /** No turn begins any more: what providers tell from now on is kept for the next run. */
  pause(): void {
    this.inbound.end();
    void this.#conversations.end();
  }

  /** After the runs have ended: what they said goes out, and the channels leave. */
  async close(): Promise<void> {
    this.#cancelSweep();
    await this.#conversations.end();
    await this.#outbox.flush(FLUSH_MS);
    await this.#outbox.stop();
    await this.channels.stop(STOP_MS);
  }
}
