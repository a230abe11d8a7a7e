// Builds dist/web: the pages Control and WebChat, by Vite, each with the packed forms of its files and a listing of them
// that the gateway serves by. Nothing of it is loaded by the gateway: it is read from the disk when somebody looks.
import { createHash } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "vite";
import { noticesFor, packageFolder } from "./notices.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const pages = join(root, "web", "pages");
const out = join(root, "dist", "web");

/** Of all that a page may load, gzipped. */
const LIMIT_BYTES = 150_000;
const ENTRIES = { control: "index.html", chat: "chat.html" };
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8" };

const ICON = "icon:";

/** `icon:<name>` is a drawing of Material Symbols, as a template; only what is imported gets into a page. */
function icons() {
  const file = createRequire(import.meta.url).resolve("@iconify-json/material-symbols/icons.json");
  let known;
  return {
    name: "icons",
    resolveId: (id) => (id.startsWith(ICON) ? `\0${id}` : undefined),
    async load(id) {
      if (!id.startsWith(`\0${ICON}`)) return undefined;
      known ??= readFile(file, "utf8").then(JSON.parse);
      const { icons: drawings, aliases } = await known;
      const name = id.slice(ICON.length + 1);
      const drawing = drawings[name]?.body ?? drawings[aliases[name]?.parent]?.body;
      if (drawing === undefined) throw new Error(`there is no drawing for the icon ${name}`);
      return `import { svg } from "lit";\nexport default svg\`${drawing}\`;`;
    },
  };
}

const METHODS = "protocol:methods";

/** `protocol:methods` is what a caller has to know of each method, out of the generated schema: the params, and no result. */
function protocol() {
  const file = join(root, "generated", "schema", "protocol.schema.json");
  const pascalCase = (name) => name.split(/[^A-Za-z0-9]+/).map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");
  return {
    name: "protocol",
    resolveId: (id) => (id === METHODS ? `\0${METHODS}` : undefined),
    async load(id) {
      if (id !== `\0${METHODS}`) return undefined;
      const { definitions, methods } = JSON.parse(await readFile(file, "utf8"));
      const known = Object.entries(methods).map(([name, facts]) => [name, { ...facts, params: definitions[`${pascalCase(name)}Params`] }]);
      return `export const methods = JSON.parse(${JSON.stringify(JSON.stringify(Object.fromEntries(known)))});`;
    },
  };
}

/** Writes dist/web anew; resolves with lines that say how large each page is, and rejects where one is too large. */
export async function buildWeb() {
  const { output } = await build({
    configFile: false,
    root: pages,
    // Relative, so that the pages work below any path.
    base: "./",
    logLevel: "warn",
    clearScreen: false,
    plugins: [icons(), protocol()],
    build: {
      outDir: out,
      emptyOutDir: true,
      target: ["chrome111", "safari16.4", "firefox113"],
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, join(pages, file)])),
      },
    },
  });
  const modules = output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
  const folders = [...modules.map((id) => id.split("?")[0]).flatMap(packageFolder), "node_modules/@awesome.me/webawesome", "node_modules/@iconify-json/material-symbols"];
  await writeFile(join(out, "NOTICES.txt"), await noticesFor("The web pages contain", folders, root));
  const sizes = await packAll();
  const report = Object.entries(ENTRIES).map(([name, file]) => sizeOf(name, { file, output, sizes }));
  const large = report.filter(({ total }) => total > LIMIT_BYTES);
  if (large.length > 0) throw new Error(`${large.map(({ line }) => line).join("; ")}: more than ${kilobytes(LIMIT_BYTES)} gzipped`);
  return report.map(({ line }) => line).join("\n");
}

/** Packs every file, lists them, and resolves with their gzipped sizes by name. */
async function packAll() {
  const names = (await readdir(out, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1).replaceAll("\\", "/"));
  const listed = await Promise.all(names.sort().map(async (name) => [name, await pack(name)]));
  const files = listed.filter(([name]) => TYPES[extname(name)] !== undefined && name !== "NOTICES.txt");
  await writeFile(join(out, "files.json"), `${JSON.stringify(Object.fromEntries(files.map(([name, { size: _size, ...file }]) => [name, file])), undefined, 1)}\n`);
  return new Map(listed.map(([name, { size }]) => [name, size]));
}

async function pack(name) {
  const bytes = await readFile(join(out, name));
  const packed = await Promise.all([
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
    promisify(gzip)(bytes, { level: 9 }),
  ]);
  const encodings = ["br", "gz"].filter((encoding, nth) => packed[nth].length < bytes.length);
  if (name !== "NOTICES.txt") await Promise.all(encodings.map((encoding) => writeFile(join(out, `${name}.${encoding}`), packed[["br", "gz"].indexOf(encoding)])));
  return { type: TYPES[extname(name)], digest: createHash("sha256").update(bytes).digest("base64url").slice(0, 16), encodings, size: Math.min(bytes.length, packed[1].length) };
}

/** What a page loads at first, and what it may load later. */
function sizeOf(name, { file, output, sizes }) {
  const chunks = new Map(output.filter(({ type }) => type === "chunk").map((chunk) => [chunk.fileName, chunk]));
  const entry = [...chunks.values()].find((chunk) => chunk.facadeModuleId === join(pages, file));
  const reach = (chunk, isLazy, seen) => {
    if (chunk === undefined || seen.has(chunk.fileName)) return seen;
    seen.add(chunk.fileName);
    for (const sheet of chunk.viteMetadata?.importedCss ?? []) seen.add(sheet);
    for (const next of [...chunk.imports, ...(isLazy ? chunk.dynamicImports : [])]) reach(chunks.get(next), isLazy, seen);
    return seen;
  };
  const bytesOf = (names) => [...names].reduce((sum, one) => sum + (sizes.get(one) ?? 0), sizes.get(file) ?? 0);
  const first = bytesOf(reach(entry, false, new Set()));
  const total = bytesOf(reach(entry, true, new Set()));
  return { total, line: `${name} page ${kilobytes(first)} gzipped at first, ${kilobytes(total)} with all that it loads later` };
}

const kilobytes = (bytes) => `${(bytes / 1_000).toFixed(0)} kB`;

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) console.log(await buildWeb());
