// The package that was published in January 2026: installing it, and running its program unmodified.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startProgram } from "./program.mjs";

export const PACKAGE = "clawdbot@2026.1.24-3";
/** Releases that fit the client where its own ranges no longer resolve to ones that do. */
const OVERRIDES = { libsignal: "npm:libsignal@2.0.1", "@sinclair/typebox": "0.34.47", hono: "4.11.4", tar: "7.5.4" };

export class January {
  #folder;
  #token;

  constructor(folder, token) {
    this.#folder = folder;
    this.#token = token;
  }

  get #entry() {
    return join(this.#folder, "node_modules", "clawdbot", "dist", "entry.js");
  }

  get #node() {
    return needsNode() ? join(this.#folder, "node_modules", NODE, "bin", "node") : process.execPath;
  }

  /** The folder of its web pages. */
  get controlUi() {
    return join(this.#folder, "node_modules", "clawdbot", "dist", "control-ui");
  }

  install() {
    if (existsSync(this.#entry) && existsSync(this.#node)) return;
    mkdirSync(this.#folder, { recursive: true });
    const manifest = join(this.#folder, "package.json");
    if (!existsSync(manifest)) writeFileSync(manifest, JSON.stringify({ private: true, overrides: OVERRIDES }));
    // The client wants Node 22; where this is older, one comes as a package.
    const wanted = [PACKAGE, "strip-ansi@7", ...(needsNode() ? [`${NODE}@22`] : [])];
    console.log(`installing ${wanted.join(", ")} into ${this.#folder}`);
    const { status } = spawnSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...wanted], { cwd: this.#folder, stdio: ["ignore", "ignore", "inherit"] });
    if (status !== 0) throw new Error("the client could not be installed");
  }

  #env(home, token = this.#token) {
    return { PATH: process.env.PATH, HOME: home, CLAWDBOT_GATEWAY_TOKEN: token, NO_COLOR: "1" };
  }

  /** One command of its, in a home of its own. */
  async run(home, args, { token } = {}) {
    const child = spawn(this.#node, [this.#entry, ...args], { env: this.#env(home, token), stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
    let out = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (out += text));
    const [code] = await once(child, "close");
    return { code, out };
  }

  /** Something of its that stays in the foreground. */
  start(home, args, { token } = {}) {
    // It starts itself a second time otherwise, and what is killed must be the program itself.
    return startProgram(this.#node, [this.#entry, ...args], { ...this.#env(home, token), CLAWDBOT_NO_RESPAWN: "1" });
  }
}

const NODE = `node-${process.platform}-${process.arch}`;
const needsNode = () => Number(process.versions.node.split(".")[0]) < 22;
