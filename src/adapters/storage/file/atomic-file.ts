import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { chmod, link, mkdir, open, readdir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import { errorCode, StateFileError } from "./state-file-error.js";

// An own writer rather than a package: the usual ones don't sync the folder, so that a power cut can undo a rename
// that was reported as done, and they write where a link points.

const OWNER_ONLY = 0o600;
const FOLDER = 0o700;
const TEMPORARY = /^\.(.+)\.[0-9a-f]{16}\.tmp$/;

export interface StateFile {
  readonly path: string;
  readonly text: string;
}

/** Makes a folder that only its owner can enter, with whatever is missing above it. An open one is closed to others, silently. */
export async function ensureFolder(path: string): Promise<void> {
  try {
    const folder = resolve(path);
    const topmost = await mkdir(folder, { recursive: true, mode: FOLDER });
    if (topmost === undefined) {
      if (((await stat(folder)).mode & 0o077) !== 0) await chmod(folder, FOLDER);
      return;
    }
    for (let made = folder; made.length >= topmost.length; made = dirname(made)) await syncFolder(dirname(made));
  } catch (cause) {
    throw new StateFileError(path, "unwritable", { cause });
  }
}

/**
 * The file's text, or `undefined` where there is none. A file that others may read is closed to them first, silently:
 * refusing to start over it would help nobody, and the owner can't be asked here. A key is another matter: who could
 * read it may have, so its owner should know. `refuse` says so; `leave` is for file systems that know no owners.
 */
export async function readStateFile(path: string, whenExposed: "close" | "refuse" | "leave" = "close"): Promise<string | undefined> {
  try {
    // Without O_NONBLOCK a FIFO in the file's place would hang the gateway.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const facts = await handle.stat();
      if (!facts.isFile()) throw new StateFileError(path, "damaged", { detail: "not a regular file" });
      if ((facts.mode & 0o077) !== 0) await closeToOthers(handle, path, whenExposed);
      return await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return undefined;
    throw cause instanceof StateFileError ? cause : new StateFileError(path, "unreadable", { cause });
  }
}

async function closeToOthers(handle: FileHandle, path: string, whenExposed: "close" | "refuse" | "leave"): Promise<void> {
  // Windows reports modes that say nothing of who may read.
  if (whenExposed === "leave" || process.platform === "win32") return;
  if (whenExposed === "close") return handle.chmod(OWNER_ONLY);
  const command = `chmod 600 '${path.replaceAll("'", String.raw`'\''`)}'`;
  throw new StateFileError(path, "exposed", { detail: `close it with ${command}, or set OPENCLAW_ALLOW_READABLE_SECRETS=1 where that has no effect` });
}

/**
 * Replaces files, each whole or not at all, in the order given; durable once resolved. All are written aside before the
 * first is put in place, so that a full disk changes none of them.
 */
export async function writeStateFiles(files: readonly StateFile[]): Promise<void> {
  const staged: { readonly path: string; readonly temporary: string }[] = [];
  for (const { path, text } of files) {
    try {
      staged.push({ path, temporary: await stage(path, text) });
    } catch (cause) {
      await discard(staged);
      throw new StateFileError(path, "unwritable", { cause });
    }
  }
  for (const { path, temporary } of staged) {
    try {
      await rename(temporary, path);
    } catch (cause) {
      await discard(staged);
      throw new StateFileError(path, "unwritable", { cause });
    }
  }
  for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
    await syncFolder(folder).catch((cause: unknown) => {
      throw new StateFileError(folder, "unwritable", { cause });
    });
  }
}

/** Creates a file with this text, whole from the first moment anybody can see it. `false` if there is one already. */
export async function createStateFile(path: string, text: string): Promise<boolean> {
  try {
    const temporary = await stage(path, text);
    try {
      return await linkOrCreate(temporary, { path, text });
    } finally {
      await rm(temporary, { force: true });
      await syncFolder(dirname(path));
    }
  } catch (cause) {
    throw new StateFileError(path, "unwritable", { cause });
  }
}

/** An empty file beside `path`, to be filled and renamed over it. {@link sweepTemporaries} finds it if the process dies before. */
export async function openTemporary(path: string): Promise<{ readonly path: string; readonly handle: FileHandle }> {
  const temporary = temporaryBeside(path);
  return { path: temporary, handle: await open(temporary, "wx+", OWNER_ONLY) };
}

/** Removes what a killed process left half-written beside the files that `isOurs` names. */
export async function sweepTemporaries(folder: string, isOurs: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(folder)) {
    const target = TEMPORARY.exec(name)?.[1];
    if (target !== undefined && isOurs(target)) await rm(join(folder, name), { force: true });
  }
}

/** Makes what was created, renamed or removed in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  // Windows can't open a folder; there the journal of the file system has to do.
  if (process.platform === "win32") return;
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    // Some network and FUSE file systems know no sync of folders.
    if (errorCode(error) !== "EINVAL" && errorCode(error) !== "ENOTSUP") throw error;
  } finally {
    await handle.close();
  }
}

const temporaryBeside = (path: string): string => join(dirname(path), `.${basename(path)}.${randomBytes(8).toString("hex")}.tmp`);

async function stage(path: string, text: string): Promise<string> {
  const temporary = temporaryBeside(path);
  try {
    await writeNew(temporary, text);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return temporary;
}

async function writeNew(path: string, text: string): Promise<void> {
  const handle = await open(path, "wx", OWNER_ONLY);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function linkOrCreate(temporary: string, { path, text }: StateFile): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST") return false;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS") throw error;
  }
  // A file system without hard links (exFAT, some network shares): exclusive still, but for an instant visible while empty.
  try {
    await writeNew(path, text);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

const discard = async (staged: readonly { readonly temporary: string }[]): Promise<void> => {
  await Promise.all(staged.map(({ temporary }) => rm(temporary, { force: true })));
};
