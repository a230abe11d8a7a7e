import { randomBytes } from "node:crypto";
import { mkdir, open, realpath, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * Writes beside the file and renames, so that nobody ever reads half of it and a crash leaves one or the other. The
 * text as it was stays beside it, as `.bak`. A symbolic link stays one.
 */
export async function replaceFile(path: string, text: string, before: string | undefined): Promise<void> {
  const target = before === undefined ? path : await realpath(path);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  if (before !== undefined) await put(`${target}.bak`, before);
  await put(target, text);
}

async function put(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.config.${randomBytes(8).toString("hex")}.tmp`);
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
