import { once } from "node:events";
import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { countOf, fieldsOf, textOf, type Fields } from "../../../domain/foreign-fields.js";
import { after } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Clock } from "../../../ports/clock.js";
import { lastingController } from "../lasting-controller.js";
import type { CallFailure } from "./failures.js";

export interface CallTerms {
  readonly timeoutMs?: number;
  readonly cancel?: Cancel;
  readonly maxBytes?: number;
}

export type CallOutcome = { readonly kind: "ok"; readonly result: unknown } | CallFailure;
export type OpenOutcome = { readonly kind: "open"; readonly response: IncomingMessage } | CallFailure;

const CALL_MS = 60_000;
/** Builds of signal-cli before 0.14 hold the head back until there is something to say, which is a comment every 15 s. */
export const CONNECT_MS = 30_000;
const MAX_ANSWER_BYTES = 8 * 1_048_576;

/** Codes of errors that come before a byte of the request is sent. */
const UNSENT = /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|CERT_\w+|\w+_CERT\w*|UNABLE_TO_\w+|ERR_TLS_CERT\w+|ERR_SSL_\w+)$/u;

/** The daemon's HTTP: JSON-RPC calls whose failures are values, and the stream of what comes in. Nothing is repeated. */
export class SignalClient {
  readonly url: string;
  readonly #clock: Clock;
  /** A connection for each call: one that was kept open could be closed in the moment in which a message is written to it. */
  readonly #agent: http.Agent;
  readonly #sockets = new Set<Socket>();
  readonly #flying = new Set<Promise<unknown>>();
  readonly #closing = lastingController();
  #nextId = 1;

  constructor({ url, clock }: { readonly url: string; readonly clock: Clock }) {
    this.url = url;
    this.#clock = clock;
    this.#agent = url.startsWith("https:") ? new https.Agent({ keepAlive: false }) : new http.Agent({ keepAlive: false });
  }

  /** @param params without `account`, which a daemon of several accounts needs beside them */
  async rpc(method: string, params: Fields, { timeoutMs = CALL_MS, cancel, maxBytes = MAX_ANSWER_BYTES }: CallTerms = {}): Promise<CallOutcome> {
    const id = this.#nextId++;
    const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
    return this.#within({ timeoutMs, cancel }, async (signal) => {
      const response = await this.#request("POST", "/api/v1/rpc", { signal, body });
      const text = await readAll(response, maxBytes);
      if (text === undefined) return { kind: "unanswered", because: "unreadable" };
      const { statusCode = 0 } = response;
      if (statusCode !== 200) return statusCode === 201 ? { kind: "ok", result: undefined } : { kind: "status", status: statusCode };
      return answerOf(text);
    });
  }

  /** Whether something answers there as a daemon does. */
  check(terms: CallTerms): Promise<CallOutcome> {
    return this.#within({ timeoutMs: CALL_MS, ...terms }, async (signal) => {
      const response = await this.#request("GET", "/api/v1/check", { signal });
      response.resume();
      const { statusCode = 0 } = response;
      return statusCode === 200 ? { kind: "ok", result: undefined } : { kind: "status", status: statusCode };
    });
  }

  /** What comes in, from now on. Whoever takes the answer destroys it. */
  events(account: string | undefined, cancel: Cancel): Promise<OpenOutcome> {
    return this.#within<OpenOutcome>({ timeoutMs: CONNECT_MS, cancel }, async (signal) => {
      const query = account === undefined ? "" : `?account=${encodeURIComponent(account)}`;
      const response = await this.#request("GET", `/api/v1/events${query}`, { signal, headers: { accept: "text/event-stream" } });
      const { statusCode = 0, headers } = response;
      if (statusCode === 200 && headers["content-type"]?.startsWith("text/event-stream") === true) return { kind: "open", response };
      response.destroy();
      return statusCode === 200 ? { kind: "unanswered", because: "unreadable" } : { kind: "status", status: statusCode };
    });
  }

  /** Resolves once nothing is under way of what was asked for. */
  async settled(): Promise<void> {
    while (this.#flying.size > 0) await Promise.allSettled(this.#flying);
  }

  /** Gives up whatever is under way and all that is asked for later; resolves when every socket is closed. */
  async close(): Promise<void> {
    this.#closing.abort();
    const closed = [...this.#sockets].filter((socket) => !socket.closed).map((socket) => once(socket, "close").catch(() => undefined));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
    this.#agent.destroy();
  }

  async #request(method: string, path: string, { signal, body, headers = {} }: { readonly signal: AbortSignal; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }): Promise<IncomingMessage> {
    const { request } = this.url.startsWith("https:") ? https : http;
    const content = body === undefined ? {} : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
    // No redirect is followed: the daemon makes none.
    const sent: ClientRequest = request(`${this.url}${path}`, { method, agent: this.#agent, signal, headers: { ...headers, ...content } });
    sent.once("socket", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    sent.end(body);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    // An abort after the answer's head arrives here as well; whoever reads the answer hears of it there.
    sent.on("error", () => undefined);
    return response;
  }

  async #within<T extends { readonly kind: string }>({ timeoutMs, cancel }: { readonly timeoutMs: number; readonly cancel?: Cancel | undefined }, work: (signal: AbortSignal) => Promise<T | CallFailure>): Promise<T | CallFailure> {
    if (cancel?.aborted === true || this.#closing.signal.aborted) return { kind: "unsent" };
    const flight = new AbortController();
    let because: "late" | "cancelled" = "cancelled";
    const abort = (): void => flight.abort();
    const disarm = this.#clock.callAt(after(this.#clock.now(), timeoutMs), () => {
      because = "late";
      abort();
    });
    cancel?.addEventListener("abort", abort);
    this.#closing.signal.addEventListener("abort", abort);
    const working = work(flight.signal);
    this.#flying.add(working);
    try {
      return await working;
    } catch (error) {
      if (flight.signal.aborted) return { kind: "unanswered", because };
      return UNSENT.test(textOf(fieldsOf(error)?.["code"]) ?? "") ? { kind: "unsent" } : { kind: "unanswered", because: "broken" };
    } finally {
      this.#flying.delete(working);
      disarm();
      cancel?.removeEventListener("abort", abort);
      this.#closing.signal.removeEventListener("abort", abort);
    }
  }
}

/** `undefined` where it is longer than it may be. */
async function readAll(response: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function answerOf(text: string): CallOutcome {
  let answer: Fields | undefined;
  try {
    answer = fieldsOf(JSON.parse(text));
  } catch {
    answer = undefined;
  }
  const error = fieldsOf(answer?.["error"]);
  if (error !== undefined) return { kind: "error", code: countOf(error["code"]) ?? 0, message: textOf(error["message"]) ?? "", data: error["data"] };
  return answer === undefined || !Object.hasOwn(answer, "result") ? { kind: "unanswered", because: "unreadable" } : { kind: "ok", result: answer["result"] };
}
