import { decidePairing, expiryOf } from "../../domain/pairing/decide.js";
import type { IssueToken, PairingCommand, PairingDecision, PairingEvent } from "../../domain/pairing/command.js";
import { NO_CHANGES, type DeviceToken, type PairedDevice, type PendingDevice } from "../../domain/pairing/device.js";
import type { Invite } from "../../domain/pairing/invite.js";
import type { ConnectClaim } from "../../domain/handshake/claim.js";
import { printable } from "../../domain/text/printable.js";
import type { EpochMs } from "../../domain/moment.js";
import type { GatewayParts } from "./parts.js";
import type { Hub } from "./hub.js";
import type { Peer } from "./peer.js";

/** A device's token that was found to be good, and what recognised it. */
export interface ShownToken {
  readonly token: string;
  readonly digest: string;
}

type Parts = Pick<GatewayParts, "clock" | "ids" | "devices" | "vault" | "signatures" | "log">;

/** Uses of a token that follow each other more closely are one: who reconnects over and over changes no record each time. */
const USE_NOTED_MS = 1_000;

/** Carries out what the pairing rules decide: stores it, tells operators, closes sockets. */
export class PairingDesk {
  readonly #parts: Parts;
  readonly #hub: Hub;

  constructor(parts: Parts, hub: Hub) {
    this.#parts = parts;
    this.#hub = hub;
  }

  /** Names a fresh token; the vault can make it again from the serial. */
  readonly issue: IssueToken = (deviceId, role) => {
    const serial = this.#parts.ids.uuid();
    return { serial, digest: this.#parts.signatures.digest(this.#parts.vault.derive({ deviceId, role, serial })) };
  };

  find(deviceId: string): PairedDevice | undefined {
    return this.#parts.devices.view().paired.get(deviceId);
  }

  pending(): PendingDevice[] {
    const now = this.#parts.clock.now();
    return [...this.#parts.devices.view().pending.values()].filter((request) => now < expiryOf(request)).sort((a, b) => b.ts - a.ts);
  }

  /** `caller` is spared when the command invalidates its own device: it must hear the answer first. */
  async carryOut(command: PairingCommand, caller?: Peer): Promise<PairingDecision> {
    const now = this.#parts.clock.now();
    const decision = await this.#parts.devices.update((devices) => {
      const value = decidePairing(devices, command, now);
      return { changes: value.kind === "done" ? value.changes : NO_CHANGES, value };
    });
    if (decision.kind === "done") for (const event of decision.events) this.#announce(event, now, caller);
    return decision;
  }

  #announce(event: PairingEvent, now: EpochMs, caller: Peer | undefined): void {
    switch (event.kind) {
      case "requested":
        this.#parts.log.info("a device asks to be paired", { deviceId: event.request.deviceId, requestId: event.request.requestId, role: event.request.role });
        return this.#hub.broadcast("device.pair.requested", pendingView(event.request));
      case "resolved":
        return this.#hub.broadcast("device.pair.resolved", { requestId: event.requestId, deviceId: event.deviceId, decision: event.decision, ts: now });
      case "invalidated": {
        const closed = this.#hub.closeDevice(event, event.why, caller);
        this.#parts.log.info("a device's access changed", { deviceId: event.deviceId, role: event.role, why: event.why, closed });
      }
    }
  }

  /** Tells operators that a setup code they made was used. */
  announceSetup(invite: Invite, { params }: ConnectClaim): void {
    const { device, client } = params;
    if (!device) return;
    this.#parts.log.info("a device was set up with a setup code", { deviceId: device.id, setupId: invite.setupId, access: invite.profile });
    this.#hub.broadcast("device.pair.setup.completed", {
      setupId: invite.setupId,
      deviceId: device.id,
      access: invite.profile,
      ts: this.#parts.clock.now(),
      ...present({ deviceName: shown(client.displayName) }),
    });
  }

  /** Closes what {@link carryOut} spared. */
  readonly afterwards = (decision: PairingDecision, caller: Peer | undefined): (() => void) => () => {
    if (decision.kind !== "done" || caller === undefined) return;
    for (const event of decision.events) {
      const itself = event.kind === "invalidated" && event.deviceId === caller.deviceId && (event.role === undefined || event.role === caller.role);
      if (itself) this.#hub.closeWhere(({ connId }) => connId === caller.connId, event.why);
    }
  };

  /**
   * The token to hand to an admitted device, minted only where it has none that serves.
   * The common case, a known device with a good token, reads and writes nothing.
   */
  async tokenFor(need: { deviceId: string; role: string; scopes: readonly string[]; presented?: ShownToken }): Promise<{ token: string; entry: DeviceToken } | undefined> {
    const { presented } = need;
    const command: PairingCommand = {
      kind: "ensure-token",
      deviceId: need.deviceId,
      role: need.role,
      scopes: need.scopes,
      issue: this.issue,
      canTell: (entry) => this.#tell(need, entry) !== undefined,
      ...(presented === undefined ? {} : { presented: presented.digest }),
    };
    const glance = decidePairing(this.#parts.devices.view(), command, this.#parts.clock.now());
    const changes = glance.kind === "done" && glance.changes.paired !== undefined;
    const decision = changes ? await this.carryOut(command) : glance;
    const entry = decision.kind === "done" ? decision.device?.tokens.get(need.role) : undefined;
    if (!entry) return undefined;
    const now = this.#parts.clock.now();
    if (now - (entry.lastUsedAtMs ?? 0) >= USE_NOTED_MS) this.#parts.devices.touch(need.deviceId, need.role, now);
    const token = presented?.digest === entry.digest ? presented.token : this.#tell(need, entry);
    return token === undefined ? undefined : { token, entry };
  }

  /** The token behind an entry, made again; `undefined` for one that this vault did not make, or whose key was lost. */
  #tell({ deviceId, role }: { deviceId: string; role: string }, entry: DeviceToken): string | undefined {
    if (entry.serial === undefined) return undefined;
    const token = this.#parts.vault.derive({ deviceId, role, serial: entry.serial });
    return this.#parts.signatures.digest(token) === entry.digest ? token : undefined;
  }
}

/** A label a stranger chose, made safe to print. */
const shown = (text: string | undefined): string | undefined => (text === undefined ? undefined : printable(text, 128));

/** A scope that this gateway knows stays as it is; any other is as much a stranger's text as its name. */
const shownScopes = (scopes: readonly string[]): string[] => scopes.map((scope) => printable(scope, 128));

const present = <T extends Record<string, unknown>>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

export function pendingView(request: PendingDevice) {
  return {
    requestId: request.requestId,
    deviceId: request.deviceId,
    publicKey: request.publicKey,
    ...present({
      displayName: shown(request.displayName),
      platform: shown(request.platform),
      deviceFamily: shown(request.deviceFamily),
      clientId: request.clientId,
      clientMode: request.clientMode,
      remoteIp: shown(request.remoteIp),
    }),
    role: request.role,
    roles: [request.role],
    scopes: shownScopes(request.scopes),
    silent: request.silent,
    isRepair: request.isRepair,
    ts: request.ts,
  };
}

/** A paired device as operators see it: what its tokens may do, never the tokens nor their digests. */
export function pairedView(device: PairedDevice, connected: boolean) {
  return {
    deviceId: device.deviceId,
    publicKey: device.publicKey,
    ...present({
      displayName: shown(device.label ?? device.displayName),
      platform: shown(device.platform),
      deviceFamily: shown(device.deviceFamily),
      clientId: device.clientId,
      clientMode: device.clientMode,
      remoteIp: shown(device.remoteIp),
      role: device.roles.at(-1),
    }),
    roles: [...device.roles],
    scopes: shownScopes(device.scopes),
    createdAtMs: device.createdAtMs,
    approvedAtMs: device.approvedAtMs,
    approvedVia: device.approvedVia,
    connected,
    tokens: [...device.tokens.values()].map((token) => ({
      role: token.role,
      scopes: shownScopes(token.scopes),
      createdAtMs: token.createdAtMs,
      ...present({ rotatedAtMs: token.rotatedAtMs, revokedAtMs: token.revokedAtMs, lastUsedAtMs: token.lastUsedAtMs }),
    })),
  };
}

