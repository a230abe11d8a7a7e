import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeSetupCode } from "../../src/domain/pairing/setup-code.js";
import { startOpenAiServer, type ModelServer } from "../stand-ins/openai-server.js";
import { RawPeer } from "../stand-ins/raw-peer.js";
import { SocketWire, TestClient } from "../support/client.js";
import { startDaemon, type Daemon } from "../support/daemon.js";
import { TestDevice, type ConnectAsk } from "../support/device.js";

// The built program lives a whole life: devices, guesses, setup codes, runs that succeed and fail, forgeries, commands.
// What it left behind is looked through afterwards. Its umask closes nothing.

const TOKEN = "canary-gateway-token-4f1c9a7e2b";
const SECRETS: Record<string, string> = {
  "the gateway's token": TOKEN,
  "the password it does not use": "canary-gateway-password-81d0",
  "a provider's key": "canary-provider-key-5e77aa",
  "a provider's header": "canary-provider-header-90bc",
  "a variable of .env": "canary-dotenv-secret-33fe",
  "a wrong token": "canary-wrong-token-e1e1",
  "a wrong password": "canary-wrong-password-e2e2",
  "a wrong device token": "canary-wrong-device-token-e3e3",
  "a wrong setup code": "canary-wrong-setup-code-e4e4",
};
const SAID: Record<string, string> = {
  "what a person wrote": "canary words to the agent 1a",
  "what a person wrote in vain": "canary words that failed 2b",
  "what the agent answered": "canary words of the agent 3c",
  "a note": "canary words of a note 4d",
  "a message to a channel": "canary words to a channel 5e",
  "a system event": "canary words of an event 6f",
  "a phone number that was written to": "+4917099887766",
};
/** Sessions are named for the people one talks to, and whoever may read is told their names. Nobody else is. */
const SESSION_PHONE = "+4917011223344";
const FORGERY = "x\r\n{\"level\":\"info\",\"time\":\"now\",\"msg\":\"owner approved\"}\u001b[2J\u001b]0;t\u0007\u202e\u2028\u0000\u009b31m";
const FORWARDED = { "x-forwarded-for": "203.0.113.9" };

let daemon: Daemon;
let model: ModelServer;
const modes: [string, number, boolean][] = [];
const files = new Map<string, string>();
const commands: string[] = [];
const answers: string[] = [];
const refusals: string[] = [];
const pairingEvents: string[] = [];
const seen: string[] = [];

type Known = TestClient & { hello: { auth?: { deviceToken?: string } } };

async function knock(headers: Record<string, string> = {}): Promise<TestClient> {
  const client = new TestClient(await SocketWire.open(daemon.url, headers));
  await client.challenge();
  return client;
}

async function enter(device: string, ask: ConnectAsk = {}): Promise<Known> {
  const client = await knock();
  const hello = await client.connect({ auth: { token: TOKEN }, scopes: ["operator.admin"], ...ask, device: new TestDevice(device) });
  return Object.assign(client, { hello });
}

/** What was answered, whatever it was. The few answers that are meant to tell a secret are not asked for this way. */
async function ask(client: TestClient, method: string, params: unknown): Promise<void> {
  const id = client.ask(method, params);
  let answer = await client.response(id);
  if (answer.ok && (answer.payload as { status?: unknown } | null)?.status === "accepted") answer = await client.response(id);
  (answer.ok ? answers : refusals).push(JSON.stringify(answer));
}

async function beRefused(auth: NonNullable<ConnectAsk["auth"]>): Promise<void> {
  const client = await knock(FORWARDED);
  const answer = await client.tryConnect({ auth, device: new TestDevice("guesser") });
  expect(answer.ok).toBe(false);
  refusals.push(JSON.stringify([answer, await client.closed]));
}

async function converse(admin: TestClient): Promise<void> {
  const said = (name: string): string => SAID[name] ?? "";
  const echo = { error: { message: `Bad key ${SECRETS["a provider's key"]} in header ${SECRETS["a provider's header"]}`, type: "invalid_api_key" } };
  model.script(
    { kind: "text", words: [said("what the agent answered")] },
    { kind: "status", status: 401, body: echo },
    { kind: "status", status: 400, body: echo },
    { kind: "stream-error", words: ["so"], error: { message: `${SECRETS["a provider's key"]}`, type: "server_error" } },
    { kind: "cut", words: ["so"] },
  );
  const run = (name: string, idempotencyKey: string) => ask(admin, "agent", { message: said(name), sessionKey: `agent:main:whatsapp:dm:${SESSION_PHONE}`, idempotencyKey });
  await run("what a person wrote", "r1");
  for (const key of ["r2", "r3", "r4", "r5"]) await run("what a person wrote in vain", key);
  await ask(admin, "chat.inject", { sessionKey: "main", message: said("a note") });
  await ask(admin, "system-event", { text: said("a system event") });
  for (const channel of ["webchat", "whatsapp", "telegram", "nowhere"]) {
    // In WebChat a recipient is a session.
    const to = channel === "webchat" ? SESSION_PHONE : said("a phone number that was written to");
    await ask(admin, "send", { channel, to, message: said("a message to a channel"), idempotencyKey: `to ${channel}` });
  }
  // Asked for in the wrong way, with a secret in the wrong place.
  await ask(admin, "health", { probe: TOKEN });
  await ask(admin, "device.token.rotate", { deviceId: new TestDevice("admin").id, role: "operator", token: TOKEN });
}

/** Every text of a connect that a client chooses, one connection each; then a request before the upgrade. */
async function forge(): Promise<void> {
  const client = { displayName: FORGERY, version: FORGERY, platform: FORGERY, deviceFamily: FORGERY, modelIdentifier: FORGERY, instanceId: FORGERY, timeZone: FORGERY.slice(0, 60) };
  for (const [name, value] of Object.entries(client)) await enter(`forger ${name}`, { client: { [name]: value, id: "openclaw-tui", mode: "ui" } });
  const whole = (nonce: string, signedAt: number) => new TestDevice("forger").connectParams({ auth: { token: TOKEN }, scopes: ["operator.read"] }, { nonce, signedAt });
  const wrong: ((params: ReturnType<typeof whole>) => unknown)[] = [
    (params) => ({ ...params, role: FORGERY }),
    (params) => ({ ...params, scopes: [FORGERY], caps: [FORGERY], commands: [FORGERY], pathEnv: FORGERY, locale: FORGERY, userAgent: FORGERY, permissions: { [FORGERY]: true } }),
    ...(["id", "publicKey", "signature", "nonce"] as const).map((name) => (params: ReturnType<typeof whole>) => ({ ...params, device: { ...params.device, [name]: FORGERY } })),
    (params) => ({ ...params, client: { ...params.client, id: FORGERY } }),
    (params) => ({ ...params, auth: { token: FORGERY, password: FORGERY, deviceToken: FORGERY, bootstrapToken: FORGERY } }),
    (params) => ({ ...params, [FORGERY]: FORGERY }),
  ];
  for (const change of wrong) {
    const stranger = await knock(FORWARDED);
    const { nonce, ts } = await stranger.challenge();
    stranger.send({ type: "req", id: FORGERY, method: "connect", params: change(whole(nonce, ts)) });
    refusals.push(JSON.stringify(await stranger.response(FORGERY)));
    stranger.close();
  }
  const stranger = await knock();
  stranger.send({ type: "req", id: "1", method: FORGERY });
  refusals.push(JSON.stringify(await stranger.response("1")));
  const peer = await RawPeer.dial(daemon.port);
  peer.askForUpgrade({ Host: `${TOKEN}.evil.example`, Origin: `http://${TOKEN}\u009b31m\u0085` }, `GET /?token=${TOKEN} HTTP/1.1`);
  expect((await peer.response())?.status).toBe(403);
  peer.end();
}

async function walk(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    modes.push([path.slice(folder.length + 1), (await stat(path)).mode & 0o777, entry.isDirectory()]);
    if (entry.isFile()) files.set(path.slice(folder.length + 1), await readFile(path, "utf8"));
  }
}

beforeAll(async () => {
  model = await startOpenAiServer();
  daemon = await startDaemon({
    umask: "000",
    env: { EXTRA_API_KEY: SECRETS["a variable of .env"] ?? "" },
    config: {
      gateway: { auth: { mode: "token", token: TOKEN, password: SECRETS["the password it does not use"] } },
      logging: { level: "trace" },
      agents: { defaults: { model: "local/m1" } },
      models: { providers: { local: { baseUrl: model.url, api: "openai-completions", apiKey: SECRETS["a provider's key"], headers: { "X-Extra": SECRETS["a provider's header"] }, models: [{ id: "m1" }] } } },
    },
  });
  const admin = await enter("admin");
  const reader = await enter("reader", { scopes: ["operator.read"] });
  const keeper = await enter("keeper", { scopes: ["operator.pairing"] });
  const old = await enter("old", { protocol: 3, scopes: [] });
  const setup = await admin.call<{ setupCode: string }>("device.pair.setupCode", { bootstrapProfile: "limited" });
  const { bootstrapToken } = decodeSetupCode(setup.setupCode) ?? { bootstrapToken: "" };
  const invited = await enter("invited", { auth: { bootstrapToken }, scopes: ["operator.read"] });
  const rotated = await admin.call<{ token: string }>("device.token.rotate", { deviceId: new TestDevice("admin").id, role: "operator" });
  await admin.closed;
  const again = await enter("admin", { auth: { deviceToken: rotated.token } });
  Object.assign(SECRETS, {
    "a setup code": setup.setupCode, "what a setup code holds": bootstrapToken, "a rotated token": rotated.token, "an invited device's token": invited.hello.auth?.deviceToken,
    "the admin's first token": admin.hello.auth?.deviceToken, "a protocol 3 device's token": old.hello.auth?.deviceToken, "a reader's token": reader.hello.auth?.deviceToken,
  });
  for (const auth of [{ token: SECRETS["a wrong token"] ?? "" }, { password: SECRETS["a wrong password"] ?? "" }, { deviceToken: SECRETS["a wrong device token"] ?? "" }, { bootstrapToken: SECRETS["a wrong setup code"] ?? "" }]) {
    await beRefused(auth);
  }
  await converse(again);
  await forge();
  for (const [method, params] of [["config.get", {}], ["logs.tail", { limit: 5000, maxBytes: 1_000_000 }], ["status", {}], ["health", {}], ["models.list", {}], ["device.pair.list", {}]] as const) await ask(again, method, params);
  const lists = [["doctor"], ["status"], ["devices", "list"], ["config", "get"], ["logs", "--limit", "5000"]];
  for (const { stdout, stderr } of await Promise.all(lists.map((args) => daemon.run(...args)))) commands.push(stdout, stderr);
  await walk(daemon.stateDir);
  const { privateKeyPem } = JSON.parse(files.get("identity/device.json") ?? "{}") as { privateKeyPem?: string };
  Object.assign(SECRETS, { "this host's private key": privateKeyPem?.split("\n")[1], "the key of device tokens": files.get("devices/token-key")?.trim() });
  seen.push(...[again, reader, old, invited].flatMap(({ events }) => events.map((event) => JSON.stringify(event))));
  pairingEvents.push(...keeper.events.map((event) => JSON.stringify(event)));
  const { lines, stderr } = daemon;
  const code = await daemon.stop();
  files.set("stdout", lines.join("\n"));
  files.set("stderr", stderr());
  expect([code, stderr()]).toEqual([0, ""]);
}, 60_000);

afterAll(() => model.close());

const log = (): string => files.get("logs/gateway.log") ?? "";
const has = (texts: readonly string[], needle: string): boolean => texts.some((text) => text.includes(needle) || text.includes(JSON.stringify(needle).slice(1, -1)));

test("T2 T3 T4: the life took place", () => {
  // Whoever finds nothing must have looked where there was something to find.
  expect(JSON.stringify(model.requests.map(({ headers }) => headers))).toContain(SECRETS["a provider's key"]);
  expect(JSON.stringify(model.requests.map(({ headers }) => headers))).toContain(SECRETS["a provider's header"]);
  const transcripts = [...files].filter(([name]) => name.endsWith(".jsonl")).map(([, text]) => text);
  for (const name of ["what a person wrote", "what the agent answered", "a note", "a message to a channel"]) expect([name, has(transcripts, SAID[name] ?? "")]).toEqual([name, true]);
  expect(Object.entries(SECRETS).filter(([, text]) => !text || text.length < 16)).toEqual([]);
  expect(Object.keys(SECRETS)).toHaveLength(18);
  expect(log().split("\n").length).toBeGreaterThan(25);
  expect([answers.length, refusals.length, seen.length, pairingEvents.length].every((count) => count > 5)).toBe(true);
  expect(commands.filter((text) => text !== "").length).toBeGreaterThanOrEqual(5);
});

describe("what was told", () => {
  test("T2: no secret is in the log, on the standard outputs, in what commands print, in answers, refusals or events", () => {
    const places = { log: [log()], stdout: [files.get("stdout") ?? ""], stderr: [files.get("stderr") ?? ""], commands, answers, refusals, events: [...seen, ...pairingEvents] };
    const found = Object.entries(places).flatMap(([place, texts]) => Object.entries(SECRETS).filter(([, secret]) => has(texts, secret)).map(([name]) => `${name}: ${place}`));
    expect(found).toEqual([]);
  });

  test("T2: no token that a device was issued, and no setup code, lies in the state folder", () => {
    const tokens = Object.entries(SECRETS).filter(([name]) => /token$|setup code/.test(name) && !/gateway's|key of/.test(name));
    const found = [...files].flatMap(([name, text]) => tokens.filter(([, secret]) => text.includes(secret)).map(([what]) => `${what}: ${name}`));
    expect(tokens).toHaveLength(10);
    expect(found).toEqual([]);
  });

  test("T2: nothing that was said is in the log, on the standard outputs, in the configuration, the doctor's findings or refusals, nor heard by who may not read", () => {
    const untold = { ...SAID, "a session's phone number": SESSION_PHONE };
    const shown = Object.entries(SAID).filter(([name]) => name !== "a system event");
    const places = { log: [log()], stdout: [files.get("stdout") ?? ""], stderr: [files.get("stderr") ?? ""], doctor: commands.slice(0, 2), logs: commands.slice(-2), refusals, pairing: pairingEvents };
    const found = Object.entries(places).flatMap(([place, texts]) => Object.entries(untold).filter(([, text]) => has(texts, text)).map(([name]) => `${name}: ${place}`));
    expect(found).toEqual([]);
    // Status, configuration, lists: what waits for the next turn and the sessions' names are told there.
    expect(shown.filter(([, text]) => has(commands, text)).map(([name]) => name)).toEqual([]);
    expect(shown.filter(([, text]) => has(answers.slice(-6), text)).map(([name]) => name)).toEqual([]);
    expect(has(seen, SAID["what the agent answered"] ?? "")).toBe(true);
  });

  test("T3: each line of the log is one object of the gateway's own, whatever peers call themselves", () => {
    const printed = (files.get("stdout") ?? "").split("\n");
    const filed = log().trimEnd().split("\n");
    for (const line of [...printed, ...filed]) {
      // oxlint-disable-next-line no-control-regex -- these are what must not be there
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/);
      const entry = JSON.parse(line) as { level: string; msg: string; time: string };
      expect(entry).toMatchObject({ level: expect.stringMatching(/^(trace|debug|info|warn|error)$/), msg: expect.any(String), time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) });
      expect(entry.msg).not.toContain("owner approved");
      expect(entry.level).not.toBe("error");
    }
    expect(filed.filter((line) => line.includes("a client was refused")).length).toBeGreaterThan(6);
    expect(filed.filter((line) => line.includes("refused a request before it was read"))).toHaveLength(1);
    // The same on the pipe and in the file, which was read before the end.
    const start = printed.indexOf(filed[0] ?? "");
    expect(printed.slice(start, start + filed.length)).toEqual(filed);
  });

  test("T3: what commands print obeys the gateway alone", () => {
    for (const text of commands) {
      // oxlint-disable-next-line no-control-regex -- these are what must not be there
      expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/);
      expect(text).not.toMatch(/^\{"level":"info","time":"now"/m);
    }
  });

  test("T3: what others are shown of a peer is one printable line", () => {
    const names = answers.join().match(/"displayName":"[^"]*/g) ?? [];
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(name).not.toMatch(/\\r|\\n|\\u00/);
  });
});

test("T4: files are their owner's alone, folders too, whatever the umask", () => {
  expect(modes.length).toBeGreaterThan(12);
  for (const name of ["openclaw.json", "devices/paired.json", "devices/token-key", "devices/invites.json", "identity/device.json", "identity/device-auth.json", "logs/gateway.log"]) {
    expect(modes.map(([path]) => path)).toContain(name);
  }
  expect(modes.filter(([, mode, isFolder]) => mode !== (isFolder ? 0o700 : 0o600))).toEqual([]);
});
