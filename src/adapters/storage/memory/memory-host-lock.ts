import type { HostLock } from "../../../ports/host-lock.js";

/** What gateways that must not run side by side share: an empty object to begin with. */
export interface MemoryLockCell {
  holder?: { readonly pid: number; readonly lock: MemoryHostLock } | undefined;
}

/** A lock among gateways that share a cell. Without one it keeps nobody off. */
export class MemoryHostLock implements HostLock {
  readonly #cell: MemoryLockCell;
  readonly #pid: number;
  readonly #isRunning: (pid: number) => boolean;

  constructor({ cell = {}, pid = 1, isRunning = () => true }: { cell?: MemoryLockCell; pid?: number; isRunning?: (pid: number) => boolean } = {}) {
    this.#cell = cell;
    this.#pid = pid;
    this.#isRunning = isRunning;
  }

  async acquire(): Promise<{ readonly kind: "held" } | { readonly kind: "taken"; readonly pid: number | undefined }> {
    const { holder } = this.#cell;
    if (holder && holder.lock !== this && this.#isRunning(holder.pid)) return { kind: "taken", pid: holder.pid };
    this.#cell.holder = { pid: this.#pid, lock: this };
    return { kind: "held" };
  }

  async release(): Promise<void> {
    if (this.#cell.holder?.lock === this) this.#cell.holder = undefined;
  }
}
