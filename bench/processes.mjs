// The processes of a run: servers to be measured, and the one with the clients. None outlives the driver.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "./client.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const PROGRAM = join(here, "..", "dist", "bin", "openclaw.mjs");
const BARE = join(here, "bare-server.mjs");
/** What is not ready by then is broken. */
const PATIENCE_MS = 20_000;
const KNOCK_MS = 1;

const running = new Set();

process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

function adopt(child) {
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

const pause = (ms) => new Promise((resolve) => {
  setTimeout(resolve, ms);
});

/** The next message of a child; rejects when it ends instead. */
function heard(child) {
  return new Promise((resolve, reject) => {
    const onMessage = (message) => {
      child.off("exit", onExit);
      resolve(message);
    };
    const onExit = (code) => {
      child.off("message", onMessage);
      reject(new Error(`${child.spawnargs.slice(1).join(" ")} ended with ${code}`));
    };
    child.once("message", onMessage);
    child.once("exit", onExit);
  });
}

/** A server that was started by `fork`: it tells its port and, asked, what lives in its heap. */
export async function startServer(file, args = [], flags = []) {
  const child = adopt(fork(join(here, file), args, { execArgv: ["--expose-gc", ...flags], stdio: ["ignore", "ignore", "inherit", "ipc"] }));
  const { port } = await heard(child);
  return {
    pid: child.pid,
    url: `ws://127.0.0.1:${port}`,
    async heap() {
      child.send("heap");
      return (await heard(child)).heap;
    },
    stop: () => stop(child, () => child.disconnect()),
  };
}

/** The process with the clients. One task at a time. */
export function startLoad() {
  const child = adopt(fork(join(here, "load.mjs"), { stdio: ["ignore", "ignore", "inherit", "ipc"] }));
  let tasks = 0;
  return {
    async run(task, options = {}) {
      const answer = heard(child);
      child.send({ id: (tasks += 1), task, options });
      const { result, error } = await answer;
      if (error !== undefined) throw new Error(`${task}: ${error}`);
      return result;
    },
    stop: () => stop(child, () => child.disconnect()),
  };
}

async function stop(child, ask) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  ask();
  const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await gone;
  clearTimeout(late);
}

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Runs `node <args>` as a user would, and knocks until somebody says hello. */
async function startUntilHello(args, { port, env, device, scopes }) {
  const began = performance.now();
  const child = adopt(spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "inherit"] }));
  for (;;) {
    const client = await Client.open(`ws://127.0.0.1:${port}`, device, scopes).catch(() => undefined);
    const readyMs = performance.now() - began;
    if (client) {
      await client.close();
      return { pid: child.pid, readyMs, stop: () => stop(child, () => child.kill("SIGTERM")) };
    }
    if (child.exitCode !== null || readyMs > PATIENCE_MS) throw new Error(`${args.join(" ")} did not get ready`);
    await pause(KNOCK_MS);
  }
}

export async function startBare(visitor) {
  const port = await freePort();
  return startUntilHello([BARE, String(port)], { port, env: {}, ...visitor });
}

/** The daemon as it is installed. */
export async function startDaemon(visitor, { stateDir, token }) {
  const port = await freePort();
  const env = daemonEnv({ stateDir, token, port });
  return { port, ...(await startUntilHello([PROGRAM, "gateway"], { port, env, ...visitor })) };
}

/** Milliseconds that one command of the program takes, from its start to its end. */
export async function timeCommand(args, place) {
  const began = performance.now();
  const child = adopt(spawn(process.execPath, [PROGRAM, ...args], { env: { ...process.env, ...daemonEnv(place) }, stdio: ["ignore", "ignore", "inherit"] }));
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`openclaw ${args.join(" ")} ended with ${code}`);
  return performance.now() - began;
}

const daemonEnv = ({ stateDir, token, port }) => ({
  OPENCLAW_STATE_DIR: stateDir,
  OPENCLAW_CONFIG_PATH: join(stateDir, "openclaw.json"),
  OPENCLAW_GATEWAY_TOKEN: token,
  OPENCLAW_GATEWAY_PORT: String(port),
});
