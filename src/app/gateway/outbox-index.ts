import { isDeadLetter, isSettled, type OutboxItem } from "../../domain/messaging/outbox-item.js";
import type { EpochMs } from "../../domain/moment.js";
import { accountKey, type AccountName } from "./channel-book.js";

/** What waits to go out of one account. */
export interface Waiting {
  readonly count: number;
  readonly oldestAt: EpochMs | undefined;
}

/** The few items of the outbox that something may still happen to, so that nobody looks for them among the thousands that arrived. */
export class OutboxIndex {
  readonly #open = new Map<string, Map<string, EpochMs>>();
  readonly #accounts = new Map<string, string>();
  readonly #dead = new Set<string>();
  readonly #drafts = new Set<string>();

  /** How the item is now. */
  note(item: OutboxItem): void {
    this.forget(item.id);
    if (item.draft === true) this.#drafts.add(item.id);
    if (isDeadLetter(item)) this.#dead.add(item.id);
    if (isSettled(item)) return;
    const key = accountKey(item);
    const open = this.#open.get(key) ?? new Map<string, EpochMs>();
    this.#open.set(key, open.set(item.id, item.createdAt));
    this.#accounts.set(item.id, key);
  }

  forget(id: string): void {
    this.#drafts.delete(id);
    this.#dead.delete(id);
    const key = this.#accounts.get(id);
    if (key === undefined) return;
    this.#accounts.delete(id);
    const open = this.#open.get(key);
    open?.delete(id);
    if (open?.size === 0) this.#open.delete(key);
  }

  waiting(account: AccountName): Waiting {
    const open = this.#open.get(accountKey(account));
    let oldestAt: EpochMs | undefined;
    for (const at of open?.values() ?? []) if (oldestAt === undefined || at < oldestAt) oldestAt = at;
    return { count: open?.size ?? 0, oldestAt };
  }

  get open(): Iterable<string> {
    return this.#accounts.keys();
  }

  get dead(): ReadonlySet<string> {
    return this.#dead;
  }

  get drafts(): ReadonlySet<string> {
    return this.#drafts;
  }
}
