// Builds dist/: the library by tsc, the canvas's and the web pages, and four programs by esbuild, since loading a few hundred small
// files would triple the time until the gateway listens. The CLI contains neither the gateway nor the node: it loads
// daemon.mjs or node.mjs when asked to. What a program imports dynamically lies in a folder beside it, and is not read
// before it is needed: V8 keeps the text of every file that it was given.
import { spawnSync } from "node:child_process";
import { access, chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildCanvas } from "./build-canvas.mjs";
import { buildWeb } from "./build-web.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const started = performance.now();

const PROGRAMS = [
  { name: "openclaw", entry: "src/app/cli/bin.ts", executable: true },
  { name: "daemon", entry: "src/app/daemon/main.ts", executable: false },
  { name: "node", entry: "src/app/node/main.ts", executable: false },
  { name: "supervision", entry: "src/app/compose/supervision.ts", executable: false },
];

/** Native add-ons that `ws` does without, and what is loaded only by those who use it. */
const EXTERNAL = ["bufferutil", "utf-8-validate", "ai", "@ai-sdk/*", "zod", "pino-pretty", "@agentclientprotocol/sdk", "@opentelemetry/api", "prom-client", "@slack/bolt", "grammy", "discord.js", "croner", "@whiskeysockets/baileys", "playwright-core", "chokidar", "mrmime", "selfsigned", "@homebridge/ciao", "bonjour-service"];

// Packages written for require() call it for Node's own modules, also from within an ES module.
const REQUIRE = 'import { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);';

function compile() {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.json"], { cwd: root, stdio: "inherit" });
  return status === 0;
}

async function bundle({ name, entry, executable }) {
  await access(join(root, entry)).catch(() => {
    throw new Error(`${entry} is missing, so ${name} cannot be built`);
  });
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { [name]: entry },
    outdir: "dist/bin",
    outExtension: { ".js": ".mjs" },
    chunkNames: `${name}/[name]-[hash]`,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: EXTERNAL,
    // Off: it would give each function a property of its own, and with it a shape of its own: megabytes of them.
    keepNames: false,
    legalComments: "none",
    logLevel: "warning",
    // esbuild keeps the entry file's own "#!" line before this.
    banner: { js: REQUIRE },
    write: false,
  });
  for (const { path, text } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, inAscii(text));
  }
  if (executable) await chmod(join(root, "dist", "bin", `${name}.mjs`), 0o755);
}

/** esbuild leaves other characters in regular expressions only. One of them, and V8 would keep the whole file with two bytes a character. */
const inAscii = (text) => text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

await rm(join(root, "dist"), { recursive: true, force: true });
const compiled = compile();
const bundled = await Promise.allSettled([buildCanvas(), buildWeb(), ...PROGRAMS.map(bundle)]);
const problems = bundled.flatMap((result) => (result.status === "rejected" ? [result.reason.message] : []));
if (!compiled) problems.unshift("tsc found errors");

if (problems.length > 0) {
  for (const problem of problems) console.error(`build: ${problem}`);
  process.exitCode = 1;
} else {
  console.log(bundled[0].value);
  console.log(bundled[1].value);
  console.log(`built dist/ in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
}
