import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** A peer that writes whatever bytes it likes to a TCP socket, and reads HTTP and WebSocket frames off it. */
export class RawPeer {
  readonly socket: Socket;
  /** The connection is over, however it came to that. */
  readonly gone: Promise<void>;
  #received = Buffer.alloc(0);
  #onBytes: (() => void) | undefined;
  #isGone = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#onBytes?.();
    });
    this.gone = new Promise((resolve) => {
      socket.on("close", () => {
        this.#isGone = true;
        this.#onBytes?.();
        resolve();
      });
    });
  }

  static async dial(port: number, host = "127.0.0.1"): Promise<RawPeer> {
    const socket = connect({ port, host, noDelay: true });
    const peer = new RawPeer(socket);
    await Promise.race([once(socket, "connect"), peer.gone]);
    return peer;
  }

  write(bytes: string | Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  /** The head of an upgrade request; a header given as `undefined` is left out. */
  askForUpgrade(headers: Readonly<Record<string, string | undefined>> = {}, requestLine = "GET / HTTP/1.1"): this {
    const all = {
      Host: `127.0.0.1:${this.socket.remotePort}`,
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Key": KEY,
      "Sec-WebSocket-Version": "13",
      ...headers,
    };
    const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]));
    return this.write(Buffer.from(`${requestLine}\r\n${lines.join("")}\r\n`, "latin1"));
  }

  /** The next HTTP response, or `undefined` where the connection ended without one. */
  async response(): Promise<RawResponse | undefined> {
    await this.#until(() => this.#received.includes("\r\n\r\n"));
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const [statusLine = "", ...lines] = this.#received.toString("latin1", 0, end).split("\r\n");
    const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
    const length = Number(headers["content-length"] ?? 0);
    await this.#until(() => this.#received.length >= end + 4 + length);
    const body = this.#received.toString("utf8", end + 4, end + 4 + length);
    this.#received = this.#received.subarray(end + 4 + length);
    return { status: Number(statusLine.split(" ")[1]), headers, body };
  }

  /** The next frame from the server, or `undefined` where the connection ended without one. */
  async frame(): Promise<{ opcode: number; payload: Buffer } | undefined> {
    const lengthAt = (): number | undefined => {
      const short = (this.#received[1] ?? 0) & 0x7f;
      if (short < 126) return 2 + short;
      if (short === 126) return this.#received.length < 4 ? undefined : 4 + this.#received.readUInt16BE(2);
      return this.#received.length < 10 ? undefined : 10 + Number(this.#received.readBigUInt64BE(2));
    };
    const isWhole = (): boolean => this.#received.length >= 2 && this.#received.length >= (lengthAt() ?? Infinity);
    await this.#until(isWhole);
    if (!isWhole()) return undefined;
    const total = lengthAt() ?? 0;
    const short = (this.#received[1] ?? 0) & 0x7f;
    const opcode = (this.#received[0] ?? 0) & 0x0f;
    const payload = this.#received.subarray(short < 126 ? 2 : short === 126 ? 4 : 10, total);
    this.#received = this.#received.subarray(total);
    return { opcode, payload };
  }

  /** The close frame, past whatever comes before it; `undefined` where the connection just ended. */
  async closeFrame(): Promise<{ code: number; reason: string } | undefined> {
    for (;;) {
      const frame = await this.frame();
      if (frame === undefined) return undefined;
      if (frame.opcode !== 8) continue;
      return { code: frame.payload.length < 2 ? 1005 : frame.payload.readUInt16BE(0), reason: frame.payload.toString("utf8", 2) };
    }
  }

  end(): void {
    this.socket.destroy();
  }

  #until(isMet: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#onBytes = () => {
        if (isMet() || this.#isGone) resolve();
      };
      this.#onBytes();
    });
  }
}

/** A client frame with an all-zero mask. `first` is the whole first byte, so that reserved bits can be set. */
export function clientFrame(first: number, payload: string | Uint8Array): Buffer {
  const body = Buffer.from(payload as string);
  return Buffer.concat([clientFrameHead(first, body.length), body]);
}

/** Only the head, of a frame that claims to be `length` bytes long. */
export function clientFrameHead(first: number, length: number): Buffer {
  const head = Buffer.alloc(length < 126 ? 6 : length < 65_536 ? 8 : 14);
  head[0] = first;
  if (length < 126) {
    head[1] = 0x80 | length;
  } else if (length < 65_536) {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return head;
}

export const TEXT = 0x81;
export const TEXT_BEGIN = 0x01;
export const CONTINUATION = 0x00;
export const PING = 0x89;
