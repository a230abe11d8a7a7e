import { after } from "../../../domain/moment.js";
import type { SessionEntry } from "../../../domain/sessions/session.js";
import type { Clock } from "../../../ports/clock.js";
import { readStateFile, sweepTemporaries, writeStateFiles } from "./atomic-file.js";
import { CommitQueue } from "./commit-queue.js";
import { parseStateObject } from "./json-object.js";
import type { SessionFolder } from "./session-folder.js";
import { parseSession, renderSession, sessionKeyOf } from "./session-record.js";

type Changes = Map<string, SessionEntry | undefined>;

/** The index is written whole, so that what every message changes must not write it with every message. */
const NOTE_MS = 1_000;

/** Rendered once: an index of January can hold tens of kilobytes in one entry, and every change writes all of it. */
const rendered = new WeakMap<SessionEntry, string>();

/** One agent's `sessions.json`. */
export class SessionIndexFile {
  readonly #folder: SessionFolder;
  readonly #agentId: string;
  readonly #durable = new Map<string, SessionEntry>();
  /** Entries that name no transcript, under the keys they are stored with: not sessions, but not ours to throw away. */
  readonly #opaque = new Map<string, string>();
  readonly #queue = new CommitQueue<undefined>(() => this.#commit());
  /** Shown, but not durable yet: what the next write takes along, and what the present one is writing. */
  #waiting: Changes = new Map();
  #writing: Changes = new Map();
  readonly #clock: Clock;
  #disarm: (() => void) | undefined;

  constructor({ folder, agentId, clock }: { folder: SessionFolder; agentId: string; clock: Clock }) {
    this.#folder = folder;
    this.#agentId = agentId;
    this.#clock = clock;
  }

  /** Reads the file; `false` if the agent has no folder for sessions. */
  async open(): Promise<boolean> {
    if (!(await this.#folder.exists())) return false;
    await this.#folder.tighten();
    await sweepTemporaries(await this.#folder.ensure(), (name) => name === "sessions.json" || name.endsWith(".jsonl"));
    const text = await readStateFile(this.#folder.index);
    const stored = text === undefined ? [] : parseStateObject(this.#folder.index, text);
    for (const [name, value] of stored) {
      const key = sessionKeyOf(name, this.#agentId);
      const entry = parseSession(value, { key, agentId: this.#agentId });
      const twin = this.#durable.get(key);
      if (!entry) this.#opaque.set(name, JSON.stringify(value));
      // `main` beside `agent:<id>:main`: one of them was left behind by an upgrade.
      else if (!twin || twin.updatedAt < entry.updatedAt) this.#durable.set(key, entry);
    }
    return true;
  }

  get(key: string): SessionEntry | undefined {
    if (this.#waiting.has(key)) return this.#waiting.get(key);
    return this.#writing.has(key) ? this.#writing.get(key) : this.#durable.get(key);
  }

  list(): Iterable<SessionEntry> {
    return this.#waiting.size + this.#writing.size === 0 ? this.#durable.values() : this.#merged().values();
  }

  put(key: string, entry: SessionEntry | undefined): Promise<void> {
    this.#waiting.set(key, entry);
    return this.#queue.add(undefined);
  }

  note(key: string, entry: SessionEntry): void {
    this.#waiting.set(key, entry);
    this.#disarm ??= this.#clock.callAt(after(this.#clock.now(), NOTE_MS), () => this.#writeNotes());
  }

  async settled(): Promise<void> {
    if (this.#disarm !== undefined) this.#writeNotes();
    await this.#queue.alone(async () => undefined);
  }

  #writeNotes(): void {
    // Whoever needs to know that the disk is full waits for a put, or for what was said.
    this.#queue.add(undefined).catch(() => undefined);
  }

  async #commit(): Promise<void> {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#writing = this.#waiting;
    this.#waiting = new Map();
    try {
      await this.#folder.ensure();
      await writeStateFiles([{ path: this.#folder.index, text: this.#render(overlay(this.#durable, this.#writing)) }]);
      for (const [key, entry] of this.#writing) change(this.#durable, key, entry);
    } finally {
      this.#writing = new Map();
    }
  }

  #merged(): ReadonlyMap<string, SessionEntry> {
    return overlay(overlay(this.#durable, this.#writing), this.#waiting);
  }

  #render(entries: ReadonlyMap<string, SessionEntry>): string {
    const members = [...this.#opaque].filter(([name]) => !entries.has(name)).map(([name, text]) => `  ${JSON.stringify(name)}: ${text}`);
    for (const [key, entry] of entries) members.push(`  ${JSON.stringify(key)}: ${textOfEntry(entry)}`);
    return members.length === 0 ? "{}\n" : `{\n${members.join(",\n")}\n}\n`;
  }
}

function textOfEntry(entry: SessionEntry): string {
  const known = rendered.get(entry);
  if (known !== undefined) return known;
  const text = JSON.stringify(renderSession(entry));
  rendered.set(entry, text);
  return text;
}

function change(entries: Map<string, SessionEntry>, key: string, entry: SessionEntry | undefined): void {
  if (entry) entries.set(key, entry);
  else entries.delete(key);
}

function overlay(entries: ReadonlyMap<string, SessionEntry>, changes: ReadonlyMap<string, SessionEntry | undefined>): Map<string, SessionEntry> {
  const result = new Map(entries);
  for (const [key, entry] of changes) change(result, key, entry);
  return result;
}
