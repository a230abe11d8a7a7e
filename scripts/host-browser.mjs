import { findBrowser } from "../dist/adapters/node-commands/browser/find-browser.js";

/** The browser that `CHROMIUM_PATH` names, else the host's. Throws where there is none. */
export async function hostBrowser() {
  const path = await findBrowser(process.env.CHROMIUM_PATH);
  if (path === undefined) throw new Error("No Chromium was found: name one in CHROMIUM_PATH.");
  return path;
}
