// Measures the gateway beside a bare `ws` server: `npm run bench [-- --json] [--quick] [--only <part of a name>]`.
// docs/bench.md says how to read what it prints.
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Device } from "./client.mjs";
import { FEW_DEVICES, FIGURES } from "./figures.mjs";
import { openFileLimit } from "./proc.mjs";
import { startLoad, startServer } from "./processes.mjs";
import { makeDevice, prepareState, SCOPES } from "./state.mjs";
import { judge, renderTable } from "./table.mjs";

const LARGE = 10 * FEW_DEVICES;

const FULL = { cpuSeconds: 1, maxRounds: 12, handshakes: 500, requests: 24_000, invocations: 8_000, starts: 7, idleMs: 1_500, warming: 1, talkMinutes: 1 };
const QUICK = { cpuSeconds: 0.3, maxRounds: 3, handshakes: 200, requests: 8_000, invocations: 2_000, starts: 3, idleMs: 500, warming: 0.25, talkMinutes: 0.25 };

async function openBench(effort, folder) {
  const devices = Array.from({ length: LARGE }, makeDevice);
  const [visitor] = devices;
  const token = randomBytes(16).toString("hex");
  const folderOf = (name, size) => prepareState(join(folder, name), { devices: devices.slice(0, size), sessions: size });
  const startGateway = (name, size, { flags = [], kind = "plain" } = {}) => startServer("gateway-server.mjs", [folderOf(name, size), token, kind], flags);
  const load = startLoad();
  await load.run("introduce", { devices, scopes: SCOPES });
  return {
    effort,
    load,
    warmed: new Set(),
    bare: await startServer("bare-server.mjs"),
    gateway: await startGateway("large", LARGE),
    smallGateway: await startGateway("small", FEW_DEVICES),
    startGateway: (flags) => startGateway("crowd", LARGE, { flags }),
    startMeasured: () => startGateway("measured", LARGE, { kind: "measured" }),
    visitor: { device: new Device(visitor), scopes: SCOPES },
    daemonPlace: { stateDir: folderOf("daemon", LARGE), token },
  };
}

async function measure(bench, chosen, tell) {
  const figures = [];
  for (const { name, limits, against = "the bare server", measure: run } of chosen) {
    tell(name);
    const outcome = await run(bench);
    const { missing } = outcome;
    figures.push({ name, against, ...(missing === undefined ? {} : { missing }), rows: judge({ limits, outcome }) });
  }
  return figures;
}

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, quick: { type: "boolean", default: false }, only: { type: "string" } },
});
const chosen = FIGURES.filter(({ name }) => values.only === undefined || name.includes(values.only));

function refuse(reason) {
  console.error(`bench: ${reason}`);
  process.exit(2);
}

if (process.platform !== "linux") refuse("reads CPU time and memory from /proc, which only Linux has");
if (!existsSync(new URL("../dist/bin/openclaw.mjs", import.meta.url))) refuse("dist/ is missing; npm run build makes it");
if (openFileLimit() < 2_200) refuse("needs 2200 open files; ulimit -n 4096 allows them");
if (chosen.length === 0) refuse(`no figure is called that: ${FIGURES.map(({ name }) => name).join("; ")}`);
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));

const began = performance.now();
const folder = mkdtempSync(join(tmpdir(), "gateway-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const bench = await openBench(values.quick ? QUICK : FULL, folder);
const figures = await measure(bench, chosen, (name) => process.stderr.write(`${name} …\n`));
await Promise.all([bench.load.stop(), bench.bare.stop(), bench.gateway.stop(), bench.smallGateway.stop()]);
const machine = { node: process.version, arch: process.arch, cpus: cpus().length, model: cpus()[0]?.model ?? "unknown" };
const seconds = Math.round((performance.now() - began) / 1000);

if (values.json) console.log(JSON.stringify({ machine, seconds, figures }, null, 2));
else console.log(`${renderTable(figures)}\n\nNode ${machine.node}, ${machine.cpus} × ${machine.model}, ${seconds} s`);
