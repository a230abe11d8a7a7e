import type { ErrorShape } from "../protocol/errors.js";
import type { Role } from "../protocol/scopes.js";
import type { Protocol } from "../protocol/version.js";
import type { GrantedScopes } from "../access/scopes.js";
import type { AuthMethod, CredentialKind } from "./credentials.js";

export const CLOSE = { normal: 1000, protocol: 1002, policy: 1008, tooBig: 1009, restart: 1012, revoked: 4001 } as const;

export const PAIRING_REASONS = ["not-paired", "role-upgrade", "scope-upgrade", "metadata-upgrade"] as const;
export type PairingReason = (typeof PAIRING_REASONS)[number];

export interface Refusal {
  readonly kind: "refuse";
  readonly rule: string;
  readonly error: ErrorShape;
  readonly closeCode: number;
  /** What was guessed wrong, for the limiter. */
  readonly wrong?: CredentialKind;
}

export interface AskToPair {
  readonly kind: "ask-to-pair";
  readonly rule: string;
  readonly reason: PairingReason;
  readonly role: Role;
  readonly scopes: readonly string[];
}

export interface Admission {
  readonly kind: "admit";
  readonly protocol: Protocol;
  readonly role: Role;
  readonly scopes: GrantedScopes;
  readonly method: AuthMethod;
  /** Set where this host's own word stands in for an operator's approval. */
  readonly approveSilently?: PairingReason;
}

export type ConnectVerdict = Refusal | AskToPair | Admission;
