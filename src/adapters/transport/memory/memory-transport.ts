import type { Clock } from "../../../ports/clock.js";
import type { Connection, ConnectionListener, PeerFacts, Transport } from "../../../ports/transport.js";
import { MemoryClient } from "./memory-client.js";
import { MemoryConnection } from "./memory-connection.js";

/** Peers in the same process: no sockets, no timing of its own, the same order on every run. */
export class MemoryTransport implements Transport {
  readonly #clock: Clock | undefined;
  readonly #connections = new Set<MemoryConnection>();
  #accept: ((connection: Connection) => ConnectionListener) | undefined;
  #isPaused = false;
  #onEmpty: (() => void) | undefined;

  /** With a clock, a stalled client has the usual second to answer a close; without one it is cut off at once. */
  constructor(options: { readonly clock?: Clock } = {}) {
    this.#clock = options.clock;
  }

  start(accept: (connection: Connection) => ConnectionListener): Promise<void> {
    if (this.#accept !== undefined) return Promise.reject(new Error("the transport was started before"));
    this.#accept = accept;
    return Promise.resolve();
  }

  /**
   * A new peer, from address `memory` and without headers unless told otherwise. Once the transport is paused or
   * stopped, one that is closed already (1006). Throws before the start.
   */
  connect(peer: Partial<PeerFacts> = {}): MemoryClient {
    if (this.#accept === undefined) throw new Error("the transport has not been started");
    const client = new MemoryClient();
    if (this.#isPaused) {
      client.breakOff();
      return client;
    }
    const connection: MemoryConnection = new MemoryConnection(client, {
      peer: { address: "memory", headers: {}, tls: false, ...peer },
      clock: this.#clock,
      onEnded: () => this.#ended(connection),
    });
    this.#connections.add(connection);
    connection.listen(this.#accept(connection));
    return client;
  }

  pause(): void {
    this.#isPaused = true;
  }

  /** Does not wait for the clock: a client that has stalled is cut off. */
  async stop(): Promise<void> {
    this.#isPaused = true;
    for (const connection of this.#connections) {
      connection.close(1012, "service restart");
      if (connection.isStalled) connection.destroy();
    }
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
  }

  #ended(connection: MemoryConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }
}
