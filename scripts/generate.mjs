// Writes what follows from the catalogue into generated/ and docs/ (scripts/codegen says what and how). With --check it writes nothing, names what is stale and exits 1.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Imports a TypeScript module. The bundle lies in node_modules so that it can import packages by name. */
async function load(source) {
  const outfile = join(root, "node_modules", ".cache", `generate-${process.pid}-${Date.now()}.mjs`);
  await build({
    entryPoints: [join(root, source)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    logLevel: "warning",
  });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(outfile, { force: true });
  }
}

const current = (path) =>
  readFile(join(root, path), "utf8").catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });

async function write(path, text) {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
  console.log(`wrote ${path}`);
}

const check = process.argv.includes("--check");
const stale = [];
const { outputs } = await load("scripts/codegen/outputs.ts");
for (const { path, text } of outputs()) {
  if (text === (await current(path))) continue;
  if (check) stale.push(path);
  else await write(path, text);
}
if (stale.length > 0) {
  for (const path of stale) console.error(`stale: ${path}`);
  console.error("run `npm run generate` and commit the result");
  process.exitCode = 1;
}
