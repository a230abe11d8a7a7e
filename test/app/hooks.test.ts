import { afterEach, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect as dialTcp } from "node:net";
import { ScriptedRuntime, type ScriptStep } from "../../src/adapters/agent/scripted/index.js";
import { MemoryLog } from "../../src/adapters/log/memory/index.js";
import { createGateway, type Gateway } from "../../src/app/compose/create-gateway.js";
import type { HookMapping, HookSettings } from "../../src/domain/hooks/hook.js";
import type { Settings } from "../../src/domain/settings.js";
import type { AgentTurn } from "../../src/ports/agent-runtime.js";
import { HandClock } from "../../src/testing/hand-clock.js";

const TOKEN = "a-token-for-hooks-alone";
const HOOKS: HookSettings = { token: TOKEN, path: "/hooks", maxBodyBytes: 4_096, mappings: [] };
const gateways: Gateway[] = [];
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close();
});

async function start(given: { settings?: Partial<Settings>; script?: (turn: AgentTurn) => ScriptStep[]; auth?: { token: string } } = {}) {
  const turns: AgentTurn[] = [];
  const log = new MemoryLog();
  const agent = new ScriptedRuntime((turn) => {
    turns.push(turn);
    return given.script?.(turn) ?? [{ kind: "say", text: "Done." }, { kind: "done", usage: { input: 7, output: 2, total: 9 }, stopReason: "stop" }];
  });
  const gateway = createGateway({ agent, log, ...(given.auth === undefined ? {} : { auth: given.auth }), settings: { hooks: HOOKS, ...given.settings } });
  gateways.push(gateway);
  const { port } = await gateway.listen({ port: 0 });
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}`, ...headers }, body: typeof body === "string" ? body : JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown>, headers: response.headers };
  };
  const until = async (happened: () => boolean): Promise<void> => {
    const events = gateway.events("agent");
    while (!happened()) await Promise.race([events.next(), new Promise((resolve) => setImmediate(resolve))]);
    await events.return?.();
  };
  return { gateway, port, post, turns, until, log };
}

describe("hooks", () => {
  test("wake queues a text for the main session, and now begins a turn", async () => {
    const { post, turns, until } = await start();
    expect(await post("/hooks/wake", { text: "The door bell rang.", mode: "now" })).toMatchObject({ status: 200, body: { ok: true, mode: "now" } });
    await until(() => turns.length === 1);
    expect(JSON.stringify(turns[0])).toContain("The door bell rang.");
  });

  test("agent runs in a session of its own, is told where the message is from, and its answer waits in the main one", async () => {
    const { post, turns, until, gateway } = await start();
    const { status, body } = await post("/hooks/agent", { message: "Sort the mail.", name: "Mail", wakeMode: "next-heartbeat", thinking: "low" });
    expect([status, body["ok"]]).toEqual([202, true]);
    await until(() => turns.length === 1);
    expect(turns[0]).toMatchObject({ message: "Sort the mail.", thinking: "low" });
    expect(JSON.stringify(turns[0])).toContain("not from a person");
    await gateway.call("agent.wait", { runId: String(body["runId"]), timeoutMs: 10_000 });
    let queued: string[] = [];
    while (queued.length === 0) queued = (await gateway.call("status", {})).queuedSystemEvents ?? [];
    expect(queued).toEqual(["Hook Mail: Done."]);
  });

  test("a mapped one makes its text of what the body has", async () => {
    const mappings: HookMapping[] = [{ name: "mail", source: "gmail", action: "agent", wakeMode: "next-heartbeat", label: "Gmail", text: "From {{messages[0].from}}: {{messages[0].subject}} {{nothing.here}}{{count}}", sessionKey: "hook:mail:{{messages[0].id}}" }];
    const { post, turns, until, gateway } = await start({ settings: { hooks: { ...HOOKS, mappings } } });
    expect((await post("/hooks/mail", { source: "gmail", count: 2, messages: [{ id: "m1", from: "Ada", subject: "Oslo" }] })).status).toBe(202);
    await until(() => turns.length === 1);
    expect(turns[0]?.message).toBe("From Ada: Oslo 2");
    expect((await gateway.call("sessions.list", {})).sessions.map(({ key }) => key)).toContain("agent:main:hook:mail:m1");
    expect((await post("/hooks/mail", { source: "else" })).status).toBe(400);
    expect((await post("/hooks/nobody", {})).status).toBe(404);
  });

  test.each([
    ["no token", "/hooks/wake", { text: "x" }, { authorization: "" }, 401],
    ["a wrong token", "/hooks/wake", { text: "x" }, { authorization: "Bearer wrong-token-of-somebody" }, 401],
    ["a token in the query", `/hooks/wake?token=${TOKEN}`, { text: "x" }, { authorization: "" }, 401],
    ["no text", "/hooks/wake", {}, {}, 400],
    ["another mode", "/hooks/wake", { text: "x", mode: "later" }, {}, 400],
    ["no message", "/hooks/agent", { message: " " }, {}, 400],
    ["an unknown channel", "/hooks/agent", { message: "x", deliver: true, channel: "pigeon" }, {}, 400],
    ["no JSON", "/hooks/agent", "{", {}, 400],
    ["a list", "/hooks/agent", "[]", {}, 400],
    ["too much", "/hooks/agent", { message: "x".repeat(5_000) }, {}, 413],
    ["a stale time", "/hooks/wake", { text: "x" }, { "x-openclaw-timestamp": "1700000000" }, 401],
  ])("refuse %s", async (_what, path, body, headers, status) => {
    const { post, turns, log } = await start();
    const answer = await post(path, body, headers);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ ok: false, error: expect.stringMatching(/\.$|unsupported|not set up/) });
    expect(turns).toEqual([]);
    expect(JSON.stringify([answer.body, log.entries])).not.toContain(TOKEN);
  });

  test("take the token in a header of their own, and a delivery that comes again is not carried out again", async () => {
    const { post, turns, until } = await start();
    const headers = { authorization: "", "x-openclaw-token": TOKEN, "x-github-delivery": "d-1", "x-openclaw-timestamp": String(Date.now()) };
    const answers = await Promise.all([1, 2, 3].map(() => post("/hooks/agent", { message: "Once." }, headers)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(new Set(answers.map(({ body }) => body["runId"])).size).toBe(1);
    expect(answers.filter(({ body }) => body["duplicate"] === true)).toHaveLength(2);
    expect((await post("/hooks/agent", { message: "Twice." }, { ...headers, "x-github-delivery": "d-2" })).status).toBe(202);
    await until(() => turns.length >= 2);
    expect(turns.map(({ message }) => message)).toEqual(expect.arrayContaining(["Once.", "Twice."]));
    expect(turns.filter(({ message }) => message === "Once.")).toHaveLength(1);
  });

  test("what failed may be delivered again", async () => {
    const { post } = await start();
    const headers = { "x-github-delivery": "d-3" };
    expect((await post("/hooks/agent", { message: "" }, headers)).status).toBe(400);
    expect((await post("/hooks/agent", { message: "Now." }, headers)).status).toBe(202);
  });

  test("X7: a body is not read before the token was shown, and no more of it than is allowed", async () => {
    const { port } = await start();
    const answerTo = async (head: string, body: string): Promise<string> => {
      const socket = dialTcp(port, "127.0.0.1");
      await once(socket, "connect");
      socket.write(`POST /hooks/wake HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${head}\r\n\r\n${body}`);
      const [data] = (await once(socket, "data")) as [Buffer];
      socket.destroy();
      return data.toString().split("\r\n", 1)[0] ?? "";
    };
    expect(await answerTo("Content-Length: 1000000", "")).toBe("HTTP/1.1 401 Unauthorized");
    expect(await answerTo(`Authorization: Bearer ${TOKEN}\r\nContent-Length: 1000000`, "")).toMatch(/ 413 /);
    expect(await answerTo(`Authorization: Bearer ${TOKEN}\r\nTransfer-Encoding: chunked`, `2000\r\n${"x".repeat(8192)}\r\n`)).toMatch(/ 413 /);
  });

  test("are not there where they are off, and never over GET", async () => {
    const { port } = await start();
    expect((await fetch(`http://127.0.0.1:${port}/hooks/wake`, { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(405);
    const off = createGateway();
    gateways.push(off);
    const at = await off.listen({ port: 0 });
    expect((await fetch(`http://127.0.0.1:${at.port}/hooks/wake`, { method: "POST", body: "{}" })).status).toBe(404);
  });

  test("guessing is locked out by address, the right token too, until the lock ends", async () => {
    const gateway = createGateway({ clock: new HandClock(), settings: { hooks: HOOKS, trustedProxies: ["127.0.0.1"] } });
    gateways.push(gateway);
    const { port } = await gateway.listen({ port: 0 });
    const knock = async (token: string): Promise<number> => {
      const request = httpRequest({ port, host: "127.0.0.1", method: "POST", path: "/hooks/wake", headers: { authorization: `Bearer ${token}`, "x-forwarded-for": "203.0.113.5" } });
      request.end('{"text":"x"}');
      const [response] = (await once(request, "response")) as [{ statusCode: number; resume(): void }];
      response.resume();
      return response.statusCode;
    };
    for (let guess = 0; guess < 10; guess += 1) expect(await knock(`guess-number-${guess}-of-ten`)).toBe(401);
    expect(await knock(TOKEN)).toBe(429);
  });
});

describe("chat completions", () => {
  const CHAT = "/v1/chat/completions";
  const on = { http: { chatCompletions: true } };
  const AUTH = { auth: { token: "the-gateway-token" } };
  const bearer = { authorization: "Bearer the-gateway-token" };
  const ask = (text: string) => ({ model: "openclaw", messages: [{ role: "user", content: text }] });

  test("answer whole, with usage, in the shape that clients know", async () => {
    const { post, turns } = await start({ settings: on, ...AUTH });
    const { status, body } = await post(CHAT, { ...ask("Hi"), messages: [{ role: "system", content: "Be brief." }, { role: "user", content: "One?" }, { role: "assistant", content: "One." }, { role: "user", content: "Two?" }] }, bearer);
    expect(status).toBe(200);
    expect(body).toMatchObject({ object: "chat.completion", model: "openclaw", choices: [{ index: 0, message: { role: "assistant", content: "Done." }, finish_reason: "stop" }], usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 } });
    expect(turns[0]?.message).toBe("Earlier in this conversation:\nuser: One?\nassistant: One.\n\nNow the user says:\nTwo?");
    expect(JSON.stringify(turns[0])).toContain("Be brief.");
  });

  test("stream what the agent says while it says it, and end as clients expect", async () => {
    const { port } = await start({ settings: on, ...AUTH, script: () => [{ kind: "say", text: "One " }, { kind: "say", text: "two." }, { kind: "done", usage: { input: 1, output: 2, total: 3 }, stopReason: "stop" }] });
    const response = await fetch(`http://127.0.0.1:${port}${CHAT}`, { method: "POST", headers: { "content-type": "application/json", ...bearer }, body: JSON.stringify({ ...ask("Count"), stream: true, stream_options: { include_usage: true } }) });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const lines = (await response.text()).split("\n\n").filter((line) => line !== "").map((line) => line.replace(/^data: /, ""));
    expect(lines.at(-1)).toBe("[DONE]");
    const chunks = lines.slice(0, -1).map((line) => JSON.parse(line) as { choices: { delta: { content?: string; role?: string }; finish_reason: string | null }[]; usage?: object });
    expect(chunks[0]?.choices[0]?.delta.role).toBe("assistant");
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("One two.");
    expect(chunks.some(({ choices }) => choices[0]?.finish_reason === "stop")).toBe(true);
    expect(chunks.at(-1)?.usage).toEqual({ prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 });
  });

  test("a client that hangs up stops the run", async () => {
    const { port, gateway, turns, until } = await start({ settings: on, ...AUTH, script: () => [{ kind: "say", text: "…" }, { kind: "hang" }] });
    const given = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}${CHAT}`, { method: "POST", signal: given.signal, headers: { "content-type": "application/json", ...bearer }, body: JSON.stringify({ ...ask("Go on"), stream: true, user: "ada" }) });
    const ends = gateway.events("agent");
    await until(() => turns.length === 1);
    given.abort();
    await response.text().catch(() => undefined);
    for await (const { stream, data } of ends) if (stream === "lifecycle" && ["end", "error"].includes(String((data as { phase?: string }).phase))) break;
    expect(turns).toHaveLength(1);
  });

  test("name an agent, a conversation, and images that come along", async () => {
    const agents = [{ id: "main", isDefault: true }, { id: "work", isDefault: false }];
    const { post, turns, gateway } = await start({ settings: { ...on, agents }, ...AUTH });
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } };
    expect((await post(CHAT, { model: "openclaw:work", user: "ada", messages: [{ role: "user", content: [{ type: "text", text: "See" }, image] }] }, bearer)).status).toBe(200);
    expect((await gateway.call("sessions.list", {})).sessions.map(({ key }) => key)).toContain("agent:work:openai:ada");
    expect(JSON.stringify(turns[0])).toContain("iVBORw0KGgo");
    expect(await post(CHAT, { model: "openclaw:nobody", messages: ask("x").messages }, bearer)).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining("nobody") } } });
  });

  test.each([
    ["no key", ask("x"), { authorization: "" }, 401],
    ["a hook's token", ask("x"), { authorization: `Bearer ${TOKEN}` }, 401],
    ["another type", ask("x"), { ...bearer, "content-type": "text/plain" }, 415],
    ["no messages", { model: "openclaw", messages: [] }, bearer, 400],
    ["another model", { ...ask("x"), model: "gpt-4" }, bearer, 400],
    ["an image elsewhere", { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "http://169.254.169.254/" } }] }] }, bearer, 400],
    ["a last word of the assistant", { messages: [{ role: "assistant", content: "x" }] }, bearer, 400],
  ])("refuse %s, as OpenAI would say it", async (_what, body, headers, status) => {
    const { post, turns } = await start({ settings: on, ...AUTH });
    expect(await post(CHAT, body, headers)).toMatchObject({ status, body: { error: { message: expect.stringMatching(/\.$/), type: expect.any(String) } } });
    expect(turns).toEqual([]);
  });

  test("are off by default; without auth they are for processes of this host, and for no page and nothing behind a proxy", async () => {
    const off = await start();
    expect((await fetch(`http://127.0.0.1:${off.port}${CHAT}`, { method: "POST", body: "{}" })).status).toBe(404);
    const { post, port } = await start({ settings: on });
    expect((await post(CHAT, ask("x"), { authorization: "" })).status).toBe(200);
    expect((await post(CHAT, ask("x"), { authorization: "", "x-forwarded-for": "203.0.113.5" })).status).toBe(401);
    expect((await post(CHAT, ask("x"), { authorization: "", origin: `http://127.0.0.1:${port}` })).status).toBe(401);
  });
});
