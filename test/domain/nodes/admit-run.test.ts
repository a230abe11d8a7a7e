import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { after, epochMs } from "../../../src/domain/moment.js";
import { admitRun, namingApproval, type RunAsk } from "../../../src/domain/nodes/exec-policy/admit-run.js";
import { FAIR_WAIT_MS, USABLE_MS, type Approval, type ApprovalAsk, type ExecDecision } from "../../../src/domain/nodes/exec-policy/approval.js";
import { readAsk } from "../../../src/domain/nodes/exec-policy/read-ask.js";

const T0 = epochMs(1_790_000_000_000);
const LATER = after(T0, 10_000);

const NOTHING: ApprovalAsk = { command: "git log", argv: ["git", "log"], cwd: null, host: "node", nodeId: "n1", security: null, ask: null, agentId: null, resolvedPath: null, sessionKey: null, env: null };

const approval = (ask: Partial<ApprovalAsk> = {}, decision: ExecDecision | null = "allow-once", change: Partial<Approval> = {}): Approval => ({
  id: "a1", ask: { ...NOTHING, ...ask }, principal: "d1", createdAtMs: T0, expiresAtMs: after(T0, 120_000),
  ...(decision === null ? {} : { decided: { decision, at: LATER } }), ...change,
});

const run = (params: Record<string, unknown> = {}, change: Partial<RunAsk> = {}): RunAsk => ({
  nodeId: "n1", principal: "d1", idempotencyKey: "k1", params: { command: ["git", "log"], runId: "a1", ...params }, ...change,
});

const reason = (ask: RunAsk, known: Approval | undefined, now = after(LATER, 1)): string => {
  const admission = admitRun(ask, known, now);
  return admission.kind === "refused" ? admission.reason : admission.kind;
};

describe("a run that names an approval", () => {
  test("is vouched for, in the gateway's words alone", () => {
    const admission = admitRun(run({ approved: false, approvalDecision: "allow-always", timeoutMs: 5 }), approval(), after(LATER, 1));
    expect(admission).toMatchObject({
      kind: "vouched",
      params: { command: ["git", "log"], approved: true, approvalDecision: "allow-once", runId: "a1", timeoutMs: 5 },
      approval: { usedBy: "k1" },
    });
  });

  test.each([
    ["none of this id", run(), undefined, "unknown"],
    ["somebody else's", run({}, { principal: "d2" }), approval(), "unknown"],
    ["nobody decided in time, and it is claimed that somebody did", run({ approved: true }), approval({}, null), "unanswered"],
    ["denied", run(), approval({}, "deny"), "denied"],
    ["used by another run", run(), approval({}, "allow-once", { usedBy: "k0" }), "used"],
    ["used by another run, although for good", run(), approval({}, "allow-always", { usedBy: "k0" }), "used"],
    ["used by this run before", run(), approval({}, "allow-once", { usedBy: "k1" }), "vouched"],
    ["for the gateway's host", run(), approval({ host: "gateway" }), "other-host"],
    ["for another node", run({}, { nodeId: "n2" }), approval(), "other-node"],
    ["for no node that it names", run(), approval({ host: null, nodeId: null }), "other-node"],
    ["for whichever node, as the oldest clients ask", run(), approval({ nodeId: null }), "vouched"],
    ["for more words", run({ command: ["git", "log", "-1"] }), approval(), "other-command"],
    ["for other words that look alike", run({ command: ["git log"] }), approval(), "other-command"],
    ["for words that are none", run({ command: "git log" }), approval(), "other-command"],
    ["and calls it something else", run({ rawCommand: "git status" }), approval(), "other-command"],
    ["and calls it what it is", run({ rawCommand: "git log" }), approval(), "vouched"],
    ["by a text", run(), approval({ argv: null }), "vouched"],
    ["by a text, in a shell", run({ command: ["/bin/sh", "-lc", "git log"], rawCommand: "git log" }), approval({ argv: null }), "vouched"],
    ["by a text, in some other shell", run({ command: ["/tmp/sh", "-lc", "git log"] }), approval({ argv: null }), "other-command"],
    ["elsewhere", run({ cwd: "/tmp" }), approval({ cwd: "/home" }), "other-cwd"],
    ["anywhere, and it names a folder", run({ cwd: "/tmp" }), approval(), "other-cwd"],
    ["for another agent", run({ agentId: "b" }), approval({ agentId: "a" }), "other-agent"],
    ["for another session", run({ sessionKey: "b" }), approval({ sessionKey: "a" }), "other-session"],
    ["for its session, named beside the params", run({}, { sessionKey: "a" }), approval({ sessionKey: "a" }), "vouched"],
    ["and brings variables", run({ env: { A: "1" } }), approval(), "other-env"],
    ["with other variables", run({ env: { A: "1" } }), approval({ env: { A: "2" } }), "other-env"],
    ["with fewer variables", run({ env: {} }), approval({ env: { A: "2" } }), "other-env"],
    ["with its variables", run({ env: { A: "1" } }), approval({ env: { A: "1" } }), "vouched"],
    ["with variables that are none", run({ env: ["A"] }), approval(), "other-env"],
  ] as const)("%s", (_, ask, known, expected) => {
    expect(reason(ask, known, after(T0, 130_000))).toBe(expected);
  });

  test("while it waits, and once its time is up", () => {
    expect(reason(run(), approval({}, null), after(T0, 1))).toBe("waiting");
    expect(reason(run(), approval(), after(LATER, USABLE_MS - 1))).toBe("vouched");
    expect(reason(run(), approval(), after(LATER, USABLE_MS))).toBe("late");
    // The same key much later is no retry.
    expect(reason(run(), approval({}, "allow-once", { usedBy: "k1" }), after(LATER, USABLE_MS))).toBe("late");
  });

  test("nobody answered: the node's own rule decides, where there was time to answer and nobody claims otherwise", () => {
    const open = approval({}, null);
    const late = open.expiresAtMs;
    expect(admitRun(run({ approved: false }), open, late)).toMatchObject({ kind: "passed-on", params: { approved: false, approvalDecision: null, runId: "a1" } });
    expect(reason(run({ approved: true }), open, late)).toBe("unanswered");
    const hasty = { ...open, expiresAtMs: after(T0, FAIR_WAIT_MS - 1) };
    expect(reason(run(), hasty, late)).toBe("unanswered");
  });
});

test("whoever claims an approval without one is passed on without the claim", () => {
  const params = fc.record({ command: fc.constant(["ls"]), approved: fc.anything(), approvalDecision: fc.anything(), runId: fc.constantFrom("", undefined, null, 1, {}) }, { requiredKeys: [] });
  fc.assert(fc.property(params, (claimed) => {
    const admission = admitRun(run({}, { params: claimed }), approval(), LATER);
    expect(admission.kind).toBe("passed-on");
    if (admission.kind === "passed-on") for (const name of ["approved", "approvalDecision", "runId"]) expect(Object.keys(admission.params)).not.toContain(name);
  }));
  for (const odd of [null, undefined, 1, "x", [], [{ approved: true }]]) expect(admitRun(run({}, { params: odd }), undefined, T0)).toEqual({ kind: "passed-on", params: {} });
});

describe("a run that claims an approval and names none", () => {
  const claim = (params: Record<string, unknown> = {}, change: Partial<RunAsk> = {}): RunAsk => run({ runId: undefined, approved: true, approvalDecision: "allow-once", ...params }, change);
  const meant = (ask: RunAsk, approvals: readonly Approval[], now = after(LATER, 1)) => (namingApproval(ask, approvals, now).params as { runId?: string }).runId;
  const [older, newer] = [approval({}, "allow-once", { id: "a1" }), approval({}, "allow-once", { id: "a2" })];

  test("means the newest that fits, and in a retry the one that it used", () => {
    expect(meant(claim(), [older, newer])).toBe("a2");
    expect(meant(claim(), [{ ...older, usedBy: "k1" }, newer])).toBe("a1");
    expect(meant(claim(), [older, { ...newer, usedBy: "k0" }])).toBe("a1");
  });

  test.each([
    ["there is none", claim(), [], 1],
    ["it claims nothing", claim({ approved: undefined }), [older], 1],
    ["it claims a no", claim({ approved: false }), [older], 1],
    ["it is somebody else's", claim({}, { principal: "d2" }), [older], 1],
    ["it is another command", claim({ command: ["git", "push"] }), [older], 1],
    ["it is for another node", claim({}, { nodeId: "n2" }), [older], 1],
    ["nobody decided", claim(), [approval({}, null)], 1],
    ["somebody said no", claim(), [approval({}, "deny")], 1],
    ["it was used", claim(), [approval({}, "allow-always", { usedBy: "k0" })], 1],
    ["it is too old", claim(), [older], USABLE_MS],
  ] as const)("means none where %s", (_, ask, approvals, passedMs) => {
    expect(namingApproval(ask, approvals, after(LATER, passedMs))).toBe(ask);
  });

  test("names what it was given, and nothing else", () => {
    const named = claim({ runId: "a9" });
    expect(namingApproval(named, [older], after(LATER, 1))).toBe(named);
  });
});

describe("a question to a person", () => {
  const base = { command: "git log" };
  test("shows the words that are to run, and what was left out as such", () => {
    expect(readAsk({ command: "harmless", commandArgv: ["rm", "-rf", "a b"], cwd: "", env: {} })).toEqual({
      command: "rm -rf 'a b'", argv: ["rm", "-rf", "a b"], cwd: null, host: null, nodeId: null, security: null, ask: null, agentId: null, resolvedPath: null, sessionKey: null, env: null,
    });
    expect(readAsk({ ...base, env: { GREETING: "hi" } })).toMatchObject({ env: { GREETING: "hi" } });
  });

  test.each([
    ["an id with a space", { ...base, id: "a b" }],
    ["a long id", { ...base, id: "a".repeat(129) }],
    ["a day", { ...base, timeoutMs: 86_400_000 }],
    ["a text that turns round", { command: "rm \u202ex" }],
    ["a text with escapes", { command: "ls \u001b[2K" }],
    ["a folder that turns round", { ...base, cwd: "/tmp/\u2066x" }],
    ["a novel", { command: "x".repeat(20_000) }],
    ["a variable that steers", { ...base, env: { LD_PRELOAD: "x" } }],
  ])("%s is not put", (_, params) => {
    expect(typeof readAsk(params)).toBe("string");
  });

  test("several lines, and a family of signs, are", () => {
    expect(typeof readAsk({ command: "git commit -m '👩‍💻'\n\techo done" })).toBe("object");
  });
});
