import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { isOwnPage, readDestination } from "../../../src/adapters/node-commands/browser/address.js";
import { findBrowser, hasDriver } from "../../../src/adapters/node-commands/browser/find-browser.js";
import { HostJudge } from "../../../src/adapters/node-commands/browser/host-judge.js";
import { browserCommands, type BrowserConfig } from "../../../src/adapters/node-commands/browser/index.js";
import { readPresent, readSnapshot } from "../../../src/adapters/node-commands/browser/params.js";
import { readUserAction } from "../../../src/adapters/node-commands/browser/user-action.js";
import { AddressLocality, SystemClock } from "../../../src/adapters/system/index.js";
import type { NodeCall, NodeCommand, NodeCommandOutcome } from "../../../src/ports/node-command.js";
import { CHROMIUM, inChromium } from "../../support/chromium.js";
import { CanvasPages } from "../../stand-ins/canvas-pages.js";

const BASE = "http://10.0.0.7:18793/__openclaw__/cap/abc";

describe("what an address means", () => {
  test.each([
    ["", "/__openclaw__/canvas/"],
    ["/", "/__openclaw__/canvas/"],
    ["  / ", "/__openclaw__/canvas/"],
    ["/board.html?x=1#top", "/__openclaw__/canvas/board.html?x=1#top"],
    ["board.html", "/__openclaw__/canvas/board.html"],
    ["//evil.example/x", "/__openclaw__/canvas/evil.example/x"],
    ["\\\\evil.example\\x", "/__openclaw__/canvas/evil.example/x"],
    ["/__openclaw__/canvas/a/b.html", "/__openclaw__/canvas/a/b.html"],
    ["/__clawdbot__/canvas/a.html", "/__clawdbot__/canvas/a.html"],
    ["/__openclaw__/a2ui/", "/__openclaw__/a2ui/"],
    ["/a/./b/../c.html", "/__openclaw__/canvas/a/c.html"],
    ["http://10.0.0.7:18793/__openclaw__/canvas/board.html", "/__openclaw__/canvas/board.html"],
    ["http://10.0.0.7:18793/__openclaw__/cap/old/__openclaw__/canvas/board.html", "/__openclaw__/canvas/board.html"],
  ])("%j is the canvas's %s", (text, path) => {
    expect(readDestination(text, BASE)).toEqual({ kind: "canvas", path });
  });

  test.each([
    ["https://example.org/a", "https://example.org/a"],
    ["HTTP://Example.org", "http://example.org/"],
    ["http://10.0.0.7:18793/other", "http://10.0.0.7:18793/other"],
    ["http://10.0.0.7:18794/__openclaw__/canvas/", "http://10.0.0.7:18794/__openclaw__/canvas/"],
  ])("%j is a page of the web", (text, href) => {
    const found = readDestination(text, BASE);
    expect(found.kind === "web" && found.url.href).toBe(href);
  });

  test.each([
    "file:///etc/passwd", "FILE:/etc/passwd", "javascript:alert(1)", "data:text/html,x", "about:blank", "chrome://settings", "view-source:http://x/", "ftp://x/", "http://user:pw@example.org/",
    "http://", "/../../etc/passwd", "/%2e%2e/%2e%2e/secret", "/__openclaw__/canvas/../../x", "/__openclaw__/canvas/%2e%2e/cap/x", "..\\..\\x",
  ])("%j is refused", (text) => {
    expect(readDestination(text, BASE)).toMatchObject({ kind: "refused", message: expect.stringMatching(/[.:]/) });
  });

  test("an endless one is refused", () => {
    expect(readDestination(`https://example.org/${"x".repeat(9_000)}`, BASE)).toMatchObject({ kind: "refused" });
  });

  test("whatever is given leads to the canvas, to http(s), or nowhere", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.string().map((text) => `/${text}`), fc.constantFrom("..", "%2e%2e", "\\").chain((up) => fc.string().map((text) => `/${up}/${text}/${up}/${up}`))), (text) => {
      const found = readDestination(text, BASE);
      if (found.kind === "web") expect(found.url.protocol).toMatch(/^https?:$/);
      if (found.kind === "canvas") expect(new URL(BASE + found.path).pathname).toMatch(/^\/__openclaw__\/cap\/abc\/__(openclaw|clawdbot)__\/(canvas|a2ui)\//);
    }));
  });

  test("which pages are the gateway's own", () => {
    for (const path of ["/__openclaw__/cap/new/__openclaw__/canvas/x.html", "/__openclaw__/a2ui/", "/__clawdbot__/canvas/"]) expect(isOwnPage(`http://10.0.0.7:18793${path}`, BASE)).toBe(true);
    for (const url of ["http://10.0.0.7:18793/x", "http://10.0.0.7:18793/x/__openclaw__/canvas/", "http://10.0.0.8:18793/__openclaw__/canvas/", "https://10.0.0.7:18793/__openclaw__/canvas/", "about:blank", "", "data:text/html,/__openclaw__/canvas/"]) expect(isOwnPage(url, BASE)).toBe(false);
    expect(isOwnPage("http://10.0.0.7:18793/__openclaw__/canvas/", undefined)).toBe(false);
  });
});

describe("which hosts are shown", () => {
  const names: Readonly<Record<string, readonly string[]>> = {
    "example.org": ["93.184.216.34"], "router.local": ["192.168.1.1"], "rebind.example": ["127.0.0.1"], "mixed.example": ["10.0.0.1", "93.184.216.34"], "neighbour.example": ["93.184.216.99"],
  };
  const judge = (allowPrivateHosts: readonly string[] = []) => new HostJudge({
    locality: new AddressLocality(), allowPrivateHosts, canvas: () => BASE, ownNetworks: () => ["93.184.216.96/28"],
    resolve: async (name) => names[name] ?? Promise.reject(new Error("no such name")),
  });
  const at = (hostname: string, port = 80) => ({ hostname, port });

  test("public ones, by the address that was judged", async () => {
    expect(await judge().judge(at("example.org"))).toEqual({ kind: "open", address: "93.184.216.34" });
    expect(await judge().judge(at("EXAMPLE.org."))).toEqual({ kind: "open", address: "93.184.216.34" });
    expect(await judge().judge(at("mixed.example"))).toEqual({ kind: "open", address: "93.184.216.34" });
  });

  test.each(["127.0.0.1", "[::1]", "169.254.169.254", "router.local", "rebind.example", "neighbour.example", "[::ffff:10.0.0.1]", "0.0.0.0", "nowhere.example"])("not %s", async (host) => {
    expect(await judge().judge(at(host))).toMatchObject({ kind: "closed" });
  });

  test("the canvas's, and those that the owner named, with their ports", async () => {
    expect(await judge().judge(at("10.0.0.7", 18_793))).toMatchObject({ kind: "open" });
    expect(await judge().judge(at("10.0.0.7", 18_789))).toMatchObject({ kind: "closed" });
    expect(await judge(["Router.local:8080"]).judge(at("router.local", 8_080))).toEqual({ kind: "open", address: "192.168.1.1" });
    expect(await judge(["router.local:8080"]).judge(at("router.local", 80))).toMatchObject({ kind: "closed", message: expect.stringContaining('"router.local:80"') });
    expect(await judge(["*"]).judge(at("169.254.169.254"))).toMatchObject({ kind: "open" });
  });
});

describe("what callers may send", () => {
  test("a placement is kept within reason", () => {
    expect(readPresent({ url: "/x", placement: { x: -1e9, y: 2.4, width: 3, height: 1e9 } })).toEqual({ url: "/x", placement: { x: -10_000, y: 2, width: 64, height: 4_096 } });
    expect(readPresent(undefined)).toEqual({ placement: {} });
    for (const params of [[], "x", { url: 7 }, { placement: [] }, { placement: { width: "wide" } }, { placement: { x: Number.NaN } }]) expect(readPresent(params)).toMatchObject({ kind: "failed", code: "INVALID_REQUEST" });
  });

  test("a picture's wish", () => {
    expect(readSnapshot({})).toEqual({ format: "png", quality: 90 });
    expect(readSnapshot({ format: "jpg", maxWidth: 320.4, quality: 0.5 })).toEqual({ format: "jpeg", maxWidth: 320, quality: 50 });
    expect(readSnapshot({ format: "jpeg", quality: 80 })).toEqual({ format: "jpeg", quality: 80 });
    for (const params of [{ format: "gif" }, { maxWidth: -1 }, { maxWidth: "x" }, { quality: 101 }, { quality: -1 }, []]) expect(readSnapshot(params)).toMatchObject({ kind: "failed", code: "INVALID_REQUEST" });
  });

  test("an action of a person, told in one sentence that nobody can forge another in", () => {
    const action = { id: "a", name: "pay\u001b[31m\nnow", surfaceId: "main", sourceComponentId: "b", context: { x: 1 } };
    expect(readUserAction(JSON.stringify({ userAction: action }))).toEqual({
      id: "a", message: 'The person used the canvas: action "pay now", surface "main", component "b". What it stands for, as JSON: {"x":1}',
    });
    for (const text of ["", "{", "null", "{}", '{"userAction":{"name":"x"}}', '{"userAction":{"id":"x"}}', JSON.stringify({ userAction: { id: "a", name: "b", context: "x".repeat(9_000) } })]) expect(readUserAction(text)).toBeUndefined();
  });
});

test("a browser is found by its name on the PATH, or where it was said to be, and nowhere else", async () => {
  expect(hasDriver()).toBe(true);
  expect(await findBrowser(undefined, { PATH: "/nowhere" })).toBeUndefined();
  expect(await findBrowser("/nowhere/chromium")).toBeUndefined();
  expect(await findBrowser("/tmp")).toBeUndefined();
  expect(await findBrowser(process.execPath)).toBe(process.execPath);
});

inChromium("in Chromium", () => {
  let pages: CanvasPages;
  let commands: ReadonlyMap<string, NodeCommand>;
  const told: { event: string; payload: Readonly<Record<string, unknown>> }[] = [];
  let takes = true;
  let heard = (): void => undefined;
  let hasCanvas = true;
  let asksForCanvas = 0;

  const make = (config: BrowserConfig = {}): ReadonlyMap<string, NodeCommand> => {
    let known = pages.base;
    const link = {
      canvasUrl: async ({ renew = false } = {}) => {
        if (renew) {
          asksForCanvas += 1;
          known = pages.base;
        }
        return hasCanvas ? known : undefined;
      },
      tell: async (event: string, payload: Readonly<Record<string, unknown>>) => {
        told.push({ event, payload });
        heard();
        return takes;
      },
    };
    const made = browserCommands({ config: { executablePath: CHROMIUM, sandbox: false, ...config }, link, locality: new AddressLocality(), clock: new SystemClock() });
    return new Map(made.map((command) => [command.name, command]));
  };

  const call = (more: Partial<NodeCall> = {}): NodeCall => ({ cancel: new AbortController().signal, progress: () => undefined, tell: () => undefined, ...more });
  const run = async (name: string, params: unknown = {}, more: Partial<NodeCall> = {}, from = commands): Promise<NodeCommandOutcome> => {
    const command = from.get(name);
    if (!command) throw new Error(`there is no ${name}`);
    return await command.run(params, call(more));
  };
  const evaluate = async (javaScript: string): Promise<string> => {
    const outcome = await run("canvas.eval", { javaScript });
    if (outcome.kind === "failed") throw new Error(outcome.message);
    return (outcome.payload as { result: string }).result;
  };

  beforeAll(async () => {
    pages = await CanvasPages.open();
    commands = make();
  });
  beforeEach(() => {
    takes = true;
    hasCanvas = true;
    told.length = 0;
  });
  afterAll(async () => {
    for (const command of commands.values()) await command.close?.();
    await pages.close();
  });

  test("every command of the canvas is there", async () => {
    expect([...commands.keys()]).toEqual(["canvas.present", "canvas.hide", "canvas.navigate", "canvas.eval", "canvas.snapshot", "canvas.a2ui.push", "canvas.a2ui.pushJSONL", "canvas.a2ui.reset"]);
    for (const command of commands.values()) expect(await command.available()).toBe(true);
    for (const config of [{ enabled: false }, { executablePath: "/nowhere" }]) for (const command of make(config).values()) expect(await command.available()).toBe(false);
  });

  test("present shows a page of the canvas, of the size that was asked for", async () => {
    expect(await run("canvas.present", { url: "/board.html", placement: { x: 20, y: 30, width: 640, height: 360 } })).toEqual({ kind: "done" });
    expect(await evaluate("[document.title, innerWidth, innerHeight, screenX, screenY].join()")).toBe("Board,640,360,20,30");
  });

  test("a snapshot is the page, as small as was asked for", async () => {
    await run("canvas.present", { url: "/board.html", placement: { width: 640, height: 360 } });
    const whole = await run("canvas.snapshot");
    expect(whole).toMatchObject({ kind: "done", payload: { format: "png", width: 640, height: 360 } });
    const png = Buffer.from((whole as { payload: { base64: string } }).payload.base64, "base64");
    expect([png.subarray(1, 4).toString("latin1"), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(["PNG", 640, 360]);
    if (process.env["KEEP_SNAPSHOT"]) writeFileSync(process.env["KEEP_SNAPSHOT"], png);

    const small = await run("canvas.snapshot", { format: "jpeg", maxWidth: 320, quality: 0.3 });
    expect(small).toMatchObject({ kind: "done", payload: { format: "jpeg", width: 320, height: 180 } });
    const jpeg = Buffer.from((small as { payload: { base64: string } }).payload.base64, "base64");
    expect([...jpeg.subarray(0, 2)]).toEqual([0xff, 0xd8]);
    expect(jpeg.length).toBeLessThan(png.length * 4);
  });

  test("a picture that is too large comes smaller", async () => {
    await run("canvas.present", { url: "/board.html", placement: { width: 2_000, height: 2_000 } });
    await evaluate(`(() => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [2000, 2000];
      document.body.replaceChildren(canvas);
      const brush = canvas.getContext("2d");
      const noise = brush.createImageData(2000, 2000);
      for (let at = 0; at < noise.data.length; at += 65536) crypto.getRandomValues(noise.data.subarray(at, at + 65536));
      for (let at = 3; at < noise.data.length; at += 4) noise.data[at] = 255;
      brush.putImageData(noise, 0, 0);
    })()`);
    const outcome = await run("canvas.snapshot", { format: "png" });
    const { base64, width } = (outcome as { payload: { base64: string; width: number } }).payload;
    expect(base64.length).toBeLessThanOrEqual(5_000_000);
    expect(width).toBeLessThan(2_000);
  });

  test("what a script comes to is text", async () => {
    await run("canvas.present", { url: "/board.html" });
    const cases: readonly [string, string][] = [
      ["1 + 1", "2"], ["'a' + 'b'", "ab"], ["undefined", ""], ["null", "null"], ["({ a: [1] })", '{"a":[1]}'], ["document.title;", "Board"], ["const x = 2; x * 3", "6"], ["const x = 3; x * 3", "9"],
      ["await new Promise((resolve) => setTimeout(resolve, 5, 'later'))", "later"], ["10n", "10"], ["Promise.resolve(7)", "7"], ["1 // a remark", "1"], ["(() => { const a = {}; a.a = a; return a; })()", "[object Object]"],
    ];
    for (const [script, result] of cases) expect([script, await evaluate(script)]).toEqual([script, result]);
  });

  test("a script that fails says how; one without an end is ended; too much of a result is refused", async () => {
    await run("canvas.present", { url: "/board.html" });
    expect(await run("canvas.eval", { javaScript: "throw new Error('boom')" })).toEqual({ kind: "failed", code: "INVALID_REQUEST", message: "The script failed: Error: boom" });
    expect(await run("canvas.eval", { javaScript: "no such thing" })).toMatchObject({ code: "INVALID_REQUEST", message: expect.stringContaining("SyntaxError") });
    expect(await run("canvas.eval", { javaScript: "'x'.repeat(2_000_000)" })).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
    expect(await run("canvas.eval", {})).toMatchObject({ code: "INVALID_REQUEST" });
    const stop = new AbortController();
    const endless = run("canvas.eval", { javaScript: "for (;;);" }, { cancel: stop.signal });
    setTimeout(() => stop.abort(), 300);
    expect(await endless).toMatchObject({ kind: "failed", code: "UNAVAILABLE" });
    expect(await evaluate("1 + 1")).toBe("2");
  });

  test("navigate follows the web and the canvas, and nothing else", async () => {
    expect(await run("canvas.navigate", { url: "/" })).toEqual({ kind: "done" });
    expect(await evaluate("location.pathname.replace(/cap.[^/]+/, 'cap')")).toBe("/__openclaw__/cap/__openclaw__/canvas/");
    expect(await run("canvas.navigate", { url: `${pages.origin}/plain` })).toEqual({ kind: "done" });
    expect(await evaluate("document.title")).toBe("Plain");
    expect(await run("canvas.navigate", { url: "/missing.html" })).toMatchObject({ kind: "failed", message: expect.stringContaining("no such page") });
    for (const url of ["file:///etc/passwd", "chrome://version", "http://169.254.169.254/", "http://localhost:1/"]) expect(await run("canvas.navigate", { url })).toMatchObject({ kind: "failed", code: "INVALID_REQUEST" });
  });

  test("neither a redirect nor a script of a page leads to files or into this host's network", async () => {
    const inner = createServer((_, response) => response.end("inner"));
    await new Promise<void>((resolve) => inner.listen(0, "127.0.0.1", resolve));
    const { port } = inner.address() as AddressInfo;
    let calls = 0;
    inner.on("connection", () => (calls += 1));
    expect(await run("canvas.navigate", { url: `${pages.origin}/to-file` })).toMatchObject({ kind: "failed" });
    await run("canvas.navigate", { url: `${pages.origin}/to-metadata` });
    expect(await evaluate("document.body.innerText")).toContain("not on the public internet");
    await run("canvas.present", { url: "/board.html" });
    const attempts = `(async () => {
      const tried = await Promise.all([
        fetch("http://127.0.0.1:${port}/", { mode: "no-cors" }).then((answer) => answer.type === "opaque" ? "asked" : "no", () => "no"),
        fetch("file:///etc/passwd").then(() => "read", () => "no"),
        new Promise((resolve) => { const socket = new WebSocket("ws://127.0.0.1:${port}/"); socket.onopen = () => resolve("open"); socket.onerror = () => resolve("no"); }),
      ]);
      location.href = "file:///etc/passwd";
      return tried.slice(1).join();
    })()`;
    expect(await evaluate(attempts)).toBe("no,no");
    expect(await evaluate("document.title")).toBe("Board");
    expect(calls).toBe(0);
    await new Promise((resolve) => inner.close(resolve));
  });

  test("a page that never answers is called off", async () => {
    const stop = new AbortController();
    const slow = run("canvas.navigate", { url: `${pages.origin}/never` }, { cancel: stop.signal });
    setTimeout(() => stop.abort(), 300);
    expect(await slow).toMatchObject({ kind: "failed", code: "UNAVAILABLE" });
    expect(await run("canvas.navigate", { url: "/board.html" })).toEqual({ kind: "done" });
  });

  test("a way in that has expired is asked for anew", async () => {
    pages.expire();
    const before = asksForCanvas;
    expect(await run("canvas.present", { url: "/board.html" })).toEqual({ kind: "done" });
    expect(asksForCanvas).toBe(before + 1);
    expect(await evaluate("document.title")).toBe("Board");
  });

  test("without a canvas, pages of the web are shown all the same", async () => {
    hasCanvas = false;
    expect(await run("canvas.present", { url: "/board.html" })).toMatchObject({ kind: "failed", message: expect.stringContaining("no canvas") });
    expect(await run("canvas.a2ui.push", { messages: [{ deleteSurface: { surfaceId: "main" } }] })).toMatchObject({ kind: "failed" });
  });

  describe("A2UI", () => {
    const message = { surfaceUpdate: { surfaceId: "main", components: [{ id: "r", component: { Text: { text: { literalString: "Hi" } } } }] } };
    const shown = async (): Promise<unknown> => JSON.parse(await evaluate("document.querySelector('#shown').textContent || '[]'"));

    test("messages are shown, as a list or as lines, and taken away", async () => {
      await run("canvas.present", { url: "/board.html" });
      expect(await run("canvas.a2ui.pushJSONL", { jsonl: `${JSON.stringify(message)}\n\n${JSON.stringify({ beginRendering: { surfaceId: "main", root: "r" } })}\n` })).toEqual({ kind: "done" });
      expect(await run("canvas.a2ui.push", { messages: [{ deleteSurface: { surfaceId: "</script>\u2028" } }] })).toEqual({ kind: "done" });
      expect(await shown()).toEqual([message, { beginRendering: { surfaceId: "main", root: "r" } }, { deleteSurface: { surfaceId: "</script>\u2028" } }]);
      expect(await run("canvas.a2ui.reset")).toEqual({ kind: "done" });
      expect(await shown()).toEqual([]);
    });

    test("what is no message is refused in words", async () => {
      expect(await run("canvas.a2ui.pushJSONL", { jsonl: `${JSON.stringify(message)}\n{oops` })).toMatchObject({ kind: "failed", code: "INVALID_REQUEST", message: expect.stringMatching(/^Line 2: /) });
      expect(await run("canvas.a2ui.push", { messages: [message, { createSurface: {} }] })).toMatchObject({ kind: "failed", code: "INVALID_REQUEST", message: expect.stringMatching(/^Message 2, createSurface: .*v0\.9/) });
      for (const params of [{}, { messages: [] }, { messages: "x" }, { jsonl: 7 }, null]) expect(await run("canvas.a2ui.push", params)).toMatchObject({ kind: "failed", code: "INVALID_REQUEST" });
    });

    const pressed = async (): Promise<void> => {
      const told = new Promise<void>((resolve) => (heard = resolve));
      await evaluate("document.querySelector('#go').click()");
      await told;
    };
    const status = (): Promise<string> => evaluate("new Promise((resolve) => { const look = () => { const { textContent } = document.querySelector('#status'); textContent ? resolve(textContent) : setTimeout(look, 10); }; look(); })");

    test("a press reaches the assistant, in the conversation that the page belongs to, and its status the page", async () => {
      await run("canvas.navigate", { url: "/board.html" });
      await run("canvas.a2ui.push", { messages: [message] });
      const outcome = await run("canvas.eval", { javaScript: "document.querySelector('#go').click()" }, { sessionKey: "agent:main:tea" });
      expect(outcome.kind).toBe("done");
      while (told.length === 0) await new Promise<void>((resolve) => (heard = resolve));
      expect(told).toEqual([{
        event: "agent.request",
        payload: { message: 'The person used the canvas: action "go", surface "main", component "button". What it stands for, as JSON: {"choice":"tea"}', key: "act-1", sessionKey: "agent:main:tea" },
      }]);
      expect(JSON.parse(await status())).toEqual({ id: "act-1", ok: true });
    });

    test("one that the gateway does not take is told as such", async () => {
      await run("canvas.navigate", { url: "/board.html" });
      await run("canvas.a2ui.push", { messages: [message] });
      takes = false;
      await pressed();
      expect(JSON.parse(await status())).toEqual({ id: "act-1", ok: false, error: "The gateway did not take it." });
    });

    test("a page of the web that posts one is not heard", async () => {
      await run("canvas.navigate", { url: `${pages.origin}/plain` });
      await evaluate("openclawCanvasA2UIAction.postMessage({ userAction: { id: 'x', name: 'pay' } })");
      await run("canvas.navigate", { url: "/board.html" });
      await evaluate("openclawCanvasA2UIAction.postMessage({ userAction: { id: 'y', name: 'own' } })");
      while (told.length === 0) await new Promise<void>((resolve) => (heard = resolve));
      expect(told.map(({ payload }) => payload["key"])).toEqual(["y"]);
    });
  });

  /** The browsers that this process has started. */
  const browsers = (): readonly number[] =>
    readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
      try {
        const parent = Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
        return parent === process.pid && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--remote-debugging-pipe");
      } catch {
        return false;
      }
    });

  (process.platform === "linux" ? test : test.skip)("a browser that has crashed is replaced, and shows what was shown", async () => {
    await run("canvas.present", { url: "/board.html" });
    const waiting = run("canvas.eval", { javaScript: "new Promise(() => undefined)" });
    for (const pid of browsers()) process.kill(pid, "SIGKILL");
    expect(await waiting).toMatchObject({ kind: "failed", message: expect.stringContaining("crashed") });
    expect(await evaluate("document.title")).toBe("Board");
  });

  test("a page that does not let go is closed, and shown anew", async () => {
    expect(await run("canvas.navigate", { url: `${pages.origin}/plain` })).toEqual({ kind: "done" });
    const stop = new AbortController();
    const frozen = run("canvas.eval", { javaScript: "new Promise(() => undefined)" }, { cancel: stop.signal });
    setTimeout(() => stop.abort(), 100);
    expect(await frozen).toMatchObject({ kind: "failed" });
    expect(await evaluate("document.title")).toBe("Plain");
  });

  (process.getuid?.() === 0 ? test : test.skip)("a sandbox that cannot be set up is no browser, and the way on is told", async () => {
    const own = make({ sandbox: true });
    expect(await run("canvas.present", { url: "/board.html" }, {}, own)).toMatchObject({ kind: "failed", code: "UNAVAILABLE", message: expect.stringContaining("node.browser.sandbox") });
    for (const command of own.values()) await command.close?.();
  });

  test("closed, it does nothing more", async () => {
    const own = make();
    expect(await run("canvas.present", { url: "/board.html" }, {}, own)).toEqual({ kind: "done" });
    const waiting = run("canvas.eval", { javaScript: "new Promise(() => undefined)" }, {}, own);
    for (const command of own.values()) await command.close?.();
    expect(await waiting).toMatchObject({ kind: "failed" });
    expect(await run("canvas.snapshot", {}, {}, own)).toMatchObject({ kind: "failed", code: "UNAVAILABLE" });
  });
});
