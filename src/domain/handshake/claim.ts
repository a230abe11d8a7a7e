import type { ConnectParams } from "../protocol/connect.js";
import { negotiateProtocol, type Protocol } from "../protocol/version.js";
import type { Role } from "../protocol/scopes.js";
import type { EpochMs } from "../moment.js";
import type { PairedDevice } from "../pairing/device.js";
import type { InviteGrant } from "../pairing/invite.js";
import type { CredentialVerdict } from "./credentials.js";
import type { Locality } from "./locality.js";

/** What a client says of itself. Nothing in here counts until a fact stands beside it. */
export interface ConnectClaim {
  readonly params: ConnectParams;
  readonly protocol: Protocol | undefined;
  readonly role: string;
  /** As sent; `undefined` where the client left them out. */
  readonly scopes: readonly string[] | undefined;
}

export const readClaim = (params: ConnectParams): ConnectClaim => ({
  params,
  protocol: negotiateProtocol(params.minProtocol, params.maxProtocol),
  role: params.role ?? "operator",
  scopes: params.scopes,
});

/** What the shell found out itself. */
export interface HandshakeFacts {
  readonly now: EpochMs;
  /** The nonce that was sent on this very socket. */
  readonly nonce: string;
  readonly locality: Locality;
  /** The Origin header of the upgrade: only browsers send one. */
  readonly origin: string | undefined;
  /** What a header of the upgrade lets this connection have at most. */
  readonly scopeCap: readonly string[] | undefined;
  /** The lower-case hex id of the device's key, `undefined` where the key is unusable. */
  readonly derivedDeviceId: string | undefined;
  readonly signatureValid: boolean;
  readonly locked: { readonly retryAfterMs: number } | undefined;
  readonly credentials: CredentialVerdict;
  readonly record: PairedDevice | undefined;
  /** What the setup code opens that was shown, where it is still good. */
  readonly invite: InviteGrant | undefined;
  /** Whether requests from this host may be approved without asking. */
  readonly autoApproveLocal: boolean;
}

export const isRole = (role: string): role is Role => role === "operator" || role === "node";
