import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { MemoryDeviceStore } from "../../adapters/storage/memory/memory-device-store.js";
import { MemoryInviteStore } from "../../adapters/storage/memory/memory-invite-store.js";
import { MemorySessionStore } from "../../adapters/storage/memory/memory-session-store.js";
import { MemoryTokenVault } from "../../adapters/storage/memory/memory-token-vault.js";
import { FileDeviceStore } from "../../adapters/storage/file/file-device-store.js";
import { FileInviteStore } from "../../adapters/storage/file/file-invite-store.js";
import { FileExecApprovals } from "../../adapters/storage/file/file-exec-approvals.js";
import { FileHostLock } from "../../adapters/storage/file/file-host-lock.js";
import { FileSessionStore } from "../../adapters/storage/file/file-session-store.js";
import { FileTokenVault } from "../../adapters/storage/file/file-token-vault.js";
import { FileMediaStore } from "../../adapters/storage/file/file-media-store.js";
import { FileRecordStore } from "../../adapters/storage/file/file-record-store.js";
import { MemoryExecApprovals } from "../../adapters/storage/memory/memory-exec-approvals.js";
import { MemoryMediaStore } from "../../adapters/storage/memory/memory-media-store.js";
import { MemoryRecordStore } from "../../adapters/storage/memory/memory-record-store.js";
import { parseJournalRecord, parseNote, parseOutboxItem, parseSenderRecord } from "../../domain/messaging/stored-records.js";
import { parsePendingAction } from "../../domain/nodes/pending-action.js";
import { parseNodeRecord } from "../../domain/nodes/stored-nodes.js";
import { parseBeat, parseJob, parseRunEntry, parseWaitingEvents } from "../../domain/schedule/stored-schedule.js";
import type { GatewayRecords } from "../gateway/parts.js";
import type { MediaStore } from "../../ports/media-store.js";
import type { Clock } from "../../ports/clock.js";
import type { InviteStore } from "../../ports/invite-store.js";
import type { ExecApprovalsStore } from "../../ports/exec-approvals-store.js";
import type { DeviceStore } from "../../ports/device-store.js";
import type { HostLock } from "../../ports/host-lock.js";
import type { SessionStore } from "../../ports/session-store.js";
import type { TokenVault } from "../../ports/token-vault.js";

export interface Stores {
  readonly devices: DeviceStore;
  readonly invites: InviteStore;
  readonly sessions: SessionStore;
  readonly vault: TokenVault;
  readonly records: GatewayRecords;
  readonly media: MediaStore;
  readonly execApprovals: ExecApprovalsStore;
  /** Held while the stores are open, so that a second gateway keeps off the same folder. */
  readonly lock: HostLock | undefined;
}

type Given = Partial<Pick<Stores, "devices" | "invites" | "sessions" | "vault" | "media" | "execApprovals">> & {
  readonly stateDir?: string;
  readonly records?: Partial<GatewayRecords>;
  readonly allowReadableSecrets?: boolean;
};

export const LOCK_FILE = "gateway.lock";

/** The stores that were given, the missing ones on files under `stateDir`, or in memory without one. All opened. */
export async function openStores(given: Given, clock: Clock): Promise<Stores> {
  const { stateDir } = given;
  const lock = stateDir === undefined ? undefined : await takeLock(stateDir, clock);
  try {
    const stores = stateDir === undefined ? memoryStores(given, clock) : await fileStores(given, stateDir, clock);
    await Promise.all([stores.devices, stores.invites, stores.sessions, stores.media, ...Object.values(stores.records)].map((store) => store.open()));
    return { ...stores, lock };
  } catch (error) {
    // Whoever mends the file must be able to try again, also from this process.
    await lock?.release();
    throw error;
  }
}

type Unlocked = Omit<Stores, "lock">;

const memoryStores = ({ devices, invites, sessions, vault, media, execApprovals, records }: Given, clock: Clock): Unlocked => ({
  devices: devices ?? new MemoryDeviceStore(),
  invites: invites ?? new MemoryInviteStore(),
  sessions: sessions ?? new MemorySessionStore(),
  vault: vault ?? new MemoryTokenVault(randomBytes(32)),
  media: media ?? new MemoryMediaStore({ now: () => clock.now() }),
  execApprovals: execApprovals ?? new MemoryExecApprovals(),
  records: {
    journal: records?.journal ?? new MemoryRecordStore(),
    outbox: records?.outbox ?? new MemoryRecordStore(),
    senders: records?.senders ?? new MemoryRecordStore(),
    notes: records?.notes ?? new MemoryRecordStore(),
    nodes: records?.nodes ?? new MemoryRecordStore(),
    nodeActions: records?.nodeActions ?? new MemoryRecordStore(),
    cronJobs: records?.cronJobs ?? new MemoryRecordStore(),
    cronRuns: records?.cronRuns ?? new MemoryRecordStore(),
    systemEvents: records?.systemEvents ?? new MemoryRecordStore(),
    heartbeats: records?.heartbeats ?? new MemoryRecordStore(),
  },
});

async function takeLock(dir: string, clock: Clock): Promise<HostLock> {
  const lock = new FileHostLock({ path: join(dir, LOCK_FILE), pid: process.pid, now: () => clock.now() });
  const held = await lock.acquire();
  if (held.kind === "taken") throw new StateTakenError(dir, held.pid);
  return lock;
}

const fileStores = async ({ devices, invites, sessions, vault, media, execApprovals, records, allowReadableSecrets = false }: Given, dir: string, clock: Clock): Promise<Unlocked> => ({
  devices: devices ?? new FileDeviceStore({ dir }),
  invites: invites ?? new FileInviteStore({ dir }),
  sessions: sessions ?? new FileSessionStore({ dir, clock }),
  vault: vault ?? (await openVault(dir, allowReadableSecrets)),
  media: media ?? new FileMediaStore({ dir: join(dir, "media"), now: () => clock.now() }),
  execApprovals: execApprovals ?? new FileExecApprovals({ path: join(dir, "exec-approvals.json"), now: () => clock.now() }),
  records: {
    journal: records?.journal ?? new FileRecordStore({ path: join(dir, "messages", "inbound.jsonl"), parse: parseJournalRecord }),
    outbox: records?.outbox ?? new FileRecordStore({ path: join(dir, "messages", "outbox.jsonl"), parse: parseOutboxItem }),
    senders: records?.senders ?? new FileRecordStore({ path: join(dir, "messages", "senders.jsonl"), parse: parseSenderRecord }),
    notes: records?.notes ?? new FileRecordStore({ path: join(dir, "messages", "notes.jsonl"), parse: parseNote }),
    nodes: records?.nodes ?? new FileRecordStore({ path: join(dir, "nodes", "nodes.jsonl"), parse: parseNodeRecord }),
    nodeActions: records?.nodeActions ?? new FileRecordStore({ path: join(dir, "nodes", "actions.jsonl"), parse: parsePendingAction }),
    cronJobs: records?.cronJobs ?? new FileRecordStore({ path: join(dir, "cron", "jobs.jsonl"), parse: parseJob }),
    cronRuns: records?.cronRuns ?? new FileRecordStore({ path: join(dir, "cron", "runs.jsonl"), parse: parseRunEntry }),
    systemEvents: records?.systemEvents ?? new FileRecordStore({ path: join(dir, "cron", "system-events.jsonl"), parse: parseWaitingEvents }),
    heartbeats: records?.heartbeats ?? new FileRecordStore({ path: join(dir, "cron", "heartbeats.jsonl"), parse: parseBeat }),
  },
});

async function openVault(dir: string, allowReadable: boolean): Promise<TokenVault> {
  const vault = new FileTokenVault({ dir, allowReadable });
  await vault.open();
  return vault;
}

/** Another process owns this state folder. */
export class StateTakenError extends Error {
  readonly pid: number | undefined;

  constructor(dir: string, pid: number | undefined) {
    super(`another gateway (pid ${pid ?? "unknown"}) already runs on ${dir}; stop it first, or give this one a state folder of its own`);
    this.name = "StateTakenError";
    this.pid = pid;
  }
}
