import type { PairingDecision, PairingRefusalReason } from "../../../domain/pairing/command.js";
import { invalidRequest, wireError, type ErrorShape } from "../../../domain/protocol/errors.js";
import { done, refused, type Caller, type Handlers } from "../call.js";
import { pairedView, pendingView } from "../pairing-desk.js";
import type { Services } from "../services.js";

type DeviceMethod =
  | "device.pair.list" | "device.pair.approve" | "device.pair.reject" | "device.pair.remove" | "device.pair.rename"
  | "device.token.rotate" | "device.token.revoke";

type Refused = Extract<PairingDecision, { kind: "refused" }>;

const TEXTS: Readonly<Record<PairingRefusalReason, string>> = {
  "unknown-request": "unknown requestId",
  "unknown-device": "unknown deviceId/role",
  "not-yours": "only an admin may manage another device's pairing",
  "beyond-yours": "this would grant more than you hold yourself",
  "beyond-approved": "this would grant more than was approved for the device; let it ask to be paired with those scopes",
};

function refusalOf({ reason, missing }: Refused, caller: Caller): ErrorShape {
  if (reason === "unknown-request" || reason === "unknown-device") return invalidRequest(TEXTS[reason]);
  const details = { code: "PAIRING_NOT_ALLOWED", reason, ...(missing === undefined ? {} : { missingScopes: missing }) };
  // FORBIDDEN is a word that protocol 3 does not have.
  return caller.protocol === 3 ? invalidRequest(TEXTS[reason], details) : wireError("FORBIDDEN", TEXTS[reason], { details });
}

/** Devices that are paired or ask to be, and their tokens. */
export function deviceHandlers({ parts, hub, pairing, nodes }: Services): Handlers<DeviceMethod> {
  const connected = (deviceId: string): boolean => [...hub.all()].some((peer) => peer.deviceId === deviceId);

  return {
    "device.pair.list": () => {
      const online = new Set([...hub.all()].map((peer) => peer.deviceId));
      const paired = [...parts.devices.view().paired.values()].sort((a, b) => b.approvedAtMs - a.approvedAtMs);
      return done({ pending: pairing.pending().map(pendingView), paired: paired.map((device) => pairedView(device, online.has(device.deviceId))) });
    },
    "device.pair.approve": async ({ requestId }, caller) => {
      const decision = await pairing.carryOut({ kind: "approve", requestId, actor: caller.actor, issue: pairing.issue });
      if (decision.kind === "refused") return refused(refusalOf(decision, caller));
      if (!decision.device) throw new Error("an approval named no device");
      return done({ requestId, device: pairedView(decision.device, connected(decision.device.deviceId)) });
    },
    "device.pair.reject": async ({ requestId }, caller) => {
      const decision = await pairing.carryOut({ kind: "reject", requestId, actor: caller.actor });
      if (decision.kind === "refused") return refused(refusalOf(decision, caller));
      return done({ requestId, deviceId: decision.request?.deviceId ?? "" });
    },
    "device.pair.remove": async ({ deviceId }, caller) => {
      const decision = await pairing.carryOut({ kind: "remove", deviceId, actor: caller.actor }, caller.peer);
      if (decision.kind === "refused") return refused(refusalOf(decision, caller));
      await nodes.forget(deviceId);
      return { ...done({ deviceId }), after: pairing.afterwards(decision, caller.peer) };
    },
    "device.pair.rename": async ({ deviceId, label }, caller) => {
      const decision = await pairing.carryOut({ kind: "rename", deviceId, label, actor: caller.actor });
      return decision.kind === "refused" ? refused(refusalOf(decision, caller)) : done({ deviceId, label });
    },
    "device.token.rotate": async ({ deviceId, role, scopes }, caller) => {
      const decision = await pairing.carryOut(
        { kind: "rotate", deviceId, role, actor: caller.actor, issue: pairing.issue, ...(scopes === undefined ? {} : { scopes }) },
        caller.peer,
      );
      if (decision.kind === "refused") return refused(refusalOf(decision, caller));
      const entry = decision.device?.tokens.get(role);
      if (!entry?.serial) throw new Error("a rotation left no token");
      const own = caller.actor.kind === "owner" || caller.actor.deviceId === deviceId;
      const told = own || caller.protocol === 3;
      const delivery = told ? ("in-band" as const) : ("withheld-cross-device" as const);
      const answer = done({
        deviceId,
        role,
        scopes: [...entry.scopes],
        rotatedAtMs: entry.rotatedAtMs ?? entry.createdAtMs,
        ...(told ? { token: parts.vault.derive({ deviceId, role, serial: entry.serial }) } : {}),
        ...(caller.protocol === 4 ? { tokenDelivery: delivery } : {}),
      });
      return { ...answer, after: pairing.afterwards(decision, caller.peer) };
    },
    "device.token.revoke": async ({ deviceId, role }, caller) => {
      const decision = await pairing.carryOut({ kind: "revoke", deviceId, role, actor: caller.actor }, caller.peer);
      if (decision.kind === "refused") return refused(refusalOf(decision, caller));
      const revokedAtMs = decision.device?.tokens.get(role)?.revokedAtMs ?? parts.clock.now();
      return { ...done({ deviceId, role, revokedAtMs }), after: pairing.afterwards(decision, caller.peer) };
    },
  };
}
