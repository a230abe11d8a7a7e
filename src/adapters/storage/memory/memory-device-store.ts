import { epochMs } from "../../../domain/moment.js";
import type { DeviceChanges, Devices, PairedDevice, PendingDevice } from "../../../domain/pairing/device.js";
import type { DeviceStore } from "../../../ports/device-store.js";

/** Devices for as long as the process lives; closing and opening again keeps them. */
export class MemoryDeviceStore implements DeviceStore {
  readonly #pending = new Map<string, PendingDevice>();
  readonly #paired = new Map<string, PairedDevice>();
  #open = false;

  async open(): Promise<void> {
    this.#open = true;
  }

  view(): Devices {
    this.#mustBeOpen();
    return { pending: this.#pending, paired: this.#paired };
  }

  async update<T>(decide: (devices: Devices) => { changes: DeviceChanges; value: T }): Promise<T> {
    const { changes, value } = decide(this.view());
    replace(this.#pending, changes.pending);
    replace(this.#paired, changes.paired);
    return value;
  }

  touch(deviceId: string, role: string, at: number): void {
    this.#mustBeOpen();
    const device = this.#paired.get(deviceId);
    const token = device?.tokens.get(role);
    if (!device || !token || (token.lastUsedAtMs ?? 0) >= at) return;
    const tokens = new Map(device.tokens).set(role, { ...token, lastUsedAtMs: epochMs(at) });
    this.#paired.set(deviceId, { ...device, tokens });
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  #mustBeOpen(): void {
    if (!this.#open) throw new Error("The device store is not open.");
  }
}

function replace<T>(stored: Map<string, T>, changes: ReadonlyMap<string, T | undefined> | undefined): void {
  for (const [id, value] of changes ?? []) {
    if (value === undefined) stored.delete(id);
    else stored.set(id, value);
  }
}
