import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { join } from "node:path";
import type { DeviceIdentity } from "../connect-params.js";
import { PrivateFileError, readPrivateFile, writePrivateFile } from "./private-file.js";

export const identityPath = (stateDir: string): string => join(stateDir, "identity", "device.json");

export interface LoadIdentityOptions {
  /** Takes a key that other users of this host can read, which is refused without it. For file systems that know no owners. */
  readonly allowReadable?: boolean;
}

/**
 * This device's key, made on first use and kept in `<state>/identity/device.json` (0600).
 * A file that cannot be understood is an error that names it, and stays: a new key would be a stranger to every gateway.
 */
export async function loadDeviceIdentity(stateDir: string, nowMs: number, { allowReadable = false }: LoadIdentityOptions = {}): Promise<DeviceIdentity> {
  const path = identityPath(stateDir);
  const whenExposed = allowReadable ? "leave" : "refuse";
  const existing = await readPrivateFile(path, whenExposed);
  if (existing === undefined) await writePrivateFile(path, newIdentityFile(nowMs), { keepExisting: true });
  // Read again: another process may have been first.
  return parseIdentity(path, existing ?? (await readPrivateFile(path, whenExposed)) ?? "");
}

function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from(createPublicKey(key).export({ format: "jwk" }).x ?? "", "base64url");
}

const idOf = (raw: Buffer): string => createHash("sha256").update(raw).digest("hex");

function newIdentityFile(createdAtMs: number): string {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const file = {
    version: 1,
    deviceId: idOf(rawPublicKey(privateKey)),
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }),
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }),
    createdAtMs,
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

function parseIdentity(path: string, text: string): DeviceIdentity {
  const key = privateKeyOf(text);
  if (key?.asymmetricKeyType !== "ed25519") {
    throw new PrivateFileError(`${path} holds no Ed25519 device key. Restore it, or move it away to get a new identity that must be paired again.`);
  }
  const raw = rawPublicKey(key);
  return {
    // Derived, not read: id, public key and signature then always belong together.
    deviceId: idOf(raw),
    publicKey: raw.toString("base64url"),
    sign: (payload) => sign(null, Buffer.from(payload, "utf8"), key).toString("base64url"),
  };
}

function privateKeyOf(text: string): KeyObject | undefined {
  try {
    const { privateKeyPem } = JSON.parse(text) as { privateKeyPem?: unknown };
    return typeof privateKeyPem === "string" ? createPrivateKey(privateKeyPem) : undefined;
  } catch {
    // Not passed on as a cause: it quotes the file, and the file is a secret.
    return undefined;
  }
}
