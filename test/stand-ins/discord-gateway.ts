import type { Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";

interface Packet {
  readonly op: number;
  readonly d?: unknown;
  readonly s?: number;
  readonly t?: string;
}

interface Session {
  readonly id: string;
  readonly intents: number;
  readonly log: Packet[];
  socket: WebSocket | undefined;
}

export interface GatewayTerms {
  readonly heartbeatMs: number;
  token(): string;
  /** What a new session is told first. */
  greeting(): { readonly ready: object; readonly guilds: readonly object[] };
  url(): string;
}

const PRIVILEGED_CONTENT = 1 << 15;
const KNOWN_INTENTS = 0x3_ff_ff_ff;
/** Which intent an event needs, in a guild and in a direct chat. */
const NEEDS: readonly (readonly [RegExp, number, number])[] = [
  [/^MESSAGE_REACTION/u, 1 << 10, 1 << 13],
  [/^MESSAGE_/u, 1 << 9, 1 << 12],
  [/^(?:GUILD|CHANNEL|THREAD)_/u, 1 << 0, 1 << 0],
];

/** Discord's gateway for one bot: sessions that outlive their sockets, and ways to misbehave. */
export class DiscordGateway {
  readonly sessions = new Map<string, Session>();
  /** What was received, by operation: 2 identify, 6 resume, 1 heartbeat. */
  readonly heard: number[] = [];
  readonly closes: number[] = [];
  connections = { now: 0, most: 0 };
  /** The bot may have what is written. */
  allowsContent = true;
  allowsIntents = true;
  answers = { hello: true, beats: true, resumes: true, identifies: true };
  readonly #terms: GatewayTerms;
  readonly #server = new WebSocketServer({ noServer: true });
  #count = 0;

  constructor(terms: GatewayTerms) {
    this.#terms = terms;
  }

  attach(server: Server): void {
    server.on("upgrade", (request, socket: Duplex, head: Buffer) => this.#server.handleUpgrade(request, socket, head, (open) => this.#greet(open)));
  }

  /** To every session that may hear it, connected or not. */
  dispatch(type: string, data: Readonly<Record<string, unknown>>): void {
    const [, inGuild, direct] = NEEDS.find(([pattern]) => pattern.test(type)) ?? [/./u, 0, 0];
    const needed = "guild_id" in data ? inGuild : direct;
    for (const session of this.sessions.values()) if (needed === 0 || (session.intents & needed) !== 0) this.#tell(session, type, data);
  }

  /** Breaks every socket, without a word. */
  cut(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  close(code: number): void {
    for (const socket of this.#server.clients) socket.close(code);
  }

  /** Sends to every socket as it is. */
  say(packet: Packet | string): void {
    for (const socket of this.#server.clients) socket.send(typeof packet === "string" ? packet : JSON.stringify(packet));
  }

  /** No session can be taken up again any more. */
  forget(): void {
    this.sessions.clear();
  }

  #greet(socket: WebSocket): void {
    this.connections = { now: this.connections.now + 1, most: Math.max(this.connections.most, this.connections.now + 1) };
    socket.on("close", (code) => {
      this.connections = { ...this.connections, now: this.connections.now - 1 };
      this.closes.push(code);
      for (const session of this.sessions.values()) if (session.socket === socket) session.socket = undefined;
    });
    socket.on("message", (data) => this.#hear(socket, JSON.parse(String(data)) as Packet));
    if (this.answers.hello) socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: this.#terms.heartbeatMs } }));
  }

  #hear(socket: WebSocket, { op, d }: Packet): void {
    this.heard.push(op);
    if (op === 1 && this.answers.beats) socket.send(JSON.stringify({ op: 11 }));
    if (op === 2) this.#identify(socket, d as { readonly token: string; readonly intents: number });
    if (op === 6) this.#resume(socket, d as { readonly token: string; readonly session_id: string; readonly seq: number });
  }

  #identify(socket: WebSocket, { token, intents }: { readonly token: string; readonly intents: number }): void {
    if (token !== this.#terms.token()) return socket.close(4004, "Authentication failed.");
    if (!this.allowsIntents || (intents & ~KNOWN_INTENTS) !== 0) return socket.close(4013, "Invalid intent(s).");
    if (!this.allowsContent && (intents & PRIVILEGED_CONTENT) !== 0) return socket.close(4014, "Disallowed intent(s).");
    if (!this.answers.identifies) return;
    this.#count += 1;
    const session: Session = { id: `session-${this.#count}-${"x".repeat(20)}`, intents, log: [], socket };
    this.sessions.set(session.id, session);
    const { ready, guilds } = this.#terms.greeting();
    this.#tell(session, "READY", { ...ready, session_id: session.id, resume_gateway_url: this.#terms.url() });
    for (const guild of guilds) this.#tell(session, "GUILD_CREATE", { ...guild });
  }

  #resume(socket: WebSocket, { token, session_id: id, seq }: { readonly token: string; readonly session_id: string; readonly seq: number }): void {
    if (token !== this.#terms.token()) return socket.close(4004, "Authentication failed.");
    if (!this.answers.resumes) return;
    const session = this.sessions.get(id);
    if (session === undefined) return socket.send(JSON.stringify({ op: 9, d: false }));
    session.socket = socket;
    for (const packet of session.log.filter(({ s = 0 }) => s > seq)) socket.send(JSON.stringify(packet));
    this.#tell(session, "RESUMED", {});
  }

  #tell(session: Session, t: string, d: object): void {
    const packet = { op: 0, t, s: session.log.length + 1, d };
    session.log.push(packet);
    session.socket?.send(JSON.stringify(packet));
  }
}
