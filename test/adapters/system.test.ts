import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { AjvFrameValidator } from "../../src/adapters/validation/ajv/index.js";
import { NodeSignatures } from "../../src/adapters/crypto/node/index.js";
import { AddressLocality, SystemClock } from "../../src/adapters/system/index.js";
import { ConnectParams } from "../../src/domain/protocol/connect.js";
import { EventFrame, RequestFrame, ResponseFrame } from "../../src/domain/protocol/frames.js";
import { HelloOk } from "../../src/domain/protocol/hello.js";
import { after, epochMs } from "../../src/domain/moment.js";
import { newSigner } from "../../src/testing/contracts/system.js";

describe("SystemClock", () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  test("a timer that fires before the wall clock is there does not wake", () => {
    jest.useFakeTimers({ now: 1_000_000 });
    const clock = new SystemClock();
    let woken = 0;
    clock.callAt(epochMs(1_001_000), () => (woken += 1));
    jest.setSystemTime(999_000);
    jest.advanceTimersByTime(1_000);
    expect(clock.now()).toBe(1_000_000);
    expect(woken).toBe(0);
    jest.advanceTimersByTime(1_000);
    expect(woken).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  test("a clock that is set back makes nobody wait longer than was asked for", () => {
    jest.useFakeTimers({ now: 100_000_000 });
    const clock = new SystemClock();
    const woken: string[] = [];
    clock.callAt(epochMs(100_030_000), () => woken.push("soon"));
    const days = 40 * 24 * 3_600_000;
    clock.callAt(epochMs(100_000_000 + days), () => woken.push("in forty days"));
    jest.advanceTimersByTime(10_000);
    jest.setSystemTime(50_000_000);
    jest.advanceTimersByTime(19_999);
    expect(woken).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(woken).toEqual(["soon"]);
    jest.advanceTimersByTime(days - 30_001);
    expect(woken).toEqual(["soon"]);
    jest.advanceTimersByTime(1);
    expect(woken).toEqual(["soon", "in forty days"]);
  });

  test("waits longer than one timer can, and can be cancelled in a later part of the wait", () => {
    jest.useFakeTimers({ now: 0 });
    const clock = new SystemClock();
    const twoMonthsMs = 60 * 24 * 3_600_000;
    const woken: string[] = [];
    clock.callAt(epochMs(twoMonthsMs), () => woken.push("two months"));
    const cancel = clock.callAt(epochMs(twoMonthsMs), () => woken.push("cancelled"));
    const never = clock.callAt(epochMs(Infinity), () => woken.push("never"));
    jest.advanceTimersByTime(twoMonthsMs - 1);
    expect(woken).toEqual([]);
    cancel();
    jest.advanceTimersByTime(1);
    expect(woken).toEqual(["two months"]);
    never();
    expect(jest.getTimerCount()).toBe(0);
  });

  test("a planned wake does not keep a process alive, and NaN is no moment", () => {
    const clock = new SystemClock();
    expect(() => clock.callAt(epochMs(Number.NaN), () => undefined)).toThrow(RangeError);
    const spy = jest.spyOn(globalThis, "setTimeout");
    const cancel = clock.callAt(after(clock.now(), 60_000), () => undefined);
    const timer = spy.mock.results[0]?.value as NodeJS.Timeout;
    spy.mockRestore();
    expect(timer.hasRef()).toBe(false);
    cancel();
  });
});

describe("AddressLocality", () => {
  const locality = new AddressLocality();

  test.each([
    ["127.0.0.1", "loopback"],
    ["127.255.255.254", "loopback"],
    ["::1", "loopback"],
    ["0:0:0:0:0:0:0:1", "loopback"],
    ["::1%lo0", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["::FFFF:7f00:1", "loopback"],
    ["0:0:0:0:0:ffff:127.0.0.1", "loopback"],
    ["10.1.2.3", "private"],
    ["172.16.0.1", "private"],
    ["172.32.0.1", "public"],
    ["192.168.1.1", "private"],
    ["169.254.1.1", "private"],
    ["100.64.0.1", "private"],
    ["100.128.0.1", "public"],
    ["fd7a:115c:a1e0::1", "private"],
    ["fe80::1%eth0", "private"],
    ["::ffff:192.168.0.5", "private"],
    ["::ffff:8.8.8.8", "public"],
    ["8.8.8.8", "public"],
    ["128.0.0.1", "public"],
    ["2001:db8::1", "public"],
    ["64:ff9b::127.0.0.1", "public"],
    ["2002:7f00:1::", "public"],
    ["0.0.0.0", "public"],
    ["::", "public"],
  ])("%s is %s", (address, place) => {
    expect(locality.classify(address)).toBe(place);
  });

  test.each([
    "", "memory", "localhost", "0177.0.0.1", "127.0.0.01", "127.1", "2130706433", "0x7f.0.0.1", "0x7f000001", "127.0.0.1.",
    "127.evil.com", "localhost.evil.com", "127.0.0.1.evil.com", "[::1]", "[::ffff:127.0.0.1]", "127.0.0.1:80", " 127.0.0.1",
    "127.0.0.1\n", "127.0.0.1%lo", "127.0.0.0/8", "::127.0.0.1", "::127.0.0.1%ffff", "::ffff:0177.0.0.1", "::ffff:127.1",
    "１２７.0.0.1", "::1\u0000", "1".repeat(100_000),
  ])("%j is no address", (text) => {
    expect(locality.classify(text)).toBe("unknown");
  });
});

interface SignedConnect {
  readonly clientId: string;
  readonly clientMode: string;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly token: string;
  readonly device: { readonly id: string; readonly publicKey: string; readonly signature: string; readonly signedAt: number; readonly nonce: string };
}

describe("NodeSignatures", () => {
  const signatures = new NodeSignatures();
  const connects = JSON.parse(readFileSync(new URL("../fixtures/january-connects.json", import.meta.url), "utf8")) as SignedConnect[];
  const fieldsOf = (connect: SignedConnect): string[] => [
    "v2", connect.device.id, connect.clientId, connect.clientMode, connect.role, connect.scopes.join(","),
    String(connect.device.signedAt), connect.token, connect.device.nonce,
  ];

  test.each(connects)("a published client's connect verifies, and with any field changed it does not (%#)", (connect) => {
    const { publicKey, signature, id } = connect.device;
    const fields = fieldsOf(connect);
    expect(signatures.deviceIdOf(publicKey)).toBe(id);
    expect(signatures.verify(publicKey, signature, fields.join("|"))).toBe(true);
    for (const index of fields.keys()) {
      const changed = fields.map((field, at) => (at === index ? `${field}x` : field)).join("|");
      expect(signatures.verify(publicKey, signature, changed)).toBe(false);
    }
    const other = connects.find((candidate) => candidate !== connect) ?? connect;
    expect(signatures.verify(publicKey, other.device.signature, fields.join("|"))).toBe(false);
  });

  const P_LESS_1 = `ec${"ff".repeat(30)}7f`;
  const points: [string, string][] = [
    ["neutral element", `01${"00".repeat(31)}`],
    ["neutral element, sign bit set", `01${"00".repeat(30)}80`],
    ["order 2", P_LESS_1],
    ["order 2, sign bit set", `ec${"ff".repeat(31)}`],
    ["order 4", "00".repeat(32)],
    ["order 4, sign bit set", `${"00".repeat(31)}80`],
    ["order 8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"],
    ["order 8, sign bit set", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"],
    ["order 8, other", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"],
    ["order 8, other, sign bit set", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"],
    ...Array.from({ length: 19 }, (_, index): [string, string] => [`y = p + ${index}`, `${(0xed + index).toString(16)}${"ff".repeat(30)}7f`]),
    ["y = p, sign bit set", `ed${"ff".repeat(31)}`],
    ["y = 2^255 - 1, sign bit set", "ff".repeat(32)],
  ];
  test.each(points)("a public key at %s has no id and verifies nothing", (_name, hex) => {
    const raw = Buffer.from(hex, "hex");
    const publicKey = raw.toString("base64url");
    // Under the neutral element this is a signature of any message; under the others, of one in a few.
    const universal = Buffer.concat([Buffer.from(`01${"00".repeat(31)}`, "hex"), Buffer.alloc(32)]).toString("base64url");
    expect(signatures.deviceIdOf(publicKey)).toBeUndefined();
    for (let index = 0; index < 32; index += 1) expect(signatures.verify(publicKey, universal, `message ${index}`)).toBe(false);
    const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]);
    expect(signatures.deviceIdOf(`-----BEGIN PUBLIC KEY-----\n${der.toString("base64")}\n-----END PUBLIC KEY-----\n`)).toBeUndefined();
  });

  test("a key just below the prime is read, and one off the curve verifies nothing", () => {
    expect(signatures.deviceIdOf(Buffer.from(`eb${"ff".repeat(30)}7f`, "hex").toString("base64url"))).toMatch(/^[0-9a-f]{64}$/u);
    const offCurve = Buffer.from(`02${"00".repeat(31)}`, "hex").toString("base64url");
    expect(signatures.verify(offCurve, Buffer.alloc(64).toString("base64url"), "p")).toBe(false);
  });

  test("another spelling of a key is no key", () => {
    const { publicKey, raw } = newSigner();
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(publicKey.slice(-1));
    const spellings = [
      `${publicKey}=`, ` ${publicKey}`, `${publicKey}\n`, raw.toString("hex"), raw.toString("base64"),
      publicKey.slice(0, -1) + alphabet.charAt(last ^ 1), `${publicKey.slice(0, 20)}.${publicKey.slice(20)}`,
    ];
    for (const spelling of spellings) expect(signatures.deviceIdOf(spelling)).toBeUndefined();
  });

  test("PEM: only an Ed25519 public key, alone", () => {
    const pem = newSigner().pem;
    expect(signatures.deviceIdOf(pem.replaceAll("\n", "\r\n"))).toBeDefined();
    const x25519 = pem.replace("MCowBQYDK2VwAyEA", "MCowBQYDK2VuAyEA");
    const wrong = [x25519, pem + pem, pem.replaceAll("PUBLIC", "PRIVATE"), `x${pem}`, pem.replace("MCow", "MCo*"), pem.slice(0, -5), `${pem}${"\n".repeat(1_000)}`];
    for (const text of wrong) expect(signatures.deviceIdOf(text)).toBeUndefined();
  });

  test("a signature is bound to one value of S, and to 64 bytes", () => {
    const signer = newSigner();
    const signature = signer.sign("p");
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString("hex")}`) + order;
    const shifted = Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse();
    expect(signatures.verify(signer.publicKey, Buffer.concat([signature.subarray(0, 32), shifted]).toString("base64url"), "p")).toBe(false);
    for (const bytes of [signature.subarray(0, 63), Buffer.concat([signature, Buffer.alloc(1)])]) {
      expect(signatures.verify(signer.publicKey, bytes.toString("base64url"), "p")).toBe(false);
    }
    expect(signatures.verify(signer.publicKey, `${signature.toString("base64url")}\n`, "p")).toBe(false);
  });
});

describe("AjvFrameValidator", () => {
  test("compiles the frames of the protocol under strict rules, each once", () => {
    const validator = new AjvFrameValidator();
    for (const schema of [RequestFrame, ResponseFrame, EventFrame, ConnectParams, HelloOk]) {
      expect(validator.explain(schema, null)).toBe("at root: must be object");
    }
    expect(validator.explain(RequestFrame, { type: "req", id: "1", method: "health", params: { __proto__: null, any: [1] } })).toBeUndefined();
    expect(validator.explain(RequestFrame, { type: "req", id: "", method: "health" })).toBe("at /id: must NOT have fewer than 1 characters");
    expect(validator.explain(RequestFrame, { type: "event", id: 5, method: "health", extra: true })).toBe(
      "at root: unexpected property 'extra'; at /type: must be equal to constant; at /id: must be string",
    );
  });
});
