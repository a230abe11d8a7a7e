import type { Role } from "../protocol/scopes.js";
import type { DeviceChanges, DeviceToken, DeviceTraits, PairedDevice, PendingDevice } from "./device.js";

/** Who acts. The owner is the process that embeds or hosts the gateway; everybody else is a device with what it was granted. */
export type Actor =
  | { readonly kind: "owner" }
  | { readonly kind: "device"; readonly deviceId: string | undefined; readonly scopes: readonly string[] };

/** Names a new token without revealing it: the vault derives the token from the serial, the record keeps the digest. */
export type IssueToken = (deviceId: string, role: string) => { readonly serial: string; readonly digest: string };

export interface PairingRequest {
  readonly requestId: string;
  readonly deviceId: string;
  readonly publicKey: string;
  readonly role: Role;
  readonly scopes: readonly string[];
  readonly traits: DeviceTraits;
}

export type PairingCommand =
  /**
   * A device that may not come in yet asks to. `known` is what its claim was judged by: where the device was approved or
   * removed meanwhile, nothing is recorded, and it is to be judged again.
   */
  | { readonly kind: "request"; readonly request: PairingRequest; readonly known?: { readonly approvedAtMs: number | undefined } }
  /** This host, or a setup code, vouches for the device: request and approval in one. */
  | { readonly kind: "vouch"; readonly request: PairingRequest; readonly via: "silent" | "bootstrap"; readonly issue: IssueToken }
  | { readonly kind: "approve"; readonly requestId: string; readonly actor: Actor; readonly issue: IssueToken }
  | { readonly kind: "reject"; readonly requestId: string; readonly actor: Actor }
  | { readonly kind: "remove"; readonly deviceId: string; readonly actor: Actor }
  | { readonly kind: "rename"; readonly deviceId: string; readonly label: string; readonly actor: Actor }
  | { readonly kind: "rotate"; readonly deviceId: string; readonly role: string; readonly scopes?: readonly string[]; readonly actor: Actor; readonly issue: IssueToken }
  | { readonly kind: "revoke"; readonly deviceId: string; readonly role: string; readonly actor: Actor }
  /**
   * An admitted device needs a token that covers what it was granted. `presented` is the digest it came with;
   * `canTell` says whether the vault can still make a stored token again, so that the device can be told it.
   */
  | {
      readonly kind: "ensure-token";
      readonly deviceId: string;
      readonly role: string;
      readonly scopes: readonly string[];
      readonly presented?: string;
      readonly canTell: (token: DeviceToken) => boolean;
      readonly issue: IssueToken;
    };

export type PairingEvent =
  | { readonly kind: "requested"; readonly request: PendingDevice }
  | { readonly kind: "resolved"; readonly requestId: string; readonly deviceId: string; readonly decision: "approved" | "rejected" }
  /** This device's sockets of this role (of every role, without one) must be closed. */
  | { readonly kind: "invalidated"; readonly deviceId: string; readonly role?: string; readonly why: string };

export const PAIRING_REFUSALS = ["unknown-request", "unknown-device", "not-yours", "beyond-yours", "beyond-approved"] as const;
export type PairingRefusalReason = (typeof PAIRING_REFUSALS)[number];

export type PairingDecision =
  | {
      readonly kind: "done";
      readonly changes: DeviceChanges;
      readonly events: readonly PairingEvent[];
      readonly device?: PairedDevice;
      readonly request?: PendingDevice;
    }
  | { readonly kind: "refused"; readonly reason: PairingRefusalReason; readonly missing?: readonly string[] };

