import { afterEach, describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { FileConfigSource, InvalidConfigError, stateDirOf, type ConfigFlags, type Env } from "../../src/adapters/config/file/index.js";
import { parseDuration } from "../../src/domain/text/duration.js";
import { parseDotenv } from "../../src/adapters/config/file/env.js";
import { readConfig, viewOf } from "../../src/adapters/config/file/load.js";
import { REDACTED, redact } from "../../src/adapters/config/file/redact.js";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function stateDir(files: Record<string, string> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "config-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
  return folder;
}

async function open(file: string | undefined, given: { env?: Env; flags?: ConfigFlags; dotenv?: string } = {}) {
  const files = { ...(file === undefined ? {} : { "openclaw.json": file }), ...(given.dotenv === undefined ? {} : { ".env": given.dotenv }) };
  return FileConfigSource.open({ stateDir: await stateDir(files), env: given.env ?? {}, flags: given.flags ?? {} });
}

async function issuesOf(file: string, given: { env?: Env; flags?: ConfigFlags } = {}): Promise<Record<string, string>> {
  const error: unknown = await open(file, given).then(() => undefined, (thrown: unknown) => thrown);
  if (!(error instanceof InvalidConfigError)) throw new Error("the file was accepted");
  for (const issue of error.issues) expect(error.message).toContain(issue.message);
  return Object.fromEntries(error.issues.map((issue) => [issue.path, issue.message]));
}

const judged = (raw: string, env: Env = {}) => readConfig({ path: "openclaw.json", raw }, env);

describe("where the file is", () => {
  test("openclaw.json of the state folder, an older clawdbot.json only where there is no newer one", async () => {
    const both = await stateDir({ "openclaw.json": "{gateway:{port:1}}", "clawdbot.json": "{gateway:{port:2}}" });
    const old = await stateDir({ "clawdbot.json": "{gateway:{port:2}}" });
    expect((await FileConfigSource.open({ stateDir: both, env: {} })).listen().port).toBe(1);
    const source = await FileConfigSource.open({ stateDir: old, env: {} });
    expect(source.listen().port).toBe(2);
    expect((await source.view()).path).toBe(join(old, "clawdbot.json"));
  });

  test("OPENCLAW_CONFIG_PATH, also under its older name, and ~ is the user's home", async () => {
    const folder = await stateDir({ "other.json5": "{gateway:{port:3}}" });
    const empty = await stateDir();
    for (const env of [
      { OPENCLAW_CONFIG_PATH: join(folder, "other.json5") },
      { CLAWDBOT_CONFIG_PATH: join(folder, "other.json5") },
      { HOME: folder, OPENCLAW_CONFIG_PATH: "~/other.json5" },
    ]) {
      expect((await FileConfigSource.open({ stateDir: empty, env })).listen().port).toBe(3);
    }
  });

  test("the state folder: its variable, else the home folder", () => {
    expect(stateDirOf({ HOME: "/home/ada" })).toBe("/home/ada/.openclaw");
    expect(stateDirOf({ HOME: "/home/ada", CLAWDBOT_STATE_DIR: "~/old" })).toBe("/home/ada/old");
    expect(stateDirOf({ OPENCLAW_STATE_DIR: "/srv/state", CLAWDBOT_STATE_DIR: "/srv/old" })).toBe("/srv/state");
  });

  test("no file means the defaults", async () => {
    const source = await open(undefined);
    expect(source.settings()).toMatchObject({
      auth: { mode: "none" },
      agents: [{ id: "main", isDefault: true }],
      session: { mainKey: "main", scope: "per-sender" },
      pairing: { autoApproveLocal: true },
      heartbeat: { everyMs: 1_800_000, every: "30m", target: "last", ackMaxChars: 300 },
      tools: { allow: ["sessions_list", "message_send"], deny: [] },
      run: { timeoutMs: 600_000 },
      nodes: { commands: { allow: [], deny: [] }, maxResultBytes: 20_971_520 },
    });
    expect(source.settings().heartbeat.prompt).toMatch(/HEARTBEAT\.md.*HEARTBEAT_OK/s);
    expect(source.listen()).toMatchObject({ mode: "local", port: 18_789, bind: "loopback" });
    expect(await source.view()).toMatchObject({
      exists: false, raw: null, parsed: {}, config: {}, valid: true, issues: [],
      hash: createHash("sha256").update("").digest("hex"),
    });
  });
});

describe("an existing installation's file", () => {
  test("loads, with a warning for each key that has no effect here", async () => {
    const source = await open(await readFile(new URL("../fixtures/january-config.json5", import.meta.url), "utf8"));
    expect(source.settings()).toMatchObject({
      auth: { mode: "token", token: "january-gateway-token" },
      agents: [{ id: "main", isDefault: true, model: "local/small", identity: { name: "Pearl", emoji: "🦪" } }],
      heartbeat: { everyMs: 2_700_000 },
    });
    expect(source.config().models?.providers?.["local"]).toMatchObject({ apiKey: "sk-january-0123456789" });
    expect(source.warnings().map((warning) => warning.path)).toEqual([
      "ui", "skills", "plugins", "browser", "talk", "agents.defaults.maxConcurrent", "agents.defaults.subagents",
      "agents.defaults.compaction", "agents.list[0].tools", "commands", "gateway.controlUi.allowInsecureAuth",
      // Known here, but without effect so far.
      "hooks.internal",
    ]);
    const shown = JSON.stringify(await source.view());
    for (const secret of ["january-gateway-token", "sk-january", "january-bot-token", "plain-looking-header"]) {
      expect(shown).not.toContain(secret);
    }
    expect(source.secrets()).toEqual(expect.arrayContaining(["january-gateway-token", "sk-january-0123456789", "111:january-bot-token"]));
  });
});

describe("what is wrong is named", () => {
  test("every issue at once, by path, with what was expected and never with the value", async () => {
    const canary = "canary-in-the-wrong-place";
    const issues = await issuesOf(`{
      gateway: { port: "${canary}", bind: "${canary}", auth: { token: 5, mode: "${canary}" }, trustedProxies: "${canary}" },
      agents: { defaults: { heartbeat: { every: "${canary}" }, timeoutSeconds: 0, model: 4 }, list: [{ name: "${canary}" }, { id: "a b" }] },
      models: { providers: { one: "${canary}" } },
      logging: { level: null },
    }`);
    expect(Object.keys(issues).toSorted()).toEqual([
      "agents.defaults.heartbeat.every", "agents.defaults.model", "agents.defaults.timeoutSeconds", "agents.list[0].id",
      "agents.list[1].id", "gateway.auth.mode", "gateway.auth.token", "gateway.bind", "gateway.port", "gateway.trustedProxies",
      "logging.level", "models.providers.one",
    ]);
    expect(issues["gateway.port"]).toBe("Expected a whole number from 0 to 65535, found a text.");
    expect(issues["gateway.auth.mode"]).toBe("Expected \"none\", \"token\" or \"password\", found another text.");
    expect(issues["gateway.trustedProxies"]).toBe("Expected a list, found a text.");
    expect(issues["agents.defaults.heartbeat.every"]).toMatch(/^Expected a duration such as "30m"/);
    expect(issues["agents.list[0].id"]).toMatch(/found nothing\.$/);
    expect(JSON.stringify(issues)).not.toContain(canary);
  });

  test("text that is no JSON5, told by line and column without quoting it", async () => {
    const issues = await issuesOf("{\n  gateway: { auth: { token: 'leaky-secret' !!! } }\n}");
    expect(issues[""]).toMatch(/^The file is not valid JSON5 at line 2, column \d+\.$/);
    expect(await issuesOf("")).toHaveProperty([""]);
    expect(await issuesOf("[]")).toHaveProperty([""], "Expected a section, found a list.");
    const view = viewOf(judged("{ token: 'leaky-secret' !!! }"));
    expect(view).toMatchObject({ exists: true, valid: false, raw: null, parsed: {}, config: {} });
  });

  test("a file that cannot be read is an issue, not a missing file", async () => {
    const folder = await stateDir();
    await mkdir(join(folder, "openclaw.json"));
    await expect(FileConfigSource.open({ stateDir: folder, env: {} })).rejects.toThrow(/cannot be read \(not a regular file\)/);
    if (process.getuid?.() === 0) return;
    const locked = await stateDir({ "openclaw.json": "{}" });
    await chmod(join(locked, "openclaw.json"), 0o000);
    await expect(FileConfigSource.open({ stateDir: locked, env: {} })).rejects.toThrow(/cannot be read \(EACCES\)/);
  });

  test("an agent program without its command, with a kind of tool that there is not", async () => {
    expect(await issuesOf(`{ agents: { defaults: { runtime: "cpa", acp: { args: "-x", permissions: { allow: ["exec"] }, startupTimeoutMs: 1 } } } }`)).toEqual({
      "agents.defaults.runtime": "Expected \"model\", \"acp\" or \"echo\", found another text.",
      "agents.defaults.acp.command": "Expected a text that is not empty, found nothing.",
      "agents.defaults.acp.args": "Expected a list, found a text.",
      "agents.defaults.acp.permissions.allow[0]": expect.stringMatching(/^Expected "read", .* or "\*", found another text\.$/),
      "agents.defaults.acp.startupTimeoutMs": "Expected a whole number from 100 to 600000, found another number.",
    });
  });

  test("keys that could reach a prototype are refused wherever they stand", async () => {
    const issues = await issuesOf(`{ "__proto__": { polluted: 1 }, gateway: { constructor: {}, auth: { prototype: 1 } }, agents: { list: [{ id: "a", "__proto__": {} }] } }`);
    expect(Object.keys(issues)).toEqual(["__proto__", "gateway.constructor", "gateway.auth.prototype", "agents.list[0].__proto__"]);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(judged("{".repeat(1) + "a:".concat("[".repeat(5_000), "]".repeat(5_000)) + "}").issues[0]?.message).toMatch(/nested 64 deep/);
  });

  test("hooks need a token of their own, and mappings that say what they make of a body", async () => {
    const token = "a-long-enough-token";
    const hooksOf = async (hooks: object) => (await open(JSON.stringify({ hooks }))).settings().hooks;
    expect(await hooksOf({ token })).toBeUndefined();
    expect(await hooksOf({ enabled: true, token, mappings: [{ match: { path: "/gmail" }, name: "Mail", messageTemplate: "{{a}}", deliver: true }] })).toEqual({
      token, path: "/hooks", maxBodyBytes: 262_144, mappings: [{ name: "gmail", action: "agent", wakeMode: "now", text: "{{a}}", label: "Mail", deliver: true }],
    });
    const wrong = async (hooks: object) => Object.keys(await issuesOf(JSON.stringify({ gateway: { auth: { token: "the-gateways-own-secret" } }, hooks: { enabled: true, ...hooks } })));
    expect(await wrong({})).toEqual(["hooks.token"]);
    expect(await wrong({ token: "short" })).toEqual(["hooks.token"]);
    expect(await wrong({ token: "the-gateways-own-secret" })).toEqual(["hooks.token"]);
    expect(await wrong({ token, path: "/hooks/" })).toEqual(["hooks.path"]);
    expect(await wrong({ token, mappings: [{ match: { path: "agent" }, messageTemplate: "x" }, { match: { path: "x" } }] })).toEqual(["hooks.mappings[0].match.path", "hooks.mappings[1].messageTemplate"]);
  });

  test("TLS is off unless enabled; a certificate and its key are named together", async () => {
    const tlsOf = async (tls: string) => (await open(`{ gateway: { tls: ${tls} } }`)).listen().tls;
    expect(await tlsOf("{ enabled: false }")).toBeUndefined();
    expect(await tlsOf("{ enabled: true }")).toEqual({ autoGenerate: true });
    expect(await tlsOf('{ enabled: true, certPath: "c", keyPath: "k" }')).toEqual({ autoGenerate: false, certPath: "c", keyPath: "k" });
    expect(await issuesOf('{ gateway: { tls: { enabled: true, certPath: "c" } } }')).toHaveProperty(["gateway.tls.keyPath"]);
  });

  test("Tailscale comes to loopback, asks for a secret, and for a password where it brings the internet", async () => {
    const path = "gateway.tailscale.mode";
    const tailscale = (mode: string, rest: string, flags: ConfigFlags = {}) => issuesOf(`{gateway:{tailscale:{mode:"${mode}"},${rest}}}`, { flags });
    expect(Object.keys(await tailscale("serve", 'bind:"lan",auth:{token:"t"}'))).toEqual([path]);
    expect((await tailscale("serve", ""))[path]).toContain("gateway.auth.token");
    expect((await tailscale("funnel", 'auth:{token:"t"}'))[path]).toContain("gateway.auth.password");
    expect((await tailscale("off", "", { tailscale: "serve" }))[path]).toContain("gateway.auth.token");
    expect(await tailscale("moon", "")).toHaveProperty([path]);
    const allowed = async (text: string) => (await open(text)).settings().allowTailscale;
    expect(await allowed('{gateway:{tailscale:{mode:"serve"},auth:{token:"t"}}}')).toBe(true);
    expect(await allowed('{gateway:{tailscale:{mode:"serve"},auth:{password:"p"}}}')).toBe(false);
    expect(await allowed('{gateway:{tailscale:{mode:"serve"},auth:{token:"t",allowTailscale:false}}}')).toBe(false);
    expect(await allowed('{gateway:{auth:{token:"t"}}}')).toBe(false);
    expect((await open('{gateway:{tailscale:{mode:"serve"},auth:{token:"t"}}}')).listen().tailscale).toEqual({ mode: "serve", resetOnExit: true });
  });

  test("trusted proxies that are none, or all there are, are warned of", async () => {
    const warned = async (entry: string) => (await open(JSON.stringify({ gateway: { trustedProxies: [entry] } }))).warnings().map(({ path }) => path);
    for (const entry of ["127.0.0.2", "10.0.0.0/8", "fd00::/8"]) expect(await warned(entry)).toEqual([]);
    for (const entry of ["proxy.lan", "10.0.0.0/33", "10.0.0.0/", "10.0.0.1/8/8", "0.0.0.0/0", "::/0", "127.1", "127.0.0.1", "::1", "127.0.0.0/8"]) expect(await warned(entry)).toEqual(["gateway.trustedProxies[0]"]);
  });

  test("two agents of one id, a custom bind without its address", async () => {
    const issues = await issuesOf(`{ agents: { list: [{ id: "a" }, { id: "A" }] }, gateway: { bind: "custom" } }`);
    expect(Object.keys(issues).toSorted()).toEqual(["agents.list[1].id", "gateway.customBindHost"]);
  });
});

describe("variables", () => {
  test("stand in for ${NAME} in any text; $${NAME} is literal, lower case is left alone", () => {
    const { config, issues } = judged("{ agents: { defaults: { systemPrompt: '${A} and $${A} and ${a}', model: 'x/${B}' } } }", { A: "one", B: "two" });
    expect(issues).toEqual([]);
    expect(config.agents?.defaults).toEqual({ systemPrompt: "one and ${A} and ${a}", model: "x/two" });
  });

  test("a missing one is an issue with its path and its name", async () => {
    const issues = await issuesOf("{ gateway: { auth: { token: '${NOT_THERE}' } }, tools: { allow: ['${ALSO_NOT}'] } }", { env: { ALSO_NOT: "" } });
    expect(issues).toEqual({
      "gateway.auth.token": "The environment variable NOT_THERE is not set.",
      "tools.allow[0]": "The environment variable ALSO_NOT is not set.",
    });
  });

  test("the process comes before the state folder's .env, which comes before the file's env block", async () => {
    const file = "{ env: { A: 'block', B: 'block', vars: { C: 'block' } }, agents: { defaults: { systemPrompt: '${A} ${B} ${C}' } } }";
    const source = await open(file, { env: { A: "process", C: "" }, dotenv: "A=dotenv\nB='dotenv'\n" });
    expect(source.config().agents?.defaults?.systemPrompt).toBe("process dotenv block");
    expect(source.env()).toMatchObject({ A: "process", B: "dotenv", C: "block" });
  });

  test("a .env file's forms", () => {
    const text = "# note\nA=1\nexport B = two words # note\nC='a # b'\nD=\"x\\ny\\\"\"\nE=\nnot a line\n__proto__=x\nF=a#b\n";
    const env = parseDotenv(text);
    expect({ ...env }).toMatchObject({ A: "1", B: "two words", C: "a # b", D: "x\ny\"", E: "", F: "a#b" });
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });
});

describe("who wins: flag, variable, file", () => {
  const file = "{ gateway: { port: 3, bind: 'lan', auth: { token: 'file' } } }";

  test("port", async () => {
    expect((await open(file)).listen().port).toBe(3);
    expect((await open(file, { env: { CLAWDBOT_GATEWAY_PORT: "2" } })).listen().port).toBe(2);
    expect((await open(file, { env: { OPENCLAW_GATEWAY_PORT: "4", CLAWDBOT_GATEWAY_PORT: "2" } })).listen().port).toBe(4);
    expect((await open(file, { env: { OPENCLAW_GATEWAY_PORT: "4" }, flags: { port: "0" } })).listen().port).toBe(0);
    for (const port of ["65536", "-1", "1e3", "x", " 1", ""]) expect(await issuesOf(file, { flags: { port } })).toHaveProperty(["--port"]);
    expect(await issuesOf(file, { env: { OPENCLAW_GATEWAY_PORT: "http" } })).toHaveProperty(["OPENCLAW_GATEWAY_PORT"]);
  });

  test("bind", async () => {
    expect((await open(file)).listen().bind).toBe("lan");
    expect((await open(file, { flags: { bind: "loopback" } })).listen().bind).toBe("loopback");
    expect(await issuesOf(file, { flags: { bind: "everywhere" } })).toHaveProperty(["--bind"]);
  });

  test.each<[string, Env, ConfigFlags, object]>([
    ["{}", {}, {}, { mode: "none" }],
    [file, {}, {}, { mode: "token", token: "file" }],
    [file, { OPENCLAW_GATEWAY_TOKEN: "env" }, {}, { mode: "token", token: "env" }],
    [file, { CLAWDBOT_GATEWAY_TOKEN: "old" }, {}, { mode: "token", token: "old" }],
    [file, { OPENCLAW_GATEWAY_TOKEN: "env" }, { token: "flag" }, { mode: "token", token: "flag" }],
    [file, { OPENCLAW_GATEWAY_PASSWORD: "env" }, {}, { mode: "token", token: "file" }],
    ["{}", { OPENCLAW_GATEWAY_PASSWORD: "env" }, {}, { mode: "password", password: "env" }],
    [file, {}, { password: "flag" }, { mode: "password", password: "flag" }],
    [file, {}, { auth: "none" }, { mode: "none" }],
    [file, {}, { auth: "token", password: "flag" }, { mode: "token", token: "file" }],
    ["{ gateway: { auth: { mode: 'none', token: 'file' } } }", {}, {}, { mode: "none" }],
    ["{ gateway: { auth: { mode: 'password', token: 't', password: 'p' } } }", {}, {}, { mode: "password", password: "p" }],
  ])("auth of %s with %j and %j", async (text, env, flags, auth) => {
    expect((await open(text, { env, flags })).settings().auth).toEqual(auth);
  });

  test("a mode without its secret", async () => {
    expect(await issuesOf("{ gateway: { auth: { mode: 'token' } } }")).toHaveProperty(["gateway.auth.token"]);
    expect(await issuesOf("{}", { flags: { auth: "password" } })).toHaveProperty(["gateway.auth.password"]);
    expect(await issuesOf("{}", { flags: { auth: "maybe" } })).toHaveProperty(["--auth"]);
  });

  test("node commands: what is allowed and denied in either place", async () => {
    const nodes = '{ allowCommands: ["sms.send"], denyCommands: ["camera.*"], commands: { allow: ["made.up"], deny: ["system.run"] }, maxResultBytes: 5000 }';
    const source = await open(`{ gateway: { nodes: ${nodes} } }`);
    expect(source.settings().nodes).toEqual({ commands: { allow: ["sms.send", "made.up"], deny: ["camera.*", "system.run"] }, maxResultBytes: 5_000 });
    expect(source.warnings()).toEqual([]);
    expect(await issuesOf("{ gateway: { nodes: { maxResultBytes: 20971521 } } }")).toMatchObject({ "gateway.nodes.maxResultBytes": expect.stringContaining("20971520") });
  });

  test("agents: the marked one is the default, else the first; the model of each", async () => {
    const source = await open(`{ agents: { defaults: { model: "p/all", systemPrompt: "all" }, list: [{ id: "One" }, { id: "two", default: true, model: { primary: "p/own" }, systemPrompt: "own" }] } }`);
    expect(source.settings().agents).toEqual([
      { id: "one", isDefault: false, model: "p/all", systemPrompt: "all" },
      { id: "two", isDefault: true, model: "p/own", systemPrompt: "own" },
    ]);
    expect((await open(`{ agents: { list: [{ id: "a" }, { id: "b" }] } }`)).settings().agents[0]?.isDefault).toBe(true);
  });
});

describe("the canvas", () => {
  const canvas = async (file: string, env: Env = {}) => {
    const source = await open(file, { env });
    expect(source.warnings()).toEqual([]);
    return { ...source.settings().canvas, port: source.listen().canvasPort };
  };

  test("is beside the gateway, in the state folder, unless the file says otherwise", async () => {
    expect(await canvas("{}")).toEqual({ enabled: true, liveReload: true, trustLoopback: false, port: 18_793 });
    expect(await canvas("{gateway:{port:20000}}")).toMatchObject({ port: 20_004 });
    expect(await canvas("{gateway:{port:0}}")).toMatchObject({ port: 0 });
    expect(await canvas("{gateway:{port:65533}}")).toMatchObject({ port: undefined });
    expect(await canvas("{canvasHost:{enabled:false,root:'~/pages',liveReload:false,port:1234,trustLoopback:true}}", { HOME: "/home/ada" }))
      .toEqual({ enabled: false, root: "/home/ada/pages", liveReload: false, trustLoopback: true, port: 1_234 });
    for (const name of ["OPENCLAW_SKIP_CANVAS_HOST", "CLAWDBOT_SKIP_CANVAS_HOST"]) expect(await canvas("{}", { [name]: "1" })).toMatchObject({ enabled: false });
  });

  test("what is wrong in it is named", async () => {
    expect(Object.keys(await issuesOf("{canvasHost:{port:70000,enabled:'yes',root:''}}"))).toEqual(["canvasHost.port", "canvasHost.enabled", "canvasHost.root"]);
  });
});

describe("what may be shown", () => {
  test("secrets are replaced in the parsed value, in the resolved one and in the text", async () => {
    const raw = "{ // the door\n  gateway: { auth: { token: 'tok-0123456789' } },\n  channels: { x: { webhook: 'https://ada:pw@example.test/tok-0123456789' } }, agents: { defaults: { systemPrompt: 'hi ${GREETING_KEY_TOKEN}' } } }";
    const view = viewOf(judged(raw, { GREETING_KEY_TOKEN: "greeting-secret" }));
    expect(view.parsed).toEqual({
      gateway: { auth: { token: REDACTED } }, channels: { x: { webhook: REDACTED } },
      agents: { defaults: { systemPrompt: "hi ${GREETING_KEY_TOKEN}" } },
    });
    expect(view.config).toMatchObject({ agents: { defaults: { systemPrompt: REDACTED } } });
    expect(JSON.parse(view.raw ?? "")).toEqual(view.parsed);
    expect(view.hash).toBe(createHash("sha256").update(raw).digest("hex"));
  });

  test("what an agent program gets in its environment is hidden", async () => {
    const source = await open(`{ agents: { defaults: { runtime: "acp", acp: { command: "my-agent", args: ["--acp", ""], env: { PLAIN_NAME: "an-agents-key" } } } } }`);
    expect(source.warnings()).toEqual([]);
    expect(source.config().agents?.defaults?.acp?.env).toEqual({ PLAIN_NAME: "an-agents-key" });
    expect(source.secrets()).toContain("an-agents-key");
    expect(JSON.stringify(await source.view())).not.toContain("an-agents-key");
  });

  test("a file without secrets is shown as it is, comments and all", () => {
    const raw = "{ // only a port\n gateway: { port: 1, auth: { mode: 'token' } }, agents: { defaults: { contextTokens: 5 } } }";
    expect(viewOf(judged(raw))).toMatchObject({ raw, parsed: { agents: { defaults: { contextTokens: 5 } } } });
    expect(viewOf(judged("{ gateway: { port: 1 } } // old token: abc")).raw).not.toContain("abc");
  });

  test("no text under a secret's name survives, whatever surrounds it", () => {
    const names = fc.constantFrom("token", "botToken", "PASSWORD", "clientSecret", "apiKey", "api_key", "privateKey", "headers", "env");
    const secret = fc.string({ minLength: 12, unit: fc.constantFrom(..."abcdefgh") }).map((text) => `canary${text}`);
    const tree = fc.letrec((tie) => ({
      node: fc.oneof({ maxDepth: 4 }, fc.integer(), fc.string(), fc.array(tie("node"), { maxLength: 3 }), fc.dictionary(fc.string(), tie("node"), { maxKeys: 3 })),
    })).node;
    fc.assert(fc.property(tree, names, secret, fc.boolean(), (around, name, hidden, deep) => {
      const value = { a: around, b: [{ [name]: deep ? { x: [hidden] } : hidden }], c: `before ${hidden} after` };
      expect(JSON.stringify(redact(value))).not.toContain(hidden);
    }));
  });

  test("a file that holds secrets and that others can read is a warning, one without secrets is none", async () => {
    const warnings = async (config: string, dotenv: string) => {
      const folder = await stateDir({ "openclaw.json": config, ".env": dotenv });
      for (const name of ["openclaw.json", ".env"]) await chmod(join(folder, name), 0o644);
      const source = await FileConfigSource.open({ stateDir: folder, env: {} });
      expect((await source.view()).warnings).toEqual(source.warnings());
      return source.warnings().map(({ path, message }) => [path.slice(folder.length + 1), message]);
    };
    const message = expect.stringContaining("chmod 600");
    expect(await warnings('{ gateway: { auth: { token: "right-here" } } }', "PLAIN=1")).toEqual([["openclaw.json", message]]);
    expect(await warnings('{ gateway: { auth: { token: "${MY_TOKEN}" } } }', "MY_TOKEN=over-there")).toEqual([[".env", message]]);
    expect(await warnings("{ gateway: { port: 1 } }", "PLAIN=1")).toEqual([]);
  });

  test("the file is read anew for each view", async () => {
    const folder = await stateDir({ "openclaw.json": "{ gateway: { port: 1 } }" });
    const source = await FileConfigSource.open({ stateDir: folder, env: {} });
    await writeFile(join(folder, "openclaw.json"), "{ gateway: { port: 'x' } }");
    expect(await source.view()).toMatchObject({ valid: false, issues: [{ path: "gateway.port" }] });
    expect(source.listen().port).toBe(1);
  });
});

test("durations are read strictly", () => {
  expect(["0m", "30m", "1h", "90s", "250ms", "2d"].map(parseDuration)).toEqual([0, 1_800_000, 3_600_000, 90_000, 250, 172_800_000]);
  for (const text of ["", "30", "m", "-1m", "1.5h", "1h30m", " 1m", "1m ", "1 m", "1M", "1m\n", "1e3s", "9".repeat(20) + "m"]) {
    expect(parseDuration(text)).toBeUndefined();
  }
});

describe("what the assistant does by itself", () => {
  const heartbeats = async (file: string, env: Env = {}) => (await open(file, { env })).settings();

  test("a heartbeat has OpenClaw's keys; a bare number is minutes, and main is no session of its own", async () => {
    const { heartbeat } = await heartbeats(`{ agents: { defaults: { userTimezone: "Europe/Vienna", heartbeat: {
      every: "45", prompt: "Look.", target: "telegram", to: "42", accountId: "work", model: "a/b", session: "main", ackMaxChars: 5, activeHours: { start: "8:30", end: "24:00" },
    } } } }`);
    expect(heartbeat).toEqual({
      every: "45", everyMs: 45 * 60_000, prompt: "Look.", target: "telegram", to: "42", accountId: "work", model: "a/b", ackMaxChars: 5,
      activeHours: { startMinute: 510, endMinute: 1_440, timeZone: "Europe/Vienna" },
    });
  });

  test("an agent's own lies over what holds for all", async () => {
    const settings = await heartbeats(`{ agents: {
      defaults: { workspace: "~/shared", heartbeat: { every: "1h", target: "none", activeHours: { start: "09:00", end: "17:00", timezone: "local" } } },
      list: [{ id: "main" }, { id: "ops", workspace: "/srv/ops", heartbeat: { every: "5m", session: "watch" } }],
    } }`, { HOME: "/home/ada" });
    expect(settings.agents.map(({ id, heartbeat, workspace }) => [id, heartbeat?.every, heartbeat?.target, heartbeat?.session, heartbeat?.activeHours, workspace])).toEqual([
      ["main", undefined, undefined, undefined, undefined, "/home/ada/shared"],
      ["ops", "5m", "none", "watch", { startMinute: 540, endMinute: 1_020 }, "/srv/ops"],
    ]);
  });

  test("hours that can't be are refused, and equal ones are told of", async () => {
    const hours = (text: string) => `{ agents: { defaults: { heartbeat: { activeHours: ${text} } } } }`;
    expect(await issuesOf(hours('{ start: "25:00", end: "9" }'))).toEqual({
      "agents.defaults.heartbeat.activeHours.start": expect.stringContaining("a time of the day"),
      "agents.defaults.heartbeat.activeHours.end": expect.stringContaining("a time of the day"),
    });
    expect(await issuesOf(hours('{ start: "08:00", end: "09:00", timezone: "Mars/Base" }'))).toEqual({ "agents.defaults.heartbeat.activeHours.timezone": expect.stringContaining("a time zone") });
    expect((await open(hours('{ start: "08:00", end: "08:00" }'))).warnings().map(({ path }) => path)).toEqual(["agents.defaults.heartbeat.activeHours"]);
  });

  test("jobs: on unless they are switched off, one at a time unless more may be", async () => {
    expect((await heartbeats("{}")).cron).toEqual({ enabled: true, maxConcurrentRuns: 1 });
    expect((await heartbeats("{ cron: { enabled: false, maxConcurrentRuns: 3 } }")).cron).toEqual({ enabled: false, maxConcurrentRuns: 3 });
    for (const env of [{ OPENCLAW_SKIP_CRON: "1" }, { CLAWDBOT_SKIP_CRON: "1" }]) expect((await heartbeats("{}", env)).cron.enabled).toBe(false);
    const source = await open('{ cron: { store: "~/jobs.json", sessionRetention: "24h", runLog: { keepLines: 5 } } }');
    expect(source.warnings().map(({ path }) => path)).toEqual(["cron.store", "cron.sessionRetention", "cron.runLog"]);
    expect(Object.keys(await issuesOf("{ cron: { maxConcurrentRuns: 0 } }"))).toEqual(["cron.maxConcurrentRuns"]);
  });
});
