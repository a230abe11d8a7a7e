import { queued, SESSIONS_LIMIT, withoutHeard, type WaitingEvents } from "../../domain/schedule/waiting-events.js";
import type { Ids } from "../../ports/ids.js";
import type { RecordStore } from "../../ports/record-store.js";

export interface EventTarget {
  readonly key: string;
  readonly agentId: string;
}

/** What one turn is told first. */
export interface Hearing {
  readonly texts: readonly string[];
  /** The turn is over. What no model has read waits for the next one. */
  settle(wasRead: boolean): Promise<void>;
}

/** Texts that a session's next turn hears first. They outlive the gateway: a reminder is not lost because it was updated. */
export class SystemEvents {
  readonly #heard = new Set<string>();
  readonly #deps: { readonly store: RecordStore<WaitingEvents>; readonly ids: Ids };

  constructor(deps: { store: RecordStore<WaitingEvents>; ids: Ids }) {
    this.#deps = deps;
  }

  /** Resolves when it is on disk. `isUrgent`: a turn is wanted now, also after a restart. `id`: its own, for {@link has}. */
  async queue(text: string, { key, agentId }: EventTarget, { isUrgent = false, id = this.#deps.ids.uuid() }: { isUrgent?: boolean; id?: string } = {}): Promise<void> {
    const { store } = this.#deps;
    await store.update((records) => {
      const { isUrgent: wasUrgent, ...next } = queued(records.get(key), { id, text, agentId, isHeard: (known) => this.#heard.has(known) });
      const [longest] = records.keys();
      const isFull = !records.has(key) && records.size >= SESSIONS_LIMIT;
      const changes = new Map<string, WaitingEvents | undefined>([[key, isUrgent || wasUrgent === true ? { ...next, isUrgent: true } : next]]);
      return { changes: isFull && longest !== undefined ? changes.set(longest, undefined) : changes, value: undefined };
    });
  }

  waiting(key: string): readonly string[] {
    return this.#deps.store.view().get(key)?.events.map(({ text }) => text) ?? [];
  }

  /** Whether one of this id waits to be heard. */
  has(id: string): boolean {
    return [...this.#deps.store.view().values()].some(({ events }) => events.some((event) => event.id === id));
  }

  /** Sessions that a turn was wanted for at once, and that have not had it. */
  urgent(): readonly EventTarget[] {
    return [...this.#deps.store.view()].filter(([, { isUrgent }]) => isUrgent === true).map(([key, { agentId }]) => ({ key, agentId }));
  }

  hear(key: string): Hearing {
    const { store } = this.#deps;
    const events = store.view().get(key)?.events ?? [];
    const ids = new Set(events.map(({ id }) => id));
    for (const id of ids) this.#heard.add(id);
    return {
      texts: events.map(({ text }) => text),
      settle: async (wasRead) => {
        try {
          if (!wasRead || ids.size === 0) return;
          await store.update((records) => {
            const now = records.get(key);
            return { changes: new Map(now === undefined ? [] : [[key, withoutHeard(now, ids)]]), value: undefined };
          });
        } finally {
          for (const id of ids) this.#heard.delete(id);
        }
      },
    };
  }
}
