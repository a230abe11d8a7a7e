import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port that was free a moment ago, for programs that must be told one. It lies below those that the system gives to
 * whoever asks for any, so that no other test gets it before its program does.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").then(() => true, () => false);
    await new Promise((closed) => { server.close(closed); });
    if (isFree) return port;
  }
}
