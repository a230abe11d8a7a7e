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
  const { socket } = request;
  return {
    httpVersion: request.httpVersion,
    target: request.url ?? "",
    hosts: valuesOf(request, "host"),
    // The older name belongs to a draft whose version number is still accepted.
    origins: [...valuesOf(request, "origin"), ...valuesOf(request, "sec-websocket-origin")],
    tls: socket instanceof TLSSocket,
    // Asked only where the name is not loopback: it is a question to the operating system.
    get localAddress() {
      return socket.localAddress;
    },
  };
}

/** Each occurrence of a header by itself, in order: elsewhere Node keeps only the first Host, or joins the others. */
function valuesOf({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.length === name.length && rawHeaders[at - 1]?.toLowerCase() === name);
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

/** Both ends of the connection have this address. Systems take no such packet from their networks. */
export function isFromAddress(socket: Socket, host: string): boolean {
  const wanted = canonicalAddress(host);
  return wanted !== undefined && [socket.remoteAddress, socket.localAddress].every((end) => end !== undefined && canonicalAddress(end) === wanted);
}

export function addressOf(socket: Socket): string {
  const address = socket.remoteAddress;
  return address === undefined ? NO_ADDRESS : (canonicalAddress(address) ?? address);
}
