import { afterEach, describe, expect, test } from "@jest/globals";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Gate, type Script } from "../../src/adapters/agent/scripted/index.js";
import { MemoryRecordStore } from "../../src/adapters/storage/memory/memory-record-store.js";
import { MemorySessionStore } from "../../src/adapters/storage/memory/memory-session-store.js";
import { DEFAULT_SETTINGS } from "../../src/domain/default-settings.js";
import { DEFAULT_POLICY } from "../../src/domain/messaging/policy.js";
import type { ParamsOf } from "../../src/domain/protocol/catalog.js";
import type { Job, RunEntry } from "../../src/domain/schedule/job.js";
import type { WaitingEvents } from "../../src/domain/schedule/waiting-events.js";
import type { Settings } from "../../src/domain/settings.js";
import { createTestGateway, MemoryLog, type TestGateway, type TestGatewayOptions } from "../../src/testing/index.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A Friday, on the minute. */
const START = Date.parse("2026-10-02T08:00:00Z");

let gateway: TestGateway | undefined;

afterEach(async () => {
  const closing = gateway?.close();
  await gateway?.pass(60_000);
  await closing;
  expect(gateway?.clock.pending ?? 0).toBe(0);
  gateway = undefined;
});

/** No heartbeat by the clock: what these tests look at is jobs. */
const quiet: Partial<Settings> = { heartbeat: { ...DEFAULT_SETTINGS.heartbeat, everyMs: 0, every: "0m" } };
const owned: Partial<Settings> = { ...quiet, channels: [{ channel: "memory", accountId: "default", policy: { ...DEFAULT_POLICY, allowFrom: ["ada"] } }] };

async function open({ settings = quiet, ...options }: TestGatewayOptions = {}): Promise<TestGateway> {
  return (gateway = await createTestGateway({ startAt: START, settings, ...options }));
}

type Wire = ParamsOf<"cron.add">;
const turn = (more: Partial<Wire> = {}): Wire => ({ name: "Brief", schedule: { kind: "every", everyMs: HOUR }, payload: { kind: "agentTurn", message: "Sum up." }, delivery: { mode: "none" }, ...more });
const reminder = (more: Partial<Wire> = {}): Wire => ({ name: "Plants", schedule: { kind: "at", atMs: START + 10 * MINUTE }, payload: { kind: "systemEvent", text: "Water the plants." }, ...more });
const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());

/** Stores that outlive a gateway. */
function disk() {
  const records = { cronJobs: new MemoryRecordStore<Job>(), cronRuns: new MemoryRecordStore<RunEntry>(), systemEvents: new MemoryRecordStore<WaitingEvents>() };
  return { records, sessions: new MemorySessionStore() };
}

describe("over the wire", () => {
  test.each([3, 4] as const)("protocol %s: added, listed, changed, run, looked up and removed, with an event for each", async (protocol) => {
    const { connect, pass, agent } = await open();
    const client = await connect({ protocol });
    const added = await client.call<{ id: string; state: object }>("cron.add", { ...turn(), schedule: { kind: "cron", expr: "30 9 * * 1-5", tz: "Europe/Vienna" }, sessionTarget: "isolated", wakeMode: "next-heartbeat" });
    expect(added).toMatchObject({ name: "Brief", enabled: true, schedule: { kind: "cron", expr: "30 9 * * 1-5", tz: "Europe/Vienna" }, state: { nextRunAtMs: Date.parse("2026-10-05T07:30:00Z") } });
    const { id } = added;
    expect(await client.call("cron.status")).toEqual({ enabled: true, storePath: "memory", jobs: 1, nextWakeAtMs: Date.parse("2026-10-05T07:30:00Z") });
    const names = [{ id }, { jobId: id }];
    for (const ref of names) {
      expect(await client.call("cron.update", { ...ref, patch: { enabled: false } })).toMatchObject({ enabled: false, state: {} });
      expect(await client.call("cron.run", { ...ref, mode: "if-enabled" })).toEqual({ ok: true, ran: false, reason: "disabled" });
      expect(await client.call("cron.run", { ...ref, mode: "due" })).toEqual({ ok: true, ran: false, reason: "not-due" });
    }
    expect((await client.call<{ jobs: unknown[] }>("cron.list")).jobs).toEqual([]);
    expect((await client.call<{ jobs: unknown[] }>("cron.list", { includeDisabled: true })).jobs).toHaveLength(1);
    expect(await client.call("cron.run", { id })).toEqual(protocol === 4 ? { ok: true, ran: true, runId: expect.any(String) } : { ok: true, ran: false, reason: "not-due" });
    if (protocol === 3) await client.call("cron.run", { jobId: id, mode: "force" });
    await pass(1_000);
    expect(agent.turns.map(({ message, sessionKey }) => [message, sessionKey])).toEqual([[`[cron:${id} Brief] Sum up.`, `agent:main:cron:${id}`]]);
    const { entries } = await client.call<{ entries: unknown[] }>("cron.runs", { id });
    expect(entries).toEqual([expect.objectContaining({ jobId: id, status: "ok", summary: "ok", trigger: "manual", runAtMs: START, durationMs: 0 })]);
    expect(await client.call("cron.remove", { jobId: id })).toEqual({ ok: true, removed: true });
    expect(await client.call("cron.remove", { id })).toEqual({ ok: true, removed: false });
    expect(client.heard("cron").map(({ payload }) => (payload as { action: string }).action)).toEqual(["added", "updated", "updated", "started", "finished", "removed"]);
    expect(client.heard("cron")[4]?.payload).toMatchObject({ jobId: id, status: "ok", summary: "ok", runAtMs: START, durationMs: 0 });
    for (const method of ["cron.update", "cron.run"]) {
      expect(await client.refusal(method, { id, ...(method === "cron.update" ? { patch: {} } : {}) })).toMatchObject({ code: "INVALID_REQUEST", details: { code: "CRON_JOB_NOT_FOUND" } });
      expect((await client.refusal(method, method === "cron.update" ? { patch: {} } : {})).message).toContain("name the job by id or jobId");
    }
  });

  test("runs are told newest first to protocol 4, oldest first to protocol 3, and of all jobs only to the former", async () => {
    const { connect, pass, call } = await open();
    const one = await call("cron.add", turn());
    const two = await call("cron.add", turn({ schedule: { kind: "every", everyMs: 2 * HOUR } }));
    await pass(4 * HOUR);
    const [older, newer] = [await connect({ protocol: 3 }), await connect({ protocol: 4 })];
    type Page = { entries: { scheduledAtMs: number; jobId: string }[]; total: number; nextOffset: number | null };
    const times = ({ entries }: Page) => entries.map(({ scheduledAtMs }) => (scheduledAtMs - START) / HOUR);
    expect(times(await older.call<Page>("cron.runs", { id: one.id }))).toEqual([1, 2, 3, 4]);
    expect(times(await newer.call<Page>("cron.runs", { id: one.id, limit: 2, offset: 1 }))).toEqual([3, 2]);
    expect((await newer.call<Page>("cron.runs")).entries.filter(({ jobId }) => jobId === two.id)).toHaveLength(2);
    expect((await older.refusal("cron.runs")).message).toContain("name the job");
    expect((await newer.refusal("cron.runs", { scope: "job" })).message).toContain("name the job");
  });

  test("a run by hand is answered when it has begun, and in protocol 3 when what came of it can be looked up", async () => {
    const gate = new Gate();
    const { connect, call, pass } = await open({ script: [{ kind: "wait", gate }, { kind: "say", text: "ok" }] });
    const { id } = await call("cron.add", turn());
    const [older, newer] = [await connect({ protocol: 3 }), await connect({ protocol: 4 })];
    const entries = async () => (await call("cron.runs", { id })).entries;
    let isAnswered = false;
    const answer = older.call("cron.run", { id, mode: "force" }).then(async (told) => [(isAnswered = true), told, await entries()]);
    await pass(MINUTE);
    expect([isAnswered, await entries()]).toEqual([false, []]);
    gate.open();
    await pass(MINUTE);
    expect(await answer).toEqual([true, { ok: true, ran: true, runId: expect.any(String) }, [expect.objectContaining({ status: "ok", summary: "ok" })]]);
    expect(await newer.call("cron.run", { id, mode: "force" })).toMatchObject({ ok: true, ran: true });
    await pass(MINUTE);
    expect(await entries()).toHaveLength(2);
  });

  test("runs may be looked for by how they ended, what they said, and by name", async () => {
    let turns = 0;
    const { call, pass } = await open({ script: () => ((turns += 1) === 2 ? [{ kind: "fail", failure: { reason: "unknown", message: "The oven is cold." } }] : [{ kind: "say", text: `answer ${turns}` }]) });
    const one = await call("cron.add", turn());
    await call("cron.add", turn({ schedule: { kind: "every", everyMs: 3 * HOUR } }));
    await pass(2 * HOUR);
    const found = async (ask: ParamsOf<"cron.runs">) => (await call("cron.runs", { id: one.id, ...ask })).entries.map(({ summary, error }) => summary ?? error);
    expect(await found({ sortDir: "asc" })).toEqual(["answer 1", "The oven is cold."]);
    expect([await found({ status: "ok" }), await found({ statuses: ["error", "skipped"] }), await found({ status: "all", query: " OVEN " })]).toEqual([["answer 1"], ["The oven is cold."], ["The oven is cold."]]);
    const [newest] = (await call("cron.runs", { id: one.id })).entries;
    expect(await found({ runId: newest?.runId ?? "" })).toEqual(["The oven is cold."]);
    await pass(HOUR);
    expect([(await found({})).length, (await found({ scope: "all" })).length]).toEqual([3, 4]);
  });

  test("who may only read changes nothing", async () => {
    const { connect } = await open();
    const reader = await connect({ scopes: ["operator.read", "operator.write"], device: "reader" });
    expect((await reader.call<{ jobs: unknown[] }>("cron.list")).jobs).toEqual([]);
    for (const [method, params] of [["cron.add", turn()], ["cron.update", { id: "x", patch: {} }], ["cron.remove", { id: "x" }], ["cron.run", { id: "x" }]] as const) {
      expect((await reader.refusal(method, params)).message).toContain("operator.admin");
    }
  });
});

describe("a turn of its own", () => {
  test("begins anew each time, is delivered, and told to the main session", async () => {
    const { call, pass, agent, channel } = await open({ script: [{ kind: "say", text: "Two meetings." }], settings: owned });
    const { id } = await call("cron.add", turn({ delivery: { mode: "announce", channel: "memory", to: "ada" }, payload: { kind: "agentTurn", message: "Sum up.", model: "scripted/scripted", thinking: "low" }, wakeMode: "next-heartbeat" }));
    await pass(2 * HOUR);
    expect(channel.texts).toEqual(["Two meetings.", "Two meetings."]);
    expect(agent.turns.map(({ history, thinking }) => [history.length, thinking])).toEqual([[0, "low"], [0, "low"]]);
    expect(new Set(agent.turns.map(({ sessionId }) => sessionId)).size).toBe(2);
    expect((await call("status", {})).queuedSystemEvents).toEqual(["Cron: Two meetings."]);
    const { entries } = await call("cron.runs", { id });
    expect(entries.map(({ status, delivered, scheduledAtMs }) => [status, delivered, iso(scheduledAtMs)])).toEqual([["ok", true, "2026-10-02T10:00:00.000Z"], ["ok", true, "2026-10-02T09:00:00.000Z"]]);
    const history = await call("chat.history", { sessionKey: `agent:main:cron:${id}` });
    expect(history.messages).toHaveLength(2);
  });

  test("without a recipient it goes where the owner was last heard from; what was delivered wakes nobody", async () => {
    const { call, pass, agent, channel } = await open({ script: ({ message }) => [{ kind: "say", text: message.startsWith("[cron:") ? "It rains." : "ok" }], settings: owned });
    await channel.say({ text: "good morning" });
    await pass(1_000);
    await call("cron.add", turn({ delivery: { mode: "announce" } }));
    await pass(HOUR);
    expect(channel.texts).toEqual(["ok", "It rains."]);
    expect(agent.turns).toHaveLength(2);
  });

  test("nobody to deliver to is an error that says so, unless a job does what it can", async () => {
    const { call, pass, agent } = await open({ script: [{ kind: "say", text: "It rains." }] });
    const strict = await call("cron.add", turn({ delivery: { mode: "announce" }, wakeMode: "next-heartbeat" }));
    const easy = await call("cron.add", turn({ delivery: { mode: "announce", bestEffort: true }, wakeMode: "next-heartbeat" }));
    await pass(HOUR);
    const [failed] = (await call("cron.runs", { id: strict.id })).entries;
    expect(failed).toMatchObject({ status: "error", error: expect.stringContaining("names no channel and recipient"), summary: "It rains.", delivered: false });
    expect((await call("cron.runs", { id: easy.id })).entries[0]).toMatchObject({ status: "ok", delivered: false });
    expect((await call("cron.get", { id: strict.id })).state).toMatchObject({ lastStatus: "error", lastRunStatus: "error", lastError: failed?.error });
    expect(agent.turns).toHaveLength(2);
  });

  test("what can't be delivered now is tried again, and in the end", async () => {
    const { call, pass, channel } = await open({ script: [{ kind: "say", text: "It rains." }] });
    for (let times = 0; times < 3; times += 1) channel.meetNext({ kind: "later", reason: "Slower, please.", retryAfterMs: 50_000, scope: "chat" });
    const { id } = await call("cron.add", turn({ schedule: { kind: "every", everyMs: 24 * HOUR }, delivery: { mode: "announce", channel: "memory", to: "ada" } }));
    await call("cron.run", { id });
    await pass(MINUTE);
    expect((await call("cron.runs", { id })).entries[0]).toMatchObject({ status: "ok", durationMs: 30_000 });
    expect(channel.texts).toEqual([]);
    await pass(5 * MINUTE);
    expect(channel.texts).toEqual(["It rains."]);
  });

  test("a word for nothing to tell is not delivered, and reported to nobody", async () => {
    const { call, pass, channel } = await open({ script: [{ kind: "say", text: "HEARTBEAT_OK" }] });
    const { id } = await call("cron.add", turn({ delivery: { mode: "announce", channel: "memory", to: "ada" } }));
    await pass(HOUR);
    expect([channel.texts, (await call("status", {})).queuedSystemEvents]).toEqual([[], []]);
    expect((await call("cron.runs", { id })).entries[0]).toMatchObject({ status: "ok" });
  });

  test("a turn that fails is an error in the log, and its main session hears of it", async () => {
    const failure = { reason: "rate_limit" as const, message: "The provider wants a pause." };
    const { call, pass } = await open({ script: [{ kind: "fail", failure }] });
    const { id } = await call("cron.add", turn({ delivery: { mode: "announce", channel: "memory", to: "ada" }, wakeMode: "next-heartbeat" }));
    await pass(HOUR);
    expect((await call("cron.runs", { id })).entries[0]).toMatchObject({ status: "error", error: failure.message });
    expect((await call("status", {})).queuedSystemEvents).toEqual([`Cron (error): Brief: ${failure.message}`]);
  });

  test("one that takes too long is ended; its own time wins over the usual one", async () => {
    const { call, pass } = await open({ script: [{ kind: "hang" }] });
    const { id } = await call("cron.add", turn({ payload: { kind: "agentTurn", message: "m", timeoutSeconds: 90 }, schedule: { kind: "every", everyMs: 24 * HOUR } }));
    await call("cron.run", { id });
    await pass(5 * MINUTE);
    expect((await call("cron.runs", { id })).entries[0]).toMatchObject({ status: "error", error: "The agent did not finish within 90 s.", durationMs: 90_000 });
  });

  test("a named session keeps what was said in it", async () => {
    const { call, pass, agent } = await open();
    await call("cron.add", turn({ sessionTarget: "session:trip" }));
    await pass(2 * HOUR);
    expect(agent.turns.map(({ sessionKey, history }) => [sessionKey, history.length])).toEqual([["agent:main:trip", 0], ["agent:main:trip", 2]]);
  });

  test("an agent that is gone is stood in for by the default one", async () => {
    const { records } = disk();
    const two = { ...quiet, agents: [{ id: "main", isDefault: true }, { id: "work", isDefault: false }] };
    const first = await open({ records, settings: two });
    await first.call("cron.add", turn({ agentId: "work" }));
    await first.pass(HOUR);
    expect(first.agent.turns[0]?.agentId).toBe("work");
    await first.close();
    const later = await open({ records, startAt: START + HOUR });
    await later.pass(HOUR);
    expect(later.agent.turns[0]?.agentId).toBe("main");
  });
});

describe("a reminder", () => {
  test("is told to the main session, which is woken and speaks up; it is gone afterwards, and so is what it left", async () => {
    const { call, pass, agent, channel } = await open({ script: [{ kind: "say", text: "Time to water the plants!" }], settings: owned });
    await channel.say({ text: "good morning" });
    await pass(1_000);
    const { id } = await call("cron.add", reminder());
    await pass(9 * MINUTE);
    expect(agent.turns).toHaveLength(1);
    await pass(2 * MINUTE);
    expect(agent.turns[1]?.systemPrompt).toContain("System event: Water the plants.");
    expect(agent.turns[1]?.sessionKey).toBe("agent:main:main");
    expect(channel.texts.at(-1)).toBe("Time to water the plants!");
    expect((await call("cron.list", { includeDisabled: true })).jobs).toEqual([]);
    expect((await call("cron.runs", { id })).entries).toEqual([expect.objectContaining({ status: "ok", summary: "Water the plants." })]);
    expect((await call("status", {})).queuedSystemEvents).toEqual([]);
  });

  test("for the next heartbeat it waits, and no restart loses it", async () => {
    const { records, sessions } = disk();
    const first = await open({ records, sessions });
    await first.call("cron.add", reminder({ wakeMode: "next-heartbeat" }));
    await first.pass(11 * MINUTE);
    expect(first.agent.turns).toHaveLength(0);
    await first.close();
    const later = await open({ records, sessions, startAt: START + 12 * MINUTE });
    await later.call("wake", { mode: "now", text: "and look around" });
    await later.pass(1_000);
    expect(later.agent.turns[0]?.systemPrompt).toMatch(/System event: Water the plants\.\n\nSystem event: and look around/);
  });

  test("that could not be read by a model waits for one that can", async () => {
    let isDown = true;
    const { call, pass, agent } = await open({ script: () => (isDown ? [{ kind: "fail", failure: { reason: "network", message: "The provider can't be reached." } }] : [{ kind: "say", text: "ok" }]) });
    await call("cron.add", reminder());
    await pass(11 * MINUTE);
    expect((await call("status", {})).queuedSystemEvents).toEqual(["Water the plants."]);
    isDown = false;
    await call("chat.send", { sessionKey: "main", message: "hello", idempotencyKey: "k" });
    await pass(1_000);
    expect(agent.turns.at(-1)?.systemPrompt).toContain("Water the plants.");
    expect((await call("status", {})).queuedSystemEvents).toEqual([]);
  });

  test("that failed stays, switched off", async () => {
    const { call, pass } = await open({ settings: { ...quiet, agents: [{ id: "main", isDefault: true }] } });
    const { id } = await call("cron.add", reminder({ sessionKey: "agent:nobody:main" }));
    await pass(11 * MINUTE);
    expect(await call("cron.get", { id })).toMatchObject({ enabled: false, state: { lastStatus: "error", lastError: expect.stringContaining("sessionKey") } });
  });
});

describe("the host and its clock", () => {
  test("a laptop that slept makes up for what it missed, once, and says so", async () => {
    const { call, pass, clock, agent } = await open();
    const { id } = await call("cron.add", turn());
    await pass(90 * MINUTE);
    clock.jump(5 * HOUR);
    await pass(MINUTE);
    const { entries } = await call("cron.runs", { id });
    expect(entries.map(({ scheduledAtMs, late, missed }) => [iso(scheduledAtMs), late, missed])).toEqual([["2026-10-02T14:00:00.000Z", true, 4], ["2026-10-02T09:00:00.000Z", undefined, undefined]]);
    expect(agent.turns).toHaveLength(2);
    expect(agent.turns[1]?.systemPrompt).toContain("This was due at 2026-10-02T14:00:00.000Z");
    await pass(HOUR);
    expect((await call("cron.runs", { id })).entries[0]).toMatchObject({ scheduledAtMs: START + 7 * HOUR });
    expect((await call("cron.runs", { id })).entries[0]).not.toHaveProperty("late");
  });

  test("a gateway that was off makes up for what it missed when it starts, and a reminder of that time is told late", async () => {
    const { records, sessions } = disk();
    const first = await open({ records, sessions });
    const { id } = await first.call("cron.add", turn());
    await first.call("cron.add", reminder());
    await first.close();
    const later = await open({ records, sessions, startAt: START + 150 * MINUTE });
    await later.pass(1_000);
    expect((await later.call("cron.runs", { id })).entries).toEqual([expect.objectContaining({ scheduledAtMs: START + 2 * HOUR, late: true, missed: 1 })]);
    expect(later.agent.turns.map(({ systemPrompt }) => systemPrompt).join()).toContain("Water the plants. (This was due at 2026-10-02T08:10:00.000Z");
  });

  test("a clock that is set back runs nothing twice; one that was wrong by days holds nothing up", async () => {
    const { call, pass, clock } = await open();
    const { id } = await call("cron.add", turn());
    await pass(3 * HOUR);
    clock.jump(-2 * HOUR);
    await pass(2 * HOUR - 1);
    const slots = async () => (await call("cron.runs", { id })).entries.map(({ scheduledAtMs = 0 }) => (scheduledAtMs - START) / HOUR).toReversed();
    expect(await slots()).toEqual([1, 2, 3]);
    clock.jump(100 * 24 * HOUR);
    await pass(MINUTE);
    expect((await slots()).at(-1)).toBe(2_403);
    clock.jump(-100 * 24 * HOUR);
    await pass(HOUR);
    expect((await slots()).at(-1)).toBe(4);
  });

  test("timers may be longer than a platform's", async () => {
    const { call, pass } = await open();
    const { id } = await call("cron.add", reminder({ schedule: { kind: "at", atMs: START + 26 * 24 * HOUR }, deleteAfterRun: false }));
    await pass(26 * 24 * HOUR - 1);
    expect((await call("cron.runs", { id })).entries).toEqual([]);
    await pass(1);
    expect((await call("cron.runs", { id })).entries).toHaveLength(1);
  });
});

describe("what is at work", () => {
  test("as many turns at once as may be, in the order in which they were due; reminders wait for none of them", async () => {
    const gates = new Map<string, Gate>();
    const script: Script = ({ message }) => {
      const name = /job \d/.exec(message)?.[0];
      if (name === undefined) return [{ kind: "say", text: "ok" }];
      const gate = gates.get(name) ?? new Gate();
      gates.set(name, gate);
      return [{ kind: "wait", gate }, { kind: "say", text: "ok" }];
    };
    const { call, pass, agent } = await open({ script, settings: { ...quiet, cron: { enabled: true, maxConcurrentRuns: 2 } } });
    const ids: string[] = [];
    for (let nth = 1; nth <= 4; nth += 1) ids.push((await call("cron.add", turn({ name: `job ${nth}` }))).id);
    await call("cron.add", reminder({ schedule: { kind: "at", atMs: START + HOUR }, wakeMode: "now" }));
    await pass(HOUR);
    expect(agent.turns).toHaveLength(3);
    gates.get("job 1")?.open();
    await pass(2 * MINUTE);
    expect([...gates.keys()]).toEqual(["job 1", "job 2", "job 3"]);
    for (const name of ["job 2", "job 3"]) gates.get(name)?.open();
    await pass(MINUTE);
    gates.get("job 4")?.open();
    await pass(MINUTE);
    // Noticed in time, whenever there was room for it.
    for (const id of ids) expect((await call("cron.runs", { id })).entries[0]).toEqual(expect.not.objectContaining({ late: true }));
  });

  test("what passes while a job runs is one more run, and not one each", async () => {
    const gate = new Gate();
    let turns = 0;
    const { call, pass } = await open({ script: () => ((turns += 1) === 1 ? [{ kind: "wait", gate }] : [{ kind: "say", text: "ok" }]), settings: { ...quiet, run: { timeoutMs: 0 } } });
    const { id } = await call("cron.add", turn());
    await pass(3 * HOUR + 30 * MINUTE);
    expect(await call("cron.run", { id })).toEqual({ ok: true, ran: false, reason: "already-running" });
    expect((await call("cron.get", { id })).state.runningAtMs).toBe(START + HOUR);
    gate.open();
    await pass(MINUTE);
    expect((await call("cron.runs", { id })).entries.map(({ scheduledAtMs = 0, late, missed }) => [(scheduledAtMs - START) / HOUR, late, missed])).toEqual([[3, true, 1], [1, undefined, undefined]]);
  });

  test("whoever removes a job stops what it does; nothing of it is left", async () => {
    const { call, pass } = await open({ script: [{ kind: "hang" }] });
    const { id } = await call("cron.add", turn());
    await pass(HOUR);
    await call("cron.remove", { id });
    await pass(1_000);
    expect((await call("cron.runs", { id })).entries).toEqual([expect.objectContaining({ status: "error", error: "The run was stopped." })]);
    expect((await call("cron.status", {})).jobs).toBe(0);
  });

  test("switched off by the configuration, nothing runs by the clock, and by hand it does", async () => {
    const { call, pass, agent } = await open({ settings: { ...quiet, cron: { enabled: false, maxConcurrentRuns: 1 } } });
    const { id } = await call("cron.add", turn());
    await pass(3 * HOUR);
    expect([agent.turns.length, await call("cron.status", {})]).toEqual([0, { enabled: false, storePath: "memory", jobs: 1, nextWakeAtMs: null }]);
    await call("cron.run", { id, mode: "force" });
    await pass(1_000);
    expect(agent.turns).toHaveLength(1);
  });

  test("the log has a bound for each job", async () => {
    const cronRuns = new MemoryRecordStore<RunEntry>();
    const { call, pass } = await open({ records: { cronRuns } });
    const { id } = await call("cron.add", { ...reminder(), schedule: { kind: "every", everyMs: 10_000 }, wakeMode: "next-heartbeat" });
    await pass(600 * 10_000);
    expect(cronRuns.view().size).toBe(200);
    expect((await call("cron.runs", { id, limit: 1 })).entries[0]?.scheduledAtMs).toBe(START + 6_000_000);
  });
});

describe("a state folder of an OpenClaw gateway", () => {
  test("keeps its jobs: those that recur count from now, a moment that was never run is made up for, and its file stays", async () => {
    const stateDir = await mkdtemp(join(tmpdir(), "cron-"));
    const old = (id: string, more: object) => ({ id, name: id, enabled: true, createdAtMs: START - 10 * HOUR, updatedAtMs: START - 9 * HOUR, sessionTarget: "isolated", wakeMode: "next-heartbeat", payload: { kind: "agentTurn", message: "Do it.", deliver: false }, state: {}, ...more });
    const jobs = [
      old("hourly", { schedule: { kind: "every", everyMs: HOUR, anchorMs: START - 24 * HOUR } }),
      old("daily", { schedule: { kind: "cron", expr: "0 9 * * *", tz: "Europe/Vienna" }, enabled: false, agentId: "main" }),
      old("missed", { schedule: { kind: "at", atMs: START - HOUR }, sessionTarget: "main", payload: { kind: "systemEvent", text: "Call Ben." } }),
      old("done", { schedule: { kind: "at", at: "2026-10-02T05:00:00Z" }, state: { lastRunAtMs: START - 3 * HOUR } }),
      old("strange", { schedule: { kind: "on-exit", command: "x" } }),
      old("wrong", { schedule: { kind: "cron", expr: "often" } }),
      old("numbers", { payload: { kind: "agentTurn", message: 5 } }),
    ];
    await mkdir(join(stateDir, "cron"));
    const file = JSON.stringify({ version: 1, jobs });
    await writeFile(join(stateDir, "cron", "jobs.json"), file);
    const log = new MemoryLog();
    const first = await open({ stateDir, log });
    const { missed, ...taken } = Object.fromEntries((await first.call("cron.list", { includeDisabled: true })).jobs.map(({ id, enabled, createdAtMs, state }) => [id, [enabled, createdAtMs, iso(state.nextRunAtMs)]]));
    const madeAt = START - 10 * HOUR;
    expect(taken).toMatchObject({ hourly: [true, madeAt, iso(START + HOUR)], daily: [false, madeAt, undefined], done: [true, madeAt, undefined] });
    expect([missed?.[1], Object.keys(taken).length]).toEqual([madeAt, 3]);
    expect(log.entries.filter(({ level }) => level === "warn").map(({ fields }) => fields["jobId"])).toEqual(["strange", "wrong", "numbers"]);
    while ((await first.call("status", {})).queuedSystemEvents.length === 0) await first.pass(0);
    expect((await first.call("status", {})).queuedSystemEvents).toEqual([expect.stringContaining("Call Ben. (This was due at 2026-10-02T07:00:00.000Z")]);
    await first.call("cron.remove", { id: "hourly" });
    await first.close();
    const later = await open({ stateDir });
    expect((await later.call("cron.list", { includeDisabled: true, query: "hourly" })).jobs).toEqual([]);
    expect(await readFile(join(stateDir, "cron", "jobs.json"), "utf8")).toBe(file);
    await later.close();
    await rm(stateDir, { recursive: true, force: true });
  });

  test("whose file can't be read goes on without it; mended, it is taken over, beside what was added meanwhile", async () => {
    const stateDir = await mkdtemp(join(tmpdir(), "cron-"));
    const path = join(stateDir, "cron", "jobs.json");
    await mkdir(join(stateDir, "cron"));
    await writeFile(path, "{ jobs: [");
    const log = new MemoryLog();
    const first = await open({ stateDir, log });
    await first.call("cron.add", turn({ name: "new" }));
    expect(log.entries.filter(({ level }) => level === "warn").map(({ fields }) => fields)).toEqual([{ path }]);
    await first.close();
    await writeFile(path, JSON.stringify({ jobs: [{ ...turn({ name: "old" }), id: "old" }] }));
    const second = await open({ stateDir });
    expect((await second.call("cron.list", { sortBy: "name" })).jobs.map(({ name }) => name)).toEqual(["new", "old"]);
    await second.close();
    await rm(stateDir, { recursive: true, force: true });
  });
});

describe("a gateway that ends", () => {
  test("in the middle of a run: it is known to have been cut off, is not begun again, and the main session hears of it", async () => {
    const { records, sessions } = disk();
    const first = await open({ records, sessions, script: [{ kind: "hang" }] });
    const { id } = await first.call("cron.add", turn({ isolation: {}, wakeMode: "next-heartbeat" }));
    await first.pass(HOUR);
    // Thrown away: nobody moves its clock any more.
    const later = await open({ records, sessions, startAt: START + HOUR + MINUTE });
    await later.pass(30_000);
    expect(later.agent.turns).toHaveLength(0);
    expect((await later.call("cron.runs", { id })).entries).toEqual([expect.objectContaining({ status: "error", interrupted: true, scheduledAtMs: START + HOUR })]);
    expect((await later.call("status", {})).queuedSystemEvents).toEqual([expect.stringMatching(/^Cron \(error\): Brief: The gateway ended/)]);
    expect((await later.call("cron.get", { id })).state).not.toHaveProperty("runningAtMs");
    await later.pass(HOUR);
    expect(later.agent.turns).toHaveLength(1);
  });

  test("after a run was written down and before its job was: the log is right", async () => {
    const { records } = disk();
    const first = await open({ records });
    const { id } = await first.call("cron.add", turn());
    await first.pass(HOUR);
    const job = records.cronJobs.view().get(id) as Job;
    const [entry] = [...records.cronRuns.view().values()];
    await records.cronJobs.update(() => ({ changes: new Map([[id, { ...job, state: { settledUntil: job.state.settledUntil, begun: { runId: entry?.runId ?? "", startedAt: job.createdAt, trigger: "schedule" } } }]]), value: undefined }));
    const later = await open({ records, startAt: START + HOUR + MINUTE });
    expect(await later.call("cron.get", { id })).toMatchObject({ state: { lastStatus: "ok" } });
    expect((await later.call("cron.runs", { id })).entries).toEqual([expect.objectContaining({ status: "ok" })]);
  });

  test("by being told to: a run that does not end in time is an error, and its line is written", async () => {
    const { records } = disk();
    const first = await open({ records, script: [{ kind: "hang" }] });
    await first.call("cron.add", turn());
    await first.pass(HOUR);
    const closing = first.close();
    await first.pass(20_000);
    await closing;
    await records.cronRuns.open();
    expect([...records.cronRuns.view().values()]).toEqual([expect.objectContaining({ status: "error", error: "The run was stopped." })]);
  });

  test("while a run was being noted: it is taken back, and made up for", async () => {
    const gate = new Gate();
    let isSlow = false;
    class Slow extends MemoryRecordStore<Job> {
      override async update(decide: Parameters<MemoryRecordStore<Job>["update"]>[0]): Promise<never> {
        if (isSlow) await new Promise<void>((resolve) => gate.whenOpen(resolve));
        return (await super.update(decide)) as never;
      }
    }
    const cronJobs = new Slow();
    const first = await open({ records: { cronJobs } });
    const { id } = await first.call("cron.add", turn());
    isSlow = true;
    await first.pass(HOUR);
    const closing = first.close();
    gate.open();
    await first.pass(20_000);
    await closing;
    expect(first.agent.turns).toHaveLength(0);
    isSlow = false;
    const later = await open({ records: { cronJobs }, startAt: START + HOUR + 10 * MINUTE });
    await later.pass(1_000);
    expect((await later.call("cron.runs", { id })).entries).toEqual([expect.objectContaining({ scheduledAtMs: START + HOUR, late: true, status: "ok" })]);
  });

  test("a disk that is full begins nothing, and asks no faster than twice a minute", async () => {
    let isFull = false;
    let tries = 0;
    class Disk extends MemoryRecordStore<Job> {
      override async update(decide: Parameters<MemoryRecordStore<Job>["update"]>[0]): Promise<never> {
        tries += 1;
        if (isFull) throw new Error("no space left on device");
        return (await super.update(decide)) as never;
      }
    }
    const { call, pass, agent } = await open({ records: { cronJobs: new Disk() } });
    const { id } = await call("cron.add", turn());
    isFull = true;
    tries = 0;
    await pass(HOUR + 5 * MINUTE);
    expect(agent.turns).toHaveLength(0);
    expect(tries).toBeLessThanOrEqual(12);
    isFull = false;
    await pass(MINUTE);
    expect(agent.turns).toHaveLength(1);
    expect((await call("cron.runs", { id })).entries[0]).toMatchObject({ scheduledAtMs: START + HOUR, late: true });
  });

  test("on real files: jobs, runs and what waits are there again", async () => {
    const stateDir = await mkdtemp(join(tmpdir(), "cron-"));
    const first = await open({ stateDir });
    const { id } = await first.call("cron.add", { ...turn(), schedule: { kind: "cron", expr: "0 * * * *", tz: "UTC" } });
    await first.call("cron.add", reminder({ wakeMode: "next-heartbeat" }));
    // A write takes the time of a disk, not of the clock.
    await first.pass(HOUR);
    const isWritten = async (): Promise<boolean> => (await first.call("cron.runs", {})).entries.length === 2 && (await first.call("cron.list", {})).jobs.every(({ state }) => state.runningAtMs === undefined);
    while (!(await isWritten())) await first.pass(0);
    const before = [await first.call("cron.list", {}), (await first.call("cron.runs", {})).entries, (await first.call("status", {})).queuedSystemEvents];
    expect((await readdir(join(stateDir, "cron"))).toSorted()).toEqual(["heartbeats.jsonl", "jobs.jsonl", "runs.jsonl", "system-events.jsonl"]);
    await first.close();
    const later = await open({ stateDir, startAt: START + HOUR + MINUTE });
    expect([await later.call("cron.list", {}), (await later.call("cron.runs", {})).entries, (await later.call("status", {})).queuedSystemEvents]).toEqual(before);
    expect((await later.call("cron.get", { id })).state.nextRunAtMs).toBe(START + 2 * HOUR);
    await later.close();
    await rm(stateDir, { recursive: true, force: true });
  });
});
