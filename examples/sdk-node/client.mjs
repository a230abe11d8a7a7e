// @ts-check
// A client that stays connected: it keeps its key, comes back by itself, and says what it needs where it cannot.
import { homedir } from "node:os";
import { join } from "node:path";
import { createClient } from "openclaw-gateway/client";

const client = createClient({
  url: process.env.OPENCLAW_GATEWAY_URL ?? "ws://127.0.0.1:18789",
  // Needed until this device has a token of its own, which the folder below then holds.
  ...(process.env.OPENCLAW_GATEWAY_TOKEN ? { token: process.env.OPENCLAW_GATEWAY_TOKEN } : {}),
  stateDir: process.env.SDK_EXAMPLE_STATE_DIR ?? join(homedir(), ".openclaw-sdk-example"),
  scopes: ["operator.read", "operator.write"],
});
client.onState((state) => {
  if (state.kind === "paused") console.error(state.hint);
  if (state.kind === "waiting") console.error(state.why.message);
});

// Calls wait for the connection; no call has to ask whether there is one.
const health = client.call("health", {});
client.start();
try {
  const hello = await client.opened();
  console.log(`connected: protocol ${hello.protocol}, ${hello.auth?.scopes.join(" ")}`);
  console.log(`health: ${(await health).ok ? "ok" : "not ok"}`);

  let deltas = 0;
  client.on("chat", ({ state }) => {
    if (state === "delta") deltas += 1;
  });
  // The key that keeps a repeated request from running twice is made by the client.
  const run = await client.call("agent", { message: process.argv[2] ?? "hello", sessionKey: "main" }, { expectFinal: true });
  if (run.status === "ok") console.log(`answer: ${run.result?.payloads.map(({ text }) => text ?? "").join("\n")}`);
  console.log(`heard on the way: ${deltas > 0 ? "yes" : "no"}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
  // The call from above has failed the same way.
  await health.catch(() => undefined);
} finally {
  await client.stop();
}
