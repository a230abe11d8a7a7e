import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { ModelRuntime } from "../../../src/adapters/agent/model/index.js";
import type { ModelRuntimeParts, ProviderEntry } from "../../../src/adapters/agent/model/index.js";
import type { TranscriptMessage } from "../../../src/domain/sessions/session.js";
import type { AgentStep, AgentTurn } from "../../../src/ports/agent-runtime.js";
import { HandClock } from "../../../src/testing/hand-clock.js";
import { collect, endOf, textIn, turnOf } from "../../../src/testing/contracts/agent-runtime.js";
import { startAnthropicServer } from "../../stand-ins/anthropic-server.js";
import type { ModelReply, ModelServer } from "../../stand-ins/model-server.js";
import { startOpenAiServer } from "../../stand-ins/openai-server.js";

const KEY = "sekret-key-abcdefghijklmnop-0123456789";
const never = new AbortController().signal;

const failureIn = (steps: readonly AgentStep[]) => {
  const end = endOf(steps);
  if (end.kind !== "failed") throw new Error("The run did not fail");
  return end.failure;
};

const wires = [
  { name: "OpenAI", start: startOpenAiServer, api: "openai-completions" },
  { name: "Anthropic", start: startAnthropicServer, api: "anthropic-messages" },
] as const;

describe.each(wires)("a model over the wire: $name", ({ start, api }) => {
  let server: ModelServer;
  let clock: HandClock;
  const said: unknown[][] = [];
  const consoles = ["log", "info", "warn", "error", "debug"] as const;

  beforeEach(async () => {
    server = await start();
    clock = new HandClock(1_700_000_000_000);
    said.length = 0;
    for (const level of consoles) jest.spyOn(console, level).mockImplementation((...words) => { said.push(words); });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await server.close();
    expect(said).toEqual([]);
    // Whatever happened, no timer is left behind.
    expect(clock.pending).toBe(0);
  });

  const runtimeFor = (provider: Partial<ProviderEntry> = {}, more: Partial<ModelRuntimeParts> = {}, model: unknown = "local/m1") => new ModelRuntime({
    config: () => ({
      agents: { defaults: { model: model as string } },
      models: { providers: { local: { baseUrl: server.url, api, apiKey: KEY, ...provider } } },
    }),
    env: {}, clock, ...more,
  });
  const run = (reply: ModelReply, turn: AgentTurn = turnOf("hello")) => {
    server.script(reply);
    return collect(runtimeFor().run(turn, never));
  };

  test("sends the conversation, the system prompt and the key, and tells the usage", async () => {
    server.script({ kind: "text", words: ["Hi."], thinking: ["Hm. "] });
    const history: TranscriptMessage[] = [
      { role: "user", content: [{ type: "text", text: "first" }], timestamp: 1 },
      { role: "assistant", content: [{ type: "text", text: "answer one" }], timestamp: 2 },
    ];
    const steps = await collect(runtimeFor({ headers: { "x-team": "blue" }, models: [{ id: "m1", maxTokens: 99 }] })
      .run(turnOf("second", { history, systemPrompt: "Be brief." }), never));
    expect(steps).toEqual([
      { kind: "model", provider: "local", model: "m1" },
      { kind: "thinking", delta: "Hm. " },
      { kind: "text", delta: "Hi." },
      { kind: "done", stopReason: "stop", usage: { input: 11, output: 7, total: 18 } },
    ]);
    const [request] = server.requests;
    expect(request?.headers).toMatchObject({ "x-team": "blue", ...(api === "anthropic-messages" ? { "x-api-key": KEY } : { authorization: `Bearer ${KEY}` }) });
    expect(request?.body).toMatchObject({ model: "m1", stream: true, max_tokens: 99 });
    const body = JSON.stringify(request?.body);
    const at = ["Be brief.", "first", "answer one", "second"].map((text) => body.indexOf(text));
    expect(at.every((index) => index > 0)).toBe(true);
    expect(at.slice(1)).toEqual(at.slice(1).sort((a, b) => a - b));
  });

  test("speaks without a key where the provider needs none, and sends nobody else's", async () => {
    server.script({ kind: "text", words: ["Hi."] });
    const runtime = new ModelRuntime({
      config: () => ({ agents: { defaults: { model: "mine/m1" } }, models: { providers: { mine: { baseUrl: server.url, api } } } }),
      env: { ANTHROPIC_API_KEY: KEY, OPENAI_API_KEY: KEY }, clock,
    });
    expect(textIn(await collect(runtime.run(turnOf("hello"), never)))).toBe("Hi.");
    expect(server.requests[0]?.headers).not.toHaveProperty("x-api-key");
    expect(server.requests[0]?.headers).not.toHaveProperty("authorization");
  });

  const statuses: [string, Extract<ModelReply, { kind: "status" }>, object][] = [
    ["401", { kind: "status", status: 401, body: { error: { message: `Incorrect API key provided: ${KEY}` } } }, { reason: "auth", httpStatus: 401 }],
    ["403", { kind: "status", status: 403 }, { reason: "auth", httpStatus: 403 }],
    ["429", { kind: "status", status: 429, headers: { "retry-after": "20" } }, { reason: "rate_limit", httpStatus: 429, retryAfterMs: 20_000 }],
    ["429 until a date", { kind: "status", status: 429, headers: { "retry-after": new Date(1_700_000_090_000).toUTCString() } }, { reason: "rate_limit", retryAfterMs: 90_000 }],
    ["500", { kind: "status", status: 500, body: "<html>oops</html>" }, { reason: "network", httpStatus: 500 }],
    ["529", { kind: "status", status: 529, body: { type: "error", error: { type: "overloaded_error", message: "Overloaded" } } }, { reason: "network", httpStatus: 529 }],
    ["context length", { kind: "status", status: 400, body: { error: { message: "This model's maximum context length is 8192 tokens.", code: "context_length_exceeded" } } }, { reason: "context_length", httpStatus: 400 }],
    ["prompt too long", { kind: "status", status: 400, body: { type: "error", error: { type: "invalid_request_error", message: "prompt is too long: 210000 tokens > 200000 maximum" } } }, { reason: "context_length" }],
    ["bad request", { kind: "status", status: 400, body: { error: { message: "No such parameter." } } }, { reason: "unknown", httpStatus: 400 }],
    ["no such model", { kind: "status", status: 404, body: { error: { message: "model not found" } } }, { reason: "unknown", httpStatus: 404 }],
    ["redirect", { kind: "status", status: 307, headers: { location: "http://127.0.0.1:1/elsewhere" } }, { reason: "unknown", httpStatus: 307 }],
  ];
  test.each(statuses)("%s is a typed outcome in a whole sentence, asked once, without the key", async (_name, reply, expected) => {
    const failure = failureIn(await run(reply));
    expect(failure).toMatchObject({ provider: "local", model: "m1", ...expected });
    expect(failure.message).toMatch(/^The .*[."]$/u);
    expect(failure.message).not.toContain("sekret");
    expect(server.requests).toHaveLength(1);
  });

  const broken: [string, ModelReply, string][] = [
    ["a socket cut in the middle", { kind: "cut", words: ["Half "] }, "network"],
    ["an answer without an end", { kind: "truncate", words: ["Half "] }, "network"],
    ["an empty answer without an end", { kind: "truncate", words: [] }, "network"],
    ["an empty response", { kind: "raw", chunks: [] }, "network"],
    ["an overload in the middle", { kind: "stream-error", words: ["Half "], error: { type: "overloaded_error", message: "Overloaded" } }, "network"],
    ["a rate limit on the stream", { kind: "stream-error", words: [], error: { type: "rate_limit_error", message: "Slow down" } }, "rate_limit"],
    ["malformed JSON", { kind: "raw", chunks: ["data: {\"choices\": [oops\n\n"] }, "unknown"],
    ["JSON of another kind", { kind: "raw", chunks: ["data: {\"hello\": 1}\n\n"] }, "unknown"],
    ["a page instead of a stream", { kind: "raw", chunks: ["<html></html>"], contentType: "text/html; charset=utf-8" }, "unknown"],
    ["JSON instead of a stream", { kind: "raw", chunks: ["{}"], contentType: "application/json" }, "unknown"],
    ["an endless line", { kind: "raw", chunks: ["data: ", ...Array.from({ length: 70 }, () => "x".repeat(65_536))] }, "unknown"],
  ];
  test.each(broken)("%s ends the run with a typed outcome", async (_name, reply, reason) => {
    const steps = await run(reply);
    const failure = failureIn(steps);
    expect(failure.reason).toBe(reason);
    expect(failure.message).toMatch(/^The .*[."]$/u);
    expect(textIn(steps)).toBe("words" in reply ? (reply.words ?? []).join("") : "");
    expect(server.requests).toHaveLength(1);
  });

  test("a refusal of the content is one, whatever was said before", async () => {
    const steps = await run({ kind: "text", words: ["I "], finish: api === "anthropic-messages" ? "refusal" : "content_filter" });
    expect(failureIn(steps).reason).toBe("refusal");
  });

  test("an answer that hit its length is done, and says so", async () => {
    const steps = await run({ kind: "text", words: ["I "], finish: api === "anthropic-messages" ? "max_tokens" : "length" });
    expect(endOf(steps)).toMatchObject({ kind: "done", stopReason: "length" });
  });

  test.each([["silent", { kind: "silent" }], ["stalled", { kind: "stall", words: ["Half "] }]] as const)("a provider that is %s runs into the idle timeout and is hung up on", async (_name, reply) => {
    server.script(reply);
    const steps: AgentStep[] = [];
    const running = collect(runtimeFor({}, { idleTimeoutMs: 5_000 }).run(turnOf("hello"), never), (step) => {
      steps.push(step);
      if (step.kind === "text") clock.advance(4_999);
    });
    const request = await server.arrived(0);
    if (reply.kind === "stall") while (!steps.some((step) => step.kind === "text")) await new Promise(setImmediate);
    clock.advance(4_999);
    expect(steps.at(-1)?.kind).not.toBe("failed");
    clock.advance(1);
    expect(failureIn(await running)).toMatchObject({ reason: "timeout", provider: "local" });
    await request.closed;
    expect(request.hungUp).toBe(true);
  });

  test("a tool may take longer than the idle timeout", async () => {
    server.script({ kind: "tools", calls: [{ id: "c1", name: "slow", args: {} }] }, { kind: "text", words: ["Done."] });
    const slow = {
      name: "slow", description: "", parameters: { type: "object", properties: {} },
      run: () => { clock.advance(60_000); return Promise.resolve({ result: { at: undefined, big: 1 }, isError: false }); },
    };
    const steps = await collect(runtimeFor({}, { idleTimeoutMs: 5_000 }).run(turnOf("go", { tools: [slow] }), never));
    expect(endOf(steps).kind).toBe("done");
  });

  test("calls of tools that do not exist or with broken arguments are told, answered to the model, and go on", async () => {
    server.script({ kind: "tools", calls: [{ id: "c1", name: "constructor", args: {} }] }, { kind: "text", words: ["Sorry."] });
    const tool = { name: "real", description: "", parameters: { type: "object", properties: {} }, run: () => Promise.resolve({ result: 1, isError: false }) };
    const steps = await collect(runtimeFor().run(turnOf("go", { tools: [tool] }), never));
    expect(steps).toContainEqual({ kind: "tool-end", callId: "c1", name: "constructor", result: "There is no tool named \"constructor\".", isError: true });
    expect(textIn(steps)).toBe("Sorry.");
  });

  test("the text of an error that a tool threw reaches nobody", async () => {
    server.script({ kind: "tools", calls: [{ id: "c1", name: "real", args: {} }] }, { kind: "text", words: ["Sorry."] });
    const tool = { name: "real", description: "", parameters: { type: "object", properties: {} }, run: () => Promise.reject(new Error(KEY)) };
    const steps = await collect(runtimeFor().run(turnOf("go", { tools: [tool] }), never));
    expect(steps).toContainEqual({ kind: "tool-end", callId: "c1", name: "real", result: "The tool \"real\" broke.", isError: true });
    expect(JSON.stringify([steps, server.requests.map(({ body }) => body)])).not.toContain(KEY);
    expect(endOf(steps).kind).toBe("done");
  });

  test("a picture that a tool took is shown to a model that can see it, and to no client", async () => {
    server.script({ kind: "tools", calls: [{ id: "c1", name: "snap", args: {} }] }, { kind: "text", words: ["A door."] });
    const tool = { name: "snap", description: "", parameters: { type: "object", properties: {} }, run: () => Promise.resolve({ result: { width: 1 }, isError: false, images: [{ mimeType: "image/png", base64: "aVZC" }] }) };
    const steps = await collect(runtimeFor().run(turnOf("go", { tools: [tool] }), never));
    expect(steps).toContainEqual({ kind: "tool-end", callId: "c1", name: "snap", result: { width: 1 }, isError: false });
    const sent = JSON.stringify(server.requests[1]?.body);
    expect(sent).toContain("width");
    if (api === "anthropic-messages") expect(sent).toContain('{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aVZC"}}');
    else expect(sent).not.toContain("aVZC");
  });

  test("a model that only ever calls tools is stopped after the allowed rounds", async () => {
    server.script(...Array.from({ length: 4 }, (_, n): ModelReply => ({ kind: "tools", calls: [{ id: `c${n}`, name: "again", args: {} }] })));
    const tool = { name: "again", description: "", parameters: { type: "object", properties: {} }, run: () => Promise.resolve({ result: "more", isError: false }) };
    const steps = await collect(runtimeFor({}, { maxSteps: 3 }).run(turnOf("go", { tools: [tool] }), never));
    expect(failureIn(steps)).toMatchObject({ reason: "unknown", message: expect.stringContaining("kept calling tools") });
    expect(server.requests).toHaveLength(3);
  });

  test("falls back to the next model before anything was said, and not after", async () => {
    const model = { primary: "local/m1", fallbacks: ["nowhere/x", "local/m2"] };
    server.script({ kind: "status", status: 429 }, { kind: "text", words: ["From m2."] });
    const steps = await collect(runtimeFor({}, {}, model).run(turnOf("hello"), never));
    expect(steps.filter((step) => step.kind === "model").map((step) => step.model)).toEqual(["m1", "m2"]);
    expect(textIn(steps)).toBe("From m2.");
    expect(endOf(steps).kind).toBe("done");

    server.script({ kind: "cut", words: ["Half "] }, { kind: "text", words: ["Never."] });
    expect(failureIn(await collect(runtimeFor({}, {}, model).run(turnOf("hello"), never))).reason).toBe("network");
    expect(server.requests.map(({ body }) => body["model"])).toEqual(["m1", "m2", "m1"]);
  });

  test("with every model down tells what is wrong with the first; who named a model gets no other", async () => {
    const model = { primary: "local/m1", fallbacks: ["local/m2"] };
    server.script({ kind: "status", status: 429, headers: { "retry-after": "3" } }, { kind: "status", status: 500 });
    expect(failureIn(await collect(runtimeFor({}, {}, model).run(turnOf("hello"), never)))).toMatchObject({ reason: "rate_limit", retryAfterMs: 3_000, model: "m1" });
    server.script({ kind: "status", status: 429 });
    expect(failureIn(await collect(runtimeFor({}, {}, model).run(turnOf("hello", { model: "local/m3" }), never)))).toMatchObject({ reason: "rate_limit", model: "m3" });
    expect(server.requests).toHaveLength(3);
  });

  test("a dead address is a network failure, tried twice and no more", async () => {
    let connections = 0;
    const slammed = createServer((socket) => { connections += 1; socket.destroy(); });
    await new Promise<void>((resolve) => { slammed.listen(0, "127.0.0.1", resolve); });
    const baseUrl = `http://127.0.0.1:${(slammed.address() as AddressInfo).port}/v1`;
    const slam = failureIn(await collect(runtimeFor({ baseUrl }).run(turnOf("hello"), never)));
    expect(slam).toMatchObject({ reason: "network", message: expect.stringMatching(/^The connection to the model provider "local" failed \(\w+\)\.$/u) });
    expect(connections).toBe(2);
    await new Promise((resolve) => { slammed.close(resolve); });
    expect(failureIn(await collect(runtimeFor({ baseUrl }).run(turnOf("hello"), never)))).toMatchObject({ reason: "network", message: expect.stringContaining("ECONNREFUSED") });
  });

  test("sends images, names what a model cannot read, and never takes an attachment for an address", async () => {
    server.script({ kind: "text", words: ["Seen."] }, { kind: "text", words: ["Not seen."] });
    const attachments = [
      { mimeType: "image/png", fileName: "a.png", base64: "iVBORw0KGgo=" },
      { mimeType: "image/png", fileName: "trap.png", base64: "http://127.0.0.1:1/secret" },
      { mimeType: "text/plain", fileName: "note.txt", base64: Buffer.from("hello from the note").toString("base64") },
      { mimeType: "application/x-evil", base64: "AAAA" },
    ];
    await collect(runtimeFor().run(turnOf("look", { attachments }), never));
    await collect(runtimeFor({ models: [{ id: "m1", input: ["text"] }] }).run(turnOf("look", { attachments }), never));
    const [seen, unseen] = server.requests.map(({ body }) => JSON.stringify(body["messages"]));
    expect(seen).toContain("iVBORw0KGgo=");
    expect(seen).toContain("hello from the note");
    expect(seen).not.toContain("127.0.0.1");
    expect(unseen).not.toContain("iVBORw0KGgo=");
    expect(unseen).toContain("does not read images");
  });

  test("a thinking level reaches only models that take one", async () => {
    server.script({ kind: "text", words: ["a"] }, { kind: "text", words: ["b"] });
    await collect(runtimeFor({ models: [{ id: "m1", reasoning: true }] }).run(turnOf("hello", { thinking: "high" }), never));
    await collect(runtimeFor().run(turnOf("hello", { thinking: "high" }), never));
    const [with_, without] = server.requests.map(({ body }) => body);
    expect(with_).toMatchObject(api === "anthropic-messages" ? { thinking: { type: "enabled", budget_tokens: 16_384 } } : { reasoning_effort: "high" });
    expect(without).not.toHaveProperty("thinking");
    expect(without).not.toHaveProperty("reasoning_effort");
  });

  test("carries on with a conversation whose calls were cut off", async () => {
    server.script({ kind: "text", words: ["On we go."] });
    const history: TranscriptMessage[] = [
      { role: "assistant", content: [{ type: "toolCall", id: "a|1", name: "x.y", arguments: { q: 1 } }, { type: "toolCall", id: "b", name: "x.y", arguments: "raw" }], timestamp: 1 },
      { role: "toolResult", toolCallId: "a|1", toolName: "x.y", content: [{ type: "text", text: "found" }], timestamp: 2 },
      { role: "toolResult", toolCallId: "nobody", toolName: "x.y", content: [{ type: "text", text: "stray" }], timestamp: 2 },
      { role: "system", content: [{ type: "text", text: "a note" }], timestamp: 3 },
      { role: "assistant", content: [{ type: "text", text: "  " }], timestamp: 4 },
    ];
    expect(textIn(await collect(runtimeFor().run(turnOf("go on", { history }), never)))).toBe("On we go.");
    const body = JSON.stringify(server.requests[0]?.body);
    expect(body).toContain("found");
    expect(body).toContain("The run ended before this call had a result.");
    expect(body).not.toContain("stray");
  });
});
