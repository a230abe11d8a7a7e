import type { StoredMedia } from "../../domain/messaging/outbound.js";
import { safeFileName } from "../../domain/messaging/file-name.js";
import { mediaKindOf } from "../../domain/messaging/media-kind.js";
import { invalidRequest, unavailable, type ErrorShape } from "../../domain/protocol/errors.js";
import type { Channel } from "../../ports/channel.js";
import type { MediaStore } from "../../ports/media-store.js";
import type { WebFetch } from "../../ports/web-fetch.js";

/** A file that is to go out: somewhere to fetch it from, or its bytes. */
export type OutboundSource =
  | { readonly kind: "url"; readonly url: string; readonly asVoice?: boolean; readonly asDocument?: boolean }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly fileName?: string; readonly mimeType?: string; readonly asVoice?: boolean; readonly asDocument?: boolean };

/** Fetches and keeps the files of a message before it is planned, within what its channel can carry. */
export class OutboundMedia {
  readonly #deps: { readonly store: MediaStore; readonly web: WebFetch };

  constructor(deps: { store: MediaStore; web: WebFetch }) {
    this.#deps = deps;
  }

  async keep(channel: Channel, sources: readonly OutboundSource[]): Promise<{ readonly media: readonly StoredMedia[] } | ErrorShape> {
    const limits = channel.abilities.media;
    if (limits === undefined) return invalidRequest(`channel ${channel.id} can't carry media`);
    const media: StoredMedia[] = [];
    for (const source of sources) {
      const kept = await this.#keepOne(channel, source, limits.maxOutBytes);
      if ("code" in kept) return kept;
      const kind = limits.kinds.includes(kept.kind) ? kept.kind : "file";
      if (!limits.kinds.includes(kind)) return invalidRequest(`channel ${channel.id} can't carry ${kept.kind} files`);
      media.push({ ...kept, kind });
    }
    return { media };
  }

  async #keepOne(channel: Channel, source: OutboundSource, maxBytes: number): Promise<StoredMedia | ErrorShape> {
    const found = source.kind === "url" ? await this.#deps.web.fetch({ url: source.url, maxBytes }) : { ...source, kind: "fetched" as const, bytes: once(source.bytes) };
    if (found.kind === "refused") {
      return found.code === "http-error" || found.code === "unreachable" ? unavailable(found.reason, { retryable: true }) : invalidRequest(found.reason);
    }
    const { mimeType = "application/octet-stream", fileName } = found;
    const kind = source.asDocument === true ? "file" : mediaKindOf(mimeType, fileName, { voice: source.asVoice === true });
    const kept = await this.#deps.store.put({ kind, mimeType, fileName: safeFileName(fileName ?? "", kind) }, found.bytes, maxBytes);
    switch (kept.kind) {
      case "stored":
        return kept.media;
      case "too-large":
        return invalidRequest(`the file is larger than the ${Math.floor(maxBytes / 1_048_576)} MiB that channel ${channel.id} carries`);
      case "broken":
        return unavailable(kept.reason, { retryable: true });
    }
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
