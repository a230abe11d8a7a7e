import { fieldsOf, textOf } from "../../../domain/foreign-fields.js";
import type { MediaRef } from "../../../domain/messaging/envelope.js";
import type { Refused } from "../../../domain/messaging/outbound.js";
import type { FetchedMedia } from "../../../ports/channel.js";
import type { CallOutcome } from "./client.js";
import { isVoid, NOT_LINKED } from "./failures.js";
import type { Command } from "./outgoing.js";

/** Signal takes twice as much; here a file is held in memory as it comes. */
export const MAX_IN_BYTES = 50 * 1_048_576;
const FETCH_MS = 120_000;
const CHUNK = 65_536;
/** Of the answer around the file. */
const ROOM_BYTES = 4_096;

const refused = (reason: string): Refused => ({ kind: "refused", code: "invalid", reason });

type Fetch = (command: Command, terms: { readonly timeoutMs: number; readonly maxBytes: number }) => Promise<CallOutcome>;

/** A file that signal-cli has already downloaded when it tells of it. */
export async function fetchFile(call: Fetch, media: MediaRef, maxBytes: number): Promise<FetchedMedia> {
  const most = Math.min(maxBytes, MAX_IN_BYTES);
  if ((media.bytes ?? 0) > most) return { kind: "too-large" };
  const place = placeOf(media.ref);
  if (place === undefined) return refused("This is not a file of Signal; ask the sender for it once more.");
  const outcome = await call({ method: "getAttachment", params: place }, { timeoutMs: FETCH_MS, maxBytes: Math.ceil(most / 3) * 4 + ROOM_BYTES });
  if (outcome.kind !== "ok") {
    if (isVoid(outcome)) return NOT_LINKED;
    if (outcome.kind === "unanswered" && outcome.because === "unreadable") return { kind: "too-large" };
    return refused(outcome.kind === "error" ? "signal-cli has no such file any more; ask the sender for it once more." : "signal-cli could not be reached for this file; ask the sender for it once more.");
  }
  const data = textOf(fieldsOf(outcome.result)?.["data"]);
  if (data === undefined) return refused("signal-cli does not hand out this file; update it.");
  const bytes = Buffer.from(data, "base64");
  if (bytes.length > most) return { kind: "too-large" };
  const { mimeType, fileName } = media;
  return { kind: "media", bytes: inChunks(bytes), ...(mimeType === undefined ? {} : { mimeType }), ...(fileName === undefined ? {} : { fileName }) };
}

async function* inChunks(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}

/** By what a file's id was kept together with when its message came. */
function placeOf(ref: string): Command["params"] | undefined {
  try {
    const { id, groupId, recipient } = fieldsOf(JSON.parse(ref)) ?? {};
    const within = textOf(groupId) === undefined ? { recipient } : { groupId };
    return textOf(id) === undefined ? undefined : { id, ...within };
  } catch {
    return undefined;
  }
}
