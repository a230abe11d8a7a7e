/** What the transport saw of a peer. Header names are lower-case; only those that the gateway judges are kept. */
export interface PeerFacts {
  /** Textual IP address of the TCP peer; `memory` for an in-process peer. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: boolean;
  /** The address that the peer dialled, as far as known: `host:port` of the Host header. */
  readonly dialled?: string;
  /** It dialled a listener that is bound to one address of this host, where such peers count as this host's, from that address. */
  readonly isOwnAddress?: boolean;
}

/** What many connections get alike, serialised once. An object of its own for each message: connections keep its bytes by it. */
export interface SharedText {
  readonly head: string;
}

/** One open, message-based connection. Messages arrive and leave in order. */
export interface Connection {
  readonly peer: PeerFacts;
  /** Bytes accepted by {@link send} that have not left this process. */
  readonly bufferedBytes: number;
  /** One text message. Silently dropped once the connection is closing. */
  send(message: string | Uint8Array): void;
  /** The same for one message that many get: its head, encoded once for all of them, then a tail of this one's own, in ASCII. */
  sendShared(shared: SharedText, tail: string): void;
  /** The peer was admitted: raise the size cap and give back its place in the budget of strangers. */
  admit(): void;
  /** Closes with a code and a reason (cut to 120 bytes). A peer that does not answer is cut off a second later. */
  close(code: number, reason?: string): void;
}

export interface ConnectionListener {
  message(text: string): void;
  /** Exactly once, after which nothing more is heard. */
  closed(code: number, reason: string): void;
}

/** Something that accepts peers. A transport serves one gateway. */
export interface Transport {
  /** Begins to accept; resolves when ready, rejects when it cannot (address in use). */
  start(accept: (connection: Connection) => ConnectionListener): Promise<void>;
  /** Accepts nobody more; open connections stay. */
  pause(): void;
  /** Closes what is left and frees the address. */
  stop(): Promise<void>;
}
