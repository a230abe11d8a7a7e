import { readFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { changesOf, hasComments, needRestart, patchOf, withPatch } from "../../web/pages/control/parts/config-diff.js";
import { isAtLeast, parseLine } from "../../web/pages/control/parts/log-line.js";
import { pictureOf, withoutPicture } from "../../web/pages/control/parts/picture.js";
import { check } from "../../web/pages/shared/schema/check.js";
import { blankOf, kindOf, pathTo, variantName, variantOf, type Schema } from "../../web/pages/shared/schema/kind.js";

const SCHEDULE: Schema = {
  anyOf: [
    { type: "object", required: ["kind", "at"], properties: { kind: { const: "at" }, at: { type: "string", minLength: 1 } }, additionalProperties: false },
    { type: "object", required: ["kind", "everyMs"], properties: { kind: { const: "every" }, everyMs: { type: "integer", minimum: 1 } }, additionalProperties: false },
  ],
};

describe("what a schema asks for", () => {
  test.each<[string, Schema, string]>([
    ["a fixed value", { const: "a" }, "choice"],
    ["several fixed ones", { anyOf: [{ const: "a" }, { const: "b" }, { type: "null" }] }, "choice"],
    ["one of several things", SCHEDULE, "union"],
    ["a union of one", { anyOf: [{ type: "string" }] }, "text"],
    ["a list", { type: "array", items: { type: "string" } }, "list"],
    ["a list of anything", { type: "array", items: {} }, "json"],
    ["names and values", { type: "object", patternProperties: { "^(.*)$": { type: "string" } } }, "record"],
    ["names and anything", { type: "object", patternProperties: { "^(.*)$": {} } }, "json"],
    ["an object of nothing", { type: "object", properties: {}, additionalProperties: false }, "object"],
    ["an open object", { type: "object", properties: {}, additionalProperties: true }, "json"],
    ["anything", {}, "json"],
  ])("%s", (_what, schema, kind) => {
    expect(kindOf(schema).kind).toBe(kind);
  });

  test("a variant is told by what is fixed in it, and named by that", () => {
    const { variants } = kindOf(SCHEDULE) as { variants: readonly Schema[] };
    expect(variants.map(variantName)).toEqual(["at", "every"]);
    expect(variantOf(variants, { kind: "every", everyMs: "soon" })).toBe(1);
    expect(variantOf(variants, 7)).toBe(-1);
    expect(variantOf([{ type: "string" }, { type: "null" }], null)).toBe(1);
  });

  test("a new value has what is fixed and what is needed, and nothing that nobody chose", () => {
    expect(blankOf(SCHEDULE)).toEqual({ kind: "at", at: "" });
    expect(blankOf({ type: "object", required: ["n", "list"], properties: { n: { type: "integer" }, list: { type: "array", items: { type: "string" } }, more: { type: "string" } } })).toEqual({ list: [] });
  });

  test("every method of the protocol has a form, and a blank one is no crash", async () => {
    const { definitions } = JSON.parse(await readFile("generated/schema/protocol.schema.json", "utf8")) as { definitions: Readonly<Record<string, Schema>> };
    for (const [name, schema] of Object.entries(definitions)) {
      if (!name.endsWith("Params")) continue;
      expect([name, kindOf(schema).kind]).toEqual([name, expect.stringMatching(/object|json/)]);
      expect(Array.isArray(check(schema, blankOf(schema) ?? {}))).toBe(true);
    }
  });
});

describe("what is wrong with a value", () => {
  const schema: Schema = {
    type: "object", required: ["name"], additionalProperties: false,
    properties: { name: { type: "string", minLength: 1 }, port: { type: "integer", minimum: 0, maximum: 65_535 }, list: { type: "array", items: { type: "object", properties: { id: { type: "string" } } } }, when: SCHEDULE, mode: { anyOf: [{ const: "a" }, { const: "b" }] } },
  };
  test.each<[unknown, readonly unknown[]]>([
    [{ name: "x" }, []],
    [{}, [{ path: "name", message: "This is needed." }]],
    [{ name: "" }, [{ path: "name", message: "This must not be empty." }]],
    [{ name: "x", port: 70_000 }, [{ path: "port", message: "This must be at most 65535." }]],
    [{ name: "x", port: "many" }, [{ path: "port", message: "This must be a whole number." }]],
    [{ name: "x", list: [{ id: "a" }, { id: 1 }] }, [{ path: "list[1].id", message: "This must be a text." }]],
    [{ name: "x", mode: "c" }, [{ path: "mode", message: "This is none of the values that are possible here." }]],
    [{ name: "x", "a/b~c": 1 }, [{ path: "a/b~c", message: "There is no such field." }]],
  ])("%j", (value, issues) => {
    expect(check(schema, value)).toEqual(issues);
  });

  test("within one of several, it is told where", () => {
    expect(check(schema, { name: "x", when: { kind: "every", everyMs: 0 } }).map(({ path }) => path)).toContain("when.everyMs");
  });

  test("paths are written as the gateway writes them", () => {
    expect(pathTo(pathTo(pathTo("", "agents"), "list"), 0)).toBe("agents.list[0]");
  });
});

/** JSON without null, which a merge patch cannot write. */
const json = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small" }, fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 }), tie("object")),
  object: fc.dictionary(fc.constantFrom("a", "b", "c", "d"), tie("value"), { maxKeys: 4 }),
})).object;

describe("what was changed in a configuration", () => {
  test("a patch makes the one of the other, and says nothing of what is the same", () => {
    fc.assert(fc.property(json, json, (before, after) => {
      expect(withPatch(before, patchOf(before, after))).toEqual(after);
      expect(patchOf(before, before)).toEqual({});
      expect(changesOf(before, after).length === 0).toBe(JSON.stringify(patchOf(before, after)) === "{}");
    }));
  });

  test("sections are compared key by key, lists as a whole", () => {
    expect(changesOf({ a: { b: 1, c: [1, 2] } }, { a: { b: 2, c: [1] }, d: true }).map(({ path }) => path)).toEqual(["a.b", "a.c", "d"]);
  });

  test("what needs a restart is what stands below such a place", () => {
    expect(needRestart(["gateway.port", "gateway.portal", "gateway.tls.certPath", "tools"], ["gateway.port", "gateway.tls"])).toEqual(["gateway.port", "gateway.tls.certPath"]);
  });

  test.each([['{ a: 1 } // why', true], ['{ "a": "http://x" }', false], ["{ a: '/* no */' }", false], ["{ /* yes */ }", true]])("%s has comments: %j", (raw, has) => {
    expect(hasComments(raw)).toBe(has);
  });
});

describe("a line of the log", () => {
  test("has a level by name or by number, and what else it holds", () => {
    const line = parseLine('{"level":40,"time":"2026-03-01T08:14:00.000Z","msg":"slow","ms":12,"to":{"a":1}}', 1);
    expect(line).toMatchObject({ level: "warn", message: "slow", fields: [["ms", "12"], ["to", '{"a":1}']] });
    expect([isAtLeast(line, "info"), isAtLeast(line, "error")]).toEqual([true, false]);
  });

  test("may be any text", () => {
    fc.assert(fc.property(fc.string(), (raw) => {
      expect(parseLine(raw, 1).raw).toBe(raw);
    }));
    expect(parseLine("not JSON", 1)).toMatchObject({ level: "info", message: "not JSON" });
  });
});

test("a picture is shown only where it is one", () => {
  expect(pictureOf({ format: "jpg", base64: "AAAA" })).toBe("data:image/jpeg;base64,AAAA");
  for (const odd of [null, {}, { format: "svg", base64: "AAAA" }, { format: "png", base64: "A\"onerror=x" }, { format: "constructor", base64: "AAAA" }]) expect(pictureOf(odd)).toBeUndefined();
  expect(withoutPicture({ format: "png", base64: "A".repeat(4_096) })).toEqual({ format: "png", base64: "… 3 KiB" });
});
