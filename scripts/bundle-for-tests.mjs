// What Jest runs slowly as it is published; see jest.config.mjs. The packages themselves are the same, line by line.
import { createRequire } from "node:module";
import { build } from "esbuild";

const CACHE = "node_modules/.cache";
const shared = { bundle: true, platform: "node", logLevel: "warning" };

// 266 files, which each test file would link anew.
await build({ ...shared, entryPoints: ["node_modules/@sinclair/typebox/build/esm/index.mjs"], outfile: `${CACHE}/typebox.mjs`, format: "esm" });

// In a sandbox of Jest's each look at a global asks the sandbox first: here it does so thousands of times in one signature.
const GLOBALS = ["Math", "Float64Array", "Uint8Array"];
await build({
  ...shared,
  entryPoints: [createRequire(import.meta.resolve("libsignal")).resolve("curve25519-js")],
  outfile: `${CACHE}/curve25519.cjs`,
  format: "cjs",
  define: Object.fromEntries(GLOBALS.map((name) => [name, `own${name}`])),
  banner: { js: GLOBALS.map((name) => `const own${name} = ${name};`).join("\n") },
});
