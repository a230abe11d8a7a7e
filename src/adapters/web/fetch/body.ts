import type { IncomingMessage } from "node:http";
import { pipeline, Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { tooLarge, WebFault } from "../../../domain/web/web-fault.js";
import { networkFault } from "./exchange.js";
import type { FetchWatch } from "./fetch-watch.js";

export interface BodyBounds {
  readonly watch: FetchWatch;
  readonly maxBytes: number;
  readonly host: string;
}

/** The identity was asked for; some servers store files compressed and send them so to everybody. */
const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip, "x-gzip": createGunzip, deflate: createInflate, br: createBrotliDecompress,
};
/** By how much the compressed form of a file that cannot be compressed may be larger than the file. */
const OVERHEAD_BYTES = 65_536;

/**
 * The bytes of an answer, counted as they come and again after they were decompressed. Its connection and its watch end
 * with it, however it ends. Throws a {@link WebFault}; at once where the answer is announced as too large, or is in an
 * encoding that is not read here.
 */
export function readBody(response: IncomingMessage, bounds: BodyBounds): AsyncGenerator<Uint8Array> {
  const encoding = response.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  const isPlain = encoding === "identity" || encoding === "";
  const wireBytes = bounds.maxBytes + (isPlain ? 0 : OVERHEAD_BYTES);
  if (Number(response.headers["content-length"] ?? 0) > wireBytes) throw tooLarge(bounds.maxBytes);
  const chunks = readChunks(response, bounds);
  if (isPlain) return counted(chunks, wireBytes, bounds);
  const decoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (decoder === undefined) throw new WebFault("http-error", `${bounds.host} sends the file in an encoding that is not read here: get it from elsewhere.`);
  // Compressed bytes are counted as well: an endless stream may decompress to nothing.
  const decoded = decoder();
  pipeline(Readable.from(counted(chunks, wireBytes, bounds)), decoded, () => {});
  return counted(decoded, bounds.maxBytes, bounds);
}

async function* readChunks(response: IncomingMessage, { watch, host }: BodyBounds): AsyncGenerator<Uint8Array> {
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  for (;;) {
    const { done, value } = await watch.within(() => chunks.next(), `${host} stopped sending in the middle of the file: try again later.`);
    if (done === true) return;
    yield value;
  }
}

async function* counted(chunks: AsyncIterable<Uint8Array>, limit: number, { watch, maxBytes, host }: BodyBounds): AsyncGenerator<Uint8Array> {
  let seen = 0;
  try {
    for await (const chunk of chunks) {
      seen += chunk.byteLength;
      if (seen > limit) throw tooLarge(maxBytes);
      yield chunk;
    }
  } catch (error) {
    throw error instanceof WebFault ? error : brokenOff(error, host);
  } finally {
    watch.close();
  }
}

function brokenOff(error: unknown, host: string): WebFault {
  const code = String((error as { readonly code?: unknown } | undefined)?.code);
  const isCoding = /^(?:Z_|ERR_(?:_ERROR_)?(?:BROTLI|FORMAT|PADDING|ALLOC|UNREACHABLE))/u.test(code);
  return isCoding ? new WebFault("http-error", `${host} sent a file whose compression is damaged: get it from elsewhere.`) : networkFault(error, host);
}
