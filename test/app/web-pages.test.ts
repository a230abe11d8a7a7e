import { createServer, request, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { brotliCompressSync } from "node:zlib";
import { MemoryLog } from "../../src/adapters/log/memory/index.js";
import { PageHost } from "../../src/adapters/pages/static/index.js";
import { parseBasePath, parsePageTarget } from "../../src/domain/pages/path.js";
import { FrontDoor } from "../support/front-door.js";

interface Seen {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The path is sent as it is. */
const ask = (port: number, path: string, { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> } = {}): Promise<Seen> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    sent.on("error", reject);
    sent.end();
  });

describe("paths", () => {
  test.each([["", ""], ["/", ""], [" /oc/ ", "/oc"], ["a/b", "/a/b"], ["/a//b", undefined], ["/../a", undefined], ["/a b", undefined], ["/%41", undefined], ["/.well-known", undefined]])("the base path %j is %j", (text, path) => {
    expect(parseBasePath(text)).toBe(path);
  });

  test.each<[string, string, unknown]>([
    ["/", "", { kind: "file", name: "index.html" }],
    ["/?a=1#x", "", { kind: "file", name: "index.html" }],
    ["/chat?session=main", "", { kind: "file", name: "chat.html" }],
    ["/chat/?session=main", "", { kind: "moved", to: "../chat?session=main" }],
    ["/assets/a-1.js", "", { kind: "file", name: "assets/a-1.js" }],
    ["/a/oc?x=1", "/a/oc", { kind: "moved", to: "oc/?x=1" }],
    ["/a/oc/", "/a/oc", { kind: "file", name: "index.html" }],
    ["/a/ocx/", "/a/oc", undefined],
    ["/", "/a/oc", undefined],
    ["/assets/../files.json", "", undefined],
    ["/assets/%2e%2e/files.json", "", undefined],
    ["/assets/.hidden", "", undefined],
    ["/files.json", "", undefined],
    ["//evil.example/chat/", "", undefined],
    ["http://127.0.0.1/", "", undefined],
  ])("%s below %j", (target, base, meant) => {
    expect(parsePageTarget(target, base)).toEqual(meant);
  });
});

describe("what is served", () => {
  let folder: string;
  let server: Server;
  let port: number;
  const log = new MemoryLog();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pages-"));
    await mkdir(join(folder, "assets"));
    await writeFile(join(folder, "index.html"), "<!doctype html>control");
    await writeFile(join(folder, "assets", "a.js"), "a".repeat(500));
    await writeFile(join(folder, "assets", "a.js.br"), brotliCompressSync("a".repeat(500)));
    await writeFile(join(folder, "assets", "secret.js"), "unlisted");
    await writeFile(join(folder, "files.json"), JSON.stringify({
      "index.html": { type: "text/html; charset=utf-8", digest: "d1", encodings: [] },
      "assets/a.js": { type: "text/javascript; charset=utf-8", digest: "d2", encodings: ["br"] },
      "assets/gone.js": { type: "text/javascript; charset=utf-8", digest: "d3", encodings: [] },
    }));
    const host = new PageHost({ root: folder, log });
    server = createServer((received, response) => void host.answer({ request: received, response }, ""));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("a page may run its own code alone, be framed by nobody, and is kept by no cache", async () => {
    const { status, headers, body } = await ask(port, "/", { headers: { host: "gateway.example:1234" } });
    expect([status, body.toString()]).toEqual([200, "<!doctype html>control"]);
    const policy = String(headers["content-security-policy"]);
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'"]) {
      expect(policy.split("; ")).toContain(part);
    }
    expect(policy).toContain("connect-src 'self' ws://gateway.example:1234 wss://gateway.example:1234;");
    expect(policy).not.toContain("unsafe");
    expect(headers).toMatchObject({ "cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cross-origin-opener-policy": "same-origin" });
  });

  test("a Host that could end the policy's part is not written into it", async () => {
    for (const host of ["a;script-src *", "a b", "a,b"]) {
      const { headers } = await ask(port, "/", { headers: { host } });
      expect(String(headers["content-security-policy"])).toContain("connect-src 'self';");
    }
  });

  test("an asset is kept for good, packed where that is taken, and not sent twice", async () => {
    const plain = await ask(port, "/assets/a.js");
    expect(plain.headers).toMatchObject({ "content-type": "text/javascript; charset=utf-8", "cache-control": "public, max-age=31536000, immutable", "content-length": "500", etag: '"d2"', vary: "Accept-Encoding" });
    const packed = await ask(port, "/assets/a.js", { headers: { "accept-encoding": "gzip, br" } });
    expect(packed.headers).toMatchObject({ "content-encoding": "br", etag: '"d2-br"' });
    expect(packed.body).toEqual(brotliCompressSync("a".repeat(500)));
    expect((await ask(port, "/assets/a.js", { headers: { "accept-encoding": "br;q=0" } })).headers["content-encoding"]).toBeUndefined();
    const again = await ask(port, "/assets/a.js", { headers: { "if-none-match": 'W/"other", "d2"' } });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    const head = await ask(port, "/assets/a.js", { method: "HEAD" });
    expect([head.status, head.headers["content-length"], head.body.length]).toEqual([200, "500", 0]);
  });

  test("nothing else is", async () => {
    for (const path of ["/assets/secret.js", "/assets/a.js.br", "/files.json", "/assets/../assets/secret.js"]) expect((await ask(port, path)).status).toBe(404);
    expect((await ask(port, "/", { method: "POST" })).status).toBe(405);
    expect(log.entries).toEqual([]);
    expect((await ask(port, "/assets/gone.js")).status).toBe(500);
    expect(log.entries.map(({ message }) => message)).toEqual(["a web page could not be served"]);
  });

  test("before a build, it says what is missing", async () => {
    const host = new PageHost({ root: join(folder, "nowhere"), log });
    const unbuilt = createServer((received, response) => void host.answer({ request: received, response }, ""));
    await new Promise<void>((resolve) => unbuilt.listen(0, "127.0.0.1", resolve));
    const { status, body } = await ask((unbuilt.address() as AddressInfo).port, "/");
    unbuilt.close();
    expect([status, body.toString()]).toEqual([503, expect.stringContaining("npm run build")]);
  });
});

describe("on a gateway", () => {
  test("pages are there where they are asked for, below their path, for Hosts that the gateway has", async () => {
    const door = await FrontDoor.open({ settings: { controlUi: { enabled: true, basePath: "/oc" } } });
    const plain = await ask(door.port, "/oc");
    expect([plain.status, plain.headers["location"]]).toEqual([302, "oc/"]);
    expect([200, 503]).toContain((await ask(door.port, "/oc/")).status);
    expect((await ask(door.port, "/")).status).toBe(404);
    expect((await ask(door.port, "/oc/", { headers: { host: "evil.example" } })).status).toBe(403);
    expect(door.errors()).toEqual([]);
    await door.close();
  });

  test("and not without being asked for", async () => {
    const door = await FrontDoor.open();
    expect((await ask(door.port, "/")).status).toBe(404);
    expect((await ask(door.port, "/chat")).status).toBe(404);
    await door.close();
  });
});
