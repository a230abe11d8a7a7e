// Lets people write to a gateway for a while, through every channel: `npm run build && npm run soak -- --minutes 10 --rate 20`.
// Prints whether its memory grows, whether its loop stands still, and what it adds to the agent's own time.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadStandIns } from "../scripts/bundle-stand-ins.mjs";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" }, rate: { type: "string", default: "20" }, chats: { type: "string", default: "40" } } });
const [minutes, rate, chats] = [Number(values.minutes), Number(values.rate), Number(values.chats)];
const KINDS = ["direct", "group", "thread"];
const PATIENCE_MS = 30_000;
/** First calls, first connections, first compilations are no part of it. */
const WARM_SHARE = 0.1;
const MIB = 1_048_576;

const now = () => Number(process.hrtime.bigint()) / 1e6;
const stateDir = mkdtempSync(join(tmpdir(), "soak-"));
const { startProviders } = await loadStandIns();
const providers = await startProviders();
const sections = Object.fromEntries(providers.map(({ channel, section }) => [channel, section]));
const child = fork(fileURLToPath(new URL("soak-gateway.mjs", import.meta.url)), [stateDir, JSON.stringify(sections)], { execArgv: ["--expose-gc", ...(process.env.SOAK_FLAGS?.split(" ") ?? [])], stdio: ["ignore", "inherit", "inherit", "ipc"] });
const idle = fork(fileURLToPath(new URL("soak-idle.mjs", import.meta.url)));
process.on("exit", () => {
  for (const one of [child, idle]) one.kill("SIGKILL");
});
child.once("exit", (code, signal) => {
  if (code === 0) return;
  console.error(`soak: the gateway ended with ${signal ?? code} after ${samples.length} samples, ${answered.size} messages answered`);
  process.exit(1);
});

const handed = new Map();
const asked = new Map();
const answered = new Map();
const shownAs = new Map();
const [toAgent, toChat] = [[], []];
const samples = [];
let twice = 0;
let isWarm = false;

/** Known from both sides, in whichever order they tell. */
function settle(token) {
  const [saidAt, agent, shownAt] = [handed.get(token), asked.get(token), answered.get(token)];
  if (agent === undefined || shownAt === undefined || saidAt === undefined || !saidAt.isMeasured) return;
  toAgent.push(agent[0] - saidAt.at);
  toChat.push(shownAt - agent[1]);
  asked.delete(token);
  saidAt.isMeasured = false;
}

for (const provider of providers) {
  provider.onShown = (text, id) => {
    const token = /soak-\d+-end/u.exec(text)?.[0];
    if (token === undefined) return;
    // A message that is changed once more is no second one.
    if (shownAs.has(token)) twice += shownAs.get(token) === id ? 0 : 1;
    else answered.set(token, now());
    shownAs.set(token, id);
    settle(token);
  };
}
const ready = new Promise((resolve) => {
  child.on("message", (message) => {
    if (message.kind === "ready") resolve();
    if (message.kind !== "sample") return;
    samples.push(message);
    for (const [token, askedAt, firstDeltaAt] of message.times) {
      asked.set(token, [askedAt, firstDeltaAt]);
      settle(token);
    }
    for (const provider of providers) provider.forget();
  });
});

function say(nth) {
  const provider = providers[nth % providers.length];
  const round = Math.floor(nth / providers.length);
  const token = `soak-${nth}-end`;
  handed.set(token, { at: now(), isMeasured: isWarm });
  provider.say({ kind: KINDS[round % KINDS.length], nth: Math.floor(round / KINDS.length) % chats }, `Please repeat ${token}.`);
}

await ready;
console.log(`${providers.map(({ label }) => label).join(", ")}; ${rate} messages a second for ${minutes} min in ${providers.length * KINDS.length * chats} chats; tables filled to their bounds beforehand`);
const total = Math.round(minutes * 60 * rate);
const began = now();
for (let nth = 0; nth < total; nth += 1) {
  const wait = began + (nth * 1_000) / rate - now();
  if (wait > 0) await pause(wait);
  if (!isWarm && nth >= total * WARM_SHARE) {
    isWarm = true;
    child.send("warm");
  }
  say(nth);
}
const seconds = (now() - began) / 1_000;
for (const until = now() + PATIENCE_MS; answered.size < total && now() < until; ) await pause(100);
idle.send("end");
const [beside] = await once(idle, "message");
child.send("end");
const end = await new Promise((resolve) => {
  child.on("message", (message) => {
    if (message.kind === "end") resolve(message);
  });
});
await once(child, "exit");
await Promise.all(providers.map((provider) => provider.stop()));
rmSync(stateDir, { recursive: true, force: true });

const percentile = (list, share) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? Number.NaN;
/** MiB an hour, by least squares over the second half. */
function slope(name) {
  const half = samples.filter(({ at }) => at >= began + (seconds * 1_000) / 2);
  const mean = (of) => half.reduce((sum, one) => sum + of(one), 0) / half.length;
  const [meanAt, meanValue] = [mean(({ at }) => at), mean((one) => one[name])];
  const [top, bottom] = half.reduce(([a, b], one) => [a + (one.at - meanAt) * (one[name] - meanValue), b + (one.at - meanAt) ** 2], [0, 0]);
  return (top / bottom) * 3_600_000 / MIB;
}
const memory = (name) => `${(percentile(samples.slice(-10).map((one) => one[name]), 0.5) / MIB).toFixed(1)} MiB, slope ${slope(name).toFixed(1)} MiB/h over the second half`;
const both = (list) => `p50 ${percentile(list, 0.5).toFixed(1)} ms, p99 ${percentile(list, 0.99).toFixed(1)} ms`;
const late = ({ p50, p99, max }) => `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${max.toFixed(0)} ms`;
const overhead = toAgent.map((ms, nth) => ms + toChat[nth]);

console.log(`answered     ${answered.size} of ${total} in ${seconds.toFixed(0)} s, ${twice} twice, ${end.deadLetters} dead letters`);
for (const [message, { count, fields }] of end.told) console.log(`the log      ${count} times: ${message} ${JSON.stringify(fields)}`);
const missing = Array.from({ length: total }, (_, nth) => nth).filter((nth) => !answered.has(`soak-${nth}-end`));
if (missing.length > 0) console.log(`unanswered   ${providers.map(({ label }, at) => `${label} ${missing.filter((nth) => nth % providers.length === at).length}`).join(", ")}; first ${missing[0]}, last ${missing.at(-1)}`);
console.log(`heap         ${memory("heapUsed")}, after collections`);
console.log(`resident     ${memory("rss")}`);
console.log(`loop delay   ${late(end.loop)}`);
console.log(`overhead     ${both(overhead)}: handed over to agent asked ${both(toAgent)}; first delta to shown in the chat ${both(toChat)}`);
console.log(`processor    ${(end.cpuSeconds / seconds * 100).toFixed(0)} % of one core`);
console.log(`beside it    an idle process: loop delay ${late(beside.loop)}; a small write to the disk ${both(beside.writes)}`);
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, load ${loadavg().map((one) => one.toFixed(1)).join(" ")}`);
process.exitCode = answered.size === total && twice === 0 ? 0 : 1;
