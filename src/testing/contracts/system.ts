import { describe, expect, test } from "./kit.js";
import { Type } from "@sinclair/typebox";
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { after, type EpochMs } from "../../domain/moment.js";
import type { Clock } from "../../ports/clock.js";
import type { FrameValidator } from "../../ports/frame-validator.js";
import type { LoopGauge } from "../../ports/loop-gauge.js";
import type { Ids } from "../../ports/ids.js";
import type { Signatures } from "../../ports/signatures.js";

/** A clock, and how its time is made to pass. */
export interface ClockRig {
  readonly clock: Clock;
  /** Resolves when the clock shows `at` or later and every wake that was due has been called. */
  reach(at: EpochMs): Promise<void>;
}

export function clockContract(name: string, rig: () => ClockRig): void {
  describe(`Clock: ${name}`, () => {
    test("wakes once, never early, in the order of the moments", async () => {
      const { clock, reach } = rig();
      const start = clock.now();
      const woken: { what: string; at: EpochMs }[] = [];
      clock.callAt(after(start, 20), () => woken.push({ what: "late", at: clock.now() }));
      clock.callAt(after(start, 5), () => woken.push({ what: "early", at: clock.now() }));
      await reach(after(start, 40));
      expect(woken.map(({ what }) => what)).toEqual(["early", "late"]);
      expect(woken[0]?.at).toBeGreaterThanOrEqual(start + 5);
      expect(woken[1]?.at).toBeGreaterThanOrEqual(start + 20);
      await reach(after(start, 60));
      expect(woken).toHaveLength(2);
    });

    test("a moment that is past is woken for soon, but not inside the call", async () => {
      const { clock, reach } = rig();
      let woken = 0;
      clock.callAt(after(clock.now(), -1_000), () => (woken += 1));
      expect(woken).toBe(0);
      await reach(after(clock.now(), 2));
      expect(woken).toBe(1);
    });

    test("a cancelled wake stays silent, and cancelling again or afterwards is harmless", async () => {
      const { clock, reach } = rig();
      let woken = 0;
      const start = clock.now();
      const cancel = clock.callAt(after(start, 5), () => (woken += 1));
      cancel();
      cancel();
      const cancelLate = clock.callAt(after(start, 6), () => (woken += 10));
      await reach(after(start, 20));
      cancelLate();
      expect(woken).toBe(10);
    });

    test("time does not go back, and whole milliseconds are told", () => {
      const { clock } = rig();
      const first = clock.now();
      expect(Number.isInteger(first)).toBe(true);
      expect(clock.now()).toBeGreaterThanOrEqual(first);
    });
  });
}

export function idsContract(name: string, rig: () => Ids): void {
  describe(`Ids: ${name}`, () => {
    test("gives version-4 UUIDs, each once", () => {
      const ids = rig();
      const seen = new Set(Array.from({ length: 2_000 }, () => ids.uuid()));
      expect(seen.size).toBe(2_000);
      for (const id of seen) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
    });
  });
}

interface Signer {
  readonly raw: Buffer;
  readonly publicKey: string;
  readonly pem: string;
  sign(payload: string): Buffer;
}

export function newSigner(): Signer {
  const pair = generateKeyPairSync("ed25519");
  return signerOf(pair.publicKey, pair.privateKey);
}

function signerOf(publicKey: KeyObject, privateKey: KeyObject): Signer {
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  return {
    raw,
    publicKey: raw.toString("base64url"),
    pem: publicKey.export({ format: "pem", type: "spki" }) as string,
    sign: (payload) => sign(null, Buffer.from(payload), privateKey),
  };
}

export function signaturesContract(name: string, rig: () => Signatures): void {
  describe(`Signatures: ${name}`, () => {
    test("one key has one id, as raw base64url or as PEM", () => {
      const signatures = rig();
      const signer = newSigner();
      const id = signatures.deviceIdOf(signer.publicKey);
      expect(id).toMatch(/^[0-9a-f]{64}$/u);
      expect(signatures.deviceIdOf(signer.pem)).toBe(id);
      expect(signatures.deviceIdOf(newSigner().publicKey)).not.toBe(id);
    });

    test("verifies what the key signed, in either base64 alphabet, and nothing else", () => {
      const signatures = rig();
      const signer = newSigner();
      const payload = "v2|gerät|🦞||";
      const signature = signer.sign(payload);
      for (const key of [signer.publicKey, signer.pem]) {
        expect(signatures.verify(key, signature.toString("base64url"), payload)).toBe(true);
        expect(signatures.verify(key, signature.toString("base64"), payload)).toBe(true);
      }
      expect(signatures.verify(signer.publicKey, signature.toString("base64url"), `${payload}|`)).toBe(false);
      expect(signatures.verify(newSigner().publicKey, signature.toString("base64url"), payload)).toBe(false);
      for (let index = 0; index < 64; index += 1) {
        const flipped = Buffer.from(signature);
        flipped[index] = (flipped[index] ?? 0) ^ 1;
        expect(signatures.verify(signer.publicKey, flipped.toString("base64url"), payload)).toBe(false);
      }
    });

    test.each(["", " ", "key", "A".repeat(42), "A".repeat(44), "!".repeat(43), "\u0000", "A".repeat(1_000_000)])(
      "text that is no key or signature is refused without throwing (%#)",
      (text) => {
        const signatures = rig();
        const signer = newSigner();
        expect(signatures.deviceIdOf(text)).toBeUndefined();
        expect(signatures.verify(text, signer.sign("p").toString("base64url"), "p")).toBe(false);
        expect(signatures.verify(signer.publicKey, text, "p")).toBe(false);
      },
    );

    test("secrets are equal only if they are the same, whatever their lengths", () => {
      const signatures = rig();
      expect(signatures.secretsEqual("correct horse", "correct horse")).toBe(true);
      for (const wrong of ["", "correct", "correct horse ", "Correct horse", "x".repeat(100_000)]) {
        expect(signatures.secretsEqual(wrong, "correct horse")).toBe(false);
      }
    });

    test("digest is the lower-case hex SHA-256 of the UTF-8 text", () => {
      expect(rig().digest("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
      expect(rig().digest("é")).toBe("4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c");
    });
  });
}

const Person = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 20 }),
    age: Type.Optional(Type.Integer({ minimum: 0 })),
    kind: Type.Optional(Type.Union([Type.Literal("cat"), Type.Literal("dog")])),
    names: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false },
);
const Tree = Type.Recursive((self) => Type.Object({ next: Type.Optional(self) }, { additionalProperties: false }));

export function frameValidatorContract(name: string, rig: () => FrameValidator): void {
  describe(`FrameValidator: ${name}`, () => {
    test("what fits has nothing to explain, and is not changed", () => {
      const value = { name: "Ada", age: 3, kind: "cat", names: ["x"] };
      expect(rig().explain(Person, value)).toBeUndefined();
      expect(value).toEqual({ name: "Ada", age: 3, kind: "cat", names: ["x"] });
    });

    test("says where and what, each fault once", () => {
      const validator = rig();
      expect(validator.explain(Person, {})).toBe("at root: must have required property 'name'");
      expect(validator.explain(Person, 5)).toBe("at root: must be object");
      expect(validator.explain(Person, { name: "Ada", agee: 1 })).toBe("at root: unexpected property 'agee'");
      expect(validator.explain(Person, { name: "", age: -1 })).toBe(
        "at /name: must NOT have fewer than 1 characters; at /age: must be >= 0",
      );
      expect(validator.explain(Person, { name: "Ada", kind: "cow" })).toBe(
        "at /kind: must be equal to constant; at /kind: must match a schema in anyOf",
      );
    });

    test("a closed object is closed to __proto__, constructor and prototype too", () => {
      const validator = rig();
      for (const key of ["__proto__", "constructor", "prototype"]) {
        expect(validator.explain(Person, JSON.parse(`{"name":"Ada","${key}":{"age":1}}`))).toBe(`at root: unexpected property '${key}'`);
      }
      expect(validator.explain(Person, JSON.parse(`{"__proto__":{"name":"Ada"}}`))).toContain("must have required property 'name'");
      expect(({} as { name?: string }).name).toBeUndefined();
    });

    test("names chosen by the peer are cut and escaped", () => {
      const validator = rig();
      const text = validator.explain(Person, { name: "Ada", "\u001b[31mred\r\n\u202e": 1 });
      expect(text).toBe("at root: unexpected property '\\u{1b}[31mred\\u{d}\\u{a}\\u{202e}'");
      const long = validator.explain(Person, { name: "Ada", ["k".repeat(1_000_000)]: 1 });
      expect(long?.length).toBeLessThan(300);
      const many = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`key${index}`, index]));
      expect(validator.explain(Person, { name: "Ada", ...many })?.length).toBeLessThan(1_100);
    });

    test("a million wrong items, a text of a megabyte and JSON ten thousand levels deep are refused in short", () => {
      const validator = rig();
      const wrong = validator.explain(Person, { name: "Ada", names: Array.from({ length: 1_000_000 }, () => 1) });
      expect(wrong).toBe("at /names/0: must be string");
      expect(validator.explain(Person, { name: "n".repeat(1_000_000) })).toBe("at /name: must NOT have more than 20 characters");
      const deep: unknown = JSON.parse(`${"[".repeat(10_000)}${"]".repeat(10_000)}`);
      expect(validator.explain(Person, deep)).toBe("at root: must be object");
      expect(validator.explain(Type.Unknown(), deep)).toBeUndefined();
    });

    test("a value deeper than the stack is refused, not fatal", () => {
      let deep: object = {};
      for (let level = 0; level < 200_000; level += 1) deep = { next: deep };
      const text = rig().explain(Tree, deep);
      expect(text).toBe("at root: nested too deeply");
      expect(rig().explain(Tree, { next: { next: {} } })).toBeUndefined();
    });
  });
}

/** `work` lets the process do something for a while; a gauge that measures notices. */
export interface LoopGaugeRig {
  readonly gauge: LoopGauge;
  work(): Promise<void>;
}

export function loopGaugeContract(name: string, rig: () => LoopGaugeRig): void {
  describe(`LoopGauge: ${name}`, () => {
    test("knows nothing when it is asked for the first time, and something after a while", async () => {
      const { gauge, work } = rig();
      try {
        expect(gauge.read()).toBeUndefined();
        await work();
        const reading = gauge.read();
        expect(reading).toEqual({ intervalMs: expect.any(Number), delayP99Ms: expect.any(Number), delayMaxMs: expect.any(Number), utilization: expect.any(Number), cpuCoreRatio: expect.any(Number) });
        const { intervalMs = 0, delayP99Ms = -1, delayMaxMs = -1, utilization = -1, cpuCoreRatio = -1 } = reading ?? {};
        expect(Number.isSafeInteger(intervalMs) && intervalMs > 0).toBe(true);
        expect(delayP99Ms).toBeGreaterThanOrEqual(0);
        expect(delayMaxMs).toBeGreaterThanOrEqual(delayP99Ms);
        expect(utilization).toBeGreaterThanOrEqual(0);
        expect(utilization).toBeLessThanOrEqual(1);
        expect(cpuCoreRatio).toBeGreaterThanOrEqual(0);
      } finally {
        gauge.close();
      }
    });

    test("one that is closed says nothing any more, and may be closed twice", async () => {
      const { gauge, work } = rig();
      gauge.read();
      await work();
      gauge.close();
      gauge.close();
      expect(gauge.read()).toBeUndefined();
      await work();
      expect(gauge.read()).toBeUndefined();
    });
  });
}
