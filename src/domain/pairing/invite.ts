import type { EpochMs } from "../moment.js";
import type { Role, Scope } from "../protocol/scopes.js";

export const INVITE_PROFILES = ["limited", "full", "node"] as const;
export type InviteProfile = (typeof INVITE_PROFILES)[number];

/** A setup code is good for ten minutes, and for one device. */
export const INVITE_TTL_MS = 10 * 60_000;
/** More unused ones than this at once push the oldest out. */
export const MAX_INVITES = 32;

/** What a setup code opens. The secret in it is not here, only its digest. */
export interface Invite {
  readonly setupId: string;
  /** Lower-case hex SHA-256 of the bootstrap token. */
  readonly digest: string;
  readonly profile: InviteProfile;
  readonly createdAtMs: EpochMs;
  readonly expiresAtMs: EpochMs;
}

export interface InviteGrant {
  readonly roles: readonly Role[];
  /** For the operator role. */
  readonly scopes: readonly Scope[];
}

const LIMITED: readonly Scope[] = ["operator.approvals", "operator.questions", "operator.read", "operator.talk.secrets", "operator.write"];

const GRANTS: Readonly<Record<InviteProfile, InviteGrant>> = {
  limited: { roles: ["node", "operator"], scopes: LIMITED },
  full: { roles: ["node", "operator"], scopes: ["operator.admin", ...LIMITED] },
  node: { roles: ["node"], scopes: [] },
};

/** What a device that redeems an invite of this profile gets, and the most it gets. */
export const grantOf = (profile: InviteProfile): InviteGrant => GRANTS[profile];

export const isInviteProfile = (text: string): text is InviteProfile => (INVITE_PROFILES as readonly string[]).includes(text);

export const isLive = (invite: Invite, now: EpochMs): boolean => now < invite.expiresAtMs;
