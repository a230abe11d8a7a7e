import { constants, type BigIntStats } from "node:fs";
import { mkdtemp, open, realpath, rm, stat, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MediaRef } from "../../../domain/messaging/envelope.js";
import type { Refused, StoredMedia } from "../../../domain/messaging/outbound.js";
import type { FetchedMedia } from "../../../ports/channel.js";
import type { IMessageConfig } from "./config.js";
import { parseFields, textOf } from "./fields.js";

const CHUNK = 65_536;

const refused = (code: Refused["code"], reason: string): Refused => ({ kind: "refused", code, reason });

const ELSEWHERE = "The file lies on another Mac, where imsg runs; only its name is known here.";
const GONE = "The file is not on this Mac: Messages has not fetched it or has removed it. Where cliPath leads to another Mac, set remoteHost.";
const OUTSIDE = "The file lies outside of the folders in attachmentRoots, and is not read.";

/** A file that came along, out of one of the folders that files may be read from. */
export async function fetchFile(media: MediaRef, { attachmentRoots, remoteHost, mediaMaxBytes }: IMessageConfig, maxBytes: number): Promise<FetchedMedia> {
  if (remoteHost !== undefined) return refused("unsupported", ELSEWHERE);
  const path = textOf(parseFields(media.ref)?.["path"]);
  if (path === undefined) return refused("unknown-target", GONE);
  const found = await openInside(path, attachmentRoots);
  if ("kind" in found) return found;
  const { file, bytes } = found;
  const most = Math.min(maxBytes, mediaMaxBytes);
  if (bytes > most) {
    await file.close();
    return { kind: "too-large" };
  }
  const { mimeType, fileName } = media;
  return { kind: "media", bytes: read(file, most), ...(mimeType === undefined ? {} : { mimeType }), ...(fileName === undefined ? {} : { fileName }) };
}

async function openInside(path: string, roots: readonly string[]): Promise<{ readonly file: FileHandle; readonly bytes: number } | Refused> {
  try {
    const real = await realpath(path);
    if (!(await isInside(real, roots))) return refused("forbidden", OUTSIDE);
    // Whatever is put in its place meanwhile is not followed, and nothing waits for a pipe that nobody writes.
    const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const [opened, named] = await Promise.all([file.stat({ bigint: true }), realpath(path).then(async (again) => (again === real ? await stat(real, { bigint: true }) : undefined))]).catch(() => [undefined, undefined] as const);
    if (opened !== undefined && named !== undefined && opened.isFile() && isSame(opened, named)) return { file, bytes: Number(opened.size) };
    await file.close();
    return refused("forbidden", OUTSIDE);
  } catch {
    return refused("unknown-target", GONE);
  }
}

const isSame = (one: BigIntStats, other: BigIntStats): boolean => one.dev === other.dev && one.ino === other.ino;

/** Folder by folder, since `/a/bc` begins like `/a/b`. The folders themselves may be links, which their owner made. */
async function isInside(real: string, roots: readonly string[]): Promise<boolean> {
  const parts = real.split("/");
  for (const root of roots) {
    const folders = (root.includes("*") ? root : await realpath(root).catch(() => root)).split("/");
    if (folders.length < parts.length && folders.every((folder, at) => folder === "*" || folder === parts[at])) return true;
  }
  return false;
}

async function* read(file: FileHandle, most: number): AsyncIterable<Uint8Array> {
  try {
    for (let length = 0; ;) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK), 0, CHUNK);
      if (bytesRead === 0) return;
      length += bytesRead;
      if (length > most) throw new Error("The file outgrew what was asked for.");
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** A file on its way out, where imsg can read it: for its own eyes, until it is let go. */
export interface Spooled {
  readonly path: string;
  readonly name: string;
  letGo(): Promise<void>;
}

/** Rejects where the file can't be read, or the disk is full. */
export async function spool(media: StoredMedia, bytes: AsyncIterable<Uint8Array>): Promise<Spooled> {
  const folder = await mkdtemp(join(tmpdir(), "imessage-out-"));
  const letGo = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const name = media.fileName.replace(/[\p{Cc}/\\:]/gu, "_").replace(/^\.+/u, "").slice(0, 120) || "file";
  try {
    const path = join(folder, name);
    const file = await open(path, "wx", 0o600);
    try {
      for await (const chunk of bytes) await file.writeFile(chunk);
    } finally {
      await file.close();
    }
    return { path, name, letGo };
  } catch (error) {
    await letGo();
    throw error;
  }
}
