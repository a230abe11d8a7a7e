import { isForwardingHeader } from "../../../domain/handshake/locality.js";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { PeerFacts } from "../../../ports/transport.js";
import { canonicalAddress } from "./authority.js";
import type { RequestFacts } from "./upgrade-judge.js";

const KEPT_HEADERS = new Set(["host", "origin", "user-agent", "x-openclaw-scopes"]);

/** What the peer is called in the gateway where the socket has no IP address, as on a Unix socket. */
const NO_ADDRESS = "unix";

export function requestFactsOf(request: IncomingMessage): RequestFacts {
  return {
    httpVersion: request.httpVersion,
    target: request.url ?? "",
    hosts: request.headersDistinct["host"] ?? [],
    // The older name belongs to a draft whose version number is still accepted.
    origins: [...(request.headersDistinct["origin"] ?? []), ...(request.headersDistinct["sec-websocket-origin"] ?? [])],
    tls: request.socket instanceof TLSSocket,
    localAddress: request.socket.localAddress,
  };
}

export function peerFactsOf(request: IncomingMessage): PeerFacts {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || !(KEPT_HEADERS.has(name) || isForwardingHeader(name))) continue;
    headers[name] = typeof value === "string" ? value : value.join(", ");
  }
  const dialled = request.headers.host;
  return {
    address: addressOf(request.socket),
    headers,
    tls: request.socket instanceof TLSSocket,
    ...(dialled === undefined ? {} : { dialled }),
  };
}

export function addressOf(socket: Socket): string {
  const address = socket.remoteAddress;
  return address === undefined ? NO_ADDRESS : (canonicalAddress(address) ?? address);
}
