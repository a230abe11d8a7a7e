import type { EpochMs } from "../moment.js";

/** One issue of a token: never the token itself, only what recognises it. */
export interface DeviceToken {
  readonly role: string;
  readonly scopes: readonly string[];
  /** Lower-case hex SHA-256 of the token. */
  readonly digest: string;
  /** Lets the vault derive the token again; absent for one that another gateway issued. */
  readonly serial?: string;
  /** The digest of the token before, still good until this one was used once. */
  readonly previousDigest?: string;
  readonly createdAtMs: EpochMs;
  readonly rotatedAtMs?: EpochMs;
  readonly revokedAtMs?: EpochMs;
  readonly lastUsedAtMs?: EpochMs;
}

/** What a device says of itself. Shown to people; only `platform` and `deviceFamily`, pinned at pairing, are read by policy. */
export interface DeviceTraits {
  readonly displayName?: string;
  readonly platform?: string;
  readonly deviceFamily?: string;
  readonly clientId?: string;
  readonly clientMode?: string;
  readonly remoteIp?: string;
}

/** Who let it in: an operator, this host's own word, or a setup code. */
export type ApprovedVia = "owner" | "silent" | "bootstrap";

export interface PairedDevice extends DeviceTraits {
  readonly deviceId: string;
  readonly publicKey: string;
  readonly label?: string;
  readonly roles: readonly string[];
  /** The approved baseline: no token of this device ever holds more. */
  readonly scopes: readonly string[];
  readonly tokens: ReadonlyMap<string, DeviceToken>;
  readonly createdAtMs: EpochMs;
  readonly approvedAtMs: EpochMs;
  readonly approvedVia: ApprovedVia;
}

export interface PendingDevice extends DeviceTraits {
  readonly requestId: string;
  readonly deviceId: string;
  readonly publicKey: string;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly silent: boolean;
  readonly isRepair: boolean;
  readonly ts: EpochMs;
}

export interface Devices {
  readonly pending: ReadonlyMap<string, PendingDevice>;
  readonly paired: ReadonlyMap<string, PairedDevice>;
}

/** What a decision changes. `undefined` removes. */
export interface DeviceChanges {
  readonly pending?: ReadonlyMap<string, PendingDevice | undefined>;
  readonly paired?: ReadonlyMap<string, PairedDevice | undefined>;
}

export const NO_CHANGES: DeviceChanges = {};

/** A request that nobody answered is forgotten after five minutes. */
export const PENDING_TTL_MS = 5 * 60_000;
/** More strangers than this at once push others out. */
export const MAX_PENDING = 64;
