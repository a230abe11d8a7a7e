import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { epochMs, after } from "../../src/domain/moment.js";
import type { Clock } from "../../src/ports/clock.js";
import { METHODS, RpcError } from "./signal-methods.js";
import { SignalWorld, type SignalChat, type SignalFile, type SignalPerson } from "./signal-world.js";

type Params = Readonly<Record<string, unknown>>;

/** What a call meets instead of its answer. */
export type Misbehaviour =
  | { readonly kind: "error"; readonly code: number; readonly message: string; readonly data?: unknown }
  | { readonly kind: "status"; readonly status: number }
  /** The connection breaks before anything is done, or after everything is. */
  | { readonly kind: "cut-before" | "cut-after" }
  | { readonly kind: "hang" }
  | { readonly kind: "page" };

export interface RecordedCall {
  readonly method: string;
  readonly params: Params;
}

export interface Spoken {
  readonly from: SignalPerson;
  /** Without it, directly to the account. */
  readonly chat?: SignalChat;
  readonly text?: string | null;
  readonly file?: Omit<SignalFile, "id">;
  /** More fields of the data message, or others. */
  readonly more?: Params;
  /** By the account itself, on another of its devices. */
  readonly sync?: boolean;
}

export interface SignalServerOptions {
  readonly clock?: Clock;
  /** As builds before 0.14: the head of the stream comes with its first bytes. */
  readonly lateHead?: boolean;
  /** Started with `-a`: no command that is about several accounts. */
  readonly single?: boolean;
}

interface Listener {
  readonly response: ServerResponse;
  readonly account: string | undefined;
  /** What was said to it lately: whether it was heard, nobody here learns. */
  readonly said: { readonly timestamp: number; readonly at: number }[];
  hush: () => void;
}

const KEEP_ALIVE_MS = 15_000;
/** What was said so shortly before a stream broke may have been read by nobody: a gateway that starts is busy for a while. */
const UNHEARD_MS = 5_000;
/** Of what nobody asks for any more, for long runs. */
const MAX_SAID = 1_000;
const SYSTEM: Clock = {
  now: () => epochMs(Date.now()),
  callAt: (at, wake) => {
    const timer = setTimeout(wake, Math.max(0, at - Date.now()));
    return () => clearTimeout(timer);
  },
};

/** signal-cli's daemon in the mode `--http … --receive-mode on-connection`, with Signal behind it. */
export class SignalServer {
  readonly world: SignalWorld;
  readonly calls: RecordedCall[] = [];
  readonly connections = { now: 0, most: 0 };
  /** Messages that were said to a stream just before it broke: signal-cli does not say them again, nor does Signal. */
  readonly swallowed = new Set<number>();
  /** While set, nothing more comes over open streams, not even a sign of life. */
  isMute = false;
  lateHead: boolean;
  readonly #options: SignalServerOptions;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #listeners = new Set<Listener>();
  readonly #awaiting: { readonly method: RegExp; readonly what: Misbehaviour; left: number }[] = [];
  /** What came for accounts that nobody listens for: Signal keeps it. */
  readonly #kept: { readonly account: string; readonly event: Params }[] = [];
  readonly #said = new Map<number, { readonly account: string; readonly event: Params }>();
  readonly #links = new Map<string, (outcome: { readonly number: string } | RpcError) => void>();
  #finished: { readonly uri: string; readonly outcome: { readonly number: string } | RpcError }[] = [];

  private constructor(options: SignalServerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM;
    this.lateHead = options.lateHead === true;
    this.world = new SignalWorld(() => this.#clock.now());
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(options: SignalServerOptions = {}): Promise<SignalServer> {
    const server = new SignalServer(options);
    await new Promise<void>((resolve) => { server.#server.listen(0, "127.0.0.1", resolve); });
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  misbehave(method: RegExp, what: Misbehaviour, times = 1): void {
    this.#awaiting.push({ method, what, left: times });
  }

  /** Somebody says something to an account. Tells when. */
  say(account: SignalPerson, { from, chat, text = null, file, more = {}, sync = false }: Spoken): number {
    const timestamp = this.world.moment();
    const kept = file === undefined ? undefined : this.world.keepFile(file);
    const message = {
      timestamp, message: text, expiresInSeconds: 0, viewOnce: false,
      ...(chat !== undefined && "group" in chat ? { groupInfo: { groupId: chat.group.id, groupName: chat.group.name, revision: 1, type: "DELIVER" } } : {}),
      ...(kept === undefined ? {} : { attachments: [{ id: kept.id, contentType: kept.mimeType, filename: kept.fileName ?? null, size: kept.bytes.length, width: null, height: null, caption: null, uploadTimestamp: timestamp }] }),
      ...more,
    };
    const to = chat !== undefined && "person" in chat ? chat.person : account;
    this.tell(account, from, sync
      ? { syncMessage: { sentMessage: { destination: null, destinationNumber: "groupInfo" in message ? null : (to.number ?? null), destinationUuid: "groupInfo" in message ? null : to.uuid, ...message } } }
      : { dataMessage: message }, timestamp);
    return timestamp;
  }

  /** Anything that signal-cli can tell of somebody. */
  tell(account: SignalPerson, from: SignalPerson, content: Params, timestamp = this.world.moment(), outer: Params = {}): number {
    const number = account.number ?? "";
    const event = {
      account: number,
      envelope: {
        source: from.number ?? from.uuid, sourceNumber: from.number ?? null, sourceUuid: from.uuid, sourceName: from.name, sourceDevice: from.uuid === account.uuid ? 1 : 2,
        timestamp, serverReceivedTimestamp: timestamp + 1, serverDeliveredTimestamp: timestamp + 2, ...content,
      },
      ...outer,
    };
    this.#said.set(timestamp, { account: number, event });
    this.#deliver(number, event);
    return timestamp;
  }

  /** Signal says it once more, as after an acknowledgement that was lost. */
  redeliver(timestamp: number): void {
    const said = this.#said.get(timestamp);
    if (said !== undefined) this.#deliver(said.account, said.event);
  }

  /** Text over open streams as it is, be it what signal-cli would never say. */
  babble(text: string): void {
    for (const { response } of this.#listeners) response.write(text);
  }

  forget(): void {
    this.calls.length = 0;
    for (const timestamp of this.#said.keys()) {
      if (this.#said.size <= MAX_SAID) return;
      this.#said.delete(timestamp);
    }
  }

  /** The phone scans a code: what it says of which number it is, or why not. */
  scan(uri: string, outcome: { readonly number: string } | RpcError): void {
    const waiting = this.#links.get(uri);
    this.#links.delete(uri);
    if (waiting === undefined) this.#finished.push({ uri, outcome });
    else waiting(outcome);
  }

  /** Breaks what is open, without a word. */
  cut(): void {
    for (const listener of this.#listeners) this.#drop(listener);
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => { this.#server.close(resolve); });
  }

  #deliver(account: string, event: Params): void {
    const listeners = [...this.#listeners].filter((listener) => listener.account === undefined || listener.account === account);
    if (listeners.length === 0) {
      this.#kept.push({ account, event });
      return;
    }
    for (const listener of listeners) this.#write(listener, event);
  }

  #write({ response, said }: Listener, event: Params): void {
    const at = this.#clock.now();
    said.splice(0, said.findLastIndex((one) => at - one.at > UNHEARD_MS) + 1);
    said.push({ timestamp: (event as { readonly envelope: { readonly timestamp: number } }).envelope.timestamp, at });
    if (!this.isMute) response.write(`event:receive\ndata:${JSON.stringify(event)}\n\n`);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://daemon");
    const host = request.headers.host ?? "";
    if (!/^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/u.test(host)) return end(response, 421);
    const method = { "/api/v1/check": "GET", "/api/v1/events": "GET", "/api/v1/rpc": "POST" }[pathname];
    if (method === undefined) return end(response, 404);
    if (request.method !== method) return end(response, 405);
    if (pathname === "/api/v1/check") return end(response, 200);
    if (pathname === "/api/v1/events") return this.#listen(response, searchParams.get("account") ?? undefined);
    if (request.headers["content-type"]?.startsWith("application/json") !== true) return end(response, 415);
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    await this.#answer(Buffer.concat(chunks).toString("utf8"), response);
  }

  #listen(response: ServerResponse, account: string | undefined): void {
    const met = this.#meet("events");
    if (met?.kind === "status") return end(response, met.status);
    if (met?.kind === "hang") return;
    if (met?.kind === "page") return void response.writeHead(200, { "content-type": "text/html" }).end("<p>Hello</p>");
    if (this.#options.single !== true && account !== undefined && !this.world.accounts.has(account)) return end(response, 400);
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (!this.lateHead) response.flushHeaders();
    const listener: Listener = { response, account, said: [], hush: () => undefined };
    this.#listeners.add(listener);
    this.connections.now += 1;
    this.connections.most = Math.max(this.connections.most, this.connections.now);
    response.on("close", () => this.#drop(listener));
    this.#keepAlive(listener);
    const kept = this.#kept.filter((one) => account === undefined || one.account === account);
    for (const one of kept) this.#kept.splice(this.#kept.indexOf(one), 1);
    for (const one of kept) this.#deliver(one.account, one.event);
  }

  #drop(listener: Listener): void {
    if (!this.#listeners.delete(listener)) return;
    listener.hush();
    const now = this.#clock.now();
    for (const { timestamp, at } of listener.said) if (now - at <= UNHEARD_MS) this.swallowed.add(timestamp);
    this.connections.now -= 1;
  }

  #keepAlive(listener: Listener): void {
    listener.hush = this.#clock.callAt(after(this.#clock.now(), KEEP_ALIVE_MS), () => {
      if (!this.isMute) listener.response.write(":\n");
      this.#keepAlive(listener);
    });
  }

  #meet(method: string): Misbehaviour | undefined {
    const found = this.#awaiting.find((one) => one.left > 0 && one.method.test(method));
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.what;
  }

  async #answer(text: string, response: ServerResponse): Promise<void> {
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch {
      return json(response, { jsonrpc: "2.0", error: { code: -32_700, message: "Parse error", data: null }, id: null });
    }
    const answers = await Promise.all((Array.isArray(request) ? request : [request]).map((one) => this.#answerOne(one as Params, response)));
    if (response.destroyed || response.writableEnded) return;
    const told = answers.filter((answer) => answer !== undefined);
    if (told.length === 0) end(response, 201);
    else json(response, Array.isArray(request) ? told : told[0]);
  }

  async #answerOne({ id, method, params }: Params, response: ServerResponse): Promise<unknown> {
    const name = String(method);
    this.calls.push({ method: name, params: (params ?? {}) as Params });
    const met = this.#meet(name);
    if (met?.kind === "cut-before") return void response.destroy();
    if (met?.kind === "hang") return new Promise((resolve) => response.on("close", () => resolve(undefined)));
    if (met?.kind === "status") return end(response, met.status);
    if (met?.kind === "page") return void response.writeHead(200, { "content-type": "text/html" }).end("<p>Hello</p>");
    try {
      if (met?.kind === "error") throw new RpcError(met.code, met.message, met.data);
      const result = await this.#run(name, { ...(params as Params | undefined) }, response);
      if (met?.kind === "cut-after") return void response.destroy();
      return id === undefined ? undefined : { jsonrpc: "2.0", result: result ?? {}, id };
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return { jsonrpc: "2.0", error: { code: error.code, message: error.message, data: error.data ?? null }, id: id ?? null };
    }
  }

  async #run(method: string, params: Record<string, unknown>, response: ServerResponse): Promise<unknown> {
    if (method === "version") return { version: "0.14.7" };
    if (this.#options.single !== true) {
      if (method === "listAccounts") return [...this.world.accounts.keys()].map((number) => ({ number }));
      if (method === "startLink") return { deviceLinkUri: `sgnl://linkdevice?uuid=${this.calls.length}&pub_key=stand-in` };
      if (method === "finishLink") return this.#finishLink(String(params["deviceLinkUri"]), response);
      if (method === "deleteLocalAccountData") return {};
    }
    const run = METHODS[method] ?? (method === "unregister" ? ({ account }: { account: SignalPerson }) => void this.world.accounts.delete(account.number ?? "") : undefined);
    if (run === undefined) throw new RpcError(-32_601, "Method not implemented");
    const account = this.#options.single === true ? [...this.world.accounts.values()][0] : this.world.accounts.get(String(params["account"]));
    if (account === undefined) throw new RpcError(-32_602, params["account"] === undefined ? "Method requires valid account parameter" : "Specified account does not exist");
    return run({ world: this.world, account, params });
  }

  async #finishLink(uri: string, response: ServerResponse): Promise<unknown> {
    const early = this.#finished.find((one) => one.uri === uri);
    this.#finished = this.#finished.filter((one) => one !== early);
    const outcome = early?.outcome ?? (await new Promise<{ readonly number: string } | RpcError>((resolve) => {
      this.#links.set(uri, resolve);
      response.on("close", () => this.#links.delete(uri));
    }));
    if (outcome instanceof RpcError) throw outcome;
    if (!this.world.accounts.has(outcome.number)) this.world.addAccount(outcome.number);
    return outcome;
  }
}

const end = (response: ServerResponse, status: number): void => void response.writeHead(status).end();

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}
