import { afterEach, describe, expect, test } from "@jest/globals";
import { context, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor, type ReadableSpan } from "@opentelemetry/sdk-trace-node";
import { MemoryLog, SilentLog } from "../../src/adapters/log/memory/index.js";
import { PrometheusMetrics } from "../../src/adapters/metrics/prometheus/index.js";
import { OpenTelemetryTracing } from "../../src/adapters/tracing/opentelemetry/index.js";
import { registeredTracing } from "../../src/app/compose/tracing.js";
import { Hub } from "../../src/app/gateway/hub.js";
import { Peer } from "../../src/app/gateway/peer.js";
import { claimScopes, grantScopes } from "../../src/domain/access/scopes.js";
import { HARD_BUFFER_BYTES, SOFT_BUFFER_BYTES } from "../../src/domain/events/slow-reader.js";
import { RULES } from "../../src/domain/handshake/rules.js";
import { DEFAULT_POLICY } from "../../src/domain/messaging/policy.js";
import { epochMs } from "../../src/domain/moment.js";
import type { Connection } from "../../src/ports/transport.js";
import { createTestGateway, MemoryChannel, type TestGateway, type TestGatewayOptions } from "../../src/testing/index.js";
import { connectParams } from "../../src/testing/test-device.js";

const opened: TestGateway[] = [];
afterEach(async () => {
  for (const gateway of opened.splice(0)) await gateway.close();
});

const OPEN = { channels: [{ channel: "memory", accountId: "default", policy: { ...DEFAULT_POLICY, dmPolicy: "open" as const } }] };

async function open(options: TestGatewayOptions): Promise<TestGateway> {
  const gateway = await createTestGateway({ settings: OPEN, ...options });
  opened.push(gateway);
  return gateway;
}

describe("what is measured", () => {
  // One for all, as in a process: it measures that too.
  const opening = PrometheusMetrics.open();

  /** What a scrape has under a name: by labels as they are written, without the buckets of histograms. */
  async function scraped(name: string): Promise<Record<string, number>> {
    const lines = (await (await opening).text()).split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    return Object.fromEntries(lines.map((line): [string, number] => [line.slice(name.length, line.lastIndexOf(" ")).replaceAll('"', ""), Number(line.slice(line.lastIndexOf(" ")))]));
  }

  async function change(name: string, act: () => Promise<unknown>): Promise<Record<string, number>> {
    const before = await scraped(name);
    await act();
    const after = Object.entries(await scraped(name)).map(([labels, value]): [string, number] => [labels, value - (before[labels] ?? 0)]);
    return Object.fromEntries(after.filter(([, value]) => value !== 0));
  }

  test("handshakes, by how they were judged, each under a name that stands in the code", async () => {
    const gateway = await open({ metrics: await opening, settings: { ...OPEN, pairing: { autoApproveLocal: false } } });
    const outcomes = await change("openclaw_handshakes_total", async () => {
      const stranger = gateway.arrive({ address: "203.0.113.7" });
      expect((await stranger.tryConnect({ auth: { token: "wrong" } })).ok).toBe(false);
      const broken = gateway.arrive();
      broken.send("{");
      await broken.closed;
      const late = gateway.arrive();
      await gateway.pass(11_000);
      await late.closed;
      await expect(gateway.connect()).rejects.toThrow("NOT_PAIRED");
      await gateway.connect({ device: null });
    });
    const refused = Object.keys(outcomes).filter((labels) => !["{outcome=admitted}", "{outcome=malformed}", "{outcome=timeout}", "{outcome=pairing}"].includes(labels));
    expect(outcomes).toMatchObject({ "{outcome=admitted}": 1, "{outcome=malformed}": 1, "{outcome=timeout}": 1, "{outcome=pairing}": 1 });
    expect(refused).toHaveLength(1);
    expect(RULES.map(({ name }) => `{outcome=${name}}`)).toContain(refused[0]);
  });

  test("connections, by role and by whether they were admitted; none once the gateway is gone", async () => {
    const gateway = await open({ metrics: await opening });
    const operator = await gateway.connect();
    const node = await gateway.connect({ device: "node", role: "node", client: { id: "node-host", mode: "node" } });
    const stranger = gateway.arrive();
    await stranger.challenge();
    expect(await scraped("openclaw_connections")).toEqual({ "{role=none,state=handshake}": 1, "{role=operator,state=open}": 1, "{role=node,state=open}": 1 });
    for (const one of [stranger, node]) {
      one.close();
      await one.closed;
    }
    expect(await scraped("openclaw_connections")).toEqual({ "{role=none,state=handshake}": 0, "{role=operator,state=open}": 1, "{role=node,state=open}": 0 });
    expect([await scraped("openclaw_ready"), await scraped("openclaw_build_info")]).toEqual([{ "": 1 }, { "{version=0.0.0-test}": 1 }]);
    await gateway.close();
    await operator.closed;
    expect([await scraped("openclaw_ready"), await scraped("openclaw_connections")]).toEqual([{ "": 0 }, {}]);
  });

  test("requests by method and outcome; whatever is no method is one name, however many there are", async () => {
    const gateway = await open({ metrics: await opening });
    const client = await gateway.connect();
    const counts = await change("openclaw_request_duration_seconds_count", async () => {
      for (let nth = 0; nth < 3; nth += 1) await client.call("health");
      await client.refusal("sessions.list", { limit: "many" });
      for (let nth = 0; nth < 20; nth += 1) await client.refusal(`made.up.${nth}`);
      await gateway.call("health", {});
    });
    expect(counts).toEqual({ "{method=health,outcome=ok}": 4, "{method=sessions.list,outcome=refused}": 1, "{method=unknown,outcome=refused}": 20 });
    expect((await scraped("openclaw_request_duration_seconds_bucket"))["{le=10,method=health,outcome=ok}"]).toBeGreaterThanOrEqual(4);
  });

  test("requests that come again under their key", async () => {
    const gateway = await open({ metrics: await opening });
    const client = await gateway.connect();
    const send = { channel: "memory", to: "ada", message: "hi", idempotencyKey: "k" };
    const repeats = await change("openclaw_idempotent_repeats_total", async () => {
      await client.call("send", send);
      await client.call("send", send);
      await client.refusal("send", { ...send, message: "other" });
    });
    expect(repeats).toEqual({ "{how=replay}": 1, "{how=conflict}": 1 });
  });

  test("turns by how they ended, and what was sent", async () => {
    const gateway = await open({
      metrics: await opening,
      script: ({ message }) => (message === "break" ? [{ kind: "fail", failure: { reason: "rate_limit", message: "Slower." } }] : message === "crash" ? [{ kind: "crash", error: new Error("a bug") }] : [{ kind: "say", text: "ok" }]),
    });
    const client = await gateway.connect();
    const ask = async (message: string) => client.response((await client.request("agent", { message, idempotencyKey: message })).id);
    const turns = await change("openclaw_turn_duration_seconds_count", async () => {
      for (const message of ["hello", "break", "crash"]) await ask(message);
    });
    expect(turns).toEqual({ "{outcome=done}": 1, "{outcome=rate_limit}": 1, "{outcome=unknown}": 1 });
    const sends = await change("openclaw_sends_total", async () => {
      gateway.channel.meetNext({ kind: "refused", code: "forbidden", reason: "No." });
      await client.refusal("send", { channel: "memory", to: "ada", message: "hi", idempotencyKey: "1" });
      await client.call("send", { channel: "memory", to: "ada", message: "hi", idempotencyKey: "2" });
    });
    expect(sends).toEqual({ "{channel=memory,outcome=refused}": 1, "{channel=memory,outcome=delivered}": 1 });
  });

  test("channels by state, how long they were silent, and what waits to go out of them", async () => {
    const other = new MemoryChannel({ accountId: "second" });
    const gateway = await open({ metrics: await opening, channels: [other] });
    await gateway.channel.say({ text: "hello" });
    await gateway.pass(2_000);
    other.become({ state: "needs-operator", trouble: "credentials", message: "Log in again." });
    gateway.channel.meetNext({ kind: "later", reason: "Slower.", retryAfterMs: 600_000, scope: "chat" });
    await gateway.channel.say({ text: "again" });
    await gateway.pass(5_000);
    expect(await scraped("openclaw_channel_state")).toMatchObject({
      "{channel=webchat,account=default,state=live}": 1, "{channel=memory,account=default,state=live}": 1, "{channel=memory,account=second,state=needs-operator}": 1,
    });
    expect(await scraped("openclaw_channel_last_sign_age_seconds")).toMatchObject({ "{channel=memory,account=default}": 5 });
    expect(await scraped("openclaw_outbox_waiting")).toMatchObject({ "{channel=memory,account=default}": 1, "{channel=memory,account=second}": 0 });
    expect((await scraped("openclaw_outbox_oldest_age_seconds"))["{channel=memory,account=default}"]).toBeGreaterThan(4);
    other.become({ state: "live" });
    // A state that is over leaves nothing behind.
    expect(Object.keys(await scraped("openclaw_channel_state")).filter((labels) => labels.includes("second"))).toEqual(["{channel=memory,account=second,state=live}"]);
  });

  test("events that a slow reader does not get, and its end", async () => {
    const hub = new Hub(new SilentLog(), await opening);
    const connection: Connection & { bufferedBytes: number } = {
      peer: { address: "203.0.113.7", headers: {}, tls: false }, bufferedBytes: SOFT_BUFFER_BYTES + 1,
      send: () => {}, sendShared: () => {}, admit: () => {}, close: () => {},
    };
    const scopes = grantScopes(claimScopes(["operator.read"]), ["operator.read"]);
    hub.add(new Peer({ connId: "1", connection, protocol: 4, role: "operator", scopes, method: "token", params: connectParams(), connectedAt: epochMs(1) }));
    expect(await change("openclaw_events_dropped_total", async () => hub.broadcast("presence", { presence: [] }))).toEqual({ "{event=presence}": 1 });
    connection.bufferedBytes = HARD_BUFFER_BYTES + 1;
    expect(await change("openclaw_slow_connections_closed_total", async () => hub.broadcast("tick", { ts: 1 }))).toEqual({ "": 1 });
  });

  test("the process itself: its event loop's delay, its memory and its time", async () => {
    const text = await (await opening).text();
    for (const name of ["nodejs_eventloop_lag_p99_seconds", "nodejs_heap_size_used_bytes", "process_cpu_seconds_total", "process_start_time_seconds"]) expect(text).toContain(`\n${name} `);
    // Each line is one that a scraper reads.
    const LINE = /^(?:|# (?:HELP|TYPE) [a-z0-9_]+ .+|[a-z0-9_]+(?:\{[a-z_]+="[^"\\\n]*"(?:,[a-z_]+="[^"\\\n]*")*\})? (?:-?\d[\d.e+-]*|Nan|\+Inf))$/i;
    expect(text.split("\n").filter((line) => !LINE.test(line))).toEqual([]);
  });
});

describe("what is traced", () => {
  /** Registers an SDK in this process; the result gives that up again, and what was told. */
  function register(): () => Promise<readonly ReadableSpan[]> {
    const exporter = new InMemorySpanExporter();
    const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    provider.register();
    return async () => {
      const spans = exporter.getFinishedSpans();
      await provider.shutdown();
      trace.disable();
      context.disable();
      return spans;
    };
  }

  test("nothing, and nothing is loaded, where no SDK is registered", async () => {
    expect(await registeredTracing(new MemoryLog())).toBeUndefined();
  });

  test("requests, the turns that they begin, and what is sent: each within what began it, without a word of what was said", async () => {
    const told = register();
    const gateway = await open({ script: [{ kind: "say", text: "canary-answer" }] });
    const client = await gateway.connect();
    const accepted = await client.request("agent", { message: "canary-question", idempotencyKey: "canary-key" });
    await client.response(accepted.id);
    await client.call("send", { channel: "memory", to: "canary-person", message: "canary-text", idempotencyKey: "2" });
    await client.refusal("canary-method");
    const spans = await told();
    const named = (name: string) => spans.find((span) => span.name === name);
    expect(spans.map(({ name }) => name).toSorted()).toEqual(["request agent", "request send", "request unknown", "send memory", "turn"]);
    expect(named("turn")?.parentSpanContext?.spanId).toBe(named("request agent")?.spanContext().spanId);
    expect(named("send memory")?.parentSpanContext?.spanId).toBe(named("request send")?.spanContext().spanId);
    expect(named("request agent")).toMatchObject({ attributes: { "rpc.system": "openclaw", "rpc.method": "agent", "openclaw.role": "operator", "openclaw.protocol": 4 }, instrumentationScope: { name: "openclaw-gateway" } });
    expect(named("request unknown")).toMatchObject({ status: { code: 2 }, attributes: { "error.type": "INVALID_REQUEST" } });
    expect(JSON.stringify(spans.map(({ name, attributes, events, status }) => [name, attributes, events, status]))).not.toContain("canary");
  });

  test("what breaks is told by its kind, and goes on to whoever waits for it", async () => {
    const told = register();
    const tracing = await OpenTelemetryTracing.open("1");
    await expect(tracing.span({ kind: "turn", agentId: "main" }, () => Promise.reject(new TypeError("canary")))).rejects.toThrow("canary");
    const [span] = await told();
    expect(span).toMatchObject({ name: "turn", status: { code: 2 }, attributes: { "error.type": "TypeError" }, events: [] });
  });
});
