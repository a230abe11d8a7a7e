import { once } from "node:events";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type * as grammy from "grammy";
import { after } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Clock } from "../../../ports/clock.js";
import type { TelegramConfig } from "./config.js";
import type { CallFailure } from "./failures.js";
import { countOf, fieldsOf, idOf, textOf, type Fields } from "./fields.js";

export interface ApiRequest {
  readonly method: string;
  /** Left out for methods that take none. */
  readonly payload?: Fields;
  /** What goes out with it; opened anew by every call. */
  readonly file?: { readonly field: string; readonly name: string; open(): AsyncIterable<Uint8Array> };
}

export interface CallTerms {
  readonly timeoutMs: number;
  readonly cancel?: Cancel;
}

export type CallOutcome = { readonly kind: "ok"; readonly result: unknown } | CallFailure;

type Call = (...args: unknown[]) => Promise<unknown>;
type Sdk = typeof grammy;

/** Longest answer that is read. A hundred updates are far below it. */
const MAX_ANSWER_BYTES = 32 * 1_048_576;
/** Telegram closes a connection that nothing was said on for a while, and a message that meets this moment would count as lost. */
const IDLE_SOCKET_MS = 10_000;
const STALL_MS = 30_000;

/** Codes of errors that come before a byte of the request is sent. */
const UNSENT = /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|ENETDOWN|CERT_\w+|\w+_CERT\w*|UNABLE_TO_\w+|ERR_TLS_CERT\w+|ERR_SSL_\w+)$/u;

/** The Bot API as this channel uses it: calls whose failures are values, and files. Nothing of the token gets out of here. */
export class TelegramClient {
  readonly #sdk: Sdk;
  readonly #config: TelegramConfig;
  readonly #clock: Clock;
  readonly #agent: http.Agent;
  /** Of its own and with one socket, so that a second poll cannot be on its way before the first has let go. */
  readonly #pollAgent: http.Agent;
  readonly #api: grammy.Api;
  readonly #pollApi: grammy.Api;
  readonly #underWay = new Set<Promise<unknown>>();

  private constructor(sdk: Sdk, config: TelegramConfig, clock: Clock) {
    const { Agent } = config.apiRoot.startsWith("https:") ? https : http;
    this.#sdk = sdk;
    this.#config = config;
    this.#clock = clock;
    this.#agent = new Agent({ keepAlive: true, timeout: IDLE_SOCKET_MS });
    this.#pollAgent = new Agent({ keepAlive: true, maxSockets: 1 });
    this.#api = this.#apiOver(this.#agent);
    this.#pollApi = this.#apiOver(this.#pollAgent);
  }

  /** Loads grammY, which is done for those alone who use Telegram. */
  static async open(config: TelegramConfig, clock: Clock): Promise<TelegramClient> {
    return new TelegramClient(await import("grammy"), config, clock);
  }

  call(request: ApiRequest, terms: CallTerms): Promise<CallOutcome> {
    return this.#call(this.#api, request, terms);
  }

  /** As {@link call}, for the one call that is always under way. */
  poll(payload: Fields, terms: CallTerms): Promise<CallOutcome> {
    return this.#call(this.#pollApi, { method: "getUpdates", payload }, terms);
  }

  /** A file by the path that Telegram gave for it. Whoever takes the answer reads it, or destroys it. */
  async download(path: string, terms: CallTerms): Promise<{ readonly kind: "ok"; readonly response: IncomingMessage } | CallFailure> {
    const { request } = this.#config.apiRoot.startsWith("https:") ? https : http;
    const url = `${this.#config.apiRoot}/file/bot${this.#config.botToken}/${path.split("/").map(encodeURIComponent).join("/")}`;
    return this.#within(terms, async (signal) => {
      const sent = request(url, { agent: this.#agent, signal });
      sent.end();
      const [response] = (await once(sent, "response")) as [IncomingMessage];
      // An abort after the answer's head arrives here as well; whoever reads the answer hears of it there.
      sent.on("error", () => {});
      if (response.statusCode === 200) return { kind: "ok", response };
      response.destroy();
      return { kind: "answered", code: response.statusCode ?? 0, description: "the file was not delivered" };
    });
  }

  /** The bytes of an answer: at most so many, and not slower than a stalled connection. */
  async *read(response: IncomingMessage, maxBytes: number): AsyncIterable<Uint8Array> {
    let total = 0;
    let disarm = (): void => {};
    const arm = (): void => {
      disarm();
      disarm = this.#clock.callAt(after(this.#clock.now(), STALL_MS), () => response.destroy(new Error("Telegram stopped in the middle of the file.")));
    };
    try {
      arm();
      for await (const chunk of response as AsyncIterable<Uint8Array>) {
        // Whoever reads may take its time.
        disarm();
        total += chunk.length;
        if (total > maxBytes) throw new Error(`The file is larger than the ${maxBytes} bytes that were asked for.`);
        yield chunk;
        arm();
      }
    } finally {
      disarm();
      response.destroy();
    }
  }

  /** Resolves once no call is under way. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  /** Breaks what is open, and resolves when all of it is closed. */
  async close(): Promise<void> {
    const sockets = [this.#agent, this.#pollAgent].flatMap(({ sockets, freeSockets }) => [sockets, freeSockets])
      .flatMap((group) => Object.values(group)).flatMap((some) => (some ?? []) as readonly Socket[]);
    const closed = sockets.filter((socket) => !socket.closed).map((socket) => once(socket, "close").catch(() => {}));
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
  }

  #apiOver(agent: http.Agent): grammy.Api {
    const { botToken, apiRoot } = this.#config;
    // A redirect would carry the token, which is part of the address, to somebody else.
    const baseFetchConfig = { agent, compress: true, redirect: "error", size: MAX_ANSWER_BYTES };
    return new this.#sdk.Api(botToken, { apiRoot, baseFetchConfig: baseFetchConfig as object });
  }

  async #call(api: grammy.Api, { method, payload, file }: ApiRequest, terms: CallTerms): Promise<CallOutcome> {
    const call = (api.raw as unknown as Readonly<Record<string, Call>>)[method];
    if (call === undefined) throw new Error(`grammY has no method ${method}`);
    let isUnreadable = false;
    const open = async function* open(): AsyncIterable<Uint8Array> {
      try {
        yield* file?.open() ?? [];
      } catch (error) {
        isUnreadable = true;
        throw error;
      }
    };
    const attached = file === undefined ? {} : { [file.field]: new this.#sdk.InputFile(open(), file.name) };
    const outcome = await this.#within(terms, async (signal) => {
      const result = await (payload === undefined ? call(signal) : call({ ...payload, ...attached }, signal));
      return { kind: "ok" as const, result };
    });
    return isUnreadable && outcome.kind !== "ok" ? { kind: "unreadable-file" } : outcome;
  }

  async #within<T>({ timeoutMs, cancel }: CallTerms, work: (signal: AbortSignal) => Promise<T | CallFailure>): Promise<T | CallFailure> {
    if (cancel?.aborted === true) return { kind: "unsent" };
    const abort = new AbortController();
    let because: "late" | "cancelled" = "cancelled";
    const onCancel = (): void => { abort.abort(); };
    const disarm = this.#clock.callAt(after(this.#clock.now(), timeoutMs), () => {
      because = "late";
      abort.abort();
    });
    cancel?.addEventListener("abort", onCancel);
    const working = work(abort.signal);
    this.#underWay.add(working);
    try {
      return await working;
    } catch (error) {
      return abort.signal.aborted ? { kind: "unanswered", because } : failureOf(error);
    } finally {
      this.#underWay.delete(working);
      disarm();
      cancel?.removeEventListener("abort", onCancel);
    }
  }
}

/** Read by its fields: grammY wraps the errors of the library that it sends by, which wraps those of Node. */
function failureOf(error: unknown): CallFailure {
  const fields = fieldsOf(error) ?? {};
  const code = countOf(fields["error_code"]);
  if (code === undefined) {
    const cause = fieldsOf(fields["error"]) ?? fields;
    if (UNSENT.test(textOf(cause["code"]) ?? "")) return { kind: "unsent" };
    return { kind: "unanswered", because: cause["type"] === "invalid-json" || cause["type"] === "no-redirect" ? "unreadable" : "broken" };
  }
  const parameters = fieldsOf(fields["parameters"]) ?? {};
  const retryAfter = countOf(parameters["retry_after"]);
  const movedTo = idOf(parameters["migrate_to_chat_id"]);
  return {
    kind: "answered", code,
    description: textOf(fields["description"]) ?? "",
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter * 1_000 }),
    ...(movedTo === undefined ? {} : { movedTo }),
  };
}
