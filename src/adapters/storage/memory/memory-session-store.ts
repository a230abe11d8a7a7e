import type { SessionEntry, TranscriptMessage } from "../../../domain/sessions/session.js";
import type { SessionStore } from "../../../ports/session-store.js";

/** Sessions for as long as the process lives; closing and opening again keeps them. */
export class MemorySessionStore implements SessionStore {
  readonly #entries = new Map<string, SessionEntry>();
  readonly #transcripts = new Map<string, TranscriptMessage[]>();
  #archived = 0;
  #open = false;

  async open(): Promise<void> {
    this.#open = true;
  }

  get(key: string): SessionEntry | undefined {
    this.#mustBeOpen();
    return this.#entries.get(key);
  }

  list(): Iterable<SessionEntry> {
    this.#mustBeOpen();
    return this.#entries.values();
  }

  location(agentId: string): string {
    return `memory:${agentId}`;
  }

  async put(key: string, entry: SessionEntry | undefined): Promise<void> {
    this.#mustBeOpen();
    if (entry) this.#entries.set(key, entry);
    else this.#entries.delete(key);
  }

  note(key: string, entry: SessionEntry): void {
    this.#mustBeOpen();
    this.#entries.set(key, entry);
  }

  async append(entry: SessionEntry, messages: readonly TranscriptMessage[]): Promise<void> {
    const known = this.#messages(entry);
    for (const message of messages) known.push(message);
    this.#transcripts.set(nameOf(entry), known);
  }

  async read(entry: SessionEntry, limit: number): Promise<readonly TranscriptMessage[]> {
    return newest(this.#messages(entry), limit);
  }

  async archive(entry: SessionEntry, keep?: number): Promise<string | undefined> {
    const messages = this.#messages(entry);
    if (messages.length <= (keep ?? 0)) return undefined;
    const name = nameOf(entry);
    if (keep === undefined) this.#transcripts.delete(name);
    else this.#transcripts.set(name, newest(messages, keep));
    this.#archived += 1;
    return `${entry.sessionId}.${keep === undefined ? "deleted" : "bak"}.${this.#archived}`;
  }

  async discard(entry: SessionEntry): Promise<void> {
    this.#mustBeOpen();
    this.#transcripts.delete(nameOf(entry));
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  #messages(entry: SessionEntry): TranscriptMessage[] {
    this.#mustBeOpen();
    return this.#transcripts.get(nameOf(entry)) ?? [];
  }

  #mustBeOpen(): void {
    if (!this.#open) throw new Error("The session store is not open.");
  }
}

const nameOf = ({ agentId, sessionId }: SessionEntry): string => JSON.stringify([agentId, sessionId]);

const newest = (messages: readonly TranscriptMessage[], count: number): TranscriptMessage[] => (count > 0 ? messages.slice(-count) : []);
