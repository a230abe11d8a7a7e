import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { signaturePayload, type PayloadVersion } from "../../src/domain/handshake/signature-payload.js";
import type { ConnectParams } from "../../src/domain/protocol/connect.js";

/** The DER that stands before the 32 secret bytes of an Ed25519 private key (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** A device whose keys follow from a seed, so that generated files come out the same each time. Never for a real device. */
export interface DeviceKey {
  readonly seedHex: string;
  readonly deviceId: string;
  readonly publicKey: string;
  readonly publicKeyPem: string;
  /** Base64url without padding. */
  sign(text: string): string;
}

export function deviceKey(name: string): DeviceKey {
  const seed = createHash("sha256").update(`openclaw-gateway example device: ${name}`).digest();
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  const key = createPublicKey(secret);
  const raw = key.export({ format: "der", type: "spki" }).subarray(-32);
  return {
    seedHex: seed.toString("hex"),
    deviceId: createHash("sha256").update(raw).digest("hex"),
    publicKey: raw.toString("base64url"),
    publicKeyPem: String(key.export({ format: "pem", type: "spki" })),
    sign: (text) => sign(null, Buffer.from(text, "utf8"), secret).toString("base64url"),
  };
}

export type Unsigned = Omit<ConnectParams, "device">;
type Device = NonNullable<ConnectParams["device"]>;

export interface Signing {
  readonly version: PayloadVersion;
  readonly signedAt: number;
  /** Left out for payload v1. */
  readonly nonce?: string;
}

/** What this device signs to connect with these params. */
export const payloadFor = (key: DeviceKey, params: Unsigned, { version, signedAt, nonce = "" }: Signing): string =>
  signaturePayload(version, {
    deviceId: key.deviceId,
    clientId: params.client.id,
    clientMode: params.client.mode,
    role: params.role ?? "operator",
    scopes: params.scopes ?? [],
    signedAtMs: signedAt,
    token: params.auth?.token ?? params.auth?.deviceToken ?? params.auth?.bootstrapToken ?? "",
    nonce,
    platform: params.client.platform,
    ...(params.client.deviceFamily === undefined ? {} : { deviceFamily: params.client.deviceFamily }),
  });

/** The same params with the device's identity and signature. */
export function signed(key: DeviceKey, params: Unsigned, signing: Signing): ConnectParams & { readonly device: Device } {
  const { signedAt, nonce } = signing;
  const device: Device = {
    id: key.deviceId,
    publicKey: key.publicKey,
    signature: key.sign(payloadFor(key, params, signing)),
    signedAt,
    ...(nonce === undefined ? {} : { nonce }),
  };
  return { ...params, device };
}
