import { afterEach, describe, expect, test } from "@jest/globals";
import { MAX_WAITING } from "../../src/domain/nodes/exec-policy/approval.js";
import { MemoryExecApprovals } from "../../src/adapters/storage/memory/memory-exec-approvals.js";
import { MemoryLog } from "../../src/adapters/log/memory/index.js";
import type { TestClient } from "../../src/testing/test-client.js";
import { createTestGateway, type TestConnect, type TestGateway, type TestGatewayOptions } from "../../src/testing/test-gateway.js";
import { answer, asked, DESK, household, idOf } from "../support/nodes.js";
import { ShellNode } from "../support/shell-node.js";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const gateway = await createTestGateway(options);
  closers.push(async () => {
    const closed = gateway.close();
    await gateway.pass(20_000);
    await closed;
  });
  return gateway;
}

async function join(gateway: TestGateway, name = "server"): Promise<ShellNode> {
  const node = await ShellNode.join(gateway, name);
  closers.push(() => node.close());
  return node;
}

const approver = (gateway: TestGateway, ask: TestConnect = {}) =>
  gateway.connect({ device: "phone", scopes: ["operator.approvals"], client: { id: "openclaw-ios", mode: "ui", platform: "iOS", displayName: "Ada's phone" }, ...ask });

const requested = async (client: TestClient): Promise<{ id: string; request: Record<string, unknown>; createdAtMs: number; expiresAtMs: number }> => (await client.nextEvent("exec.approval.requested")).payload as never;

describe("a command that waits for a person", () => {
  test("is told to those who may decide, and answered when one did", async () => {
    const gateway = await open();
    const [agent, phone] = [await gateway.connect(), await approver(gateway)];
    const answer = agent.call("exec.approval.request", { id: "a1", command: "git push", cwd: "/srv", host: "gateway", agentId: "main", sessionKey: "agent:main:main" });
    const now = gateway.clock.now();
    const told = await requested(phone);
    expect(told).toEqual({
      id: "a1",
      request: { command: "git push", cwd: "/srv", host: "gateway", security: null, ask: null, agentId: "main", resolvedPath: null, sessionKey: "agent:main:main", nodeId: null, commandArgv: null, envKeys: null },
      createdAtMs: now,
      expiresAtMs: now + 120_000,
    });
    expect(await phone.call("exec.approval.list", {})).toEqual({ approvals: [told] });
    expect(await phone.call("exec.approval.resolve", { id: "a1", decision: "allow-once" })).toEqual({ ok: true });
    expect(await answer).toEqual({ id: "a1", decision: "allow-once", createdAtMs: now, expiresAtMs: now + 120_000 });
    expect((await agent.nextEvent("exec.approval.resolved")).payload).toEqual({ id: "a1", decision: "allow-once", resolvedBy: "Ada's phone", ts: now });
    expect(await phone.call("exec.approval.list", {})).toEqual({ approvals: [] });
  });

  test("is answered with nothing where nobody decided in time, and then it is too late", async () => {
    const gateway = await open();
    const [agent, phone] = [await gateway.connect(), await approver(gateway)];
    await gateway.pass(5000);
    const wakes = gateway.clock.pending;
    const answer = agent.call("exec.approval.request", { command: "ls", timeoutMs: 5000 });
    const { id } = await requested(phone);
    await gateway.pass(5000);
    expect(await answer).toMatchObject({ id, decision: null });
    expect(gateway.clock.pending).toBe(wakes);
    expect(await phone.refusal("exec.approval.resolve", { id, decision: "deny" })).toEqual({ code: "APPROVAL_NOT_FOUND", message: "unknown approval id", details: { code: "APPROVAL_NOT_FOUND", reason: "expired" } });
  });

  test("is decided once: the first word counts", async () => {
    const gateway = await open();
    const [agent, phone] = [await gateway.connect(), await approver(gateway)];
    const answer = agent.call("exec.approval.request", { id: "a1", command: "ls" });
    await requested(phone);
    const [first, second] = await Promise.all([phone.request("exec.approval.resolve", { id: "a1", decision: "deny" }), phone.request("exec.approval.resolve", { id: "a1", decision: "allow-once" })]);
    expect([first.ok, second.ok]).toEqual([true, false]);
    expect(second.error).toMatchObject({ message: "unknown approval id", details: { reason: "already-decided" } });
    expect(await answer).toMatchObject({ decision: "deny" });
    expect(phone.heard("exec.approval.resolved")).toHaveLength(1);
  });

  test("is refused in the words that clients look for", async () => {
    const gateway = await open();
    const old = await gateway.connect({ minProtocol: 3, maxProtocol: 3 } as TestConnect);
    old.ask("exec.approval.request", { id: "a1", command: "ls" });
    await requested(old);
    expect(await old.refusal("exec.approval.request", { id: "a1", command: "ls" })).toMatchObject({ code: "INVALID_REQUEST", message: "approval id already pending" });
    expect(await old.refusal("exec.approval.resolve", { id: "a1", decision: "yes" })).toMatchObject({ code: "INVALID_REQUEST", message: "invalid decision" });
    expect(await old.refusal("exec.approval.resolve", { id: "a2", decision: "deny" })).toMatchObject({ code: "INVALID_REQUEST", message: "unknown approval id" });
    await old.call("exec.approval.resolve", { id: "a1", decision: "deny" });
    expect(await old.refusal("exec.approval.request", { id: "a1", command: "ls" })).toMatchObject({ message: "approval id was already used; take another" });
    // Until nobody can mean the old one any more.
    await gateway.pass(10 * 60_000);
    old.ask("exec.approval.request", { id: "a1", command: "ls" });
    expect((await requested(old)).id).toBe("a1");
  });

  test("is heard and decided on by those alone who may", async () => {
    const gateway = await open();
    const agent = await gateway.connect();
    const reader = await gateway.connect({ device: "reader", scopes: ["operator.read", "operator.write"] });
    agent.ask("exec.approval.request", { id: "a1", command: "ls" });
    await requested(agent);
    for (const [method, params] of [["exec.approval.list", {}], ["exec.approval.resolve", { id: "a1", decision: "allow-once" }], ["exec.approval.request", { command: "ls" }], ["exec.approvals.get", {}]] as const) {
      expect((await reader.refusal(method, params)).code).toBe("FORBIDDEN");
    }
    expect(reader.heard("exec.approval.requested")).toEqual([]);
    expect((await gateway.call("exec.approval.list", {})).approvals).toHaveLength(1);
  });

  test("waits on when whoever asked is gone, and ends with the gateway", async () => {
    const gateway = await open();
    const [agent, phone] = [await gateway.connect(), await approver(gateway)];
    agent.ask("exec.approval.request", { id: "a1", command: "ls" });
    await requested(phone);
    agent.close();
    expect(await phone.call("exec.approval.resolve", { id: "a1", decision: "deny" })).toEqual({ ok: true });
    const own = gateway.call("exec.approval.request", { id: "a2", command: "ls" });
    await requested(phone);
    const closed = gateway.close();
    expect(await own).toMatchObject({ id: "a2", decision: null });
    await gateway.pass(20_000);
    await closed;
  });

  test("is one of a bounded number", async () => {
    const gateway = await open();
    const clients = await Promise.all(Array.from({ length: 2 }, (_, nth) => gateway.connect({ device: `agent${nth}` })));
    for (let nth = 0; nth < MAX_WAITING; nth += 1) clients[nth % 2]?.ask("exec.approval.request", { id: `a${nth}`, command: "ls" });
    const [agent] = clients;
    await agent?.nextEvent("exec.approval.requested", ({ payload }) => (payload as { id: string }).id === `a${MAX_WAITING - 1}`);
    expect(await agent?.refusal("exec.approval.request", { command: "ls" })).toMatchObject({ code: "UNAVAILABLE", retryable: true });
    await gateway.pass(120_000);
    agent?.ask("exec.approval.request", { id: "next", command: "ls" });
    await agent?.nextEvent("exec.approval.requested", ({ payload }) => (payload as { id: string }).id === "next");
  });

  test("leaves no command in the log", async () => {
    const log = new MemoryLog();
    const gateway = await open({ log });
    const agent = await gateway.connect();
    agent.ask("exec.approval.request", { id: "a1", command: "curl -H 's3cret'", env: { TOKEN: "s3cret" } });
    expect(JSON.stringify(await requested(agent))).toContain('"envKeys":["TOKEN"]');
    await agent.call("exec.approval.resolve", { id: "a1", decision: "deny" });
    expect(log.text()).toContain("a1");
    expect(log.text()).not.toContain("s3cret");
  });
});

describe("the file of this host", () => {
  test("is shown without its secret, and replaced by those who saw it", async () => {
    const text = { current: '{"version":1,"socket":{"path":"/s","token":"s3cret"},"agents":{}}' };
    const gateway = await open({ execApprovals: new MemoryExecApprovals(text) });
    const owner = await gateway.connect();
    const before = await owner.call<{ hash: string; file: Record<string, unknown> }>("exec.approvals.get", {});
    expect(before).toMatchObject({ path: "memory", exists: true, file: { version: 1, socket: { path: "/s" } } });
    const file = { ...before.file, defaults: { security: "full" } };
    expect(await owner.refusal("exec.approvals.set", { file })).toMatchObject({ code: "INVALID_REQUEST", message: "exec approvals base hash required; re-run exec.approvals.get and retry" });
    expect(await owner.call("exec.approvals.set", { file, baseHash: before.hash })).toMatchObject({ exists: true, file });
    expect(text.current).toContain("s3cret");
    expect(await owner.refusal("exec.approvals.set", { file, baseHash: before.hash })).toMatchObject({ message: "exec approvals changed since last load; re-run exec.approvals.get and retry" });
    const { hash } = await owner.call<{ hash: string }>("exec.approvals.get", {});
    expect(await owner.refusal("exec.approvals.set", { file: { defaults: { security: "yes" } }, baseHash: hash })).toMatchObject({ message: "invalid exec approvals file: defaults.security must be one of deny, allowlist, full" });
  });

  test("that cannot be used is said to be so, and can be replaced", async () => {
    const gateway = await open({ execApprovals: new MemoryExecApprovals({ current: "{" }) });
    const owner = await gateway.connect();
    const { code, message } = await owner.refusal("exec.approvals.get", {});
    expect([code, message]).toEqual(["UNAVAILABLE", expect.stringContaining("it is not valid JSON")]);
    const baseHash = /baseHash ([0-9a-f]{64})$/u.exec(message)?.[1];
    expect(await owner.call("exec.approvals.set", { file: { version: 1 }, baseHash })).toMatchObject({ file: { version: 1 } });
  });

  test("gets an entry from an always for this host, where it is a program and not a shell", async () => {
    const text: { current?: string } = {};
    const gateway = await open({ execApprovals: new MemoryExecApprovals(text) });
    const owner = await gateway.connect();
    const always = async (id: string, more: Record<string, unknown>): Promise<void> => {
      const answer = owner.call("exec.approval.request", { id, command: "x", host: "gateway", ...more });
      await requested(owner);
      await owner.call("exec.approval.resolve", { id, decision: "allow-always" });
      expect(await answer).toMatchObject({ decision: "allow-always" });
    };
    await always("a1", { resolvedPath: "/bin/sh" });
    await always("a2", { resolvedPath: "git" });
    await always("a3", { resolvedPath: "/usr/bin/git", host: "node" });
    await always("a4", { resolvedPath: "/usr/bin/git", env: { A: "1" } });
    expect(text.current).toBeUndefined();
    await always("a5", { resolvedPath: "/usr/bin/git", agentId: "helper" });
    expect(JSON.parse(text.current ?? "")).toMatchObject({ agents: { helper: { allowlist: [{ pattern: "/usr/bin/git" }] } } });
  });
});

describe("the file of a node", () => {
  test("is read and replaced through the node, and by no other way", async () => {
    const gateway = await open();
    const { nodeId, host } = await join(gateway);
    const owner = await gateway.connect();
    const before = await owner.call<{ exists: boolean; hash: string }>("exec.approvals.node.get", { nodeId });
    expect(before).toMatchObject({ exists: false, file: { defaults: { security: "allowlist" } } });
    expect(await owner.call("exec.approvals.node.set", { nodeId, file: { version: 1, defaults: { security: "full" } }, baseHash: before.hash })).toMatchObject({ exists: true });
    expect(host.file.current).toContain("full");
    const stale = await owner.refusal("exec.approvals.node.set", { nodeId, file: { version: 1 }, baseHash: before.hash });
    expect(stale.message).toContain("exec approvals changed since last load; re-run exec.approvals.node.get and retry");
    const refused = await owner.refusal("node.invoke", { nodeId, command: "system.execApprovals.set", params: { file: { version: 1 } }, idempotencyKey: "k" });
    expect(refused.message).toMatch(/exec\.approvals\.node/u);
    expect(await owner.refusal("exec.approvals.node.get", { nodeId: "nobody" })).toMatchObject({ code: "UNAVAILABLE", message: "node not connected" });
  });
});

describe("a run on a node", () => {
  const words = ["/bin/echo", "hello there"];
  const invoke = (client: TestClient, nodeId: string, params: Record<string, unknown>, key: string) => client.request("node.invoke", { nodeId, command: "system.run", params, idempotencyKey: key });

  test("is asked about, approved, and happens once, however often it is tried again", async () => {
    const gateway = await open();
    const node = await join(gateway);
    const [agent, phone] = [await gateway.connect(), await approver(gateway)];
    const { nodeId } = node;
    const denied = await agent.refusal("node.invoke", { nodeId, command: "system.run", params: { command: words }, idempotencyKey: "k0" });
    expect(denied).toMatchObject({ code: "UNAVAILABLE", details: { nodeError: { code: "SYSTEM_RUN_DENIED" } } });
    expect(denied.message).toContain("approval required");

    const answer = agent.call("exec.approval.request", { id: "a1", command: "echo", commandArgv: words, host: "node", nodeId });
    expect((await requested(phone)).request).toMatchObject({ command: "/bin/echo 'hello there'", nodeId });
    await phone.call("exec.approval.resolve", { id: "a1", decision: "allow-once" });
    expect(await answer).toMatchObject({ decision: "allow-once" });
    const params = { command: words, runId: "a1" };
    const tries = await Promise.all([1, 2, 3].map(() => invoke(agent, nodeId, params, "k1")));
    for (const one of tries) expect(one).toMatchObject({ ok: true, payload: { payload: { stdout: "hello there\n", success: true } } });
    expect(node.runs.slice(1)).toEqual([{ command: "system.run", params: { command: words, approved: true, approvalDecision: "allow-once", runId: "a1" }, idempotencyKey: "k1" }]);
    expect((await invoke(agent, nodeId, params, "k2")).error).toMatchObject({ code: "INVALID_REQUEST", details: { code: "APPROVAL_NOT_USABLE", reason: "used" } });
    expect(node.runs).toHaveLength(2);
  });

  test("may be asked about by the gateway itself, in one call", async () => {
    const gateway = await open();
    const node = await join(gateway);
    const [writer, phone] = [await gateway.connect({ device: "writer", scopes: ["operator.write"] }), await approver(gateway)];
    const { nodeId } = node;
    const ask = (key: string, more: Record<string, unknown> = {}) => writer.request("node.invoke", { nodeId, command: "system.run", params: { command: words, cwd: "/", env: { A: "1" }, ...more }, idempotencyKey: key, askApproval: true });
    const [first, again] = [ask("k1"), ask("k1")];
    const { id, request } = await requested(phone);
    expect(request).toMatchObject({ command: "/bin/echo 'hello there'", commandArgv: words, cwd: "/", host: "node", nodeId, envKeys: ["A"] });
    await phone.call("exec.approval.resolve", { id, decision: "allow-once" });
    for (const answer of await Promise.all([first, again])) expect(answer).toMatchObject({ ok: true, payload: { payload: { stdout: "hello there\n" } } });
    expect(node.runs).toHaveLength(2);
    const denied = ask("k2");
    await phone.call("exec.approval.resolve", { id: (await requested(phone)).id, decision: "deny" });
    expect((await denied).error).toMatchObject({ code: "UNAVAILABLE", message: "SYSTEM_RUN_DENIED: the command was denied; nothing was run" });
    const late = ask("k3");
    await requested(phone);
    await gateway.pass(120_000);
    expect((await late).error?.message).toContain("approval required");
    // What needs no approval, or can't have one, is never asked about.
    expect((await ask("k4", { command: "ls" })).error?.message).toContain("command must be a list of words");
    node.host.open();
    expect((await ask("k5")).ok).toBe(true);
    expect(await phone.call("exec.approval.list", {})).toEqual({ approvals: [] });
  });

  test("is asked about where a node of January says so, with the code in the sentence alone", async () => {
    const gateway = await open();
    const [{ owner, node: desk }, phone] = [await household(gateway, DESK, "desk"), await approver(gateway)];
    const nodeId = idOf("desk");
    const ask = owner.request("node.invoke", { nodeId, command: "system.run", params: { command: words }, idempotencyKey: "k1", askApproval: true });
    const first = await asked(desk);
    await desk.call("node.invoke.result", { id: first.id, nodeId, ok: false, error: { code: "UNAVAILABLE", message: "SYSTEM_RUN_DENIED: approval required" } });
    const { id } = await requested(phone);
    await phone.call("exec.approval.resolve", { id, decision: "allow-once" });
    const told = await answer(desk, { stdout: "hello there\n" });
    expect(JSON.parse(told.paramsJSON ?? "")).toEqual({ command: words, approved: true, approvalDecision: "allow-once", runId: id });
    expect(await ask).toMatchObject({ ok: true, payload: { payload: { stdout: "hello there\n" } } });
  });

  test("of the agent's is asked about, in its own name, and given up with its turn", async () => {
    const script: TestGatewayOptions["script"] = () => [{ kind: "call", tool: "node_invoke", args: { nodeId: "server", command: "system.run", params: { command: words, agentId: "trusted", approved: true } } }, { kind: "say", text: "done" }];
    const gateway = await open({ script, settings: { tools: { allow: ["node_invoke"], deny: [] } } });
    const node = await join(gateway);
    node.host.say({ agents: { trusted: { security: "full", ask: "off" } } });
    const owner = await gateway.connect();
    const run = await owner.call<{ runId: string }>("chat.send", { sessionKey: "main", message: "go", idempotencyKey: "r1" });
    const first = await requested(owner);
    expect(first.request).toMatchObject({ agentId: "main", nodeId: node.nodeId });
    await owner.call("exec.approval.resolve", { id: first.id, decision: "allow-once" });
    await owner.nextEvent("chat", ({ payload }) => (payload as { state: string }).state === "final");
    expect(node.runs.map(({ params }) => params["approved"])).toEqual([undefined, true]);
    expect(run.runId).toBe("r1");
    await owner.call("chat.send", { sessionKey: "main", message: "go", idempotencyKey: "r2" });
    const { id } = await requested(owner);
    await owner.call("chat.abort", { sessionKey: "main", runId: "r2" });
    expect((await owner.nextEvent("exec.approval.resolved", ({ payload }) => (payload as { id: string }).id === id)).payload).toMatchObject({ decision: "deny", resolvedBy: "gateway" });
    expect(node.runs).toHaveLength(3);
  });

  test("approved for good is on the node's list from then on", async () => {
    const gateway = await open();
    const { nodeId, host } = await join(gateway);
    const owner = await gateway.connect();
    owner.ask("exec.approval.request", { id: "a1", command: "echo", commandArgv: words, host: "node", nodeId });
    await requested(owner);
    await owner.call("exec.approval.resolve", { id: "a1", decision: "allow-always" });
    expect((await invoke(owner, nodeId, { command: words, runId: "a1" }, "k1")).ok).toBe(true);
    expect(host.file.current).toContain("echo");
    expect((await invoke(owner, nodeId, { command: words }, "k2")).ok).toBe(true);
  });

  test("from a client that names no node and no words means the node that there is", async () => {
    const gateway = await open();
    const { nodeId } = await join(gateway);
    const owner = await gateway.connect();
    owner.ask("exec.approval.request", { id: "a1", command: "echo hi | cat", host: "node", cwd: "/" });
    expect((await requested(owner)).request).toMatchObject({ nodeId });
    await owner.call("exec.approval.resolve", { id: "a1", decision: "allow-once" });
    const shell = ["/bin/sh", "-lc", "echo hi | cat"];
    const params = { command: shell, rawCommand: "echo hi | cat", cwd: "/", approved: true, approvalDecision: "allow-once", runId: "a1" };
    expect(await invoke(owner, nodeId, params, "k1")).toMatchObject({ ok: true, payload: { payload: { stdout: "hi\n" } } });
    // With two of them, whoever asks has to say which.
    await join(gateway, "laptop");
    owner.ask("exec.approval.request", { id: "a2", command: "ls", host: "node" });
    expect((await requested(owner)).request).toMatchObject({ nodeId: null });
  });

  test("from a client that claims its approval and does not name it, as those of January do, is let through by it once", async () => {
    const gateway = await open();
    const node = await join(gateway);
    const { nodeId } = node;
    // Words with spaces in them would be no text that can mean nothing else.
    const words = ["/bin/echo", "hello"];
    const [owner, other] = [await gateway.connect(), await gateway.connect({ device: "other" })];
    const claim = { command: words, agentId: "main", approved: true, approvalDecision: "allow-once" };
    expect((await invoke(owner, nodeId, claim, "k0")).error?.message).toContain("approval required");
    owner.ask("exec.approval.request", { command: words.join(" "), host: "node", security: "allowlist", ask: "on-miss", agentId: "main", timeoutMs: 120_000 });
    const { id } = await requested(owner);
    expect((await invoke(owner, nodeId, claim, "k1")).error?.message).toContain("approval required");
    await owner.call("exec.approval.resolve", { id, decision: "allow-once" });
    expect((await invoke(other, nodeId, claim, "k2")).error?.message).toContain("approval required");
    expect((await invoke(owner, nodeId, { ...claim, command: ["/bin/echo", "bye"] }, "k3")).error?.message).toContain("approval required");
    for (const one of await Promise.all([invoke(owner, nodeId, claim, "k4"), invoke(owner, nodeId, claim, "k4")])) expect(one).toMatchObject({ ok: true, payload: { payload: { stdout: "hello\n" } } });
    expect(node.runs.at(-1)?.params).toEqual({ command: words, agentId: "main", approved: true, approvalDecision: "allow-once", runId: id });
    expect((await invoke(owner, nodeId, claim, "k5")).error?.message).toContain("approval required");
    expect(node.runs.filter(({ params }) => params["approved"] === true)).toHaveLength(1);
  });

  test("that nobody answered for falls under the node's own rule", async () => {
    const gateway = await open();
    const { nodeId, host } = await join(gateway);
    const owner = await gateway.connect();
    host.say({ defaults: { askFallback: "full" } });
    for (const [id, timeoutMs] of [["slow", 30_000], ["hasty", 29_999]] as const) {
      const answer = owner.call("exec.approval.request", { id, command: "echo", commandArgv: words, host: "node", nodeId, timeoutMs });
      await requested(owner);
      await gateway.pass(timeoutMs);
      expect(await answer).toMatchObject({ decision: null });
    }
    expect((await invoke(owner, nodeId, { command: words, runId: "slow" }, "k1")).ok).toBe(true);
    expect((await invoke(owner, nodeId, { command: words, runId: "hasty" }, "k2")).error).toMatchObject({ details: { reason: "unanswered" } });
  });
});
