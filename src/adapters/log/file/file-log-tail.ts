import { open, type FileHandle } from "node:fs/promises";

import type { LogPage, LogTail } from "../../../ports/log-tail.js";

const NEWLINE = 0x0a;

/** Pages through a log file by byte offsets. A line that is still being written is left for the next page. */
export class FileLogTail implements LogTail {
  readonly #path: string;

  constructor({ path }: { path: string }) {
    this.#path = path;
  }

  /** A log that is not there yet reads as empty. Throws the system's error if it can't be read. */
  async read({ cursor, limit, maxBytes }: { cursor?: number; limit: number; maxBytes: number }): Promise<LogPage> {
    const handle = await openIfThere(this.#path);
    if (!handle) return { file: this.#path, cursor: 0, size: 0, lines: [], truncated: false, reset: (cursor ?? 0) > 0 };
    try {
      const { size } = await handle.stat();
      const reset = cursor !== undefined && cursor > size;
      const from = cursor === undefined || reset ? 0 : Math.max(0, Math.trunc(cursor));
      const window = await readWindow(handle, { from: Math.max(from, size - maxBytes), to: size });
      const lines = window.lines.slice(-limit);
      const truncated = window.from > from || lines.length < window.lines.length;
      return { file: this.#path, cursor: window.end, size, lines, truncated, reset };
    } finally {
      await handle.close();
    }
  }
}

interface Window {
  readonly from: number;
  /** Where the next page begins: after the last whole line. */
  readonly end: number;
  readonly lines: readonly string[];
}

async function readWindow(handle: FileHandle, { from, to }: { from: number; to: number }): Promise<Window> {
  // One byte more on the left tells whether the window begins with a whole line.
  const left = Math.max(0, from - 1);
  const bytes = await readRange(handle, left, to);
  const wholeFirst = from === 0 || bytes[0] === NEWLINE;
  const begin = wholeFirst ? from - left : bytes.indexOf(NEWLINE) + 1;
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  // The window lies inside one line that is longer than a page: only passing it by gets the reader on.
  if (!wholeFirst && begin === 0) return { from, end: left + bytes.length, lines: [] };
  if (end <= begin) return { from, end: left + begin, lines: [] };
  return { from, end: left + end, lines: bytes.subarray(begin, end - 1).toString("utf8").split("\n") };
}

async function readRange(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.alloc(to - from);
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    // By shape: system errors may come from another realm.
    if (typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
