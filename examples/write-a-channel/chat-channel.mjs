// @ts-check
// A channel from outside of the gateway's source: text in, text out, over HTTP. It asks for what is new and says from
// where on, so that whatever it was told and could not store stays with the provider.
import { defineChannel } from "openclaw-gateway";

/**
 * @typedef {import("openclaw-gateway").ChannelHost} ChannelHost
 * @typedef {import("openclaw-gateway").ChannelStatus} ChannelStatus
 * @typedef {import("openclaw-gateway").Receipt} Receipt
 * @typedef {{ chatId: string, id: string, from: string, text: string }} Said
 * @typedef {{ kind: "ok", body: any } | { kind: "answered", status: number, retryAfterMs?: number } | { kind: "unsent" } | { kind: "unanswered" }} Outcome
 * @typedef {Omit<ChannelStatus, "since"> & { retryAfterMs?: number }} Setback
 */

const CALL_MS = 30_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/** @type {Setback} */
const VOID = { state: "needs-operator", trouble: "credentials", message: "The chat does not accept the token: give the channel a valid one." };
/** @type {Setback} */
const UNREACHED = { state: "backing-off", trouble: "network", message: "The chat cannot be reached; it is tried again by itself." };
/** @type {Setback} */
const UNSTORED = { state: "degraded", trouble: "bug", message: "What the chat told could not be stored: make room on the disk." };

/**
 * One account of the chat.
 * @param {{ url: string, token: string, name: string }} config `name`: by which it is called in groups
 */
export function chat({ url, token, name }) {
  /** @type {{ host: ChannelHost, stop: AbortController, done: Promise<void> } | undefined} */
  let life;
  /** @type {ChannelStatus} */
  let status = { state: "idle", since: /** @type {import("openclaw-gateway").EpochMs} */ (0) };

  /** @param {Omit<ChannelStatus, "since">} next */
  const enter = (next) => {
    if (life === undefined || life.stop.signal.aborted) return;
    status = { ...next, since: life.host.clock.now() };
    life.host.report(status);
  };

  /**
   * The only code that touches the network. Deadlines are the gateway's clock's, so that a test moves them by hand.
   * @param {string} path @param {unknown} body @param {readonly import("openclaw-gateway").Cancel[]} cancels
   * @returns {Promise<Outcome>}
   */
  const call = async (path, body, cancels) => {
    if (life === undefined || cancels.some(({ aborted }) => aborted)) return { kind: "unsent" };
    const { clock } = life.host;
    const abort = new AbortController();
    const giveUp = () => abort.abort();
    const disarm = clock.callAt(later(clock, CALL_MS), giveUp);
    for (const cancel of cancels) cancel.addEventListener("abort", giveUp);
    try {
      const posted = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
      const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` }, redirect: "error", signal: abort.signal, ...posted });
      const answer = await response.json();
      const seconds = response.headers.get("retry-after");
      return response.ok ? { kind: "ok", body: answer } : { kind: "answered", status: response.status, ...(seconds === null ? {} : { retryAfterMs: Number(seconds) * 1_000 }) };
    } catch (error) {
      return /** @type {any} */ (error)?.cause?.code === "ECONNREFUSED" ? { kind: "unsent" } : { kind: "unanswered" };
    } finally {
      disarm();
      for (const cancel of cancels) cancel.removeEventListener("abort", giveUp);
    }
  };

  /** @param {ChannelHost} host @param {AbortSignal} stopped @returns {Promise<Setback | undefined>} */
  const listen = async (host, stopped) => {
    let cursor = Number((await host.recall("cursor")) ?? 0);
    while (!stopped.aborted) {
      const outcome = await call(`/?after=${cursor}`, undefined, [stopped]);
      if (stopped.aborted) return undefined;
      if (outcome.kind !== "ok") return outcome.kind === "answered" && outcome.status === 401 ? VOID : UNREACHED;
      host.heard();
      try {
        for (const said of outcome.body.said) await host.accept(envelopeOf(said, { name, now: host.clock.now() }));
        await host.remember("cursor", String(outcome.body.cursor));
      } catch {
        return UNSTORED;
      }
      // Asking behind it is what tells the chat that everything before it is safe.
      cursor = outcome.body.cursor;
      if (status.state !== "live") enter({ state: "live" });
    }
    return undefined;
  };

  /** @param {ChannelHost} host @param {AbortSignal} stopped */
  const run = async (host, stopped) => {
    for (let failures = 0; !stopped.aborted; failures += 1) {
      enter({ state: "connecting" });
      const setback = await listen(host, stopped).catch(() => UNSTORED);
      if (setback === undefined || stopped.aborted) return;
      if (setback.state === "needs-operator") return enter(setback);
      const limit = Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS);
      const retryAt = later(host.clock, Math.max(250, Math.round(limit * host.random())));
      enter({ ...setback, retryAt });
      await pause(host.clock, retryAt, stopped);
    }
  };

  return defineChannel({
    id: "chat",
    label: "Chat",
    abilities: { text: { limit: 2_000, unit: "utf16", dialect: "plain" }, ack: "awaited" },
    status: () => status,
    start: async (host) => {
      const stop = new AbortController();
      life = { host, stop, done: Promise.resolve() };
      life.done = run(host, stop.signal);
    },
    stop: async (deadline) => {
      if (life === undefined) return;
      const { host, stop, done } = life;
      stop.abort();
      const enough = new AbortController();
      await Promise.race([done, pause(host.clock, deadline, enough.signal)]);
      enough.abort();
      life = undefined;
      status = { state: "idle", since: host.clock.now() };
      host.report(status);
    },
    send: async ({ chatId }, { body, replyTo }, { cancel }) => {
      if (body.kind !== "text") return { kind: "refused", code: "unsupported", reason: "The chat shows text alone." };
      if (life === undefined) return { kind: "later", reason: "The channel is stopped; start it.", scope: "account" };
      if (status.trouble === "credentials") return { kind: "refused", code: "not-linked", reason: VOID.message ?? "" };
      return receiptOf(await call("/", { chatId, text: body.text.plain, replyTo }, [cancel, life.stop.signal]));
    },
    probe: async (cancel) => {
      const outcome = await call("/?after=0", undefined, [cancel]);
      if (outcome.kind === "ok") return { kind: "ok", latencyMs: 0 };
      const { trouble = "network", message = "" } = outcome.kind === "answered" && outcome.status === 401 ? VOID : UNREACHED;
      return { kind: "failed", trouble, reason: message };
    },
  });
}

/**
 * @param {Said} said @param {{ name: string, now: import("openclaw-gateway").EpochMs }} facts
 * @returns {import("openclaw-gateway").Envelope}
 */
function envelopeOf({ id, chatId, from, text }, { name, now }) {
  const addressed = text.startsWith(`@${name} `);
  return {
    channel: "chat",
    accountId: "default",
    // The same in every delivery: that is how a redelivery is recognised.
    key: `${chatId}/${id}`,
    messageId: id,
    chat: { id: chatId, kind: chatId === "family" ? "group" : "direct" },
    sender: { id: from, isBot: false, isSelf: from === name },
    sentAt: now,
    body: { kind: "message", text: addressed ? text.slice(name.length + 2) : text, media: [], addressed },
  };
}

/** @param {Outcome} outcome @returns {Receipt} */
function receiptOf(outcome) {
  switch (outcome.kind) {
    case "ok":
      return { kind: "delivered", messageId: outcome.body.id };
    case "unsent":
      return { kind: "later", reason: "The chat cannot be reached.", scope: "account" };
    case "unanswered":
      // It may be there: sending it again could show it twice.
      return { kind: "unknown", reason: "The connection broke before the chat said whether it has the message." };
    case "answered": {
      const { status, retryAfterMs = 1_000 } = outcome;
      if (status === 429) return { kind: "later", reason: "The chat asks to be called less often.", retryAfterMs, scope: "account" };
      if (status >= 500) return { kind: "later", reason: "The chat is out of order.", scope: "account" };
      if (status === 401) return { kind: "refused", code: "not-linked", reason: VOID.message ?? "" };
      if (status === 403) return { kind: "refused", code: "forbidden", reason: "The chat does not let this account write there." };
      return { kind: "refused", code: status === 404 ? "unknown-target" : "invalid", reason: "The chat knows no such place." };
    }
  }
}

/** @param {import("openclaw-gateway").Clock} clock @param {number} ms */
const later = (clock, ms) => /** @type {import("openclaw-gateway").EpochMs} */ (clock.now() + ms);

/**
 * Resolves at a moment or when it is cancelled, and leaves nothing behind.
 * @param {import("openclaw-gateway").Clock} clock @param {import("openclaw-gateway").EpochMs} until @param {AbortSignal} cancel
 * @returns {Promise<void>}
 */
function pause(clock, until, cancel) {
  return new Promise((resolve) => {
    const wake = () => {
      disarm();
      cancel.removeEventListener("abort", wake);
      resolve();
    };
    const disarm = clock.callAt(until, wake);
    if (cancel.aborted) wake();
    else cancel.addEventListener("abort", wake);
  });
}
