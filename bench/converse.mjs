// People who write to a gateway through every channel, for a while: the soak and the bench both watch it answer them.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { loadStandIns } from "../scripts/bundle-stand-ins.mjs";

const KINDS = ["direct", "group", "thread"];
const PATIENCE_MS = 30_000;
/** First calls, first connections, first compilations are no part of it. */
const WARM_SHARE = 0.1;

export const now = () => Number(process.hrtime.bigint()) / 1e6;

/** When each message was handed over, when the agent was asked, and when the chat showed the answer. */
class Watch {
  toAgent = [];
  toChat = [];
  twice = 0;
  answered = new Map();
  #handed = new Map();
  #asked = new Map();
  #shownAs = new Map();

  handOver(token, isMeasured) {
    this.#handed.set(token, { at: now(), isMeasured });
  }

  ask(token, askedAt, firstDeltaAt) {
    this.#asked.set(token, [askedAt, firstDeltaAt]);
    this.#settle(token);
  }

  show(text, id) {
    const token = /soak-\d+-end/u.exec(text)?.[0];
    if (token === undefined) return;
    // A message that is changed once more is no second one.
    if (this.#shownAs.has(token)) this.twice += this.#shownAs.get(token) === id ? 0 : 1;
    else this.answered.set(token, now());
    this.#shownAs.set(token, id);
    this.#settle(token);
  }

  /** Known from both sides, in whichever order they tell. */
  #settle(token) {
    const [handed, asked, shownAt] = [this.#handed.get(token), this.#asked.get(token), this.answered.get(token)];
    if (asked === undefined || shownAt === undefined || handed?.isMeasured !== true) return;
    this.toAgent.push(asked[0] - handed.at);
    this.toChat.push(shownAt - asked[1]);
    this.#asked.delete(token);
    handed.isMeasured = false;
  }
}

/** Starts the platforms and a gateway with all of them, or with those whose channels `only` names; `tell` hears who takes part. */
export async function converse({ minutes, rate, chats, isFilled, only, flags = [], tell = () => undefined }) {
  const stateDir = mkdtempSync(join(tmpdir(), "soak-"));
  const { prepareAll, startProviders } = await loadStandIns();
  const started = await startProviders();
  const providers = started.filter(({ channel }) => only?.includes(channel) ?? true);
  const env = { ...process.env, ...(await prepareAll(providers, stateDir)) };
  const sections = Object.fromEntries(providers.map(({ channel, section }) => [channel, section]));
  const watch = new Watch();
  for (const provider of providers) provider.onShown = (text, id) => watch.show(text, id);
  const child = fork(fileURLToPath(new URL("soak-gateway.mjs", import.meta.url)), [stateDir, JSON.stringify(sections), String(isFilled)], { env, execArgv: ["--expose-gc", ...flags], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const idle = fork(fileURLToPath(new URL("soak-idle.mjs", import.meta.url)));
  process.on("exit", () => {
    for (const one of [child, idle]) one.kill("SIGKILL");
  });
  const samples = [];
  const broke = new Promise((_resolve, reject) => {
    child.once("exit", (code, signal) => (code === 0 ? undefined : reject(new Error(`the gateway ended with ${signal ?? code} after ${samples.length} samples, ${watch.answered.size} messages answered`))));
  });
  const hearing = (kind) => Promise.race([broke, new Promise((resolve) => child.on("message", (message) => message.kind === kind && resolve(message)))]);
  child.on("message", (message) => {
    if (message.kind !== "sample") return;
    samples.push(message);
    for (const [token, ...moments] of message.times) watch.ask(token, ...moments);
    for (const provider of providers) provider.forget();
  });

  await hearing("ready");
  tell(providers);
  const total = Math.round(minutes * 60 * rate);
  const place = ({ kinds = KINDS }, nth) => ({ kind: kinds[nth % kinds.length], nth: Math.floor(nth / kinds.length) % chats });
  const began = now();
  let isWarm = false;
  for (let nth = 0; nth < total; nth += 1) {
    const wait = began + (nth * 1_000) / rate - now();
    if (wait > 0) await pause(wait);
    if (!isWarm && nth >= total * WARM_SHARE) {
      isWarm = true;
      child.send("warm");
    }
    watch.handOver(`soak-${nth}-end`, isWarm);
    const provider = providers[nth % providers.length];
    provider.say(place(provider, Math.floor(nth / providers.length)), `Please repeat soak-${nth}-end.`);
  }
  const seconds = (now() - began) / 1_000;
  for (const until = now() + PATIENCE_MS; watch.answered.size < total && now() < until; ) await pause(100);
  idle.send("end");
  const [beside] = await once(idle, "message");
  const ending = hearing("end");
  child.send("end");
  const end = await ending;
  await once(child, "exit");
  await Promise.all(started.map((provider) => provider.stop()));
  rmSync(stateDir, { recursive: true, force: true });
  const missing = Array.from({ length: total }, (_, nth) => nth).filter((nth) => !watch.answered.has(`soak-${nth}-end`));
  const labels = providers.map(({ label }) => label);
  return { total, seconds, began, samples, beside, end, missing, labels, answered: watch.answered.size, twice: watch.twice, toAgent: watch.toAgent, toChat: watch.toChat };
}

/** How many kinds of places they have, all together. */
export const placesOf = (providers) => providers.reduce((sum, { kinds = KINDS }) => sum + kinds.length, 0);

export const percentile = (list, share) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? Number.NaN;
