// @ts-check
// All that a client must do, with a WebSocket and nothing else: answer the challenge with a signature, ask, listen.
import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { WebSocket } from "ws";

const { OPENCLAW_GATEWAY_URL: url = "ws://127.0.0.1:18789", OPENCLAW_GATEWAY_TOKEN: token = "" } = process.env;

// A client that comes back keeps its key: to the gateway, the key is the device.
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const rawKey = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
const client = { id: "gateway-client", mode: "backend", version: "1.0.0", platform: process.platform };
const [role, scopes] = ["operator", ["operator.read", "operator.write"]];

const socket = new WebSocket(url);
/** @type {Map<string, { resolve: (payload: any) => void, reject: (error: Error) => void }>} */
const asked = new Map();
const fail = (/** @type {Error} */ error) => (console.error(error.message), process.exit(1));

/** @param {string} method @param {object} params @returns {Promise<any>} */
const request = (method, params) =>
  new Promise((resolve, reject) => {
    const id = randomUUID();
    asked.set(id, { resolve, reject });
    socket.send(JSON.stringify({ type: "req", id, method, params }));
  });

/** @param {{ nonce: string, ts: number }} challenge */
async function talk({ nonce, ts }) {
  const id = createHash("sha256").update(rawKey).digest("hex");
  const signed = ["v3", id, client.id, client.mode, role, scopes.join(), ts, token, nonce, client.platform, ""].join("|");
  const signature = sign(null, Buffer.from(signed), privateKey).toString("base64url");
  const device = { id, publicKey: rawKey.toString("base64url"), signature, signedAt: ts, nonce };
  const hello = await request("connect", { minProtocol: 3, maxProtocol: 4, client, role, scopes, device, auth: { token } });
  console.log(`connected: protocol ${hello.protocol}, ${hello.auth.scopes.join(" ")}`);
  console.log(`health: ${(await request("health", {})).ok ? "ok" : "not ok"}`);
  await request("chat.send", { sessionKey: "main", message: process.argv[2] ?? "hello", idempotencyKey: randomUUID() });
}

socket.on("error", fail).on("message", (data) => {
  const { type, id, ok, event, payload, error } = JSON.parse(String(data));
  if (type === "res" && ok) asked.get(id)?.resolve(payload);
  else if (type === "res") asked.get(id)?.reject(new Error(`${error.code}: ${error.message}`));
  else if (event === "connect.challenge") talk(payload).catch(fail);
  else if (event === "chat" && payload.state === "error") fail(new Error(payload.errorMessage));
  else if (event === "chat" && payload.state === "final") {
    console.log(`answer: ${payload.message.content[0].text}`);
    socket.close();
  }
});
