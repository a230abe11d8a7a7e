import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ScriptStep } from "../../src/adapters/agent/scripted/index.js";
import { createTestGateway, type TestGateway } from "../../src/testing/test-gateway.js";
import { answer, DESK, household, idOf, type Guest } from "../support/nodes.js";

const SCREEN = { ...DESK, caps: ["canvas"], commands: ["canvas.present", "canvas.snapshot", "canvas.a2ui.pushJSONL"] } as const;

let stateDir: string;
let gateway: TestGateway;
let steps: ScriptStep[];

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "gateway-"));
  gateway = await createTestGateway({ stateDir, script: () => steps, settings: { tools: { allow: ["*"], deny: ["node_invoke"] } } });
});

afterEach(async () => {
  const closed = gateway.close();
  await gateway.pass(20_000);
  await closed;
  await rm(stateDir, { recursive: true });
});

let runs = 0;

/** What the agent hears of a tool that it calls; `meanwhile` plays the node. */
async function use(owner: Guest, tool: string, args: unknown, meanwhile?: () => Promise<unknown>): Promise<{ result: unknown; isError: boolean }> {
  steps = [{ kind: "call", tool, args }, { kind: "say", text: "done" }];
  const run = `run-${(runs += 1)}`;
  await owner.call("chat.send", { sessionKey: "main", message: "go", idempotencyKey: run });
  await meanwhile?.();
  const { payload } = await owner.nextEvent("agent", (event) => {
    const { runId, stream, data } = event.payload as { runId: string; stream: string; data: { phase?: string } };
    return runId === run && stream === "tool" && data.phase === "result";
  });
  await owner.nextEvent("chat", (event) => (event.payload as { runId: string; state: string }).runId === run && (event.payload as { state: string }).state === "final");
  const { result, isError } = (payload as { data: { result: unknown; isError: boolean } }).data;
  return { result, isError };
}

const owned = () => gateway.connect({ device: "owner", caps: ["tool-events"] });

describe("an agent's tools for the canvas's files", () => {
  test("a page is written, listed, read, and removed", async () => {
    const owner = await owned();
    expect(await use(owner, "canvas_files", { action: "write", path: "/charts/may.html", content: "<h1>May</h1>" })).toEqual({ isError: false, result: { written: "charts/may.html", url: "/charts/may.html" } });
    expect(await readFile(join(stateDir, "canvas", "charts", "may.html"), "utf8")).toBe("<h1>May</h1>");
    expect((await use(owner, "canvas_files", { action: "list" })).result).toEqual({ files: [{ path: "charts/may.html", bytes: 12 }] });
    expect((await use(owner, "canvas_files", { action: "read", path: "charts/may.html" })).result).toEqual({ content: "<h1>May</h1>" });
    expect((await use(owner, "canvas_files", { action: "remove", path: "charts/may.html" })).isError).toBe(false);
    expect((await use(owner, "canvas_files", { action: "read", path: "charts/may.html" })).isError).toBe(true);
  });

  test.each(["../openclaw.json", ".hidden", "a/../../b", "a\\b", "", "%2e%2e/x", "/etc/..", "con"])("no path leads out of its folder: %j", async (path) => {
    const { result, isError } = await use(await owned(), "canvas_files", { action: "write", path, content: "x" });
    expect([isError, result]).toEqual([true, expect.stringContaining("path names a file")]);
  });
});

describe("an agent's tools for nodes", () => {
  test("say which there are and what they can do", async () => {
    await household(gateway, SCREEN, "desk");
    const { result } = await use(await owned(), "nodes_list", {});
    expect(result).toEqual({ nodes: [expect.objectContaining({ nodeId: idOf("desk"), displayName: "desk", connected: true, commands: [...SCREEN.commands].sort() })] });
  });

  test("show a page on the only node that can", async () => {
    const { node } = await household(gateway, SCREEN, "desk");
    const { result } = await use(await owned(), "canvas", { action: "present", url: "/board.html" }, async () => {
      expect(await answer(node, { ok: true })).toMatchObject({ command: "canvas.present", paramsJSON: '{"url":"/board.html"}' });
    });
    expect(result).toMatchObject({ nodeId: idOf("desk"), payload: { ok: true } });
  });

  test("give a picture to the model alone", async () => {
    const { node } = await household(gateway, SCREEN, "desk");
    const { result } = await use(await owned(), "canvas", { action: "snapshot" }, () => answer(node, { format: "png", base64: "aVZC", width: 2 }));
    expect(result).toEqual({ nodeId: idOf("desk"), command: "canvas.snapshot", payload: { format: "png", width: 2 } });
  });

  test("tell by line what is wrong with a surface, before anything is sent", async () => {
    await household(gateway, SCREEN, "desk");
    const { result } = await use(await owned(), "canvas", { action: "a2ui_push", jsonl: '{"deleteSurface":{"surfaceId":"main"}}\n{"createSurface":{}}' });
    expect(result).toMatch(/^Line 2, createSurface: /);
  });

  test.each([
    ["an action that there is not", { action: "toString" }, "action is one of present"],
    ["a command that no node has", { action: "eval", javaScript: "1" }, "No node that is connected can do canvas.eval."],
    ["a node that there is not", { action: "hide", nodeId: "attic" }, "There is no such node. There are: desk"],
  ])("refuse %s, and say what there is", async (_, args, reason) => {
    await household(gateway, SCREEN, "desk");
    const { result, isError } = await use(await owned(), "canvas", args);
    expect([isError, result]).toEqual([true, expect.stringContaining(reason)]);
  });

  test("are not offered where the operator denies them", async () => {
    expect((await use(await owned(), "node_invoke", {})).result).toBe('There is no tool named "node_invoke".');
  });
});
