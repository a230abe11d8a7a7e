import type { Socket } from "node:net";

/**
 * Gathers what a turn of the event loop writes to a socket into one system call, which is what a small message mostly
 * costs. Flushed by an immediate rather than a tick, so that answers that await something still share the write.
 */
export class CorkRound {
  #corked: Socket[] = [];

  /** To be called before each write. */
  join(socket: Socket): void {
    if (socket.writableCorked > 0) return;
    socket.cork();
    if (this.#corked.push(socket) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const corked = this.#corked;
    this.#corked = [];
    for (const socket of corked) socket.uncork();
  }
}
