import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import type { RawData } from "ws";
import { cutCloseReason } from "../../../domain/protocol/close-reason.js";
import type { Connection, ConnectionListener, PeerFacts, SharedText } from "../../../ports/transport.js";
import type { CorkRound } from "./cork-round.js";
import type { DelayQueue } from "./delay-queue.js";
import type { SharedFrames } from "./shared-frames.js";
import { StrangerMeter } from "./stranger-meter.js";
import { textFrame } from "./text-frame.js";

/** What the connections of one transport share, so that each of them stays small. */
export interface Household {
  readonly corks: CorkRound;
  readonly shared: SharedFrames;
  readonly heartbeats: DelayQueue<WsConnection>;
  /** Whoever is in here is cut off when its time is up. */
  readonly goodbyes: DelayQueue<{ destroy(): void }>;
  admitted(connection: WsConnection): void;
  ended(connection: WsConnection): void;
}

/** Listeners find their connection here, which saves a set of closures per connection. */
export class PeerSocket extends WebSocket {
  connection: WsConnection | undefined;
}

const AS_TEXT = { binary: false } as const;

/** Codes that `ws` closes with by itself, by the code of the error it then emits; all others are 1002. */
const CLOSE_CODES: ReadonlyMap<unknown, number> = new Map([
  ["WS_ERR_INVALID_UTF8", 1007],
  ["WS_ERR_TOO_MANY_BUFFERED_PARTS", 1008],
  ["WS_ERR_UNSUPPORTED_MESSAGE_LENGTH", 1009],
  ["WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH", 1009],
]);

export class WsConnection implements Connection {
  readonly peer: PeerFacts;
  readonly #ws: PeerSocket;
  readonly #socket: Socket;
  readonly #household: Household;
  #listener: ConnectionListener | undefined;
  #guard: ((chunk: Uint8Array) => void) | undefined;
  /** How the connection ended, once our side knows; else the peer's own word counts. */
  #ending: { readonly code: number; readonly reason: string } | undefined;
  #awaitsPong = false;
  #heardSincePing = false;
  #bytesReadAtPing = 0;

  constructor(ws: PeerSocket, socket: Socket, about: { peer: PeerFacts; household: Household }) {
    this.#ws = ws;
    this.#socket = socket;
    this.peer = about.peer;
    this.#household = about.household;
    ws.connection = this;
    ws.on("message", onMessage).on("pong", onPong).on("error", onError).on("close", onClose);
    const meter = new StrangerMeter();
    this.#guard = (chunk) => {
      if (!meter.accepts(chunk)) this.#shutOut();
    };
    // Ahead of the listener of `ws`, so that the verdict comes before the bytes are kept.
    socket.prependListener("data", this.#guard);
    this.#household.heartbeats.add(this);
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** Before this nothing is heard; the socket delivers nothing in the turn in which it was opened. */
  listen(listener: ConnectionListener): void {
    this.#listener = listener;
  }

  send(message: string | Uint8Array): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    this.#household.corks.join(this.#socket);
    // Of one piece, a text is cheaper to write; as bytes, since a socket counts what waits of a text in characters, of
    // which one may take two or three. Without compression `ws` too writes at once, so the order stays.
    if (typeof message === "string") this.#socket.write(textFrame(message));
    else this.#ws.send(message, AS_TEXT);
  }

  sendShared(shared: SharedText, tail: string): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    this.#household.corks.join(this.#socket);
    for (const piece of this.#household.shared.of(shared, tail)) this.#socket.write(piece);
  }

  admit(): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    this.#dropGuard();
    this.#household.admitted(this);
  }

  close(code: number, reason = ""): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    const ending = { code, reason: cutCloseReason(reason) };
    this.#ws.close(code, ending.reason);
    this.#ending = ending;
    this.#household.goodbyes.add(this);
  }

  /** Ends the connection without a word. */
  destroy(): void {
    this.#ws.terminate();
  }

  /** Pings the peer, or gives it up if it left the last ping without an answer. */
  beat(): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    // A pong cannot overtake a message that is still being sent: bytes of one that is not complete yet are a sign of life.
    const isAmidMessage = !this.#heardSincePing && this.#socket.bytesRead > this.#bytesReadAtPing;
    if (this.#awaitsPong && !isAmidMessage) {
      this.destroy();
      return;
    }
    this.#awaitsPong = true;
    this.#heardSincePing = false;
    this.#bytesReadAtPing = this.#socket.bytesRead;
    this.#household.corks.join(this.#socket);
    this.#ws.ping();
    this.#household.heartbeats.add(this);
  }

  heard(data: RawData, isBinary: boolean): void {
    this.#heardSincePing = true;
    if (this.#ending !== undefined || !Buffer.isBuffer(data)) return;
    if (isBinary && !isUtf8(data)) {
      this.close(1007, "invalid UTF-8");
      return;
    }
    this.#listener?.message(data.toString("utf8"));
  }

  ponged(): void {
    this.#awaitsPong = false;
    this.#heardSincePing = true;
  }

  failed(error: unknown): void {
    const code = (error as { readonly code?: unknown }).code;
    this.#ending ??= { code: CLOSE_CODES.get(code) ?? 1002, reason: "" };
    this.#household.goodbyes.add(this);
  }

  ended(code: number, reason: Buffer): void {
    this.#dropGuard();
    this.#household.heartbeats.delete(this);
    this.#household.goodbyes.delete(this);
    this.#household.ended(this);
    const ending = this.#ending ?? { code, reason: reason.toString("utf8") };
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.closed(ending.code, ending.reason);
  }

  #dropGuard(): void {
    if (this.#guard !== undefined) this.#socket.off("data", this.#guard);
    this.#guard = undefined;
  }

  /** Tells a stranger that it sent too much, and lets the rest of it run into the void: a reset would swallow the close frame. */
  #shutOut(): void {
    this.close(1009, "preauth payload too large");
    this.#guard = undefined;
    this.#socket.removeAllListeners("data");
    this.#socket.resume();
    this.#socket.end();
    this.#household.goodbyes.add(this);
  }
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  connectionOf(this)?.heard(data, isBinary);
}

function onPong(this: WebSocket): void {
  connectionOf(this)?.ponged();
}

function onError(this: WebSocket, error: Error): void {
  connectionOf(this)?.failed(error);
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  connectionOf(this)?.ended(code, reason);
}

const connectionOf = (ws: WebSocket): WsConnection | undefined => (ws instanceof PeerSocket ? ws.connection : undefined);
