import type { DeviceChanges, Devices } from "../../src/domain/pairing/device.js";

/** The devices after a decision, as a store would keep them. */
export const applied = (devices: Devices, changes: DeviceChanges): Devices => ({
  pending: merged(devices.pending, changes.pending),
  paired: merged(devices.paired, changes.paired),
});

function merged<T>(before: ReadonlyMap<string, T>, changes: ReadonlyMap<string, T | undefined> = new Map()): ReadonlyMap<string, T> {
  const after = new Map(before);
  for (const [id, value] of changes) {
    if (value === undefined) after.delete(id);
    else after.set(id, value);
  }
  return after;
}
