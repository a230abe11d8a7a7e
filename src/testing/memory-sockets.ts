import type { OpenSocket } from "../client/connect-plan.js";
import type { MemoryTransport } from "../adapters/transport/memory/index.js";
import type { PeerFacts } from "../ports/transport.js";

/** Sockets of the client SDK that lead to a gateway in this process. `peer`: where they seem to come from; this host, without it. */
export const memorySockets =
  (transport: MemoryTransport, peer: Partial<PeerFacts> = { address: "127.0.0.1" }): OpenSocket =>
  async (_endpoint, listener, signal) => {
    const client = transport.connect(peer);
    signal.addEventListener("abort", () => client.drop(), { once: true });
    void (async () => {
      for await (const text of client) listener.message(text);
      listener.closed(await client.closed);
    })();
    return { send: (text) => client.send(text), close: (code, reason) => client.close(code, reason) };
  };
