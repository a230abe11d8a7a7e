// Lets people write to a gateway for a while, through every channel: `npm run build && npm run soak -- --minutes 10 --rate 20`,
// or through some of them: `--only whatsapp,signal`.
// Prints whether its memory grows, whether its loop stands still, and what it adds to the agent's own time.
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { converse, percentile, placesOf } from "./converse.mjs";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" }, rate: { type: "string", default: "20" }, chats: { type: "string", default: "40" }, only: { type: "string" } } });
const [minutes, rate, chats] = [Number(values.minutes), Number(values.rate), Number(values.chats)];
const MIB = 1_048_576;

const tell = (providers) => console.log(`${providers.map(({ label }) => label).join(", ")}; ${rate} messages a second for ${minutes} min in ${placesOf(providers) * chats} chats; tables filled to their bounds beforehand`);
const { total, seconds, began, samples, beside, end, missing, labels, answered, twice, toAgent, toChat } = await converse({ minutes, rate, chats, isFilled: true, only: values.only?.split(","), flags: process.env.SOAK_FLAGS?.split(" ") ?? [], tell });

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

console.log(`answered     ${answered} of ${total} in ${seconds.toFixed(0)} s, ${twice} twice, ${end.deadLetters} dead letters`);
for (const [message, { count, fields }] of end.told) console.log(`the log      ${count} times: ${message} ${JSON.stringify(fields)}`);
if (missing.length > 0) console.log(`unanswered   ${labels.map((label, at) => `${label} ${missing.filter((nth) => nth % labels.length === at).length}`).join(", ")}; first ${missing[0]}, last ${missing.at(-1)}`);
console.log(`heap         ${memory("heapUsed")}, after collections`);
console.log(`resident     ${memory("rss")}`);
console.log(`loop delay   ${late(end.loop)}`);
console.log(`overhead     ${both(overhead)}: handed over to agent asked ${both(toAgent)}; first delta to shown in the chat ${both(toChat)}`);
console.log(`processor    ${(end.cpuSeconds / seconds * 100).toFixed(0)} % of one core`);
console.log(`beside it    an idle process: loop delay ${late(beside.loop)}; a small write to the disk ${both(beside.writes)}`);
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, load ${loadavg().map((one) => one.toFixed(1)).join(" ")}`);
process.exitCode = answered === total && twice === 0 ? 0 : 1;
