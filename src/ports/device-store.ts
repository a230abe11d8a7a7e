import type { DeviceChanges, Devices } from "../domain/pairing/device.js";

/** Devices that are paired or ask to be. One owner per state folder. */
export interface DeviceStore {
  /** Reads what is stored. A torn or unreadable file is an error that names the file, never an empty store. */
  open(): Promise<void>;
  /** The committed state: a live view, never to be kept across an await. */
  view(): Devices;
  /**
   * Decides on the state as all earlier updates left it, stores the changes, then resolves: durable once resolved,
   * without effect if rejected. Updates run one after another; those that wait share one write.
   */
  update<T>(decide: (devices: Devices) => { changes: DeviceChanges; value: T }): Promise<T>;
  /** Notes that a token was used; kept in memory and written along with the next update or on close. */
  touch(deviceId: string, role: string, at: number): void;
  close(): Promise<void>;
}
