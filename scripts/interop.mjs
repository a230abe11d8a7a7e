// Drives this gateway with what was published in January 2026, unmodified, and prints what passed: its command line, its
// node host, its web pages (which need a Chromium). Not part of the checks: it downloads more than a gigabyte.
// `npm run build && node scripts/interop.mjs [command-line] [node-host] [control-ui] [--dir <folder>]`; a folder is used again.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { commandLine } from "./interop/command-line.mjs";
import { controlUi } from "./interop/control-ui.mjs";
import { Gateway, startProxy } from "./interop/gateway.mjs";
import { January, PACKAGE } from "./interop/january.mjs";
import { nodeHost } from "./interop/node-host.mjs";
import { servePages } from "./interop/pages.mjs";
import { Report } from "./interop/report.mjs";

const PARTS = { "command-line": commandLine, "node-host": nodeHost, "control-ui": controlUi };
const TOKEN = "interop-token-0123456789";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { values, positionals } = parseArgs({ allowPositionals: true, options: { dir: { type: "string", default: join(root, "interop") } } });
const wanted = positionals.length === 0 ? Object.keys(PARTS) : positionals;

const january = new January(resolve(values.dir), TOKEN);
january.install();
const report = new Report();
const scratch = mkdtempSync(join(tmpdir(), "interop-"));
const pages = await servePages(january.controlUi);
// A channel that is configured, and reaches nobody.
const channels = { telegram: { botToken: `1:${"interop".repeat(5)}`, apiRoot: "http://127.0.0.1:9" } };
const config = { agents: { defaults: { runtime: "echo" } }, channels, gateway: { controlUi: { allowedOrigins: [pages.origin] } } };
const gateway = await new Gateway(join(scratch, "state"), TOKEN, config).start();
const proxy = await startProxy(gateway.url);

for (const name of wanted) {
  // The rest is looked at and told all the same.
  await PARTS[name]({ report, january, gateway, proxy, pages, scratch }).catch((error) => report.failed(name, error));
}

proxy.stop();
pages.stop();
await report.step("the gateway leaves with 0", async () => `exit ${await gateway.stop()}`, (out) => {
  if (out !== "exit 0") throw new Error("it did not");
  return out;
});
rmSync(scratch, { recursive: true, force: true });
process.exitCode = report.print(`${PACKAGE} against this gateway`) === 0 ? 0 : 1;
