import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import process from "node:process";

/** Shells first: they are the same without the windows that nobody would see. */
const NAMES = ["chromium-headless-shell", "chrome-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "microsoft-edge-stable", "brave-browser", "chrome", "msedge"];

const IN_APPLICATIONS = ["Google Chrome", "Chromium", "Microsoft Edge", "Brave Browser"].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);

const inProgramFiles = (env: Environment): readonly string[] =>
  ["ProgramFiles", "ProgramFiles(x86)", "LocalAppData"].flatMap((name) => {
    const root = env[name];
    return root === undefined ? [] : [join(root, "Google", "Chrome", "Application", "chrome.exe"), join(root, "Microsoft", "Edge", "Application", "msedge.exe")];
  });

type Environment = Readonly<Record<string, string | undefined>>;

/** The browser to use, if this host has one: the given one and no other, or the first that is found. */
export async function findBrowser(given: string | undefined, env: Environment = process.env): Promise<string | undefined> {
  if (given !== undefined) return (await isProgram(given)) ? given : undefined;
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const suffix = process.platform === "win32" ? ".exe" : "";
  const elsewhere = process.platform === "darwin" ? IN_APPLICATIONS : process.platform === "win32" ? inProgramFiles(env) : [];
  for (const path of [...NAMES.flatMap((name) => folders.map((folder) => join(folder, `${name}${suffix}`))), ...elsewhere]) {
    if (await isProgram(path)) return path;
  }
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Whether what drives the browser is installed: it is an optional dependency. Looked for, not loaded. */
export function hasDriver(): boolean {
  try {
    createRequire(import.meta.url).resolve("playwright-core");
    return true;
  } catch {
    return false;
  }
}
