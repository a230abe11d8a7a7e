// Pictures of the web pages, light and dark, for the README and the documents: docs/images/*.png. `npm run build` first;
// needs a Chromium. With names of shots behind it, `node scripts/screenshots.mjs control-logs`, only those are taken anew.
import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { CONTROL } from "./screenshots/control.mjs";

const images = process.env.SCREENSHOTS_DIR ?? join(dirname(fileURLToPath(import.meta.url)), "..", "docs", "images");

/**
 * Each of these opens something to be looked at, `open(browser)` → `{ context, page, shots, close }`, where `shots` is a list
 * of `{ name, show(page), phone? }`: `show` brings the page where it is to be taken, `phone` takes it in a phone's size.
 */
const SCENES = [CONTROL];
const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

const wanted = process.argv.slice(2);
const isWanted = ({ name }) => wanted.length === 0 || wanted.includes(name);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
mkdirSync(images, { recursive: true });
try {
  for (const scene of SCENES) {
    if (!scene.shots.some(isWanted)) continue;
    const { page, close } = await scene.open(browser);
    for (const shot of scene.shots.filter(isWanted)) {
      await page.setViewportSize(shot.phone ? SIZES.phone : SIZES.desktop);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.mouse.move(0, 0);
        await shot.show(page);
        await page.waitForTimeout(150);
        const path = join(images, `${shot.name}-${colorScheme}.png`);
        await page.screenshot({ path, caret: "hide" });
        console.log(`${path} ${Math.round(statSync(path).size / 1024)} kB`);
      }
    }
    await close();
  }
} finally {
  await browser.close();
}
