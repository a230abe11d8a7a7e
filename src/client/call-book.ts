import type { ClientClock } from "./clock.js";
import { ConnectionLostError, GatewayError } from "./errors.js";
import type { GatewayClient } from "./gateway-client.js";
import { effectOf, type Effect } from "./method-table.js";

export interface BookedCall {
  readonly method: string;
  readonly params: unknown;
  /** From now on, time without a connection included; `Infinity` for ever. */
  readonly timeoutMs: number;
  readonly expectFinal: boolean;
  /** The same request, under the same key, was sent before. */
  readonly isRepeat?: boolean;
  readonly onAccepted?: (payload: unknown) => void;
  /** Wait for a connection where there is none. */
  readonly queue: boolean;
}

interface Entry extends BookedCall {
  readonly order: number;
  readonly effect: Effect;
  readonly deadline: number;
  sends: number;
  cancelTimeout: () => void;
  resolve(payload: unknown): void;
  reject(error: unknown): void;
}

/** Gateways refuse the 257th request in flight on one connection. */
const MAX_IN_FLIGHT = 240;
/** A request that kills every connection it is sent on must not do so for ever. */
const MAX_SENDS = 10;
/** "Message too big": the next connection would end the same way. */
const TOO_BIG = 1009;

/**
 * The calls of a client whose connection comes and goes. Those that wait are sent in order once there is one; those that
 * were in flight when it ended are sent again if that does nothing twice, and are rejected with `outcome: "unknown"` if not.
 */
export class CallBook {
  readonly #clock: ClientClock;
  readonly #limit: number;
  #waiting: Entry[] = [];
  #link: GatewayClient | undefined;
  #inFlight = 0;
  #lastOrder = 0;
  /** Why nothing may wait: the client was stopped, or has paused. */
  #refusal: { readonly message: string; readonly cause?: unknown } | undefined;

  constructor({ clock, limit }: { clock: ClientClock; limit: number }) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Calls that wait for a connection, or for room on it. */
  get waiting(): number {
    return this.#waiting.length;
  }

  submit(call: BookedCall): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { method, timeoutMs } = call;
      const problem = this.#problemWith(call);
      if (problem) return reject(problem);
      const entry: Entry = {
        ...call,
        order: ++this.#lastOrder,
        effect: effectOf(method),
        deadline: this.#clock.now() + timeoutMs,
        sends: 0,
        cancelTimeout: () => undefined,
        resolve,
        reject,
      };
      this.#enqueue(entry);
      this.#pump();
    });
  }

  attach(link: GatewayClient): void {
    this.#link = link;
    this.#pump();
  }

  detach(): void {
    this.#link = undefined;
    this.#inFlight = 0;
  }

  /** Rejects what waits, and all that comes until {@link allow}. */
  refuse(message: string, cause?: unknown): void {
    this.#refusal = { message, ...(cause === undefined ? {} : { cause }) };
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const entry of waiting) this.#reject(entry);
  }

  allow(): void {
    this.#refusal = undefined;
  }

  #problemWith({ method, queue }: BookedCall): GatewayError | undefined {
    if (this.#refusal) return notSent(method, this.#refusal);
    if (!this.#link && !queue) return notSent(method, { message: "there is no connection" });
    if (this.#waiting.length < this.#limit) return undefined;
    return new GatewayError({ code: "QUEUE_FULL", message: `${method}: ${this.#limit} calls wait already`, retryable: true });
  }

  #enqueue(entry: Entry): void {
    // Mostly the newest; one that comes back from a lost connection goes before those that came after it.
    const behind = this.#waiting.findLastIndex(({ order }) => order < entry.order);
    this.#waiting.splice(behind + 1, 0, entry);
    if (!Number.isFinite(entry.deadline)) return;
    entry.cancelTimeout = this.#clock.callAt(entry.deadline, () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
      const message = `${entry.method}: no answer within ${entry.timeoutMs / 1000} s`;
      entry.reject(new GatewayError({ code: "TIMEOUT", message, retryable: true }));
    });
  }

  #pump(): void {
    while (this.#link && this.#inFlight < MAX_IN_FLIGHT) {
      const entry = this.#waiting.shift();
      if (!entry) return;
      this.#send(entry, this.#link);
    }
  }

  #send(entry: Entry, link: GatewayClient): void {
    entry.cancelTimeout();
    entry.sends += 1;
    this.#inFlight += 1;
    // To a repetition, protocol 3 gives the acceptance once more and nothing after it.
    const isRepeat = entry.sends > 1 || entry.isRepeat === true;
    const awaitsEnd = entry.expectFinal && !(isRepeat && link.hello.protocol < 4);
    const landed = (): void => {
      if (this.#link !== link) return;
      this.#inFlight -= 1;
      this.#pump();
    };
    link
      .request(entry.method, entry.params, {
        timeoutMs: entry.deadline - this.#clock.now(),
        expectFinal: awaitsEnd,
        ...(entry.onAccepted === undefined ? {} : { onAccepted: entry.onAccepted }),
      })
      .then(entry.resolve, (error: unknown) => this.#failed(entry, error))
      .finally(landed);
  }

  #failed(entry: Entry, error: unknown): void {
    if (!(error instanceof ConnectionLostError) || !survives(entry, error)) return entry.reject(error);
    if (error.outcome === "not-sent") entry.sends -= 1;
    if (this.#refusal) return this.#reject(entry);
    this.#enqueue(entry);
    this.#pump();
  }

  #reject(entry: Entry): void {
    entry.cancelTimeout();
    const refusal = this.#refusal ?? { message: "there is no connection" };
    entry.reject(lost(entry.method, entry.sends > 0 ? "unknown" : "not-sent", refusal));
  }
}

function survives({ effect, sends }: Entry, { outcome, closeCode }: ConnectionLostError): boolean {
  if (outcome === "not-sent") return true;
  return effect !== "write" && closeCode !== TOO_BIG && sends < MAX_SENDS;
}

type Why = { readonly message: string; readonly cause?: unknown };

const lost = (method: string, outcome: "unknown" | "not-sent", { message, cause }: Why): ConnectionLostError =>
  new ConnectionLostError({ method, outcome, message: `${method}: ${message}`, ...(cause === undefined ? {} : { cause }) });

const notSent = (method: string, why: Why): ConnectionLostError => lost(method, "not-sent", why);
