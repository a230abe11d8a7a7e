import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { after, epochMs } from "../../../src/domain/moment.js";
import type { ParamsOf } from "../../../src/domain/protocol/catalog.js";
import type { BegunRun, Job, RunEntry } from "../../../src/domain/schedule/job.js";
import { begun, concluded, interruptedEntry, runFacts, settledAt, unbegun } from "../../../src/domain/schedule/job-life.js";
import { listJobs } from "../../../src/domain/schedule/list-jobs.js";
import { parseMoment } from "../../../src/domain/schedule/moment-text.js";
import { patchJob, readJob, type JobFacts } from "../../../src/domain/schedule/read-job.js";
import { renderJob, renderRun } from "../../../src/domain/schedule/render-job.js";
import { parseBeat, parseJob, parseRunEntry, parseWaitingEvents } from "../../../src/domain/schedule/stored-schedule.js";
import { EVENTS_LIMIT, queued, withoutHeard } from "../../../src/domain/schedule/waiting-events.js";

type Wire = ParamsOf<"cron.add">;

const now = epochMs(1_790_000_000_000);
const facts = (protocol: 3 | 4 = 4): JobFacts => ({ protocol, now, explain: ({ expr }) => (expr === "often" ? "schedule.expr is none" : undefined), hasAgent: (id) => ["main", "work"].includes(id) });
const turn: Wire = { name: "Brief", schedule: { kind: "every", everyMs: 60_000 }, payload: { kind: "agentTurn", message: "Sum up." } };
const reminder: Wire = { name: "Plants", schedule: { kind: "at", atMs: now + 5_000 }, payload: { kind: "systemEvent", text: "Water the plants." } };

function job(wire: Wire, protocol: 3 | 4 = 4): Job {
  const read = readJob(wire, "job", facts(protocol));
  if (read.kind === "refused") throw new Error(read.reason);
  return read.value;
}
const reasonOf = (wire: Wire): string | undefined => {
  const read = readJob(wire, "job", facts());
  return read.kind === "refused" ? read.reason : undefined;
};
function patched(before: Job, patch: ParamsOf<"cron.update">["patch"], protocol: 3 | 4 = 4): Job {
  const read = patchJob(before, patch, { ...facts(protocol), now: after(now, 1_000) });
  if (read.kind === "refused") throw new Error(read.reason);
  return read.value;
}

describe("a job as clients write it", () => {
  test("both generations' moments are read, and both are sent", () => {
    const iso = new Date(now + 5_000).toISOString();
    for (const schedule of [{ kind: "at", atMs: now + 5_000 }, { kind: "at", at: iso }, { kind: "at", at: iso, atMs: 1 }] as const) {
      expect(renderJob(job({ ...reminder, schedule }), undefined).schedule).toEqual({ kind: "at", atMs: now + 5_000, at: iso });
    }
  });

  test.each([
    ["2026-11-02T09:30:00+01:00", "2026-11-02T08:30:00.000Z"], ["2026-11-02T09:30", "2026-11-02T09:30:00.000Z"], ["2026-11-02 09:30:15.5Z", "2026-11-02T09:30:15.500Z"],
    ["2026-11-02", "2026-11-02T00:00:00.000Z"], ["2026-11-02T09:30+0130", "2026-11-02T08:00:00.000Z"], ["2026-11-02T09:30-08", "2026-11-02T17:30:00.000Z"], ["1790000000000", "2026-09-21T14:13:20.000Z"],
    ["tomorrow", undefined], ["2026-13-02", undefined], ["", undefined], ["2026-11-02T25:00", undefined], ["1969-12-31", undefined], ["99999999999999999", undefined], ["2026-11-02T09:30 Europe/Vienna", undefined],
  ])("the moment %j is %s", (text, iso) => {
    const at = parseMoment(text);
    expect(at === undefined ? undefined : new Date(at).toISOString()).toBe(iso);
  });

  test("where an answer goes is read inside the payload and beside it, and sent in both places", () => {
    const inside = job({ ...turn, payload: { kind: "agentTurn", message: "Sum up.", deliver: true, channel: "telegram", to: "42", bestEffortDeliver: true } }, 3);
    const beside = job({ ...turn, delivery: { mode: "announce", channel: "telegram", to: "42", bestEffort: true } });
    expect(inside.delivery).toEqual(beside.delivery);
    const wire = renderJob(beside, undefined);
    expect([wire.delivery, wire.payload]).toEqual([
      { mode: "announce", channel: "telegram", to: "42", bestEffort: true },
      { kind: "agentTurn", message: "Sum up.", deliver: true, channel: "telegram", to: "42", bestEffortDeliver: true },
    ]);
    expect(job({ ...turn, payload: { kind: "agentTurn", message: "m", to: "42" } }, 3).delivery).toEqual({ mode: "announce", to: "42" });
    expect(job({ ...turn, payload: { kind: "agentTurn", message: "m", to: "42", deliver: false } }, 3).delivery).toEqual({ mode: "none", to: "42" });
  });

  test("what is left out is what its generation means by it", () => {
    expect(job(turn, 4)).toMatchObject({ target: "isolated", wakeMode: "now", enabled: true, delivery: { mode: "announce", bestEffort: true }, report: { prefix: "Cron" } });
    expect(job(turn, 3)).toMatchObject({ delivery: { mode: "none" }, report: { prefix: "Cron", mode: "summary", maxChars: 8_000 } });
    expect(job({ ...turn, delivery: { mode: "none" } }, 4).report).toBeUndefined();
    expect(job({ ...turn, isolation: { postToMainPrefix: "Brief", postToMainMode: "full", postToMainMaxChars: 20 } }, 3).report).toEqual({ prefix: "Brief", mode: "full", maxChars: 20 });
    expect([job(reminder, 4).deleteAfterRun, job(reminder, 3).deleteAfterRun, job({ ...reminder, deleteAfterRun: false }, 4).deleteAfterRun, job(turn, 4).deleteAfterRun]).toEqual([true, false, false, false]);
    expect(job(reminder)).toMatchObject({ target: "main", delivery: { mode: "none" } });
    expect(job(reminder).report).toBeUndefined();
    expect(job({ ...turn, sessionTarget: "current", sessionKey: "agent:main:trip" }).target).toBe("session:agent:main:trip");
  });

  test.each<[string, Partial<Wire>]>([
    ["in the past", { schedule: { kind: "at", atMs: now - 61_000 } }],
    ["ISO 8601", { schedule: { kind: "at", at: "soon" } }],
    ["needs at", { schedule: { kind: "at" } }],
    ["at least 1000", { schedule: { kind: "every", everyMs: 999 } }],
    ["is none", { schedule: { kind: "cron", expr: "often" } }],
    ['needs payload.kind "systemEvent"', { sessionTarget: "main" }],
    ['needs payload.kind "agentTurn"', { sessionTarget: "isolated", payload: { kind: "systemEvent", text: "t" } }],
    ["sessionKey", { sessionTarget: "current" }],
    ["unknown agent", { agentId: "nobody" }],
    ["webhook", { delivery: { mode: "webhook", to: "https://example.org" } }],
    ["delivers nothing itself", { payload: { kind: "systemEvent", text: "t" }, delivery: { mode: "announce" } }],
    ["name must be", { name: "  " }],
    ["65536", { payload: { kind: "agentTurn", message: "x".repeat(65_537) } }],
    ["trigger is not supported", { trigger: {} } as never],
    ["toolsAllow", { payload: { kind: "agentTurn", message: "m", toolsAllow: ["x"] } as never }],
  ])("a refusal says what is wrong: %s", (words, more) => {
    expect(reasonOf({ ...turn, ...more })).toContain(words);
  });

  test("a moment that has just passed is still kept", () => {
    const late = job({ ...reminder, schedule: { kind: "at", atMs: now - 30_000 } });
    expect(late.state.settledUntil).toBe(now - 30_001);
  });

  test("a patch changes what it names and nothing else", () => {
    const before = job({ ...turn, agentId: "work", description: "d", payload: { kind: "agentTurn", message: "Sum up.", model: "a/b" }, delivery: { mode: "announce", channel: "telegram", to: "42" } });
    expect(patched(before, {})).toEqual({ ...before, updatedAt: now + 1_000 });
    expect(patched(before, { payload: { kind: "agentTurn", model: "c/d" } }).payload).toEqual({ kind: "agentTurn", message: "Sum up.", model: "c/d" });
    expect(patched(before, { agentId: null, description: "" })).not.toHaveProperty("agentId");
    expect(patched(before, { delivery: { to: "43" } }).delivery).toEqual({ mode: "announce", channel: "telegram", to: "43" });
    expect(patched(before, { delivery: { mode: "none" } })).not.toHaveProperty("report");
    expect(patched(before, { payload: { kind: "agentTurn", deliver: false } }, 3).delivery).toMatchObject({ mode: "none", channel: "telegram" });
    expect(patched(before, { name: "New" }).state).toEqual(before.state);
    expect(patchJob(before, { sessionTarget: "main" }, facts())).toMatchObject({ kind: "refused" });
    const told = patched(before, { sessionTarget: "main", payload: { kind: "systemEvent", text: "t" }, delivery: { mode: "none" } });
    expect([told.target, told.payload, told.report]).toEqual(["main", { kind: "systemEvent", text: "t" }, undefined]);
  });

  test("what is timed anew or switched on counts from then", () => {
    const before = job(turn);
    expect(patched(before, { schedule: { kind: "every", everyMs: 5_000 } }).state.settledUntil).toBe(now + 1_000);
    const off = patched(before, { enabled: false });
    expect(off.state.settledUntil).toBe(now);
    expect(patched(off, { enabled: true }).state.settledUntil).toBe(now + 1_000);
  });

  test("whatever is read is stored, and what is sent reads as the same again", () => {
    const schedule = fc.oneof(
      fc.record({ kind: fc.constant("at" as const), atMs: fc.integer({ min: now, max: now + 1e9 }) }),
      fc.record({ kind: fc.constant("every" as const), everyMs: fc.integer({ min: 1_000, max: 1e9 }), anchorMs: fc.integer({ min: 0, max: 2e12 }) }, { requiredKeys: ["kind", "everyMs"] }),
      fc.record({ kind: fc.constant("cron" as const), expr: fc.constantFrom("* * * * *", "0 9 * * 1"), tz: fc.constantFrom("UTC", "Europe/Vienna"), staggerMs: fc.integer({ min: 1, max: 5_000 }) }, { requiredKeys: ["kind", "expr"] }),
    );
    const text = fc.string({ minLength: 1, maxLength: 20 }).map((one) => `x${one.trim()}`);
    const delivery = fc.record({ mode: fc.constantFrom("none" as const, "announce" as const), channel: text, to: text, accountId: text, threadId: text, bestEffort: fc.boolean() }, { requiredKeys: ["mode"] });
    const own = fc.record({ payload: fc.record({ kind: fc.constant("agentTurn" as const), message: text, model: text, thinking: text, timeoutSeconds: fc.nat() }, { requiredKeys: ["kind", "message"] }), delivery, sessionTarget: fc.constantFrom("isolated", "session:trip") }, { requiredKeys: ["payload", "delivery"] });
    const told = fc.record({ payload: text.map((one) => ({ kind: "systemEvent" as const, text: one })), sessionKey: text }, { requiredKeys: ["payload"] });
    const shared = fc.record({ name: text, description: text, agentId: fc.constantFrom("main", "work"), enabled: fc.boolean(), deleteAfterRun: fc.boolean(), wakeMode: fc.constantFrom("now" as const, "next-heartbeat" as const) }, { requiredKeys: ["name", "deleteAfterRun"] });
    fc.assert(
      fc.property(shared, schedule, fc.oneof(own, told), fc.constantFrom(3 as const, 4 as const), (fields, timing, doing, protocol) => {
        const read = job({ ...fields, schedule: timing, ...doing } as Wire, protocol);
        expect(parseJob(JSON.parse(JSON.stringify(read)))).toEqual(read);
        const { createdAtMs: _created, updatedAtMs: _updated, state: _state, id: _id, ...again } = renderJob(read, undefined);
        expect(job(again as Wire, protocol)).toEqual(read);
        expect(patched(read, again as never, protocol)).toEqual({ ...read, updatedAt: now + 1_000, state: patched(read, again as never, protocol).state });
      }),
    );
  });
});

describe("a job's life", () => {
  const run: BegunRun = { runId: "r", startedAt: now, trigger: "schedule", slot: epochMs(now + 5_000) };
  const entry = (more: Partial<RunEntry> = {}): RunEntry => ({ ...runFacts("job", run), ts: after(now, 9), status: "ok", durationMs: 9, ...more });

  test("its moment is dealt with from the beginning of its run on", () => {
    const started = begun(job(turn), run);
    expect(started.state).toMatchObject({ settledUntil: now + 5_000, begun: run });
    expect(concluded(started, entry())?.state).toEqual({ settledUntil: now + 5_000, last: { at: now, status: "ok", durationMs: 9 } });
    const { slot: _slot, ...manual } = run;
    expect(begun(job(turn), { ...manual, trigger: "manual" }).state.settledUntil).toBe(now);
    expect(settledAt(started, now).state.settledUntil).toBe(now);
  });

  test("a run that could not even begin is none", () => {
    const before = job(turn);
    expect(unbegun(begun(before, run), run, before)).toEqual(before);
    const next = begun(before, { ...run, runId: "next" });
    expect(unbegun(next, run, before)).toBe(next);
  });

  test("one for one moment does not stay enabled, and goes where it is meant to and all went well", () => {
    const once = job({ ...reminder, deleteAfterRun: true });
    expect(concluded(begun(once, run), entry())).toBeUndefined();
    expect(concluded(begun(once, run), entry({ status: "error", error: "no" }))).toMatchObject({ enabled: false, state: { last: { status: "error", error: "no" } } });
    expect(concluded(begun({ ...once, deleteAfterRun: false }, run), entry())?.enabled).toBe(false);
    const { slot: _slot, ...manual } = entry();
    expect(concluded(once, manual)?.enabled).toBe(true);
    const moved = patched(begun(once, run), { schedule: { kind: "at", atMs: now + 99_000 } });
    expect(concluded(moved, entry())?.enabled).toBe(true);
  });

  test("the end of a run that the gateway's own end cut off is not known, and another run that has begun since stays begun", () => {
    expect(interruptedEntry("job", run, after(now, 50))).toMatchObject({ status: "error", isInterrupted: true, slot: now + 5_000, error: expect.stringContaining("not run again") });
    expect(concluded(begun(job(turn), { ...run, runId: "next" }), entry())?.state.begun?.runId).toBe("next");
  });

  test("the log says which runs came late", () => {
    expect(renderRun(entry({ isLate: true, missed: 3 }))).toMatchObject({ action: "finished", scheduledAtMs: now + 5_000, late: true, missed: 3, runAtMs: now, trigger: "schedule" });
  });
});

test("a list is what was asked for: the next to run first", () => {
  const jobs = ["a", "b", "c", "d"].map((id, nth) => ({ job: { ...job(nth === 3 ? reminder : turn), id, name: `job ${4 - nth}`, enabled: id !== "b", ...(id === "c" ? { agentId: "work" } : {}) }, nextRunAt: id === "b" ? undefined : after(now, (5 - nth) * 1_000) }));
  const ids = (ask: ParamsOf<"cron.list">) => listJobs(jobs, ask, "main").map((one) => one.job.id).join("");
  expect([ids({}), ids({ includeDisabled: true }), ids({ enabled: "disabled" }), ids({ sortDir: "desc" }), ids({ sortBy: "name", enabled: "all" })]).toEqual(["dca", "dcab", "b", "acd", "dcba"]);
  expect([ids({ agentId: "work" }), ids({ agentId: "main" }), ids({ scheduleKind: "at" }), ids({ query: "JOB 2" }), ids({ lastRunStatus: "ok" }), ids({ lastRunStatus: "unknown" })]).toEqual(["c", "da", "d", "c", "", "dca"]);
});

test("what waits for a session is bounded, told once, and goes when it was heard", () => {
  const add = (before: Parameters<typeof queued>[0], id: string, text: string, heard: readonly string[] = []) => queued(before, { id, text, agentId: "main", isHeard: (one) => heard.includes(one) });
  const one = add(undefined, "1", "rain");
  expect(add(one, "2", "rain")).toEqual(one);
  expect(add(one, "2", "rain", ["1"]).events).toHaveLength(2);
  let many = one;
  for (let nth = 2; nth < 40; nth += 1) many = add(many, String(nth), `text ${nth}`);
  expect([many.events.length, many.events.at(-1)?.id]).toEqual([EVENTS_LIMIT, "39"]);
  expect(withoutHeard({ ...many, isUrgent: true }, new Set(["39"]))).toEqual({ agentId: "main", events: many.events.slice(0, -1) });
  expect(withoutHeard(one, new Set(["1"]))).toBeUndefined();
});

test("what is no record of this version is damage", () => {
  const good = JSON.parse(JSON.stringify(begun(job(turn), { runId: "r", startedAt: now, trigger: "manual" }))) as Record<string, unknown>;
  expect(parseJob(good)).toEqual(good);
  for (const key of ["id", "name", "enabled", "createdAt", "schedule", "target", "payload", "delivery", "state", "wakeMode"]) expect([key, parseJob({ ...good, [key]: undefined })]).toEqual([key, undefined]);
  for (const value of [null, 1, "x", [], {}, { ...good, schedule: { kind: "at" } }, { ...good, schedule: { kind: "never" } }, { ...good, state: { settledUntil: 1, begun: {} } }]) expect(parseJob(value)).toBeUndefined();
  for (const value of [null, 1, [], {}, { jobId: "j", runId: "r", trigger: "manual", status: "ok", ts: 1, startedAt: 1 }]) expect(parseRunEntry(value)).toBeUndefined();
  for (const value of [null, {}, { agentId: "a", events: [{ id: "1" }] }, { agentId: "a", events: {} }]) expect(parseWaitingEvents(value)).toBeUndefined();
  for (const value of [null, [], { at: "x" }, { said: { at: 1 } }, { said: 1 }]) expect(parseBeat(value)).toBeUndefined();
  expect(parseBeat({ at: 1, said: { digest: "d", at: 2 } })).toEqual({ at: 1, said: { digest: "d", at: 2 } });
});
