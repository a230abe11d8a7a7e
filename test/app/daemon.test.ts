import { afterEach, describe, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AddressLocality } from "../../src/adapters/system/index.js";
import { AcpRuntime } from "../../src/adapters/agent/acp/index.js";
import { EchoRuntime } from "../../src/adapters/agent/echo/index.js";
import { ModelRuntime } from "../../src/adapters/agent/model/index.js";
import { WebSocket } from "ws";
import { FileHostLock } from "../../src/adapters/storage/file/file-host-lock.js";
import { epochMs } from "../../src/domain/moment.js";
import { compose } from "../../src/app/compose/container.js";
import { openDaemonParts } from "../../src/app/compose/daemon-parts.js";
import { TOKENS } from "../../src/app/compose/tokens.js";
import { checkConfig } from "../../src/app/daemon/main.js";
import { judgePlace, type Wanted } from "../../src/app/daemon/place.js";
import { findPortOwner } from "../../src/app/daemon/port-owner.js";
import { runGateway, type DaemonFlags } from "../../src/app/daemon/run.js";
import { processHost } from "../../src/app/process/process-host.js";
import type { AuthSettings } from "../../src/domain/settings.js";
import { freePort } from "../support/free-port.js";
import { TestProcessHost } from "../support/process-host.js";

const folders: string[] = [];
const running: FakeHost[] = [];
afterEach(async () => {
  for (const host of running.splice(0)) {
    host.signal("SIGTERM");
    await host.ended;
  }
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function stateDir(config?: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "daemon-"));
  folders.push(folder);
  if (config !== undefined) await writeFile(join(folder, "openclaw.json"), JSON.stringify(config));
  return folder;
}

class FakeHost extends TestProcessHost {
  readonly lines: Record<string, unknown>[] = [];
  readonly terminated: number[] = [];
  readonly own: readonly string[];
  onTerminate: (pid: number) => boolean = () => false;
  ended: Promise<number | undefined> = Promise.resolve(undefined);
  readonly #next = new Set<() => void>();
  readonly #waiting: { message: string; done: (line: Record<string, unknown>) => void }[] = [];

  constructor(env: Record<string, string>, own: readonly string[] = ["127.0.0.1"]) {
    super(env);
    this.own = own;
  }

  protected override hear(text: string): void {
    const line = JSON.parse(text) as Record<string, unknown>;
    this.lines.push(line);
    for (const done of this.#next) done();
    for (const waiter of this.#waiting) if (line["msg"] === waiter.message) waiter.done(line);
  }

  override addresses(): readonly string[] {
    return this.own;
  }

  override terminate(pid: number): boolean {
    this.terminated.push(pid);
    return this.onTerminate(pid);
  }

  /** The first line that says this, whether it was said already or is yet to be. */
  async told(what: RegExp): Promise<Record<string, unknown>> {
    for (;;) {
      const line = this.lines.find((entry) => what.test(String(entry["msg"])));
      if (line !== undefined) return line;
      await new Promise<void>((done) => this.#next.add(done));
      this.#next.clear();
    }
  }

  logged(message: string): Promise<Record<string, unknown>> {
    return new Promise((done) => this.#waiting.push({ message, done }));
  }
}

/** Starts a gateway and resolves with its ready line, or with `undefined` and its exit code where it did not come so far. */
async function start(folder: string, given: { flags?: DaemonFlags; env?: Record<string, string>; own?: readonly string[]; host?: FakeHost; portFromFile?: boolean } = {}) {
  const host = given.host ?? new FakeHost({ OPENCLAW_STATE_DIR: folder, ...given.env }, given.own);
  const ready = host.logged("gateway ready");
  host.ended = runGateway({ ...(given.portFromFile === true ? {} : { port: 0 }), ...given.flags }, host);
  running.push(host);
  const first = await Promise.race([ready.then((line) => ({ line })), host.ended.then((code) => ({ code }))]);
  return { host, ...first } as { host: FakeHost; line?: Record<string, unknown>; code?: number };
}

const healthOf = async (line: Record<string, unknown> | undefined, path = "healthz") => {
  const response = await fetch(`${String(line?.["url"]).replace("ws:", "http:")}/${path}`);
  return { status: response.status, body: await response.json() };
};

describe("a gateway in the foreground", () => {
  test("says once that it is ready, answers /healthz and /readyz, and leaves with 0 on a signal", async () => {
    const folder = await stateDir({ gateway: { auth: { token: "foreground-token" } }, wrongKey: 1 });
    const { host, line } = await start(folder);
    expect(line).toMatchObject({ level: "info", pid: process.pid, auth: "token", version: "0.1.0", stateDir: folder, url: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:[1-9]/) });
    expect(await healthOf(line)).toEqual({ status: 200, body: { ok: true } });
    expect(await healthOf(line, "readyz")).toEqual({ status: 200, body: { ok: true } });
    expect(host.lines.find((entry) => entry["path"] === "wrongKey")).toMatchObject({ level: "warn" });
    host.signal("SIGINT");
    expect(await host.ended).toBe(0);
    expect(host.lines.at(-1)?.["msg"]).toBe("gateway stopped");
    expect(host.listeners).toBe(0);
    await expect(healthOf(line)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    const filed = await readFile(join(folder, "logs", "gateway.log"), "utf8");
    expect(filed).toContain("gateway ready");
    expect(filed + JSON.stringify(host.lines)).not.toContain("foreground-token");
    // The folder is free again.
    expect((await start(folder)).line).toBeDefined();
  });

  test("listens on both loopback addresses where the host has both, on the same port", async () => {
    const { line } = await start(await stateDir(), { own: ["127.0.0.1", "::1"] });
    const port = new URL(String(line?.["url"])).port;
    expect((await fetch(`http://[::1]:${port}/healthz`)).status).toBe(200);
  });

  test("warns while it asks for no secret", async () => {
    const { host } = await start(await stateDir());
    expect(host.lines.filter((entry) => entry["level"] === "warn").map((entry) => entry["msg"])).toEqual([expect.stringMatching(/asks for no secret.*gateway\.auth\.token/)]);
  });

  test("makes the canvas ready beside itself, unless it is told not to, and starts where that port is taken", async () => {
    const canvasOf = (host: FakeHost): unknown => host.lines.find(({ msg }) => msg === "canvas ready")?.["url"];
    const ask = async (url: unknown): Promise<number> => (await fetch(`${String(url).replace("ws:", "http:")}/__openclaw__/canvas/`)).status;
    const folder = await stateDir();
    const { host, line } = await start(folder);
    expect(await readdir(join(folder, "canvas"))).toEqual(["index.html"]);
    expect([await ask(canvasOf(host)), await ask(line?.["url"])]).toEqual([401, 401]);

    for (const given of [{ env: { OPENCLAW_SKIP_CANVAS_HOST: "1" } }, { config: { canvasHost: { enabled: false } } }]) {
      const without = await stateDir(given.config);
      const started = await start(without, given.env === undefined ? {} : { env: given.env });
      expect([canvasOf(started.host), await ask(started.line?.["url"])]).toEqual([undefined, 503]);
      expect(await readdir(without)).not.toContain("canvas");
    }

    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const beside = await start(await stateDir({ canvasHost: { port: (taken.address() as AddressInfo).port } }));
    expect(beside.host.lines.find(({ code }) => code === "EADDRINUSE")?.["msg"]).toContain("the canvas has no port of its own");
    expect(await ask(beside.line?.["url"])).toBe(401);
    await new Promise((resolve) => taken.close(resolve));
  });

  test("a second signal ends the process at once, with the code of that signal", async () => {
    const { host } = await start(await stateDir());
    host.signal("SIGTERM");
    host.signal("SIGINT");
    host.signal("SIGTERM");
    expect(host.abandoned).toEqual([130, 143]);
    expect(await host.ended).toBe(0);
  });

  test("--verbose shows debug lines, logging.file moves the file", async () => {
    const folder = await stateDir({ logging: { level: "error", file: "~/moved.log" } });
    const { host, line } = await start(folder, { env: { HOME: folder }, flags: { verbose: true } });
    expect(line).toBeDefined();
    host.signal("SIGTERM");
    await host.ended;
    expect(await readFile(join(folder, "moved.log"), "utf8")).toContain("gateway ready");
  });
});

test("a log file that cannot be opened is told, and does not stop the gateway", async () => {
  const folder = await stateDir({ logging: { file: "/dev/null/gateway.log" } });
  const { host, line } = await start(folder);
  expect(line).toBeDefined();
  expect(host.lines.find((entry) => String(entry["msg"]).includes("logging.file"))).toMatchObject({ level: "warn", code: expect.stringMatching(/^E/) });
});

describe("it ends before it serves", () => {
  test("with 78 and every issue, where the configuration cannot be used", async () => {
    const folder = await stateDir({ gateway: { port: "x", auth: { mode: "token" } }, agents: { list: [{ name: "no id" }] } });
    const { host, code } = await start(folder, { flags: {} });
    expect(code).toBe(78);
    for (const path of ["gateway.port", "gateway.auth.token", "agents.list[0].id"]) expect(host.errors).toContain(path);
    expect(host.lines).toEqual([]);
  });

  test("with 75 and the pid of the first, where another gateway has the state folder", async () => {
    const folder = await stateDir();
    await start(folder);
    const second = await start(folder);
    expect(second.code).toBe(75);
    expect(second.host.errors).toMatch(new RegExp(`^Another gateway \\(pid ${process.pid}\\)`));
    expect(second.host.errors).toContain(folder);
  });

  test("--force asks the first to end and takes its place", async () => {
    const folder = await stateDir();
    const first = await start(folder);
    const host = new FakeHost({ OPENCLAW_STATE_DIR: folder });
    host.onTerminate = () => {
      first.host.signal("SIGTERM");
      return true;
    };
    const second = await start(folder, { host, flags: { force: true } });
    expect(host.terminated).toEqual([process.pid]);
    expect(await first.host.ended).toBe(0);
    expect(await healthOf(second.line)).toMatchObject({ status: 200 });
  });

  test("with 75 where the port is taken, and the folder is free afterwards", async () => {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const folder = await stateDir();
    const { host, code } = await start(folder, { flags: { port } });
    expect(code).toBe(75);
    expect(host.errors).toContain(`port ${port}`);
    expect(host.errors).toContain("--port");
    if (process.platform === "linux") {
      expect(await findPortOwner(port)).toMatchObject({ pid: process.pid });
      expect(host.errors).toContain(`pid ${process.pid}`);
    }
    server.close();
    await once(server, "close");
    expect((await start(folder)).line).toBeDefined();
  });

  test.each([
    ["lan", {}, 78, /gateway\.auth\.token/],
    ["tailnet", {}, 78, /gateway\.auth\.token/],
    ["custom", { customBindHost: "192.0.2.1" }, 78, /gateway\.auth\.token/],
    ["custom", { customBindHost: "nonsense" }, 78, /not an IP address/],
    ["custom", { customBindHost: "192.0.2.1", auth: { token: "t" } }, 75, /192\.0\.2\.1/],
    ["tailnet", { auth: { token: "t" } }, 75, /no tailnet address/],
  ] as const)("bind %s with %j: code %d", async (bind, gateway, code, reason) => {
    const { host, code: given } = await start(await stateDir({ gateway }), { flags: { bind } });
    expect(given).toBe(code);
    expect(host.errors).toMatch(reason);
  });

  test("with 78 where this host is set up to use a gateway elsewhere, unless told otherwise", async () => {
    const folder = await stateDir({ gateway: { mode: "remote" } });
    const { host, code } = await start(folder);
    expect([code, host.errors]).toEqual([78, expect.stringContaining("--allow-unconfigured")]);
    expect((await start(folder, { flags: { allowUnconfigured: true } })).line).toBeDefined();
  });

  test("with 78 and the file's name, where a state file is damaged: it is kept", async () => {
    const folder = await stateDir();
    await mkdir(join(folder, "devices"));
    await writeFile(join(folder, "devices", "paired.json"), "{\"torn\":");
    const { host, code } = await start(folder);
    expect([code, host.errors]).toEqual([78, expect.stringContaining(join(folder, "devices", "paired.json"))]);
    expect(await readFile(join(folder, "devices", "paired.json"), "utf8")).toBe("{\"torn\":");
  });
});

describe("it begins anew in the same process", () => {
  const rewrite = (folder: string, config: object) => writeFile(join(folder, "openclaw.json"), JSON.stringify(config));
  const isServed = async (port: number) => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.status === 200;

  test("with what is configured now, and says so to whoever is connected", async () => {
    const [before, after] = [await freePort(), await freePort()];
    const folder = await stateDir({ gateway: { port: before } });
    const { host } = await start(folder, { portFromFile: true });
    const listener = new WebSocket(`ws://127.0.0.1:${before}`);
    await once(listener, "message");
    const closed = once(listener, "close");
    await rewrite(folder, { gateway: { port: after, auth: { token: "a-new-one" } } });
    const ready = host.logged("gateway ready");
    host.reload();
    host.reload();
    expect(await ready).toMatchObject({ url: `ws://127.0.0.1:${after}`, auth: "token" });
    await closed;
    expect([await isServed(before), await isServed(after)]).toEqual([false, true]);
    host.signal("SIGTERM");
    expect(await host.ended).toBe(0);
    // Two wishes that came together are one.
    expect(host.lines.filter((line) => line["msg"] === "gateway ready")).toHaveLength(2);
    expect(host.listeners).toBe(0);
    // The file has the lines of both, and no secret of either.
    const filed = await readFile(join(folder, "logs", "gateway.log"), "utf8");
    expect(filed.match(/"gateway ready"/g)).toHaveLength(2);
    expect(filed).not.toContain("a-new-one");
  });

  test.each([
    ["that is no configuration", { gateway: { port: "nonsense", auth: { token: "canary-7c1f" } } }, /goes on with the one before/],
    ["with which nothing could be started", { gateway: { bind: "lan" } }, /could not start as it is configured now/],
    ["of a host that has no gateway of its own", { gateway: { mode: "remote" } }, /could not start as it is configured now/],
  ])("not with something %s: the one before stays, with its connections", async (_, config, said) => {
    const folder = await stateDir({});
    const { host, line } = await start(folder);
    const listener = new WebSocket(String(line?.["url"]));
    await once(listener, "message");
    await rewrite(folder, config);
    host.reload();
    const told = await host.told(said);
    expect(told).toMatchObject({ level: "error" });
    expect(listener.readyState).toBe(WebSocket.OPEN);
    expect((await healthOf(line, "readyz")).status).toBe(200);
    expect(JSON.stringify(host.lines)).not.toContain("canary");
    listener.close();
  });

  test("a signal to end that comes meanwhile ends it", async () => {
    const folder = await stateDir({});
    const { host } = await start(folder);
    const reloading = host.logged("gateway reloading");
    host.reload();
    await reloading;
    host.signal("SIGTERM");
    expect(await host.ended).toBe(0);
    expect(host.lines.filter((line) => line["msg"] === "gateway ready")).toHaveLength(1);
    expect((await start(folder)).line).toBeDefined();
  });
});

describe("the listener for probes and metrics", () => {
  const ask = async (port: number, path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    return response && { status: response.status, body: await response.text() };
  };

  test("tells how far the process has come, from before the gateway serves until after it has ended", async () => {
    const ops = await freePort();
    const folder = await stateDir({ gateway: { ops: { port: ops } } });
    const host = new FakeHost({ OPENCLAW_STATE_DIR: folder });
    const starting = new FileHostLock({ path: join(folder, "gateway.lock"), pid: process.ppid, now: () => epochMs(Date.now()) });
    await starting.acquire();
    // Another process holds the folder, so this one asks it to end, and waits: it has not started yet.
    let asked = (): void => undefined;
    const waits = new Promise<void>((done) => (asked = done));
    host.onTerminate = () => {
      asked();
      return true;
    };
    const ready = host.logged("gateway ready");
    host.ended = runGateway({ port: 0, force: true }, host);
    running.push(host);
    await waits;
    expect([(await ask(ops, "/healthz"))?.status, (await ask(ops, "/startupz"))?.status, (await ask(ops, "/readyz"))?.status]).toEqual([200, 503, 503]);
    await starting.release();
    expect(await ready).toMatchObject({ ops: `http://127.0.0.1:${ops}` });
    expect([(await ask(ops, "/startupz"))?.status, (await ask(ops, "/readyz"))?.status]).toEqual([200, 200]);
    host.signal("SIGTERM");
    await host.ended;
    expect(await ask(ops, "/healthz")).toBeUndefined();
  });

  test("stays where it is over a reload, with what was counted; moves where it is to be, and goes where it is not", async () => {
    const [first, second] = [await freePort(), await freePort()];
    const folder = await stateDir({ gateway: { ops: { port: first } } });
    const { host, line } = await start(folder);
    const listener = new WebSocket(String(line?.["url"]));
    await once(listener, "message");
    listener.send("{");
    await once(listener, "close");
    const reload = async (config: object): Promise<void> => {
      await writeFile(join(folder, "openclaw.json"), JSON.stringify(config));
      const ready = host.logged("gateway ready");
      host.reload();
      await ready;
    };
    await reload({ gateway: { ops: { port: first }, auth: { token: "t" } } });
    expect((await ask(first, "/metrics"))?.body).toMatch(/^openclaw_handshakes_total\{outcome="malformed"\} 1$/m);
    await reload({ gateway: { ops: { port: second } } });
    expect([await ask(first, "/healthz"), (await ask(second, "/readyz"))?.status]).toEqual([undefined, 200]);
    expect((await ask(second, "/metrics"))?.body).toMatch(/^openclaw_ready 1$/m);
    await reload({});
    expect(await ask(second, "/healthz")).toBeUndefined();
  });

  test("where its port is taken, the gateway does not start, and one that runs goes on", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await once(blocker, "listening");
    const { port } = blocker.address() as AddressInfo;
    const folder = await stateDir({ gateway: { ops: { port } } });
    const { host, code } = await start(folder);
    expect([code, host.errors]).toEqual([75, expect.stringMatching(new RegExp(`port ${port}: .*gateway\\.ops\\.port`))]);
    const other = await stateDir({});
    const running = await start(other);
    await writeFile(join(other, "openclaw.json"), JSON.stringify({ gateway: { ops: { port } } }));
    running.host.reload();
    expect(await running.host.told(/goes on as it is/)).toMatchObject({ level: "error" });
    expect((await healthOf(running.line, "readyz")).status).toBe(200);
    blocker.close();
  });

  test("without a port it is a mistake, and said so", async () => {
    const { host, code } = await start(await stateDir({ gateway: { ops: { host: "127.0.0.1" } } }));
    expect([code, host.errors]).toEqual([78, expect.stringContaining("gateway.ops.port: ")]);
  });
});

test("the process's own environment tells its children nothing of the supervisor", () => {
  process.env["NOTIFY_SOCKET"] = "/run/x";
  const { env, onReload } = processHost();
  expect([env["NOTIFY_SOCKET"], process.env["NOTIFY_SOCKET"]]).toEqual(["/run/x", undefined]);
  const before = process.listenerCount("SIGUSR1");
  onReload(() => undefined)();
  expect(process.listenerCount("SIGUSR1")).toBe(before);
});

describe("where it listens", () => {
  const locality = new AddressLocality();
  const token: AuthSettings = { mode: "token", token: "t" };
  const place = (wanted: Wanted, addresses: readonly string[] = [], auth: AuthSettings = token) => judgePlace(wanted, { auth, locality, addresses });

  test.each<[Wanted, readonly string[], object]>([
    [{ bind: "loopback" }, ["127.0.0.1"], { kind: "listen", host: "127.0.0.1" }],
    [{ bind: "loopback" }, ["127.0.0.1", "::1", "100.64.0.1"], { kind: "listen", host: "127.0.0.1", also: "::1" }],
    [{ bind: "auto" }, ["127.0.0.1", "192.168.1.4"], { kind: "listen", host: "127.0.0.1" }],
    [{ bind: "lan" }, ["127.0.0.1"], { kind: "listen", host: "0.0.0.0" }],
    [{ bind: "tailnet" }, ["10.0.0.1", "100.63.255.255", "100.128.0.0", "fd7a::1", "100.100.1.2"], { kind: "listen", host: "100.100.1.2", also: "127.0.0.1", trustOwnAddress: true }],
    [{ bind: "tailnet" }, ["100.63.255.255", "100.128.0.0"], { kind: "wait" }],
    [{ bind: "custom", customBindHost: "10.1.2.3" }, [], { kind: "listen", host: "10.1.2.3" }],
    [{ bind: "custom", customBindHost: "0.0.0.0" }, [], { kind: "listen", host: "0.0.0.0" }],
    [{ bind: "custom", customBindHost: "0177.0.0.1" }, [], { kind: "refuse" }],
    [{ bind: "custom" }, [], { kind: "refuse" }],
  ])("%j on a host with %j", (wanted, addresses, expected) => {
    expect(place(wanted, addresses)).toMatchObject(expected);
  });

  test("without a secret only loopback, whether or not the tailnet is up", () => {
    const none: AuthSettings = { mode: "none" };
    expect(place({ bind: "auto" }, [], none).kind).toBe("listen");
    expect(place({ bind: "custom", customBindHost: "127.0.0.5" }, [], none).kind).toBe("listen");
    for (const addresses of [[], ["100.64.0.1"]]) expect(place({ bind: "tailnet" }, addresses, none).kind).toBe("refuse");
    for (const customBindHost of ["0.0.0.0", "::", "10.0.0.1", "203.0.113.4"]) expect(place({ bind: "custom", customBindHost }, [], none).kind).toBe("refuse");
  });
});

describe("the composition", () => {
  const open = async (config?: object) => {
    const parts = await openDaemonParts({ env: { OPENCLAW_STATE_DIR: await stateDir(config) }, flags: {}, output: { write: () => {} } });
    if (parts instanceof Error) throw parts;
    return parts;
  };

  test("yields every token, always the same object, and shares none that has a state with another composition", async () => {
    const [one, other] = [await compose(await open()), await compose(await open())];
    for (const token of Object.values(TOKENS) as (typeof TOKENS.clock)[]) {
      expect(one.get(token)).toBeDefined();
      expect(one.get(token)).toBe(one.get(token));
      expect(other.get(token)).not.toBe(one.get(token));
    }
    await one.get(TOKENS.gateway).close();
  });

  test("chooses a model where one is configured, for all agents or for one", async () => {
    expect((await compose(await open())).get(TOKENS.agent).runtime).toBeInstanceOf(EchoRuntime);
    for (const agents of [{ defaults: { model: "local/small" } }, { list: [{ id: "a", model: { primary: "local/small" } }] }]) {
      const agent = (await compose(await open({ agents, models: { providers: { local: { baseUrl: "http://127.0.0.1:9/v1" } } } }))).get(TOKENS.agent).runtime;
      expect(agent).toBeInstanceOf(ModelRuntime);
      expect(agent.configured).toBe(true);
    }
  });

  test("chooses the runtime that the file names, and an agent program where it names nothing else", async () => {
    const agentOf = async (defaults: object) => (await compose(await open({ agents: { defaults } }))).get(TOKENS.agent).runtime;
    const acp = { command: "/opt/agents/my-agent.mjs", cwd: "~/work", permissions: { allow: ["*"], deny: ["execute"] } };
    const agent = await agentOf({ acp });
    expect(agent).toBeInstanceOf(AcpRuntime);
    expect([agent.configured, agent.models()]).toEqual([true, [{ id: "my-agent", name: "my-agent", provider: "acp" }]]);
    expect(await agentOf({ acp, model: "local/small" })).toBeInstanceOf(ModelRuntime);
    expect(await agentOf({ acp, model: "local/small", runtime: "acp" })).toBeInstanceOf(AcpRuntime);
    expect((await agentOf({ runtime: "acp" })).configured).toBe(false);
    expect(await agentOf({ acp, model: "local/small", runtime: "echo" })).toBeInstanceOf(EchoRuntime);
  });
});

test("a candidate file is judged as a start with it would be", async () => {
  const found = await checkConfig({ path: "x", raw: "{ gateway: { auth: { mode: 'token' }, odd: 1 }, agents: { list: 3 } }" }, {});
  expect(found.issues.map((issue) => issue.path)).toEqual(["agents.list", "gateway.auth.token"]);
  expect(found.warnings.map((warning) => warning.path)).toEqual(["gateway.odd"]);
  expect(await checkConfig({ path: "x", raw: undefined }, {})).toMatchObject({ issues: [], warnings: [], legacy: [] });
});

// Needs `npm run build`, which `npm run check` does before.
test("the built program: JSON lines on a pipe, SIGTERM leaves with 0, nothing but the folder stays", async () => {
  const folder = await stateDir();
  const program = new URL("../../dist/bin/openclaw.mjs", import.meta.url).pathname;
  const child = spawn(process.execPath, [program, "gateway", "--port", "0"], {
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, OPENCLAW_STATE_DIR: folder },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: Record<string, unknown>[] = [];
  let rest = "";
  for await (const chunk of child.stdout) {
    const parts = (rest + String(chunk)).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.map((part) => JSON.parse(part) as Record<string, unknown>));
    if (lines.at(-1)?.["msg"] !== "gateway ready") continue;
    expect(await healthOf(lines.at(-1))).toMatchObject({ status: 200 });
    child.kill("SIGTERM");
  }
  if (child.exitCode === null) await once(child, "exit");
  expect([child.exitCode, lines.at(-1)?.["msg"]]).toEqual([0, "gateway stopped"]);
}, 30_000);

/** The texts of a built file and of all that it imports before it runs. */
async function readAtStart(path: string, texts = new Map<string, string>()): Promise<ReadonlyMap<string, string>> {
  if (texts.has(path)) return texts;
  const text = await readFile(path, "utf8");
  texts.set(path, text);
  for (const [, other = ""] of text.matchAll(/^(?:import|\}|import .*) (?:from )?"(\.[^"]+)";$/gmu)) await readAtStart(join(dirname(path), other), texts);
  return texts;
}

test("the built daemon reads no channel, no agent's runtime and no picture library before one is used, and what it reads takes a byte a character", async () => {
  const started = [...(await readAtStart(join("dist", "bin", "daemon.mjs"))).values()].join("\n");
  const built = (await Promise.all((await readdir("dist/bin/daemon")).map((name) => readFile(join("dist/bin/daemon", name), "utf8")))).join("\n");
  for (const part of ["src/adapters/channels/telegram/", "src/adapters/channels/whatsapp/", "src/adapters/agent/acp/", "src/adapters/agent/model/", "node_modules/uqr/"]) {
    expect([part, started.includes(`\n// ${part}`), built.includes(`\n// ${part}`)]).toEqual([part, false, true]);
  }
  expect(started).toContain("\n// src/app/gateway/gateway.ts");
  expect(started).not.toMatch(/\P{ASCII}/u);
});
