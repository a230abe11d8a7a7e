import { expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AcpRuntime } from "../../src/adapters/agent/acp/index.js";
import { EchoRuntime } from "../../src/adapters/agent/echo/index.js";
import { ModelRuntime } from "../../src/adapters/agent/model/index.js";
import { Gate, ScriptedRuntime } from "../../src/adapters/agent/scripted/index.js";
import type { ScriptStep } from "../../src/adapters/agent/scripted/index.js";
import { epochMs } from "../../src/domain/moment.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { AcpDesk, AGENT } from "../stand-ins/acp-desk.js";
import { startAnthropicServer } from "../stand-ins/anthropic-server.js";
import type { ModelServer } from "../stand-ins/model-server.js";
import { startOpenAiServer } from "../stand-ins/openai-server.js";
import { agentRuntimeContract, collect, endOf, textIn, turnOf } from "../../src/testing/contracts/agent-runtime.js";
import type { AgentRuntimeStage, Behaviour } from "../../src/testing/contracts/agent-runtime.js";

const scriptOf = (behaviour: Behaviour): ScriptStep[] => {
  switch (behaviour.kind) {
    case "rate-limited":
      return [{ kind: "fail", failure: { reason: "rate_limit", message: "Try again later.", httpStatus: 429, retryAfterMs: behaviour.retryAfterS * 1000 } }];
    case "stall":
      return [...behaviour.words.map((text) => ({ kind: "say" as const, text })), { kind: "hang" }];
    case "call-then-answer":
      return [{ kind: "call", tool: behaviour.tool, args: behaviour.args }, ...behaviour.words.map((text) => ({ kind: "say" as const, text }))];
    case "answer":
      return behaviour.words.map((text) => ({ kind: "say" as const, text }));
  }
};

agentRuntimeContract("scripted", {
  start: () => {
    let script: ScriptStep[] = [];
    const runtime = new ScriptedRuntime(() => script);
    return Promise.resolve({
      runtime,
      behave: (behaviour) => { script = scriptOf(behaviour); },
      asked: () => 0,
      stop: () => Promise.resolve(),
    });
  },
});

agentRuntimeContract("echo", {
  lacks: ["script", "tools", "failures"],
  start: () => Promise.resolve({ runtime: new EchoRuntime(), behave: () => {}, asked: () => 0, stop: () => Promise.resolve() }),
});

const stageOver = async (start: () => Promise<ModelServer>, api: string): Promise<AgentRuntimeStage> => {
  const server = await start();
  const config = {
    agents: { defaults: { model: "local/test-model" } },
    models: { providers: { local: { baseUrl: server.url.replace(/\/anthropic\/v1$/u, "/anthropic"), api, apiKey: "test-key-0123456789" } } },
  };
  return {
    runtime: new ModelRuntime({ config: () => config, env: {}, clock: { now: () => epochMs(0), callAt: () => () => {} } }),
    behave: (behaviour) => {
      if (behaviour.kind === "answer") server.script({ kind: "text", words: behaviour.words });
      if (behaviour.kind === "stall") server.script(behaviour);
      if (behaviour.kind === "rate-limited") {
        server.script({ kind: "status", status: 429, headers: { "retry-after": String(behaviour.retryAfterS) }, body: { error: { message: "Slow down." } } });
      }
      if (behaviour.kind === "call-then-answer") {
        // The provider knows the tool by the name that it was sent.
        server.script(
          ({ body }) => ({ kind: "tools", calls: [{ id: "call_1", name: nameOfTool((body["tools"] as unknown[])[0]), args: behaviour.args }] }),
          ({ body }) => (JSON.stringify(body).includes("call_1") ? { kind: "text", words: behaviour.words } : { kind: "status", status: 400 }),
        );
      }
    },
    hungUp: async () => {
      const request = await server.arrived(0);
      await request.closed;
      if (!request.hungUp) throw new Error("The request was answered to its end");
    },
    asked: () => server.requests.length,
    stop: () => server.close(),
  };
};

const nameOfTool = (tool: unknown): string => {
  const { name, function: inner } = tool as { name?: string; function?: { name: string } };
  return name ?? inner?.name ?? "";
};

agentRuntimeContract("model, OpenAI chat completions", { start: () => stageOver(startOpenAiServer, "openai-completions") });
agentRuntimeContract("model, Anthropic messages", { start: () => stageOver(startAnthropicServer, "anthropic-messages") });

agentRuntimeContract("acp", {
  // The agent works with tools of its own, and the protocol has no word for a provider's limits.
  lacks: ["tools", "failures"],
  start: async () => {
    const desk = await AcpDesk.open();
    const workspace = await mkdtemp(join(tmpdir(), "acp-"));
    const config = { command: process.execPath, args: [AGENT], env: { ACP_DESK: String(desk.port) } };
    const runtime = new AcpRuntime({ config, clock: new HandClock(), workspace });
    return {
      runtime,
      behave: (behaviour) => {
        const words = "words" in behaviour ? behaviour.words.map((say) => ({ say })) : [];
        desk.script = behaviour.kind === "stall" ? [...words, { stall: true }] : words;
      },
      hungUp: async () => { await desk.heard("cancel"); },
      asked: () => desk.of("prompt").length,
      stop: async () => {
        await runtime.close();
        await desk.close();
        await rm(workspace, { recursive: true, force: true });
      },
    };
  },
});

const never = new AbortController().signal;

test("echo is honest: it repeats, says that no model is configured, and how to configure one", async () => {
  const runtime = new EchoRuntime();
  expect(runtime.configured).toBe(false);
  expect(runtime.models()).toEqual([]);
  const steps = await collect(runtime.run(turnOf("  hello there "), never));
  expect(textIn(steps)).toMatch(/^ {2}hello there \n\nNo model is configured[^]*agents\.defaults\.model[^]*openclaw config set models\.providers\./u);
  const long = await collect(runtime.run(turnOf("word ".repeat(20_000)), never));
  expect(long.length).toBeLessThan(300);
  expect(textIn(long).startsWith("word ".repeat(20_000))).toBe(true);
  expect(textIn(await collect(runtime.run(turnOf(""), never)))).toMatch(/^No model/u);
});

test("a script waits at its gate, makes its steps from the turn, and throws only when told to", async () => {
  const gate = new Gate();
  const runtime = new ScriptedRuntime((turn) => [
    { kind: "think", text: "Hm." }, { kind: "say", text: turn.message }, { kind: "wait", gate },
    { kind: "call", tool: "missing" }, { kind: "done", usage: { input: 1, output: 2, total: 3 } }, { kind: "say", text: "never" },
  ]);
  const kinds: string[] = [];
  const steps = await collect(runtime.run(turnOf("hi"), never), (step) => {
    kinds.push(step.kind);
    if (step.kind === "text") setImmediate(() => { kinds.push("opened"); gate.open(); });
  });
  expect(kinds).toEqual(["model", "thinking", "text", "opened", "tool-start", "tool-end", "done"]);
  expect(steps).toContainEqual(expect.objectContaining({ kind: "tool-end", callId: "call-1", isError: true }));
  expect(endOf(steps)).toMatchObject({ usage: { total: 3 } });
  expect(runtime.turns.map((turn) => turn.message)).toEqual(["hi"]);
  const crash = new ScriptedRuntime([{ kind: "crash", error: new Error("a bug") }]);
  await expect(collect(crash.run(turnOf("hi"), never))).rejects.toThrow("a bug");
});
