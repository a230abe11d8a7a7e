import { after } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";
import type { AgentLink } from "./agent-link.js";

/** Open in the agent at a time: each costs it memory. */
const MAX_OPEN = 32;
/** Remembered, so that the agent can be asked to take one up again. */
const MAX_REMEMBERED = 512;

export interface Conversation {
  readonly sessionId: string;
  /** The agent has heard nothing of it yet. */
  isNew: boolean;
  toldInstructions: string | undefined;
}

interface Entry {
  readonly conversation: Conversation;
  readonly link: AgentLink;
  inUse: boolean;
  cancelIdle: () => void;
}

/** Which of the agent's conversations belongs to which of the gateway's sessions. */
export class Conversations {
  readonly #clock: Clock;
  readonly #idleMs: number;
  /** The least recently used first. */
  readonly #open = new Map<string, Entry>();
  readonly #remembered = new Map<string, string>();

  constructor(clock: Clock, idleMs: number) {
    this.#clock = clock;
    this.#idleMs = idleMs;
  }

  /** Opens one, or takes up that of before. Has to be given back. `undefined` where the agent gave no id for it. */
  async take(key: string, link: AgentLink, cwd: string): Promise<Conversation | undefined> {
    const known = this.#open.get(key);
    if (known !== undefined && known.link === link) {
      this.#use(key, known);
      return known.conversation;
    }
    const opened = await this.#begin(key, link, cwd);
    if (opened === undefined) return undefined;
    this.#use(key, { conversation: opened, link, inUse: true, cancelIdle: () => {} });
    this.#closeOldest();
    return opened;
  }

  giveBack(key: string): void {
    const entry = this.#open.get(key);
    if (entry === undefined) return;
    entry.inUse = false;
    // Only what the agent has answered in is worth going back to: else the transcript tells it more.
    if (!entry.conversation.isNew) this.#remember(key, entry.conversation.sessionId);
    entry.cancelIdle = this.#clock.callAt(after(this.#clock.now(), this.#idleMs), () => { this.#close(key); });
    this.#closeOldest();
  }

  /** The agent does not know it any more. */
  forget(key: string): void {
    this.#open.get(key)?.cancelIdle();
    this.#open.delete(key);
    this.#remembered.delete(key);
  }

  /** All that was open in an agent that is gone; it may be asked for them again. */
  drop(link: AgentLink): void {
    for (const [key, entry] of this.#open) {
      if (entry.link !== link) continue;
      entry.cancelIdle();
      this.#open.delete(key);
    }
  }

  async #begin(key: string, link: AgentLink, cwd: string): Promise<Conversation | undefined> {
    const before = this.#remembered.get(key);
    if (before !== undefined && (await link.reopen(before, cwd))) return { sessionId: before, isNew: false, toldInstructions: undefined };
    const sessionId = await link.newConversation(cwd);
    return sessionId === undefined ? undefined : { sessionId, isNew: true, toldInstructions: undefined };
  }

  #use(key: string, entry: Entry): void {
    entry.cancelIdle();
    entry.inUse = true;
    this.#open.delete(key);
    this.#open.set(key, entry);
  }

  #remember(key: string, sessionId: string): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, sessionId);
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= MAX_REMEMBERED) return;
      this.#remembered.delete(oldest);
    }
  }

  #closeOldest(): void {
    for (const [key, entry] of this.#open) {
      if (this.#open.size <= MAX_OPEN) return;
      if (!entry.inUse) this.#close(key);
    }
  }

  #close(key: string): void {
    const entry = this.#open.get(key);
    if (entry === undefined || entry.inUse) return;
    entry.cancelIdle();
    this.#open.delete(key);
    entry.link.close(entry.conversation.sessionId);
  }
}
