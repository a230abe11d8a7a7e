import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { request as requestTls } from "node:https";
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { WebSocket, WebSocketServer } from "ws";
import { DelayQueue } from "../../src/adapters/transport/ws/delay-queue.js";
import { WsTransport } from "../../src/adapters/transport/ws/index.js";
import type { AttachedOptions, OwnServerOptions } from "../../src/adapters/transport/ws/index.js";
import { StrangerBudget } from "../../src/adapters/transport/ws/stranger-budget.js";
import { StrangerMeter } from "../../src/adapters/transport/ws/stranger-meter.js";
import { judgeHost, judgeUpgrade } from "../../src/adapters/transport/ws/upgrade-judge.js";
import type { Allowance, RequestFacts } from "../../src/adapters/transport/ws/upgrade-judge.js";
import { cutCloseReason } from "../../src/domain/protocol/close-reason.js";
import { epochMs } from "../../src/domain/moment.js";
import type { LogFields } from "../../src/ports/log.js";
import type { Connection } from "../../src/ports/transport.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { CONTINUATION, PING, RawPeer, TEXT, TEXT_BEGIN, clientFrame, clientFrameHead } from "../stand-ins/raw-peer.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Heard {
  readonly connection: Connection;
  readonly texts: string[];
  readonly ended: Promise<{ code: number; reason: string }>;
}

async function begin(options: Partial<OwnServerOptions> | AttachedOptions = {}) {
  const clock = (options.clock as HandClock | undefined) ?? new HandClock();
  const transport = new WsTransport({ host: "127.0.0.1", port: 0, clock, ...options } as OwnServerOptions);
  const calls: Heard[] = [];
  const onCall: { tell?: () => void } = {};
  await transport.start((connection) => {
    let settle: (ending: { code: number; reason: string }) => void = () => {};
    const heard: Heard = { connection, texts: [], ended: new Promise((resolve) => (settle = resolve)) };
    calls.push(heard);
    onCall.tell?.();
    return { message: (text) => void heard.texts.push(text), closed: (code, reason) => settle({ code, reason }) };
  });
  cleanups.push(() => transport.stop());
  const port = transport.address().port;
  return { transport, clock, calls, port, url: `ws://127.0.0.1:${port}` };
}

async function dial(url: string, options: Record<string, unknown> = {}): Promise<WebSocket> {
  const ws = new WebSocket(url, { perMessageDeflate: false, ...options });
  cleanups.push(() => ws.terminate());
  await once(ws, "open");
  return ws;
}

async function statusOf(url: string, options: Record<string, unknown> = {}): Promise<number> {
  const ws = new WebSocket(url, options);
  ws.on("error", () => {});
  cleanups.push(() => ws.terminate());
  return new Promise((resolve) => {
    ws.on("open", () => resolve(101));
    ws.on("unexpected-response", (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
      ws.terminate();
    });
  });
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));
  return (server.address() as { port: number }).port;
}

test("a peer that has the listener's own address is told from others, where that was asked for", async () => {
  const seen = async (options: Partial<OwnServerOptions>, localAddress: string) => {
    const { port, calls, transport } = await begin({ host: "127.0.0.5", ...options });
    await dial(`ws://127.0.0.5:${port}`, { localAddress });
    await transport.stop();
    return calls[0]?.connection.peer.isOwnAddress;
  };
  expect(await seen({ trustOwnAddress: true }, "127.0.0.5")).toBe(true);
  expect(await seen({ trustOwnAddress: true }, "127.0.0.1")).toBeUndefined();
  expect(await seen({}, "127.0.0.5")).toBeUndefined();
  expect(await seen({ host: "0.0.0.0", trustOwnAddress: true }, "127.0.0.5")).toBeUndefined();
});

describe("the judge of Host and Origin", () => {
  const allowance = (changes: Partial<Allowance> = {}): Allowance => ({ boundHost: "127.0.0.1", allowedHosts: [], allowedOrigins: [], ...changes });
  const facts = (changes: Partial<RequestFacts> = {}): RequestFacts => ({
    httpVersion: "1.1",
    target: "/",
    hosts: ["127.0.0.1:18789"],
    origins: [],
    tls: false,
    localAddress: "127.0.0.1",
    ...changes,
  });
  const outcome = (judged: ReturnType<typeof judgeHost>) => (judged.kind === "pass" ? "pass" : judged.status);

  test.each([
    ["localhost", "pass"], ["localhost:18789", "pass"], ["LOCALHOST.:1", "pass"], ["127.0.0.1", "pass"], ["127.8.9.1:80", "pass"],
    ["[::1]", "pass"], ["[::1]:18789", "pass"], ["[0:0:0:0:0:0:0:1]", "pass"], ["[::ffff:127.0.0.1]", "pass"], ["[::ffff:7f00:1]", "pass"],
    ["evil.com", 403], ["evil.com:18789", 403], ["127.0.0.1.evil.com", 403], ["127.evil.com", 403], ["localhost.evil.com", 403],
    ["evil.localhost", 403], ["notlocalhost", 403], ["0177.0.0.1", 403], ["2130706433", 403], ["0x7f.1", 403], ["127.1", 403],
    ["127.0.0.256", 403], ["0.0.0.0", 403], ["[::]", 403], ["[::127.0.0.1]", 403], ["[::ffff:0177.0.0.1]", 403], ["[::1", 403],
    ["::1", 403], ["[::1]x", 403], ["[::1%25lo]", 403], ["user@localhost", 403], ["localhost:18789@evil.com", 403], ["localhost:", 403],
    ["localhost:99999", 403], ["localhost:1:2", 403], ["localhost/", 403], [" localhost", 403], ["localhost, evil.com", 403], ["", 403],
    [".", 403], ["localhost..", 403], ["ｌocalhost", 403], ["192.168.1.5", 403], ["xn--lcalhost-54a", 403],
  ])("Host %j: %s", (host, expected) => {
    expect(outcome(judgeHost(facts({ hosts: [host] }), allowance()))).toBe(expected);
    expect(outcome(judgeUpgrade(facts({ hosts: [host] }), allowance()))).toBe(expected);
  });

  test.each<[string, Partial<RequestFacts>, Partial<Allowance>, unknown]>([
    ["our end of the socket", { hosts: ["192.168.1.5:18789"], localAddress: "192.168.1.5" }, {}, "pass"],
    ["our end of the socket, mapped", { hosts: ["192.168.1.5"], localAddress: "::ffff:192.168.1.5" }, {}, "pass"],
    ["our end of the socket, with a zone", { hosts: ["[fe80::1]:1"], localAddress: "fe80::1%eth0" }, {}, "pass"],
    ["a bound name", { hosts: ["Gw.lan:18789"] }, { boundHost: "gw.lan" }, "pass"],
    ["bound to everything", { hosts: ["0.0.0.0:18789"] }, { boundHost: "0.0.0.0" }, 403],
    ["an allowed host", { hosts: ["GW.example.com"] }, { allowedHosts: ["gw.example.com"] }, "pass"],
    ["a subdomain of an allowed host", { hosts: ["a.gw.example.com"] }, { allowedHosts: ["gw.example.com"] }, 403],
    ["an allowed host and port", { hosts: ["gw.example.com:8443"] }, { allowedHosts: ["gw.example.com:8443"] }, "pass"],
    ["another port of an allowed host", { hosts: ["gw.example.com"] }, { allowedHosts: ["gw.example.com:8443"] }, 403],
    ["an allowed IPv6 address", { hosts: ["[fd00::2]:1"] }, { allowedHosts: ["fd00::2"] }, "pass"],
    ["the host of an allowed origin", { hosts: ["gw.example.com"] }, { allowedOrigins: ["https://gw.example.com/"] }, "pass"],
    ["any origin is not any host", { hosts: ["evil.com"] }, { allowedOrigins: ["*"] }, 403],
    ["no Host", { hosts: [] }, {}, 400],
    ["two Hosts", { hosts: ["localhost", "localhost"] }, {}, 400],
    ["an absolute target", { target: "http://localhost:1/a?b", hosts: ["localhost"] }, {}, "pass"],
    ["a foreign absolute target", { target: "http://evil.com/", hosts: ["localhost"] }, {}, 403],
    ["a foreign Host with our own target", { target: "http://localhost/", hosts: ["evil.com"] }, {}, 403],
    ["user info in the target", { target: "http://localhost@evil.com/", hosts: ["localhost"] }, {}, 400],
    ["a target of no sense", { target: "evil.com:443", hosts: ["localhost"] }, {}, 400],
    ["another scheme", { target: "file:///etc/passwd", hosts: ["localhost"] }, {}, 400],
  ])("%s", (_name, factChanges, allowanceChanges, expected) => {
    expect(outcome(judgeHost(facts(factChanges), allowance(allowanceChanges)))).toBe(expected);
  });

  test("an absolute target is passed on as the path that it names", () => {
    const path = (target: string) => judgeHost(facts({ target }), allowance());
    expect(path("http://localhost:1/a?b#c")).toEqual({ kind: "pass", path: "/a?b" });
    expect(path("http://localhost")).toEqual({ kind: "pass", path: "/" });
    expect(path("http://localhost?b")).toEqual({ kind: "pass", path: "/?b" });
  });

  test("HTTP/1.0 may come without a Host, but not to upgrade", () => {
    expect(outcome(judgeHost(facts({ httpVersion: "1.0", hosts: [] }), allowance()))).toBe("pass");
    expect(outcome(judgeUpgrade(facts({ httpVersion: "1.0" }), allowance()))).toBe(400);
  });

  const lan = { hosts: ["192.168.1.5:18789"], localAddress: "192.168.1.5" };
  const served = { allowedHosts: ["gw.example.com"] };
  test.each<[string, Partial<RequestFacts>, Partial<Allowance>, unknown]>([
    ["null", { origins: ["null"] }, {}, 403],
    ["null under *", { origins: ["null"] }, { allowedOrigins: ["*"] }, 403],
    ["null, listed", { origins: ["null"] }, { allowedOrigins: ["null"] }, 403],
    ["empty", { origins: [""] }, {}, 403],
    ["two", { origins: ["http://localhost", "http://localhost"] }, {}, 403],
    ["two in one", { origins: ["http://localhost http://evil.com"] }, {}, 403],
    ["foreign", { origins: ["https://evil.com"] }, {}, 403],
    ["foreign on our port", { origins: ["http://evil.com:18789"] }, {}, 403],
    ["foreign under *", { origins: ["https://evil.com"] }, { allowedOrigins: ["*"] }, "pass"],
    ["loopback, any port", { origins: ["http://localhost:5173"] }, {}, "pass"],
    ["loopback, https", { origins: ["https://127.0.0.1"] }, {}, "pass"],
    ["loopback, IPv6", { origins: ["http://[::1]:3000"] }, {}, "pass"],
    ["loopback, odd case", { origins: ["HTTP://LOCALHOST.:3000"] }, {}, "pass"],
    ["loopback by another scheme", { origins: ["ftp://localhost"] }, {}, 403],
    ["loopback page, Host not loopback", { ...lan, origins: ["http://localhost:3000"] }, {}, 403],
    ["looks like loopback", { origins: ["http://127.0.0.1.evil.com"] }, {}, 403],
    ["looks like localhost", { origins: ["http://localhost.evil.com"] }, {}, 403],
    ["octal", { origins: ["http://0177.0.0.1"] }, {}, 403],
    ["user info", { origins: ["http://localhost@evil.com"] }, {}, 403],
    ["with a path", { origins: ["http://localhost/"] }, {}, 403],
    ["IDN look-alike", { origins: ["http://xn--lcalhost-54a"] }, {}, 403],
    ["same origin", { ...lan, origins: ["http://192.168.1.5:18789"] }, {}, "pass"],
    ["same host, other port", { ...lan, origins: ["http://192.168.1.5:8080"] }, {}, 403],
    ["same origin behind a proxy that ends TLS", { hosts: ["gw.example.com"], origins: ["https://gw.example.com"] }, served, "pass"],
    ["same name, other port than the proxy's", { hosts: ["gw.example.com"], origins: ["https://gw.example.com:8443"] }, served, 403],
    ["plain page on TLS", { hosts: ["gw.example.com:443"], tls: true, origins: ["http://gw.example.com:443"] }, served, 403],
    ["listed", { origins: ["https://app.example.com"] }, { allowedOrigins: ["https://App.example.com:443/"] }, "pass"],
    ["listed with another scheme", { origins: ["http://app.example.com"] }, { allowedOrigins: ["https://app.example.com"] }, 403],
    ["listed with another port", { origins: ["https://app.example.com:444"] }, { allowedOrigins: ["https://app.example.com"] }, 403],
    ["an extension, listed", { origins: ["chrome-extension://abcdef"] }, { allowedOrigins: ["chrome-extension://abcdef"] }, "pass"],
    ["listed, but a foreign Host", { hosts: ["evil.com"], origins: ["https://app.example.com"] }, { allowedOrigins: ["https://app.example.com"] }, 403],
    ["rebinding: Host and Origin agree", { hosts: ["evil.com:18789"], origins: ["http://evil.com:18789"] }, {}, 403],
  ])("Origin: %s", (_name, factChanges, allowanceChanges, expected) => {
    expect(outcome(judgeUpgrade(facts(factChanges), allowance(allowanceChanges)))).toBe(expected);
  });

  test("is total, and quick on long input", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), fc.string(), fc.string(), (host, origin, target) => {
      judgeUpgrade(facts({ hosts: [host], origins: [origin], target }), allowance({ allowedHosts: [target], allowedOrigins: [host] }));
    }));
    const long = "a.".repeat(500_000);
    expect(outcome(judgeUpgrade(facts({ target: `http://${long}/` }), allowance()))).toBe(400);
    expect(outcome(judgeUpgrade(facts({ hosts: [long] }), allowance()))).toBe(403);
    expect(outcome(judgeUpgrade(facts({ origins: [`http://${long}`] }), allowance()))).toBe(403);
  });
});

describe("the budget of strangers", () => {
  const limits = { total: 4, perAddress: () => 2, patienceMs: 1_000 };
  const at = (ms: number) => epochMs(1_000_000 + ms);

  test("makes room by dropping the oldest of the same address once it has had its time", () => {
    const budget = new StrangerBudget<string>(limits);
    expect(budget.enter("a1", "a", at(0))).toEqual({ kind: "entered" });
    expect(budget.enter("a2", "a", at(500))).toEqual({ kind: "entered" });
    expect(budget.enter("b1", "b", at(500))).toEqual({ kind: "entered" });
    expect(budget.enter("a3", "a", at(1_000))).toEqual({ kind: "full" });
    expect(budget.enter("a3", "a", at(1_001))).toEqual({ kind: "entered", evicted: "a1" });
    expect(budget.size).toBe(3);
    budget.leave("a1");
    expect(budget.size).toBe(3);
  });

  test("full in all, the oldest of all gives way, and a place given back is free at once", () => {
    const budget = new StrangerBudget<string>(limits);
    for (const [index, name] of ["a", "b", "c", "d"].entries()) budget.enter(name, name, at(index));
    expect(budget.enter("e", "e", at(900))).toEqual({ kind: "full" });
    budget.leave("b");
    expect(budget.enter("e", "e", at(900))).toEqual({ kind: "entered" });
    expect(budget.enter("f", "f", at(2_000))).toEqual({ kind: "entered", evicted: "a" });
    expect([...budget.strangers()]).toEqual(["c", "d", "e", "f"]);
  });

  test("never holds more than its limits, whatever comes", () => {
    const move = fc.record({ id: fc.integer({ min: 0, max: 30 }), address: fc.constantFrom("a", "b", "c"), wait: fc.integer({ min: 0, max: 600 }), leaves: fc.boolean() });
    fc.assert(fc.property(fc.array(move, { maxLength: 80 }), (moves) => {
      const budget = new StrangerBudget<string>(limits);
      const inside = new Map<string, string>();
      let now = 0;
      for (const { id, address, wait, leaves } of moves) {
        now += wait;
        const stranger = `${address}${id}`;
        if (leaves) {
          budget.leave(stranger);
          inside.delete(stranger);
        } else if (!inside.has(stranger)) {
          const admission = budget.enter(stranger, address, at(now));
          if (admission.kind === "entered") inside.set(stranger, address);
          if (admission.kind === "entered" && admission.evicted !== undefined) inside.delete(admission.evicted);
        }
        expect([...budget.strangers()].sort()).toEqual([...inside.keys()].sort());
        expect(inside.size).toBeLessThanOrEqual(4);
        for (const each of ["a", "b", "c"]) expect([...inside.values()].filter((one) => one === each).length).toBeLessThanOrEqual(2);
      }
    }));
  });
});

describe("the stranger's meter", () => {
  const feed = (bytes: Buffer, step: number): boolean => {
    const meter = new StrangerMeter();
    for (let at = 0; at < bytes.length; at += step) if (!meter.accepts(bytes.subarray(at, at + step))) return false;
    return true;
  };

  test("judges by payload, however the bytes are cut", () => {
    const full = clientFrame(TEXT, "x".repeat(65_536));
    const halves = [clientFrame(TEXT_BEGIN, "x".repeat(30_000)), clientFrame(PING, "still here"), clientFrame(0x80, "x".repeat(35_536))];
    for (const step of [1, 7, 1_000, 1 << 20]) {
      expect(feed(Buffer.concat([full, full, full]), step)).toBe(true);
      expect(feed(Buffer.concat([...halves, ...halves, full]), step)).toBe(true);
      expect(feed(clientFrameHead(TEXT, 65_537), step)).toBe(false);
      expect(feed(clientFrameHead(TEXT, Number.MAX_SAFE_INTEGER), step)).toBe(false);
      expect(feed(Buffer.concat([clientFrame(TEXT_BEGIN, "x".repeat(65_536)), clientFrame(CONTINUATION, "y")]), step)).toBe(false);
    }
  });

  test("ends a flood of small frames", () => {
    expect(feed(Buffer.concat(Array.from({ length: 500_000 }, () => clientFrame(PING, ""))), 65_536)).toBe(false);
  });
});

test("a close reason is cut to 120 bytes between characters", () => {
  expect(cutCloseReason("short")).toBe("short");
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (reason) => {
    const cut = cutCloseReason(reason);
    expect(reason.startsWith(cut)).toBe(true);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(120);
    if (!reason.includes("\uFFFD")) expect(cut).not.toContain("\uFFFD");
    if (cut !== reason) expect(Buffer.byteLength(cut)).toBeGreaterThan(116);
  }));
});

test("a delay queue hands each item back once, in order, on one timer", () => {
  const clock = new HandClock();
  const due: string[] = [];
  const queue = new DelayQueue<string>(clock, 100, (item) => due.push(item));
  queue.add("a");
  clock.advance(50);
  queue.add("b");
  queue.add("a");
  expect(clock.pending).toBe(1);
  clock.advance(50);
  expect(due).toEqual(["a"]);
  queue.delete("b");
  expect(clock.pending).toBe(0);
  queue.add("c");
  queue.drain();
  expect(due).toEqual(["a", "c"]);
  expect(clock.pending).toBe(0);
});

describe("liveness", () => {
  test("a peer is pinged every 25 s and given up when it leaves a ping unanswered for 25 s", async () => {
    const { url, clock, calls } = await begin();
    const lively = await dial(url);
    const deaf = await dial(url, { autoPong: false });
    const pings = { lively: 0, deaf: 0 };
    lively.on("ping", () => (pings.lively += 1));
    deaf.on("ping", () => (pings.deaf += 1));
    await clock.pass(24_999);
    expect(pings).toEqual({ lively: 0, deaf: 0 });
    for (let round = 1; round <= 2; round += 1) {
      const pinged = once(lively, "ping");
      await clock.pass(round === 1 ? 1 : 25_000);
      await pinged;
      // The pong has left the client before its message has, so the server has heard it once it hears that.
      lively.send(`round ${round}`);
      while (calls[0]!.texts.length < round) await new Promise(setImmediate);
    }
    expect(await calls[1]!.ended).toEqual({ code: 1006, reason: "" });
    expect(pings.deaf).toBe(1);
    expect(lively.readyState).toBe(WebSocket.OPEN);
  });

  test("a peer in the middle of a long message is not given up, one that sends whole messages and no pong is", async () => {
    const { port, clock, calls } = await begin();
    const uploader = await RawPeer.dial(port);
    uploader.askForUpgrade();
    await uploader.response();
    const talker = await RawPeer.dial(port);
    talker.askForUpgrade();
    await talker.response();
    cleanups.push(() => [uploader, talker].forEach((peer) => peer.end()));
    for (const { connection } of calls) connection.admit();
    uploader.write(clientFrameHead(TEXT, 200_000));
    for (let round = 0; round < 4; round += 1) {
      await clock.pass(25_000);
      uploader.write("x".repeat(50_000));
      if (round < 1) talker.write(clientFrame(TEXT, "hi"));
      if (round === 0) while (calls[1]!.texts.length === 0) await new Promise(setImmediate);
      await uploader.frame();
      await turns(20);
    }
    expect((await calls[1]!.ended).code).toBe(1006);
    while (calls[0]!.texts.length === 0) await new Promise(setImmediate);
    expect(calls[0]!.texts[0]!.length).toBe(200_000);
  });
});

describe("a burst", () => {
  test("of one turn leaves as one write, counted as buffered until then", async () => {
    const { port, calls } = await begin();
    const peer = await RawPeer.dial(port);
    cleanups.push(() => peer.end());
    peer.askForUpgrade();
    await peer.response();
    let chunks = 0;
    peer.socket.on("data", () => (chunks += 1));
    const { connection } = calls[0]!;
    for (let count = 0; count < 100; count += 1) connection.send(`{"n":${count}}`);
    expect(connection.bufferedBytes).toBeGreaterThan(700);
    for (let count = 0; count < 100; count += 1) expect((await peer.frame())!.payload.toString()).toBe(`{"n":${count}}`);
    expect(chunks).toBe(1);
    expect(connection.bufferedBytes).toBe(0);
  });
});

describe("what the gateway is told of a peer", () => {
  test("are the headers it judges, and no others", async () => {
    const { url, port, calls } = await begin();
    await dial(url, {
      origin: "http://localhost:3000",
      headers: {
        "User-Agent": "probe/1", Cookie: "secret", Authorization: "Bearer secret", Forwarded: "for=1.2.3.4", Via: "1.1 proxy",
        "X-Forwarded-For": ["1.2.3.4", "5.6.7.8"], "X-Forwarded-Proto": "https", "X-Real-IP": "1.2.3.4", "CF-Connecting-IP": "1.2.3.4",
        "Tailscale-User-Login": "me@example.com", "Tailscale-User-Name": "Me", "X-OpenClaw-Scopes": "operator.admin",
      },
    });
    const { peer } = calls[0]!.connection;
    expect(peer).toEqual({
      address: "127.0.0.1",
      tls: false,
      dialled: `127.0.0.1:${port}`,
      headers: {
        origin: "http://localhost:3000", forwarded: "for=1.2.3.4", via: "1.1 proxy",
        "x-forwarded-for": "1.2.3.4, 5.6.7.8", "x-forwarded-proto": "https", "x-real-ip": "1.2.3.4", "cf-connecting-ip": "1.2.3.4",
        "tailscale-user-login": "me@example.com", "tailscale-user-name": "Me", "x-openclaw-scopes": "operator.admin",
      },
    });
  });

  test("includes TLS, and a mapped IPv4 address is told as IPv4", async () => {
    const { transport, calls, port, clock } = await begin({ host: "::", tls: { key: TEST_KEY, cert: TEST_CERTIFICATE }, strangers: { perAddress: 2 } });
    expect(transport.address().host).toBe("::");
    const open: WebSocket[] = [];
    for (let count = 0; count < 5; count += 1) {
      open.push(await dial(`wss://localhost:${port}`, { rejectUnauthorized: false, family: 4 }));
      calls[count]!.connection.admit();
    }
    expect(calls[0]!.connection.peer).toMatchObject({ tls: true, address: "127.0.0.1" });
    const stray = await RawPeer.dial(port);
    await stray.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").gone;
    const status = await new Promise((resolve) => {
      requestTls({ port, host: "127.0.0.1", rejectUnauthorized: false, agent: false }, (response) => resolve(response.resume().statusCode)).end();
    });
    expect(status).toBe(404);
    clock.advance(1_001);
    // The TCP connection under a TLS one is what counts, gives way and is given back.
    for (let count = 0; count < 2; count += 1) open.push(await dial(`wss://localhost:${port}`, { rejectUnauthorized: false, family: 4 }));
    expect(await statusOf(`wss://localhost:${port}`, { rejectUnauthorized: false, family: 4 })).toBe(503);
    clock.advance(1_001);
    open.push(await dial(`wss://localhost:${port}`, { rejectUnauthorized: false, family: 4 }));
    expect((await calls[5]!.ended).code).toBe(1006);
  });
});

describe("a server of its own", () => {
  test("answers plain HTTP through the routes, else with 404, for allowed Hosts only", async () => {
    const seen: string[] = [];
    const { port } = await begin({
      routes: (request, response) => {
        seen.push(request.url ?? "");
        if (request.url !== "/healthz") return false;
        response.end("ok");
        return true;
      },
    });
    const ask = async (head: string) => {
      const peer = await RawPeer.dial(port);
      cleanups.push(() => peer.end());
      return peer.write(`${head}\r\n\r\n`).response();
    };
    expect(await ask("GET /healthz HTTP/1.1\r\nHost: localhost")).toMatchObject({ status: 200, headers: { "content-length": "2" } });
    expect(await ask("GET http://localhost/healthz HTTP/1.1\r\nHost: localhost")).toMatchObject({ status: 200 });
    expect(await ask("GET /nothing HTTP/1.1\r\nHost: localhost")).toMatchObject({ status: 404, body: "Not found" });
    expect(await ask("GET /healthz HTTP/1.0")).toMatchObject({ status: 200 });
    expect(seen).toEqual(["/healthz", "/healthz", "/nothing", "/healthz"]);
    const refused = await ask("GET /healthz HTTP/1.1\r\nHost: evil.com");
    expect(refused?.status).toBe(403);
    expect(JSON.parse(refused?.body ?? "")).toEqual({ error: { type: "forbidden_host", message: expect.stringContaining("gateway.controlUi.allowedOrigins") } });
    expect((await ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost"))?.status).toBe(400);
    expect((await ask("GET /healthz HTTP/1.1"))?.status).toBe(400);
    expect((await ask("GET http://evil.com/healthz HTTP/1.1\r\nHost: localhost"))?.status).toBe(403);
    expect(seen).toHaveLength(4);
  });

  test("serves a request that would like another protocol as if it had not asked", async () => {
    const { port } = await begin({
      routes: (request, response) => {
        response.end(`plain ${request.url}`);
        return true;
      },
    });
    const peer = await RawPeer.dial(port);
    cleanups.push(() => peer.end());
    peer.write("GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n");
    expect(await peer.response()).toMatchObject({ status: 200, body: "plain /a", headers: { connection: "close" } });
    await peer.gone;
    const poster = await RawPeer.dial(port);
    cleanups.push(() => poster.end());
    poster.write("POST /a HTTP/1.1\r\nHost: evil.com\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}");
    expect((await poster.response())?.status).toBe(400);
  });

  test("asks for what is allowed on each use", async () => {
    const origins: string[] = [];
    const { url } = await begin({ allowedOrigins: () => origins });
    expect(await statusOf(url, { origin: "https://app.example.com" })).toBe(403);
    origins.push("https://app.example.com");
    expect(await statusOf(url, { origin: "https://app.example.com" })).toBe(101);
  });

  test("tells the log what it refused, once a second", async () => {
    const lines: unknown[] = [];
    const note = (message: string, fields?: LogFields) => void lines.push({ message, ...fields });
    const { url, clock } = await begin({ log: { debug: note, info: note, warn: note, error: note } });
    for (let count = 0; count < 3; count += 1) await statusOf(url, { origin: "https://evil.com" });
    clock.advance(1_000);
    await statusOf(url, { headers: { Host: "evil.com" } });
    expect(lines).toEqual([
      expect.objectContaining({ reason: "forbidden_origin", origin: "https://evil.com", address: "127.0.0.1", untold: 0 }),
      expect.objectContaining({ reason: "forbidden_host", host: "evil.com", untold: 2 }),
    ]);
  });

  test("refuses to start on a taken port, and gives its own back", async () => {
    const { transport, port, url } = await begin();
    const second = new WsTransport({ clock: new HandClock(), host: "127.0.0.1", port });
    await expect(second.start(() => ({ message: () => {}, closed: () => {} }))).rejects.toMatchObject({ code: "EADDRINUSE" });
    await second.stop();
    const idle = await RawPeer.dial(port);
    const ws = await dial(url);
    const closed = once(ws, "close");
    await transport.stop();
    expect((await closed)[0]).toBe(1012);
    await idle.gone;
    const third = await begin({ port });
    expect(third.port).toBe(port);
  });

  test("paused, it answers upgrades with 503 and HTTP as before", async () => {
    const { transport, url, port } = await begin();
    transport.pause();
    expect(await statusOf(url)).toBe(503);
    const peer = await RawPeer.dial(port);
    cleanups.push(() => peer.end());
    expect((await peer.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").response())?.status).toBe(404);
  });

  test("ends a peer that does not answer the close within a second of stopping", async () => {
    const { transport, clock, port, calls } = await begin();
    const mute = await RawPeer.dial(port);
    mute.askForUpgrade();
    await mute.response();
    const stopping = transport.stop();
    expect(await mute.closeFrame()).toEqual({ code: 1012, reason: "service restart" });
    await clock.pass(1_000);
    await stopping;
    await mute.gone;
    expect(await calls[0]!.ended).toEqual({ code: 1012, reason: "service restart" });
    expect(clock.pending).toBe(0);
  });
});

describe("attached to a server that has routes", () => {
  const usersServer = () => createServer((request, response) => response.end(`user ${request.url}`));
  const get = async (port: number, head: string) => {
    const peer = await RawPeer.dial(port);
    cleanups.push(() => peer.end());
    return (await peer.write(`${head}\r\n\r\n`).response())?.body;
  };

  test("takes upgrades only, of its path only, and leaves the server open when it stops", async () => {
    const server = usersServer();
    const port = await listening(server);
    const { transport, calls } = await begin({ clock: new HandClock(), attachTo: { server, path: "/gateway" } });
    const ws = await dial(`ws://127.0.0.1:${port}/gateway?x=1`);
    expect(calls).toHaveLength(1);
    expect(await statusOf(`ws://127.0.0.1:${port}/other`)).toBe(404);
    expect(await statusOf(`ws://127.0.0.1:${port}/gateway`, { origin: "https://evil.com" })).toBe(403);
    expect(await get(port, "GET /gateway HTTP/1.1\r\nHost: users.example.com")).toBe("user /gateway");
    expect(await get(port, "GET /h2 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c")).toBe("user /h2");
    const closed = once(ws, "close");
    await transport.stop();
    expect((await closed)[0]).toBe(1012);
    expect(server.listening).toBe(true);
    expect(server.listenerCount("upgrade")).toBe(0);
    expect(await get(port, "GET /still HTTP/1.1\r\nHost: x")).toBe("user /still");
  });

  test("leaves other upgrades to those who listen for them, whoever came first", async () => {
    const server = usersServer();
    const port = await listening(server);
    const users = new WebSocketServer({ noServer: true });
    server.on("upgrade", (request, socket, head) => {
      if (request.url === "/live") users.handleUpgrade(request, socket, head, (ws) => ws.send("user's own"));
    });
    const { calls } = await begin({ clock: new HandClock(), attachTo: { server } });
    const own = new WebSocket(`ws://127.0.0.1:${port}/live`);
    cleanups.push(() => own.terminate());
    expect(String((await once(own, "message"))[0])).toBe("user's own");
    await dial(`ws://127.0.0.1:${port}/`);
    expect(calls).toHaveLength(1);
  });

  test("alone and without a path it takes every upgrade; strangers are counted from there", async () => {
    const server = usersServer();
    const port = await listening(server);
    const { calls, clock } = await begin({ clock: new HandClock(), attachTo: { server }, strangers: { perAddress: 2 } });
    for (const path of ["/a", "/b"]) await dial(`ws://127.0.0.1:${port}${path}`);
    expect(await statusOf(`ws://127.0.0.1:${port}/c`)).toBe(503);
    calls[0]!.connection.admit();
    expect(await statusOf(`ws://127.0.0.1:${port}/d`)).toBe(101);
    clock.advance(1_001);
    expect(await statusOf(`ws://127.0.0.1:${port}/e`)).toBe(101);
    expect((await calls[1]!.ended).code).toBe(1006);
    expect(await get(port, "GET / HTTP/1.1\r\nHost: x")).toBe("user /");
  });
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
}

// For this test alone: self-signed for localhost, trusted by nobody.
const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgCcQFxYJXpq4vmG1Q
asUtAV2UPv4Sq7YQF3l1gwRKkyihRANCAASoPIXD16IGyatUxbGIjkvVwtiddT00
783Z6ihvS6Kr3p1u7EltcQprtJMRi1VlDI1t0h0HIgM/gtECuWmRAVYU
-----END PRIVATE KEY-----
`;
const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUZWNcmzKTdX8XlDyTikZ6r7QLcvYwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjIzNTQ0MloYDzIxMjYxMDI5
MjM1NDQyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASoPIXD16IGyatUxbGIjkvVwtiddT00783Z6ihvS6Kr3p1u7EltcQpr
tJMRi1VlDI1t0h0HIgM/gtECuWmRAVYUo1MwUTAdBgNVHQ4EFgQUB4gpg5aujpSD
hJopipUBLrIy3FswHwYDVR0jBBgwFoAUB4gpg5aujpSDhJopipUBLrIy3FswDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAolrXCTFXNhfZuidBmezP
2Swnh6WgQBn9tBvoylkLOkMCIQDnbLyO2d35t9wYX5nwUetk/kUDfXsTBLOKoHOp
sVYt0w==
-----END CERTIFICATE-----
`;
