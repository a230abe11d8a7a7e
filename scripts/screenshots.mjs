// Takes the pictures of docs/images: a gateway of its own with an agent that follows a script, the host's Chromium, and one
// scene after the other, each in light and dark, on a desk and on a phone. Build first: npm run build
//
//   node scripts/screenshots.mjs            all of them
//   node scripts/screenshots.mjs chat       the scenes whose names begin so
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { createGateway } from "../dist/index.js";
import { ScriptedRuntime } from "../dist/testing/index.js";
import { hostBrowser } from "./host-browser.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = process.env.SCREENSHOTS_DIR ?? join(root, "docs", "images");
const scenesFolder = join(root, "scripts", "screenshots");
const TOKEN = "a-token-for-pictures";
const LIMIT_BYTES = 120_000;

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

/** How a scene is shown; `on` of a scene chooses among them. */
const VIEWS = {
  light: { viewport: DESK, colorScheme: "light" },
  dark: { viewport: DESK, colorScheme: "dark" },
  phone: { viewport: PHONE, colorScheme: "light" },
};

// One of the optional packages brings it: with a palette, pictures of pages take less than half.
const { default: sharp } = await import("sharp").catch(() => ({ default: undefined }));

/**
 * A scene's module exports `scenes`: `{ name, path, on, stranger, show(page, { gateway }) }`, and may export `prepare({ gateway })`
 * for what has to be there first, and `script(turn)` for what the agent says to messages of its own. Where its scenes need a
 * gateway of their own, it exports `open(browser)`, which resolves with `{ gateway, port, token, close }`.
 */
const modules = await Promise.all(
  (await readdir(scenesFolder)).filter((name) => name.endsWith(".mjs")).sort().map((name) => import(pathToFileURL(join(scenesFolder, name)).href)),
);

const gateway = createGateway({
  auth: { token: TOKEN },
  agent: new ScriptedRuntime((turn) => modules.map(({ script }) => script?.(turn)).find((steps) => steps !== undefined) ?? [{ kind: "say", text: "Yes." }]),
  settings: { controlUi: { enabled: true, basePath: "" } },
});
const { port } = await gateway.listen({ port: 0 });
const house = { gateway, port, token: TOKEN, close: () => gateway.close() };
const browser = await chromium.launch({ executablePath: await hostBrowser(), args: ["--no-sandbox", "--font-render-hinting=none"] });

async function enter(view, { gateway, port, token }) {
  const context = await browser.newContext({ ...view, locale: "en-GB", reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${port}/chat#token=${token}`);
  await page.getByRole("heading", { name: "Approve this browser" }).waitFor();
  // Others that wait are to be seen waiting.
  const { pending } = await gateway.call("device.pair.list", {});
  for (const { requestId } of pending.filter(({ clientId }) => clientId === "openclaw-control-ui")) await gateway.call("device.pair.approve", { requestId });
  await page.locator('.link-state[data-kind="open"]').waitFor();
  return context;
}

async function take(scene, [name, view], context, { gateway, port, token }) {
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${port}${scene.path}`);
  await scene.show(page, { gateway, token });
  const file = join(out, `${scene.name}${name === "light" ? "" : `-${name}`}.png`);
  const png = await page.screenshot({ animations: "disabled", caret: "hide" });
  await writeFile(file, sharp === undefined ? png : await sharp(png).png({ palette: true, effort: 10, dither: 0 }).toBuffer());
  await page.close();
  const { size } = await stat(file);
  console.log(`${relative(root, file).padEnd(40)} ${(size / 1_000).toFixed(0).padStart(4)} kB  ${view.viewport.width}×${view.viewport.height}`);
  if (size > LIMIT_BYTES) process.exitCode = 1;
}

/** Every picture that is wanted of these scenes, each in the views it asks for. */
async function takeAll(scenes, of) {
  for (const entry of Object.entries(VIEWS)) {
    const wanted = scenes.filter(({ on }) => on.includes(entry[0]));
    if (wanted.length === 0) continue;
    const own = await enter(entry[1], of);
    for (const scene of wanted) {
      const context = scene.stranger ? await browser.newContext({ ...entry[1], locale: "en-GB", reducedMotion: "reduce" }) : own;
      await take(scene, entry, context, of);
      if (context !== own) await context.close();
    }
    await own.close();
  }
}

try {
  await mkdir(out, { recursive: true });
  const isWanted = ({ name }) => name.startsWith(process.argv[2] ?? "");
  const shared = modules.filter(({ open }) => open === undefined);
  for (const { prepare } of shared) await prepare?.({ gateway });
  await takeAll(shared.flatMap(({ scenes }) => scenes).filter(isWanted), house);
  for (const { open, scenes } of modules.filter((module) => module.open !== undefined && module.scenes.some(isWanted))) {
    const own = await open(browser);
    await takeAll(scenes.filter(isWanted), own);
    await own.close();
  }
} finally {
  await browser.close();
  await gateway.close();
}
