import type * as DiscordJs from "discord.js";
import { after } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Clock } from "../../../ports/clock.js";
import { lastingController } from "../lasting-controller.js";
import type { DiscordConfig } from "./config.js";
import { Exchange, ExchangeError } from "./exchange.js";
import type { CallFailure } from "./failures.js";
import { countOf, fieldsOf } from "./fields.js";

export type Sdk = typeof DiscordJs;
export type RestOptions = NonNullable<ConstructorParameters<Sdk["REST"]>[0]>;

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the API's version, every part of it fit for a URL. */
  readonly route: `/${string}`;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly file?: { readonly name: string; readonly mimeType: string; readonly bytes: Uint8Array };
}

export interface CallTerms {
  readonly timeoutMs?: number;
  readonly cancel?: Cancel;
}

export type CallOutcome = { readonly kind: "ok"; readonly result: unknown } | CallFailure;

/** The longest that a timer of Node's can be: calls end by the clock of the gateway. */
const NEVER_MS = 2_147_483_647;

let loading: Promise<Sdk> | undefined;

/** Loads the SDK on first use: it takes 300 ms and 23 MB, which a gateway without Discord should not pay. */
export const loadSdk = (): Promise<Sdk> => {
  loading ??= import("discord.js").catch((error: unknown) => {
    // Out of memory or file handles for a moment: the next start may find it better.
    loading = undefined;
    throw error;
  });
  return loading;
};

/**
 * How the SDK is to call Discord: it repeats nothing and waits for nothing by itself, so that the core knows of every
 * limit and no message is doubled behind its back.
 */
export const restOptions = (sdk: Sdk, { apiRoot }: DiscordConfig, exchange: Exchange): Partial<RestOptions> => ({
  api: apiRoot,
  version: sdk.APIVersion,
  retries: 0,
  rejectOnRateLimit: () => true,
  timeout: NEVER_MS,
  makeRequest: (url, init) => exchange.fetch(url, init as unknown as RequestInit) as unknown as ReturnType<NonNullable<RestOptions["makeRequest"]>>,
});

/** What went wrong, out of whatever the SDK throws. */
export function failureOf(sdk: Sdk, error: unknown): CallFailure {
  if (error instanceof ExchangeError) return error.failure;
  // The SDK counts up to fifty calls in a second.
  if (error instanceof sdk.RateLimitError) return { kind: "limited", retryAfterMs: 1_000, scope: "account" };
  if (error instanceof sdk.DiscordAPIError) {
    const code = countOf(error.code);
    return { kind: "answered", status: error.status, ...(code === undefined ? {} : { code }) };
  }
  if (error instanceof sdk.HTTPError) return { kind: "answered", status: error.status };
  if (fieldsOf(error)?.["code"] === "TokenInvalid") return { kind: "answered", status: 401 };
  return { kind: "unanswered", because: "broken" };
}

/** Discord's REST API for one account. Each call ends by itself, and none is repeated. */
export class DiscordApi {
  readonly sdk: Sdk;
  readonly config: DiscordConfig;
  readonly clock: Clock;
  readonly #rest: InstanceType<Sdk["REST"]>;
  readonly #closing = lastingController();
  readonly #exchange: Exchange;
  readonly #flying = new Set<Promise<unknown>>();

  constructor({ sdk, config, clock }: { readonly sdk: Sdk; readonly config: DiscordConfig; readonly clock: Clock }) {
    this.sdk = sdk;
    this.config = config;
    this.clock = clock;
    this.#exchange = new Exchange({ clock, cancel: this.#closing.signal });
    this.#rest = new sdk.REST(restOptions(sdk, config, this.#exchange));
  }

  /** Aborted once the account is left. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  call(request: ApiRequest, terms: CallTerms = {}): Promise<CallOutcome> {
    const outcome = this.#call(request, terms).finally(() => this.#flying.delete(outcome));
    this.#flying.add(outcome);
    return outcome;
  }

  /** Resolves once nothing is under way of what was asked for until now. */
  async settled(): Promise<void> {
    await Promise.all(this.#flying);
  }

  async #call({ method, route, query, body, file }: ApiRequest, { timeoutMs = 30_000, cancel }: CallTerms): Promise<CallOutcome> {
    const limited = this.#exchange.limitOn(method, route);
    if (limited !== undefined) return limited;
    const flight = new AbortController();
    let because: "late" | "cancelled" = "cancelled";
    const abort = (): void => flight.abort();
    const disarm = this.clock.callAt(after(this.clock.now(), timeoutMs), () => {
      because = "late";
      abort();
    });
    cancel?.addEventListener("abort", abort);
    if (cancel?.aborted === true || this.#closing.signal.aborted) abort();
    try {
      // After a refusal the SDK forgets it.
      this.#rest.setToken(this.config.token);
      const result = await this.#rest.request({
        method: this.sdk.RequestMethod[METHODS[method]], fullRoute: route, signal: flight.signal,
        ...(query === undefined ? {} : { query: new URLSearchParams(query) }),
        ...(body === undefined ? {} : { body }),
        ...(file === undefined ? {} : { files: [{ name: file.name, data: Buffer.from(file.bytes), contentType: file.mimeType }] }),
      });
      return { kind: "ok", result };
    } catch (error) {
      // Given up while it waited for its turn.
      if (flight.signal.aborted && !(error instanceof ExchangeError)) return { kind: "unsent" };
      const failure = failureOf(this.sdk, error);
      return failure.kind === "unanswered" && flight.signal.aborted ? { kind: "unanswered", because } : failure;
    } finally {
      disarm();
      cancel?.removeEventListener("abort", abort);
    }
  }

  /** Gives up whatever is under way, and all that is asked for later. */
  close(): void {
    this.#closing.abort();
    this.#rest.clearHashSweeper();
    this.#rest.clearHandlerSweeper();
  }
}

const METHODS = { GET: "Get", POST: "Post", PUT: "Put", PATCH: "Patch", DELETE: "Delete" } as const;
