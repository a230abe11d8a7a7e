import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { parsePageTarget } from "../../../domain/pages/path.js";
import { traceOf } from "../../../domain/reason.js";
import type { Log } from "../../../ports/log.js";
import { parseListing, type BuiltFile } from "./listing.js";
import { PAGE_HEADERS, pagePolicy } from "./policy.js";

export interface PageHostOptions {
  /** The folder in which the build left the pages. */
  readonly root: string;
  readonly log: Log;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const METHODS: Answer = { status: 405, text: "The pages are only for looking at.", headers: { Allow: "GET, HEAD" } };
const NOT_FOUND: Answer = { status: 404, text: "There is no such page here." };
const NOT_BUILT: Answer = { status: 503, text: "The web pages are missing from this installation. Build them with: npm run build" };
const BROKEN: Answer = { status: 500, text: "The page could not be read. The gateway's log has the cause." };

/** Serves the pages that the build made, and no other file: what is not in its listing is not there. */
export class PageHost {
  readonly #root: string;
  readonly #log: Log;
  #files: Promise<ReadonlyMap<string, BuiltFile>> | undefined;

  constructor({ root, log }: PageHostOptions) {
    this.#root = root;
    this.#log = log;
  }

  /** Answers a request for one of the pages' paths. Never rejects. */
  async answer(exchange: Exchange, basePath: string): Promise<void> {
    const { request, response } = exchange;
    try {
      const target = parsePageTarget(request.url ?? "", basePath);
      if (target === undefined) return give(response, NOT_FOUND);
      if (request.method !== "GET" && request.method !== "HEAD") return give(response, METHODS);
      if (target.kind === "moved") return give(response, { status: 302, text: "This page is elsewhere.", headers: { Location: target.to } });
      await this.#serve(exchange, target.name);
    } catch (error) {
      this.#log.error("a web page could not be served", { error: traceOf(error) });
      give(response, BROKEN);
    }
  }

  async #serve({ request, response }: Exchange, name: string): Promise<void> {
    const files = await this.#listing();
    if (files === undefined) return give(response, NOT_BUILT);
    const file = files.get(name);
    if (file === undefined) return give(response, NOT_FOUND);
    const encoding = file.encodings.find((one) => acceptsEncoding(request, one));
    const etag = `"${file.digest}${encoding === undefined ? "" : `-${encoding}`}"`;
    const headers = { ...PAGE_HEADERS, ...cachingOf(name), ETag: etag, Vary: "Accept-Encoding", "Content-Security-Policy": pagePolicy(request.headers.host) };
    if (request.headers["if-none-match"]?.split(",").some((one) => one.trim().replace(/^W\//, "") === etag)) {
      response.writeHead(304, headers);
      response.end();
      return;
    }
    const body = await readFile(join(this.#root, encoding === undefined ? name : `${name}.${encoding}`));
    response.writeHead(200, {
      ...headers,
      "Content-Type": file.type,
      "Content-Length": String(body.length),
      ...(encoding === undefined ? {} : { "Content-Encoding": encoding === "gz" ? "gzip" : encoding }),
    });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  /** Read once. Where there is none, each request looks anew: somebody may be building. */
  async #listing(): Promise<ReadonlyMap<string, BuiltFile> | undefined> {
    this.#files ??= readFile(join(this.#root, "files.json"), "utf8").then(parseListing);
    try {
      return await this.#files;
    } catch (error) {
      this.#files = undefined;
      if ((error as { code?: unknown }).code === "ENOENT") return undefined;
      throw error;
    }
  }
}

const cachingOf = (name: string): Readonly<Record<string, string>> =>
  ({ "Cache-Control": name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-store" });

function acceptsEncoding({ headers }: IncomingMessage, encoding: "br" | "gz"): boolean {
  const name = encoding === "gz" ? "gzip" : encoding;
  return String(headers["accept-encoding"] ?? "").split(",").some((one) => {
    const [coding = "", ...params] = one.trim().toLowerCase().split(/\s*;\s*/);
    return coding === name && !params.some((param) => /^q=0(?:\.0{1,3})?$/.test(param));
  });
}

function give(response: ServerResponse, { status, text, headers = {} }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    ...PAGE_HEADERS,
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": String(Buffer.byteLength(text)),
    "Cache-Control": "no-store",
    ...headers,
  });
  response.end(text);
}
