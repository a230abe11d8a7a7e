import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { CanvasDoor, CanvasHost } from "../../adapters/canvas/http/index.js";
import { prepareFolder } from "../../adapters/canvas/http/first-page.js";
import { peerFactsOf, WsTransport, type SideUpgrades } from "../../adapters/transport/ws/index.js";
import { isCanvasPath, CANVAS_PATH, parseCanvasTarget } from "../../domain/canvas/path.js";
import { after } from "../../domain/moment.js";
import { traceOf } from "../../domain/reason.js";
import type { ServerCertificate } from "../../ports/certificates.js";
import type { CanvasFiles } from "../../ports/canvas-files.js";
import type { CanvasGate } from "../../ports/canvas-gate.js";
import type { Clock } from "../../ports/clock.js";
import type { ConfigSource } from "../../ports/config-source.js";
import type { Log } from "../../ports/log.js";
import type { ConnectionListener } from "../../ports/transport.js";
import { assetsFolder } from "./assets.js";
import { urlOf } from "./host-facts.js";
import { DEFAULT_HOST, DEFAULT_PORT, judged, type ListenOptions } from "./listen-options.js";
import type { TlsWatch } from "./tls-watch.js";

/** The canvas as one listener serves it. */
export interface CanvasRoutes {
  /** Takes a request for one of the canvas's paths, and answers it; `false` for any other, which it leaves as it is. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  readonly upgrades: SideUpgrades;
}

/** The canvas, for whoever embeds a gateway. */
export interface CanvasServing {
  /** Takes a request for one of the canvas's paths, and answers it; `false` for any other, which it leaves as it is. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** Opens a listener for the canvas alone, by default on `127.0.0.1`, port 18793. Rejects where the address is taken. */
  listen(at?: ListenOptions): Promise<{ readonly host: string; readonly port: number; readonly url: string }>;
  /** Makes the folder ready for whoever draws in it, without waiting for the first who looks. Rejects with the system's error where it can't be had. */
  prepare(): Promise<void>;
}

interface Parts {
  readonly config: ConfigSource;
  readonly clock: Clock;
  readonly log: Log;
  readonly tls: TlsWatch;
  readonly stateDir?: string;
  readonly gate: () => Promise<CanvasGate>;
}

/** The canvas, for whoever puts a gateway together. */
export interface Canvas extends CanvasServing {
  at(door: Partial<CanvasDoor>): CanvasRoutes;
  /** What its pages are made of, for whoever edits them; nothing where there is no canvas. */
  files(): Promise<CanvasFiles | undefined>;
  close(): Promise<void>;
}

/** The canvas's routes. What serves them is loaded with the first request: most gateways are never asked. */
export function createCanvas(parts: Parts): Canvas {
  const { clock, log } = parts;
  let host: Promise<CanvasHost | undefined> | undefined;
  let isClosed = false;

  /** `undefined` where there is no canvas. What went wrong is tried again after a while, and not by each who asks. */
  const openOnce = (): Promise<CanvasHost | undefined> => {
    // One that is switched on later is not missed.
    if (rootOf(parts) === undefined) return host ?? Promise.resolve(undefined);
    host ??= openHost(parts).catch((error: unknown) => {
      log.error("the canvas cannot be shown; see canvasHost.root", { error: traceOf(error) });
      clock.callAt(after(clock.now(), RETRY_MS), () => {
        host = undefined;
      });
      return undefined;
    });
    return host;
  };
  const use = async (act: (host: CanvasHost) => Promise<void>, otherwise: () => void): Promise<void> => {
    const opened = isClosed ? undefined : await openOnce();
    if (opened === undefined) otherwise();
    else await act(opened);
  };

  const at = ({ allowedOrigins = () => [] }: Partial<CanvasDoor>): CanvasRoutes => ({
    handle: (request, response) => {
      if (!isCanvasPath(request.url ?? "")) return false;
      void use((opened) => opened.answer({ request, response, door: { allowedOrigins } }), () => sayOff(response));
      return true;
    },
    upgrades: {
      wants: (path) => isCanvasPath(path) && parseCanvasTarget(path)?.target.kind === "live",
      take: (request, socket, head, admitted) =>
        void use((opened) => opened.upgrade(request, socket, { head, admitted }), () => endOff(socket)),
    },
  });
  const listeners = new Set<WsTransport>();

  return {
    at,
    handle: at({}).handle,
    listen: async (where = {}) => {
      // The gateway first: without its state, nobody could be let in.
      await parts.gate();
      const certificate = await where.tls?.current();
      const listener = listenerFor(where, { routes: at(where), clock, log, certificate });
      await listener.start(() => DEAF);
      listeners.add(listener);
      if (isClosed) await listener.stop();
      if (where.tls && certificate) parts.tls.follow(where.tls, certificate, (next) => listener.renew(next));
      const bound = listener.address();
      return { ...bound, url: urlOf({ ...bound, secure: certificate !== undefined }).replace(/^ws/, "http") };
    },
    prepare: async () => {
      const root = rootOf(parts);
      if (root !== undefined) await prepareFolder(root, firstPage());
    },
    files: async () => {
      const root = rootOf(parts);
      if (root === undefined) return undefined;
      const { FolderCanvasFiles } = await import("../../adapters/canvas-files/folder/index.js");
      return new FolderCanvasFiles(root);
    },
    close: async () => {
      isClosed = true;
      await Promise.all([host?.then((opened) => opened?.close()), ...[...listeners].map((listener) => listener.stop())]);
    },
  };
}

/** How far the canvas is from the gateway, where older apps look for it. */
const PORT_OFFSET = 4;
/** Nobody connects to the gateway where only the canvas is served. */
const DEAF: ConnectionListener = { message: () => undefined, closed: () => undefined };

interface Listener extends Pick<Parts, "clock" | "log"> {
  readonly routes: CanvasRoutes;
  readonly certificate: ServerCertificate | undefined;
}

const listenerFor = (at: ListenOptions, { routes, clock, log, certificate }: Listener): WsTransport =>
  new WsTransport({
    host: at.host ?? DEFAULT_HOST,
    port: at.port ?? DEFAULT_PORT + PORT_OFFSET,
    clock,
    log,
    sideOnly: true,
    routes: (request, response) => routes.handle(request, response) || toCanvas(request, response),
    sideUpgrades: routes.upgrades,
    ...(certificate === undefined ? {} : { tls: certificate }),
    ...judged(at),
  });

const RETRY_MS = 5_000;

function rootOf({ config, stateDir }: Parts): string | undefined {
  const { enabled, root } = config.settings().canvas;
  return enabled ? (root ?? (stateDir === undefined ? undefined : join(stateDir, "canvas"))) : undefined;
}

async function openHost(parts: Parts): Promise<CanvasHost | undefined> {
  const { config, clock, log, gate } = parts;
  const root = rootOf(parts);
  if (root === undefined) return undefined;
  const { CanvasHost } = await import("../../adapters/canvas/http/index.js");
  const { liveReload } = config.settings().canvas;
  return CanvasHost.open({ root, firstPage: firstPage(), a2ui: join(assetsFolder("canvas"), "a2ui"), liveReload, gate: await gate(), clock, log, peerOf: peerFactsOf });
}

const firstPage = (): string => join(assetsFolder("canvas"), "first-page.html");

/** Of a listener for the canvas alone, the front is the canvas. */
function toCanvas(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.url !== "/") return false;
  response.writeHead(302, { Location: CANVAS_PATH, "Cache-Control": "no-store", "Content-Length": "0" });
  response.end();
  return true;
}

function sayOff(response: ServerResponse): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(503, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" });
  response.end("This gateway shows no canvas. Its log or its setting canvasHost.enabled says why.");
}

const endOff = (socket: Socket): void => void socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
