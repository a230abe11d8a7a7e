import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { build } from "esbuild";
import { AddressLocality } from "../../src/adapters/system/index.js";
import { HttpWebFetch, type HttpWebFetchOptions } from "../../src/adapters/web/fetch/index.js";
import type { WebFetched } from "../../src/ports/web-fetch.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { selfSigned } from "../app/certificate.js";

// What the contract leaves to this adapter: names, types, redirects, encodings, TLS, and the hosts that are named.

let clock: HandClock;
let servers: Server[];
let port: number;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const listener: RequestListener = (request, response) => answer(request, response);

const webOf = (options: Partial<HttpWebFetchOptions> = {}): HttpWebFetch =>
  new HttpWebFetch({ clock, locality: new AddressLocality(), allowPrivateHosts: [`files.test:${port}`], resolve: async () => ["127.0.0.1"], ...options });

const get = (path: string, maxBytes = 1_000): Promise<WebFetched> => webOf().fetch({ url: `http://files.test:${port}${path}`, maxBytes });

async function textOf(fetched: WebFetched): Promise<string> {
  if (fetched.kind !== "fetched") throw new Error(fetched.reason);
  const chunks: Uint8Array[] = [];
  for await (const chunk of fetched.bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}

beforeEach(async () => {
  clock = new HandClock();
  servers = [];
  answer = (_, response) => void response.end();
  port = await listen(createServer(listener));
});

afterEach(async () => {
  expect(clock.pending).toBe(0);
  for (const server of servers) {
    const closed = once(server, "close");
    server.close();
    await closed;
  }
});

describe("a file's name", () => {
  test.each([
    ["/a/cat.png", undefined, "cat.png"], ["/a/%E7%8C%AB.png?x=/y.gif", undefined, "猫.png"], ["/%2e%2e%2fpasswd", undefined, "passwd"], ["/%ff.png", undefined, "%ff.png"], ["/", undefined, undefined],
    ["/download", "attachment; filename=\"report.pdf\"", "report.pdf"], ["/x.php", "attachment; filename=\"na\u00c3\u00afve.pdf\"", "naïve.pdf"], ["/x.php", "attachment; filename=\"na\u00efve.pdf\"", "naïve.pdf"],
    ["/x.php", "attachment; filename=\"C:\\\\fakepath\\\\a.txt\"", "a.txt"], ["/x.php", "attachment", "x.php"], ["/x.php", "attachment; filename*=UTF-8''..%2F..%2Fa%0a%E2%80%AEb.txt", "a b.txt"],
  ])("of %s with %j is %j", async (path, disposition, fileName) => {
    const header = disposition === undefined ? "" : `Content-Disposition: ${disposition}\r\n`;
    answer = (request) => void request.socket.end(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n${header}Content-Length: 1\r\n\r\nx`, "latin1"));
    const fetched = await get(path);
    await textOf(fetched);
    expect(fetched.kind === "fetched" && fetched.fileName).toBe(fileName);
  });
});

describe("a file's type", () => {
  const PNG = "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR";
  test.each([
    ["image/webp", PNG, "image/webp"], ["Image/PNG; q=1", "x", "image/png"], ["application/octet-stream", PNG, "image/png"], ["binary/octet-stream", "%PDF-1.7", "application/pdf"], [undefined, PNG, "image/png"],
    ["not a type", PNG, "image/png"], ["application/octet-stream", "hello", "application/octet-stream"], [undefined, "hello", undefined], [undefined, "", undefined],
  ])("said to be %j, beginning with %j, is %j", async (said, body, mimeType) => {
    answer = (_, response) => {
      if (said !== undefined) response.setHeader("content-type", said);
      for (const character of body) response.write(Buffer.from(character, "latin1"));
      response.end("y".repeat(200));
    };
    const fetched = await get("/a");
    expect(fetched.kind === "fetched" && fetched.mimeType).toBe(mimeType);
    // What was looked at is not lost.
    expect(await textOf(fetched)).toBe(body + "y".repeat(200));
  });

  test("a file that outgrows the limit while it is looked at is refused", async () => {
    answer = (_, response) => {
      response.write("x");
      response.end("y".repeat(2_000));
    };
    expect(await get("/a")).toMatchObject({ kind: "refused", code: "too-large" });
  });

  test("who stops where only the beginning was looked at ends the connection", async () => {
    let gone: Promise<unknown> = Promise.resolve();
    answer = (request, response) => {
      gone = once(request.socket, "close");
      response.write("y".repeat(200));
    };
    const fetched = await get("/a");
    if (fetched.kind !== "fetched") throw new Error(fetched.reason);
    for await (const chunk of fetched.bytes) {
      expect(chunk).toHaveLength(200);
      break;
    }
    await gone;
  });
});

test.each([["gzip", gzipSync], ["x-gzip", gzipSync], ["deflate", deflateSync], ["br", brotliCompressSync], ["GZIP", gzipSync], ["identity", (bytes: Buffer) => bytes]])("a file that is sent in %s although it was not asked for arrives as it is", async (encoding, compress) => {
  // Random enough to be larger when it is compressed, and exactly as large as is taken.
  const file = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (Math.imul(index ^ 0x9e37, 0x85ebca6b) >>> 13) & 0xff));
  answer = (request, response) => {
    expect(request.headers["accept-encoding"]).toBe("identity");
    response.writeHead(200, { "content-type": "image/png", "content-encoding": encoding });
    response.end(compress(file));
  };
  expect(Buffer.from(await textOf(await get("/a", file.length)), "latin1").equals(file)).toBe(true);
});

describe("redirects", () => {
  test("are followed to where the file is, which also names it; relative ones, and in UTF-8", async () => {
    const paths: (string | undefined)[] = [];
    const redirect = (location: string): Buffer => Buffer.from(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`, "utf8");
    answer = (request, response) => {
      paths.push(request.url);
      if (request.url === "/start") request.socket.end(redirect("a/猫"));
      else if (request.url === "/a/%E7%8C%AB") request.socket.end(redirect(`http://FILES.test.:${port}/cat.png#x`));
      else response.writeHead(200, { "content-type": "image/png" }).end("meow");
    };
    const fetched = await get("/start");
    expect(fetched).toMatchObject({ kind: "fetched", fileName: "cat.png" });
    expect(await textOf(fetched)).toBe("meow");
    expect(paths).toEqual(["/start", "/a/%E7%8C%AB", "/cat.png"]);
  });
});

describe("hosts that an operator named", () => {
  test("are fetched from on the named port, and only there", async () => {
    const other = await listen(createServer((_, response) => void response.end("secret")));
    const web = webOf({ ports: [port, other] });
    answer = (_, response) => void response.writeHead(200, { "content-type": "text/plain" }).end("mine");
    expect(await textOf(await web.fetch({ url: `http://FILES.TEST.:${port}/`, maxBytes: 10 }))).toBe("mine");
    for (const url of [`http://files.test:${other}/`, `http://other.test:${port}/`, `http://127.0.0.1:${port}/`, `http://sub.files.test:${port}/`]) {
      expect(await web.fetch({ url, maxBytes: 10 })).toMatchObject({ kind: "refused", code: "private-address" });
    }
  });

  test("are compared as a URL reads them", async () => {
    answer = (_, response) => void response.writeHead(200, { "content-type": "text/plain" }).end("mine");
    const six = createServer(listener);
    servers.push(six);
    six.listen(0, "::1");
    await once(six, "listening");
    const sixPort = (six.address() as AddressInfo).port;
    const web = webOf({ allowPrivateHosts: [`Bücher.TEST.:${port}`, `127.1:${port}`, `[0:0::1]:${sixPort}`] });
    for (const url of [`http://xn--bcher-kva.test:${port}/`, `http://bücher.test:${port}/`, `http://2130706433:${port}/`, `http://[::1]:${sixPort}/`]) {
      expect(await textOf(await web.fetch({ url, maxBytes: 10 }))).toBe("mine");
    }
  });

  test.each(["nas.local", "nas.local:", "nas.local:0", "nas.local:65536", "nas.local:http", "http://nas.local:80", "nas.local:80/", "ada@nas.local:80", "*.local:80", "*:80", ":80", "", "10.0.0.0/8:80", "::1:80", "a b:80", "nas.local:80:80"])("%j is not one", (entry) => {
    expect(() => webOf({ allowPrivateHosts: ["nas.local:80", entry] })).toThrow(/^media\.allowPrivateHosts: .* write one like "nas\.local:8080"\.$/u);
  });

  test("the default port of a scheme counts as said", async () => {
    const web = webOf({ allowPrivateHosts: ["nas.local:443"], resolve: async () => [] });
    expect(await web.fetch({ url: "http://nas.local/", maxBytes: 10 })).toMatchObject({ reason: expect.stringContaining("nas.local:80 ") });
    expect(await web.fetch({ url: "https://nas.local/", maxBytes: 10 })).toMatchObject({ reason: expect.stringContaining("nas.local:443 ") });
  });
});

describe("a host that is not there", () => {
  test("is unreachable, be it without an address or without a server", async () => {
    const nowhere = await listen(createServer());
    const closed = once(servers.at(-1) as Server, "close");
    servers.pop()?.close();
    await closed;
    const web = webOf({ allowPrivateHosts: [`127.0.0.1:${nowhere}`], resolve: async () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" })) });
    expect(await web.fetch({ url: `http://127.0.0.1:${nowhere}/`, maxBytes: 10 })).toEqual({ kind: "refused", code: "unreachable", reason: "The connection to 127.0.0.1 failed (ECONNREFUSED): check the URL, or try again later." });
    expect(await web.fetch({ url: "http://files.test/", maxBytes: 10 })).toEqual({ kind: "refused", code: "unreachable", reason: "No address is known for files.test (ENOTFOUND): check the URL, or try again later." });
  });

  test("the host's own resolver is asked where none is given", async () => {
    const web = new HttpWebFetch({ clock, locality: new AddressLocality() });
    expect(await web.fetch({ url: "http://localhost/", maxBytes: 10 })).toMatchObject({ kind: "refused", code: "private-address" });
  });
});

describe("TLS", () => {
  const { key, cert } = selfSigned();

  test("is verified: the authority, and the name", async () => {
    let visits = 0;
    const tlsPort = await listen(createTlsServer({ key, cert }, (_, response) => {
      visits += 1;
      response.writeHead(200, { "content-type": "text/plain" }).end("private");
    }));
    const allowPrivateHosts = [`gateway.test:${tlsPort}`, `other.test:${tlsPort}`, `127.0.0.1:${tlsPort}`];
    const ask = (host: string, ca?: string): Promise<WebFetched> => webOf({ allowPrivateHosts, ...(ca === undefined ? {} : { ca }) }).fetch({ url: `https://${host}:${tlsPort}/`, maxBytes: 10 });
    expect(await textOf(await ask("gateway.test", cert))).toBe("private");
    expect(await textOf(await ask("gateway.test.", cert))).toBe("private");
    expect(visits).toBe(2);
    expect(await ask("gateway.test")).toMatchObject({ kind: "refused", code: "unreachable", reason: expect.stringContaining("DEPTH_ZERO_SELF_SIGNED_CERT") });
    expect(await ask("other.test", cert)).toMatchObject({ kind: "refused", code: "unreachable", reason: expect.stringContaining("ERR_TLS_CERT_ALTNAME_INVALID") });
    expect(visits).toBe(2);
  });

  test("is verified whatever the environment says", async () => {
    let visits = 0;
    const tlsPort = await listen(createTlsServer({ key, cert }, (_, response) => {
      visits += 1;
      response.end("private");
    }));
    const dir = await mkdtemp(join(tmpdir(), "web-fetch-"));
    const outfile = join(dir, "child.mjs");
    // A process of its own: inside Jest, the environment is a copy that Node's core does not see.
    const contents = `
      import { AddressLocality, SystemClock } from "./src/adapters/system/index.ts";
      import { HttpWebFetch } from "./src/adapters/web/fetch/index.ts";
      const url = "https://127.0.0.1:${tlsPort}/";
      const web = new HttpWebFetch({ clock: new SystemClock(), locality: new AddressLocality(), allowPrivateHosts: ["127.0.0.1:${tlsPort}"] });
      console.log((await fetch(url)).status, (await web.fetch({ url, maxBytes: 10 })).code);`;
    await build({ stdin: { contents, resolveDir: "." }, outfile, bundle: true, format: "esm", platform: "node", logLevel: "error" });
    const { stdout } = await promisify(execFile)(process.execPath, ["--no-warnings", outfile], { env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: "0" } });
    await rm(dir, { recursive: true });
    // Node's own fetch obeys the variable, so it was there to be obeyed.
    expect([stdout.trim(), visits]).toEqual(["200 unreachable", 1]);
  }, 60_000);
});
