import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { GivenCertificates } from "../../src/index.js";
import { after } from "../../src/domain/moment.js";
import { SystemClock } from "../../src/adapters/system/index.js";
import { selfSigned } from "../app/certificate.js";
import { inChromium } from "../support/chromium.js";
import { connected, LAN_NAME, launch, SLOW_MS, TOKEN, Tunnel, WebDoor } from "../support/web-door.js";

/** The system's, ahead by as much as a test wants. */
class AheadClock extends SystemClock {
  aheadMs = 0;

  override now() {
    return after(super.now(), this.aheadMs);
  }
}

inChromium("signing in", () => {
  let browser: Browser;
  let door: WebDoor;
  const clock = new AheadClock();
  const contexts: BrowserContext[] = [];
  /** A browser that forgets all before each visit: a new profile costs a process each time. */
  let forgetful: Page;
  let forget: (origin: string) => Promise<unknown>;

  beforeAll(async () => {
    [door, browser] = await Promise.all([WebDoor.open({ clock, listen: { allowedHosts: () => [LAN_NAME] } }), launch()]);
    const context = await door.profile(browser);
    forgetful = await context.newPage();
    const session = await context.newCDPSession(forgetful);
    forget = (origin) => session.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" });
  }, SLOW_MS);
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    for (const { requestId } of (await door.call("device.pair.list", {})).pending ?? []) await door.call("device.pair.reject", { requestId });
    expect(door.complaints()).toEqual([]);
  }, SLOW_MS);
  afterAll(async () => {
    await browser?.close();
    await door?.close();
  }, SLOW_MS);

  /** Somebody who was never there before. */
  const visit = async (path = "/chat", { at = door }: { at?: WebDoor } = {}): Promise<Page> => {
    await forgetful.goto("about:blank");
    await forget(at.base.replace(/^(https?:\/\/[^/]+).*/, "$1"));
    await forgetful.goto(`${at.base}${path}`);
    return forgetful;
  };
  /** The same, while somebody else is there. */
  const visitBeside = async (path = "/chat", { at = door, ...options }: Parameters<Browser["newContext"]>[0] & { at?: WebDoor } = {}): Promise<Page> => {
    const context = await at.profile(browser, options);
    contexts.push(context);
    const page = await context.newPage();
    await page.goto(`${at.base}${path}`);
    return page;
  };
  const secret = (page: Page) => page.getByLabel("Token, password or setup code");
  const give = async (page: Page, text: string): Promise<void> => {
    await secret(page).fill(text);
    await page.getByRole("button", { name: "Sign in" }).click();
  };
  const kept = (page: Page): Promise<string> => page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })") as Promise<string>;
  const devices = async () => (await door.call("device.pair.list", {})).paired ?? [];

  test("a token opens the way to approval, and once approved the page goes on by itself and needs the token no more", async () => {
    const page = await visit();
    await page.getByRole("heading", { name: "Sign in to your gateway" }).waitFor();
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").filter({ hasText: "Enter the token" }).waitFor();
    await give(page, "something else");
    await page.getByRole("alert").filter({ hasText: "This is not the gateway's token." }).waitFor();
    expect(await kept(page)).not.toContain("something else");
    await give(page, TOKEN);
    const command = page.locator(".command code");
    await command.waitFor();
    const [request] = (await door.call("device.pair.list", {})).pending ?? [];
    expect(await command.textContent()).toBe(`openclaw devices approve ${request?.requestId}`);
    // Whoever waits may load the page again.
    await page.reload();
    await command.waitFor();
    await door.approveAll();
    await connected(page);
    expect(await kept(page)).not.toContain(TOKEN);
    await page.reload();
    await connected(page);
    await page.goto(`${door.base}/`);
    await connected(page);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in to your gateway" }).waitFor();
    expect(await kept(page)).not.toMatch(/openclaw-token|openclaw-seen/);
    expect((await devices()).map(({ displayName }) => displayName)).toEqual(["Chrome on Linux"]);
  }, SLOW_MS);

  test("a token in the address is taken out of it before anything else", async () => {
    const page = await visit(`/chat?session=birds#token=${TOKEN}`);
    await page.getByRole("heading", { name: "Approve this browser" }).waitFor();
    expect(page.url()).toBe(`${door.base}/chat?session=birds`);
    await page.goto("about:blank");
    await page.goBack();
    expect(page.url()).toBe(`${door.base}/chat?session=birds`);
    await door.approveAll();
    await connected(page);
    await page.getByRole("heading", { level: 1, name: "birds" }).waitFor();
  }, SLOW_MS);

  test("two browser profiles are two devices, each approved by itself", async () => {
    const first = await visit(`/chat#token=${TOKEN}`);
    const second = await visitBeside(`/chat#token=${TOKEN}`);
    const commands = await Promise.all([first, second].map((page) => page.locator(".command code").textContent()));
    expect(new Set(commands).size).toBe(2);
    await door.call("device.pair.approve", { requestId: String(commands[1]).split(" ").at(-1) ?? "" });
    await connected(second);
    await first.reload();
    await first.getByRole("heading", { name: "Approve this browser" }).waitFor();
    await door.approveAll();
    await connected(first);
  }, SLOW_MS);

  test("a request that is rejected can be made again, and another token used", async () => {
    const page = await visit(`/chat#token=${TOKEN}`);
    await page.getByRole("heading", { name: "Approve this browser" }).waitFor();
    await page.getByRole("button", { name: "Use another token" }).click();
    await give(page, "another");
    await page.getByRole("alert").filter({ hasText: "This is not the gateway's token." }).waitFor();
  }, SLOW_MS);

  test("a setup code needs no approval, and opens nothing twice", async () => {
    const { setupCode } = await door.call("device.pair.setupCode", {});
    const page = await visit();
    await give(page, setupCode);
    await connected(page);
    await page.reload();
    await connected(page);
    const another = await visitBeside();
    await give(another, setupCode);
    await another.getByRole("alert").filter({ hasText: "This setup code was used already" }).waitFor();
  }, SLOW_MS);

  test("a setup code that has expired says so", async () => {
    const { setupCode } = await door.call("device.pair.setupCode", {});
    clock.aheadMs += 11 * 60_000;
    const page = await visit();
    await give(page, setupCode);
    await page.getByRole("alert").filter({ hasText: "has expired" }).waitFor();
  }, SLOW_MS);

  test("whose access is withdrawn is told while they look, and may ask again", async () => {
    const page = await visit(`/chat#token=${TOKEN}`);
    const { pending = [] } = await door.call("device.pair.list", {}).then(async (list) => {
      await page.getByRole("heading", { name: "Approve this browser" }).waitFor();
      return list.pending?.length ? list : door.call("device.pair.list", {});
    });
    await door.approveAll();
    await connected(page);
    const deviceId = pending[0]?.deviceId ?? "";
    await door.call("device.token.revoke", { deviceId, role: "operator" });
    await page.getByRole("alert").filter({ hasText: "The gateway no longer knows this browser" }).waitFor();
    expect(await page.locator("talk-view").count()).toBe(0);
    // What no longer opens anything is forgotten.
    expect(await kept(page)).not.toContain("openclaw-token");
    await give(page, TOKEN);
    await door.approveAll();
    await connected(page);
  }, SLOW_MS);

  test("a token that was replaced elsewhere is over, and the page says what to do", async () => {
    const page = await visit(`/chat#token=${TOKEN}`);
    await page.getByRole("heading", { name: "Approve this browser" }).waitFor();
    const [request] = (await door.call("device.pair.list", {})).pending ?? [];
    await door.approveAll();
    await connected(page);
    await page.goto("about:blank");
    await door.call("device.token.rotate", { deviceId: request?.deviceId ?? "", role: "operator" });
    await page.goto(`${door.base}/chat`);
    await page.getByRole("alert").filter({ hasText: "The gateway no longer knows this browser" }).waitFor();
    await secret(page).waitFor();
  }, SLOW_MS);

  test("who guesses too often is told to wait", async () => {
    const own = await WebDoor.open();
    const page = await visit("/chat", { at: own });
    for (let nth = 0; nth < 11; nth += 1) {
      await secret(page).waitFor();
      await give(page, `guess ${nth}`);
      await page.getByRole("alert").or(page.getByText("Too many wrong tokens")).first().waitFor();
      if (await page.getByText("Too many wrong tokens").count()) break;
    }
    await page.getByRole("alert").filter({ hasText: "Too many wrong tokens came from here." }).waitFor();
    await own.close();
  }, SLOW_MS);

  test("a password is taken where the gateway wants one", async () => {
    const own = await WebDoor.open({ auth: { password: "open sesame" } });
    const page = await visit("/chat", { at: own });
    await give(page, "open barley");
    await page.getByRole("alert").filter({ hasText: "This is not the gateway's password." }).waitFor();
    await give(page, "open sesame");
    await page.getByRole("heading", { name: "Approve this browser" }).waitFor();
    await own.approveAll();
    await connected(page);
    await own.close();
  }, SLOW_MS);

  test("a gateway of other versions is one to reload for", async () => {
    const page = await visitBeside();
    await page.routeWebSocket(/.*/, (socket) => {
      socket.onMessage((text) => {
        const { id } = JSON.parse(String(text)) as { id: string };
        socket.send(JSON.stringify({ type: "res", id, ok: false, error: { code: "INVALID_REQUEST", message: "protocol mismatch", details: { code: "PROTOCOL_MISMATCH", expectedProtocol: 9 } } }));
      });
      socket.send(JSON.stringify({ type: "event", event: "connect.challenge", payload: { nonce: "n", ts: Date.now() } }));
    });
    await page.goto(`${door.base}/chat`);
    await page.getByRole("alert").filter({ hasText: "This page and the gateway have different versions." }).waitFor();
    await page.getByRole("button", { name: "Try again" }).waitFor();
  }, SLOW_MS);

  test("over plain HTTP from another host, where browsers keep their keys to themselves, it has one of its own", async () => {
    const page = forgetful;
    await page.goto(`http://${LAN_NAME}:${door.port}/chat#token=${TOKEN}`);
    await page.getByRole("heading", { name: "Approve this browser" }).waitFor();
    expect(await page.evaluate("[isSecureContext, crypto.subtle === undefined]")).toEqual([false, true]);
    await page.getByRole("button", { name: "Copy" }).click();
    await door.approveAll();
    await connected(page);
    await page.reload();
    await connected(page);
    await page.getByLabel("Message", { exact: true }).fill("Hi");
    await page.getByLabel("Message", { exact: true }).press("Enter");
    await page.locator("talk-view").getByText("Hello.").first().waitFor();
  }, SLOW_MS);

  test("over TLS with the gateway's own certificate, once somebody trusts it", async () => {
    const own = await WebDoor.open({ listen: { tls: new GivenCertificates(selfSigned()) } });
    const page = await visitBeside(`/chat#token=${TOKEN}`, { at: own, ignoreHTTPSErrors: true });
    await page.getByRole("heading", { name: "Approve this browser" }).waitFor();
    await own.approveAll();
    await connected(page);
    expect(page.url()).toMatch(/^https:/);
    await own.close();
  }, SLOW_MS);

  test("below a path of its own, and through a tunnel at another port", async () => {
    const own = await WebDoor.open({ basePath: "/my/claw" });
    const tunnel = await Tunnel.to(own.port);
    const page = forgetful;
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    await page.goto(`http://localhost:${tunnel.port}/my/claw#token=${TOKEN}`);
    await page.getByRole("heading", { name: "Approve this browser" }).waitFor();
    await own.approveAll();
    await connected(page);
    expect(page.url()).toBe(`http://localhost:${tunnel.port}/my/claw/`);
    await page.getByRole("link", { name: "Chat", exact: true }).click();
    await connected(page);
    expect(page.url()).toBe(`http://localhost:${tunnel.port}/my/claw/chat`);
    await page.getByLabel("Message", { exact: true }).fill("Hi");
    await page.getByLabel("Message", { exact: true }).press("Enter");
    await page.locator("talk-view").getByText("Hello.").first().waitFor();
    expect(new Set(sockets)).toEqual(new Set([`ws://localhost:${tunnel.port}/my/claw/`]));
    await tunnel.close();
    await own.close();
  }, SLOW_MS);
});
