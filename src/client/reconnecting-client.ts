import type { Event, PayloadOf } from "../domain/protocol/catalog.js";
import type { EventFrame } from "../domain/protocol/frames.js";
import type { HelloOk } from "../domain/protocol/hello.js";
import { Backoff } from "./backoff.js";
import { CallBook } from "./call-book.js";
import type { CallOptions, Client, ClientState, ReconnectOptions } from "./client.js";
import type { Ending } from "./client-session.js";
import { systemClock, type ClientClock } from "./clock.js";
import { connect } from "./connect.js";
import type { ConnectPlan } from "./connect-plan.js";
import type { Endpoint } from "./endpoint.js";
import { ConnectError, ConnectionLostError, numberField, textField, type GatewayError } from "./errors.js";
import { EventDesk } from "./event-desk.js";
import { DEFAULT_TIMEOUT_MS, type GatewayClient, type GatewayEvent } from "./gateway-client.js";
import { guarded, ListenerSet } from "./listener-set.js";
import { effectOf } from "./method-table.js";
import { randomKey } from "./random-key.js";
import { judgeFailure } from "./refusal-table.js";
import { isUnderWay, RunFollower } from "./run-follower.js";

export interface ClientParts extends ReconnectOptions {
  /** Made anew for each attempt, so that it may read keys and tokens. */
  readonly plan: () => ConnectPlan | Promise<ConnectPlan>;
}

const QUEUE_LIMIT = 1000;
const STABLE_AFTER_MS = 10_000;
const MAX_RESTART_WAIT_MS = 60_000;
const SERVICE_RESTART = 1012;
const INVALIDATED = 4001;

/** The {@link Client} of both doors. Everything it knows of the platform comes in its parts. */
export class ReconnectingClient implements Client {
  readonly #parts: ClientParts;
  readonly #clock: ClientClock;
  readonly #backoff: Backoff;
  readonly #calls: CallBook;
  readonly #events: EventDesk;
  readonly #follower: RunFollower;
  readonly #stateListeners = new ListenerSet<[ClientState]>();
  #state: ClientState = { kind: "idle" };
  #abort = new AbortController();
  #link: GatewayClient | undefined;
  #attempt: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #cancelWait = (): void => undefined;
  #openedAt = 0;
  #openings = 0;
  /** What a gateway that shuts down said it would need. */
  #restartMs = 0;
  #wasInvalidated = false;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
    this.#backoff = new Backoff(parts.random ?? Math.random);
    this.#calls = new CallBook({ clock: this.#clock, limit: parts.queueLimit ?? QUEUE_LIMIT });
    this.#events = new EventDesk((gap) => guarded(() => parts.onGap?.(gap)));
    this.#follower = new RunFollower(this.#clock, (method, params, options) => this.#calls.submit({ method, params, ...options, queue: true }));
    this.#events.on("shutdown", (payload) => {
      this.#restartMs = Math.min(MAX_RESTART_WAIT_MS, Math.max(0, numberField(payload, "restartExpectedMs") ?? 0));
    });
  }

  get state(): ClientState {
    return this.#state;
  }

  get hello(): HelloOk | undefined {
    return this.#state.kind === "open" ? this.#state.hello : undefined;
  }

  get endpoint(): Endpoint | undefined {
    return this.#state.kind === "open" ? this.#link?.endpoint : undefined;
  }

  start(): void {
    const { kind } = this.#state;
    if (kind === "closed") throw new Error("a stopped client cannot be started again; make a new one");
    if (kind === "connecting" || kind === "open") return;
    this.#cancelWait();
    if (kind === "paused") this.#backoff.reset();
    this.#calls.allow();
    this.#attempt = this.#dial();
  }

  stop(): Promise<void> {
    if (this.#stopped) return this.#stopped;
    let done = (): void => undefined;
    // Before anything else: a listener that hears of the end may call this again.
    this.#stopped = new Promise((resolve) => (done = resolve));
    void this.#shutDown(done);
    return this.#stopped;
  }

  opened(): Promise<HelloOk> {
    return new Promise((resolve, reject) => {
      const settle = (state: ClientState): void => {
        if (state.kind === "open") resolve(state.hello);
        else if (state.kind === "paused") reject(state.why);
        else if (state.kind === "closed") reject(new ConnectionLostError({ method: "connect", outcome: "not-sent", message: "the client was stopped" }));
        else return;
        leave();
      };
      const leave = this.#stateListeners.add(settle);
      settle(this.#state);
    });
  }

  call(method: string, params: unknown, options?: CallOptions): Promise<never> {
    return this.request(method, params, options) as Promise<never>;
  }

  async request(method: string, given?: unknown, options: CallOptions = {}): Promise<unknown> {
    const { expectFinal = false, onAccepted, timeoutMs = expectFinal ? Number.POSITIVE_INFINITY : DEFAULT_TIMEOUT_MS } = options;
    const deadline = this.#clock.now() + timeoutMs;
    const params = effectOf(method) === "keyed" ? this.#keyed(given) : given;
    const answer = await this.#calls.submit({
      method,
      params,
      timeoutMs,
      expectFinal,
      queue: (options.whenClosed ?? this.#parts.whenClosed ?? "queue") === "queue",
      ...(onAccepted === undefined ? {} : { onAccepted: once(onAccepted) }),
    });
    const runId = textField(answer, "runId");
    if (!expectFinal || method !== "agent" || runId === undefined || !isUnderWay(answer)) return answer;
    return await this.#follower.follow(runId, params, deadline);
  }

  on(event: string, listener: (payload: never, event: GatewayEvent) => void): () => void {
    return this.#events.on(event, listener as (payload: unknown, event: GatewayEvent) => void);
  }

  onEvent(listener: (event: GatewayEvent) => void): () => void {
    return this.#events.onAny(listener);
  }

  events<E extends Event>(event: E): AsyncIterableIterator<PayloadOf<E>> {
    return this.#events.feed(event);
  }

  onState(listener: (state: ClientState) => void): () => void {
    return this.#stateListeners.add(listener);
  }

  #keyed(params: unknown): unknown {
    if (typeof params !== "object" || params === null || textField(params, "idempotencyKey") !== undefined) return params;
    return { ...params, idempotencyKey: (this.#parts.newKey ?? randomKey)() };
  }

  #become(state: ClientState): void {
    this.#state = state;
    this.#stateListeners.tell(state);
  }

  async #dial(): Promise<void> {
    const { signal } = this.#abort;
    // The first events may come before the listeners have seen the snapshot that they build upon.
    const early: EventFrame[] = [];
    let hear = (frame: EventFrame): void => void early.push(frame);
    this.#become({ kind: "connecting" });
    try {
      const plan = await this.#parts.plan();
      const link = await connect({ ...plan, clock: this.#clock, signal, heard: (frame) => hear(frame) });
      if (signal.aborted) return await link.close();
      this.#admitted(link);
      hear = (frame) => this.#events.deliver(frame);
      for (const frame of early) hear(frame);
      void link.closed.then((ending) => this.#ended(link, ending));
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }

  #admitted(link: GatewayClient): void {
    this.#link = link;
    this.#openedAt = this.#clock.now();
    this.#openings += 1;
    this.#restartMs = 0;
    this.#wasInvalidated = false;
    this.#events.restart();
    // Before anybody hears of it: what they call then must find the connection that they were told of.
    this.#calls.attach(link);
    this.#become({ kind: "open", hello: link.hello });
    if (this.#openings > 1) guarded(() => this.#parts.refresh?.(link.hello));
  }

  #ended(link: GatewayClient, ending: Ending): void {
    this.#calls.detach();
    this.#link = undefined;
    if (this.#stopped) return;
    if (this.#clock.now() - this.#openedAt >= (this.#parts.stableAfterMs ?? STABLE_AFTER_MS)) this.#backoff.reset();
    this.#wasInvalidated = ending.code === INVALIDATED;
    const isComingBack = ending.code === SERVICE_RESTART || this.#wasInvalidated;
    const delayMs = isComingBack ? this.#restartMs + this.#backoff.soonMs() : this.#backoff.nextMs();
    this.#wait(delayMs, closedError(link, ending));
  }

  #failed(error: unknown): void {
    const move = judgeFailure(error, { wasInvalidated: this.#wasInvalidated });
    if (move.kind === "wait") return this.#wait(Math.max(move.atLeastMs, this.#backoff.nextMs()), error as GatewayError);
    const why = error instanceof Error ? error : new Error("the client's keys or tokens cannot be used", { cause: error });
    this.#calls.refuse(`not connected: ${why.message} ${move.hint}`, why);
    this.#become({ kind: "paused", why, hint: move.hint });
  }

  #wait(delayMs: number, why: GatewayError): void {
    const until = this.#clock.now() + delayMs;
    this.#cancelWait = this.#clock.callAt(until, () => {
      this.#attempt = this.#dial();
    });
    this.#become({ kind: "waiting", until, why });
  }

  async #shutDown(done: () => void): Promise<void> {
    this.#cancelWait();
    this.#abort.abort();
    this.#calls.refuse("the client was stopped");
    this.#become({ kind: "closed" });
    await this.#link?.close();
    await this.#attempt;
    this.#follower.close();
    this.#events.end();
    done();
  }
}

const closedError = ({ endpoint: { url } }: GatewayClient, { code, reason }: Ending): ConnectError =>
  new ConnectError({
    code: "CLOSED",
    message: `The connection to ${url} closed (${code}${reason === "" ? "" : ` ${reason}`}).`,
    url,
    retryable: true,
    closeCode: code,
    closeReason: reason,
  });

/** A request that is sent again may be accepted again; its caller hears of it once. */
function once(listener: (payload: unknown) => void): (payload: unknown) => void {
  let told = false;
  return (payload) => {
    if (told) return;
    told = true;
    guarded(() => listener(payload));
  };
}
