import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../src/app/cli/main.js";
import type { Supervision } from "../../src/app/cli/load-supervision.js";
import type { InstalledService, ServiceDefinition, ServiceOutcome, ServiceState, Supervisor } from "../../src/ports/supervisor.js";

let home: string;
const servers: Server[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "cli-service-"));
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(home, { recursive: true, force: true });
});

const RUNNING: InstalledService = { kind: "installed", path: "/units/x.service", definition: "current", activity: "running", pid: 7, restarts: 0, isEnabled: true, outlivesLogin: true };
const DEFINITION: ServiceDefinition = { description: "x", command: ["/node"], environment: {}, workingDir: "/", errorFile: "/x" };

/** A supervisor that says what it is told to, and does nothing. */
class SayingSupervisor implements Supervisor {
  readonly name = "systemd";
  readonly logCommand = "journalctl --user -u x";
  readonly asked: string[] = [];
  outcome: ServiceOutcome = { kind: "done", isReady: true };
  now: ServiceState = RUNNING;

  readonly #answer = (what: string) => {
    this.asked.push(what);
    return Promise.resolve(this.outcome);
  };

  install = (_: ServiceDefinition, { force }: { readonly force: boolean }) => this.#answer(`install ${force}`);
  uninstall = ({ force }: { readonly force: boolean }) => this.#answer(`uninstall ${force}`);
  start = () => this.#answer("start");
  stop = () => this.#answer("stop");
  restart = () => this.#answer("restart");
  state = () => Promise.resolve(this.now);
}

async function run(line: string, supervisor: SayingSupervisor, { env = {}, supervision = { supervisor, definition: { ...DEFINITION, environment: { OPENCLAW_STATE_DIR: home } }, foreseen: [] } }: { env?: Record<string, string>; supervision?: Supervision | { unsupported: string } } = {}) {
  let out = "";
  let err = "";
  const code = await main(line.split(" "), {
    stdout: { write: (text) => void (out += text) },
    stderr: { write: (text) => void (err += text) },
    env: { OPENCLAW_STATE_DIR: home, ...env },
    home,
    now: () => 1_790_000_000_000,
    onInterrupt: () => () => undefined,
    loadDaemon: () => Promise.reject(new Error("not built")),
    loadSupervision: () => Promise.resolve({ openSupervision: () => supervision }),
  });
  return { code, out, err };
}

async function serving(status: number): Promise<number> {
  const server = createServer((_, response) => response.writeHead(status).end()).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const configure = async (config: object): Promise<void> => {
  await mkdir(home, { recursive: true });
  await writeFile(join(home, "openclaw.json"), JSON.stringify(config), { mode: 0o600 });
};

describe("the service", () => {
  test("install judges the configuration as the service will see it, before anything is written", async () => {
    const supervisor = new SayingSupervisor();
    await configure({ gateway: { port: "x" } });
    expect(await run("gateway install", supervisor)).toMatchObject({ code: 1, err: expect.stringMatching(/could not start.*\n.*gateway\.port.*\n.*none of this shell's variables/s) });
    await configure({ gateway: { mode: "remote" } });
    expect(await run("gateway install", supervisor)).toMatchObject({ code: 1, err: expect.stringContaining("gateway.mode local") });
    expect(supervisor.asked).toEqual([]);
    await configure({});
    const { code, out } = await run("gateway install --force", supervisor, { env: { OPENCLAW_GATEWAY_TOKEN: "canary" } });
    expect([code, supervisor.asked]).toEqual([0, ["install true"]]);
    expect(out).toMatch(/^Service: running under systemd \(pid 7\)\nDefined in: \/units\/x\.service\nOPENCLAW_GATEWAY_TOKEN is set in this shell alone/);
    expect(out).not.toContain("canary");
  });

  test("a secret that the service has of its own is not missed", async () => {
    await writeFile(join(home, ".env"), "OPENCLAW_GATEWAY_TOKEN=kept\n", { mode: 0o600 });
    expect((await run("gateway install", new SayingSupervisor(), { env: { OPENCLAW_GATEWAY_TOKEN: "canary" } })).out).not.toContain("in this shell alone");
  });

  test("where the supervisor does not say that it is ready, the command waits for /readyz", async () => {
    const supervisor = new SayingSupervisor();
    supervisor.outcome = { kind: "done", isReady: false };
    const port = await serving(200);
    expect((await run("gateway start", supervisor, { env: { OPENCLAW_GATEWAY_PORT: String(port) } })).code).toBe(0);
    supervisor.now = { ...RUNNING, activity: "failed", exitCode: 75 };
    const draining = await serving(503);
    expect(await run("gateway restart", supervisor, { env: { OPENCLAW_GATEWAY_PORT: String(draining) } })).toMatchObject({
      code: 1, err: expect.stringMatching(/does not serve\.\n.*ended with 75: something has to end first.*\n.*journalctl/),
    });
  });

  test("a refusal is told with its own words, and as JSON", async () => {
    const supervisor = new SayingSupervisor();
    supervisor.outcome = { kind: "refused", reason: "absent", message: "There is none." };
    expect(await run("gateway stop", supervisor)).toMatchObject({ code: 1, out: "", err: "There is none.\n" });
    expect(JSON.parse((await run("gateway uninstall --json", supervisor)).out)).toMatchObject({ ok: false, error: { code: "SERVICE_ABSENT" } });
    expect(await run("gateway start", supervisor, { supervision: { unsupported: "No supervisor is known here." } })).toMatchObject({ code: 1, err: "No supervisor is known here.\n" });
  });

  test("status tells of it apart from whether a gateway answers", async () => {
    const supervisor = new SayingSupervisor();
    const free = { OPENCLAW_GATEWAY_PORT: String(await serving(404)) };
    const both = await run("gateway status", supervisor, { env: free });
    expect(both.code).not.toBe(0);
    expect(both.out).toMatch(/^Service: running under systemd \(pid 7\)\n/);
    supervisor.now = { ...RUNNING, activity: "waiting", exitCode: 75, restarts: 3, isEnabled: false, definition: "outdated" };
    delete (supervisor.now as { pid?: number }).pid;
    const { code, out } = await run("gateway status --no-probe", supervisor, { env: free });
    expect([code, out.split("\n")[0]]).toEqual([0, "Service: waiting to be started again under systemd (ended with 75: something has to end first: another gateway, or what holds its port; started again 3 times; does not start by itself; installed by another version or from elsewhere)"]);
    expect((await run("gateway status --no-probe --url ws://127.0.0.1:9", supervisor)).out).not.toContain("Service");
  });

  test("doctor tells whether probes are answered, and who else can read the metrics", async () => {
    const port = await serving(200);
    const ops = async (config: object) => {
      await configure({ gateway: { ops: config } });
      const { findings } = JSON.parse((await run("doctor --json", new SayingSupervisor(), { env: { OPENCLAW_GATEWAY_PORT: "9" } })).out) as { findings: { check: string; state: string; message: string }[] };
      return findings.filter(({ check }) => check === "ops").map(({ state, message }) => `${state}: ${message}`);
    };
    expect(await ops({ port })).toEqual([`ok: probes and metrics are answered at 127.0.0.1:${port}`]);
    expect(await ops({ port, host: "0.0.0.0" })).toEqual([expect.stringContaining("ok: "), expect.stringMatching(/^warn: Whoever reaches 0\.0\.0\.0/)]);
    expect(await ops({ port: await serving(503) })).toEqual([expect.stringContaining("warn: What answers probes")]);
    expect(await ops({ port: 9 })).toEqual([expect.stringContaining("warn: Nobody answers probes")]);
    await configure({});
  });

  test.each([
    [{ kind: "absent" }, "ok", /gateway install keeps one running/],
    [RUNNING, "ok", /systemd keeps the gateway running/],
    [{ kind: "unreachable", reason: "Nobody answers." }, "warn", /Nobody answers/],
    [{ ...RUNNING, activity: "failed", exitCode: 78 }, "fail", /ended with 78: its configuration/],
    [{ ...RUNNING, activity: "waiting", exitCode: 75 }, "fail", /again and again/],
    [{ ...RUNNING, activity: "stopped" }, "warn", /is stopped/],
    [{ ...RUNNING, restarts: 9 }, "warn", /started again 9 times/],
    [{ ...RUNNING, definition: "outdated" }, "warn", /another gateway than this one/],
    [{ ...RUNNING, definition: "foreign" }, "warn", /not written by this program/],
    [{ ...RUNNING, isEnabled: false }, "warn", /does not start by itself/],
    [{ ...RUNNING, outlivesLogin: false }, "warn", /ends when you log out/],
  ] as [ServiceState, string, RegExp][])("doctor on %j: %s", async (state, verdict, said) => {
    const supervisor = new SayingSupervisor();
    supervisor.now = state;
    const { findings } = JSON.parse((await run("doctor --json", supervisor, { env: { OPENCLAW_GATEWAY_PORT: "9" } })).out) as { findings: { check: string; state: string; message: string }[] };
    expect(findings.filter(({ check }) => check === "service")).toEqual([expect.objectContaining({ state: verdict, message: expect.stringMatching(said) })]);
  });
});
