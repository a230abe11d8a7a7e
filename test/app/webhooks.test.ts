import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ScriptedRuntime } from "../../src/adapters/agent/scripted/index.js";
import { MemoryChannel } from "../../src/adapters/channels/memory/index.js";
import { parseSlackConfig, slack } from "../../src/adapters/channels/slack/index.js";
import { MemoryLog } from "../../src/adapters/log/memory/index.js";
import { createGateway, DEFAULT_POLICY, type Channel, type Gateway } from "../../src/index.js";
import { SlackServer } from "../stand-ins/slack-server.js";
import { ADA, ADA_CHAT, BOT_USER_ID } from "../stand-ins/slack-workspace.js";
import { TestClient } from "../../src/testing/index.js";
import { SocketWire } from "../support/client.js";

const PATH = "/slack/events";

let log: MemoryLog;
let provider: SlackServer;
let gateway: Gateway;
let channel: Channel;
let app: Server;
let url: string;
/** What the app's own routes were asked for. */
let asked: string[];
/** Stands before the gateway, where a test puts something there. */
let before: (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

beforeEach(async () => {
  log = new MemoryLog();
  provider = await SlackServer.start({ signingSecret: "sshh" });
  const parsed = parseSlackConfig({ mode: "http", botToken: provider.botToken, signingSecret: "sshh", apiUrl: provider.apiUrl }, "default", {});
  if (!("config" in parsed)) throw new Error(JSON.stringify(parsed.issues));
  channel = slack(parsed.config);
  gateway = createGateway({
    auth: { token: "the-right-gateway-token" }, log, channels: [channel], agent: new ScriptedRuntime([{ kind: "say", text: "Good morning, Ada." }]),
    settings: { channels: [{ channel: "slack", accountId: "default", policy: { ...DEFAULT_POLICY, dmPolicy: "open", streaming: "off" } }] },
  });
  asked = [];
  before = (_request, _response, next) => next();
  app = createServer((request, response) => before(request, response, () => {
    if (gateway.webhooks.handle(request, response)) return;
    asked.push(request.url ?? "");
    response.end("the app");
  }));
  await new Promise<void>((resolve) => { app.listen(0, "127.0.0.1", resolve); });
  url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  provider.eventsUrl = `${url}${PATH}`;
});

afterEach(async () => {
  await gateway.close();
  app.closeAllConnections();
  await new Promise((resolve) => { app.close(resolve); });
  await provider.close();
});

/** What is waited for comes over real sockets and by the real clock, within milliseconds. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (let nth = 0; nth < 1_000; nth += 1) {
    if (holds()) return;
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
  throw new Error(`never came: ${what}`);
}

const answers = (): readonly string[] => provider.workspace.messages.filter(({ user }) => user === BOT_USER_ID).map(({ text }) => text);

describe("a server of somebody else's", () => {
  test("serves the paths of channels, its own routes and the gateway's sockets beside each other", async () => {
    expect(gateway.webhooks.paths).toEqual([PATH]);
    await gateway.attach(app, { path: "/gateway" });
    await until("the channel is live", () => channel.status().state === "live");
    provider.workspace.post({ channel: ADA_CHAT, user: ADA, text: "good morning" });
    await until("the answer", () => answers().length === 1);
    expect(answers()).toEqual(["Good morning, Ada."]);
    expect(asked).toEqual([]);
    for (const path of ["/", `${PATH}/`, `${PATH}x`, "/SLACK/events", "/healthz", "/gateway"]) expect(await (await fetch(`${url}${path}`, { method: "POST", body: "{}" })).text()).toBe("the app");
    expect(asked).toEqual(["/", `${PATH}/`, `${PATH}x`, "/SLACK/events", "/healthz", "/gateway"]);
    const client = new TestClient(await SocketWire.open(`${url.replace("http", "ws")}/gateway`));
    expect((await client.challenge()).nonce).not.toBe("");
    const forged = await fetch(`${url}${PATH}?x=1`, { method: "POST", body: "{}" });
    expect([forged.status, forged.headers.get("cache-control")]).toEqual([401, "no-store"]);
    expect((await fetch(`${url}${PATH}`)).status).toBe(405);
    expect((await fetch(`${url}${PATH}`, { method: "POST", body: "x".repeat(1_048_577) }).catch(() => ({ status: 413 }))).status).toBe(413);
  });

  test("keeps what a provider has while the gateway is not there: before it is attached, and once it is closed", async () => {
    const body = JSON.stringify({ type: "event_callback", event: { type: "message" } });
    const headers = { ...provider.sign(body), "content-type": "application/json" };
    expect(await provider.postEvent(body, headers)).toBe(503);
    await gateway.attach(app);
    await until("the channel is live", () => channel.status().state === "live");
    expect(await provider.postEvent(body, headers)).toBe(200);
    await gateway.close();
    expect(await provider.postEvent(body, headers)).toBe(503);
  });

  test("that reads bodies first is told so, in the log and in the answer", async () => {
    await gateway.attach(app);
    await until("the channel is live", () => channel.status().state === "live");
    before = (request, _response, next) => void request.resume().once("end", next);
    const body = JSON.stringify({ type: "event_callback", event: { type: "message" } });
    expect(await provider.postEvent(body, { ...provider.sign(body), "content-type": "application/json" })).toBe(500);
    expect(log.entries.find(({ level }) => level === "error")?.message).toMatch(/before anything parses it/u);
  });
});

test("two channels at one path, or one where the gateway itself is asked, are refused", () => {
  const called = (id: string, path: string): Channel => Object.assign(new MemoryChannel({ id }), { webhook: { path, maxBytes: 1, handle: async () => ({ status: 200 }) } });
  expect(() => createGateway({ channels: [called("one", "/hook"), called("two", "/hook")] })).toThrow(/\/hook already/u);
  expect(() => createGateway({ channels: [called("one", "/healthz")] })).toThrow(/\/healthz already/u);
  expect(createGateway({ channels: [called("one", "/a"), called("two", "/b"), new MemoryChannel({ id: "three" })] }).webhooks.paths).toEqual(["/a", "/b"]);
  expect(createGateway().webhooks.paths).toEqual([]);
});
