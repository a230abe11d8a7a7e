import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { joinedNode, NAME } from "./node-host.mjs";
import { until } from "./program.mjs";
import { found } from "./report.mjs";

const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const SAID = "hello from January's page";

/** What went over the page's sockets, and what its console said. */
class Ears {
  problems = [];
  refusals = [];
  #asked = new Map();

  constructor(page) {
    page.on("console", (message) => message.type() === "error" && this.problems.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => this.problems.push(`page: ${error.message}`));
    page.on("websocket", (socket) => {
      socket.on("framesent", ({ payload }) => this.#sent(JSON.parse(payload)));
      socket.on("framereceived", ({ payload }) => this.#received(JSON.parse(payload)));
    });
  }

  #sent({ id, method }) {
    this.#asked.set(id, method);
  }

  #received({ type, id, ok, error }) {
    if (type !== "res" || ok) return;
    this.refusals.push({ method: this.#asked.get(id), message: error?.message ?? "" });
  }

  /** What was refused since the last time somebody asked. */
  takeRefusals() {
    return this.refusals.splice(0);
  }
}

/** The January web page in Chromium, on an origin of its own: paired, chatting, and every tab of it. */
export async function controlUi({ report, january, gateway, proxy, pages, scratch }) {
  if (!existsSync(CHROMIUM)) throw new Error(`no Chromium at ${CHROMIUM}; set CHROMIUM_PATH`);
  const attic = join(scratch, NAME);
  mkdirSync(attic, { mode: 0o700, recursive: true });
  const node = await joinedNode({ january, gateway, proxy, home: attic });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
  try {
    await walk({ report, gateway, proxy, pages, browser });
  } finally {
    await browser.close();
    await node.kill();
  }
}

async function walk({ report, gateway, proxy, pages, browser }) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(30_000);
  page.on("dialog", (dialog) => dialog.accept());
  const ears = new Ears(page);
  const shots = process.env.INTEROP_PICTURES;
  const main = page.locator("main.content");
  const text = async () => (await main.innerText()).replaceAll(/\s+/g, " ");
  /** A step on the page: what it shows proves it, and nothing may have been refused or complained of meanwhile. */
  const step = (name, run, shown) => {
    // The page's style writes some of it in capitals.
    const pattern = new RegExp(shown.source, "i");
    const look = async () => {
      ears.takeRefusals();
      const before = ears.problems.length;
      await run();
      await until(`${pattern}`, async () => pattern.test(await text()), 20_000).catch(() => undefined);
      if (shots) await page.screenshot({ path: join(shots, `${name.replaceAll(/\W+/g, "-")}.png`) });
      const refused = ears.takeRefusals();
      for (const { method } of refused) report.missing(method);
      const problems = [...refused.map(({ method, message }) => `${method} was refused: ${message}`), ...ears.problems.slice(before)];
      if (problems.length > 0) throw new Error(problems.join("; "));
      return text();
    };
    return report.step(`Control UI: ${name}`, look, found(pattern));
  };
  const tab = (title) => () => page.locator(`a.nav-item[title="${title}"]`).click();

  const address = new URL("/overview", pages.origin);
  address.search = new URLSearchParams({ gatewayUrl: proxy.url, token: gateway.token });
  await report.step("Control UI: waits to be paired", async () => {
    await page.goto(address.href);
    const { clientId, requestId } = await until("its request", () => gateway.waitingDevices()[0]);
    await gateway.openclaw("devices", "approve", requestId);
    return `approved ${clientId} as ${requestId}`;
  });
  await report.step("Control UI: connects", async () => {
    await until("a connection", async () => /Status Connected/i.test(await text()));
    ears.takeRefusals();
    return text();
  }, found(/(Status Connected Uptime [^ ]+)/i));
  // What was refused before it was paired is the pairing's.
  ears.problems.splice(0);
  await step("overview", tab("Overview"), /Instances \d+.*Sessions [0-9]+/);
  await step("chat", async () => {
    await tab("Chat")();
    await page.locator(".chat-compose textarea").fill(SAID);
    await page.locator(".chat-compose button.primary").click();
    await until("the answer", async () => (await page.locator(".chat-group.assistant").last().innerText()).includes(SAID), 20_000).catch(() => undefined);
  }, new RegExp(`${SAID}.*Assistant|Assistant.*${SAID}`));
  await step("chat, after a reload", async () => {
    await page.reload();
  }, new RegExp(SAID));
  await step("a new session in the chat", async () => {
    await page.locator(".chat-compose button", { hasText: "New session" }).click();
  }, /New session|new session/i);
  await step("instances", tab("Instances"), /(\S+ (?:webchat|gateway|node).*Reason \w+)/i);
  await step("sessions", tab("Sessions"), /(agent:main:main|main) .*direct/);
  await step("a session's label", async () => {
    await page.locator(".table-row input").first().fill("kitchen");
    await page.locator(".table-row input").first().blur();
    await until("the label", async () => (await gateway.openclaw("sessions", "--json")).out.includes("kitchen"));
  }, /Sessions/);
  await step("a session's thinking level", async () => {
    await page.locator(".table-row select").first().selectOption("low");
    await until("the level", async () => (await gateway.openclaw("sessions", "--json")).out.includes('"low"'));
  }, /Sessions/);
  await step("channels", tab("Channels"), /(Telegram .*)/i);
  await step("nodes and devices", tab("Nodes"), new RegExp(`(${NAME} .*system\\.run)`));
  await step("exec approvals of the gateway", async () => {
    await page.getByRole("button", { name: "Load approvals" }).click().catch(() => undefined);
  }, /Exec approvals.*(Defaults)/);
  await step("a command is approved in its dialog", async () => {
    const run = gateway.openclaw("nodes", "run", NAME, "--", "echo", "from the page's word");
    await page.locator(".exec-approval-card button.primary").click({ timeout: 60_000 });
    const { out } = await run;
    if (!out.includes("from the page's word")) throw new Error(out);
  }, /Nodes/);
  await step("cron", tab("Cron Jobs"), /Scheduler.*Enabled (Yes|No)/);
  await step("skills", tab("Skills"), /Skills/);
  await step("configuration", tab("Config"), /(Settings.*)/);
  await step("configuration, saved", async () => {
    await page.getByRole("button", { name: "Raw" }).click();
    const raw = page.locator(".config-raw-field textarea");
    const config = JSON.parse(await raw.inputValue());
    await raw.fill(JSON.stringify({ ...config, session: { ...config.session, mainKey: "main" } }));
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await until("the file", async () => (await gateway.openclaw("config", "get", "session.mainKey")).out.includes("main"), 20_000);
  }, /Settings/);
  await step("debug", tab("Debug"), /Snapshots.*(Event Log)/);
  await step("a method by hand", async () => {
    const card = page.locator(".card", { hasText: "Manual RPC" });
    await card.locator("input").fill("health");
    await card.getByRole("button", { name: "Call" }).click();
    await card.locator("pre").waitFor();
  }, /Manual RPC.*("ok": true)/);
  await step("logs", tab("Logs"), /(File: .*gateway ready)/);
  await report.step("Control UI: its console", async () => (ears.problems.length === 0 ? "without an error" : ears.problems.join("; ")), found(/(without an error)/));
}
