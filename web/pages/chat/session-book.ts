import type { ChatEvent } from "../../../src/domain/protocol/events.js";
import type { SessionRow } from "../../../src/domain/protocol/methods/sessions.js";
import { reasonOf } from "../../../src/domain/reason.js";
import { canonicalSessionKey, type SessionNaming } from "../../../src/domain/sessions/key.js";
import type { Connection } from "../shared/connection.js";
import { plainText } from "../shared/markdown.js";
import { Store } from "../shared/store.js";
import { textOf } from "./entries.js";
import type { SeenBook } from "./seen-book.js";

export interface BookState {
  readonly rows: readonly SessionRow[];
  readonly isLoaded: boolean;
  readonly search: string;
  readonly hasMore: boolean;
  readonly problem?: string;
}

const PAGE = 40;
/** Several answers that end together cost one look. */
const REFRESH_DELAY_MS = 400;
const SEARCH_DELAY_MS = 200;

/** The conversations that there are, the latest first, and which of them have something new. */
export class SessionBook {
  readonly state = new Store<BookState>({ rows: [], isLoaded: false, search: "", hasMore: false });
  readonly #connection: Connection;
  readonly #seen: SeenBook;
  /** Also those that a search leaves out. */
  readonly #known = new Map<string, SessionRow>();
  #limit = PAGE;
  #round = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: Connection, seen: SeenBook) {
    this.#connection = connection;
    this.#seen = seen;
  }

  /** How the gateway names its conversations. */
  get naming(): SessionNaming {
    const { defaultAgentId = "main", mainKey = "main", scope } = this.#connection.hello?.snapshot.sessionDefaults ?? {};
    return { defaultAgentId, mainKey, scope: scope === "global" ? "global" : "per-sender" };
  }

  /** The one spelling of a key; `main` for what is none. */
  canonical(key: string): string {
    return canonicalSessionKey(key, this.naming) ?? canonicalSessionKey("main", this.naming) ?? "main";
  }

  /** What was last heard of a conversation. */
  rowOf(key: string): SessionRow | undefined {
    return this.#known.get(key);
  }

  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    this.#round += 1;
    const round = this.#round;
    const { search } = this.state.value;
    try {
      const page = await this.#connection.call("sessions.list", { limit: this.#limit, includeDerivedTitles: true, includeLastMessage: true, ...(search === "" ? {} : { search }) });
      if (round !== this.#round) return;
      for (const row of page.sessions) this.#known.set(row.key, row);
      if (search === "") this.#seen.begin(page.sessions.map(({ updatedAt }) => updatedAt ?? 0));
      // What was typed while this was asked stays: it is looked for next.
      this.state.set({ rows: page.sessions, isLoaded: true, search: this.state.value.search, hasMore: page.hasMore ?? false });
    } catch (error) {
      if (round === this.#round) this.state.set({ ...this.state.value, problem: reasonOf(error) });
    }
  }

  search(text: string): void {
    this.state.set({ ...this.state.value, search: text.trim() });
    this.#refreshIn(SEARCH_DELAY_MS);
  }

  loadMore(): void {
    this.#limit += PAGE;
    void this.refresh();
  }

  onChat({ sessionKey, state, message }: ChatEvent): void {
    if (state !== "final" && state !== "aborted" && state !== "error") return;
    this.#touch(sessionKey, message === undefined ? undefined : textOf(message));
    this.#refreshIn(REFRESH_DELAY_MS);
  }

  async rename(key: string, label: string): Promise<void> {
    await this.#connection.call("sessions.patch", { key, label: label === "" ? null : label });
    const { label: _former, ...row } = this.#known.get(key) ?? { key, kind: "direct", updatedAt: Date.now() };
    this.#known.set(key, label === "" ? row : { ...row, label });
    await this.refresh();
  }

  async remove(key: string): Promise<void> {
    await this.#connection.call("sessions.delete", { key });
    this.#known.delete(key);
    await this.refresh();
  }

  /** Shows at once what the next look will say. */
  #touch(key: string, text: string | undefined): void {
    const { rows } = this.state.value;
    const row = rows.find((one) => one.key === key);
    if (row === undefined) return;
    const touched: SessionRow = { ...row, updatedAt: Math.max(Date.now(), row.updatedAt ?? 0), ...(text === undefined ? {} : { lastMessagePreview: text.slice(0, 160) }) };
    this.#known.set(key, touched);
    this.state.set({ ...this.state.value, rows: [touched, ...rows.filter((one) => one !== row)] });
  }

  #refreshIn(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), delayMs);
  }
}

/** What a conversation is called: what its owner calls it, else what it began with, else its key. */
export function titleOf({ key, label, displayName, derivedTitle }: SessionRow): string {
  const named = [label, displayName].find((text) => text !== undefined && text.trim() !== "");
  const begun = plainText(derivedTitle ?? "");
  return named ?? (begun === "" ? nameOfKey(key) : begun);
}

export function nameOfKey(key: string): string {
  const last = key.replace(/^agent:[^:]+:/, "");
  return last === "" ? key : last;
}
