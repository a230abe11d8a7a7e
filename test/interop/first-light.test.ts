import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram, startDaemon, type Daemon } from "../support/daemon.js";
import { AcpDesk, AGENT } from "../stand-ins/acp-desk.js";
import { startOpenAiServer, type ModelServer } from "../stand-ins/openai-server.js";

describe("the daemon and the command line, as processes", () => {
  let daemon: Daemon;
  beforeAll(async () => {
    daemon = await startDaemon({ env: { OPENCLAW_GATEWAY_TOKEN: "a-token-for-tests" } });
  });
  afterAll(async () => {
    expect(await daemon.stop()).toBe(0);
  });

  test("the commands of the README: an answer streams, health is printed", async () => {
    const answer = await daemon.run("agent", "--message", "hello");
    expect(answer).toMatchObject({ code: 0, stderr: "" });
    expect(answer.stdout).toMatch(/^hello\n/);
    const health = await daemon.run("gateway", "call", "health", "--json");
    expect(JSON.parse(health.stdout)).toMatchObject({ ok: true, defaultAgentId: "main" });
  });

  test("answers /healthz and /readyz", async () => {
    for (const path of ["/healthz", "/readyz"]) {
      const response = await fetch(`http://127.0.0.1:${daemon.port}${path}`);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ ok: true });
    }
  });

  test("the log holds no secret, and the state folder no token that could be used", async () => {
    await daemon.run("devices", "list");
    expect(daemon.lines.join("\n")).not.toContain("a-token-for-tests");
    const paired = await readFile(join(daemon.stateDir, "devices", "paired.json"), "utf8");
    const cached = JSON.parse(await readFile(join(daemon.stateDir, "identity", "device-auth.json"), "utf8")) as { tokens: Record<string, { token: string }> };
    const token = cached.tokens["operator"]?.token ?? "missing";
    expect(token).toHaveLength(43);
    expect(paired).not.toContain(token);
  });

  test("a wrong token is refused with what to do", async () => {
    // A state folder of its own: the one of the other commands holds a device token that would open the door.
    const stateDir = await mkdtemp(join(tmpdir(), "client-"));
    const args = ["gateway", "call", "status", "--url", daemon.url, "--token", "wrong"];
    const result = await runProgram(args, { HOME: stateDir, OPENCLAW_STATE_DIR: stateDir });
    await rm(stateDir, { recursive: true });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("gateway.auth.token");
  });

  test("a second gateway on the same state folder names the first", async () => {
    const second = await runProgram(["gateway", "--port", "0"], { HOME: daemon.stateDir, OPENCLAW_STATE_DIR: daemon.stateDir });
    expect(second.code).toBe(75);
    expect(second.stderr).toContain(`pid ${daemon.pid}`);
  });
});

test("an agent of its own: the configuration names a program, which answers under its permissions and ends with the gateway", async () => {
  const desk = await AcpDesk.open();
  const acp = { command: process.execPath, args: [AGENT], env: { ACP_DESK: String(desk.port) }, permissions: { deny: ["read"] } };
  const daemon = await startDaemon({ config: { gateway: { mode: "local" }, agents: { defaults: { runtime: "acp", acp } } } });
  desk.script = [
    { ask: { toolCall: { toolCallId: "t1", kind: "read", title: "Read x" }, options: [{ optionId: "yes", name: "Yes", kind: "allow_once" }, { optionId: "no", name: "No", kind: "reject_once" }] } },
    { say: "I was not " }, { say: "allowed to read." },
  ];
  expect(await daemon.run("agent", "--message", "read x")).toMatchObject({ code: 0, stdout: expect.stringContaining("I was not allowed to read.") });
  expect((await desk.heard("permission"))["outcome"]).toEqual({ outcome: "selected", optionId: "no" });
  const { pid, cwd } = await desk.heard("started");
  expect(cwd).toBe(join(daemon.stateDir, "workspace"));
  expect(await daemon.stop()).toBe(0);
  expect(() => process.kill(Number(pid), 0)).toThrow();
  await desk.close();
});

test.each([
  ["a value of the wrong kind", { gateway: { port: "many" } }, "gateway.port"],
  ["a bind beyond this host without auth", { gateway: { bind: "lan" } }, "auth"],
])("exit 78 on %s", async (_name, config, named) => {
  const stateDir = await mkdtemp(join(tmpdir(), "gateway-"));
  await writeFile(join(stateDir, "openclaw.json"), JSON.stringify(config));
  const result = await runProgram(["gateway"], { HOME: stateDir, OPENCLAW_STATE_DIR: stateDir });
  await rm(stateDir, { recursive: true });
  expect(result.code).toBe(78);
  expect(result.stderr).toContain(named);
});

describe("a model's wire format, through the daemon", () => {
  let model: ModelServer;
  let daemon: Daemon;
  beforeAll(async () => {
    model = await startOpenAiServer();
    daemon = await startDaemon({
      config: {
        agents: { defaults: { model: "local/stand-in" } },
        models: { providers: { local: { baseUrl: model.url, apiKey: "sk-canary-key", models: [{ id: "stand-in" }] } } },
      },
    });
  });
  afterAll(async () => {
    expect(await daemon.stop()).toBe(0);
    await model.close();
  });

  test("a turn with a tool call: the tool runs, the model hears its result, the answer arrives and is kept", async () => {
    model.script(
      { kind: "tools", calls: [{ id: "call-1", name: "sessions_list", args: { limit: 5 } }], words: ["Let me ", "look."] },
      { kind: "text", words: ["There is ", "one ", "session."] },
    );
    const { code, stdout } = await daemon.run("agent", "--message", "how many sessions?", "--json");
    expect(code).toBe(0);
    expect(stdout).toContain("There is one session.");
    const second = model.requests[1]?.body as { messages: { role: string; content: unknown }[] };
    const toolResult = second.messages.find((message) => message.role === "tool");
    expect(JSON.stringify(toolResult?.content)).toContain("agent:main:main");
    const folder = join(daemon.stateDir, "agents", "main", "sessions");
    const transcripts = (await readdir(folder)).filter((name) => name.endsWith(".jsonl"));
    const kept = await readFile(join(folder, transcripts[0] ?? ""), "utf8");
    expect(kept).toContain("There is one session.");
    expect(kept).toContain("toolResult");
  });

  test("chat.abort in the middle hangs up on the provider and ends the run as aborted", async () => {
    const before = model.requests.length;
    model.script({ kind: "stall", words: ["Once ", "upon "] });
    const run = daemon.run("gateway", "call", "agent", "--expect-final", "--json", "--params", JSON.stringify({ message: "a long story", idempotencyKey: "abort-me" }));
    const request = await model.arrived(before);
    const aborted = await daemon.run("gateway", "call", "chat.abort", "--json", "--params", JSON.stringify({ sessionKey: "main", runId: "abort-me" }));
    expect(JSON.parse(aborted.stdout)).toEqual({ ok: true, aborted: true, runIds: ["abort-me"] });
    await request.closed;
    expect(request.hungUp).toBe(true);
    expect((await run).code).toBe(1);
    const waited = await daemon.run("gateway", "call", "agent.wait", "--json", "--params", JSON.stringify({ runId: "abort-me" }));
    expect(JSON.parse(waited.stdout)).toMatchObject({ status: "error", stopReason: "rpc" });
  });

  test("a 429 is an answer the person reads, without the key, and the next turn works", async () => {
    model.script({ kind: "status", status: 429, headers: { "retry-after": "7" }, body: { error: { message: "slow down, sk-canary-key" } } });
    const limited = await daemon.run("agent", "--message", "again");
    expect(limited.code).toBe(75);
    expect(limited.stderr).toContain("429");
    expect(limited.stdout + limited.stderr + daemon.lines.join("\n")).not.toContain("sk-canary-key");
    model.script({ kind: "text", words: ["Back ", "again."] });
    expect((await daemon.run("agent", "--message", "and now?")).stdout).toContain("Back again.");
  });
});
