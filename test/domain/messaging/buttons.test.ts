import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readButtons, type ButtonAsk } from "../../../src/domain/messaging/buttons.js";

describe("buttons that a program asks for", () => {
  test.each<[string, ButtonAsk]>([
    ["a text of blanks", { text: " ", data: "x" }],
    ["neither data nor a url", { text: "Yes" }],
    ["both", { text: "Yes", data: "x", url: "https://example.com" }],
    ["no data", { text: "Yes", data: "" }],
    ["an address that is none", { text: "Yes", url: "javascript:alert(1)" }],
    ["an address in the clear", { text: "Yes", url: "http://example.com" }],
    ["an address without a host", { text: "Yes", url: "https:///x" }],
  ])("are refused for %s", (_why, ask) => {
    expect(readButtons([[{ text: "Fine", data: "fine" }], [ask]])).toHaveProperty("problem");
  });

  test("bring back 64 bytes of UTF-8, and are counted as such", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 70 }), (data) => {
      const read = readButtons([[{ text: "Yes", data }]]);
      expect("problem" in read).toBe(new TextEncoder().encode(data).length > 64);
    }));
  });

  test("keep their rows", () => {
    expect(readButtons([[{ text: " Yes ", data: "y" }, { text: "No", data: "n" }], [{ text: "Docs", url: "https://example.com/a" }]])).toEqual([
      [{ label: "Yes", data: "y" }, { label: "No", data: "n" }],
      [{ label: "Docs", url: "https://example.com/a" }],
    ]);
  });
});
