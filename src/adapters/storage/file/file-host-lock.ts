import { createHash, randomUUID } from "node:crypto";
import { rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

import type { EpochMs } from "../../../domain/moment.js";
import type { HostLock } from "../../../ports/host-lock.js";
import { createStateFile, ensureFolder, readStateFile, syncFolder } from "./atomic-file.js";
import { isRunning, startTimeOf } from "./host-process.js";
import { isJsonObject } from "./json-object.js";
import { errorCode, StateFileError } from "./state-file-error.js";

type Outcome = Awaited<ReturnType<HostLock["acquire"]>>;

/** A file that says nothing usable is left alone this long: on some file systems it is seen before it is filled. */
const UNREADABLE_STALE_MS = 30_000;
const MAX_PID = 0x7fffffff;
/** How often the lock may change under a taker before it gives up; each time somebody else got or left it. */
const ATTEMPTS = 16;

interface Holder {
  readonly pid: number | undefined;
  readonly startTime: number | undefined;
  readonly alive: boolean;
  /** Names this very lock: the one who takes it over may be decided by it. */
  readonly mark: string;
}

/**
 * A lock file of `{pid, createdAt, startTime?, ownerId}`. A dead holder's lock is taken over through a second lock that
 * is named after it: whoever holds that may replace the first, if it still is the one that was found. Removing the dead
 * one and creating anew would let a slow taker remove the lock of a quick one.
 *
 * Sees only processes of this machine and, on Linux, of this container.
 */
export class FileHostLock implements HostLock {
  readonly #path: string;
  readonly #pid: number;
  readonly #now: () => EpochMs;
  #text: string | undefined;

  constructor({ path, pid, now }: { path: string; pid: number; now: () => EpochMs }) {
    this.#path = path;
    this.#pid = pid;
    this.#now = now;
  }

  /** @throws {StateFileError} if the lock file can neither be made nor read. */
  async acquire(): Promise<Outcome> {
    if (this.#text !== undefined) return { kind: "held" };
    await ensureParent(this.#path);
    const startTime = await startTimeOf(this.#pid);
    const createdAt = new Date(this.#now()).toISOString();
    const text = `${JSON.stringify({ pid: this.#pid, createdAt, ...(startTime === undefined ? {} : { startTime }), ownerId: randomUUID() })}\n`;
    const outcome = await this.#take(this.#path, text);
    if (outcome.kind === "held") this.#text = text;
    return outcome;
  }

  async release(): Promise<void> {
    const text = this.#text;
    this.#text = undefined;
    if (text !== undefined) await removeOwn(this.#path, text);
  }

  async #take(path: string, text: string): Promise<Outcome> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await createStateFile(path, text)) return { kind: "held" };
      const holder = await this.#holderOf(path);
      if (!holder) continue;
      if (holder.alive) return { kind: "taken", pid: holder.pid };
      const claim = `${path}.${holder.mark}`;
      const claimed = await this.#take(claim, text);
      if (claimed.kind === "taken") return claimed;
      try {
        // Nobody but the holder of the claim replaces this lock, so that it can't change between the look and the rename.
        if ((await this.#holderOf(path))?.mark === holder.mark) {
          await rename(claim, path);
          await syncFolder(dirname(path));
          return { kind: "held" };
        }
      } catch (cause) {
        await removeOwn(claim, text);
        throw cause instanceof StateFileError ? cause : new StateFileError(path, "unwritable", { cause });
      }
      await removeOwn(claim, text);
    }
    return { kind: "taken", pid: undefined };
  }

  async #holderOf(path: string): Promise<Holder | undefined> {
    const text = await readStateFile(path);
    if (text === undefined) return undefined;
    const mark = createHash("sha256").update(text).digest("hex").slice(0, 16);
    const named = parseHolder(text);
    if (named) return { ...named, mark, alive: await isRunning({ pid: named.pid, ...(named.startTime === undefined ? {} : { startTime: named.startTime }) }) };
    const age = this.#now() - (await modifiedAt(path, this.#now()));
    return { pid: undefined, startTime: undefined, mark, alive: age < UNREADABLE_STALE_MS };
  }
}

function parseHolder(text: string): { pid: number; startTime: number | undefined } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value)) return undefined;
    const { pid, startTime } = value;
    // process.kill reads 0 and negative numbers as groups of processes.
    if (typeof pid !== "number" || !Number.isInteger(pid) || pid <= 0 || pid > MAX_PID) return undefined;
    return { pid, startTime: typeof startTime === "number" ? startTime : undefined };
  } catch {
    return undefined;
  }
}

async function modifiedAt(path: string, fallback: number): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return fallback;
    throw new StateFileError(path, "unreadable", { cause: error });
  }
}

async function removeOwn(path: string, text: string): Promise<void> {
  if ((await readStateFile(path)) !== text) return;
  await rm(path, { force: true });
  await syncFolder(dirname(path));
}

/** The folder may be the state folder itself, which is the user's to arrange: only a missing one is made. */
async function ensureParent(path: string): Promise<void> {
  try {
    await stat(dirname(path));
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw new StateFileError(path, "unwritable", { cause: error });
    await ensureFolder(dirname(path));
  }
}
