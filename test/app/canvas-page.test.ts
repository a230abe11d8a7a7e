import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { chromium, type Browser, type Page } from "playwright-core";
import { browserCommands } from "../../src/adapters/node-commands/browser/index.js";
import { AddressLocality, SystemClock } from "../../src/adapters/system/index.js";
import { CanvasDoor } from "../support/canvas-door.js";
import { CHROMIUM, inChromium } from "../support/chromium.js";

const ROOT = process.cwd();
const SLOW_MS = 120_000;

/** Looked at while the tests were written. */
const PICTURES = process.env["CANVAS_PICTURES"];

const SURFACE = [
  { surfaceUpdate: { surfaceId: "order", components: [
    { id: "root", component: { Card: { child: "all" } } },
    { id: "all", component: { Column: { children: { explicitList: ["title", "intro", "who", "agree", "when", "much", "how", "notes", "line", "ok"] } } } },
    { id: "title", component: { Text: { text: { literalString: "Your *order*" }, usageHint: "h2" } } },
    { id: "intro", component: { Row: { children: { explicitList: ["icon", "text"] }, alignment: "center" } } },
    { id: "icon", component: { Icon: { name: { literalString: "shoppingCart" } } } },
    // The text is another component's id, which it must not turn into.
    { id: "text", component: { Text: { text: { literalString: "title" } } } },
    { id: "who", component: { TextField: { label: { literalString: "Name" }, text: { path: "/who" } } } },
    { id: "agree", component: { CheckBox: { label: { literalString: "Gift wrap" }, value: { path: "/wrap" } } } },
    { id: "when", component: { DateTimeInput: { value: { path: "/when" }, enableTime: false } } },
    { id: "much", component: { Slider: { label: { literalString: "How many" }, value: { path: "/many" }, minValue: 0, maxValue: 9 } } },
    { id: "how", component: { MultipleChoice: { selections: { path: "/ways" }, maxAllowedSelections: 1, options: [{ label: { literalString: "By post" }, value: "post" }, { label: { literalString: "By hand" }, value: "hand" }] } } },
    { id: "notes", component: { List: { children: { template: { componentId: "note", dataBinding: "/notes" } } } } },
    { id: "note", component: { Text: { text: { path: "text" }, usageHint: "caption" } } },
    { id: "line", component: { Divider: {} } },
    { id: "ok", component: { Button: { child: "okText", primary: true, action: { name: "order", context: [{ key: "who", value: { path: "/who" } }, { key: "many", value: { path: "/many" } }, { key: "wrap", value: { path: "/wrap" } }, { key: "ways", value: { path: "/ways" } }, { key: "fixed", value: { literalNumber: 7 } }, { key: "unknown", value: { path: "/unknown" } }] } } } },
    { id: "okText", component: { Text: { text: { literalString: "Order" } } } },
  ] } },
  { dataModelUpdate: { surfaceId: "order", contents: [
    { key: "who", valueString: "Ada" }, { key: "many", valueNumber: 0 }, { key: "wrap", valueBoolean: false }, { key: "when", valueString: "2026-03-01" },
    { key: "notes", valueMap: [{ key: "0", valueMap: [{ key: "text", valueString: "Fragile" }] }, { key: "1", valueMap: [{ key: "text", valueString: "Urgent" }] }] },
  ] } },
  { beginRendering: { surfaceId: "order", root: "root", styles: { primaryColor: "#1a6f3c" } } },
];

inChromium("in Chromium", () => {
  let browser: Browser;
  let canvas: CanvasDoor;
  let page: Page;
  let base: string;
  const problems: string[] = [];

  beforeAll(async () => {
    if (!existsSync("dist/canvas/a2ui/a2ui.js")) {
      const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/build-canvas.mjs"], { cwd: ROOT, encoding: "utf8" });
      if (status !== 0) throw new Error(`the build failed:\n${stdout}${stderr}`);
    }
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  }, SLOW_MS);
  afterAll(() => browser?.close());

  beforeEach(async () => {
    canvas = await CanvasDoor.open();
    base = `http://127.0.0.1:${canvas.door.port}${canvas.baseOf((await canvas.node()).hello)}`;
    page = await (await browser.newContext({ viewport: { width: 480, height: 900 } })).newPage();
    problems.length = 0;
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
    });
  }, SLOW_MS);
  afterEach(async () => {
    await page.context().close();
    expect(canvas.door.errors()).toEqual([]);
    await canvas.close();
  });

  /** A device's bridge, as an Android app makes one; what it hears is kept in `heard`. */
  const bridge = (name = "openclawCanvasA2UIAction") => page.addInitScript(`globalThis.heard = []; globalThis.${name} = { postMessage: (text) => heard.push(JSON.parse(text)) };`);
  const openA2ui = async (): Promise<void> => {
    await page.goto(`${base}/__openclaw__/a2ui/`);
    await page.waitForFunction("globalThis.openclawA2UI !== undefined");
  };
  const apply = (messages: unknown): Promise<unknown> => page.evaluate(`openclawA2UI.applyMessages(${JSON.stringify(messages)})`);
  const heard = <T,>(): Promise<T> => page.evaluate("heard") as Promise<T>;
  const picture = async (name: string): Promise<void> => {
    if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/${name}.png` });
  };

  describe("the A2UI page", () => {
    test("shows a surface, takes what people enter, and says it all when a button is pressed", async () => {
      await bridge();
      await openA2ui();
      await picture("a2ui-empty");
      expect(await page.textContent("#empty")).toBe("Nothing is shown here yet.");
      expect(await apply(SURFACE)).toEqual({ ok: true, surfaces: ["order"] });
      await page.getByRole("heading", { level: 2, name: "Your order" }).waitFor();
      expect(await page.locator("a2ui-text", { hasText: /^\s*title\s*$/ }).count()).toBe(1);
      expect(await page.locator("a2ui-icon svg path").count()).toBe(1);
      expect(await page.getByLabel("Name").inputValue()).toBe("Ada");
      expect(await page.getByLabel("Date").inputValue()).toBe("2026-03-01");
      expect(await page.getByText("Fragile").isVisible()).toBe(true);
      await page.getByLabel("Name").fill("Grace");
      await page.getByLabel("Gift wrap").check();
      await page.getByLabel("How many").focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      await page.getByLabel("By hand").check();
      await picture("a2ui-light");
      await page.emulateMedia({ colorScheme: "dark" });
      await picture("a2ui-dark");
      await page.getByRole("button", { name: "Order" }).click();
      const [{ userAction }] = await heard<[{ userAction: Record<string, unknown> }]>();
      expect(userAction).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{32}$/), name: "order", surfaceId: "order", sourceComponentId: "ok",
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), context: { who: "Grace", many: 2, wrap: true, ways: ["hand"], fixed: 7, unknown: null },
      });
      expect(await page.textContent("#status")).toBe("Sending…");
      await page.evaluate(`window.dispatchEvent(new CustomEvent("openclaw:a2ui-action-status", { detail: { id: "another", ok: false } }))`);
      expect(await page.textContent("#status")).toBe("Sending…");
      await page.evaluate(`window.dispatchEvent(new CustomEvent("openclaw:a2ui-action-status", { detail: { id: heard[0].userAction.id, ok: true } }))`);
      expect(await page.textContent("#status")).toBe("Done: the assistant has it.");
      expect(problems).toEqual([]);
    }, SLOW_MS);

    test("a refusal is shown, on apps of the former name too, and Apple's get an object", async () => {
      await page.addInitScript(`globalThis.heard = []; globalThis.webkit = { messageHandlers: { clawdbotCanvasA2UIAction: { postMessage: (message) => heard.push(message) } } };`);
      await page.goto(`${base}/__clawdbot__/a2ui/?platform=macos`);
      await page.waitForFunction("globalThis.clawdbotA2UI !== undefined");
      await apply(SURFACE);
      await page.getByRole("button", { name: "Order" }).press("Enter");
      expect(await heard()).toMatchObject([{ userAction: { name: "order" } }]);
      await page.evaluate(`document.dispatchEvent(new CustomEvent("clawdbot:a2ui-action-status", { bubbles: true, detail: { id: heard[0].userAction.id, ok: false, error: "the gateway is not connected" } }))`);
      expect(await page.getByRole("status").textContent()).toBe("It did not arrive: the gateway is not connected");
      await picture("a2ui-refused");
    }, SLOW_MS);

    test("in a mere browser, a button says that no device is listening", async () => {
      await openA2ui();
      await apply(SURFACE);
      await page.getByRole("button", { name: "Order" }).click();
      expect(await page.getByRole("status").textContent()).toContain("No device is listening");
    }, SLOW_MS);

    test("surfaces come in pieces, several of them, and go", async () => {
      await openA2ui();
      await apply([{ beginRendering: { surfaceId: "s", root: "root" } }, { surfaceUpdate: { surfaceId: "s", components: [{ id: "root", component: { Column: { children: { explicitList: ["a", "b"] } } } }] } }]);
      await apply([{ surfaceUpdate: { surfaceId: "s", components: [{ id: "a", component: { Text: { text: { literalString: "first" } } } }] } }]);
      await page.getByText("first").waitFor();
      await apply([{ surfaceUpdate: { surfaceId: "s", components: [{ id: "b", component: { Text: { text: { path: "/b" } } } }] } }, { dataModelUpdate: { surfaceId: "s", contents: [{ key: "b", valueString: "second" }] } }]);
      await page.getByText("second").waitFor();
      expect(await apply([{ surfaceUpdate: { surfaceId: "t", components: [{ id: "x", component: { Text: { text: { literalString: "third" } } } }] } }, { beginRendering: { surfaceId: "t", root: "x" } }])).toEqual({ ok: true, surfaces: ["s", "t"] });
      await page.getByText("third").waitFor();
      expect(await apply([{ deleteSurface: { surfaceId: "s" } }])).toEqual({ ok: true, surfaces: ["t"] });
      await page.getByText("first").waitFor({ state: "detached" });
      expect(await page.evaluate("openclawA2UI.reset()")).toEqual({ ok: true });
      await page.locator("#empty").waitFor({ state: "visible" });
      expect(problems).toEqual([]);
    }, SLOW_MS);

    test("what is typed stays while the agent changes something else", async () => {
      await openA2ui();
      await apply(SURFACE);
      await page.getByLabel("Name").press("End");
      await page.keyboard.type("!");
      await apply([{ dataModelUpdate: { surfaceId: "order", path: "/notes", contents: [{ key: "0", valueMap: [{ key: "text", valueString: "Changed" }] }] } }]);
      await page.getByText("Changed").waitFor();
      await page.keyboard.type("?");
      expect(await page.getByLabel("Name").inputValue()).toBe("Ada!?");
    }, SLOW_MS);

    test("what is wrong is refused with the place, and what would never end is not begun", async () => {
      await openA2ui();
      const said = async (messages: unknown): Promise<string> => String(await apply(messages).catch((error: Error) => error.message));
      expect(await said([{ createSurface: { surfaceId: "s" } }])).toContain("Message 1, createSurface: This is a message of A2UI v0.9");
      expect(await said([{ deleteSurface: { surfaceId: "s" } }, { surfaceUpdate: { surfaceId: "s", components: [{ id: "a", component: { Text: {} } }] } }])).toContain("Message 2, surfaceUpdate.components[0].component.Text.text: This key is missing.");
      const knot = (id: string, children: string[]) => ({ id, component: { Column: { children: { explicitList: children } } } });
      expect(await said([{ surfaceUpdate: { surfaceId: "s", components: [knot("a", ["b"]), knot("b", ["a"])] } }])).toContain("A component contains itself.");
      expect(await said([{ surfaceUpdate: { surfaceId: "s", components: Array.from({ length: 40 }, (_, nth) => knot(`n${nth}`, [`n${nth + 1}`, `n${nth + 1}`])) } }])).toContain("more than 20000 components");
      // And nothing of it stays in the way.
      await apply(SURFACE);
      await page.getByText("Fragile").waitFor();
    }, SLOW_MS);

    test("agents' texts are no code", async () => {
      await openA2ui();
      const evil = `<img src=x onerror="globalThis.hacked = 1"><script>globalThis.hacked = 1</script> [click](javascript:globalThis.hacked=1)`;
      await apply([
        { surfaceUpdate: { surfaceId: "s", components: [
          { id: "root", component: { Column: { children: { explicitList: ["t", "i", "f"] } } } },
          { id: "t", component: { Text: { text: { literalString: evil } } } },
          { id: "i", component: { Image: { url: { literalString: "javascript:globalThis.hacked=1" }, altText: { literalString: "a picture" } } } },
          { id: "f", component: { TextField: { label: { literalString: evil }, text: { literalString: evil } } } },
        ] } },
        { beginRendering: { surfaceId: "s", root: "root" } },
      ]);
      await page.getByRole("img", { name: "a picture" }).waitFor();
      expect(await page.locator('a[href^="javascript:"]').count()).toBe(0);
      expect(await page.evaluate("globalThis.hacked")).toBeUndefined();
      expect(await page.evaluate("origin")).toBe("null");
      // Its policy holds even for what would get in.
      expect(await page.evaluate(`new Promise((resolve) => { const s = document.createElement("script"); s.textContent = "globalThis.hacked = 2"; document.body.append(s); setTimeout(() => resolve(globalThis.hacked), 50); })`)).toBeUndefined();
    }, SLOW_MS);

    test("tabs, a dialog and all the rest", async () => {
      await openA2ui();
      await apply([
        { surfaceUpdate: { surfaceId: "s", components: [
          { id: "root", component: { Tabs: { tabItems: [{ title: { literalString: "One" }, child: "one" }, { title: { literalString: "Two" }, child: "two" }] } } },
          { id: "one", component: { Column: { children: { explicitList: ["open", "area", "secret", "chips"] } } } },
          { id: "two", component: { Text: { text: { literalString: "on the second" } } } },
          { id: "open", component: { Modal: { entryPointChild: "opener", contentChild: "inside" } } },
          { id: "opener", component: { Button: { child: "openText", action: { name: "none" } } } },
          { id: "openText", component: { Text: { text: { literalString: "Open" } } } },
          { id: "inside", component: { Text: { text: { literalString: "in the dialog" } } } },
          { id: "area", component: { TextField: { label: { literalString: "Story" }, textFieldType: "longText", text: { path: "/story" } } } },
          { id: "secret", component: { TextField: { label: { literalString: "Word" }, textFieldType: "obscured", text: { path: "/word" } } } },
          { id: "chips", component: { MultipleChoice: { selections: { path: "/tags" }, variant: "chips", maxAllowedSelections: 2, filterable: true, options: ["red", "green", "blue"].map((value) => ({ label: { literalString: value }, value })) } } },
        ] } },
        { beginRendering: { surfaceId: "s", root: "root" } },
      ]);
      await page.getByLabel("Story").fill("Once\nupon");
      expect(await page.getByLabel("Word").getAttribute("type")).toBe("password");
      await page.getByLabel("red").check();
      await page.getByLabel("blue").check();
      expect(await page.getByLabel("green").isDisabled()).toBe(true);
      await page.getByLabel("Filter").fill("gre");
      expect(await page.getByLabel("red").count()).toBe(0);
      await picture("a2ui-tabs");
      await page.getByRole("button", { name: "Open" }).click();
      await page.getByText("in the dialog").waitFor();
      await picture("a2ui-dialog");
      await page.keyboard.press("Escape");
      await page.getByText("in the dialog").waitFor({ state: "hidden" });
      await page.getByRole("button", { name: "Open" }).press("Enter");
      await page.getByRole("button", { name: "Close" }).click();
      await page.getByText("in the dialog").waitFor({ state: "hidden" });
      await page.getByRole("button", { name: "Two" }).click();
      await page.getByText("on the second").waitFor();
    }, SLOW_MS);
  });

  test("a node without a screen shows a surface, and what is pressed there reaches the assistant", async () => {
    const told: { readonly event: string; readonly payload: Readonly<Record<string, unknown>> }[] = [];
    const link = {
      canvasUrl: async () => base,
      tell: async (event: string, payload: Readonly<Record<string, unknown>>) => {
        told.push({ event, payload });
        return true;
      },
    };
    const commands = new Map(browserCommands({ config: { executablePath: CHROMIUM, sandbox: false, width: 480, height: 700 }, link, locality: new AddressLocality(), clock: new SystemClock() }).map((command) => [command.name, command]));
    const call = { cancel: new AbortController().signal, progress: () => undefined, tell: () => undefined, sessionKey: "main" };
    const run = async (name: string, params: unknown): Promise<Record<string, unknown>> => {
      const outcome = await commands.get(name)?.run(params, call);
      if (outcome?.kind !== "done") throw new Error(JSON.stringify(outcome));
      return (outcome.payload ?? {}) as Record<string, unknown>;
    };
    await run("canvas.present", {});
    expect((await run("canvas.eval", { javaScript: "document.title" }))["result"]).toBe("Canvas");
    await run("canvas.a2ui.pushJSONL", { jsonl: SURFACE.map((message) => JSON.stringify(message)).join("\n") });
    await run("canvas.eval", { javaScript: `new Promise((resolve) => {
      const all = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? all(one.shadowRoot) : [])]);
      const look = () => { const button = all(document).find((one) => one.localName === "button"); button ? resolve(button.click()) : setTimeout(look, 20); };
      look();
    })` });
    for (let nth = 0; nth < 500 && told.length === 0; nth += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(told).toMatchObject([{ event: "agent.request", payload: { sessionKey: "main", message: expect.stringContaining('action "order", surface "order", component "ok"') } }]);
    expect((await run("canvas.eval", { javaScript: `new Promise((resolve) => { const look = () => { const { textContent } = document.getElementById("status"); textContent.startsWith("Done") ? resolve(textContent) : setTimeout(look, 20); }; look(); })` }))["result"]).toBe("Done: the assistant has it.");
    const { base64 } = await run("canvas.snapshot", {});
    if (PICTURES !== undefined) await writeFile(`${PICTURES}/node.png`, Buffer.from(String(base64), "base64"));
    for (const command of commands.values()) await command.close?.();
  }, SLOW_MS);

  describe("a page of the canvas", () => {
    test("the first one is there by itself, in light and dark", async () => {
      await bridge();
      await page.goto(base);
      expect(page.url()).toBe(`${base}/__openclaw__/canvas/`);
      await page.waitForTimeout(0);
      await picture("first-light");
      await page.emulateMedia({ colorScheme: "dark" });
      await picture("first-dark");
      await page.getByRole("button").click();
      expect(await heard()).toMatchObject([{ userAction: { name: "hello", context: { page: "first page" } } }]);
      expect(await page.getByRole("status").textContent()).toContain("Sent");
      expect(problems).toEqual([]);
    }, SLOW_MS);

    test("runs what an agent wrote, with modules and data from beside it, loads anew when it changes, and has no origin", async () => {
      await canvas.put("canvas/index.html", `<!doctype html><html><head><title>t</title><script type="module" src="app.js"></script></head><body><p id="out"></p></body></html>`);
      await canvas.put("canvas/app.js", `localStorage.setItem("seen", "yes"); const { text } = await (await fetch("data.json")).json(); document.getElementById("out").textContent = text + " " + localStorage.getItem("seen") + " " + origin;`);
      await canvas.put("canvas/data.json", `{"text":"before"}`);
      const sockets: string[] = [];
      page.on("websocket", (socket) => sockets.push(socket.url()));
      await page.goto(`${base}/__openclaw__/canvas/`);
      await page.waitForFunction(`document.getElementById("out").textContent === "before yes null"`);
      for (let nth = 0; nth < 200 && sockets.length === 0; nth += 1) await new Promise((resolve) => setTimeout(resolve, 10));
      // Its socket is open once the folder is watched.
      await page.waitForTimeout(500);
      await canvas.put("canvas/data.json", `{"text":"after"}`);
      for (let nth = 0; nth < 300; nth += 1) {
        await canvas.door.clock.pass(75);
        await new Promise((resolve) => setTimeout(resolve, 10));
        if ((await page.textContent("#out").catch(() => "")) === "after yes null") break;
      }
      expect(await page.textContent("#out")).toBe("after yes null");
      expect(sockets[0]).toBe(`${base.replace("http", "ws")}/__openclaw__/ws`);
      expect(problems).toEqual([]);
    }, SLOW_MS);

    test("can't act as a page of the gateway, whatever it tries", async () => {
      await canvas.put("canvas/index.html", `<!doctype html><p>evil</p>`);
      await page.goto(`${base}/__openclaw__/canvas/`);
      const gateway = `127.0.0.1:${canvas.door.port}`;
      const tried = await page.evaluate(`(async () => {
        const socket = await new Promise((resolve) => { const ws = new WebSocket("ws://${gateway}/"); ws.onopen = () => resolve("open"); ws.onerror = () => resolve("refused"); });
        const read = await fetch("http://${gateway}/healthz").then((answer) => answer.text(), () => "refused");
        let frame = document.createElement("iframe");
        frame.src = "http://${gateway}/healthz"; document.body.append(frame);
        await new Promise((resolve) => { frame.onload = resolve; });
        let inside; try { inside = frame.contentDocument?.body.textContent ?? "refused"; } catch { inside = "refused"; }
        let cookie; try { cookie = document.cookie; } catch { cookie = "refused"; }
        return { socket, read, inside, cookie };
      })()`);
      expect(tried).toEqual({ socket: "refused", read: "refused", inside: "refused", cookie: "refused" });
    }, SLOW_MS);

    test("another site can neither frame it nor load from it on a host that trusts itself", async () => {
      const trusting = await CanvasDoor.open({ trustLoopback: true });
      await trusting.put("canvas/index.html", "<!doctype html><p id=mine>mine</p>");
      await trusting.put("canvas/data.js", "globalThis.stolen = 1;");
      const at = `http://localhost:${trusting.door.port}/__openclaw__/canvas/`;
      await page.goto(at);
      expect(page.url()).toMatch(/\/__openclaw__\/cap\/[\w-]{24}\/__openclaw__\/canvas\/$/);
      expect(await page.textContent("#mine")).toBe("mine");
      const { port } = trusting.door;
      // Another port of the same machine is another site's page as well.
      await page.goto(`http://127.0.0.1:${canvas.door.port}/healthz`);
      const stolen = await page.evaluate(`(async () => {
        const script = document.createElement("script"); script.src = "http://127.0.0.1:${port}/__openclaw__/canvas/data.js";
        const loaded = new Promise((resolve) => { script.onload = () => resolve("loaded"); script.onerror = () => resolve("refused"); });
        document.documentElement.append(script);
        return [await loaded, globalThis.stolen ?? "nothing"];
      })()`);
      expect(stolen).toEqual(["refused", "nothing"]);
      await trusting.close();
    }, SLOW_MS);
  });
});
