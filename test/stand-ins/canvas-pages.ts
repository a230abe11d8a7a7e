import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const BOARD = `<!doctype html><title>Board</title><body style="margin:0;background:#0a7d33"><h1>Board</h1>`;

/** A renderer that shows what it is told as text, and has one button that posts an action. */
const A2UI = `<!doctype html><title>A2UI</title><body><pre id="shown"></pre><button id="go">Go</button><pre id="status"></pre><script>
  const shown = [];
  const show = () => (document.querySelector("#shown").textContent = JSON.stringify(shown));
  globalThis.openclawA2UI = {
    applyMessages(messages) {
      for (const message of messages) if (message.createSurface) throw new Error("no such message");
      shown.push(...messages);
      show();
    },
    reset() { shown.length = 0; show(); },
  };
  addEventListener("openclaw:a2ui-action-status", ({ detail }) => (document.querySelector("#status").textContent = JSON.stringify(detail)));
  document.querySelector("#go").addEventListener("click", () => {
    const userAction = { id: "act-1", name: "go", surfaceId: "main", sourceComponentId: "button", timestamp: "2026-09-21T00:00:00Z", context: { choice: "tea" } };
    const door = window.webkit?.messageHandlers?.openclawCanvasA2UIAction ?? window.openclawCanvasA2UIAction;
    door.postMessage(JSON.stringify({ userAction }));
  });
</script>`;

/** The gateway's canvas as a node sees it: pages that are opened by the secret in their path, until it is renewed. */
export class CanvasPages {
  readonly #server: Server;
  /** Paths that were asked for, below the secret. */
  readonly asked: string[] = [];
  #secret = 1;

  private constructor() {
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  static async open(): Promise<CanvasPages> {
    const pages = new CanvasPages();
    await new Promise<void>((resolve) => pages.#server.listen(0, "127.0.0.1", resolve));
    return pages;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get base(): string {
    return `${this.origin}/__openclaw__/cap/secret-${this.#secret}`;
  }

  /** The secret that was told so far opens nothing any more. */
  expire(): void {
    this.#secret += 1;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve({ url = "" }: IncomingMessage, response: ServerResponse): void {
    const prefix = `/__openclaw__/cap/secret-${this.#secret}`;
    const say = (status: number, html: string): void => void response.writeHead(status, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" }).end(html);
    if (url.startsWith("/plain")) return say(200, "<!doctype html><title>Plain</title><body>plain");
    if (url === "/to-file") return void response.writeHead(302, { location: "file:///etc/passwd" }).end();
    if (url === "/to-metadata") return void response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/" }).end();
    if (url === "/never") return;
    if (!url.startsWith(`${prefix}/`)) return say(403, "shut");
    const path = url.slice(prefix.length);
    this.asked.push(path);
    if (path.startsWith("/__openclaw__/a2ui/")) return say(200, A2UI);
    if (/^\/__openclaw__\/canvas\/(board\.html.*)?$/.test(path)) return say(200, BOARD);
    return say(404, "nothing here");
  }
}
