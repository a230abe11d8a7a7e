import { expect, test } from "@jest/globals";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = process.cwd();
const TSC = join(ROOT, "node_modules", "typescript", "bin", "tsc");
/** Past the examples' own deadlines, so that theirs tell what went wrong. */
const PATIENCE_MS = 30_000;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs one program to its end. One that does not end by itself is killed, and then has no exit code. */
function run(args: readonly string[], input = ""): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: "pipe", timeout: PATIENCE_MS, killSignal: "SIGKILL" });
    child.stdin.on("error", () => undefined).end(input);
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

/** The examples import the package by its name, which leads to the build. `npm run check` has made one. */
function build(): void {
  if (existsSync(join(ROOT, "dist", "index.js"))) return;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/build.mjs"], { cwd: ROOT, encoding: "utf8" });
  if (status !== 0 && !existsSync(join(ROOT, "dist", "index.js"))) throw new Error(`the build failed:\n${stdout}${stderr}`);
}

test("embed-in-an-app runs through and its process ends by itself", async () => {
  build();
  const { code, out, err } = await run(["examples/embed-in-an-app/app.mjs"]);
  expect({ code, err, lines: out.trim().split("\n") }).toEqual({
    code: 0,
    err: "",
    lines: [
      "route: the app's own pages are served",
      "agent: hello from a route",
      "send: delivered to agent:main:main",
      "client: hello-ok, protocol 4",
      "closed: code 1012 to the client, 2 answers seen",
    ],
  });
}, 120_000);

test("the examples fit the package's published types", async () => {
  build();
  const strict = ["--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "--target", "ES2023", "--module", "NodeNext", "--types", "node"];
  const { code, out } = await run([TSC, "--ignoreConfig", "--noEmit", "--allowJs", "--checkJs", ...strict, ...["embed-in-an-app", "write-a-channel"].map((example) => `examples/${example}/app.mjs`)]);
  expect({ code, out }).toEqual({ code: 0, out: "" });
}, 120_000);

test("in-memory-test is told the same to the letter each time", async () => {
  build();
  const once = await run(["examples/in-memory-test/test.mjs"]);
  expect(once).toEqual({ code: 0, err: "", out: "the answer was read and the clock has ticked\n" });
  expect(await run(["examples/in-memory-test/test.mjs"])).toEqual(once);
}, 120_000);

test("write-a-channel: a message comes in, its answer goes out, and its process ends by itself", async () => {
  build();
  expect(await run(["examples/write-a-channel/app.mjs"])).toEqual({
    code: 0,
    err: "",
    out: "connected\nanswered in the chat\nanswered in the group, where it was called\nsent to ada\n",
  });
}, 120_000);

test("write-a-channel keeps the contract of all channels, outside of Jest too", async () => {
  build();
  const { code, out } = await run(["--test", "--test-reporter=tap", "examples/write-a-channel/channel.test.mjs"]);
  expect({ code, failed: /^# fail (\d+)$/m.exec(out)?.[1], passed: Number(/^# pass (\d+)$/m.exec(out)?.[1] ?? 0) > 20 }).toEqual({ code: 0, failed: "0", passed: true });
}, 120_000);

const DOCUMENTS = ["README.md", "docs/embedding.md", "docs/testing.md"];

const blocks = DOCUMENTS.flatMap((document) => {
  const found = [...readFileSync(join(ROOT, document), "utf8").matchAll(/^```js\n([\s\S]*?)^```$/gm)];
  return found.map(([, code = ""], index) => ({ document, number: index + 1, code }));
});

test("all of these documents have code to run", () => {
  expect(new Set(blocks.map(({ document }) => document))).toEqual(new Set(DOCUMENTS));
});

// A program read from standard input resolves the package's name from the working folder, as a file at the root would.
test.each(blocks)("$document, block $number: runs and its process ends by itself", async ({ code }) => {
  build();
  const { code: exitCode, err } = await run(["--input-type=module", "-"], code);
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
}, 120_000);
