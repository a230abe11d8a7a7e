import type { ErrorShape } from "../domain/protocol/errors.js";
import type { EventFrame, ResponseFrame } from "../domain/protocol/frames.js";
import { systemClock, type ClientClock } from "./clock.js";
import { parseChallenge, type Challenge } from "./connect-params.js";
import { ConnectionLostError, GatewayError, textField, type LostOutcome } from "./errors.js";

/** An open WebSocket, as little of it as the protocol needs. */
export interface Wire {
  send(text: string): void;
  close(code: number, reason: string): void;
}

export interface Ending {
  readonly code: number;
  readonly reason: string;
}

export interface CallOptions {
  /** How long to wait for the answer; `Infinity` for as long as the connection lives. */
  readonly timeoutMs: number;
  /** Wait past `status: "accepted"` for the second response of the same request. */
  readonly expectFinal?: boolean;
  readonly onAccepted?: (payload: unknown) => void;
}

interface Pending {
  readonly method: string;
  readonly options: CallOptions;
  readonly cancelTimeout: () => void;
  resolve(payload: unknown): void;
  reject(error: GatewayError): void;
}

/** Of UTF-8 per UTF-16 code unit, at most. */
const MAX_BYTES_PER_UNIT = 3;

/** The protocol over one socket: requests and their answers, events, the opening challenge. Knows no credentials. */
export class ClientSession {
  /** Settles once: with the gateway's challenge, or with why there is none. */
  readonly challenge: Promise<Challenge>;
  /** Resolves when the connection is over, however it ended. */
  readonly closed: Promise<Ending>;
  readonly #pending = new Map<string, Pending>();
  readonly #listeners = new Set<(frame: EventFrame) => void>();
  readonly #challenged = deferred<Challenge>();
  readonly #ended = deferred<Ending>();
  readonly #clock: ClientClock;
  #wire: Wire | undefined;
  #ending: Ending | undefined;
  #lastId = 0;
  #heardAt: number;
  #maxPayload = Number.POSITIVE_INFINITY;

  constructor(clock: ClientClock = systemClock) {
    this.#clock = clock;
    this.#heardAt = clock.now();
    this.challenge = this.#challenged.promise;
    this.closed = this.#ended.promise;
    // Whoever opens the socket may fail before anybody waits for the challenge.
    this.challenge.catch(() => undefined);
  }

  attach(wire: Wire): void {
    this.#wire = wire;
  }

  /** When anything arrived last, whatever it was. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** The most bytes that the gateway takes in one frame: a larger one would cost the connection. */
  limitPayload(bytes: number): void {
    this.#maxPayload = bytes;
  }

  onEvent(listener: (frame: EventFrame) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Rejects with a {@link GatewayError}: the gateway's, `TIMEOUT`, `TOO_LARGE`, or a {@link ConnectionLostError}. */
  call(method: string, params: unknown, options: CallOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ending || !this.#wire) return reject(lostError(method, this.#ending, "not-sent"));
      const id = String(++this.#lastId);
      const text = JSON.stringify({ type: "req", id, method, ...(params === undefined ? {} : { params }) });
      if (this.#isTooLarge(text)) {
        return reject(new GatewayError({ code: "TOO_LARGE", message: `${method}: larger than the ${this.#maxPayload} bytes that the gateway takes` }));
      }
      const cancelTimeout = this.#expire(id, method, { timeoutMs: options.timeoutMs, reject });
      this.#pending.set(id, { method, options, cancelTimeout, resolve, reject });
      this.#wire.send(text);
    });
  }

  close(code: number, reason: string): void {
    this.#wire?.close(code, reason);
  }

  /** One message of the gateway. What is no frame of this protocol is dropped; before the challenge it ends the attempt. */
  receive(text: string): void {
    this.#heardAt = this.#clock.now();
    const frame = parseFrame(text);
    if (frame?.type === "res") return this.#answer(frame);
    if (frame?.type === "event") return this.#event(frame);
    this.#challenged.reject(new GatewayError({ code: "BAD_FRAME", message: "The peer does not speak the gateway's protocol." }));
  }

  /** The socket is gone: every open request fails. Only the first call counts. */
  ended(ending: Ending): void {
    if (this.#ending) return;
    this.#ending = ending;
    this.#challenged.reject(lostError("connect", ending, "not-sent"));
    for (const pending of this.#pending.values()) {
      pending.cancelTimeout();
      pending.reject(lostError(pending.method, ending, "unknown"));
    }
    this.#pending.clear();
    this.#ended.resolve(ending);
  }

  #isTooLarge(text: string): boolean {
    if (text.length * MAX_BYTES_PER_UNIT <= this.#maxPayload) return false;
    return new TextEncoder().encode(text).length > this.#maxPayload;
  }

  #expire(id: string, method: string, call: { timeoutMs: number; reject: (error: GatewayError) => void }): () => void {
    const { timeoutMs, reject } = call;
    if (!Number.isFinite(timeoutMs)) return () => undefined;
    return this.#clock.callAt(this.#clock.now() + timeoutMs, () => {
      this.#pending.delete(id);
      reject(new GatewayError({ code: "TIMEOUT", message: `${method}: no answer within ${timeoutMs / 1000} s`, retryable: true }));
    });
  }

  #answer(frame: ResponseFrame): void {
    const pending = this.#pending.get(frame.id);
    // The second response of a request that only wanted the first, or one that came too late.
    if (!pending) return;
    if (frame.ok && pending.options.expectFinal && textField(frame.payload, "status") === "accepted") {
      pending.options.onAccepted?.(frame.payload);
      return;
    }
    this.#pending.delete(frame.id);
    pending.cancelTimeout();
    if (frame.ok) return pending.resolve(frame.payload);
    const error: Partial<ErrorShape> = frame.error ?? {};
    pending.reject(
      new GatewayError({ ...error, code: error.code ?? "UNAVAILABLE", message: error.message ?? `${pending.method} failed`, payload: frame.payload }),
    );
  }

  #event(frame: EventFrame): void {
    if (frame.event !== "connect.challenge") {
      for (const listener of this.#listeners) listener(frame);
      return;
    }
    const challenge = parseChallenge(frame.payload);
    if (challenge) return this.#challenged.resolve(challenge);
    this.#challenged.reject(new GatewayError({ code: "BAD_FRAME", message: "The gateway's challenge holds no nonce or no time." }));
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

function lostError(method: string, ending: Ending | undefined, outcome: LostOutcome): ConnectionLostError {
  const how = ending ? ` (${ending.code}${ending.reason === "" ? "" : ` ${ending.reason}`})` : "";
  return new ConnectionLostError({
    method,
    outcome,
    message: `${method}: the connection closed before the answer came${how}`,
    retryable: ending?.code === 1012 || ending?.code === 1013,
    ...(ending === undefined ? {} : { closeCode: ending.code }),
  });
}

function parseFrame(text: string): ResponseFrame | EventFrame | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const frame = value as { type?: unknown; id?: unknown; ok?: unknown; event?: unknown };
    if (frame.type === "res" && typeof frame.id === "string" && typeof frame.ok === "boolean") return value as ResponseFrame;
    if (frame.type === "event" && typeof frame.event === "string") return value as EventFrame;
    return undefined;
  } catch {
    return undefined;
  }
}
