import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { readChatRequest } from "../../src/domain/hooks/chat-request.js";
import { fillTemplate, readHook, type HookSettings } from "../../src/domain/hooks/hook.js";

const SETTINGS: HookSettings = { token: "t", path: "/hooks", maxBodyBytes: 1, mappings: [{ name: "m", action: "agent", wakeMode: "now", text: "{{a.b[0]}} {{ c }}" }] };

test("a template takes own values alone, whatever a body holds", () => {
  expect(fillTemplate("{{a.b[1].c}}|{{d}}|{{e}}|{{a}}", { a: { b: [0, { c: "x" }] }, d: 5, e: null })).toBe('x|5||{"b":[0,{"c":"x"}]}');
  for (const path of ["__proto__", "constructor", "constructor.name", "toString", "a.__proto__.b", "a[", "a..b", "[", "]"]) expect(fillTemplate(`<{{${path}}}>`, { a: {} })).toBe("<>");
});

test("nothing that a caller sends breaks the readers, or comes out as something else than a call or a sentence", () => {
  fc.assert(fc.property(fc.constantFrom("wake", "agent", "m", "x"), fc.anything(), (name, body) => {
    const call = readHook(SETTINGS, name, body);
    if (call.kind === "refused") expect(call.message).toMatch(/^[A-Za-z].*\.$/);
    else expect((call.kind === "wake" ? call.text : call.message).trim()).not.toBe("");
  }));
  fc.assert(fc.property(fc.anything(), (body) => {
    const reading = readChatRequest(body);
    expect(["ok", "refused"]).toContain(reading.kind);
  }));
  fc.assert(fc.property(fc.array(fc.record({ role: fc.constantFrom("user", "assistant", "system", "tool"), content: fc.oneof(fc.string(), fc.constant(null)) })), (messages) => {
    const reading = readChatRequest({ messages });
    if (reading.kind === "ok") expect(reading.request.message).not.toBe("");
  }));
});
