import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "@swc/core";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DEPCRUISE = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
const COLD_START_MS = 60_000;

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** A copy of the house's rules with nothing in it but what a test plants. */
async function planted(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fences-"));
  folders.push(folder);
  for (const name of [".dependency-cruiser.mjs", "tsconfig.json", "tsconfig.core.json", "package.json"]) await cp(join(ROOT, name), join(folder, name));
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

/** What a program printed, whatever code it left with. */
const outputOf = (args: readonly string[], cwd: string): Promise<string> =>
  new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 64 * 1024 * 1024 }, (_, stdout, stderr) => resolve(`${stdout}${stderr}`));
  });

interface Graph {
  readonly modules: readonly { readonly source: string; readonly dependencies: readonly { readonly resolved: string }[] }[];
  readonly summary: { readonly violations: readonly { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }[] };
}

async function arrows(root: string): Promise<Graph> {
  return JSON.parse(await outputOf([DEPCRUISE, "src", "--config", ".dependency-cruiser.mjs", "--output-type", "json"], root)) as Graph;
}

const breaches = (graph: Graph): readonly string[] =>
  [...new Set(graph.summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} -> ${to}`))].toSorted();

describe("the first fence: who imports whom", () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await arrows(ROOT);
  }, COLD_START_MS);

  test("no arrow leads out of its room", () => {
    expect(graph.modules.length).toBeGreaterThan(100);
    expect(breaches(graph)).toEqual([]);
  });

  test("the library's door leads to no container", () => {
    const imports = new Map(graph.modules.map((module) => [module.source, module.dependencies.map((dependency) => dependency.resolved)]));
    const reached = new Set<string>();
    const queue = ["src/index.ts", "src/client/index.ts"];
    for (const source of queue) {
      if (reached.has(source)) continue;
      reached.add(source);
      queue.push(...(imports.get(source) ?? []));
    }
    expect(reached.size).toBeGreaterThan(50);
    expect([...reached].filter((source) => /tsyringe|reflect-metadata/.test(source))).toEqual([]);
  });

  test("each rule bites", async () => {
    const empty = "export {};\n";
    const root = await planted({
      "src/domain/protocol/a.ts": "import '../b.js';\nimport '@sinclair/typebox';\n",
      "src/domain/b.ts": "import type { X } from '../ports/x.js';\nimport 'node:fs';\nimport 'ws';\nexport type Y = X;\n",
      "src/ports/x.ts": "import type { Z } from '../app/gateway/g.js';\nexport type X = Z;\n",
      "src/adapters/storage/file/f.ts": "import '../memory/m.js';\nimport '../../system/s.js';\nimport '../../../app/gateway/g.js';\n",
      "src/adapters/storage/memory/m.ts": "import 'pino';\n",
      "src/adapters/system/s.ts": "import '../storage/memory/m.js';\n",
      "src/app/gateway/g.ts": "import '../../adapters/storage/memory/m.js';\nimport 'node:os';\nexport type Z = 1;\n",
      "src/app/compose/container.ts": "import 'reflect-metadata';\nimport 'tsyringe';\n",
      "src/app/daemon/main.ts": "import 'tsyringe';\nimport '../../adapters/system/s.js';\n",
      "src/app/cli/main.ts": "import '../daemon/main.js';\nimport '../compose/container.js';\n",
      "src/client/index.ts": "import '../ports/x.js';\n",
      "src/index.ts": "import './app/compose/between.js';\n",
      "src/app/compose/between.ts": "import './container.js';\n",
      "src/ports/one.ts": "import './two.js';\n",
      "src/ports/two.ts": "import './one.js';\n",
      "src/app/gateway/dead.ts": "import './nowhere.js';\n",
      "src/testing/t.ts": "import '../app/daemon/main.js';\n",
      "src/app/node/compose.ts": "import '../../adapters/system/s.js';\n",
      "src/app/node/run.ts": "import './compose.js';\nimport '../../adapters/system/s.js';\nimport '../gateway/g.js';\n",
      "src/app/process/p.ts": "import '../../ports/fine.js';\n",
      "src/ports/fine.ts": empty,
    });
    const found = (await arrows(root)).summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`);
    expect(found).toEqual(expect.arrayContaining([
      "protocol-knows-only-typebox: src/domain/protocol/a.ts",
      "domain-knows-only-itself: src/domain/b.ts",
      "ports-know-only-the-domain: src/ports/x.ts",
      "adapters-stand-apart: src/adapters/storage/file/f.ts",
      "adapters-do-not-know-the-app: src/adapters/storage/file/f.ts",
      "adapter-kinds-stand-apart: src/adapters/system/s.ts",
      "one-home-for-(pino|pino-pretty): src/adapters/storage/memory/m.ts",
      "gateway-knows-ports-and-domain: src/app/gateway/g.ts",
      "container-in-one-room: src/app/daemon/main.ts",
      "daemon-gets-its-parts-composed: src/app/daemon/main.ts",
      "cli-is-a-thin-client: src/app/cli/main.ts",
      "client-stands-alone: src/client/index.ts",
      "library-without-container: src/index.ts",
      "no-cycles: src/ports/one.ts",
      "no-dead-arrows: src/app/gateway/dead.ts",
      "testing-starts-no-process: src/testing/t.ts",
      "node-gets-its-parts-composed: src/app/node/run.ts",
      "node-is-no-gateway: src/app/node/run.ts",
      "processes-know-nobody: src/app/process/p.ts",
    ]));
    expect(found.filter((breach) => /: src\/(app\/(compose|node\/compose)|ports\/fine)/.test(breach))).toEqual([]);
  }, COLD_START_MS);
});

describe("the second fence: the core has no platform", () => {
  const check = (root: string) => outputOf([TSC, "--noEmit", "-p", "tsconfig.core.json"], root);

  test("domain and ports compile where timers, process, Buffer, crypto and fetch do not exist", async () => {
    expect(await check(ROOT)).toBe("");
  }, COLD_START_MS);

  test("it bites", async () => {
    const platform = ["setTimeout", "setInterval", "queueMicrotask", "process", "Buffer", "crypto", "fetch", "console", "performance", "structuredClone", "URL", "TextEncoder"];
    const root = await planted({
      "src/ports/fine.ts": "export const fine: readonly string[] = Object.keys({});\n",
      ...Object.fromEntries(platform.map((name) => [`src/domain/uses-${name}.ts`, `export const breach: unknown = ${name};\n`])),
      "src/domain/uses-node.ts": "import { readFile } from 'node:fs';\nexport const breach: unknown = readFile;\n",
    });
    const output = await check(root);
    for (const name of [...platform, "node"]) expect(output).toContain(`src/domain/uses-${name}.ts`);
    expect(output).not.toContain("fine.ts");
  }, COLD_START_MS);
});

interface Node {
  readonly type?: string;
  readonly [key: string]: unknown;
}

function* nodesIn(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* nodesIn(item);
  else if (typeof value === "object" && value !== null) {
    if (typeof (value as Node).type === "string") yield value as Node;
    for (const inner of Object.values(value)) yield* nodesIn(inner);
  }
}

const nameOf = (value: unknown): string => String((value as { value?: unknown } | undefined)?.value ?? "");

/** A hidden clock, chance or output: what a pure core must be handed instead. */
function impurity(node: Node): string | undefined {
  if (node.type === "MemberExpression") {
    const computed = node["property"] as Node;
    const property = computed.type === "Computed" ? nameOf(computed["expression"]) : nameOf(computed);
    const member = `${nameOf(node["object"])}.${property}`;
    if (["Date.now", "Math.random"].includes(member)) return member;
  }
  if (node.type === "NewExpression" && nameOf(node["callee"]) === "Date" && ((node["arguments"] ?? []) as unknown[]).length === 0) return "new Date()";
  if (node.type === "CallExpression" && nameOf(node["callee"]) === "Date") return "Date()";
  if (node.type === "VariableDeclarator" && (node["init"] as Node | undefined)?.type === "Identifier" && ["Date", "Math"].includes(nameOf(node["init"]))) return `an alias of ${nameOf(node["init"])}`;
  if (node.type === "Identifier" && ["console", "performance", "globalThis"].includes(nameOf(node))) return nameOf(node);
  return undefined;
}

function foreignStyle(node: Node): string | undefined {
  if (node.type === "ExportDefaultDeclaration" || node.type === "ExportDefaultExpression") return "a default export";
  if (node.type === "TsEnumDeclaration") return "an enum";
  if (node.type === "TsParameterProperty") return "a parameter property";
  if (node.type === "Decorator") return "a decorator";
  return undefined;
}

const parsed = (text: string) => parse(text, { syntax: "typescript", target: "es2022", decorators: true });

async function found(text: string, judge: (node: Node) => string | undefined): Promise<readonly string[]> {
  const finds: string[] = [];
  for (const node of nodesIn((await parsed(text)).body)) {
    const find = judge(node);
    if (find !== undefined) finds.push(find);
  }
  return finds;
}

async function sourcesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name.endsWith(".ts")).map((entry) => join(entry.parentPath, entry.name));
}

async function findsIn(folders: readonly string[], judge: (node: Node) => string | undefined): Promise<readonly string[]> {
  const finds: string[] = [];
  for (const folder of folders) {
    for (const file of await sourcesIn(folder)) {
      for (const find of await found(await readFile(file, "utf8"), judge)) finds.push(`${file.slice(ROOT.length)}: ${find}`);
    }
  }
  return finds;
}

describe("the third fence: the core cannot tell the time, roll dice or speak", () => {
  test("neither in the domain nor in the ports", async () => {
    expect((await sourcesIn("src/domain")).length).toBeGreaterThan(20);
    expect(await findsIn(["src/domain", "src/ports"], impurity)).toEqual([]);
  }, COLD_START_MS);

  test.each([
    ["const at = Date.now();", "Date.now"],
    ["const at = Date['now']();", "Date.now"],
    ["const f = Date.now;", "Date.now"],
    ["const at = new Date();", "new Date()"],
    ["const at = new Date;", "new Date()"],
    ["const at = Date();", "Date()"],
    ["const D = Date;", "an alias of Date"],
    ["class A { m() { return Math.random(); } }", "Math.random"],
    ["console.log(1);", "console"],
    ["const t = performance.now();", "performance"],
    ["const c = globalThis.Date;", "globalThis"],
  ])("%s is found", async (text, find) => {
    expect(await found(text, impurity)).toContain(find);
  });

  test("a moment that was handed over is fine", async () => {
    expect(await found("const text = new Date(at).toISOString(); const n = Math.max(1, 2); const o = { now: at };", impurity)).toEqual([]);
  });

  test("ports are interfaces: nothing of them is left at run time", async () => {
    const runtime: string[] = [];
    for (const file of await sourcesIn("src/ports")) {
      for (const item of (await parsed(await readFile(file, "utf8"))).body as unknown as Node[]) {
        const declared = item.type === "ExportDeclaration" ? (item["declaration"] as Node) : item;
        const isType = declared.type === "TsInterfaceDeclaration" || declared.type === "TsTypeAliasDeclaration" || declared["typeOnly"] === true;
        if (!isType) runtime.push(`${file.slice(ROOT.length)}: ${declared.type}`);
      }
    }
    expect(runtime).toEqual([]);
  });
});

describe("house style that a machine can see", () => {
  test("no default export, enum, decorator or parameter property", async () => {
    expect(await findsIn(["src"], foreignStyle)).toEqual([]);
    const breach = "export default 1; enum E { a } class C { constructor(readonly x: number) {} @d m() {} }";
    expect(await found(breach, foreignStyle)).toEqual(["a default export", "an enum", "a parameter property", "a decorator"]);
  }, COLD_START_MS);

  test("files are named for their chief noun", async () => {
    const names = (await sourcesIn("src")).map((file) => file.slice(ROOT.length));
    expect(names.filter((name) => !/^(src|[a-z0-9-]+)(\/[a-z0-9-]+)*\.ts$/.test(name))).toEqual([]);
    expect(names.filter((name) => /(^|[/-])(utils?|helpers?|common|types|managers?)\.ts$/.test(name))).toEqual([]);
  });
});

describe("the repository stands on its own", () => {
  // Spelled so that neither the patterns nor the samples are found in this file.
  const FORBIDDEN = [/registry[.](npmjs|yarnpkg|npmmirror)/, /(^|[\s"'`(=:])[/]work[/]/m, /[.]library[/]/, /"resolve[d]": *"http/];
  const SAMPLES = [["https://registry", "npmjs.org/x"].join("."), ["", "work", "main"].join("/"), ["", "library/x"].join("."), `"${"resolved"}": "https://host/x.tgz"`];

  test("no file names a package registry or a path of the machine it was written on", async () => {
    const listed = (await gitFiles()).filter((file) => !/\.(png|wasm|ico|woff2)$/.test(file));
    expect(listed.length).toBeGreaterThan(100);
    const finds: string[] = [];
    for (const file of listed) {
      const text = await readFile(join(ROOT, file), "utf8").catch(() => "");
      for (const pattern of FORBIDDEN) if (pattern.test(text)) finds.push(`${file}: ${pattern.source}`);
    }
    expect(finds).toEqual([]);
    expect(SAMPLES.map((sample) => FORBIDDEN.findIndex((pattern) => pattern.test(sample)))).toEqual([0, 1, 2, 3]);
  });

  const gitFiles = async (): Promise<readonly string[]> =>
    (await new Promise<string>((resolve, reject) => {
      execFile("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    })).split("\0").filter((file) => file !== "");

  test("the lock file names no host and covers what package.json asks for", async () => {
    const lock = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8")) as { packages: Record<string, Record<string, unknown>> };
    const manifest = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as Record<"dependencies" | "devDependencies", Record<string, string>>;
    expect(Object.values(lock.packages).filter((entry) => "resolved" in entry)).toEqual([]);
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect([name, lock.packages[`node_modules/${name}`]?.["version"]]).toEqual([name, version]);
    }
  });
});
