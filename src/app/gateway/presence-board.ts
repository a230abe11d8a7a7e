import { PresenceList } from "../../domain/presence/presence-list.js";
import type { PresenceEntry, StateVersion } from "../../domain/protocol/snapshot.js";
import { after } from "../../domain/moment.js";
import { lastingJson } from "./lasting.js";
import type { GatewayParts } from "./parts.js";
import type { Hub } from "./hub.js";
import type { Peer } from "./peer.js";

/** Many clients that come at once make one event, not one each. */
const GATHER_MS = 100;
/** The list goes whole to everybody who listens: for each so many entries that are sent in all, it gathers as long again. */
const GATHER_ENTRIES = 2_500;
const GATHER_AT_MOST_MS = 5_000;

/** Who is around, and the `presence` event when that changes. */
export class PresenceBoard {
  version = 1;
  /** Set by the gateway: presence and health versions travel together. */
  stateVersion: () => StateVersion = () => ({ presence: this.version, health: 1 });
  readonly #entries: PresenceList;
  #cancelGathering: (() => void) | undefined;
  readonly #parts: GatewayParts;
  readonly #hub: Hub;

  constructor(parts: GatewayParts, hub: Hub) {
    this.#parts = parts;
    this.#hub = hub;
    this.#entries = new PresenceList(parts.host.hostname);
    this.#describeSelf();
  }

  #describeSelf(): void {
    const { host, clock } = this.#parts;
    const place = host.ip === undefined ? host.hostname : `${host.hostname} (${host.ip})`;
    const now = clock.now();
    const facts = {
      host: host.hostname,
      ...(host.ip === undefined ? {} : { ip: host.ip }),
      version: host.version,
      platform: host.platform,
      deviceFamily: host.deviceFamily,
      modelIdentifier: host.modelIdentifier,
      mode: "gateway",
      reason: "self",
      text: `Gateway: ${place} · app ${host.version} · mode gateway · reason self`,
    };
    this.#entries.describeSelf(facts, now);
  }

  list(most = Infinity): PresenceEntry[] {
    const now = this.#parts.clock.now();
    this.#entries.refreshSelf(now);
    return [...this.#entries.list(now, most)];
  }

  /** The head of it as JSON; each entry is rendered once, as none is changed in place. */
  listJson(longest: number): string {
    return `[${this.list(longest).map(lastingJson).join(",")}]`;
  }

  /** A command that comes and goes in a second is not presence. */
  #keyOf(peer: Peer): string | undefined {
    if (peer.client.mode === "cli") return undefined;
    if (peer.protocol === 4 && peer.role === "operator") return peer.connId;
    return peer.deviceId ?? peer.client.instanceId ?? peer.connId;
  }

  disconnected(peer: Peer): void {
    const key = this.#keyOf(peer);
    if (key !== undefined && this.#entries.leave(key, this.#parts.clock.now())) this.#changed();
  }

  /** Keeps whoever is still connected from expiring. */
  refresh(): void {
    const now = this.#parts.clock.now();
    for (const peer of this.#hub.all()) {
      const key = this.#keyOf(peer);
      if (key !== undefined) this.#entries.refresh(key, now);
    }
  }

  connected(peer: Peer, address: string): void {
    const key = this.#keyOf(peer);
    if (key === undefined) return;
    const { client } = peer;
    const instanceId = peer.deviceId ?? client.instanceId;
    const host = client.displayName ?? client.id;
    this.report(key, {
      host,
      version: client.version,
      platform: client.platform,
      mode: client.mode,
      ...(this.#parts.locality.classify(address) === "loopback" ? {} : { ip: address }),
      ...(client.deviceFamily === undefined ? {} : { deviceFamily: client.deviceFamily }),
      ...(client.modelIdentifier === undefined ? {} : { modelIdentifier: client.modelIdentifier }),
      ...(client.timeZone === undefined ? {} : { timeZone: client.timeZone }),
      ...(peer.deviceId === undefined ? {} : { deviceId: peer.deviceId }),
      ...(instanceId === undefined ? {} : { instanceId }),
      roles: [peer.role],
      scopes: [...peer.scopes],
      reason: "connect",
      text: `Node: ${host} · mode ${client.mode}`,
      ...(peer.protocol === 4 ? { onlineSince: peer.connectedAt } : {}),
    });
  }

  #gatherMs(): number {
    const sent = this.#hub.size * this.#entries.size;
    return Math.min(GATHER_AT_MOST_MS, GATHER_MS * Math.max(1, Math.ceil(sent / GATHER_ENTRIES)));
  }

  /** Somebody used this peer's device, so long ago. */
  active(peer: Peer, lastInputSeconds: number): void {
    const key = this.#keyOf(peer);
    if (key !== undefined) this.report(key, { lastInputSeconds });
  }

  /** Something was said of somebody: whoever listens hears the list anew, shortly. */
  report(key: string, entry: Omit<PresenceEntry, "ts">): void {
    if (this.#entries.upsert(key, entry, this.#parts.clock.now())) this.#changed();
  }

  #changed(): void {
    const { clock } = this.#parts;
    this.version += 1;
    this.#cancelGathering ??= clock.callAt(after(clock.now(), this.#gatherMs()), () => {
      this.#cancelGathering = undefined;
      this.#hub.broadcast("presence", { presence: this.list() }, { stateVersion: this.stateVersion() });
    });
  }

  stop(): void {
    this.#cancelGathering?.();
    this.#cancelGathering = undefined;
  }
}
