import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { WebSocketServer } from "ws";
import type { Server as UpgradeServer } from "ws";
import { POLICY } from "../../../domain/protocol/version.js";
import type { Connection, ConnectionListener, PeerFacts, Transport } from "../../../ports/transport.js";
import { CorkRound } from "./cork-round.js";
import { DelayQueue } from "./delay-queue.js";
import { errorAnswer, giveAnswer, renderAnswer, textAnswer } from "./http-answer.js";
import type { HttpAnswer } from "./http-answer.js";
import { createOwnServer, ignoreError, listen, renewTls } from "./own-server.js";
import type { AnyServer, TlsMaterial } from "./own-server.js";
import { asksForWebSocket, createPlainResponse, hasBody } from "./plain-request.js";
import { RefusalLog } from "./refusal-log.js";
import { isFromAddress, peerFactsOf, requestFactsOf } from "./request-facts.js";
import { SharedFrames } from "./shared-frames.js";
import { StrangerDesk } from "./stranger-desk.js";
import { judgeHost, judgeUpgrade } from "./upgrade-judge.js";
import type { Allowance } from "./upgrade-judge.js";
import { PeerSocket, WsConnection } from "./ws-connection.js";
import type { Household } from "./ws-connection.js";
import type { AttachedOptions, OwnServerOptions, SideUpgrades } from "./ws-options.js";

const PING_EVERY_MS = 25_000;
const CLOSE_GRACE_MS = 1_000;

const NOT_FOUND = textAnswer(404, "Not found");
const CROWDED = textAnswer(503, "Too many unauthenticated sockets", { "Retry-After": "1" });
const LEAVING = textAnswer(503, "The gateway is going down", { "Retry-After": "1" });

// Where the peer began the closing, `ws` waits for the end of its socket, by its own timer and by default for 30 s.
// Not yet in the published types.
const WS_CLOSE_BACKSTOP = { closeTimeout: 2 * CLOSE_GRACE_MS };

/** WebSocket over HTTP/1.1, without compression. */
export class WsTransport implements Transport {
  readonly #options: OwnServerOptions | AttachedOptions;
  readonly #server: AnyServer;
  readonly #upgrades: UpgradeServer<typeof PeerSocket>;
  readonly #household: Household;
  readonly #desk: StrangerDesk;
  readonly #refusals: RefusalLog | undefined;
  /** Open connections, and the TCP connection under each. */
  readonly #connections = new Map<WsConnection, Socket>();
  #accept: ((connection: Connection) => ConnectionListener) | undefined;
  #isPaused = false;
  #stopped: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: OwnServerOptions | AttachedOptions) {
    this.#options = options;
    this.#household = {
      corks: new CorkRound(),
      shared: new SharedFrames(),
      heartbeats: new DelayQueue(options.clock, PING_EVERY_MS, (connection) => connection.beat()),
      goodbyes: new DelayQueue(options.clock, CLOSE_GRACE_MS, (leaving) => leaving.destroy()),
      admitted: (connection) => this.#admitted(connection),
      ended: (connection) => this.#ended(connection),
    };
    this.#desk = new StrangerDesk(options.clock, options.strangers ?? {}, { overTls: "tls" in options && options.tls !== undefined });
    this.#refusals = options.log === undefined ? undefined : new RefusalLog(options.clock, options.log);
    this.#upgrades = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: POLICY.maxPayload,
      WebSocket: PeerSocket,
      ...WS_CLOSE_BACKSTOP,
    });
    this.#server = "attachTo" in options ? options.attachTo.server : this.#createServer(options);
  }

  async start(accept: (connection: Connection) => ConnectionListener): Promise<void> {
    if (this.#accept !== undefined) throw new Error("the transport was started before");
    this.#accept = accept;
    if ("attachTo" in this.#options) this.#server.on("upgrade", this.#onForeignUpgrade);
    else await listen(this.#server, this.#options);
  }

  /** Where the server listens; throws while it does not, or where it listens on something without a port. */
  address(): { host: string; port: number } {
    const bound = this.#server.address();
    if (bound === null || typeof bound === "string") throw new Error("the server does not listen on a port");
    return { host: bound.address, port: bound.port };
  }

  /** Another certificate for whoever connects from now on. Where the transport serves no TLS, nothing happens. */
  renew(tls: TlsMaterial): void {
    if (!("attachTo" in this.#options) && this.#options.tls !== undefined) renewTls(this.#server, tls);
  }

  /** New upgrades get a 503; plain HTTP is answered on, so that a probe sees the drain. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Takes about a second where a peer does not answer the close. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#isPaused = true;
    const isOwn = !("attachTo" in this.#options);
    if (!isOwn) this.#server.off("upgrade", this.#onForeignUpgrade);
    const released = isOwn && this.#server.listening ? new Promise((resolve) => this.#server.close(resolve)) : undefined;
    for (const connection of this.#connections.keys()) connection.close(1012, "service restart");
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
    this.#desk.destroyAll();
    this.#household.goodbyes.drain();
    this.#household.heartbeats.clear();
    await released;
  }

  #createServer(options: OwnServerOptions): AnyServer {
    return createOwnServer(
      {
        connection: (socket) => this.#desk.arrive(socket),
        request: (request, response) => this.#onRequest(request, response, options),
        upgrade: (request, socket, head) => this.#onUpgrade(request, socket, head),
        broken: (socket, answer) => this.#dismiss(socket, answer),
      },
      options.tls,
    );
  }

  #onRequest(request: IncomingMessage, response: ServerResponse, { routes, witness }: Pick<OwnServerOptions, "routes" | "witness">): void {
    if (!this.#desk.isWelcome(request.socket)) {
      giveAnswer(response, { ...CROWDED, headers: { ...CROWDED.headers, Connection: "close" } });
      return;
    }
    const verdict = judgeHost(requestFactsOf(request), this.#allowance());
    if (witness?.wants(request.url ?? "") === true) witness.see(request.url ?? "", this.#factsOf(request), verdict.kind === "pass");
    if (verdict.kind === "refuse") {
      this.#refusals?.tell(verdict, request);
      giveAnswer(response, errorAnswer(verdict.status, verdict));
      return;
    }
    // Routes see a path, in whichever form the target came.
    request.url = verdict.path;
    if (routes?.(request, response) !== true) giveAnswer(response, NOT_FOUND);
  }

  readonly #onForeignUpgrade = (request: IncomingMessage, _socket: unknown, head: Buffer): void => {
    const { socket } = request;
    const isAlone = this.#server.listenerCount("upgrade") === 1;
    if (!asksForWebSocket(request)) {
      if (isAlone) this.#passOn(request, socket);
      return;
    }
    if (!this.#isOurPath(request.url ?? "", isAlone) && this.#sideOf(request) === undefined) {
      if (isAlone) this.#dismiss(socket, NOT_FOUND);
      return;
    }
    if (socket.destroyed || socket.writableEnded) return;
    this.#desk.arrive(socket);
    this.#upgrade(request, socket, head);
  };

  #onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    if (asksForWebSocket(request)) this.#upgrade(request, socket, head);
    else this.#passOn(request, socket);
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    // Node takes its own listeners off a socket that it hands over. With one more than is needed, `ws` would bring it to
    // three, for which a socket keeps a list of nineteen.
    if (socket.listenerCount("error") === 0) socket.on("error", ignoreError);
    if (this.#isPaused || this.#accept === undefined) return this.#dismiss(socket, LEAVING);
    const side = this.#sideOf(request);
    if (side === undefined && "sideOnly" in this.#options && this.#options.sideOnly === true) return this.#dismiss(socket, NOT_FOUND);
    const judge = side === undefined ? judgeUpgrade : judgeHost;
    const verdict = judge(requestFactsOf(request), this.#allowance());
    if (verdict.kind === "refuse") {
      this.#refusals?.tell(verdict, request);
      return this.#dismiss(socket, errorAnswer(verdict.status, verdict));
    }
    if (!this.#desk.isWelcome(socket)) return this.#dismiss(socket, CROWDED);
    if (side !== undefined) return side.take(request, socket, head, () => this.#desk.leave(socket));
    // The answer to the upgrade leaves together with the challenge.
    this.#household.corks.join(socket);
    this.#upgrades.handleUpgrade(request, socket, head, (ws) => this.#open(ws, request));
  }

  #open(ws: PeerSocket, request: IncomingMessage): void {
    const { socket } = request;
    const connection = new WsConnection(ws, socket, { peer: this.#factsOf(request), household: this.#household });
    this.#connections.set(connection, socket);
    const listener = this.#accept?.(connection);
    if (listener !== undefined) connection.listen(listener);
  }

  #admitted(connection: WsConnection): void {
    const socket = this.#connections.get(connection);
    if (socket !== undefined) this.#desk.leave(socket);
  }

  #ended(connection: WsConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  /** Serves a request that only asked in passing for a protocol that we do not speak. */
  #passOn(request: IncomingMessage, socket: Socket): void {
    socket.on("error", ignoreError);
    if (hasBody(request)) this.#dismiss(socket, textAnswer(400, "This upgrade is not spoken here"));
    else this.#server.emit("request", request, createPlainResponse(request, () => this.#part(socket)));
  }

  #dismiss(socket: Socket, answer: HttpAnswer): void {
    socket.on("error", ignoreError);
    this.#part(socket, renderAnswer(answer));
  }

  /** Ends our side. What the peer still sends is read and dropped for a while: a reset would swallow the answer. */
  #part(socket: Socket, lastWords = ""): void {
    const { goodbyes } = this.#household;
    socket.once("close", () => goodbyes.delete(socket));
    goodbyes.add(socket);
    socket.end(lastWords);
    socket.resume();
  }

  #factsOf(request: IncomingMessage): PeerFacts {
    const options = this.#options;
    const isOwnAddress = !("attachTo" in options) && options.trustOwnAddress === true && isFromAddress(request.socket, options.host);
    const facts = peerFactsOf(request);
    return isOwnAddress ? { ...facts, isOwnAddress } : facts;
  }

  #allowance(): Allowance {
    const options = this.#options;
    return {
      boundHost: "attachTo" in options ? undefined : options.host,
      allowedHosts: options.allowedHosts?.() ?? [],
      allowedOrigins: options.allowedOrigins?.() ?? [],
    };
  }

  #sideOf({ url = "" }: IncomingMessage): SideUpgrades | undefined {
    const { sideUpgrades } = this.#options;
    return sideUpgrades?.wants(url) === true ? sideUpgrades : undefined;
  }

  #isOurPath(target: string, isAlone: boolean): boolean {
    const wanted = "attachTo" in this.#options ? this.#options.attachTo.path : undefined;
    if (wanted === undefined && isAlone) return true;
    return target.split("?", 1)[0] === (wanted ?? "/");
  }
}
