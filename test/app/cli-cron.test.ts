import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ScriptedRuntime } from "../../src/adapters/agent/scripted/index.js";
import type { CliIo } from "../../src/app/cli/io.js";
import { main } from "../../src/app/cli/main.js";
import { checkConfig } from "../../src/app/compose/daemon-parts.js";
import { createGateway, type Gateway } from "../../src/app/compose/create-gateway.js";

let home: string;
let port: number;
let gateway: Gateway;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "cli-cron-"));
  gateway = createGateway({ auth: { token: "t" }, agent: new ScriptedRuntime([{ kind: "say", text: "It rains.\u001b[2J" }]) });
  ({ port } = await gateway.listen({ port: 0 }));
});

afterEach(async () => {
  await gateway.close();
  await rm(home, { recursive: true, force: true });
});

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let [out, err] = ["", ""];
  const io: CliIo = {
    stdout: { write: (text) => void (out += text) },
    stderr: { write: (text) => void (err += text) },
    env: { OPENCLAW_STATE_DIR: join(home, "state"), OPENCLAW_GATEWAY_PORT: String(port), OPENCLAW_GATEWAY_TOKEN: "t" },
    home,
    now: () => Date.now(),
    onInterrupt: () => () => undefined,
    loadDaemon: async () => ({ runDaemon: async () => 1, checkConfig }),
  };
  const code = await main(argv, io);
  return { code, out, err };
}

async function json<T = Record<string, unknown>>(...argv: readonly string[]): Promise<T> {
  const { code, out, err } = await run(...argv, "--json");
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as T;
}

describe("wrong usage is 2, and says why", () => {
  test.each([
    [["cron", "add"], "--name"],
    [["cron", "add", "--name", "n", "--message", "m"], "Say when"],
    [["cron", "add", "--name", "n", "--every", "1h"], "Say what"],
    [["cron", "add", "--name", "n", "--every", "1h", "--at", "20m", "--message", "m"], "in one way"],
    [["cron", "add", "--name", "n", "--every", "hourly", "--message", "m"], "a duration"],
    [["cron", "add", "--name", "n", "--every", "0m", "--message", "m"], "a duration"],
    [["cron", "add", "--name", "n", "--every", "1h", "--tz", "UTC", "--message", "m"], "belong to --cron"],
    [["cron", "add", "--name", "n", "--every", "1h", "--message", "m", "--system-event", "t"], "not both"],
    [["cron", "add", "--name", "n", "--every", "1h", "--message", "m", "--wake", "later"], "now, next-heartbeat"],
    [["cron", "edit", "x"], "Say what to change"],
    [["cron", "rm"], "missing required argument"],
    [["cron", "nonsense"], "too many arguments"],
    [["system", "event"], "--text"],
    [["wake", "--text", "x", "--mode", "soon"], "now, next-heartbeat"],
  ])("%j", async (argv, words) => {
    const { code, err } = await run(...argv);
    expect([code, err]).toEqual([2, expect.stringContaining(words)]);
  });
});

test("a job is added, listed, changed, run, looked up, switched off and on, and removed", async () => {
  expect((await run("cron", "list")).out).toContain("No jobs.");
  const added = await json<{ id: string }>("cron", "add", "--name", "Brief", "--cron", "0 7 * * 1-5", "--tz", "Europe/Oslo", "--message", "Sum up.", "--model", "scripted/scripted", "--announce", "--channel", "webchat", "--to", "main", "--wake", "next-heartbeat", "--post-prefix", "Brief", "--post-mode", "full", "--post-max-chars", "500");
  expect(added).toMatchObject({
    name: "Brief", schedule: { kind: "cron", expr: "0 7 * * 1-5", tz: "Europe/Oslo" }, sessionTarget: "isolated", wakeMode: "next-heartbeat", delivery: { mode: "announce", channel: "webchat", to: "main" },
    payload: { kind: "agentTurn", message: "Sum up.", model: "scripted/scripted" }, isolation: { postToMainPrefix: "Brief", postToMainMode: "full", postToMainMaxChars: 500 },
  });
  const { id } = added;
  expect((await run("cron", "list")).out).toMatch(/^ID +NAME +WHEN +NEXT[^\n]*\n[0-9a-f-]{36} +Brief +0 7 \* \* 1-5 Europe\/Oslo +in \d+ (?:min|h|d) +- +- +isolated +-\n$/);
  expect((await run("cron", "status")).out).toMatch(/^Jobs run by the clock: 1, in memory\. The next one is due at 20\d\d-/);
  expect(await json("cron", "edit", id, "--every", "2h", "--no-deliver", "--thinking", "low")).toMatchObject({ schedule: { kind: "every", everyMs: 7_200_000 }, delivery: { mode: "none" }, payload: { message: "Sum up.", thinking: "low" } });
  expect((await run("cron", "run", id, "--due")).out).toBe("It is not due.\n");
  expect((await run("cron", "run", id)).out).toBe(`It runs. See what came of it with: openclaw cron runs ${id}\n`);
  while ((await gateway.call("cron.runs", { id })).entries.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const { out } = await run("cron", "runs", id);
  expect(out).toMatch(/^DUE +BEGAN +TOOK +RESULT +WHAT CAME OF IT\nby hand +\d+ s ago +\d+ s +ok +It rains\./);
  // oxlint-disable-next-line no-control-regex -- the point of the test
  expect(out).not.toMatch(/[\u001b]/);
  expect((await json<{ entries: unknown[] }>("cron", "runs", "--id", id, "--limit", "1")).entries).toHaveLength(1);
  expect((await run("cron", "disable", id)).out).toContain(" off ");
  expect((await run("cron", "list")).out).toContain("No jobs.");
  expect((await run("cron", "list", "--all")).out).toContain("Brief");
  expect(await json("cron", "enable", id)).toMatchObject({ enabled: true });
  expect((await run("cron", "rm", id)).out).toBe("The job is gone.\n");
  expect((await run("cron", "remove", id)).out).toBe("There was no such job.\n");
});

test("a reminder in so many minutes, or at a moment", async () => {
  const before = Date.now();
  const soon = await json<{ schedule: { atMs: number } }>("cron", "create", "--name", "Tea", "--at", "20m", "--system-event", "Tea is ready.", "--keep-after-run", "--disabled");
  expect(soon).toMatchObject({ sessionTarget: "main", deleteAfterRun: false, enabled: false, payload: { kind: "systemEvent", text: "Tea is ready." } });
  expect(Math.abs(soon.schedule.atMs - before - 20 * 60_000)).toBeLessThan(60_000);
  expect(await json("cron", "add", "--name", "New year", "--at", "2099-01-01T00:00:00+01:00", "--system-event", "Happy new year!")).toMatchObject({ schedule: { at: "2098-12-31T23:00:00.000Z" }, deleteAfterRun: true });
  const { code, err } = await run("cron", "add", "--name", "Old", "--at", "2001-01-01", "--system-event", "x");
  expect([code, err]).toEqual([1, expect.stringContaining("schedule.at is in the past")]);
});

test("heartbeats and what the assistant is told", async () => {
  expect((await run("system", "heartbeat")).out).toBe("There was none since the gateway started.\n");
  expect((await run("system", "event", "--text", "The door bell.")).out).toBe("It hears of it with its next turn.\n");
  expect((await gateway.call("status", {})).queuedSystemEvents).toEqual(["The door bell."]);
  expect((await run("wake", "--text", "And again.", "--mode", "now")).out).toBe("It is told, and takes a turn.\n");
  while ((await gateway.call("last-heartbeat", {})) === null) await new Promise((resolve) => setImmediate(resolve));
  expect((await run("system", "heartbeat", "last")).out).toMatch(/^Last heartbeat: skipped, \d+ s ago; no-target; It rains\./);
  expect((await run("system", "heartbeat", "disable")).out).toContain("off until the gateway restarts");
  expect((await gateway.call("health", { probe: true })).agents[0]?.heartbeat.enabled).toBe(false);
  expect(await json("system", "heartbeat", "enable")).toEqual({ ok: true, enabled: true });
  expect((await run("system", "presence")).out).toMatch(/^HOST +MODE/);
});
