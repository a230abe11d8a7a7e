import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import type { StoredMedia } from "../../../domain/messaging/outbound.js";
import type { EpochMs } from "../../../domain/moment.js";
import type { MediaFacts, MediaKept, MediaStore } from "../../../ports/media-store.js";
import { ensureFolder, sweepTemporaries } from "./atomic-file.js";
import { openGuarded, READ, readExactly } from "./guarded-file.js";
import { IncomingFile } from "./incoming-file.js";
import { errorCode, StateFileError } from "./state-file-error.js";

const CHUNK_BYTES = 64 * 1024;

// The moment is in the name: that of the file system is of another clock, and a restored backup changes it.
const ID = /^(\d{1,16})-[0-9a-f]{32}$/;
const createId = (at: EpochMs): string => `${at}-${randomBytes(16).toString("hex")}`;

/**
 * Files in a folder of their own, each under its id and nothing but its bytes; what is known about it stays with whoever
 * put it. One is there whole or not at all.
 *
 * @throws {StateFileError} where a file cannot be used.
 */
export class FileMediaStore implements MediaStore {
  readonly #dir: string;
  readonly #now: () => EpochMs;
  #open = false;

  constructor({ dir, now }: { dir: string; now: () => EpochMs }) {
    this.#dir = dir;
    this.#now = now;
  }

  async open(): Promise<void> {
    await ensureFolder(this.#dir);
    await sweepTemporaries(this.#dir, (name) => ID.test(name));
    this.#open = true;
  }

  async put({ kind, mimeType, fileName }: MediaFacts, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<MediaKept> {
    this.#mustBeOpen();
    const id = createId(this.#now());
    const file = new IncomingFile(join(this.#dir, id));
    try {
      const refusal = await this.#receive(file, bytes, maxBytes);
      if (refusal) return refusal;
      await file.keep();
    } finally {
      await file.drop();
    }
    return { kind: "stored", media: { id, kind, mimeType, fileName, bytes: file.length } };
  }

  async *read({ id, bytes }: StoredMedia): AsyncGenerator<Uint8Array> {
    this.#mustBeOpen();
    if (!ID.test(id)) throw new Error("A file was asked for by an id that this store does not give.");
    const path = join(this.#dir, id);
    const handle = await openGuarded(path, READ);
    if (!handle) throw new StateFileError(path, "unreadable", { detail: "it is gone" });
    try {
      for (let position = 0; position < bytes; ) {
        const chunk = await readExactly(handle, position, Math.min(CHUNK_BYTES, bytes - position));
        if (chunk.length === 0) throw new StateFileError(path, "damaged", { detail: "it is shorter than it was" });
        yield chunk;
        position += chunk.length;
      }
    } finally {
      await handle.close();
    }
  }

  async sweep(before: EpochMs): Promise<number> {
    this.#mustBeOpen();
    let swept = 0;
    try {
      for (const name of await readdir(this.#dir)) {
        const at = ID.exec(name)?.[1];
        if (at === undefined || Number(at) >= before) continue;
        await rm(join(this.#dir, name), { force: true });
        swept += 1;
      }
    } catch (cause) {
      throw new StateFileError(this.#dir, "unwritable", { cause });
    }
    return swept;
  }

  /** What is being put ends as broken with its next piece. */
  async close(): Promise<void> {
    this.#open = false;
  }

  /** Writes what comes, or says why it is not kept. The source is told to end where it is not read to its end. */
  async #receive(file: IncomingFile, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<MediaKept | undefined> {
    let verdict: MediaKept | undefined;
    let failure: { readonly error: unknown } | undefined;
    try {
      for await (const chunk of bytes) {
        if (file.length + chunk.length > maxBytes) verdict = { kind: "too-large" };
        // Not thrown inside the loop: it is no fault of the source.
        else failure = await file.write(chunk).then(() => undefined, (error: unknown) => ({ error }));
        if (verdict || failure || !this.#open) break;
      }
    } catch (error) {
      // A source may also fail to end, which changes nothing about what was decided before.
      if (!verdict && !failure) verdict = { kind: "broken", reason: `The file broke off after ${file.length} bytes${codeOf(error)}. Have it sent again.` };
    }
    if (failure) throw failure.error;
    if (verdict || this.#open) return verdict;
    return { kind: "broken", reason: "The gateway closes. Have the file sent again once it is back." };
  }

  #mustBeOpen(): void {
    if (!this.#open) throw new Error("The media store is not open.");
  }
}

/** Nothing else of a foreign error is told: its text may hold an address with a secret in it. */
function codeOf(error: unknown): string {
  const code = errorCode(error);
  return code !== undefined && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? ` (${code})` : "";
}
