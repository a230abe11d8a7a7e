import { payloadFor, type DeviceKey, type Signing, type Unsigned } from "../device-key.js";
import { ALPHA, BETA, NONCE, NOW, OTHER_NONCE, TOKEN } from "./world.js";

const PARAMS: Unsigned = {
  minProtocol: 3,
  maxProtocol: 4,
  client: { id: "openclaw-ios", version: "1.0.0", platform: " iOS ", deviceFamily: "iPhone", mode: "ui" },
  role: "operator",
  scopes: ["operator.read", "operator.write"],
  auth: { token: TOKEN },
};

const { role: _role, scopes: _scopes, auth: _auth, ...BARE } = PARAMS;
const UMLAUT: Unsigned = { ...PARAMS, client: { ...PARAMS.client, platform: "ÄNDERUNG", deviceFamily: "Phone" } };

interface Ask {
  readonly name: string;
  readonly key: DeviceKey;
  readonly params: Unsigned;
  readonly signing: Signing;
}

const V3: Signing = { version: "v3", signedAt: NOW, nonce: NONCE };

/** What a device has to sign, for each form of the payload and each field that may be missing. */
const ASKS: readonly Ask[] = [
  { name: "v1, which has no nonce", key: ALPHA, params: PARAMS, signing: { version: "v1", signedAt: NOW } },
  { name: "v2", key: ALPHA, params: PARAMS, signing: { version: "v2", signedAt: NOW, nonce: NONCE } },
  { name: "v3: platform and family are trimmed, then lower-cased", key: ALPHA, params: PARAMS, signing: V3 },
  { name: "v3: only ASCII letters are lower-cased", key: ALPHA, params: UMLAUT, signing: V3 },
  { name: "v3 without role, scopes and credential", key: ALPHA, params: BARE, signing: V3 },
  { name: "v3 with a device token in place of a token", key: BETA, params: { ...PARAMS, auth: { deviceToken: "stored-device-token" } }, signing: V3 },
  { name: "v3: the token goes before the device token", key: BETA, params: { ...PARAMS, auth: { token: TOKEN, deviceToken: "stored-device-token" } }, signing: V3 },
  { name: "v3 with a bootstrap token", key: BETA, params: { ...PARAMS, auth: { bootstrapToken: "from-a-setup-code" } }, signing: V3 },
  { name: "v3: a password is never signed", key: BETA, params: { ...PARAMS, auth: { password: "secret" } }, signing: V3 },
  { name: "v3 of a node", key: BETA, params: { ...BARE, role: "node", scopes: [], auth: { token: TOKEN } }, signing: V3 },
];

const GOOD = payloadFor(ALPHA, PARAMS, V3);
const SIGNED = ALPHA.sign(GOOD);

/** The same signature with one bit of it turned. */
function spoilt(signature: string): string {
  const bytes = Buffer.from(signature, "base64url");
  bytes[5] = (bytes[5] ?? 0) ^ 1;
  return bytes.toString("base64url");
}

const INVALID = "DEVICE_AUTH_SIGNATURE_INVALID";
const BAD_KEY = "DEVICE_AUTH_PUBLIC_KEY_INVALID";
/** The neutral element of the curve: under it, a signature for any message is easy to make. */
const LOW_ORDER = Buffer.from(`01${"00".repeat(31)}`, "hex").toString("base64url");

interface Check {
  readonly name: string;
  readonly publicKey: string;
  readonly payload: string;
  readonly signature: string;
  /** `details.code` of the refusal, or null where the signature is good. */
  readonly refusal: string | null;
}

const CHECKS: readonly Check[] = [
  { name: "good", publicKey: ALPHA.publicKey, payload: GOOD, signature: SIGNED, refusal: null },
  { name: "good, the key as PEM", publicKey: ALPHA.publicKeyPem, payload: GOOD, signature: SIGNED, refusal: null },
  { name: "good, the signature in standard base64", publicKey: ALPHA.publicKey, payload: GOOD, signature: Buffer.from(SIGNED, "base64url").toString("base64"), refusal: null },
  { name: "one bit of the signature turned", publicKey: ALPHA.publicKey, payload: GOOD, signature: spoilt(SIGNED), refusal: INVALID },
  { name: "one byte short", publicKey: ALPHA.publicKey, payload: GOOD, signature: Buffer.from(SIGNED, "base64url").subarray(0, 63).toString("base64url"), refusal: INVALID },
  { name: "not base64", publicKey: ALPHA.publicKey, payload: GOOD, signature: "?".repeat(86), refusal: INVALID },
  { name: "another device's signature", publicKey: ALPHA.publicKey, payload: GOOD, signature: BETA.sign(GOOD), refusal: INVALID },
  { name: "signed for another socket's nonce", publicKey: ALPHA.publicKey, payload: GOOD, signature: ALPHA.sign(payloadFor(ALPHA, PARAMS, { ...V3, nonce: OTHER_NONCE })), refusal: INVALID },
  { name: "signed for fewer scopes", publicKey: ALPHA.publicKey, payload: GOOD, signature: ALPHA.sign(payloadFor(ALPHA, { ...PARAMS, scopes: ["operator.read"] }, V3)), refusal: INVALID },
  { name: "a key of 31 bytes", publicKey: Buffer.from(ALPHA.publicKey, "base64url").subarray(0, 31).toString("base64url"), payload: GOOD, signature: SIGNED, refusal: BAD_KEY },
  { name: "a key that is no base64", publicKey: "!".repeat(43), payload: GOOD, signature: SIGNED, refusal: BAD_KEY },
  { name: "a key of low order, under which anything verifies", publicKey: LOW_ORDER, payload: GOOD, signature: SIGNED, refusal: BAD_KEY },
];

const keyRow = ({ seedHex, deviceId, publicKey, publicKeyPem }: DeviceKey) => ({ seedHex, publicKey, publicKeyPem, deviceId });

export const SIGNATURE_VECTORS = {
  about: "Ed25519 keys from their 32-byte seeds, the text each form of the payload signs, and signatures to accept or refuse. Ed25519 is deterministic: a signer must arrive at exactly these signatures.",
  keys: { alpha: keyRow(ALPHA), beta: keyRow(BETA) },
  payloads: ASKS.map(({ name, key, params, signing }) => {
    const payload = payloadFor(key, params, signing);
    const { version, signedAt, nonce } = signing;
    return { name, key: key === ALPHA ? "alpha" : "beta", version, signedAt, nonce: nonce ?? null, connect: params, payload, signature: key.sign(payload) };
  }),
  checks: CHECKS,
};
