import { afterEach, beforeEach, describe, expect, test } from "./kit.js";

import type { HostLock } from "../../ports/host-lock.js";

export interface HostLockRig {
  /** A lock on the one shared place, for a process that runs. */
  alive(): HostLock & { readonly pid: number };
  /** The same for a process that has ended. */
  dead(): HostLock;
  dispose(): Promise<void>;
}

export function hostLockContract(name: string, rig: () => Promise<HostLockRig>): void {
  describe(`HostLock: ${name}`, () => {
    let at: HostLockRig;
    beforeEach(async () => {
      at = await rig();
    });
    afterEach(() => at.dispose());

    test("one holds it, a second is told who, and gets it after the release", async () => {
      const [first, second] = [at.alive(), at.alive()];
      expect(await first.acquire()).toEqual({ kind: "held" });
      expect(await first.acquire()).toEqual({ kind: "held" });
      expect(await second.acquire()).toEqual({ kind: "taken", pid: first.pid });
      await second.release();
      expect(await second.acquire()).toEqual({ kind: "taken", pid: first.pid });
      await first.release();
      await first.release();
      expect(await second.acquire()).toEqual({ kind: "held" });
    });

    test("a dead holder's lock is taken over, and its late release changes nothing", async () => {
      const [gone, heir] = [at.dead(), at.alive()];
      await gone.acquire();
      expect(await heir.acquire()).toEqual({ kind: "held" });
      await gone.release();
      expect((await at.alive().acquire()).kind).toBe("taken");
    });

    test.each(["free", "left behind"])("of many who go for a lock that is %s, one wins", async (state) => {
      for (let round = 0; round < 5; round += 1) {
        if (state === "left behind") await at.dead().acquire();
        const takers = Array.from({ length: 8 }, () => at.alive());
        const outcomes = await Promise.all(takers.map((taker) => taker.acquire()));
        expect(outcomes.filter(({ kind }) => kind === "held")).toHaveLength(1);
        await Promise.all(takers.map((taker) => taker.release()));
      }
    });
  });
}
