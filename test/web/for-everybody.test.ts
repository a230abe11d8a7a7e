import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { inChromium } from "../support/chromium.js";
import { connected, launch, SLOW_MS, TOKEN, WebDoor } from "../support/web-door.js";

const AXE = `${process.cwd()}/node_modules/axe-core/axe.min.js`;

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
}

inChromium("for everybody", () => {
  let browser: Browser;
  let door: WebDoor;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    [door, browser] = await Promise.all([
      WebDoor.open({
        script: ({ message }) => [
          ...(message === "fail" ? [{ kind: "fail" as const, failure: { reason: "network" as const, message: "Nobody answers there." } }] : []),
          { kind: "call", tool: "sessions_list", args: {}, callId: `c ${message}` },
          { kind: "say", text: `# About ${message}\n\nSome \`code\`, a [link](https://example.org/), and\n\n\`\`\`sh\nls\n\`\`\`\n\n- [x] done\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quoted` },
        ],
      }),
      launch(),
    ]);
    context = await door.profile(browser);
    page = await door.enter(context, "/chat");
    for (const message of ["fish", "birds"]) await door.call("chat.send", { sessionKey: message, message, idempotencyKey: message });
    await door.call("chat.inject", { sessionKey: "birds", message: "A note.", label: "Travel" });
  }, SLOW_MS);
  afterAll(async () => {
    await browser?.close();
    await door?.close();
  }, SLOW_MS);

  /** What axe finds that keeps somebody out. */
  const findings = async (where: Page): Promise<string[]> => {
    await where.evaluate(readFileSync(AXE, "utf8"));
    const found = (await where.evaluate("axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)")) as readonly Finding[];
    return found.filter(({ impact }) => impact === "serious" || impact === "critical").flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} ${target.join(" ")}: ${failureSummary}`));
  };
  /** Presses Tab until what has the focus is called so. */
  const tabTo = async (name: RegExp, key = "Tab"): Promise<void> => {
    for (let presses = 0; presses < 60; presses += 1) {
      const focused = String(await page.evaluate("(() => { const one = document.activeElement; return one === document.body ? '' : [one.getAttribute('aria-label'), one.textContent, one.id].join(' | '); })()"));
      if (name.test(focused)) return;
      await page.keyboard.press(key);
    }
    throw new Error(`the keyboard does not get to ${name}`);
  };

  test.each(["light", "dark"] as const)("axe finds nothing serious on any page in %s", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(`${door.base}/chat?session=birds`);
    await page.locator("talk-view").getByText("A note.").waitFor();
    await page.locator("details.tool summary").first().click();
    expect(await findings(page)).toEqual([]);
    await page.getByRole("button", { name: "Rename" }).click();
    await page.getByRole("dialog").waitFor();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByLabel("Message", { exact: true }).fill("fail");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "Nobody answers there." }).waitFor();
    expect(await findings(page)).toEqual([]);
    const stranger = await door.profile(browser, { colorScheme });
    const there = await stranger.newPage();
    await there.goto(`${door.base}/chat`);
    await there.getByRole("heading", { name: "Sign in to your gateway" }).waitFor();
    await there.getByRole("button", { name: "Sign in" }).click();
    expect(await findings(there)).toEqual([]);
    await there.getByLabel("Token, password or setup code").fill(TOKEN);
    await there.keyboard.press("Enter");
    await there.getByRole("heading", { name: "Approve this browser" }).waitFor();
    expect(await findings(there)).toEqual([]);
    await stranger.close();
    expect(door.complaints()).toEqual([]);
  }, SLOW_MS);

  test("the keyboard alone does everything", async () => {
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(`${door.base}/chat`);
    await connected(page);
    await page.evaluate("document.activeElement.blur()");
    await tabTo(/Skip to the content/);
    expect(await page.getByRole("link", { name: "Skip to the content" }).boundingBox()).toMatchObject({ x: expect.any(Number) });
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("content");
    await tabTo(/New conversation/);
    await page.keyboard.press("Enter");
    await page.locator("talk-view").getByText("What can I do for you?").waitFor();
    // The field has the focus already.
    await page.keyboard.type("bees");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("and wasps");
    expect(await page.locator("textarea").inputValue()).toBe("bees\nand wasps");
    await page.keyboard.press("Enter");
    await page.locator("talk-view").getByRole("heading", { name: "About bees" }).waitFor();
    await tabTo(/sessions_list/, "Shift+Tab");
    await page.keyboard.press("Enter");
    expect(await page.locator("details.tool").first().getAttribute("open")).not.toBeNull();
    await tabTo(/Rename/, "Shift+Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await tabTo(/action-name/);
    await page.keyboard.press("Control+a");
    await page.keyboard.type("Insects");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Insects" }).waitFor();
    await tabTo(/birds/, "Shift+Tab");
    await page.keyboard.press("Enter");
    await page.locator("talk-view").getByText("A note.").waitFor();
    await tabTo(/Theme: as the system has it/, "Shift+Tab");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.documentElement.className")).toContain("wa-dark");
    await page.reload();
    await connected(page);
    expect(await page.evaluate("document.documentElement.className")).toContain("wa-dark");
    await page.evaluate("localStorage.removeItem('openclaw-theme')");
  }, SLOW_MS);

  test("where the focus is can be seen", async () => {
    await page.goto(`${door.base}/chat`);
    await connected(page);
    await page.locator("session-list").getByRole("link").first().waitFor();
    await page.evaluate("document.activeElement.blur()");
    const unseen: string[] = [];
    for (let presses = 0; presses < 14; presses += 1) {
      await page.keyboard.press("Tab");
      const [name, seen] = (await page.evaluate(`(() => {
        const one = document.activeElement;
        // From its end, it goes on at its beginning.
        if (one === document.body) return ["", true];
        const framed = one.matches("textarea") ? one.closest("form") : one.matches('input[type="file"]') ? one.closest("label") : one;
        const { outlineStyle, outlineWidth, borderColor } = getComputedStyle(framed);
        return [one.outerHTML.slice(0, 80), (outlineStyle !== "none" && outlineWidth !== "0px") || framed.matches("form") && borderColor !== "rgb(228, 224, 217)"];
      })()`)) as [string, boolean];
      if (!seen) unseen.push(name);
    }
    expect(unseen).toEqual([]);
  }, SLOW_MS);

  test("on a phone nothing is cut off, and the conversations are one touch away", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${door.base}/chat?session=birds`);
    await page.locator("talk-view").getByText("A note.").waitFor();
    const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    expect(await page.evaluate(overflow)).toBe(0);
    expect(await page.getByRole("button", { name: "Send" }).isVisible()).toBe(true);
    expect(await page.locator("session-list").isVisible()).toBe(false);
    await page.getByRole("button", { name: "Show the conversations" }).click();
    expect(await page.locator("talk-view").isVisible()).toBe(false);
    expect(await page.evaluate(overflow)).toBe(0);
    await page.locator("session-list").getByRole("link").filter({ hasText: "fish" }).click();
    await page.locator("talk-view").getByRole("heading", { name: "About fish" }).waitFor();
    expect(await findings(page)).toEqual([]);
    // What a finger has to hit.
    const small = await page.locator("button:visible, .bar a:not(.skip):visible").evaluateAll((all) => all.map((one) => ({ name: one.getAttribute("aria-label") ?? one.textContent, box: one.getBoundingClientRect() })).filter(({ box }) => box.width < 24 || box.height < 24).map(({ name }) => name));
    expect(small).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });
  }, SLOW_MS);
});
