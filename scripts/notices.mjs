// The licences of the packages that a page contains something of.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const PACKAGE = /node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/g;
const LICENCES = ["LICENSE", "LICENSE.md", "LICENSE.txt", "license", "license.md", "LICENSE-MIT.txt"];

/** The folder of the package that a module belongs to, from `node_modules` on; none for modules of ours. */
export function packageFolder(path) {
  const at = [...path.matchAll(PACKAGE)].at(-1);
  return at === undefined ? [] : [path.slice(path.indexOf("node_modules"), at.index + at[0].length)];
}

/** One text for all of them; `folders` are relative to `root`. */
export async function noticesFor(what, folders, root) {
  const texts = await Promise.all([...new Set(folders)].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8"));
    const licence = await firstText(LICENCES.map((file) => join(root, folder, file)));
    return `${name} ${version} (${license})\n${"=".repeat(60)}\n\n${licence ?? "Licensed as named above; the package has no text of it."}`.trimEnd();
  }));
  return `${what} parts of these packages.\n\n\n${texts.join("\n\n\n")}\n`;
}

async function firstText(paths) {
  for (const path of paths) {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text !== undefined) return text;
  }
  return undefined;
}
