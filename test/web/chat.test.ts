import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { Gate } from "../../src/adapters/agent/scripted/index.js";
import type { AgentTurn } from "../../src/ports/agent-runtime.js";
import type { ScriptStep } from "../../src/adapters/agent/scripted/index.js";
import { inChromium } from "../support/chromium.js";
import { connected, launch, SLOW_MS, TOKEN, Tunnel, WebDoor } from "../support/web-door.js";

const CODE = "```ts\nconst answer: number = 42;\n```";
/** 1×1, red. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

inChromium("WebChat", () => {
  let browser: Browser;
  let door: WebDoor;
  let tunnel: Tunnel;
  let context: BrowserContext;
  let page: Page;
  let answer: (turn: AgentTurn) => readonly ScriptStep[];
  const turns: AgentTurn[] = [];

  beforeAll(async () => {
    door = await WebDoor.open({
      script: (turn) => {
        turns.push(turn);
        return answer(turn);
      },
    });
    tunnel = await Tunnel.to(door.port);
    browser = await launch();
    context = await door.profile(browser, { permissions: ["clipboard-read", "clipboard-write"] });
    // Through the tunnel, so that its connection can be cut.
    page = await context.newPage();
    await page.goto(`http://127.0.0.1:${tunnel.port}/chat#token=${TOKEN}`);
    await page.getByRole("heading", { name: "Approve this browser" }).waitFor();
    await door.approveAll();
    await connected(page);
  }, SLOW_MS);
  afterAll(async () => {
    await browser?.close();
    await tunnel?.close();
    await door?.close();
  }, SLOW_MS);

  let session = 0;
  beforeEach(async () => {
    answer = ({ message }) => [{ kind: "say", text: `You said: ${message}` }];
    turns.length = 0;
    session += 1;
    await open(`test-${session}`);
  }, SLOW_MS);
  afterEach(() => {
    expect(door.complaints()).toEqual([]);
  });

  /** As somebody comes to it by the browser's history. */
  const open = async (key: string): Promise<void> => {
    await page.evaluate(`history.pushState(undefined, "", "?session=${key}"); dispatchEvent(new PopStateEvent("popstate"))`);
    await connected(page);
    await page.getByRole("heading", { level: 1, name: key }).waitFor();
  };
  const messages = (): Locator => page.locator("talk-view");
  const field = (): Locator => page.getByLabel("Message", { exact: true });
  const say = async (text: string): Promise<void> => {
    await field().fill(text);
    await field().press("Enter");
  };
  const keyOf = (nth = session): string => `agent:main:test-${nth}`;

  /** Counts the messages that the page takes away from now on. */
  const watchRedraws = (where: Page): Promise<unknown> =>
    where.evaluate(`(() => {
      globalThis.lost = 0;
      const watch = new MutationObserver((all) => { for (const { removedNodes } of all) for (const node of removedNodes) if (node.nodeType === 1 && node.matches("article")) globalThis.lost += 1; });
      watch.observe(document.querySelector("talk-view"), { childList: true, subtree: true });
    })()`);

  test("an answer grows as it is made, as Markdown, with code that can be copied", async () => {
    const gate = new Gate();
    answer = () => [{ kind: "say", text: "# Plan\n\nFirst **this**" }, { kind: "wait", gate }, { kind: "say", text: `, then that.\n\n${CODE}` }];
    await say("What now?");
    await messages().getByText("First this").waitFor();
    expect(await messages().locator("strong").textContent()).toBe("this");
    await messages().getByText("Answering…").waitFor();
    await watchRedraws(page);
    gate.open();
    await messages().getByText("then that.").waitFor();
    await messages().getByText("Answering…").waitFor({ state: "detached" });
    // What grew is what is written now: whoever marked some of it still has it marked.
    await messages().getByRole("button", { name: "Copy the message" }).waitFor();
    expect(await page.evaluate("globalThis.lost")).toBe(0);
    expect(await messages().getByRole("heading", { name: "Plan" }).count()).toBe(1);
    expect(await messages().getByRole("article", { name: "You" }).textContent()).toContain("What now?");
    await messages().getByRole("button", { name: "Copy the code" }).click();
    await messages().getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe("const answer: number = 42;");
    expect(await page.getByRole("status").filter({ hasText: "The assistant: Plan First this, then that." }).count()).toBe(1);
  }, SLOW_MS);

  test("what the assistant does on the way is shown, while it does it and afterwards", async () => {
    const gate = new Gate();
    answer = () => [{ kind: "say", text: "Let me look." }, { kind: "call", tool: "sessions_list", args: { limit: 3 }, callId: "c1" }, { kind: "say", text: "Found it." }, { kind: "wait", gate }];
    await say("Look");
    const step = messages().locator("details.tool");
    await step.waitFor();
    await messages().getByText("Found it.").waitFor();
    const order = await messages().locator(".message.assistant, details.tool").evaluateAll((all) => all.map((one) => one.getAttribute("class")));
    expect(order).toEqual(["message assistant", "tool", "message assistant"]);
    await step.locator("summary").click();
    expect(await step.textContent()).toContain('"limit": 3');
    gate.open();
    await messages().getByText("Answering…").waitFor({ state: "detached" });
    // The transcript has it now, and who had it open still has.
    expect(await step.getAttribute("open")).not.toBeNull();
    expect(await step.textContent()).toContain("done");
    await page.reload();
    await messages().getByText("Found it.").waitFor();
    expect(await messages().locator("details.tool").count()).toBe(1);
  }, SLOW_MS);

  test("an answer can be stopped, and what was said of it stays", async () => {
    answer = () => [{ kind: "say", text: "Once upon a time" }, { kind: "hang" }];
    await say("Tell me a story");
    await messages().getByText("Once upon a time").waitFor();
    await page.getByRole("button", { name: "Stop the answer" }).click();
    await messages().getByText("Stopped").waitFor();
    expect(await messages().getByText("Once upon a time").count()).toBe(1);
    await page.getByRole("button", { name: "Stop the answer" }).waitFor({ state: "detached" });
  }, SLOW_MS);

  test("where the answer fails, it says why and asks again on demand", async () => {
    answer = () => [{ kind: "fail", failure: { reason: "rate_limit", message: "The provider is busy. Try again in a minute." } }];
    await say("Now?");
    await messages().getByRole("alert").filter({ hasText: "The provider is busy." }).waitFor();
    answer = () => [{ kind: "say", text: "Here I am." }];
    await messages().getByRole("button", { name: "Ask again" }).click();
    await messages().getByText("Here I am.").waitFor();
    expect(turns.map(({ message }) => message)).toEqual(["Now?", "Now?"]);
  }, SLOW_MS);

  test("the connection is lost in the middle of an answer: it says so, comes back, and the answer is whole and there once", async () => {
    const gate = new Gate();
    answer = () => [{ kind: "say", text: "The beginning" }, { kind: "wait", gate }, { kind: "say", text: " and the end." }];
    await say("Go on");
    await messages().getByText("The beginning").waitFor();
    tunnel.cut();
    await page.getByText("The gateway cannot be reached.").waitFor();
    // What was there stays there.
    expect(await messages().getByText("The beginning").isVisible()).toBe(true);
    gate.open();
    await say("And what now?");
    await messages().getByText("Will be sent when the gateway is back").waitFor();
    tunnel.restore();
    await page.getByRole("button", { name: "Try now" }).click({ timeout: 1_000 }).catch(() => undefined);
    await messages().getByText("You said: And what now?").or(messages().getByText("The beginning and the end.").nth(1)).waitFor();
    expect(await messages().getByText("The beginning and the end.").count()).toBeGreaterThanOrEqual(1);
    expect(turns.map(({ message }) => message)).toEqual(["Go on", "And what now?"]);
    expect(await messages().locator(".message.you").count()).toBe(2);
  }, SLOW_MS);

  test("what is sent while the gateway is away survives a reload, and arrives once", async () => {
    tunnel.cut();
    await page.getByText("The gateway cannot be reached.").waitFor();
    await say("Later, please");
    await messages().getByText("Will be sent when the gateway is back").waitFor();
    tunnel.restore();
    await page.reload();
    await messages().getByText("You said: Later, please").waitFor();
    expect(turns.length).toBe(1);
    expect(await messages().locator(".message.you").count()).toBe(1);
  }, SLOW_MS);

  test("where nobody knows whether a message arrived, it is sent again under its key, and is one message", async () => {
    tunnel.mute();
    await say("Only once");
    while (turns.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    tunnel.cut();
    await page.getByText("The gateway cannot be reached.").waitFor();
    tunnel.restore();
    await messages().getByText("You said: Only once").waitFor();
    expect(await messages().locator(".message.you").count()).toBe(1);
    const { messages: written } = await door.call("chat.history", { sessionKey: keyOf() });
    expect([turns.length, written.map(({ role }) => role)]).toEqual([1, ["user", "assistant"]]);
    expect(await page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('openclaw-outbox'))")).toEqual([]);
  }, SLOW_MS);

  test("what was refused says why, and is sent again on demand", async () => {
    await door.call("sessions.patch", { key: keyOf(), sendPolicy: "deny" });
    await say("Hello?");
    const failed = messages().locator('.outgoing[data-state="failed"]');
    await failed.getByRole("alert").filter({ hasText: "send blocked by session policy" }).waitFor();
    await door.call("sessions.patch", { key: keyOf(), sendPolicy: "allow" });
    await failed.getByRole("button", { name: "Send again" }).click();
    await messages().getByText("You said: Hello?").waitFor();
    expect(await messages().locator(".message.you").count()).toBe(1);
  }, SLOW_MS);

  test("what was refused can be given up", async () => {
    await door.call("sessions.patch", { key: keyOf(), sendPolicy: "deny" });
    await say("Never mind");
    await messages().getByRole("button", { name: "Discard" }).click();
    await messages().locator(".outgoing").waitFor({ state: "detached" });
    expect(turns).toEqual([]);
  }, SLOW_MS);

  test("files are attached by the button, by pasting and by dropping, and can be taken away again", async () => {
    await page.locator('input[type="file"]').setInputFiles([{ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("some notes") }, { name: "a.png", mimeType: "image/png", buffer: Buffer.from(PNG, "base64") }]);
    const attached = page.getByRole("list", { name: "Attached files" });
    await attached.getByText("a.png").waitFor();
    const carry = `(() => { const data = new DataTransfer(); data.items.add(new File([Uint8Array.from(atob("${PNG}"), (c) => c.charCodeAt(0))], NAME, { type: "image/png" })); return data; })()`;
    await page.evaluate(`(() => { const data = ${carry.replace("NAME", '"dropped.png"')}; document.querySelector("textarea").dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: ${carry.replace("NAME", '"pasted.png"')} })); document.querySelector(".talk").dispatchEvent(new DragEvent("dragenter", { bubbles: true, cancelable: true, dataTransfer: data })); })()`);
    await page.getByText("Drop the files here").waitFor();
    await page.evaluate(`document.querySelector(".talk").dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: ${carry.replace("NAME", '"dropped.png"')} }))`);
    await attached.getByText("pasted.png").waitFor();
    await attached.getByText("dropped.png").waitFor();
    await page.getByRole("button", { name: "Remove pasted.png" }).click();
    await field().fill("See these");
    await page.getByRole("button", { name: "Send" }).click();
    await messages().getByText("You said: See these").waitFor();
    expect(turns[0]?.attachments.map(({ fileName, mimeType, base64 }) => [fileName, mimeType, base64.length > 10])).toEqual([["notes.txt", "text/plain", true], ["a.png", "image/png", true], ["dropped.png", "image/png", true]]);
    expect(await messages().locator("article img").evaluateAll((all) => (all as unknown as { alt: string; naturalWidth: number }[]).map(({ alt, naturalWidth }) => [alt, naturalWidth]))).toEqual([["a.png", 1], ["dropped.png", 1]]);
    expect(await attached.count()).toBe(0);
  }, SLOW_MS);

  test("a file that is too large is refused by name, before it is sent", async () => {
    await page.evaluate(`(() => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(5_000_001)], "film.mov", { type: "video/quicktime" }));
      const input = document.querySelector('input[type="file"]');
      input.files = data.files;
      input.dispatchEvent(new Event("change"));
    })()`);
    await page.getByRole("alert").filter({ hasText: "film.mov is larger than 5 MB" }).waitFor();
    expect(await page.getByRole("list", { name: "Attached files" }).count()).toBe(0);
  }, SLOW_MS);

  test("a long conversation comes in pages, and its reader stays where they were", async () => {
    for (let nth = 1; nth <= 130; nth += 1) await door.call("chat.inject", { sessionKey: keyOf(), message: `Line ${nth}` });
    await page.reload();
    await messages().getByText("Line 130", { exact: true }).waitFor();
    expect(await messages().locator("article").count()).toBe(50);
    expect(await messages().getByText("Line 81", { exact: true }).count()).toBe(1);
    await messages().getByRole("button", { name: "Show earlier messages" }).click();
    await messages().getByText("Line 31", { exact: true }).waitFor();
    expect(await messages().getByText("Line 81", { exact: true }).isVisible()).toBe(true);
    await messages().getByRole("button", { name: "Show earlier messages" }).click();
    await messages().getByText("Line 1", { exact: true }).waitFor();
    expect(await messages().getByRole("button", { name: "Show earlier messages" }).count()).toBe(0);
    await page.getByRole("button", { name: "Jump to the latest message" }).click();
    await messages().getByText("Line 130", { exact: true }).scrollIntoViewIfNeeded();
    await page.getByRole("button", { name: "Jump to the latest message" }).waitFor({ state: "detached" });
  }, SLOW_MS);

  test("after a lost connection, what is shown is read anew and nothing of it is drawn twice", async () => {
    await say("One");
    await messages().getByText("You said: One").waitFor();
    await watchRedraws(page);
    tunnel.cut();
    await page.getByText("The gateway cannot be reached.").waitFor();
    await door.call("chat.inject", { sessionKey: keyOf(), message: "Missed meanwhile" });
    tunnel.restore();
    await messages().getByText("Missed meanwhile").waitFor();
    expect(await page.evaluate("globalThis.lost")).toBe(0);
    expect(await messages().locator("article").count()).toBe(3);
  }, SLOW_MS);

  test("lost events are noticed by the next one, and what they would have told is read", async () => {
    const lossy = await context.newPage();
    let isLosing = false;
    await lossy.routeWebSocket(/.*/, (near) => {
      const far = near.connectToServer();
      far.onMessage((text) => {
        if (!isLosing || (JSON.parse(String(text)) as { type: string }).type !== "event") near.send(text);
      });
    });
    await lossy.goto(page.url());
    await connected(lossy);
    const shown = lossy.locator("talk-view");
    await lossy.getByLabel("Message", { exact: true }).fill("One");
    await lossy.getByLabel("Message", { exact: true }).press("Enter");
    await shown.getByText("You said: One").waitFor();
    await watchRedraws(lossy);
    isLosing = true;
    const { runId } = (await door.call("chat.send", { sessionKey: keyOf(), message: "Two", idempotencyKey: `two-${session}` })) as { runId: string };
    await door.call("agent.wait", { runId });
    expect(await shown.getByText("You said: Two").count()).toBe(0);
    isLosing = false;
    await door.call("chat.inject", { sessionKey: "agent:main:elsewhere", message: "Something else" });
    await shown.getByText("You said: Two").waitFor();
    await shown.locator("article").nth(3).waitFor();
    expect(await lossy.evaluate("globalThis.lost")).toBe(0);
    expect(await shown.locator("article").count()).toBe(4);
    await lossy.close();
  }, SLOW_MS);

  test("a note is no answer, and an operator can leave one", async () => {
    await door.call("chat.inject", { sessionKey: keyOf(), message: "The train is late.", label: "Travel" });
    const note = messages().getByRole("article", { name: "Note" });
    await note.getByText("The train is late.").waitFor();
    expect(await note.locator("header").textContent()).toContain("Travel");
    await field().fill("Mind the gap");
    await page.getByRole("button", { name: "Add as a note" }).click();
    await note.getByText("Mind the gap").waitFor();
    expect(turns).toEqual([]);
    expect(await field().inputValue()).toBe("");
  }, SLOW_MS);

  test("conversations are searched, chosen, and say when they have something new", async () => {
    await say("About birds");
    await messages().getByText("You said: About birds").waitFor();
    const list = page.locator("session-list");
    await list.getByText("About birds", { exact: true }).waitFor();
    await door.call("chat.send", { sessionKey: "agent:main:elsewhere", message: "About fish", idempotencyKey: `fish-${session}` });
    const fish = list.getByRole("link").filter({ hasText: "About fish" });
    await fish.getByRole("img", { name: "new" }).waitFor();
    expect(await page.title()).toMatch(/^\(\d+\) About birds · OpenClaw$/);
    await fish.click();
    await messages().getByText("You said: About fish").waitFor();
    expect(new URL(page.url()).searchParams.get("session")).toBe("agent:main:elsewhere");
    await fish.getByRole("img", { name: "new" }).waitFor({ state: "detached" });
    await page.goBack();
    await messages().getByText("You said: About birds").waitFor();
    await page.getByLabel("Search conversations").fill("elsewhere");
    await list.getByText("About birds", { exact: true }).waitFor({ state: "detached" });
    expect(await list.getByRole("link").count()).toBe(1);
    await page.getByLabel("Search conversations").fill("no such thing");
    await list.getByText("No conversation is called that.").waitFor();
  }, SLOW_MS);

  test("what is typed into the search while the list is on its way stays, and is looked for", async () => {
    const slow = await context.newPage();
    const lists = new Set<string>();
    const withheld: string[] = [];
    let hands: { send(text: string): void } | undefined;
    let isHolding = false;
    await slow.routeWebSocket(/.*/, (near) => {
      const far = near.connectToServer();
      hands = near;
      near.onMessage((text) => {
        const { id, method } = JSON.parse(String(text)) as { id: string; method: string };
        if (isHolding && method === "sessions.list") lists.add(id);
        far.send(text);
      });
      far.onMessage((text) => {
        if (lists.delete((JSON.parse(String(text)) as { id: string }).id)) withheld.push(String(text));
        else near.send(text);
      });
    });
    await slow.goto(page.url());
    await connected(slow);
    const list = slow.locator("session-list");
    await door.call("chat.send", { sessionKey: keyOf(), message: "About stones", idempotencyKey: `stones-${session}` });
    await list.getByText("About stones", { exact: true }).waitFor();
    isHolding = true;
    await door.call("chat.send", { sessionKey: "agent:main:quarry", message: "About marble", idempotencyKey: `marble-${session}` });
    while (withheld.length === 0) await slow.evaluate("new Promise(requestAnimationFrame)");
    isHolding = false;
    await slow.getByLabel("Search conversations").fill("quarry");
    for (const text of withheld) hands?.send(text);
    await list.getByText("About stones", { exact: true }).waitFor({ state: "detached" });
    expect(await slow.getByLabel("Search conversations").inputValue()).toBe("quarry");
    expect(await list.getByRole("link").count()).toBe(1);
    await slow.close();
  }, SLOW_MS);

  test("a conversation is begun, named, linked to and deleted", async () => {
    await page.getByRole("button", { name: "New conversation" }).click();
    await messages().getByText("What can I do for you?").waitFor();
    await say("Plans for May");
    await messages().getByText("You said: Plans for May").waitFor();
    await page.getByRole("button", { name: "Rename" }).click();
    const dialog = page.getByRole("dialog", { name: "Rename the conversation" });
    await dialog.getByLabel("Name").fill("Spring");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { level: 1, name: "Spring" }).waitFor();
    await page.getByRole("button", { name: "Copy a link to it" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    const link = String(await page.evaluate("navigator.clipboard.readText()"));
    const other = await context.newPage();
    await other.goto(link);
    await other.locator("talk-view").getByText("You said: Plans for May").waitFor();
    await other.close();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.locator("session-list").getByText("Spring").waitFor({ state: "detached" });
    expect(new URL(page.url()).searchParams.get("session")).toBe("main");
  }, SLOW_MS);

  test("what is being said elsewhere shows here too", async () => {
    const other = await context.newPage();
    await other.goto(page.url());
    await connected(other);
    await other.locator("talk-view").getByText("What can I do for you?").waitFor();
    await say("From the first window");
    await other.locator("talk-view").getByText("You said: From the first window").waitFor();
    expect(await other.locator("talk-view .message.you").textContent()).toContain("From the first window");
    await other.close();
  }, SLOW_MS);

  test("a draft stays with its conversation", async () => {
    await field().fill("Half a thought");
    await page.getByRole("button", { name: "New conversation" }).click();
    await messages().getByText("What can I do for you?").waitFor();
    expect(await field().inputValue()).toBe("");
    await page.goBack();
    await page.waitForFunction("document.querySelector('textarea').value === 'Half a thought'");
  }, SLOW_MS);
});
