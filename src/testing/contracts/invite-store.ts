import { describe, expect, test } from "./kit.js";
import { after, epochMs } from "../../domain/moment.js";
import { INVITE_TTL_MS, MAX_INVITES, type Invite } from "../../domain/pairing/invite.js";
import type { InviteStore } from "../../ports/invite-store.js";

export interface InviteStoreRig {
  readonly store: InviteStore;
  /** The store as the next process finds it. */
  reopen(): Promise<InviteStore>;
  dispose(): Promise<void>;
}

const START = epochMs(1_790_000_000_000);

const invite = (name: string, createdAtMs = START): Invite => ({
  setupId: `setup-${name}`,
  digest: name,
  profile: "limited",
  createdAtMs,
  expiresAtMs: after(createdAtMs, INVITE_TTL_MS),
});

/** What every store of invites promises: above all, that nobody uses one twice. */
export function inviteStoreContract(name: string, createRig: () => Promise<InviteStoreRig>): void {
  describe(`InviteStore: ${name}`, () => {
    const withRig = (work: (rig: InviteStoreRig) => Promise<void>) => async () => {
      const rig = await createRig();
      await work(rig).finally(() => rig.dispose());
    };

    test("of a hundred who take it at once, one gets it, and nobody after a restart", withRig(async ({ store, reopen }) => {
      await store.put(invite("a"));
      const taken = await Promise.all(Array.from({ length: 100 }, () => store.take("a", START)));
      expect(taken.filter((one) => one !== undefined)).toEqual([invite("a")]);
      expect(store.peek("a", START)).toBeUndefined();
      expect(await (await reopen()).take("a", START)).toBeUndefined();
    }));

    test("looking does not take, and what is unused survives a restart", withRig(async ({ store, reopen }) => {
      await store.put(invite("a"));
      expect(store.peek("a", START)).toEqual(invite("a"));
      expect((await reopen()).peek("a", START)).toEqual(invite("a"));
    }));

    test("it ends with its time", withRig(async ({ store }) => {
      await store.put(invite("a"));
      const late = after(START, INVITE_TTL_MS);
      expect(store.peek("a", late)).toBeUndefined();
      expect(await store.take("a", late)).toBeUndefined();
    }));

    test("an unknown one is nothing, whatever it is called", withRig(async ({ store }) => {
      for (const digest of ["", "__proto__", "constructor"]) {
        expect(store.peek(digest, START)).toBeUndefined();
        expect(await store.take(digest, START)).toBeUndefined();
      }
    }));

    test("beyond the bound the oldest go", withRig(async ({ store }) => {
      for (let index = 0; index <= MAX_INVITES; index += 1) await store.put(invite(`n${index}`, after(START, index)));
      expect(store.peek("n0", START)).toBeUndefined();
      expect(store.peek("n1", START)).toBeDefined();
      expect(store.peek(`n${MAX_INVITES}`, START)).toBeDefined();
    }));
  });
}
