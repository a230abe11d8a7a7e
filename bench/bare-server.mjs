// The yardstick: the least that a correct server on `ws` does. It challenges, parses every message, answers it, and
// fans an event out by serialising it once, and hands a command on to a node and its result back. It checks nothing, remembers nothing and protects nobody.
import { randomUUID } from "node:crypto";
import { WebSocketServer } from "ws";
import { serveDriver } from "./control.mjs";
import { parseScript, playScript } from "./script.mjs";

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2] ?? 0), perMessageDeflate: false });

server.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (data) => {
    const { id, method, params } = JSON.parse(data.toString());
    if (method === "node.invoke") return askNode(socket, id, params);
    if (method === "node.invoke.result") handBack(params);
    if (method === "connect" && params.role === "node") nodes.set(params.device.id, socket);
    socket.send(JSON.stringify({ type: "res", id, ok: true, payload: answer(method) }));
    const script = method === "chat.send" ? parseScript(params.message) : undefined;
    if (script) void fanOut(params, script);
  });
  socket.send(JSON.stringify({ type: "event", event: "connect.challenge", payload: { nonce: randomUUID(), ts: Date.now() } }));
});

/** Connections of nodes, and who waits for which of their results. */
const nodes = new Map();
const waiting = new Map();

function askNode(socket, id, { nodeId, command, params, timeoutMs, idempotencyKey }) {
  const invokeId = randomUUID();
  waiting.set(invokeId, { socket, id, nodeId, command });
  const payload = { id: invokeId, nodeId, command, paramsJSON: JSON.stringify(params), timeoutMs, idempotencyKey };
  nodes.get(nodeId).send(JSON.stringify({ type: "event", event: "node.invoke.request", payload }));
}

function handBack({ id: invokeId, payloadJSON }) {
  const { socket, id, nodeId, command } = waiting.get(invokeId);
  waiting.delete(invokeId);
  socket.send(JSON.stringify({ type: "res", id, ok: true, payload: { ok: true, nodeId, command, payload: JSON.parse(payloadJSON), payloadJSON } }));
}

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
