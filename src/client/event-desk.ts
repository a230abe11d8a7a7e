import type { Event, PayloadOf } from "../domain/protocol/catalog.js";
import type { EventFrame } from "../domain/protocol/frames.js";
import { EventFeed } from "./event-feed.js";
import type { GatewayEvent } from "./gateway-client.js";
import { ListenerSet } from "./listener-set.js";

/** Events with these numbers were lost; nothing replays them. */
export interface Gap {
  readonly expected: number;
  readonly received: number;
}

type Listener = (payload: unknown, frame: GatewayEvent) => void;

/** Hands events out to listeners and iterators that outlive any one connection, and notices those that are missing. */
export class EventDesk {
  readonly #onGap: (gap: Gap) => void;
  readonly #byName = new Map<string, ListenerSet<Parameters<Listener>>>();
  readonly #all = new ListenerSet<[GatewayEvent]>();
  readonly #feeds = new Set<{ end(): void }>();
  #lastSeq: number | undefined;
  #hasEnded = false;

  constructor(onGap: (gap: Gap) => void) {
    this.#onGap = onGap;
  }

  on(name: string, listener: Listener): () => void {
    const listeners = this.#byName.get(name) ?? new ListenerSet();
    this.#byName.set(name, listeners);
    return listeners.add(listener);
  }

  onAny(listener: (event: GatewayEvent) => void): () => void {
    return this.#all.add(listener);
  }

  /** From now on, until the loop is left or the desk ends. */
  feed<E extends Event>(name: E): AsyncIterableIterator<PayloadOf<E>> {
    const feed: EventFeed<PayloadOf<E>> = new EventFeed(() => {
      stop();
      this.#feeds.delete(feed);
    });
    const stop = this.on(name, (payload) => feed.push(payload as PayloadOf<E>));
    if (this.#hasEnded) feed.end();
    else this.#feeds.add(feed);
    return feed;
  }

  /** Every connection counts its events anew. */
  restart(): void {
    this.#lastSeq = undefined;
  }

  deliver(frame: EventFrame): void {
    if (this.#hasEnded) return;
    const { seq } = frame;
    if (typeof seq === "number") {
      const last = this.#lastSeq;
      this.#lastSeq = last === undefined ? seq : Math.max(last, seq);
      if (last !== undefined && seq > last + 1) this.#onGap({ expected: last + 1, received: seq });
    }
    const event = frame as GatewayEvent;
    this.#byName.get(frame.event)?.tell(frame.payload, event);
    this.#all.tell(event);
  }

  end(): void {
    this.#hasEnded = true;
    for (const feed of this.#feeds) feed.end();
  }
}
