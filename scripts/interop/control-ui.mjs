import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { hostBrowser } from "../host-browser.mjs";
import { Ears } from "./ears.mjs";
import { joinedNode, NAME } from "./node-host.mjs";
import { until } from "./program.mjs";
import { found } from "./report.mjs";

const PICTURES = process.env.INTEROP_PICTURES;
const SAID = "hello from January's page";

/** The January web page in Chromium, on an origin of its own: paired, chatting, and every tab of it. */
export async function controlUi(stage) {
  const { report, january, pages, scratch } = stage;
  const executablePath = await hostBrowser();
  const [attic, guest] = [NAME, "guest"].map((name) => join(scratch, name));
  for (const each of [attic, guest]) mkdirSync(each, { mode: 0o700, recursive: true });
  const node = await joinedNode({ ...stage, home: attic });
  const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
  try {
    const visit = await open(stage, browser);
    await enter(visit);
    await chat(visit);
    await lists(visit);
    await nodes(visit, guest);
    await cron(visit);
    await settings(visit);
    await report.step("Control UI: its console", async () => (visit.ears.problems.length === 0 ? "without an error" : visit.ears.problems.join("; ")), found(/(without an error)/));
    for (const method of methodsOf(january.controlUi)) if (!visit.ears.methods.includes(method)) report.missing(method);
  } finally {
    await browser.close();
    await node.kill();
  }

  async function open({ report: table, gateway, proxy }, chrome) {
    const page = await chrome.newPage({ viewport: { width: 1400, height: 900 } });
    page.setDefaultTimeout(30_000);
    page.on("dialog", (dialog) => dialog.accept());
    // It shows a picture of another site, which is neither its nor ours.
    await page.route((url) => url.origin !== pages.origin && url.protocol.startsWith("http"), (route) => route.fulfill({ status: 200, contentType: "image/svg+xml", body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }));
    const ears = new Ears(page);
    const text = async () => (await page.locator("main.content").innerText()).replaceAll(/\s+/g, " ");
    /** A step on the page: what it shows proves it, and nothing may have been refused or complained of meanwhile. */
    const step = (name, run, shown) => {
      // The page's style writes some of it in capitals.
      const pattern = new RegExp(shown.source, "i");
      const look = async () => {
        ears.takeRefusals();
        const before = ears.problems.length;
        await run();
        await until(`${pattern}`, async () => pattern.test(await text()), 20_000).catch(() => undefined);
        if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name.replaceAll(/\W+/g, "-")}.png`) });
        const problems = [...ears.takeRefusals().map(({ method, message }) => `${method} was refused: ${message}`), ...ears.problems.slice(before)];
        if (problems.length > 0) throw new Error(problems.join("; "));
        return text();
      };
      return table.step(`Control UI: ${name}`, look, found(pattern));
    };
    const tab = (title) => () => page.locator(`a.nav-item[title="${title}"]`).click();
    const card = (title) => page.locator(".card", { has: page.locator(".card-title", { hasText: title }) });
    return { ...stage, page, ears, step, tab, card, text, gateway, proxy };
  }
}

/** The methods that the page's own program names. */
function methodsOf(folder) {
  const assets = join(folder, "assets");
  const program = readdirSync(assets).filter((name) => name.endsWith(".js")).map((name) => readFileSync(join(assets, name), "utf8")).join("\n");
  return [...new Set([...program.matchAll(/request\("([\w.-]+)"/g)].map(([, method]) => method))].filter((method) => method !== "connect").sort();
}

async function enter({ report, gateway, proxy, pages, page, ears, step, tab, text }) {
  const address = new URL("/overview", pages.origin);
  address.search = new URLSearchParams({ gatewayUrl: proxy.url, token: gateway.token });
  await report.step("Control UI: waits to be paired", async () => {
    await page.goto(address.href);
    const { clientId, requestId } = await until("its request", () => gateway.waitingDevices()[0]);
    await gateway.openclaw("devices", "approve", requestId);
    return `approved ${clientId}`;
  });
  await report.step("Control UI: connects", async () => {
    await until("a connection", async () => /Status Connected/i.test(await text()));
    return text();
  }, found(/(Status Connected Uptime [^ ]+)/i));
  // Nothing is asked of it before, but what went wrong until then is not told apart from the pairing.
  ears.takeRefusals();
  await step("overview", tab("Overview"), /(Instances \d+).*Sessions \d+/);
}

async function chat({ page, step, tab }) {
  await step("chat", async () => {
    await tab("Chat")();
    await page.locator(".chat-compose textarea").fill(SAID);
    await page.locator(".chat-compose button.primary").click();
  }, new RegExp(`(${SAID}) You.*${SAID}.*Assistant`));
  await step("chat, after a reload", () => page.reload(), new RegExp(`(${SAID}) You.*${SAID}.*Assistant`));
}

async function lists({ page, gateway, step, tab }) {
  const kept = (what) => until(what, async () => (await gateway.openclaw("sessions", "--json")).out.includes(what));
  await step("instances", tab("Instances"), new RegExp(`clawdbot-control-ui.*(${NAME}) ${NAME} node`));
  await step("sessions", tab("Sessions"), /(agent:main:main)/);
  await step("a session's label", async () => {
    await page.locator(".table-row input").first().fill("kitchen");
    await page.locator(".table-row input").first().blur();
    await kept('"kitchen"');
  }, /(Sessions)/);
  await step("a session's thinking level", async () => {
    await page.locator(".table-row select").first().selectOption("low");
    await kept('"low"');
  }, /(Sessions)/);
  await step("channels", tab("Channels"), /(Telegram Bot status and channel configuration.*Configured Yes)/);
}

async function nodes({ page, gateway, january, proxy, step, tab, card }, guest) {
  await step("nodes", tab("Nodes"), new RegExp(`Paired devices and live links\\. Refresh (${NAME}.*system\\.run)`));
  await step("devices", async () => {
    await january.run(guest, ["gateway", "call", "health", "--url", proxy.url]);
    const { deviceId } = JSON.parse(readFileSync(join(guest, ".clawdbot", "identity", "device.json"), "utf8"));
    const waits = () => gateway.waitingDevices().some((device) => device.deviceId === deviceId);
    await until("its request", waits);
    await card("Devices").getByRole("button", { name: "Refresh" }).click();
    await card("Devices").locator(".list-item", { hasText: deviceId }).getByRole("button", { name: "Approve" }).click();
    await until("the approval", () => !waits());
  }, /(Paired .*Tokens)/);
  await step("a command is approved in its dialog", async () => {
    const run = gateway.openclaw("nodes", "run", NAME, "--", "echo", "by the page's word");
    await page.locator(".exec-approval-card button.primary").click({ timeout: 60_000 });
    const { out } = await run;
    if (!out.includes("by the page's word")) throw new Error(out);
  }, /(Nodes)/);
  await step("the gateway's list of programs", async () => {
    const list = card("Exec approvals");
    await list.getByRole("button", { name: "main", exact: true }).click();
    await list.getByRole("button", { name: "Add pattern" }).click();
    await list.getByLabel("Pattern").last().fill("/usr/bin/id");
    await list.getByRole("button", { name: "Save" }).click();
    await until("the entry", async () => (await gateway.openclaw("approvals", "allowlist")).out.includes("/usr/bin/id"), 20_000);
  }, /Exec approvals.*(Allowlist)/);
}

async function cron({ page, ears, step, tab, card }) {
  if (!ears.methods.includes("cron.list")) return;
  const job = page.locator(".list-item", { hasText: "water the plants" });
  await step("cron", tab("Cron Jobs"), /Scheduler.*(Enabled Yes Jobs \d+)/);
  await step("a job is added", async () => {
    const form = card("New Job");
    await form.getByLabel("Name").fill("water the plants");
    await form.getByLabel("System text").fill("The plants want water.");
    await form.getByRole("button", { name: "Add job" }).click();
    await job.waitFor();
  }, /(water the plants.*enabled)/);
  await step("a job is disabled", () => job.getByRole("button", { name: "Disable" }).click(), /(water the plants.*disabled)/);
  await step("a job is run", () => job.getByRole("button", { name: "Run", exact: true }).click(), /Run history.*(ok)/);
  await step("a job is removed", () => job.getByRole("button", { name: "Remove" }).click(), /(No jobs yet)/);
}

async function settings({ page, gateway, step, tab, card }) {
  await step("configuration", tab("Config"), /(Settings valid)/);
  await step("configuration, saved", async () => {
    await page.getByRole("button", { name: "Raw" }).click();
    const raw = page.locator(".config-raw-field textarea");
    const config = JSON.parse(await raw.inputValue());
    await raw.fill(JSON.stringify({ ...config, session: { ...config.session, mainKey: "main" } }));
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await until("the file", async () => (await gateway.openclaw("config", "get", "session.mainKey")).out.includes("main"), 20_000);
  }, /(Settings valid)/);
  await step("debug", tab("Debug"), /Snapshots.*(Event Log)/);
  await step("a method by hand", async () => {
    await card("Manual RPC").locator("input").fill("health");
    await card("Manual RPC").getByRole("button", { name: "Call" }).click();
  }, /Manual RPC.*("ok": true)/);
  await step("logs", tab("Logs"), /(info gateway gateway ready)/);
}
