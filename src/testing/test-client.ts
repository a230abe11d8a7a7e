import type { ErrorShape } from "../domain/protocol/errors.js";
import type { EventFrame, ResponseFrame } from "../domain/protocol/frames.js";
import type { HelloOk } from "../domain/protocol/hello.js";
import { connectParams, type ConnectAsk, type Signing, type TestDevice } from "./test-device.js";

export interface Ending {
  readonly code: number;
  readonly reason: string;
}

/** The client's end of a connection. A client of the memory transport is one as it is. */
export interface Wire {
  send(message: string | Uint8Array): void;
  /** The oldest message not taken yet, or the next to come. Rejects once the connection has ended with none left. */
  next(): Promise<string>;
  close(code?: number, reason?: string): void;
  readonly closed: Promise<Ending>;
}

interface Challenge {
  readonly nonce: string;
  readonly ts: number;
}

type Wanted = (event: EventFrame) => boolean;

/** A client that speaks the protocol: tells responses by their id and keeps every event. */
export class TestClient {
  readonly closed: Promise<Ending>;
  /** All events so far, oldest first, the challenge among them. */
  readonly events: EventFrame[] = [];
  /** All responses so far, oldest first. */
  readonly responses: ResponseFrame[] = [];
  readonly #wire: Wire;
  readonly #answers = new Map<string, ResponseFrame[]>();
  readonly #watchers = new Set<() => void>();
  #taken = 0;
  #lastId = 0;
  #ending: Ending | undefined;

  constructor(wire: Wire) {
    this.#wire = wire;
    this.closed = wire.closed;
    void this.#listen();
  }

  async #listen(): Promise<void> {
    for (;;) {
      const text = await this.#wire.next().catch(() => undefined);
      if (text === undefined) break;
      const frame = JSON.parse(text) as ResponseFrame | EventFrame;
      if (frame.type === "event") this.events.push(frame);
      else {
        this.responses.push(frame);
        const answers = this.#answers.get(frame.id);
        if (answers) answers.push(frame);
        else this.#answers.set(frame.id, [frame]);
      }
      this.#notify();
    }
    this.#ending = await this.#wire.closed;
    this.#notify();
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #until<T>(look: () => T | undefined, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const watcher = (): void => {
        const found = look();
        if (found === undefined && this.#ending === undefined) return;
        this.#watchers.delete(watcher);
        if (found === undefined) reject(new Error(`${what} never came: ${JSON.stringify(this.#ending)}`));
        else resolve(found);
      };
      this.#watchers.add(watcher);
      watcher();
    });
  }

  /** What the gateway said first. */
  async challenge(): Promise<Challenge> {
    const event = await this.#until(() => this.events.find((one) => one.event === "connect.challenge"), "a challenge");
    return event.payload as Challenge;
  }

  /** Sends a connect frame, signed where a device is given, and gives back the answer to it. */
  async tryConnect(ask: ConnectAsk & Partial<Signing> & { readonly device?: TestDevice } = {}): Promise<ResponseFrame> {
    const { device } = ask;
    const { nonce, ts } = await this.challenge();
    const id = ask.id ?? "connect";
    const params = device ? device.connectParams(ask, { nonce, signedAt: ts, ...ask }) : connectParams(ask);
    this.send({ type: "req", id, method: "connect", params });
    return this.response(id);
  }

  /** Like {@link tryConnect}, but being refused is a failure of the test. */
  async connect(ask: ConnectAsk & Partial<Signing> & { readonly device?: TestDevice } = {}): Promise<HelloOk> {
    return payloadOf<HelloOk>(await this.tryConnect(ask));
  }

  /** Any frame, valid or not. */
  send(frame: unknown): void {
    this.#wire.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** Sends a request and gives back its id at once. */
  ask(method: string, params?: unknown, id = `${(this.#lastId += 1)}`): string {
    this.send({ type: "req", id, method, ...(params === undefined ? {} : { params }) });
    return id;
  }

  /** The oldest response to this id that was not asked for yet, or the next to come. */
  response(id: string): Promise<ResponseFrame> {
    return this.#until(() => this.#answers.get(id)?.shift(), `a response to ${id}`);
  }

  /** The first response to a request. */
  request(method: string, params?: unknown): Promise<ResponseFrame> {
    return this.response(this.ask(method, params));
  }

  /** The payload of the first response; being refused is a failure of the test. */
  async call<T = Record<string, unknown>>(method: string, params?: unknown): Promise<T> {
    return payloadOf<T>(await this.request(method, params));
  }

  /** The error of the first response; being served is a failure of the test. */
  async refusal(method: string, params?: unknown): Promise<ErrorShape> {
    return errorOf(await this.request(method, params));
  }

  /** The oldest event of that name that no earlier call went past, or the next to come. */
  nextEvent(name: string, wanted: Wanted = () => true): Promise<EventFrame> {
    return this.#until(() => {
      for (; this.#taken < this.events.length; this.#taken += 1) {
        const event = this.events[this.#taken];
        if (event?.event === name && wanted(event)) {
          this.#taken += 1;
          return event;
        }
      }
      return undefined;
    }, `an event ${name}`);
  }

  /** The events of that name so far. */
  heard(name: string): EventFrame[] {
    return this.events.filter((event) => event.event === name);
  }

  /** The numbers of the events so far, those without one left out. */
  seqs(): number[] {
    return this.events.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
  }

  close(code?: number, reason?: string): void {
    this.#wire.close(code, reason);
  }
}

export function payloadOf<T = Record<string, unknown>>(response: ResponseFrame): T {
  if (!response.ok) throw new Error(`refused: ${JSON.stringify(response.error)}`);
  return response.payload as T;
}

export function errorOf(response: ResponseFrame): ErrorShape {
  if (response.ok || !response.error) throw new Error(`not refused: ${JSON.stringify(response.payload)}`);
  return response.error;
}
