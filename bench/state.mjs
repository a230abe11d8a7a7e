// State folders as a gateway finds them after months: so many devices paired, so many sessions begun.
import { createHash, generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLIENT } from "./client.mjs";

export const SCOPES = ["operator.read", "operator.write"];

const sha256 = (data) => createHash("sha256").update(data).digest("hex");

/** Keys of a device, and a token that the gateway will know it by. */
export function makeDevice() {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  return {
    id: sha256(raw),
    publicKey: raw.toString("base64url"),
    secret: privateKey.export({ format: "der", type: "pkcs8" }).toString("base64"),
    token: randomBytes(32).toString("base64url"),
  };
}

/** Writes a state folder in which these devices are paired and `sessions` sessions exist. */
export function prepareState(dir, { devices, sessions }) {
  const now = Date.now();
  const paired = devices.map(({ id, publicKey, token }) => [id, {
    deviceId: id,
    publicKey,
    platform: CLIENT.platform,
    clientId: CLIENT.id,
    clientMode: CLIENT.mode,
    role: "operator",
    roles: ["operator", "node"],
    scopes: SCOPES,
    tokens: {
      operator: { token: `sha256:${sha256(token)}`, role: "operator", scopes: SCOPES, createdAtMs: now },
      node: { token: `sha256:${sha256(token)}`, role: "node", scopes: [], createdAtMs: now },
    },
    createdAtMs: now,
    approvedAtMs: now,
  }]);
  const index = Array.from({ length: sessions }, (_, nth) => [`agent:main:session-${nth}`, { sessionId: randomUUID(), updatedAt: now - nth }]);
  write(join(dir, "devices"), "paired.json", Object.fromEntries(paired));
  write(join(dir, "agents", "main", "sessions"), "sessions.json", Object.fromEntries(index));
  return dir;
}

function write(folder, name, value) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, name), JSON.stringify(value, null, 2), { mode: 0o600 });
}
