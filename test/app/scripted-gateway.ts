import { createHash, createPublicKey, randomUUID, verify } from "node:crypto";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";

export interface SentConnect {
  readonly minProtocol: number;
  readonly maxProtocol: number;
  readonly client: { id: string; mode: string; version: string; platform: string };
  readonly role: string;
  readonly scopes: string[];
  readonly caps: string[];
  readonly auth?: { token?: string; password?: string; deviceToken?: string; bootstrapToken?: string };
  readonly device?: { id: string; publicKey: string; signature: string; signedAt: number; nonce: string };
}

export interface WireRefusal {
  readonly error: { code: string; message: string; details?: unknown; retryable?: boolean; retryAfterMs?: number };
  readonly closeCode?: number;
  readonly closeReason?: string;
}

export interface Call {
  readonly params: Record<string, unknown>;
  readonly socket: WebSocket;
  respond(frame: { ok: boolean; payload?: unknown; error?: unknown }): void;
  event(event: string, payload: unknown): void;
}

export interface Script {
  /** A refusal, `undefined` to admit, or no answer at all. */
  readonly judge?: (connect: SentConnect) => WireRefusal | "say nothing" | undefined;
  readonly hello?: Record<string, unknown>;
  readonly methods?: Record<string, (call: Call) => unknown>;
  /** `undefined`: the ordinary challenge. */
  readonly challenge?: unknown;
  readonly tls?: { key: string; cert: string };
  /** Answers the upgrade with this status. */
  readonly upgradeStatus?: number;
}

export interface ScriptedGateway {
  readonly url: string;
  readonly port: number;
  readonly connects: SentConnect[];
  readonly calls: { method: string; params: Record<string, unknown> }[];
  /** Whether each connect frame's signature verified over its v3 payload. */
  readonly signatures: boolean[];
  /** Bytes of HTTP that reached the server. */
  readonly upgrades: number;
  dropAll(code: number, reason: string): void;
  /** An event without a number, to everybody. */
  tellAll(event: string, payload: unknown): void;
  close(): Promise<void>;
}

/** A peer that follows a script in the gateway's protocol. It shares no code with the client on purpose. */
export async function scriptedGateway(script: Script = {}): Promise<ScriptedGateway> {
  const http: Server = script.tls ? createTlsServer(script.tls) : createServer();
  const state = { connects: [] as SentConnect[], calls: [] as ScriptedGateway["calls"], signatures: [] as boolean[], upgrades: 0 };
  const sockets = new WebSocketServer({ noServer: true });
  http.on("upgrade", (request, socket, head) => {
    state.upgrades += 1;
    if (script.upgradeStatus !== undefined) {
      socket.end(`HTTP/1.1 ${script.upgradeStatus} No\r\nRetry-After: 7\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => serve(ws, script, state));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  return {
    ...state,
    get upgrades() {
      return state.upgrades;
    },
    url: `${script.tls ? "wss" : "ws"}://127.0.0.1:${port}`,
    port,
    tellAll: (event, payload) => sockets.clients.forEach((ws) => ws.send(JSON.stringify({ type: "event", event, payload }))),
    dropAll: (code, reason) => sockets.clients.forEach((ws) => ws.close(code, reason)),
    async close() {
      for (const ws of sockets.clients) ws.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

type State = Pick<ScriptedGateway, "connects" | "calls" | "signatures">;

function serve(ws: WebSocket, script: Script, state: State): void {
  const nonce = randomUUID();
  const ts = 1_790_000_000_000;
  const send = (frame: unknown): void => ws.send(JSON.stringify(frame));
  send({ type: "event", event: "connect.challenge", payload: "challenge" in script ? script.challenge : { nonce, ts } });
  let seq = 0;
  ws.on("message", (data) => {
    const { id, method, params } = JSON.parse(String(data)) as { id: string; method: string; params: Record<string, unknown> };
    const respond: Call["respond"] = (frame) => send({ type: "res", id, ...frame });
    if (method === "connect") return admit(params as unknown as SentConnect, { nonce, ts, ws, respond });
    state.calls.push({ method, params });
    const answer = script.methods?.[method];
    if (!answer) return respond({ ok: false, error: { code: "INVALID_REQUEST", message: `unknown method: ${method}` } });
    const event: Call["event"] = (name, payload) => send({ type: "event", event: name, payload, seq: ++seq });
    const payload = answer({ params, socket: ws, respond, event });
    if (payload !== undefined) respond({ ok: true, payload });
  });

  function admit(connect: SentConnect, at: { nonce: string; ts: number; ws: WebSocket; respond: Call["respond"] }): void {
    state.connects.push(connect);
    state.signatures.push(signatureHolds(connect, at));
    const refusal = script.judge?.(connect);
    if (refusal === "say nothing") return;
    if (refusal) {
      at.respond({ ok: false, error: refusal.error });
      at.ws.close(refusal.closeCode ?? 1008, refusal.closeReason ?? refusal.error.message.slice(0, 120));
      return;
    }
    at.respond({ ok: true, payload: helloOf(connect, script.hello) });
  }
}

function signatureHolds(connect: SentConnect, { nonce, ts }: { nonce: string; ts: number }): boolean {
  const { device, client, role, scopes, auth } = connect;
  if (!device) return false;
  const raw = Buffer.from(device.publicKey, "base64url");
  const text = ["v3", device.id, client.id, client.mode, role, scopes.join(","), ts, auth?.token ?? auth?.deviceToken ?? auth?.bootstrapToken ?? "", nonce, client.platform.toLowerCase(), ""].join("|");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: device.publicKey }, format: "jwk" });
  return (
    raw.length === 32 &&
    createHash("sha256").update(raw).digest("hex") === device.id &&
    device.signedAt === ts &&
    device.nonce === nonce &&
    verify(null, Buffer.from(text), key, Buffer.from(device.signature, "base64url"))
  );
}

const helloOf = (connect: SentConnect, extra: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: "hello-ok",
  protocol: 4,
  server: { version: "9.9.9", connId: "c-1" },
  features: { methods: ["health"], events: ["tick"] },
  snapshot: {
    presence: [], health: {}, stateVersion: { presence: 1, health: 1 }, uptimeMs: 5,
    sessionDefaults: { defaultAgentId: "main", mainKey: "main", mainSessionKey: "agent:main:main", modelConfigured: true },
  },
  auth: { role: connect.role, scopes: connect.scopes },
  policy: { maxPayload: 26_214_400, maxBufferedBytes: 52_428_800, tickIntervalMs: 30_000 },
  ...extra,
});
