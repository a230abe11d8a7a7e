// Builds dist/canvas: the A2UI page in one file, the script that is put into pages of the canvas, and the first page.
// Nothing of it is loaded by the gateway: it is read from the disk when somebody looks.
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { noticesFor, packageFolder } from "./notices.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = join(root, "dist", "canvas");

/** Modules of the renderer that are replaced by ours of web/a2ui. Each must be met, or the package is not the one this was written for. */
const REPLACED = {
  "lit/src/0.8/ui/styles.js": "structural-styles.ts",
  "lit/src/0.8/ui/button.js": "components/button.ts",
  "lit/src/0.8/ui/checkbox.js": "components/check-box.ts",
  "lit/src/0.8/ui/datetime-input.js": "components/date-time-input.ts",
  "lit/src/0.8/ui/icon.js": "components/icon.ts",
  "lit/src/0.8/ui/image.js": "components/image.ts",
  "lit/src/0.8/ui/modal.js": "components/modal.ts",
  "lit/src/0.8/ui/multiple-choice.js": "components/multiple-choice.ts",
  "lit/src/0.8/ui/slider.js": "components/slider.ts",
  "lit/src/0.8/ui/text.js": "components/text.ts",
  "lit/src/0.8/ui/text-field.js": "components/text-field.ts",
  "web_core/src/v0_8/schema/server-to-client.js": "accept.ts",
};

/** What Material Symbols calls those that A2UI calls otherwise; of the rest, the outlined one where there are two. */
const DRAWN_AS = { favorite: "favorite", favoriteOff: "favorite-outline", star: "star", starOff: "star-outline", payment: "credit-card-outline", phone: "call-outline" };

const replaceModules = (met) => ({
  name: "a2ui-replacements",
  setup(context) {
    context.onLoad({ filter: /@a2ui[\\/](lit|web_core)[\\/]src[\\/].*\.js$/ }, ({ path }) => {
      const name = path.replaceAll("\\", "/").split("/@a2ui/").at(-1);
      const ours = REPLACED[name];
      if (ours === undefined) return undefined;
      met.add(name);
      return { contents: `export * from ${JSON.stringify(join(root, "web", "a2ui", ours))};`, resolveDir: dirname(path) };
    });
    context.onResolve({ filter: /^a2ui:root$/ }, () => ({ path: join(root, "node_modules", "@a2ui", "lit", "src", "0.8", "ui", "root.js") }));
    context.onResolve({ filter: /^a2ui:icons$/ }, () => ({ path: "icons", namespace: "a2ui" }));
    context.onLoad({ filter: /.*/, namespace: "a2ui" }, async () => ({ contents: await iconModule() }));
  },
});

async function iconModule() {
  const { icons, aliases } = JSON.parse(await readFile(createRequire(import.meta.url).resolve("@iconify-json/material-symbols/icons.json"), "utf8"));
  const drawingOf = (name) => icons[name]?.body ?? icons[aliases[name]?.parent]?.body;
  const { ICONS } = await loadSource("src/domain/canvas/a2ui-catalog.ts");
  const drawn = ICONS.map((name) => {
    const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const drawing = DRAWN_AS[name] === undefined ? (drawingOf(`${kebab}-outline`) ?? drawingOf(kebab)) : drawingOf(DRAWN_AS[name]);
    if (drawing === undefined) throw new Error(`there is no drawing for the icon ${name}`);
    return [name, drawing];
  });
  return `export const icons = new Map(${JSON.stringify(drawn)});`;
}

/** A module of the sources that imports nothing but its like. */
async function loadSource(path) {
  const { outputFiles } = await build({ absWorkingDir: root, entryPoints: [path], bundle: true, format: "esm", write: false, logLevel: "warning" });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

const bundle = (entry, outfile, plugins = []) =>
  build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(out, outfile),
    bundle: true,
    format: "iife",
    platform: "browser",
    target: ["chrome111", "safari16.4", "firefox113"],
    minify: true,
    // This package calls itself free of side effects, which its custom elements are not.
    ignoreAnnotations: true,
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    tsconfig: "tsconfig.web.json",
    plugins,
  });

/** The licences of all packages that a bundle has something of, and of the icons, which are data. */
function noticesOf({ outputs }) {
  const inputs = Object.fromEntries(Object.values(outputs).flatMap((output) => Object.entries(output.inputs)).filter(([, { bytesInOutput }]) => bytesInOutput > 0));
  return noticesFor("The A2UI page contains", [...Object.keys(inputs).flatMap(packageFolder), "node_modules/@iconify-json/material-symbols"], root);
}

const kilobytes = (bytes) => `${(bytes / 1_000).toFixed(0)} kB`;

/** Writes dist/canvas anew; resolves with a line that says how large the page is. */
export async function buildCanvas() {
  await rm(out, { recursive: true, force: true });
  await mkdir(join(out, "a2ui"), { recursive: true });
  const met = new Set();
  const [page] = await Promise.all([
    bundle("web/a2ui/main.ts", "a2ui/a2ui.js", [replaceModules(met)]),
    bundle("web/canvas/canvas-page.ts", "a2ui/canvas-page.js"),
    bundle("web/a2ui/a2ui.css", "a2ui/a2ui.css"),
    copyFile(join(root, "web", "a2ui", "index.html"), join(out, "a2ui", "index.html")),
    copyFile(join(root, "web", "canvas", "first-page.html"), join(out, "first-page.html")),
  ]);
  const missed = Object.keys(REPLACED).filter((name) => !met.has(name));
  if (missed.length > 0) throw new Error(`the A2UI renderer has no ${missed.join(", ")} any more; see scripts/build-canvas.mjs`);
  await writeFile(join(out, "a2ui", "NOTICES.txt"), await noticesOf(page.metafile));
  const code = await readFile(join(out, "a2ui", "a2ui.js"));
  const packed = gzipSync(code, { level: 9 });
  await writeFile(join(out, "a2ui", "a2ui.js.gz"), packed);
  if (process.argv.includes("--sizes")) console.log(largest(page.metafile));
  return `A2UI page ${kilobytes(code.length)}, ${kilobytes(packed.length)} on the wire`;
}

const largest = ({ outputs }) => {
  const bytes = new Map();
  for (const [path, { bytesInOutput }] of Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs))) {
    const owner = packageFolder(path)[0] ?? relative(".", path).split("/").slice(0, 2).join("/");
    bytes.set(owner, (bytes.get(owner) ?? 0) + bytesInOutput);
  }
  return [...bytes].sort(([, a], [, b]) => b - a).slice(0, 16).map(([owner, size]) => `${kilobytes(size).padStart(8)}  ${owner}`).join("\n");
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) console.log(await buildCanvas());
