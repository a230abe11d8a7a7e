import type { MediaRef } from "../../../domain/messaging/envelope.js";
import type { Refused } from "../../../domain/messaging/outbound.js";
import type { FetchedMedia } from "../../../ports/channel.js";
import type { TelegramClient } from "./client.js";
import { NOT_LINKED, type CallFailure } from "./failures.js";
import { countOf, fieldsOf, textOf } from "./fields.js";

/** What Telegram's own servers let a bot fetch. */
export const MAX_FILE_BYTES = 20 * 1_048_576;
const CALL_MS = 30_000;
const TRIES = 3;
const LONGEST_WAIT_MS = 30_000;

const refused = (reason: string): Refused => ({ kind: "refused", code: "invalid", reason });

/** @param wait resolves after so many milliseconds with whether it is still worth going on */
export async function fetchFile(client: TelegramClient, media: MediaRef, { maxBytes, wait }: { readonly maxBytes: number; readonly wait: (ms: number) => Promise<boolean> }): Promise<FetchedMedia> {
  const most = Math.min(maxBytes, MAX_FILE_BYTES);
  for (let tried = 1; ; tried += 1) {
    const fetched = await tryFile(client, media, most);
    if (!("failure" in fetched)) return fetched;
    const { failure } = fetched;
    const delayMs = failure.kind === "answered" ? (failure.code === 429 ? (failure.retryAfterMs ?? 1_000) : failure.code >= 500 ? 1_000 : undefined) : 1_000;
    // Nobody loses anything by asking for a file once more.
    if (tried < TRIES && delayMs !== undefined && delayMs <= LONGEST_WAIT_MS && (await wait(delayMs * tried))) continue;
    return refusalOf(failure);
  }
}

async function tryFile(client: TelegramClient, media: MediaRef, most: number): Promise<FetchedMedia | { readonly failure: CallFailure }> {
  const found = await client.call({ method: "getFile", payload: { file_id: media.ref } }, { timeoutMs: CALL_MS });
  if (found.kind !== "ok") return /file is too big/iu.test(found.kind === "answered" ? found.description : "") ? { kind: "too-large" } : { failure: found };
  const { file_path: path, file_size: bytes } = fieldsOf(found.result) ?? {};
  const relative = textOf(path);
  if ((countOf(bytes) ?? 0) > most) return { kind: "too-large" };
  if (relative === undefined) return refused("Telegram does not hand out this file.");
  // A Bot API server in local mode names a file of its own host, which may be anything on this one.
  if (!/^[^/\\]+(?:\/[^/\\]+)*$/u.test(relative) || relative.split("/").includes("..")) return refused("The Bot API server keeps its files to itself; start it without --local.");
  const answer = await client.download(relative, { timeoutMs: CALL_MS });
  if (answer.kind !== "ok") return { failure: answer };
  const length = Number(answer.response.headers["content-length"] ?? 0);
  if (length > most) {
    answer.response.destroy();
    return { kind: "too-large" };
  }
  const { mimeType, fileName = relative.split("/").at(-1) } = media;
  return { kind: "media", bytes: client.read(answer.response, most), ...(mimeType === undefined ? {} : { mimeType }), ...(fileName === undefined ? {} : { fileName }) };
}

function refusalOf(failure: CallFailure): Refused {
  if (failure.kind !== "answered") return refused("Telegram could not be reached for this file; ask the sender for it once more.");
  if (failure.code === 401) return NOT_LINKED;
  return refused(failure.code === 429 || failure.code >= 500 ? "Telegram does not hand out this file for now; ask the sender for it once more." : "Telegram has no such file any more; ask the sender for it once more.");
}
