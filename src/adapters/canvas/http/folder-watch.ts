import { basename } from "node:path";
import type { FSWatcher } from "chokidar";
import { after } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";
import type { Log } from "../../../ports/log.js";

/** What an editor writes in several steps is one change. */
const GATHER_MS = 75;
/** A page that loads anew leaves and is back in no time: the folder need not be read again for that. */
const LINGER_MS = 5_000;
const DEEPEST = 16;

interface Options {
  readonly root: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Something in the folder is other than it was. */
  readonly changed: () => void;
}

/** Watches a folder for as long as somebody wants to know. */
export class FolderWatch {
  readonly #options: Options;
  #wanted = 0;
  #watching: Promise<FSWatcher> | undefined;
  #stopGathering: (() => void) | undefined;
  #stopLingering: (() => void) | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Resolves once every later change is heard of; where the folder can't be watched, at once. The result is to be called once when it is enough. */
  async begin(): Promise<() => void> {
    this.#wanted += 1;
    this.#stopLingering?.();
    this.#stopLingering = undefined;
    this.#watching ??= this.#watch();
    await this.#watching;
    return () => this.#end();
  }

  #end(): void {
    this.#wanted -= 1;
    if (this.#wanted > 0) return;
    const { clock } = this.#options;
    this.#stopLingering = clock.callAt(after(clock.now(), LINGER_MS), () => void this.close());
  }

  async close(): Promise<void> {
    this.#stopLingering?.();
    this.#stopGathering?.();
    this.#stopGathering = undefined;
    const watching = this.#watching;
    this.#watching = undefined;
    await (await watching)?.close();
  }

  async #watch(): Promise<FSWatcher> {
    const { root, log } = this.#options;
    const { watch } = await import("chokidar");
    const watcher = watch(root, {
      ignoreInitial: true,
      followSymlinks: false,
      depth: DEEPEST,
      ignored: (path) => path !== root && basename(path).startsWith("."),
    });
    watcher.on("all", () => this.#gather());
    await new Promise<void>((resolve) => {
      watcher.once("ready", resolve);
      watcher.on("error", (error) => {
        log.warn("the canvas cannot be watched; its pages do not load anew by themselves", { code: (error as { code?: string }).code ?? "unknown" });
        resolve();
      });
    });
    return watcher;
  }

  /** Tells a while after the first change, and not after the last one: a file that is written to without end is told of too. */
  #gather(): void {
    const { clock, changed } = this.#options;
    this.#stopGathering ??= clock.callAt(after(clock.now(), GATHER_MS), () => {
      this.#stopGathering = undefined;
      changed();
    });
  }
}
