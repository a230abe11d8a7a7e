// WhatsApp from nothing, against a stand-in that speaks its wire: the code in the terminal, a phone that scans it, a
// conversation; then a restart, a dropped socket, another program that takes the session, a logout, each with what the
// operator sees: `npm run build && npm run demo:whatsapp`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import readQr from "jsqr";
import { loadStandIns } from "./bundle-stand-ins.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const program = join(root, "dist", "bin", "openclaw.mjs");
const PATIENCE_MS = 60_000;

// The people of the stand-in use libsignal too, which prints what it does.
Object.assign(console, { info: () => undefined, warn: () => undefined });

const stateDir = mkdtempSync(join(tmpdir(), "demo-whatsapp-"));
const { WhatsappServer } = await loadStandIns("whatsapp-server.ts");
const whatsapp = await WhatsappServer.start();
const ada = whatsapp.world.addPerson("Ada");
const certificate = join(stateDir, "stand-in.pem");
writeFileSync(certificate, whatsapp.media.certificate);
writeFileSync(join(stateDir, "openclaw.json"), JSON.stringify({ agents: { defaults: { runtime: "echo" } }, channels: { whatsapp: { url: whatsapp.url, dmPolicy: "open" } } }), { mode: 0o600 });
const home = { PATH: process.env.PATH, HOME: stateDir, OPENCLAW_STATE_DIR: stateDir, NO_COLOR: "1" };
const trusting = {
  NODE_OPTIONS: `--import ${pathToFileURL(join(root, "test", "stand-ins", "whatsapp-trust.mjs")).href}`,
  NODE_EXTRA_CA_CERTS: certificate,
  WHATSAPP_STAND_IN_ROOT: Buffer.from(whatsapp.identity.root.public).toString("hex"),
};
const wrong = [];
const printed = [];
const expect = (isSo, what) => {
  if (!isSo) wrong.push(what);
};

async function startGateway() {
  const child = spawn(process.execPath, [program, "gateway", "--port", "0"], { env: { ...home, ...trusting }, stdio: ["ignore", "pipe", "pipe"] });
  child.stderr.setEncoding("utf8").on("data", (text) => printed.push(text));
  for await (const line of createInterface({ input: child.stdout })) {
    printed.push(line);
    const { msg, url } = JSON.parse(line);
    if (msg !== "gateway ready") continue;
    child.stdout.setEncoding("utf8").on("data", (text) => printed.push(text));
    return { port: new URL(url).port, stop: async () => (child.kill("SIGTERM"), (await once(child, "close"))[0]) };
  }
  throw new Error("the gateway did not start; build it first with: npm run build");
}

function openclaw(port, ...args) {
  const child = spawn(process.execPath, [program, ...args], { env: { ...home, OPENCLAW_GATEWAY_PORT: port }, stdio: ["ignore", "pipe", "pipe"] });
  const said = { text: "" };
  for (const out of [child.stdout, child.stderr]) out.setEncoding("utf8").on("data", (text) => (said.text += text));
  return { said, done: once(child, "close").then(() => said.text.trimEnd()) };
}

async function show(port, ...args) {
  const text = await openclaw(port, ...args).done;
  console.log(`\n$ openclaw ${args.join(" ")}\n${text}`);
  return text;
}

async function until(what, holds) {
  for (const began = Date.now(); Date.now() - began < PATIENCE_MS; await pause(100)) {
    const found = await holds();
    if (found) return found;
  }
  wrong.push(`never came: ${what}`);
  return undefined;
}

/** Reads the code off the terminal as a phone's camera would: two rows of dots a line. */
function scanTerminal(text) {
  const lines = text.split("\n").filter((line) => /^[ \u2580\u2584\u2588]{20,}$/u.test(line));
  const width = Math.max(0, ...lines.map((line) => line.length));
  const rows = lines.flatMap((line) => [["\u2588", "\u2580"], ["\u2588", "\u2584"]].map((lit) => Array.from({ length: width }, (_, at) => lit.includes(line[at] ?? " "))));
  const scale = 4;
  const [w, h] = [width * scale, rows.length * scale];
  const pixels = new Uint8ClampedArray(w * h * 4);
  for (let at = 0; at < w * h; at += 1) pixels.fill(rows[Math.floor(at / w / scale)]?.[Math.floor((at % w) / scale)] ? 255 : 0, at * 4, at * 4 + 3).fill(255, at * 4 + 3, at * 4 + 4);
  return w === 0 ? undefined : readQr.default?.(pixels, w, h)?.data ?? readQr(pixels, w, h)?.data;
}

const texts = () => [...whatsapp.world.messages.values()].map(({ content }) => content.extendedTextMessage?.text ?? content.conversation ?? "");

async function talk(text) {
  const before = texts().length;
  console.log(`\n  Ada, on her phone:   ${text}`);
  const began = Date.now();
  await whatsapp.send({ from: ada, content: { conversation: text } });
  const answer = await until(`an answer to "${text}"`, () => texts()[before]);
  console.log(`  the assistant:       ${(answer ?? "NO ANSWER").replace(/\n\nNo model is configured, [^]*$/u, " [and how to configure a model]")}   (${Date.now() - began} ms)`);
  expect(answer?.includes(text), `"${text}" was not answered`);
}

/** Waits until the status has these words, and shows it. */
async function statusWith(port, words) {
  await until(`a status with ${words}`, async () => words.test(await openclaw(port, "channels", "status").done));
  return show(port, "channels", "status");
}

const heading = (text) => console.log(`\n\n## ${text}`);

heading("From nothing");
let gateway = await startGateway();
await statusWith(gateway.port, /needs-operator/u);
await show(gateway.port, "message", "send", "--channel", "whatsapp", "--target", `+${ada.number}`, "--message", "hello");
console.log("\n$ openclaw channels login whatsapp");
const login = openclaw(gateway.port, "channels", "login", "whatsapp");
const code = await until("a code in the terminal", () => scanTerminal(login.said.text));
console.log(login.said.text.trimEnd());
expect(code?.startsWith("https://wa.me/settings/linked_devices#"), "the terminal showed no code that a phone can read");
console.log("\n  (the owner points the phone at it)\n");
if (code !== undefined) await whatsapp.scan(code);
console.log((await login.done).split("\n").at(-1));
await talk("Good morning!");
await show(gateway.port, "channels", "status", "--probe");

heading("The gateway is stopped and started: no second login");
const stopped = Date.now();
expect((await gateway.stop()) === 0, "the gateway did not end cleanly");
console.log(`\n  (stopped within ${Date.now() - stopped} ms)`);
await whatsapp.send({ from: ada, content: { conversation: "Are you there?" } });
console.log("\n  Ada, meanwhile:      Are you there?");
gateway = await startGateway();
await until("the answer to what was said meanwhile", () => texts().some((text) => text.includes("Are you there?")));
console.log(`  the assistant:       ${texts().at(-1)?.split("\n")[0]}`);
await talk("Welcome back.");
expect(whatsapp.world.account.devices.size === 1, "the account was linked more than once");

heading("The socket is dropped without a word");
const before = whatsapp.logins;
whatsapp.isDown = true;
whatsapp.cut();
await statusWith(gateway.port, /backing-off/u);
whatsapp.isDown = false;
await until("another login", () => whatsapp.logins > before);
await talk("Still there?");

heading("Another program takes the session over (440)");
whatsapp.endStream("440");
await statusWith(gateway.port, /needs-operator/u);
const logins = whatsapp.logins;
await pause(3_000);
expect(whatsapp.logins === logins, "the gateway fought for the session");
console.log(`\n  (three seconds later: ${whatsapp.logins - logins} further attempts)`);
await show(gateway.port, "channels", "start", "whatsapp");
await statusWith(gateway.port, / live /u);
await talk("And now?");

heading("Logged out");
await show(gateway.port, "channels", "logout", "whatsapp");
await statusWith(gateway.port, /needs-operator/u);
expect([...whatsapp.world.account.devices.values()].every(({ isLinked }) => !isLinked), "the phone still shows the device");
expect((await gateway.stop()) === 0, "the gateway did not end cleanly");

const secrets = printed.join("\n");
expect(!/Closing session|privKey|rootKey|<Buffer/u.test(secrets), "keys were printed");
expect(whatsapp.connections.most === 1, `WhatsApp saw ${whatsapp.connections.most} sockets at once`);
await whatsapp.close();
rmSync(stateDir, { recursive: true, force: true });
console.log(wrong.length === 0 ? `\nAll as it should be: ${whatsapp.logins} logins, ${whatsapp.connections.most} socket at a time, no key in ${secrets.length} characters of output.` : `\nWRONG:\n${wrong.map((what) => `  ${what}`).join("\n")}`);
process.exit(wrong.length === 0 ? 0 : 1);
