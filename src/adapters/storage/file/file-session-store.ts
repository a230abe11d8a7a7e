import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { isFileSafeId } from "../../../domain/sessions/key.js";
import type { SessionEntry, TranscriptMessage } from "../../../domain/sessions/session.js";
import type { Clock } from "../../../ports/clock.js";
import type { SessionStore } from "../../../ports/session-store.js";
import { CommitQueue } from "./commit-queue.js";
import { SessionFolder } from "./session-folder.js";
import { SessionIndexFile } from "./session-index-file.js";
import { Slots } from "./slots.js";
import { errorCode, StateFileError } from "./state-file-error.js";
import { appendLines, readNewest, removeTranscript, setAside, shorten } from "./transcript-file.js";
import { renderHeader, renderMessage } from "./transcript-line.js";

/** Transcripts in use at once; each is one open file. */
const OPEN_TRANSCRIPTS = 32;

/** Messages rendered, and when the first was said. */
interface Addition {
  readonly lines: readonly string[];
  readonly at: number;
}

interface Transcript {
  readonly folder: SessionFolder;
  readonly path: string;
  readonly queue: CommitQueue<Addition>;
}

/**
 * Sessions in `<dir>/agents/<agentId>/sessions`: the index `sessions.json` by session key, and a transcript
 * `<sessionId>.jsonl` for each, as OpenClaw's gateways of January 2026 lay them out. Members of an entry that this
 * gateway doesn't know are kept in `extra`.
 *
 * {@link get} and {@link list} show what was put at once, before it is durable, so that nobody who looks and then puts
 * in one go misses another's change; what could not be written is taken back.
 *
 * @throws {IllegalIdError} from every member, for a session or agent id that must not become a file name.
 * @throws {StateFileError} where a file cannot be used.
 */
export class FileSessionStore implements SessionStore {
  readonly #dir: string;
  readonly #clock: Clock;
  readonly #indexes = new Map<string, SessionIndexFile>();
  readonly #transcripts = new Map<string, CommitQueue<Addition>>();
  readonly #slots = new Slots(OPEN_TRANSCRIPTS);
  #open = false;

  /** `clock` dates the names under which transcripts are set aside, and says when what was noted is written. */
  constructor({ dir, clock }: { dir: string; clock: Clock }) {
    this.#dir = dir;
    this.#clock = clock;
  }

  async open(): Promise<void> {
    this.#indexes.clear();
    for (const agentId of await this.#agentIds()) {
      const index = this.#makeIndex(agentId);
      if (await index.open()) this.#indexes.set(agentId, index);
    }
    this.#open = true;
  }

  get(key: string): SessionEntry | undefined {
    this.#mustBeOpen();
    for (const index of this.#indexes.values()) {
      const entry = index.get(key);
      if (entry) return entry;
    }
    return undefined;
  }

  /** A key that two agents' indexes hold is listed once: {@link get} finds the same. */
  *list(): Generator<SessionEntry> {
    this.#mustBeOpen();
    const seen = this.#indexes.size > 1 ? new Set<string>() : undefined;
    for (const index of this.#indexes.values()) {
      for (const entry of index.list()) {
        if (seen?.has(entry.key)) continue;
        seen?.add(entry.key);
        yield entry;
      }
    }
  }

  location(agentId: string): string {
    return new SessionFolder(this.#dir, agentId).index;
  }

  async put(key: string, entry: SessionEntry | undefined): Promise<void> {
    this.#mustBeOpen();
    if (entry) new SessionFolder(this.#dir, entry.agentId).transcript(entry.sessionId);
    // Elsewhere the key must go: it would come back as soon as this entry is removed.
    const others = [...this.#indexes].filter(([agentId, index]) => agentId !== entry?.agentId && index.get(key) !== undefined);
    const writes = others.map(([, index]) => index.put(key, undefined));
    if (entry) writes.push(this.#index(entry.agentId).put(key, entry));
    await Promise.all(writes);
  }

  note(key: string, entry: SessionEntry): void {
    this.#mustBeOpen();
    new SessionFolder(this.#dir, entry.agentId).transcript(entry.sessionId);
    this.#index(entry.agentId).note(key, entry);
  }

  async append(entry: SessionEntry, messages: readonly TranscriptMessage[]): Promise<void> {
    const { queue } = this.#transcript(entry);
    const [first] = messages;
    if (first) await queue.add({ lines: messages.map(renderMessage), at: first.timestamp });
  }

  async read(entry: SessionEntry, limit: number): Promise<readonly TranscriptMessage[]> {
    const { folder, path } = this.#transcript(entry);
    return this.#slots.use(async () => ((await folder.exists()) ? readNewest(path, limit) : []));
  }

  async archive(entry: SessionEntry, keep?: number): Promise<string | undefined> {
    const { folder, path, queue } = this.#transcript(entry);
    return queue.alone(() =>
      this.#slots.use(async () => {
        if (!(await folder.exists())) return undefined;
        const aside = await this.#freeName(`${path}.${keep === undefined ? "deleted" : "bak"}`);
        return keep === undefined ? setAside(path, aside) : shorten(path, { aside, keep, sessionId: entry.sessionId });
      }),
    );
  }

  async discard(entry: SessionEntry): Promise<void> {
    const { folder, path, queue } = this.#transcript(entry);
    await queue.alone(() => this.#slots.use(async () => {
      if (await folder.exists()) await removeTranscript(path);
    }));
  }

  /** Waits for what is being written; nothing is taken on after it. */
  async close(): Promise<void> {
    this.#open = false;
    const queues = [...this.#transcripts.values()].map((queue) => queue.alone(async () => undefined));
    await Promise.all([...queues, ...[...this.#indexes.values()].map((index) => index.settled())]);
  }

  #makeIndex(agentId: string): SessionIndexFile {
    return new SessionIndexFile({ folder: new SessionFolder(this.#dir, agentId), agentId, clock: this.#clock });
  }

  #index(agentId: string): SessionIndexFile {
    const known = this.#indexes.get(agentId);
    if (known) return known;
    const index = this.#makeIndex(agentId);
    this.#indexes.set(agentId, index);
    return index;
  }

  /** The one queue of a transcript. It is forgotten once idle, so that old sessions cost nothing. */
  #transcript({ agentId, sessionId }: SessionEntry): Transcript {
    this.#mustBeOpen();
    const folder = new SessionFolder(this.#dir, agentId);
    const path = folder.transcript(sessionId);
    for (const [other, { idle }] of this.#transcripts) if (idle) this.#transcripts.delete(other);
    const queue = this.#transcripts.get(path) ?? new CommitQueue((additions) => this.#write({ folder, path, sessionId, additions }));
    this.#transcripts.set(path, queue);
    return { folder, path, queue };
  }

  async #write(work: { folder: SessionFolder; path: string; sessionId: string; additions: readonly Addition[] }): Promise<void> {
    const { folder, path, sessionId, additions } = work;
    await this.#slots.use(async () => {
      await folder.ensure();
      const header = (): string => renderHeader(sessionId, additions[0]?.at ?? this.#clock.now());
      await appendLines(path, { header, lines: additions.flatMap(({ lines }) => lines) });
    });
  }

  /** Two in one millisecond must not overwrite each other. */
  async #freeName(stem: string): Promise<string> {
    const taken = new Set(await readdir(dirname(stem)));
    let at: number = this.#clock.now();
    while (taken.has(`${basename(stem)}.${at}`)) at += 1;
    return `${stem}.${at}`;
  }

  async #agentIds(): Promise<readonly string[]> {
    const agents = join(this.#dir, "agents");
    try {
      return (await readdir(agents)).filter(isFileSafeId).sort();
    } catch (cause) {
      if (errorCode(cause) === "ENOENT") return [];
      throw new StateFileError(agents, "unreadable", { cause });
    }
  }

  #mustBeOpen(): void {
    if (!this.#open) throw new Error("The session store is not open.");
  }
}
