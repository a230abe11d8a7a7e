import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type BuildOptions } from "esbuild";
import { chromium, type Browser, type Page } from "playwright-core";
import { createGateway, type Gateway } from "../../src/app/compose/create-gateway.js";
import { ScriptedRuntime } from "../../src/adapters/agent/scripted/index.js";
import { decodeSetupCode } from "../../src/domain/pairing/setup-code.js";
import { CHROMIUM, inChromium } from "../support/chromium.js";

const ROOT = process.cwd();
const TSC = join(ROOT, "node_modules", "typescript", "bin", "tsc");
const TOKEN = "the-gateway's-own";
const BUILD_MS = 120_000;

const agent = new ScriptedRuntime((turn) => [{ kind: "say", text: "you said " }, { kind: "say", text: turn.message }]);

let folder: string;
let gateway: Gateway;
let url: string;

beforeAll(() => {
  if (existsSync(join(ROOT, "dist", "client", "browser", "index.js"))) return;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/build.mjs"], { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`the build failed:\n${stdout}${stderr}`);
}, BUILD_MS);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "clients-"));
  gateway = createGateway({ auth: { token: TOKEN }, agent });
  ({ url } = await gateway.listen({ port: 0 }));
});
afterEach(async () => {
  await gateway.close();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(args: readonly string[], given: { env?: Readonly<Record<string, string>>; input?: string } = {}): Promise<Ended> {
  const env = { ...process.env, OPENCLAW_GATEWAY_URL: url, OPENCLAW_GATEWAY_TOKEN: TOKEN, SDK_EXAMPLE_STATE_DIR: folder, ...given.env };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: "pipe", timeout: 20_000, killSignal: "SIGKILL", env });
    child.stdin.on("error", () => undefined).end(given.input ?? "");
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

const FIRST_LINES = "connected: protocol 4, operator.read operator.write\nhealth: ok\nanswer: you said hi\n";

describe("minimal-client", () => {
  test("gets an answer with nothing but a WebSocket", async () => {
    expect(await run(["examples/minimal-client/client.mjs", "hi"])).toEqual({ code: 0, err: "", out: FIRST_LINES });
  }, BUILD_MS);

  test("says why it is refused", async () => {
    const { code, out, err } = await run(["examples/minimal-client/client.mjs"], { env: { OPENCLAW_GATEWAY_TOKEN: "wrong" } });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("gateway token mismatch");
  });
});

describe("sdk-node", () => {
  test("comes back with the token that it was issued", async () => {
    const whole = { code: 0, err: "", out: `${FIRST_LINES}heard on the way: yes\n` };
    expect(await run(["examples/sdk-node/client.mjs", "hi"])).toEqual(whole);
    expect((await stat(join(folder, "identity", "device-auth.json"))).mode & 0o777).toBe(0o600);
    expect(await run(["examples/sdk-node/client.mjs", "hi"], { env: { OPENCLAW_GATEWAY_TOKEN: "" } })).toEqual(whole);
  }, BUILD_MS);

  test("says what it needs and ends", async () => {
    const { code, err } = await run(["examples/sdk-node/client.mjs"], { env: { OPENCLAW_GATEWAY_TOKEN: "wrong" } });
    expect(code).toBe(1);
    expect(err).toContain("Give the client the gateway's own token");
  });
});

const bundleOf = (options: BuildOptions) =>
  build({ absWorkingDir: ROOT, bundle: true, format: "esm", platform: "browser", write: false, logLevel: "silent", metafile: true, define: { GATEWAY_URL: JSON.stringify(url) }, ...options });

describe("the browser's half", () => {
  test("is what a bundler for browsers finds, alone, and small", async () => {
    const { metafile, outputFiles } = await bundleOf({ entryPoints: ["examples/sdk-browser/main.mjs"], minify: true });
    const inputs = Object.keys(metafile?.inputs ?? {});
    expect(inputs).toContain("dist/client/browser/index.js");
    expect(inputs.filter((path) => /node_modules|\/node\/|typebox|dist\/(app|adapters|ports)/.test(path))).toEqual([]);
    expect(outputFiles?.[0]?.contents.length).toBeLessThan(40_000);
  });

  inChromium("in Chromium", () => {
    let browser: Browser;
    let server: Server;
    let page: Page;
    let origin: string;
    const dialled: string[] = [];
    const problems: string[] = [];

    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    }, BUILD_MS);
    afterAll(() => browser?.close());

    beforeEach(async () => {
      const bundle = await bundleOf({ entryPoints: ["examples/sdk-browser/main.mjs"] });
      const files = new Map([["/", { type: "text/html", text: readFileSync("examples/sdk-browser/index.html", "utf8") }], ["/main.js", { type: "text/javascript", text: bundle.outputFiles?.[0]?.text ?? "" }]]);
      server = createServer((request, response) => {
        const file = files.get((request.url ?? "").replace(/\?.*/, ""));
        response.writeHead(file ? 200 : 404, { "content-type": file?.type ?? "text/plain" }).end(file?.text);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      page = await (await browser.newContext()).newPage();
      dialled.length = problems.length = 0;
      page.on("websocket", (socket) => dialled.push(socket.url().replace(/\/$/, "")));
      page.on("pageerror", (error) => problems.push(error.message));
    });
    afterEach(async () => {
      await page.context().close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    const connect = async (secret: string): Promise<void> => {
      await page.fill("#secret", secret);
      await page.click("#connect button");
    };
    const stateIs = (kind: string): Promise<unknown> => page.waitForFunction(`document.getElementById("state").textContent === ${JSON.stringify(kind)}`);
    const answerOf = async (message: string): Promise<string | null> => {
      await page.fill("#message", message);
      await page.click("#ask button");
      await page.waitForFunction(`document.getElementById("answer").textContent.includes(${JSON.stringify(message)})`);
      return page.textContent("#answer");
    };

    test("a page is let in by its owner, asks, and comes back with a token of its own and no other's endpoint", async () => {
      const requests = gateway.events("device.pair.requested");
      await page.goto(`${origin}/?gatewayUrl=ws://192.0.2.1:1&url=ws://192.0.2.1:1`);
      await connect(TOKEN);
      const { value: request } = await requests.next();
      await page.waitForFunction(`document.getElementById("hint").textContent.includes("openclaw devices approve ${String(request.requestId)}")`);
      await gateway.call("device.pair.approve", { requestId: request.requestId });
      await stateIs("open");
      expect(await answerOf("hi")).toBe("you said hi");

      await page.reload();
      await connect("");
      await stateIs("open");
      expect(await answerOf("again")).toBe("you said again");
      const devices = await gateway.call("device.pair.list", {});
      expect(devices.paired.map(({ deviceId }) => deviceId)).toEqual([request.deviceId]);

      // Nothing that a script on the page could carry away signs for this device.
      const readable = await page.evaluate(`new Promise((resolve) => {
        const open = indexedDB.open("openclaw-device");
        open.onsuccess = () => {
          const get = open.result.transaction("keys").objectStore("keys").get("device");
          get.onsuccess = () => resolve(get.result.privateKey.extractable);
        };
      })`);
      expect(readable).toBe(false);
      expect(new Set(dialled)).toEqual(new Set([url]));
      expect(problems).toEqual([]);
    }, BUILD_MS);

    test("a setup code lets a page in that nobody approves, once", async () => {
      const { setupCode } = await gateway.call("device.pair.setupCode", {});
      await page.goto(origin);
      await connect(`oc-pair://${setupCode}`);
      await stateIs("open");
      expect(await answerOf("hi")).toBe("you said hi");
      // What was paired comes back without it, and what was not is not let in by it.
      await page.reload();
      await connect("");
      await stateIs("open");
      const stranger = await (await browser.newContext()).newPage();
      await stranger.goto(origin);
      await stranger.fill("#secret", setupCode);
      await stranger.click("#connect button");
      await stranger.waitForFunction(`document.getElementById("state").textContent === "paused"`);
      expect(await stranger.textContent("#hint")).toContain("openclaw devices invite");
      expect(await page.evaluate(`JSON.stringify(localStorage)`)).not.toContain(decodeSetupCode(setupCode)?.bootstrapToken);
      await stranger.context().close();
      expect((await gateway.call("device.pair.list", {})).paired).toHaveLength(1);
      expect(problems).toEqual([]);
    }, BUILD_MS);

    test("a page outlives its gateway's restart, and what it asked meanwhile is answered", async () => {
      await gateway.close();
      const stateDir = join(folder, "state");
      const start = async (port: number): Promise<void> => {
        gateway = createGateway({ auth: { token: TOKEN }, agent, stateDir });
        ({ url } = await gateway.listen({ port }));
      };
      const port = Number(new URL(url).port);
      await start(port);
      const requests = gateway.events("device.pair.requested");
      await page.goto(origin);
      await connect(TOKEN);
      const { value: request } = await requests.next();
      await gateway.call("device.pair.approve", { requestId: request.requestId });
      await stateIs("open");
      await gateway.close();
      await stateIs("waiting");
      const answer = answerOf("are you back?");
      await start(port);
      expect(await answer).toBe("you said are you back?");
      expect(problems).toEqual([]);
    }, BUILD_MS);

    test("a wrong token pauses it, with what to do", async () => {
      await page.goto(origin);
      await connect("wrong");
      await stateIs("paused");
      expect(await page.textContent("#hint")).toBe("Give the client the gateway's own token: this one is not it.");
    }, BUILD_MS);
  });
});

describe("types", () => {
  const strict = ["--ignoreConfig", "--noEmit", "--allowJs", "--checkJs", "--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "--target", "ES2023"];

  test("the examples fit what the package publishes, in Node and in a page", async () => {
    const node = [TSC, ...strict, "--module", "NodeNext", "--types", "node", "examples/minimal-client/client.mjs", "examples/sdk-node/client.mjs"];
    const page = [TSC, ...strict, "--module", "ESNext", "--moduleResolution", "bundler", "--customConditions", "browser", "--lib", "ES2023,DOM,DOM.Iterable", "--types", "", "examples/sdk-browser/main.mjs", "examples/sdk-browser/gateway-url.d.ts"];
    for (const args of [node, page]) expect(await run(args)).toMatchObject({ code: 0, out: "" });
  }, BUILD_MS);
});

describe("docs/client.md", () => {
  const blocks = [...readFileSync("docs/client.md", "utf8").matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code = ""], index) => ({ number: index + 1, code }));

  test("has code to run", () => {
    expect(blocks.length).toBeGreaterThan(2);
  });

  test.each(blocks)("block $number runs and its process ends by itself", async ({ code }) => {
    const { code: exit, err } = await run(["--input-type=module"], { input: code });
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
  }, BUILD_MS);
});
