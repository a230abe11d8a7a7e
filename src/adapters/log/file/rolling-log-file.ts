import { closeSync, constants, fchmodSync, fdatasync, fstatSync, mkdirSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;
const OPEN = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const LINE_BREAKS = /[\r\n]+/g;

interface OpenLog {
  readonly descriptor: number;
  size: number;
}

/**
 * A log file with room for `maxBytes`; a full one moves to `<path>.1`, over the one that was there. Readable by its
 * owner only. A line is with the operating system when {@link write} returns, so that it outlives the process.
 *
 * Never throws from {@link write}: a full disk must not stop the gateway. Lines that could not be written are counted.
 */
export class RollingLogFile {
  readonly #path: string;
  readonly #maxBytes: number;
  #file: OpenLog | undefined;
  #closed = false;
  #dropped = 0;

  constructor({ path, maxBytes = DEFAULT_MAX_BYTES }: { path: string; maxBytes?: number }) {
    this.#path = path;
    this.#maxBytes = maxBytes;
  }

  get path(): string {
    return this.#path;
  }

  /** Lines lost to a disk that refused them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Opens the file now rather than with the first line, so that a wrong path is known at the start. Throws the system's error. */
  open(): void {
    this.#file ??= openLog(this.#path);
  }

  /** Adds one line, with or without its end. Line breaks inside it become blanks: one call is one line. */
  write(line: string): void {
    if (this.#closed) return;
    const bytes = Buffer.from(`${line.trimEnd().replaceAll(LINE_BREAKS, " ")}\n`, "utf8");
    try {
      let file = (this.#file ??= openLog(this.#path));
      if (file.size > 0 && file.size + bytes.length > this.#maxBytes) file = this.#rotate(file);
      for (let written = 0; written < bytes.length; ) {
        const count = writeSync(file.descriptor, bytes, written);
        written += count;
        file.size += count;
      }
    } catch {
      this.#dropped += 1;
    }
  }

  /** Resolves once all lines so far survive a power cut, or the disk refused. */
  async flush(): Promise<void> {
    const file = this.#file;
    if (!file) return;
    await new Promise<void>((resolve) => {
      fdatasync(file.descriptor, () => resolve());
    });
  }

  /** Flushes and lets the file go; lines that come later are left out. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    const file = this.#file;
    this.#file = undefined;
    if (file) closeSync(file.descriptor);
  }

  #rotate(full: OpenLog): OpenLog {
    try {
      renameSync(this.#path, `${this.#path}.1`);
    } catch {
      // Better a log that grows than one that ends.
      return full;
    }
    this.#file = undefined;
    closeSync(full.descriptor);
    this.#file = openLog(this.#path);
    return this.#file;
  }
}

function openLog(path: string): OpenLog {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const descriptor = openSync(path, OPEN, 0o600);
  try {
    const facts = fstatSync(descriptor);
    if (!facts.isFile()) throw new Error("The log path is not a regular file.");
    if ((facts.mode & 0o077) !== 0) fchmodSync(descriptor, 0o600);
    return { descriptor, size: facts.size + endLine(descriptor, facts.size) };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Ends a line that a crash cut off, so that the next is not glued to it. Returns the bytes it added. */
function endLine(descriptor: number, size: number): number {
  const last = Buffer.alloc(1);
  if (size === 0 || readSync(descriptor, last, 0, 1, size - 1) === 0 || last[0] === 0x0a) return 0;
  return writeSync(descriptor, "\n");
}
