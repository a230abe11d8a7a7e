import { basename, dirname } from "node:path";

import type { Log } from "../../../ports/log.js";
import type { RecordChanges, RecordStore } from "../../../ports/record-store.js";
import { ensureFolder, sweepTemporaries } from "./atomic-file.js";
import { CommitQueue } from "./commit-queue.js";
import { RecordDraft } from "./record-draft.js";
import { renderLine, renderRemoval, renderSet } from "./record-line.js";
import { RecordLog, type RecordLine } from "./record-log.js";
import { RecordTable, type TableChange } from "./record-table.js";
import { errorCode, type StateFileError } from "./state-file-error.js";

/** Decided in one go, while everybody else waits. */
const UPDATES_PER_WRITE = 64;
/** Rendered in one go while a log is rewritten. */
const SLICE_LENGTH = 64 * 1024;
/** A log this much larger than what is live in it is rewritten. */
const GROWTH = 4;
const DEFAULT_COMPACT_ABOVE_BYTES = 1024 * 1024;

interface RenderedChange<T> extends TableChange<T> {
  readonly text: string;
}

/** Decides on the draft, and says what is to be stored. */
type Job<T> = (draft: ReadonlyMap<string, T>) => readonly RenderedChange<T>[];

interface Opened<T> {
  readonly file: RecordLog;
  readonly table: RecordTable<T>;
}

interface Options<T> {
  /** In a folder of its own or with other tables: it is closed to others. */
  readonly path: string;
  /** Gives a stored value back as a record, or `undefined` for what is none. */
  readonly parse: (value: unknown) => T | undefined;
  /** A log up to this size is left to grow, however little of it is live. */
  readonly compactAboveBytes?: number;
  /** Told where a log cannot be rewritten and goes on growing. */
  readonly log?: Log;
}

/**
 * A table in a log of its changes, one line for all that share a write. It is rewritten to what is live, while updates
 * go on, once it is several times as large.
 *
 * A value that is not JSON, or that `parse` refuses, fails its update, since the table could not be opened with it. What
 * is kept is what was read back, so that nobody shares it.
 *
 * A rejected update that reached the disk is taken back at once, or with the next update if that fails too.
 *
 * @throws {StateFileError} where the file cannot be used.
 */
export class FileRecordStore<T> implements RecordStore<T> {
  readonly #path: string;
  readonly #parse: (value: unknown) => T | undefined;
  readonly #compactAboveBytes: number;
  readonly #log: Log | undefined;
  readonly #queue = new CommitQueue<Job<T>>((jobs) => this.#commit(jobs), { most: UPDATES_PER_WRITE });
  #opened: Opened<T> | undefined;
  #closing: Promise<void> | undefined;
  #compaction: Promise<void> | undefined;
  /** After one that failed, the next waits until the log has doubled. */
  #retryAboveBytes = 0;

  constructor({ path, parse, compactAboveBytes = DEFAULT_COMPACT_ABOVE_BYTES, log }: Options<T>) {
    this.#path = path;
    this.#parse = parse;
    this.#compactAboveBytes = compactAboveBytes;
    this.#log = log;
  }

  async open(): Promise<void> {
    if (this.#opened) return;
    await ensureFolder(dirname(this.#path));
    await sweepTemporaries(dirname(this.#path), (name) => name === basename(this.#path));
    const file = await RecordLog.open(this.#path);
    try {
      const table = new RecordTable<T>();
      for await (const line of file.read()) this.#replay(file, line, table);
      this.#opened = { file, table };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  view(): ReadonlyMap<string, T> {
    return this.#state().table.records;
  }

  async update<R>(decide: (records: ReadonlyMap<string, T>) => { readonly changes: RecordChanges<T>; readonly value: R }): Promise<R> {
    this.#mustNotClose();
    let outcome: { readonly value: R } | { readonly error: unknown } | undefined;
    await this.#queue.add((draft) => {
      try {
        const { changes, value } = decide(draft);
        const rendered = this.#render(changes, draft);
        outcome = { value };
        return rendered;
      } catch (error) {
        // Only this decision failed: those that share its write go on without it.
        outcome = { error };
        return [];
      }
    });
    if (outcome && "value" in outcome) return outcome.value;
    throw outcome?.error;
  }

  /**
   * Rewrites the log to what is live, while updates go on; they wait only for the end of it. Happens by itself as well.
   * Where it fails, or the store is closed before, the log stays as it is.
   */
  async compact(): Promise<void> {
    this.#mustNotClose();
    this.#compaction ??= this.#rewrite().finally(() => {
      this.#compaction = undefined;
    });
    await this.#compaction;
  }

  /** Waits for what is being written; nothing is taken on after it. */
  async close(): Promise<void> {
    if (!this.#opened) return;
    this.#closing ??= this.#shut().finally(() => {
      this.#closing = undefined;
    });
    await this.#closing;
  }

  async #shut(): Promise<void> {
    await this.#compaction?.catch(() => undefined);
    await this.#queue.alone(async () => {
      const { file } = this.#state();
      this.#opened = undefined;
      await file.close();
    });
  }

  async #commit(jobs: readonly Job<T>[]): Promise<void> {
    const { file, table } = this.#state();
    const draft = new RecordDraft(table.records);
    const batch: RenderedChange<T>[] = [];
    for (const job of jobs) {
      for (const change of job(draft)) {
        draft.change(change.key, change.value);
        batch.push(change);
      }
    }
    if (batch.length === 0) return;
    await file.append(renderLine(batch.map(({ text }) => text)));
    for (const change of batch) table.apply(change);
    this.#compactIfGrown();
  }

  #render(changes: RecordChanges<T>, draft: ReadonlyMap<string, T>): readonly RenderedChange<T>[] {
    const rendered: RenderedChange<T>[] = [];
    for (const [key, given] of changes) {
      if (given === undefined && !draft.has(key)) continue;
      const json = given === undefined ? undefined : JSON.stringify(given);
      const value = json === undefined ? undefined : this.#parse(JSON.parse(json));
      if (given !== undefined && value === undefined) throw new Error("A record was not stored, since it could not have been read again.");
      const text = json === undefined ? renderRemoval(key) : renderSet(key, json);
      rendered.push({ key, value, text, bytes: Buffer.byteLength(text) });
    }
    return rendered;
  }

  #replay(file: RecordLog, { number, changes, bytes }: RecordLine, table: RecordTable<T>): void {
    for (const [key, ...given] of changes) {
      const value = given.length === 0 ? undefined : this.#parse(given[0]);
      if (given.length > 0 && value === undefined) throw file.damaged(number);
      table.apply({ key, value, bytes: bytes / changes.length });
    }
  }

  #compactIfGrown(): void {
    const { file, table } = this.#state();
    if (this.#compaction || this.#closing) return;
    if (file.size <= Math.max(this.#compactAboveBytes, table.liveBytes * GROWTH, this.#retryAboveBytes)) return;
    this.compact().catch((error: StateFileError) => {
      this.#retryAboveBytes = file.size * 2;
      this.#log?.warn("a table could not be rewritten and goes on growing", { file: this.#path, error: errorCode(error.cause) ?? error.problem });
    });
  }

  async #rewrite(): Promise<void> {
    // Taken in one go, so that what changes from now on is all in the lines behind `end`. Two lists cost less than one of pairs.
    const { file, end, keys, values } = await this.#queue.alone(async () => {
      const { file, table } = this.#state();
      return { file, end: file.size, keys: [...table.records.keys()], values: [...table.records.values()] };
    });
    const next = await RecordLog.beside(this.#path);
    try {
      for (const line of linesOf(keys, values)) {
        if (this.#closing) return;
        await next.write(line);
      }
      const copied = await next.copy(file, end);
      await next.sync();
      await this.#queue.alone(async () => {
        await next.copy(file, copied);
        await next.install();
        this.#opened = { ...this.#state(), file: next };
        this.#retryAboveBytes = 0;
        await file.close();
      });
    } finally {
      await next.discard();
    }
  }

  #mustNotClose(): void {
    if (this.#closing) throw new Error("The record store is not open.");
    this.#state();
  }

  #state(): Opened<T> {
    if (!this.#opened) throw new Error("The record store is not open.");
    return this.#opened;
  }
}

function* linesOf<T>(keys: readonly string[], values: readonly T[]): Generator<Uint8Array> {
  let changes: string[] = [];
  let length = 0;
  for (const [index, key] of keys.entries()) {
    const change = renderSet(key, JSON.stringify(values[index]));
    changes.push(change);
    length += change.length;
    if (length < SLICE_LENGTH) continue;
    yield renderLine(changes);
    changes = [];
    length = 0;
  }
  if (changes.length > 0) yield renderLine(changes);
}
