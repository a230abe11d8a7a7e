// Clients of a soak that come and go: each a device of its own over TLS, on the client SDK, which comes back by itself
// when the gateway loads anew. What they saw is told when the parent says "end".
import { generateKeyPairSync, createHash, sign } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "../dist/client/index.js";

const [url, token, count, longest] = [process.argv[2], process.argv[3], Number(process.argv[4]), Number(process.argv[5])];
const SCOPES = ["operator.read"];
const ASK_EVERY_MS = 2_000;

const seen = { connections: 0, returns: 0, calls: 0, gaps: 0, refusals: new Map(), sends: 0, repeated: 0 };
const day = { isOver: false };

function identityOf() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  return {
    deviceId: createHash("sha256").update(raw).digest("hex"),
    publicKey: raw.toString("base64url"),
    sign: (text) => sign(null, Buffer.from(text, "utf8"), privateKey).toString("base64url"),
  };
}

/** Kept for as long as the device lives, as an app keeps it. */
function memory() {
  const tokens = new Map();
  return {
    load: async (role, endpoint) => tokens.get(`${role} ${endpoint}`),
    save: async (one) => void tokens.set(`${one.role} ${one.endpoint}`, one),
    clear: async (role, endpoint) => void tokens.delete(`${role} ${endpoint}`),
  };
}

async function visit(identity, credentials, stay) {
  const client = createClient({
    url, token, identity, credentials, scopes: SCOPES, client: { displayName: "soak" },
    refresh: () => (seen.returns += 1),
    onGap: () => (seen.gaps += 1),
  });
  client.start();
  try {
    await client.opened();
    seen.connections += 1;
    for (const until = Date.now() + stay; Date.now() < until && !day.isOver; await pause(Math.min(ASK_EVERY_MS, Math.max(1, until - Date.now())))) {
      await client.call("health", {});
      seen.calls += 1;
    }
  } catch (error) {
    const why = `${error.code ?? error.name}: ${error.message}`;
    seen.refusals.set(why, (seen.refusals.get(why) ?? 0) + 1);
  } finally {
    await client.stop();
  }
}

async function device() {
  const [identity, credentials] = [identityOf(), memory()];
  while (!day.isOver) {
    await visit(identity, credentials, longest * Math.random());
    await pause(Math.random() * 1_000);
  }
}

process.on("message", async () => {
  day.isOver = true;
  await all;
  process.send({ ...seen, refusals: [...seen.refusals] });
  process.disconnect();
});
const all = Promise.all(Array.from({ length: count }, async () => {
  // Not all in one instant: that is another test.
  await pause(Math.random() * Math.min(longest, 10_000));
  await device();
}));
