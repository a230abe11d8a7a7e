import type { ConnectClaim } from "../../domain/handshake/claim.js";
import type { AskToPair, PairingReason } from "../../domain/handshake/verdict.js";
import type { PairingRequest } from "../../domain/pairing/command.js";
import { expiryOf } from "../../domain/pairing/decide.js";
import type { PairedDevice, PendingDevice } from "../../domain/pairing/device.js";
import type { EpochMs } from "../../domain/moment.js";
import { cutCloseReason } from "../../domain/protocol/close-reason.js";
import { wireError, type ErrorShape } from "../../domain/protocol/errors.js";
import type { Role } from "../../domain/protocol/scopes.js";

const SENTENCES: Readonly<Record<PairingReason, string>> = {
  "not-paired": "device is not approved yet",
  "role-upgrade": "device is asking for a higher role than currently approved",
  "scope-upgrade": "device is asking for more scopes than currently approved",
  "metadata-upgrade": "device identity changed and must be re-approved",
};

/** What a device asks for, as operators will be shown it. */
export function requestOf(
  { params }: ConnectClaim,
  ask: { requestId: string; role: Role; scopes: readonly string[]; address: string },
): PairingRequest {
  const { client, device } = params;
  if (!device) throw new Error("only a device can ask to be paired");
  return {
    requestId: ask.requestId,
    deviceId: device.id,
    publicKey: device.publicKey,
    role: ask.role,
    scopes: ask.scopes,
    traits: {
      platform: client.platform,
      clientId: client.id,
      clientMode: client.mode,
      remoteIp: ask.address,
      ...(client.displayName === undefined ? {} : { displayName: client.displayName }),
      ...(client.deviceFamily === undefined ? {} : { deviceFamily: client.deviceFamily }),
    },
  };
}

/** The refusal that leads on: the request's id, the command that approves it, and until when. */
export function askError(ask: {
  claim: ConnectClaim;
  verdict: AskToPair;
  pending: PendingDevice;
  record: PairedDevice | undefined;
  now: EpochMs;
}): ErrorShape {
  const { pending, verdict, record } = ask;
  const approveCommand = `openclaw devices approve ${pending.requestId}`;
  const expiresAtMs = expiryOf(pending);
  const minutes = Math.max(1, Math.ceil((expiresAtMs - ask.now) / 60_000));
  return wireError("NOT_PAIRED", ask.claim.protocol === 3 ? "pairing required" : `pairing required: ${SENTENCES[verdict.reason]}`, {
    details: {
      code: "PAIRING_REQUIRED",
      reason: verdict.reason,
      requestId: pending.requestId,
      remediationHint: `On the gateway's host run "${approveCommand}" within ${minutes} min, then connect again.`,
      approveCommand,
      expiresAtMs,
      ...nextStep(ask.claim),
      deviceId: pending.deviceId,
      requestedRole: pending.role,
      requestedScopes: pending.scopes,
      ...(record ? { approvedRoles: record.roles, approvedScopes: record.scopes } : {}),
    },
  });
}

/**
 * What the close says beside the error. A protocol-3 command shows its user nothing else, so the way on has to stand in
 * it; a later client may take the request's id from it, so where a reason has no room for both, the sentence gives way.
 */
export function askCloseReason({ protocol }: ConnectClaim, error: ErrorShape, requestId: string): string {
  if (protocol === 3) return `${error.message}: openclaw devices approve ${requestId}`;
  const reason = `${error.message} (requestId: ${requestId})`;
  return cutCloseReason(reason) === reason ? reason : `pairing required (requestId: ${requestId})`;
}

/** What stays open goes on asking until somebody approves; a command says what to do and ends. */
function nextStep({ params }: ConnectClaim): Readonly<Record<string, unknown>> {
  const oneShot = params.client.mode === "cli" || params.client.mode === "probe" || params.client.mode === "test";
  return oneShot
    ? { recommendedNextStep: "review_auth_configuration" }
    : { recommendedNextStep: "wait_then_retry", retryable: true, pauseReconnect: false };
}
