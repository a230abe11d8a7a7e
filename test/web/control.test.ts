import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { ControlWorld } from "../support/control-world.js";
import { TestDevice } from "../support/device.js";
import { inChromium } from "../support/chromium.js";
import { connected, launch, SLOW_MS, TOKEN, Tunnel } from "../support/web-door.js";

inChromium("Control", () => {
  let browser: Browser;
  let world: ControlWorld;
  let tunnel: Tunnel;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    [browser, world] = await Promise.all([launch(), ControlWorld.open()]);
    context = await world.door.profile(browser);
    // Through a tunnel, so that its connection can be cut.
    tunnel = await Tunnel.to(world.door.port);
    page = await context.newPage();
    await page.goto(`http://127.0.0.1:${tunnel.port}/#token=${TOKEN}`);
    await page.getByRole("heading", { name: "Approve this browser" }).waitFor();
    await world.door.approveAll();
    await connected(page);
  }, SLOW_MS);
  afterAll(async () => {
    await browser?.close();
    await tunnel?.close();
    await world?.close();
  }, SLOW_MS);

  beforeEach(() => {
    page.setDefaultTimeout(Number(process.env["WAIT_MS"] ?? 60_000));
  });
  afterEach(() => {
    expect(world.door.complaints()).toEqual([]);
  });

  const go = async (hash: string, heading: string): Promise<void> => {
    await page.evaluate(`location.hash = ${JSON.stringify(`#/${hash}`)}`);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  };
  const button = (name: string | RegExp): Locator => page.getByRole("button", typeof name === "string" ? { name, exact: true } : { name });
  /** The second word that what is destructive is asked for. */
  const confirm = async (action: string): Promise<void> => page.getByRole("dialog").getByRole("button", { name: action, exact: true }).click();
  /** What was done is told, and away before something else is. */
  const said = async (text: string | RegExp): Promise<void> => {
    await page.locator("toast-line").getByText(text).waitFor();
    await button("Dismiss").click();
  };
  /** What is read out of a view's link. */
  const link = (name: string): Locator => page.getByRole("navigation", { name: "Views" }).getByRole("link", { name });
  const thing = (name: string): Locator => page.locator(".thing").filter({ has: page.getByRole("heading", { name, exact: true }) });

  test("the overview answers whether it works, who is there, and what waits", async () => {
    await go("overview", "Overview");
    await page.getByText("All is well").waitFor();
    const figures = await page.locator(".figures").textContent();
    for (const text of ["Up for", "Version", "0.1.0", "protocol 4", "Connections", "Answers in"]) expect(figures).toContain(text);
    await page.locator(".figure").filter({ hasText: /^Loop delay\d+ ms\d+ ms at most$/ }).waitFor();
    const telegram = await thing("Telegram").textContent();
    for (const fact of ["Live", "Configured", "Linked", "Connected", "Last heard", "Waiting to go out"]) expect(telegram).toContain(fact);
    world.slack.become({ state: "needs-operator", trouble: "credentials", message: "The token was withdrawn. Configure another." });
    await page.reload();
    await page.getByText("1 channel needs a look").waitFor();
    await thing("Slack").getByText("The token was withdrawn. Configure another.").first().waitFor();
    world.slack.become({ state: "live" });
    const mac = await world.connect("mac", { client: { displayName: "Ada's Mac", platform: "macos", mode: "ui", id: "openclaw-macos" } });
    await page.locator(".rows").getByText("Ada's Mac").waitFor();
    mac.close();
    await page.locator(".rows").getByText("Ada's Mac").waitFor({ state: "detached" });
  }, SLOW_MS);

  test("devices, nodes and people wait in one inbox, counted, with what each would gain", async () => {
    await go("pairing", "Pairing");
    await page.getByText("Nobody waits").waitFor();
    await world.knock("tablet", { client: { id: "openclaw-ios", mode: "ui", platform: "iPadOS", displayName: "Tablet" }, scopes: ["operator.read", "operator.admin"] });
    await world.phone();
    await world.stranger();
    await link("Pairing , 3 waiting").waitFor();

    await thing("Tablet").getByText("Everything: change the configuration").waitFor();
    await button("Approve Tablet").click();
    // It gains everything: a second word is asked for, and Escape takes the first back.
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await button("Reject Tablet").click();
    await confirm("Reject");
    await said("Tablet was turned away.");
    expect((await world.door.call("device.pair.list", {})).pending).toEqual([]);

    const phone = thing("Ada's phone");
    for (const gain of ["Take pictures with its camera", "Record video with its camera", "Ask where it is"]) await phone.getByText(gain).waitFor();
    await button("Approve Ada's phone").click();
    await said("Ada's phone was let in.");

    const { requests } = await world.door.call("channels.pairing.list", {});
    expect(await thing("Eve Stranger").textContent()).toContain(requests[0]?.code);
    await button("Approve Eve Stranger").click();
    await said("Eve Stranger was let in.");
    await page.getByText("Nobody waits").waitFor();
    await link("Pairing").and(page.getByRole("link", { name: "Pairing", exact: true })).waitFor();

    await button("Take back Eve Stranger").click();
    await confirm("Take back");
    await said("Eve Stranger may not write any more.");
    expect((await world.door.call("channels.pairing.list", { approved: true })).approved).toEqual([]);
  }, SLOW_MS);

  test("a program that waits is allowed once, always, or denied", async () => {
    await go("approvals", "Approvals");
    await page.getByText("Nothing waits").waitFor();
    const push = await world.wantsToRun("a1", ["git", "commit", "-m", "two words"]);
    await button("Allow once: git commit -m 'two words'").click();
    expect(await push.decision).toBe("allow-once");
    const copy = await world.wantsToRun("a2", ["rsync", "here", "there"]);
    await link("Approvals , 1 waiting").waitFor();
    await button("Always allow: rsync here there").click();
    await confirm("Always allow");
    expect(await copy.decision).toBe("allow-always");
    const gone = await world.wantsToRun("a3", ["rm", "-r", "there"]);
    await button("Deny: rm -r there").click();
    expect(await gone.decision).toBe("deny");
    await page.getByText("Nothing waits").waitFor();
  }, SLOW_MS);

  test("devices are renamed, their tokens rotated and revoked, and they are removed", async () => {
    const { id: deviceId } = new TestDevice("laptop");
    const laptop = await world.connect("laptop", { client: { displayName: "Laptop" } });
    await go("devices", "Devices");
    await button("Rename Laptop").click();
    await page.getByRole("dialog").getByLabel("Name").fill("Old laptop");
    await confirm("Save");
    await said("It has a new name.");
    const ofIt = async () => (await world.door.call("device.pair.list", {})).paired.find((device) => device.deviceId === deviceId);
    await button("Rotate the operator token of Old laptop").click();
    await confirm("Rotate");
    await said("The token was rotated.");
    await laptop.closed;
    expect((await ofIt())?.tokens?.[0]).toMatchObject({ role: "operator", rotatedAtMs: expect.any(Number) });
    await button("Revoke the operator token of Old laptop").click();
    await confirm("Revoke");
    await said("The token opens nothing any more.");
    expect((await ofIt())?.tokens?.[0]).toMatchObject({ revokedAtMs: expect.any(Number) });
    await button("Remove Old laptop").click();
    await confirm("Remove");
    await said("Old laptop was removed.");
    expect(await ofIt()).toBeUndefined();
  }, SLOW_MS);

  test("a setup code lets a device in, as a text and as a picture", async () => {
    await go("devices", "Devices");
    await button("Let a device in").click();
    await page.getByRole("dialog").getByLabel("What it may become").selectOption("node");
    await confirm("Make a code");
    await page.getByAltText("The setup code as a picture, to be scanned").waitFor();
    expect((await page.locator(".invitation code").textContent())?.length).toBeGreaterThan(40);
    await button("Done").click();
  }, SLOW_MS);

  test("a channel is linked by a code to scan, tested, stopped, started and signed out", async () => {
    await go("channels", "Channels");
    // A bot is who its token says: there is nothing to link, and nothing to sign out of.
    for (const name of ["Link: Telegram", "Link anew: Telegram", "Sign out: Telegram"]) expect(await button(name).count()).toBe(0);
    await button("Sign out: WhatsApp").click();
    await confirm("Sign out");
    await said("It was signed out.");
    await button("Link: WhatsApp").click();
    await confirm("Begin");
    const login = page.getByRole("region", { name: "Linking WhatsApp" });
    await login.getByAltText("A QR code to be scanned with the app on the phone").waitFor();
    world.whatsapp.scan();
    await login.getByText("WhatsApp is linked.").waitFor();
    await login.getByRole("button", { name: "Close" }).click();
    await thing("WhatsApp").getByText("Live").waitFor();

    await button("Send a test message: Telegram").click();
    await page.getByRole("dialog").getByLabel("To", { exact: true }).fill("ada");
    await confirm("Send");
    await said("It was sent.");
    expect(world.telegram.texts).toContain("A test message from Control.");
    await button("Stop: Slack, team").click();
    await confirm("Stop");
    await thing("Slack").getByText("Stopped").waitFor();
    await button("Start: Slack, team").click();
    await thing("Slack").getByText("Live").waitFor();
  }, SLOW_MS);

  test("what could not be delivered is tried again or discarded", async () => {
    await world.deadLetter("The chat was closed.");
    await go("channels", "Channels");
    await page.getByText("The chat was closed.").first().waitFor();
    world.telegram.meetNext({ kind: "refused", code: "forbidden", reason: "It is closed still." });
    await button("Try again: telegram to ada").click();
    await said("It is tried again.");
    await page.locator(".rows").getByText("It is closed still.").waitFor();
    await button("Discard: telegram to ada").click();
    await confirm("Discard");
    await said("It was discarded.");
    await page.getByText("Everything that went out arrived").waitFor();
    expect(await world.door.call("channels.deadLetters.list", {})).toEqual({ deadLetters: [] });
  }, SLOW_MS);

  test("a node is looked at, renamed, and asked with a form of what its command takes", async () => {
    await world.screen();
    await go("nodes", "Nodes");
    await page.getByRole("link", { name: "Kitchen screen" }).click();
    await page.getByRole("heading", { level: 1, name: "Kitchen screen" }).waitFor();
    await page.getByText("camera: not allowed").waitFor();
    await button("Take a picture").click();
    const picture = page.getByAltText("The node's canvas");
    await picture.waitFor();
    expect(await picture.getAttribute("src")).toMatch(/^data:image\/png;base64,/);

    await page.getByLabel("Command", { exact: true }).selectOption("canvas.navigate");
    await page.getByLabel("Url").fill("/board.html");
    await button("Run").click();
    await page.getByText("It was done. There is no answer to it.").waitFor();
    expect(world.asked.at(-1)).toEqual({ command: "canvas.navigate", params: { url: "/board.html" } });

    await page.getByLabel("Command", { exact: true }).selectOption("location.get");
    await page.getByLabel("Desired accuracy").selectOption("coarse");
    await page.getByLabel("Max age ms").fill("soon");
    await button("Run").click();
    await page.getByText("This must be a whole number.").waitFor();
    // The place that is wrong is where the cursor is.
    expect(await page.evaluate(`document.activeElement?.getAttribute("aria-invalid")`)).toBe("true");
    await page.getByLabel("Max age ms").fill("60000");
    await button("Run").click();
    await page.getByRole("region", { name: "Answer" }).getByText("59.9139").waitFor();
    expect(world.asked.at(-1)).toEqual({ command: "location.get", params: { desiredAccuracy: "coarse", maxAgeMs: 60_000 } });

    await button("Rename").click();
    await page.getByRole("dialog").getByLabel("Name").fill("Screen by the stove");
    await confirm("Save");
    await page.getByRole("heading", { level: 1, name: "Screen by the stove" }).waitFor();
  }, SLOW_MS);

  test("a job is made, run, looked at, switched off, changed and deleted", async () => {
    await go("cron", "Schedule");
    await page.getByText("Nothing is scheduled").waitFor();
    await page.getByRole("link", { name: "Add a job" }).click();
    await button("Create").click();
    await page.getByText("Give it a name.").waitFor();
    await page.getByLabel("Name", { exact: true }).fill("Briefing");
    await page.getByLabel("Text", { exact: true }).fill("What is on today?");
    await page.getByLabel("By a cron expression").check();
    await page.getByLabel("Cron expression", { exact: true }).fill("0 7 * * 1-5");
    await page.getByLabel("Time zone").fill("Europe/Oslo");
    await button("Create").click();
    await page.getByRole("heading", { level: 1, name: "Briefing" }).waitFor();
    await page.getByText("0 7 * * 1-5 (Europe/Oslo)").waitFor();
    const { jobs } = await world.door.call("cron.list", { includeDisabled: true });
    expect(jobs).toMatchObject([{ name: "Briefing", schedule: { kind: "cron", expr: "0 7 * * 1-5", tz: "Europe/Oslo" }, payload: { kind: "agentTurn", message: "What is on today?" }, sessionTarget: "isolated" }]);
    await button("Run Briefing now").click();
    await page.getByRole("region", { name: "Run log" }).getByText("You said:").first().waitFor();
    await button("Switch Briefing off").click();
    await said("It is switched off.");
    await page.getByRole("link", { name: "Edit Briefing" }).click();
    await page.getByLabel("Every so often").check();
    await page.getByLabel("Every", { exact: true }).fill("2");
    await button("Save").click();
    await said("The job was saved.");
    await page.getByText("Every 2 h").first().waitFor();
    await button("Delete Briefing").click();
    await confirm("Delete");
    await page.getByText("Nothing is scheduled").waitFor();
  }, SLOW_MS);

  test("sessions are searched, labelled, begun afresh and deleted, and lead to the chat", async () => {
    await world.talk("main", "good morning");
    await world.talk("agent:main:trip", "find a train");
    await go("sessions", "Sessions");
    await page.getByLabel("Search").fill("trip");
    await page.getByText(/^1 conversation$/).waitFor();
    await button(/^Label /).click();
    await page.getByRole("dialog").getByLabel("Label").fill("Oslo");
    await confirm("Save");
    await said("It has a new label.");
    expect(await page.getByRole("link", { name: "Open in chat: Oslo" }).getAttribute("href")).toBe("./chat?session=agent%3Amain%3Atrip");
    await page.getByLabel("Search").fill("");
    await button("Start afresh: Oslo").click();
    await confirm("Start afresh");
    await said("It starts afresh with the next message.");
    await button("Delete Oslo").click();
    await confirm("Delete");
    await said("It was deleted.");
    await page.getByRole("link", { name: "Open in chat: Oslo" }).waitFor({ state: "detached" });
    await page.getByLabel("Search").fill("nothing like it");
    await page.getByText("Nothing found").waitFor();
  }, SLOW_MS);

  test("the log is followed, filtered and paused; what is markup in it stays text", async () => {
    world.logged("info", "gateway ready");
    await go("logs", "Logs");
    await page.getByText("gateway ready").waitFor();
    world.logged("warn", "<img src=x onerror=alert(1)>", { channel: "telegram" });
    await page.getByText("<img src=x onerror=alert(1)>").waitFor();
    await page.getByLabel("From level").selectOption("warn");
    await page.getByText("gateway ready").waitFor({ state: "detached" });
    await page.getByLabel("Text", { exact: true }).fill("slack");
    await page.getByText("Nothing fits").waitFor();
    await page.getByLabel("Text", { exact: true }).fill("TELEGRAM");
    await page.getByText("1 of 2 lines").waitFor();
    await button("Pause").click();
    world.logged("error", "telegram is gone");
    await page.getByText("Paused: 1 new.").waitFor();
    expect(await page.getByText("telegram is gone").count()).toBe(0);
    await button("Go on").click();
    await page.getByText("telegram is gone").waitFor();
  }, SLOW_MS);

  describe("the configuration", () => {
    const written = async (): Promise<string> => readFile(join(world.stateDir, "openclaw.json"), "utf8");

    test("a form is judged before it is applied, says what a restart puts in force, and changes that alone", async () => {
      await go("config", "Configuration");
      await page.getByRole("link", { name: /^Gateway/ }).click();
      const port = page.getByLabel("Port", { exact: true }).first();
      await port.fill("70000");
      await port.press("Tab");
      await button("Check").click();
      await page.getByText("This must be at most 65535.").first().waitFor();
      expect(await port.getAttribute("aria-invalid")).toBe("true");
      await port.fill("18800");
      await port.press("Tab");
      const pending = page.getByRole("region", { name: "1 change not applied" });
      await pending.getByText("needs a restart").waitFor();
      await pending.getByRole("button", { name: "Apply" }).click();
      await confirm("Apply");
      await said("A restart puts this in force: gateway.port");
      expect(JSON.parse(await written())).toMatchObject({ gateway: { port: 18_800, auth: { token: "the-right-gateway-token" } }, session: { mainKey: "main" } });
    }, SLOW_MS);

    test("what somebody else changed meanwhile is told, and one's own goes on top of it", async () => {
      await go("config/logging", "Logging");
      await page.getByLabel("Level", { exact: true }).selectOption({ label: "debug" });
      const { hash } = await world.door.call("config.get", {});
      await world.door.call("config.patch", { raw: `{ session: { mainKey: "home" } }`, baseHash: hash });
      await page.getByText("Somebody else changed the file meanwhile.").waitFor();
      await button("Keep my changes, on top of theirs").click();
      await said("Your changes now stand on top");
      await button("Apply").click();
      await confirm("Apply");
      await said("It is in force.");
      expect(JSON.parse(await written())).toMatchObject({ session: { mainKey: "home" }, logging: { level: "debug" } });
    }, SLOW_MS);

    test("the text keeps its comments, and what is wrong with it is shown by its place", async () => {
      await go("config?as=text", "Configuration");
      const text = page.getByLabel("The file's text, JSON5");
      const before = await text.inputValue();
      const LEVEL = /"level": "\w+"/;
      await text.fill("{ gateway: { port: 1 ");
      await button("Apply").click();
      await page.getByText(/This is no JSON5: look at line 1/).waitFor();
      await text.fill(before.replace(LEVEL, '"level": "loud"'));
      await button("Check").click();
      await page.locator(".notice.danger").getByText("logging.level").waitFor();
      // The gateway's own judgement, which no schema knows: a token that a placeholder stands for must be there.
      await text.fill(before.replace(LEVEL, '"level": "info" /* as it was */'));
      await button("Apply").click();
      await confirm("Apply");
      await said("It is in force.");
      expect(await written()).toContain("/* as it was */");
      expect(await written()).toContain("the-right-gateway-token");
    }, SLOW_MS);
  });

  describe("the console", () => {
    test("calls any method by a form of its schema, or with JSON, and shows what was refused", async () => {
      await go("console/sessions.list", "Console");
      await page.getByText("11 more fields").click();
      await page.getByLabel("limit", { exact: true }).fill("0");
      await button("Call").click();
      await page.getByText("This must be at least 1.").waitFor();
      await page.getByLabel("limit", { exact: true }).fill("2");
      await button("Call").click();
      await page.getByRole("region", { name: "Answer" }).getByText('"limitApplied": 2').waitFor();
      await page.getByLabel("Method", { exact: true }).fill("sessions.resolve");
      await page.keyboard.press("Tab");
      await button("JSON").click();
      await page.getByLabel("Parameters", { exact: true }).last().fill('{ "key": "nobody:knows:it" }');
      await page.keyboard.press("Tab");
      await button("Call").click();
      await page.getByRole("region", { name: "Error" }).getByText("INVALID_REQUEST").waitFor();
    }, SLOW_MS);

    test("asks once more before something is changed, and hears what the gateway says of it", async () => {
      await go("console/set-heartbeats", "Console");
      await button("Form").click();
      await page.getByLabel("enabled", { exact: true }).selectOption({ label: "No" });
      await button("Call").click();
      await confirm("Call");
      await page.getByRole("region", { name: "Answer" }).getByText('"enabled": false').waitFor();
      await page.getByRole("navigation", { name: "Parts of the console" }).getByRole("link", { name: "Events" }).click();
      const list = page.getByRole("list", { name: "Events, the newest first" });
      await page.getByLabel("Name or text").fill("approved");
      const someone = await world.connect("passer-by");
      await list.getByText("device.pair.resolved", { exact: true }).first().waitFor();
      someone.close();
    }, SLOW_MS);
  });

  test("a form has every kind of field: lists, names and values, one of several", async () => {
    await go("console/exec.approval.request", "Console");
    await page.getByLabel("command", { exact: true }).fill("ls");
    await page.locator("details.more-fields > summary").first().click();
    await page.locator("summary").filter({ hasText: /^env/ }).click();
    await page.getByLabel("Kind of env").selectOption({ index: 1 });
    await page.getByLabel("New name in env").fill("LANG");
    await button("Add to env").click();
    await page.getByLabel("LANG", { exact: true }).fill("C");
    await page.locator("summary").filter({ hasText: /^commandArgv/ }).click();
    await page.getByLabel("Kind of commandArgv").selectOption({ index: 1 });
    await button("Add to commandArgv").click();
    await page.getByLabel("commandArgv 1", { exact: true }).fill("ls");
    await button("Add to commandArgv").click();
    await page.getByLabel("commandArgv 2", { exact: true }).fill("-l");
    await button("Remove commandArgv 1").click();
    await button("JSON").click();
    expect(JSON.parse(await page.getByLabel("Parameters", { exact: true }).last().inputValue())).toEqual({ command: "ls", env: { LANG: "C" }, commandArgv: ["-l"] });
    await button("Form").click();
  }, SLOW_MS);

  describe("everybody", () => {
    test("comes everywhere with the keyboard alone, and back to where they were", async () => {
      await go("overview", "Overview");
      await page.keyboard.press("Control+Home");
      await page.evaluate("document.activeElement?.blur()");
      const focused = (): Promise<string> => page.evaluate(`document.activeElement?.textContent?.trim() ?? ""`);
      for (let nth = 0; nth < 60 && !(await focused()).startsWith("Devices"); nth += 1) await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "Devices" }).waitFor();
      await button(/^Rename /).first().waitFor();
      for (let nth = 0; nth < 60 && (await focused()) !== "Rename"; nth += 1) await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor();
      expect(await page.evaluate("document.activeElement?.tagName")).toBe("INPUT");
      await page.keyboard.press("Control+A");
      await page.keyboard.type("Typed by hand");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Typed by hand" }).waitFor();
      expect(await focused()).toBe("Rename");
    }, SLOW_MS);

    test("sees what others call themselves as text, whatever it is", async () => {
      const name = `<img src=x onerror="document.title='owned'"><script>1</script>`;
      await world.knock("evil", { client: { id: "openclaw-ios", mode: "ui", platform: "iOS", displayName: name }, scopes: ["constructor", "operator.read"] });
      await world.stranger("__proto__", "<b>Bold</b>");
      await world.node("odd", { client: { id: "node-host", mode: "node", platform: "linux", displayName: "Odd <i>node</i>" }, commands: ["system.notify", "system.constructor"] }, { isApproved: false });
      await go("pairing", "Pairing");
      await thing(name).waitFor();
      await thing("<b>Bold</b>").waitFor();
      await thing("Odd <i>node</i>").getByText("What it calls system.constructor").waitFor();
      expect(await page.locator(".view :is(img, script, b, i)").count()).toBe(0);
      expect(await page.title()).not.toContain("owned");
    }, SLOW_MS);

    test("who was granted less is told what is missing, where nothing is shown for that reason", async () => {
      const { setupCode } = await world.door.call("device.pair.setupCode", { bootstrapProfile: "limited" });
      const other = await (await world.door.profile(browser)).newPage();
      await other.goto(`${world.door.base}/#token=${setupCode}`);
      await connected(other);
      await other.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
      await other.getByRole("link", { name: "Pairing" }).click();
      await other.getByText("This browser was not granted that: it needs operator.pairing.").waitFor();
      await other.getByRole("link", { name: "Devices" }).click();
      await other.getByRole("alert").getByText("it needs operator.pairing.").waitFor();
      await other.context().close();
    }, SLOW_MS);

    const VIEWS = [
      ["overview", "Overview"], ["pairing", "Pairing"], ["approvals", "Approvals"], ["devices", "Devices"], ["channels", "Channels"], ["nodes", "Nodes"], ["cron", "Schedule"], ["cron/new", "A new job"],
      ["sessions", "Sessions"], ["logs", "Logs"], ["config", "Configuration"], ["config/gateway", "Gateway"], ["config?as=text", "Configuration"], ["console", "Console"], ["console?watch=1", "Console"],
    ] as const;

    const inhabit = async (): Promise<void> => {
      await world.screen();
      await world.knock("tablet", { client: { id: "openclaw-ios", mode: "ui", platform: "iPadOS", displayName: "Tablet" }, scopes: ["operator.read"] });
      await world.stranger("mallory", "Mallory");
      await world.wantsToRun("axe", ["ls"]);
      world.whatsapp.become({ state: "needs-operator", trouble: "credentials", message: "Link it anew." });
    };

    test("with a phone sees nothing that is wider than it", async () => {
      await inhabit();
      await page.setViewportSize({ width: 390, height: 844 });
      for (const [hash, heading] of VIEWS) {
        await go(hash, heading);
        const wide = await page.evaluate(`[...document.querySelectorAll(".view *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && one.closest("pre, textarea, .log-lines, .visually-hidden, .preview") === null).map((one) => one.tagName + " " + one.className).slice(0, 3)`);
        expect([hash, wide]).toEqual([hash, []]);
      }
      await page.setViewportSize({ width: 1280, height: 800 });
    }, SLOW_MS);

    test.each([["light", undefined], ["dark", ["color-contrast"]]] as const)("finds nothing in the way of those who see, hear or move differently, in %s", async (colorScheme, rules) => {
      await page.emulateMedia({ colorScheme });
      // The browser turns dark by itself a moment before the page hears of it, and colours may take a while to follow.
      await page.locator(`html.wa-${colorScheme}`).waitFor({ state: "attached" });
      await page.evaluate("new Promise(requestAnimationFrame).then(() => Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition).map(({ finished }) => finished)))");
      for (const [hash, heading] of VIEWS) {
        await go(hash, heading);
        await page.locator(".view .spinner").waitFor({ state: "detached" });
        expect([hash, await seriousFindings(page, { rules, within: hash === "overview" ? "document" : "'.view'" })]).toEqual([hash, []]);
      }
      await go("nodes", "Nodes");
      await page.locator(".thing h3 a").first().click();
      await page.getByRole("heading", { name: "Use it" }).waitFor();
      expect(await seriousFindings(page, { rules })).toEqual([]);
      await button("Remove").click();
      await page.getByRole("dialog").waitFor();
      expect(await seriousFindings(page, { rules })).toEqual([]);
      await page.keyboard.press("Escape");
    }, SLOW_MS);

    test("stays where they are while the gateway is away, and sees what came meanwhile", async () => {
      await page.emulateMedia({ colorScheme: "light" });
      await go("pairing", "Pairing");
      await thing("Mallory").waitFor();
      tunnel.cut();
      await page.getByText("The gateway cannot be reached.").waitFor();
      expect(await thing("Mallory").count()).toBe(1);
      await world.stranger("trudy", "Trudy");
      tunnel.restore();
      // As a browser says when a network is back: whoever waits for the next attempt need not.
      await page.evaluate(`dispatchEvent(new Event("online"))`);
      await connected(page);
      await thing("Trudy").waitFor();
    }, SLOW_MS);
  });
});

let axeSource: string | undefined;

interface Look {
  /** Those alone, where colours are all that changed. */
  readonly rules: readonly string[] | undefined;
  /** A part of the page, as a script names it. */
  readonly within?: string;
}

/** What axe finds that is serious or critical: the rule, and where. */
async function seriousFindings(page: Page, { rules, within = "document" }: Look): Promise<readonly string[]> {
  axeSource ??= await readFile("node_modules/axe-core/axe.min.js", "utf8");
  // The page's policy lets no script in but its own: this comes by the browser's own door.
  if ((await page.evaluate("typeof axe")) === "undefined") await page.evaluate(axeSource);
  const { violations } = (await page.evaluate(`axe.run(${within}, { resultTypes: ["violations"] ${rules === undefined ? "" : `, runOnly: ${JSON.stringify(rules)}`} })`)) as { violations: { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] }[] };
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical").flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary.slice(0, 200)}`));
}
