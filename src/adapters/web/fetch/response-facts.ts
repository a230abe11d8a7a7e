import type { IncomingMessage } from "node:http";
import { safeFileName } from "../../../domain/messaging/file-name.js";
import { isVagueType, parseMimeType, SNIFF_BYTES, sniffMimeType } from "../../../domain/messaging/media-type.js";
import { fileNameOfDisposition, percentDecoded } from "../../../domain/web/content-disposition.js";

export interface ResponseFacts {
  readonly mimeType?: string;
  readonly fileName?: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** What an answer says about its file, and what the file's first bytes say where the answer does not know. */
export async function readFacts(response: IncomingMessage, url: URL, bytes: AsyncGenerator<Uint8Array>): Promise<ResponseFacts> {
  const fileName = nameOf(response, url);
  const named = fileName === undefined ? {} : { fileName };
  const said = parseMimeType(response.headers["content-type"] ?? "");
  if (!isVagueType(said)) return { ...(said === undefined ? {} : { mimeType: said }), ...named, bytes };
  const begun = await beginReading(bytes);
  const mimeType = sniffMimeType(begun.head) ?? said;
  return { ...(mimeType === undefined ? {} : { mimeType }), ...named, bytes: begun.bytes };
}

function nameOf(response: IncomingMessage, url: URL): string | undefined {
  const given = fileNameOfDisposition(utf8Of(response.headers["content-disposition"] ?? ""));
  const segment = url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
  return safeFileName(given ?? percentDecoded(segment) ?? segment, "") || undefined;
}

/** Node reads header bytes as Latin-1; many servers write UTF-8. */
export const utf8Of = (header: string): string => {
  const text = Buffer.from(header, "latin1").toString("utf8");
  return text.includes("\ufffd") ? header : text;
};

/** The first bytes of a stream, and the stream from its beginning. */
async function beginReading(bytes: AsyncGenerator<Uint8Array>): Promise<{ readonly head: Uint8Array; readonly bytes: AsyncIterable<Uint8Array> }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < SNIFF_BYTES) {
    const { done, value } = await bytes.next();
    if (done === true) break;
    chunks.push(value);
    length += value.byteLength;
  }
  return { head: Buffer.concat(chunks), bytes: resumed(chunks, bytes) };
}

async function* resumed(chunks: readonly Uint8Array[], rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
