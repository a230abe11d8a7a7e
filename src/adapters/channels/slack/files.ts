import type { StoredMedia, Refused } from "../../../domain/messaging/outbound.js";
import type { MediaRef } from "../../../domain/messaging/envelope.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { FetchedMedia } from "../../../ports/channel.js";
import { wasNeverWritten, type Flight, type SlackApi } from "./client.js";
import type { SlackConfig } from "./config.js";
import type { CallFailure } from "./failure.js";
import { fieldsOf, textOf } from "./fields.js";
import { parseMediaRef } from "./translate.js";

const SILENCE_MS = 30_000;
/** The slowest line that a file may take, in bytes per millisecond. */
const SLOWEST = 20;
const HOSTS = /(?:^|\.)(?:slack\.com|slack-gov\.com|slack-files\.com)$/u;

const SCOPE = "Slack does not let the app read this file: add the scope \"files:read\" on the app's page \"OAuth & Permissions\", and reinstall the app.";

/** `untrusted`: the address lies outside of Slack. `unreadable`: the file itself can't be read here. */
export type Upload = { readonly kind: "done" } | { readonly kind: "untrusted" } | { readonly kind: "unreadable" } | CallFailure;

/** The bytes of files, either way. They travel beside Slack's API, on addresses that Slack names. */
export class SlackFiles {
  readonly #api: SlackApi;
  readonly #config: SlackConfig;

  constructor(api: SlackApi, config: SlackConfig) {
    this.#api = api;
    this.#config = config;
  }

  /** Hands over a file to the address that was given for it. Nobody sees it until it is shared. */
  async upload(url: string, { media, bytes, cancel }: { media: StoredMedia; bytes: AsyncIterable<Uint8Array>; cancel: Cancel }): Promise<Upload> {
    if (!this.#isTrusted(url)) return { kind: "untrusted" };
    const flight = this.#api.take(cancel);
    flight.limit(SILENCE_MS + media.bytes / SLOWEST);
    let isReadable = true;
    const body = async function* body(): AsyncIterable<Uint8Array> {
      try {
        yield* bytes;
      } catch (error) {
        isReadable = false;
        throw error;
      }
    };
    try {
      const headers = { "content-type": "application/octet-stream", "content-length": String(media.bytes) };
      const response = await globalThis.fetch(url, { method: "POST", body: body(), duplex: "half", headers, redirect: "manual", signal: flight.signal });
      await response.body?.cancel();
      return response.status === 200 ? { kind: "done" } : { kind: "status", status: response.status };
    } catch (error) {
      if (!isReadable) return { kind: "unreadable" };
      return { kind: wasNeverWritten(error) ? "unreached" : "broken" };
    } finally {
      flight.end();
    }
  }

  async download({ ref, mimeType, fileName }: MediaRef, maxBytes: number): Promise<FetchedMedia> {
    const url = await this.#urlOf(ref);
    if (typeof url !== "string") return url;
    if (!this.#isTrusted(url)) return refused("This file lies outside of Slack, where the gateway does not take the account's token.");
    const flight = this.#api.take();
    // Whoever asked for it may never read it.
    flight.signal.addEventListener("abort", flight.end);
    flight.limit(SILENCE_MS);
    const found = await this.#open(url, flight);
    if (found.kind === "refused" || looksLikeSignIn(found.response, mimeType) || Number(found.response.headers.get("content-length") ?? 0) > maxBytes) {
      flight.abort();
      if (found.kind === "refused") return found;
      return looksLikeSignIn(found.response, mimeType) ? { kind: "refused", code: "forbidden", reason: SCOPE } : { kind: "too-large" };
    }
    const type = mimeType ?? found.response.headers.get("content-type") ?? undefined;
    return { kind: "media", bytes: readUpTo(found.response, maxBytes, flight), ...(type === undefined ? {} : { mimeType: type }), ...(fileName === undefined ? {} : { fileName }) };
  }

  /** Files that other workspaces share are named without an address: it has to be asked for. */
  async #urlOf(ref: string): Promise<string | Refused> {
    const kept = parseMediaRef(ref);
    if (kept === undefined) return refused("This is no file of Slack's.");
    if (kept.url !== undefined) return kept.url;
    const answer = await this.#api.call("files.info", { file: kept.id });
    const file = answer.kind === "ok" ? fieldsOf(answer.data["file"]) : undefined;
    const url = textOf(file?.["url_private_download"]) ?? textOf(file?.["url_private"]);
    return url ?? refused("Slack does not say where this file is: it may have been deleted, or the app lacks the scope \"files:read\".");
  }

  async #open(url: string, { signal }: Flight): Promise<{ readonly kind: "open"; readonly response: Response } | Refused> {
    try {
      // A redirect leads to a page where people sign in, and would take the token there.
      const response = await globalThis.fetch(url, { headers: { authorization: `Bearer ${this.#config.botToken}` }, redirect: "manual", signal });
      if (response.status === 200) return { kind: "open", response };
      if (response.status === 404 || response.status === 410) return refused("Slack has no such file any more.");
      const isShutOut = response.status < 400 || response.status === 401 || response.status === 403;
      return isShutOut ? { kind: "refused", code: "forbidden", reason: SCOPE } : refused(`Slack did not hand over this file (status ${response.status}).`);
    } catch {
      return refused("The connection to Slack broke before the file came.");
    }
  }

  /** Whether an address may be given what is the account's: Slack's own hosts, and the one that stands in for them. */
  #isTrusted(text: string): boolean {
    if (!URL.canParse(text)) return false;
    const url = new URL(text);
    return url.origin === new URL(this.#config.apiUrl).origin || (url.protocol === "https:" && url.port === "" && HOSTS.test(url.hostname));
  }
}

const refused = (reason: string): Refused => ({ kind: "refused", code: "invalid", reason });

/** To a token that may not read the file Slack answers with its sign-in page, as if all were well. */
const looksLikeSignIn = ({ headers }: Response, expected: string | undefined): boolean =>
  /^text\/html\b/u.test(headers.get("content-type") ?? "") && expected !== undefined && !expected.startsWith("text/");

async function* readUpTo(response: Response, maxBytes: number, flight: Flight): AsyncIterable<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new Error("The file is larger than Slack said.");
      flight.limit();
      yield chunk;
      flight.limit(SILENCE_MS);
    }
  } finally {
    flight.abort();
  }
}
