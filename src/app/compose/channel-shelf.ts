import { join } from "node:path";
import { FileHostLock } from "../../adapters/storage/file/file-host-lock.js";
import { FileRecordStore } from "../../adapters/storage/file/file-record-store.js";
import { MemoryHostLock } from "../../adapters/storage/memory/memory-host-lock.js";
import { MemoryRecordStore } from "../../adapters/storage/memory/memory-record-store.js";
import { parseNote } from "../../domain/messaging/stored-records.js";
import type { Clock } from "../../ports/clock.js";
import type { HostLock } from "../../ports/host-lock.js";
import type { RecordStore } from "../../ports/record-store.js";

/** Where an account that is linked rather than configured keeps its credentials, and the lock over them. Neither is opened yet. */
export interface AccountShelf {
  readonly credentials: RecordStore<string>;
  readonly lock: HostLock;
}

/** What channels keep for themselves, beyond what `ChannelHost.remember` is for. */
export interface ChannelShelf {
  of(channel: string, accountId: string): AccountShelf;
}

/** For as long as the process lives. */
export const memoryShelf = (): ChannelShelf => ({ of: () => ({ credentials: new MemoryRecordStore(), lock: new MemoryHostLock() }) });

/** Below the state folder. Account ids have passed their grammar when the configuration was read. */
export const fileShelf = (stateDir: string, clock: Clock): ChannelShelf => ({
  of: (channel, accountId) => {
    const path = join(stateDir, "credentials", `${channel}-${accountId}`);
    return {
      credentials: new FileRecordStore({ path: `${path}.jsonl`, parse: parseNote }),
      lock: new FileHostLock({ path: `${path}.lock`, pid: process.pid, now: () => clock.now() }),
    };
  },
});
