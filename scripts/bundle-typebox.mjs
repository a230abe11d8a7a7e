// One-file TypeBox for Jest; see jest.config.mjs.
import { build } from "esbuild";

await build({
  entryPoints: ["node_modules/@sinclair/typebox/build/esm/index.mjs"],
  outfile: "node_modules/.cache/typebox.mjs",
  bundle: true,
  format: "esm",
  platform: "node",
  logLevel: "warning",
});
