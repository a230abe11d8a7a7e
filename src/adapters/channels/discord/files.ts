import { after } from "../../../domain/moment.js";
import type { MediaRef } from "../../../domain/messaging/envelope.js";
import type { FetchedMedia } from "../../../ports/channel.js";
import type { DiscordApi } from "./client.js";
import { refused } from "./failures.js";
import { fieldsOf, idOf, listOf, textOf } from "./fields.js";

export const MAX_FILE_BYTES = 25 * 1_048_576;
const SILENCE_MS = 30_000;
const HOSTS: readonly string[] = ["cdn.discordapp.com", "media.discordapp.net"];

interface FileAddress {
  readonly id: string;
  readonly url: string;
  readonly channelId: string;
  readonly messageId: string;
}

const GONE = refused("invalid", "Discord has no such file any more.");
const FOREIGN = refused("invalid", "This file lies outside of Discord, where the gateway does not fetch it.");
const BROKEN = refused("invalid", "The connection to Discord broke before the file came; ask the sender for it once more.");

/** Fetches a file from Discord's own hosts. Its address holds for a day; then the message is asked for another. */
export async function fetchFile(api: DiscordApi, media: MediaRef, maxBytes: number): Promise<FetchedMedia> {
  const address = parseAddress(media.ref);
  if (address === undefined) return refused("invalid", "This is no file of Discord's.");
  const first = await download(api, address.url, { media, maxBytes });
  if (first !== GONE) return first;
  const url = await renew(api, address);
  return url === undefined ? GONE : download(api, url, { media, maxBytes });
}

async function renew(api: DiscordApi, { id, channelId, messageId }: FileAddress): Promise<string | undefined> {
  const outcome = await api.call({ method: "GET", route: `/channels/${channelId}/messages/${messageId}` });
  const message = outcome.kind === "ok" ? (fieldsOf(outcome.result) ?? {}) : {};
  const passedOn = listOf(message["message_snapshots"]).map((snapshot) => fieldsOf(snapshot["message"]) ?? {});
  const file = [message, ...passedOn].flatMap((from) => listOf(from["attachments"])).find((attachment) => attachment["id"] === id);
  return textOf(file?.["url"]);
}

async function download(api: DiscordApi, url: string, { media, maxBytes }: { readonly media: MediaRef; readonly maxBytes: number }): Promise<FetchedMedia> {
  if (!isDiscords(url, api.config.apiRoot)) return FOREIGN;
  const flight = new Flight(api);
  try {
    // A redirect could lead to any address of this network.
    const response = await globalThis.fetch(url, { redirect: "manual", signal: flight.signal });
    if (response.status !== 200) {
      flight.end();
      return response.status === 403 || response.status === 404 ? GONE : BROKEN;
    }
    if (Number(response.headers.get("content-length") ?? 0) > maxBytes) {
      flight.end();
      return { kind: "too-large" };
    }
    const mimeType = media.mimeType ?? response.headers.get("content-type") ?? undefined;
    return { kind: "media", bytes: readUpTo(response, maxBytes, flight), ...(mimeType === undefined ? {} : { mimeType }), ...(media.fileName === undefined ? {} : { fileName: media.fileName }) };
  } catch {
    flight.end();
    return BROKEN;
  }
}

async function* readUpTo(response: Response, maxBytes: number, flight: Flight): AsyncIterable<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new Error("The file is larger than Discord said.");
      flight.hold();
      yield chunk;
      flight.expect();
    }
  } finally {
    flight.end();
  }
}

/** A download under way, given up where nothing comes for a while. */
class Flight {
  readonly #api: DiscordApi;
  readonly #controller = new AbortController();
  #disarm: () => void = () => undefined;

  constructor(api: DiscordApi) {
    this.#api = api;
    api.closing.addEventListener("abort", this.end);
    this.expect();
    if (api.closing.aborted) this.end();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  expect(): void {
    const { clock } = this.#api;
    this.#disarm();
    this.#disarm = clock.callAt(after(clock.now(), SILENCE_MS), this.end);
  }

  /** Whoever reads it may take their time. */
  hold(): void {
    this.#disarm();
  }

  readonly end = (): void => {
    this.#disarm();
    this.#api.closing.removeEventListener("abort", this.end);
    this.#controller.abort();
  };
}

function parseAddress(ref: string): FileAddress | undefined {
  let kept: unknown;
  try {
    kept = JSON.parse(ref);
  } catch {
    return undefined;
  }
  const { id, url, channel, message } = fieldsOf(kept) ?? {};
  const [fileId, address, channelId, messageId] = [idOf(id), textOf(url), idOf(channel), idOf(message)];
  return fileId === undefined || address === undefined || channelId === undefined || messageId === undefined ? undefined : { id: fileId, url: address, channelId, messageId };
}

/** Whether an address is one of Discord's file servers, or of what stands in for Discord. */
function isDiscords(text: string, apiRoot: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.origin === new URL(apiRoot).origin || (url.protocol === "https:" && url.port === "" && HOSTS.includes(url.hostname));
}
