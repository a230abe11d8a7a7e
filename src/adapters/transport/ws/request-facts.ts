import { isForwardingHeader } from "../../../domain/handshake/locality.js";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { PeerFacts } from "../../../ports/transport.js";
import { canonicalAddress } from "./authority.js";
import type { RequestFacts } from "./upgrade-judge.js";

const KEPT_HEADERS = new Set(["origin", "x-openclaw-scopes"]);
/** What most programs send of those, as opposed to browsers and proxies. */
const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** What the peer is called in the gateway where the socket has no IP address, as on a Unix socket. */
const NO_ADDRESS = "unix";

class HttpRequestFacts implements RequestFacts {
  readonly httpVersion: string;
  readonly target: string;
  readonly hosts: string[] = [];
  readonly origins: string[] = [];
  readonly tls: boolean;
  readonly #socket: Socket;

  constructor({ httpVersion, url, socket, rawHeaders }: IncomingMessage) {
    this.httpVersion = httpVersion;
    this.target = url ?? "";
    this.tls = socket instanceof TLSSocket;
    this.#socket = socket;
    // Each occurrence by itself, in order: elsewhere Node keeps only the first Host, or joins the others.
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) this.#note(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  }

  #note(name: string, value: string): void {
    switch (name.toLowerCase()) {
      case "host":
        this.hosts.push(value);
        break;
      case "origin":
      // The older name belongs to a draft whose version number is still accepted.
      case "sec-websocket-origin":
        this.origins.push(value);
    }
  }

  /** Asked only where the name is not loopback: it is a question to the operating system. */
  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }
}

export const requestFactsOf = (request: IncomingMessage): RequestFacts => new HttpRequestFacts(request);

export function peerFactsOf(request: IncomingMessage): PeerFacts {
  let headers: Record<string, string> | undefined;
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || !(KEPT_HEADERS.has(name) || isForwardingHeader(name))) continue;
    (headers ??= {})[name] = typeof value === "string" ? value : value.join(", ");
  }
  const dialled = request.headers.host;
  return {
    address: addressOf(request.socket),
    headers: headers ?? NO_HEADERS,
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
