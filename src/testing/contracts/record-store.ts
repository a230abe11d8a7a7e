import { afterEach, beforeEach, describe, expect, test } from "./kit.js";

import type { RecordStore } from "../../ports/record-store.js";

/** What the suite stores. */
export type RecordSample = { readonly n: number; readonly note?: string } | null;

/** For a store that has to be told what its records are. */
export function parseRecordSample(value: unknown): RecordSample | undefined {
  if (value === null) return null;
  if (typeof value !== "object" || !("n" in value) || typeof value.n !== "number") return undefined;
  return "note" in value ? { n: value.n, note: String(value.note) } : { n: value.n };
}

export interface RecordStoreRig {
  readonly store: RecordStore<RecordSample>;
  /** Closes the store and opens what it left. */
  reopen(): Promise<RecordStore<RecordSample>>;
  dispose(): Promise<void>;
}

export type RecordSamples = Readonly<Record<string, RecordSample | undefined>>;

/** Stores what is given and takes out what is `undefined`, in this order. */
export const change = (store: RecordStore<RecordSample>, records: RecordSamples): Promise<void> =>
  store.update(() => ({ changes: new Map(Object.entries(records)), value: undefined }));

/** Adds one to a number: two that read the same would lose one. */
export const count = (store: RecordStore<RecordSample>, key = "counter"): Promise<number> =>
  store.update((records) => {
    const n = (records.get(key)?.n ?? 0) + 1;
    return { changes: new Map([[key, { n }]]), value: n };
  });

export function recordStoreContract(name: string, rig: () => Promise<RecordStoreRig>): void {
  describe(`RecordStore: ${name}`, () => {
    let at: RecordStoreRig;
    beforeEach(async () => {
      at = await rig();
    });
    afterEach(() => at.dispose());

    test("an opened store is empty at first", async () => {
      expect(at.store.view()).toEqual(new Map());
      expect((await at.reopen()).view()).toEqual(new Map());
    });

    test("reads its writes, before and after reopening", async () => {
      const records = new Map<string, RecordSample>([
        ["a", { n: 1, note: "line\nbreak, \u2028, zwölf, 😀 and a lone \ud800" }],
        ["", { n: -0.5 }],
        ["__proto__", { n: 3 }],
        ["constructor", { n: 4, note: "" }],
        ["7", { n: 5 }],
        ["a b\n\u0000\ud800", { n: 6 }],
        ["nothing", null],
      ]);
      expect(await at.store.update(() => ({ changes: records, value: "decided" }))).toBe("decided");
      expect([...at.store.view()]).toEqual([...records]);
      expect([...(await at.reopen()).view()]).toEqual([...records]);
    });

    test("a change to nothing removes", async () => {
      await change(at.store, { a: { n: 1 }, b: { n: 2 } });
      await change(at.store, { a: undefined, never: undefined });
      expect([...at.store.view().keys()]).toEqual(["b"]);
      expect([...(await at.reopen()).view().keys()]).toEqual(["b"]);
    });

    test("keys keep the order in which they came, and one that came back is the last", async () => {
      await change(at.store, { c: { n: 1 }, a: { n: 2 }, b: { n: 3 } });
      await change(at.store, { a: { n: 4 }, d: { n: 5 } });
      await Promise.all([change(at.store, { a: undefined }), change(at.store, { e: { n: 6 } }), change(at.store, { a: { n: 7 }, c: { n: 8 } })]);
      const expected = [["c", { n: 8 }], ["b", { n: 3 }], ["d", { n: 5 }], ["e", { n: 6 }], ["a", { n: 7 }]];
      expect([...at.store.view()]).toEqual(expected);
      expect([...(await at.reopen()).view()]).toEqual(expected);
    });

    test("concurrent updates each decide on what the one before left", async () => {
      const values = await Promise.all(Array.from({ length: 500 }, () => count(at.store)));
      expect(values).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
      expect((await at.reopen()).view().get("counter")).toEqual({ n: 500 });
    });

    test("of two writers that want one thing, one wins", async () => {
      await change(at.store, { prize: { n: 1 } });
      const take = (): Promise<boolean> => at.store.update((records) => ({ changes: new Map([["prize", undefined]]), value: records.has("prize") }));
      const wins = await Promise.all(Array.from({ length: 20 }, take));
      expect(wins).toEqual([true, ...Array.from({ length: 19 }, () => false)]);
    });

    test("a decision sees a whole map, also of what is not stored yet", async () => {
      await change(at.store, { a: { n: 1 }, b: { n: 2 }, c: { n: 3 }, d: null });
      const seen = await Promise.all([
        change(at.store, { b: undefined, c: { n: 30 }, e: { n: 5 } }).then(() => undefined),
        change(at.store, { b: { n: 20 }, e: undefined, d: undefined, f: null, c: null }).then(() => undefined),
        at.store.update((records) => {
          const visited: unknown[] = [];
          records.forEach((value, key, map) => visited.push([key, value, map === records]));
          const lookups = ["a", "b", "c", "d", "e", "f"].map((key) => [records.has(key), records.get(key)]);
          return {
            changes: new Map(),
            value: { all: [...records], entries: [...records.entries()], keys: [...records.keys()], values: [...records.values()], size: records.size, visited, lookups },
          };
        }),
      ]);
      const expected = [["a", { n: 1 }], ["c", null], ["b", { n: 20 }], ["f", null]];
      expect(seen[2]).toEqual({
        all: expected,
        entries: expected,
        keys: expected.map(([key]) => key),
        values: expected.map(([, value]) => value),
        size: 4,
        visited: expected.map(([key, value]) => [key, value, true]),
        lookups: [[true, { n: 1 }], [true, { n: 20 }], [true, null], [false, undefined], [false, undefined], [true, null]],
      });
      expect([...at.store.view()]).toEqual(expected);
    });

    test("the view shows what is stored, and that at once", async () => {
      const view = at.store.view();
      const stored = change(at.store, { a: { n: 1 } });
      expect(view.has("a")).toBe(false);
      await stored;
      expect(view.get("a")).toEqual({ n: 1 });
    });

    test("a decision that throws has no effect and harms no other", async () => {
      const bug = new Error("bug");
      const outcomes = await Promise.allSettled([
        change(at.store, { a: { n: 1 } }),
        at.store.update(() => {
          throw bug;
        }),
        change(at.store, { b: { n: 2 } }),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(outcomes[1]).toMatchObject({ reason: bug });
      expect([...(await at.reopen()).view().keys()]).toEqual(["a", "b"]);
    });

    test("an update with a value that is not JSON has no effect and harms no other", async () => {
      const circular: Record<string, unknown> = { n: 1 };
      circular["self"] = circular;
      const odd = [circular, { n: 1n }, () => 1].map((value) => change(at.store, { ok: { n: 1 }, odd: value as unknown as RecordSample }));
      const outcomes = await Promise.allSettled([...odd, change(at.store, { b: { n: 2 } })]);
      expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected", "fulfilled"]);
      expect([...at.store.view().keys()]).toEqual(["b"]);
      expect([...(await at.reopen()).view().keys()]).toEqual(["b"]);
    });

    test("nobody shares what is stored: it is what a file would give back", async () => {
      const mine = { n: 1, note: "as it was", gone: undefined };
      await change(at.store, { a: mine });
      mine.n = 2;
      mine.note = "changed";
      expect(Object.entries(at.store.view().get("a") ?? {})).toEqual([["n", 1], ["note", "as it was"]]);
    });

    test("a decision without changes is answered", async () => {
      expect(await at.store.update((records) => ({ changes: new Map(), value: records.size }))).toBe(0);
    });

    test("a closed store refuses, after it has stored what came before", async () => {
      const before = Promise.all([count(at.store), count(at.store)]);
      await Promise.all([at.store.close(), at.store.close()]);
      expect(await before).toEqual([1, 2]);
      expect(() => at.store.view()).toThrow("not open");
      await expect(count(at.store)).rejects.toThrow("not open");
      await at.store.close();
      expect((await at.reopen()).view().get("counter")).toEqual({ n: 2 });
    });
  });
}
