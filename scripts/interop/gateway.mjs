// This gateway as its operator has it: the daemon, its command line, and a proxy that makes a stranger of whoever connects.
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProgram } from "./program.mjs";

const program = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", "bin", "openclaw.mjs");

export class Gateway {
  #env;
  #daemon;
  url;

  constructor(stateDir, token, config) {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    writeFileSync(join(stateDir, "openclaw.json"), JSON.stringify(config), { mode: 0o600 });
    this.#env = { PATH: process.env.PATH, HOME: stateDir, OPENCLAW_STATE_DIR: stateDir, OPENCLAW_GATEWAY_TOKEN: token, NO_COLOR: "1" };
    this.stateDir = stateDir;
    this.token = token;
  }

  async start() {
    this.#daemon = startProgram(process.execPath, [program, "gateway", "--port", "0"], this.#env);
    const [line] = await this.#daemon.line(/^.*"msg":"gateway ready".*$/);
    this.url = JSON.parse(line).url;
    this.#env = { ...this.#env, OPENCLAW_GATEWAY_PORT: this.port };
    return this;
  }

  get port() {
    return new URL(this.url).port;
  }

  /** A command of its operator's. */
  async openclaw(...args) {
    const { lines, closed } = startProgram(process.execPath, [program, ...args], this.#env);
    const code = await closed;
    return { code, out: lines.join("\n") };
  }

  async json(...args) {
    const { code, out } = await this.openclaw(...args, "--json");
    if (code !== 0) throw new Error(`openclaw ${args.join(" ")} ended with ${code}: ${out.slice(0, 300)}`);
    return JSON.parse(out.slice(out.search(/[[{]/)));
  }

  /** The devices that ask to be paired, as they lie in the state folder. */
  waitingDevices() {
    const file = join(this.stateDir, "devices", "pending.json");
    return existsSync(file) ? Object.values(JSON.parse(readFileSync(file, "utf8"))) : [];
  }

  stop() {
    return this.#daemon.stop();
  }
}

/** A proxy on this host that says whose connection it passes on, so that the gateway sees a stranger. */
export async function startProxy(target) {
  const sockets = new Set();
  const server = createServer().on("upgrade", (request, socket, head) => {
    const upstream = connect(Number(new URL(target).port), "127.0.0.1", () => {
      const headers = request.rawHeaders.reduce((text, part, index) => text + part + (index % 2 === 0 ? ": " : "\r\n"), "");
      upstream.write(`GET ${request.url} HTTP/1.1\r\n${headers}X-Forwarded-For: 203.0.113.7\r\n\r\n`);
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on("error", () => (socket.destroy(), upstream.destroy())).on("close", () => (sockets.delete(end), socket.destroy(), upstream.destroy()));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  return { port, url: `ws://127.0.0.1:${port}`, stop: () => (sockets.forEach((socket) => socket.destroy()), server.close()) };
}
