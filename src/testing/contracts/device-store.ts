import { afterEach, beforeEach, describe, expect, test } from "./kit.js";

import { epochMs } from "../../domain/moment.js";
import type { PairedDevice } from "../../domain/pairing/device.js";
import type { DeviceStore } from "../../ports/device-store.js";
import { aDevice, aRequest, aToken } from "./stored-samples.js";

export interface DeviceStoreRig {
  readonly store: DeviceStore;
  /** Closes the store and opens what it left. */
  reopen(): Promise<DeviceStore>;
  dispose(): Promise<void>;
}

export const pair = (store: DeviceStore, device: PairedDevice): Promise<void> =>
  store.update(() => ({ changes: { paired: new Map([[device.deviceId, device]]) }, value: undefined }));

/** Adds one to the number kept as a device's label: two that read the same number would lose one. */
export const increment = (store: DeviceStore): Promise<number> =>
  store.update(({ paired }) => {
    const next = Number(paired.get("counter")?.label ?? "0") + 1;
    return { changes: { paired: new Map([["counter", aDevice("counter", { label: String(next) })]]) }, value: next };
  });

export function deviceStoreContract(name: string, rig: () => Promise<DeviceStoreRig>): void {
  describe(`DeviceStore: ${name}`, () => {
    let at: DeviceStoreRig;
    beforeEach(async () => {
      at = await rig();
    });
    afterEach(() => at.dispose());

    test("an opened store is empty at first", () => {
      expect(at.store.view()).toEqual({ pending: new Map(), paired: new Map() });
    });

    test("reads its writes, before and after reopening", async () => {
      const device = aDevice("d1", {
        tokens: new Map([
          ["operator", aToken("operator", { previousDigest: "cd".repeat(32), rotatedAtMs: epochMs(7), lastUsedAtMs: epochMs(8) })],
          ["node", aToken("node", { scopes: [], revokedAtMs: epochMs(9) })],
        ]),
        roles: ["operator", "node"],
      });
      const request = aRequest("r1", { silent: true, isRepair: true, remoteIp: "10.0.0.7" });
      const value = await at.store.update(() => ({
        changes: { paired: new Map([["d1", device]]), pending: new Map([["r1", request]]) },
        value: "decided",
      }));
      const expected = { pending: new Map([["r1", request]]), paired: new Map([["d1", device]]) };
      expect(value).toBe("decided");
      expect(at.store.view()).toEqual(expected);
      expect((await at.reopen()).view()).toEqual(expected);
    });

    test("a change to nothing removes", async () => {
      await pair(at.store, aDevice("d1"));
      await at.store.update(() => ({ changes: { paired: new Map([["d1", undefined]]), pending: new Map([["none", undefined]]) }, value: 0 }));
      expect(at.store.view().paired.size).toBe(0);
      expect((await at.reopen()).view().paired.size).toBe(0);
    });

    test("concurrent updates each decide on what the one before left", async () => {
      const values = await Promise.all(Array.from({ length: 50 }, () => increment(at.store)));
      expect(values).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
      expect((await at.reopen()).view().paired.get("counter")?.label).toBe("50");
    });

    test("of two writers that want one thing, one wins", async () => {
      await at.store.update(() => ({ changes: { pending: new Map([["r1", aRequest("r1")]]) }, value: 0 }));
      const take = (): Promise<boolean> =>
        at.store.update(({ pending }) => ({ changes: { pending: new Map([["r1", undefined]]) }, value: pending.has("r1") }));
      const wins = await Promise.all(Array.from({ length: 20 }, take));
      expect(wins.filter(Boolean)).toHaveLength(1);
    });

    test("a decision that throws has no effect and harms no other", async () => {
      const bug = new Error("bug");
      const outcomes = await Promise.allSettled([
        pair(at.store, aDevice("d1")),
        at.store.update(() => {
          throw bug;
        }),
        pair(at.store, aDevice("d2")),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(outcomes[1]).toMatchObject({ reason: bug });
      expect([...at.store.view().paired.keys()]).toEqual(["d1", "d2"]);
    });

    test("a touch shows at once and survives closing; an older one changes nothing", async () => {
      await pair(at.store, aDevice("d1"));
      at.store.touch("d1", "operator", 9_000);
      at.store.touch("d1", "operator", 8_000);
      at.store.touch("d1", "node", 9_000);
      at.store.touch("stranger", "operator", 9_000);
      expect(at.store.view().paired.get("d1")?.tokens.get("operator")?.lastUsedAtMs).toBe(9_000);
      const { paired } = (await at.reopen()).view();
      expect(paired.get("d1")?.tokens.get("operator")?.lastUsedAtMs).toBe(9_000);
      expect([...paired.keys()]).toEqual(["d1"]);
    });

    test("keys that objects treat specially are ordinary ids", async () => {
      await pair(at.store, aDevice("__proto__", { tokens: new Map([["constructor", aToken("constructor")]]), roles: ["constructor"] }));
      const device = (await at.reopen()).view().paired.get("__proto__");
      expect(device?.tokens.get("constructor")?.serial).toBe("serial-1");
    });

    test("a closed store refuses", async () => {
      await at.store.close();
      expect(() => at.store.view()).toThrow("not open");
      await expect(pair(at.store, aDevice("d1"))).rejects.toThrow("not open");
    });
  });
}
