import { afterEach, beforeEach, describe, expect, test } from "./kit.js";

import { textOf, type TranscriptMessage } from "../../domain/sessions/session.js";
import type { SessionStore } from "../../ports/session-store.js";
import { anEntry, said } from "./stored-samples.js";

export interface SessionStoreRig {
  readonly store: SessionStore;
  /** Closes the store and opens what it left. */
  reopen(): Promise<SessionStore>;
  dispose(): Promise<void>;
}

const textsOf = (messages: readonly TranscriptMessage[]): readonly string[] => messages.map(textOf);

export function sessionStoreContract(name: string, rig: () => Promise<SessionStoreRig>): void {
  describe(`SessionStore: ${name}`, () => {
    let at: SessionStoreRig;
    beforeEach(async () => {
      at = await rig();
    });
    afterEach(() => at.dispose());

    test("reads its writes to the index, before and after reopening", async () => {
      const entry = anEntry("s1", { label: "Trip", systemSent: true, totalTokens: 12, extra: { subject: "Rome", nested: { deep: [1] } } });
      const other = anEntry("s2", { agentId: "work", key: "agent:work:main" });
      await Promise.all([at.store.put(entry.key, entry), at.store.put(other.key, other)]);
      const check = (store: SessionStore): void => {
        expect(store.get(entry.key)).toEqual(entry);
        expect(new Set(store.list())).toEqual(new Set([entry, other]));
        expect(store.get("agent:main:none")).toBeUndefined();
      };
      check(at.store);
      check(await at.reopen());
    });

    test("the last of many puts stays, and a removed session is gone", async () => {
      await Promise.all(Array.from({ length: 30 }, (_, index) => at.store.put("agent:main:s1", anEntry("s1", { updatedAt: index }))));
      expect(at.store.get("agent:main:s1")?.updatedAt).toBe(29);
      await at.store.put("agent:main:s1", undefined);
      await at.store.put("agent:main:never", undefined);
      expect([...(await at.reopen()).list()]).toEqual([]);
    });

    test("a put shows at once: who looks and puts in one go misses nothing", async () => {
      const writes = Array.from({ length: 10 }, () => {
        const tokens = at.store.get("agent:main:s1")?.totalTokens ?? 0;
        return at.store.put("agent:main:s1", anEntry("s1", { totalTokens: tokens + 1 }));
      });
      await Promise.all(writes);
      expect((await at.reopen()).get("agent:main:s1")?.totalTokens).toBe(10);
    });

    test("what is noted shows at once, and is there after reopening", async () => {
      await at.store.put("agent:main:s1", anEntry("s1"));
      at.store.note("agent:main:s1", anEntry("s1", { totalTokens: 3 }));
      at.store.note("agent:main:s2", anEntry("s2"));
      expect([at.store.get("agent:main:s1")?.totalTokens, at.store.get("agent:main:s2")]).toEqual([3, anEntry("s2")]);
      await at.store.put("agent:main:s2", undefined);
      expect([...(await at.reopen()).list()].map(({ totalTokens }) => totalTokens)).toEqual([3]);
    });

    test("a transcript keeps its messages whole and in order", async () => {
      const messages: readonly TranscriptMessage[] = [
        said("hello", { id: "m1" }),
        {
          role: "assistant",
          content: [{ type: "text", text: "let me look" }, { type: "toolCall", id: "c1", name: "sessions", arguments: { limit: 3 } }],
          timestamp: 1_700_000_000_001,
          provider: "echo",
          model: "echo-1",
          stopReason: "toolUse",
          usage: { input: 3, output: 4, total: 7 },
        },
        { role: "toolResult", content: [{ type: "text", text: "no" }], timestamp: 1_700_000_000_002, toolCallId: "c1", toolName: "sessions", isError: true },
        said("", { content: [{ type: "text", text: "line\nbreak, \u2028 and a lone \ud800" }, { type: "image", mimeType: "image/png", data: "AA==", fileName: "x.png" }] }),
      ];
      await at.store.append(anEntry("s1"), messages.slice(0, 1));
      await at.store.append(anEntry("s1"), messages.slice(1));
      expect(await at.store.read(anEntry("s1"), 10)).toEqual(messages);
      expect(await (await at.reopen()).read(anEntry("s1"), 10)).toEqual(messages);
    });

    test("gives the newest, oldest first; of an unknown session nothing", async () => {
      await Promise.all(Array.from({ length: 40 }, (_, index) => at.store.append(anEntry("s1"), [said(`${index}`)])));
      expect(textsOf(await at.store.read(anEntry("s1"), 3))).toEqual(["37", "38", "39"]);
      expect(textsOf(await at.store.read(anEntry("s1"), 1_000))).toHaveLength(40);
      expect(await at.store.read(anEntry("s1"), 0)).toEqual([]);
      expect(await at.store.read(anEntry("none"), 5)).toEqual([]);
    });

    test("sessions with one id under two agents are two", async () => {
      await at.store.append(anEntry("s1"), [said("mine")]);
      await at.store.append(anEntry("s1", { agentId: "work" }), [said("theirs")]);
      expect(textsOf(await at.store.read(anEntry("s1"), 5))).toEqual(["mine"]);
    });

    test("an archived transcript is set aside under a name of its own", async () => {
      const names = new Set<string | undefined>();
      for (const text of ["first", "second"]) {
        await at.store.append(anEntry("s1"), [said(text)]);
        names.add(await at.store.archive(anEntry("s1")));
        expect(await at.store.read(anEntry("s1"), 5)).toEqual([]);
      }
      expect(names.size).toBe(2);
      expect(names.has(undefined)).toBe(false);
      expect(await at.store.archive(anEntry("s1"))).toBeUndefined();
    });

    test("archiving can keep the newest; if nothing has to go, nothing happens", async () => {
      await at.store.append(anEntry("s1"), ["1", "2", "3", "4"].map((text) => said(text)));
      expect(await at.store.archive(anEntry("s1"), 4)).toBeUndefined();
      expect(await at.store.archive(anEntry("s1"), 2)).toEqual(expect.any(String));
      await at.store.append(anEntry("s1"), [said("5")]);
      expect(await at.store.archive(anEntry("none"), 2)).toBeUndefined();
      expect(textsOf(await (await at.reopen()).read(anEntry("s1"), 9))).toEqual(["3", "4", "5"]);
    });

    test("a transcript that was discarded is gone, and nothing else is", async () => {
      await Promise.all([at.store.append(anEntry("s1"), [said("old")]), at.store.append(anEntry("s2"), [said("other")])]);
      await at.store.discard(anEntry("s1"));
      await at.store.discard(anEntry("never"));
      expect(await at.store.archive(anEntry("s1"))).toBeUndefined();
      await at.store.append(anEntry("s1"), [said("new")]);
      const later = await at.reopen();
      expect([textsOf(await later.read(anEntry("s1"), 9)), textsOf(await later.read(anEntry("s2"), 9))]).toEqual([["new"], ["other"]]);
    });

    test("appends and archives keep their order", async () => {
      const work = [
        at.store.append(anEntry("s1"), [said("before")]),
        at.store.archive(anEntry("s1")),
        at.store.append(anEntry("s1"), [said("after")]),
        at.store.append(anEntry("s1"), [said("later")]),
      ];
      await Promise.all(work);
      expect(textsOf(await at.store.read(anEntry("s1"), 9))).toEqual(["after", "later"]);
    });

    test("a closed store refuses", async () => {
      await at.store.close();
      expect(() => at.store.get("agent:main:s1")).toThrow("not open");
      await expect(at.store.put("agent:main:s1", anEntry("s1"))).rejects.toThrow("not open");
      await expect(at.store.append(anEntry("s1"), [said("late")])).rejects.toThrow("not open");
    });
  });
}
