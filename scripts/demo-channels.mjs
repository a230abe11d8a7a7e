// One sitting with every channel: the platforms' stand-ins, the gateway as an operator starts it with agent `echo`, and
// people who write to it; then once more with a model that takes its time. Prints the conversation as they read it: `npm run build && npm run demo:channels`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { loadStandIns } from "./bundle-stand-ins.mjs";

const program = join(dirname(fileURLToPath(import.meta.url)), "..", "dist", "bin", "openclaw.mjs");
const PLACES = ["direct", "group", "thread"];
const STRANGER = 1;
const STORY = "Once upon a time there was a gateway between a few people and their assistant. It lost no message, told none twice, and said so when it could not know.";
const WORD_MS = 120;
const PATIENCE_MS = 30_000;

const sectionOf = (provider, nth) => ({
  ...provider.section,
  groupPolicy: "open",
  // At the first of them strangers are asked to pair.
  ...(nth === 0 ? { dmPolicy: "pairing", allowFrom: [provider.personId(0)] } : { dmPolicy: "open" }),
});

async function startGateway(env) {
  const child = spawn(process.execPath, [program, "gateway", "--port", "0"], { env, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, url } = JSON.parse(line);
    if (msg !== "gateway ready") continue;
    child.stdout.resume();
    return { port: new URL(url).port, stop: async () => (child.kill("SIGTERM"), (await once(child, "close"))[0]) };
  }
  throw new Error("the gateway did not start; build it first with: npm run build");
}

async function openclaw(env, ...args) {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
  await once(child, "close");
  return out.trimEnd();
}

const isIn = (answer, place) => answer.place.kind === place.kind && answer.place.nth === place.nth;
const nameOf = ({ kind, nth }, { personName }) => (kind === "direct" ? `with ${personName(nth)} alone` : kind === "group" ? "in a group, mentioned" : "in a thread, mentioned");
/** Where nothing else is said of it, the echo's hint at how to configure a model is left out. */
const clipped = (text) => text.replace(/\n\nNo model is configured, [^]*$/u, " [and how to configure a model]");
const indented = (text) => text.split("\n").map((line) => `      ${line}`).join("\n");

/** Somebody writes, and reads what comes back in the same place; `undefined` where nothing does. */
async function talk(provider, place, text, { standIns, isWhole = () => true }) {
  const before = new Set(provider.shown().map(({ id }) => id));
  console.log(`\n  ${provider.label}, ${nameOf(place, standIns)}\n    ${standIns.personName(place.nth)}:\n${indented(text)}`);
  provider.say(place, text);
  let shown;
  for (const began = Date.now(); Date.now() - began < PATIENCE_MS; await pause(50)) {
    const fresh = provider.shown().filter(({ id }) => !before.has(id));
    const [answer] = fresh.filter((one) => isIn(one, place));
    if (fresh.length > 0 && answer === undefined) break;
    if (answer === undefined || (answer.text === shown?.text && !isWhole(answer.text))) continue;
    console.log(answer.edits === 0 ? "    the assistant:" : `    the same message, after ${answer.edits === 1 ? "one change" : `${answer.edits} changes`}:`);
    console.log(indented(clipped(answer.text)));
    shown = answer;
    if (isWhole(answer.text)) return answer;
  }
  console.log("    NO ANSWER CAME IN THIS PLACE");
  return undefined;
}

const stateDir = mkdtempSync(join(tmpdir(), "demo-channels-"));
const standIns = await loadStandIns();
const [model, providers] = await Promise.all([standIns.startOpenAiServer(), standIns.startProviders()]);
const home = { PATH: process.env.PATH, HOME: stateDir, OPENCLAW_STATE_DIR: stateDir, NO_COLOR: "1", ...(await standIns.prepareAll(providers, stateDir)) };
const channels = Object.fromEntries(providers.map((provider, nth) => [provider.channel, sectionOf(provider, nth)]));
const wrong = [];
const expect = (isSo, what) => {
  if (!isSo) wrong.push(what);
};

/** A gateway with this configuration, for as long as the sitting lasts. */
async function sitting(config, hold) {
  writeFileSync(join(stateDir, "openclaw.json"), JSON.stringify({ channels, ...config }), { mode: 0o600 });
  const gateway = await startGateway(home);
  await hold((...args) => openclaw({ ...home, OPENCLAW_GATEWAY_PORT: gateway.port }, ...args));
  const exit = await gateway.stop();
  expect(exit === 0, `the gateway ended with ${exit}`);
}

async function everyPlace() {
  console.log("A message in each kind of place");
  for (const provider of providers) {
    for (const kind of provider.kinds ?? PLACES) {
      const text = `Good morning from a ${kind} chat at ${provider.label}.`;
      const answer = await talk(provider, { kind, nth: 0 }, text, { standIns });
      expect(answer?.text.includes(text.slice(0, -1)), `${provider.label}, ${kind}: not answered in place`);
    }
  }
}

async function statusOf(run) {
  const status = await run("channels", "status", "--probe");
  console.log(`\n$ openclaw channels status --probe\n${status}`);
  for (const { label } of providers) expect(new RegExp(`^${label} .* live `, "mu").test(status), `channels status does not show ${label} as live`);
}

async function stranger(run) {
  console.log("\nA stranger");
  const [door] = providers;
  const place = { kind: "direct", nth: STRANGER };
  const asked = await talk(door, place, "Hello, may I come in?", { standIns });
  const code = /\b[A-HJ-NP-Z2-9]{8}\b/u.exec(asked?.text ?? "")?.[0];
  expect(code !== undefined, "the stranger got no code");
  for (const args of [["pairing", "list"], ["pairing", "approve", door.channel, code ?? "?"], ["pairing", "list"]]) {
    console.log(`\n$ openclaw ${args.join(" ")}\n${await run(...args)}`);
  }
  const heard = await talk(door, place, "Thank you. Can you hear me now?", { standIns });
  expect(heard?.text.includes("Can you hear me now"), "the stranger was not heard after he was let in");
}

async function stories() {
  console.log("\nThe gateway was started again, with a model that takes its time: a long answer grows where it stands");
  for (const provider of providers) {
    model.script({ kind: "text", words: STORY.match(/\S+\s*/gu), pace: () => pause(WORD_MS) });
    const isWhole = (text) => text.includes(STORY.slice(-20));
    const answer = await talk(provider, { kind: "direct", nth: 0 }, "Tell me a story.", { standIns, isWhole });
    expect(answer !== undefined && answer.edits > 0 === (provider.grows ?? true), `${provider.label}: a long answer did not ${provider.grows === false ? "come as one" : "grow in place"}`);
  }
}

await sitting({ agents: { defaults: { runtime: "echo" } } }, async (run) => {
  await everyPlace();
  await statusOf(run);
  await stranger(run);
});
await sitting({
  agents: { defaults: { model: "local/stand-in" } },
  models: { providers: { local: { baseUrl: model.url, apiKey: "sk-stand-in", models: [{ id: "stand-in" }] } } },
}, stories);

await Promise.all([model.close(), ...providers.map((provider) => provider.stop())]);
rmSync(stateDir, { recursive: true, force: true });
console.log(wrong.length === 0 ? `\nEvery answer arrived in its place: ${providers.length} channels, ${PLACES.join(", ")}.` : `\nWRONG:\n${wrong.map((what) => `  ${what}`).join("\n")}`);
process.exitCode = wrong.length === 0 ? 0 : 1;
