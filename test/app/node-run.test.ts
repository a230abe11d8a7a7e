import { afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connectClient, loadDeviceIdentity, type GatewayClient } from "../../src/client/index.js";
import { runNodeProcess, type NodeRun } from "../../src/app/node/run.js";
import { CHROMIUM, isThere } from "../support/chromium.js";
import { PROGRAM, runProgram, startDaemon, type Daemon } from "../support/daemon.js";
import { isRunning } from "../support/node-host.js";
import { TestProcessHost } from "../support/process-host.js";
import { scriptedGateway, type Script, type ScriptedGateway } from "./scripted-gateway.js";

const BUILD_MS = 120_000;
const TOKEN = "a-long-enough-token";

let folder: string;
const ends: (() => unknown)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "node-run-"));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await rm(folder, { recursive: true, force: true });
});

interface Said {
  readonly event: string;
  readonly [key: string]: unknown;
}

class FakeHost extends TestProcessHost {
  readonly said: Said[] = [];
  out = "";
  #heard = (): void => undefined;

  constructor(env: Readonly<Record<string, string>> = {}) {
    super({ PATH: "/usr/bin:/bin", HOME: folder, ...env });
  }

  protected override hear(text: string): void {
    this.out += text;
    if (text.startsWith("{")) this.said.push(JSON.parse(text) as Said);
    this.#heard();
  }

  /** Resolves with the first of these that it said. */
  async until(event: string): Promise<Said> {
    for (;;) {
      const found = this.said.find((one) => one.event === event);
      if (found) return found;
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
  }
}

const runOf = (url: string, more: Partial<NodeRun> = {}): NodeRun => ({ gateway: { url, allowPrivate: false }, stateDir: folder, allowReadable: false, json: true, ...more });

const configured = (config: object): Promise<void> => writeFile(join(folder, "openclaw.json"), JSON.stringify(config));

async function gatewayOf(script: Script = {}): Promise<ScriptedGateway> {
  const gateway = await scriptedGateway({
    ...script,
    hello: { features: { methods: ["node.invoke.result", "node.event"], events: [] }, ...script.hello },
    methods: { "node.invoke.result": () => ({ ok: true }), ...script.methods },
  });
  ends.push(() => gateway.close());
  return gateway;
}

function started(run: NodeRun, host = new FakeHost()): { readonly host: FakeHost; readonly ended: Promise<number> } {
  const ended = runNodeProcess(run, host);
  ends.push(() => {
    host.signal("SIGTERM");
    return ended;
  });
  return { host, ended };
}

const memo = async (): Promise<Record<string, unknown>> => JSON.parse(await readFile(join(folder, "node", "node.json"), "utf8")) as Record<string, unknown>;

describe("the process", () => {
  test("says who it is, connects as itself, and ends when asked to", async () => {
    await configured({ node: { displayName: "Attic", browser: { enabled: false }, location: { lat: 1, lon: 2 } } });
    const gateway = await gatewayOf();
    const { host, ended } = started(runOf(gateway.url));
    await host.until("connected");
    const [connect] = gateway.connects;
    expect(connect).toMatchObject({ role: "node", client: { id: "node-host", mode: "node", displayName: "Attic" } });
    expect(host.said[0]).toEqual({ ts: expect.any(Number), event: "node", nodeId: connect?.device?.id, displayName: "Attic", commands: ["location.get", "system.execApprovals.get", "system.execApprovals.set", "system.run", "system.which"] });
    expect(host.said[1]).toMatchObject({ event: "connected", url: gateway.url, protocol: 4 });
    host.signal("SIGTERM");
    expect(await ended).toBe(0);
    expect(host.listeners).toBe(0);
    expect(host.said.at(-1)?.event).toBe("stopping");
    expect(await memo()).toMatchObject({ nodeId: connect?.device?.id, displayName: "Attic", url: gateway.url, state: { kind: "closed" } });
    for (const name of ["node.json", "identity/device.json"]) expect((await stat(join(folder, "node", name))).mode & 0o777).toBe(0o600);
    expect(existsSync(join(folder, "node", "node.lock"))).toBe(false);
    await expect(runAgain(gateway)).resolves.toBe(connect?.device?.id);
  });

  async function runAgain(gateway: ScriptedGateway): Promise<string | undefined> {
    const { host, ended } = started(runOf(gateway.url, { displayName: "Cellar" }));
    await host.until("connected");
    host.signal("SIGINT");
    await ended;
    expect(gateway.connects.at(-1)?.client).toMatchObject({ displayName: "Cellar" });
    return gateway.connects.at(-1)?.device?.id;
  }

  test("says how to approve it, once, and goes on by itself when that was done", async () => {
    let isApproved = false;
    const refusal = { error: { code: "NOT_PAIRED", message: "pairing required", details: { code: "PAIRING_REQUIRED", requestId: "req-7", recommendedNextStep: "wait_then_retry" } } };
    const gateway = await gatewayOf({ judge: () => (isApproved ? undefined : refusal) });
    const { host } = started(runOf(gateway.url));
    expect(await host.until("awaiting-approval")).toMatchObject({ requestId: "req-7", command: "openclaw devices approve req-7" });
    while (!/awaiting/.test(JSON.stringify(await memo().catch(() => ({}))))) await new Promise((resolve) => setImmediate(resolve));
    expect(await memo()).toMatchObject({ state: { kind: "awaiting-approval", requestId: "req-7" } });
    isApproved = true;
    await host.until("connected");
    expect(host.said.filter(({ event }) => event === "awaiting-approval").length).toBe(1);
  });

  test("in words for people, and without a secret", async () => {
    await configured({ node: { browser: { enabled: false }, commands: { "camera.snap": { argv: ["cam"] } } } });
    const gateway = await gatewayOf();
    const host = new FakeHost();
    const { ended } = started(runOf(gateway.url, { json: false, gateway: { url: gateway.url, allowPrivate: false, token: "the-token" } }), host);
    while (!host.out.includes("Connected")) await new Promise((resolve) => setImmediate(resolve));
    host.signal("SIGTERM");
    await ended;
    expect(host.out.replace(/[0-9a-f]{64}/, "<id>")).toBe([
      "Test-Host is node <id>. It offers system.execApprovals.get, system.execApprovals.set, system.run, system.which.",
      'node.commands["camera.snap"].argv: The program has to be told where to write: put {output} among its arguments.',
      `Connected to ${gateway.url} (protocol 4).`,
      "Stopping.",
      "",
    ].join("\n"));
    expect(gateway.connects[0]?.auth).toEqual({ token: "the-token" });
  });

  test.each([
    ["a wrong token", { error: { code: "INVALID_REQUEST", message: "unauthorized: gateway token mismatch", details: { code: "AUTH_TOKEN_MISMATCH" } } }, "Give the client the gateway's own token"],
    ["another protocol", { error: { code: "INVALID_REQUEST", message: "protocol mismatch", details: { code: "PROTOCOL_MISMATCH" } }, closeCode: 1002 }, "different protocols"],
  ])("%s ends it with 78, since only a person can help", async (_, refusal, hint) => {
    const gateway = await gatewayOf({ judge: () => refusal });
    const { host, ended } = started(runOf(gateway.url));
    expect(await ended).toBe(78);
    expect(host.said.at(-1)).toMatchObject({ event: "paused", hint: expect.stringContaining(hint) });
    expect(await memo()).toMatchObject({ state: { kind: "paused" } });
    expect(gateway.connects.length).toBe(1);
  });

  test("a gateway that is away is told of once, and waited for", async () => {
    const { host } = started(runOf("ws://127.0.0.1:1"));
    expect(await host.until("disconnected")).toMatchObject({ message: expect.stringContaining("No gateway answers") });
  });

  test("one folder has one node", async () => {
    const gateway = await gatewayOf();
    const first = started(runOf(gateway.url));
    await first.host.until("connected");
    const second = started(runOf(gateway.url));
    expect(await second.ended).toBe(75);
    expect(second.host.errors).toContain(`process ${process.pid}`);
    expect(gateway.connects.length).toBe(1);
  });

  test.each([
    ["a configuration that cannot be used", { node: { displayName: 7 } }, runOf("ws://127.0.0.1:1"), "node.displayName"],
    ["a place that no token must travel to", {}, runOf("ws://203.0.113.7:18789"), "wss://"],
    ["what is no setup code", {}, { ...runOf(""), gateway: { setupCode: "nonsense", allowPrivate: false } }, "setup code"],
  ])("%s: 78, and what to do", async (_, config, run, words) => {
    await configured(config);
    const { host, ended } = started({ ...run, stateDir: folder });
    expect(await ended).toBe(78);
    expect(host.errors).toContain(words);
    expect(host.errors).not.toContain("nonsense");
  });

  test("a key that cannot be read is named, and stays", async () => {
    await mkdir(join(folder, "node", "identity"), { recursive: true });
    await writeFile(join(folder, "node", "identity", "device.json"), "{", { mode: 0o600 });
    const { host, ended } = started(runOf("ws://127.0.0.1:1"));
    expect(await ended).toBe(78);
    expect(host.errors).toContain("device.json");
  });

  test("its end ends what it runs, and says so to whoever waits", async () => {
    await configured({ node: { browser: { enabled: false } } });
    await writeFile(join(folder, "exec-approvals.json"), JSON.stringify({ version: 1, defaults: { security: "full", ask: "off" } }), { mode: 0o600 });
    const pidFile = join(folder, "pid");
    const script = `require("fs").writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000)`;
    let answered = (_: Record<string, unknown>): void => undefined;
    const answer = new Promise<Record<string, unknown>>((resolve) => (answered = resolve));
    const gateway = await gatewayOf({
      methods: {
        "node.event": () => ({ ok: true }),
        "node.invoke.result": ({ params }) => {
          answered(params);
          return { ok: true };
        },
      },
    });
    const { host, ended } = started(runOf(gateway.url));
    const { nodeId } = await host.until("node");
    await host.until("connected");
    gateway.tellAll("node.invoke.request", { id: "a", nodeId, command: "system.run", paramsJSON: JSON.stringify({ command: [process.execPath, "-e", script] }), timeoutMs: 60_000, idempotencyKey: "k" });
    while (!existsSync(pidFile)) await new Promise((resolve) => setImmediate(resolve));
    host.signal("SIGTERM");
    expect(await ended).toBe(0);
    expect(await answer).toMatchObject({ id: "a", ok: false, error: { code: "UNAVAILABLE" } });
    expect(await isRunning(Number(await readFile(pidFile, "utf8")))).toBe(false);
    expect(host.said.find(({ event }) => event === "invocation")).toMatchObject({ command: "system.run", outcome: "failed" });
    expect(host.out).not.toContain(pidFile);
  });
});

describe("as a program, with the gateway as another", () => {
  beforeAll(() => {
    if (existsSync(join(process.cwd(), "dist", "bin", "node.mjs"))) return;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/build.mjs"], { encoding: "utf8" });
    if (status !== 0) throw new Error(`the build failed:\n${stdout}${stderr}`);
  }, BUILD_MS);

  interface Program {
    readonly said: readonly Said[];
    readonly pid: number;
    until(is: (said: Said) => boolean): Promise<Said>;
    stop(signal?: NodeJS.Signals): Promise<number | null>;
  }

  function startNode(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
    const child = spawn(process.execPath, [PROGRAM, "node", "run", "--json", ...args], { env: { PATH: process.env["PATH"] ?? "", HOME: folder, OPENCLAW_STATE_DIR: folder, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const said: Said[] = [];
    let errors = "";
    let heard = (): void => undefined;
    createInterface({ input: child.stdout }).on("line", (line) => {
      said.push(JSON.parse(line) as Said);
      heard();
    });
    child.stderr.on("data", (bytes: Buffer) => (errors += bytes.toString("utf8")));
    let isOver = false;
    const ended = once(child, "close").then(([code]) => {
      isOver = true;
      heard();
      return code as number | null;
    });
    const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> => {
      child.kill(signal);
      return await ended;
    };
    ends.push(() => stop("SIGKILL"));
    return {
      said,
      pid: child.pid ?? 0,
      stop,
      async until(is) {
        for (;;) {
          const found = said.find(is);
          if (found) return found;
          if (isOver) throw new Error(`the node ended: ${errors}${JSON.stringify(said)}`);
          await new Promise<void>((resolve) => (heard = resolve));
        }
      },
    };
  }

  async function daemon(config: object = {}): Promise<Daemon> {
    const started = await startDaemon({ config });
    ends.push(() => started.stop("SIGKILL"));
    return started;
  }

  /** The `host:port` of a page. */
  async function page(): Promise<string> {
    const pages = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Shown</title><body style='background:#08f'>"));
    await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
    ends.push(() => new Promise((resolve) => pages.close(resolve)));
    return `127.0.0.1:${(pages.address() as AddressInfo).port}`;
  }

  /** Another way to the gateway, on which it takes whoever comes for a stranger to its host. */
  async function fromElsewhere(gateway: Daemon): Promise<string> {
    const door = createTcpServer((socket) => {
      const onward = connect(gateway.port, "127.0.0.1");
      socket.once("data", (head: Buffer) => {
        onward.write(head.toString("latin1").replace("\r\n", "\r\nX-Forwarded-For: 203.0.113.9\r\n"), "latin1");
        socket.pipe(onward).pipe(socket);
      });
      for (const [one, other] of [[socket, onward], [onward, socket]] as const) one.on("error", () => undefined).on("close", () => other.destroy());
    });
    await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
    ends.push(() => void door.close());
    return `ws://127.0.0.1:${(door.address() as AddressInfo).port}`;
  }

  /** The owner, on the gateway's host. */
  async function owner(gateway: Daemon): Promise<GatewayClient> {
    const scopes = ["operator.admin", "operator.read", "operator.write", "operator.pairing"];
    const identity = await loadDeviceIdentity(join(folder, "owner"), 1);
    const client = await connectClient({ url: gateway.url, token: TOKEN, identity, scopes, client: { id: "cli", mode: "cli", version: "1", platform: "linux" } });
    ends.push(() => client.close());
    return client;
  }

  /** As the node asks its owner to. */
  const approveSurface = async (client: GatewayClient, node: Program): Promise<void> => {
    const { command } = await node.until(({ event }) => event === "commands-await-approval");
    const [, requestId = ""] = /^openclaw nodes approve (\S+)$/.exec(String(command)) ?? [];
    await client.call("node.pair.approve", { requestId });
    await node.until(({ event }) => event === "in-force");
  };

  const invoke = (client: GatewayClient, nodeId: unknown, command: string, params: unknown): Promise<unknown> =>
    client.call("node.invoke", { nodeId: String(nodeId), command, params, timeoutMs: 45_000, idempotencyKey: crypto.randomUUID() }, { timeoutMs: 60_000 });

  test("it pairs, is approved, answers, ends, and comes back as itself", async () => {
    const host = await page();
    await configured({ node: { displayName: "Attic", location: { lat: 52.5, lon: 13.4 }, browser: { sandbox: false, allowPrivateHosts: [host], executablePath: CHROMIUM } } });
    const gateway = await daemon({ gateway: { auth: { token: TOKEN } } });
    const client = await owner(gateway);
    const url = await fromElsewhere(gateway);

    const node = startNode(["--url", url, "--token", TOKEN]);
    const { nodeId } = await node.until(({ event }) => event === "node");
    const { command } = await node.until(({ event }) => event === "awaiting-approval");
    const [, ...approve] = String(command).split(" ");
    expect((await gateway.run(...approve)).code).toBe(0);
    await node.until(({ event }) => event === "connected");
    await expect(invoke(client, nodeId, "location.get", {})).rejects.toThrow(/openclaw nodes approve/);
    await approveSurface(client, node);
    expect(await invoke(client, nodeId, "location.get", {})).toMatchObject({ ok: true, payload: { lat: 52.5, lon: 13.4, source: "fixed" } });

    if (isThere) {
      expect(await invoke(client, nodeId, "canvas.present", { url: `http://${host}/`, placement: { width: 400, height: 300 } })).toMatchObject({ ok: true });
      expect(await invoke(client, nodeId, "canvas.eval", { javaScript: "document.title" })).toMatchObject({ payload: { result: "Shown" } });
      expect(await invoke(client, nodeId, "canvas.snapshot", { maxWidth: 200 })).toMatchObject({ payload: { format: "png", width: 200, height: 150 } });
    }

    const status = await runProgram(["node", "status", "--json"], { HOME: folder, OPENCLAW_STATE_DIR: folder });
    expect(JSON.parse(status.stdout)).toMatchObject({ nodeId, running: true, pid: node.pid, state: { kind: "open" } });
    const children = childrenOf(node.pid);
    if (isThere) expect(children.length).toBeGreaterThan(0);
    expect(await node.stop()).toBe(0);
    for (const pid of children) expect(await isRunning(pid)).toBe(false);
    const after = await runProgram(["node", "status"], { HOME: folder, OPENCLAW_STATE_DIR: folder });
    expect([after.code, after.stdout]).toEqual([1, expect.stringContaining("not running")]);

    // By its own token from now on.
    const again = startNode(["--url", url]);
    await again.until(({ event }) => event === "connected");
    expect((await again.until(({ event }) => event === "node"))["nodeId"]).toBe(nodeId);
    expect(await invoke(client, nodeId, "location.get", {})).toMatchObject({ ok: true });
    expect(await again.stop("SIGINT")).toBe(0);
  }, 120_000);

  test("a setup code pairs it without a question, and a killed node leaves no browser and no hanging call behind", async () => {
    const host = await page();
    await configured({ node: { browser: { sandbox: false, allowPrivateHosts: [host], executablePath: CHROMIUM } } });
    const gateway = await daemon({ gateway: { auth: { token: TOKEN } } });
    const client = await owner(gateway);
    const invited = await gateway.run("devices", "invite", "--profile", "node", "--address", await fromElsewhere(gateway), "--json");
    const { setupCode } = JSON.parse(invited.stdout) as { setupCode: string };
    const node = startNode(["--code", setupCode]);
    const { nodeId } = await node.until(({ event }) => event === "node");
    await node.until(({ event }) => event === "connected");
    expect(node.said.map(({ event }) => event).slice(0, 2)).toEqual(["node", "connected"]);
    await approveSurface(client, node);
    if (!isThere) return;
    await invoke(client, nodeId, "canvas.present", { url: `http://${host}/` });
    const children = childrenOf(node.pid);
    expect(children.length).toBeGreaterThan(0);
    const hanging = invoke(client, nodeId, "canvas.eval", { javaScript: "document.title = 'hanging'; new Promise(() => undefined)" }).then(() => "answered", (error: Error) => error.message);
    // Asked later and answered: what came before is under way by then.
    await invoke(client, nodeId, "system.which", { bins: ["sh"] });
    await invoke(client, nodeId, "system.which", { bins: ["sh"] });
    await node.stop("SIGKILL");
    expect(await hanging).toMatch(/disconnected|not connected/);
    for (const pid of children) while (await isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 50));
  }, 120_000);

  /** The process's children, and theirs. */
  function childrenOf(pid: number): readonly number[] {
    const { stdout } = spawnSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" });
    const pairs = stdout.trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
    const of = (parent: number): number[] => pairs.flatMap(([child, ppid]) => (ppid === parent ? [child, ...of(child)] : []));
    return of(pid);
  }
});
