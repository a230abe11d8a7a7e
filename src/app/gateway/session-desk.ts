import { agentOfKey, canonicalSessionKey, isFileSafeId, mainSessionKey, type SessionNaming } from "../../domain/sessions/key.js";
import type { SessionEntry, TranscriptMessage } from "../../domain/sessions/session.js";
import type { ErrorShape } from "../../domain/protocol/errors.js";
import { invalidRequest } from "../../domain/protocol/errors.js";
import type { GatewayParts } from "./parts.js";
import { namingOf } from "./naming.js";

export type Resolved = { readonly kind: "session"; readonly key: string; readonly agentId: string } | { readonly kind: "refused"; readonly error: ErrorShape };

type Parts = Pick<GatewayParts, "clock" | "ids" | "sessions" | "config">;

/** Finds, creates and renews sessions: the one place that knows how a request names one. */
export class SessionDesk {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  naming(): SessionNaming {
    return namingOf(this.#parts.config.settings());
  }

  get(key: string): SessionEntry | undefined {
    return this.#parts.sessions.get(key);
  }

  hasAgent(agentId: string): boolean {
    return this.#parts.config.settings().agents.some((agent) => agent.id === agentId);
  }

  /** The session that a request means, by key, by session id, or the agent's main one. */
  resolve(ask: { key?: string | undefined; sessionId?: string | undefined; agentId?: string | undefined; method: string }): Resolved {
    const naming = this.naming();
    const refuse = (message: string): Resolved => ({ kind: "refused", error: invalidRequest(`invalid ${ask.method} params: ${message}`) });
    if (ask.agentId !== undefined && !this.hasAgent(ask.agentId)) return { kind: "refused", error: unknownAgent(ask.method, ask.agentId) };
    if (ask.sessionId !== undefined && ask.sessionId !== "" && !isFileSafeId(ask.sessionId)) {
      return refuse("sessionId must be at most 128 letters, digits, dots, hyphens or underscores");
    }
    const key = this.#keyOf(ask, naming);
    if (key === undefined) return refuse("sessionKey must be agent:<agentId>:<name> or a plain name of at most 512 printable characters");
    const agentId = agentOfKey(key, naming);
    if (ask.agentId !== undefined && ask.agentId !== agentId) return refuse(`agentId "${ask.agentId}" does not match the agent of the session key`);
    if (!this.hasAgent(agentId)) return { kind: "refused", error: unknownAgent(ask.method, agentId) };
    return { kind: "session", key, agentId };
  }

  #keyOf(ask: { key?: string | undefined; sessionId?: string | undefined; agentId?: string | undefined }, naming: SessionNaming): string | undefined {
    if (ask.key !== undefined && ask.key !== "") return canonicalSessionKey(ask.key, naming, ask.agentId);
    if (ask.sessionId === undefined || ask.sessionId === "") return mainSessionKey(naming, ask.agentId);
    for (const entry of this.#parts.sessions.list()) if (entry.sessionId === ask.sessionId) return entry.key;
    return `agent:${ask.agentId ?? naming.defaultAgentId}:${ask.sessionId}`;
  }

  /** The session's entry, made now if there is none. `sessionId` names the transcript of a new one. */
  async ensure(key: string, agentId: string, sessionId?: string): Promise<SessionEntry> {
    const found = this.#parts.sessions.get(key);
    if (found) return found;
    const entry: SessionEntry = { key, agentId, sessionId: sessionId ?? this.#parts.ids.uuid(), updatedAt: this.#parts.clock.now() };
    await this.#parts.sessions.put(key, entry);
    return entry;
  }

  /** Changes a session as it is now; `undefined` where it is gone meanwhile. */
  async amend(key: string, change: (entry: SessionEntry) => SessionEntry): Promise<SessionEntry | undefined> {
    const entry = this.#parts.sessions.get(key);
    if (!entry) return undefined;
    const next = change(entry);
    await this.#parts.sessions.put(key, next);
    return next;
  }

  /** Like {@link amend}, for what a crash may take: nobody waits for the disk. */
  note(key: string, change: (entry: SessionEntry) => SessionEntry): void {
    const entry = this.#parts.sessions.get(key);
    if (entry) this.#parts.sessions.note(key, change(entry));
  }

  async append(entry: SessionEntry, messages: readonly TranscriptMessage[]): Promise<void> {
    await this.#parts.sessions.append(entry, messages.map((message) => ({ id: this.#parts.ids.uuid(), ...message })));
    this.note(entry.key, (current) => ({ ...current, updatedAt: this.#parts.clock.now() }));
  }

  async history(entry: SessionEntry, limit: number): Promise<readonly TranscriptMessage[]> {
    return this.#parts.sessions.read(entry, limit);
  }

  /** The same key, a transcript of its own from here on; settings stay. */
  async reset(key: string, agentId: string): Promise<SessionEntry> {
    const before = await this.ensure(key, agentId);
    const { inputTokens: _i, outputTokens: _o, totalTokens: _t, abortedLastRun: _a, systemSent: _s, ...kept } = before;
    const entry: SessionEntry = { ...kept, sessionId: this.#parts.ids.uuid(), updatedAt: this.#parts.clock.now() };
    await this.#parts.sessions.put(key, entry);
    return entry;
  }

  recent(limit: number, agentId?: string): SessionEntry[] {
    const entries = [...this.#parts.sessions.list()].filter((entry) => agentId === undefined || entry.agentId === agentId);
    return entries.sort((a, b) => b.updatedAt - a.updatedAt).slice(0, limit);
  }
}

export const unknownAgent = (method: string, agentId: string): ErrorShape =>
  invalidRequest(`invalid ${method} params: unknown agent id "${agentId.slice(0, 64)}"`, { code: "UNKNOWN_AGENT_ID" });

/** The stored entry as clients know it. */
export function entryView(entry: SessionEntry): { sessionId: string; updatedAt: number } & Record<string, unknown> {
  const { key: _key, agentId: _agentId, extra, ...rest } = entry;
  return { ...extra, ...rest };
}

