import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { failureOf } from "../../../src/adapters/agent/model/failure.js";
import { listModels, ModelRuntime, resolveModel } from "../../../src/adapters/agent/model/index.js";
import type { ModelConfig } from "../../../src/adapters/agent/model/index.js";
import { cleanText } from "../../../src/adapters/agent/model/redaction.js";
import { renderMessages } from "../../../src/adapters/agent/model/translate.js";
import { epochMs } from "../../../src/domain/moment.js";
import { HandClock } from "../../../src/testing/hand-clock.js";
import { collect, endOf, turnOf } from "../../../src/testing/contracts/agent-runtime.js";

const KEY = "sekret-key-abcdefghijklmnop-0123456789";
const never = new AbortController().signal;

describe("what is configured", () => {
  const config: ModelConfig = {
    agents: { defaults: { model: { primary: "anthropic/claude", fallbacks: ["local/org/llama"] } } },
    models: {
      providers: {
        local: { baseUrl: "http://127.0.0.1:11434/v1/", models: [{ id: "org/llama", name: "Llama", contextWindow: 8192, reasoning: true, input: ["text"] }] },
        open: { baseUrl: "https://models.example/v1" },
        odd: { baseUrl: "https://models.example/v1", api: "telepathy" },
        bad: { baseUrl: "ftp://models.example" },
        nosy: { baseUrl: "https://me:pw@models.example/v1" },
        missing: {},
        proxied: { baseUrl: "https://models.example/anthropic", api: "anthropic-messages", apiKey: "k" },
      },
    },
  };
  const table: [string, Record<string, string>, object][] = [
    ["local/org/llama", {}, { kind: "ok", model: { provider: "local", model: "org/llama", baseUrl: "http://127.0.0.1:11434/v1", api: "openai-completions", reasoning: true, readsImages: false, official: false } }],
    ["local/other", {}, { kind: "unknown-model", message: expect.stringContaining("models.providers.local.models") }],
    ["open/anything", {}, { kind: "ok", model: { model: "anything", readsImages: true, reasoning: false } }],
    ["nope/x", {}, { kind: "unknown-provider", message: expect.stringContaining("models.providers.nope.baseUrl") }],
    ["constructor/x", {}, { kind: "unknown-provider" }],
    ["odd/x", {}, { kind: "unsupported-api", message: expect.stringContaining("models.providers.odd.api") }],
    ["bad/x", {}, { kind: "bad-base-url", message: expect.stringContaining("models.providers.bad.baseUrl") }],
    ["nosy/x", {}, { kind: "bad-base-url" }],
    ["missing/x", {}, { kind: "bad-base-url" }],
    ["proxied/x", {}, { kind: "ok", model: { baseUrl: "https://models.example/anthropic/v1", apiKey: "k" } }],
    ["anthropic/claude", {}, { kind: "no-key", message: expect.stringContaining("ANTHROPIC_API_KEY") }],
    ["anthropic/claude", { ANTHROPIC_API_KEY: " k1 " }, { kind: "ok", model: { apiKey: "k1", api: "anthropic-messages", official: true } }],
    ["openai/gpt", { OPENAI_API_KEY: "k2" }, { kind: "ok", model: { apiKey: "k2", api: "openai-completions", official: true } }],
    ["openai/gpt", { ANTHROPIC_API_KEY: "k1" }, { kind: "no-key" }],
    ["gpt", {}, { kind: "not-a-model-name", message: expect.stringContaining("provider/model") }],
    ["/x", {}, { kind: "not-a-model-name" }],
    ["local/", {}, { kind: "not-a-model-name" }],
  ];
  test.each(table)("%s with %j", (name, env, expected) => {
    const found = resolveModel(config, name, env);
    expect(found).toMatchObject(expected);
    if (found.kind !== "ok") expect(found.message).toMatch(/\.$/u);
  });

  test("the models are listed with the default first, each once", () => {
    expect(listModels(config)).toEqual([
      { id: "claude", name: "claude", provider: "anthropic" },
      { id: "org/llama", name: "Llama", provider: "local", contextWindow: 8192, reasoning: true, input: ["text"] },
    ]);
  });

  test("without a default model, or with a wrong one, a run says what to set and asks nobody", async () => {
    const clock = new HandClock();
    const of = (given: ModelConfig) => new ModelRuntime({ config: () => given, env: {}, clock, fetch: () => Promise.reject(new Error("asked")) });
    expect(of({}).configured).toBe(false);
    expect(of(config).configured).toBe(true);
    expect(endOf(await collect(of({}).run(turnOf("hello"), never)))).toMatchObject({ failure: { reason: "not_configured", message: expect.stringContaining("agents.defaults.model") } });
    expect(endOf(await collect(of(config).run(turnOf("hello"), never)))).toMatchObject({ failure: { reason: "not_configured", message: expect.stringContaining("ANTHROPIC_API_KEY") } });
  });
});

describe("what a failure may tell", () => {
  const context = { provider: "p", model: "m", secrets: [KEY, ""], now: epochMs(1_700_000_000_000) };

  test("a secret is not told, whole or in part, however it is wrapped", () => {
    fc.assert(fc.property(fc.string(), fc.string(), fc.nat(KEY.length - 12), (before, behind, from) => {
      for (const leaked of [KEY, KEY.slice(from, from + 12), `Bearer ${KEY}`, [...KEY].join("\u200b")]) {
        const told = cleanText(`${before} ${leaked} ${behind}`, [KEY], 10_000);
        expect(told).not.toContain(KEY.slice(from, from + 12));
      }
    }), { numRuns: 100 });
    expect(cleanText("Incorrect API key provided: sk-proj-****abcd. See the docs.", [])).toBe("Incorrect API key provided: [redacted] See the docs.");
    expect(cleanText("authorization: Bearer abc.def-ghi", [])).not.toContain("abc");
  });

  test("text of a provider is one line, without control characters, and cut to 200", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 600 }), (text) => {
      const told = cleanText(text, []);
      expect(told.length).toBeLessThanOrEqual(200);
      expect(told).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    }), { numRuns: 200 });
    expect(cleanText("\u001b[31mred\u001b[0m\r\nnext\u202Ereversed", [])).toBe("[31mred [0m nextreversed");
  });

  test("never throws, and always gives a sentence", () => {
    fc.assert(fc.property(fc.anything(), fc.integer({ min: 200, max: 599 }), (thing, statusCode) => {
      for (const error of [thing, { statusCode, responseBody: JSON.stringify(thing) ?? "", responseHeaders: thing }, { cause: thing }]) {
        const failure = failureOf(error, context);
        expect(failure.message).toMatch(/[."]$/u);
        expect(failure.message.length).toBeLessThan(600);
      }
    }), { numRuns: 200 });
  });

  const mapped: [object, string][] = [
    [{ name: "AbortError" }, "aborted"],
    [{ name: "TypeError", cause: { name: "AggregateError", code: "ECONNREFUSED" } }, "network"],
    [{ name: "TypeError", message: "terminated", cause: { name: "SocketError", code: "UND_ERR_SOCKET" } }, "network"],
    [{ cause: { code: "ENOTFOUND" } }, "network"],
    [{ cause: { code: "CERT_HAS_EXPIRED" } }, "network"],
    [{ cause: { code: "UND_ERR_HEADERS_TIMEOUT" } }, "timeout"],
    [{ type: "authentication_error", message: "no" }, "auth"],
    [{ statusCode: 402 }, "auth"],
    [{ statusCode: 408 }, "timeout"],
    [{ statusCode: 413 }, "context_length"],
    [{ statusCode: 503 }, "network"],
    [{ statusCode: 400, responseBody: "{\"error\":{\"code\":\"content_filter\",\"message\":\"no\"}}" }, "refusal"],
    [{ statusCode: 400, responseBody: "[{\"error\":{\"message\":\"input token count exceeds the maximum number of tokens\"}}]" }, "context_length"],
    [{ statusCode: 418 }, "unknown"],
    [{}, "unknown"],
  ];
  test.each(mapped)("%j is %s", (error, reason) => {
    expect(failureOf(error, context)).toMatchObject({ reason, provider: "p", model: "m" });
  });

  test("a wait is never negative nor longer than a day", () => {
    const wait = (value: string) => failureOf({ statusCode: 429, responseHeaders: { "Retry-After": value } }, context).retryAfterMs;
    expect([wait("0"), wait("1.5"), wait("99999999"), wait("Wed, 01 Jan 2020 00:00:00 GMT"), wait("soon"), wait("-5")])
      .toEqual([0, 1_500, 86_400_000, 0, undefined, expect.anything()]);
  });
});

test("any transcript becomes a sequence that providers take: a person first, every call answered right behind it, unique ids", () => {
  const part = fc.oneof(
    fc.record({ type: fc.constant("text" as const), text: fc.string() }),
    fc.record({ type: fc.constant("toolCall" as const), id: fc.constantFrom("a", "b", "c|d"), name: fc.string(), arguments: fc.jsonValue() }),
    fc.record({ type: fc.constant("image" as const), mimeType: fc.constantFrom("image/png", "x"), data: fc.base64String() }),
  );
  const message = fc.record({
    role: fc.constantFrom("user" as const, "assistant" as const, "toolResult" as const, "system" as const),
    content: fc.array(part, { maxLength: 4 }), timestamp: fc.nat(), toolCallId: fc.constantFrom("a", "b", "z"),
  });
  fc.assert(fc.property(fc.array(message, { maxLength: 12 }), fc.string(), (history, text) => {
    const messages = renderMessages({ history, message: text, attachments: [] }, { readsImages: true });
    expect(messages[0]?.role).toBe("user");
    expect(messages.at(-1)?.role).toBe("user");
    const ids: string[] = [];
    for (const [at, { role, content }] of messages.entries()) {
      expect(content.length).toBeGreaterThan(0);
      const calls = role === "assistant" && Array.isArray(content) ? content.flatMap((one) => (one.type === "tool-call" ? [one.toolCallId] : [])) : [];
      ids.push(...calls);
      const next = messages[at + 1];
      const answers = next?.role === "tool" ? next.content.map((one) => (one.type === "tool-result" ? one.toolCallId : "")) : [];
      if (role === "assistant") expect(answers).toEqual(calls);
      else if (role !== "tool") expect(next?.role).not.toBe("tool");
    }
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[\w-]{1,64}$/u);
  }));
});
