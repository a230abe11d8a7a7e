// Runs the same checks under Node 24, whatever Node starts this: its binary comes as a package.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, "interop", "node24");
const name = `node-${process.platform}-${process.arch}`;
const node = join(folder, "node_modules", name, "bin", "node");

if (!existsSync(node)) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"private":true}\n');
  const { status } = spawnSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@24`], { cwd: folder, stdio: "inherit" });
  if (status !== 0) throw new Error(`${name}@24 could not be installed`);
}

const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
spawnSync(node, ["--version"], { stdio: "inherit" });
const { status } = spawnSync(node, ["scripts/check.mjs"], { cwd: root, env, stdio: "inherit" });
process.exitCode = status ?? 1;
