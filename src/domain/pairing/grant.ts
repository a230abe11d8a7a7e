import { coversAll, holds } from "../access/scopes.js";
import type { EpochMs } from "../moment.js";
import type { Actor, IssueToken, PairingDecision } from "./command.js";
import type { ApprovedVia, DeviceToken, PairedDevice, PendingDevice } from "./device.js";

const ADMIN = "operator.admin";

const union = (a: readonly string[], b: readonly string[]): readonly string[] => [...new Set([...a, ...b])];

interface Approval {
  readonly now: EpochMs;
  readonly via: ApprovedVia;
  readonly issue: IssueToken;
}

/** The record after an approval: roles and scopes grow by what was asked, the role gets a new token, the traits are pinned anew. */
export function approveDevice(before: PairedDevice | undefined, pending: PendingDevice, { now, via, issue }: Approval): PairedDevice {
  const token = approvedToken(before?.tokens.get(pending.role), pending, { now, issue });
  return {
    ...(before ?? { createdAtMs: now }),
    ...traitsOf(pending),
    deviceId: pending.deviceId,
    publicKey: pending.publicKey,
    roles: union(before?.roles ?? [], [pending.role]),
    scopes: pending.role === "node" ? (before?.scopes ?? []) : union(before?.scopes ?? [], pending.scopes),
    tokens: new Map(before?.tokens ?? []).set(pending.role, token),
    approvedAtMs: now,
    approvedVia: via,
  };
}

/**
 * A fresh token beside the one that the device was turned away with, which stays good until the fresh one was seen.
 * Where there are two already, nobody knows which of them the device has: a third would kill one, so they stay and grow.
 */
function approvedToken(known: DeviceToken | undefined, pending: PendingDevice, { now, issue }: Pick<Approval, "now" | "issue">): DeviceToken {
  const held = known?.revokedAtMs === undefined ? known : undefined;
  const scopes = pending.role === "node" ? [] : union(held?.scopes ?? [], pending.scopes);
  if (held?.previousDigest !== undefined) return { ...held, scopes };
  return {
    role: pending.role,
    scopes,
    ...issue(pending.deviceId, pending.role),
    ...(held ? { previousDigest: held.digest } : {}),
    createdAtMs: known?.createdAtMs ?? now,
    ...(known ? { rotatedAtMs: now } : {}),
  };
}

function traitsOf(pending: PendingDevice): Partial<PairedDevice> {
  const { displayName, platform, deviceFamily, clientId, clientMode, remoteIp } = pending;
  const traits = { displayName, platform, deviceFamily, clientId, clientMode, remoteIp };
  return Object.fromEntries(Object.entries(traits).filter(([, value]) => value !== undefined));
}

interface TokenNeed {
  readonly role: string;
  readonly scopes: readonly string[];
  readonly presented?: string;
  readonly canTell: (token: DeviceToken) => boolean;
  readonly issue: IssueToken;
}

/**
 * Keeps the token while it serves: it covers the grant, was not revoked, and can be told to the device again.
 * The one before stays good until its successor was seen, so that an answer lost on the way locks nobody out.
 */
export function ensureToken(device: PairedDevice, need: TokenNeed, now: EpochMs): PairedDevice {
  const held = device.tokens.get(need.role);
  const revoked = held?.revokedAtMs !== undefined;
  if (held && !revoked && coversAll(held.scopes, need.scopes) && (need.presented === held.digest || need.canTell(held))) {
    if (held.previousDigest === undefined || need.presented !== held.digest) return device;
    const { previousDigest: _spent, ...rest } = held;
    return withToken(device, rest);
  }
  return withToken(device, {
    role: need.role,
    scopes: union(held && !revoked ? held.scopes : [], need.scopes).filter((scope) => holds(device.scopes, scope)),
    ...need.issue(device.deviceId, need.role),
    // Whichever of the two it came with is the one it has.
    ...(held && !revoked ? { previousDigest: need.presented !== undefined && need.presented === held.previousDigest ? need.presented : held.digest, rotatedAtMs: now } : {}),
    createdAtMs: held?.createdAtMs ?? now,
  });
}

type Outcome = { readonly kind: "changed"; readonly device: PairedDevice } | Extract<PairingDecision, { kind: "refused" }>;

/** A new token at once, the old one dead: somebody asked for it. Scopes: what is asked (else what the token held), within the approval and within the caller's own. */
export function rotateToken(
  device: PairedDevice,
  ask: { readonly role: string; readonly scopes?: readonly string[]; readonly actor: Actor; readonly issue: IssueToken },
  now: EpochMs,
): Outcome {
  const held = device.tokens.get(ask.role);
  if (!held || !device.roles.includes(ask.role)) return { kind: "refused", reason: "unknown-device" };
  const scopes = ask.role === "node" ? [] : [...new Set(ask.scopes ?? held.scopes)];
  const { actor } = ask;
  // Somebody took this token away: the device's other role must not be the way to get it back.
  if (held.revokedAtMs !== undefined && actor.kind === "device" && !holds(actor.scopes, ADMIN)) {
    return { kind: "refused", reason: "beyond-yours", missing: [ADMIN] };
  }
  if (!coversAll(device.scopes, scopes)) return { kind: "refused", reason: "beyond-approved", missing: scopes.filter((scope) => !holds(device.scopes, scope)) };
  if (actor.kind === "device" && !coversAll(actor.scopes, scopes)) {
    return { kind: "refused", reason: "beyond-yours", missing: scopes.filter((scope) => !holds(actor.scopes, scope)) };
  }
  const token: DeviceToken = { role: ask.role, scopes, ...ask.issue(device.deviceId, ask.role), createdAtMs: held.createdAtMs, rotatedAtMs: now };
  return { kind: "changed", device: withToken(device, token) };
}

export function revokeToken(device: PairedDevice, role: string, now: EpochMs): Outcome {
  const held = device.tokens.get(role);
  if (!held) return { kind: "refused", reason: "unknown-device" };
  const { previousDigest: _dead, ...rest } = held;
  return { kind: "changed", device: withToken(device, { ...rest, revokedAtMs: held.revokedAtMs ?? now }) };
}

const withToken = (device: PairedDevice, token: DeviceToken): PairedDevice => ({
  ...device,
  tokens: new Map(device.tokens).set(token.role, token),
});

/** Whether a token, by its digest, opens this role of the device. `equal` compares in constant time. */
export function recognisesToken(device: PairedDevice, role: string, digest: string, equal: (a: string, b: string) => boolean): boolean {
  const held = device.tokens.get(role);
  if (!held || held.revokedAtMs !== undefined) return false;
  return equal(digest, held.digest) || (held.previousDigest !== undefined && equal(digest, held.previousDigest));
}
