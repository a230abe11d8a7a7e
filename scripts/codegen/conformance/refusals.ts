import type { ConnectParams } from "../../../src/domain/protocol/connect.js";
import { signed, type Unsigned } from "../device-key.js";
import { ALPHA, BETA, LOOPBACK, NONCE, NOW, OTHER_NONCE, PASSWORD, REMOTE, TOKEN } from "./world.js";

/** What the gateway knows and sees when the connect frame arrives. */
export interface Facts {
  readonly auth: { readonly mode: "token"; readonly token: string } | { readonly mode: "password"; readonly password: string };
  /** The gateway's clock, milliseconds since the epoch. */
  readonly now: number;
  /** Sent in this socket's challenge. */
  readonly nonce: string;
  readonly peer: { readonly address: string; readonly origin?: string };
  /** What was approved for the device before. */
  readonly paired?: { readonly deviceId: string; readonly publicKey: string; readonly roles: readonly string[]; readonly scopes: readonly string[]; readonly platform?: string };
  /** A setup code that was made and not used. */
  readonly invite?: { readonly bootstrapToken: string; readonly profile: "limited" | "full" | "node" };
  /** Connections from this address that just failed with a wrong token. */
  readonly wrongBefore?: number;
}

export type Expected =
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly message: string;
      /** What `error.details` holds, among other things. */
      readonly details: Readonly<Record<string, unknown>>;
      readonly closeCode: number;
      /** Where it is not the message itself. `<requestId>` stands for `details.requestId`. */
      readonly closeReason?: string;
    }
  | { readonly kind: "admitted"; readonly protocol: number; readonly role: string; readonly scopes: readonly string[] };

type Refused = Extract<Expected, { kind: "refused" }>;

export interface HandshakeCase {
  readonly name: string;
  /** The rule that decides, by the name it has in the handshake table; `admitted` where none does. */
  readonly rule: string;
  readonly facts: Facts;
  readonly connect: unknown;
  readonly expected: Expected;
}

const FACTS: Facts = { auth: { mode: "token", token: TOKEN }, now: NOW, nonce: NONCE, peer: { address: REMOTE } };
const LOCAL: Facts = { ...FACTS, peer: { address: LOOPBACK } };
const BY_PASSWORD: Facts = { ...FACTS, auth: { mode: "password", password: PASSWORD } };
const PAIRED: Facts = { ...FACTS, paired: { deviceId: ALPHA.deviceId, publicKey: ALPHA.publicKey, roles: ["operator"], scopes: ["operator.read"], platform: "linux" } };

const BOOTSTRAP = "conformance-bootstrap-token";
const INVITED: Facts = { ...FACTS, invite: { bootstrapToken: BOOTSTRAP, profile: "limited" } };

const V4: Unsigned = {
  minProtocol: 4,
  maxProtocol: 4,
  client: { id: "gateway-client", version: "1.0.0", platform: "linux", mode: "backend" },
  role: "operator",
  scopes: ["operator.read"],
  auth: { token: TOKEN },
};
const V3: Unsigned = { ...V4, minProtocol: 3, maxProtocol: 3 };
const { auth: _auth, ...V4_BARE } = V4;
const CONTROL_UI: Unsigned = { ...V4, client: { ...V4.client, id: "openclaw-control-ui", mode: "webchat" } };

const by = (params: Unsigned, signing: { version?: "v1" | "v2" | "v3"; signedAt?: number; nonce?: string | undefined } = {}): ConnectParams & { device: NonNullable<ConnectParams["device"]> } => {
  const { version = "v3", signedAt = NOW } = signing;
  const nonce = "nonce" in signing ? signing.nonce : NONCE;
  return signed(ALPHA, params, { version, signedAt, ...(nonce === undefined ? {} : { nonce }) });
};

const GOOD = by(V4);

const refused = (code: string, message: string, details: Readonly<Record<string, unknown>>): Refused => ({ kind: "refused", code, message, details, closeCode: 1008 });
const invalid = (message: string, code: string): Expected => refused("INVALID_REQUEST", message, { code });
const device = (message: string, code: string, reason: string): Expected => refused("INVALID_REQUEST", message, { code, reason });
const unauthorized = (message: string, code: string, authReason: string, more: Readonly<Record<string, unknown>> = {}): Expected =>
  refused("INVALID_REQUEST", message, { code, authReason, canRetryWithDeviceToken: false, ...more });
const noDevice = refused("NOT_PAIRED", "device identity required", { code: "DEVICE_IDENTITY_REQUIRED" });
const askedToPair = (reason: string, sentence: string): Refused => ({
  ...refused("NOT_PAIRED", `pairing required: ${sentence}`, { code: "PAIRING_REQUIRED", reason, deviceId: ALPHA.deviceId }),
  closeReason: `pairing required: ${sentence} (requestId: <requestId>)`,
});
const mismatch = (min: number, max: number): Expected => ({
  kind: "refused",
  code: "INVALID_REQUEST",
  message: "protocol mismatch",
  details: { code: "PROTOCOL_MISMATCH", clientMinProtocol: min, clientMaxProtocol: max, expectedProtocol: 4, minimumProbeProtocol: 3 },
  closeCode: 1002,
});
const admitted = (protocol: number, scopes: readonly string[], role = "operator"): Expected => ({ kind: "admitted", protocol, role, scopes });

/** Judged before anything is believed of the device. */
const AT_THE_DOOR: readonly HandshakeCase[] = [
  { name: "a client of a later protocol", rule: "protocol-mismatch", facts: FACTS, connect: { ...V4, minProtocol: 5, maxProtocol: 6 }, expected: mismatch(5, 6) },
  { name: "a client of an earlier protocol", rule: "protocol-mismatch", facts: FACTS, connect: { ...V4, minProtocol: 1, maxProtocol: 2 }, expected: mismatch(1, 2) },
  { name: "a role nobody has", rule: "invalid-role", facts: FACTS, connect: { ...V4, role: "owner" }, expected: refused("INVALID_REQUEST", "invalid role", {}) },
  {
    name: "the right token after ten wrong ones",
    rule: "rate-limited",
    facts: { ...FACTS, wrongBefore: 10 },
    connect: GOOD,
    expected: unauthorized("unauthorized: too many failed authentication attempts (retry later)", "AUTH_RATE_LIMITED", "rate_limited"),
  },
  { name: "neither a device nor a secret", rule: "device-required", facts: FACTS, connect: V4_BARE, expected: noDevice },
  { name: "a node without a device, though it knows the secret", rule: "device-required", facts: FACTS, connect: { ...V4, role: "node", scopes: [] }, expected: noDevice },
  {
    name: "a Control UI without a device",
    rule: "device-required",
    facts: FACTS,
    connect: CONTROL_UI,
    expected: invalid("control ui requires device identity (use HTTPS or localhost secure context)", "CONTROL_UI_DEVICE_IDENTITY_REQUIRED"),
  },
  {
    name: "a Control UI of protocol 3 without a device",
    rule: "device-required",
    facts: FACTS,
    connect: { ...CONTROL_UI, minProtocol: 3, maxProtocol: 3 },
    expected: invalid("control ui requires HTTPS or localhost (secure context)", "CONTROL_UI_DEVICE_IDENTITY_REQUIRED"),
  },
];

const BAD_SIGNATURE = device("device signature invalid", "DEVICE_AUTH_SIGNATURE_INVALID", "device-signature");
const STALE = device("device signature expired", "DEVICE_AUTH_SIGNATURE_EXPIRED", "device-signature-stale");
const NO_NONCE = device("device nonce required", "DEVICE_AUTH_NONCE_REQUIRED", "device-nonce-missing");

const OF_THE_DEVICE: readonly HandshakeCase[] = [
  {
    name: "a key that is no Ed25519 key",
    rule: "device-public-key",
    facts: FACTS,
    connect: { ...GOOD, device: { ...GOOD.device, publicKey: "bm90IGEga2V5" } },
    expected: device("device public key invalid", "DEVICE_AUTH_PUBLIC_KEY_INVALID", "device-public-key"),
  },
  {
    name: "another device's id",
    rule: "device-id-mismatch",
    facts: FACTS,
    connect: { ...GOOD, device: { ...GOOD.device, id: BETA.deviceId } },
    expected: device("device identity mismatch", "DEVICE_AUTH_DEVICE_ID_MISMATCH", "device-id-mismatch"),
  },
  { name: "signed two minutes and a millisecond ago", rule: "device-signature-stale", facts: FACTS, connect: by(V4, { signedAt: NOW - 120_001 }), expected: STALE },
  { name: "signed in the future", rule: "device-signature-stale", facts: FACTS, connect: by(V4, { signedAt: NOW + 120_001 }), expected: STALE },
  { name: "protocol 3, signed more than ten minutes ago", rule: "device-signature-stale", facts: FACTS, connect: by(V3, { signedAt: NOW - 600_001 }), expected: STALE },
  { name: "no nonce", rule: "device-nonce-missing", facts: FACTS, connect: by(V4, { version: "v1", nonce: undefined }), expected: NO_NONCE },
  { name: "no nonce, protocol 3 from elsewhere", rule: "device-nonce-missing", facts: FACTS, connect: by(V3, { version: "v1", nonce: undefined }), expected: NO_NONCE },
  { name: "no nonce, protocol 4 from this host", rule: "device-nonce-missing", facts: LOCAL, connect: by(V4, { version: "v1", nonce: undefined }), expected: NO_NONCE },
  {
    name: "the nonce of another socket",
    rule: "device-nonce-mismatch",
    facts: FACTS,
    connect: by(V4, { nonce: OTHER_NONCE }),
    expected: device("device nonce mismatch", "DEVICE_AUTH_NONCE_MISMATCH", "device-nonce-mismatch"),
  },
  { name: "scopes added after signing", rule: "device-signature", facts: FACTS, connect: { ...GOOD, scopes: ["operator.admin"] }, expected: BAD_SIGNATURE },
  { name: "the role changed after signing", rule: "device-signature", facts: FACTS, connect: { ...GOOD, role: "node" }, expected: BAD_SIGNATURE },
  { name: "the platform changed after signing", rule: "device-signature", facts: FACTS, connect: { ...GOOD, client: { ...GOOD.client, platform: "windows" } }, expected: BAD_SIGNATURE },
  { name: "the token changed after signing", rule: "device-signature", facts: FACTS, connect: { ...GOOD, auth: { token: "another" } }, expected: BAD_SIGNATURE },
  {
    name: "a v1 signature beside a nonce",
    rule: "device-signature",
    facts: LOCAL,
    connect: { ...GOOD, device: { ...GOOD.device, signature: by(V4, { version: "v1", nonce: undefined }).device.signature } },
    expected: BAD_SIGNATURE,
  },
];

const WRONG_TOKEN = "unauthorized: gateway token mismatch (use the gateway's own gateway.auth.token)";

const OF_THE_CREDENTIAL: readonly HandshakeCase[] = [
  {
    name: "no credential",
    rule: "unauthorized",
    facts: FACTS,
    connect: by(V4_BARE),
    expected: unauthorized("unauthorized: gateway token missing (pass --token or set OPENCLAW_GATEWAY_TOKEN)", "AUTH_TOKEN_MISSING", "token_missing"),
  },
  {
    name: "a wrong token, with a device that may have a token of its own",
    rule: "unauthorized",
    facts: FACTS,
    connect: by({ ...V4, auth: { token: "wrong" } }),
    expected: unauthorized(WRONG_TOKEN, "AUTH_TOKEN_MISMATCH", "token_mismatch", { canRetryWithDeviceToken: true, recommendedNextStep: "retry_with_device_token" }),
  },
  { name: "a wrong token without a device", rule: "unauthorized", facts: FACTS, connect: { ...V4, auth: { token: "wrong" } }, expected: unauthorized(WRONG_TOKEN, "AUTH_TOKEN_MISMATCH", "token_mismatch") },
  {
    name: "a device token that was never issued",
    rule: "unauthorized",
    facts: PAIRED,
    connect: by({ ...V4, auth: { deviceToken: "stale" } }),
    expected: unauthorized("unauthorized: device token mismatch (rotate/reissue device token)", "AUTH_DEVICE_TOKEN_MISMATCH", "device_token_mismatch"),
  },
  {
    name: "a bootstrap token that was never issued",
    rule: "unauthorized",
    facts: FACTS,
    connect: by({ ...V4, auth: { bootstrapToken: "stale" } }),
    expected: unauthorized("unauthorized: bootstrap token invalid or expired (ask for a new setup code)", "AUTH_BOOTSTRAP_TOKEN_INVALID", "bootstrap_token_invalid"),
  },
  {
    name: "an operator with a setup code for a node",
    rule: "invite-role",
    facts: { ...INVITED, invite: { bootstrapToken: BOOTSTRAP, profile: "node" } },
    connect: by({ ...V4, auth: { bootstrapToken: BOOTSTRAP } }),
    expected: unauthorized("unauthorized: bootstrap token invalid or expired (ask for a new setup code)", "AUTH_BOOTSTRAP_TOKEN_INVALID", "bootstrap_token_invalid"),
  },
  {
    name: "no password",
    rule: "unauthorized",
    facts: BY_PASSWORD,
    connect: by(V4_BARE),
    expected: unauthorized("unauthorized: gateway password missing (pass --password or set OPENCLAW_GATEWAY_PASSWORD)", "AUTH_PASSWORD_MISSING", "password_missing"),
  },
  {
    name: "a wrong password",
    rule: "unauthorized",
    facts: BY_PASSWORD,
    connect: by({ ...V4, auth: { password: "wrong" } }),
    expected: unauthorized("unauthorized: gateway password mismatch (use the gateway's own gateway.auth.password)", "AUTH_PASSWORD_MISMATCH", "password_mismatch"),
  },
];

/** The request's id must be whole, so a sentence too long to stand before it is left out. */
const SHORT_REASON = "pairing required (requestId: <requestId>)";
const NEW_HERE = askedToPair("not-paired", "device is not approved yet");

const OF_THE_PAIRING: readonly HandshakeCase[] = [
  { name: "a device nobody has seen", rule: "pairing-not-paired", facts: FACTS, connect: GOOD, expected: NEW_HERE },
  {
    name: "a device nobody has seen, protocol 3",
    rule: "pairing-not-paired",
    facts: FACTS,
    connect: by(V3),
    expected: {
      ...refused("NOT_PAIRED", "pairing required", { code: "PAIRING_REQUIRED", reason: "not-paired" }),
      closeReason: "pairing required: openclaw devices approve <requestId>",
    },
  },
  { name: "a page in a browser on this host is not taken for the owner", rule: "pairing-not-paired", facts: { ...LOCAL, peer: { address: LOOPBACK, origin: "http://localhost:18789" } }, connect: GOOD, expected: NEW_HERE },
  {
    name: "a role that was not approved",
    rule: "pairing-role-upgrade",
    facts: PAIRED,
    connect: by({ ...V4, role: "node", scopes: [] }),
    expected: { ...askedToPair("role-upgrade", "device is asking for a higher role than currently approved"), closeReason: SHORT_REASON },
  },
  {
    name: "a scope that was not approved",
    rule: "pairing-scope-upgrade",
    facts: PAIRED,
    connect: by({ ...V4, scopes: ["operator.read", "operator.admin"] }),
    expected: { ...askedToPair("scope-upgrade", "device is asking for more scopes than currently approved"), closeReason: SHORT_REASON },
  },
  {
    name: "another platform than was approved",
    rule: "pairing-metadata-upgrade",
    facts: PAIRED,
    connect: by({ ...V4, client: { ...V4.client, platform: "windows" } }),
    expected: askedToPair("metadata-upgrade", "device identity changed and must be re-approved"),
  },
];

/** What must not be refused: an implementation that says no to everything fails here. */
const WELCOME: readonly HandshakeCase[] = [
  { name: "a paired device", rule: "admitted", facts: PAIRED, connect: GOOD, expected: admitted(4, ["operator.read"]) },
  { name: "a paired device, payload v2", rule: "admitted", facts: PAIRED, connect: by(V4, { version: "v2" }), expected: admitted(4, ["operator.read"]) },
  { name: "a paired device that speaks 3 and 4", rule: "admitted", facts: PAIRED, connect: by({ ...V4, minProtocol: 3 }), expected: admitted(4, ["operator.read"]) },
  { name: "a paired device of protocol 3, ten minutes late", rule: "admitted", facts: PAIRED, connect: by(V3, { signedAt: NOW - 600_000 }), expected: admitted(3, ["operator.read"]) },
  { name: "protocol 3 on this host without a nonce", rule: "admitted", facts: LOCAL, connect: by(V3, { version: "v1", nonce: undefined }), expected: admitted(3, ["operator.read"]) },
  { name: "a new device on this host that knows the secret", rule: "admitted", facts: LOCAL, connect: GOOD, expected: admitted(4, ["operator.read"]) },
  { name: "the secret without a device opens the door and nothing behind it", rule: "admitted", facts: FACTS, connect: V4, expected: admitted(4, []) },
  {
    name: "a setup code opens what its profile holds and no more",
    rule: "admitted",
    facts: INVITED,
    connect: by({ ...V4, scopes: ["operator.read", "operator.admin"], auth: { bootstrapToken: BOOTSTRAP } }),
    expected: admitted(4, ["operator.read"]),
  },
  { name: "keys of a later release", rule: "admitted", facts: PAIRED, connect: { ...GOOD, somethingNew: { nested: true } }, expected: admitted(4, ["operator.read"]) },
];

export const HANDSHAKE_CASES: readonly HandshakeCase[] = [...AT_THE_DOOR, ...OF_THE_DEVICE, ...OF_THE_CREDENTIAL, ...OF_THE_PAIRING, ...WELCOME];
