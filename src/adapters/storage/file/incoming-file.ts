import { rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

import { openTemporary, syncFolder } from "./atomic-file.js";
import { writeExactly } from "./guarded-file.js";
import { StateFileError } from "./state-file-error.js";

/** A file that comes in piece by piece. It has its name once it is whole and durable; until then it can be dropped without a trace. */
export class IncomingFile {
  readonly #path: string;
  #temporary: { readonly path: string; readonly handle: FileHandle } | undefined;
  #length = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  /** @throws {StateFileError} */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#saying(async () => {
      const { handle } = await this.#opened();
      await writeExactly(handle, bytes, this.#length);
      this.#length += bytes.length;
    });
  }

  /** @throws {StateFileError} and nothing is left of it. */
  async keep(): Promise<void> {
    await this.#saying(async () => {
      const { path, handle } = await this.#opened();
      try {
        await handle.sync();
        await rename(path, this.#path);
        await syncFolder(dirname(this.#path));
      } catch (error) {
        await rm(this.#path, { force: true });
        await this.drop();
        throw error;
      }
      this.#temporary = undefined;
      await handle.close();
    });
  }

  /** Without effect on one that was kept. */
  async drop(): Promise<void> {
    const temporary = this.#temporary;
    this.#temporary = undefined;
    await temporary?.handle.close();
    if (temporary) await rm(temporary.path, { force: true });
  }

  async #opened(): Promise<{ readonly path: string; readonly handle: FileHandle }> {
    this.#temporary ??= await openTemporary(this.#path);
    return this.#temporary;
  }

  async #saying(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      throw new StateFileError(this.#path, "unwritable", { cause });
    }
  }
}
