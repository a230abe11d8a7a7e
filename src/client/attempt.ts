import type { HelloOk } from "../domain/protocol/hello.js";
import { ClientSession, type Ending } from "./client-session.js";
import { systemClock, type ClientClock } from "./clock.js";
import { connectParams } from "./connect-params.js";
import type { ConnectPlan } from "./connect-plan.js";
import type { Credentials, CredentialStore, StoredToken } from "./credentials.js";
import type { Endpoint } from "./endpoint.js";
import { ConnectError, GatewayError, textField } from "./errors.js";
import { openClient, type GatewayClient } from "./gateway-client.js";

/** One of a gateway's addresses, and what is known of it. */
export interface Place {
  readonly endpoint: Endpoint;
  readonly store?: CredentialStore;
  /** What it issued to this device in the role that is asked for. */
  readonly stored?: StoredToken;
}

/** What is shown and asked for in one attempt. */
export interface Bid {
  readonly credentials: Credentials;
  readonly scopes: readonly string[];
}

// How long a refused socket may take to say its close code before it is no longer waited for.
const CLOSE_GRACE_MS = 500;

/** Dials one address once, with one set of credentials. Rejects with a {@link ConnectError}. */
export async function attempt(plan: ConnectPlan, place: Place, bid: Bid): Promise<GatewayClient> {
  const { timeoutMs, clock = systemClock } = plan;
  const { endpoint } = place;
  const session = new ClientSession(clock);
  if (plan.heard) session.onEvent(plan.heard);
  const limit = limited(session, plan, clock);
  try {
    limit.signal.throwIfAborted();
    const hello = await shakeHands(session, plan, { endpoint, bid, signal: limit.signal });
    if (bid.credentials.kind === "setup-code") plan.ticket?.spend();
    await keepTokens(place, hello);
    const witness = (method: string, result: unknown): Promise<void> => keepRotated({ plan, place, method, result });
    return openClient({ session, hello, endpoint, clock, witness });
  } catch (error) {
    if (plan.signal?.aborted) throw new ConnectError({ code: "STOPPED", message: "The attempt to connect was called off.", url: endpoint.url, cause: error });
    if (!limit.signal.aborted) throw await explained(session, { endpoint, clock }, error);
    const message = `No gateway answered at ${endpoint.url} within ${timeoutMs / 1000} s.`;
    throw new ConnectError({ code: "TIMEOUT", message, url: endpoint.url, retryable: true, cause: error });
  } finally {
    limit.settled();
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
  { endpoint, bid, signal }: { endpoint: Endpoint; bid: Bid; signal: AbortSignal },
): Promise<HelloOk> {
  const wire = await plan.open(
    endpoint,
    { message: (text) => session.receive(text), closed: (ending) => session.ended(ending) },
    signal,
  );
  session.attach(wire);
  const challenge = await session.challenge;
  if (bid.credentials.kind === "setup-code" && plan.ticket?.hasExpired(challenge.ts)) throw expiredCode();
  const params = await connectParams({ ...plan.wish, scopes: bid.scopes }, bid.credentials, challenge);
  const hello = (await session.call("connect", params, { timeoutMs: Number.POSITIVE_INFINITY })) as Partial<HelloOk> | undefined;
  if (hello?.type === "hello-ok" && Array.isArray(hello.features?.methods)) return hello as HelloOk;
  throw new GatewayError({ code: "BAD_FRAME", message: "The gateway's hello is not one of this protocol." });
}

/** What the gateway would answer, without a secret on the way to it and a wrong guess in its books. */
const expiredCode = (): GatewayError =>
  new GatewayError({
    code: "INVALID_REQUEST",
    message: "This setup code has expired. Ask for a new one: openclaw devices invite",
    details: { code: "AUTH_BOOTSTRAP_TOKEN_INVALID" },
  });

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

async function keepTokens({ endpoint, store, stored }: Place, { auth }: HelloOk): Promise<void> {
  if (!store || !auth) return;
  const issued = [auth, ...(auth.deviceTokens ?? [])];
  for (const { deviceToken: token, role, scopes = [] } of issued) {
    // A hello names the scopes of its own connection, for which the token's were perhaps not all asked.
    const known = stored !== undefined && stored.token === token ? stored.scopes : [];
    if (token) await store.save({ token, role, scopes: [...new Set([...known, ...scopes])], endpoint: endpoint.key });
  }
}

/** Replacing one's own token makes the old one worthless at once, and its answer is the only place that names the new one. */
async function keepRotated(seen: { plan: ConnectPlan; place: Place; method: string; result: unknown }): Promise<void> {
  const { plan, place: { endpoint, store }, method, result } = seen;
  if (!store || method !== "device.token.rotate" || textField(result, "deviceId") !== plan.wish.identity?.deviceId) return;
  const token = textField(result, "token");
  const { role, scopes } = result as { role?: unknown; scopes?: unknown };
  if (!token || typeof role !== "string" || !Array.isArray(scopes)) return;
  await store.save({ token, role, scopes: scopes.map(String), endpoint: endpoint.key });
}
