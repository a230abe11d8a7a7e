import { existsSync } from "node:fs";
import { describe } from "@jest/globals";

/** Debian's shell is the same browser without the windows that nobody sees, and takes half the time. */
const BROWSERS = ["/usr/lib/chromium/chromium-headless-shell", "/usr/bin/chromium"];

/** The browser of the tests, whether or not it is there. */
export const CHROMIUM = process.env["CHROMIUM_PATH"] ?? BROWSERS.find((path) => existsSync(path)) ?? "/usr/bin/chromium";

export const isThere = existsSync(CHROMIUM);
if (!isThere) console.warn(`No browser at ${CHROMIUM}: what needs one is skipped. Name one in CHROMIUM_PATH.`);

/** Runs where there is a browser; on CI there is one, or it fails. */
export const inChromium = (name: string, tests: () => void): void =>
  (isThere || process.env["CI"] === "true" ? describe : describe.skip)(name, tests);
