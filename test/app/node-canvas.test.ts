import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ScriptedRuntime } from "../../src/adapters/agent/scripted/index.js";
import { createGateway, type Gateway } from "../../src/app/compose/create-gateway.js";
import { canvasCommands, createNode, type Node } from "../../src/app/node/index.js";
import { CHROMIUM, inChromium } from "../support/chromium.js";

const SLOW_MS = 120_000;
const PICTURES = process.env["CANVAS_PICTURES"];

/** The gateway's own canvas and its page for A2UI, shown and asked by a node over a real socket. */
inChromium("a node that shows the gateway's canvas", () => {
  let folder: string;
  let gateway: Gateway;
  let node: Node;
  let url: string;
  const heard: string[] = [];
  const agent = new ScriptedRuntime(({ message }) => {
    heard.push(message);
    return [{ kind: "say", text: "Noted." }];
  });

  beforeAll(async () => {
    if (!existsSync("dist/canvas/a2ui/a2ui.js")) {
      const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/build-canvas.mjs"], { encoding: "utf8" });
      if (status !== 0) throw new Error(`the build failed:\n${stdout}${stderr}`);
    }
    folder = await mkdtemp(join(tmpdir(), "node-canvas-"));
    const canvas = { enabled: true, root: join(folder, "canvas"), liveReload: true, trustLoopback: false };
    gateway = createGateway({ auth: { token: "the-token" }, agent, settings: { canvas } });
    ({ url } = await gateway.listen({ port: 0 }));
    const requests = gateway.events("node.pair.requested");
    node = await createNode({
      url, token: "the-token", stateDir: join(folder, "node"), displayName: "wall",
      commands: (link) => canvasCommands(link, { executablePath: CHROMIUM, sandbox: false, width: 640, height: 480 }),
    });
    node.start();
    for await (const { requestId } of requests) {
      await gateway.call("node.pair.approve", { requestId });
      break;
    }
  }, SLOW_MS);
  afterAll(async () => {
    await node?.stop();
    await gateway?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const invoke = async (command: string, params: unknown = {}, more: object = {}): Promise<unknown> => {
    const { payload } = await gateway.call("node.invoke", { nodeId: node.nodeId, command, params, timeoutMs: 60_000, idempotencyKey: crypto.randomUUID(), ...more });
    return payload;
  };
  const evaluate = async (javaScript: string): Promise<string> => ((await invoke("canvas.eval", { javaScript })) as { result: string }).result;
  /** What was written just now is loaded once more, when the gateway has heard of it. */
  const titled = async (title: string): Promise<void> => {
    while ((await evaluate("document.title").catch(() => "")) !== title) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const picture = async (name: string): Promise<{ format: string; width: number; base64: string }> => {
    const taken = (await invoke("canvas.snapshot", { format: "png" })) as { format: string; width: number; base64: string };
    if (PICTURES !== undefined) writeFileSync(join(PICTURES, `${name}.png`), Buffer.from(taken.base64, "base64"));
    return taken;
  };

  test("it is the canvas's first page without an address, and none that is not there", async () => {
    await invoke("canvas.present");
    expect(await evaluate("location.pathname")).toMatch(/\/__openclaw__\/canvas\/$/);
    await expect(invoke("canvas.navigate", { url: "/missing.html" })).rejects.toMatchObject({ message: expect.stringContaining("no such page") });
    await expect(invoke("canvas.navigate", { url: "file:///etc/passwd" })).rejects.toMatchObject({ message: expect.stringContaining("INVALID_REQUEST") });
  }, SLOW_MS);

  test("a page that an agent wrote is presented, and a picture of it taken", async () => {
    await writeFile(join(folder, "canvas", "board.html"), "<!doctype html><title>Board</title><body style='margin:0;background:#0a7d33;color:#fff;font:32px sans-serif'><h1>Milk, eggs</h1>");
    await invoke("canvas.present", { url: "/board.html" });
    await titled("Board");
    const { format, width, base64 } = await picture("board");
    expect({ format, width }).toEqual({ format: "png", width: 640 });
    expect(Buffer.from(base64, "base64").readUInt32BE(16)).toBe(640);
  }, SLOW_MS);

  test("a page that changes is shown anew", async () => {
    await invoke("canvas.present", { url: "/board.html" });
    await evaluate("globalThis.isOld = true");
    await writeFile(join(folder, "canvas", "board.html"), "<!doctype html><title>Changed</title>");
    await evaluate("1");
    await titled("Changed");
    expect(await evaluate("typeof isOld")).toBe("undefined");
  }, SLOW_MS);

  const SURFACE = [
    { surfaceUpdate: { surfaceId: "tea", components: [
      { id: "root", component: { Card: { child: "all" } } },
      { id: "all", component: { Column: { children: { explicitList: ["title", "ok"] } } } },
      { id: "title", component: { Text: { text: { literalString: "Tea?" }, usageHint: "h2" } } },
      { id: "ok", component: { Button: { child: "yes", primary: true, action: { name: "brew", context: [{ key: "kind", value: { literalString: "green" } }] } } } },
      { id: "yes", component: { Text: { text: { literalString: "Yes, please" } } } },
    ] } },
    { beginRendering: { surfaceId: "tea", root: "root" } },
  ];

  /** The button of a surface, inside of whatever it is drawn with. */
  const BUTTON = `(() => {
    const find = (root) => {
      for (const one of root.querySelectorAll("*")) {
        if (one.localName === "button" && /Yes, please/.test(one.textContent + (one.shadowRoot?.textContent ?? "") + [...one.querySelectorAll("*")].map((inner) => inner.shadowRoot?.textContent ?? "").join(""))) return one;
        const inside = one.shadowRoot && find(one.shadowRoot);
        if (inside) return inside;
      }
    };
    return find(document) ?? (() => { const any = (root) => root.querySelector("button") ?? [...root.querySelectorAll("*")].map((one) => one.shadowRoot && any(one.shadowRoot)).find(Boolean); return any(document); })();
  })()`;

  test("a surface is drawn, and a press on its button reaches the agent, in the conversation that it belongs to", async () => {
    await invoke("canvas.a2ui.pushJSONL", { jsonl: SURFACE.map((message) => JSON.stringify(message)).join("\n") });
    while ((await evaluate(`Boolean(${BUTTON})`)) !== "true") await new Promise((resolve) => setTimeout(resolve, 50));
    await picture("surface");
    await invoke("canvas.eval", { javaScript: `${BUTTON}.click()` }, { sessionKey: "main" });
    while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard).toEqual(['The person used the canvas: action "brew", surface "tea", component "ok". What it stands for, as JSON: {"kind":"green"}']);
    while (!(await evaluate("document.getElementById('status').textContent")).includes("Done")) await new Promise((resolve) => setTimeout(resolve, 50));

    await expect(invoke("canvas.a2ui.pushJSONL", { jsonl: `${JSON.stringify(SURFACE[0])}\n{"createSurface":{}}` })).rejects.toMatchObject({ message: expect.stringMatching(/Line 2, createSurface/) });
    await invoke("canvas.a2ui.reset");
    expect(await evaluate("document.querySelectorAll('a2ui-surface').length")).toBe("0");
  }, SLOW_MS);
});
