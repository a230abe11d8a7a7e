// A whole conversation with a gateway, in memory and on a clock that moves only when told to: no ports, no waiting.
import assert from "node:assert/strict";
import { createTestGateway } from "openclaw-gateway/testing";

const gateway = await createTestGateway({ script: [{ kind: "say", text: "Hello, Ada." }] });
const client = await gateway.connect();
await client.call("chat.send", { sessionKey: "main", message: "Hi!", idempotencyKey: "first" });
await gateway.pass(30_000);
const tick = await client.nextEvent("tick");
assert.equal(tick.payload.ts, client.hello.snapshot.presence[0].ts + 30_000);
const { messages } = await client.call("chat.history", { sessionKey: "main" });
assert.equal(messages.at(-1).content[0].text, "Hello, Ada.");
await gateway.close();

console.log("the answer was read and the clock has ticked");
