import { createServer } from "node:http";
import { get } from "node:https";
import type { AddressInfo } from "node:net";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { GivenCertificates } from "../../src/adapters/tls/given/index.js";
import { CAPABILITY_TTL_MS } from "../../src/domain/canvas/capability.js";
import { createGateway } from "../../src/index.js";
import { createTestGateway } from "../../src/testing/index.js";
import { CanvasDoor } from "../support/canvas-door.js";
import { selfSigned } from "./certificate.js";
import { payloadOf, SocketWire } from "../support/client.js";
import { TOKEN } from "../support/front-door.js";

const NOTES = "/__openclaw__/canvas/notes.txt";
const CAPABILITY_URL = /^http:\/\/127\.0\.0\.1:\d+\/__openclaw__\/cap\/[A-Za-z0-9_-]{24}$/;

let canvas: CanvasDoor;
beforeEach(async () => {
  canvas = await CanvasDoor.open();
  await canvas.put("canvas/notes.txt", "drawn");
});
afterEach(async () => {
  expect(canvas.door.errors()).toEqual([]);
  await canvas.close();
});

const show = async (url: string): Promise<string> => (await canvas.ask(`${new URL(url).pathname}${NOTES}`)).body;

describe("who is told where the canvas is", () => {
  test("a node, in the words of its protocol, with an address that it can reach", async () => {
    const new4 = (await canvas.node()).hello;
    expect(new4.canvasHostUrl).toBeUndefined();
    expect(new4.pluginSurfaceUrls?.["canvas"]).toMatch(CAPABILITY_URL);
    const old3 = (await canvas.node({ protocol: 3 })).hello;
    expect(old3.pluginSurfaceUrls).toBeUndefined();
    expect(old3.canvasHostUrl).toMatch(CAPABILITY_URL);
    for (const url of [new4.pluginSurfaceUrls?.["canvas"], old3.canvasHostUrl]) expect(await show(url ?? "")).toBe("drawn");
    const byName = (await canvas.node({ headers: { host: `localhost:${canvas.door.port}` } })).hello;
    expect(byName.pluginSurfaceUrls?.["canvas"]).toMatch(/^http:\/\/localhost:\d+\//);
    const behindTls = (await canvas.node({ headers: { "x-forwarded-proto": "https" } })).hello;
    expect(behindTls.pluginSurfaceUrls?.["canvas"]).toMatch(/^https:\/\/127\.0\.0\.1:/);
  });

  test("an operator whose app has a screen, and no other", async () => {
    const told = async (mode: "ui" | "webchat" | "cli" | "backend", scopes: string[]) =>
      (await canvas.door.enter({ device: mode, client: { mode }, scopes })).hello.pluginSurfaceUrls?.["canvas"] !== undefined;
    expect(await told("ui", ["operator.read"])).toBe(true);
    expect(await told("webchat", ["operator.write"])).toBe(true);
    expect(await told("ui", ["operator.pairing"])).toBe(false);
    expect(await told("cli", ["operator.admin"])).toBe(false);
    expect(await told("backend", ["operator.admin"])).toBe(false);
  });

  test("nobody, where there is none", async () => {
    const off = await CanvasDoor.open({ enabled: false });
    const node = await off.node();
    expect([node.hello.canvasHostUrl, node.hello.pluginSurfaceUrls]).toEqual([undefined, undefined]);
    expect((await off.ask(NOTES)).status).toBe(503);
    await expect(SocketWire.open(`ws://127.0.0.1:${off.door.port}/__openclaw__/ws`)).rejects.toThrow("503");
    const refused = await node.request("node.pluginSurface.refresh", { surface: "canvas" });
    expect(refused).toMatchObject({ ok: false, error: { code: "UNAVAILABLE" } });
    expect(await readdir(off.folder)).toEqual([]);
    await off.close();
    const nowhere = createGateway({ auth: { token: TOKEN } });
    const { port } = await nowhere.listen({ port: 0 });
    expect((await canvas.ask(NOTES, { port })).status).toBe(503);
    await nowhere.close();
  });

  test("who dialled nothing is told the address that others dial, where there is one", async () => {
    const urls: string[] = [];
    const host = { version: "0", hostname: "test", platform: "test", deviceFamily: "Test", modelIdentifier: "test", urls: () => urls };
    const gateway = await createTestGateway({ host, settings: { canvas: { enabled: true, root: canvas.root, liveReload: true, trustLoopback: false } } });
    const told = async () => (await gateway.connect({ role: "node", scopes: [], client: { id: "node-host", mode: "node" } })).hello.pluginSurfaceUrls?.["canvas"];
    expect(await told()).toBeUndefined();
    urls.push("ws://192.0.2.7:18789");
    expect(await told()).toMatch(/^http:\/\/192\.0\.2\.7:18789\/__openclaw__\/cap\//);
    await gateway.close();
  });
});

describe("a way in that has expired", () => {
  test("is replaced on request: protocol 4", async () => {
    const node = await canvas.node();
    const answer = payloadOf(await node.request("node.pluginSurface.refresh", { surface: "canvas", observedUrl: "http://example" })) as { pluginSurfaceUrls: Record<string, string>; expiresAtMs: number };
    expect(answer).toEqual({ surface: "canvas", pluginSurfaceUrls: { canvas: expect.stringMatching(CAPABILITY_URL) }, expiresAtMs: canvas.door.clock.now() + CAPABILITY_TTL_MS });
    expect(answer.pluginSurfaceUrls["canvas"]).not.toBe(node.hello.pluginSurfaceUrls?.["canvas"]);
    // A page that is still shown goes on with the one it has.
    for (const url of [answer.pluginSurfaceUrls["canvas"], node.hello.pluginSurfaceUrls?.["canvas"]]) expect(await show(url ?? "")).toBe("drawn");
    expect(await node.request("node.pluginSurface.refresh", { surface: "other" })).toMatchObject({ ok: false, error: { code: "INVALID_REQUEST" } });
  });

  test("is replaced on request: protocol 3", async () => {
    const node = await canvas.node({ protocol: 3 });
    const answer = payloadOf(await node.request("node.canvas.capability.refresh", {})) as { canvasCapability: string; canvasHostUrl: string; canvasCapabilityExpiresAtMs: number };
    expect(answer.canvasHostUrl.endsWith(`/__openclaw__/cap/${answer.canvasCapability}`)).toBe(true);
    expect(answer.canvasCapabilityExpiresAtMs).toBe(canvas.door.clock.now() + CAPABILITY_TTL_MS);
    expect(await show(answer.canvasHostUrl)).toBe("drawn");
  });

  test("is not an operator's to replace", async () => {
    const operator = await canvas.door.enter();
    expect(await operator.request("node.pluginSurface.refresh", { surface: "canvas" })).toMatchObject({ ok: false });
  });

  test("ends with the secret that let its holder in", async () => {
    const settings = { canvas: { enabled: true, root: canvas.root, liveReload: true, trustLoopback: false } };
    const { DEFAULT_SETTINGS } = await import("../../src/domain/default-settings.js");
    let token = TOKEN;
    const config = { settings: () => ({ ...DEFAULT_SETTINGS, ...settings, auth: { mode: "token" as const, token } }), path: () => undefined, view: () => Promise.reject(new Error("not asked")), edit: () => Promise.reject(new Error("not asked")), onChange: () => () => undefined, schema: () => ({}), restartPaths: () => [] };
    const rotating = await CanvasDoor.open({}, { config });
    const node = await rotating.node();
    const path = `${rotating.baseOf(node.hello)}${NOTES}`;
    expect((await canvas.ask(path, { port: rotating.door.port })).body).toBe("drawn");
    token = "another";
    expect((await canvas.ask(path, { port: rotating.door.port })).status).toBe(401);
    await rotating.close();
  });
});

describe("live reload", () => {
  const watch = async (origin?: string): Promise<SocketWire> =>
    SocketWire.open(`ws://127.0.0.1:${canvas.door.port}${canvas.baseOf((await canvas.node()).hello)}/__openclaw__/ws`, origin === undefined ? {} : { origin });
  /** The file system tells by the real clock, the gateway gathers by its own. */
  const told = async (wire: SocketWire, count: number): Promise<void> => {
    for (let nth = 0; nth < 500 && wire.messages.length < count; nth += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      await canvas.door.clock.pass(75);
    }
    expect(wire.messages).toEqual(Array(count).fill("reload"));
  };

  test("tells every open page when something changed, below too, and not of what is hidden", async () => {
    const [page, other] = [await watch("null"), await watch()];
    await canvas.put("canvas/notes.txt", "drawn anew");
    await told(page, 1);
    await told(other, 1);
    await canvas.put("canvas/.draft", "hidden");
    await canvas.put("canvas/sub/deep.txt", "deep");
    await told(page, 2);
    page.close();
    await page.closed;
    await rm(join(canvas.root, "sub"), { recursive: true });
    await told(other, 3);
  });

  test("under the names that older apps know", async () => {
    const base = canvas.baseOf((await canvas.node()).hello);
    for (const path of ["/__clawdbot__/ws", "/__clawdbot/ws"]) {
      const wire = await SocketWire.open(`ws://127.0.0.1:${canvas.door.port}${base}${path}`);
      wire.close();
      await wire.closed;
    }
    expect((await canvas.ask(`${base}/__clawdbot__/canvas/notes.txt`)).body).toBe("drawn");
  });

  test("is off where its owner said so", async () => {
    const still = await CanvasDoor.open({ liveReload: false });
    await still.put("canvas/index.html", "<p>still");
    const base = still.baseOf((await still.node()).hello);
    await expect(SocketWire.open(`ws://127.0.0.1:${still.door.port}${base}/__openclaw__/ws`)).rejects.toThrow("503");
    expect((await still.ask(`${base}/__openclaw__/canvas/`)).body).toBe(`<script src="${base}/__openclaw__/a2ui/canvas-page.js"></script><p>still`);
    await still.close();
  });

  test("keeps what is looked at from expiring", async () => {
    const node = await canvas.node();
    const base = canvas.baseOf(node.hello);
    const wire = await SocketWire.open(`ws://127.0.0.1:${canvas.door.port}${base}/__openclaw__/ws`);
    await canvas.pass(2 * CAPABILITY_TTL_MS);
    expect((await canvas.ask(`${base}${NOTES}`)).status).toBe(200);
    wire.close();
  });
});

describe("where it is served", () => {
  test("on a port of its own, which speaks nothing else", async () => {
    const { port, url } = await canvas.door.gateway.canvas.listen({ port: 0 });
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const base = canvas.baseOf((await canvas.node()).hello);
    expect((await canvas.ask(`${base}${NOTES}`, { port })).body).toBe("drawn");
    await expect(SocketWire.open(`ws://127.0.0.1:${port}/`)).rejects.toThrow("404");
    for (const path of ["/healthz", "/readyz", "/anything"]) expect((await canvas.ask(path, { port })).status).toBe(404);
    const live = await SocketWire.open(`ws://127.0.0.1:${port}${base}/__openclaw__/ws`);
    live.close();
    expect(new URL((await canvas.ask("/", { port })).headers.location ?? "", url).pathname).toBe("/__openclaw__/canvas/");
  });

  test("inside of pages that may connect, and of no others", async () => {
    const allowedOrigins = () => ["https://ui.example/", "*", "null", "https://a.example; script-src *", "https://b.example c"];
    const { port } = await canvas.door.gateway.canvas.listen({ port: 0, allowedOrigins });
    const policyOf = async (at: number) => (await canvas.ask(NOTES, { port: at, headers: { authorization: `Bearer ${TOKEN}` } })).headers["content-security-policy"];
    expect(await policyOf(port)).toMatch(/; frame-ancestors 'self' https:\/\/ui\.example$/);
    expect(await policyOf(canvas.door.port)).toMatch(/; frame-ancestors 'self'$/);
  });

  test("over TLS where the gateway speaks it, with the certificate of the moment", async () => {
    const tls = new GivenCertificates(selfSigned());
    const gateway = createGateway({ auth: { token: TOKEN }, settings: { canvas: { enabled: true, root: canvas.root, liveReload: true, trustLoopback: false } } });
    const at = await gateway.listen({ port: 0, tls });
    const { url } = await gateway.canvas.listen({ port: 0, tls });
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const ask = (to: string): Promise<{ readonly body: string; readonly pin: string }> => new Promise((resolve, reject) => {
      get(`${to}${NOTES}`, { rejectUnauthorized: false, agent: false, headers: { authorization: `Bearer ${TOKEN}` } }, (response) => {
        const pin = (response.socket as TLSSocket).getPeerCertificate().fingerprint256;
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => (body += text)).on("end", () => resolve({ body, pin }));
      }).on("error", reject);
    });
    const before = await ask(url);
    expect(before.body).toBe("drawn");
    tls.replace(selfSigned());
    const after = await ask(url);
    expect(after).toEqual({ body: "drawn", pin: expect.not.stringMatching(before.pin) });
    expect((await ask(at.url.replace("wss", "https"))).pin).toBe(after.pin);
    await gateway.close();
  });

  test("on a server of somebody else's, which hands its requests over", async () => {
    const folder = await mkdtemp(join(tmpdir(), "canvas-embedded-"));
    await writeFile(join(folder, "notes.txt"), "embedded");
    const gateway = createGateway({ auth: { token: TOKEN }, settings: { canvas: { enabled: true, root: folder, liveReload: true, trustLoopback: false } } });
    const server = createServer((request, response) => {
      if (!gateway.canvas.handle(request, response)) response.end("theirs");
    });
    await gateway.attach(server, { path: "/gateway" });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await canvas.ask(NOTES, { port, headers })).body).toBe("embedded");
    expect((await canvas.ask("/else", { port })).body).toBe("theirs");
    const live = await SocketWire.open(`ws://127.0.0.1:${port}/__openclaw__/ws`, headers);
    await gateway.close();
    await live.closed;
    expect((await canvas.ask(NOTES, { port, headers })).status).toBe(503);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  test("from a folder that is made when it is missing, closed to others, with a page to begin with", async () => {
    const stateDir = await mkdtemp(join(tmpdir(), "canvas-state-"));
    const gateway = createGateway({ stateDir, auth: { token: TOKEN } });
    const { port } = await gateway.listen({ port: 0 });
    const index = await canvas.ask("/__openclaw__/canvas/", { port, headers: { authorization: `Bearer ${TOKEN}` } });
    expect((await stat(join(stateDir, "canvas"))).mode & 0o777).toBe(0o700);
    expect(index.status).toBe(200);
    expect(index.body).toContain("canvas");
    // What its owner took away stays away, as long as anything is there.
    await writeFile(join(stateDir, "canvas", "mine.txt"), "mine");
    await rm(join(stateDir, "canvas", "index.html"));
    await gateway.canvas.prepare();
    expect(await readdir(join(stateDir, "canvas"))).toEqual(["mine.txt"]);
    await gateway.close();
    await rm(stateDir, { recursive: true });
    expect(await readFile(join(canvas.root, "notes.txt"), "utf8")).toBe("drawn");
  });

  test("not from a folder that can't be had, which its owner is told once", async () => {
    await canvas.put("file", "no folder");
    const broken = await CanvasDoor.open({ root: join(canvas.folder, "file", "canvas") });
    expect((await broken.ask(NOTES)).status).toBe(503);
    expect((await broken.ask(NOTES)).status).toBe(503);
    expect(broken.door.errors()).toHaveLength(1);
    expect(broken.door.log.entries.filter(({ level }) => level === "error")).toHaveLength(1);
    await broken.close();
  });
});
