import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { AddressLocality } from "../../src/adapters/system/index.js";
import { HttpWebFetch } from "../../src/adapters/web/fetch/index.js";
import type { HttpWebFetchOptions } from "../../src/adapters/web/fetch/index.js";
import type { PeerLocality } from "../../src/ports/peer-locality.js";
import type { WebFetched } from "../../src/ports/web-fetch.js";
import { HandClock } from "../../src/testing/hand-clock.js";

// Two servers on one port: the attacker's own on ::1, which stands for a public address here, and on 127.0.0.1 one that
// must never be reached. Each test ends by showing that an honest file is still fetched, and that nothing is left open.

const real = new AddressLocality();
const STANDS_FOR = "2606:4700:4700::1111";
const locality: PeerLocality = {
  classify: (address) => real.classify(address),
  isWithin: (address, ranges) => real.isWithin(address === "::1" ? STANDS_FOR : address, ranges),
};

const IDLE_MS = 15_000;
const TOTAL_MS = 120_000;
const CANARY = "canary-7f3a91";

let clock: HandClock;
let evil: Server;
let victim: Server;
let port: number;
let visits: number;
/** What the attacker's server does with a request; `path` of its first line. */
let behave: (socket: Socket, path: string) => void;
let asked: string[];
let dns: Record<string, readonly (readonly string[])[]>;
let clientSockets: number;

const onClientSocket = (): void => {
  clientSockets += 1;
};

/** The default quality would take seconds to find out that zeros repeat. */
const squeezed = (bytes: Buffer): Buffer => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });

const html = (head: string, body = ""): string => `HTTP/1.1 ${head}\r\nConnection: close\r\n\r\n${body}`;
const redirectTo = (location: string, status = 302): string => html(`${status} Found\r\nLocation: ${location}\r\nContent-Length: 0`);
const honest = (socket: Socket): void => void socket.end(html("200 OK\r\nContent-Type: image/png\r\nContent-Length: 5", "hello"));

/** Answers each name with its answers in turn, the last one for ever. */
async function resolve(name: string): Promise<readonly string[]> {
  const turn = asked.filter((one) => one === name).length;
  asked.push(name);
  const answers = dns[name] ?? [];
  const answer = answers[Math.min(turn, answers.length - 1)];
  if (answer === undefined) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" });
  return answer;
}

const webOf = (options: Partial<HttpWebFetchOptions> = {}): HttpWebFetch =>
  new HttpWebFetch({ clock, locality, resolve, ports: [port], idleMs: IDLE_MS, totalMs: TOTAL_MS, ownNetworks: () => [], ...options });

const get = (url: string, maxBytes = 1_000_000): Promise<WebFetched> => webOf().fetch({ url, maxBytes });

async function listen(server: Server, host: string, at = 0): Promise<number> {
  server.listen({ port: at, host, ipv6Only: true });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** The victim has the attacker's port at another address, unless somebody else has it there: then the attacker takes another. */
async function listensToo(): Promise<boolean> {
  try {
    await listen(victim, "127.0.0.1", port);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== "EADDRINUSE") throw error;
    await new Promise((closed) => { evil.close(closed); });
    return false;
  }
}

/** Reads to the end or the error. */
async function drain(fetched: WebFetched): Promise<{ readonly bytes: number; readonly error?: { readonly code: string; readonly message: string } }> {
  if (fetched.kind !== "fetched") throw new Error(`refused: ${fetched.reason}`);
  let bytes = 0;
  try {
    for await (const chunk of fetched.bytes) bytes += chunk.byteLength;
  } catch (error) {
    return { bytes, error: error as { code: string; message: string } };
  }
  return { bytes };
}

/** Settled once the attacker's connection is over, however it came to that. */
const goneOf = (socket: Socket): Promise<void> => new Promise((gone) => void socket.on("close", () => gone()));

const codeOf = (fetched: WebFetched): string => (fetched.kind === "refused" ? fetched.code : "fetched");

beforeEach(async () => {
  clock = new HandClock();
  asked = [];
  dns = { "evil.test": [["::1"]] };
  behave = honest;
  visits = 0;
  evil = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (head: Buffer) => behave(socket, head.toString("latin1").split(" ")[1] ?? ""));
  });
  victim = createServer((socket) => {
    visits += 1;
    socket.on("error", () => {});
    socket.end(html("200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6", "secret"));
  });
  do port = await listen(evil, "::1");
  while (!(await listensToo()));
  clientSockets = 0;
  subscribe("net.client.socket", onClientSocket);
});

afterEach(async () => {
  behave = honest;
  const before = clientSockets;
  expect(await drain(await get(`http://evil.test:${port}/cat.png`))).toEqual({ bytes: 5 });
  expect(clientSockets).toBe(before + 1);
  unsubscribe("net.client.socket", onClientSocket);
  expect(visits).toBe(0);
  expect(clock.pending).toBe(0);
  for (const server of [evil, victim]) {
    const closed = once(server, "close");
    server.close();
    await closed;
  }
});

describe("C3: an address that is not public", () => {
  test.each([
    "127.0.0.1", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001", "127.0.0.1.", "127.255.255.254",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]",
    "0.0.0.0", "0", "0.1.2.3", "[::]", "[0:0::0]",
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16",
    "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "[::ffff:169.254.169.254]", "[::ffff:10.0.0.1]",
    "[fc00::1]", "[fd00:ec2::254]", "[fe80::1]", "[febf::1]", "[fec0::1]", "[ff02::1]", "[ff0e::1]", "[100::1]", "[5f00::1]", "[4000::1]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b::8.8.8.8]", "[64:ff9b:1::10.0.0.1]", "[2002:7f00:1::]", "[2002:0808:0808::1]", "[2001::1]", "[2001:0:7f00:1::]",
    "[2001:db8::1]", "[3fff::1]", "[3ffe::1]", "[2001:2::1]", "[2001:10::1]", "[2001:20::1]",
    "１２７.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "%31%32%37.0.0.1", "0X7F.1", "[::FFFF:127.0.0.1]",
  ])("C3: written as %s, in a URL, is refused before a socket exists", async (host) => {
    expect(codeOf(await get(`http://${host}:${port}/`))).toBe("private-address");
    expect(codeOf(await get(`https://${host}:${port}/`))).toBe("private-address");
    expect([clientSockets, asked]).toEqual([0, []]);
  });

  test.each([
    ["localhost", "127.0.0.1"], ["localhost.", "127.0.0.1"], ["LOCALHOST", "127.0.0.1"], ["localhost", "::ffff:127.0.0.1"], ["127.evil.com", "127.0.0.1"],
    ["127.0.0.1.nip.test", "127.0.0.1"], ["printer.local", "192.168.1.9"], ["metadata.google.internal", "169.254.169.254"], ["v6.test", "fe80::1%eth0"],
    ["v6.test", "::"], ["v6.test", "64:ff9b::7f00:1"], ["v6.test", "fd00::1"], ["odd.test", "0177.0.0.1"], ["odd.test", "127.1"], ["odd.test", ""],
    ["odd.test", "not an address"], ["odd.test", "127.0.0.1:80"],
  ])("C3: the name %s that leads to %j is refused before a socket exists", async (name, address) => {
    dns[name.toLowerCase().replace(/\.$/u, "")] = [[address]];
    const refused = await get(`http://${name}:${port}/`);
    expect(codeOf(refused)).toBe("private-address");
    // What the name leads to is nobody's business who asks from outside.
    if (address.length > 4 && !name.includes(address)) expect(JSON.stringify(refused)).not.toContain(address);
    expect([clientSockets, asked]).toEqual([0, [name.toLowerCase().replace(/\.$/u, "")]]);
  });

  test("C3: names that only look private are judged by where they lead", async () => {
    for (const name of ["127.evil.com", "localhost.evil.com", "127.0.0.1.evil.com", "10.evil.com", "169.254.169.254.evil.com", "xn--80ak6aa92e.com"]) {
      dns[name] = [["::1"]];
      expect(await drain(await get(`http://${name}:${port}/`))).toEqual({ bytes: 5 });
    }
  });

  test("C3: no spelling of a private IPv4 address gets through", async () => {
    const octet = fc.nat({ max: 255 });
    const spell = (value: number): fc.Arbitrary<string> => fc.constantFrom(String(value), `0x${value.toString(16)}`, `0${value.toString(8)}`, `0X${value.toString(16).padStart(8, "0")}`);
    const address = fc.oneof(
      fc.tuple(fc.constant(127), octet, octet, octet), fc.tuple(fc.constant(10), octet, octet, octet), fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
      fc.tuple(fc.constant(169), fc.constant(254), octet, octet), fc.tuple(fc.integer({ min: 224, max: 255 }), octet, octet, octet), fc.tuple(fc.constant(0), octet, octet, octet),
    );
    const spelled = address.chain(([a, b, c, d]) => fc.oneof(
      fc.tuple(spell(a), spell(b), spell(c), spell(d)).map((parts) => parts.join(".")),
      fc.tuple(spell(a), spell(b), spell(c * 256 + d)).map((parts) => parts.join(".")),
      fc.tuple(spell(a), spell(b * 65_536 + c * 256 + d)).map((parts) => parts.join(".")),
      spell(((a * 256 + b) * 256 + c) * 256 + d),
      fc.constant(`[::ffff:${a}.${b}.${c}.${d}]`), fc.constant(`[64:ff9b::${a}.${b}.${c}.${d}]`), fc.constant(`[::${a}.${b}.${c}.${d}]`),
    ));
    await fc.assert(fc.asyncProperty(spelled, async (host) => {
      expect([host, codeOf(await get(`http://${host}:${port}/`))]).toEqual([host, "private-address"]);
    }), { numRuns: 300 });
    expect(clientSockets).toBe(0);
  });

  test("C3: this host's own public address, and its neighbours', are not fetched from", async () => {
    const web = webOf({ ownNetworks: () => ["93.184.216.34/24", "2606:2800:220:1::5/64"] });
    for (const host of ["93.184.216.34", "93.184.216.1", "[::ffff:93.184.216.34]", "[2606:2800:220:1::99]"]) {
      expect(codeOf(await web.fetch({ url: `http://${host}:${port}/`, maxBytes: 10 }))).toBe("private-address");
    }
    // Where nobody says what its networks are, the interfaces do.
    const onLoopback: PeerLocality = { ...locality, isWithin: (address, ranges) => ranges.includes("127.0.0.1/8") || locality.isWithin(address, ranges) };
    const seen = new HttpWebFetch({ clock, locality: onLoopback, resolve, ports: [port] });
    expect(codeOf(await seen.fetch({ url: `http://[::1]:${port}/`, maxBytes: 10 }))).toBe("private-address");
    expect(clientSockets).toBe(0);
  });
});

describe("C3: a URL that two parsers could read in two ways", () => {
  const P = ":0000";
  test.each([
    [`http://evil.test@127.0.0.1${P}/`, "bad-url"],
    [`http://evil.test:80@127.0.0.1${P}/`, "bad-url"],
    [`http://127.0.0.1${P}@evil.test${P}/`, "bad-url"],
    [`http://${CANARY}:${CANARY}@evil.test${P}/`, "bad-url"],
    [`http://@127.0.0.1${P}/`, "private-address"],
    [`http://127.0.0.1${P}\\@evil.test/`, "private-address"],
    [`http:\\\\127.0.0.1${P}\\`, "private-address"],
    [`http:127.0.0.1${P}/`, "private-address"],
    [`http:/127.0.0.1${P}/`, "private-address"],
    [`http:////127.0.0.1${P}/`, "private-address"],
    [`ht\ttp://127.0\n.0.1${P}/`, "private-address"],
    [`\u0000 http://127.0.0.1${P}/`, "private-address"],
    [`HTTP://127.0.0.1${P}#@evil.test/`, "private-address"],
    [`http://127.0.0.1${P}?@evil.test/`, "private-address"],
    [`http://evil.test#@127.0.0.1${P}/`, "bad-url"],
    [`http://127.0.0.1%00.evil.test${P}/`, "bad-url"],
    [`http://127.0.0.1%2f.evil.test${P}/`, "bad-url"],
    [`http://127.0.0.1%0d%0aX${P}/`, "bad-url"],
    [`http://[::1%25lo]${P}/`, "bad-url"],
    [`http://[fe80::1%eth0]${P}/`, "bad-url"],
    [`http://[::1`, "bad-url"],
    [`http://256.256.256.256${P}/`, "bad-url"],
    [`http://127.0.0.1.0x${P}/`, "bad-url"],
    [`http://4294967296${P}/`, "bad-url"],
    [`http://127.0.0.1:0${P}0/`, "bad-url"],
    [`http://${"a".repeat(60)}.${"b".repeat(193)}/`, "bad-url"],
    [`file://127.0.0.1${P}/etc/passwd`, "bad-url"],
    [`gopher://127.0.0.1${P}/_SET`, "bad-url"],
    [`view-source:http://127.0.0.1${P}/`, "bad-url"],
    [`url:http://127.0.0.1${P}/`, "bad-url"],
    [`http://loc\u00adalhost${P}/`, "private-address"],
    [`http://ｌｏｃａｌｈｏｓｔ${P}/`, "private-address"],
    [`http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ${P}/`, "private-address"],
  ])("C3: %j: %s", async (text, code) => {
    dns["localhost"] = [["127.0.0.1"]];
    const refused = await get(text.replaceAll(P, `:${port}`));
    expect(codeOf(refused)).toBe(code);
    expect(JSON.stringify(refused)).not.toContain(CANARY);
    expect(clientSockets).toBe(0);
  });

  test("C3: no text makes it throw or reach the victim", async () => {
    const piece = fc.constantFrom("http:", "https:", "//", "/", "\\", "@", ":", `:${port}`, "127.0.0.1", "[::ffff:127.0.0.1]", "localhost", "#", "?", "\t", "\n", " ", "%00", "%2e", ".", "。", "①", "data:", "file:", "evil");
    dns["localhost"] = [["127.0.0.1"]];
    await fc.assert(fc.asyncProperty(fc.array(piece, { maxLength: 10 }), async (pieces) => {
      const result = await get(pieces.join(""));
      if (result.kind === "fetched") expect(pieces.join("").trim()).toMatch(/^d/u);
    }), { numRuns: 1_000 });
    expect(clientSockets).toBe(0);
  });

  test("C3: ports that speak something else are not asked, wherever they are", async () => {
    const web = new HttpWebFetch({ clock, locality, resolve, ownNetworks: () => [] });
    for (const other of [22, 25, 6379, 11211, 65_535, port]) {
      expect(codeOf(await web.fetch({ url: `http://evil.test:${other}/`, maxBytes: 10 }))).toBe("bad-url");
    }
    expect([clientSockets, asked]).toEqual([0, []]);
  });
});

describe("C3: a name that changes its mind", () => {
  test("C3: public when it is judged and private when it is connected to: only what was judged is connected to", async () => {
    dns["rebind.test"] = [["::1"], ["127.0.0.1"]];
    const seen: (string | undefined)[] = [];
    behave = (socket) => {
      seen.push(socket.localAddress);
      honest(socket);
    };
    expect(await drain(await get(`http://rebind.test:${port}/`))).toEqual({ bytes: 5 });
    expect([asked, seen, clientSockets]).toEqual([["rebind.test"], ["::1"], 1]);
    expect(codeOf(await get(`http://rebind.test:${port}/`))).toBe("private-address");
    expect(clientSockets).toBe(1);
  });

  test("C3: a redirect to the same name is judged anew, and nothing of the first connection is used again", async () => {
    dns["rebind.test"] = [["::1"], ["127.0.0.1"]];
    behave = (socket) => void socket.write(redirectTo("/next").replace("Connection: close", "Connection: keep-alive"));
    expect(codeOf(await get(`http://rebind.test:${port}/`))).toBe("private-address");
    expect([asked, clientSockets]).toEqual([["rebind.test", "rebind.test"], 1]);
  });

  test("C3: of a mixed answer only the public addresses are connected to, in any order", async () => {
    for (const answer of [["::1", "127.0.0.1"], ["127.0.0.1", "::1"], ["10.0.0.1", "127.0.0.1", "::1", "::ffff:127.0.0.1", "fe80::1"]]) {
      dns["mixed.test"] = [answer];
      expect(await drain(await get(`http://mixed.test:${port}/`))).toEqual({ bytes: 5 });
    }
    expect(clientSockets).toBe(3);
  });

  test("C3: where the public address of a mixed answer does not answer, the private one is not tried", async () => {
    dns["mixed.test"] = [["::1", "127.0.0.1"]];
    behave = (socket) => void socket.destroy();
    expect(codeOf(await get(`http://mixed.test:${port}/`))).toBe("unreachable");
    const closed = once(evil, "close");
    evil.close();
    await closed;
    expect(codeOf(await get(`http://mixed.test:${port}/`))).toBe("unreachable");
    await listen(evil, "::1", port);
  });
});

describe("C3: a redirect", () => {
  test.each([301, 302, 303, 307, 308])("C3: HTTP %i to a private address is not followed", async (status) => {
    behave = (socket) => void socket.end(redirectTo(`http://127.0.0.1:${port}/`, status));
    expect(codeOf(await get(`http://evil.test:${port}/`))).toBe("private-address");
    expect(clientSockets).toBe(1);
  });

  test.each([
    ["//127.0.0.1:PORT/", "private-address"], ["\\\\127.0.0.1:PORT\\", "private-address"], ["http://2130706433:PORT/", "private-address"], ["http://[::ffff:7f00:1]:PORT/", "private-address"],
    ["https://127.0.0.1:PORT/", "private-address"], ["http://localhost:PORT/", "private-address"], ["http://①②⑦.0.0.1:PORT/", "private-address"], ["http://127。0。0。1:PORT/", "private-address"],
    ["http://169.254.169.254:PORT/latest/meta-data/", "private-address"], ["http://evil.test@127.0.0.1:PORT/", "bad-url"], [`http://u:${CANARY}@evil.test:PORT/`, "bad-url"],
    ["file:///etc/passwd", "bad-url"], ["ftp://127.0.0.1:PORT/", "bad-url"], ["javascript:alert(1)", "bad-url"], ["gopher://127.0.0.1:PORT/", "bad-url"],
    ["data:text/plain,hello", "bad-url"], ["http://127.0.0.1%2f@evil.test:PORT", "bad-url"], ["http://evil.test:22/", "bad-url"], ["http://evil.test:PORT/LONG", "bad-url"],
  ])("C3: to %s: %s", async (location, code) => {
    dns["localhost"] = [["127.0.0.1"]];
    behave = (socket) => void socket.end(Buffer.from(redirectTo(location.replace("PORT", String(port)).replace("LONG", "a".repeat(10_000))), "utf8"));
    const refused = await get(`http://evil.test:${port}/`);
    expect(codeOf(refused)).toBe(code);
    expect(JSON.stringify(refused)).not.toContain(CANARY);
    expect(clientSockets).toBe(1);
  });

  test("C3: a chain is followed five times, each step over a new connection, and not a sixth time", async () => {
    behave = (socket, path) => {
      const left = Number(path.slice(1));
      if (left === 0) honest(socket);
      else socket.end(redirectTo(`/${left - 1}`));
    };
    expect(await drain(await get(`http://evil.test:${port}/5`))).toEqual({ bytes: 5 });
    expect([clientSockets, asked.length]).toEqual([6, 6]);
    expect(codeOf(await get(`http://evil.test:${port}/6`))).toBe("http-error");
    behave = (socket) => void socket.end(redirectTo("/"));
    expect(codeOf(await get(`http://evil.test:${port}/`))).toBe("http-error");
    expect(clientSockets).toBe(18);
  });

  test("C3: the last step of a chain is judged like the first", async () => {
    behave = (socket, path) => void socket.end(redirectTo(path === "/4" ? `http://127.0.0.1:${port}/` : `/${Number(path.slice(1) || 0) + 1}`));
    expect(codeOf(await get(`http://evil.test:${port}/`))).toBe("private-address");
    expect(clientSockets).toBe(5);
  });

  test("C3: that goes nowhere, or whose body never ends, is let go of", async () => {
    behave = (socket) => void socket.end(html("302 Found\r\nContent-Length: 0"));
    expect(codeOf(await get(`http://evil.test:${port}/`))).toBe("http-error");
    const ended: Promise<unknown>[] = [];
    behave = (socket, path) => {
      // The second answer waits for the end of the first connection.
      if (path === "/next") return void ended[0]?.then(() => honest(socket));
      ended.push(goneOf(socket));
      socket.write("HTTP/1.1 302 Found\r\nLocation: /next\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    };
    expect(await drain(await get(`http://evil.test:${port}/`))).toEqual({ bytes: 5 });
    expect(ended).toHaveLength(1);
  });

  test("C3: nothing of one host is told to the next: no cookie, no referrer, no credential", async () => {
    const heads: string[] = [];
    dns["other.test"] = [["::1"]];
    evil.removeAllListeners("connection");
    evil.on("connection", (socket) => {
      socket.once("data", (head: Buffer) => {
        heads.push(head.toString("latin1"));
        if (heads.length === 1) socket.end(redirectTo(`http://other.test:${port}/b?c#d`).replace("Location", `Set-Cookie: a=${CANARY}\r\nWWW-Authenticate: Basic\r\nLocation`));
        else honest(socket);
      });
    });
    expect(await drain(await get(`http://evil.test:${port}/a?token=${CANARY}#part`))).toEqual({ bytes: 5 });
    expect(heads[1]).toBe(`GET /b?c HTTP/1.1\r\nHost: other.test:${port}\r\nUser-Agent: openclaw-gateway\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n`);
  });
});

describe("C3: a server that wears its caller out", () => {
  /** The attacker's next connection, once its request was read. */
  const nextVisit = (): Promise<Socket> => new Promise((arrived) => {
    behave = (socket) => arrived(socket);
  });

  test("C3: a body that trickles is given up at the total deadline, however lively it is", async () => {
    const visit = nextVisit();
    const answer = get(`http://evil.test:${port}/`);
    const socket = await visit;
    const closed = goneOf(socket);
    socket.write("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\n");
    const fetched = await answer;
    if (fetched.kind !== "fetched") throw new Error(fetched.reason);
    const chunks = fetched.bytes[Symbol.asyncIterator]();
    let received = 0;
    for (let spent = 0; spent + IDLE_MS - 1 < TOTAL_MS; spent += IDLE_MS - 1) {
      const next = chunks.next();
      clock.advance(IDLE_MS - 1);
      socket.write("x");
      received += (await next).value?.length ?? 0;
    }
    expect(received).toBe(8);
    const last = chunks.next();
    clock.advance(IDLE_MS - 1);
    await expect(last).rejects.toMatchObject({ code: "unreachable", message: expect.stringContaining("120 seconds") });
    await closed;
  });

  test("C3: a body that falls silent is given up at the idle deadline", async () => {
    const visit = nextVisit();
    const answer = get(`http://evil.test:${port}/`);
    const socket = await visit;
    const closed = goneOf(socket);
    socket.write("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\nx");
    const fetched = await answer;
    if (fetched.kind !== "fetched") throw new Error(fetched.reason);
    const chunks = fetched.bytes[Symbol.asyncIterator]();
    expect((await chunks.next()).value).toHaveLength(1);
    const next = chunks.next();
    clock.advance(IDLE_MS);
    await expect(next).rejects.toMatchObject({ code: "unreachable", message: expect.stringContaining("stopped sending") });
    await closed;
  });

  test.each([
    ["silence", ""],
    ["half a status line", "HTTP/1.1 20"],
    ["headers without an end", "HTTP/1.1 200 OK\r\nX: 1\r\nX: 2\r\n"],
    ["a thousand interim answers", "HTTP/1.1 102 Processing\r\n\r\n".repeat(1_000)],
  ])("C3: %s in place of an answer is given up at the idle deadline, which nothing prolongs", async (_name, bytes) => {
    const visit = nextVisit();
    const answer = get(`http://evil.test:${port}/`);
    const socket = await visit;
    const closed = goneOf(socket);
    clock.advance(IDLE_MS - 1);
    await new Promise<void>((written) => void socket.write(bytes, () => written()));
    clock.advance(1);
    expect(codeOf(await answer)).toBe("unreachable");
    await closed;
  });

  test("C3: a resolver that never answers is given up", async () => {
    const web = webOf({ resolve: () => new Promise(() => {}) });
    const answer = web.fetch({ url: `http://slow.test:${port}/`, maxBytes: 10 });
    await clock.pass(IDLE_MS);
    expect(codeOf(await answer)).toBe("unreachable");
  });

  test.each([
    ["as it is", "X: y", Buffer.from("x")],
    ["compressed", "Content-Encoding: gzip", gzipSync("x").subarray(0, 15)],
    ["without a type, so that its beginning was looked at", "Content-Type: application/octet-stream", Buffer.alloc(100)],
  ])("C3: a file that nobody reads is let go of at the total deadline, be it sent %s", async (_name, head, bytes) => {
    let closed: Promise<unknown> = Promise.resolve();
    behave = (socket) => {
      closed = goneOf(socket);
      socket.write(`HTTP/1.1 200 OK\r\n${head.startsWith("Content-Type") ? "" : "Content-Type: image/png\r\n"}${head}\r\n\r\n`);
      socket.write(bytes);
    };
    const fetched = await get(`http://evil.test:${port}/`);
    // A compressed file is read ahead as far as its decoder's buffers go.
    expect(clock.pending).toBeGreaterThanOrEqual(1);
    clock.advance(TOTAL_MS);
    await closed;
    expect(clock.pending).toBe(0);
    expect((await drain(fetched)).error).toMatchObject({ code: "unreachable" });
  });

  test("C3: a body without an end is read up to the limit, and its connection is closed", async () => {
    let sent = 0;
    let closed: Promise<unknown> = Promise.resolve();
    behave = (socket) => {
      closed = goneOf(socket);
      socket.write("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n");
      const block = Buffer.alloc(65_536, 1);
      const pour = (): void => {
        while (!socket.destroyed) {
          sent += block.length;
          if (!socket.write(block)) return void socket.once("drain", pour);
        }
      };
      pour();
    };
    const { bytes, error } = await drain(await get(`http://evil.test:${port}/`, 500_000));
    expect(error).toMatchObject({ code: "too-large" });
    expect(bytes).toBeLessThanOrEqual(500_000);
    await closed;
    // What lies in the buffers of two sockets comes on top.
    expect(sent).toBeLessThan(50_000_000);
  });

  test("C3: who is told that it stops reading closes the connection at once", async () => {
    let closed: Promise<unknown> = Promise.resolve();
    behave = (socket) => {
      closed = goneOf(socket);
      socket.write("HTTP/1.1 200 OK\r\n\r\nx");
      socket.write("y".repeat(100));
    };
    const fetched = await get(`http://evil.test:${port}/`);
    if (fetched.kind !== "fetched") throw new Error(fetched.reason);
    for await (const chunk of fetched.bytes) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await closed;
  });

  test("C3: a length over the limit is refused before anything is read", async () => {
    let closed: Promise<unknown> = Promise.resolve();
    behave = (socket) => {
      closed = goneOf(socket);
      socket.write("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 1001\r\n\r\n");
    };
    expect(codeOf(await get(`http://evil.test:${port}/`, 1_000))).toBe("too-large");
    await closed;
  });

  test.each([
    ["says less than it sends", "Content-Length: 5", "hello, and 40 bytes more than were announced", { bytes: 5 }],
    ["says more than it sends", "Content-Length: 50", "hello", { bytes: 5, error: { code: "unreachable" } }],
    ["says two things", "Content-Length: 5\r\nContent-Length: 6", "hello!", "unreachable"],
    ["says a length and chunks", "Content-Length: 5\r\nTransfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n", "unreachable"],
    ["says a negative one", "Content-Length: -5", "hello", "unreachable"],
    ["says one that no number holds", `Content-Length: ${"9".repeat(40)}`, "hello", "unreachable"],
    ["sends chunks of more than it says", "Transfer-Encoding: chunked", "5\r\nhello!\r\n0\r\n\r\n", { bytes: 5, error: { code: "unreachable" } }],
    ["sends a chunk of a size that no number holds", "Transfer-Encoding: chunked", "ffffffffffffffffff\r\nhello", "unreachable"],
  ])("C3: a server that %s about its length is not believed", async (_name, head, body, expected) => {
    behave = (socket) => void socket.end(`HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n${head}\r\n\r\n${body}`);
    const fetched = await get(`http://evil.test:${port}/`, 1_000);
    if (typeof expected !== "string") return void expect(await drain(fetched)).toMatchObject(expected);
    const code = fetched.kind === "refused" ? fetched.code : (await drain(fetched)).error?.code;
    expect(code).toBe("unreachable");
  });

  test.each([["gzip", gzipSync], ["x-gzip", gzipSync], ["deflate", deflateSync], ["br", squeezed]])("C3: a decompression bomb in %s is counted by what it grows to", async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(16 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(200_000);
    behave = (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${bomb.length}\r\n\r\n`);
      socket.end(bomb);
    };
    const { bytes, error } = await drain(await get(`http://evil.test:${port}/`, 300_000));
    expect(error).toMatchObject({ code: "too-large" });
    expect(bytes).toBeLessThanOrEqual(300_000);
  });

  test("C3: an endless stream that decompresses to nothing is counted by what it is", async () => {
    let closed: Promise<unknown> = Promise.resolve();
    behave = (socket) => {
      closed = goneOf(socket);
      socket.write("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Encoding: gzip\r\n\r\n");
      socket.write(Buffer.from("1f8b0800000000000003", "hex"));
      // Stored blocks of no length.
      const empty = Buffer.from("000000ffff".repeat(10_000), "hex");
      const pour = (): void => {
        while (!socket.destroyed) if (!socket.write(empty)) return void socket.once("drain", pour);
      };
      pour();
    };
    expect(await drain(await get(`http://evil.test:${port}/`, 10_000))).toMatchObject({ bytes: 0, error: { code: "too-large" } });
    await closed;
  });

  test.each([
    ["gzip, gzip", Buffer.from("x"), "http-error"], ["zstd", Buffer.from("x"), "http-error"], ["constructor", Buffer.from("x"), "http-error"], ["__proto__", Buffer.from("x"), "http-error"],
    ["gzip", Buffer.from("no gzip at all"), "http-error"], ["br", Buffer.from("no brotli at all"), "http-error"], ["gzip", gzipSync("cut off in the middle").subarray(0, 15), "http-error"],
  ])("C3: an encoding that cannot be read ends the fetch: %s (%#)", async (encoding, body, code) => {
    behave = (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${body.length}\r\n\r\n`);
      socket.end(body);
    };
    const fetched = await get(`http://evil.test:${port}/`);
    expect(fetched.kind === "refused" ? fetched.code : (await drain(fetched)).error?.code).toBe(code);
  });

  test.each([
    ["one header of a megabyte", `X: ${"x".repeat(1_000_000)}\r\n\r\n`],
    ["a hundred thousand headers", `${"X: 1\r\n".repeat(100_000)}\r\n`],
    ["a NUL in a header", "X: a\0b\r\n\r\n"],
  ])("C3: %s ends the fetch", async (_name, head) => {
    behave = (socket) => void socket.end(`HTTP/1.1 200 OK\r\n${head}`);
    expect(codeOf(await get(`http://evil.test:${port}/`))).toBe("unreachable");
  });

  test.each([
    ["an upgrade", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "unreachable"],
    ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n", "unreachable"],
    ["nothing", "", "unreachable"],
    ["HTTP/0.9", "hello", "unreachable"],
    ["a part of the file", "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/5\r\nContent-Length: 5\r\n\r\nhello", "http-error"],
    ["no content", "HTTP/1.1 204 No Content\r\n\r\n", "http-error"],
    ["not modified", "HTTP/1.1 304 Not Modified\r\n\r\n", "http-error"],
    ["an error with a page", `HTTP/1.1 500 ${CANARY}\r\nContent-Length: 13\r\n\r\n${CANARY}`, "http-error"],
    ["a status of its own", "HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n", "http-error"],
  ])("C3: %s in place of a file is refused, and its words are not repeated", async (_name, bytes, code) => {
    behave = (socket) => void socket.end(bytes);
    const refused = await get(`http://evil.test:${port}/`);
    expect(codeOf(refused)).toBe(code);
    expect(JSON.stringify(refused)).not.toContain(CANARY);
  });
});

describe("C3: secrets of a URL", () => {
  test("C3: what stands in its path, its query or its fragment is in no refusal and no error", async () => {
    const secret = `http://evil.test:${port}/${CANARY}/a.png?signature=${CANARY}#${CANARY}`;
    const answers = [
      "HTTP/1.1 404 Not Found\r\n\r\n", "garbage", "HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n", redirectTo(`http://127.0.0.1:${port}/${CANARY}`), redirectTo("ftp://x/"),
      redirectTo(`/${CANARY}`), "HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\n\r\n", "HTTP/1.1 302 Found\r\n\r\n",
    ];
    for (const answer of answers) {
      behave = (socket) => void socket.end(answer);
      const refused = await get(secret, 1_000);
      expect(refused.kind).toBe("refused");
      expect(JSON.stringify(refused)).not.toContain(CANARY);
    }
    behave = (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 50\r\n\r\nhello");
    const { error } = await drain(await get(secret));
    expect(error).toMatchObject({ code: "unreachable" });
    expect(`${error?.message}${(error as unknown as Error).stack}`).not.toContain(CANARY);
  });
});
