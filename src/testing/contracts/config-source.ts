import { afterEach, describe, expect, test } from "./kit.js";
import type { ConfigSource } from "../../ports/config-source.js";

export interface ConfigSourceRig {
  readonly source: ConfigSource;
  /** A secret that the configuration holds. */
  readonly secret: string;
  /** Whether an operator may change it. */
  readonly editable: boolean;
  dispose(): Promise<void>;
}

/** What every source of configuration promises. */
export function configSourceContract(name: string, open: () => Promise<ConfigSourceRig>): void {
  describe(`ConfigSource: ${name}`, () => {
    const opened: ConfigSourceRig[] = [];
    const begin = async (): Promise<ConfigSourceRig> => {
      const rig = await open();
      opened.push(rig);
      return rig;
    };
    afterEach(async () => {
      for (const rig of opened.splice(0)) await rig.dispose();
    });

    test("what operators are shown holds no secret, and a hash of what it is", async () => {
      const { source, secret } = await begin();
      expect(JSON.stringify(source.settings())).toContain(secret);
      const view = await source.view();
      expect(JSON.stringify(view)).not.toContain(secret);
      expect(view).toMatchObject({ valid: true, issues: [], hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
      expect((await source.view()).hash).toBe(view.hash);
      expect(typeof source.schema()).toBe("object");
    });

    test("an edit is written, in force and told once, or refused with a reason and without any effect", async () => {
      const { source, editable } = await begin();
      const told: string[] = [];
      const end = source.onChange(({ hash }) => told.push(hash));
      const before = await source.view();
      const edited = await source.edit({ kind: "merge", raw: '{ tools: { deny: ["everything"] } }', baseHash: before.hash });
      const view = await source.view();
      if (edited.kind === "refused") {
        expect(editable).toBe(false);
        expect(edited).toMatchObject({ reason: "read-only", message: expect.stringMatching(/^[A-Z].*\.$/) });
        expect([view.hash, told]).toEqual([before.hash, []]);
      } else {
        expect(edited).toMatchObject({ changed: ["tools.deny"], needsRestart: [], view: { hash: view.hash } });
        expect(source.settings().tools.deny).toEqual(["everything"]);
        expect(told).toEqual([view.hash]);
        expect(await source.edit({ kind: "merge", raw: "{}", baseHash: before.hash })).toMatchObject({ kind: "refused", reason: "base-stale" });
        end();
        await source.edit({ kind: "merge", raw: "{ tools: null }", baseHash: view.hash });
        expect(told).toHaveLength(1);
      }
      end();
    });
  });
}
