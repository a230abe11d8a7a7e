import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { portOf, type HostJudge } from "./host-judge.js";

/** Headers that are about one connection, and end with it. */
const HOP_BY_HOP = ["proxy-connection", "proxy-authorization", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];
const CONNECT_TIMEOUT_MS = 20_000;

/**
 * The browser's only way out. It looks up the name, judges the address, and connects to the one that it judged: a name
 * cannot change its mind in between, and a redirect, a picture or a socket of a page is judged like the page.
 */
export class PageProxy {
  readonly #judge: HostJudge;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();

  private constructor(judge: HostJudge) {
    this.#judge = judge;
    this.#server = createServer((incoming, response) => void this.#forward(incoming, response));
    this.#server.on("connect", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void this.#tunnel(incoming, socket, head));
    this.#server.on("connection", (socket) => this.#keep(socket));
  }

  /** Listens on a free port of this host's loopback. */
  static async open(judge: HostJudge): Promise<PageProxy> {
    const proxy = new PageProxy(judge);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once("error", reject);
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** HTTP in the clear: the request line names the whole URL. */
  async #forward(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.canParse(incoming.url ?? "") ? new URL(incoming.url ?? "") : undefined;
    if (url?.protocol !== "http:") return void response.writeHead(400).end();
    const reach = await this.#judge.judge({ hostname: url.hostname, port: portOf(url) });
    if (reach.kind === "closed") return void response.writeHead(403, { "content-type": "text/plain; charset=utf-8" }).end(reach.message);
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
    const onward = request({ host: reach.address, port: portOf(url), method: incoming.method, path: `${url.pathname}${url.search}`, headers, setHost: false, agent: false, timeout: CONNECT_TIMEOUT_MS });
    const fail = (): void => {
      if (!response.headersSent) response.writeHead(502);
      response.end();
    };
    onward.on("error", fail).on("timeout", () => onward.destroy());
    onward.on("response", (answer) => {
      onward.setTimeout(0);
      response.writeHead(answer.statusCode ?? 502, withoutHops(answer));
      answer.on("error", fail).pipe(response);
    });
    response.on("close", () => onward.destroy());
    incoming.pipe(onward);
  }

  /** TLS and WebSockets: all that is known is where to. */
  async #tunnel(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => undefined);
    const [, hostname = "", port = ""] = /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/.exec(incoming.url ?? "") ?? [];
    const reach = hostname === "" ? undefined : await this.#judge.judge({ hostname, port: Number(port) });
    if (reach?.kind !== "open") return void socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    const onward = connect({ host: reach.address, port: Number(port) });
    this.#keep(onward);
    onward.setTimeout(CONNECT_TIMEOUT_MS, () => onward.destroy());
    onward.on("error", () => socket.destroy());
    onward.on("close", () => socket.destroy());
    socket.on("close", () => onward.destroy());
    onward.once("connect", () => {
      onward.setTimeout(0);
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

/** Several values of one header, such as cookies, stay several. */
function withoutHops({ rawHeaders }: IncomingMessage): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = "", value = ""] = [rawHeaders[at], rawHeaders[at + 1]];
    if (!HOP_BY_HOP.includes(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
