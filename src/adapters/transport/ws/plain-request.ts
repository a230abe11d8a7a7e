import { ServerResponse } from "node:http";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

/** Whether a request asks for WebSocket, and not for `h2c` and the like, which a server is free to ignore. */
export const asksForWebSocket = (request: IncomingMessage): boolean =>
  (request.headers.upgrade ?? "").split(",").some((name) => name.trim().toLowerCase() === "websocket");

/** Whether a body follows the head: Node leaves it unread on the socket once a request asked for an upgrade. */
export const hasBody = (request: IncomingMessage): boolean =>
  request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) !== 0;

/**
 * A response for a request that Node has already taken for an upgrade, so that it can be answered like any other:
 * HTTP clients that would rather speak HTTP/2 ask every server to upgrade. `part` is to end the connection, after the answer.
 */
export function createPlainResponse(request: IncomingMessage, part: (socket: Socket) => void): ServerResponse {
  const { socket } = request;
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once("finish", () => {
    response.detachSocket(socket);
    part(socket);
  });
  // Nobody reads this socket any more; without reading, its end goes unnoticed.
  socket.resume();
  return response;
}
