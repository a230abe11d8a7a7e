import { link, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname } from "node:path";

import type { TranscriptMessage } from "../../../domain/sessions/session.js";
import { syncFolder, writeStateFiles } from "./atomic-file.js";
import { APPEND, openGuarded, READ, readExactly } from "./guarded-file.js";
import { errorCode, StateFileError } from "./state-file-error.js";
import { parseMessage, renderHeader } from "./transcript-line.js";

const NEWLINE = 0x0a;
const CHUNK_BYTES = 64 * 1024;

/** Adds lines in one write, durable once resolved. A torn line that a crash left is ended first, so that it spoils nothing after it. */
export async function appendLines(path: string, { header, lines }: { header: () => string; lines: readonly string[] }): Promise<void> {
  const handle = await openGuarded(path, APPEND);
  if (!handle) throw new StateFileError(path, "unwritable");
  try {
    const { size } = await handle.stat();
    const start = size === 0 ? `${header()}\n` : (await endsInNewline(handle, size)) ? "" : "\n";
    try {
      await handle.appendFile(`${start}${lines.join("\n")}\n`);
      await handle.datasync();
    } catch (cause) {
      // Half of a batch that was refused must not turn up later as if it had been taken.
      await handle.truncate(size).catch(() => undefined);
      throw new StateFileError(path, "unwritable", { cause });
    }
    if (size === 0) await syncFolder(dirname(path));
  } finally {
    await handle.close();
  }
}

/** The newest messages, oldest first. Reads no more of the file than holds them. */
export async function readNewest(path: string, limit: number): Promise<readonly TranscriptMessage[]> {
  return (await newestLines(path, limit)).map(({ message }) => message);
}

/** Puts the file aside under another name beside it. `undefined` if there is none. */
export async function setAside(path: string, aside: string): Promise<string | undefined> {
  try {
    await rename(path, aside);
    await syncFolder(dirname(path));
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return undefined;
    throw new StateFileError(path, "unwritable", { cause });
  }
  return basename(aside);
}

export async function removeTranscript(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
    await syncFolder(dirname(path));
  } catch (cause) {
    throw new StateFileError(path, "unwritable", { cause });
  }
}

/** Leaves the newest `keep` messages and puts the whole under another name. `undefined` if no message has to go. */
export async function shorten(path: string, { aside, keep, sessionId }: { aside: string; keep: number; sessionId: string }): Promise<string | undefined> {
  // One more than is kept tells whether anything goes, without reading what does.
  const newest = await newestLines(path, keep + 1);
  const [oldest] = newest;
  if (newest.length <= keep || !oldest) return undefined;
  const kept = newest.slice(newest.length - keep);
  const header = renderHeader(sessionId, (kept[0] ?? oldest).message.timestamp);
  try {
    // A second name rather than a rename: at no moment is the session without a transcript.
    await link(path, aside);
  } catch (cause) {
    throw new StateFileError(aside, "unwritable", { cause });
  }
  try {
    await writeStateFiles([{ path, text: [header, ...kept.map(({ line }) => line), ""].join("\n") }]);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  return basename(aside);
}

interface MessageLine {
  readonly line: string;
  readonly message: TranscriptMessage;
}

async function newestLines(path: string, limit: number): Promise<readonly MessageLine[]> {
  const handle = limit > 0 ? await openGuarded(path, READ) : undefined;
  if (!handle) return [];
  try {
    const found: MessageLine[] = [];
    for await (const line of linesFromEnd(handle)) {
      const message = parseMessage(line);
      if (message) found.push({ line, message });
      if (found.length >= limit) break;
    }
    return found.reverse();
  } catch (cause) {
    throw cause instanceof StateFileError ? cause : new StateFileError(path, "unreadable", { cause });
  } finally {
    await handle.close();
  }
}

/** The file's lines, last first. The last may be torn; being half of a JSON object it then does not parse. */
async function* linesFromEnd(handle: FileHandle): AsyncGenerator<string> {
  // Of the line whose beginning has not been reached yet, last piece first.
  let pieces: Buffer[] = [];
  let position = (await handle.stat()).size;
  while (position > 0) {
    const start = Math.max(0, position - CHUNK_BYTES);
    // If the file was cut shorter meanwhile, what is missing reads as a torn line.
    const chunk = await readExactly(handle, start, position - start);
    let end = chunk.length;
    for (let newline = chunk.lastIndexOf(NEWLINE); newline !== -1; newline = newline === 0 ? -1 : chunk.lastIndexOf(NEWLINE, newline - 1)) {
      pieces.push(chunk.subarray(newline + 1, end));
      yield joined(pieces);
      pieces = [];
      end = newline;
    }
    pieces.push(chunk.subarray(0, end));
    position = start;
  }
  yield joined(pieces);
}

const joined = (pieces: readonly Buffer[]): string => Buffer.concat(pieces.toReversed()).toString("utf8");

async function endsInNewline(handle: FileHandle, size: number): Promise<boolean> {
  return (await readExactly(handle, size - 1, 1))[0] === NEWLINE;
}
