import { coversAll, holds } from "../domain/access/scopes.js";
import { grantOf } from "../domain/pairing/invite.js";
import { attempt, type Place } from "./attempt.js";
import type { ConnectPlan } from "./connect-plan.js";
import { firstCredentials, judgeRefusal, type Credentials } from "./credentials.js";
import { ConnectError } from "./errors.js";
import type { GatewayClient } from "./gateway-client.js";

/** Nobody was met there who could have refused anything, so that the gateway may be at another of its addresses. */
const NOBODY_THERE = new Set(["UNREACHABLE", "TIMEOUT", "CLOSED", "HTTP_REFUSED", "BAD_FRAME", "TLS_FAILED", "INSECURE_URL"]);

/**
 * Connects and is admitted, or rejects with a {@link ConnectError}. A token that the gateway issued before is used where
 * no secret is given, forgotten when the gateway no longer knows it, and a refusal is answered with other credentials
 * at most once. Of several addresses the first is taken at which a gateway answers, whatever it answers.
 */
export async function connect(plan: ConnectPlan): Promise<GatewayClient> {
  const failures: ConnectError[] = [];
  for (const place of await placesOf(plan)) {
    try {
      return await connectAt(plan, place);
    } catch (error) {
      if (!(error instanceof ConnectError) || !NOBODY_THERE.has(error.code)) throw error;
      failures.push(error);
    }
  }
  throw nobodyAt(failures);
}

async function placesOf({ endpoints, wish, ticket, credentials }: ConnectPlan): Promise<readonly Place[]> {
  // Without an identity there is nothing that an issued token could belong to.
  const store = wish.identity ? (ticket?.storeOver(credentials) ?? credentials) : undefined;
  const places: Place[] = [];
  for (const endpoint of endpoints) {
    const stored = await store?.load(wish.role, endpoint.key);
    places.push({ endpoint, ...(store === undefined ? {} : { store }), ...(stored === undefined ? {} : { stored }) });
  }
  const known = places.filter(({ stored }) => stored !== undefined);
  // A token is for the address it came from: a device that was paired keeps to that one.
  return known.length > 0 ? known : places;
}

function nobodyAt(failures: readonly ConnectError[]): ConnectError {
  const [first] = failures;
  if (!first) throw new Error("there is no address to connect to");
  if (failures.length === 1) return first;
  const waits = failures.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  return new ConnectError({
    code: failures.every(({ code }) => code === first.code) ? first.code : "UNREACHABLE",
    message: `No gateway could be reached at any of its addresses. ${failures.map(({ message }) => message).join(" ")}`,
    url: first.url,
    retryable: failures.some(({ retryable }) => retryable),
    cause: first,
    ...(waits.length === 0 ? {} : { retryAfterMs: Math.max(...waits) }),
  });
}

async function connectAt(plan: ConnectPlan, place: Place): Promise<GatewayClient> {
  const { wish, secret, ticket } = plan;
  const { endpoint, store, stored } = place;
  const wantsMore = stored !== undefined && !coversAll(stored.scopes, wish.scopes ?? []);
  const held = { secret, stored, bootstrapToken: ticket?.bootstrapToken, wantsMore };
  const first = firstCredentials(held);
  try {
    return await admitted(plan, place, first);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const next = judgeRefusal({ ...held, error, sent: first, endpoint });
    if (next.forgetToken) await store?.clear(wish.role, endpoint.key);
    if (!next.retryWith) throw error;
    if (first.kind === "setup-code") ticket?.spend();
    return await retried(plan, place, { first: error, credentials: next.retryWith });
  }
}

async function retried(plan: ConnectPlan, place: Place, { first, credentials }: { first: ConnectError; credentials: Credentials }): Promise<GatewayClient> {
  const { endpoint, store, stored } = place;
  try {
    return await admitted(plan, place, credentials);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const { forgetToken } = judgeRefusal({ error, sent: credentials, secret: {}, stored, endpoint, wantsMore: false });
    if (forgetToken) await store?.clear(plan.wish.role, endpoint.key);
    // The person gave a secret that was refused; that the cached token did not help either is no news to them.
    throw forgetToken ? first : error;
  }
}

const admitted = (plan: ConnectPlan, place: Place, credentials: Credentials): Promise<GatewayClient> =>
  attempt(plan, place, { credentials, scopes: scopesFor(plan, place, credentials) });

/**
 * A setup code grants less than was asked for where it opens less. Asking for the rest again, by the token that it was
 * exchanged for, would be a request to be approved for more.
 */
function scopesFor({ wish, ticket }: ConnectPlan, { stored }: Place, { kind }: Credentials): readonly string[] {
  if (wish.role !== "operator") return wish.scopes ?? [];
  if (kind === "setup-code") return wish.scopes ?? grantOf("limited").scopes;
  if (kind !== "device-token" || !stored) return wish.scopes ?? [];
  if (wish.scopes === undefined) return stored.scopes;
  return ticket ? wish.scopes.filter((scope) => holds(stored.scopes, scope)) : wish.scopes;
}
