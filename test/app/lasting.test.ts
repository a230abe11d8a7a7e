import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { lastingJson } from "../../src/app/gateway/lasting.js";

test("reads back as what it was made of, and is ASCII whatever that was", () => {
  fc.assert(fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.array(fc.string({ unit: "grapheme" })))), (value) => {
    const text = lastingJson(value);
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    expect(Buffer.byteLength(text)).toBe(text.length);
  }));
  expect(lastingJson({ text: "Node: Łódź · 🦞" })).toBe(String.raw`{"text":"Node: \u0141\u00f3d\u017a \u00b7 \ud83e\udd9e"}`);
});

test("is made once for an object", () => {
  const value = { at: 1 };
  const text = lastingJson(value);
  value.at = 2;
  expect(lastingJson(value)).toBe(text);
});
