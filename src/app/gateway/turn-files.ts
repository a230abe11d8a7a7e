import type { Envelope, MediaRef } from "../../domain/messaging/envelope.js";
import { safeFileName } from "../../domain/messaging/file-name.js";
import type { AgentTurn } from "../../ports/agent-runtime.js";
import type { Channel } from "../../ports/channel.js";

/** As much as a client may send along. */
const MAX_FILE_BYTES = 5_000_000;
const MAX_FILES = 10;

export interface TurnFiles {
  readonly attachments: AgentTurn["attachments"];
  /** What could not be read along, for the agent to know. */
  readonly notes: readonly string[];
}

/** The files of the messages of a turn. A file that can't be had never holds back the message that it came with. */
export async function readTurnFiles(channel: Channel, envelopes: readonly Envelope[]): Promise<TurnFiles> {
  const media = envelopes.flatMap(({ body }) => (body.kind === "message" ? body.media : []));
  const read = await Promise.all(media.slice(0, MAX_FILES).map((one) => readFile(channel, one)));
  const beyond = media.length > MAX_FILES ? [`(${media.length - MAX_FILES} more files came along, which is too many to look at.)`] : [];
  return {
    attachments: read.flatMap((file) => (typeof file === "string" ? [] : [file])),
    notes: [...read.filter((file) => typeof file === "string"), ...beyond],
  };
}

async function readFile(channel: Channel, media: MediaRef): Promise<AgentTurn["attachments"][number] | string> {
  // Chosen by whoever sent it: neither a path for whoever saves it, nor words for whoever reads the note.
  const nameOf = (fileName: string): string => safeFileName(fileName, media.kind);
  const name = `${media.kind}${media.fileName === undefined ? "" : ` ${JSON.stringify(nameOf(media.fileName))}`}`;
  const limit = Math.min(MAX_FILE_BYTES, channel.abilities.media?.maxInBytes ?? 0);
  try {
    const found = await channel.fetchMedia(media, limit);
    if (found.kind === "too-large") return `(The ${name} that came along is too large to look at.)`;
    if (found.kind === "refused") return `(The ${name} that came along could not be fetched.)`;
    const bytes = await gather(found.bytes, limit);
    if (bytes === undefined) return `(The ${name} that came along is too large to look at.)`;
    const fileName = found.fileName ?? media.fileName;
    return { mimeType: found.mimeType ?? media.mimeType ?? "application/octet-stream", base64: base64Of(bytes), ...(fileName === undefined ? {} : { fileName: nameOf(fileName) }) };
  } catch {
    return `(The ${name} that came along could not be fetched.)`;
  }
}

async function gather(stream: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** A multiple of three bytes, so that the pieces' texts join to the whole's. */
const PIECE = 24_573;

function base64Of(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += PIECE) pieces.push(btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE))));
  return pieces.join("");
}
