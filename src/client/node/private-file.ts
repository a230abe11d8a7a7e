import { randomBytes } from "node:crypto";
import { link, mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | undefined)?.code;

/** A file of this device's own that can't be used. The message names it, says what to do, and quotes nothing of it. */
export class PrivateFileError extends Error {
  override readonly name = "PrivateFileError";
}

export type WhenExposed = "close" | "refuse" | "leave";

/**
 * The text of a file, or `undefined` where there is none. One that other users of this host can read is closed to them
 * first (`close`), refused (`refuse`), or read as it is (`leave`).
 */
export async function readPrivateFile(path: string, whenExposed: WhenExposed = "close"): Promise<string | undefined> {
  try {
    const file = await open(path, "r");
    try {
      if (process.platform !== "win32" && ((await file.stat()).mode & 0o077) !== 0) await closeToOthers(file, path, whenExposed);
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error instanceof PrivateFileError ? error : new PrivateFileError(`cannot read ${path} (${String(codeOf(error))})`, { cause: error });
  }
}

async function closeToOthers(file: FileHandle, path: string, whenExposed: WhenExposed): Promise<void> {
  if (whenExposed === "leave") return;
  // Some file systems know no such thing, and what is in there opens nothing by itself.
  if (whenExposed === "close") return file.chmod(0o600).catch(() => undefined);
  const command = `chmod 600 '${path.replaceAll("'", String.raw`'\''`)}'`;
  throw new PrivateFileError(`${path} holds a key and can be read by other users of this host: close it with ${command}, or set OPENCLAW_ALLOW_READABLE_SECRETS=1 where that has no effect.`);
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
    throw new PrivateFileError(`cannot write ${path} (${String(codeOf(error))})`, { cause: error });
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
