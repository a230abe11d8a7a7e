import { watch, type FSWatcher } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { after } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";

/** Looked at this often where the system tells of nothing: network file systems, a watcher that could not be had. */
const LOOK_EVERY_MS = 10_000;

interface Watching {
  readonly clock: Clock;
  readonly debounceMs: number;
  /** Asked anew on each round: a file may begin to name another one. */
  readonly paths: () => readonly string[];
  /** Something may have changed. The next call waits for the end of this one. */
  readonly changed: () => Promise<void>;
}

/** Watches files by their folders, since editors replace them. Nothing of it keeps the process alive. */
export class FileWatch {
  readonly #watching: Watching;
  readonly #folders = new Map<string, FSWatcher>();
  #cancelLook: () => void = () => undefined;
  #cancelRound: (() => void) | undefined;
  #round: Promise<void> = Promise.resolve();
  #stamp: string | undefined;
  #isOver = false;

  constructor(watching: Watching) {
    this.#watching = watching;
    this.#follow();
    this.#plan();
    void this.#stampNow().then((stamp) => (this.#stamp ??= stamp));
  }

  end(): void {
    this.#isOver = true;
    this.#cancelLook();
    this.#cancelRound?.();
    for (const watcher of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  #follow(): void {
    const folders = new Set(this.#watching.paths().map((path) => dirname(path)));
    for (const [folder, watcher] of this.#folders) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const folder of folders) if (!this.#folders.has(folder)) this.#watch(folder);
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_kind, name) => {
        if (name === null || this.#watching.paths().some((path) => dirname(path) === folder && basename(path) === name)) this.#soon();
      });
      // A folder that goes away is looked at again every now and then.
      watcher.on("error", () => {
        watcher.close();
        this.#folders.delete(folder);
      });
      this.#folders.set(folder, watcher);
    } catch {
      // Not there yet, or no watcher to be had: the look will do.
    }
  }

  #plan(): void {
    const { clock } = this.#watching;
    this.#cancelLook = clock.callAt(after(clock.now(), LOOK_EVERY_MS), () => {
      this.#plan();
      this.#follow();
      void this.#stampNow().then((stamp) => {
        if (stamp !== this.#stamp) this.#soon();
      });
    });
  }

  /** Editors write in several steps: whoever comes too early reads half of it. */
  #soon(): void {
    if (this.#isOver) return;
    const { clock, debounceMs } = this.#watching;
    this.#cancelRound?.();
    this.#cancelRound = clock.callAt(after(clock.now(), debounceMs), () => {
      this.#cancelRound = undefined;
      this.#round = this.#round.then(() => this.#look());
    });
  }

  async #look(): Promise<void> {
    if (this.#isOver) return;
    this.#stamp = await this.#stampNow();
    await this.#watching.changed();
    if (!this.#isOver) this.#follow();
  }

  async #stampNow(): Promise<string> {
    const facts = await Promise.all(this.#watching.paths().map((path) => stat(path).catch(() => undefined)));
    return facts.map((one) => (one === undefined ? "-" : `${one.ino}:${one.size}:${one.mtimeMs}`)).join(" ");
  }
}
