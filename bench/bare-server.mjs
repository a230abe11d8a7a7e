// The yardstick: the least that a correct server on `ws` does. It challenges, parses every message, answers it, and
// fans an event out by serialising it once. It checks nothing, remembers nothing and protects nobody.
import { randomUUID } from "node:crypto";
import { WebSocketServer } from "ws";
import { serveDriver } from "./control.mjs";
import { parseScript, playScript } from "./script.mjs";

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2] ?? 0), perMessageDeflate: false });

server.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (data) => {
    const { id, method, params } = JSON.parse(data.toString());
    socket.send(JSON.stringify({ type: "res", id, ok: true, payload: answer(method) }));
    const script = method === "chat.send" ? parseScript(params.message) : undefined;
    if (script) void fanOut(params, script);
  });
  socket.send(JSON.stringify({ type: "event", event: "connect.challenge", payload: { nonce: randomUUID(), ts: Date.now() } }));
});

function answer(method) {
  if (method === "connect") return { type: "hello-ok", protocol: 4, server: { version: "0", connId: randomUUID() } };
  return { ok: true, ts: Date.now() };
}

async function fanOut({ sessionKey, idempotencyKey }, script) {
  const run = { runId: idempotencyKey, sessionKey, agentId: "main" };
  let text = "";
  let seq = 0;
  for await (const delta of playScript(script)) {
    text += delta;
    seq += 1;
    broadcast({ type: "event", event: "agent", payload: { ...run, seq, stream: "assistant", ts: Date.now(), data: { text, delta } }, seq });
  }
  broadcast({ type: "event", event: "chat", payload: { ...run, seq, state: "final" }, seq: seq + 1 });
}

function broadcast(frame) {
  const text = JSON.stringify(frame);
  for (const client of server.clients) client.send(text);
}

server.on("listening", () => serveDriver(server.address().port, () => process.exit()));
