import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { WebSocket } from "ws";
import { WsTransport } from "../../src/adapters/transport/ws/index.js";
import type { OwnServerOptions } from "../../src/adapters/transport/ws/index.js";
import type { Connection } from "../../src/ports/transport.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { CONTINUATION, PING, RawPeer, TEXT, TEXT_BEGIN, clientFrame, clientFrameHead } from "../stand-ins/raw-peer.js";

// Before admission every peer is an attacker. Each test ends by showing that an honest one is still served.

interface Heard {
  readonly connection: Connection;
  readonly texts: string[];
  readonly ended: Promise<{ code: number; reason: string }>;
}

let clock: HandClock;
let transport: WsTransport;
let port: number;
let heard: Heard[];
let attackers: RawPeer[];

async function begin(options: Partial<OwnServerOptions> = {}): Promise<void> {
  clock = new HandClock();
  heard = [];
  attackers = [];
  transport = new WsTransport({ clock, host: "127.0.0.1", port: 0, ...options });
  await transport.start((connection) => {
    let settle: (ending: { code: number; reason: string }) => void = () => {};
    const line: Heard = { connection, texts: [], ended: new Promise((resolve) => (settle = resolve)) };
    heard.push(line);
    return {
      message: (text) => {
        line.texts.push(text);
        connection.send(`heard ${text.length}`);
      },
      closed: (code, reason) => settle({ code, reason }),
    };
  });
  ({ port } = transport.address());
}

beforeEach(() => begin());

afterEach(async () => {
  const honest = await openHonest();
  honest.send("hello");
  expect(String((await once(honest, "message"))[0])).toBe("heard 5");
  honest.close();
  await once(honest, "close");
  for (const attacker of attackers) attacker.end();
  await transport.stop();
  expect(clock.pending).toBe(0);
});

async function openHonest(): Promise<WebSocket> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await once(ws, "open");
  return ws;
}

async function attack(): Promise<RawPeer> {
  const attacker = await RawPeer.dial(port);
  attackers.push(attacker);
  return attacker;
}

/** An attacker whose upgrade went through. */
async function intrude(): Promise<RawPeer> {
  const attacker = await attack();
  attacker.askForUpgrade();
  expect((await attacker.response())?.status).toBe(101);
  return attacker;
}

describe("O: pages of strangers", () => {
  const forwarding = { "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "evil.com", "X-Forwarded-Proto": "https", Forwarded: "for=127.0.0.1;host=evil.com" };

  test.each([
    "https://evil.com", "http://127.0.0.1.evil.com", "http://localhost.evil.com", "http://evil.com:18789", "null", "", "http://localhost@evil.com",
    "file://", "http://2130706433", "http://0177.0.0.1", "https://ex\u00e4mple.com", "http://xn--lcalhost-54a", "javascript:alert(1)",
  ])("O1 O2: Origin %j is refused before any frame, with and without forwarding headers", async (origin) => {
    for (const extra of [{}, forwarding]) {
      const attacker = await attack();
      attacker.askForUpgrade({ Origin: origin, ...extra });
      const response = await attacker.response();
      expect(response?.status).toBe(403);
      expect(response?.headers["content-type"]).toMatch(/^application\/json/);
      expect(JSON.parse(response?.body ?? "")).toEqual({ error: { type: "forbidden_origin", message: expect.stringContaining("gateway.controlUi.allowedOrigins") } });
      expect(await attacker.frame()).toBeUndefined();
    }
    expect(heard).toHaveLength(0);
  });

  test("O2: two Origins are none of ours", async () => {
    const attacker = await attack();
    attacker.askForUpgrade({ Origin: "http://localhost\r\nOrigin: https://evil.com" });
    expect((await attacker.response())?.status).toBe(403);
  });

  test.each([
    ["evil.com", 403], ["127.0.0.1.evil.com", 403], ["127.evil.com", 403], ["localhost.evil.com", 403], ["0177.0.0.1", 403], ["2130706433", 403],
    ["evil.com:18789", 403], ["user@127.0.0.1", 403], [undefined, 400], ["localhost\r\nHost: evil.com", 400], ["evil.com\r\nHost: localhost", 400],
    ["localhost", "served"], ["LOCALHOST.:1", "served"], ["[::1]", "served"], ["[::ffff:127.0.0.1]:9", "served"],
  ])("O4 D4: Host %j, on HTTP and on WebSocket: %s", async (host, expected) => {
    const page = await attack();
    page.write(`GET / HTTP/1.1\r\n${host === undefined ? "" : `Host: ${host}\r\n`}\r\n`);
    expect((await page.response())?.status).toBe(expected === "served" ? 404 : expected);
    const upgrade = await attack();
    upgrade.askForUpgrade({ Host: host });
    expect((await upgrade.response())?.status).toBe(expected === "served" ? 101 : expected);
  });

  test.each([
    ["http://evil.com/", 403], ["ws://evil.com/", 403], ["http://localhost@evil.com/", 400], ["http://127.0.0.1.evil.com/", 403],
    ["evil.com:80", 400], ["http://", 400], ["http://localhost:18789/path", "served"],
  ])("O4: absolute target %j: %s", async (target, expected) => {
    const page = await attack();
    page.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    expect((await page.response())?.status).toBe(expected === "served" ? 404 : expected);
    const upgrade = await attack();
    upgrade.askForUpgrade({}, `GET ${target} HTTP/1.1`);
    expect((await upgrade.response())?.status).toBe(expected === "served" ? 101 : expected);
  });
});

describe("X1: squatters", () => {
  test("idle TCP connections and silent upgrades fill the budget, yet an owner gets in once they have had their second", async () => {
    await transport.stop();
    await begin({ strangers: { total: 100, perAddress: 8 } });
    const idle = await Promise.all(Array.from({ length: 4 }, () => attack()));
    const silent: RawPeer[] = [];
    for (let count = 0; count < 4; count += 1) silent.push(await intrude());
    const late = await attack();
    late.askForUpgrade();
    expect(await late.response()).toMatchObject({ status: 503, body: "Too many unauthenticated sockets", headers: { "retry-after": "1" } });
    const page = await attack();
    expect((await page.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").response())?.status).toBe(503);
    clock.advance(1_001);
    await intrude();
    await idle[0]!.gone;
    await intrude();
    await idle[1]!.gone;
    expect(await Promise.race([silent[0]!.gone.then(() => "gone"), idle[3]!.gone.then(() => "gone"), turn().then(() => "stays")])).toBe("stays");
    clock.advance(1_001);
  });

  test("those admitted are not counted", async () => {
    await transport.stop();
    await begin({ strangers: { perAddress: 2 } });
    for (let count = 0; count < 6; count += 1) {
      await intrude();
      heard[count]!.connection.admit();
    }
  });

  test("a place comes free as soon as a stranger leaves", async () => {
    await transport.stop();
    await begin({ strangers: { perAddress: 1 } });
    for (let count = 0; count < 3; count += 1) {
      const attacker = await intrude();
      attacker.end();
      await heard[count]!.ended;
    }
  });

  test("more than are worth an answer are cut off", async () => {
    await transport.stop();
    await begin({ strangers: { perAddress: 2 } });
    await attack();
    await attack();
    const crowd = await Promise.all(Array.from({ length: 80 }, () => attack()));
    // 64 of the 80 may wait for their answer; once 16 are gone, all have arrived.
    let gone = 0;
    await new Promise<void>((resolve) => crowd.forEach((peer) => void peer.gone.then(() => (gone += 1) === 16 && resolve())));
    clock.advance(1_001);
    await Promise.all(crowd.map(({ gone }) => gone));
  });

  test.each([
    ["an upgrade that the Connection header does not name", { Connection: "keep-alive" }, "GET / HTTP/1.1", 404],
    ["an upgrade by HTTP/1.0", {}, "GET / HTTP/1.0", 400],
    ["a POST", {}, "POST / HTTP/1.1", 405],
    ["no key", { "Sec-WebSocket-Key": undefined }, "GET / HTTP/1.1", 400],
    ["an old version", { "Sec-WebSocket-Version": "7" }, "GET / HTTP/1.1", 400],
    ["a broken subprotocol", { "Sec-WebSocket-Protocol": ",," }, "GET / HTTP/1.1", 400],
    ["headers without end", { "X-Long": "x".repeat(20_000) }, "GET / HTTP/1.1", 431],
    ["X6: a target of 1 MB", {}, `GET /${"a".repeat(1 << 20)} HTTP/1.1`, 431],
    ["X6: an absolute target of 1 MB", {}, `GET http://localhost/${"%2e".repeat(350_000)} HTTP/1.1`, 431],
    ["P6: the PROXY protocol", {}, "PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\nGET / HTTP/1.1", 400],
  ])("%s is refused", async (_name, headers, requestLine, status) => {
    const attacker = await attack();
    attacker.askForUpgrade(headers, requestLine);
    expect((await attacker.response())?.status).toBe(status);
    expect(heard).toHaveLength(0);
  });

  test("P6: the binary PROXY protocol is refused, and CONNECT is not served", async () => {
    const proxy = await attack();
    proxy.write(Buffer.from("0d0a0d0a000d0a515549540a20110c007f0000017f00000100010002", "hex"));
    expect((await proxy.response())?.status).toBe(400);
    await (await attack()).write("CONNECT evil.com:443 HTTP/1.1\r\nHost: evil.com:443\r\n\r\n").gone;
  });

  test("a refused peer that keeps its end open is cut off a second later", async () => {
    const attacker = await attack();
    attacker.socket.allowHalfOpen = true;
    attacker.askForUpgrade({ Origin: "null" });
    expect((await attacker.response())?.status).toBe(403);
    await once(attacker.socket, "end");
    attacker.write("still here");
    for (let count = 0; count < 20; count += 1) await turn();
    expect(attacker.socket.destroyed).toBe(false);
    await clock.pass(1_000);
    while (!attacker.socket.destroyed) await new Promise((resolve) => attacker.socket.write("anyone?", resolve));
  });

  test("resets at any moment raise no error", async () => {
    for (const stage of ["connected", "headers", "asked", "refused", "open", "frame", "closing"]) {
      const attacker = await attack();
      if (stage === "headers") attacker.write("GET / HTTP/1.1\r\nHost: loc");
      if (stage === "refused") attacker.askForUpgrade({ Origin: "null" });
      if (["asked", "open", "frame", "closing"].includes(stage)) attacker.askForUpgrade();
      if (["open", "frame", "closing"].includes(stage)) await attacker.response();
      if (stage === "frame") attacker.write(clientFrameHead(TEXT, 100));
      if (stage === "closing") heard.at(-1)!.connection.close(1008);
      attacker.socket.resetAndDestroy();
      await attacker.gone;
    }
    const last = await intrude();
    heard.at(-1)!.connection.send("into the void");
    last.socket.resetAndDestroy();
    heard.at(-1)!.connection.send("x".repeat(1 << 20));
    expect((await heard.at(-1)!.ended).code).toBe(1006);
  });
});

describe("X2: sizes and frames", () => {
  const tooLarge = { code: 1009, reason: "preauth payload too large" };

  test("65,536 bytes are heard, 65,537 are told off, whether whole, in parts or merely announced", async () => {
    const exact = await intrude();
    exact.write(clientFrame(TEXT, "x".repeat(65_536)));
    expect((await exact.frame())?.payload.toString()).toBe("heard 65536");
    for (const bytes of [
      clientFrame(TEXT, "x".repeat(65_537)),
      Buffer.concat([clientFrame(TEXT_BEGIN, "x".repeat(40_000)), clientFrame(PING, "hm"), clientFrame(CONTINUATION, "x".repeat(25_537))]),
      clientFrameHead(TEXT, 65_537),
      clientFrameHead(TEXT, 30 * 1_048_576),
      clientFrameHead(TEXT, Number.MAX_SAFE_INTEGER),
      Buffer.concat([clientFrame(TEXT, "fine"), clientFrame(0x82, "x".repeat(10_485_760))]),
    ]) {
      const attacker = await intrude();
      attacker.write(bytes);
      expect(await attacker.closeFrame()).toEqual(tooLarge);
      attacker.end();
      expect(await heard.at(-1)!.ended).toEqual(tooLarge);
    }
  });

  test("what is too large is not kept: memory stays flat while it pours in", async () => {
    const attacker = await intrude();
    attacker.write(clientFrameHead(TEXT, 20 * 1_048_576));
    expect(await attacker.closeFrame()).toEqual(tooLarge);
    const before = process.memoryUsage().arrayBuffers;
    const chunk = Buffer.alloc(1_048_576, "x");
    for (let count = 0; count < 20 && !attacker.socket.destroyed; count += 1) {
      await new Promise((resolve) => attacker.socket.write(chunk, resolve));
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1_048_576);
  });

  test("a million fragments of one byte are cut short, before admission and after", async () => {
    const fragments = Buffer.concat(Array.from({ length: 10_000 }, () => clientFrame(CONTINUATION, "x")));
    for (const isAdmitted of [false, true]) {
      const attacker = await intrude();
      if (isAdmitted) heard.at(-1)!.connection.admit();
      attacker.write(clientFrame(TEXT_BEGIN, "{"));
      for (let count = 0; count < 100; count += 1) attacker.write(fragments);
      expect((await attacker.closeFrame())?.code).toBe(1008);
      expect((await heard.at(-1)!.ended).code).toBe(1008);
      expect(heard.at(-1)!.texts).toEqual([]);
    }
  });

  test("a flood of pings is cut short, whether or not its pongs are read", async () => {
    const pings = Buffer.concat(Array.from({ length: 10_000 }, () => clientFrame(PING, "")));
    for (const reads of [true, false]) {
      const attacker = await intrude();
      if (!reads) attacker.socket.pause();
      for (let count = 0; count < 100; count += 1) attacker.write(pings);
      expect([1006, 1009]).toContain((await heard.at(-1)!.ended).code);
    }
  });

  test.each<[string, Buffer, number]>([
    ["text that is not UTF-8", clientFrame(TEXT, new Uint8Array([0xc3, 0x28])), 1007],
    ["binary that is not UTF-8", clientFrame(0x82, new Uint8Array([0xed, 0xa0, 0x80])), 1007],
    ["X5: a compressed frame that was never agreed on", clientFrame(TEXT | 0x40, "x"), 1002],
    ["a reserved opcode", clientFrame(0x83, "x"), 1002],
    ["a continuation of nothing", clientFrame(0x80, "x"), 1002],
    ["a ping in parts", clientFrame(0x09, "x"), 1002],
    ["a long ping", clientFrame(PING, "x".repeat(126)), 1002],
    ["an unmasked frame", Buffer.from([TEXT, 1, 0x78]), 1002],
    ["a close with a forbidden code", clientFrame(0x88, new Uint8Array([0x03, 0xed])), 1002],
  ])("%s closes", async (_name, bytes, code) => {
    const attacker = await intrude();
    attacker.write(bytes);
    expect((await attacker.closeFrame())?.code).toBe(code);
    attacker.end();
    expect((await heard.at(-1)!.ended).code).toBe(code);
    expect(heard.at(-1)!.texts).toEqual([]);
  });

  test("X5: compression is not agreed to", async () => {
    const attacker = await attack();
    attacker.askForUpgrade({ "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" });
    const response = await attacker.response();
    expect(response?.status).toBe(101);
    expect(response?.headers["sec-websocket-extensions"]).toBeUndefined();
  });

  test("a first frame that comes along with the upgrade request is heard and counted", async () => {
    const eager = await attack();
    eager.socket.cork();
    eager.askForUpgrade().write(clientFrame(TEXT, "early")).socket.uncork();
    expect((await eager.response())?.status).toBe(101);
    expect((await eager.frame())?.payload.toString()).toBe("heard 5");
    const greedy = await attack();
    greedy.socket.cork();
    greedy.askForUpgrade().write(clientFrameHead(TEXT, 65_537)).socket.uncork();
    expect((await greedy.response())?.status).toBe(101);
    expect(await greedy.closeFrame()).toEqual(tooLarge);
  });

  test("a stranger that was told to go cannot pour in what it likes until then", async () => {
    const attacker = await intrude();
    heard[0]!.connection.close(1008, "no");
    expect(await attacker.closeFrame()).toEqual({ code: 1008, reason: "no" });
    attacker.write(clientFrame(TEXT, "x".repeat(10_485_760)));
    expect(await heard[0]!.ended).toEqual({ code: 1008, reason: "no" });
    expect(heard[0]!.texts).toEqual([]);
  });

  test("Z2: any bytes after the upgrade, or instead of it, end in a refusal at worst", async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, isUpgraded) => {
      const attacker = isUpgraded ? await intrude() : await attack();
      attacker.write(bytes);
      attacker.socket.end();
      await attacker.gone;
      attackers.pop();
    }), { numRuns: 60 });
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
