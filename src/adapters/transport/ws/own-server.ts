import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Server as TlsServer } from "node:https";
import type { Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import type { HttpAnswer } from "./http-answer.js";
import { textAnswer } from "./http-answer.js";

export type AnyServer = Server | TlsServer;

/** Handed to TLS as they are: `key` and `cert` in PEM, or `pfx`. */
export type TlsMaterial = Pick<SecureContextOptions, "key" | "cert" | "ca" | "pfx" | "passphrase">;

// A slow or silent peer holds one socket for at most this long, whatever it drips.
const REQUEST_MS = 10_000;

const LIMITS = {
  headersTimeout: REQUEST_MS,
  requestTimeout: REQUEST_MS,
  // Node looks for overdue requests every 30 s unless told otherwise.
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 16_384,
} as const;

/** TLS 1.2 is for peers of protocol 3, some of which know no later one. What its suites allow there is Node's default. */
const OLDEST_TLS = "TLSv1.2";

export interface ServerHandlers {
  /** A TCP connection, before any byte of it was read. */
  connection(socket: Socket): void;
  request(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void;
  /** Bytes that are no acceptable HTTP: the answer to give before the socket is ended. */
  broken(socket: Socket, answer: HttpAnswer): void;
}

export function createOwnServer(handlers: ServerHandlers, tls?: TlsMaterial): AnyServer {
  const server: AnyServer = tls === undefined
    ? createServer(LIMITS)
    : createTlsServer({ ...LIMITS, ...tls, minVersion: OLDEST_TLS, handshakeTimeout: REQUEST_MS });
  server.on("connection", (socket: Socket) => {
    socket.on("error", ignoreError);
    handlers.connection(socket);
  });
  server.on("request", handlers.request);
  server.on("upgrade", (request, _socket, head) => handlers.upgrade(request, request.socket, head));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    // Node reports each further chunk of a broken request anew.
    if (socket.writableEnded) return;
    const answer = socket.writable ? answerTo(error.code ?? "") : undefined;
    if (answer === undefined) socket.destroy();
    else handlers.broken(socket as Socket, answer);
  });
  return server;
}

/** New connections get another certificate; those that are open keep theirs. */
export function renewTls(server: AnyServer, tls: TlsMaterial): void {
  if ("setSecureContext" in server) server.setSecureContext({ ...tls, minVersion: OLDEST_TLS });
}

/** Resolves with the server listening; rejects where the address cannot be had. */
export function listen(server: AnyServer, at: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: at.host, port: at.port }, () => {
      server.off("error", reject);
      // An accept that fails (no file descriptors left) costs that peer its connection, not everyone the gateway.
      server.on("error", ignoreError);
      resolve();
    });
  });
}

/** A peer may reset its connection at any time; the close that follows tells all there is to know. */
export const ignoreError = (): void => {};

/** `undefined` where the peer does not speak HTTP to us at all: a reset, a failed TLS handshake. */
function answerTo(code: string): HttpAnswer | undefined {
  if (code === "HPE_HEADER_OVERFLOW") return textAnswer(431, "Request headers too large");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return textAnswer(408, "Request timeout");
  return code.startsWith("HPE_") ? textAnswer(400, "Bad request") : undefined;
}
