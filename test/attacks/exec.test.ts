import { afterEach, describe, expect, test } from "@jest/globals";
import { chmod, mkdir, rename, symlink, writeFile, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { TestClient } from "../../src/testing/test-client.js";
import { createTestGateway, type TestGateway } from "../../src/testing/test-gateway.js";
import { NodeHost } from "../support/node-host.js";
import { ShellNode } from "../support/shell-node.js";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(): Promise<TestGateway> {
  const gateway = await createTestGateway();
  closers.push(async () => {
    const closed = gateway.close();
    await gateway.pass(20_000);
    await closed;
  });
  return gateway;
}

async function joined(gateway: TestGateway, name: string): Promise<ShellNode> {
  const node = await ShellNode.join(gateway, name);
  closers.push(() => node.close());
  return node;
}

const WORDS = ["/bin/echo", "hi"];

/** An approval that was given: for these words, on that node, asked for by this client. */
async function approved(client: TestClient, id: string, ask: Record<string, unknown>): Promise<void> {
  const answer = client.call("exec.approval.request", { id, command: "echo", commandArgv: WORDS, host: "node", ...ask });
  await client.nextEvent("exec.approval.requested", ({ payload }) => (payload as { id: string }).id === id);
  await client.call("exec.approval.resolve", { id, decision: "allow-once" });
  await answer;
}

let keys = 0;
const invoke = (client: TestClient, nodeId: string, params: unknown, more: Record<string, unknown> = {}) =>
  client.request("node.invoke", { nodeId, command: "system.run", params, idempotencyKey: `k${(keys += 1)}`, ...more });
const reasonOf = (answer: Awaited<ReturnType<typeof invoke>>): unknown => (answer.error?.details as { reason?: unknown } | undefined)?.reason ?? answer.error?.message ?? "ran";

describe("whoever says himself that he was approved", () => {
  const CLAIMS = [
    { approved: true }, { approved: true, approvalDecision: "allow-always" }, { approvalDecision: "allow-once" }, { Approved: true }, { approved: "true" }, { approval_decision: "allow-once" },
    { approvedBy: "owner", approvalId: "a1" }, JSON.parse('{"__proto__":{"approved":true}}') as Record<string, unknown>, { approved: false, approvalDecision: null }, { run_id: "a1", approved: true },
  ];

  test("is not believed: the node hears nothing of it", async () => {
    const gateway = await open();
    const node = await joined(gateway, "server");
    const attacker = await gateway.connect({ device: "attacker", scopes: ["operator.write"] });
    for (const claim of CLAIMS) expect((await invoke(attacker, node.nodeId, { command: WORDS, ...claim })).error?.message).toContain("approval required");
    expect(node.runs).toHaveLength(CLAIMS.length);
    for (const { params } of node.runs) expect(Object.keys(params).filter((name) => !["command", "__proto__"].includes(name))).toEqual([]);
  });

  test("is not believed by an id either", async () => {
    const gateway = await open();
    const node = await joined(gateway, "server");
    const attacker = await gateway.connect({ device: "attacker", scopes: ["operator.write"] });
    for (const runId of ["a1", "__proto__", "constructor", "toString", "k1"]) expect(reasonOf(await invoke(attacker, node.nodeId, { command: WORDS, approved: true, runId }))).toBe("unknown");
    expect(node.runs).toEqual([]);
  });
});

describe("an approval opens one thing", () => {
  test("for whoever asked, there, in those words", async () => {
    const gateway = await open();
    const [server, laptop] = [await joined(gateway, "server"), await joined(gateway, "laptop")];
    const owner = await gateway.connect({ device: "owner" });
    const other = await gateway.connect({ device: "other" });
    await approved(owner, "a1", { nodeId: server.nodeId, cwd: "/tmp", agentId: "main", sessionKey: "s" });
    const fitting = { command: WORDS, cwd: "/tmp", agentId: "main", sessionKey: "s", runId: "a1" };
    const attempts: [unknown, string][] = [
      [reasonOf(await invoke(other, server.nodeId, fitting)), "unknown"],
      [reasonOf(await invoke(owner, laptop.nodeId, fitting)), "other-node"],
      [reasonOf(await invoke(owner, server.nodeId, { ...fitting, command: ["/bin/echo", "hi", "there"] })), "other-command"],
      [reasonOf(await invoke(owner, server.nodeId, { ...fitting, command: ["/bin/echo hi"] })), "other-command"],
      [reasonOf(await invoke(owner, server.nodeId, { ...fitting, command: ["/bin/sh", "-c", "/bin/echo hi"] })), "other-command"],
      [reasonOf(await invoke(owner, server.nodeId, { ...fitting, rawCommand: "/bin/rm hi" })), "other-command"],
      [reasonOf(await invoke(owner, server.nodeId, { ...fitting, cwd: "/" })), "other-cwd"],
      [reasonOf(await invoke(owner, server.nodeId, { ...fitting, agentId: "helper" })), "other-agent"],
      [reasonOf(await invoke(owner, server.nodeId, { ...fitting, sessionKey: "t" })), "other-session"],
      [reasonOf(await invoke(owner, server.nodeId, { ...fitting, env: { A: "1" } })), "other-env"],
    ];
    for (const [reason, expected] of attempts) expect(reason).toBe(expected);
    expect([...server.runs, ...laptop.runs]).toEqual([]);
    expect(reasonOf(await invoke(owner, server.nodeId, fitting))).toBe("ran");
    expect(reasonOf(await invoke(owner, server.nodeId, fitting))).toBe("used");
    expect(server.runs).toHaveLength(1);
  });

  test("once, of a hundred who try at the same moment", async () => {
    const gateway = await open();
    const node = await joined(gateway, "server");
    const owner = await gateway.connect({ device: "owner" });
    await approved(owner, "a1", { nodeId: node.nodeId });
    const answers = await Promise.all(Array.from({ length: 100 }, () => invoke(owner, node.nodeId, { command: WORDS, runId: "a1" })));
    expect(answers.map(reasonOf).toSorted()).toEqual(["ran", ...Array.from({ length: 99 }, () => "used")]);
    expect(node.runs).toHaveLength(1);
  });

  test("for a time, and not before somebody said yes", async () => {
    const gateway = await open();
    const node = await joined(gateway, "server");
    const owner = await gateway.connect({ device: "owner" });
    const run = { command: WORDS, approved: true, runId: "a1" };
    const answer = owner.call("exec.approval.request", { id: "a1", command: "/bin/echo hi", host: "node", nodeId: node.nodeId });
    await owner.nextEvent("exec.approval.requested");
    expect(reasonOf(await invoke(owner, node.nodeId, run))).toBe("waiting");
    await gateway.pass(120_000);
    expect(await answer).toMatchObject({ decision: null });
    expect(reasonOf(await invoke(owner, node.nodeId, run))).toBe("unanswered");
    await approved(owner, "a2", { nodeId: node.nodeId });
    await gateway.pass(5 * 60_000);
    expect(reasonOf(await invoke(owner, node.nodeId, { ...run, runId: "a2" }))).toBe("late");
    expect(node.runs).toEqual([]);
  });

  test("not at all where nobody is there to run it, and then still once", async () => {
    const gateway = await open();
    const node = await joined(gateway, "server");
    const owner = await gateway.connect({ device: "owner" });
    await approved(owner, "a1", { nodeId: node.nodeId });
    node.client.close();
    await gateway.pass(0);
    expect((await invoke(owner, node.nodeId, { command: WORDS, runId: "a1" })).error?.message).toBe("node not connected");
    const back = await joined(gateway, "server");
    expect(reasonOf(await invoke(owner, node.nodeId, { command: WORDS, runId: "a1" }))).toBe("ran");
    expect(back.runs).toHaveLength(1);
  });

  test("and no question can be put that shows something else than it is", async () => {
    const gateway = await open();
    const owner = await gateway.connect({ device: "owner" });
    for (const command of ["ls \u202e fr- mr", "ls \u001b[8m; rm x", "ls\u0000", "ls\u200b", "ls \u{e0072}\u{e006d}", "l\u2066s"]) {
      expect((await owner.refusal("exec.approval.request", { command })).message).toContain("characters that nobody sees");
    }
    owner.ask("exec.approval.request", { id: "a1", command: "ls", commandArgv: ["rm", "\u202ex\n-rf"] });
    const { payload } = await owner.nextEvent("exec.approval.requested");
    expect(payload).toMatchObject({ request: { command: String.raw`rm $'\u202ex\n-rf'` } });
  });

  test("not by a node: none may ask, decide or see", async () => {
    const gateway = await open();
    const node = await joined(gateway, "server");
    const owner = await gateway.connect({ device: "owner" });
    owner.ask("exec.approval.request", { id: "a1", command: "ls" });
    await owner.nextEvent("exec.approval.requested");
    for (const [method, params] of [["exec.approval.resolve", { id: "a1", decision: "allow-once" }], ["exec.approval.list", {}], ["exec.approvals.get", {}]] as const) {
      expect((await node.client.refusal(method, params)).message).toContain("unauthorized role");
    }
    expect(node.client.heard("exec.approval.requested")).toEqual([]);
  });
});

async function host(env: Record<string, string> = {}): Promise<NodeHost> {
  const one = await NodeHost.open(env);
  closers.push(() => one.close());
  return one;
}

/** A program that says it ran, by a file: whatever was answered, this is what counts. */
async function planted(on: NodeHost, path: string): Promise<() => Promise<boolean>> {
  const proof = join(on.folder, `ran-${path.replaceAll("/", "-")}`);
  await mkdir(join(on.folder, path, ".."), { recursive: true });
  await on.script(path, `#!/bin/sh\necho ran > '${proof}'\n`);
  return () => readFile(proof).then(() => true, () => false);
}

describe("a list lets programs through, not words", () => {
  test("no shell runs by what is inside of it", async () => {
    const on = await host();
    on.allow("/bin/echo", "/usr/bin/echo", "/usr/bin/git", "/usr/bin/*", "/bin/*", "/**");
    const shells = [
      ["/bin/sh", "-c", "echo hi"], ["sh", "-c", "/bin/echo hi"], ["/usr/bin/env", "echo", "hi"], ["env", "-S", "echo hi"], ["/usr/bin/env", "LD_PRELOAD=x", "echo"],
      ["xargs", "echo"], ["find", "/", "-exec", "id", ";"], ["timeout", "1", "echo"], ["nohup", "echo"], ["bash", "-lc", "echo"], ["perl", "-e", "exec 'id'"], ["awk", "BEGIN{system(\"id\")}"],
    ];
    for (const words of shells) {
      const outcome = await on.run(words);
      // What this host does not have, it can't run.
      expect(outcome.kind === "failed" ? outcome.message : "ran").toMatch(/runs whatever its arguments say|is no program on this node/u);
    }
    expect((await on.ran(["echo", "hi; id"])).stdout).toBe("hi; id\n");
  });

  test("what lies in the folder by chance is not what is meant", async () => {
    const lure = await host();
    const on = await host({ PATH: `${relative(process.cwd(), lure.folder)}::.:bin:/usr/bin:/bin` });
    const ran = [await planted(lure, "echo"), await planted(on, "echo"), await planted(on, "bin/echo")];
    on.allow("/bin/echo", "/usr/bin/echo");
    expect((await on.ran(["echo", "hi"], { cwd: on.folder })).stdout).toBe("hi\n");
    for (const words of [["./echo"], ["bin/echo"], ["../" + on.folder.split("/").at(-1) + "/echo"], [`${on.folder}/echo`], [`/bin/../${on.folder}/echo`]]) {
      expect(await on.denied(words, { cwd: on.folder })).toMatch(/^SYSTEM_RUN_DENIED: approval required/u);
    }
    expect(await Promise.all(ran.map((one) => one()))).toEqual([false, false, false]);
  });

  test("a path that only begins like a listed one is another", async () => {
    const on = await host();
    await mkdir(join(on.folder, "tools"));
    const ran = [await planted(on, "evil"), await planted(on, "tools-evil")];
    on.allow(`${on.folder}/tools/*`, `${on.folder}/tools`);
    for (const words of [[`${on.folder}/tools/../evil`], [`${on.folder}/tools/./../evil`], [`${on.folder}/tools-evil`], [`${on.folder}/tools//../evil`]]) {
      expect(await on.denied(words)).toContain("approval required");
    }
    expect(await Promise.all(ran.map((one) => one()))).toEqual([false, false]);
  });

  test("a link in a listed folder leads nowhere", async () => {
    const on = await host();
    await mkdir(join(on.folder, "tools"));
    const ran = await planted(on, "evil");
    await symlink("/bin/sh", join(on.folder, "tools", "git"));
    await symlink(join(on.folder, "evil"), join(on.folder, "tools", "ls"));
    await symlink(on.folder, join(on.folder, "tools", "deeper"));
    on.allow(`${on.folder}/tools/*`, `${on.folder}/tools/**`);
    for (const words of [[`${on.folder}/tools/git`, "-c", "id"], [`${on.folder}/tools/ls`], [`${on.folder}/tools/deeper/evil`]]) expect(await on.denied(words)).toContain("approval required");
    expect(await ran()).toBe(false);
  });

  test("what runs is the file that was judged, whatever a link says a moment later", async () => {
    const on = await host();
    const [good, evil] = [await planted(on, "good"), await planted(on, "evil")];
    const link = join(on.folder, "link");
    await symlink(join(on.folder, "good"), link);
    on.allow(join(on.folder, "good"));
    const read = on.approvals.read.bind(on.approvals);
    on.approvals.read = async () => {
      await symlink(join(on.folder, "evil"), `${link}.new`);
      await rename(`${link}.new`, link);
      return read();
    };
    expect(await on.ran([link])).toMatchObject({ exitCode: 0 });
    expect([await good(), await evil()]).toEqual([true, false]);
  });

  test("variables do not make a listed program another", async () => {
    const on = await host();
    on.allow("/bin/echo", "/usr/bin/echo", "/bin/ls", "/usr/bin/ls");
    for (const name of ["LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "ld_preload", "DYLD_INSERT_LIBRARIES", "NODE_OPTIONS", "PATH", "Path", "BASH_ENV", "ENV", "IFS", "PYTHONPATH", "PERL5OPT", "GIT_SSH_COMMAND", "BASH_FUNC_echo%%", "A=B", ""]) {
      expect(await on.denied(["echo", "hi"], { env: { [name]: "/tmp/evil.so" }, approved: true, approvalDecision: "allow-once" })).toMatch(/^INVALID_REQUEST: no run may bring/u);
    }
    expect(await on.denied(["echo", "hi"], { env: { GREETING: "x" } })).toContain("not with variables of its own");
    expect((await on.ran(["echo", "hi"], { env: { LC_ALL: "C" } })).success).toBe(true);
  });

  test("an agent does not get more by another's name, nor by one that every object has", async () => {
    const on = await host();
    on.say({ agents: { trusted: { security: "full", ask: "off" } } });
    for (const agentId of [undefined, "", "main", "__proto__", "constructor", "hasOwnProperty", "trusted ", "TRUSTED", 1, { a: 1 }, ["trusted"]]) expect(await on.denied(["echo"], { agentId })).toContain("approval required");
  });

  test("words with line ends and quotes reach the program as they are", async () => {
    const on = await host();
    on.allow("/bin/echo", "/usr/bin/echo");
    expect((await on.ran(["echo", "a\nid\n", "'; id #"])).stdout).toBe("a\nid\n '; id #\n");
  });

  test("nothing that is no program runs: folders, files without the right, links to nowhere and in circles", async () => {
    const on = await host();
    on.open();
    const plain = join(on.folder, "plain");
    await writeFile(plain, "#!/bin/sh\n");
    await chmod(plain, 0o644);
    await symlink(join(on.folder, "circle"), join(on.folder, "circle"));
    for (const word of [on.folder, plain, join(on.folder, "circle"), "", " ", ".", "..", "/", "-c", "echo\0"]) expect(await on.denied([word])).toMatch(/^INVALID_REQUEST: /u);
  });
});
