// The gateway of a soak: an embedder's process with every channel, on files, with an agent that answers at once.
// It tells its driver when it was asked and when it began to answer, and how its memory and its loop are.
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { FileRecordStore } from "../dist/adapters/storage/file/file-record-store.js";
import { SystemClock } from "../dist/adapters/system/system-clock.js";
import { fileShelf } from "../dist/app/compose/channel-shelf.js";
import { createChannels } from "../dist/app/compose/channels.js";
import { DEFAULT_POLICY } from "../dist/domain/messaging/policy.js";
import { createGateway } from "../dist/index.js";

const [stateDir, sections, isFilled] = process.argv.slice(2);
const SLEEP_MS = 5;
const SAMPLE_MS = 5_000;
const DONE = 60_000;
const SETTLED = 5_000;
const BATCH = 5_000;

const now = () => Number(process.hrtime.bigint()) / 1e6;
const times = [];

/** Answers in three words; the message's own number is among them. */
const agent = {
  configured: true,
  models: () => [],
  async *run({ message }) {
    const token = /soak-\d+-end/u.exec(message)?.[0] ?? "";
    const asked = now();
    yield { kind: "model", provider: "soak", model: "soak" };
    times.push([token, asked, now()]);
    for (const delta of ["You ", "said ", token]) yield { kind: "text", delta };
    yield { kind: "done", stopReason: "stop" };
  },
};

/** The tables as they are after weeks, when as much leaves them as comes: else their growth up to there would pass for a leak. */
async function fill() {
  const at = Date.now();
  const part = { part: { body: { kind: "text", text: { text: "", plain: "" } } }, attempts: 1, state: { kind: "sent", at, sent: { kind: "delivered", messageId: "100000" } } };
  const itemOf = (id) => ({ id, channel: "telegram", accountId: "default", target: { chatId: "5000001002" }, createdAt: at, sessionKey: "agent:main:telegram:direct:5000001002", answers: [id], parts: [part] });
  const tables = [
    ["inbound.jsonl", DONE, () => ({ state: "done", at })],
    ["outbox.jsonl", SETTLED, itemOf],
  ];
  for (const [name, size, valueOf] of tables) {
    const store = new FileRecordStore({ path: join(stateDir, "messages", name), parse: (value) => value });
    await store.open();
    for (let from = 0; from < size; from += BATCH) {
      const keys = Array.from({ length: Math.min(BATCH, size - from) }, (_, nth) => `["telegram","default","m:5000001002:${1_000_000 + from + nth}"]`);
      await store.update(() => ({ changes: new Map(keys.map((key) => [key, valueOf(key)])), value: undefined }));
    }
    await store.close();
  }
}

if (isFilled === "true") await fill();
const policy = { ...DEFAULT_POLICY, dmPolicy: "open", groupPolicy: "open" };
const accounts = Object.entries(JSON.parse(sections)).map(([channel, section]) => ({ channel, accountId: "default", path: `channels.${channel}`, policy: { ...policy, requireMention: section.requireMention ?? policy.requireMention }, section }));
const { channels, issues } = await createChannels(accounts, {}, fileShelf(stateDir, new SystemClock()));
if (issues.length > 0) throw new Error(`a channel is not configured well: ${JSON.stringify(issues)}`);
const told = new Map();
/** Each kind of trouble once, and how often it came. */
const trouble = (message, fields) => told.set(message, { count: (told.get(message)?.count ?? 0) + 1, fields });
const log = { debug: () => undefined, info: () => undefined, warn: trouble, error: trouble };
const gateway = createGateway({
  log,
  stateDir,
  auth: { mode: "none" },
  agent,
  channels,
  settings: { channels: accounts.map(({ channel, accountId, policy: own }) => ({ channel, accountId, policy: own })) },
});
await gateway.listen({ port: 0 });

const delay = monitorEventLoopDelay({ resolution: SLEEP_MS });
delay.enable();
const ms = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - SLEEP_MS);
const sample = () => {
  // A collection that was asked for is none of the gateway's delays.
  delay.disable();
  globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  process.send({ kind: "sample", at: now(), heapUsed, rss, times: times.splice(0) });
  delay.enable();
};
const sampling = setInterval(sample, SAMPLE_MS);

process.on("message", async (message) => {
  if (message === "warm") return delay.reset();
  clearInterval(sampling);
  sample();
  const { deadLetters } = await gateway.call("channels.deadLetters.list", {});
  const loop = { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) };
  process.send({ kind: "end", deadLetters: deadLetters.length, told: [...told], loop, cpuSeconds: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6 });
  await gateway.close();
  process.disconnect();
});
const status = async () => Object.values((await gateway.call("channels.status", {})).channelAccounts).flat();
while ((await status()).some(({ connected }) => connected !== true)) await new Promise((resolve) => { setTimeout(resolve, 100); });
process.send({ kind: "ready" });
