import { Lane } from "./lane.js";
import type { Parcel } from "./lane.js";

export interface Ending {
  readonly code: number;
  readonly reason: string;
}

/** The far end, as the client sees it. */
export interface FarEnd {
  /** Bytes that a client sent as a binary message may be anything; text cannot be malformed. */
  receive(message: string | Uint8Array): void;
  receiveClose(code: number, reason: string): void;
  /** The client vanished. */
  lost(): void;
}

interface Waiting {
  readonly resolve: (text: string) => void;
  readonly reject: (error: Error) => void;
}

/** A peer in the same process. Everything it sends or hears takes at least a microtask, in order. */
export class MemoryClient implements AsyncIterable<string> {
  /** All that came, oldest first, whether or not it was taken by {@link next}. */
  readonly messages: string[] = [];
  /** How the connection ended, as this end saw it; 1006 where it just broke off. Never rejects. */
  readonly closed: Promise<Ending>;
  readonly #inbox: Lane;
  readonly #settleClosed: (ending: Ending) => void;
  readonly #unread: string[] = [];
  #waiting: Waiting[] = [];
  #far: FarEnd | undefined;
  #hasSentClose = false;
  #ending: Ending | undefined;

  constructor() {
    const { promise, resolve } = deferred<Ending>();
    this.closed = promise;
    this.#settleClosed = resolve;
    this.#inbox = new Lane((parcel) => this.#take(parcel));
  }

  /** For the transport only: what the gateway sends goes in here. */
  join(far: FarEnd): Lane {
    this.#far = far;
    return this.#inbox;
  }

  /** For the transport only: the connection is gone, with nothing more to be heard. */
  breakOff(): void {
    this.#inbox.cut();
    this.#end({ code: 1006, reason: "" });
  }

  /** Text, or the bytes of a binary message. Dropped once closing. */
  send(message: string | Uint8Array): void {
    if (!this.#hasSentClose && this.#ending === undefined) this.#far?.receive(message);
  }

  /** The oldest message not taken yet, or the next one to come. Rejects once the connection has ended with none left. */
  next(): Promise<string> {
    const text = this.#unread.shift();
    if (text !== undefined) return Promise.resolve(text);
    if (this.#ending !== undefined) return Promise.reject(endedError(this.#ending));
    const { promise, resolve, reject } = deferred<string>();
    this.#waiting.push({ resolve, reject });
    return promise;
  }

  /** Every message not taken yet, and those to come, until the connection ends. */
  async *[Symbol.asyncIterator](): AsyncIterator<string> {
    while (this.#unread.length > 0 || this.#ending === undefined) {
      const text = await this.next().catch(() => undefined);
      if (text === undefined) return;
      yield text;
    }
  }

  close(code = 1000, reason = ""): void {
    if (this.#hasSentClose || this.#ending !== undefined) return;
    this.#hasSentClose = true;
    this.#far?.receiveClose(code, reason);
  }

  /** Vanishes without a close, as a phone in a tunnel does. */
  drop(): void {
    if (this.#ending !== undefined) return;
    this.breakOff();
    this.#far?.lost();
  }

  /** Stops reading: what is sent from now on piles up at the sender. */
  stall(): void {
    this.#inbox.stall();
  }

  resume(): void {
    this.#inbox.resume();
  }

  #take(parcel: Parcel): void {
    if (this.#ending !== undefined) return;
    if (parcel.kind === "message") {
      this.messages.push(parcel.text);
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#unread.push(parcel.text);
      else waiting.resolve(parcel.text);
    } else if (parcel.kind === "close") {
      this.close(parcel.code, parcel.reason);
      this.#end({ code: parcel.code, reason: parcel.reason });
    }
  }

  #end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#settleClosed(ending);
    for (const { reject } of waiting) reject(endedError(ending));
  }
}

const endedError = ({ code, reason }: Ending): Error => new Error(`the connection has ended: ${code} ${reason}`.trimEnd());

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
