import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { after, epochMs } from "../../src/domain/moment.js";
import { PresenceList } from "../../src/domain/presence/presence-list.js";
import { printable } from "../../src/domain/text/printable.js";

const T0 = epochMs(1_000_000);
const TTL_MS = 300_000;

describe("the presence list", () => {
  const listWithSelf = (): PresenceList => {
    const list = new PresenceList("Host.local");
    list.describeSelf({ host: "host.local", mode: "gateway", reason: "self" }, T0);
    return list;
  };

  test("keys are trimmed and lower-cased; facts are laid over what is known; ts alone is no change", () => {
    const list = listWithSelf();
    expect(list.upsert(" ABC ", { host: "phone", mode: "ui" }, T0)).toBe(true);
    expect(list.upsert("abc", { host: "phone", mode: "ui" }, after(T0, 5))).toBe(false);
    expect(list.upsert("abc", { reason: "disconnect" }, after(T0, 6))).toBe(true);
    expect(list.list(after(T0, 7))).toEqual([
      { ts: T0, host: "host.local", mode: "gateway", reason: "self" },
      { ts: T0 + 6, host: "phone", mode: "ui", reason: "disconnect" },
    ]);
    expect(list.remove("Abc")).toBe(true);
    expect(list.remove("abc")).toBe(false);
    expect(list.upsert("  ", { host: "nobody" }, T0)).toBe(false);
  });

  test("an entry lives for five minutes after its last sign of life; the gateway's own does not age", () => {
    const list = listWithSelf();
    list.upsert("a", { host: "a" }, T0);
    list.upsert("b", { host: "b" }, T0);
    list.refresh("A", after(T0, TTL_MS - 1));
    list.refresh("unknown", after(T0, TTL_MS - 1));
    const hosts = (at: number): unknown[] => list.list(epochMs(at)).map(({ host }) => host);
    expect(hosts(T0 + TTL_MS - 1)).toEqual(["host.local", "a", "b"]);
    expect(hosts(T0 + TTL_MS)).toEqual(["host.local", "a"]);
    expect(list.prune(after(T0, TTL_MS))).toBe(true);
    expect(list.prune(after(T0, TTL_MS))).toBe(false);
    expect(hosts(T0 + 2 * TTL_MS)).toEqual(["host.local"]);
    expect(list.upsert("a", { host: "a" }, after(T0, 3 * TTL_MS))).toBe(true);
  });

  test("no peer writes the gateway's own entry", () => {
    const list = listWithSelf();
    expect(list.upsert("HOST.LOCAL", { host: "impostor" }, T0)).toBe(false);
    list.remove("host.local");
    expect(list.list(T0)).toHaveLength(1);
    expect(list.list(T0)[0]?.host).toBe("host.local");
    expect(list.describeSelf({ host: "host.local", mode: "gateway", reason: "self" }, after(T0, 1))).toBe(false);
    expect(list.describeSelf({ host: "host.local", mode: "gateway", reason: "restart" }, after(T0, 1))).toBe(true);
  });

  test("never over 200, the stalest goes first, the gateway stays first in the list", () => {
    const step = fc.record({ key: fc.integer({ min: 0, max: 30 }), what: fc.constantFrom("upsert", "refresh", "remove"), passMs: fc.nat({ max: 30 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const list = new PresenceList("self", { ttlMs: 400, maxEntries: 10, maxDeparted: 10 });
        list.describeSelf({ host: "self" }, T0);
        const lastSign = new Map<string, number>();
        let now = T0;
        for (const { key, what, passMs } of steps) {
          now = after(now, passMs);
          const id = `k${key}`;
          const known = list.list(now).some(({ host }) => host === id);
          if (what === "upsert") list.upsert(id, { host: id }, now);
          else if (what === "refresh") list.refresh(id, now);
          else list.remove(id);
          if (what === "upsert" || (what === "refresh" && known)) lastSign.set(id, now);
          if (what === "remove") lastSign.delete(id);
          const entries = list.list(now);
          expect(entries.length).toBeLessThanOrEqual(10);
          expect(entries[0]?.host).toBe("self");
          const shown = entries.slice(1).map(({ ts }) => ts);
          expect(shown).toEqual([...lastSign.values()].filter((at) => now - at < 400).sort((a, b) => b - a).slice(0, 9));
        }
      }),
    );
    const full = listWithSelf();
    for (let index = 0; index < 1_000; index += 1) full.upsert(`k${index}`, { host: `k${index}` }, after(T0, index));
    expect(full.list(after(T0, 1_000))).toHaveLength(200);
    expect(full.list(after(T0, 1_000)).at(-1)?.host).toBe("k801");
  });

  test("of those who left it keeps the last few, and whoever comes back is one of the others again", () => {
    const list = new PresenceList("self", { ttlMs: TTL_MS, maxEntries: 50, maxDeparted: 2 });
    for (const key of ["a", "b", "c", "d"]) list.upsert(key, { host: key, reason: "connect" }, T0);
    for (const key of ["a", "b", "c"]) list.upsert(key, { reason: "disconnect" }, T0);
    const hosts = (): (string | undefined)[] => list.list(T0).map(({ host }) => host).sort();
    expect(hosts()).toEqual(["b", "c", "d"]);
    list.upsert("b", { reason: "connect" }, T0);
    list.upsert("d", { reason: "disconnect" }, T0);
    list.upsert("e", { host: "e", reason: "disconnect" }, T0);
    expect(hosts()).toEqual(["b", "d", "e"]);
  });

  test("who leaves is shown as gone with what was known, and who was never there is not shown", () => {
    const list = new PresenceList("host.local");
    list.upsert("a", { host: "a", mode: "ui", reason: "connect", onlineSince: 5 }, T0);
    expect(list.leave("a", after(T0, 9))).toBe(true);
    expect(list.leave("nobody", T0)).toBe(false);
    expect(list.leave("host.local", T0)).toBe(false);
    expect(list.list(after(T0, 9))).toEqual([{ ts: T0 + 9, host: "a", mode: "ui", reason: "disconnect", onlineSince: 5 }]);
  });

  test("what a peer says of itself is shown cut, printable, and in known fields only", () => {
    const list = listWithSelf();
    const facts = {
      host: `\u001b[31m${"h".repeat(1_000)}`,
      text: "Gateway\u202e evil\u0007\nnext",
      version: "\u200b",
      tags: ["\u0000ok", "\u200b", ...Array.from({ length: 100 }, () => "t")],
      lastInputSeconds: -4,
      onlineSince: 5,
      secret: "token",
    };
    list.upsert("a", facts, T0);
    const entry = list.list(T0)[1];
    expect(entry?.host).toBe(`${"h".repeat(127)}…`);
    expect(entry?.text).toBe("Gateway evil next");
    expect(entry?.tags).toHaveLength(31);
    expect(Object.keys(entry ?? {}).sort()).toEqual(["host", "onlineSince", "tags", "text", "ts"]);
  });
});

describe("printable text", () => {
  test.each([
    ["plain text stays", "plain text stays"],
    ["naïve 中文 🦞 עברית", "naïve 中文 🦞 עברית"],
    ["\u001b[1;31mred\u001b[0m", "red"],
    ["\u009b31mred", "red"],
    ["\u001b]0;title\u0007after", "after"],
    ["\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\", "link"],
    ["\u001b]unterminated", "unterminated"],
    ["\u001bP1$qm\u001b\\x", "x"],
    ["\u001bcreset", "reset"],
    ["a\r\nb\tc\u2028d", "a b c d"],
    ["log\u0000\u0008line\u007f\u0085", "logline"],
    ["\u202egnp.exe\u202c", "gnp.exe"],
    ["a\u200bd\u200cm\u200di\u2060n\ufeff\u00ad", "admin"],
    ["\u2066x\u2069\u061c\u200e\u200f", "x"],
    ["\u{e0041}\u{e0042}tag", "tag"],
    ["\u3164\u115f", ""],
    ["half \ud83d", "half"],
    ["  around  ", "around"],
  ])("%j becomes %j", (text, shown) => {
    expect(printable(text, 100)).toBe(shown);
  });

  test("one safe line within its length, whatever comes in, and stable", () => {
    const nasty = fc.string({ unit: fc.oneof(fc.constantFrom("\u001b", "[", "]", "0", "m", "\u0007", "\u009d", "\u009b", "\\", "\n", "\u202e", "🦞", "\ud83d", " "), fc.string({ minLength: 1, maxLength: 1, unit: "binary" })) });
    fc.assert(
      fc.property(nasty, fc.integer({ min: 0, max: 30 }), (text, maxLength) => {
        const shown = printable(text, maxLength);
        expect(shown.length).toBeLessThanOrEqual(maxLength);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\p{Cs}/u);
        expect(printable(shown, maxLength)).toBe(shown);
      }),
    );
    expect(printable("🦞🦞🦞", 4)).toBe("🦞…");
    expect(printable("abc", 0)).toBe("");
  });

  test.each(["\u001b", "\u001b[", "\u001b]", "\u009d", "\u009b", "\u001b[0", "\u001bP;", "\t"])("a megabyte of %j is no burden", (unit) => {
    expect(printable(unit.repeat(1_000_000 / unit.length), 10).length).toBeLessThanOrEqual(10);
  });
});
