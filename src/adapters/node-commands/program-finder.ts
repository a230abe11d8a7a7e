import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import type { Program } from "../../domain/nodes/exec-policy/judge-run.js";
import type { SystemHost } from "./system-host.js";

/**
 * The program that a word names: along the host's own PATH, or, where it has a slash, from that folder on. Entries of
 * PATH that depend on where one stands are passed over, since a file that lies there by chance is not meant.
 */
export async function findProgram(word: string, host: Pick<SystemHost, "platform" | "env">, cwd: string): Promise<Program | undefined> {
  const isPath = word.includes("/") || (host.platform === "win32" && /[\\:]/u.test(word));
  const folders = isPath ? [cwd] : (host.env["PATH"] ?? host.env["Path"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  for (const folder of folders) {
    for (const ending of endingsOf(word, host)) {
      const found = isPath ? resolve(folder, `${word}${ending}`) : join(folder, `${word}${ending}`);
      const real = await realProgram(found);
      if (real !== undefined) return { found, real };
    }
  }
  return undefined;
}

/** Batch files are none: Windows runs them through a shell that reads their arguments anew. */
const endingsOf = (word: string, { platform }: Pick<SystemHost, "platform">): readonly string[] =>
  platform !== "win32" || /\.(?:exe|com)$/iu.test(word) ? [""] : [".com", ".exe"];

async function realProgram(path: string): Promise<string | undefined> {
  try {
    const real = await realpath(path);
    await access(real, constants.X_OK);
    return (await stat(real)).isFile() ? real : undefined;
  } catch {
    return undefined;
  }
}
