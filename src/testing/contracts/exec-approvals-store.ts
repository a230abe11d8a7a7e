import { describe, expect, test } from "./kit.js";
import type { ExecApprovalsStore } from "../../ports/exec-approvals-store.js";

export interface ExecApprovalsRig {
  readonly store: ExecApprovalsStore;
  /** The store as the next process finds it. */
  reopen(): Promise<ExecApprovalsStore>;
  /** What its owner writes in its place by hand. */
  write(text: string): Promise<void>;
  dispose(): Promise<void>;
}

/** What every store of exec approvals promises. */
export function execApprovalsContract(name: string, createRig: () => Promise<ExecApprovalsRig>): void {
  describe(`ExecApprovalsStore: ${name}`, () => {
    const withRig = (work: (rig: ExecApprovalsRig) => Promise<void>) => async () => {
      const rig = await createRig();
      await work(rig).finally(() => rig.dispose());
    };
    const file = (note: string) => ({ version: 1, defaults: { security: "full" }, note });

    test("where there is none, the rules of a new one hold", withRig(async ({ store }) => {
      const { exists, hash, content } = await store.read();
      expect(exists).toBe(false);
      expect(hash).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
      expect(content).toMatchObject({ kind: "usable", file: { version: 1, defaults: { security: "allowlist", ask: "on-miss", askFallback: "deny" } } });
    }));

    test("what was written is there, for the next process too, and the hash is another", withRig(async ({ store, reopen }) => {
      const before = await store.read();
      const { stored, value } = await store.update(() => ({ file: file("a"), value: 7 }));
      expect(value).toBe(7);
      expect(stored).toMatchObject({ exists: true, content: { kind: "usable", file: file("a") } });
      expect(stored.hash).not.toBe(before.hash);
      expect(await store.read()).toEqual(stored);
      expect((await (await reopen()).read()).content).toEqual(stored.content);
    }));

    test("a decision that names no file changes nothing", withRig(async ({ store }) => {
      const before = await store.read();
      expect(await store.update(({ hash }) => ({ value: hash }))).toEqual({ stored: before, value: before.hash });
    }));

    test("each of many that write at once sees what the one before left", withRig(async ({ store }) => {
      const seen = await Promise.all(Array.from({ length: 20 }, (_, nth) => store.update(({ hash }) => ({ file: file(`n${nth}`), value: hash }))));
      expect(seen.slice(1).map(({ value }) => value)).toEqual(seen.slice(0, -1).map(({ stored }) => stored.hash));
    }));

    test("a decision that throws changes nothing, and the next one goes on", withRig(async ({ store }) => {
      const broken = store.update((): never => {
        throw new Error("broken");
      });
      await expect(broken).rejects.toThrow("broken");
      expect((await store.read()).exists).toBe(false);
      expect((await store.update(() => ({ file: file("b"), value: 0 }))).stored.exists).toBe(true);
    }));

    test("what its owner wrote by hand holds at once", withRig(async ({ store, write }) => {
      await store.update(() => ({ file: file("a"), value: 0 }));
      await write('{"version":1,"note":"by hand"}');
      expect(await store.read()).toMatchObject({ content: { kind: "usable", file: { note: "by hand" } } });
    }));

    test("what is none is said to be unusable, not quoted, and stays until somebody replaces it", withRig(async ({ store, write }) => {
      for (const text of ["", "{", "null", '{"version":1,"defaults":{"security":"s3cret"}}']) {
        await write(text);
        const { exists, hash, content } = await store.read();
        expect([exists, content.kind]).toEqual([true, "unusable"]);
        if (content.kind === "unusable") expect(content.problem).not.toContain("s3cret");
        expect((await store.update((stored) => ({ value: stored.hash }))).value).toBe(hash);
      }
      expect((await store.update(() => ({ file: file("c"), value: 0 }))).stored.content.kind).toBe("usable");
    }));
  });
}
