import { claimScopes, coversAll, grantScopes, narrowScopes } from "../access/scopes.js";
import type { PairedDevice } from "../pairing/device.js";
import type { Role } from "../protocol/scopes.js";
import { CURRENT_PROTOCOL } from "../protocol/version.js";
import { isRole, type ConnectClaim, type HandshakeFacts } from "./claim.js";
import { RULES } from "./rules.js";
import type { Admission, ConnectVerdict, PairingReason } from "./verdict.js";

/**
 * The one door: every way in leads past every rule and then past the device's record.
 * What a client claims to be allowed becomes a grant only as far as its record covers it.
 */
export function judgeConnect(claim: ConnectClaim, facts: HandshakeFacts): ConnectVerdict {
  for (const rule of RULES) {
    if (!rule.applies(claim, facts)) continue;
    const wrong = rule.wrong?.(facts);
    return {
      kind: "refuse",
      rule: rule.name,
      error: rule.error(claim, facts),
      closeCode: rule.closeCode,
      ...(wrong === undefined ? {} : { wrong }),
    };
  }
  return judgePairing(claim, facts);
}

function judgePairing(claim: ConnectClaim, facts: HandshakeFacts): ConnectVerdict {
  const role: Role = isRole(claim.role) ? claim.role : "operator";
  const baseline = facts.record ? baselineOf(facts.record, role, facts) : [];
  if (!claim.params.device) return admit(claim, facts, { role, baseline: [], claimed: [] });
  if (facts.invite && byInvite(facts)) {
    const within = role === "node" ? [] : facts.invite.scopes;
    return admit(claim, facts, { role, baseline: within, claimed: capped(claimedScopes(claim, role, within), facts) });
  }
  const claimed = capped(claimedScopes(claim, role, facts.record?.roles.includes(role) ? baseline : undefined), facts);
  const reason = pairingReason(claim, facts, { role, claimed, baseline });
  if (reason === undefined) return admit(claim, facts, { role, baseline, claimed });
  if (!mayApproveSilently(facts)) return { kind: "ask-to-pair", rule: `pairing-${reason}`, reason, role, scopes: claimed };
  return { ...admit(claim, facts, { role, baseline: claimed, claimed }), approveSilently: reason };
}

const byInvite = (facts: HandshakeFacts): boolean => facts.credentials.kind === "accepted" && facts.credentials.method === "bootstrap-token";

interface Standing {
  readonly role: Role;
  readonly claimed: readonly string[];
  readonly baseline: readonly string[];
}

function admit(claim: ConnectClaim, facts: HandshakeFacts, { role, baseline, claimed }: Standing): Admission {
  return {
    kind: "admit",
    protocol: claim.protocol ?? CURRENT_PROTOCOL,
    role,
    scopes: grantScopes(claimScopes(claimed), baseline),
    method: facts.credentials.kind === "accepted" ? facts.credentials.method : "none",
  };
}

/** Who shows the gateway's secret is measured by what was approved; who shows a token by what that token holds. */
function baselineOf(record: PairedDevice, role: Role, facts: HandshakeFacts): readonly string[] {
  if (role === "node") return [];
  const byToken = facts.credentials.kind === "accepted" && facts.credentials.method === "device-token";
  return byToken ? (record.tokens.get(role)?.scopes ?? []) : record.scopes;
}

/**
 * Nodes hold no operator scopes, whatever they ask for. A protocol-3 operator that names none means
 * "what I may have": its record's scopes, or admin when it introduces itself in this role.
 */
function claimedScopes(claim: ConnectClaim, role: Role, baseline: readonly string[] | undefined): readonly string[] {
  if (role === "node") return [];
  if (claim.scopes !== undefined && !(claim.protocol === 3 && claim.scopes.length === 0)) return [...new Set(claim.scopes)];
  return claim.protocol === 3 ? (baseline ?? ["operator.admin"]) : [];
}

/** Narrowed before anything is made of it, so that a request to be paired asks for no more than may be had here. */
const capped = (claimed: readonly string[], { scopeCap }: HandshakeFacts): readonly string[] =>
  scopeCap === undefined ? claimed : narrowScopes(claimed, scopeCap);

function pairingReason(claim: ConnectClaim, facts: HandshakeFacts, standing: Standing): PairingReason | undefined {
  const { record } = facts;
  if (!record) return "not-paired";
  if (!record.roles.includes(standing.role)) return "role-upgrade";
  if (!coversAll(standing.baseline, standing.claimed)) return "scope-upgrade";
  return claim.protocol === 4 && metadataChanged(claim, record) ? "metadata-upgrade" : undefined;
}

/** The same platform goes by two names among a device's own releases. */
const PLATFORM_ALIASES: ReadonlyMap<string, string> = new Map([["darwin", "macos"], ["win32", "windows"]]);

const platformOf = (text: string): string => {
  const plain = text.trim().toLowerCase();
  return PLATFORM_ALIASES.get(plain) ?? plain;
};

function metadataChanged({ params: { client } }: ConnectClaim, record: PairedDevice): boolean {
  if (record.platform !== undefined && platformOf(record.platform) !== platformOf(client.platform)) return true;
  if (record.deviceFamily === undefined || client.deviceFamily === undefined) return false;
  return platformOf(record.deviceFamily) !== platformOf(client.deviceFamily);
}

/**
 * A process on this host that knows the gateway's secret could approve itself anyway, so asking would only annoy.
 * A browser never counts as one (any page can reach loopback), and neither does a device token, whose scopes an owner chose.
 */
function mayApproveSilently(facts: HandshakeFacts): boolean {
  return (
    facts.autoApproveLocal &&
    facts.locality === "direct-local" &&
    facts.origin === undefined &&
    facts.credentials.kind === "accepted" &&
    facts.credentials.method !== "device-token" &&
    facts.credentials.method !== "tailscale" &&
    facts.credentials.method !== "bootstrap-token"
  );
}
