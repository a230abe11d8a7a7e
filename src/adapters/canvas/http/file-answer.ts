import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { contentTypeOf, isHtml } from "./content-type.js";
import { giveNote, type Note } from "./note.js";
import { withScript } from "./page-script.js";
import { COMMON_HEADERS } from "./policy.js";
import type { Opened } from "./served-folder.js";

export const MAX_FILE_BYTES = 256 * 1024 * 1024;
/** A page is held whole to put a script into it. */
export const MAX_PAGE_BYTES = 8 * 1024 * 1024;
/** A reader that takes nothing for so long is gone. */
const STALL_MS = 30_000;

export interface FileAnswer {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly file: Extract<Opened, { kind: "file" }>;
  /** The file's name, by which its type is told. */
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For pages: what is put into them. */
  readonly script?: { readonly src: string; readonly live: boolean };
}

const TOO_LARGE: Note = { status: 403, text: "This file is too large for the canvas." };

/** Sends a file and closes it. Resolves when it was sent, or its reader left. */
export async function giveFile(answer: FileAnswer): Promise<void> {
  const { response, file, name } = answer;
  response.setTimeout(STALL_MS, () => response.destroy());
  try {
    const contentType = contentTypeOf(name);
    if (isHtml(contentType)) await givePage(answer, contentType);
    else await giveBytes(answer, contentType);
  } finally {
    await file.handle.close();
  }
}

async function givePage({ request, response, file, headers, script }: FileAnswer, contentType: string): Promise<void> {
  if (file.bytes > MAX_PAGE_BYTES) return giveNote(response, TOO_LARGE);
  const text = Buffer.alloc(file.bytes);
  const { bytesRead } = await file.handle.read(text, 0, file.bytes, 0);
  const whole = text.subarray(0, bytesRead);
  const page = script === undefined ? whole : withScript(whole, script);
  response.writeHead(200, { ...COMMON_HEADERS, ...headers, "Content-Type": contentType, "Content-Length": String(page.length) });
  response.end(request.method === "HEAD" ? undefined : page);
}

async function giveBytes({ request, response, file, headers }: FileAnswer, contentType: string): Promise<void> {
  const { handle, bytes } = file;
  if (bytes > MAX_FILE_BYTES) return giveNote(response, TOO_LARGE);
  const part = partOf(request, bytes);
  const common = { ...COMMON_HEADERS, ...headers, "Content-Type": contentType, "Accept-Ranges": "bytes" };
  if (part === "none") {
    response.writeHead(416, { ...common, "Content-Range": `bytes */${bytes}`, "Content-Length": "0" });
    response.end();
    return;
  }
  const { start, end } = part ?? { start: 0, end: bytes - 1 };
  const length = end - start + 1;
  response.writeHead(part === undefined ? 200 : 206, {
    ...common,
    "Content-Length": String(length),
    ...(part === undefined ? {} : { "Content-Range": `bytes ${start}-${end}/${bytes}` }),
  });
  if (request.method === "HEAD" || length === 0) {
    response.end();
    return;
  }
  const stream = handle.createReadStream({ start, end, autoClose: false });
  // A reader that leaves in the middle is no fault of anybody.
  await pipeline(stream, response, { end: false }).catch(() => response.destroy());
  // A file that was cut short meanwhile is not all of what was promised.
  if (stream.bytesRead < length) response.destroy();
  else response.end();
}

// Not by the usual package: it has no whole file for whoever asks for more of its end than there is.
const ONE_PART = /^bytes=(\d{0,15})-(\d{0,15})$/i;

/**
 * The one part that is asked for. `undefined`: all of it, for which also whoever asks for several parts, or for one on a
 * condition: nothing here has a version that a condition could name. `none`: the file does not reach that far.
 */
function partOf({ method, headers }: IncomingMessage, bytes: number): { readonly start: number; readonly end: number } | "none" | undefined {
  const [, from = "", to = ""] = (method === "GET" && headers["if-range"] === undefined && ONE_PART.exec(headers.range ?? "")) || [];
  if (from === "" && to === "") return undefined;
  const start = from === "" ? Math.max(0, bytes - Number(to)) : Number(from);
  const end = from === "" || to === "" ? bytes - 1 : Math.min(Number(to), bytes - 1);
  // A part that ends before it begins is nonsense, which is to be passed over.
  if (from !== "" && to !== "" && Number(to) < start) return undefined;
  return start > end ? "none" : { start, end };
}
