import { afterEach, describe, expect, jest, test } from "@jest/globals";
import type { RequestPermissionRequest } from "@agentclientprotocol/sdk";
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { AcpRuntime, type AcpConfig } from "../../../src/adapters/agent/acp/index.js";
import { condense } from "../../../src/adapters/agent/acp/condense.js";
import { CrashWatch } from "../../../src/adapters/agent/acp/crash-watch.js";
import { agentEnvironment } from "../../../src/adapters/agent/acp/environment.js";
import { cleanText, LastWords } from "../../../src/adapters/agent/acp/last-words.js";
import { judgePermission } from "../../../src/adapters/agent/acp/permission.js";
import { renderPrompt } from "../../../src/adapters/agent/acp/prompt.js";
import { parseGreeting, parseUpdate } from "../../../src/adapters/agent/acp/translate.js";
import { SystemClock } from "../../../src/adapters/system/index.js";
import { MemoryTransport } from "../../../src/adapters/transport/memory/index.js";
import type { ResponseFrame } from "../../../src/domain/protocol/frames.js";
import { createGateway } from "../../../src/index.js";
import { after, epochMs } from "../../../src/domain/moment.js";
import type { TranscriptMessage } from "../../../src/domain/sessions/session.js";
import type { AgentStep, AgentTurn } from "../../../src/ports/agent-runtime.js";
import { HandClock } from "../../../src/testing/hand-clock.js";
import { collect, endOf, textIn, turnOf } from "../../../src/testing/contracts/agent-runtime.js";
import { payloadOf, TestClient } from "../../support/client.js";
import { TestDevice } from "../../support/device.js";
import { AcpDesk, AGENT, type Act, type AgentEvent } from "../../stand-ins/acp-desk.js";

// Each start of an agent is a start of Node, which takes its time where all of it is tested at once.
jest.setTimeout(30_000);

const never = new AbortController().signal;
const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "acp-"));
  cleanUps.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

type Given = Omit<Partial<AcpConfig>, "env"> & { readonly manner?: object; readonly env?: Record<string, string> };

async function stage({ manner, env, ...given }: Given = {}) {
  const desk = await AcpDesk.open();
  cleanUps.push(() => desk.close());
  const clock = new HandClock();
  const workspace = join(await folder(), "workspace");
  const config: AcpConfig = {
    command: process.execPath, args: [AGENT],
    env: { ACP_DESK: String(desk.port), ...(manner === undefined ? {} : { ACP_MANNER: JSON.stringify(manner) }), ...env },
    ...given,
  };
  const runtime = new AcpRuntime({ config, clock, workspace, env: { PATH: process.env["PATH"], HOME: "/home/ada", LANG: "C.UTF-8", TERM: "xterm", SECRET_OF_OTHERS: "x", OPENCLAW_GATEWAY_TOKEN: "x" } });
  cleanUps.push(() => runtime.close());
  return {
    desk, clock, workspace, runtime,
    turn: (message: string, more: Partial<AgentTurn> = {}) => collect(runtime.run(turnOf(message, more), never)),
    /** Runs a turn of these acts. */
    act: (...acts: Act[]) => {
      desk.script = acts;
      return collect(runtime.run(turnOf("go"), never));
    },
  };
}

const toolCall = (more: object): Act => ({ update: { sessionUpdate: "tool_call", toolCallId: "t1", title: "Run `ls`", ...more } });
const toolUpdate = (more: object): Act => ({ update: { sessionUpdate: "tool_call_update", toolCallId: "t1", ...more } });
const OPTIONS = [
  { optionId: "always", name: "Always", kind: "allow_always" },
  { optionId: "yes", name: "Yes", kind: "allow_once" },
  { optionId: "no", name: "No", kind: "reject_once" },
] as const;
const promptText = (event: AgentEvent): string => (event["prompt"] as { text?: string }[]).map((block) => block.text ?? "").join("\n---\n");
const toolSteps = (steps: readonly AgentStep[]) => steps.filter((step) => step.kind === "tool-start" || step.kind === "tool-end");
const message = (role: TranscriptMessage["role"], text: string): TranscriptMessage => ({ role, content: [{ type: "text", text }], timestamp: 1 });
const history = [message("user", "My name is Ada."), message("assistant", "Hello Ada.")];

const isRunning = (pid: unknown): boolean => {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
};

describe("what the agent tells", () => {
  test("becomes steps; plans, kinds of later versions and other people's conversations do not", async () => {
    const { act } = await stage();
    const steps = await act(
      { think: "Hm." }, { say: "Let me " }, { say: "look." },
      { update: { sessionUpdate: "plan", entries: [{ content: "x", priority: "low", status: "pending" }] } },
      { raw: `${JSON.stringify({ jsonrpc: "2.0", method: "session/update", params: { sessionId: "$SESSION", update: { sessionUpdate: "of_2031", x: 1 } } })}\n` },
      { raw: `${JSON.stringify({ jsonrpc: "2.0", method: "session/update", params: { sessionId: "nobody's", update: { sessionUpdate: "agent_message_chunk", content: { type: "text", text: "lost" } } } })}\n` },
      toolCall({ kind: "execute", status: "pending", rawInput: { command: "ls" }, locations: [{ path: "/tmp/x" }] }),
      toolUpdate({ status: "in_progress", content: [{ type: "content", content: { type: "text", text: "a.txt" } }] }),
      toolUpdate({ status: "completed" }),
      toolUpdate({ status: "completed" }),
      { update: { sessionUpdate: "tool_call_update", toolCallId: "t2", kind: "edit", status: "failed", content: [{ type: "diff", path: "/tmp/y", oldText: "", newText: "z" }] } },
      { update: { sessionUpdate: "tool_call", toolCallId: "t3", title: "Fetch", kind: "fetch", status: "completed", rawOutput: { status: 200 } } },
      { update: { sessionUpdate: "tool_call", toolCallId: "t4", title: "Never told of again" } },
      { say: "One file.", messageId: "m1" }, { say: " Done.", messageId: "m1" }, { say: "Bye.", messageId: "m2" },
    );
    expect(steps).toEqual([
      { kind: "model", provider: "acp", model: "stand-in" },
      { kind: "thinking", delta: "Hm." },
      { kind: "text", delta: "Let me " }, { kind: "text", delta: "look." },
      { kind: "tool-start", callId: "t1", name: "execute", args: { title: "Run `ls`", input: { command: "ls" }, paths: ["/tmp/x"] } },
      { kind: "tool-end", callId: "t1", name: "execute", result: "a.txt", isError: false },
      { kind: "tool-start", callId: "t2", name: "edit", args: {} },
      { kind: "tool-end", callId: "t2", name: "edit", result: "Changed /tmp/y", isError: true },
      { kind: "tool-start", callId: "t3", name: "fetch", args: { title: "Fetch" } },
      { kind: "tool-end", callId: "t3", name: "fetch", result: { status: 200 }, isError: false },
      { kind: "tool-start", callId: "t4", name: "other", args: { title: "Never told of again" } },
      { kind: "text", delta: "One file." }, { kind: "text", delta: " Done." }, { kind: "text", delta: "\n\nBye." },
      { kind: "tool-end", callId: "t4", name: "other", result: "", isError: false },
      { kind: "done", stopReason: "stop" },
    ]);
  });

  test("its reasons for stopping", async () => {
    const { act } = await stage();
    for (const [stop, end] of [
      ["end_turn", { kind: "done", stopReason: "stop" }], ["max_tokens", { kind: "done", stopReason: "length" }],
      ["max_turn_requests", { kind: "done", stopReason: "length" }], ["refusal", { kind: "failed", failure: { reason: "refusal" } }],
      ["cancelled", { kind: "failed", failure: { reason: "aborted" } }], ["of_2031", { kind: "failed", failure: { reason: "unknown" } }],
    ] as const) expect(endOf(await act({ say: "x" }, { stop }))).toMatchObject(end);
  });

  test("any value is read without throwing, and what is told is small", () => {
    fc.assert(fc.property(fc.anything(), (given) => {
      parseUpdate(given);
      parseGreeting(given);
    }));
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 12 }), fc.nat({ max: 40_000 }), (value, length) => {
      expect(JSON.stringify(condense({ value, long: "a".repeat(length), list: Array.from({ length: 300 }, () => value) })).length).toBeLessThan(60_000);
    }), { numRuns: 50 });
    expect(condense(JSON.parse('{"__proto__":{"a":1}}'))).toEqual(JSON.parse('{"__proto__":{"a":1}}'));
    expect(condense({ a: [1, "x", null, true] })).toEqual({ a: [1, "x", null, true] });
  });
});

describe("permission", () => {
  const request = (kind: string | undefined, options: readonly object[] = OPTIONS): RequestPermissionRequest =>
    ({ sessionId: "s", toolCall: { toolCallId: "t1", ...(kind === undefined ? {} : { kind }) }, options }) as RequestPermissionRequest;

  test.each<[string | undefined, object, string | undefined, string]>([
    ["read", {}, undefined, "yes"], ["search", {}, undefined, "yes"], ["think", {}, undefined, "yes"],
    ["edit", {}, undefined, "no"], ["execute", {}, undefined, "no"], ["switch_mode", {}, undefined, "no"], [undefined, {}, undefined, "no"],
    ["execute", { allow: ["execute"] }, undefined, "yes"], ["read", { allow: ["execute"] }, undefined, "no"],
    ["fetch", { allow: ["*"] }, undefined, "yes"], ["execute", { allow: ["*"], deny: ["execute"] }, undefined, "no"],
    ["read", { deny: ["*"] }, undefined, "no"], ["read", { allow: [] }, undefined, "no"],
    // Told first as one kind and then asked for as another: both have to be allowed.
    ["read", {}, "execute", "no"], [undefined, {}, "read", "yes"], [undefined, { allow: ["read"] }, "delete", "no"],
  ])("for %s under %j, announced as %s: %s", (kind, policy, announced, optionId) => {
    expect(judgePermission(request(kind), policy, announced).outcome).toEqual({ outcome: "selected", optionId });
  });

  test("where no option holds for the one call, none is chosen", () => {
    expect(judgePermission(request("read", [OPTIONS[0]]), {})).toMatchObject({ kind: "denied", outcome: { outcome: "cancelled" } });
    expect(judgePermission(request("edit", [OPTIONS[1]]), {})).toMatchObject({ kind: "denied", outcome: { outcome: "cancelled" } });
  });

  test("a denial ends the tool's step at once, whatever the agent says of it later", async () => {
    const { act, desk } = await stage();
    const steps = await act(
      toolCall({ kind: "execute" }), { ask: { toolCall: { toolCallId: "t1", kind: "execute" }, options: OPTIONS } },
      toolUpdate({ status: "completed", rawOutput: "done all the same" }),
      { ask: { toolCall: { toolCallId: "t5", kind: "read", title: "Read x" }, options: OPTIONS } },
      { ask: { toolCall: { toolCallId: "t6", kind: "delete", title: "Delete x" }, options: OPTIONS } },
    );
    await desk.heard("permission", 3);
    expect(desk.of("permission").map((one) => one["outcome"])).toEqual(["no", "yes", "no"].map((optionId) => ({ outcome: "selected", optionId })));
    expect(toolSteps(steps)).toEqual([
      { kind: "tool-start", callId: "t1", name: "execute", args: { title: "Run `ls`" } },
      { kind: "tool-end", callId: "t1", name: "execute", isError: true, result: expect.stringMatching(/^Not allowed: agents\.defaults\.acp\.permissions .* "execute"\.$/u) },
      { kind: "tool-start", callId: "t6", name: "delete", args: { title: "Delete x" } },
      { kind: "tool-end", callId: "t6", name: "delete", isError: true, result: expect.stringContaining('"delete"') },
    ]);
  });

  test("nothing else is offered: no files, no terminal", async () => {
    const { act, desk } = await stage();
    await act({ request: "fs/read_text_file", params: { sessionId: "s", path: "/etc/passwd" } }, { request: "terminal/create", params: { sessionId: "s", command: "ls" } });
    await desk.heard("answered", 2);
    expect(desk.of("answered").map((one) => one["error"])).toEqual([-32_601, -32_601]);
    expect((await desk.heard("initialize"))["params"]).toMatchObject({
      protocolVersion: 1, clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
    });
  });

  test("who stopped a turn has withdrawn it", async () => {
    const { runtime, desk } = await stage();
    desk.script = [{ say: "x" }, { wait: "stop" }, { ask: { toolCall: { toolCallId: "t1", kind: "read" }, options: OPTIONS } }];
    const abort = new AbortController();
    await collect(runtime.run(turnOf("go"), abort.signal), (step) => { if (step.kind === "text") abort.abort(); });
    (await desk.waitingFor("stop"))();
    expect((await desk.heard("permission"))["outcome"]).toEqual({ outcome: "cancelled" });
  });
});

describe("conversations", () => {
  test("one each for a session, told only once what went before", async () => {
    const { turn, desk, workspace } = await stage();
    await turn("first", { history, systemPrompt: "Be brief." });
    await turn("second", { history, systemPrompt: "Be brief." });
    await turn("third", { history, systemPrompt: "Be long." });
    await turn("elsewhere", { sessionKey: "agent:main:other" });
    await turn("reset", { sessionId: "session-2" });
    const prompts = desk.of("prompt");
    expect(prompts.map(promptText)).toEqual([
      expect.stringMatching(/^\[Instructions[^]*Be brief\.[^]*User: My name is Ada\.\n\nYou: Hello Ada\.[^]*\n---\nfirst$/u),
      "second", expect.stringMatching(/^\[Instructions[^\n]*\nBe long\.\n---\nthird$/u), "elsewhere", "reset",
    ]);
    expect(new Set(prompts.map((one) => one["sessionId"])).size).toBe(3);
    expect(desk.of("started")).toHaveLength(1);
    expect((await desk.heard("new"))["params"]).toMatchObject({ cwd: workspace, mcpServers: [] });
    expect((await stat(workspace)).mode & 0o777).toBe(0o700);
  });

  test("several answer at the same time; one answers in turn", async () => {
    const { runtime, desk } = await stage();
    desk.script = (prompt) => [{ wait: promptText(prompt) }, { say: promptText(prompt) }];
    const run = (text: string, sessionKey: string) => collect(runtime.run(turnOf(text, { sessionKey }), never));
    const a1 = run("a1", "a");
    const a2 = run("a2", "a");
    const b1 = run("b1", "b");
    const goA1 = await desk.waitingFor("a1");
    (await desk.waitingFor("b1"))();
    expect(textIn(await b1)).toBe("b1");
    expect(desk.of("prompt").map(promptText)).not.toContain("a2");
    goA1();
    (await desk.waitingFor("a2"))();
    expect([textIn(await a1), textIn(await a2)]).toEqual(["a1", "a2"]);
  });

  test("are put away when nobody goes on with them, and when there are too many", async () => {
    const { turn, desk, clock } = await stage({ manner: { capabilities: { loadSession: true, sessionCapabilities: { close: {} } } }, sessionIdleMs: 60_000 });
    await turn("hi", { sessionKey: "idle" });
    clock.advance(59_999);
    await turn("hi again", { sessionKey: "idle" });
    clock.advance(59_999);
    expect(desk.of("close")).toEqual([]);
    clock.advance(1);
    expect((await desk.heard("close"))["sessionId"]).toBe(desk.of("prompt")[0]?.["sessionId"]);
    // Taken up again, without the transcript.
    await turn("back", { sessionKey: "idle", history });
    expect(desk.of("load")).toHaveLength(1);
    expect(promptText(desk.of("prompt").at(-1) as AgentEvent)).toBe("back");
    for (let at = 0; at < 32; at += 1) await turn("hi", { sessionKey: `s${at}` });
    expect((await desk.heard("close", 2))["sessionId"]).toBe(desk.of("prompt")[0]?.["sessionId"]);
    expect(clock.pending).toBe(32);
  });

  test("attachments go along as far as the agent reads them", () => {
    const turn = turnOf("look", { attachments: [
      { mimeType: "image/png", base64: "AA==" }, { mimeType: "audio/ogg", base64: "BB==" }, { mimeType: "text/plain", fileName: "a b.txt", base64: "CC==" },
    ] });
    const told = { isNew: false, toldInstructions: undefined };
    const all = parseGreeting({ protocolVersion: 1, agentCapabilities: { promptCapabilities: { image: true, audio: true, embeddedContext: true } } });
    expect(renderPrompt(turn, all, told)).toEqual([
      { type: "text", text: "look" }, { type: "image", mimeType: "image/png", data: "AA==" }, { type: "audio", mimeType: "audio/ogg", data: "BB==" },
      { type: "resource", resource: { uri: "attachment:///3/a%20b.txt", mimeType: "text/plain", blob: "CC==" } },
    ]);
    expect(renderPrompt(turn, parseGreeting({}), told).slice(1)).toEqual([
      { type: "text", text: expect.stringContaining("image/png") }, { type: "text", text: expect.stringContaining("audio/ogg") }, { type: "text", text: expect.stringContaining("a b.txt") },
    ]);
    expect(renderPrompt(turnOf(""), all, told)).toHaveLength(1);
    const long = Array.from({ length: 100 }, (_, at) => message("user", `${at}: ${"x".repeat(5_000)}`));
    const [preface] = renderPrompt(turnOf("go", { history: long }), all, { ...told, isNew: true });
    const text = preface?.type === "text" ? preface.text : "";
    expect(text.length).toBeLessThan(70_000);
    expect(text).toContain("User: 99: ");
    expect(text).not.toContain("User: 1: ");
  });
});

describe("an agent that is stopped", () => {
  test("and goes on all the same is ended after five seconds, and started anew", async () => {
    const { runtime, desk, clock, turn } = await stage();
    desk.script = (prompt) => (promptText(prompt) === "deaf" ? [{ say: "x" }, { hang: true }] : [{ say: "y" }, { stall: true }]);
    const abort = new AbortController();
    const other = collect(runtime.run(turnOf("other", { sessionKey: "other" }), never));
    await desk.heard("prompt");
    const steps = await collect(runtime.run(turnOf("deaf"), abort.signal), (step) => { if (step.kind === "text") abort.abort(); });
    // The turn is over for who asked; the agent gets its time.
    expect(endOf(steps)).toMatchObject({ failure: { reason: "aborted" } });
    const { pid } = await desk.heard("started");
    await desk.heard("cancel");
    clock.advance(4_999);
    expect(isRunning(pid)).toBe(true);
    const next = turn("deaf no more", { history });
    clock.advance(1);
    expect(endOf(await other)).toMatchObject({ failure: { reason: "network", message: expect.stringMatching(/restarted[^]*try again\.$/u) } });
    // Waits for the one before it, and then finds a new agent that knows nothing.
    desk.script = [{ say: "Hello." }];
    expect(textIn(await next)).toBe("Hello.");
    expect(promptText(desk.of("prompt").at(-1) as AgentEvent)).toContain("My name is Ada.");
    expect(desk.of("started")).toHaveLength(2);
    expect(isRunning(pid)).toBe(false);
  });

  test("while it starts is not asked", async () => {
    const { runtime, desk } = await stage();
    const abort = new AbortController();
    const run = collect(runtime.run(turnOf("go"), abort.signal));
    await desk.heard("started");
    abort.abort();
    expect(endOf(await run)).toMatchObject({ failure: { reason: "aborted" } });
    await collect(runtime.run(turnOf("next"), never));
    expect(desk.of("prompt").map(promptText)).toEqual(["next"]);
  });
});

describe("an agent that dies", () => {
  test("in the middle: the turn fails and says how, and the next one starts it anew with what was said", async () => {
    const { act, desk, turn } = await stage({ env: { API_KEY: "very-secret-value" } });
    const steps = await act({ say: "I " }, { complain: "ok\n\u001B[31mpanic: very-secret-value \u0007 at line 3\u001B[0m\n\n" }, { exit: 7 });
    expect(textIn(steps)).toBe("I ");
    expect(endOf(steps)).toEqual({
      kind: "failed",
      failure: { reason: "network", provider: "acp", message: 'The agent "stand-in" ended in the middle (exit code 7). It said: "panic: [redacted] at line 3"' },
    });
    desk.script = [{ say: "Hello." }];
    expect(textIn(await turn("again", { history }))).toBe("Hello.");
    expect(promptText(desk.of("prompt").at(-1) as AgentEvent)).toContain("My name is Ada.");
    const killed = await act({ leave: true }, { kill: "SIGKILL" });
    expect(endOf(killed)).toMatchObject({ failure: { message: 'The agent "stand-in" ended in the middle (SIGKILL).' } });
  });

  test("with an answer that was complete has answered", async () => {
    const { act } = await stage();
    const steps = await act({ say: "a".repeat(3_000_000) }, { exitAfter: 0 });
    expect(textIn(steps)).toHaveLength(3_000_000);
    expect(endOf(steps).kind).toBe("done");
  });

  test("is asked for the conversation again, where it keeps them", async () => {
    const loads = await stage({ manner: { capabilities: { loadSession: true } } });
    await loads.turn("first");
    await loads.act({ exit: 1 });
    loads.desk.script = [{ say: "I remember." }];
    expect(textIn(await loads.turn("again", { history }))).toBe("I remember.");
    expect(promptText(loads.desk.of("prompt").at(-1) as AgentEvent)).toBe("again");
    expect((await loads.desk.heard("load"))["sessionId"]).toBe(loads.desk.of("prompt")[0]?.["sessionId"]);

    const resumes = await stage({ manner: { capabilities: { loadSession: true, sessionCapabilities: { resume: {} } } } });
    await resumes.turn("first");
    await resumes.act({ exit: 1 });
    resumes.desk.script = [];
    await resumes.turn("again", { history });
    expect([resumes.desk.of("resume").length, resumes.desk.of("load").length]).toEqual([1, 0]);

    const forgets = await stage({ manner: { capabilities: { loadSession: true }, forgets: true } });
    await forgets.turn("first");
    await forgets.act({ exit: 1 });
    forgets.desk.script = [];
    await forgets.turn("again", { history });
    expect(promptText(forgets.desk.of("prompt").at(-1) as AgentEvent)).toContain("My name is Ada.");
  });

  test("three times within a minute rests, and tries again when the time has come", async () => {
    const { turn, desk, clock } = await stage({ manner: { endsAtOnce: 3, says: "no such model" } });
    for (let at = 0; at < 3; at += 1) {
      expect(endOf(await turn("hi"))).toMatchObject({ failure: { reason: "network", message: expect.stringMatching(/\(exit code 3\)\. It said: "no such model"$/u) } });
      clock.advance(1_000);
    }
    const resting = endOf(await turn("hi"));
    expect(resting).toMatchObject({ failure: { reason: "network", message: expect.stringMatching(/keeps ending: the next try is in 29 s\.$/u), retryAfterMs: 29_000 } });
    clock.advance(28_999);
    expect(endOf(await turn("hi"))).toMatchObject({ failure: { retryAfterMs: 1 } });
    clock.advance(1);
    expect(endOf(await turn("hi"))).toMatchObject({ failure: { message: expect.stringContaining("exit code 3") } });
    expect(endOf(await turn("hi"))).toMatchObject({ failure: { retryAfterMs: 60_000 } });
    expect(desk.events).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("the rest grows to ten minutes, and is over with a turn that worked", () => {
    const watch = new CrashWatch();
    let now = epochMs(0);
    const waits = Array.from({ length: 9 }, () => {
      watch.died(now);
      const wait = watch.waitMs(now);
      now = after(now, wait);
      return wait;
    });
    expect(waits).toEqual([0, 0, 30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
    watch.worked();
    expect(watch.waitMs(now)).toBe(0);
    watch.died(after(now, 120_000));
    expect(watch.waitMs(after(now, 120_000))).toBe(0);
  });
});

describe("an agent that cannot be had", () => {
  const endFor = async (given: Given, drive?: (staged: Awaited<ReturnType<typeof stage>>) => Promise<void>) => {
    const staged = await stage(given);
    const run = staged.turn("hi");
    await drive?.(staged);
    const end = endOf(await run);
    return end.kind === "failed" ? end.failure : end;
  };

  test("each reason has its sentence, which names the key to set", async () => {
    const plain = join(await folder(), "agent");
    await writeFile(plain, "not a program");
    await chmod(plain, 0o644);
    expect(await endFor({ command: "no-such-agent-anywhere" })).toMatchObject({ reason: "not_configured", message: 'The agent "no-such-agent-anywhere" was not found: check agents.defaults.acp.command.' });
    expect(await endFor({ command: plain })).toMatchObject({ reason: "not_configured", message: expect.stringContaining("EACCES") });
    expect(await endFor({ args: ["a\0b"] })).toMatchObject({ reason: "not_configured", message: expect.stringContaining(".args") });
    expect(await endFor({ cwd: "/no/such/folder" })).toMatchObject({ reason: "not_configured", message: expect.stringContaining("agents.defaults.acp.cwd") });
    expect(await endFor({ cwd: "relative" })).toMatchObject({ reason: "not_configured", message: expect.stringContaining("agents.defaults.acp.cwd") });
    expect(await endFor({ manner: { protocolVersion: 2 } })).toMatchObject({ reason: "not_configured", message: expect.stringContaining("version 1") });
    expect(await endFor({ manner: { wantsLogin: true } })).toMatchObject({ reason: "auth", message: expect.stringContaining("agents.defaults.acp.env") });
    const none = new AcpRuntime({ config: undefined, clock: new HandClock(), workspace: "/none" });
    expect([none.configured, none.models()]).toEqual([false, []]);
    expect(endOf(await collect(none.run(turnOf("hi"), never)))).toMatchObject({ failure: { reason: "not_configured", message: expect.stringContaining("agents.defaults.acp.command") } });
    await none.close();
  });

  test("one that never gets ready is given up, and ended", async () => {
    expect(await endFor({ manner: { neverGreets: true }, startupTimeoutMs: 5_000 }, async ({ desk, clock }) => {
      await desk.heard("initialize");
      clock.advance(5_000);
    })).toMatchObject({ reason: "timeout", message: expect.stringContaining("agents.defaults.acp.startupTimeoutMs") });
    const staged = await stage({ manner: { neverOpens: true } });
    const run = staged.turn("hi");
    const { pid } = await staged.desk.heard("started");
    await staged.desk.heard("new");
    staged.clock.advance(60_000);
    expect(endOf(await run)).toMatchObject({ failure: { reason: "timeout" } });
    await staged.runtime.close();
    expect(isRunning(pid)).toBe(false);
  });

  test("its own errors are told, cut; a conversation it has lost begins anew", async () => {
    const { act, desk, turn } = await stage();
    const end = endOf(await act({ fail: { code: -32_603, message: `Over quota\nfor Bearer abcdefghijkl ${"x".repeat(500)}` } }));
    expect(end).toMatchObject({ failure: { reason: "unknown", message: expect.stringMatching(/It said: "Over quota for \[redacted\] x+…"$/u) } });
    expect(endOf(await act({ fail: { code: -32_002, message: "Resource not found" } }))).toMatchObject({ failure: { message: expect.stringContaining("send the message again") } });
    desk.script = [];
    await turn("again", { history });
    expect(promptText(desk.of("prompt").at(-1) as AgentEvent)).toContain("My name is Ada.");
  });
});

describe("what it is given, and what it may not do", () => {
  test("an environment without the gateway's own, its arguments as they are, and no shell", async () => {
    const cwd = await folder();
    const { turn, desk, runtime } = await stage({ cwd, args: [AGENT, "$(touch pwned)", "; touch pwned", "a b"], env: { OWN: "1", OPENCLAW_X: "no", clawdbot_y: "no" } });
    await turn("hi");
    const started = await desk.heard("started");
    expect(started["argv"]).toEqual(["$(touch pwned)", "; touch pwned", "a b"]);
    expect(started["cwd"]).toBe(cwd);
    expect(await readdir(cwd)).toEqual([]);
    expect(Object.keys(started["env"] as object).toSorted()).toEqual(["ACP_DESK", "HOME", "LANG", "OWN", "PATH"]);
    expect(runtime.models()).toEqual([{ id: "node", name: "node", provider: "acp" }]);
    expect(agentEnvironment({ PATH: "/bin", AWS_SECRET: "x", NODE_OPTIONS: "x" })).toEqual({ PATH: "/bin" });
  });

  test("nothing it writes reaches the console, and garbage between its messages is passed over", async () => {
    const printed: unknown[] = [];
    const before = { error: console.error, warn: console.warn, log: console.log };
    const print = (...given: unknown[]): void => { printed.push(given); };
    Object.assign(console, { error: print, warn: print, log: print });
    try {
      const { act } = await stage();
      const steps = await act(
        { complain: "on standard error\n" }, { raw: "Starting up…\n\n[1,2]\n\"x\"\nnull\n{}\n" },
        { raw: '{"jsonrpc":"2.0","id":999,"result":1}\n{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}\n{"result":1}\n{"jsonrpc":"2.0","method":"session/update","params":7}\n{"jsonrpc":"2.0","method":"session/update"}\n{"jsonrpc":"2.0","method":"elicitation/complete","params":{}}\n{"method":5,"id":[]}\n' },
        { say: "Fine." },
      );
      expect(textIn(steps)).toBe("Fine.");
      expect(endOf(steps).kind).toBe("done");
    } finally {
      Object.assign(console, before);
    }
    expect(printed).toEqual([]);
  });

  test("a message without end, and an answer without end", async () => {
    const { act, desk } = await stage();
    expect(endOf(await act({ raw: "x".repeat(17 * 1024 * 1024) }, { hang: true }))).toMatchObject({ failure: { reason: "network", message: expect.stringContaining("cannot be read") } });
    const endless = await act(...Array.from({ length: 20 }, () => ({ say: "y".repeat(500_000) })), { stall: true });
    expect(endOf(endless)).toMatchObject({ failure: { reason: "unknown", message: expect.stringContaining("more than an answer can hold") } });
    await desk.heard("cancel");
    expect(textIn(endless).length).toBeLessThanOrEqual(8 * 1024 * 1024);
  });

  test("of what it says last, only a line is kept", () => {
    const words = new LastWords();
    expect(words.line()).toBe("");
    for (let at = 0; at < 500; at += 1) words.hear(Buffer.from(`line ${at} ${"z".repeat(100)}\n`));
    words.hear(Buffer.from("the \u202Elast\r\n  \n"));
    expect(cleanText(words.line(), [])).toBe("the last");
    words.hear(Buffer.alloc(1_000_000, "q"));
    expect(cleanText(words.line(), [])).toHaveLength(200);
  });
});

describe("behind a gateway, to a client", () => {
  async function behind(given: Pick<AcpConfig, "permissions"> = {}) {
    const desk = await AcpDesk.open();
    cleanUps.push(() => desk.close());
    const config = { command: process.execPath, args: [AGENT], env: { ACP_DESK: String(desk.port) }, ...given };
    const gateway = createGateway({ auth: { token: "secret" }, agent: new AcpRuntime({ config, clock: new SystemClock(), workspace: await folder() }) });
    const transport = new MemoryTransport();
    await gateway.serve(transport);
    cleanUps.push(() => gateway.close());
    const client = new TestClient(transport.connect({ address: "127.0.0.1" }));
    await client.connect({ device: new TestDevice("laptop"), scopes: ["operator.read", "operator.write"], caps: ["tool-events"], auth: { token: "secret" } });
    let keys = 0;
    /** Both answers of a run: accepted, then its end. */
    const run = async (message: string): Promise<{ runId: string; end: Promise<ResponseFrame> }> => {
      const id = client.ask("agent", { message, sessionKey: "main", idempotencyKey: `key ${(keys += 1)}` });
      const { runId } = payloadOf<{ runId: string }>(await client.response(id));
      return { runId, end: client.response(id) };
    };
    const told = (runId: string, stream: string): unknown[] =>
      client.heard("agent").map(({ payload }) => payload as { runId: string; stream: string; data: unknown }).filter((one) => one.runId === runId && one.stream === stream).map(({ data }) => data);
    return { desk, gateway, client, run, told };
  }

  test("its tools are told from start to end, what the policy allows is allowed, and what it does not is a denied tool of the run", async () => {
    const { desk, run, told } = await behind({ permissions: { allow: ["read"] } });
    desk.script = [
      toolCall({ kind: "read", title: "Read notes.txt", rawInput: { path: "notes.txt" } }), { ask: { toolCall: { toolCallId: "t1", kind: "read" }, options: OPTIONS } },
      toolUpdate({ status: "completed", rawOutput: "Buy milk." }),
      { ask: { toolCall: { toolCallId: "t2", kind: "execute", title: "Run rm" }, options: OPTIONS } }, { say: "Read, not run." },
    ];
    const { runId, end } = await run("go");
    expect(await end).toMatchObject({ ok: true, payload: { status: "ok", result: { payloads: [{ text: "Read, not run." }] } } });
    await desk.heard("permission", 2);
    expect(desk.of("permission").map((one) => one["outcome"])).toEqual(["yes", "no"].map((optionId) => ({ outcome: "selected", optionId })));
    expect(told(runId, "tool")).toEqual([
      expect.objectContaining({ phase: "start", name: "read", toolCallId: "t1", args: { title: "Read notes.txt", input: { path: "notes.txt" } } }),
      expect.objectContaining({ phase: "result", name: "read", toolCallId: "t1", isError: false, result: "Buy milk." }),
      expect.objectContaining({ phase: "start", name: "execute", toolCallId: "t2" }),
      expect.objectContaining({ phase: "result", name: "execute", toolCallId: "t2", isError: true, result: expect.stringContaining("Not allowed") }),
    ]);
  });

  test("chat.abort stops the agent's turn, and the next one finds the same agent", async () => {
    const { desk, client, run } = await behind();
    desk.script = [{ say: "Thinking" }, { stall: true }];
    const { runId, end } = await run("go");
    await client.nextEvent("agent", ({ payload }) => (payload as { stream: string }).stream === "assistant");
    expect(await client.call("chat.abort", { sessionKey: "main", runId })).toMatchObject({ ok: true, aborted: true, runIds: [runId] });
    expect((await desk.heard("cancel"))["sessionId"]).toBe((await desk.heard("prompt"))["sessionId"]);
    expect((await end).payload).toMatchObject({ runId, summary: "aborted" });
    desk.script = [{ say: "Hello." }];
    expect((await (await run("again")).end).payload).toMatchObject({ status: "ok", result: { payloads: [{ text: "Hello." }] } });
    expect(desk.of("started")).toHaveLength(1);
  });

  test("a crash fails the run with what the agent said, and the next message starts it anew with what was said before", async () => {
    const { desk, run, told } = await behind();
    desk.script = [{ say: "One moment" }, { complain: "out of memory\n" }, { exit: 9 }];
    const { runId, end } = await run("My name is Ada.");
    expect(await end).toMatchObject({ ok: false, error: { message: expect.stringContaining('ended in the middle (exit code 9). It said: "out of memory"') }, payload: { status: "error" } });
    expect(told(runId, "lifecycle").at(-1)).toMatchObject({ phase: "error", error: expect.stringContaining("exit code 9") });
    desk.script = [{ say: "Hello Ada." }];
    expect((await (await run("again")).end).payload).toMatchObject({ status: "ok", result: { payloads: [{ text: "Hello Ada." }] } });
    const [first, second] = desk.of("started").map((one) => one["pid"]);
    expect([isRunning(first), isRunning(second)]).toEqual([false, true]);
    expect(promptText(desk.of("prompt").at(-1) as AgentEvent)).toContain("User: My name is Ada.");
  });
});

describe("close", () => {
  test("ends the agent and what it started, the turns with it, and leaves nothing", async () => {
    const { runtime, desk, clock } = await stage();
    desk.script = [{ leave: true }, { say: "x" }, { stall: true }];
    const run = collect(runtime.run(turnOf("go"), never));
    const { pid } = await desk.heard("started");
    await desk.heard("prompt");
    // It resolves when the agent's output is closed, which whatever it started holds open too.
    await Promise.all([runtime.close(), runtime.close()]);
    expect(isRunning(pid)).toBe(false);
    expect(endOf(await run)).toMatchObject({ failure: { reason: "aborted", message: expect.stringContaining("gateway is ending") } });
    expect(endOf(await collect(runtime.run(turnOf("late"), never)))).toMatchObject({ failure: { reason: "aborted" } });
    expect(desk.of("started")).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  test("does not wait for one that will not listen longer than two seconds", async () => {
    const { runtime, desk, clock } = await stage({ manner: { ignoresSigterm: true } });
    desk.script = [{ hang: true }];
    const run = collect(runtime.run(turnOf("go"), never));
    const { pid } = await desk.heard("started");
    await desk.heard("prompt");
    const closed = runtime.close();
    await clock.pass(1_999);
    expect(isRunning(pid)).toBe(true);
    await clock.pass(1);
    await closed;
    expect(endOf(await run)).toMatchObject({ failure: { reason: "aborted" } });
    expect(isRunning(pid)).toBe(false);
    expect(clock.pending).toBe(0);
  });

  test("of a gateway closes its agent's runtime", async () => {
    const desk = await AcpDesk.open();
    cleanUps.push(() => desk.close());
    const config = { command: process.execPath, args: [AGENT], env: { ACP_DESK: String(desk.port) } };
    const gateway = createGateway({ agent: new AcpRuntime({ config, clock: new SystemClock(), workspace: await folder() }) });
    desk.script = [toolCall({ kind: "read", status: "completed", rawOutput: "x" }), { say: "Hello " }, { say: "Ada." }];
    const events = gateway.events("agent");
    const { runId } = await gateway.call("agent", { message: "hi", sessionKey: "main", idempotencyKey: "k1" }) as { runId: string };
    const streams: string[] = [];
    for await (const { stream, data } of events) {
      streams.push(stream);
      if (stream === "lifecycle" && (data as { phase: string }).phase === "end") break;
    }
    expect(runId).toEqual(expect.any(String));
    expect(streams).toEqual(["lifecycle", "lifecycle", "tool", "tool", "assistant", "assistant", "lifecycle"]);
    const { pid } = await desk.heard("started");
    await gateway.close();
    expect(isRunning(pid)).toBe(false);
  });

  test("also ends one that is just starting, and costs nothing where none was started", async () => {
    const { runtime, desk } = await stage({ manner: { neverGreets: true } });
    const run = collect(runtime.run(turnOf("go"), never));
    const { pid } = await desk.heard("initialize").then(() => desk.heard("started"));
    await runtime.close();
    expect(endOf(await run)).toMatchObject({ failure: { reason: "aborted" } });
    expect(isRunning(pid)).toBe(false);
    await (await stage()).runtime.close();
  });
});
