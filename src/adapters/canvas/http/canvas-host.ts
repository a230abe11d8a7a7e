import { realpath } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { CANVAS_PATH, capabilityPath, parseCanvasTarget, type CanvasRequest } from "../../../domain/canvas/path.js";
import { traceOf } from "../../../domain/reason.js";
import type { CanvasEntrance, CanvasGate } from "../../../ports/canvas-gate.js";
import type { Clock } from "../../../ports/clock.js";
import type { Log } from "../../../ports/log.js";
import type { PeerFacts } from "../../../ports/transport.js";
import { giveFile } from "./file-answer.js";
import { prepareFolder } from "./first-page.js";
import { FolderWatch } from "./folder-watch.js";
import { LiveReload } from "./live-reload.js";
import { broken, giveNote, notFound, type Note } from "./note.js";
import { a2uiPolicy, ancestorsOf, canvasPolicy } from "./policy.js";
import { ServedFolder, type Opened } from "./served-folder.js";

export interface CanvasHostOptions {
  /** The folder that is shown. */
  readonly root: string;
  /** What an empty folder gets. */
  readonly firstPage: string;
  /** The folder in which the build left the A2UI page and the script for pages. */
  readonly a2ui: string;
  readonly liveReload: boolean;
  readonly gate: CanvasGate;
  readonly clock: Clock;
  readonly log: Log;
  readonly peerOf: (request: IncomingMessage) => PeerFacts;
}

/** What one listener allows. */
export interface CanvasDoor {
  /** Origins of pages that may show the canvas inside of them. */
  readonly allowedOrigins: () => readonly string[];
}

type Admitted = Extract<CanvasEntrance, { kind: "admitted" }>;
type FileRequest = CanvasRequest & { readonly target: Extract<CanvasRequest["target"], { kind: "file" }> };

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly door: CanvasDoor;
}

/** Files that are being sent at one time, of all readers together. */
const MAX_OPEN = 256;
const INDEX = "index.html";
const PAGE_SCRIPT = "/__openclaw__/a2ui/canvas-page.js";

const BUSY: Note = { status: 503, text: "Too much is being loaded at once. Try again in a moment.", headers: { "Retry-After": "1" } };
const METHODS: Note = { status: 405, text: "The canvas is only for looking at.", headers: { Allow: "GET, HEAD" } };
const FOREIGN: Note = { status: 403, text: "Another site may not load the canvas of this host. Open it by itself." };
const NOT_BUILT: Note = { status: 503, text: "The A2UI page is missing from this installation. Build it with: npm run build" };

/** Serves the canvas, the A2UI page and live reload over HTTP, to whom the gate lets in. */
export class CanvasHost {
  readonly #options: CanvasHostOptions;
  readonly #canvas: ServedFolder;
  readonly #a2ui: ServedFolder;
  readonly #watch: FolderWatch;
  readonly #live: LiveReload;
  #open = 0;

  private constructor(options: CanvasHostOptions, root: string) {
    this.#options = options;
    this.#canvas = new ServedFolder(root);
    this.#a2ui = new ServedFolder(options.a2ui, { allowHardLinks: true });
    this.#watch = new FolderWatch({ root, clock: options.clock, log: options.log, changed: () => this.#live.reload() });
    this.#live = new LiveReload({ clock: options.clock, watch: this.#watch });
  }

  /** Makes the folder first, where there is none. Rejects with the system's error where it can't be had. */
  static async open(options: CanvasHostOptions): Promise<CanvasHost> {
    await prepareFolder(options.root, options.firstPage);
    return new CanvasHost(options, await realpath(options.root));
  }

  /** Answers a request for one of the canvas's paths. Never rejects. */
  async answer(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    try {
      const found = parseCanvasTarget(request.url ?? "");
      if (request.method !== "GET" && request.method !== "HEAD") return giveNote(response, METHODS);
      const entrance = await this.#judge(request, found?.capability);
      if (entrance.kind === "refused") return giveNote(response, refusalOf(entrance));
      if (found === undefined || found.target.kind === "live" || found.target.kind === "nothing") return giveNote(response, notFound);
      const aside = entrance.by === "loopback" ? this.#meetVisitor(request, found) : undefined;
      if (aside !== undefined) return giveNote(response, aside);
      if (found.target.kind === "front") return giveNote(response, moved(`${found.base}${CANVAS_PATH}${found.query}`));
      await this.#serve(exchange, { ...found, target: found.target }, entrance);
    } catch (error) {
      this.#options.log.error("the canvas could not be served", { error: traceOf(error) });
      giveNote(response, broken);
    }
  }

  /** Opens the live-reload socket of a page. Never rejects. */
  async upgrade(request: IncomingMessage, socket: Socket, { head, admitted }: { readonly head: Buffer; readonly admitted: () => void }): Promise<void> {
    try {
      const { liveReload, gate } = this.#options;
      const capability = parseCanvasTarget(request.url ?? "")?.capability;
      const entrance = await this.#judge(request, capability);
      // A browser names its page's origin, and those of our pages have none: only who knows the capability is one of them.
      const isForeign = request.headers.origin !== undefined && (entrance.kind === "refused" || entrance.by !== "capability");
      if (entrance.kind === "refused" || isForeign || !liveReload || this.#live.isFull) {
        socket.end(`HTTP/1.1 ${entrance.kind === "refused" ? STATUS[entrance.why] : isForeign ? 403 : 503} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      admitted();
      await this.#live.take(request, socket, { head, isWelcome: () => capability === undefined || entrance.by !== "capability" || gate.isGood(capability) });
    } catch (error) {
      this.#options.log.error("live reload could not be served", { error: traceOf(error) });
      socket.destroy();
    }
  }

  /** Leaves nothing open. */
  async close(): Promise<void> {
    this.#live.close();
    await this.#watch.close();
  }

  #judge(request: IncomingMessage, capability: string | undefined): Promise<CanvasEntrance> {
    const [, bearer] = /^Bearer +([\x21-\x7e]{1,4096})$/i.exec(request.headers.authorization ?? "") ?? [];
    return this.#options.gate.judge({
      peer: this.#options.peerOf(request),
      ...(capability === undefined ? {} : { capability }),
      ...(bearer === undefined ? {} : { bearer }),
    });
  }

  /**
   * Somebody on this host whose word is taken for it. A browser there is led to an address that nobody else knows, since
   * any page can make it ask for this one: what is loaded into another site's page is refused.
   */
  #meetVisitor({ headers, url = "" }: IncomingMessage, { base }: CanvasRequest): Note | undefined {
    if (headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document") return moved(`${capabilityPath(this.#options.gate.invite())}${url.slice(base.length)}`);
    const site = headers["sec-fetch-site"] ?? "none";
    return headers.origin === undefined && (site === "none" || site === "same-origin") ? undefined : FOREIGN;
  }

  async #serve(exchange: Exchange, found: FileRequest, { by }: Admitted): Promise<void> {
    if (this.#open >= MAX_OPEN) return giveNote(exchange.response, BUSY);
    this.#open += 1;
    try {
      await this.#serveFile(exchange, found, by);
    } finally {
      this.#open -= 1;
    }
  }

  async #serveFile({ request, response, door }: Exchange, { target, base, query }: FileRequest, by: Admitted["by"]): Promise<void> {
    const { area, segments, asFolder } = target;
    const folder = area === "canvas" ? this.#canvas : this.#a2ui;
    const names = asFolder ? [...segments, INDEX] : segments;
    const name = names.at(-1) ?? "";
    const packed = area === "a2ui" && /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? "")) ? await folder.open([...names.slice(0, -1), `${name}.gz`]) : NONE;
    const found = packed.kind === "file" ? packed : await folder.open(names);
    if (found.kind === "folder") return giveNote(response, moved(`${base}${pathTo(area, segments)}/${query}`));
    if (found.kind === "nothing") return giveNote(response, area === "a2ui" && segments.length === 0 ? NOT_BUILT : notFound);
    const ancestors = ancestorsOf(door.allowedOrigins());
    await giveFile({
      request,
      response,
      file: found,
      name,
      headers: {
        "Content-Security-Policy": area === "canvas" ? canvasPolicy(ancestors) : a2uiPolicy(ancestors),
        // A page without an origin may not read even what lies beside it, unless everybody may who knows the address.
        ...(by === "capability" ? { "Access-Control-Allow-Origin": "*" } : {}),
        ...(area === "a2ui" ? { Vary: "Accept-Encoding" } : {}),
        ...(packed.kind === "file" ? { "Content-Encoding": "gzip" } : {}),
      },
      ...(area === "canvas" ? { script: { src: `${base}${PAGE_SCRIPT}`, live: this.#options.liveReload } } : {}),
    });
  }
}

const NONE: Opened = { kind: "nothing" };

const STATUS: Readonly<Record<Extract<CanvasEntrance, { kind: "refused" }>["why"], number>> = { off: 503, "no-access": 401, locked: 429 };

const refusalOf = ({ why, reason, retryAfterMs }: Extract<CanvasEntrance, { kind: "refused" }>): Note => ({
  status: STATUS[why],
  text: reason,
  headers: {
    ...(why === "no-access" ? { "WWW-Authenticate": 'Bearer realm="canvas"' } : {}),
    ...(retryAfterMs === undefined ? {} : { "Retry-After": String(Math.ceil(retryAfterMs / 1_000)) }),
  },
});

/** `to` begins with one of our own paths, so that it can't lead to another host. */
const moved = (to: string): Note => ({ status: 302, text: "This page is elsewhere.", headers: { Location: to } });

const pathTo = (area: string, segments: readonly string[]): string => ["/__openclaw__", area, ...segments.map(encodeURIComponent)].join("/");
