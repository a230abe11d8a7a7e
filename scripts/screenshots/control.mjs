// What Control shows of a gateway in use.
import { loadStandIns } from "../bundle-stand-ins.mjs";

const BOARD = "<body style='margin:0;background:#fdf6e3;font:600 44px system-ui;color:#073642;display:grid;place-content:center;height:100vh;gap:12px'><div>Oslo S · 08:14</div><div style='font-weight:400;font-size:28px'>Track 3, on time. Rain from ten.</div></body>";
const MINUTE = 60_000;

async function inhabit(world) {
  await world.screen();
  await world.phone();
  await world.connect("desk", { client: { id: "openclaw-macos", mode: "ui", platform: "macOS 15.3", displayName: "Ada's Mac", deviceFamily: "Mac" }, scopes: ["operator.read", "operator.write"] });
  await world.knock("tablet", { client: { id: "openclaw-ios", mode: "ui", platform: "iPadOS 18.2", displayName: "Tablet in the hall", deviceFamily: "iPad" }, scopes: ["operator.read", "operator.write", "operator.approvals"] });
  await world.stranger("4915550001", "Eve Larsen");
  await world.stranger("4915550002", "Bob Hansen");
  const { requests } = await world.door.call("channels.pairing.list", {});
  await world.door.call("channels.pairing.approve", { channel: "telegram", requestId: requests.find(({ id }) => id === "4915550002").requestId });
  await world.wantsToRun("a1", ["git", "push", "origin", "main"]);
  await world.wantsToRun("a2", ["rsync", "-a", "/srv/photos", "backup:photos"]);
  await world.deadLetter();
  world.whatsapp.become({ state: "needs-operator", trouble: "credentials", message: "The phone has unlinked this account. Link it anew." });
  for (const [key, message] of [["main", "Do I need an umbrella?"], ["agent:main:shopping", "Oat milk, coffee"], ["agent:main:trip", "A train on Friday morning"]]) await world.talk(key, message);
  await world.door.call("sessions.patch", { key: "agent:main:trip", label: "Trip to Oslo" });
  for (const [level, msg, fields] of [
    ["info", "gateway ready", { url: "ws://127.0.0.1:18789" }], ["info", "channel live", { channel: "telegram", accountId: "default" }], ["info", "channel live", { channel: "slack", accountId: "team" }],
    ["info", "device paired", { device: "Ada's Mac", role: "operator" }], ["warn", "channel needs its operator", { channel: "whatsapp", trouble: "credentials" }],
    ["info", "turn finished", { sessionKey: "agent:main:trip", durationMs: 2310 }], ["error", "message refused by the provider", { channel: "telegram", reason: "The chat was closed by its owner." }], ["info", "node connected", { node: "Kitchen screen" }],
    ["info", "sender asked to pair", { channel: "telegram" }], ["info", "configuration changed", { changed: "agents.defaults.heartbeat" }],
  ]) world.logged(level, msg, fields);
  await inhabitSchedule(world);
}

/** Jobs, where the gateway has a schedule. */
async function inhabitSchedule({ door }) {
  const add = (params) => door.call("cron.add", params).catch(() => undefined);
  const job = await add({ name: "Morning briefing", schedule: { kind: "cron", expr: "0 7 * * 1-5", tz: "Europe/Oslo" }, sessionTarget: "isolated", wakeMode: "now", payload: { kind: "agentTurn", message: "Weather, calendar, and the trains to the office." } });
  await add({ name: "Water the plants", schedule: { kind: "every", everyMs: 3 * 24 * 60 * MINUTE }, sessionTarget: "main", wakeMode: "next-heartbeat", payload: { kind: "systemEvent", text: "The plants want water." } });
  await add({ name: "Look at the backups", enabled: false, schedule: { kind: "every", everyMs: 24 * 60 * MINUTE }, sessionTarget: "isolated", wakeMode: "now", payload: { kind: "agentTurn", message: "Did last night's backup run?" } });
  if (job !== undefined) await door.call("cron.run", { id: job.id, mode: "force" }).catch(() => undefined);
}

const scene = (name, hash, ready, { on = ["light", "dark"], show = async () => undefined } = {}) => ({
  name: `control-${name}`, path: `/#/${hash}`, on,
  show: async (page) => {
    await page.locator(ready).first().waitFor();
    await show(page);
    await page.waitForTimeout(150);
  },
});
const EVERYWHERE = ["light", "dark", "phone"];

/** Down to a part of the view, with its heading at the top. */
const scrolledTo = (page, part) => page.locator(part).first().evaluate((element) => element.scrollIntoView({ block: "start" }));

export const scenes = [
  scene("overview", "overview", ".figure:last-child dd + dd", { on: EVERYWHERE }),
  scene("pairing", "pairing", "pairing-view .thing", { on: EVERYWHERE }),
  scene("approvals", "approvals", "approvals-view .thing"),
  scene("devices", "devices", "devices-view .thing"),
  scene("channels", "channels", "channels-view .thing"),
  scene("login", "channels", "channels-view .thing", {
    show: async (page) => {
      await page.getByRole("button", { name: "Link: WhatsApp" }).click();
      await page.getByRole("button", { name: "Begin" }).click();
      await page.getByAltText(/QR code/).waitFor();
    },
  }),
  scene("nodes", "nodes", "nodes-view .thing"),
  scene("node", "nodes", "nodes-view .thing", {
    show: async (page) => {
      await page.getByRole("link", { name: "Kitchen screen" }).click();
      await page.getByRole("button", { name: "Take a picture" }).click();
      await page.getByAltText("The node's canvas").waitFor();
      await scrolledTo(page, "node-canvas");
    },
  }),
  scene("cron", "cron", "cron-view .thing, cron-view .empty"),
  scene("cron-form", "cron/new", "cron-view cron-form, cron-view .empty"),
  scene("sessions", "sessions", "sessions-view .rows", { on: EVERYWHERE }),
  scene("logs", "logs", "logs-view .log-line"),
  scene("config", "config", "config-view .sections"),
  scene("config-form", "config/gateway", "config-view schema-form .field", {
    show: async (page) => {
      await page.getByLabel("Port", { exact: true }).first().fill("18800");
      await page.getByLabel("Port", { exact: true }).first().press("Tab");
      await page.getByText("1 change not applied").first().waitFor();
      await page.evaluate(() => document.activeElement.blur());
    },
  }),
  scene("config-text", "config?as=text", "config-text textarea"),
  scene("console", "console/health", "console-view schema-form", {
    show: async (page) => {
      await page.getByRole("button", { name: "Call", exact: true }).click();
      await page.getByRole("heading", { name: "Answer" }).waitFor();
    },
  }),
];

/** A gateway in use. */
export async function open(browser) {
  const { ControlWorld, TOKEN } = await loadStandIns("../support/control-world.ts");
  const drawing = await browser.newPage({ viewport: { width: 800, height: 480 } });
  await drawing.setContent(BOARD);
  const world = await ControlWorld.open({ canvas: (await drawing.screenshot()).toString("base64") });
  await drawing.close();
  await inhabit(world);
  const { gateway, port } = world.door;
  return { gateway, port, token: TOKEN, close: () => world.close() };
}
