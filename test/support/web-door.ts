import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from "playwright-core";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/index.js";
import { ScriptedRuntime, type Script } from "../../src/adapters/agent/scripted/index.js";
import { MemoryLog } from "../../src/adapters/log/memory/index.js";
import { CHROMIUM } from "./chromium.js";
import type { ListenOptions } from "../../src/app/compose/listen-options.js";
import type { LiveMethod, ParamsOf, ResultOf } from "../../src/domain/protocol/catalog.js";

/** A browser has to start, and pages to load, on a machine that may be busy. */
export const SLOW_MS = 120_000;

export const TOKEN = "the-right-gateway-token";

/** Under this name the gateway is another host, which plain HTTP makes no secure context of. */
export const LAN_NAME = "gateway.test";

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", `--host-resolver-rules=MAP ${LAN_NAME} 127.0.0.1`] });

/** Builds the pages where nobody has. */
export function buildPages(): void {
  if (existsSync("dist/web/files.json")) return;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/build-web.mjs"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`the pages could not be built:\n${stdout}${stderr}`);
}

export interface WebDoorOptions extends GatewayOptions {
  readonly script?: Script;
  readonly basePath?: string;
  readonly listen?: ListenOptions;
}

/** A real gateway with its web pages, on real time, as browsers find it. */
export class WebDoor {
  readonly gateway: Gateway;
  readonly log: MemoryLog;
  readonly port: number;
  readonly base: string;
  readonly #problems: string[] = [];

  private constructor(parts: Pick<WebDoor, "gateway" | "log" | "port" | "base">) {
    ({ gateway: this.gateway, log: this.log, port: this.port, base: this.base } = parts);
  }

  static async open({ script = [{ kind: "say", text: "Hello." }], basePath = "", listen = {}, ...options }: WebDoorOptions = {}): Promise<WebDoor> {
    buildPages();
    const log = new MemoryLog();
    const gateway = createGateway({
      auth: { token: TOKEN },
      log,
      agent: new ScriptedRuntime(script),
      ...options,
      settings: { controlUi: { enabled: true, basePath }, ...options.settings },
    });
    const { port } = await gateway.listen({ port: 0, ...listen });
    const scheme = listen.tls === undefined ? "http" : "https";
    return new WebDoor({ gateway, log, port, base: `${scheme}://127.0.0.1:${port}${basePath}` });
  }

  call<M extends LiveMethod>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    return this.gateway.call(method, params);
  }

  /** A browser profile of its own. */
  async profile(browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", ...options });
    context.on("page", (page) => this.#watch(page));
    return context;
  }

  /** Lets in whoever waits. */
  async approveAll(): Promise<void> {
    const { pending = [] } = await this.call("device.pair.list", {});
    for (const { requestId } of pending) await this.call("device.pair.approve", { requestId });
  }

  /** A page of somebody who signed in and was approved. `path` is that of a page. */
  async enter(context: BrowserContext, path = "/chat"): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${this.base}${path}#token=${TOKEN}`);
    await page.getByRole("heading", { name: "Approve this browser" }).waitFor();
    await this.approveAll();
    await connected(page);
    return page;
  }

  /** What browsers complained about since the last time, but for connections that tests cut, and a header that plain HTTP has no use for. */
  complaints(): readonly string[] {
    return this.#problems.splice(0).filter((text) => !/net::ERR|WebSocket connection|Cross-Origin-Opener-Policy header has been ignored/.test(text));
  }

  async close(): Promise<void> {
    await this.gateway.close();
  }

  #watch(page: Page): void {
    page.on("pageerror", (error) => this.#problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.#problems.push(message.text());
    });
  }
}

export const connected = (page: Page): Promise<void> => page.locator('.link-state[data-kind="open"]').waitFor();

/** What stands between a browser and a gateway, as an SSH tunnel does: another port, bytes that pass, and an end when somebody wants one. */
export class Tunnel {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isDown = false;
  #isMute = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(port: number, at = 0): Promise<Tunnel> {
    const server = createServer({ pauseOnConnect: true });
    const tunnel = new Tunnel(server);
    server.on("connection", (near) => tunnel.#carry(near, port));
    await new Promise<void>((resolve) => server.listen(at, "127.0.0.1", resolve));
    return tunnel;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection, and takes no more until {@link Tunnel.restore}. */
  cut(): void {
    this.#isDown = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore(): void {
    this.#isDown = false;
    this.#isMute = false;
  }

  /** Lets what the browser says through, and nothing of what it is answered. */
  mute(): void {
    this.#isMute = true;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #carry(near: Socket, port: number): void {
    if (this.#isDown) {
      near.destroy();
      return;
    }
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on("data", (bytes) => {
      if (!this.#isMute) near.write(bytes);
    });
  }
}
