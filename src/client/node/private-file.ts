import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | undefined)?.code;

/** The text of a file, or `undefined` where there is none. */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new Error(`cannot read ${path} (${String(codeOf(error))})`, { cause: error });
  }
}

/**
 * Writes a file that only its owner may read, whole or not at all: a crash leaves the old one.
 * With `keepExisting`, a file that is already there stays; the result says whether ours is there now.
 */
export async function writePrivateFile(path: string, text: string, { keepExisting = false } = {}): Promise<boolean> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await writeDurably(draft, text);
    // Unlike rename, link refuses to replace: of two processes that create a file at once, one wins.
    await (keepExisting ? link(draft, path) : rename(draft, path));
    return true;
  } catch (error) {
    if (keepExisting && codeOf(error) === "EEXIST") return false;
    throw new Error(`cannot write ${path} (${String(codeOf(error))})`, { cause: error });
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Takes other users' access to a file or folder away, where the file system knows such a thing. */
export const makePrivate = async (path: string, mode: 0o600 | 0o700): Promise<void> => {
  await chmod(path, mode).catch(() => undefined);
};
