// Builds dist/: the library by tsc, and one-file programs by esbuild, since loading a few hundred small files
// would triple the time until the gateway listens. The CLI does not contain the gateway: it loads daemon.mjs when asked to.
import { spawnSync } from "node:child_process";
import { access, chmod, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const started = performance.now();

const PROGRAMS = [
  { entry: "src/app/cli/bin.ts", outfile: "dist/bin/openclaw.mjs", executable: true },
  { entry: "src/app/daemon/main.ts", outfile: "dist/bin/daemon.mjs", executable: false },
  { entry: "src/app/compose/supervision.ts", outfile: "dist/bin/supervision.mjs", executable: false },
];

/** Native add-ons that `ws` does without, and what is loaded only by those who use it. */
const EXTERNAL = ["bufferutil", "utf-8-validate", "ai", "@ai-sdk/*", "zod", "pino-pretty", "@agentclientprotocol/sdk", "@opentelemetry/api", "prom-client", "@slack/bolt", "grammy", "discord.js", "@whiskeysockets/baileys"];

// Packages written for require() call it for Node's own modules, also from within an ES module.
const REQUIRE = 'import { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);';

function compile() {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.json"], { cwd: root, stdio: "inherit" });
  return status === 0;
}

async function bundle({ entry, outfile, executable }) {
  await access(join(root, entry)).catch(() => {
    throw new Error(`${entry} is missing, so ${outfile} cannot be built`);
  });
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: EXTERNAL,
    keepNames: true,
    legalComments: "none",
    logLevel: "warning",
    // esbuild keeps the entry file's own "#!" line before this.
    banner: { js: REQUIRE },
  });
  if (executable) await chmod(join(root, outfile), 0o755);
}

await rm(join(root, "dist"), { recursive: true, force: true });
const compiled = compile();
const bundled = await Promise.allSettled(PROGRAMS.map(bundle));
const problems = bundled.flatMap((result) => (result.status === "rejected" ? [result.reason.message] : []));
if (!compiled) problems.unshift("tsc found errors");

if (problems.length > 0) {
  for (const problem of problems) console.error(`build: ${problem}`);
  process.exitCode = 1;
} else {
  console.log(`built dist/ in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
}
