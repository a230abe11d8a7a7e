import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type * as Bolt from "@slack/bolt";
import { after } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";
import { failureOf, type Flight, type SlackApi, type Watch } from "./client.js";
import type { CallFailure } from "./failure.js";
import { fieldsOf, parseFields, textOf, type Fields } from "./fields.js";
import type { Told } from "./translate.js";

/** `refresh`: Slack wants a new connection. `disabled`: Socket Mode was switched off. `closed`: by this side. */
export type SocketEnd = "refresh" | "disabled" | "lost" | "closed";

export interface SocketListener {
  /** `acknowledge` tells Slack that it may forget this; without it Slack sends it again. */
  told(told: Told, acknowledge: () => void): void;
  /** Anything that came in, be it a ping. */
  sign(): void;
}

export interface SocketOptions {
  readonly api: SlackApi;
  readonly appToken: string;
  readonly clock: Clock;
  readonly listener: SocketListener;
  /** How long the SDK lets a ping go unanswered before it takes the socket for dead. */
  readonly pongTimeoutMs: number;
}

type Opening = { readonly kind: "open"; readonly connections: number } | { readonly kind: "failed"; readonly failure: CallFailure };

const HELLO_MS = 30_000;
/** Slack answers a close frame but leaves the TCP connection open: nothing is gained by waiting longer for its end. */
const CLOSE_MS = 500;
const MAX_FRAME_CHARS = 1_048_576;
const KINDS: ReadonlyMap<unknown, Told["kind"]> = new Map<unknown, Told["kind"]>([["events_api", "event"], ["slash_commands", "command"], ["interactive", "interactive"]]);
const SIGNS = ["undici:websocket:ping", "undici:websocket:pong"] as const;

/**
 * One Socket Mode connection, from its address to its end; it is never reopened. The SDK's client fetches the address,
 * holds the socket and pings. What comes on it is read here: the SDK hands frames to a handler of its own that nobody
 * awaits, so that one without the fields it expects would be an unhandled rejection and the end of the process; and it
 * keeps to itself how many connections the app has.
 */
export class SocketLink {
  /** Resolves once it is known whether the connection stands. Never rejects. */
  readonly opened: Promise<Opening>;
  /** Resolves once the socket is gone, which it is before long after {@link close}. Never rejects. */
  readonly ended: Promise<SocketEnd>;
  readonly #client: Bolt.SocketModeReceiver["client"];
  readonly #clock: Clock;
  readonly #listener: SocketListener;
  readonly #flight: Flight;
  #url: string | undefined;
  #end: SocketEnd | undefined;
  #settleOpening: (opening: Opening) => void = () => undefined;
  #settleEnd: () => void = () => undefined;
  #disarm: () => void = () => undefined;

  constructor({ api, appToken, clock, listener, pongTimeoutMs }: SocketOptions) {
    this.#clock = clock;
    this.#listener = listener;
    this.#flight = api.take();
    const watch: Watch = { signal: this.#flight.signal };
    this.opened = new Promise((resolve) => (this.#settleOpening = resolve));
    this.ended = this.#endOf(new Promise((resolve) => (this.#settleEnd = resolve)));
    // Bolt's receiver without Bolt's app: that one acknowledges before anybody has seen the event.
    this.#client = new api.sdk.SocketModeReceiver({
      appToken,
      logger: api.logger,
      autoReconnectEnabled: false,
      clientPingTimeout: pongTimeoutMs,
      installerOptions: { clientOptions: api.options(watch) },
    }).client;
    this.#listen();
    this.#disarm = clock.callAt(after(clock.now(), HELLO_MS), () => void this.close());
    // The one promise of the SDK's that can reject. It does so also for every end of the connection, without a reason.
    this.#client.start().catch((error: unknown) => {
      this.#settleOpening({ kind: "failed", failure: this.#url === undefined ? failureOf(error, watch) : { kind: "broken" } });
      // Without a socket there is no end of one to wait for.
      if (this.#client.websocket?.readyState === undefined) this.#settleEnd();
    });
  }

  /** Says goodbye, and breaks the connection off where the answer doesn't come soon. Resolves once the socket is gone. */
  async close(why: SocketEnd = "closed"): Promise<void> {
    this.#end ??= why;
    this.#flight.abort();
    this.#client.websocket?.disconnect();
    const disarm = this.#clock.callAt(after(this.#clock.now(), CLOSE_MS), () => this.break());
    await this.ended;
    disarm();
  }

  /** Ends the connection without a goodbye, now. */
  break(): void {
    this.#end ??= "closed";
    this.#flight.abort();
    // Asked once it says goodbye, asked twice it destroys the socket.
    this.#client.websocket?.disconnect();
    this.#client.websocket?.disconnect();
  }

  #listen(): void {
    const client = this.#client;
    client.on("authenticated", (answer: unknown) => {
      const url = textOf(fieldsOf(answer)?.["url"]);
      if (url !== undefined && URL.canParse(url)) this.#url = new URL(url).href;
    });
    client.on("connecting", () => {
      // The address came although it was given up: thrown in here, the error keeps the SDK from connecting to it.
      if (this.#flight.signal.aborted) throw new Error("The connection was given up before it was opened.");
      if (client.websocket !== undefined) keepTimer(client.websocket);
    });
    client.removeAllListeners("ws_message");
    client.on("ws_message", (data: unknown) => this.#hear(data));
    client.on("disconnected", () => this.#settleEnd());
    for (const sign of SIGNS) subscribe(sign, this.#heardSign);
  }

  async #endOf(gone: Promise<void>): Promise<SocketEnd> {
    await gone;
    this.#disarm();
    for (const sign of SIGNS) unsubscribe(sign, this.#heardSign);
    this.#client.removeAllListeners();
    // One that failed while it was being closed leaves the SDK's timer for the goodbye behind; this clears it.
    this.#client.websocket?.disconnect();
    this.#flight.end();
    this.#settleOpening({ kind: "failed", failure: { kind: "broken" } });
    return this.#end ?? "lost";
  }

  /** The pings of every socket in this process are told here: the address, good for one connection, says which are this one's. */
  readonly #heardSign = (message: unknown): void => {
    const url = fieldsOf(fieldsOf(message)?.["websocket"])?.["url"];
    if (url !== undefined && url === this.#url) this.#listener.sign();
  };

  #hear(data: unknown): void {
    const frame = typeof data === "string" && data.length <= MAX_FRAME_CHARS ? parseFields(data) : undefined;
    if (frame === undefined || this.#end !== undefined) return;
    this.#listener.sign();
    if (frame["type"] === "hello") {
      this.#disarm();
      const count = frame["num_connections"];
      this.#settleOpening({ kind: "open", connections: typeof count === "number" ? count : 1 });
    } else if (frame["type"] === "disconnect") {
      void this.close(frame["reason"] === "link_disabled" ? "disabled" : "refresh");
    } else {
      this.#tell(frame);
    }
  }

  #tell(frame: Fields): void {
    const id = textOf(frame["envelope_id"]);
    const kind = KINDS.get(frame["type"]);
    if (id === undefined) return;
    const acknowledge = (): void => this.#send({ envelope_id: id, payload: {} });
    if (kind === undefined) acknowledge();
    else this.#listener.told({ kind, body: fieldsOf(frame["payload"]) ?? {} }, acknowledge);
  }

  /** What can't be sent any more is sent to us once more, and recognised. */
  #send(frame: unknown): void {
    if (this.#end === undefined) this.#client.websocket?.send(JSON.stringify(frame), () => undefined);
  }
}

/** Where a connection breaks during the goodbye, the SDK sets its timer anew and forgets the first one, which holds the process for half a minute. */
function keepTimer(socket: object): void {
  let timer: NodeJS.Timeout | undefined;
  Object.defineProperty(socket, "closeHandshakeTimeout", {
    configurable: true,
    get: () => timer,
    set: (next: NodeJS.Timeout | undefined) => {
      clearTimeout(timer);
      timer = next;
    },
  });
}
