import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CapturedOutput } from "../../../src/adapters/node-commands/captured-output.js";
import { TestNodeCall } from "../../../src/testing/contracts/node-command.js";
import { isRunning, NodeHost } from "../../support/node-host.js";

const NODE = process.execPath;
const PRINT_ARGS = "process.stdout.write(JSON.stringify(process.argv.slice(1)))";
const ONCE = { approved: true, approvalDecision: "allow-once", runId: "a1" };
const ALWAYS = { approved: true, approvalDecision: "allow-always", runId: "a1" };

let host: NodeHost;
beforeEach(async () => {
  host = await NodeHost.open({ KEPT: "yes", OPENCLAW_GATEWAY_TOKEN: "s3cret" });
});
afterEach(() => host.close());

describe("a run", () => {
  test("gets its words as they are: no shell reads them", async () => {
    host.open();
    const words = ["a b", "$(touch x)", "`id`", "line\nbreak", "*", "'\"", "", "ünïcödé", "; ls"];
    expect(JSON.parse((await host.ran([NODE, "-e", PRINT_ARGS, "--", ...words])).stdout)).toEqual(words);
    expect((await host.ran(["echo", "$HOME"])).stdout).toBe("$HOME\n");
  });

  test("says how it ended", async () => {
    host.open();
    expect(await host.ran([NODE, "-e", "console.log('out'); console.error('err'); process.exit(3)"])).toEqual({
      exitCode: 3, timedOut: false, success: false, stdout: "out\n", stderr: "err\n", error: null,
    });
    expect(await host.ran([NODE, "-e", "process.kill(process.pid, 'SIGKILL')"])).toMatchObject({ exitCode: null, success: false, error: "a signal ended the command" });
    expect(await host.ran(["true"])).toMatchObject({ exitCode: 0, success: true });
    const broken = await host.script("broken", "#!/nowhere/at/all\n");
    expect(await host.denied([broken])).toMatch(/^UNAVAILABLE: the program could not be started \(ENOENT\)/u);
  });

  test("runs where it is told, with its variables and the host's, without the node's own", async () => {
    host.open();
    const { stdout } = await host.ran([NODE, "-e", "console.log(JSON.stringify([process.cwd(), process.env]))"], { env: { MINE: "1" }, cwd: "/" });
    const [cwd, env] = JSON.parse(stdout) as [string, Record<string, string>];
    expect(cwd).toBe("/");
    expect(env).toMatchObject({ MINE: "1", KEPT: "yes", PATH: "/usr/bin:/bin" });
    expect(stdout).not.toContain("s3cret");
    expect((await host.ran(["pwd"])).stdout.trim()).toBe(host.folder);
  });

  test("tells of its beginning and end, and what it writes meanwhile", async () => {
    host.open();
    const call = new TestNodeCall({ idempotencyKey: "k", sessionKey: "s" });
    await host.ran(["echo", "a b"], { suppressNotifyOnExit: true }, call);
    const common = { host: "node", command: "echo 'a b'", sessionKey: "s", runId: "k", suppressNotifyOnExit: true };
    expect(call.told).toEqual([
      { event: "exec.started", payload: common },
      { event: "exec.finished", payload: { ...common, exitCode: 0, timedOut: false, success: true, output: "a b\n" } },
    ]);
    expect(call.written).toBe("a b\n");
  });

  test("keeps the beginning and the end of much output, and says what it left out", async () => {
    host.open();
    const { stdout, truncated } = await host.ran([NODE, "-e", "process.stdout.write('first' + 'x'.repeat(3_000_000) + 'last')"]);
    expect(truncated).toBe(true);
    expect(stdout.length).toBeLessThan(200_100);
    expect(stdout).toMatch(/^first.*\n\[2800009 characters left out\]\n.*last$/su);
  });

  test("cut or not, output is whole characters", () => {
    const output = new CapturedOutput(3);
    for (const byte of Buffer.from("a🙂🙂bc🙂", "utf8")) output.add(Uint8Array.of(byte));
    output.end();
    expect(output.text()).toBe("a🙂\n[3 characters left out]\nc🙂");
    const short = new CapturedOutput(3);
    short.add(Buffer.from("äbcdef"));
    expect([short.text(), short.isCut]).toEqual(["äbcdef", false]);
  });
});

/** A family of three: a program, its child, and one that left the group and does not listen to being asked to end. */
const FAMILY = `
  const { spawn } = require("node:child_process");
  const deaf = "process.on('SIGTERM', () => {}); console.log(process.pid); setInterval(() => {}, 1000)";
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000); console.log(process.pid)"], { stdio: ["ignore", "inherit", "inherit"] });
  const stray = spawn(process.execPath, ["-e", deaf], { detached: true, stdio: ["ignore", "inherit", "inherit"] });
  process.on("SIGTERM", () => {});
  console.log(process.pid);
`;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => { setImmediate(resolve); });
}

/** The ids of the family, once all of it began. */
async function begun(call: TestNodeCall): Promise<readonly number[]> {
  await until(() => call.written.split("\n").length === 4);
  return call.written.trim().split("\n").map(Number);
}

const survivors = async (pids: readonly number[]): Promise<readonly number[]> => (await Promise.all(pids.map(async (pid) => ((await isRunning(pid)) ? [pid] : [])))).flat();

/** A process that was killed ends when the kernel gets round to it. */
async function gone(pids: readonly number[]): Promise<void> {
  while ((await survivors(pids)).length > 0) await new Promise((resolve) => { setImmediate(resolve); });
}

describe("a run that has to end", () => {
  test("ends with all that it started, when its time is up", async () => {
    host.open();
    const call = new TestNodeCall();
    const work = host.ran([NODE, "-e", FAMILY], { timeoutMs: 5000 }, call);
    const pids = await begun(call);
    expect(await survivors(pids)).toEqual(pids);
    await host.clock.pass(5000);
    // None of them ends when it is asked to.
    expect((await survivors(pids)).length).toBeGreaterThan(0);
    await host.clock.pass(1000);
    expect(await work).toMatchObject({ exitCode: null, timedOut: true, success: false, error: "the command took longer than 5000 ms, and its processes were ended" });
    await gone(pids);
    expect(call.told.at(-1)).toMatchObject({ event: "exec.finished", payload: { timedOut: true, success: false } });
    expect(host.clock.pending).toBe(0);
  });

  test("ends with all that it started, when it is given up", async () => {
    host.open();
    const call = new TestNodeCall();
    const work = host.denied([NODE, "-e", FAMILY], {}, call);
    const pids = await begun(call);
    call.giveUp();
    await host.clock.pass(1000);
    expect(await work).toMatch(/^UNAVAILABLE: the run was given up/u);
    await gone(pids);
  });

  test("one that listens may tidy up", async () => {
    host.open();
    const call = new TestNodeCall();
    const work = host.ran([NODE, "-e", "process.on('SIGTERM', () => { console.log('bye'); process.exit(0) }); setInterval(() => {}, 1000); console.log('ready')"], { timeoutMs: 5000 }, call);
    await until(() => call.written !== "");
    host.clock.advance(5000);
    expect(await work).toMatchObject({ exitCode: 0, timedOut: true, success: false, stdout: "ready\nbye\n" });
  });

  test("what it left running when it ended by itself goes on, and is not waited for", async () => {
    host.open();
    const call = new TestNodeCall();
    const parent = "const { spawn } = require('node:child_process'); const c = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: ['ignore', 'inherit', 'inherit'] }); console.log(c.pid); c.unref();";
    const work = host.ran([NODE, "-e", parent], { timeoutMs: 86_400_000 }, call);
    const ended = work.then(() => true);
    while (!(await Promise.race([ended, host.clock.pass(500).then(() => false)])));
    const pid = Number((await work).stdout);
    expect(await isRunning(pid)).toBe(true);
    process.kill(pid, "SIGKILL");
  });
});

describe("which runs the host's file lets through", () => {
  test("without a file, what nobody approved is asked about, in words that say what to do", async () => {
    const call = new TestNodeCall({ idempotencyKey: "k" });
    const message = await host.denied(["/bin/echo", "hi"], { agentId: "main" }, call);
    expect(message).toMatch(/^SYSTEM_RUN_DENIED: approval required: \S+echo is not on this node's list\./u);
    expect(message).toContain("Ask with exec.approval.request, then invoke system.run again with runId set to the approval's id.");
    expect(message).toMatch(/openclaw approvals allowlist add \S+echo --node <node>$/u);
    expect(call.told).toEqual([{ event: "exec.denied", payload: { host: "node", command: "/bin/echo hi", sessionKey: "main", runId: "k", reason: "approval-required" } }]);
    expect((await host.ran(["/bin/echo", "hi"], ONCE)).stdout).toBe("hi\n");
    expect(await host.denied(["/bin/echo", "hi"])).toContain("approval required");
    expect(host.file.current).toBeUndefined();
  });

  test("an always is on the list from then on, for that agent", async () => {
    await host.ran(["echo", "hi"], { ...ALWAYS, agentId: "helper" });
    expect((await host.ran(["echo", "again"], { agentId: "helper" })).stdout).toBe("again\n");
    expect(await host.denied(["echo", "again"])).toContain("approval required");
  });

  test("an always for a shell is for this once", async () => {
    expect((await host.ran(["/bin/sh", "-c", "echo hi"], ALWAYS)).stdout).toBe("hi\n");
    expect(await host.denied(["/bin/sh", "-c", "echo hi"])).toMatch(/sh is not on this node's list|dash is not on this node's list/u);
    host.allow("/usr/bin/*", "/bin/*");
    expect(await host.denied(["/bin/sh", "-c", "echo hi"])).toContain("runs whatever its arguments say");
  });

  test("what is on the list runs, and the file says when it last did, once a minute", async () => {
    host.allow("/bin/echo", "/usr/bin/echo");
    await host.ran(["echo", "1"]);
    const first = host.file.current;
    expect(first).toContain(`"lastUsedAt": ${host.clock.now()}`);
    await host.ran(["echo", "2"]);
    expect(host.file.current).toBe(first);
    await host.clock.pass(60_000);
    await host.ran(["echo", "3"]);
    expect(host.file.current).not.toBe(first);
    // What was said to it may be a secret.
    expect(host.file.current).not.toContain("lastUsedCommand");
  });

  test("deny, off, always and the fallback", async () => {
    host.say({ defaults: { security: "deny" } });
    expect(await host.denied(["echo"], ONCE)).toMatch(/^SYSTEM_RUN_DENIED: this node runs no commands/u);
    host.say({ defaults: { ask: "off" } });
    expect(await host.denied(["echo"], ONCE)).toMatch(/^SYSTEM_RUN_DENIED: allowlist miss: /u);
    host.say({ defaults: { security: "full", ask: "always" } });
    expect(await host.denied(["echo"])).toContain("this node asks before every command");
    expect((await host.ran(["echo", "x"], ONCE)).stdout).toBe("x\n");
    const unanswered = { approved: false, approvalDecision: null, runId: "a1" };
    expect(await host.denied(["echo"], unanswered)).toContain("approval required");
    host.say({ defaults: { askFallback: "full" } });
    expect((await host.ran(["echo", "y"], unanswered)).stdout).toBe("y\n");
    expect(await host.denied(["echo", "y"])).toContain("approval required");
  });

  test("a file that cannot be used lets nothing through, and says so", async () => {
    host.file.current = '{"version":1,"defaults":{"security":"fulll"}}';
    expect(await host.denied(["echo"], ONCE)).toBe(
      "SYSTEM_RUN_DENIED: the exec approvals file memory of this node cannot be used: defaults.security must be one of deny, allowlist, full; mend it, then try again.",
    );
  });
});

describe("the other commands", () => {
  test("which tells where programs are, and leaves out those that are not", async () => {
    const outcome = await host.ask("system.which", { bins: ["sh", "no-such-program-anywhere", "__proto__", ".."] });
    expect(JSON.stringify(outcome)).toMatch(/^\{"kind":"done","payload":\{"bins":\{"sh":"[^"]*\/sh"\}\}\}$/u);
  });

  test("a notice says what it is told, as text", async () => {
    const desk = await NodeHost.open();
    const seen = join(desk.folder, "seen");
    await desk.script("notify-send", `#!${NODE}\nrequire("node:fs").writeFileSync(${JSON.stringify(seen)}, JSON.stringify(process.argv.slice(2)));\n`);
    const own = await NodeHost.open({ PATH: `${desk.folder}:/usr/bin:/bin`, DISPLAY: ":0" });
    expect(await own.ask("system.notify", { title: "--help", body: "<b>1 & 2</b>", priority: "timeSensitive" })).toEqual({ kind: "done" });
    expect(JSON.parse(await readFile(seen, "utf8"))).toEqual(["--app-name=OpenClaw", "--urgency=critical", "--hint=boolean:suppress-sound:true", "--", "--help", "&lt;b&gt;1 &amp; 2&lt;/b&gt;"]);
    expect(await host.ask("system.notify", { title: "x" })).toMatchObject({ kind: "failed", code: "UNAVAILABLE" });
    await Promise.all([own.close(), desk.close()]);
  });

  test("the approvals file is shown, and replaced by those who saw it", async () => {
    const first = await host.ask("system.execApprovals.get", {});
    expect(first).toMatchObject({ kind: "done", payload: { exists: false, file: { defaults: { security: "allowlist", ask: "on-miss", askFallback: "deny" } } } });
    const file = { version: 1, defaults: { security: "full" }, socket: { token: "mine" } };
    const written = await host.ask("system.execApprovals.set", { file });
    expect(written).toMatchObject({ kind: "done", payload: { exists: true, file: { version: 1, defaults: { security: "full" } } } });
    expect(host.file.current).not.toContain("mine");
    expect(await host.ask("system.execApprovals.set", { file })).toMatchObject({ kind: "failed", code: "INVALID_REQUEST", message: "exec approvals base hash required; re-run exec.approvals.node.get and retry" });
    expect((await host.ran(["echo", "now"])).stdout).toBe("now\n");
  });
});
