import { coversAll, holds } from "../access/scopes.js";
import { after, type EpochMs } from "../moment.js";
import type { Actor, PairingCommand, PairingDecision, PairingEvent, PairingRefusalReason, PairingRequest } from "./command.js";
import { MAX_PENDING, PENDING_TTL_MS, type Devices, type PairedDevice, type PendingDevice } from "./device.js";
import { approveDevice, ensureToken, revokeToken, rotateToken } from "./grant.js";

/**
 * The only place where a device gains or loses anything. Granted is never more than requested, approved, and held by
 * whoever approves; a rotation or a repeated pairing never widens.
 */
export function decidePairing(devices: Devices, command: PairingCommand, now: EpochMs): PairingDecision {
  switch (command.kind) {
    case "request":
      if (command.known !== undefined && command.known.approvedAtMs !== devices.paired.get(command.request.deviceId)?.approvedAtMs) return NOTHING;
      return request(devices, command.request, now);
    case "vouch": {
      const pending = toPending(devices, command.request, { now, silent: true });
      return settle(devices, pending, approveDevice(devices.paired.get(pending.deviceId), pending, { now, via: command.via, issue: command.issue }));
    }
    case "approve":
      return approve(devices, command, now);
    case "reject": {
      const pending = livePending(devices, command.requestId, now);
      if (!pending) return refuse("unknown-request");
      if (!mayManage(command.actor, pending.deviceId)) return refuse("not-yours");
      return { kind: "done", changes: { pending: new Map([[pending.requestId, undefined]]) }, events: [resolved(pending, "rejected")], request: pending };
    }
    case "remove":
      return remove(devices, command);
    case "ensure-token":
    case "rename":
    case "rotate":
    case "revoke":
      return change(devices, command, now);
  }
}

const NOTHING: PairingDecision = { kind: "done", changes: {}, events: [] };

const refuse = (reason: PairingRefusalReason, missing?: readonly string[]): PairingDecision =>
  missing === undefined ? { kind: "refused", reason } : { kind: "refused", reason, missing };

const resolved = (pending: PendingDevice, decision: "approved" | "rejected"): PairingEvent => ({
  kind: "resolved",
  requestId: pending.requestId,
  deviceId: pending.deviceId,
  decision,
});

/** Devices manage themselves; somebody else's only an admin does. */
const mayManage = (actor: Actor, deviceId: string): boolean =>
  actor.kind === "owner" || holds(actor.scopes, "operator.admin") || actor.deviceId === deviceId;

/** The moment at which an unanswered request is forgotten. */
export const expiryOf = (pending: PendingDevice): EpochMs => after(pending.ts, PENDING_TTL_MS);

const livePending = (devices: Devices, requestId: string, now: EpochMs): PendingDevice | undefined => {
  const pending = devices.pending.get(requestId);
  return pending && now < expiryOf(pending) ? pending : undefined;
};

function toPending(devices: Devices, ask: PairingRequest, { now, silent }: { now: EpochMs; silent: boolean }): PendingDevice {
  return {
    ...ask.traits,
    requestId: ask.requestId,
    deviceId: ask.deviceId,
    publicKey: ask.publicKey,
    role: ask.role,
    scopes: ask.scopes,
    silent,
    isRepair: devices.paired.has(ask.deviceId),
    ts: now,
  };
}

const sameAsk = (pending: PendingDevice, ask: PairingRequest): boolean =>
  pending.publicKey === ask.publicKey &&
  pending.role === ask.role &&
  pending.platform === ask.traits.platform &&
  pending.scopes.length === ask.scopes.length &&
  ask.scopes.every((scope) => pending.scopes.includes(scope));

/**
 * The one that gives way to a newcomer: the oldest from the address that most of them came from, so that a flood of
 * identities pushes out its own requests and not somebody else's. `staying`: oldest first.
 */
function crowdedOut(staying: readonly PendingDevice[], newcomer: PairingRequest): PendingDevice | undefined {
  const crowds = new Map([[newcomer.traits.remoteIp, 1]]);
  for (const { remoteIp } of staying) crowds.set(remoteIp, (crowds.get(remoteIp) ?? 0) + 1);
  const largest = Math.max(...crowds.values());
  return staying.find(({ remoteIp }) => crowds.get(remoteIp) === largest);
}

/** One request per device, in a bounded list: asking the same again gives the same request, asking for something else replaces it. */
function request(devices: Devices, ask: PairingRequest, now: EpochMs): PairingDecision {
  const dropped = new Map<string, PendingDevice | undefined>();
  const events: PairingEvent[] = [];
  for (const [requestId, pending] of devices.pending) {
    if (now >= expiryOf(pending)) dropped.set(requestId, undefined);
    else if (pending.deviceId === ask.deviceId) {
      if (sameAsk(pending, ask)) return { kind: "done", changes: {}, events: [], request: pending };
      dropped.set(requestId, undefined);
      events.push(resolved(pending, "rejected"));
    }
  }
  let staying = [...devices.pending.values()].filter((pending) => !dropped.has(pending.requestId)).sort((a, b) => a.ts - b.ts);
  while (staying.length >= MAX_PENDING) {
    const leaving = crowdedOut(staying, ask);
    if (!leaving) break;
    staying = staying.filter((pending) => pending !== leaving);
    dropped.set(leaving.requestId, undefined);
    events.push(resolved(leaving, "rejected"));
  }
  const pending = toPending(devices, ask, { now, silent: false });
  return {
    kind: "done",
    changes: { pending: dropped.set(pending.requestId, pending) },
    events: [...events, { kind: "requested", request: pending }],
    request: pending,
  };
}

function approve(devices: Devices, command: Extract<PairingCommand, { kind: "approve" }>, now: EpochMs): PairingDecision {
  const pending = livePending(devices, command.requestId, now);
  if (!pending) return refuse("unknown-request");
  const { actor } = command;
  if (!mayManage(actor, pending.deviceId)) return refuse("not-yours");
  if (actor.kind === "device" && !holds(actor.scopes, "operator.admin")) {
    if (pending.role !== "operator") return refuse("beyond-yours", ["operator.admin"]);
    if (!coversAll(actor.scopes, pending.scopes)) return refuse("beyond-yours", pending.scopes.filter((scope) => !holds(actor.scopes, scope)));
  }
  return settle(devices, pending, approveDevice(devices.paired.get(pending.deviceId), pending, { now, via: "owner", issue: command.issue }));
}

/** The device is in: whatever it still had pending is answered with it, and everybody who was shown it is told. */
function settle(devices: Devices, pending: PendingDevice, device: PairedDevice): PairingDecision {
  const answered = new Map<string, PendingDevice | undefined>();
  const events = [resolved(pending, "approved")];
  for (const other of devices.pending.values()) {
    if (other.deviceId !== pending.deviceId) continue;
    answered.set(other.requestId, undefined);
    const granted = other.role === pending.role && coversAll(pending.scopes, other.scopes);
    if (other.requestId !== pending.requestId) events.push(resolved(other, granted ? "approved" : "rejected"));
  }
  return {
    kind: "done",
    changes: { pending: answered, paired: new Map([[device.deviceId, device]]) },
    events,
    device,
    request: pending,
  };
}

function remove(devices: Devices, { deviceId, actor }: Extract<PairingCommand, { kind: "remove" }>): PairingDecision {
  const device = devices.paired.get(deviceId);
  if (!device) return refuse("unknown-device");
  if (!mayManage(actor, deviceId)) return refuse("not-yours");
  return {
    kind: "done",
    changes: { paired: new Map([[deviceId, undefined]]) },
    events: [{ kind: "invalidated", deviceId, why: "device removed" }],
    device,
  };
}

type Change = Extract<PairingCommand, { kind: "rename" | "rotate" | "revoke" | "ensure-token" }>;

/** Changes one paired device in place. */
function change(devices: Devices, command: Change, now: EpochMs): PairingDecision {
  const device = devices.paired.get(command.deviceId);
  if (!device) return refuse("unknown-device");
  if (command.kind === "ensure-token") return store(device, ensureToken(device, command, now), []);
  if (!mayManage(command.actor, command.deviceId)) return refuse("not-yours");
  if (command.kind === "rename") return store(device, { ...device, label: command.label }, []);
  const outcome = command.kind === "rotate" ? rotateToken(device, command, now) : revokeToken(device, command.role, now);
  if (outcome.kind === "refused") return outcome;
  return store(device, outcome.device, [
    { kind: "invalidated", deviceId: device.deviceId, role: command.role, why: "gateway auth changed" },
  ]);
}

const store = (before: PairedDevice, device: PairedDevice, events: readonly PairingEvent[]): PairingDecision => ({
  kind: "done",
  changes: before === device ? {} : { paired: new Map([[device.deviceId, device]]) },
  events,
  device,
});
