// @ts-check
// An app with routes of its own and a gateway inside. Every step checks itself; whatever is off ends the process with
// a code other than 0.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { on, once } from "node:events";
import { createServer } from "node:http";
import { createGateway } from "openclaw-gateway";
import { WebSocket } from "ws";

// Does not keep the process alive itself, so it fires only where a step hangs or something is left open at the end.
setTimeout(() => {
  console.error("the process did not end by itself");
  process.exit(1);
}, 10_000).unref();

const token = randomUUID();
const gateway = createGateway({ auth: { token } });

/** @param {string} message */
async function ask(message) {
  const run = await gateway.call("agent", { message, idempotencyKey: randomUUID() });
  assert.equal(run.status, "ok");
  return run.result?.payloads.map(({ text }) => text ?? "").join("\n") ?? "";
}

// The app's own server: the gateway only takes the WebSocket upgrades of one path.
const server = createServer((request, response) => {
  if (request.url !== "/ask") return void response.end("this is the app");
  ask("hello from a route").then(
    (answer) => response.end(answer),
    () => response.writeHead(502).end(),
  );
});
await gateway.attach(server, { path: "/gateway" });
await once(server.listen(0, "127.0.0.1"), "listening");
const address = server.address();
assert(address !== null && typeof address === "object");
const host = `127.0.0.1:${address.port}`;

// Listening begins with events(), and the loop ends when the gateway closes.
const chats = gateway.events("chat");
const finals = (async () => {
  let count = 0;
  for await (const chat of chats) if (chat.state === "final") count += 1;
  return count;
})();

assert.equal(await (await fetch(`http://${host}/`)).text(), "this is the app");
console.log("route: the app's own pages are served");

const [heard] = (await (await fetch(`http://${host}/ask`)).text()).split("\n");
assert.equal(heard, "hello from a route");
console.log(`agent: ${heard}`);

const sent = await gateway.call("send", { channel: "webchat", to: "main", message: "deployed", idempotencyKey: randomUUID() });
assert.equal(sent.channel, "webchat");
console.log(`send: delivered to ${sent.chatId}`);

// What any OpenClaw client does first: hear the challenge, send `connect`, be greeted.
const socket = new WebSocket(`ws://${host}/gateway`);
const frames = on(socket, "message", { close: ["close"] });
const closed = once(socket, "close");

/** @param {(frame: any) => boolean} wanted */
async function frameThat(wanted) {
  for (;;) {
    const { value, done } = await frames.next();
    assert(!done, "the connection closed too early");
    const frame = JSON.parse(String(value[0]));
    if (wanted(frame)) return frame;
  }
}

await frameThat(({ event }) => event === "connect.challenge");
const client = { id: "gateway-client", version: "1.0.0", platform: process.platform, mode: "backend" };
const params = { minProtocol: 3, maxProtocol: 4, client, role: "operator", auth: { token } };
socket.send(JSON.stringify({ type: "req", id: "1", method: "connect", params }));
const { payload: hello } = await frameThat(({ type, id }) => type === "res" && id === "1");
assert.equal(hello?.type, "hello-ok");
console.log(`client: ${hello.type}, protocol ${hello.protocol}`);

await gateway.close();
const [code] = await closed;
assert.equal(code, 1012);
assert.equal(await finals, 2);
server.close();
await once(server, "close");
console.log(`closed: code ${code} to the client, 2 answers seen`);
