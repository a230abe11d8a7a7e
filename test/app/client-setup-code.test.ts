import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/app/compose/create-gateway.js";
import { createClient as createPageClient } from "../../src/client/browser/index.js";
import type { CredentialStore } from "../../src/client/credentials.js";
import { GatewayError, type ConnectError } from "../../src/client/errors.js";
import { connectClient, createClient, parseSetupCode, type Client, type ClientState, type CreateClientOptions } from "../../src/client/index.js";
import { decodeSetupCode, encodeSetupCode, type SetupCode } from "../../src/domain/pairing/setup-code.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { TestDevice } from "../support/device.js";
import { freePort } from "../support/free-port.js";
import { selfSigned } from "./certificate.js";
import { scriptedGateway, type Script, type ScriptedGateway, type WireRefusal } from "./scripted-gateway.js";
import { ScriptedPeer, type PeerScript } from "./scripted-peer.js";

const LIMITED = ["operator.approvals", "operator.questions", "operator.read", "operator.talk.secrets", "operator.write"];

let stateDir: string;
const opened: { stop?(): Promise<void>; close?(): Promise<void> }[] = [];

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "setup-code-"));
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await (one.stop?.() ?? one.close?.());
  await rm(stateDir, { recursive: true, force: true });
});

const keep = <T extends (typeof opened)[number]>(one: T): T => {
  opened.push(one);
  return one;
};

/** A client that was started. */
function start(options: CreateClientOptions): Client {
  const client = keep(createClient(options));
  client.start();
  return client;
}

/** What a client paused at. */
const pauseOf = async (client: Client): Promise<Extract<ClientState, { kind: "paused" }>> => {
  await client.opened().catch(() => undefined);
  if (client.state.kind !== "paused") throw new Error(`it did not pause: ${client.state.kind}`);
  return client.state;
};

const errorOf = (attempt: () => unknown): ConnectError => {
  try {
    attempt();
  } catch (error) {
    if (error instanceof GatewayError) return error as ConnectError;
    throw error;
  }
  throw new Error("nothing was thrown");
};

const deviceAuth = (): Promise<string> => readFile(join(stateDir, "identity", "device-auth.json"), "utf8");

describe("with a gateway", () => {
  async function live(options: GatewayOptions = {}): Promise<{ gateway: Gateway; url: string; code: (profile?: "limited" | "full" | "node") => Promise<string> }> {
    const gateway = keep(createGateway({ auth: { token: "the owner's" }, ...options }));
    const { url } = await gateway.listen({ port: 0 });
    const code = async (profile: "limited" | "full" | "node" = "limited"): Promise<string> => (await gateway.call("device.pair.setupCode", { bootstrapProfile: profile })).setupCode;
    return { gateway, url, code };
  }

  test("a code is all that a device needs: it is paired, keeps the tokens of both roles for that address, and never shows the code again", async () => {
    const { gateway, url, code } = await live();
    const setupCode = await code();
    const completed = gateway.events("device.pair.setup.completed");
    const client = start({ setupCode: `oc-pair://${setupCode}`, stateDir });
    const hello = await client.opened();
    expect(hello.auth).toMatchObject({ method: "bootstrap-token", role: "operator", scopes: LIMITED });
    expect(client.endpoint?.url).toBe(url);
    await completed.next();
    await client.stop();

    const kept = await deviceAuth();
    const endpoint = new URL(url).host;
    expect(JSON.parse(kept)).toMatchObject({ tokens: { operator: { scopes: LIMITED, endpoint }, node: { scopes: [], endpoint } } });
    expect(kept).not.toContain(decodeSetupCode(setupCode)?.bootstrapToken);

    // An app whose code lies in its environment passes it each time; without it, the address is enough.
    for (const where of [{ setupCode }, { url }]) {
      const again = start({ ...where, stateDir });
      expect((await again.opened()).auth).toMatchObject({ method: "device-token", scopes: LIMITED });
      await again.stop();
    }
    const node = start({ url, role: "node", client: { id: "node-host", mode: "node" }, stateDir });
    expect((await node.opened()).auth).toMatchObject({ method: "device-token", role: "node" });
    expect((await gateway.call("device.pair.list", {})).paired).toHaveLength(1);
  });

  test("it comes back by its token when the gateway was restarted, asking for no more than it was given", async () => {
    const state = { stateDir: join(stateDir, "gateway") };
    const { gateway, url, code } = await live(state);
    const client = start({ setupCode: await code(), stateDir, random: () => 0, scopes: ["operator.admin", "operator.read", "operator.write"] });
    const hellos: unknown[] = [(await client.opened()).auth];
    const back = new Promise<unknown>((resolve) => client.onState((now) => {
      if (now.kind === "open") resolve(now.hello.auth);
      if (now.kind === "paused") resolve(now);
    }));
    await gateway.close();
    const next = keep(createGateway({ auth: { token: "the owner's" }, ...state }));
    await next.listen({ port: Number(new URL(url).port) });
    hellos.push(await back);
    expect(hellos).toMatchObject([
      { method: "bootstrap-token", scopes: ["operator.read", "operator.write"] },
      { method: "device-token", scopes: ["operator.read", "operator.write"] },
    ]);
    expect((await next.call("device.pair.list", {})).pending).toEqual([]);
  });

  test("a code that opens more is used although there is a token; once it was, the token has to do", async () => {
    const { code } = await live();
    const first = start({ setupCode: await code(), stateDir });
    await first.opened();
    await first.stop();
    const full = await code("full");
    const scopes = ["operator.admin", "operator.read"];
    const wider = start({ setupCode: full, stateDir, scopes });
    expect((await wider.opened()).auth).toMatchObject({ method: "bootstrap-token", scopes });
    await wider.stop();
    const again = start({ setupCode: full, stateDir, scopes });
    expect((await again.opened()).auth).toMatchObject({ method: "device-token", scopes });
    await again.stop();
    const more = start({ setupCode: full, stateDir, scopes: [...scopes, "strange"] });
    expect((await more.opened()).auth).toMatchObject({ method: "device-token", scopes });
  });

  test("a code that was used is a typed error that says what to do, and a new one helps", async () => {
    const { code } = await live();
    const setupCode = await code();
    const other = start({ setupCode, identity: new TestDevice("other-phone").asIdentity() });
    await other.opened();
    const late = await pauseOf(start({ setupCode, stateDir }));
    expect(late).toMatchObject({ why: { name: "ConnectError", detailCode: "AUTH_BOOTSTRAP_TOKEN_INVALID" }, hint: expect.stringContaining("openclaw devices invite") });
    expect((await start({ setupCode: await code(), stateDir }).opened()).auth).toMatchObject({ method: "bootstrap-token" });
  });

  test.each([["that asks for a token", {}], ["that asks for nothing", { auth: { mode: "none" } } as const]])("a device that was removed at a gateway %s is paired anew by a new code", async (_which, auth) => {
    const { gateway, code } = await live(auth);
    const first = start({ setupCode: await code(), stateDir });
    await first.opened();
    const paired = async () => (await gateway.call("device.pair.list", {})).paired.map(({ deviceId }) => deviceId);
    const [deviceId = ""] = await paired();
    await first.stop();
    await gateway.call("device.pair.remove", { deviceId });
    const client = start({ setupCode: await code("full"), stateDir, scopes: ["operator.admin"] });
    expect((await client.opened()).auth).toMatchObject({ scopes: ["operator.admin"] });
    expect(await paired()).toEqual([deviceId]);
  });

  test("a single connection takes one too, and a node of its own", async () => {
    const { code } = await live();
    const identity = new TestDevice("camera").asIdentity();
    const client = keep(await connectClient({ setupCode: await code("node"), identity, role: "node", client: { id: "node-host", mode: "node", version: "1", platform: "linux" } }));
    expect(client.hello.auth).toMatchObject({ role: "node", method: "bootstrap-token" });
    const operator = await pauseOf(start({ setupCode: await code("node"), stateDir }));
    expect(operator.why).toMatchObject({ detailCode: "AUTH_BOOTSTRAP_TOKEN_INVALID" });
  });

  test("the certificate that a code names is the only one that is trusted", async () => {
    const gateway = keep(createGateway({ auth: { token: "the owner's" } }));
    const certificate = selfSigned();
    const server = createTlsServer(certificate);
    await gateway.attach(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    keep({ close: async () => void server.close() });
    const url = `wss://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const pinned = async (pem: string): Promise<string> => {
      const { setupCode } = await gateway.call("device.pair.setupCode", { publicUrl: url });
      return encodeSetupCode({ ...(decodeSetupCode(setupCode) as SetupCode), tlsFingerprint: new X509Certificate(pem).fingerprint256 });
    };
    const fooled = await pauseOf(start({ setupCode: await pinned(selfSigned().cert), stateDir }));
    expect(fooled.why).toMatchObject({ code: "TLS_FINGERPRINT_MISMATCH" });
    expect((await gateway.call("device.pair.list", {})).paired).toEqual([]);
    const client = start({ setupCode: await pinned(certificate.cert), stateDir });
    expect((await client.opened()).auth).toMatchObject({ method: "bootstrap-token" });
  });
});

describe("which address it dials", () => {
  const CODE: Omit<SetupCode, "url"> = { bootstrapToken: "boot" };
  const issuing = { auth: { role: "operator", scopes: LIMITED, deviceToken: "issued" } };
  const gatewayOf = async (script: Script = {}): Promise<ScriptedGateway> => keep(await scriptedGateway(script));
  const codeOf = (urls: readonly string[], more: Partial<SetupCode> = {}): string => encodeSetupCode({ ...CODE, url: urls[0] ?? "", urls, ...more });

  test("those of the code in their order, until a gateway answers, with the code signed and alone", async () => {
    const [busy, second, third] = [await gatewayOf({ upgradeStatus: 503 }), await gatewayOf({ hello: issuing }), await gatewayOf()];
    const nobody = `ws://127.0.0.1:${await freePort()}`;
    const client = start({ setupCode: codeOf([nobody, busy.url, second.url, third.url]), stateDir });
    await client.opened();
    expect([busy.upgrades, third.upgrades]).toEqual([1, 0]);
    expect(second.connects).toMatchObject([{ auth: { bootstrapToken: "boot" }, scopes: LIMITED, role: "operator" }]);
    expect(Object.keys(second.connects[0]?.auth ?? {})).toEqual(["bootstrapToken"]);
    expect(second.signatures).toEqual([true]);
    expect(client.endpoint?.url).toBe(second.url);
    await client.stop();
    // A token is for the address it came from, so it is not even tried elsewhere.
    await start({ setupCode: codeOf([third.url, second.url]), stateDir }).opened();
    expect([second.connects.length, third.upgrades]).toEqual([2, 0]);
    expect(second.connects[1]?.auth).toEqual({ token: "issued", deviceToken: "issued" });
  });

  test("a refusal is an answer: no other address is tried", async () => {
    const refusal: WireRefusal = { error: { code: "INVALID_REQUEST", message: "unauthorized: bootstrap token invalid or expired" } };
    const [first, second] = [await gatewayOf({ judge: () => refusal }), await gatewayOf()];
    const { hint } = await pauseOf(start({ setupCode: codeOf([first.url, second.url]), stateDir }));
    expect(hint).toContain("setup code");
    expect([first.connects.length, second.upgrades]).toEqual([1, 0]);
  });

  test("a certificate that is not the pinned one ends it: neither another address nor plain text stands in", async () => {
    const pinned = selfSigned();
    const tlsFingerprint = new X509Certificate(pinned.cert).fingerprint256;
    const [impostor, right, plain] = [await gatewayOf({ tls: selfSigned() }), await gatewayOf({ tls: pinned }), await gatewayOf()];
    const setupCode = codeOf([plain.url, impostor.url, right.url, plain.url.replace("127.0.0.1", "localhost")], { tlsFingerprint });
    expect((await pauseOf(start({ setupCode, stateDir }))).why).toMatchObject({ code: "TLS_FINGERPRINT_MISMATCH", url: impostor.url });
    expect([impostor.upgrades, right.upgrades, plain.upgrades]).toEqual([0, 0, 0]);
    expect(errorOf(() => createClient({ setupCode: codeOf([plain.url], { tlsFingerprint: "0".repeat(64) }), stateDir }))).toMatchObject({ code: "INSECURE_URL" });
  });

  test("where none answers, it says of each why, waits, and goes on asking", async () => {
    const urls = [`ws://127.0.0.1:${await freePort()}`, `ws://127.0.0.1:${await freePort()}`];
    const client = start({ setupCode: codeOf(urls), stateDir, random: () => 0.999 });
    const waiting = await new Promise<ClientState>((resolve) => client.onState((state) => state.kind === "waiting" && resolve(state)));
    expect(waiting).toMatchObject({ why: { code: "UNREACHABLE", retryable: true } });
    for (const url of urls) expect((waiting as { why: Error }).why.message).toContain(url);
  });

  test("an address of the app's own stands in for those of the code", async () => {
    const [ours, named] = [await gatewayOf(), await gatewayOf()];
    await start({ url: ours.url, setupCode: codeOf([named.url]), stateDir }).opened();
    expect([ours.upgrades, named.upgrades]).toEqual([1, 0]);
  });

  test("the plain-text rules hold for a code's addresses: the first that they let through, and the first one's error where none is", async () => {
    const gateway = await gatewayOf();
    await start({ setupCode: codeOf(["ws://192.0.2.1:1", "ws://gateway.example", "ws://127.0.0.1.evil.com", "wss://u:p@x", gateway.url]), stateDir }).opened();
    expect(gateway.upgrades).toBe(1);
    const refused = errorOf(() => createClient({ setupCode: codeOf(["ws://10.1.2.3:1", "nonsense"]), stateDir }));
    expect(refused).toMatchObject({ code: "INSECURE_URL", url: "ws://10.1.2.3:1" });
    expect(createClient({ setupCode: codeOf(["ws://10.1.2.3:1"]), stateDir, allowPrivateNetwork: true }).state.kind).toBe("idle");
  });

  test("at most eight", async () => {
    const gateway = await gatewayOf();
    const many = Array.from({ length: 8 }, (_, index) => `wss://192.0.2.1:${index + 1}`);
    expect(parseSetupCode(codeOf([...many, gateway.url]))?.urls).toEqual(many);
  });
});

describe("what becomes of a code", () => {
  const setupCode = (more: Partial<SetupCode> = {}): string => encodeSetupCode({ url: "ws://127.0.0.1:1", bootstrapToken: "boot", ...more });
  const issuing = { auth: { role: "operator", scopes: ["operator.read"], deviceToken: "issued", deviceTokens: [{ deviceToken: "for the node", role: "node", scopes: [] }] } };

  function rig(script: PeerScript, more: Partial<Omit<CreateClientOptions, "url" | "setupCode">>, code = setupCode()): { clock: HandClock; peer: ScriptedPeer; client: Client } {
    const clock = new HandClock();
    const peer = new ScriptedPeer(script);
    const client = keep(createClient({ setupCode: code, clock, random: () => 0.5, openSocket: peer.open, identity: new TestDevice("phone").asIdentity(), ...more }));
    client.start();
    return { clock, peer, client };
  }

  const forgetful: CredentialStore = { load: async () => undefined, save: async () => undefined, clear: async () => undefined };
  test.each([["none", {}], ["one that keeps nothing", { credentials: forgetful }]])("it is used once and its token remembered, with a store or %s", async (_which, more) => {
    const { clock, peer, client } = rig({ hello: issuing }, { ...more, scopes: ["operator.read", "operator.write"] });
    await clock.pass(0);
    for (let drops = 0; drops < 2; drops += 1) {
      peer.line.drop();
      await clock.pass(2000);
    }
    expect(client.state.kind).toBe("open");
    expect(peer.connects.map(({ auth, scopes }) => ({ auth, scopes }))).toEqual([
      { auth: { bootstrapToken: "boot" }, scopes: ["operator.read", "operator.write"] },
      { auth: { token: "issued", deviceToken: "issued" }, scopes: ["operator.read"] },
      { auth: { token: "issued", deviceToken: "issued" }, scopes: ["operator.read"] },
    ]);
  });

  test("one that is over by the gateway's clock is not shown to it", async () => {
    // The challenge of the scripted peer says 1 790 000 000 000.
    const { clock, peer, client } = rig({}, {}, setupCode({ expiresAtMs: 1_790_000_000_000 }));
    await clock.pass(2000);
    expect(client.state).toMatchObject({ kind: "paused", why: { detailCode: "AUTH_BOOTSTRAP_TOKEN_INVALID", message: expect.stringContaining("expired") }, hint: expect.stringContaining("openclaw devices invite") });
    expect(peer.connects).toEqual([]);
    const early = rig({}, {}, setupCode({ expiresAtMs: 1_790_000_000_001 }));
    await early.clock.pass(0);
    expect(early.client.state.kind).toBe("open");
  });

  test("a connection that is lost before the answer does not spend it", async () => {
    let isDeaf = true;
    const { clock, peer, client } = rig({ hello: issuing, judge: (connect) => (connect && isDeaf ? { error: { code: "UNAVAILABLE", message: "gateway starting", retryable: true }, closeCode: 1013 } : undefined) }, {});
    await clock.pass(0);
    isDeaf = false;
    await clock.pass(5000);
    expect(client.state.kind).toBe("open");
    expect(peer.connects.map(({ auth }) => auth)).toEqual([{ bootstrapToken: "boot" }, { bootstrapToken: "boot" }]);
  });

  test("a gateway that no longer knows the device is shown it instead of being asked to approve", async () => {
    const stored = { token: "issued", role: "operator", scopes: [], endpoint: "127.0.0.1:1" };
    const refusal: WireRefusal = { error: { code: "NOT_PAIRED", message: "pairing required", details: { code: "PAIRING_REQUIRED", requestId: "r" } } };
    const { clock, peer, client } = rig({ hello: issuing, judge: (connect) => (connect && !connect.auth?.bootstrapToken ? refusal : undefined) }, { credentials: { ...forgetful, load: async () => stored } });
    await clock.pass(0);
    expect(client.state.kind).toBe("open");
    expect(peer.connects.map(({ auth }) => Object.keys(auth ?? {}))).toEqual([["token", "deviceToken"], ["bootstrapToken"]]);
  });

  test("the owner's secret waits until the code was used", async () => {
    const { clock, peer } = rig({ hello: issuing }, { token: "the owner's" });
    await clock.pass(0);
    peer.line.drop();
    await clock.pass(2000);
    expect(peer.connects.map(({ auth }) => auth)).toEqual([{ bootstrapToken: "boot" }, { token: "the owner's" }]);
  });

  test("what cannot be used is told at once, and never quoted", () => {
    const secret = setupCode();
    for (const [options, words] of [
      [{ setupCode: `${secret.slice(0, -6)}!`, stateDir }, "no setup code"],
      [{ setupCode: "", stateDir }, "no setup code"],
      [{ setupCode: setupCode({ tlsFingerprint: "abc" }), stateDir }, "no setup code"],
      [{ setupCode: secret }, "key of its own"],
    ] as const) {
      const error = errorOf(() => createClient(options));
      expect(error).toMatchObject({ name: "ConnectError", code: "BAD_SETUP_CODE", message: expect.stringContaining(words) });
      expect(`${error.message}${JSON.stringify(error)}`).not.toContain(secret.slice(0, 20));
    }
    expect(errorOf(() => createClient({ stateDir } as unknown as CreateClientOptions))).toMatchObject({ code: "BAD_URL" });
  });

  test("a page uses one as well, but not one with a certificate that it could not look at, nor without a key", async () => {
    const clock = new HandClock();
    const peer = new ScriptedPeer({ hello: issuing });
    const client = keep(createPageClient({ setupCode: setupCode(), identity: new TestDevice("page").asIdentity(), clock, openSocket: peer.open }));
    client.start();
    await clock.pass(0);
    peer.line.drop();
    await clock.pass(2000);
    expect(peer.connects.map(({ auth }) => auth)).toEqual([{ bootstrapToken: "boot" }, { token: "issued", deviceToken: "issued" }]);
    const pinned = setupCode({ url: "wss://127.0.0.1:1", tlsFingerprint: "0".repeat(64) });
    expect(errorOf(() => createPageClient({ setupCode: pinned }))).toMatchObject({ code: "BAD_SETUP_CODE", message: expect.stringContaining("certificate") });
    expect(errorOf(() => createPageClient({ setupCode: setupCode(), identity: "none" }))).toMatchObject({ code: "BAD_SETUP_CODE" });
  });

  test("can be looked into without its secret", () => {
    const facts = parseSetupCode(` oc-pair://${setupCode({ url: "wss://gateway.example", urls: ["wss://a", "wss://gateway.example"], expiresAtMs: 7, tlsFingerprint: `SHA256:${"AB".repeat(32)}` })}\n`);
    expect(facts).toEqual({ urls: ["wss://a", "wss://gateway.example"], expiresAtMs: 7, tlsFingerprint: "ab".repeat(32) });
    expect(parseSetupCode("hello")).toBeUndefined();
    // A gateway that does not escape what is not ASCII.
    const foreign = Buffer.from(JSON.stringify({ url: "wss://bücher.example", bootstrapToken: "t" })).toString("base64url");
    expect(parseSetupCode(foreign)?.urls).toEqual(["wss://bücher.example"]);
  });
});
