import type { ConnectClaim } from "../../domain/handshake/claim.js";
import { signedCredential } from "../../domain/handshake/credentials.js";
import { signaturePayload, type SignedFields } from "../../domain/handshake/signature-payload.js";
import type { Signatures } from "../../ports/signatures.js";

/**
 * Whether the device signed this claim for this challenge. The newest payload form is tried first; the one without a
 * nonce is only for processes on this host (see the rule for nonces).
 */
export function verifiesDevice(signatures: Signatures, nonce: string, { params, role }: ConnectClaim): boolean {
  const { device, auth, client } = params;
  if (!device) return false;
  const fields: SignedFields = {
    deviceId: device.id,
    clientId: client.id,
    clientMode: client.mode,
    role,
    scopes: params.scopes ?? [],
    signedAtMs: device.signedAt,
    token: signedCredential(auth ?? {}),
    nonce,
    platform: client.platform,
    ...(client.deviceFamily === undefined ? {} : { deviceFamily: client.deviceFamily }),
  };
  const versions = device.nonce ? (["v3", "v2"] as const) : (["v1"] as const);
  return versions.some((version) => signatures.verify(device.publicKey, device.signature, signaturePayload(version, fields)));
}
