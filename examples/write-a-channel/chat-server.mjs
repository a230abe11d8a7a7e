// @ts-check
// The smallest provider that is one: it keeps messages, tells them to whoever asks behind a cursor, and takes messages.
// It runs on this host alone and can misbehave, so that the channel can be held to its promises.
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout } from "node:timers/promises";

/**
 * @typedef {{ chatId: string, from: string, text: string }} Said
 * @typedef {{ id: string, chatId: string, text: string, replyTo?: string }} Posted
 */

/** How long a question without an answer waits. */
const HOLD_MS = 50;

export class ChatServer {
  token = "a-token-of-the-bot";
  /** @type {Posted[]} What the bot has said. */
  posted = [];
  /** Questions that are open now, and the most that ever were. */
  polls = { now: 0, most: 0 };
  acknowledged = 0;
  isRevoked = false;
  /** @type {"rate-limited" | "server-error" | "cut-after-request" | "forbidden" | undefined} What the next message meets. */
  fault = undefined;
  /** @type {(Said & { id: string })[]} */
  #said = [];
  /** @type {Set<() => void>} */
  #waiting = new Set();
  #http = createServer((request, response) => void this.#answer(request, response));

  async start() {
    await once(this.#http.listen(0, "127.0.0.1"), "listening");
    const address = this.#http.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    this.url = `http://127.0.0.1:${address.port}`;
    return this;
  }

  /** @param {Said} said */
  say(said) {
    return this.#push({ ...said, id: `said-${this.#said.length + 1}` });
  }

  /** @param {string} id */
  redeliver(id) {
    const said = this.#said.find((one) => one.id === id);
    if (said !== undefined) this.#push(said);
  }

  /** @param {string} id */
  isAcknowledged(id) {
    return this.#said.findIndex((one) => one.id === id) < this.acknowledged;
  }

  cut() {
    this.#http.closeAllConnections();
  }

  async close() {
    this.#http.close();
    this.cut();
    await once(this.#http, "close");
  }

  /** @param {Said & { id: string }} said */
  #push(said) {
    this.#said.push(said);
    for (const wake of this.#waiting) wake();
    return said.id;
  }

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   */
  async #answer(request, response) {
    /** @param {number} status @param {unknown} body @param {Record<string, string>} [headers] */
    const answer = (status, body, headers) => void response.writeHead(status, headers).end(JSON.stringify(body));
    const url = new URL(request.url ?? "/", this.url);
    if (this.isRevoked || request.headers.authorization !== `Bearer ${this.token}`) return answer(401, {});
    if (request.method === "GET") return answer(200, await this.#news(Number(url.searchParams.get("after")), response));
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const posted = { ...JSON.parse(Buffer.concat(chunks).toString("utf8")), id: `posted-${this.posted.length + 1}` };
    const { fault } = this;
    this.fault = undefined;
    if (fault === "rate-limited") return answer(429, {}, { "retry-after": "2" });
    if (fault === "server-error") return answer(503, {});
    if (fault === "forbidden") return answer(403, {});
    if (!["ada", "family"].includes(posted.chatId)) return answer(404, {});
    this.posted.push(posted);
    if (fault === "cut-after-request") return void response.destroy();
    return answer(200, { id: posted.id });
  }

  /** @param {number} after @param {import("node:http").ServerResponse} response */
  async #news(after, response) {
    this.acknowledged = Math.max(this.acknowledged, after);
    this.polls.now += 1;
    this.polls.most = Math.max(this.polls.most, this.polls.now);
    response.once("close", () => (this.polls.now -= 1));
    if (this.#said.length <= after) {
      const news = new AbortController();
      const wake = () => news.abort();
      this.#waiting.add(wake);
      response.once("close", wake);
      await setTimeout(HOLD_MS, undefined, { signal: news.signal }).catch(() => undefined);
      this.#waiting.delete(wake);
    }
    return { said: this.#said.slice(after), cursor: this.#said.length };
  }
}
