import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { request, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CanvasSettings } from "../../src/index.js";
import type { HelloOk } from "../../src/domain/protocol/hello.js";
import type { GatewayOptions } from "../../src/index.js";
import { FrontDoor, type Entry, type Guest } from "./front-door.js";

export interface Seen {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly port?: number;
}

/** A gateway with a canvas in a folder of its own, asked as any program on this host could. */
export class CanvasDoor {
  readonly door: FrontDoor;
  /** What may be shown lies in `root`, and what may not beside it. */
  readonly folder: string;
  readonly root: string;

  private constructor(door: FrontDoor, folder: string) {
    this.door = door;
    this.folder = folder;
    this.root = join(folder, "canvas");
  }

  static async open(canvas: Partial<CanvasSettings> = {}, given: GatewayOptions = {}): Promise<CanvasDoor> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "canvas-")));
    const { settings, ...options } = given;
    const door = await FrontDoor.open({ ...options, settings: { ...settings, canvas: { enabled: true, root: join(folder, "canvas"), liveReload: true, trustLoopback: false, ...canvas } } });
    return new CanvasDoor(door, folder);
  }

  async put(name: string, text: string | Uint8Array): Promise<string> {
    const path = join(this.folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  /** A device that shows the canvas, connected. */
  node(entry: Entry = {}): Promise<Guest> {
    return this.door.enter({ device: "phone", role: "node", scopes: [], client: { id: "openclaw-ios", mode: "node", platform: "ios" }, ...entry });
  }

  /** The path of a capability, out of what a client was told. */
  baseOf(hello: HelloOk): string {
    return new URL(hello.canvasHostUrl ?? hello.pluginSurfaceUrls?.["canvas"] ?? "http://nowhere/nothing").pathname;
  }

  /** The path is sent as it is. */
  ask(path: string, { method = "GET", headers = {}, port = this.door.port }: Asking = {}): Promise<Seen> {
    return new Promise((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString("utf8") }));
      });
      sent.on("error", reject);
      sent.end();
    });
  }

  /** Lets time pass as it does for those who stay connected: they are heard of now and then. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 20_000) {
      await this.door.clock.pass(Math.min(left, 20_000));
      for (let nth = 0; nth < 2; nth += 1) await this.ask("/healthz");
    }
  }

  /** What takes its time by the gateway's clock. */
  async await<T>(slow: Promise<T>): Promise<T> {
    const over = slow.then(() => true, () => true);
    const pass = async (): Promise<boolean> => {
      await this.door.clock.pass(100);
      await this.ask("/healthz");
      return false;
    };
    while (!(await Promise.race([over, pass()])));
    return slow;
  }

  async close(): Promise<void> {
    await this.door.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
