import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import JSON5 from "json5";
import { compose, type Composition } from "../../src/app/compose/container.js";
import { openDaemonParts, type DaemonParts } from "../../src/app/compose/daemon-parts.js";
import { followConfig } from "../../src/app/compose/follow-config.js";
import { TOKENS } from "../../src/app/compose/tokens.js";
import type { PayloadOf } from "../../src/domain/protocol/catalog.js";
import { connectClient, loadDeviceIdentity } from "../../src/client/index.js";
import { TelegramServer } from "../stand-ins/telegram-server.js";

const TOKEN = "the-first-token-of-this-test";
let stateDir: string;
let telegram: TelegramServer;
const ends: (() => unknown)[] = [];

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "config-live-"));
  telegram = await TelegramServer.start();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await telegram.close();
  await rm(stateDir, { recursive: true, force: true });
});

const filePath = (): string => join(stateDir, "openclaw.json");
const written = async (): Promise<unknown> => JSON5.parse(await readFile(filePath(), "utf8"));

async function start(config: object) {
  await writeFile(filePath(), JSON.stringify(config), { mode: 0o600 });
  const lines: Record<string, unknown>[] = [];
  const output = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const parts = (await openDaemonParts({ env: { OPENCLAW_STATE_DIR: stateDir }, flags: {}, output })) as DaemonParts;
  const composition: Composition = await compose(parts);
  const gateway = composition.get(TOKENS.gateway);
  const { url } = await gateway.listen({ port: 0 });
  ends.push(() => gateway.close(), followConfig(parts, composition));
  const hash = async (): Promise<string> => (await gateway.call("config.get", {})).hash;
  const patch = async (raw: object) => gateway.call("config.patch", { raw: JSON.stringify(raw), baseHash: await hash() });
  const changes = gateway.events("config.changed");
  const change = async (): Promise<PayloadOf<"config.changed">> => (await changes.next()).value as PayloadOf<"config.changed">;
  return { gateway, parts, lines, url, hash, patch, change };
}

const accountsOf = async ({ gateway }: Awaited<ReturnType<typeof start>>) => {
  const { channelAccounts } = await gateway.call("channels.status", {});
  const rows = (channelAccounts as Record<string, { accountId: string; lastStartAt?: number; state?: string }[]>)["telegram"] ?? [];
  return Object.fromEntries(rows.map((row) => [row.accountId, row]));
};

const base = { gateway: { auth: { token: TOKEN } } };
const account = () => ({ botToken: telegram.addBot().facts.token });

test("an operator's patch is written, in force and told, and says what needs a restart", async () => {
  const running = await start(base);
  const patched = await running.patch({ tools: { allow: ["sessions_list"] }, gateway: { port: 12_345 } });
  expect(patched).toMatchObject({ ok: true, path: filePath(), restart: { required: true, paths: ["gateway.port"] }, config: { gateway: { auth: { token: "__REDACTED__" } } } });
  expect(await written()).toEqual({ gateway: { auth: { token: TOKEN }, port: 12_345 }, tools: { allow: ["sessions_list"] } });
  expect(running.parts.config.settings().tools.allow).toEqual(["sessions_list"]);
  expect(await running.change()).toMatchObject({ path: filePath(), hash: await running.hash() });
  expect(JSON.stringify([patched, running.lines])).not.toContain(TOKEN);
});

test("refusals are in the words that clients look for, and change nothing", async () => {
  const { gateway, hash } = await start(base);
  const refusal = (method: "config.set" | "config.apply", params: { raw: string; baseHash?: string }) =>
    gateway.call(method, params).then(() => undefined, (error: { error: { message: string; details?: unknown } }) => error.error);
  expect(await refusal("config.set", { raw: "{}" })).toMatchObject({ code: "INVALID_REQUEST", message: "config base hash required; re-run config.get and retry" });
  expect(await refusal("config.apply", { raw: "{}", baseHash: "0".repeat(64) })).toMatchObject({ message: "config changed since last load; re-run config.get and retry" });
  expect(await refusal("config.set", { raw: "{ gateway: { port: -1 } }", baseHash: await hash() })).toMatchObject({ message: "invalid config", details: { issues: [{ path: "gateway.port" }] } });
  expect(await refusal("config.set", { raw: JSON.stringify({ ...base, channels: { telegram: { botToken: "no token" } } }), baseHash: await hash() }))
    .toMatchObject({ message: "invalid config", details: { issues: [{ path: "channels.telegram.botToken" }] } });
  expect(await written()).toEqual(base);
});

test("the schema is one that the file itself fits", async () => {
  const { gateway } = await start(base);
  const { schema, uiHints, version } = await gateway.call("config.schema", {});
  expect(schema).toMatchObject({ properties: { gateway: { properties: { port: { type: "integer" } } } } });
  expect(uiHints).toMatchObject({ "gateway.port": { requiresRestart: true } });
  expect(uiHints).not.toHaveProperty(["tools"]);
  expect(version).toBe("0.1.0");
});

test("only the accounts that a change concerns are restarted, and who may write is none of that", async () => {
  const [one, two, three] = [account(), account(), account()];
  const telegramOf = (accounts: object) => ({ channels: { telegram: { apiRoot: telegram.apiRoot, accounts } } });
  const running = await start({ ...base, ...telegramOf({ one, two }) });
  const before = await accountsOf(running);
  expect(Object.keys(before)).toEqual(["one", "two"]);
  await running.patch(telegramOf({ two: null, three, one: { dmPolicy: "open" } }));
  await running.change();
  const rows = async () => {
    let now = await accountsOf(running);
    while (now["three"] === undefined) now = await accountsOf(running);
    return now;
  };
  const after = await rows();
  expect(Object.keys(after)).toEqual(["one", "three"]);
  expect(after["one"]?.lastStartAt).toBe(before["one"]?.lastStartAt);
  expect(running.parts.config.settings().channels[0]?.policy.dmPolicy).toBe("open");
});

test("a new secret is answered over the connection that it ends, and opens the door from then on", async () => {
  const { url, hash } = await start(base);
  const identity = await loadDeviceIdentity(join(stateDir, "operator"), Date.now());
  const connect = (token: string) => connectClient({ url, token, identity, scopes: ["operator.admin"], client: { id: "cli", mode: "cli", version: "1", platform: "linux" } });
  const client = await connect(TOKEN);
  const next = "another-token-from-now-on";
  const answered = await client.call("config.patch", { raw: JSON.stringify({ gateway: { auth: { token: next } } }), baseHash: await hash() });
  expect(answered.ok).toBe(true);
  expect(await client.closed).toMatchObject({ code: expect.any(Number) });
  await expect(connect(TOKEN)).rejects.toMatchObject({ retryable: false });
  await (await connect(next)).close();
});

test("a first model is in force without a restart, and the echo is not asked any more", async () => {
  const { gateway, patch } = await start(base);
  expect((await gateway.call("models.list", {})).models).toEqual([]);
  await patch({ agents: { defaults: { model: "local/small" } }, models: { providers: { local: { baseUrl: "http://127.0.0.1:9/v1" } } } });
  let models = await gateway.call("models.list", {});
  while (models.models.length === 0) models = await gateway.call("models.list", {});
  expect(models.models).toMatchObject([{ id: "small", provider: "local" }]);
});

test("a file that was broken by hand is told of, and the gateway goes on as it was", async () => {
  const running = await start(base);
  await writeFile(filePath(), "{ gateway: { port: 'x' } }");
  await running.parts.config.reload();
  expect(running.lines.find((line) => line["level"] === "error")).toMatchObject({ path: "gateway.port" });
  expect(running.parts.config.settings().auth).toEqual({ mode: "token", token: TOKEN });
  expect((await running.gateway.call("config.get", {})).valid).toBe(false);
});
