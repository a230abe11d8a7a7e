import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/free-port.js";
import { installProgram } from "../support/installed-program.js";
import { SOMEBODY, UserManager, whyNoManager } from "../support/user-manager.js";

const hindrance = whyNoManager();
if (hindrance !== undefined) console.warn(`A gateway under a real systemd is not tested here: ${hindrance}.`);

/** Everything in this name means something to a shell or to a unit. Node itself takes no backslash in a program's path. */
const AWKWARD = `it's "50%n" of $HOME & ${"$"}{x} here`;

const sh = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

(hindrance === undefined ? describe : describe.skip)("under a real systemd, as a user without privileges", () => {
  let folder: string;
  let home: string;
  let manager: UserManager;
  let port: number;
  let program: string;

  const configure = (config: object) => writeFile(join(home, ".openclaw", "openclaw.json"), JSON.stringify(config), { mode: 0o600 }).then(() => chown(join(home, ".openclaw", "openclaw.json"), SOMEBODY, SOMEBODY));
  const openclaw = (args: string, env = "") => manager.run(`${env} ${sh(process.execPath)} ${sh(program)} ${args}`);
  const shown = async (name: string): Promise<string> => (await manager.run(`systemctl --user show -p ${name} --value openclaw-gateway`)).output.trim();
  const answers = async (at: number): Promise<boolean> => (await fetch(`http://127.0.0.1:${at}/readyz`).catch(() => undefined))?.status === 200;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "service-"));
    await chmod(folder, 0o755);
    home = join(folder, AWKWARD, "home");
    await mkdir(join(home, ".openclaw"), { recursive: true });
    program = await installProgram(join(folder, AWKWARD, "program"));
    await chmod(join(home, ".openclaw"), 0o700);
    for (const path of [home, join(home, ".openclaw")]) await chown(path, SOMEBODY, SOMEBODY);
    port = await freePort();
    await configure({ gateway: { port, auth: { token: "canary-5a1e7be2" } } });
    manager = await UserManager.open({ HOME: home });
  }, 60_000);

  afterAll(async () => {
    await manager?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("install: it serves when the command returns, and its unit holds no secret", async () => {
    const { code, output } = await openclaw("gateway install", "OPENCLAW_GATEWAY_PASSWORD=canary-99d0f7c1");
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining("Service: running under systemd (pid ") });
    expect(output).toContain("loginctl enable-linger");
    expect(output).toMatch(/OPENCLAW_GATEWAY_PASSWORD is set in this shell alone/);
    expect(await answers(port)).toBe(true);
    expect(await shown("StatusText")).toBe(`Serving at ws://127.0.0.1:${port}`);
    const unit = await readFile(join(home, ".config/systemd/user/openclaw-gateway.service"), "utf8");
    expect(unit).not.toMatch(/canary/);
    expect((await manager.run("systemctl --user is-enabled openclaw-gateway")).output).toBe("enabled\n");
  }, 60_000);

  test("what the unit promises is so: no new privileges, system calls filtered, no core, its own umask", async () => {
    const pid = await shown("MainPID");
    const { output } = await manager.run(`cat /proc/${pid}/status /proc/${pid}/limits; tr '\\0' '\\n' < /proc/${pid}/environ`);
    expect(output).toMatch(/NoNewPrivs:\s1\n/);
    expect(output).toMatch(/Seccomp:\s2\n/);
    expect(output).toMatch(/Umask:\s0077\n/);
    expect(output).toMatch(/Max core file size\s+0 /);
    expect(output).toContain(`OPENCLAW_STATE_DIR=${home}/.openclaw\n`);
    expect(output).not.toMatch(/canary/);
  });

  test("install again changes nothing, and status tells of the service apart from the gateway", async () => {
    const pid = await shown("MainPID");
    expect((await openclaw("gateway install")).code).toBe(0);
    expect(await shown("MainPID")).toBe(pid);
    const { code, output } = await openclaw("gateway status --json");
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ service: { kind: "installed", activity: "running", pid: Number(pid), definition: "current", isEnabled: true, outlivesLogin: false }, reachable: true });
  }, 60_000);

  test("reload: the same process, with what is configured now", async () => {
    const pid = await shown("MainPID");
    const next = await freePort();
    await configure({ gateway: { port: next, auth: { token: "canary-5a1e7be2" } } });
    expect((await manager.run("systemctl --user reload openclaw-gateway")).code).toBe(0);
    await manager.until("systemctl --user show -p StatusText --value openclaw-gateway", ({ output }) => output.includes(String(next)));
    await manager.until("systemctl --user is-active openclaw-gateway", ({ output }) => output === "active\n");
    expect([await answers(port), await answers(next), await shown("MainPID")]).toEqual([false, true, pid]);
    port = next;
  }, 60_000);

  test("killed, it is started again; frozen, the watchdog sees to that", async () => {
    const first = await shown("MainPID");
    await manager.run(`mkdir -p ~/.config/systemd/user/openclaw-gateway.service.d; printf '[Service]\\nRestartSec=100ms\\nWatchdogSec=2\\n' > ~/.config/systemd/user/openclaw-gateway.service.d/test.conf; systemctl --user daemon-reload`);
    await manager.run(`kill -9 ${first}`);
    await manager.until("systemctl --user show -p NRestarts,ActiveState openclaw-gateway", ({ output }) => output.includes("NRestarts=1") && output.includes("ActiveState=active"));
    const second = await shown("MainPID");
    // The signs of life do come, for longer than the watchdog waits.
    const signs = new Set<string>();
    await manager.until("systemctl --user show -p WatchdogTimestampMonotonic --value openclaw-gateway", ({ output }) => signs.add(output).size > 5);
    expect(await shown("MainPID")).toBe(second);
    await manager.run(`kill -STOP ${second}`);
    await manager.until("systemctl --user show -p NRestarts,ActiveState openclaw-gateway", ({ output }) => output.includes("NRestarts=2") && output.includes("ActiveState=active"));
    expect(await answers(port)).toBe(true);
  }, 90_000);

  test("exit code 78 ends it for good, and start says why", async () => {
    await configure({ gateway: { port: "nonsense" } });
    const { code, output } = await openclaw("gateway restart");
    expect(code).toBe(1);
    expect(output).toMatch(/It ended with 78: its configuration has to change first/);
    expect(output).toContain("journalctl --user -u openclaw-gateway");
    expect(await shown("ActiveState")).toBe("failed");
    expect(await openclaw("gateway install")).toMatchObject({ code: 1, output: expect.stringContaining("gateway.port: Expected a whole number") });
    await configure({ gateway: { port } });
    expect(await openclaw("gateway status --no-probe")).toMatchObject({ code: 0, output: expect.stringMatching(/^Service: failed under systemd \(ended with 78: its configuration/) });
    expect((await openclaw("gateway start")).code).toBe(0);
  }, 60_000);

  test("stop ends it in order, start brings it back, uninstall leaves nothing but the state", async () => {
    expect(await openclaw("gateway stop")).toMatchObject({ code: 0, output: expect.stringContaining("Service: stopped under systemd") });
    expect(await answers(port)).toBe(false);
    expect(await shown("ExecMainStatus")).toBe("0");
    expect((await openclaw("gateway start")).code).toBe(0);
    expect(await openclaw("gateway uninstall")).toMatchObject({ code: 0, output: expect.stringContaining("gone") });
    expect(await answers(port)).toBe(false);
    expect((await manager.run("ls ~/.config/systemd/user")).output).not.toContain("openclaw-gateway.service\n");
    expect(await openclaw("gateway start")).toMatchObject({ code: 1, output: expect.stringContaining("openclaw gateway install") });
  }, 60_000);
});
