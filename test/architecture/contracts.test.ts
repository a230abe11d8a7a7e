import { expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ADAPTERS = join(process.cwd(), "src", "adapters");
const CONTRACTS = join(process.cwd(), "test", "contracts");
const SUITES = join(process.cwd(), "src", "testing", "contracts");

/** Where a kind of adapter implements no port that has promises to keep beyond its types, its own tests are named here instead. */
const OWN_TESTS: Readonly<Record<string, string>> = {
  "canvas/http": "test/attacks/canvas.test.ts",
  "pages/static": "test/app/web-pages.test.ts",
  "log/memory": "test/attacks/log.test.ts",
  "log/pino": "test/attacks/log.test.ts",
  "metrics/prometheus": "test/app/observability.test.ts",
  "tracing/opentelemetry": "test/app/observability.test.ts",
};

const folders = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);

const sourcesIn = (path: string): string =>
  readdirSync(path).filter((name) => name.endsWith(".test.ts")).map((name) => readFileSync(join(path, name), "utf8")).join("\n");

const adapters = folders(ADAPTERS).flatMap((kind) => {
  const ids = folders(join(ADAPTERS, kind));
  return ids.length === 0 ? [[kind, ""] as const] : ids.map((id) => [kind, id] as const);
});

test.each(adapters)("adapters/%s/%s runs a contract suite of its port", (kind, id) => {
  const adapter = [kind, id].filter(Boolean).join("/");
  const own = OWN_TESTS[adapter];
  const tests = own === undefined ? sourcesIn(CONTRACTS) : readFileSync(join(process.cwd(), own), "utf8");
  expect(tests.includes(`src/adapters/${adapter}/`)).toBe(true);
});

test("every contract suite is run by somebody", () => {
  const run = sourcesIn(CONTRACTS);
  const suites = readdirSync(SUITES).filter((name) => !["index.ts", "kit.ts", "stored-samples.ts"].includes(name));
  expect(suites.length).toBeGreaterThan(8);
  for (const suite of suites) expect(run).toContain(`src/testing/contracts/${suite.replace(/\.ts$/, ".js")}`);
});
