import { randomUUID } from "node:crypto";

import type { StoredMedia } from "../../../domain/messaging/outbound.js";
import type { EpochMs } from "../../../domain/moment.js";
import type { MediaFacts, MediaKept, MediaStore } from "../../../ports/media-store.js";

interface Held {
  readonly bytes: Uint8Array;
  readonly at: EpochMs;
}

/** Files for as long as the process lives; closing and opening again keeps them. */
export class MemoryMediaStore implements MediaStore {
  readonly #now: () => EpochMs;
  readonly #held = new Map<string, Held>();
  #open = false;

  constructor({ now }: { now: () => EpochMs }) {
    this.#now = now;
  }

  /** Files held. */
  get size(): number {
    return this.#held.size;
  }

  async open(): Promise<void> {
    this.#open = true;
  }

  async put({ kind, mimeType, fileName }: MediaFacts, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<MediaKept> {
    this.#mustBeOpen();
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const chunk of bytes) {
        length += chunk.length;
        if (length > maxBytes || !this.#open) break;
        // A copy, which a Buffer's slice would not be: a source may use its memory again.
        chunks.push(Uint8Array.from(chunk));
      }
    } catch {
      // Leaving the loop may fail as well; what was decided before counts.
      if (length <= maxBytes) return { kind: "broken", reason: `The file broke off after ${length} bytes. Have it sent again.` };
    }
    if (length > maxBytes) return { kind: "too-large" };
    if (!this.#open) return { kind: "broken", reason: "The gateway closes. Have the file sent again once it is back." };
    const id = randomUUID();
    this.#held.set(id, { bytes: joined(chunks, length), at: this.#now() });
    return { kind: "stored", media: { id, kind, mimeType, fileName, bytes: length } };
  }

  async *read(media: StoredMedia): AsyncGenerator<Uint8Array> {
    this.#mustBeOpen();
    const held = this.#held.get(media.id);
    if (!held) throw new Error("The file is not in the store any more.");
    if (held.bytes.length > 0) yield held.bytes.slice();
  }

  async sweep(before: EpochMs): Promise<number> {
    this.#mustBeOpen();
    const old = [...this.#held].filter(([, { at }]) => at < before);
    for (const [id] of old) this.#held.delete(id);
    return old.length;
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  #mustBeOpen(): void {
    if (!this.#open) throw new Error("The media store is not open.");
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let position = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, position);
    position += chunk.length;
  }
  return bytes;
}
