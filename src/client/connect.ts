import type { HelloOk } from "../domain/protocol/hello.js";
import { ClientSession, type Ending, type Wire } from "./client-session.js";
import type { EventFrame } from "../domain/protocol/frames.js";
import { systemClock, type ClientClock } from "./clock.js";
import { connectParams, type ConnectWish } from "./connect-params.js";
import { firstCredentials, judgeRefusal, type CredentialStore, type Credentials, type SharedSecret, type StoredToken } from "./credentials.js";
import type { Endpoint } from "./endpoint.js";
import { ConnectError, GatewayError, textField } from "./errors.js";
import { openClient, type GatewayClient } from "./gateway-client.js";

export interface SocketListener {
  message(text: string): void;
  closed(ending: Ending): void;
}

/** Opens a WebSocket. Rejects with a {@link ConnectError} if it cannot, or once `signal` aborts. */
export type OpenSocket = (endpoint: Endpoint, listener: SocketListener, signal: AbortSignal) => Promise<Wire>;

export interface ConnectPlan {
  readonly endpoint: Endpoint;
  readonly wish: ConnectWish;
  readonly secret: SharedSecret;
  readonly open: OpenSocket;
  readonly credentials?: CredentialStore;
  /** For the whole of one attempt, from dialling to hello. */
  readonly timeoutMs: number;
  /** The platform's own without it. */
  readonly clock?: ClientClock;
  /** Hears every event from the first on, also those that arrive before the promise of {@link connect} is settled. */
  readonly heard?: (frame: EventFrame) => void;
  /** Calls the attempt off. */
  readonly signal?: AbortSignal;
}

// How long a refused socket may take to say its close code before it is no longer waited for.
const CLOSE_GRACE_MS = 500;

/**
 * Connects and is admitted, or rejects with a {@link ConnectError}. A token that the gateway issued before is used where
 * no secret is given, forgotten when the gateway no longer knows it, and a refusal is answered with other credentials
 * at most once.
 */
export async function connect(plan: ConnectPlan): Promise<GatewayClient> {
  const { endpoint, wish, secret } = plan;
  // Without an identity there is nothing that an issued token could belong to.
  const store = wish.identity ? plan.credentials : undefined;
  const stored = await store?.load(wish.role, endpoint.key);
  const first = firstCredentials(secret, stored);
  try {
    return await admitted(plan, store, first);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const next = judgeRefusal({ error, sent: first, secret, stored, endpoint });
    if (next.forgetToken) await store?.clear(wish.role, endpoint.key);
    if (!next.retryWith) throw error;
    return await retried(plan, store, { first: error, credentials: next.retryWith, stored });
  }
}

async function retried(
  plan: ConnectPlan,
  store: CredentialStore | undefined,
  { first, credentials, stored }: { first: ConnectError; credentials: Credentials; stored: StoredToken | undefined },
): Promise<GatewayClient> {
  try {
    return await admitted(plan, store, credentials);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const { forgetToken } = judgeRefusal({ error, sent: credentials, secret: {}, stored, endpoint: plan.endpoint });
    if (forgetToken) await store?.clear(plan.wish.role, plan.endpoint.key);
    // The person gave a secret that was refused; that the cached token did not help either is no news to them.
    throw forgetToken ? first : error;
  }
}

async function admitted(plan: ConnectPlan, store: CredentialStore | undefined, credentials: Credentials): Promise<GatewayClient> {
  const { endpoint, timeoutMs, clock = systemClock } = plan;
  const session = new ClientSession(clock);
  if (plan.heard) session.onEvent(plan.heard);
  const attempt = limited(session, plan, clock);
  try {
    attempt.signal.throwIfAborted();
    const hello = await shakeHands(session, plan, { credentials, signal: attempt.signal });
    await keepTokens(store, hello, endpoint);
    const witness = (method: string, result: unknown): Promise<void> => keepRotated({ plan, store, method, result });
    return openClient({ session, hello, endpoint, clock, witness });
  } catch (error) {
    if (plan.signal?.aborted) throw new ConnectError({ code: "STOPPED", message: "The attempt to connect was called off.", url: endpoint.url, cause: error });
    if (!attempt.signal.aborted) throw await explained(session, { endpoint, clock }, error);
    const message = `No gateway answered at ${endpoint.url} within ${timeoutMs / 1000} s.`;
    throw new ConnectError({ code: "TIMEOUT", message, url: endpoint.url, retryable: true, cause: error });
  } finally {
    attempt.settled();
  }
}

/** Gives the attempt up once its time is over or its caller wants no more of it, whatever it is waiting for then. */
function limited(session: ClientSession, { signal, timeoutMs }: ConnectPlan, clock: ClientClock): { signal: AbortSignal; settled: () => void } {
  const abort = new AbortController();
  const giveUp = (ending: Ending): void => {
    abort.abort();
    session.close(ending.code, ending.reason);
    session.ended(ending);
  };
  const cancelTimeout = clock.callAt(clock.now() + timeoutMs, () => giveUp({ code: 4000, reason: "connect timeout" }));
  const callOff = (): void => giveUp({ code: 1000, reason: "" });
  signal?.addEventListener("abort", callOff, { once: true });
  if (signal?.aborted) callOff();
  return {
    signal: abort.signal,
    settled() {
      cancelTimeout();
      signal?.removeEventListener("abort", callOff);
    },
  };
}

async function shakeHands(
  session: ClientSession,
  plan: ConnectPlan,
  { credentials, signal }: { credentials: Credentials; signal: AbortSignal },
): Promise<HelloOk> {
  const wire = await plan.open(
    plan.endpoint,
    { message: (text) => session.receive(text), closed: (ending) => session.ended(ending) },
    signal,
  );
  session.attach(wire);
  const params = await connectParams(plan.wish, credentials, await session.challenge);
  const hello = (await session.call("connect", params, { timeoutMs: Number.POSITIVE_INFINITY })) as Partial<HelloOk> | undefined;
  if (hello?.type === "hello-ok" && Array.isArray(hello.features?.methods)) return hello as HelloOk;
  throw new GatewayError({ code: "BAD_FRAME", message: "The gateway's hello is not one of this protocol." });
}

/** What went wrong, with the close code that the gateway adds right after its refusal. */
async function explained(session: ClientSession, { endpoint, clock }: { endpoint: Endpoint; clock: ClientClock }, error: unknown): Promise<unknown> {
  if (error instanceof ConnectError || !(error instanceof GatewayError)) {
    session.close(1000, "");
    return error;
  }
  if (error.code === "BAD_FRAME") session.close(1008, "connect failed");
  let cancelGrace = (): void => undefined;
  const grace = new Promise<undefined>((resolve) => {
    cancelGrace = clock.callAt(clock.now() + CLOSE_GRACE_MS, () => resolve(undefined));
  });
  const ending = await Promise.race([session.closed, grace]);
  cancelGrace();
  session.close(1008, "connect failed");
  const pairing = error.code === "CLOSED" && ending?.reason.startsWith("pairing required");
  return new ConnectError({
    code: pairing ? "NOT_PAIRED" : error.code,
    message: error.message,
    details: error.details,
    retryable: error.retryable,
    url: endpoint.url,
    cause: error,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(ending === undefined ? {} : { closeCode: ending.code, closeReason: ending.reason }),
  });
}

async function keepTokens(store: CredentialStore | undefined, hello: HelloOk, endpoint: Endpoint): Promise<void> {
  const { auth } = hello;
  if (!store || !auth) return;
  const issued = [auth, ...(auth.deviceTokens ?? [])];
  for (const { deviceToken: token, role, scopes } of issued) {
    if (token) await store.save({ token, role, scopes: scopes ?? [], endpoint: endpoint.key });
  }
}

/** Replacing one's own token makes the old one worthless at once, and its answer is the only place that names the new one. */
async function keepRotated(seen: { plan: ConnectPlan; store: CredentialStore | undefined; method: string; result: unknown }): Promise<void> {
  const { plan, store, method, result } = seen;
  if (!store || method !== "device.token.rotate" || textField(result, "deviceId") !== plan.wish.identity?.deviceId) return;
  const token = textField(result, "token");
  const { role, scopes } = result as { role?: unknown; scopes?: unknown };
  if (!token || typeof role !== "string" || !Array.isArray(scopes)) return;
  await store.save({ token, role, scopes: scopes.map(String), endpoint: plan.endpoint.key });
}
