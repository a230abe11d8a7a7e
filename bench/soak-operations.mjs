// What a gateway goes through in months, in an hour: `npm run build && npm run soak:operations -- --minutes 60`.
// The daemon as it is installed, over TLS, with every channel on its platform's stand-in: clients come and go, people
// write, the certificate is renewed, the configuration is edited, and every minute it loads anew. Prints what was lost.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import selfsigned from "selfsigned";
import { loadStandIns } from "../scripts/bundle-stand-ins.mjs";
import { residentBytes } from "./proc.mjs";

const { values } = parseArgs({ options: {
  minutes: { type: "string", default: "60" }, rate: { type: "string", default: "5" }, clients: { type: "string", default: "200" },
  /** Seconds between two reloads. */
  reload: { type: "string", default: "60" },
} });
const [minutes, rate, clientCount, reloadMs] = [Number(values.minutes), Number(values.rate), Number(values.clients), Number(values.reload) * 1_000];
const [MIB, TOKEN, KINDS, CHATS] = [1_048_576, "soak-token", ["direct", "group", "thread"], 4];
const [PATIENCE_MS, SAMPLE_MS, QUIET_MS] = [60_000, 1_000, 6_000];
/** Connections that a pool keeps to a platform come and go by themselves. */
const SLACK_FDS = 8;
/** How much more may be alive at the end than halfway: tables and caches fill up to their bounds, what leaks has none. */
const GROWTH = 1.3;

const folder = mkdtempSync(join(tmpdir(), "soak-operations-"));
const at = (name) => join(folder, name);
/** Whole or not at all, as whoever renews a certificate or edits a file by program does it. */
const put = (name, text) => {
  writeFileSync(at(`${name}.new`), text, { mode: 0o600 });
  renameSync(at(`${name}.new`), at(name));
};
/** Below those that the system gives to whoever asks for any: one of these stays free until the gateway takes it. */
const freePort = async () => {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").then(() => true, () => false);
    await new Promise((resolve) => { server.close(resolve); });
    if (isFree) return port;
  }
};

const ca = await selfsigned.generate([{ name: "commonName", value: "Soak authority" }], {
  keyType: "ec", curve: "P-256", algorithm: "sha256", extensions: [{ name: "basicConstraints", cA: true, critical: true }, { name: "keyUsage", keyCertSign: true, critical: true }],
});
let renewals = -1;
async function renew() {
  const { private: key, cert } = await selfsigned.generate([{ name: "commonName", value: "gateway.test" }], {
    keyType: "ec", curve: "P-256", algorithm: "sha256", ca: { key: ca.private, cert: ca.cert },
    extensions: [{ name: "basicConstraints", cA: false, critical: true }, { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
  });
  put("key.pem", key);
  put("cert.pem", cert);
  renewals += 1;
}

const { prepareAll, startProviders } = await loadStandIns();
const providers = await startProviders();
const [port, opsPort, extraEnv] = [await freePort(), await freePort(), await prepareAll(providers, folder)];
let edits = -1;
function edit() {
  edits += 1;
  const channels = Object.fromEntries(providers.map(({ channel, section }) => [channel, { ...section, dmPolicy: "open", groupPolicy: "open", historyLimit: 0 }]));
  put("openclaw.json", JSON.stringify({
    gateway: { auth: { token: TOKEN }, ops: { port: opsPort }, tls: { enabled: true, certPath: at("cert.pem"), keyPath: at("key.pem") } },
    messages: { groupChat: { historyLimit: 10 + (edits % 2) } },
    channels,
  }));
}

await renew();
put("ca.pem", ca.cert);
edit();
const env = {
  PATH: process.env.PATH, HOME: folder, OPENCLAW_STATE_DIR: folder, ...extraEnv, SOAK_GAUGE: at("alive.json"),
  NODE_OPTIONS: [extraEnv.NODE_OPTIONS, `--expose-gc --import ${new URL("soak-gauge.mjs", import.meta.url)}`, process.env.SOAK_NODE_OPTIONS].filter(Boolean).join(" "),
};
const program = fileURLToPath(new URL("../dist/bin/openclaw.mjs", import.meta.url));
const daemon = spawn(process.execPath, [program, "gateway", "--port", String(port)], { env, stdio: ["ignore", "pipe", "pipe"] });
process.on("exit", () => daemon.kill("SIGKILL"));
const ended = once(daemon, "close");
const trouble = new Map();
const said = new Map();
/** Milliseconds from one gateway's last word to the next one's first. */
const away = [];
let leftAt = Number.NaN;
const hear = (line) => {
  const { level, msg, ...fields } = JSON.parse(line);
  said.set(msg, (said.get(msg) ?? 0) + 1);
  if (msg === "gateway reloading") leftAt = Date.now();
  if (msg === "gateway ready" && !Number.isNaN(leftAt)) away.push(Date.now() - leftAt);
  if (["warn", "error", "fatal", 40, 50, 60].includes(level)) trouble.set(msg, { count: (trouble.get(msg)?.count ?? 0) + 1, fields });
};
createInterface({ input: daemon.stdout }).on("line", hear);
daemon.stderr.setEncoding("utf8").on("data", (text) => process.stderr.write(text));

const until = async (what, isSo) => {
  for (const began = Date.now(); Date.now() - began < PATIENCE_MS; await pause(100)) if (await isSo()) return;
  throw new Error(`it never came so far that ${what}`);
};
const ops = async (path) => await fetch(`http://127.0.0.1:${opsPort}${path}`).then(async (answer) => ({ status: answer.status, text: await answer.text() }), () => ({ status: 0, text: "" }));
await until("the gateway was ready", async () => (await ops("/readyz")).status === 200);

const shownAs = new Map();
let twice = 0;
for (const provider of providers) {
  provider.onShown = (text, id) => {
    const token = /soak-\d+-end/u.exec(text)?.[0];
    if (token === undefined) return;
    if (shownAs.has(token) && shownAs.get(token).id !== id) twice += 1;
    shownAs.set(token, { id });
  };
}
const asked = [];
function ask() {
  const nth = asked.length;
  const provider = providers[nth % providers.length];
  const kinds = provider.kinds ?? KINDS;
  const turn = Math.floor(nth / providers.length);
  const place = { kind: kinds[turn % kinds.length], nth: Math.floor(turn / kinds.length) % CHATS };
  asked.push({ provider, token: `soak-${nth}-end`, id: provider.say(place, `Please repeat soak-${nth}-end.`) });
}
const waiting = () => asked.filter(({ token }) => !shownAs.has(token));

// Discord tells a bot of no direct chat in which it never heard anything: everybody writes once before it all begins.
const places = providers.length * KINDS.length * CHATS;
for (let nth = 0; nth < places; nth += 1) {
  ask();
  await pause(20);
}
await until("everybody was answered once", () => waiting().length === 0);
await pause(QUIET_MS);

const handles = () => readdirSync(`/proc/${daemon.pid}/fd`).length;
/** Bytes of the heap that a collection leaves. */
async function alive() {
  rmSync(at("alive.json"), { force: true });
  daemon.kill("SIGUSR2");
  await until("the gateway told what is alive", () => existsSync(at("alive.json")));
  return JSON.parse(readFileSync(at("alive.json"), "utf8")).heapUsed;
}
const [idleHandles, idleBytes, idleAlive] = [handles(), residentBytes(daemon.pid), await alive()];
const visitors = fork(fileURLToPath(new URL("soak-clients.mjs", import.meta.url)), [`wss://127.0.0.1:${port}`, TOKEN, String(clientCount), String(reloadMs)], { env: { ...process.env, NODE_EXTRA_CA_CERTS: at("ca.pem") }, stdio: ["ignore", "inherit", "inherit", "ipc"] });
process.on("exit", () => visitors.kill("SIGKILL"));
const report = new Promise((resolve) => { visitors.once("message", resolve); });

const samples = [];
let [reloads, nextReload, nextSample] = [0, Date.now() + reloadMs, 0];
const began = Date.now();
const total = Math.round(minutes * 60 * rate);
const halfway = Math.floor(total / 2);
let halfwayAlive = Number.NaN;
for (let nth = 0; nth < total; nth += 1) {
  const wait = began + (nth * 1_000) / rate - Date.now();
  if (wait > 0) await pause(wait);
  ask();
  if (nth === halfway) halfwayAlive = await alive();
  if (Date.now() >= nextSample) {
    nextSample = Date.now() + SAMPLE_MS;
    samples.push({ bytes: residentBytes(daemon.pid), handles: handles() });
    for (const provider of providers) provider.forget();
  }
  if (Date.now() >= nextReload) {
    nextReload += reloadMs;
    reloads += 1;
    await renew();
    edit();
    // Both at once is what a script of an operator does.
    daemon.kill("SIGUSR1");
  }
}
const seconds = (Date.now() - began) / 1_000;
const endAlive = await alive();
await until("no message waited", () => waiting().every(({ provider, id }) => provider.mayHaveSwallowed?.(id) === true)).catch(() => undefined);
visitors.send("end");
const seen = await report;
await pause(QUIET_MS);
const [lastHandles, lastBytes] = [handles(), residentBytes(daemon.pid)];
const metrics = (await ops("/metrics")).text;
daemon.kill("SIGTERM");
const [exit] = await ended;
await Promise.all(providers.map((provider) => provider.stop()));
rmSync(folder, { recursive: true, force: true });

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const quarter = (nth) => median(samples.slice(Math.floor((samples.length * nth) / 4), Math.floor((samples.length * (nth + 1)) / 4)).map(({ bytes }) => bytes));
const lost = waiting();
const wrong = [
  exit === 0 ? undefined : `the gateway ended with ${exit}`,
  lost.length === 0 ? undefined : `${lost.length} messages were never answered: ${[...new Set(lost.map(({ provider }) => provider.label))].join(", ")}`,
  twice === 0 ? undefined : `${twice} were answered twice`,
  seen.refusals.length === 0 ? undefined : "clients were refused",
  lastHandles <= idleHandles + SLACK_FDS ? undefined : "handles were left open",
  endAlive <= halfwayAlive * GROWTH ? undefined : "memory grew",
  said.get("gateway reloading") === reloads ? undefined : "it did not load anew each time it was asked",
].filter(Boolean);

console.log(`${clientCount} clients, ${rate} messages a second through ${providers.map(({ label }) => label).join(", ")} for ${seconds.toFixed(0)} s`);
console.log(`reloads      ${said.get("gateway reloading") ?? 0} of ${reloads}, ${renewals} certificates, ${edits} edits; away for ${median(away)} ms, ${Math.max(...away)} ms at most`);
console.log(`messages     ${asked.length - lost.length} of ${asked.length} answered, ${twice} twice`);
console.log(`clients      ${seen.connections} came, ${seen.returns} came back by themselves, ${seen.calls} calls, ${seen.gaps} gaps`);
for (const [why, count] of seen.refusals) console.log(`refused      ${count} times: ${why}`);
console.log(`handles      ${idleHandles} before, ${Math.max(...samples.map((one) => one.handles))} at most, ${lastHandles} afterwards`);
console.log(`heap         ${[idleAlive, halfwayAlive, endAlive].map((bytes) => (bytes / MIB).toFixed(0)).join(", ")} MiB alive before, halfway, at the end`);
console.log(`resident     ${[idleBytes, quarter(1), quarter(3), lastBytes].map((bytes) => (bytes / MIB).toFixed(0)).join(", ")} MiB before, in the second quarter, in the last, afterwards`);
console.log(`probes       ${/^openclaw_\w+/mu.test(metrics) ? "metrics are served" : "no metrics"}`);
for (const [message, { count, fields }] of trouble) console.log(`the log      ${count} times: ${message} ${JSON.stringify(fields).slice(0, 300)}`);
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, load ${loadavg().map((one) => one.toFixed(1)).join(" ")}`);
console.log(wrong.length === 0 ? "All as it should be." : `WRONG: ${wrong.join("; ")}`);
process.exitCode = wrong.length === 0 ? 0 : 1;
