import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

import { errorCode, StateFileError } from "./state-file-error.js";

// No link in the file's place is followed, no FIFO waited for. Windows knows neither flag.
const GUARD = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export const READ = constants.O_RDONLY | GUARD;
export const READ_WRITE = constants.O_RDWR | GUARD;
export const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | GUARD;

/**
 * A regular file, closed to others if it was open to them. `undefined` where there is none and the flags do not ask for
 * one.
 *
 * @throws {StateFileError}
 */
export async function openGuarded(path: string, flags: number): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, flags, 0o600);
  } catch (cause) {
    const code = errorCode(cause);
    if (code === "ENOENT" && (flags & constants.O_CREAT) === 0) return undefined;
    if (code === "ELOOP") throw new StateFileError(path, "outside", { detail: "a link stands in its place" });
    if (code === "EISDIR") throw new StateFileError(path, "damaged", { detail: "not a regular file" });
    throw new StateFileError(path, flags === READ ? "unreadable" : "unwritable", { cause });
  }
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw new StateFileError(path, "damaged", { detail: "not a regular file" });
    if ((facts.mode & 0o077) !== 0) await handle.chmod(0o600);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** So many bytes from there on, or fewer where the file ends before. */
export async function readExactly(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) return buffer.subarray(0, filled);
    filled += bytesRead;
  }
  return buffer;
}

/** All of the bytes, at that position. */
export async function writeExactly(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}
