// The platforms of the tests, for programs that run without a test runner: bundled into a temporary file and loaded.
import { mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** What `test/stand-ins/providers.ts` exports, or another file beside it. */
export async function loadStandIns(entry = "providers.ts") {
  // Beside node_modules, where what stays outside the bundle is found.
  const folder = mkdtempSync(join(root, "node_modules", ".stand-ins-"));
  try {
    const outfile = join(folder, "providers.mjs");
    await build({ absWorkingDir: root, entryPoints: [`test/stand-ins/${entry}`], outfile, bundle: true, packages: "external", format: "esm", platform: "node", target: "node20", logLevel: "warning" });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
