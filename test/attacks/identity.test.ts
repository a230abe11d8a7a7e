import { createHash, createPublicKey, generateKeyPairSync, verify, type KeyPairKeyObjectResult } from "node:crypto";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createGateway } from "../../src/index.js";
import { MemoryTransport } from "../../src/adapters/transport/memory/index.js";
import { signaturePayload } from "../../src/domain/handshake/signature-payload.js";
import { after } from "../../src/domain/moment.js";
import { decodeSetupCode } from "../../src/domain/pairing/setup-code.js";
import type { ConnectParams } from "../../src/domain/protocol/connect.js";
import { createTestGateway, HandClock, type TestGateway } from "../../src/testing/index.js";
import { errorOf, TestClient } from "../support/client.js";
import { connectParams, TestDevice, type ConnectAsk } from "../support/device.js";
import { AFAR, introduce, refusalCode, requestIdOf, validator } from "../support/pairing.js";

// An attacker of this file reads and writes what an honest device sends: it has the frames, not the key.

type Protocol = 3 | 4;
type Version = "v2" | "v3";

const SECRET = { token: "test-token" };

let gateway: TestGateway;

async function open(): Promise<TestGateway> {
  gateway = await createTestGateway({ validator });
  return gateway;
}

afterEach(async () => {
  const closed = gateway.close();
  await gateway.pass(1_000);
  await closed;
});

const state = async (): Promise<string> => JSON.stringify(await gateway.call("device.pair.list", {}));

/** What a connection was refused with, once it is certain that it came to nothing. */
async function refusedFor(client: TestClient, frame: unknown): Promise<string> {
  const before = await state();
  client.send(frame);
  const code = refusalCode(await client.response("connect"));
  expect((await client.closed).code).toBe(1008);
  expect(await state()).toBe(before);
  return code;
}

describe.each<Protocol>([3, 4])("a connect frame of protocol %i that somebody kept", (protocol) => {
  const phone = new TestDevice("phone");
  const ask: ConnectAsk = { protocol, auth: SECRET, scopes: ["operator.read", "operator.write"] };

  /** A paired device's own frame for its own socket, not sent yet. */
  async function kept(): Promise<{ readonly honest: TestClient; readonly frame: string }> {
    await introduce(await open(), { device: phone, ...ask });
    const honest = gateway.arrive(AFAR);
    const { nonce, ts } = await honest.challenge();
    return { honest, frame: phone.connectFrame({ ...ask, nonce, signedAt: ts }) };
  }

  test("I1: a second time on its own connection, it is no request and changes nothing", async () => {
    const { honest, frame } = await kept();
    honest.send(frame);
    expect((await honest.response("connect")).ok).toBe(true);
    const before = await state();
    honest.send(frame);
    expect(errorOf(await honest.response("connect")).message).toBe("connect is only valid as the first request");
    expect(await state()).toBe(before);
    expect(errorOf(await honest.request("device.pair.list")).message).toBe("missing scope: operator.pairing");
  });

  test("I1: twice at once on its own connection, it is judged once", async () => {
    const { honest, frame } = await kept();
    honest.send(frame);
    honest.send(frame);
    expect((await honest.response("connect")).ok).toBe(true);
    expect(errorOf(await honest.response("connect")).message).toBe("connect is only valid as the first request");
  });

  test("I1: on another connection, before its nonce was used, after that, and after its socket closed", async () => {
    const { honest, frame } = await kept();
    expect(await refusedFor(gateway.arrive(AFAR), frame)).toBe("DEVICE_AUTH_NONCE_MISMATCH");
    honest.send(frame);
    expect((await honest.response("connect")).ok).toBe(true);
    expect(await refusedFor(gateway.arrive(AFAR), frame)).toBe("DEVICE_AUTH_NONCE_MISMATCH");
    expect(await refusedFor(gateway.arrive(), frame)).toBe("DEVICE_AUTH_NONCE_MISMATCH");
    honest.close();
    await honest.closed;
    expect(await refusedFor(gateway.arrive(AFAR), frame)).toBe("DEVICE_AUTH_NONCE_MISMATCH");
  });

  test("I1: with the nonce of the attacker's own socket written into it", async () => {
    const { frame } = await kept();
    const attacker = gateway.arrive(AFAR);
    const { nonce } = await attacker.challenge();
    expect(await refusedFor(attacker, edited(frame, ({ device }) => ({ device: { ...device, nonce } })))).toBe("DEVICE_AUTH_SIGNATURE_INVALID");
  });

  test("I1: without its nonce", async () => {
    const { frame } = await kept();
    const bare = edited(frame, ({ device: { nonce: _nonce, ...device } }) => ({ device }));
    expect(await refusedFor(gateway.arrive(AFAR), bare)).toBe("DEVICE_AUTH_NONCE_REQUIRED");
    // On this host protocol 3 may come without, but then signs another text.
    expect(await refusedFor(gateway.arrive(), bare)).toBe(protocol === 3 ? "DEVICE_AUTH_SIGNATURE_INVALID" : "DEVICE_AUTH_NONCE_REQUIRED");
  });

  test("I1: after its nonce expired with its socket", async () => {
    const { honest, frame } = await kept();
    await gateway.pass(10_000);
    await expect(honest.closed).resolves.toEqual({ code: 1000, reason: "handshake timeout" });
    honest.send(frame);
    await gateway.pass(0);
    expect(honest.responses).toEqual([]);
    expect(await refusedFor(gateway.arrive(AFAR), frame)).toBe("DEVICE_AUTH_NONCE_MISMATCH");
  });

  const limit = protocol === 3 ? 600_000 : 120_000;

  test.each([limit, -limit])("I1: signed %i ms off the gateway's clock it is served, a millisecond further, or ten minutes and one, it is not", async (off) => {
    await introduce(await open(), { device: phone, ...ask });
    for (const [skew, served] of [[off, true], [off + Math.sign(off), false], [Math.sign(off) * 600_001, false]] as const) {
      const client = gateway.arrive(AFAR);
      const { nonce, ts } = await client.challenge();
      const frame = phone.connectFrame({ ...ask, nonce, signedAt: ts + skew });
      if (!served) expect(await refusedFor(client, frame)).toBe("DEVICE_AUTH_SIGNATURE_EXPIRED");
      else {
        client.send(frame);
        expect((await client.response("connect")).ok).toBe(true);
      }
    }
  });

  test("I1: held back on its own socket while the gateway's process slept", async () => {
    const hand = new HandClock();
    const asleep = { now: () => hand.now(), callAt: (at: Parameters<HandClock["callAt"]>[0], wake: () => void) => hand.callAt(after(at, 2 * limit), wake) };
    const late = createGateway({ clock: asleep, validator, auth: SECRET });
    const transport = new MemoryTransport({ clock: asleep });
    await late.serve(transport);
    const honest = new TestClient(transport.connect({ address: "127.0.0.1" }));
    const { nonce, ts } = await honest.challenge();
    await hand.pass(limit + 1);
    honest.send(phone.connectFrame({ ...ask, nonce, signedAt: ts }));
    expect(refusalCode(await honest.response("connect"))).toBe("DEVICE_AUTH_SIGNATURE_EXPIRED");
    await Promise.all([late.close(), open()]);
  });
});

test("I1: the form without a nonce, which can be replayed, is good on this host, for protocol 3, for ten minutes, and nowhere else", async () => {
  await open();
  const cli = new TestDevice("old cli");
  const first = gateway.arrive();
  const { ts } = await first.challenge();
  const frame = cli.connectFrame({ protocol: 3, auth: SECRET, scopes: ["operator.read"], nonce: undefined, signedAt: ts, version: "v1" });
  first.send(frame);
  expect((await first.response("connect")).ok).toBe(true);
  for (const peer of [AFAR, { address: "127.0.0.1", headers: { "x-forwarded-for": "127.0.0.1" } }, { address: "192.168.1.20" }, { address: "::ffff:203.0.113.7" }]) {
    expect(await refusedFor(gateway.arrive(peer), frame)).toBe("DEVICE_AUTH_NONCE_REQUIRED");
  }
  expect(await refusedFor(gateway.arrive(), edited(frame, () => ({ minProtocol: 4, maxProtocol: 4 })))).toBe("DEVICE_AUTH_NONCE_REQUIRED");
  expect(await refusedFor(gateway.arrive(), edited(frame, () => ({ scopes: ["operator.admin"] })))).toBe("DEVICE_AUTH_SIGNATURE_INVALID");
  await gateway.pass(600_001);
  expect(await refusedFor(gateway.arrive(), frame)).toBe("DEVICE_AUTH_SIGNATURE_EXPIRED");
});

type Whole = ConnectParams & { readonly device: NonNullable<ConnectParams["device"]> };

/** The frame with some of its params replaced; the signature stays as it was. */
function edited(frame: string, change: (params: Whole) => Partial<ConnectParams>): string {
  const whole = JSON.parse(frame) as { readonly params: Whole };
  return JSON.stringify({ ...whole, params: { ...whole.params, ...change(whole.params) } });
}

describe.each<[Version, Protocol]>([["v2", 3], ["v2", 4], ["v3", 3], ["v3", 4]])("a frame signed over payload %s, protocol %i, that somebody changes on its way", (version, protocol) => {
  const phone = new TestDevice("phone");
  const thief = new TestDevice("thief");
  const ask: ConnectAsk = {
    protocol,
    role: "operator",
    scopes: ["operator.read", "operator.write"],
    client: { id: "openclaw-ios", mode: "ui", platform: "ios", deviceFamily: "iPhone" },
  };

  interface Road {
    /** Sends the frame as it was changed; each time on a socket of its own, whose nonce it is signed for. */
    readonly pass: (change: (params: Whole, token: string) => Partial<ConnectParams>) => Promise<TestClient>;
  }

  async function road(auth: ConnectParams["auth"] = SECRET): Promise<Road> {
    await open();
    await introduce(gateway, { ...ask, device: thief, scopes: ["operator.admin"] });
    const { token } = await introduce(gateway, { ...ask, device: phone, scopes: ["operator.admin"] });
    return {
      pass: async (change) => {
        const client = gateway.arrive(AFAR);
        const { nonce, ts } = await client.challenge();
        client.send(edited(phone.connectFrame({ ...ask, auth, nonce, signedAt: ts, version }), (params) => change(params, token)));
        return client;
      },
    };
  }

  const invalid = "DEVICE_AUTH_SIGNATURE_INVALID";
  /** Platform and family are in the newer payload only; before that, what was pinned at pairing is what counts. */
  const described = version === "v3" ? invalid : protocol === 4 ? "PAIRING_REQUIRED" : "served";

  test.each<[string, (params: Whole, token: string) => Partial<ConnectParams>, string]>([
    ["nothing", () => ({}), "served"],
    ["device.id", ({ device }) => ({ device: { ...device, id: thief.id } }), "DEVICE_AUTH_DEVICE_ID_MISMATCH"],
    ["device.publicKey", ({ device }) => ({ device: { ...device, publicKey: thief.publicKey } }), "DEVICE_AUTH_DEVICE_ID_MISMATCH"],
    ["device.id and its key", ({ device }) => ({ device: { ...device, id: thief.id, publicKey: thief.publicKey } }), invalid],
    ["device.signature", ({ device }) => ({ device: { ...device, signature: thief.sign("anything") } }), invalid],
    ["device.signedAt", ({ device }) => ({ device: { ...device, signedAt: device.signedAt + 1 } }), invalid],
    ["device.nonce", ({ device }) => ({ device: { ...device, nonce: "another" } }), "DEVICE_AUTH_NONCE_MISMATCH"],
    ["client.id", ({ client }) => ({ client: { ...client, id: "gateway-client" } }), invalid],
    ["client.mode", ({ client }) => ({ client: { ...client, mode: "backend" } }), invalid],
    ["role", () => ({ role: "node" }), invalid],
    ["a scope more", ({ scopes = [] }) => ({ scopes: [...scopes, "operator.admin"] }), invalid],
    ["a scope less", () => ({ scopes: ["operator.read"] }), invalid],
    ["other scopes", () => ({ scopes: ["operator.admin"] }), invalid],
    ["no scopes, which protocol 3 takes for all", () => ({ scopes: [] }), invalid],
    ["the order of scopes", ({ scopes = [] }) => ({ scopes: scopes.toReversed() }), invalid],
    ["auth.token, for another good one", (_params, token) => ({ auth: { token } }), invalid],
    ["auth.token, moved to the password", () => ({ auth: { password: SECRET.token } }), invalid],
    ["auth.token, moved to the device token", (_params, token) => ({ auth: { deviceToken: token } }), invalid],
    ["client.platform", ({ client }) => ({ client: { ...client, platform: "linux" } }), described],
    ["client.deviceFamily", ({ client }) => ({ client: { ...client, deviceFamily: "Mac" } }), described],
  ])("I2: %s", async (_what, change, outcome) => {
    const client = await (await road()).pass(change);
    const before = await state();
    const answer = await client.response("connect");
    if (outcome !== "served") {
      expect(refusalCode(answer)).toBe(outcome);
      return expect((await client.closed).code).toBe(1008);
    }
    expect(answer).toMatchObject({ ok: true, payload: { auth: { role: "operator", scopes: ask.scopes } } });
    // Whatever was said of the device this time, what was approved stands.
    const paired = (text: string) => (JSON.parse(text) as { paired: { deviceId: string; platform?: string; deviceFamily?: string }[] }).paired.find(({ deviceId }) => deviceId === phone.id);
    const { platform, deviceFamily } = paired(before) ?? {};
    expect(paired(await state())).toMatchObject({ platform, deviceFamily });
    expect([platform, deviceFamily]).toEqual(["ios", "iPhone"]);
  });

  test("I2: two scopes run into one text are signed alike, and open nothing", async () => {
    const client = await (await road()).pass(({ scopes = [] }) => ({ scopes: [scopes.join(",")] }));
    expect((await client.response("connect")).ok).toBe(true);
    expect((await client.refusal("chat.history", { sessionKey: "main" })).message).toBe("missing scope: operator.read");
    expect((await client.refusal("agent.wait", { runId: "x" })).message).toBe("missing scope: operator.write");
  });

  test("I2: the protocol range, which no payload covers, turns what was signed into no more than what was approved", async () => {
    const { pass } = await road();
    for (const other of [{ minProtocol: 3, maxProtocol: 3 }, { minProtocol: 3, maxProtocol: 4 }, { minProtocol: 1, maxProtocol: 99 }]) {
      const client = await pass(() => other);
      expect(await client.response("connect")).toMatchObject({ ok: true, payload: { auth: { scopes: ask.scopes } } });
    }
    const client = await pass(() => ({ minProtocol: 5, maxProtocol: 9 }));
    expect(refusalCode(await client.response("connect"))).toBe("PROTOCOL_MISMATCH");
    // A frame without scopes means "what I may have" in the older generation; that stays within the device's record.
    await introduce(gateway, { ...ask, device: new TestDevice("reader"), scopes: ["operator.read"] });
    const quiet = gateway.arrive(AFAR);
    const { nonce, ts } = await quiet.challenge();
    const frame = new TestDevice("reader").connectFrame({ ...ask, protocol: 4, scopes: [], auth: SECRET, nonce, signedAt: ts, version });
    quiet.send(edited(frame, () => ({ minProtocol: 3, maxProtocol: 3 })));
    expect(await quiet.response("connect")).toMatchObject({ ok: true, payload: { auth: { scopes: ["operator.read"] } } });
  });

  test("I2: a credential that was not there when it was signed", async () => {
    const { pass } = await road({ password: SECRET.token });
    const { setupCode } = await gateway.call("device.pair.setupCode", { publicUrl: "ws://host", bootstrapProfile: "full" });
    const bootstrapToken = decodeSetupCode(setupCode)?.bootstrapToken ?? "";
    expect((await (await pass(() => ({}))).response("connect")).ok).toBe(true);
    for (const added of [{ token: SECRET.token }, { deviceToken: "mine" }, { bootstrapToken }]) {
      const client = await pass(({ auth }) => ({ auth: { ...auth, ...added } }));
      expect([added, refusalCode(await client.response("connect"))]).toEqual([added, invalid]);
    }
    // Behind an empty one it is signed like none, and then is none.
    for (const added of [{ token: "", bootstrapToken }, { deviceToken: "", bootstrapToken }]) {
      const before = await state();
      const client = await pass(({ auth }) => ({ auth: { ...auth, ...added } }));
      expect((await client.response("connect")).ok).toBe(true);
      expect(await state()).toBe(before.replace('"connected":false', '"connected":true'));
    }
    const late = await gateway.arrive(AFAR).connect({ device: new TestDevice("late"), scopes: ["operator.admin"], auth: { bootstrapToken } });
    expect(late.auth).toMatchObject({ scopes: ["operator.admin"] });
  });

  test("I2: a setup code beside the token that was signed", async () => {
    const { pass } = await road();
    const { setupCode } = await gateway.call("device.pair.setupCode", { publicUrl: "ws://host", bootstrapProfile: "full" });
    const bootstrapToken = decodeSetupCode(setupCode)?.bootstrapToken ?? "";
    const client = await pass(({ auth }) => ({ auth: { ...auth, bootstrapToken } }));
    expect(await client.response("connect")).toMatchObject({ ok: true, payload: { auth: { scopes: ask.scopes } } });
    expect((await gateway.call("device.pair.list", {})).paired.map(({ approvedVia, roles }) => [approvedVia, roles])).toEqual([["owner", ["operator"]], ["owner", ["operator"]]]);
    await gateway.arrive(AFAR).connect({ device: new TestDevice("late"), scopes: [], auth: { bootstrapToken } });
  });
});

describe("keys that are none", () => {
  const raw = (device: TestDevice): Buffer => Buffer.from(device.publicKey, "base64url");
  const idOf = (key: Uint8Array): string => createHash("sha256").update(key).digest("hex");
  const pemOf = (key: Uint8Array): string =>
    `-----BEGIN PUBLIC KEY-----\n${Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]).toString("base64")}\n-----END PUBLIC KEY-----\n`;

  /** Shows a key, its true id, and whatever signature; the honest owner of this host is asked for nothing. */
  async function show(publicKey: string, id: string, signature = "A".repeat(86)): Promise<string> {
    const client = gateway.arrive();
    const { nonce, ts } = await client.challenge();
    const params = { ...connectParams({ auth: SECRET, scopes: ["operator.admin"] }), device: { id, publicKey, signature, signedAt: ts, nonce } };
    return refusedFor(client, { type: "req", id: "connect", method: "connect", params });
  }

  const [major = 0, minor = 0] = process.versions.openssl.split(".").map(Number);
  /** Newer ones, as with Node 24, refuse such points by themselves. */
  const OPENSSL_LOOKS = major > 3 || (major === 3 && minor >= 5);

  /** R the neutral element, S zero: a signature of anything under a point whose order divides the hash. */
  const FORGED = Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]);

  const zeros = (count: number): string => "00".repeat(count);
  const ones = (count: number): string => "ff".repeat(count);

  // All eight points of low order, then every other way of writing them.
  test.each([
    ["order 1", `01${zeros(31)}`],
    ["order 2", `ec${ones(30)}7f`],
    ["order 4", zeros(32)],
    ["order 4, the other", `${zeros(31)}80`],
    ["order 8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"],
    ["order 8, its negative", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"],
    ["order 8, the third", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"],
    ["order 8, the fourth", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"],
    ["order 1, with the sign of zero", `01${zeros(30)}80`],
    ["order 2, with the sign of zero", `ec${ones(31)}`],
    ["order 4, as p", `ed${ones(30)}7f`],
    ["order 4, the other, as p", `ed${ones(31)}`],
    ["order 1, as p + 1", `ee${ones(30)}7f`],
    ["order 1, as p + 1, with the sign of zero", `ee${ones(31)}`],
  ])("I3: a point of %s, under which anybody can sign", async (_order, hex) => {
    await open();
    const key = Buffer.from(hex, "hex");
    const openSsl = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: key.toString("base64url") }, format: "jwk" });
    for (const publicKey of [key.toString("base64url"), pemOf(key)]) {
      const client = gateway.arrive();
      const { nonce, ts } = await client.challenge();
      const params = connectParams({ auth: SECRET, scopes: ["operator.admin"] });
      const signing = { deviceId: idOf(key), clientId: "cli", clientMode: "cli", role: "operator", scopes: ["operator.admin"], token: SECRET.token, nonce, platform: "linux" };
      const isFooled = (signedAtMs: number): boolean => verify(null, Buffer.from(signaturePayload("v3", { ...signing, signedAtMs })), openSsl, FORGED);
      // The attacker picks a moment at which the forgery holds: without a look at the key, it does, but for an OpenSSL that looks itself.
      const fooledAt = Array.from({ length: 1_000 }, (_, ms) => ts + ms).find(isFooled);
      expect(fooledAt !== undefined).toBe(!OPENSSL_LOOKS);
      const signedAt = fooledAt ?? ts;
      const device = { id: idOf(key), publicKey, signature: FORGED.toString("base64url"), signedAt, nonce };
      expect(await refusedFor(client, { type: "req", id: "connect", method: "connect", params: { ...params, device } })).toBe("DEVICE_AUTH_PUBLIC_KEY_INVALID");
    }
  });

  test("I3: a coordinate at or above the prime, which is another spelling of a key", async () => {
    await open();
    for (let low = 0xed; low <= 0xff; low += 1) {
      for (const high of ["7f", "ff"]) {
        const key = Buffer.from(`${low.toString(16)}${ones(30)}${high}`, "hex");
        expect(await show(key.toString("base64url"), idOf(key))).toBe("DEVICE_AUTH_PUBLIC_KEY_INVALID");
      }
    }
  });

  test("I3: a point off the curve has an id and verifies nothing", async () => {
    await open();
    const key = Buffer.from(`02${zeros(31)}`, "hex");
    for (const signature of [FORGED.toString("base64url"), "A".repeat(86)]) {
      expect(await show(key.toString("base64url"), idOf(key), signature)).toBe("DEVICE_AUTH_SIGNATURE_INVALID");
    }
  });

  const honest = new TestDevice("honest");
  const other = new TestDevice("other");

  test.each([
    ["the id of another device", honest.publicKey, other.id],
    ["the key of another device", other.publicKey, honest.id],
    ["the id in capitals", honest.publicKey, honest.id.toUpperCase()],
    ["the id with a blank", honest.publicKey, ` ${honest.id}`],
    ["the id in base64url", honest.publicKey, Buffer.from(honest.id, "hex").toString("base64url")],
    ["half of the id", honest.publicKey, honest.id.slice(0, 32)],
    ["the id with more behind it", honest.publicKey, `${honest.id}00`],
    ["the hash of the key's text", honest.publicKey, idOf(Buffer.from(honest.publicKey))],
    ["the hash of the key's PEM", honest.pem, idOf(Buffer.from(honest.pem))],
    ["a prototype's key", honest.publicKey, "__proto__"],
  ])("I3: %s does not go with the key", async (_what, publicKey, id) => {
    await open();
    expect(await show(publicKey, id)).toBe("DEVICE_AUTH_DEVICE_ID_MISMATCH");
  });

  const key = raw(honest);
  // The last of 43 characters has two bits to spare: three more characters decode to the same byte.
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const respelt = [1, 2, 3].map((more) => honest.publicKey.slice(0, 42) + digits.charAt((digits.indexOf(honest.publicKey.charAt(42)) & ~3) + more));
  const pem = ({ publicKey }: KeyPairKeyObjectResult): string => publicKey.export({ type: "spki", format: "pem" }) as string;

  test.each<[string, string]>([
    ["31 bytes", key.subarray(0, 31).toString("base64url")],
    ["33 bytes", Buffer.concat([key, Buffer.from([0])]).toString("base64url")],
    ["64 bytes", Buffer.concat([key, key]).toString("base64url")],
    ["one byte", "AA"],
    ["hexadecimal digits", key.toString("hex")],
    ["padding", `${honest.publicKey}=`],
    ["the other alphabet", `+/${honest.publicKey.slice(2)}`],
    ["a blank at the end", `${honest.publicKey} `],
    ["a line feed at the end", `${honest.publicKey}\n`],
    ["a NUL at the end", `${honest.publicKey}\0`],
    ["a letter that looks alike", `\u0410${honest.publicKey.slice(1)}`],
    ["a full-width letter", `\uff21${honest.publicKey.slice(1)}`],
    ...respelt.map((text, index): [string, string] => [`spare bits that are set (${index + 1})`, text]),
    ["a JWK", JSON.stringify({ kty: "OKP", crv: "Ed25519", x: honest.publicKey })],
    ["PEM of an RSA key", pem(generateKeyPairSync("rsa", { modulusLength: 512 }))],
    ["PEM of a P-256 key", pem(generateKeyPairSync("ec", { namedCurve: "P-256" }))],
    ["PEM of an X25519 key", pem(generateKeyPairSync("x25519"))],
    ["PEM of an Ed448 key", pem(generateKeyPairSync("ed448"))],
    ["PEM of a private key", honest.pem.replaceAll("PUBLIC", "PRIVATE")],
    ["PEM of a certificate", honest.pem.replaceAll("PUBLIC KEY", "CERTIFICATE")],
    ["PEM that is cut", honest.pem.slice(0, -8)],
    ["PEM twice", `${honest.pem}${honest.pem}`],
    ["PEM with one byte more", pemOf(Buffer.concat([key, Buffer.from([0])]))],
    ["PEM of any length", `-----BEGIN PUBLIC KEY-----\n${"A".repeat(20_000)}\n-----END PUBLIC KEY-----`],
  ])("I3: %s is no key", async (_what, publicKey) => {
    await open();
    expect(await show(publicKey, honest.id)).toBe("DEVICE_AUTH_PUBLIC_KEY_INVALID");
  });

  test("I3: a signature in another spelling, of another length, or made of a good one", async () => {
    await open();
    const good = async (): Promise<{ client: TestClient; params: ConnectParams; bytes: Buffer }> => {
      const client = gateway.arrive();
      const { nonce, ts } = await client.challenge();
      const params = honest.connectParams({ auth: SECRET, scopes: ["operator.read"] }, { nonce, signedAt: ts });
      return { client, params, bytes: Buffer.from(params.device?.signature ?? "", "base64url") };
    };
    const spoilt: ((bytes: Buffer) => string)[] = [
      (bytes) => bytes.subarray(0, 63).toString("base64url"),
      (bytes) => Buffer.concat([bytes, Buffer.from([0])]).toString("base64url"),
      (bytes) => bytes.toString("hex"),
      (bytes) => `${bytes.toString("base64url")}=`,
      (bytes) => ` ${bytes.toString("base64url")}`,
      (bytes) => Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)]).toString("base64url"),
      (bytes) => Buffer.concat([bytes.subarray(0, 63), Buffer.from([(bytes[63] ?? 0) | 0x80])]).toString("base64url"),
      // S + L has the same remainder: who accepts it accepts two signatures for one.
      (bytes) => Buffer.concat([bytes.subarray(0, 32), plusGroupOrder(bytes.subarray(32))]).toString("base64url"),
      () => Buffer.alloc(64).toString("base64url"),
    ];
    for (const spoil of spoilt) {
      const { client, params, bytes } = await good();
      const { device } = params;
      const frame = { type: "req", id: "connect", method: "connect", params: { ...params, device: { ...device, signature: spoil(bytes) } } };
      expect([spoilt.indexOf(spoil), await refusedFor(client, frame)]).toEqual([spoilt.indexOf(spoil), "DEVICE_AUTH_SIGNATURE_INVALID"]);
    }
    const { client, params } = await good();
    client.send({ type: "req", id: "connect", method: "connect", params });
    expect((await client.response("connect")).ok).toBe(true);
  });

  test("I3: one key is one device, however it is spelt", async () => {
    await open();
    const { token } = await introduce(gateway, { device: honest, scopes: ["operator.read"] });
    const client = gateway.arrive(AFAR);
    const { nonce, ts } = await client.challenge();
    const params = honest.connectParams({ auth: { token }, scopes: ["operator.read"] }, { nonce, signedAt: ts });
    client.send({ type: "req", id: "connect", method: "connect", params: { ...params, device: { ...params.device, publicKey: honest.pem } } });
    expect((await client.response("connect")).ok).toBe(true);
    expect((await gateway.call("device.pair.list", {})).paired).toHaveLength(1);
  });
});

/** A little-endian scalar plus the order of the base point's group. */
function plusGroupOrder(scalar: Buffer): Buffer {
  const order = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
  const sum = BigInt(`0x${Buffer.from(scalar).reverse().toString("hex")}`) + order;
  return Buffer.from(sum.toString(16).padStart(64, "0"), "hex").reverse();
}

describe.each<Protocol>([3, 4])("one key in two roles, protocol %i", (protocol) => {
  const phone = new TestDevice("phone");
  const asOperator: ConnectAsk = { protocol, role: "operator", scopes: ["operator.admin"], client: { id: "openclaw-ios", mode: "ui" } };
  const asNode: ConnectAsk = { protocol, role: "node", scopes: [], client: { id: "openclaw-ios", mode: "node" } };

  test.each([
    ["operator", "node", asOperator, asNode],
    ["node", "operator", asNode, asOperator],
  ] as const)("I4: a frame signed as %s and sent as %s is refused", async (_from, role, ask, swapped) => {
    await open();
    await introduce(gateway, { device: phone, ...asOperator });
    await introduce(gateway, { device: phone, ...asNode });
    for (const change of [() => ({ role }), ({ client }: Whole) => ({ role, client: { ...client, ...swapped.client } }), () => ({ role, scopes: [...(swapped.scopes ?? [])] })]) {
      const client = gateway.arrive(AFAR);
      const { nonce, ts } = await client.challenge();
      expect(await refusedFor(client, edited(phone.connectFrame({ ...ask, auth: SECRET, nonce, signedAt: ts }), change))).toBe("DEVICE_AUTH_SIGNATURE_INVALID");
    }
  });

  test.each([
    ["operator", "node", asOperator, asNode],
    ["node", "operator", asNode, asOperator],
  ] as const)("I4: a device that was paired as %s is no %s: its token opens nothing there, and the secret only asks", async (_from, to, ask, swapped) => {
    await open();
    const { token } = await introduce(gateway, { device: phone, ...ask });
    for (const auth of [{ token }, { deviceToken: token }, { token, deviceToken: token }]) {
      const answer = await gateway.arrive(AFAR).tryConnect({ device: phone, ...swapped, auth });
      expect(["AUTH_TOKEN_MISMATCH", "AUTH_DEVICE_TOKEN_MISMATCH"]).toContain(refusalCode(answer));
    }
    const answer = await gateway.arrive(AFAR).tryConnect({ device: phone, ...swapped, auth: SECRET });
    expect(errorOf(answer)).toMatchObject({ code: "NOT_PAIRED", details: { reason: "role-upgrade", requestedRole: to } });
    await gateway.call("device.pair.reject", { requestId: requestIdOf(answer) });
    expect((await gateway.call("device.pair.list", {})).paired).toMatchObject([{ roles: [ask.role] }]);
  });

  test("I4: as both, each socket has its own role's rights, and a node's claim to scopes is worth nothing", async () => {
    await open();
    const operator = await introduce(gateway, { device: phone, ...asOperator });
    const node = await introduce(gateway, { device: phone, ...asNode, scopes: ["operator.admin"] });
    expect(node.hello.auth).toMatchObject({ role: "node", scopes: [] });
    expect(node.token).not.toBe(operator.token);
    for (const method of ["health", "device.pair.list", "config.get", "chat.send"]) {
      expect((await node.client.refusal(method, {})).message).toBe("unauthorized role: node");
    }
    expect((await operator.client.refusal("node.event", { event: "x" })).message).toBe("unauthorized role: operator");
    expect(await operator.client.call("device.pair.list")).toMatchObject({ paired: [{ deviceId: phone.id }] });
  });
});
