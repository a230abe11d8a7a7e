import { encodeEvent, seqTail, withoutSeq, type EncodedEvent } from "../../domain/events/event-frame.js";
import { mayHear } from "../../domain/events/audience.js";
import { judgeDelivery } from "../../domain/events/slow-reader.js";
import { findEvent, type Event, type PayloadOf } from "../../domain/protocol/catalog.js";
import type { StateVersion } from "../../domain/protocol/snapshot.js";
import { CLOSE } from "../../domain/handshake/verdict.js";
import type { Log } from "../../ports/log.js";
import type { Metrics } from "../../ports/metrics.js";
import type { Connection } from "../../ports/transport.js";
import type { Access, Peer } from "./peer.js";

export interface BroadcastOptions<E extends Event> {
  readonly stateVersion?: StateVersion;
  /** Overrides the catalogue: of one event's forms some may be lost and others not. */
  readonly droppable?: boolean;
  /** Narrows the audience further. */
  readonly to?: (peer: Peer) => boolean;
  /** The payload as this peer should have it: in its dialect, or without what it may not see. One object per form, since each is serialised once. */
  readonly as?: (peer: Peer) => PayloadOf<E>;
}

/** How a broadcast may be narrowed, as those hear it who are told of every one. */
export type Broadcast = Pick<BroadcastOptions<Event>, "to" | "as" | "droppable">;
type Listener = (event: Event, payload: unknown, options: Broadcast) => void;
type IsOver = (access: Access) => boolean;
type OverListener = (isOver: IsOver) => void;

/** Who is connected, and how events reach them: each event is serialised once, each peer gets its own `seq`. */
export class Hub {
  readonly #peers = new Set<Peer>();
  readonly #listeners = new Set<Listener>();
  readonly #overListeners = new Set<OverListener>();
  readonly #log: Log;
  readonly #metrics: Metrics | undefined;
  /** Whatever is open, whether it was admitted or not. */
  connections = 0;
  /** Told of each connection that the gateway itself ends, as soon as it does: its last word may take a second more. */
  onDismiss: (peer: Peer) => void = () => {};

  constructor(log: Log, metrics?: Metrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  get size(): number {
    return this.#peers.size;
  }

  all(): Iterable<Peer> {
    return this.#peers;
  }

  add(peer: Peer): void {
    this.#peers.add(peer);
  }

  remove(peer: Peer): void {
    this.#peers.delete(peer);
  }

  /** Hears every broadcast inside this process. The result ends it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  broadcast<E extends Event>(event: E, payload: PayloadOf<E>, options: BroadcastOptions<E> = {}): void {
    for (const listener of this.#listeners) listener(event, payload, options as Broadcast);
    const spec = findEvent(event);
    if (!spec) throw new Error(`event ${event} is not in the catalogue`);
    const encoded = new Map<unknown, EncodedEvent>();
    for (const peer of this.#peers) {
      if (!mayHear(spec, peer) || options.to?.(peer) === false) continue;
      const body = options.as?.(peer) ?? payload;
      let frame = encoded.get(body);
      if (!frame) encoded.set(body, (frame = encodeEvent(event, body, options.stateVersion)));
      if (this.#deliver(peer, frame, options.droppable ?? spec.droppable) === "drop") this.#metrics?.dropped(event);
    }
  }

  #deliver(peer: Peer, frame: EncodedEvent, droppable: boolean): ReturnType<typeof judgeDelivery> {
    // A frame that is dropped still takes its number, so that the reader sees the hole.
    const seq = peer.sequence.next();
    const verdict = judgeDelivery({ bufferedBytes: peer.connection.bufferedBytes, droppable });
    if (verdict === "send") peer.connection.sendShared(frame, seqTail(seq));
    if (verdict === "close") this.#closeSlow(peer);
    return verdict;
  }

  /** A response: never dropped, but a peer that does not read is closed rather than buffered without end. */
  respond(peer: Peer, text: string): void {
    if (judgeDelivery({ bufferedBytes: peer.connection.bufferedBytes, droppable: false }) === "close") this.#closeSlow(peer);
    else peer.connection.send(text);
  }

  /** An event to one connection alone, outside its sequence. `false` where it did not go out, since the reader is too slow. */
  direct<E extends Event>(peer: Peer, event: E, payload: PayloadOf<E>, droppable = findEvent(event)?.droppable ?? false): boolean {
    const verdict = judgeDelivery({ bufferedBytes: peer.connection.bufferedBytes, droppable });
    if (verdict === "send") sendDirect(peer.connection, event, payload);
    if (verdict === "drop") this.#metrics?.dropped(event);
    if (verdict === "close") this.#closeSlow(peer);
    return verdict === "send";
  }

  #closeSlow(peer: Peer): void {
    this.#metrics?.closedSlow();
    this.#log.warn("closed a connection that reads too slowly", { connId: peer.connId, bufferedBytes: peer.connection.bufferedBytes });
    // Out at once: nothing more is worth queueing for it.
    this.#peers.delete(peer);
    peer.connection.close(CLOSE.policy, "slow consumer");
    this.onDismiss(peer);
  }

  /** Hears whose access ends, connected or not: what else they were given ends with it. */
  whenOver(listener: OverListener): void {
    this.#overListeners.add(listener);
  }

  /** Closes this device's connections, of one role or all but `except`, and returns how many. */
  closeDevice(device: { readonly deviceId: string; readonly role?: string | undefined }, reason: string, except?: Peer): number {
    const { deviceId, role } = device;
    return this.closeWhere((of) => of.connId !== except?.connId && of.deviceId === deviceId && (role === undefined || of.role === role), reason);
  }

  /** Closes connections whose access is over, and returns how many. */
  closeWhere(isOver: IsOver, reason: string): number {
    for (const listener of this.#overListeners) listener(isOver);
    const gone = [...this.#peers].filter(isOver);
    for (const peer of gone) {
      peer.connection.close(CLOSE.revoked, reason);
      this.onDismiss(peer);
    }
    return gone.length;
  }
}

/** An event to one connection alone, outside its sequence. */
export function sendDirect<E extends Event>(connection: Connection, event: E, payload: PayloadOf<E>): void {
  connection.send(withoutSeq(encodeEvent(event, payload)));
}

