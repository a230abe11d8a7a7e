// Drives this gateway with the client that was published in January 2026, unmodified, and prints what passed.
// Not part of the checks: it downloads more than a gigabyte. `node scripts/interop.mjs --dir <folder>` reuses a folder.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dirFlag = process.argv.indexOf("--dir");
const folder = resolve(dirFlag > 0 ? process.argv[dirFlag + 1] : join(root, "interop"));

const CLIENT = "clawdbot@2026.1.24-3";
const TOKEN = "interop-token-0123456789";
/** Releases that fit the client where its own ranges no longer resolve to ones that do. */
const OVERRIDES = { libsignal: "npm:libsignal@2.0.1", "@sinclair/typebox": "0.34.47", hono: "4.11.4", tar: "7.5.4" };

function install() {
  mkdirSync(folder, { recursive: true });
  const manifest = join(folder, "package.json");
  if (!existsSync(manifest)) writeFileSync(manifest, JSON.stringify({ private: true, overrides: OVERRIDES }));
  // The client wants Node 22; where this is older, one comes as a package.
  const wanted = [CLIENT, "strip-ansi@7", ...(needsNode() ? [`node-${process.platform}-${process.arch}@22`] : [])];
  if (existsSync(entry()) && existsSync(node())) return;
  console.log(`installing ${wanted.join(", ")} into ${folder}`);
  const { status } = spawnSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...wanted], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error("the client could not be installed");
}

const needsNode = () => Number(process.versions.node.split(".")[0]) < 22;
const node = () => (needsNode() ? join(folder, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node") : process.execPath);
const entry = () => join(folder, "node_modules", "clawdbot", "dist", "entry.js");

/** The gateway as an operator starts it. */
async function startGateway(stateDir) {
  const env = { PATH: process.env.PATH, HOME: stateDir, OPENCLAW_STATE_DIR: stateDir, OPENCLAW_GATEWAY_TOKEN: TOKEN };
  const child = spawn(process.execPath, [join(root, "dist", "bin", "openclaw.mjs"), "gateway", "--port", "0"], { env, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, url } = JSON.parse(line);
    if (msg !== "gateway ready") continue;
    child.stdout.resume();
    return { url, stop: async () => (child.kill("SIGTERM"), (await once(child, "close"))[0]) };
  }
  throw new Error("the gateway did not start");
}

/** A proxy on this host that says whose connection it passes on, so that the gateway sees a stranger. */
async function startProxy(target) {
  const server = createServer().on("upgrade", (request, socket, head) => {
    const upstream = connect(Number(new URL(target).port), "127.0.0.1", () => {
      const headers = request.rawHeaders.reduce((text, part, index) => text + part + (index % 2 === 0 ? ": " : "\r\n"), "");
      upstream.write(`GET ${request.url} HTTP/1.1\r\n${headers}X-Forwarded-For: 203.0.113.7\r\n\r\n`);
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    for (const end of [socket, upstream]) end.on("error", () => (socket.destroy(), upstream.destroy()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `ws://127.0.0.1:${server.address().port}`, stop: () => (server.closeAllConnections(), server.close()) };
}

/** One command of the January client, in a home of its own. */
async function january(home, args, { token = TOKEN } = {}) {
  const env = { PATH: process.env.PATH, HOME: home, CLAWDBOT_GATEWAY_TOKEN: token, NO_COLOR: "1" };
  const child = spawn(node(), [entry(), ...args], { env, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
  let out = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (out += text));
  const [code] = await once(child, "close");
  return { code, out };
}

const rows = [];

/** `expected` finds in the output what proves the step, or throws. */
async function step(name, run, expected) {
  let told = "";
  try {
    const { out } = await run();
    told = out.trim();
    const proof = expected(told);
    rows.push({ step: name, result: "passed", told: String(proof).slice(0, 100) });
  } catch (error) {
    rows.push({ step: name, result: "FAILED", told: `${error.message}: ${told.slice(0, 300)}` });
  }
}

const found = (pattern) => (text) => {
  const match = pattern.exec(text);
  if (!match) throw new Error(`no ${pattern} in what it printed`);
  return match[1] ?? match[0];
};
const json = (pick) => (text) => {
  const value = pick(JSON.parse(text.slice(text.search(/[[{]/))));
  if (value === undefined || value === false) throw new Error("not what was expected");
  return typeof value === "string" ? value : JSON.stringify(value);
};

install();
const scratch = mkdtempSync(join(tmpdir(), "interop-"));
const [state, home, stranger] = ["state", "home", "stranger"].map((name) => join(scratch, name));
for (const each of [state, home, stranger]) mkdirSync(each, { mode: 0o700 });
const gateway = await startGateway(state);
const proxy = await startProxy(gateway.url);
const near = ["--url", gateway.url];
const far = ["--url", proxy.url];
const pending = () => Object.keys(JSON.parse(readFileSync(join(state, "devices", "pending.json"), "utf8")))[0] ?? "none";
const deviceOf = (place) => JSON.parse(readFileSync(join(place, ".clawdbot", "identity", "device.json"), "utf8")).deviceId;

await step("gateway call health", () => january(home, ["gateway", "call", "health", ...near, "--json"]), json((health) => health.ok && `ok, default agent ${health.defaultAgentId}`));
await step("gateway call status", () => january(home, ["gateway", "call", "status", ...near, "--json"]), json((status) => status.sessions && `${status.sessions.count} sessions`));
await step("gateway call system-presence", () => january(home, ["gateway", "call", "system-presence", ...near, "--json"]), json((list) => list[0]?.text));
await step("gateway probe", () => january(home, ["gateway", "probe", ...near, "--json"]), json((probe) => probe.ok && probe.targets[0].connect.ok && `connected in ${probe.targets[0].connect.latencyMs} ms`));
await step("gateway status", () => january(home, ["gateway", "status", ...near]), found(/RPC probe: (ok)/));
await step("devices list", () => january(home, ["devices", "list", ...near, "--json"]), json((list) => `${list.paired.length} paired`));
await step("agent turn, --expect-final", () => january(home, ["gateway", "call", "agent", ...near, "--expect-final", "--json", "--params", '{"message":"hello from January","idempotencyKey":"interop-1"}']), json((run) => run.status === "ok" && run.result.payloads[0].text.split("\n")[0]));
await step("logs", () => january(home, ["logs", "--limit", "3", "--json", ...near]), found(/"type":"(meta)"/));
await step("wrong token", () => january(stranger, ["gateway", "call", "health", ...far, "--json"], { token: "wrong" }), found(/(unauthorized: gateway token mismatch)/));
await step("unpaired remote device is told how", () => january(stranger, ["gateway", "call", "health", ...far, "--json"]), found(/(openclaw devices approve [0-9a-f-]{36})/));
await step("devices approve", () => january(home, ["devices", "approve", pending(), ...near]), found(/(Approved [0-9a-f]+)/));
await step("the approved device connects", () => january(stranger, ["gateway", "call", "health", ...far, "--json"]), json((health) => health.ok && "ok"));
await step("and again, with its device token alone", () => january(stranger, ["gateway", "call", "health", ...far, "--json"], { token: "wrong" }), json((health) => health.ok && "ok"));
await step("devices rotate", () => january(home, ["devices", "rotate", "--device", deviceOf(stranger), "--role", "operator", ...near, "--json"]), json((rotated) => rotated.token && "a new token was handed over"));
await step("the old token is dead", () => january(stranger, ["gateway", "call", "health", ...far, "--json"], { token: "wrong" }), found(/(unauthorized)/));
await step("reconnect with the gateway's token", () => january(stranger, ["gateway", "call", "health", ...far, "--json"]), json((health) => health.ok && "ok"));

proxy.stop();
const exit = await gateway.stop();
rows.push({ step: "the gateway leaves with 0", result: exit === 0 ? "passed" : "FAILED", told: `exit ${exit}` });
rmSync(scratch, { recursive: true, force: true });

const width = Math.max(...rows.map(({ step: name }) => name.length));
console.log(`\n${CLIENT} against this gateway`);
for (const { step: name, result, told } of rows) console.log(`${result}  ${name.padEnd(width)}  ${told}`);
const failed = rows.filter(({ result }) => result === "FAILED").length;
console.log(`\n${rows.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
