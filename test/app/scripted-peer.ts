import type { Wire } from "../../src/client/client-session.js";
import type { OpenSocket, SocketListener } from "../../src/client/connect-plan.js";
import { ConnectError } from "../../src/client/errors.js";
import type { SentConnect, WireRefusal } from "./scripted-gateway.js";

export interface PeerCall {
  readonly params: Record<string, unknown>;
  readonly line: Line;
  respond(frame: { ok: boolean; payload?: unknown; error?: unknown }): void;
}

export interface WireClose {
  readonly error?: undefined;
  readonly closeCode: number;
  readonly closeReason: string;
}

export interface PeerScript {
  /**
   * A refusal, with its answer or only its close; `undefined` to admit, or nobody there. Asked for each connect frame,
   * and before where nobody is there.
   */
  judge?: (connect: SentConnect | undefined) => WireRefusal | WireClose | "unreachable" | undefined;
  hello?: Record<string, unknown>;
  /** What each method answers; `undefined` answers nothing. */
  methods?: Record<string, (call: PeerCall) => unknown>;
  /** Said right after the hello, in the same breath. */
  greeting?: (line: Line) => void;
}

/** One connection of the peer's. */
export interface Line {
  readonly closedBy: { code: number; reason: string } | undefined;
  event(event: string, payload: unknown, seq?: number): void;
  /** Raw text. */
  say(text: string): void;
  /** The socket ends as a client sees it. */
  drop(code?: number, reason?: string): void;
}

/** A gateway that follows a script, without a socket: everything takes a microtask, so that hand-moved clocks rule. */
export class ScriptedPeer {
  readonly script: PeerScript;
  readonly connects: SentConnect[] = [];
  readonly calls: { method: string; params: Record<string, unknown> }[] = [];
  readonly lines: Line[] = [];
  /** Attempts, whether or not somebody was there. */
  dials = 0;

  constructor(script: PeerScript = {}) {
    this.script = script;
  }

  get line(): Line {
    const last = this.lines.at(-1);
    if (!last) throw new Error("nobody has connected");
    return last;
  }

  readonly open: OpenSocket = async (endpoint, listener) => {
    this.dials += 1;
    if (this.script.judge?.(undefined) === "unreachable") {
      throw new ConnectError({ code: "UNREACHABLE", message: `No gateway answers at ${endpoint.url}.`, url: endpoint.url, retryable: true });
    }
    return this.#serve(listener);
  };

  #serve(listener: SocketListener): Wire {
    let closedBy: Line["closedBy"];
    let isOver = false;
    const later = (act: () => void): void => queueMicrotask(() => (isOver ? undefined : act()));
    const end = (code: number, reason: string): void => {
      isOver = true;
      listener.closed({ code, reason });
    };
    const say = (text: string): void => later(() => listener.message(text));
    const line: Line = {
      get closedBy() {
        return closedBy;
      },
      event: (event, payload, seq) => say(JSON.stringify({ type: "event", event, payload, ...(seq === undefined ? {} : { seq }) })),
      say,
      drop: (code = 1006, reason = "") => later(() => end(code, reason)),
    };
    this.lines.push(line);
    line.event("connect.challenge", { nonce: `nonce-${this.dials}`, ts: 1_790_000_000_000 });
    return {
      send: (text) => this.#hear(JSON.parse(text) as Request, line),
      close(code, reason) {
        closedBy ??= { code, reason };
        later(() => end(code, reason));
      },
    };
  }

  #hear({ id, method, params }: Request, line: Line): void {
    const respond: PeerCall["respond"] = (frame) => line.say(JSON.stringify({ type: "res", id, ...frame }));
    if (method === "connect") return this.#admit(params as unknown as SentConnect, line, respond);
    this.calls.push({ method, params });
    const answer = this.script.methods?.[method];
    if (!answer) return respond({ ok: false, error: { code: "INVALID_REQUEST", message: `unknown method: ${method}` } });
    const payload = answer({ params, line, respond });
    if (payload !== undefined) respond({ ok: true, payload });
  }

  #admit(connect: SentConnect, line: Line, respond: PeerCall["respond"]): void {
    this.connects.push(connect);
    const refusal = this.script.judge?.(connect);
    if (refusal !== undefined && refusal !== "unreachable") {
      if (refusal.error) respond({ ok: false, error: refusal.error });
      return line.drop(refusal.closeCode ?? 1008, refusal.closeReason ?? refusal.error?.message.slice(0, 120));
    }
    respond({ ok: true, payload: { ...HELLO, ...this.script.hello } });
    this.script.greeting?.(line);
  }
}

interface Request {
  readonly id: string;
  readonly method: string;
  readonly params: Record<string, unknown>;
}

const HELLO = {
  type: "hello-ok",
  protocol: 4,
  server: { version: "9.9.9", connId: "c-1" },
  features: { methods: ["health"], events: ["tick"] },
  snapshot: { presence: [], health: {}, stateVersion: { presence: 1, health: 1 }, uptimeMs: 5 },
  auth: { role: "operator", scopes: [] },
  policy: { maxPayload: 26_214_400, maxBufferedBytes: 52_428_800, tickIntervalMs: 30_000 },
};
