import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CliIo } from "../../src/app/cli/io.js";
import { main } from "../../src/app/cli/main.js";
import { MemoryExecApprovals } from "../../src/adapters/storage/memory/memory-exec-approvals.js";
import { createTestGateway, type TestGateway } from "../../src/testing/test-gateway.js";
import type { TestClient } from "../../src/testing/test-client.js";
import { ShellNode } from "../support/shell-node.js";

let home: string;
let port: number;
let gateway: TestGateway;
let node: ShellNode;
let agent: TestClient;
const file: { current?: string } = {};

beforeEach(async () => {
  delete file.current;
  home = await mkdtemp(join(tmpdir(), "cli-approvals-"));
  gateway = await createTestGateway({ execApprovals: new MemoryExecApprovals(file) });
  ({ port } = await gateway.listen({ port: 0 }));
  node = await ShellNode.join(gateway, "server");
  agent = await gateway.connect();
});
afterEach(async () => {
  const closed = gateway.close();
  await gateway.pass(20_000);
  await closed;
  await node.close();
  await rm(home, { recursive: true, force: true });
});

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let [out, err] = ["", ""];
  const io: CliIo = {
    stdout: { write: (text) => void (out += text) },
    stderr: { write: (text) => void (err += text) },
    env: { OPENCLAW_STATE_DIR: join(home, "state"), OPENCLAW_GATEWAY_PORT: String(port), OPENCLAW_GATEWAY_TOKEN: "test-token" },
    home,
    now: () => gateway.clock.now(),
    onInterrupt: () => () => undefined,
    loadDaemon: () => Promise.reject(new Error("no daemon here")),
  };
  const code = await main(argv, io);
  return { code, out, err };
}

/** Puts a question, and gives back what its answer will be asked for by. */
async function ask(id: string, params: Record<string, unknown>): Promise<string> {
  const request = agent.ask("exec.approval.request", { id, ...params });
  await agent.nextEvent("exec.approval.requested", ({ payload }) => (payload as { id: string }).id === id);
  return request;
}

const answerTo = async (request: string): Promise<unknown> => (await agent.response(request)).payload;

describe("what waits", () => {
  test("is shown in full, with where it would run, and decided on by its id or the beginning of it", async () => {
    expect((await run("approvals")).out).toBe("No command waits for approval.\n");
    const first = await ask("abcd-1", { command: "x", commandArgv: ["git", "push", "a\u001b[2Jb"], host: "node", nodeId: node.nodeId, cwd: "/srv", agentId: "main", env: { TOKEN: "s3cret" } });
    const { out, code } = await run("approvals", "list");
    expect(code).toBe(0);
    expect(out).toBe(
      [
        "abcd-1   expires in 2 min",
        String.raw`  | git push $'a\u001b[2Jb'`,
        `  on node server (${node.nodeId.slice(0, 12)})`,
        "  in /srv",
        "  with variables TOKEN",
        "  for agent main",
        "",
        "Decide with: openclaw approvals allow <ID> [--always], or: openclaw approvals deny <ID>",
        "",
      ].join("\n"),
    );
    expect(await run("approvals", "allow", "abcd")).toMatchObject({ code: 0, out: "It may run, once.\n" });
    expect(await answerTo(first)).toMatchObject({ decision: "allow-once" });
  });

  test("is refused, allowed for good, or resolved in the words of the protocol", async () => {
    const [one, two, three] = [await ask("aaaa-1", { command: "ls\nrm x" }), await ask("aaaa-2", { command: "ls" }), await ask("bbbb", { command: "ls" })];
    expect((await run("approvals")).out).toContain("  | ls\n  | rm x\n");
    expect(await run("approvals", "deny", "aaaa")).toMatchObject({ code: 1, err: "More than one command that waits has an id that begins with aaaa.\n  See: openclaw approvals list\n" });
    expect((await run("approvals", "deny", "aaaa-1")).out).toBe("It may not run.\n");
    expect((await run("approvals", "allow", "aaaa-2", "--always")).out).toContain("need not be asked about again");
    expect(JSON.parse((await run("approvals", "resolve", "bbbb", "allow-once", "--json")).out)).toEqual({ id: "bbbb", decision: "allow-once" });
    expect(await Promise.all([one, two, three].map(answerTo))).toMatchObject([{ decision: "deny" }, { decision: "allow-always" }, { decision: "allow-once" }]);
    expect(await run("approvals", "allow", "bbbb")).toMatchObject({ code: 1, err: expect.stringContaining("No command waits under bbbb: it was decided on, or its time is up.") });
  });

  test.each([[["approvals", "resolve", "x"]], [["approvals", "resolve", "x", "yes"]], [["approvals", "allow"]], [["approvals", "allowlist", "add", "git"]], [["approvals", "allowlist", "add", "/a/../b"]], [["approvals", "nonsense", "x"]]])("%j is wrong usage", async (argv) => {
    expect((await run(...argv)).code).toBe(2);
  });
});

describe("the file", () => {
  test("of the gateway's host is shown and replaced", async () => {
    const shown = await run("approvals", "get", "--json");
    const { hash } = JSON.parse(shown.out) as { hash: string };
    const path = join(home, "mine.json");
    await writeFile(path, JSON.stringify({ version: 1, defaults: { security: "deny" } }));
    expect(await run("approvals", "set", path, "--base-hash", "0".repeat(64))).toMatchObject({ code: 1, err: expect.stringContaining("changed since last load") });
    expect(await run("approvals", "set", path, "--base-hash", hash)).toMatchObject({ code: 0, out: "The file of the gateway's host is replaced. It lies at memory.\n" });
    expect(JSON.parse((await run("approvals", "get")).out)).toEqual({ version: 1, defaults: { security: "deny" } });
    await writeFile(path, "{");
    expect(await run("approvals", "set", path)).toMatchObject({ code: 1, err: `The file ${path} is not valid JSON.\n` });
    expect((await run("approvals", "set", join(home, "none"))).err).toContain("cannot be read");
  });

  test("has a list that entries are put on and taken off", async () => {
    expect((await run("approvals", "allowlist")).out).toContain("On the gateway's host: security allowlist, ask on-miss, and deny where nobody answers.\nNo program is on the list.");
    expect((await run("approvals", "allowlist", "add", "/usr/bin/git")).out).toBe("/usr/bin/git may run on the gateway's host without a question, with any arguments.\n");
    expect((await run("approvals", "allowlist", "add", "/bin/sh", "--agent", "*")).out).toContain("it lets everything through");
    expect((await run("approvals", "allowlist", "list")).out).toMatch(/AGENT {2}PROGRAM\nmain {3}\/usr\/bin\/git\n\* {6}\/bin\/sh\n/u);
    expect((await run("approvals", "allowlist", "remove", "/usr/bin/git")).out).toBe("/usr/bin/git is off the list of the gateway's host.\n");
    expect(await run("approvals", "allowlist", "remove", "/usr/bin/git")).toMatchObject({ code: 1, err: "/usr/bin/git is not on the list.\n  See: openclaw approvals allowlist\n" });
  });

  test("of a node is meant where one is named", async () => {
    expect((await run("approvals", "allowlist", "add", "/bin/echo", "--node", "SERVER")).out).toBe(`/bin/echo may run on server (${node.nodeId.slice(0, 12)}) without a question, with any arguments.\n`);
    expect(node.host.file.current).toContain("/bin/echo");
    expect(file.current).toBeUndefined();
    expect((await run("approvals", "get", "--node", node.nodeId)).out).toContain("/bin/echo");
    expect(await run("approvals", "get", "--node", "nobody")).toMatchObject({ code: 1, err: `There is no node nobody.\n  ${node.nodeId}   (server)\n` });
  });
});
