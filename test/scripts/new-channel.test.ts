import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = process.cwd();
const COPIED = ["package.json", "tsconfig.json", "tsconfig.test.json", "jest.config.mjs", ".oxlintrc.json", "src", "test", "web", "scripts", "docs/channels"];
const LIST = "src/app/compose/channels.ts";
const PATIENCE_MS = 180_000;

/** What it promises to write, beside its line in the list. */
const WRITTEN = [
  "src/adapters/channels/my-chat/index.ts",
  "src/adapters/channels/my-chat/config.ts",
  "src/adapters/channels/my-chat/client.ts",
  "src/adapters/channels/my-chat/translate.ts",
  "src/adapters/channels/my-chat/channel.ts",
  "test/stand-ins/my-chat-server.ts",
  "test/contracts/channel-my-chat.test.ts",
  "docs/channels/my-chat.md",
];

let clone: string;

beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), "new-channel-"));
  for (const path of COPIED) cpSync(join(ROOT, path), join(clone, path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(clone, "node_modules"));
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

function run(...args: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const { JEST_WORKER_ID: _worker, NODE_OPTIONS: _options, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: clone, env, encoding: "utf8", timeout: PATIENCE_MS });
  return { code: status, out: stdout, err: stderr };
}

const make = (...args: readonly string[]) => run("scripts/new-channel.mjs", ...args);
const read = (path: string): string => readFileSync(join(clone, path), "utf8");

/** The promises of the contract that the channel breaks. */
function broken(): readonly string[] {
  const report = join(clone, "report.json");
  const { err } = run("--experimental-vm-modules", "--no-warnings", "node_modules/jest/bin/jest.js", "--json", `--outputFile=${report}`, "test/contracts/channel-my-chat.test.ts");
  const { testResults, numTotalTests } = JSON.parse(readFileSync(report, "utf8")) as {
    numTotalTests: number;
    testResults: readonly { readonly assertionResults: readonly { readonly title: string; readonly status: string }[] }[];
  };
  if (numTotalTests < 20) throw new Error(`the suite did not run: ${err}`);
  return testResults.flatMap(({ assertionResults }) => assertionResults.filter(({ status }) => status !== "passed").map(({ title }) => title));
}

test.each([
  [[], "Say which channel"],
  [["two", "words"], "Say which channel"],
  [["My-Chat"], "lower-case letters"],
  [["../escape"], "lower-case letters"],
  [["-chat"], "lower-case letters"],
  [["a".repeat(33)], "lower-case letters"],
  [["webchat"], "means something else already"],
  [["class"], "means something else already"],
  [["telegram"], "There is a channel \"telegram\" already"],
  [["memory"], "There is a channel \"memory\" already"],
])("%j is refused, and nothing is written", (args, said) => {
  const before = read(LIST);
  const { code, out, err } = make(...args);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(said);
  expect(read(LIST)).toBe(before);
});

describe("npm run new-channel -- my-chat", () => {
  test("writes the files and its line, and not twice", () => {
    const before = read(LIST).split("\n");
    const { code, out, err } = make("my-chat");
    expect([code, err]).toEqual([0, ""]);
    for (const path of WRITTEN) {
      expect(out).toContain(`wrote ${path}\n`);
      expect(read(path)).not.toMatch(/__[A-Za-z]+__/);
    }
    const added = read(LIST).split("\n").filter((line) => !before.includes(line));
    expect(added).toEqual(['  ["my-chat", () => import("../../adapters/channels/my-chat/index.js").then((its) => made(its.parseMyChatConfig, its.myChat))],']);
    expect(make("my-chat")).toMatchObject({ code: 2, err: expect.stringContaining("There is a channel \"my-chat\" already") });
  });

  test("what it wrote is sound for the compiler and the linter", () => {
    const sources = WRITTEN.filter((path) => path.endsWith(".ts"));
    writeFileSync(join(clone, "tsconfig.written.json"), JSON.stringify({ extends: "./tsconfig.test.json", include: [LIST, ...sources] }));
    expect(run("node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.written.json")).toEqual({ code: 0, out: "", err: "" });
    const { code, out } = run("node_modules/oxlint/bin/oxlint", "--deny-warnings", ...sources);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("0 errors") });
  }, PATIENCE_MS);

  test("it keeps every promise from the beginning; an ability that it is given breaks the promise that asks for it", () => {
    expect(broken()).toEqual([]);
    const path = join(clone, "src/adapters/channels/my-chat/channel.ts");
    writeFileSync(path, readFileSync(path, "utf8").replace("  edit: false,", "  edit: true,"));
    expect(broken()).toEqual(["edits, deletes and reacts where it can, and says so where it can't"]);
  }, PATIENCE_MS);
});
