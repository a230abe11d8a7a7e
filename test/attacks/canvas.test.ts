import { execFileSync } from "node:child_process";
import { link, mkdir, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { contentTypeOf } from "../../src/adapters/canvas/http/content-type.js";
import { MAX_FILE_BYTES } from "../../src/adapters/canvas/http/file-answer.js";
import { ServedFolder } from "../../src/adapters/canvas/http/served-folder.js";
import { CAPABILITY_GRACE_MS, CAPABILITY_TTL_MS } from "../../src/domain/canvas/capability.js";
import { CanvasDoor, type Seen } from "../support/canvas-door.js";
import { chance } from "../support/chance.js";
import { SocketWire } from "../support/client.js";
import { TOKEN } from "../support/front-door.js";

const SECRET = "what lies outside of the canvas";
const CANVAS = "/__openclaw__/canvas";

let canvas: CanvasDoor;
/** The path of a capability that is good. */
let base: string;

beforeEach(async () => {
  canvas = await CanvasDoor.open();
  await canvas.put("canvas/index.html", "<!doctype html><title>drawn</title>");
  await canvas.put("canvas/notes.txt", "inside");
  await canvas.put("canvas/sub/deep.txt", "deep inside");
  await canvas.put("secret.txt", SECRET);
  await canvas.put("outside/secret.txt", SECRET);
  base = canvas.baseOf((await canvas.node()).hello);
});

afterEach(async () => {
  // Whatever was tried, what is inside is still shown, and nothing broke.
  expect((await canvas.ask(`${canvas.baseOf((await canvas.node({ device: "another" })).hello)}${CANVAS}/notes.txt`)).body).toBe("inside");
  expect(canvas.door.errors()).toEqual([]);
  await canvas.close();
});

const see = (path: string, headers: Record<string, string> = {}): Promise<Seen> => canvas.ask(`${base}${CANVAS}/${path}`, { headers });

function expectNothing(seen: Seen): void {
  expect([400, 404]).toContain(seen.status);
  expect(seen.body).not.toContain(SECRET);
}

describe("F1: paths", () => {
  const UP = ["..", "%2e%2e", "%2E%2E", ".%2e", "%252e%252e", "%25252e%25252e", "..%00", "..%5c..", "..;", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae", "%f0%80%80%ae", "%uff0e%uff0e"];
  const TO = ["/secret.txt", "%2fsecret.txt", "%252fsecret.txt", "\\secret.txt", "%5csecret.txt", "%255csecret.txt", "//secret.txt"];

  test("no way up, however it is written", async () => {
    for (const up of UP) {
      for (const to of TO) for (const start of ["", "sub/", "sub/../", "./"]) expectNothing(await see(`${start}${up}${to}`));
      expectNothing(await see(`${up}/${up}/${up}/${up}/${up}/${up}/etc/passwd`));
    }
  });

  const STRANGE = [
    "/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "C:/Windows/win.ini", "c:%5cwindows%5cwin.ini", "//host/share/secret.txt", "\\\\host\\share\\secret.txt", "file:///etc/passwd",
    "notes.txt%00.html", "%00", "notes.txt.", "notes.txt%20", "notes.txt::$DATA", "notes.txt%3a%3a$DATA", "con", "NUL", "%", "%zz", "%ff%fe", "sub//deep.txt", "sub/./deep.txt", "./notes.txt", "a/".repeat(40), "x".repeat(300), "é".repeat(200),
    "notes.txt/", "notes.txt/deep.txt", "sub/deep.txt/..", "index.html/../../secret.txt",
  ];

  test("nothing at any name that one system or another takes for something else", async () => {
    for (const path of STRANGE) expectNothing(await see(path));
  });

  test("the same on the port of its own, where a path may be anything", async () => {
    const { port } = await canvas.door.gateway.canvas.listen({ port: 0 });
    for (const path of ["/../secret.txt", "//secret.txt", `${CANVAS}/../../secret.txt`, `${base}${CANVAS}/%2e%2e/secret.txt`, `http://127.0.0.1:${port}${base}${CANVAS}/..%2fsecret.txt`]) {
      const seen = await canvas.ask(path, { port });
      expect(seen.status).toBeGreaterThanOrEqual(400);
      expect(seen.body).not.toContain(SECRET);
    }
    expect((await canvas.ask(`http://127.0.0.1:${port}${base}${CANVAS}/notes.txt`, { port })).body).toBe("inside");
    expect((await canvas.ask("/", { port })).headers.location).toBe(`${CANVAS}/`);
  });

  test("a redirect to a folder's slash stays on this host", async () => {
    const seen = await see("sub?next=//evil.example");
    expect([seen.status, seen.headers.location]).toEqual([302, `${base}${CANVAS}/sub/?next=//evil.example`]);
    expectNothing(await canvas.ask(`${base}//evil.example/%2f..`));
    expect((await canvas.ask(`//evil.example${CANVAS}`)).status).toBe(404);
  });
});

describe("F2: what is not a file of the folder", () => {
  test("links to files and to folders, inside and out", async () => {
    await symlink("../secret.txt", join(canvas.root, "link.txt"));
    await symlink("/etc/passwd", join(canvas.root, "passwd.txt"));
    await symlink("notes.txt", join(canvas.root, "inner.txt"));
    await symlink("../outside", join(canvas.root, "out"));
    await symlink("sub", join(canvas.root, "alias"));
    await symlink("loop", join(canvas.root, "loop"));
    await symlink(join(canvas.folder, "secret.txt"), join(canvas.root, "sub", "index.html"));
    for (const path of ["link.txt", "passwd.txt", "inner.txt", "out", "out/", "out/secret.txt", "alias/deep.txt", "loop", "loop/x", "sub/"]) expectNothing(await see(path));
  });

  test("another name of a file that lies elsewhere", async () => {
    await link(join(canvas.folder, "secret.txt"), join(canvas.root, "hard.txt"));
    expectNothing(await see("hard.txt"));
  });

  test("a pipe, a socket and a device neither show anything nor hang", async () => {
    execFileSync("mkfifo", [join(canvas.root, "pipe")]);
    const socket: Server = createServer();
    await new Promise<void>((resolve) => socket.listen(join(canvas.root, "socket"), resolve));
    await symlink("/dev/zero", join(canvas.root, "zero"));
    for (const path of ["pipe", "pipe/", "socket", "zero"]) expectNothing(await see(path));
    await new Promise((resolve) => socket.close(resolve));
  });

  test("a folder that is swapped for a link and back while it is read", async () => {
    const folder = new ServedFolder(canvas.root);
    await mkdir(join(canvas.root, "swapped"));
    await writeFile(join(canvas.root, "swapped", "secret.txt"), "inside");
    const enough = new AbortController();
    const draw = chance(7);
    const aWhile = async () => {
      for (let turns = Math.floor(draw() * 12); turns >= 0; turns -= 1) await new Promise(setImmediate);
    };
    const swapping = (async () => {
      while (!enough.signal.aborted) {
        await rename(join(canvas.root, "swapped"), join(canvas.root, "real"));
        await symlink("../outside", join(canvas.root, "swapped"));
        await aWhile();
        await rm(join(canvas.root, "swapped"));
        await rename(join(canvas.root, "real"), join(canvas.root, "swapped"));
        await aWhile();
      }
    })();
    const texts = new Set<string>();
    for (let nth = 0; nth < 400; nth += 1) {
      const opened = await folder.open(["swapped", "secret.txt"]);
      if (opened.kind !== "file") continue;
      texts.add(await opened.handle.readFile("utf8"));
      await opened.handle.close();
    }
    enough.abort();
    await swapping;
    expect([...texts]).toEqual(["inside"]);
  });

  test("a root that is a link is the folder behind it, as its owner wants", async () => {
    await symlink(canvas.root, join(canvas.folder, "canvas-link"));
    expect((await new ServedFolder(join(canvas.folder, "canvas-link")).open(["link-free.txt"])).kind).toBe("nothing");
    const opened = await new ServedFolder(join(canvas.folder, "canvas-link")).open(["notes.txt"]);
    expect(opened.kind).toBe("file");
    if (opened.kind === "file") await opened.handle.close();
  });
});

describe("F3: who may see it", () => {
  const NOBODY = "AAAAAAAAAAAAAAAAAAAAAAAA";
  const paths = (at: string) => ["canvas/", "canvas/notes.txt", "canvas/missing", "a2ui/", "a2ui/canvas-page.js"].map((rest) => `${at}/__openclaw__/${rest}`);

  test("nobody without a capability, with a guessed one, or with one in a query", async () => {
    const good = base.split("/").at(-1);
    for (const at of ["", `/__openclaw__/cap/${NOBODY}`, "/__clawdbot__/cap/" + NOBODY]) {
      for (const path of paths(at)) {
        const seen = await canvas.ask(path);
        expect([path, seen.status]).toEqual([path, 401]);
        // It must not tell what there is.
        expect(seen.body).not.toMatch(/inside|drawn/);
      }
    }
    for (const query of [`?oc_cap=${good}`, `?capability=${good}`, `?token=${TOKEN}`]) expect((await canvas.ask(`${CANVAS}/notes.txt${query}`)).status).toBe(401);
    for (const near of [`${base.slice(0, -1)}A`, `${base}A`, base.slice(0, -1), base.toUpperCase()]) expect((await canvas.ask(`${near}${CANVAS}/notes.txt`)).status).not.toBe(200);
  });

  test("an address that had a socket here gets nothing for that", async () => {
    await canvas.node({ device: "same-address" });
    expect((await canvas.ask(`${CANVAS}/notes.txt`)).status).toBe(401);
  });

  test("a capability ends ten minutes after its last use", async () => {
    await canvas.pass(CAPABILITY_TTL_MS - 1);
    expect((await see("notes.txt")).status).toBe(200);
    await canvas.pass(CAPABILITY_TTL_MS - 1);
    expect((await see("notes.txt")).status).toBe(200);
    await canvas.pass(CAPABILITY_TTL_MS + 1);
    const seen = await see("notes.txt");
    expect(seen.status).toBe(401);
    expect(seen.body).toContain("expired");
  });

  test("it ends soon after its connection, however much it is used", async () => {
    const node = await canvas.node({ device: "leaving" });
    base = canvas.baseOf(node.hello);
    node.wire.close();
    await node.wire.closed;
    expect((await see("notes.txt")).status).toBe(200);
    await canvas.door.clock.pass(CAPABILITY_GRACE_MS + 1_000);
    expect((await see("notes.txt")).status).toBe(401);
  });

  test("it ends at once with the device, connected or in its grace", async () => {
    const [staying, left] = [await canvas.node({ device: "staying" }), await canvas.node({ device: "left" })];
    left.wire.close();
    await left.wire.closed;
    const bases = [staying, left].map(({ hello }) => canvas.baseOf(hello));
    for (const at of bases) expect((await canvas.ask(`${at}${CANVAS}/notes.txt`)).status).toBe(200);
    const { paired } = await canvas.door.gateway.call("device.pair.list", {});
    for (const { deviceId } of paired) await canvas.door.gateway.call("device.pair.remove", { deviceId });
    for (const at of bases) expect((await canvas.ask(`${at}${CANVAS}/notes.txt`)).status).toBe(401);
  });

  test("it opens no WebSocket of the gateway, and no secret of the gateway's is in it", async () => {
    const capability = base.split("/").at(-1) ?? "";
    for (const auth of [{ token: capability }, { deviceToken: capability }, { bootstrapToken: capability }, { password: capability }]) {
      await expect(canvas.await(canvas.door.enter({ device: "thief", auth }))).rejects.toThrow();
    }
    expect(JSON.stringify((await canvas.node()).hello)).not.toContain(TOKEN);
  });

  test("the gateway's secret opens it as a bearer, and guessing it is slowed down as at the door", async () => {
    const ask = (secret: string, headers: Record<string, string> = {}) => canvas.ask(`${CANVAS}/notes.txt`, { headers: { authorization: `Bearer ${secret}`, ...headers } });
    expect((await ask(TOKEN)).body).toBe("inside");
    expect((await canvas.ask(`${CANVAS}/notes.txt`, { headers: { authorization: `Basic ${Buffer.from(`x:${TOKEN}`).toString("base64")}` } })).status).toBe(401);
    // Somebody behind a proxy on this host is no process of the owner's: locked out after ten.
    const stranger = { "x-forwarded-for": "198.51.100.7" };
    for (let nth = 0; nth < 10; nth += 1) expect((await ask(`guess ${nth}`.replace(" ", "-"), stranger)).status).toBe(401);
    const locked = await ask(TOKEN, stranger);
    expect([locked.status, Number(locked.headers["retry-after"]) > 200]).toEqual([429, true]);
    expect((await ask(TOKEN)).status).toBe(200);
  });

  test("another Host than ours is no neighbour's", async () => {
    for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:18789"]) expect((await canvas.ask(`${base}${CANVAS}/notes.txt`, { headers: { host } })).status).toBe(403);
  });

  test("only a look is for sale", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"]) {
      const seen = await canvas.ask(`${base}${CANVAS}/notes.txt`, { method });
      expect([method, seen.status, seen.headers.allow]).toEqual([method, 405, "GET, HEAD"]);
    }
  });

  test("live reload: a foreign page, a guess, a gone capability and a flood get no socket", async () => {
    const { port } = canvas.door;
    const live = (at: string, headers: Record<string, string> = {}) => SocketWire.open(`ws://127.0.0.1:${port}${at}/__openclaw__/ws`, headers);
    await expect(live("")).rejects.toThrow("401");
    await expect(live(`/__openclaw__/cap/${NOBODY}`)).rejects.toThrow("401");
    await expect(live("", { authorization: `Bearer ${TOKEN}`, origin: "https://evil.example" })).rejects.toThrow("403");
    await expect(live(base, { host: "evil.example" })).rejects.toThrow("403");
    const sockets = await Promise.all(Array.from({ length: 64 }, () => live(base, { origin: "null" })));
    await expect(live(base)).rejects.toThrow();
    for (const socket of sockets) socket.close();
    await Promise.all(sockets.map(({ closed }) => closed));
    const node = await canvas.node({ device: "watching" });
    const watching = await live(canvas.baseOf(node.hello));
    const { paired } = await canvas.door.gateway.call("device.pair.list", {});
    for (const { deviceId } of paired) await canvas.door.gateway.call("device.pair.remove", { deviceId });
    await canvas.put("canvas/notes.txt", "inside");
    await canvas.door.clock.pass(26_000);
    await watching.closed;
    expect(watching.messages).toEqual([]);
  });
});

describe("F3: loopback that is trusted", () => {
  let trusting: CanvasDoor;
  beforeEach(async () => {
    trusting = await CanvasDoor.open({ trustLoopback: true });
    await trusting.put("canvas/notes.txt", "inside");
  });
  afterEach(() => trusting.close());

  const ask = (headers: Record<string, string> = {}): Promise<Seen> => trusting.ask(`${CANVAS}/notes.txt`, { headers });

  test("is a process on this host, and nobody behind a proxy or another name", async () => {
    expect((await ask()).body).toBe("inside");
    for (const headers of [{ "x-forwarded-for": "198.51.100.7" }, { forwarded: "for=198.51.100.7" }, { "x-real-ip": "127.0.0.1" }, { via: "1.1 proxy" }, { "tailscale-user-login": "ada" }]) expect((await ask(headers)).status).toBe(401);
    expect((await ask({ host: "evil.example" })).status).toBe(403);
    expect((await trusting.await(ask({ authorization: "Bearer wrong" }))).status).toBe(401);
  });

  test("is no other site in this host's browser: what it loads is refused, where it leads is an address it can't know", async () => {
    for (const site of ["cross-site", "same-site"]) {
      for (const headers of [{ "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script" }, { "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }, { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty", origin: "https://evil.example" }]) {
        const seen = await ask({ "sec-fetch-site": site, ...headers });
        expect([seen.status, seen.headers["access-control-allow-origin"]]).toEqual([403, undefined]);
      }
    }
    expect((await ask({ origin: "null" })).status).toBe(403);
    const visit = await ask({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" });
    expect(visit.status).toBe(302);
    expect(visit.headers.location).toMatch(/^\/__openclaw__\/cap\/[A-Za-z0-9_-]{24}\/__openclaw__\/canvas\/notes\.txt$/);
    expect((await trusting.ask(visit.headers.location ?? "")).body).toBe("inside");
    const foreign = SocketWire.open(`ws://127.0.0.1:${trusting.door.port}/__openclaw__/ws`, { origin: "null" });
    await expect(foreign).rejects.toThrow("403");
  });

  test("visits without end push out each other, and no app", async () => {
    const app = await trusting.node();
    const visit = async () => (await ask({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" })).headers.location ?? "";
    const first = await visit();
    let last = first;
    for (let nth = 0; nth < 256; nth += 1) last = await visit();
    expect((await trusting.ask(last)).body).toBe("inside");
    // On this host even one that is gone leads to a page; its script's socket is what it would have opened.
    const live = (at: string) => SocketWire.open(`ws://127.0.0.1:${trusting.door.port}${at.slice(0, at.indexOf("/__openclaw__/canvas"))}/__openclaw__/ws`, { origin: "null" });
    await expect(live(first)).rejects.toThrow("403");
    (await live(last)).close();
    expect((await trusting.ask(`${trusting.baseOf(app.hello)}${CANVAS}/notes.txt`)).body).toBe("inside");
  });

  test("a gateway called through a name that its owner allowed is still no neighbour", async () => {
    const { port } = await trusting.door.gateway.canvas.listen({ port: 0, allowedHosts: () => ["canvas.example"] });
    expect((await trusting.ask(`${CANVAS}/notes.txt`, { port, headers: { host: "canvas.example" } })).status).toBe(401);
  });
});

describe("F4: no more than was asked for", () => {
  test("no list of a folder, and no hidden file", async () => {
    await canvas.put("canvas/.env", SECRET);
    await canvas.put("canvas/.git/config", SECRET);
    await canvas.put("canvas/sub/.hidden.txt", SECRET);
    for (const path of ["sub/", ".env", ".git/config", ".git/", "sub/.hidden.txt", "%2eenv"]) {
      const seen = await see(path);
      expectNothing(seen);
      expect(seen.body).not.toMatch(/deep\.txt|hidden/);
    }
  });

  test("a file beyond the cap is refused before it is read", async () => {
    await canvas.put("canvas/huge.bin", "");
    await truncate(join(canvas.root, "huge.bin"), MAX_FILE_BYTES + 1);
    await canvas.put("canvas/huge.html", "");
    await truncate(join(canvas.root, "huge.html"), 9 * 1024 * 1024);
    for (const path of ["huge.bin", "huge.html"]) expect((await see(path)).status).toBe(403);
  });

  const RANGES = [
    ["bytes=0-0", 206, "0", "bytes 0-0/10"],
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=7-999", 206, "789", "bytes 7-9/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=-999", 206, "0123456789", "bytes 0-9/10"],
    ["BYTES=1-1", 206, "1", "bytes 1-1/10"],
    ["bytes=10-", 416, "", "bytes */10"],
    ["bytes=10-12", 416, "", "bytes */10"],
    ["bytes=-0", 416, "", "bytes */10"],
    ["bytes=999999999999999-", 416, "", "bytes */10"],
    ["bytes=9999999999999999999999-", 200, "0123456789", undefined],
    ["bytes=5-2", 200, "0123456789", undefined],
    ["bytes=0-1,3-4", 200, "0123456789", undefined],
    [`bytes=${Array.from({ length: 500 }, (_, at) => `${at}-${at}`).join(",")}`, 200, "0123456789", undefined],
    ["bytes=-", 200, "0123456789", undefined],
    ["bytes=a-b", 200, "0123456789", undefined],
    ["bytes= 1-2", 200, "0123456789", undefined],
    ["items=0-1", 200, "0123456789", undefined],
    ["", 200, "0123456789", undefined],
  ] as const;

  test("a part is what was asked for, all of it, or none", async () => {
    await canvas.put("canvas/digits.txt", "0123456789");
    for (const [range, status, body, contentRange] of RANGES) {
      const seen = await see("digits.txt", { range });
      expect([range, seen.status, seen.body, seen.headers["content-range"]]).toEqual([range, status, body, contentRange]);
      expect(seen.headers["content-length"]).toBe(String(body.length));
    }
  });

  test("a part on a condition is all of it, an empty file has no part, and HEAD has none either", async () => {
    await canvas.put("canvas/digits.txt", "0123456789");
    await canvas.put("canvas/empty.txt", "");
    for (const condition of ['"x"', "Sat, 01 Jan 2000 00:00:00 GMT"]) expect((await see("digits.txt", { range: "bytes=1-2", "if-range": condition })).status).toBe(200);
    expect([(await see("empty.txt")).status, (await see("empty.txt", { range: "bytes=0-" })).status]).toEqual([200, 416]);
    const head = await canvas.ask(`${base}${CANVAS}/digits.txt`, { method: "HEAD", headers: { range: "bytes=1-2" } });
    expect([head.status, head.body, head.headers["content-length"]]).toEqual([200, "", "10"]);
  });
});

describe("F5: what a file is taken for", () => {
  const HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" };

  test("its name's ending alone says, whatever is inside", async () => {
    const page = "<!doctype html><script>alert(1)</script>";
    for (const [name, type] of [["notes.txt", "text/plain; charset=utf-8"], ["photo.png", "image/png"], ["data.json", "application/json; charset=utf-8"], ["page", "application/octet-stream"], ["page.unknown", "application/octet-stream"], ["x.html.bin", "application/octet-stream"]] as const) {
      await canvas.put(`canvas/${name}`, page);
      const seen = await see(name);
      expect([name, seen.headers["content-type"]]).toEqual([name, type]);
      expect(seen.headers).toMatchObject(HEADERS);
      expect(seen.body).toBe(page);
    }
    await canvas.put("canvas/notes.txt", "inside");
    expect(["toString", "x.constructor", "x.__proto__", "", "x."].map(contentTypeOf)).toEqual(Array(5).fill("application/octet-stream"));
  });

  test("every answer is sandboxed, kept by nobody, and tells nobody its address", async () => {
    await canvas.put("canvas/drawing.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>");
    for (const path of ["", "drawing.svg", "notes.txt", "missing", "..%2fsecret.txt"]) {
      const { headers } = await see(path);
      expect(headers).toMatchObject(HEADERS);
      expect(headers["content-security-policy"]).toMatch(/\bsandbox\b(?![^;]*allow-same-origin)/);
      expect(headers["content-security-policy"]).toContain("frame-ancestors");
      expect(headers["set-cookie"]).toBeUndefined();
    }
  });

  test("only pages get the script, and the rest of them stays as it was", async () => {
    const latin = Buffer.from([0x3c, 0x68, 0x65, 0x61, 0x64, 0x3e, 0xe9, 0xff]);
    await canvas.put("canvas/latin.html", latin);
    const script = `<script src="${base}/__openclaw__/a2ui/canvas-page.js" data-live></script>`;
    expect((await see("")).body).toBe(`<!doctype html>${script}<title>drawn</title>`);
    expect(Number((await see("latin.html")).headers["content-length"])).toBe(latin.length + script.length);
    expect((await see("notes.txt")).body).toBe("inside");
  });
});
