import { afterEach, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import fc from "fast-check";
import { Gate, ScriptedRuntime } from "../../src/adapters/agent/scripted/index.js";
import { MemoryTransport, type MemoryClient } from "../../src/adapters/transport/memory/index.js";
import { createGateway, type Gateway } from "../../src/app/compose/create-gateway.js";
import { Backoff } from "../../src/client/backoff.js";
import { createClient as createPageClient, CredentialStorage } from "../../src/client/browser/index.js";
import type { ConnectPlan, OpenSocket } from "../../src/client/connect-plan.js";
import type { CredentialStore, StoredToken } from "../../src/client/credentials.js";
import { ConnectError, ConnectionLostError, GatewayError } from "../../src/client/errors.js";
import { createClient, type Client, type ClientState, type CreateClientOptions } from "../../src/client/index.js";
import { effectOf } from "../../src/client/method-table.js";
import { ReconnectingClient } from "../../src/client/reconnecting-client.js";
import { CLIENT_VERSION } from "../../src/client/version.js";
import { METHODS } from "../../src/domain/protocol/catalog.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { TestDevice } from "../support/device.js";
import type { WireRefusal } from "./scripted-gateway.js";
import { ScriptedPeer, type PeerCall, type PeerScript, type WireClose } from "./scripted-peer.js";

interface RefusalVector {
  readonly name: string;
  readonly expected: { kind: string; code: string; message: string; details: Record<string, unknown>; closeCode: number; closeReason?: string; retryable?: boolean };
}

const opened: { stop?(): Promise<void>; close?(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await (one.stop?.() ?? one.close?.());
});

interface Rig {
  readonly clock: HandClock;
  readonly peer: ScriptedPeer;
  readonly client: Client;
  /** Every state since the start. */
  readonly states: ClientState[];
}

function rig(script: PeerScript = {}, more: Partial<CreateClientOptions> = {}): Rig {
  const clock = new HandClock();
  const peer = new ScriptedPeer(script);
  const client = createClient({ url: "ws://127.0.0.1:1", clock, random: () => 0.5, openSocket: peer.open, ...more });
  opened.push(client);
  const states: ClientState[] = [];
  client.onState((state) => states.push(state));
  return { clock, peer, client, states };
}

async function openRig(script: PeerScript = {}, more: Partial<CreateClientOptions> = {}): Promise<Rig> {
  const made = rig(script, more);
  made.client.start();
  await made.clock.pass(0);
  expect(made.client.state.kind).toBe("open");
  return made;
}

const waitOf = (states: readonly ClientState[], clock: HandClock): number => {
  const last = states.at(-1);
  if (last?.kind !== "waiting") throw new Error(`not waiting: ${String(last?.kind)}`);
  return last.until - clock.now();
};

/** What a call was rejected with. Errors of another realm are compared by their fields. */
async function refusalOf(attempt: Promise<unknown>): Promise<GatewayError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error("it was answered");
}

const refusal = (code: string, more: Partial<WireRefusal["error"]> & { details?: object } = {}): WireRefusal => ({
  error: { code: "INVALID_REQUEST", message: "no", ...more, details: { code, ...more.details } },
});

describe("how long it waits", () => {
  test("from 1 s to 30 s, doubled each time, spread over the whole of it", async () => {
    const { clock, client, states, peer } = rig({ judge: () => "unreachable" });
    client.start();
    await clock.pass(0);
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      expect(peer.dials).toBe(attempt);
      waits.push(waitOf(states, clock));
      await clock.pass(waits.at(-1) ?? 0);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    expect(states.at(-1)).toMatchObject({ kind: "waiting", why: { code: "UNREACHABLE" } });
  });

  test("whatever the dice, no wait is negative or past its bound", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 0.999_999, noNaN: true }), { minLength: 1, maxLength: 20 }), (rolls) => {
        const left = [...rolls];
        const backoff = new Backoff(() => left.shift() ?? 0);
        rolls.forEach((_, index) => {
          const bound = Math.min(30_000, 1000 * 2 ** index);
          const wait = backoff.nextMs();
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThan(bound);
        });
      }),
    );
  });

  test("only a connection that lasted brings it down again", async () => {
    const { clock, peer, states } = await openRig();
    const waits: number[] = [];
    for (const upMs of [0, 0, 9_999, 0, 10_000, 0]) {
      await clock.pass(upMs);
      peer.line.drop();
      await clock.pass(0);
      waits.push(waitOf(states, clock));
      await clock.pass(waits.at(-1) ?? 0);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 500, 1000]);
  });

  test("the gateway's own wait is kept to, wherever it is named", async () => {
    const refusals = [
      { error: { code: "UNAVAILABLE", message: "gateway starting; retry shortly", retryable: true, retryAfterMs: 7000 }, closeCode: 1013 },
      refusal("AUTH_RATE_LIMITED", { retryable: true, retryAfterMs: 300_000 }),
      refusal("AUTH_RATE_LIMITED", { details: { retryAfterMs: 5000 } }),
      refusal("AUTH_RATE_LIMITED", { retryable: true, retryAfterMs: 1e300 }),
    ];
    const { clock, client, states } = rig({ judge: (connect) => (connect ? refusals.shift() : undefined) });
    client.start();
    const waits: number[] = [];
    for (let left = refusals.length; left > 0; left -= 1) {
      await clock.pass(0);
      waits.push(waitOf(states, clock));
      await clock.pass(waits.at(-1) ?? 0);
    }
    expect(waits).toEqual([7000, 300_000, 5000, 3_600_000]);
    expect(client.state.kind).toBe("open");
  });

  test("start() ends a wait", async () => {
    const { clock, client, peer } = rig({ judge: () => "unreachable" });
    client.start();
    await clock.pass(0);
    client.start();
    await clock.pass(0);
    expect(peer.dials).toBe(2);
  });
});

describe("when it stops trying", () => {
  const PAUSING = [
    "AUTH_TOKEN_MISSING", "AUTH_BOOTSTRAP_TOKEN_INVALID", "AUTH_PASSWORD_MISSING", "AUTH_PASSWORD_MISMATCH", "AUTH_RATE_LIMITED",
    "AUTH_DEVICE_TOKEN_MISMATCH", "AUTH_SCOPE_MISMATCH", "AUTH_IDENTITY_HEADER_REQUIRED", "AUTH_VERIFIED_USER_REQUIRED", "PAIRING_REQUIRED",
    "CONTROL_UI_DEVICE_IDENTITY_REQUIRED", "DEVICE_IDENTITY_REQUIRED", "AUTH_TOKEN_MISMATCH", "PROTOCOL_MISMATCH", "CLIENT_VERSION_MISMATCH",
  ];
  /** Whatever else a gateway may refuse: its owner, its proxy or the next challenge may make it good. */
  const WAITING = [
    "DEVICE_AUTH_DEVICE_ID_MISMATCH", "DEVICE_AUTH_SIGNATURE_EXPIRED", "DEVICE_AUTH_NONCE_REQUIRED", "DEVICE_AUTH_NONCE_MISMATCH", "DEVICE_AUTH_SIGNATURE_INVALID",
    "DEVICE_AUTH_PUBLIC_KEY_INVALID", "DEVICE_AUTH_INVALID", "CONTROL_UI_ORIGIN_NOT_ALLOWED", "AUTH_TOKEN_NOT_CONFIGURED", "AUTH_PASSWORD_NOT_CONFIGURED",
    "AUTH_TAILSCALE_IDENTITY_MISSING", "AUTH_TAILSCALE_PROXY_MISSING", "AUTH_TAILSCALE_WHOIS_FAILED", "AUTH_TAILSCALE_IDENTITY_MISMATCH", "AUTH_REQUIRED",
    "AUTH_UNAUTHORIZED", "AUTHENTICATED_PROFILE_UNAVAILABLE", "SOMETHING_NEW",
  ];
  const GOING_ON: readonly (readonly [string, WireRefusal])[] = [
    ["pairing that does not want a pause", refusal("PAIRING_REQUIRED", { code: "NOT_PAIRED", details: { pauseReconnect: false } })],
    ["pairing that wants to be asked again", refusal("PAIRING_REQUIRED", { code: "NOT_PAIRED", details: { recommendedNextStep: "wait_then_retry" } })],
    ["a gateway that starts", { error: { code: "UNAVAILABLE", message: "gateway starting" }, closeCode: 1013 }],
    ...WAITING.map((code) => [code, refusal(code)] as const),
  ];
  const CLOSED: readonly (readonly ["waiting" | "paused", number, string])[] = [
    ["waiting", 1000, ""], ["waiting", 1005, ""], ["waiting", 1006, ""], ["waiting", 1008, "invalid request frame"], ["waiting", 1008, "too many pending handshake frames"],
    ["waiting", 1008, "gateway message handler loading"], ["waiting", 1008, "gateway ingress attribution required"], ["waiting", 1009, "preauth payload too large"],
    ["waiting", 1011, "handshake failed inside the gateway; retry"], ["waiting", 1012, "service restart"], ["waiting", 1013, "gateway starting"],
    ["waiting", 1013, "gateway restart in progress"], ["waiting", 1013, "gateway suspension in progress"], ["waiting", 4001, "client invalidated: gone"],
    // The answer was lost, and the reason of the close still says what it was.
    ["paused", 1002, "protocol mismatch"], ["paused", 1008, "pairing required: device is not approved yet (requestId: r-1)"], ["paused", 1008, "device identity required"],
    ["paused", 1008, "unauthorized: gateway token mismatch (hint)"], ["paused", 1008, "unauthorized: device token mismatch (rotate/reissue device token)"],
    ["paused", 1008, "unauthorized: bootstrap token invalid or expired (hint)"],
  ];
  const IN_WORDS: readonly [string, string][] = [
    ["NOT_PAIRED", "pairing required"], ["NOT_PAIRED", "device identity required"], ["INVALID_REQUEST", "protocol mismatch"],
    ["INVALID_REQUEST", "invalid role"], ["INVALID_REQUEST", "invalid connect params: at root: must have required property 'client'"],
    ["INVALID_REQUEST", "unauthorized: gateway token missing (hint)"], ["INVALID_REQUEST", "unauthorized: gateway password mismatch (hint)"],
  ];

  async function after(first: WireRefusal | WireClose): Promise<Rig> {
    const refusals: (WireRefusal | WireClose)[] = [first];
    const made = rig({ judge: (connect) => (connect ? refusals.shift() : undefined) });
    made.client.start();
    await made.clock.pass(0);
    return made;
  }

  test.each(PAUSING)("%s: no more attempts until start()", async (code) => {
    const { clock, client, peer } = await after(refusal(code));
    expect(client.state).toMatchObject({ kind: "paused", why: { detailCode: code }, hint: expect.stringMatching(/\w.*[.:]/) });
    expect(clock.pending).toBe(0);
    await clock.pass(3_600_000);
    expect(peer.dials).toBe(1);
    client.start();
    await clock.pass(0);
    expect(client.state.kind).toBe("open");
  });

  test.each(GOING_ON)("%s: it goes on", async (_what, first) => {
    const { clock, client } = await after(first);
    expect(client.state.kind).toBe("waiting");
    await clock.pass(1000);
    expect(client.state.kind).toBe("open");
  });

  test.each(CLOSED)("it is %s after a close before the answer: %s %s", async (kind, closeCode, closeReason) => {
    const { clock, client } = await after({ closeCode, closeReason });
    expect(client.state).toMatchObject({ kind, why: { closeCode, closeReason } });
    if (kind === "waiting") await clock.pass(1000);
    expect(client.state.kind).toBe(kind === "waiting" ? "open" : "paused");
  });

  test("every refusal in the conformance vectors is one of these", async () => {
    const { cases } = JSON.parse(await readFile("generated/conformance/refusals.json", "utf8")) as { cases: readonly RefusalVector[] };
    const kinds = new Map<string, string>();
    for (const { name, expected } of cases) {
      if (expected.kind !== "refused") continue;
      const { code, message, details, closeCode, closeReason = message, retryable = false } = expected;
      const { client } = await after({ error: { code, message, details, retryable }, closeCode, closeReason });
      kinds.set(name, `${client.state.kind} ${String(details["code"])}`);
    }
    const unforeseen = [...kinds].filter(([, kind]) => !PAUSING.some((code) => kind === `paused ${code}`) && !WAITING.some((code) => kind === `waiting ${code}`));
    expect(unforeseen).toEqual([["a role nobody has", "paused undefined"]]);
    expect(kinds.size).toBeGreaterThan(30);
  });

  test.each(IN_WORDS)("a gateway that says it in words only: %s, %s", async (code, message) => {
    const { client } = await after({ error: { code, message } });
    expect(client.state.kind).toBe("paused");
  });

  test("the hint of a pairing is the command that approves it", async () => {
    const { client } = await after(refusal("PAIRING_REQUIRED", { code: "NOT_PAIRED", details: { requestId: "req-7" } }));
    expect(client.state).toMatchObject({ hint: "Approve this device on the gateway's host: openclaw devices approve req-7" });
  });

  test("a key that cannot be read is nothing that time mends", async () => {
    const clock = new HandClock();
    const broken = (): ConnectPlan => {
      throw new Error("device.json is damaged");
    };
    const client = new ReconnectingClient({ clock, plan: broken });
    opened.push(client);
    client.start();
    await clock.pass(0);
    expect(client.state).toMatchObject({ kind: "paused", why: { message: "device.json is damaged" } });
  });

  test("a wrong token is tried once more as the device's own, then no more", async () => {
    const stored: StoredToken = { token: "issued", role: "operator", scopes: [], endpoint: "127.0.0.1:1" };
    const credentials: CredentialStore = { load: async () => stored, save: async () => undefined, clear: async () => undefined };
    const identity = { deviceId: "d".repeat(64), publicKey: "k", sign: () => "s" };
    const { clock, client, peer } = rig(
      { judge: (connect) => (connect ? refusal("AUTH_TOKEN_MISMATCH", { details: { canRetryWithDeviceToken: true } }) : undefined) },
      { token: "wrong", identity, credentials },
    );
    client.start();
    await clock.pass(3_600_000);
    expect(peer.connects.map(({ auth }) => auth?.token)).toEqual(["wrong", "issued"]);
    expect(client.state.kind).toBe("paused");
  });
});

describe("what a close code means", () => {
  test.each([[1000, ""], [1001, ""], [1006, ""], [1008, "slow consumer"], [1011, ""], [1013, "gateway restart in progress"]])("%s %s: the usual wait", async (code, reason) => {
    const { clock, peer, client, states } = await openRig();
    peer.line.drop(code, reason);
    await clock.pass(0);
    expect(states.at(-1)).toMatchObject({ kind: "waiting", why: { code: "CLOSED", closeCode: code, closeReason: reason } });
    await clock.pass(500);
    expect(client.state.kind).toBe("open");
  });

  test("1012: it is back within a second, or after as long as the gateway said", async () => {
    const { clock, peer, client, states } = await openRig();
    for (let drops = 0; drops < 3; drops += 1) {
      peer.line.drop();
      await clock.pass(3000);
    }
    peer.line.drop(1012, "service restart");
    await clock.pass(0);
    expect(waitOf(states, clock)).toBe(500);
    await clock.pass(20_000);
    expect(client.state.kind).toBe("open");
    peer.line.event("shutdown", { reason: "service restart", restartExpectedMs: 4000 });
    peer.line.drop(1012, "service restart");
    await clock.pass(0);
    expect(waitOf(states, clock)).toBe(4500);
  });

  test("1012 over and over: no rush", async () => {
    const { clock, peer, states } = await openRig();
    const waits: number[] = [];
    for (let restarts = 0; restarts < 4; restarts += 1) {
      peer.line.drop(1012, "service restart");
      await clock.pass(0);
      waits.push(waitOf(states, clock));
      await clock.pass(waits.at(-1) ?? 0);
    }
    expect(waits).toEqual([500, 500, 1000, 2000]);
  });

  test("4001: one attempt, and a refusal is the last word", async () => {
    const judged: (WireRefusal | "unreachable" | undefined)[] = [];
    let isGone = false;
    const { clock, peer, client } = await openRig({ judge: (connect) => (connect ? judged.shift() : isGone ? "unreachable" : undefined) });
    peer.line.drop(4001, "gateway auth changed");
    await clock.pass(500);
    expect(client.state.kind).toBe("open");

    judged.push({ error: { code: "UNAVAILABLE", message: "gateway starting", retryable: true, retryAfterMs: 10 }, closeCode: 1013 }, { error: { code: "INVALID_REQUEST", message: "unauthorized" } });
    await clock.pass(20_000);
    isGone = true;
    peer.line.drop(4001, "device removed");
    await clock.pass(20_000);
    isGone = false;
    await clock.pass(3_600_000);
    // Nobody there, then not ready yet: neither is a refusal. The third was one.
    expect(judged).toEqual([]);
    expect(client.state).toMatchObject({ kind: "paused", why: { code: "INVALID_REQUEST" } });
  });
});

describe("what it notices", () => {
  test("silence of more than two tick intervals; anything at all is no silence", async () => {
    const { clock, peer, client } = await openRig();
    await clock.pass(59_999);
    peer.line.say("not even JSON");
    await clock.pass(60_000);
    peer.line.event("tick", { ts: 1 }, 1);
    await clock.pass(60_000);
    expect(client.state.kind).toBe("open");
    await clock.pass(1);
    expect(peer.line.closedBy).toEqual({ code: 4000, reason: "tick timeout" });
    expect(client.state).toMatchObject({ kind: "waiting", why: { closeCode: 4000 } });
  });

  test("a jump in seq, once, and not from one connection to the next", async () => {
    const gaps: unknown[] = [];
    const { clock, peer, client } = await openRig({}, { onGap: (gap) => gaps.push(gap) });
    const heard: unknown[] = [];
    client.on("presence", (_payload, { seq }) => heard.push(seq));
    for (const seq of [5, 6, 9, undefined, 10, 10, 8, 11]) peer.line.event("presence", { presence: [] }, seq);
    await clock.pass(0);
    expect(gaps).toEqual([{ expected: 7, received: 9 }]);
    expect(heard).toEqual([5, 6, 9, undefined, 10, 10, 8, 11]);
    peer.line.drop();
    await clock.pass(500);
    peer.line.event("presence", { presence: [] }, 40);
    await clock.pass(0);
    expect(gaps).toHaveLength(1);
  });

  test("each new connection's snapshot, before the events that came with it", async () => {
    const log: string[] = [];
    const { clock, peer, client } = rig(
      { greeting: (line) => line.event("health", { ok: true }, 1) },
      { refresh: (hello) => log.push(`refresh ${hello.server.version}`) },
    );
    client.onEvent(({ event }) => log.push(event));
    client.onState(({ kind }) => log.push(kind));
    client.start();
    await clock.pass(0);
    peer.line.drop();
    await clock.pass(500);
    expect(log).toEqual(["connecting", "open", "health", "waiting", "connecting", "open", "refresh 9.9.9", "health"]);
    expect(client.hello?.protocol).toBe(4);
  });

  test("events as an iteration that outlives connections and ends with the client", async () => {
    const { clock, peer, client } = await openRig();
    const ticks = client.events("tick");
    peer.line.event("tick", { ts: 1 }, 1);
    peer.line.drop();
    await clock.pass(500);
    peer.line.event("tick", { ts: 2 }, 1);
    await clock.pass(0);
    const left = client.events("tick");
    await left.return?.();
    expect([await ticks.next(), await ticks.next(), await left.next()]).toEqual([{ done: false, value: { ts: 1 } }, { done: false, value: { ts: 2 } }, { done: true, value: undefined }]);
    const last = ticks.next();
    await client.stop();
    expect([await last, await client.events("tick").next()]).toEqual([{ done: true, value: undefined }, { done: true, value: undefined }]);
  });
});

describe("calls", () => {
  const health = { health: () => ({ ok: true }) };
  const hung: { call: PeerCall }[] = [];
  const hang = (call: PeerCall): undefined => void hung.push({ call });

  test("wait for a connection, in their order, or do not where that is asked for", async () => {
    const { clock, peer, client } = rig({ methods: { ...health, status: () => ({}) } });
    const answers = [client.call("health", {}), client.request("status"), client.call("health", {})];
    expect(await refusalOf(client.call("health", {}, { whenClosed: "reject" }))).toMatchObject({ name: "ConnectionLostError", code: "CLOSED", outcome: "not-sent" });
    client.start();
    await clock.pass(0);
    await Promise.all(answers);
    expect(peer.calls.map(({ method }) => method)).toEqual(["health", "status", "health"]);
  });

  test("made in the moment of the connection, by those who hear of it, find it there", async () => {
    const { client, clock } = rig({ methods: { health: () => ({ ok: true }) }, greeting: (line) => line.event("tick", { ts: 1 }) });
    const answers: Promise<unknown>[] = [];
    const ask = () => answers.push(client.request("health", {}, { whenClosed: "reject" }));
    client.onState(({ kind }) => void (kind === "open" && ask()));
    client.on("tick", ask);
    client.start();
    await clock.pass(0);
    expect(await Promise.all(answers)).toEqual([{ ok: true }, { ok: true }]);
  });

  test("at most so many", async () => {
    const { clock, client } = rig({ methods: health }, { queueLimit: 3 });
    const answers = [1, 2, 3].map(() => client.call("health", {}));
    expect(await refusalOf(client.call("health", {}))).toMatchObject({ code: "QUEUE_FULL", retryable: true });
    client.start();
    await clock.pass(0);
    expect(await Promise.all(answers)).toHaveLength(3);
  });

  test("no more at once than a gateway takes; the rest follows as answers come", async () => {
    const held: PeerCall[] = [];
    const { clock, peer, client } = await openRig({ methods: { health: (call) => void held.push(call) } }, { queueLimit: 300 });
    const answers = Array.from({ length: 500 }, () => client.call("health", {}));
    await clock.pass(0);
    expect(peer.calls).toHaveLength(240);
    while (held.length > 0) {
      for (const call of held.splice(0)) call.respond({ ok: true, payload: {} });
      await clock.pass(0);
    }
    expect(await Promise.all(answers)).toHaveLength(500);
  });

  test("reads that were under way are sent again, what may happen twice is not", async () => {
    let answers = false;
    const { clock, peer, client } = await openRig({ methods: { health: () => (answers ? { ok: true } : undefined), "sessions.reset": () => undefined, "made.up": () => undefined } });
    const read = client.call("health", {});
    const write = refusalOf(client.call("sessions.reset", { key: "main" }));
    const unknown = refusalOf(client.request("made.up", {}));
    await clock.pass(0);
    answers = true;
    peer.line.drop(1012, "service restart");
    await clock.pass(0);
    expect(await write).toMatchObject({ name: "ConnectionLostError", method: "sessions.reset", outcome: "unknown", closeCode: 1012 });
    expect((await unknown) instanceof ConnectionLostError).toBe(true);
    await clock.pass(500);
    expect(await read).toEqual({ ok: true });
    expect(peer.calls.map(({ method }) => method)).toEqual(["health", "sessions.reset", "made.up", "health"]);
  });

  test("a keyed one is sent again under the same key, made where the caller gave none, and before younger ones", async () => {
    let keys = 0;
    const { clock, peer, client } = await openRig({ methods: { send: ({ params }) => (peer.lines.length > 1 ? { runId: params["idempotencyKey"] } : undefined), ...health } }, { newKey: () => `key-${++keys}` });
    const target = { to: "x", channel: "webchat", message: "hi" };
    const sends = [client.call("send", target), client.call("send", { ...target, idempotencyKey: "mine" })];
    await clock.pass(0);
    peer.line.drop();
    await clock.pass(0);
    const young = client.call("health", {});
    await clock.pass(500);
    expect(await Promise.all(sends)).toEqual([{ runId: "key-1" }, { runId: "mine" }]);
    await young;
    expect(peer.calls.map(({ method, params }) => params["idempotencyKey"] ?? method)).toEqual(["key-1", "mine", "key-1", "mine", "health"]);
  });

  test("one that breaks the connection is not sent for ever", async () => {
    const { clock, peer, client } = await openRig({ methods: { send: ({ line }) => void line.drop(1009), health: ({ line }) => void line.drop() } });
    const big = refusalOf(client.call("send", { to: "x", message: "big" }));
    await clock.pass(1000);
    expect(await big).toMatchObject({ name: "ConnectionLostError", outcome: "unknown", closeCode: 1009 });
    const deadly = refusalOf(client.call("health", {}, { timeoutMs: Number.POSITIVE_INFINITY }));
    await clock.pass(600_000);
    expect(await deadly).toMatchObject({ outcome: "unknown" });
    expect(peer.calls.filter(({ method }) => method === "health")).toHaveLength(10);
  });

  test("one larger than the gateway takes is not sent at all", async () => {
    const { client, peer } = await openRig({ hello: { policy: { maxPayload: 200, maxBufferedBytes: 1, tickIntervalMs: 30_000 } }, methods: health });
    expect((await refusalOf(client.request("send", { message: "é".repeat(90) }))).code).toBe("TOO_LARGE");
    await client.call("health", {});
    expect(peer.calls).toHaveLength(1);
  });

  test("their time runs, with a connection or without", async () => {
    const { clock, client, peer } = rig({ methods: { health: hang } });
    const queued = refusalOf(client.call("health", {}));
    await clock.pass(30_000);
    expect(await queued).toMatchObject({ code: "TIMEOUT", retryable: true });
    const sent = refusalOf(client.call("health", {}, { timeoutMs: 5000 }));
    client.start();
    await clock.pass(2000);
    peer.line.drop();
    await clock.pass(3000);
    expect((await sent).code).toBe("TIMEOUT");
    expect(peer.calls).toHaveLength(2);
  });

  test("a pause rejects them with why, now and from then on", async () => {
    const { clock, client } = rig({ judge: (connect) => (connect ? refusal("PAIRING_REQUIRED", { code: "NOT_PAIRED", details: { requestId: "r1" } }) : undefined) });
    const before = refusalOf(client.call("health", {}));
    const open = client.opened().catch((error: unknown) => error);
    client.start();
    await clock.pass(0);
    for (const error of [await before, await refusalOf(client.call("health", {}))]) {
      expect(error).toMatchObject({ name: "ConnectionLostError", outcome: "not-sent", message: expect.stringContaining("openclaw devices approve r1") });
      expect((error.cause as ConnectError).pairing?.requestId).toBe("r1");
    }
    expect((await open) instanceof ConnectError).toBe(true);
  });
});

describe("stop()", () => {
  test.each<[string, PeerScript, number]>([
    ["before a challenge", { judge: () => undefined }, -1],
    ["while open", {}, 0],
    ["while waiting", { judge: () => "unreachable" }, 0],
    ["while paused", { judge: (connect) => (connect ? refusal("AUTH_TOKEN_MISSING") : undefined) }, 0],
  ])("%s: leaves nothing", async (_when, script, passMs) => {
    const { clock, client, peer } = rig(script);
    const ticks = client.events("tick").next();
    client.start();
    if (passMs >= 0) await clock.pass(passMs);
    const call = client.call("health", {}, { timeoutMs: Number.POSITIVE_INFINITY }).catch((error: unknown) => error);
    await Promise.all([client.stop(), client.stop()]);
    expect(await call).toMatchObject({ name: expect.stringMatching(/Error$/) });
    expect(await ticks).toEqual({ done: true, value: undefined });
    expect(client.state.kind).toBe("closed");
    expect(clock.pending).toBe(0);
    const { dials } = peer;
    await clock.pass(3_600_000);
    expect(peer.dials).toBe(dials);
    expect(() => client.start()).toThrow("stopped");
    expect(await refusalOf(client.call("health", {}))).toMatchObject({ outcome: "not-sent" });
    await expect(client.opened()).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("is not undone by what its listeners do, and tells of what was under way", async () => {
    const { clock, client, peer } = await openRig({ methods: { send: () => undefined, health: () => undefined } });
    client.onState(() => void client.stop());
    const send = refusalOf(client.call("send", { to: "x", message: "m" }));
    const read = refusalOf(client.call("health", {}));
    await clock.pass(0);
    await client.stop();
    expect(await send).toMatchObject({ outcome: "unknown" });
    expect((await read).code).toBe("CLOSED");
    expect(peer.line.closedBy).toEqual({ code: 1000, reason: "" });
  });
});

describe("with a gateway", () => {
  interface Live {
    readonly clock: HandClock;
    readonly gateway: Gateway;
    readonly client: Client;
    readonly agent: ScriptedRuntime;
    readonly gate: Gate;
    drop(): void;
  }

  async function live(maxProtocol: number): Promise<Live> {
    const clock = new HandClock();
    const gate = new Gate();
    const agent = new ScriptedRuntime([{ kind: "wait", gate }, { kind: "say", text: "done" }]);
    const gateway = createGateway({ auth: { token: "secret" }, agent, clock });
    opened.push(gateway);
    const transport = new MemoryTransport({ clock });
    await gateway.serve(transport);
    let ours: MemoryClient | undefined;
    const openSocket: OpenSocket = async (_endpoint, listener) => {
      const client = transport.connect({ address: "127.0.0.1" });
      ours = client;
      const read = async (): Promise<void> => {
        for (;;) {
          const text = await client.next().catch(() => undefined);
          if (text === undefined) return listener.closed(await client.closed);
          listener.message(text);
        }
      };
      void read();
      return { send: (text) => client.send(text), close: (code, reason) => client.close(code, reason) };
    };
    const identity = new TestDevice("laptop").asIdentity();
    const client = createClient({ url: "ws://127.0.0.1:1", token: "secret", identity, scopes: ["operator.read", "operator.write"], maxProtocol, clock, random: () => 0.5, openSocket });
    opened.push(client);
    client.start();
    await clock.pass(0);
    expect(client.state.kind).toBe("open");
    return { clock, gateway, client, agent, gate, drop: () => ours?.drop() };
  }

  test.each([3, 4])("protocol %s: a run whose connection is lost is started once and answered once", async (protocol) => {
    const { clock, client, agent, gate, drop } = await live(protocol);
    const accepted: unknown[] = [];
    const final = client.call("agent", { message: "hi", sessionKey: "main" }, { expectFinal: true, onAccepted: (payload) => accepted.push(payload) });
    await clock.pass(0);
    drop();
    await clock.pass(2000);
    expect(client.state.kind).toBe("open");
    drop();
    await clock.pass(40_000);
    gate.open();
    await clock.pass(2000);
    expect(await final).toMatchObject({ status: "ok", result: { payloads: [{ text: "done" }] } });
    expect(agent.turns).toHaveLength(1);
    expect(accepted).toHaveLength(1);
  });

  test("a run that ended while nobody listened is answered from memory", async () => {
    const { clock, client, agent, gate, drop } = await live(4);
    const final = client.call("agent", { message: "hi", sessionKey: "main" }, { expectFinal: true });
    await clock.pass(0);
    drop();
    gate.open();
    await clock.pass(2000);
    expect(await final).toMatchObject({ status: "ok" });
    expect(agent.turns).toHaveLength(1);
  });

  test("a message whose answer is lost is delivered once", async () => {
    const { clock, gateway, client, drop } = await live(4);
    const sent = client.call("send", { channel: "webchat", to: "main", message: "deployed" });
    drop();
    await clock.pass(2000);
    expect(await sent).toMatchObject({ channel: "webchat" });
    const again = client.call("send", { channel: "webchat", to: "main", message: "deployed", idempotencyKey: "k" });
    // Late enough that it was carried out, too early for the answer.
    await Promise.resolve();
    await Promise.resolve();
    drop();
    await clock.pass(2000);
    await again;
    const { messages } = await gateway.call("chat.history", { sessionKey: "main" });
    expect(messages).toHaveLength(2);
  });

  test("a following that is stopped ends", async () => {
    const { clock, client, gate, drop } = await live(4);
    const final = refusalOf(client.call("agent", { message: "hi", sessionKey: "main" }, { expectFinal: true }));
    await clock.pass(0);
    drop();
    await clock.pass(2000);
    await client.stop();
    gate.open();
    expect(await final).toMatchObject({ code: "CLOSED" });
  });
});

test("over real sockets: a run whose connection is cut twice is started once and answered once", async () => {
  const gate = new Gate();
  const agent = new ScriptedRuntime([{ kind: "wait", gate }, { kind: "say", text: "done" }]);
  const gateway = createGateway({ auth: { token: "secret" }, agent });
  opened.push(gateway);
  const { port } = await gateway.listen({ port: 0 });
  const wires = new Set<Socket>();
  const between = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const [one, other] of [[near, far], [far, near]] as const) {
      wires.add(one);
      one.on("error", () => undefined).on("close", () => other.destroy()).pipe(other);
    }
  });
  await once(between.listen(0, "127.0.0.1"), "listening");
  opened.push({ close: async () => void between.close() });
  const url = `ws://127.0.0.1:${(between.address() as AddressInfo).port}`;
  const identity = new TestDevice("cut off").asIdentity();
  const client = createClient({ url, token: "secret", identity, scopes: ["operator.read", "operator.write"], random: () => 0 });
  opened.push(client);
  client.start();
  await client.opened();
  let accepted = 0;
  let answer: Promise<unknown> = Promise.resolve();
  await new Promise<void>((resolve) => {
    answer = client.call("agent", { message: "hi", sessionKey: "main" }, { expectFinal: true, onAccepted: () => resolve(void (accepted += 1)) });
  });
  for (let cuts = 0; cuts < 2; cuts += 1) {
    const back = new Promise<void>((resolve) => client.onState(({ kind }) => kind === "open" && resolve()));
    for (const wire of wires) wire.destroy();
    await back;
  }
  gate.open();
  expect(await answer).toMatchObject({ status: "ok", result: { payloads: [{ text: "done" }] } });
  expect([agent.turns.length, accepted]).toEqual([1, 1]);
});

describe("a page's half, away from a browser", () => {
  const storage = (kept = new Map<string, string>()) => ({
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });

  test("a token is found under its device, role and endpoint, and under no others", async () => {
    const shared = storage();
    const mine = new CredentialStorage({ storage: shared, deviceId: "me" });
    const token: StoredToken = { token: "t", role: "operator", scopes: ["operator.read"], endpoint: "gateway:443" };
    await mine.save(token);
    expect(await mine.load("operator", "gateway:443")).toEqual(token);
    for (const [role, endpoint] of [["node", "gateway:443"], ["operator", "evil:443"], ["operator", ""]] as const) expect(await mine.load(role, endpoint)).toBeUndefined();
    expect(await new CredentialStorage({ storage: shared, deviceId: "you" }).load("operator", "gateway:443")).toBeUndefined();
    await mine.clear("operator", "evil:443");
    expect(shared.kept.size).toBe(1);
    await mine.clear("operator", "gateway:443");
    expect(shared.kept.size).toBe(0);
  });

  test.each(["{", "null", "[]", '{"token":1,"scopes":[]}', '{"token":"","scopes":[]}', '{"token":"t"}'])("what is no token is none: %s", async (text) => {
    const damaged = { ...storage(), getItem: () => text };
    expect(await new CredentialStorage({ storage: damaged, deviceId: "me" }).load("operator", "gateway:443")).toBeUndefined();
  });

  test("a full storage costs nothing but the token", async () => {
    const full = { ...storage(), setItem: () => { throw new Error("QuotaExceededError"); } };
    await new CredentialStorage({ storage: full, deviceId: "me" }).save({ token: "t", role: "operator", scopes: [], endpoint: "e" });
  });

  test("plain ws:// goes to this host, to private ones where that is allowed, and from an HTTPS page to this host only", () => {
    const codeOf = (url: string, allowPrivateNetwork = false): string => {
      try {
        createPageClient({ url, allowPrivateNetwork });
        return "ok";
      } catch (error) {
        return (error as ConnectError).code;
      }
    };
    expect([codeOf("ws://127.0.0.1:1"), codeOf("ws://192.168.1.2"), codeOf("ws://192.168.1.2", true), codeOf("ws://8.8.8.8", true)]).toEqual(["ok", "INSECURE_URL", "ok", "INSECURE_URL"]);
    const page = globalThis as { location?: { protocol: string } };
    page.location = { protocol: "https:" };
    try {
      expect([codeOf("ws://127.0.0.1:1"), codeOf("ws://192.168.1.2", true), codeOf("wss://192.168.1.2")]).toEqual(["ok", "INSECURE_URL", "ok"]);
    } finally {
      delete page.location;
    }
  });

  test("goes without a device where it is told to", async () => {
    const clock = new HandClock();
    const peer = new ScriptedPeer();
    const client = createPageClient({ url: "ws://127.0.0.1:1", token: "t", identity: "none", clock, openSocket: peer.open });
    opened.push(client);
    client.start();
    await clock.pass(0);
    expect(peer.connects[0]).toMatchObject({ client: { id: "gateway-client", mode: "ui", platform: "web" }, auth: { token: "t" } });
    expect(peer.connects[0]?.device).toBeUndefined();
  });
});

test("the client's table of methods says what the catalogue says", () => {
  for (const [name, { effect }] of Object.entries(METHODS)) expect([name, effectOf(name)]).toEqual([name, effect]);
});

test("the client's version is the package's", async () => {
  const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
  expect(CLIENT_VERSION).toBe(version);
});
