import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface ServeConfig {
  TCP?: Record<string, { HTTPS?: boolean; TCPForward?: string }>;
  Web?: Record<string, { Handlers: Record<string, { Proxy?: string; Text?: string }> }>;
  AllowFunnel?: Record<string, boolean>;
}

export interface Member {
  readonly login: string;
  readonly name?: string;
  readonly tags?: readonly string[];
}

const HOST = "gateway.tail1234.ts.net";

/**
 * Tailscale's daemon: its local API on a Unix socket, and the proxy of `tailscale serve`, which treats headers as the
 * real one does. Its command line is the program beside it.
 */
export class Tailscaled {
  static readonly program = fileURLToPath(new URL("./tailscale.mjs", import.meta.url));
  readonly host = HOST;
  readonly members: Map<string, Member>;
  readonly socket: string;
  config: ServeConfig = {};
  /** What its status says; `Running` where it is connected. */
  state = "Running";
  /** Refuses changes, as it does to users who are no operators. */
  denies = false;
  /** How often somebody was asked about. */
  asked = 0;
  readonly #dir: string;
  readonly #api: Server;
  readonly #doors: Server[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(dir: string, members: Readonly<Record<string, Member>>) {
    this.#dir = dir;
    this.socket = join(dir, "tailscaled.sock");
    this.members = new Map(Object.entries(members));
    this.#api = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(members: Readonly<Record<string, Member>> = {}): Promise<Tailscaled> {
    const daemon = new Tailscaled(await mkdtemp(join(tmpdir(), "tailscaled-")), members);
    daemon.#api.listen(daemon.socket);
    await once(daemon.#api, "listening");
    return daemon;
  }

  /** The root of the host's name on port 443. */
  get reached(): { readonly target: string; readonly funnel: boolean } | undefined {
    const target = this.config.Web?.[`${HOST}:443`]?.Handlers["/"]?.Proxy;
    return target === undefined ? undefined : { target, funnel: this.config.AllowFunnel?.[`${HOST}:443`] === true };
  }

  /** Where a device with that address reaches what is served: its own end of the tailnet. */
  async doorOf(address: string, { funnel = false }: { readonly funnel?: boolean } = {}): Promise<string> {
    const headersOf = (request: IncomingMessage): Record<string, string> => {
      const member = funnel ? undefined : this.members.get(address);
      const headers = Object.fromEntries(Object.entries(request.headers).flatMap(([name, value]) =>
        typeof value !== "string" || name.startsWith("tailscale-") ? [] : [[name, value]]));
      return {
        ...headers,
        host: HOST,
        "x-forwarded-host": HOST,
        "x-forwarded-proto": "https",
        "x-forwarded-for": address,
        ...(funnel ? { "tailscale-funnel-request": "?1" } : {}),
        ...(member === undefined || member.tags !== undefined ? {} : { "tailscale-user-login": encodeWord(member.login), "tailscale-user-name": encodeWord(member.name ?? member.login) }),
      };
    };
    const server = createServer((_request, response) => response.writeHead(404).end());
    server.on("upgrade", (request, socket: Socket) => {
      const target = this.reached?.target;
      if (target === undefined) return socket.destroy();
      const onward = connect({ port: Number(new URL(target).port), host: "127.0.0.1" });
      for (const end of [socket, onward]) {
        this.#sockets.add(end);
        end.on("error", () => undefined).on("close", () => [socket, onward].forEach((each) => each.destroy()));
      }
      const lines = Object.entries(headersOf(request)).map(([name, value]) => `${name}: ${value}\r\n`);
      onward.write(`GET ${request.url} HTTP/1.1\r\n${lines.join("")}\r\n`);
      onward.pipe(socket);
      socket.pipe(onward);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#doors.push(server);
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Ends the daemon as a crash does: its socket stays and nobody listens. */
  async die(): Promise<void> {
    if (!this.#api.listening) return;
    this.#api.close();
    this.#api.closeAllConnections();
    await once(this.#api, "close");
  }

  async stop(): Promise<void> {
    await this.die();
    for (const socket of this.#sockets) socket.destroy();
    for (const door of this.#doors) door.close();
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", "http://local-tailscaled.sock");
    const give = (status: number, body: unknown): void => void response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
    if (request.headers.host !== "local-tailscaled.sock") return give(403, "invalid localapi request");
    switch (`${request.method} ${url.pathname}`) {
      case "GET /localapi/v0/status":
        return give(200, { Version: "1.94.2", BackendState: this.state, Self: { DNSName: `${HOST}.`, TailscaleIPs: ["100.64.0.1"] } });
      case "GET /localapi/v0/whois":
        return this.#whois(url.searchParams.get("addr") ?? "", give);
      case "GET /localapi/v0/serve-config":
        return give(200, this.config);
      case "POST /localapi/v0/serve-config": {
        if (this.denies) return give(403, "Access denied: serve config denied");
        let body = "";
        for await (const part of request) body += String(part);
        this.config = JSON.parse(body) as ServeConfig;
        return give(200, "");
      }
      default:
        return give(404, "404 page not found");
    }
  }

  #whois(place: string, give: (status: number, body: unknown) => void): void {
    this.asked += 1;
    const address = /^\[?([0-9a-f.:]+?)\]?(?::\d+)?$/i.exec(place)?.[1];
    if (address === undefined) return give(400, "invalid 'addr' parameter");
    const member = this.members.get(address);
    if (member === undefined) return give(404, "no match for IP:port");
    return give(200, { Node: { ID: 1, Name: "laptop.tail1234.ts.net.", Addresses: [`${address}/32`], ...(member.tags === undefined ? {} : { Tags: member.tags }) }, UserProfile: { ID: 2, LoginName: member.tags === undefined ? member.login : "tagged-devices", DisplayName: member.name ?? member.login }, CapMap: {} });
  }
}

/** As Go's mime.QEncoding: ASCII stays, all else becomes a Q word. */
// oxlint-disable-next-line no-control-regex -- ASCII is what it asks for
const encodeWord = (text: string): string => (/^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?q?${[...Buffer.from(text)].map((byte) => (/[A-Za-z0-9]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`)).join("")}?=`);
