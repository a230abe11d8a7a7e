import type { MediaKind } from "../domain/messaging/abilities.js";
import type { StoredMedia } from "../domain/messaging/outbound.js";
import type { EpochMs } from "../domain/moment.js";

export interface MediaFacts {
  readonly kind: MediaKind;
  readonly mimeType: string;
  /** For the eye; never becomes part of a path. */
  readonly fileName: string;
}

export type MediaKept =
  | { readonly kind: "stored"; readonly media: StoredMedia }
  /** The stream outgrew the limit; nothing of it was kept. */
  | { readonly kind: "too-large" }
  /** The stream broke off; nothing of it was kept. `reason` is a whole sentence. */
  | { readonly kind: "broken"; readonly reason: string };

/** Files on their way in or out, by ids of its own. */
export interface MediaStore {
  open(): Promise<void>;
  /** Keeps a stream of at most `maxBytes`, and reads no more of it than that. Durable once resolved. */
  put(facts: MediaFacts, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<MediaKept>;
  /** Throws while it is read where the file is gone. */
  read(media: StoredMedia): AsyncIterable<Uint8Array>;
  /** Removes files that were put before this moment. Returns how many. */
  sweep(before: EpochMs): Promise<number>;
  close(): Promise<void>;
}
