import { invalidRequest, wireError, type ErrorShape } from "../protocol/errors.js";
import { CURRENT_PROTOCOL, MIN_PROTOCOL } from "../protocol/version.js";
import { authError, lockedError } from "./auth-refusal.js";
import { isRole, type ConnectClaim, type HandshakeFacts } from "./claim.js";
import type { CredentialKind } from "./credentials.js";
import { CLOSE } from "./verdict.js";

/** One line of the handshake: where it applies, the connection ends with its error and close code. */
export interface Rule {
  readonly name: string;
  /** For the documents: when this rule bites. */
  readonly when: string;
  readonly closeCode: number;
  applies(claim: ConnectClaim, facts: HandshakeFacts): boolean;
  error(claim: ConnectClaim, facts: HandshakeFacts): ErrorShape;
  wrong?(facts: HandshakeFacts): CredentialKind | undefined;
}

/** Old wall clocks are common among protocol-3 clients, which sign their own time; later ones sign the challenge's. */
const SKEW_MS = { 3: 600_000, 4: 120_000 } as const;

const deviceError = (message: string, code: string, reason: string): ErrorShape =>
  invalidRequest(message, { code, reason, recommendedNextStep: "review_auth_configuration" });

const offersSecret = ({ params }: ConnectClaim): boolean => Boolean(params.auth?.token || params.auth?.password);

const isInvited = (facts: HandshakeFacts): boolean =>
  facts.credentials.kind === "accepted" && facts.credentials.method === "bootstrap-token";

const isControlUi = ({ params }: ConnectClaim): boolean => params.client.id.endsWith("-control-ui");

/** Only an operator who knows the gateway's secret may come without a device, and then holds no scope. */
const lacksDevice = (claim: ConnectClaim, facts: HandshakeFacts): boolean => {
  if (claim.params.device) return false;
  if (claim.role === "node" || isControlUi(claim) || !offersSecret(claim)) return true;
  return facts.credentials.kind === "accepted" && facts.credentials.method === "none";
};

const noDeviceError = (claim: ConnectClaim): ErrorShape =>
  isControlUi(claim)
    ? invalidRequest(
        claim.protocol === 3
          ? "control ui requires HTTPS or localhost (secure context)"
          : "control ui requires device identity (use HTTPS or localhost secure context)",
        { code: "CONTROL_UI_DEVICE_IDENTITY_REQUIRED", recommendedNextStep: "review_auth_configuration" },
      )
    : wireError("NOT_PAIRED", "device identity required", {
        details: { code: "DEVICE_IDENTITY_REQUIRED", recommendedNextStep: "review_auth_configuration" },
      });

/** Payload v1 has no nonce: nothing stops its replay but that only this host's own processes may use it. */
const mayOmitNonce = (claim: ConnectClaim, facts: HandshakeFacts): boolean => claim.protocol === 3 && facts.locality === "direct-local";

/** The handshake, in order. A claim that passes every rule has proven its credential and, if it brought one, its device. */
export const RULES: readonly Rule[] = [
  {
    name: "protocol-mismatch",
    when: "the client's protocol range holds neither 3 nor 4",
    closeCode: CLOSE.protocol,
    applies: (claim) => claim.protocol === undefined,
    error: ({ params }) =>
      invalidRequest("protocol mismatch", {
        code: "PROTOCOL_MISMATCH",
        clientMinProtocol: params.minProtocol,
        clientMaxProtocol: params.maxProtocol,
        expectedProtocol: CURRENT_PROTOCOL,
        minimumProbeProtocol: MIN_PROTOCOL,
      }),
  },
  {
    name: "invalid-role",
    when: "the role is neither operator nor node",
    closeCode: CLOSE.policy,
    applies: (claim) => !isRole(claim.role),
    error: () => invalidRequest("invalid role"),
  },
  {
    name: "rate-limited",
    when: "too many wrong credentials of an offered kind came from this address",
    closeCode: CLOSE.policy,
    applies: (_claim, facts) => facts.locked !== undefined,
    error: (_claim, facts) => lockedError(facts.locked?.retryAfterMs ?? 0),
  },
  {
    name: "device-required",
    when: "no device identity, unless an operator offers the gateway's secret",
    closeCode: CLOSE.policy,
    applies: lacksDevice,
    error: noDeviceError,
  },
  {
    name: "device-public-key",
    when: "the public key is not a usable Ed25519 key",
    closeCode: CLOSE.policy,
    applies: ({ params }, facts) => params.device !== undefined && facts.derivedDeviceId === undefined,
    error: () => deviceError("device public key invalid", "DEVICE_AUTH_PUBLIC_KEY_INVALID", "device-public-key"),
  },
  {
    name: "device-id-mismatch",
    when: "device.id is not the SHA-256 of the public key",
    closeCode: CLOSE.policy,
    applies: ({ params }, facts) => params.device !== undefined && params.device.id !== facts.derivedDeviceId,
    error: () => deviceError("device identity mismatch", "DEVICE_AUTH_DEVICE_ID_MISMATCH", "device-id-mismatch"),
  },
  {
    name: "device-signature-stale",
    when: "signedAt is more than 2 minutes (protocol 3: 10 minutes) from the gateway's clock",
    closeCode: CLOSE.policy,
    applies: ({ params, protocol }, facts) =>
      params.device !== undefined && Math.abs(facts.now - params.device.signedAt) > SKEW_MS[protocol ?? CURRENT_PROTOCOL],
    error: () => deviceError("device signature expired", "DEVICE_AUTH_SIGNATURE_EXPIRED", "device-signature-stale"),
  },
  {
    name: "device-nonce-missing",
    when: "no nonce, unless a protocol-3 client on this host signs payload v1",
    closeCode: CLOSE.policy,
    applies: (claim, facts) => claim.params.device !== undefined && !claim.params.device.nonce && !mayOmitNonce(claim, facts),
    error: () => deviceError("device nonce required", "DEVICE_AUTH_NONCE_REQUIRED", "device-nonce-missing"),
  },
  {
    name: "device-nonce-mismatch",
    when: "the nonce is not the one this socket was challenged with",
    closeCode: CLOSE.policy,
    applies: ({ params }, facts) => Boolean(params.device?.nonce) && params.device?.nonce !== facts.nonce,
    error: () => deviceError("device nonce mismatch", "DEVICE_AUTH_NONCE_MISMATCH", "device-nonce-mismatch"),
  },
  {
    name: "device-signature",
    when: "the signature does not verify over any accepted payload",
    closeCode: CLOSE.policy,
    applies: ({ params }, facts) => params.device !== undefined && !facts.signatureValid,
    error: () => deviceError("device signature invalid", "DEVICE_AUTH_SIGNATURE_INVALID", "device-signature"),
  },
  {
    name: "unauthorized",
    when: "the gateway's secret or the device's token is missing or wrong",
    closeCode: CLOSE.policy,
    applies: (_claim, facts) => facts.credentials.kind === "refused",
    error: (claim, facts) =>
      facts.credentials.kind === "refused" ? authError(facts.credentials.reason, claim) : invalidRequest("unauthorized"),
    wrong: (facts) => (facts.credentials.kind === "refused" ? facts.credentials.wrong : undefined),
  },
  {
    name: "invite-role",
    when: "the setup code was made for another role",
    closeCode: CLOSE.policy,
    applies: (claim, facts) => isInvited(facts) && isRole(claim.role) && facts.invite?.roles.includes(claim.role) !== true,
    error: (claim) => authError("bootstrap_token_invalid", claim),
  },
];
