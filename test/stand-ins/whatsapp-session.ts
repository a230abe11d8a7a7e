import type { IncomingMessage } from "node:http";
import { decodeBinaryNode, encodeBinaryNode, proto, type BinaryNode } from "@whiskeysockets/baileys";
import type { WebSocket } from "ws";
import { NoiseResponder, type NoiseIdentity } from "./whatsapp-noise.js";

export interface SessionListener {
  /** The handshake is over; the payload says whether somebody logs in or registers. */
  opened(session: WhatsappSession, payload: proto.ClientPayload): void;
  stanza(session: WhatsappSession, node: BinaryNode): Promise<void>;
  closed(session: WhatsappSession): void;
}

/** One socket of a client: Noise below, stanzas above. */
export class WhatsappSession {
  /** The linked device that it belongs to, once it has logged in. */
  deviceId: number | undefined;
  /** While set, it takes everything in and says nothing. */
  isMute = false;
  /** What was missed comes first: until all of it is receipted, what is new waits. */
  readonly backlog = new Set<string>();
  readonly held: BinaryNode[] = [];
  #hasLeft = false;
  readonly #socket: WebSocket;
  readonly #noise: NoiseResponder;
  readonly #listener: SessionListener;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(socket: WebSocket, identity: NoiseIdentity, listener: SessionListener, _request?: IncomingMessage) {
    this.#socket = socket;
    this.#noise = new NoiseResponder(identity);
    this.#listener = listener;
    socket.on("message", (data: Buffer) => this.#inTurn(() => this.#receive(data)));
    socket.on("close", () => this.#leave());
    socket.on("error", () => undefined);
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN && this.#noise.isOpen;
  }

  send(node: BinaryNode): void {
    if (!this.isOpen || this.isMute) return;
    this.#socket.send(this.#noise.frame(this.#noise.encrypt(encodeBinaryNode(node))));
  }

  deliver(node: BinaryNode): void {
    if (this.backlog.size === 0) this.send(node);
    else this.held.push(node);
  }

  receipted(id: string): void {
    if (!this.backlog.delete(id) || this.backlog.size > 0) return;
    for (const node of this.held.splice(0)) this.send(node);
  }

  /** Says why, and closes. */
  end(node: BinaryNode): void {
    this.send(node);
    this.#socket.close();
    this.#leave();
  }

  cut(): void {
    this.#socket.terminate();
    this.#leave();
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#listener.closed(this);
  }

  async #receive(data: Buffer): Promise<void> {
    for (const frame of this.#noise.take(data)) {
      if (this.#noise.isOpen) {
        await this.#listener.stanza(this, await decodeBinaryNode(Buffer.from(this.#noise.decrypt(frame))));
        continue;
      }
      const { clientHello, clientFinish } = proto.HandshakeMessage.decode(frame);
      if (clientHello) this.#socket.send(this.#noise.frame(this.#noise.hello(clientHello)));
      if (clientFinish) this.#listener.opened(this, this.#noise.finish(clientFinish));
    }
  }

  #inTurn(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(work).catch((error: unknown) => {
      if (process.env["WHATSAPP_STAND_IN_DEBUG"] !== undefined) console.error(error);
      this.#socket.terminate();
    });
  }
}
