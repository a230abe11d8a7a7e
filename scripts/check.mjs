// Everything that must hold before a change lands, in one command; CI runs exactly this. All steps run, whatever the
// earlier ones found. The tests come last, so that their summary closes the output.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const isCi = process.env.CI === "true";
const TSC = "node_modules/typescript/bin/tsc";
const LINTED = ["src", "web", "test", "scripts", "examples", "bench"];

const STEPS = [
  { name: "generated files", args: ["scripts/generate.mjs", "--check"] },
  { name: "types of sources and tests", args: [TSC, "--noEmit", "-p", "tsconfig.test.json"] },
  { name: "build", args: ["scripts/build.mjs"] },
  { name: "types of the core, without a platform", args: [TSC, "--noEmit", "-p", "tsconfig.core.json"] },
  { name: "lint", args: ["node_modules/oxlint/bin/oxlint", "--deny-warnings", ...LINTED] },
  { name: "types of pages", args: [TSC, "--noEmit", "-p", "tsconfig.web.json"] },
  { name: "packages bundled for the tests", args: ["scripts/bundle-for-tests.mjs"] },
];

const heading = (name) => console.log(`\n== ${name}`);

/** Resolves with what it wrote, of either kind in one, and whether all was well. */
const spoken = (args) => new Promise((resolve) => {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (piece) => (text += piece));
  child.once("close", (code) => resolve({ isWell: code === 0, text }));
});

/** In two rows, as there are two cores at least: the first, third, … beside the second, fourth, …; each is told whole, in order. */
async function failedOf(steps) {
  const rows = [Promise.resolve(), Promise.resolve()];
  const outcomes = steps.map(({ args }, nth) => (rows[nth % 2] = rows[nth % 2].then(() => spoken(args))));
  const failed = [];
  for (const [nth, { name }] of steps.entries()) {
    const { isWell, text } = await outcomes[nth];
    heading(name);
    process.stdout.write(text);
    if (!isWell) failed.push(name);
  }
  return failed;
}

const failed = await failedOf(STEPS);

heading("tests");
const folder = mkdtempSync(join(tmpdir(), "check-"));
const results = join(folder, "jest.json");
// A child's errors go to standard output too: a reader of only one of the two still sees all of it, in order.
const passed = spawnSync(process.execPath, [
  // Node 24 runs out of its compiler's memory over the grammars of Swift and Kotlin where it compiles them for speed.
  "--experimental-vm-modules", "--liftoff-only", "--no-warnings", "node_modules/jest/bin/jest.js",
  "--json", `--outputFile=${results}`,
  // One more than there are cores: many tests wait for processes, browsers and platforms more than they compute.
  ...(isCi ? ["--ci", "--maxWorkers=3"] : []),
], { cwd: root, stdio: ["ignore", 1, 1] }).status === 0;
const counts = countsIn(results);
rmSync(folder, { recursive: true, force: true });

if (failed.length > 0) console.log(`\nFailed besides the tests: ${failed.join("; ")}`);
console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = passed && failed.length === 0 && counts.passed > 0 ? 0 : 1;

/** A file that could not even be loaded counts as one failed test. */
function countsIn(file) {
  try {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(file, "utf8"));
    return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
