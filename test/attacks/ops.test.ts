import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { createConnection } from "node:net";
import { networkInterfaces } from "node:os";
import { startDaemon, type Daemon } from "../support/daemon.js";
import { TestDevice } from "../support/device.js";
import { WebSocket } from "ws";

const CANARIES = { token: "canary-token-7b2e41", bot: "12345678:canary-bot-9f31c0" };

let daemon: Daemon;
let ops: URL;

beforeAll(async () => {
  daemon = await startDaemon({
    config: { gateway: { auth: { token: CANARIES.token }, ops: { port: 0 } }, channels: { telegram: { botToken: CANARIES.bot, apiRoot: "http://127.0.0.1:9" } } },
  });
  const line = daemon.lines.map((text) => JSON.parse(text) as { msg?: string; ops?: string }).find(({ msg }) => msg === "gateway ready");
  ops = new URL(line?.ops ?? "missing:");
});
afterAll(async () => {
  await daemon.stop();
});

/** One request, byte for byte, and all that comes back. */
async function raw(text: string): Promise<{ status: number; body: string }> {
  const socket = createConnection(Number(ops.port), ops.hostname);
  let heard = "";
  socket.setEncoding("latin1").on("data", (data: string) => (heard += data));
  socket.end(text, "latin1");
  await once(socket, "close");
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1] ?? 0), body: heard.slice(heard.indexOf("\r\n\r\n") + 4) };
}

const get = (path: string, headers = `Host: ${ops.host}`): Promise<{ status: number; body: string }> => raw(`GET ${path} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`);

const PATHS = ["/healthz", "/readyz", "/startupz", "/metrics"];

describe("the listener for probes and metrics", () => {
  test("is on loopback unless told otherwise", async () => {
    expect(ops.hostname).toBe("127.0.0.1");
    const outer = Object.values(networkInterfaces()).flat().find((entry) => entry !== undefined && !entry.internal && entry.family === "IPv4");
    if (outer === undefined) return;
    const socket = createConnection(Number(ops.port), outer.address);
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
  });

  test.each(PATHS)("O4: %s answers to its own names, and to no other that was rebound to it", async (path) => {
    expect((await get(path)).status).toBe(200);
    for (const host of ["evil.com", "127.0.0.1.evil.com", "0.0.0.0", "169.254.169.254", "localhost.evil.com", "evil.com:80"]) {
      expect([host, await get(path, `Host: ${host}`)]).toMatchObject([host, { status: 403, body: expect.not.stringContaining("openclaw_") }]);
    }
    expect((await get(path, `Host: ${ops.host}\r\nHost: evil.com`)).status).toBe(400);
    expect((await get(path, "X-Host: none")).status).toBe(400);
    expect((await get(`http://evil.com${path}`)).status).toBe(403);
  });

  test("speaks no WebSocket, takes nothing, and has nothing else", async () => {
    const upgrade = `Host: ${ops.host}\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==`;
    expect((await raw(`GET / HTTP/1.1\r\n${upgrade}\r\nConnection: Upgrade\r\n\r\n`)).status).toBe(404);
    for (const path of PATHS) {
      for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
        expect((await raw(`${method} ${path} HTTP/1.1\r\nHost: ${ops.host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)).status).toBe(405);
      }
    }
    for (const path of ["/", "/metrics/", "/metrics/../healthz", "/metricsz", "//metrics", "/%6detrics", "/hooks/wake", "/v1/chat/completions"]) expect((await get(path)).status).toBe(404);
  });

  test("nobody's page can read it", async () => {
    const answer = await fetch(new URL("/metrics", ops), { headers: { origin: "https://evil.example" } });
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("whatever a client calls itself, its methods and its senders, none of it becomes a label, and no secret is told", async () => {
    const before = (await get("/metrics")).body.split("\n").length;
    const owner = await connected("canary-device");
    // In two rounds: of more than 256 under way at once, some are turned away before they are looked at.
    for (const from of [0, 150]) {
      const last = said(owner, `${from + 149}`);
      for (let nth = from; nth < from + 150; nth += 1) owner.send(JSON.stringify({ type: "req", id: `${nth}`, method: `canary-method-${nth}"} 1\nforged{a="b`, params: {} }));
      await last;
    }
    for (let nth = 0; nth < 20; nth += 1) owner.send(JSON.stringify({ type: "req", id: `s${nth}`, method: "send", params: { channel: "telegram", to: `canary-person-${nth}`, message: "canary-text", idempotencyKey: `canary-key-${nth}` } }));
    owner.send(JSON.stringify({ type: "req", id: "last", method: "health", params: {} }));
    await said(owner, "last");
    for (let nth = 0; nth < 5; nth += 1) await (await connecting(`canary-thief-${nth}`, "canary-guess")).closed;
    const { body } = await get("/metrics");
    expect(body).toContain('openclaw_request_duration_seconds_count{method="unknown",outcome="refused"} 300');
    expect(body).not.toMatch(/canary|forged/);
    for (const secret of Object.values(CANARIES)) expect(body).not.toContain(secret);
    expect(body).not.toContain(daemon.stateDir);
    const labels = [...body.matchAll(/[{,]([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name, value] as const);
    expect(labels.filter(([, value]) => !/^[A-Za-z0-9_.+-]{1,64}$/.test(value ?? ""))).toEqual([]);
    // A few lines for what is new, and not one for each thing that was made up.
    expect(body.split("\n").length - before).toBeLessThan(120);
    owner.close();
  });
});

/** A connection with its first frame sent. */
async function connecting(name: string, token: string): Promise<{ socket: WebSocket; closed: Promise<unknown>; opened: Promise<unknown> }> {
  const socket = new WebSocket(daemon.url);
  const [challenge] = (await once(socket, "message")) as [Buffer];
  const { payload } = JSON.parse(challenge.toString("utf8")) as { payload: { nonce: string; ts: number } };
  const closed = once(socket, "close");
  const opened = said(socket, "c");
  const params = new TestDevice(name).connectParams(
    { auth: { token }, scopes: ["operator.admin"], client: { id: "openclaw-macos", mode: "ui", displayName: `${name}"} 1\nforged{x="`, version: "canary-version", platform: "canary-platform" } },
    { nonce: payload.nonce, signedAt: payload.ts },
  );
  socket.send(JSON.stringify({ type: "req", id: "c", method: "connect", params }));
  return { socket, closed, opened };
}

async function connected(name: string): Promise<WebSocket> {
  const { socket, opened } = await connecting(name, CANARIES.token);
  expect(await opened).toMatchObject({ ok: true });
  return socket;
}

/** The first response to a request. */
const said = (socket: WebSocket, id: string): Promise<Record<string, unknown>> =>
  new Promise((resolve) => {
    socket.on("message", (data: Buffer) => {
      const frame = JSON.parse(data.toString("utf8")) as Record<string, unknown>;
      if (frame["id"] === id) resolve(frame);
    });
  });
