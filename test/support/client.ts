import { WebSocket } from "ws";
import type { Ending, Wire } from "../../src/testing/test-client.js";

export { errorOf, payloadOf, TestClient, type Ending, type Wire } from "../../src/testing/test-client.js";

/** A real socket as a {@link Wire}. */
export class SocketWire implements Wire {
  readonly closed: Promise<Ending>;
  /** All that came, oldest first, whether or not it was taken by {@link next}. */
  readonly messages: string[] = [];
  readonly #ws: WebSocket;
  readonly #waiting: { resolve(text: string): void; reject(error: Error): void }[] = [];
  #taken = 0;
  #ending: Ending | undefined;

  private constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.on("message", (data) => {
      this.messages.push((data as Buffer).toString("utf8"));
      const waiting = this.#waiting.shift();
      if (waiting) waiting.resolve(this.messages[this.#taken++] ?? "");
    });
    this.closed = new Promise((resolve) => {
      ws.on("close", (code, reason) => {
        this.#ending = { code, reason: reason.toString("utf8") };
        for (const { reject } of this.#waiting.splice(0)) reject(ended(this.#ending));
        resolve(this.#ending);
      });
    });
  }

  /** Resolves when the connection is open, rejects where the upgrade is refused. */
  static open(url: string, headers: Readonly<Record<string, string>> = {}, from: { readonly localAddress?: string; readonly ca?: string } = {}): Promise<SocketWire> {
    const ws = new WebSocket(url, { headers: { ...headers }, ...from });
    const wire = new SocketWire(ws);
    return new Promise((resolve, reject) => {
      ws.once("open", () => resolve(wire));
      ws.on("error", reject);
    });
  }

  send(message: string | Uint8Array): void {
    this.#ws.send(message);
  }

  next(): Promise<string> {
    const text = this.messages[this.#taken];
    if (text !== undefined) {
      this.#taken += 1;
      return Promise.resolve(text);
    }
    if (this.#ending) return Promise.reject(ended(this.#ending));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Reads nothing more off the socket: what comes fills the buffers along the way, then the other side's. */
  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }

  close(code = 1000, reason = ""): void {
    this.#ws.close(code, reason);
  }

  /** Resolves when all that either side sent before has arrived at the other, or the connection has ended. */
  async settle(): Promise<void> {
    for (let round = 0; round < 2; round += 1) {
      if (this.#ws.readyState !== WebSocket.OPEN) break;
      const answered = new Promise<void>((resolve) => this.#ws.once("pong", () => resolve()));
      this.#ws.ping();
      await Promise.race([answered, this.closed]);
    }
    if (this.#ws.readyState === WebSocket.CLOSING) await this.closed;
  }
}

const ended = ({ code, reason }: Ending): Error => new Error(`the connection has ended: ${code} ${reason}`.trimEnd());
