import { createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { get } from "node:https";
import { fieldsOf, textOf } from "../../../domain/foreign-fields.js";
import type { MediaRef } from "../../../domain/messaging/envelope.js";
import { after } from "../../../domain/moment.js";
import type { FetchedMedia, ChannelHost } from "../../../ports/channel.js";
import type { FileFacts } from "./content.js";
import { refused } from "./failures.js";
import type { Link } from "./link.js";

export const MAX_DOWNLOAD_BYTES = 50 * 1_048_576;
/** Ten bytes that prove it, and up to a block that fills it up. */
const SURPLUS = 26;
const SILENCE_MS = 30_000;
const OWN_HOSTS = ".whatsapp.net";

const GONE = refused("invalid", "WhatsApp no longer has this file; ask the sender for it once more.");
const BROKEN = refused("invalid", "The file could not be fetched from WhatsApp; ask the sender for it once more.");
const FORGED = refused("invalid", "This file is not the one that was sent.");
const NOT_A_FILE = refused("invalid", "This is no file of WhatsApp's.");

/**
 * Fetches a file from WhatsApp's own hosts and opens it. The whole of it is held in memory: only at its end it is known
 * whether it is what was sent.
 */
export async function fetchFile(link: Link, host: ChannelHost, { media, maxBytes }: { readonly media: MediaRef; readonly maxBytes: number }): Promise<FetchedMedia> {
  const facts = parseFacts(media.ref);
  if (facts === undefined) return NOT_A_FILE;
  const url = await addressOf(link, facts);
  if (url === undefined) return BROKEN;
  const sealed = await download(url, host, maxBytes + SURPLUS);
  if (!(sealed instanceof Uint8Array)) return sealed;
  const bytes = open(sealed, facts);
  if (bytes === undefined) return FORGED;
  if (bytes.length > maxBytes) return { kind: "too-large" };
  return { kind: "media", bytes: once(bytes), ...(media.mimeType === undefined ? {} : { mimeType: media.mimeType }), ...(media.fileName === undefined ? {} : { fileName: media.fileName }) };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** Whoever sends a message names a host and a path in it: neither may lead to a place that is not WhatsApp's. */
async function addressOf({ socket }: Link, { host, path }: FileFacts): Promise<URL | undefined> {
  if (!/^\/[A-Za-z0-9._~%!$&'()*+,;=@?/-]*$/u.test(path) || path.startsWith("//")) return undefined;
  try {
    const trusted = host !== undefined && host.endsWith(OWN_HOSTS) ? host : (await socket.refreshMediaConn()).hosts[0]?.hostname;
    return trusted === undefined ? undefined : new URL(`https://${trusted}${path}`);
  } catch {
    return undefined;
  }
}

function download(url: URL, { clock }: ChannelHost, maxBytes: number): Promise<Uint8Array | FetchedMedia> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let disarm = (): void => undefined;
    const end = (outcome: Uint8Array | FetchedMedia): void => {
      disarm();
      request.destroy();
      resolve(outcome);
    };
    const watch = (): void => {
      disarm();
      disarm = clock.callAt(after(clock.now(), SILENCE_MS), () => end(BROKEN));
    };
    // Follows no redirect.
    const request = get(url, { headers: { origin: "https://web.whatsapp.com" } }, (response) => {
      if (response.statusCode !== 200) return end(response.statusCode === 404 || response.statusCode === 410 || response.statusCode === 403 ? GONE : BROKEN);
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) return end({ kind: "too-large" });
        chunks.push(chunk);
        watch();
      });
      response.on("end", () => end(Buffer.concat(chunks)));
      response.on("error", () => end(BROKEN));
    });
    request.on("error", () => end(BROKEN));
    watch();
  });
}

function open(sealed: Uint8Array, { type, key, sha256 }: FileFacts): Uint8Array | undefined {
  const keys = Buffer.from(hkdfSync("sha256", Buffer.from(key, "base64"), new Uint8Array(), `WhatsApp ${type} Keys`, 112));
  const [iv, cipherKey, macKey] = [keys.subarray(0, 16), keys.subarray(16, 48), keys.subarray(48, 80)];
  const [body, proof] = [sealed.subarray(0, -10), sealed.subarray(-10)];
  const expected = createHmac("sha256", macKey).update(iv).update(body).digest().subarray(0, 10);
  if (proof.length !== 10 || !timingSafeEqual(expected, proof)) return undefined;
  try {
    const decipher = createDecipheriv("aes-256-cbc", cipherKey, iv);
    const bytes = Buffer.concat([decipher.update(body), decipher.final()]);
    return createHash("sha256").update(bytes).digest("base64") === sha256 ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function parseFacts(ref: string): FileFacts | undefined {
  let kept: unknown;
  try {
    kept = JSON.parse(ref);
  } catch {
    return undefined;
  }
  const { type, path, host, key, sha256 } = fieldsOf(kept) ?? {};
  const [at, secret, digest, server] = [textOf(path), textOf(key), textOf(sha256), textOf(host)];
  const isKnown = type === "Image" || type === "Video" || type === "Audio" || type === "Document";
  return !isKnown || at === undefined || secret === undefined || digest === undefined ? undefined : { type, path: at, key: secret, sha256: digest, ...(server === undefined ? {} : { host: server }) };
}
