import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ImsgMac, renderRow, type MacRow } from "./imsg-mac.js";
import { installImsg } from "./imsg-program.js";
import { RpcError, callMethod, type ImsgManner, type Params } from "./imsg-methods.js";

/** What the next request of a method meets, once. */
export type Misbehaviour =
  | { readonly kind: "error"; readonly code: number; readonly message: string; readonly data?: unknown }
  /** It is carried out, and imsg ends before it says so. */
  | { readonly kind: "cut-after" }
  | { readonly kind: "cut-before" }
  /** It is never answered. */
  | { readonly kind: "mute" }
  /** It is carried out, and answered once the result is called. */
  | { readonly kind: "late"; readonly answered: (answer: () => void) => void };

export interface Call {
  readonly method: string;
  readonly params: Params;
}

export const NO_ACCESS = "authorization denied (code: 23)\n\n⚠️  Permission Error: Cannot access Messages database\n\nThe Messages database at /Users/ada/Library/Messages/chat.db requires Full Disk Access permission.";

/** A Mac with Messages and imsg. Every `imsg rpc` that is started at `cliPath` is a process of its own. */
export class ImsgServer {
  readonly mac: ImsgMac;
  readonly cliPath: string;
  readonly calls: Call[] = [];
  /** What each imsg was started with, and the names of the variables that it was given. */
  readonly launches: { readonly argv: readonly string[]; readonly variables: readonly string[] }[] = [];
  readonly manner: ImsgManner;
  /** Called once somebody watches. */
  onWatch: () => void = () => undefined;
  watching = 0;
  mostWatching = 0;
  readonly #server: Server;
  readonly #folder: string;
  readonly #sockets = new Set<Socket>();
  readonly #misbehaviours: { readonly method: RegExp; readonly what: Misbehaviour }[] = [];

  private constructor(server: Server, { folder, cliPath, now }: { readonly folder: string; readonly cliPath: string; readonly now: () => number }) {
    this.#server = server;
    this.#folder = folder;
    this.cliPath = cliPath;
    this.mac = new ImsgMac(folder, now);
    this.manner = { hasDiskAccess: true, hasAutomation: true, hasBridge: false, hasStatus: true, echo: "before", comesAsTheirs: false, tellsGuid: true, greeting: "", refuses: () => undefined };
    server.on("connection", (socket) => { this.#serve(socket); });
  }

  static async start({ now = Date.now }: { readonly now?: () => number } = {}): Promise<ImsgServer> {
    const folder = await mkdtemp(join(tmpdir(), "imsg-mac-"));
    const server = createServer();
    await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
    const cliPath = await installImsg(folder, (server.address() as AddressInfo).port);
    return new ImsgServer(server, { folder, cliPath, now });
  }

  get section(): Readonly<Record<string, unknown>> {
    return { cliPath: this.cliPath, attachmentRoots: [this.mac.attachments] };
  }

  get running(): number {
    return this.#sockets.size;
  }

  misbehave(method: RegExp, what: Misbehaviour): void {
    this.#misbehaviours.push({ method, what });
  }

  /** Every imsg that runs breaks down. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Something that imsg tells without being asked. */
  notify(method: string, params: Params): void {
    for (const socket of this.#sockets) write(socket, { jsonrpc: "2.0", method, params });
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => { this.#server.close(resolve); });
    await rm(this.#folder, { recursive: true, force: true });
  }

  #serve(socket: Socket): void {
    const subscriptions = new Map<number, () => void>();
    this.#sockets.add(socket);
    socket.on("error", () => {}).on("close", () => {
      this.#sockets.delete(socket);
      for (const end of subscriptions.values()) end();
    });
    if (this.manner.greeting !== "") socket.write(`${this.manner.greeting}\n`);
    let isLaunched = false;
    createInterface({ input: socket }).on("error", () => {}).on("line", (line) => {
      if (isLaunched) this.#answer(socket, subscriptions, line);
      else this.launches.push(JSON.parse(line) as ImsgServer["launches"][number]);
      isLaunched = true;
    });
  }

  #answer(socket: Socket, subscriptions: Map<number, () => void>, line: string): void {
    const { id, method, params = {} } = JSON.parse(line) as { id: number; method: string; params?: Params };
    this.calls.push({ method, params });
    const at = this.#misbehaviours.findIndex((one) => one.method.test(method));
    const what = at < 0 ? undefined : this.#misbehaviours.splice(at, 1)[0]?.what;
    if (what?.kind === "mute") return;
    if (what?.kind === "cut-before") return void socket.destroy();
    try {
      if (what?.kind === "error") throw new RpcError(what.code, what.message, what.data);
      if (!this.manner.hasDiskAccess) this.#denyAccess(method);
      const { result, afterwards } = method.startsWith("watch.") ? this.#watch(socket, subscriptions, method, params) : callMethod(this.mac, this.manner, method, params);
      if (what?.kind === "cut-after") return void socket.destroy();
      const answer = (): void => { write(socket, { jsonrpc: "2.0", id, result }); };
      if (what?.kind === "late") what.answered(answer);
      else answer();
      afterwards?.();
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      write(socket, { jsonrpc: "2.0", id, error: { code: error.code, message: error.message, ...(error.data === undefined ? {} : { data: error.data }) } });
    }
  }

  /** Old versions say it on whatever they are asked first. */
  #denyAccess(method: string): void {
    if (method === "status" && this.manner.hasStatus) return;
    throw this.manner.hasStatus ? new RpcError(-32_002, "Messages database is unavailable: grant Full Disk Access") : new RpcError(-32_603, `Internal error: ${NO_ACCESS}`);
  }

  #watch(socket: Socket, subscriptions: Map<number, () => void>, method: string, params: Params): { result: unknown; afterwards?: () => void } {
    if (method === "watch.unsubscribe") {
      subscriptions.get(Number(params["subscription"]))?.();
      return { result: { ok: true } };
    }
    const unknown = Object.keys(params).find((key) => !["since_rowid", "attachments", "include_reactions", "debounce_ms", "chat_id"].includes(key));
    if (unknown !== undefined) throw new RpcError(-32_602, `Invalid params: unknown parameter ${unknown}`);
    const subscription = subscriptions.size + 1;
    const tell = (row: MacRow): void => {
      if (row.reaction !== undefined && params["include_reactions"] !== true) return;
      write(socket, { jsonrpc: "2.0", method: "message", params: { subscription, message: renderRow(row, { files: params["attachments"] === true }) } });
    };
    const since = Number(params["since_rowid"] ?? 0);
    const missed = since !== 0 ? this.mac.rows.filter(({ rowid }) => rowid > since) : [];
    const unwatch = this.mac.watch(tell);
    this.watching += 1;
    this.mostWatching = Math.max(this.mostWatching, this.watching);
    subscriptions.set(subscription, () => {
      if (!subscriptions.delete(subscription)) return;
      this.watching -= 1;
      unwatch();
    });
    return { result: { subscription }, afterwards: () => {
      for (const row of missed) tell(row);
      this.onWatch();
    } };
  }
}

function write(socket: Socket, message: unknown): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
}
