import type { SessionEntry, TranscriptMessage } from "../domain/sessions/session.js";

/** Sessions by key, and their append-only transcripts by session id. */
export interface SessionStore {
  /** Reads the index. A torn or unreadable file is an error that names the file, never an empty store. */
  open(): Promise<void>;
  get(key: string): SessionEntry | undefined;
  /** All sessions, in no order. */
  list(): Iterable<SessionEntry>;
  /** Where this agent's index lives, for people: a path, or a name in memory. */
  location(agentId: string): string;
  /** Creates, replaces (`entry`) or removes (`undefined`) a session. Durable once resolved. */
  put(key: string, entry: SessionEntry | undefined): Promise<void>;
  /** Replaces a session, shown at once and durable within a second or with the next {@link put}: for what a crash may take, such as when it was used last. */
  note(key: string, entry: SessionEntry): void;
  /** Appends to a transcript, in order. Durable once resolved. */
  append(entry: SessionEntry, messages: readonly TranscriptMessage[]): Promise<void>;
  /** The newest messages, oldest first; a torn last line (a crash while writing) is left out. */
  read(entry: SessionEntry, limit: number): Promise<readonly TranscriptMessage[]>;
  /** Sets a transcript aside (or keeps its newest `keep` messages), and returns the name it was set aside under. */
  archive(entry: SessionEntry, keep?: number): Promise<string | undefined>;
  /** Removes a transcript for good, with what was not written to it yet. One that is not there is no error. */
  discard(entry: SessionEntry): Promise<void>;
  close(): Promise<void>;
}
