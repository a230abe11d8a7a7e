import { cp } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PROGRAM } from "./daemon.js";

/** What a gateway without channels loads beside its own files. */
const PACKAGES = ["chokidar", "readdirp", "mrmime"];

/** Copies the built program into a folder, as for a user who may not look into ours. Gives back its path. */
export async function installProgram(folder: string): Promise<string> {
  await cp(dirname(PROGRAM), join(folder, "bin"), { recursive: true });
  for (const name of PACKAGES) await cp(join(dirname(PROGRAM), "..", "..", "node_modules", name), join(folder, "node_modules", name), { recursive: true });
  return join(folder, "bin", "openclaw.mjs");
}
