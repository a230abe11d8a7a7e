import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import fc from "fast-check";
import { parseConfigPath, withValue } from "../../src/app/cli/config-path.js";
import { AnswerWriter } from "../../src/app/cli/answer-writer.js";
import type { CliIo } from "../../src/app/cli/io.js";
import type { DaemonFlags } from "../../src/app/cli/load-daemon.js";
import { main } from "../../src/app/cli/main.js";
import { createGateway, type Gateway } from "../../src/app/compose/create-gateway.js";
import { VERSION } from "../../src/app/version.js";
import { encodeSetupCode } from "../../src/domain/pairing/setup-code.js";
import { scriptedGateway, type Call, type Script, type ScriptedGateway } from "./scripted-gateway.js";

const NOW = 1_790_000_000_000;
const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

let home: string;
const running: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "cli-"));
});
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.close();
  await rm(home, { recursive: true, force: true });
});

async function gatewayOf(script: Script = {}): Promise<ScriptedGateway> {
  const gateway = await scriptedGateway(script);
  running.push(gateway);
  return gateway;
}

interface Terminal extends CliIo {
  readonly out: () => string;
  readonly err: () => string;
  interrupt(): void;
}

function terminal(env: Record<string, string> = {}, more: Partial<CliIo> = {}): Terminal {
  let out = "";
  let err = "";
  const listeners = new Set<() => void>();
  return {
    stdout: { write: (text) => void (out += text) },
    stderr: { write: (text) => void (err += text) },
    env: { OPENCLAW_STATE_DIR: join(home, "state"), ...env },
    home,
    now: () => NOW,
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    loadDaemon: () => Promise.reject(Object.assign(new Error("not built"), { code: "ERR_MODULE_NOT_FOUND" })),
    ...more,
    out: () => out,
    err: () => err,
    interrupt: () => [...listeners].forEach((listener) => listener()),
  };
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(argv: readonly string[], io: Terminal = terminal()): Promise<Ran> {
  const code = await main(argv, io);
  return { code, out: io.out(), err: io.err() };
}

const at = (gateway: ScriptedGateway, env: Record<string, string> = {}): Terminal =>
  terminal({ OPENCLAW_GATEWAY_PORT: String(gateway.port), OPENCLAW_GATEWAY_TOKEN: "configured", ...env });

const configFile = async (text: string): Promise<string> => {
  const path = join(home, "state", "openclaw.json");
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode: 0o600 });
  return path;
};

const HEALTH = {
  ok: true, ts: 1, durationMs: 2, channels: {}, channelOrder: [], channelLabels: {}, heartbeatSeconds: 0, defaultAgentId: "main",
  agents: [{ agentId: "main", isDefault: true }], sessions: { path: "/s", count: 3, recent: [] },
};

describe("usage", () => {
  test("the version is the package's", () => {
    expect(VERSION).toBe((JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string }).version);
  });

  test.each([
    [["nonsense"]],
    [["gateway", "nonsense"]],
    [["gateway", "call"]],
    [["gateway", "--port", "70000"]],
    [["gateway", "--bind", "moon"]],
    [["health", "--timeout", "soon"]],
    [["agent"]],
    [["agent", "--message", "  "]],
    [["gateway", "call", "health", "--params", "{"]],
    [["config", "get", "a..b"]],
    [["config", "set", "__proto__.x", "1"]],
    [["health", "--wat"]],
  ])("wrong usage is 2: %j", async (argv) => {
    const { code, out, err } = await run(argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).not.toBe("");
  });

  test("help and version are 0", async () => {
    expect((await run(["--help"])).code).toBe(0);
    expect(await run(["--version"])).toMatchObject({ code: 0, out: `${VERSION}\n` });
    expect((await run(["gateway", "call", "--help"])).out).toContain("--expect-final");
  });

  test("gateway hands its flags to the daemon and its exit code back", async () => {
    const seen: DaemonFlags[] = [];
    const daemon = { runDaemon: async (flags: DaemonFlags) => seen.push(flags) === 1 ? 78 : 0 };
    const io = () => terminal({}, { loadDaemon: async () => daemon });
    expect((await run(["gateway", "--port", "1234", "--token", "t", "--allow-unconfigured"], io())).code).toBe(78);
    expect((await run(["gateway", "--verbose", "run", "--bind", "lan", "--auth", "token"], io())).code).toBe(0);
    expect(seen).toEqual([{ port: 1234, token: "t", allowUnconfigured: true }, { bind: "lan", auth: "token", verbose: true }]);
    expect((await run(["gateway"])).err).toContain("npm run build");
  });
});

describe("calls", () => {
  const script: Script = { methods: { health: () => HEALTH, "system-presence": () => [] } };

  test("gateway call prints the payload alone with --json, under a heading without", async () => {
    const gateway = await gatewayOf(script);
    const json = await run(["gateway", "call", "health", "--json"], at(gateway));
    expect([json.code, JSON.parse(json.out), json.err]).toEqual([0, HEALTH, ""]);
    const plain = await run(["gateway", "call", "health", "--params", '{"probe":true}'], at(gateway));
    expect(plain.out).toMatch(/^Gateway call: health\n\{/);
    expect(gateway.calls.map(({ params }) => params)).toEqual([{}, { probe: true }]);
    expect(gateway.signatures).toEqual([true, true]);
    expect(gateway.connects[0]).toMatchObject({ client: { id: "cli", mode: "cli" }, role: "operator", auth: { token: "configured" } });
  });

  test("a flag belongs to the command whose name it follows", async () => {
    const gateway = await gatewayOf(script);
    await run(["gateway", "call", "health", "--token", "typed", "--json"], at(gateway));
    await run(["gateway", "--token", "typed", "call", "health", "--json"], at(gateway));
    expect(gateway.connects.map(({ auth }) => auth?.token)).toEqual(["typed", "typed"]);
  });

  test("a refused method is 1 and says why; with --json the reason is JSON", async () => {
    const error = { code: "FORBIDDEN", message: "missing scope: operator.admin", details: { code: "MISSING_SCOPE" } };
    const gateway = await gatewayOf({ methods: { "x.y": ({ respond }) => respond({ ok: false, error }) } });
    const plain = await run(["gateway", "call", "x.y"], at(gateway));
    expect(plain).toMatchObject({ code: 1, out: "" });
    expect(plain.err).toContain("missing scope: operator.admin (FORBIDDEN)");
    const json = await run(["gateway", "call", "x.y", "--json"], at(gateway));
    expect([json.code, json.err]).toEqual([1, ""]);
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, error: { code: "MISSING_SCOPE" } });
  });

  test("a gateway that takes too long is 75", async () => {
    const gateway = await gatewayOf({ methods: { health: () => undefined } });
    expect((await run(["health", "--timeout", "150"], at(gateway))).code).toBe(75);
  });

  test("what a gateway says cannot move the cursor", async () => {
    const gateway = await gatewayOf({ methods: { health: () => ({ ...HEALTH, agents: [{ agentId: "\u001b[2Jmain\u202e\u009b" }] }) } });
    for (const argv of [["health"], ["health", "--json"], ["gateway", "call", "health"]]) {
      // oxlint-disable-next-line no-control-regex -- the point of the test
      expect((await run(argv, at(gateway))).out).not.toMatch(/[\u001b\u0080-\u009f\u202e]/);
    }
  });

  test("health and status are told in lines", async () => {
    const status = {
      heartbeat: { defaultAgentId: "main", agents: [{ agentId: "main", enabled: true, every: "30m", everyMs: 1 }] }, channelSummary: ["Telegram: live"],
      queuedSystemEvents: [], sessions: { paths: [], count: 1, defaults: { model: "a/b", contextTokens: null }, recent: [{ key: "agent:main:main", kind: "direct", updatedAt: 1, age: 60_000 }], byAgent: [] },
    };
    const gateway = await gatewayOf({ methods: { health: () => HEALTH, status: () => status } });
    expect((await run(["gateway", "health"], at(gateway))).out).toBe("Gateway: ok (2 ms)\nChannels: none\nAgents: main (default)\nSessions: 3\n");
    expect((await run(["status"], at(gateway))).out).toContain("Heartbeat: main every 30m\nModel: a/b\nSessions: 1\n");
    const whole = await run(["gateway", "status"], at(gateway));
    expect(whole.code).toBe(0);
    expect(whole.out).toContain(`Gateway: ws://127.0.0.1:${gateway.port} answers (version 9.9.9, protocol 4)`);
    expect(whole.out).toContain(join(home, "state", "openclaw.json"));
  });

  test("probe reads as a probe and shows each answer", async () => {
    const gateway = await gatewayOf({ methods: { health: () => HEALTH, status: () => ({}), "system-presence": () => [] } });
    const { code, out } = await run(["gateway", "probe", "--json"], at(gateway));
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: true, protocol: 4, calls: { health: { ok: true }, "config.get": { ok: false, code: "INVALID_REQUEST" } } });
    expect(gateway.connects[0]).toMatchObject({ client: { mode: "probe" }, scopes: ["operator.read"] });
  });

  test("send passes the message on with a key of its own", async () => {
    const gateway = await gatewayOf({ methods: { send: ({ params }) => ({ runId: params["idempotencyKey"], messageId: "m1", channel: "webchat" }) } });
    const { out } = await run(["send", "--channel", "webchat", "--target", "bob", "--message", "hi"], at(gateway));
    expect(out).toBe("Sent through webchat, message m1.\n");
    expect(gateway.calls[0]?.params).toEqual({ to: "bob", message: "hi", channel: "webchat", idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });
});

describe("no connection", () => {
  const freePort = async (): Promise<number> => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    return port;
  };

  test("nobody there: says where, and how to start one", async () => {
    const port = await freePort();
    const io = terminal({ OPENCLAW_GATEWAY_PORT: String(port) });
    expect(await run(["health"], io)).toMatchObject({ code: 75, err: `No gateway answers at ws://127.0.0.1:${port}.\n  Start one with: openclaw gateway\n` });
    const status = await run(["gateway", "status"], terminal({ CLAWDBOT_GATEWAY_PORT: String(port) }));
    expect(status.code).toBe(75);
    expect(status.out).toContain("openclaw gateway");
    expect(status.out).toContain("State folder:");
  });

  test("pairing required: prints the command that approves and until when", async () => {
    const details = { code: "PAIRING_REQUIRED", reason: "scope-upgrade", requestId: "0a-1b", expiresAtMs: NOW + 240_000 };
    const gateway = await gatewayOf({ judge: () => ({ error: { code: "NOT_PAIRED", message: "pairing required", details } }) });
    const { code, err } = await run(["health"], at(gateway));
    expect(code).toBe(1);
    expect(err).toBe(
      "Pairing required. This device asks for more than it was approved for.\n" +
        "  On the gateway's host run: openclaw devices approve 0a-1b\n  The request expires in 4 min. Then run this command again.\n",
    );
  });

  test.each([
    ["AUTH_TOKEN_MISSING", {}, "set OPENCLAW_GATEWAY_TOKEN, or set gateway.auth.token in"],
    ["AUTH_TOKEN_MISMATCH", { OPENCLAW_GATEWAY_TOKEN: "x" }, "The token from OPENCLAW_GATEWAY_TOKEN is not this gateway's."],
    ["AUTH_PASSWORD_MISMATCH", { CLAWDBOT_GATEWAY_PASSWORD: "x" }, "The password from OPENCLAW_GATEWAY_PASSWORD is not this gateway's."],
    ["AUTH_PASSWORD_MISSING", {}, "Pass --password, set OPENCLAW_GATEWAY_PASSWORD, or set gateway.auth.password"],
  ] as [string, Record<string, string>, string][])("%s: which key or variable to set", async (code, env, said) => {
    const gateway = await gatewayOf({ judge: () => ({ error: { code: "INVALID_REQUEST", message: `unauthorized: ${code}`, details: { code } } }) });
    const ran = await run(["health"], terminal({ OPENCLAW_GATEWAY_PORT: String(gateway.port), ...env }));
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(said);
  });

  test("a locked-out address is worth another try later", async () => {
    const error = { code: "INVALID_REQUEST", message: "unauthorized: too many failed authentication attempts (retry later)", details: { code: "AUTH_RATE_LIMITED" }, retryable: true, retryAfterMs: 30_000 };
    const gateway = await gatewayOf({ judge: () => ({ error }) });
    const { code, err } = await run(["health"], at(gateway));
    expect([code, err]).toEqual([75, expect.stringContaining("Try again in 30 s.")]);
  });

  test("--url never carries credentials of the configuration or the environment", async () => {
    await configFile('{ gateway: { auth: { token: "filed", password: "filed" } } }');
    const gateway = await gatewayOf({
      judge: ({ auth }) => (auth?.token === "typed" ? undefined : { error: { code: "INVALID_REQUEST", message: "unauthorized", details: { code: "AUTH_TOKEN_MISSING" } } }),
      methods: { health: () => HEALTH },
      hello: { auth: { role: "operator", scopes: [], deviceToken: "issued" } },
    });
    const env = { OPENCLAW_GATEWAY_TOKEN: "configured", OPENCLAW_GATEWAY_PASSWORD: "configured" };
    const bare = await run(["health", "--url", gateway.url], terminal(env));
    expect(bare.code).toBe(1);
    expect(bare.err).toContain("With --url, configured credentials are never sent. Pass --token too.");
    expect((await run(["health", "--url", gateway.url, "--token", "typed"], terminal(env))).code).toBe(0);
    const other = await gatewayOf({ methods: { health: () => HEALTH } });
    await run(["health", "--url", other.url], terminal(env));
    expect([gateway.connects[0]?.auth, other.connects[0]?.auth]).toEqual([undefined, undefined]);
  });

  test("plain ws:// to another host is refused before anything is dialled", async () => {
    const { code, err } = await run(["health", "--url", "ws://192.0.2.1:1", "--token", "t"]);
    expect(code).toBe(1);
    expect(err).toContain("OPENCLAW_ALLOW_INSECURE_PRIVATE_WS=1");
  });

  test("a broken configuration is named, not quoted", async () => {
    const path = await configFile('{ gateway: { auth: { token: "s3cret" ');
    const { code, err } = await run(["health"]);
    expect([code, err]).toEqual([1, expect.stringContaining(path)]);
    expect(err).not.toContain("s3cret");
  });
});

describe("which gateway", () => {
  test("the file's port, token and variables; JSON5; .env beneath the environment", async () => {
    const gateway = await gatewayOf({ methods: { health: () => HEALTH } });
    await configFile(`{ // a comment\n gateway: { port: ${gateway.port}, auth: { token: "pre-\${MY_TOKEN}" } } }`);
    await run(["health"], terminal({ MY_TOKEN: "v" }));
    await writeFile(join(home, "state", ".env"), "# x\nexport MY_TOKEN='from-file' # note\nOTHER=1\n");
    await run(["health"]);
    await run(["health"], terminal({ CLAWDBOT_GATEWAY_TOKEN: "old-name" }));
    expect(gateway.connects.map(({ auth }) => auth?.token)).toEqual(["pre-v", "pre-from-file", "old-name"]);
  });

  test("the auth mode chooses what is sent", async () => {
    const gateway = await gatewayOf({ methods: { health: () => HEALTH } });
    const port = `port: ${gateway.port}`;
    for (const auth of ['mode: "password", token: "t", password: "p"', 'mode: "token", token: "t", password: "p"', 'mode: "none", token: "t"', 'token: "t", password: "p"', 'password: "p"']) {
      await configFile(`{ gateway: { ${port}, auth: { ${auth} } } }`);
      await run(["health"]);
    }
    expect(gateway.connects.map(({ auth }) => auth)).toEqual([{ password: "p" }, { token: "t" }, undefined, { token: "t" }, { password: "p" }]);
  });

  test("a remote gateway of the configuration has its own credentials", async () => {
    const gateway = await gatewayOf({ methods: { health: () => HEALTH } });
    await configFile(`{ gateway: { mode: "remote", remote: { url: "${gateway.url}", token: "r" }, auth: { token: "local" } } }`);
    expect((await run(["health"])).code).toBe(0);
    expect(gateway.connects[0]?.auth).toEqual({ token: "r" });
  });
});

describe("agent", () => {
  const agentEvent = (call: Call, data: object, stream = "assistant"): void =>
    call.event("agent", { runId: call.params["idempotencyKey"], seq: 1, ts: 1, stream, data, sessionKey: "agent:main:main" });

  const accept = (call: Call): void => call.respond({ ok: true, payload: { runId: call.params["idempotencyKey"], status: "accepted", acceptedAt: 1, sessionKey: "agent:main:main" } });

  const finish = (call: Call, text: string, more: object = {}): void =>
    call.respond({ ok: true, payload: { runId: call.params["idempotencyKey"], status: "ok", summary: "completed", result: { payloads: [{ text }], meta: { durationMs: 1 } }, ...more } });

  const talking: Script = {
    methods: {
      agent(call) {
        accept(call);
        call.event("agent", { runId: "somebody-else", seq: 1, ts: 1, stream: "assistant", data: { text: "no", delta: "no" } });
        agentEvent(call, { phase: "start" }, "lifecycle");
        agentEvent(call, { text: "Hel", delta: "Hel" });
        agentEvent(call, { text: "Hello \u001b[31mthere", delta: "lo \u001b[31mthere" });
        finish(call, "Hello \u001b[31mthere!");
      },
    },
  };

  test("streams the answer once, without what a terminal would obey", async () => {
    const gateway = await gatewayOf(talking);
    const { code, out, err } = await run(["agent", "-m", "hi", "--session-id", "s", "--thinking", "low", "--timeout", "30"], at(gateway));
    expect([code, out, err]).toEqual([0, "Hello [31mthere!\n", ""]);
    expect(gateway.calls[0]?.params).toMatchObject({ message: "hi", sessionId: "s", thinking: "low", timeout: 30 });
    expect(gateway.connects[0]?.caps).toEqual(["tool-events"]);
  });

  test("--json prints the final response and nothing else", async () => {
    const { out, err } = await run(["agent", "--message", "hi", "--json"], at(await gatewayOf(talking)));
    expect(JSON.parse(out)).toMatchObject({ status: "ok", result: { payloads: [{ text: "Hello \u001b[31mthere!" }] } });
    expect(err).toBe("");
  });

  test("a failed run tells its reason on its own line", async () => {
    const gateway = await gatewayOf({
      methods: {
        agent(call) {
          accept(call);
          agentEvent(call, { text: "Half", delta: "Half" });
          call.respond({ ok: false, payload: { runId: "r", status: "error", summary: "The model refused." }, error: { code: "UNAVAILABLE", message: "The model refused." } });
        },
      },
    });
    expect(await run(["agent", "-m", "hi"], at(gateway))).toMatchObject({ code: 1, out: "Half\n", err: "The model refused.\n" });
  });

  test("a run that took too long is 75", async () => {
    const gateway = await gatewayOf({ methods: { agent: (call) => finish(call, "", { status: "timeout", summary: "aborted" }) } });
    expect((await run(["agent", "-m", "hi"], at(gateway))).code).toBe(75);
  });

  test("Ctrl-C aborts the run at the gateway and leaves with 130", async () => {
    let io: Terminal | undefined;
    const gateway = await gatewayOf({
      methods: {
        agent(call) {
          accept(call);
          agentEvent(call, { text: "Half", delta: "Half" });
          // Answered after the events above, so that they were shown.
          setImmediate(() => io?.interrupt());
        },
        "chat.abort": ({ params }) => ({ ok: true, aborted: true, runIds: [params["runId"]] }),
      },
    });
    io = at(gateway);
    expect((await run(["agent", "-m", "hi"], io)).code).toBe(130);
    expect(gateway.calls[1]).toEqual({ method: "chat.abort", params: { sessionKey: "agent:main:main", runId: gateway.calls[0]?.params["idempotencyKey"] } });
  });

  test("a lost connection in the middle is 75", async () => {
    const gateway = await gatewayOf({ methods: { agent: (call) => { accept(call); call.socket.terminate(); } } });
    expect((await run(["agent", "-m", "hi"], at(gateway))).code).toBe(75);
  });

  test("whatever is lost of the deltas, the shown text ends as the answer", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, unit: fc.constantFrom("a", "b", " ", "\n") }), { minLength: 1 }), fc.array(fc.boolean()), (parts, kept) => {
        let shown = "";
        const writer = new AnswerWriter({ write: (text) => void (shown += text) });
        let text = "";
        for (const [index, delta] of parts.entries()) {
          text += delta;
          if (kept[index] ?? true) writer.grow({ text, delta });
        }
        writer.finish([text]);
        expect(shown).toBe(text.endsWith("\n") ? text : `${text}\n`);
      }),
    );
  });
});

describe("devices", () => {
  const ID = "ab".repeat(32);
  const list = {
    pending: [
      { requestId: "old", deviceId: "cd".repeat(32), publicKey: "k", displayName: "\u001b[2JEvil\u202e\nRow", role: "operator", scopes: ["operator.admin"], remoteIp: "10.0.0.9", ts: NOW - 120_000 },
      { requestId: "new", deviceId: "ef".repeat(32), publicKey: "k", clientId: "cli", role: "node", ts: NOW - 60_000 },
    ],
    paired: [{ deviceId: ID, publicKey: "k", label: "Phone", roles: ["operator"], scopes: ["operator.read"], createdAtMs: 1, approvedAtMs: NOW - 7_200_000, connected: true, tokens: [{ role: "operator", scopes: [], createdAtMs: 1, lastUsedAtMs: NOW - 30_000 }] }],
  };
  const script: Script = {
    methods: {
      "device.pair.list": () => list,
      "device.pair.approve": ({ params }) => ({ requestId: params["requestId"], device: { ...list.paired[0] } }),
      "device.pair.reject": ({ params }) => ({ requestId: params["requestId"], deviceId: ID }),
      "device.pair.remove": ({ params }) => params,
      "device.pair.rename": ({ params }) => params,
      "device.token.rotate": ({ params }) => ({ ...params, token: "fresh-token", scopes: ["operator.read"], rotatedAtMs: 1 }),
      "device.token.revoke": ({ params }) => ({ ...params, revokedAtMs: 1 }),
    },
  };

  test("list shows who waits first, newest on top, with an end, and no row can forge another", async () => {
    const { out } = await run(["devices", "list"], at(await gatewayOf(script)));
    const lines = out.split("\n");
    expect(lines[0]).toBe("Waiting for approval:");
    expect(lines[2]).toMatch(/^new .*node.*1 min +4 min$|^new .*node.*60 s +4 min$/);
    expect(lines[3]).toMatch(/^old +cdcdcdcdcdcd +Evil Row +operator +admin +10\.0\.0\.9 +2 min +3 min$/);
    expect(lines.find((line) => line.startsWith("abab"))).toMatch(/^abababababab +Phone +operator +read +30 s ago +2 h ago +connected$/);
  });

  test("approving is explicit: an id, or --latest", async () => {
    const gateway = await gatewayOf(script);
    const bare = await run(["devices", "approve"], at(gateway));
    expect(bare.code).toBe(2);
    expect(bare.err).toContain("openclaw devices approve new   (cli)");
    expect((await run(["devices", "approve", "--latest"], at(gateway))).out).toContain("Approved Phone (abababababab) as operator, operator.read.");
    await run(["devices", "approve", "old"], at(gateway));
    expect(gateway.calls.filter(({ method }) => method === "device.pair.approve").map(({ params }) => params["requestId"])).toEqual(["new", "old"]);
  });

  test("the other actions take an id or its beginning, and keep a new token to themselves", async () => {
    const gateway = await gatewayOf(script);
    const said = [
      await run(["devices", "reject", "old"], at(gateway)),
      await run(["devices", "remove", "abababab"], at(gateway)),
      await run(["devices", "rename", ID, "My phone"], at(gateway)),
      await run(["devices", "rotate", ID, "--role", "operator", "--scope", "operator.read", "operator.write"], at(gateway)),
      await run(["devices", "revoke", ID, "--role", "node"], at(gateway)),
    ];
    expect(said.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
    expect(said.map(({ out }) => out).join("")).not.toContain("fresh-token");
    expect(gateway.calls.filter(({ method }) => method !== "device.pair.list")).toEqual([
      { method: "device.pair.reject", params: { requestId: "old" } },
      { method: "device.pair.remove", params: { deviceId: ID } },
      { method: "device.pair.rename", params: { deviceId: ID, label: "My phone" } },
      { method: "device.token.rotate", params: { deviceId: ID, role: "operator", scopes: ["operator.read", "operator.write"] } },
      { method: "device.token.revoke", params: { deviceId: ID, role: "node" } },
    ]);
    expect((await run(["devices", "remove", "ab"], at(gateway))).code).toBe(1);
  });
});

describe("devices invite", () => {
  const invited = { setupId: "s", setupCode: "c2V0dXA", gatewayUrl: "ws://127.0.0.1:1", auth: "token", urlSource: "listening", access: "limited", expiresAtMs: NOW + 600_000 };

  test("shows a code to scan and to paste, for whom it is and how long, and warns of an address that nobody can reach", async () => {
    const gateway = await gatewayOf({ methods: { "device.pair.setupCode": () => invited } });
    const { code, out } = await run(["devices", "invite"], at(gateway));
    expect(code).toBe(0);
    expect(out).toMatch(/[▀▄█]/);
    expect(out).toContain("\nc2V0dXA\n");
    expect(out).toContain("within 10 min");
    expect(out).toContain("--address");
  });

  test("passes on what was asked, and can leave the picture out", async () => {
    const gateway = await gatewayOf({ methods: { "device.pair.setupCode": () => ({ ...invited, gatewayUrl: "wss://g.example" }) } });
    const { out } = await run(["devices", "invite", "--address", "wss://g.example", "--profile", "node", "--no-qr"], at(gateway));
    expect(out).not.toMatch(/[▀▄█]/);
    expect(out).not.toContain("--address");
    expect(gateway.calls[0]).toEqual({ method: "device.pair.setupCode", params: { publicUrl: "wss://g.example", bootstrapProfile: "node", includeQr: false } });
  });
});

describe("devices join", () => {
  async function live(): Promise<{ gateway: Gateway; url: string; code: (profile?: "limited" | "full") => Promise<string> }> {
    const gateway = createGateway({ auth: { token: "the owner's" } });
    running.push(gateway);
    const { url } = await gateway.listen({ port: 0 });
    return { gateway, url, code: async (profile = "limited") => (await gateway.call("device.pair.setupCode", { bootstrapProfile: profile })).setupCode };
  }

  test("pairs this command line, says how to go on, and what it says works", async () => {
    const { gateway, url, code } = await live();
    const { code: exit, out, err } = await run(["devices", "join", `oc-pair://${await code()}`]);
    expect([exit, err]).toEqual([0, ""]);
    expect(out).toContain(`Paired with ${url}. This device may: operator.approvals, operator.questions, operator.read, operator.talk.secrets, operator.write.`);
    const commands = out.split("\n").filter((line) => line.startsWith("  openclaw ")).map((line) => line.trim().split(" ").slice(1).map((word) => word.replaceAll("'", "")));
    for (const argv of commands) expect(await run(argv)).toMatchObject({ code: 0 });
    expect(await run(["health"])).toMatchObject({ code: 0, out: expect.stringContaining("Gateway: ok") });
    expect(await run(["health", "--url", url])).toMatchObject({ code: 0 });
    // It was let in for less than commands may ask for, and no command asks the owner for more.
    expect(await run(["devices", "list"])).toMatchObject({ code: 1, err: expect.stringContaining("missing scope") });
    expect((await gateway.call("device.pair.list", {})).pending).toEqual([]);
  });

  test("with a wider code it asks for all, whatever it had", async () => {
    const { url, code } = await live();
    await run(["devices", "join", await code()]);
    expect(JSON.parse((await run(["devices", "join", await code("full"), "--profile", "full", "--json"])).out)).toMatchObject({ ok: true, url, role: "operator", scopes: expect.arrayContaining(["operator.admin"]) });
    expect(await run(["devices", "list", "--url", url])).toMatchObject({ code: 0 });
  });

  test("a code that was used, one that is none, and one whose gateway is gone say what to do", async () => {
    const { gateway, code } = await live();
    const [used, lost] = [await code(), await code()];
    await run(["devices", "join", used]);
    const again = await run(["devices", "join", used]);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining("openclaw devices invite") });
    expect(await run(["devices", "join", "hello"])).toMatchObject({ code: 2, err: expect.stringContaining("no setup code") });
    await gateway.close();
    expect(await run(["devices", "join", lost])).toMatchObject({ code: 75, err: expect.stringContaining("No gateway answers at") });
    expect(again.err).not.toContain(used.slice(0, 20));
  });

  test("an address that a shell would obey is in no command", async () => {
    const gateway = await gatewayOf({ hello: { auth: { role: "operator", scopes: ["operator.read"], deviceToken: "issued" } } });
    const url = `${gateway.url}/$(reboot)`;
    const { code, out } = await run(["devices", "join", encodeSetupCode({ url, bootstrapToken: "t" })]);
    expect(code).toBe(0);
    expect(out).toContain("--url, or as gateway.remote.url");
    expect(out).not.toContain("openclaw config set");
    expect(gateway.connects[0]?.auth).toEqual({ bootstrapToken: "t" });
  });
});

describe("sessions and logs", () => {
  test("sessions are a table", async () => {
    const page = { ts: 1, path: "/s", count: 1, defaults: { model: null, contextTokens: null }, sessions: [{ key: "agent:main:main", kind: "direct", updatedAt: NOW - 5000, model: "m", totalTokens: 9, label: "Home" }] };
    const gateway = await gatewayOf({ methods: { "sessions.list": () => page } });
    expect((await run(["sessions", "--limit", "5", "--search", "ho", "--agent", "main"], at(gateway))).out).toBe(
      "KEY              KIND    AGE  MODEL  TOKENS  NAME\nagent:main:main  direct  5 s  m      9       Home\n",
    );
    expect(gateway.calls[0]?.params).toEqual({ limit: 5, search: "ho", agentId: "main" });
  });

  test("logs follow from the cursor until Ctrl-C", async () => {
    let io: Terminal | undefined;
    const pages = [['{"level":30,"time":1790000000000,"msg":"up","port":1,"pid":5}'], ["plain \u001b[31mred"], []];
    const gateway = await gatewayOf({
      methods: {
        "logs.tail": ({ params }) => {
          const cursor = Number(params["cursor"] ?? 0);
          if (cursor === 2) io?.interrupt();
          return { file: "f", cursor: cursor + 1, size: 9, lines: pages[cursor] ?? [] };
        },
      },
    });
    io = at(gateway);
    const { code, out } = await run(["logs", "--follow", "--interval", "1", "--limit", "7"], io);
    expect([code, out]).toEqual([0, "2026-09-21T14:13:20.000Z INFO  up port=1\nplain red\n"]);
    expect(gateway.calls.map(({ params }) => params)).toEqual([{ limit: 7 }, { cursor: 1 }, { cursor: 2 }]);
    const json = await run(["logs", "--json"], at(gateway));
    expect(JSON.parse(json.out)).toMatchObject({ msg: "up" });
  });

  test("a gateway that goes away while following is 75", async () => {
    const gateway: ScriptedGateway = await gatewayOf({ methods: { "logs.tail": ({ socket, params }) => { if (params["cursor"]) socket.close(1012, "service restart"); return { file: "f", cursor: 1, size: 1, lines: [] }; } } });
    expect((await run(["logs", "-f", "--interval", "1"], at(gateway))).code).toBe(75);
  });
});

describe("config", () => {
  test("get hides secrets unless asked, and finds what dots and brackets name", async () => {
    await configFile(`{
      gateway: { port: 5, auth: { token: "s3cret", password: "\${PW}" } },
      agents: { list: [{ id: "main" }] }, models: { providers: { "my.host": { apiKey: "k3y", headers: { "X-Any": "h3ader" }, baseUrl: "https://u:p4ss@h/v1", models: [{ maxTokens: 8 }] } } },
    }`);
    const all = await run(["config", "get"]);
    for (const secret of ["s3cret", "k3y", "h3ader", "p4ss"]) expect(all.out).not.toContain(secret);
    expect(all.out).toContain("${PW}");
    expect(all.out).toContain('"maxTokens": 8');
    expect((await run(["config", "get", "gateway.auth.token"])).out).toBe("__REDACTED__\n");
    expect((await run(["config", "get", "gateway.auth.token", "--show-secrets"])).out).toBe("s3cret\n");
    expect((await run(["config", "get", "agents.list[0].id"])).out).toBe("main\n");
    expect((await run(["config", "get", 'models.providers["my.host"].models[0].maxTokens', "--json"])).out).toBe("8\n");
    for (const path of ["gateway.nothing", "gateway.toString", "agents.list.length.x"]) expect((await run(["config", "get", path])).code).toBe(1);
  });

  test("set writes privately, keeps the file as it was, and makes what is missing", async () => {
    const path = await configFile("{ // mine\n gateway: { port: 5 } }");
    await chmod(path, 0o644);
    const set = await run(["config", "set", "gateway.auth.token", "hunter2"]);
    expect(set).toMatchObject({ code: 0, out: 'gateway.auth.token = "__REDACTED__"\n', err: expect.stringContaining("Comments were not kept") });
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ gateway: { port: 5, auth: { token: "hunter2" } } });
    expect(await readFile(`${path}.bak`, "utf8")).toBe("{ // mine\n gateway: { port: 5 } }");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(`${path}.bak`)).mode & 0o777).toBe(0o600);
    await run(["config", "set", "agents.list[0]", "{ id: 'main', default: true }"]);
    expect(JSON.parse((await run(["config", "get", "agents.list", "--json"])).out)).toEqual([{ id: "main", default: true }]);
  });

  test("a symbolic link stays one; a first set makes the file", async () => {
    const real = join(home, "dotfiles.json");
    await writeFile(real, "{}");
    await mkdir(join(home, "state"));
    await symlink(real, join(home, "state", "openclaw.json"));
    expect((await run(["config", "set", "gateway.port", "7"])).code).toBe(0);
    expect(JSON.parse(await readFile(real, "utf8"))).toEqual({ gateway: { port: 7 } });
    const fresh = terminal({ OPENCLAW_CONFIG_PATH: join(home, "elsewhere", "c.json") });
    expect((await run(["config", "set", "gateway.port", "8"], fresh)).code).toBe(0);
    expect(JSON.parse(await readFile(join(home, "elsewhere", "c.json"), "utf8"))).toEqual({ gateway: { port: 8 } });
  });

  test("what would break the file is refused, and a broken file is left alone", async () => {
    const path = await configFile("{ gateway: { port: 5 } }");
    for (const argv of [["gateway.port", "many"], ["gateway.auth.mode", "magic"], ["gateway.port.x", "1"]]) expect((await run(["config", "set", ...argv])).code).not.toBe(0);
    expect(await readFile(path, "utf8")).toBe("{ gateway: { port: 5 } }");
    await writeFile(path, "{ gateway: ");
    expect((await run(["config", "set", "gateway.port", "1"])).code).toBe(1);
    expect(await readFile(path, "utf8")).toBe("{ gateway: ");
  });

  test("validate says what is wrong, by the gateway's rules where its bundle is there", async () => {
    const path = await configFile("{ gateway: { port: 'x' } }");
    expect(await run(["config", "validate"])).toMatchObject({ code: 1, out: expect.stringContaining("gateway.port: Expected a whole number") });
    await writeFile(path, "{ gatway: {} }");
    const io = terminal({}, { loadDaemon: async () => ({ runDaemon: async () => 0, checkConfig: async () => ({ issues: [], warnings: [{ path: "gatway", message: "Nobody reads this key." }], legacy: [], migrated: {} }) }) });
    expect(await run(["config", "validate"], io)).toMatchObject({ code: 0, out: `${path}: valid.\n  gatway: Nobody reads this key.\n` });
    expect((await run(["config", "file"])).out).toBe(`${path}\n`);
  });

  test("no path reaches a prototype", () => {
    for (const path of ["__proto__.a", "a.constructor", "a[\"prototype\"].b", ".a", "a.", "a[", "a]b", "", "a[x]"]) expect(parseConfigPath(path)).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", ".", "[", "]", "0", '"', "__proto__", "constructor") }), fc.anything(), (text, value) => {
        const path = parseConfigPath(text);
        if (path) withValue({ a: { a: [] } }, path, value);
        expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
      }),
    );
  });
});

describe("doctor", () => {
  test("a sound installation is 0; what waits and what is open are warnings", async () => {
    await configFile("{}");
    await chmod(join(home, "state", "openclaw.json"), 0o644);
    const gateway = await gatewayOf({
      hello: { auth: { role: "operator", scopes: ["operator.read"], method: "none" } },
      methods: { "device.pair.list": () => ({ pending: [{ requestId: "r-1", deviceId: "d", publicKey: "k", clientId: "ui", ts: NOW - 1000 }], paired: [] }) },
    });
    const { code, out } = await run(["doctor"], at(gateway));
    expect(code).toBe(0);
    expect(out).toContain("openclaw devices approve r-1");
    expect(out).toContain("warn  auth: The gateway asks nobody for a secret");
    expect(out).toContain("warn  state: Other users of this host");
    expect(out).toMatch(/ok {4}gateway: ws:.* answers/);
  });

  test("pairing, a foreign program on the port and a broken file are failures with a way out", async () => {
    const details = { code: "PAIRING_REQUIRED", requestId: "r-2" };
    const unpaired = await gatewayOf({ judge: () => ({ error: { code: "NOT_PAIRED", message: "pairing required", details } }) });
    const pairing = await run(["doctor", "--json"], at(unpaired));
    expect(pairing.code).toBe(1);
    const { findings } = JSON.parse(pairing.out) as { findings: { check: string; state: string; fix?: string[] }[] };
    expect(findings.find(({ check }) => check === "pairing")).toMatchObject({ state: "fail", fix: [expect.stringContaining("openclaw devices approve r-2"), expect.anything()] });

    const foreign = createServer((socket) => socket.on("error", () => undefined).resume().end("SSH-2.0-x\r\n"));
    await new Promise<void>((resolve) => foreign.listen(0, "127.0.0.1", resolve));
    const { port } = foreign.address() as { port: number };
    const taken = await run(["doctor"], terminal({ OPENCLAW_GATEWAY_PORT: String(port) }));
    await new Promise((resolve) => foreign.close(resolve));
    expect([taken.code, taken.out]).toEqual([1, expect.stringContaining(`Port ${port} is taken by something that is no gateway.`)]);

    await configFile("{");
    expect(await run(["doctor"])).toMatchObject({ code: 1, out: expect.stringContaining("FAIL  config:") });
  });
});

describe("the bundle", () => {
  const bundle = async (folder: string): Promise<readonly string[]> => {
    const { metafile } = await build({
      entryPoints: [join(ROOT, "src/app/cli/bin.ts")],
      absWorkingDir: ROOT,
      outdir: folder,
      entryNames: "openclaw",
      chunkNames: "[name]-[hash]",
      outExtension: { ".js": ".mjs" },
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20",
      logLevel: "error",
      metafile: true,
      banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
    });
    return Object.keys(metafile.inputs);
  };

  const spawned = (file: string, argv: readonly string[], env: Record<string, string>): Promise<Ran> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [file, ...argv], { env: { PATH: process.env["PATH"] ?? "", HOME: home, OPENCLAW_STATE_DIR: join(home, "state"), ...env } });
      let out = "";
      let err = "";
      child.stdout.on("data", (data) => (out += data));
      child.stderr.on("data", (data) => (err += data));
      child.on("close", (code) => resolve({ code: code ?? -1, out, err }));
    });

  test("runs as a process, ends by itself, loads the daemon from beside it, and holds nothing of the gateway", async () => {
    const folder = join(home, "bin");
    const inputs = await bundle(folder);
    expect(inputs.filter((path) => /typebox|ajv|node_modules\/ai\/|tsyringe|pino|zod|src\/(app\/(gateway|compose|daemon)|adapters|ports)\//.test(path))).toEqual([]);
    await writeFile(join(folder, "daemon.mjs"), "export const runDaemon = async (flags) => (console.log(JSON.stringify(flags)), 7);");
    const file = join(folder, "openclaw.mjs");
    const gateway = await gatewayOf({ methods: { health: () => HEALTH } });
    const [version, health, daemon] = await Promise.all([
      spawned(file, ["--version"], {}),
      spawned(file, ["gateway", "call", "health", "--json"], { OPENCLAW_GATEWAY_PORT: String(gateway.port), OPENCLAW_GATEWAY_TOKEN: "t" }),
      spawned(file, ["gateway", "--port", "0"], {}),
    ]);
    expect(version).toEqual({ code: 0, out: `${VERSION}\n`, err: "" });
    expect([health.code, JSON.parse(health.out), health.err]).toEqual([0, HEALTH, ""]);
    expect(daemon).toEqual({ code: 7, out: '{"port":0}\n', err: "" });
    expect(gateway.signatures).toEqual([true]);
  }, 30_000);
});
