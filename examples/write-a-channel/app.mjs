// @ts-check
// A gateway with the channel of this folder: somebody writes, the agent answers, and the answer is in the chat.
import assert from "node:assert/strict";
import { createGateway, DEFAULT_POLICY } from "openclaw-gateway";
import { chat } from "./chat-channel.mjs";
import { ChatServer } from "./chat-server.mjs";

// Does not keep the process alive itself, so it fires only where a step hangs or something is left open at the end.
setTimeout(() => {
  console.error("the process did not end by itself");
  process.exit(1);
}, 20_000).unref();

const server = await new ChatServer().start();
const channel = chat({ url: server.url ?? "", token: server.token, name: "helper" });
// Without this, strangers get a code to be let in by, and no group is answered.
/** @type {import("openclaw-gateway").AccountPolicy} */
const policy = { ...DEFAULT_POLICY, dmPolicy: "open", groupPolicy: "open" };
const gateway = createGateway({ channels: [channel], settings: { channels: [{ channel: "chat", accountId: "default", policy }] } });
// A gateway begins with its first use.
await gateway.call("health", {});

/** @param {string} what @param {() => boolean} holds */
async function until(what, holds) {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
  console.log(what);
}

await until("connected", () => channel.status().state === "live");
server.say({ chatId: "ada", from: "ada", text: "good morning" });
await until("answered in the chat", () => server.posted.length === 1);
assert.match(server.posted[0]?.text ?? "", /good morning/);

server.say({ chatId: "family", from: "ben", text: "nobody is meant" });
server.say({ chatId: "family", from: "ben", text: "@helper are you there?" });
await until("answered in the group, where it was called", () => server.posted.length === 2);
assert.equal(server.posted[1]?.chatId, "family");
assert.equal(server.posted[1]?.replyTo, "said-3");

await gateway.call("send", { channel: "chat", to: "ada", message: "deployed", idempotencyKey: crypto.randomUUID() });
assert.equal(server.posted[2]?.text, "deployed");
console.log("sent to ada");

await gateway.close();
await server.close();
