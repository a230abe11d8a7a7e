import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";
import { after, type EpochMs } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";
import type { CallFailure } from "./failures.js";
import { fieldsOf } from "./fields.js";

const MAX_ANSWER_BYTES = 8 * 1_048_576;
const MAX_LIMITS = 1_000;
/** For a rate limit that came without the time to wait. */
const RETRY_AFTER_MS = 5_000;
const HEADERS = ["limit", "remaining", "reset", "reset-after", "bucket", "global", "scope"].map((name) => `x-ratelimit-${name}`);
const NEVER_WRITTEN = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_.*|.*SELF_SIGNED.*|UNABLE_TO_.*)$/u;

/** An exchange that failed below HTTP, or over a limit. The SDK passes it on as it is. */
export class ExchangeError extends Error {
  readonly failure: CallFailure;

  constructor(failure: CallFailure, cause?: unknown) {
    super("The exchange with Discord failed.", { cause });
    this.failure = failure;
  }
}

type Limited = Extract<CallFailure, { kind: "limited" }>;

/**
 * The wire below the SDK's REST client. It keeps Discord's limits itself, by the gateway's clock, and does not show them
 * to the SDK: that one leaves a timer behind for each call that it turns away, which keeps a process alive.
 */
export class Exchange {
  readonly #clock: Clock;
  readonly #cancel: AbortSignal;
  readonly #limits = new AgeOrderedMap<EpochMs>(MAX_LIMITS);
  /** The calls under way. A signal that outlives them would remember each of them (`AbortSignal.any` too), so every call has its own. */
  readonly #flying = new Set<AbortController>();
  #limitedUntil: EpochMs | undefined;

  constructor({ clock, cancel }: { readonly clock: Clock; readonly cancel: AbortSignal }) {
    this.#clock = clock;
    this.#cancel = cancel;
    cancel.addEventListener("abort", () => {
      for (const call of this.#flying) call.abort();
    });
  }

  /** What Discord is known to turn away for now. */
  limitOn(method: string, route: string): Limited | undefined {
    const now = this.#clock.now();
    if (this.#limitedUntil !== undefined && this.#limitedUntil > now) return { kind: "limited", retryAfterMs: this.#limitedUntil - now, scope: "account" };
    const until = this.#limits.get(bucketOf(method, route));
    return until === undefined || until <= now ? undefined : { kind: "limited", retryAfterMs: until - now, scope: "chat" };
  }

  async fetch(url: string, init: RequestInit): Promise<Response> {
    if (this.#cancel.aborted) throw new ExchangeError({ kind: "unsent" });
    const response = await this.#exchange(url, init);
    const limited = this.#noteLimits(bucketOf(init.method ?? "GET", url), response);
    if (limited !== undefined) throw new ExchangeError(limited);
    return response;
  }

  async #exchange(url: string, init: RequestInit): Promise<Response> {
    const call = new AbortController();
    const abort = (): void => call.abort();
    init.signal?.addEventListener("abort", abort);
    this.#flying.add(call);
    try {
      if (this.#cancel.aborted || init.signal?.aborted === true) abort();
      // A redirect would carry the token elsewhere.
      return await readWhole(await globalThis.fetch(url, { ...init, redirect: "manual", signal: call.signal }));
    } catch (error) {
      const code = fieldsOf(fieldsOf(error)?.["cause"])?.["code"];
      const isUnsent = typeof code === "string" && NEVER_WRITTEN.test(code);
      throw new ExchangeError(isUnsent ? { kind: "unsent" } : { kind: "unanswered", because: "broken" }, error);
    } finally {
      init.signal?.removeEventListener("abort", abort);
      this.#flying.delete(call);
    }
  }

  #noteLimits(bucket: string, { status, headers }: Response): Limited | undefined {
    const now = this.#clock.now();
    const resetMs = headers.get("x-ratelimit-remaining") === "0" ? msOf(headers.get("x-ratelimit-reset-after")) : undefined;
    const waitMs = status === 429 ? (msOf(headers.get("retry-after")) ?? RETRY_AFTER_MS) : undefined;
    const isGlobal = headers.has("x-ratelimit-global");
    if (resetMs !== undefined) this.#limits.set(bucket, after(now, resetMs));
    if (waitMs !== undefined && isGlobal) this.#limitedUntil = after(now, waitMs);
    for (const name of HEADERS) headers.delete(name);
    return waitMs === undefined ? undefined : { kind: "limited", retryAfterMs: waitMs, scope: isGlobal ? "account" : "chat" };
  }
}

/** What Discord counts together: a method and a route, in one channel. */
const bucketOf = (method: string, url: string): string => {
  const route = url.replace(/^https?:\/\/.*?\/v\d+(?=\/)/u, "").replace(/\?.*$/u, "");
  return `${method.toUpperCase()} ${route.replace(/\/messages\/\d+/u, "/messages/:id").replace(/\/reactions\/.*$/u, "/reactions/:emoji").replace(/^\/interactions\/.*$/u, "/interactions")}`;
};

const msOf = (seconds: string | null): number | undefined => (seconds !== null && /^\d{1,7}(?:\.\d{1,6})?$/u.test(seconds) ? Math.ceil(Number(seconds) * 1_000) : undefined);

/** The answer with all of its body, so that nothing of it comes later than its deadline. Its headers may be changed. */
async function readWhole({ body, status, statusText, headers }: Response): Promise<Response> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error("Discord's answer is longer than any should be.");
    chunks.push(new Uint8Array(chunk));
  }
  return new Response(bytes === 0 ? null : new Blob(chunks), { status, statusText, headers: new Headers(headers) });
}
