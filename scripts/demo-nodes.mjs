// A gateway, two headless nodes and a command line, each a process of its own: pairing, approval, a page on a canvas, a
// button whose click reaches the agent, a program that a person has to approve, a node that dies, one that sleeps.
// `npm run build && npm run demo:nodes`. Needs a Chromium, as on Debian: apt-get install chromium.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const program = join(root, "dist", "bin", "openclaw.mjs");
const PATIENCE_MS = 60_000;
const PLACE = { lat: 59.9139, lon: 10.7522, accuracyMeters: 25 };

const folder = process.env.DEMO_NODES_DIR ?? mkdtempSync(join(tmpdir(), "demo-nodes-"));
const chromium = process.env.CHROMIUM_PATH;
const wrong = [];
const expect = (isSo, what) => {
  if (!isSo) wrong.push(what);
  console.log(`${isSo ? "  as it should be:" : "  WRONG:"} ${what}`);
};

function state(name, config) {
  const dir = join(folder, name);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeFileSync(join(dir, "openclaw.json"), JSON.stringify(config), { mode: 0o600 });
  return { PATH: process.env.PATH, HOME: dir, OPENCLAW_STATE_DIR: dir, NO_COLOR: "1" };
}

// Programs of the host's own root need a browser without its sandbox.
const browser = { sandbox: process.getuid?.() !== 0, ...(chromium === undefined ? {} : { executablePath: chromium }) };
const TOKEN = "a-token-for-the-demo-of-nodes";
const gatewayEnv = state("gateway", { agents: { defaults: { runtime: "echo" } }, gateway: { auth: { token: TOKEN } } });
const nodeEnv = (name) => state(name, { node: { displayName: name, browser, location: PLACE } });
const children = [];

/** A program in the foreground; `line` resolves with the first line that fits. */
function run(env, ...args) {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const lines = [];
  const waiting = new Set();
  for (const out of [child.stdout, child.stderr]) createInterface({ input: out }).on("line", (line) => {
    lines.push(line);
    for (const hear of waiting) hear(line);
  });
  const closed = once(child, "close").then(([code]) => code);
  children.push({ child, closed });
  const line = (what) => new Promise((resolve, reject) => {
    const fits = (text) => what.exec(text);
    const before = lines.map(fits).find((found) => found !== null);
    if (before) return resolve(before);
    const hear = (text) => {
      const found = fits(text);
      if (found) resolve(found);
    };
    waiting.add(hear);
    setTimeout(() => reject(new Error(`${args.join(" ")} never said ${what}; it said:\n${lines.join("\n")}`)), PATIENCE_MS).unref();
  });
  return { child, lines, line, closed };
}

/** A command of the operator's. */
async function openclaw(...args) {
  const { lines, closed } = run({ ...gatewayEnv, OPENCLAW_GATEWAY_PORT: port }, ...args);
  return { code: await closed, text: lines.join("\n") };
}

async function show(...args) {
  const said = await openclaw(...args);
  console.log(`\n$ openclaw ${args.join(" ")}\n${said.text}`);
  return said;
}

async function until(what, holds) {
  for (const began = Date.now(); Date.now() - began < PATIENCE_MS; await pause(200)) {
    const found = await holds();
    if (found) return found;
  }
  expect(false, `in time: ${what}`);
  return undefined;
}

/** What the agent was told in its main session. */
const told = async () => (await openclaw("gateway", "call", "chat.history", "--params", '{"sessionKey":"main"}', "--json")).text;

const gateway = run(gatewayEnv, "gateway", "--port", "0");
const [, url] = await gateway.line(/"msg":"gateway ready".*"url":"([^"]+)"|"url":"([^"]+)".*"msg":"gateway ready"/).then((found) => [found[0], found[1] ?? found[2]]);
const port = new URL(url).port;

// What was started ends with this, also where it fails.
process.on("exit", () => children.forEach(({ child }) => child.kill("SIGKILL")));

async function startNode(name, { approve = false } = {}) {
  const node = run({ ...nodeEnv(name), OPENCLAW_GATEWAY_TOKEN: TOKEN }, "node", "run", "--url", url, "--token", TOKEN);
  if (approve) {
    const first = await Promise.race([node.line(/devices approve (\S+)/), node.line(/nodes approve (\S+)/)]);
    if (first[0].startsWith("devices")) await show("devices", "approve", first[1]);
    const [, requestId] = await node.line(/nodes approve (\S+)/);
    await show("nodes", "pending");
    await show("nodes", "approve", requestId);
  }
  await node.line(/It may be asked: (.+)/);
  return node;
}

console.log("A gateway, and two nodes that ask to be let in.");
await startNode("attic", { approve: true });
let cellar = await startNode("cellar", { approve: true });
const { text: listed } = await show("nodes");
expect(/attic.*connected/.test(listed) && /cellar.*connected/.test(listed), "both nodes are there");

console.log("\nA page that the agent wrote.");
writeFileSync(join(folder, "gateway", "canvas", "board.html"), "<!doctype html><title>Board</title><body style='background:#fde68a;font:48px sans-serif;padding:40px'>Oslo, 8:14, track 3</body>");
await show("nodes", "canvas", "present", "attic", "/board.html", "--width", "640", "--height", "360");
const picture = join(folder, "board.png");
await show("nodes", "canvas", "snapshot", "attic", "--out", picture);
const png = readFileSync(picture);
const size = [png.readUInt32BE(16), png.readUInt32BE(20)];
expect(png.subarray(1, 4).toString() === "PNG" && size[0] === 640 && size[1] === 360, `a picture of the page, ${size.join(" by ")}, at ${picture}`);
const shown = await show("nodes", "canvas", "eval", "attic", "document.body.innerText");
expect(shown.text.includes("Oslo, 8:14"), "the page says what the agent wrote");

console.log("\nA surface with a button, and its click.");
const surface = join(folder, "surface.jsonl");
const component = (id, type, properties) => ({ id, component: { [type]: properties } });
writeFileSync(surface, [
  { surfaceUpdate: { surfaceId: "trip", components: [
    component("root", "Column", { children: { explicitList: ["title", "go"] } }),
    component("title", "Text", { text: { literalString: "Take the 8:14?" }, usageHint: "h2" }),
    component("label", "Text", { text: { literalString: "Book it" } }),
    component("go", "Button", { child: "label", action: { name: "book", context: [{ key: "train", value: { path: "/train" } }] } }),
  ] } },
  { dataModelUpdate: { surfaceId: "trip", contents: [{ key: "train", valueString: "8:14" }] } },
  { beginRendering: { surfaceId: "trip", root: "root" } },
].map((line) => JSON.stringify(line)).join("\n"));
await show("nodes", "canvas", "a2ui", "push", "attic", surface);
const CLICK = `(() => { const find = (root) => { for (const one of root.querySelectorAll("*")) { if (one.localName === "button") return one; const inner = one.shadowRoot && find(one.shadowRoot); if (inner) return inner; } }; const button = find(document); button?.click(); return button ? "clicked" : "no button"; })()`;
const clicked = await until("the button", async () => (await openclaw("nodes", "canvas", "eval", "attic", CLICK)).text.includes("clicked"));
expect(clicked, "the button is there, and clicked");
expect(await until("the click at the agent", async () => /book/.test(await told()) && /8:14/.test(await told())), "the click reached the agent, with what it is about");
const bad = join(folder, "bad.jsonl");
writeFileSync(bad, '{"deleteSurface":{"surfaceId":"trip"}}\n{"version":"v0.9","createSurface":{"surfaceId":"s"}}\n');
const refused = await show("nodes", "canvas", "a2ui", "push", "attic", bad);
expect(refused.code !== 0 && /Line 2.*v?0\.9/.test(refused.text), "a file that is no A2UI v0.8 is refused by line");

console.log("\nA program that somebody has to approve, asked for three times under one key.");
const diary = join(folder, "diary");
const write = ["nodes", "run", "--key", "the-same-run", "attic", "--", process.execPath, "-e", `require("fs").appendFileSync(${JSON.stringify(diary)}, "ran\\n"); console.log("written")`];
const runs = [openclaw(...write), openclaw(...write), openclaw(...write)];
const waits = await until("the question", async () => /"id":\s*"([^"]+)"/.exec((await openclaw("approvals", "list", "--json")).text));
await show("approvals");
await show("approvals", "allow", waits?.[1] ?? "");
const ends = await Promise.all(runs);
console.log(ends.map(({ text }) => text).join("\n"));
expect(ends.every(({ code, text }) => code === 0 && text.includes("written")), "each of the three was answered with its output");
expect(readFileSync(diary, "utf8") === "ran\n", "and the program ran once");

const place = await show("nodes", "location", "cellar");
expect(place.text.includes(`${PLACE.lat}, ${PLACE.lon}`), "the cellar says where it is");

console.log("\nA node that dies while it is at work.");
const long = openclaw("nodes", "run", "cellar", "--", process.execPath, "-e", "setTimeout(() => {}, 60000)");
const again = await until("the question", async () => /"id":\s*"([^"]+)"/.exec((await openclaw("approvals", "list", "--json")).text));
await openclaw("approvals", "allow", again?.[1] ?? "");
await pause(2_000);
const began = Date.now();
cellar.child.kill("SIGKILL");
const cut = await long;
console.log(cut.text);
expect(cut.code !== 0 && /disconnect|not connected/i.test(cut.text) && Date.now() - began < 15_000, "whoever waited is told at once that the node is gone");

console.log("\nA node that sleeps.");
await show("nodes", "invoke", "cellar", "canvas.hide");
await show("nodes", "invoke", "cellar", "canvas.navigate", "--params", '{"url":"/board.html"}', "--queue");
cellar = await startNode("cellar");
await cellar.line(/canvas\.navigate: done/);
const awake = await until("the page", async () => (await openclaw("nodes", "canvas", "eval", "cellar", "document.title")).text.includes("Board"));
expect(awake, "what waited for it was done when it came back");

for (const { child } of children) if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
// Their browsers write into the folder until they are gone.
await Promise.all(children.map(({ closed }) => closed));
expect(gateway.child.exitCode === 0, "the gateway leaves with 0");
if (process.env.DEMO_NODES_DIR === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
console.log(wrong.length === 0 ? "\nAll as it should be." : `\nWrong: ${wrong.join("; ")}.`);
process.exitCode = wrong.length === 0 ? 0 : 1;
