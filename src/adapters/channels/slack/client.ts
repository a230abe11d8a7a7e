import type * as Bolt from "@slack/bolt";
import { after } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Clock } from "../../../ports/clock.js";
import type { Log } from "../../../ports/log.js";
import type { SlackConfig } from "./config.js";
import type { CallFailure } from "./failure.js";
import { fieldsOf, textOf, type Fields } from "./fields.js";
import type { Arguments } from "./render.js";

export type Sdk = typeof Bolt;
type SdkOptions = NonNullable<ConstructorParameters<Sdk["webApi"]["WebClient"]>[1]>;

export type Answer = { readonly kind: "ok"; readonly data: Fields } | CallFailure;

/** One exchange with Slack, as it was seen on the wire: the SDK's errors don't tell whether a request was written. */
export interface Watch {
  readonly signal: AbortSignal;
  status?: number;
  retryAfterMs?: number;
  failure?: "unreached" | "broken";
}

const CALL_MS = 30_000;
const MAX_ANSWER_BYTES = 8 * 1_024 * 1_024;
/** For a rate limit that came without the time to wait. */
const RETRY_AFTER_MS = 10_000;
const NEVER_WRITTEN = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_.*|.*SELF_SIGNED.*|UNABLE_TO_.*)$/u;
const LOGGED_CHARS = 120;

let loading: Promise<Sdk> | undefined;

/** Loads the SDK on first use: it takes 300 ms and 23 MB, which a gateway without Slack should not pay. */
export const loadSdk = (): Promise<Sdk> => {
  loading ??= import("@slack/bolt").catch((error: unknown) => {
    // Out of memory or file handles for a moment: the next start may find it better.
    loading = undefined;
    throw error;
  });
  return loading;
};

/** The SDK's own words up to the first thing that they are about, which may be a text or a secret. What it says at debug level is nothing else. */
const createSdkLogger = (sdk: Sdk, log: Log): NonNullable<SdkOptions["logger"]> => {
  const tell = (message: unknown): void => log.debug("The Slack SDK said something.", { said: String(message).split(/[:({"`]/u, 1)[0]?.slice(0, LOGGED_CHARS) });
  const ignore = (): void => undefined;
  return { debug: ignore, info: ignore, warn: tell, error: tell, setLevel: ignore, setName: ignore, getLevel: () => sdk.LogLevel.WARN };
};

/** Slack's Web API for one account. Each call ends by itself, and none is repeated. */
export class SlackApi {
  readonly sdk: Sdk;
  readonly logger: NonNullable<SdkOptions["logger"]>;
  readonly #config: SlackConfig;
  readonly #clock: Clock;
  readonly #flying = new Set<AbortController>();
  readonly #landed: (() => void)[] = [];
  #isClosed = false;

  constructor({ sdk, config, clock, log }: { sdk: Sdk; config: SlackConfig; clock: Clock; log: Log }) {
    this.sdk = sdk;
    this.#config = config;
    this.#clock = clock;
    this.logger = createSdkLogger(sdk, log);
  }

  async call(method: string, args: Arguments, cancel?: Cancel): Promise<Answer> {
    const flight = this.take(cancel);
    const watch: Watch = { signal: flight.signal };
    // The SDK's client has one `fetch` for all of its calls and no way to hand one of them a signal: so each call has its own client.
    const client = new this.sdk.webApi.WebClient(this.#config.botToken, { ...this.options(watch), logger: this.logger });
    flight.limit(CALL_MS);
    try {
      return { kind: "ok", data: fieldsOf(await client.apiCall(method, { ...args })) ?? {} };
    } catch (error) {
      return failureOf(error, watch);
    } finally {
      flight.end();
    }
  }

  /** How the SDK is to reach the network, whatever it does there. */
  options(watch: Watch): Omit<SdkOptions, "logger" | "logLevel"> {
    return {
      slackApiUrl: this.#config.apiUrl,
      allowAbsoluteUrls: false,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      fetch: (url, init) => watchedFetch(url, init, watch),
    };
  }

  /** A request under way, to be ended when it is over. It is given up with the account, and when whoever asked for it cancels. */
  take(cancel?: Cancel): Flight {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    let disarm = (): void => undefined;
    this.#flying.add(controller);
    cancel?.addEventListener("abort", abort);
    if (cancel?.aborted === true || this.#isClosed) abort();
    return {
      signal: controller.signal,
      abort,
      limit: (ms) => {
        disarm();
        disarm = ms === undefined ? () => undefined : this.#clock.callAt(after(this.#clock.now(), ms), abort);
      },
      end: () => {
        disarm();
        cancel?.removeEventListener("abort", abort);
        if (this.#flying.delete(controller) && this.#flying.size === 0) for (const tell of this.#landed.splice(0)) tell();
      },
    };
  }

  /** Resolves once nothing is under way. */
  landed(): Promise<void> {
    return this.#flying.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#landed.push(resolve));
  }

  /** Gives up whatever is under way, and all that is asked for later. */
  close(): void {
    this.#isClosed = true;
    for (const controller of this.#flying) controller.abort();
  }
}

export interface Flight {
  readonly signal: AbortSignal;
  readonly abort: () => void;
  /** Gives it up so many milliseconds from now, whatever was said before; without a number, never. */
  readonly limit: (ms?: number) => void;
  readonly end: () => void;
}

async function watchedFetch(url: string | URL, init: object | undefined, watch: Watch): Promise<Response> {
  if (watch.signal.aborted) {
    watch.failure = "unreached";
    throw new Error("The account was stopped before it could ask Slack.");
  }
  try {
    // A redirect would carry the token elsewhere.
    const response = await globalThis.fetch(url, { ...init, redirect: "manual", signal: watch.signal });
    watch.status = response.status;
    if (response.status === 429) watch.retryAfterMs = retryAfterMs(response.headers.get("retry-after"));
    return await readWhole(response);
  } catch (error) {
    watch.failure = wasNeverWritten(error) ? "unreached" : "broken";
    throw error;
  }
}

/** The answer with all of its body, so that nothing of it comes later than its deadline. */
async function readWhole(response: Response): Promise<Response> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error("Slack's answer is longer than any should be.");
    chunks.push(new Uint8Array(chunk));
  }
  const { status, statusText, headers } = response;
  return new Response(bytes === 0 ? null : new Blob(chunks), { status, statusText, headers });
}

export const wasNeverWritten = (error: unknown): boolean => {
  const code = fieldsOf(fieldsOf(error)?.["cause"])?.["code"];
  return typeof code === "string" && NEVER_WRITTEN.test(code);
};

const retryAfterMs = (header: string | null): number => (header !== null && /^\d{1,6}$/u.test(header) ? Number(header) * 1_000 : RETRY_AFTER_MS);

/** What went wrong, from what was seen on the wire first: the SDK wraps errors by kinds that it does not always recognise. */
export function failureOf(error: unknown, { status, retryAfterMs: waitMs, failure }: Watch): CallFailure {
  if (failure !== undefined) return { kind: failure };
  if (waitMs !== undefined) return { kind: "limited", retryAfterMs: waitMs };
  if (status !== undefined && status !== 200) return { kind: "status", status };
  const said = fieldsOf(fieldsOf(error)?.["data"]);
  const word = textOf(said?.["error"]);
  // An answer that is none of Slack's, such as the page of some server in between, comes as one long "error".
  if (said?.["ok"] !== false || word === undefined || !/^[a-z0-9_]{1,80}$/u.test(word)) return { kind: "broken" };
  if (word === "ratelimited" || word === "rate_limited") return { kind: "limited", retryAfterMs: RETRY_AFTER_MS };
  const needed = textOf(said["needed"]);
  return { kind: "refused", error: word, ...(needed === undefined ? {} : { needed }) };
}
