// The January pages as any web server would have them, somewhere else than the gateway.
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".ico": "image/x-icon" };

export async function servePages(folder) {
  const server = createServer(({ url }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    // Its own gateway would answer so for an agent without a picture.
    if (pathname.startsWith("/avatar/")) return response.setHeader("Content-Type", "application/json").end('{"avatarUrl":null}');
    const path = normalize(join(folder, pathname));
    // Its tabs are paths.
    const file = extname(path) !== "" && path.startsWith(folder) && existsSync(path) ? path : join(folder, "index.html");
    response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream").end(readFileSync(file));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { origin: `http://127.0.0.1:${server.address().port}`, stop: () => (server.closeAllConnections(), server.close()) };
}
