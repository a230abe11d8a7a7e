import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** `dist/<name>` of this package, from wherever this code runs: its one-file bundle, the library, or the sources. */
export function assetsFolder(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (; dirname(folder) !== folder; folder = dirname(folder)) {
    const assets = join(folder, "dist", name);
    if (existsSync(assets)) return assets;
  }
  return join(folder, "dist", name);
}
