import { safeFileName } from "../../../domain/messaging/file-name.js";
import { parseDataUrl } from "../../../domain/web/data-url.js";
import { tooLarge, WebFault, type WebFaultCode } from "../../../domain/web/web-fault.js";
import { judgeUrl, judgeUrlLength, notAUrl } from "../../../domain/web/web-url.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { WebFetch, WebFetched, WebFetchRequest } from "../../../ports/web-fetch.js";

/** What is found under a URL. */
export type MemoryPage =
  | {
      readonly kind: "file";
      readonly chunks: readonly Uint8Array[];
      readonly mimeType?: string;
      readonly fileName?: string;
      /** The connection is lost after the last chunk, before the file is whole. */
      readonly breaksOff?: boolean;
    }
  | { readonly kind: "refused"; readonly code: WebFaultCode; readonly reason: string };

/** A web that is a table, for tests and for trying things out. What is not in it is answered with 404. */
export class MemoryWebFetch implements WebFetch {
  /** Every URL that was looked up in the table, in order. */
  readonly asked: string[] = [];
  readonly #pages = new Map<string, MemoryPage>();

  constructor(pages: Readonly<Record<string, MemoryPage>> = {}) {
    for (const [url, page] of Object.entries(pages)) this.serve(url, page);
  }

  serve(url: string, page: MemoryPage): void {
    this.#pages.set(new URL(url).href, page);
  }

  async fetch({ url: text, maxBytes, cancel }: WebFetchRequest): Promise<WebFetched> {
    const tooLong = judgeUrlLength(text, maxBytes);
    if (tooLong) return refused(tooLong);
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const wrong = url === undefined ? notAUrl() : judgeUrl(url);
    if (url === undefined || wrong) return refused(wrong ?? notAUrl());
    if (cancel?.aborted) return refused(cancelled());
    if (url.protocol !== "data:") return this.#look(url, maxBytes, cancel);
    const data = parseDataUrl(url.href, maxBytes);
    if (data instanceof WebFault) return refused(data);
    return { kind: "fetched", mimeType: data.mimeType, bytes: read({ kind: "file", chunks: [data.bytes] }, maxBytes, cancel) };
  }

  #look(url: URL, maxBytes: number, cancel: Cancel | undefined): WebFetched {
    url.hash = "";
    this.asked.push(url.href);
    const page = this.#pages.get(url.href);
    if (page === undefined) return refused(new WebFault("http-error", `${url.hostname} answered with HTTP 404 instead of a file: check the URL.`));
    if (page.kind === "refused") return page;
    const fileName = safeFileName(page.fileName ?? url.pathname, "");
    return {
      kind: "fetched",
      ...(page.mimeType === undefined ? {} : { mimeType: page.mimeType }),
      ...(fileName === "" ? {} : { fileName }),
      bytes: read(page, maxBytes, cancel),
    };
  }
}

async function* read(page: Extract<MemoryPage, { kind: "file" }>, maxBytes: number, cancel: Cancel | undefined): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for (const chunk of page.chunks) {
    if (cancel?.aborted) throw cancelled();
    seen += chunk.byteLength;
    if (seen > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
  if (cancel?.aborted) throw cancelled();
  if (page.breaksOff) throw new WebFault("unreachable", "The connection was lost in the middle of the file: try again later.");
}

const refused = (fault: WebFault): WebFetched => ({ kind: "refused", code: fault.code, reason: fault.message });
const cancelled = (): WebFault => new WebFault("unreachable", "The file was not waited for any longer.");
