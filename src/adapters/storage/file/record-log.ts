import { rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

import { openTemporary, syncFolder } from "./atomic-file.js";
import { openGuarded, readExactly, READ_WRITE, writeExactly } from "./guarded-file.js";
import { isHeader, parseChanges, parseLine, renderHeader, type RecordChange } from "./record-line.js";
import { StateFileError } from "./state-file-error.js";

const NEWLINE = 0x0a;
const CHUNK_BYTES = 64 * 1024;

/** The changes that were stored together. `number` counts lines from 1. */
export interface RecordLine {
  readonly number: number;
  readonly changes: readonly RecordChange[];
  readonly bytes: number;
}

/**
 * An append-only file of lines with checksums. Only the last one can have been under way when the gateway or the power
 * went: it is torn if its end is missing, or if it has NUL bytes, as blocks have that never reached the disk. A torn one
 * is read as none and cut away with the next write. Any other line that is not as it was written is damage.
 */
export class RecordLog {
  readonly #path: string;
  readonly #handle: FileHandle;
  /** Where the file is until it is installed. */
  #temporary: string | undefined;
  /** Of what was stored. Behind it may be rests of what was not, unless `clean`. */
  #end = 0;
  #clean = true;
  /** Whether a power cut would leave the file under its name. */
  #placed = true;

  private constructor(path: string, handle: FileHandle, temporary?: string) {
    this.#path = path;
    this.#handle = handle;
    this.#temporary = temporary;
  }

  /** The file, made where it is missing. @throws {StateFileError} */
  static async open(path: string): Promise<RecordLog> {
    const handle = await openGuarded(path, READ_WRITE);
    if (handle) return new RecordLog(path, handle);
    const log = await RecordLog.beside(path);
    try {
      await log.install();
      return log;
    } finally {
      await log.discard();
    }
  }

  /** An empty log beside what is there, to be filled, then {@link install installed} or {@link discard discarded}. @throws {StateFileError} */
  static async beside(path: string): Promise<RecordLog> {
    const temporary = await openTemporary(path).catch((cause: unknown) => {
      throw new StateFileError(path, "unwritable", { cause });
    });
    const log = new RecordLog(path, temporary.handle, temporary.path);
    try {
      await log.write(renderHeader());
      return log;
    } catch (error) {
      await log.discard();
      throw error;
    }
  }

  /** Puts the log in its place, whole, over what was there. @throws {StateFileError} and nothing has changed. */
  async install(): Promise<void> {
    await this.#saying("unwritable", async () => {
      await this.#handle.sync();
      if (this.#temporary !== undefined) await rename(this.#temporary, this.#path);
    });
    this.#temporary = undefined;
    // Where that fails, it is made up for before anything else counts as stored.
    this.#placed = false;
    await this.#place().catch(() => undefined);
  }

  /** Removes a log that was not installed. */
  async discard(): Promise<void> {
    if (this.#temporary === undefined) return;
    await this.#handle.close();
    await rm(this.#temporary, { force: true });
  }

  /** In bytes. */
  get size(): number {
    return this.#end;
  }

  /** What was stored, oldest first. To be read to its end before anything is written. @throws {StateFileError} */
  async *read(): AsyncGenerator<RecordLine> {
    let number = 0;
    let bad: number | undefined;
    this.#end = 0;
    for await (const { bytes, ended } of this.#lines()) {
      if (bad !== undefined) throw this.damaged(bad);
      number += 1;
      const changes = ended ? changesOf(parseLine(bytes), number) : undefined;
      if (changes) {
        this.#end += bytes.length + 1;
        yield { number, changes, bytes: bytes.length + 1 };
      } else if (number > 1 && (!ended || bytes.includes(0))) {
        bad = number;
        this.#clean = false;
      } else {
        throw this.damaged(number);
      }
    }
    if (number === 0) throw new StateFileError(this.#path, "damaged", { detail: "it is empty" });
  }

  damaged(line: number): StateFileError {
    return new StateFileError(this.#path, "damaged", { detail: `line ${line}` });
  }

  /** Adds a line, durable once resolved. Rejected, it is not there. @throws {StateFileError} */
  async append(line: Uint8Array): Promise<void> {
    await this.#saying("unwritable", async () => {
      await this.#place();
      if (!this.#clean) await this.#cut();
      this.#clean = false;
      try {
        await writeExactly(this.#handle, line, this.#end);
        await this.#handle.datasync();
      } catch (error) {
        // If that fails as well, the next line does it first.
        await this.#cut().catch(() => undefined);
        throw error;
      }
      this.#end += line.length;
      this.#clean = true;
    });
  }

  /** Adds bytes that a crash may still undo. @throws {StateFileError} */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#saying("unwritable", () => writeExactly(this.#handle, bytes, this.#end));
    this.#end += bytes.length;
  }

  /** Adds the lines that another log holds from there on, as {@link write} does. Returns where they ended. @throws {StateFileError} */
  async copy(other: RecordLog, start: number): Promise<number> {
    const end = other.#end;
    for (let position = start; position < end; ) {
      const length = Math.min(CHUNK_BYTES, end - position);
      const bytes = await other.#saying("unreadable", () => readExactly(other.#handle, position, length));
      if (bytes.length < length) throw new StateFileError(other.#path, "damaged", { detail: "it became shorter" });
      await this.write(bytes);
      position += length;
    }
    return end;
  }

  /** Makes what was written durable. @throws {StateFileError} */
  async sync(): Promise<void> {
    await this.#saying("unwritable", () => this.#handle.sync());
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async *#lines(): AsyncGenerator<{ readonly bytes: Buffer; readonly ended: boolean }> {
    // Of the line whose end has not been reached yet.
    let pieces: Buffer[] = [];
    for (let position = 0; ; ) {
      const from = position;
      const chunk = await this.#saying("unreadable", () => readExactly(this.#handle, from, CHUNK_BYTES));
      let start = 0;
      for (let newline = chunk.indexOf(NEWLINE); newline !== -1; newline = chunk.indexOf(NEWLINE, start)) {
        pieces.push(chunk.subarray(start, newline));
        yield { bytes: Buffer.concat(pieces), ended: true };
        pieces = [];
        start = newline + 1;
      }
      if (start < chunk.length) pieces.push(chunk.subarray(start));
      if (chunk.length < CHUNK_BYTES) break;
      position += chunk.length;
    }
    if (pieces.length > 0) yield { bytes: Buffer.concat(pieces), ended: false };
  }

  /** Takes away what is behind the end. */
  async #cut(): Promise<void> {
    await this.#handle.truncate(this.#end);
    await this.#handle.sync();
    this.#clean = true;
  }

  async #place(): Promise<void> {
    if (this.#placed) return;
    await syncFolder(dirname(this.#path));
    this.#placed = true;
  }

  async #saying<R>(problem: "unreadable" | "unwritable", work: () => Promise<R>): Promise<R> {
    try {
      return await work();
    } catch (cause) {
      throw cause instanceof StateFileError ? cause : new StateFileError(this.#path, problem, { cause });
    }
  }
}

function changesOf(value: unknown, line: number): readonly RecordChange[] | undefined {
  if (line > 1) return parseChanges(value);
  return isHeader(value) ? [] : undefined;
}
