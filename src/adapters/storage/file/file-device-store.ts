import { join } from "node:path";

import { epochMs } from "../../../domain/moment.js";
import type { DeviceChanges, Devices, PairedDevice, PendingDevice } from "../../../domain/pairing/device.js";
import type { DeviceStore } from "../../../ports/device-store.js";
import { ensureFolder, readStateFile, sweepTemporaries, writeStateFiles, type StateFile } from "./atomic-file.js";
import { CommitQueue } from "./commit-queue.js";
import { parsePaired, parsePending, renderPaired, renderPending, type ForeignMembers } from "./device-record.js";
import { parseStateObject, type JsonObject } from "./json-object.js";

interface State extends Devices {
  readonly pending: Map<string, PendingDevice>;
  readonly paired: Map<string, PairedDevice>;
}

/** A use of one token. The digest tells it from a successor that was issued before the use was written down. */
interface Touch {
  readonly deviceId: string;
  readonly role: string;
  readonly digest: string;
  readonly at: number;
}

/** Decides on the working state and puts the changes into it. */
type Job = (working: State) => DeviceChanges;

/**
 * Devices in `<dir>/devices/pending.json` and `paired.json`, each one object by id, as OpenClaw's gateways of January
 * 2026 lay them out. Tokens are stored as digests, `"sha256:<hex>"`; a plain one that an older gateway left is replaced
 * with the first write to its file. Members that this gateway doesn't know are written back as they came.
 *
 * A rejected write may have reached the disk in part; the committed state is written over it at once, or with the next
 * update if that fails too.
 */
export class FileDeviceStore implements DeviceStore {
  readonly #folder: string;
  readonly #queue = new CommitQueue<Job>((jobs) => this.#commit(jobs));
  readonly #foreign = { pending: new Map<string, ForeignMembers>(), paired: new Map<string, ForeignMembers>() };
  #committed: State | undefined;
  #touches = new Map<string, Touch>();
  /** What is on disk may differ from the committed state. */
  #uncertain = false;

  constructor({ dir }: { dir: string }) {
    this.#folder = join(dir, "devices");
  }

  async open(): Promise<void> {
    await ensureFolder(this.#folder);
    await sweepTemporaries(this.#folder, (name) => name === "pending.json" || name === "paired.json");
    const state: State = { pending: new Map(), paired: new Map() };
    for (const [key, value] of await this.#read(this.#path("paired"))) {
      const { device, foreign } = parsePaired(this.#path("paired"), key, value);
      state.paired.set(key, device);
      if (foreign !== undefined) this.#foreign.paired.set(key, foreign);
    }
    for (const [key, value] of await this.#read(this.#path("pending"))) {
      const { pending, foreign } = parsePending(this.#path("pending"), key, value);
      state.pending.set(key, pending);
      if (foreign !== undefined) this.#foreign.pending.set(key, foreign);
    }
    this.#committed = state;
  }

  view(): Devices {
    return this.#state();
  }

  async update<T>(decide: (devices: Devices) => { changes: DeviceChanges; value: T }): Promise<T> {
    this.#state();
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
    await this.#queue.add((working) => {
      try {
        const { changes, value } = decide(working);
        outcome = { value };
        return changes;
      } catch (error) {
        // Only this decision failed: those that share its write go on without it.
        outcome = { error };
        return {};
      }
    });
    if (outcome && "value" in outcome) return outcome.value;
    throw outcome?.error;
  }

  touch(deviceId: string, role: string, at: number): void {
    const digest = this.#state().paired.get(deviceId)?.tokens.get(role)?.digest;
    if (digest === undefined) return;
    const touch = { deviceId, role, digest, at };
    this.#touches.set(JSON.stringify([deviceId, role]), touch);
    stamp(this.#state(), touch);
  }

  async close(): Promise<void> {
    if (!this.#committed) return;
    const state = this.#committed;
    await this.#queue.alone(async () => {
      if (this.#uncertain) await this.#write(state, ["paired", "pending"]);
      else if (this.#touches.size > 0) await this.#write(state, ["paired"]);
      this.#touches.clear();
      this.#committed = undefined;
    });
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    const committed = this.#state();
    const working: State = { pending: new Map(committed.pending), paired: new Map(committed.paired) };
    const batch = jobs.map((job) => {
      const changes = job(working);
      apply(working, changes);
      return changes;
    });
    const changed = (["paired", "pending"] as const).filter((part) => this.#uncertain || batch.some((changes) => (changes[part]?.size ?? 0) > 0));
    if (changed.length === 0) return;
    const written = this.#touches;
    this.#touches = new Map();
    try {
      await this.#write(working, changed);
    } catch (error) {
      this.#touches = new Map([...written, ...this.#touches]);
      this.#uncertain = true;
      await this.#write(committed, ["paired", "pending"]).catch(() => undefined);
      throw error;
    }
    if (!changed.includes("paired")) this.#touches = new Map([...written, ...this.#touches]);
    for (const changes of batch) apply(committed, changes);
    for (const touch of this.#touches.values()) stamp(committed, touch);
    this.#forget(committed);
  }

  /** Paired before pending: between the two a crash leaves a request that was answered, never a device that was lost. */
  async #write(state: State, parts: readonly ("paired" | "pending")[]): Promise<void> {
    const files = parts.map((part): StateFile => ({ path: this.#path(part), text: `${JSON.stringify(this.#render(state, part), null, 2)}\n` }));
    await writeStateFiles(files);
    if (files.length === 2) this.#uncertain = false;
  }

  #render(state: State, part: "paired" | "pending"): JsonObject {
    const foreign = this.#foreign[part];
    if (part === "paired") return Object.fromEntries([...state.paired].map(([id, device]) => [id, renderPaired(device, foreign.get(id))]));
    return Object.fromEntries([...state.pending].map(([id, pending]) => [id, renderPending(pending, foreign.get(id))]));
  }

  #forget(state: State): void {
    for (const id of this.#foreign.paired.keys()) if (!state.paired.has(id)) this.#foreign.paired.delete(id);
    for (const id of this.#foreign.pending.keys()) if (!state.pending.has(id)) this.#foreign.pending.delete(id);
  }

  async #read(path: string): Promise<readonly (readonly [string, unknown])[]> {
    const text = await readStateFile(path);
    return text === undefined ? [] : parseStateObject(path, text);
  }

  #path(part: "paired" | "pending"): string {
    return join(this.#folder, `${part}.json`);
  }

  #state(): State {
    if (!this.#committed) throw new Error("The device store is not open.");
    return this.#committed;
  }
}

function apply(state: State, { pending, paired }: DeviceChanges): void {
  for (const [id, value] of pending ?? []) {
    if (value) state.pending.set(id, value);
    else state.pending.delete(id);
  }
  for (const [id, value] of paired ?? []) {
    if (value) state.paired.set(id, value);
    else state.paired.delete(id);
  }
}

function stamp(state: State, { deviceId, role, digest, at }: Touch): void {
  const device = state.paired.get(deviceId);
  const token = device?.tokens.get(role);
  if (!device || token?.digest !== digest || (token.lastUsedAtMs ?? 0) >= at) return;
  const tokens = new Map(device.tokens).set(role, { ...token, lastUsedAtMs: epochMs(at) });
  state.paired.set(deviceId, { ...device, tokens });
}
