import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { DEFAULT_SETTINGS } from "../../src/domain/default-settings.js";
import { createGateway, type Gateway } from "../../src/index.js";
import { createTestGateway } from "../../src/testing/index.js";
import { SocketWire } from "../support/client.js";
import { buildPages } from "../support/web-door.js";

const TOKEN = "a-long-enough-token";
const HOOK_TOKEN = "a-token-for-hooks-alone";
const SETTINGS = {
  hooks: { token: HOOK_TOKEN, path: "/hooks", maxBodyBytes: 4_096, mappings: [] },
  http: { ...DEFAULT_SETTINGS.http, chatCompletions: true },
  controlUi: { ...DEFAULT_SETTINGS.controlUi, enabled: true, basePath: "/assistant" },
};

let gateway: Gateway;
let server: Server;
let url: string;

beforeEach(async () => {
  buildPages();
  gateway = createGateway({ auth: { token: TOKEN }, settings: SETTINGS });
  server = createServer((request, response) => {
    if (!gateway.handle(request, response)) response.end("the app");
  });
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await gateway.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const ask = async (path: string, init: RequestInit = {}): Promise<{ readonly status: number; readonly text: string }> => {
  const answer = await fetch(`${url}${path}`, init);
  return { status: answer.status, text: await answer.text() };
};
const posted = (token: string, body: object): RequestInit => ({ method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${token}` }, body: JSON.stringify(body) });
const wake = (): Promise<{ readonly status: number }> => ask("/hooks/wake", posted(HOOK_TOKEN, { text: "The door bell rang.", mode: "next-heartbeat" }));

test("a server of one's own serves all that the gateway's own does, beside its own routes", async () => {
  expect((await ask("/readyz")).status).toBe(503);
  await gateway.attach(server, { path: "/assistant/" });
  expect((await ask("/healthz")).status).toBe(200);
  expect((await ask("/readyz")).status).toBe(200);
  expect(await ask("/")).toEqual({ status: 200, text: "the app" });
  expect((await ask("/assistant/")).text).toContain("<script");
  expect((await ask("/assistant/chat")).status).toBe(200);
  // Switched off, as it is unless somebody draws, and told so by the gateway.
  expect((await ask("/__openclaw__/canvas/")).status).toBe(503);
  expect((await wake()).status).toBe(200);
  expect((await gateway.call("status", {})).queuedSystemEvents).toEqual(["The door bell rang."]);
  expect((await ask("/hooks/wake", posted(TOKEN, { text: "The door bell rang." }))).status).toBe(401);
  const completion = await ask("/v1/chat/completions", posted(TOKEN, { model: "openclaw", messages: [{ role: "user", content: "hello" }] }));
  expect(completion.status).toBe(200);
  expect(JSON.parse(completion.text)).toMatchObject({ object: "chat.completion" });
  // Where the pages look for their gateway: under the path that they came from.
  const wire = await SocketWire.open(`${url.replace("http", "ws")}/assistant/`);
  wire.close();
});

test("a gateway that is closed says so, and loses nothing that its server could give to another", async () => {
  await gateway.attach(server);
  await gateway.close();
  expect((await ask("/readyz")).status).toBe(503);
  expect((await wake()).status).toBe(503);
  expect(await ask("/elsewhere")).toEqual({ status: 200, text: "the app" });
});

test("the gateway in memory has the same door", async () => {
  const inMemory = await createTestGateway({ settings: { hooks: SETTINGS.hooks } });
  server.removeAllListeners("request");
  server.on("request", (request, response) => {
    if (!inMemory.handle(request, response)) response.end("the app");
  });
  expect((await wake()).status).toBe(200);
  expect((await inMemory.call("status", {})).queuedSystemEvents).toEqual(["The door bell rang."]);
  await inMemory.close();
});
