import { attempted, completed, concluded, forgettableItems, isDeadLetter, isOutlived, isSettled, nextPart, OUTBOX_LIMITS, recovered, retried, type OutboxItem } from "../../domain/messaging/outbox-item.js";
import type { ActionOutcome, OutboundPart, Receipt } from "../../domain/messaging/outbound.js";
import type { EpochMs } from "../../domain/moment.js";
import { reasonOf } from "../../domain/reason.js";
import type { Clock } from "../../ports/clock.js";
import type { Log } from "../../ports/log.js";
import type { RecordStore } from "../../ports/record-store.js";
import { accountKey, type AccountName, type ChannelBook } from "./channel-book.js";
import { OutboxIndex, type Waiting } from "./outbox-index.js";
import { OutboxLane } from "./outbox-lane.js";
import { sendPart } from "./send-part.js";
import { within } from "./within.js";

const MAX_OPEN = 5_000;

export interface OutboxParts {
  readonly store: RecordStore<OutboxItem>;
  readonly book: ChannelBook;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** How a part is sent; as it is, unless somebody watches. */
  readonly send?: typeof sendPart;
}

/**
 * Everything on its way out. It is written down before the provider is called and after it answered, so that after a
 * crash each message has gone out once, goes out now, or is known to be unknown.
 */
export class OutboxDesk {
  readonly #parts: OutboxParts;
  readonly #index = new OutboxIndex();
  readonly #lanes = new Map<string, OutboxLane>();
  /** Accounts whose provider asked for a pause, and until when. */
  readonly #pauses = new Map<string, EpochMs>();
  readonly #watchers = new Map<string, Set<(item: OutboxItem) => void>>();
  /** When each account last had something delivered. */
  readonly lastSentAt = new Map<string, EpochMs>();
  /** One for each attempt under way: many listeners on one signal would look like a leak. */
  readonly #underWay = new Set<AbortController>();

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** Looks at what an earlier run of this gateway left. The store must be open. */
  async recover(): Promise<void> {
    await this.#parts.store.update((items) => {
      const changed = [...items].flatMap(([id, item]): [string, OutboxItem][] => {
        const now = recovered(item);
        return now === item ? [] : [[id, now]];
      });
      return { changes: new Map(changed), value: undefined };
    });
    for (const item of this.#parts.store.view().values()) this.#index.note(item);
  }

  /** Takes it up: the channels are there. */
  begin(): void {
    for (const id of this.#index.open) this.#join(id);
  }

  #join(id: string): void {
    const item = this.get(id);
    if (item !== undefined) this.#laneOf(item).join(id);
  }

  get(id: string): OutboxItem | undefined {
    return this.#parts.store.view().get(id);
  }

  /** Writes a message down; from then on it goes out whatever happens. `known` for an id that was planned before, whose fate stays its own. */
  async plan(item: OutboxItem): Promise<"planned" | "known" | "full"> {
    const { store, clock } = this.#parts;
    const verdict = await store.update<"known" | "full" | readonly string[]>((items) => {
      const before = items.get(item.id);
      if (before !== undefined && !isOutlived(before, clock.now())) return { changes: new Map(), value: "known" };
      const old = forgettableItems(items, { now: clock.now(), dead: this.#index.dead.size });
      if (items.size - old.length >= MAX_OPEN + OUTBOX_LIMITS.maxSettled) return { changes: new Map(), value: "full" };
      return { changes: new Map<string, OutboxItem | undefined>([...old.map((id) => [id, undefined] as const), [item.id, item]]), value: old };
    });
    if (typeof verdict === "string") return verdict;
    for (const id of verdict) this.#index.forget(id);
    this.#index.note(item);
    if (!isSettled(item)) this.#laneOf(item).join(item.id);
    return "planned";
  }

  /** Shows a draft, and tells whether it is there; written down before, like everything that goes out. */
  async showDraft(item: OutboxItem): Promise<OutboxItem> {
    await this.plan({ ...item, draft: true });
    return this.attempt(item.id, 0);
  }

  /** The draft becomes its answer; without one that is shown, the parts go out as they are. */
  async complete(id: string, answer: { readonly parts: readonly OutboundPart[]; readonly answers: readonly string[] }): Promise<void> {
    const item = await this.#change(id, (current) => completed(current, answer));
    if (item !== undefined) this.#laneOf(item).join(id);
  }

  /** Leaves a draft as it stands: there is nothing more to say. */
  async leave(id: string): Promise<void> {
    await this.#change(id, ({ draft: _draft, ...item }) => item);
  }

  /** Resolves once all of it arrived or failed. */
  settled(id: string): Promise<OutboxItem> {
    const item = this.get(id);
    if (item !== undefined && isSettled(item)) return Promise.resolve(item);
    return new Promise((resolve) => {
      const watchers = this.#watchers.get(id) ?? new Set();
      this.#watchers.set(id, watchers.add(resolve));
    });
  }

  waiting(account: AccountName): Waiting {
    return this.#index.waiting(account);
  }

  deadLetters(): readonly OutboxItem[] {
    return [...this.#index.dead].flatMap((id) => this.get(id) ?? []);
  }

  /** The draft that answers one of these, where a crash left one. */
  draftAnswering(keys: readonly string[]): OutboxItem | undefined {
    for (const id of this.#index.drafts) {
      const item = this.get(id);
      if (item?.answers?.some((key) => keys.includes(key)) === true) return item;
    }
    return undefined;
  }

  /** Journal records that were answered, as far as this is known. */
  answered(): ReadonlySet<string> {
    const keys = new Set<string>();
    for (const item of this.#parts.store.view().values()) if (item.draft !== true) for (const key of item.answers ?? []) keys.add(key);
    return keys;
  }

  /** Tries what did not arrive again. `false` where there is nothing of that id to try. */
  async retry(id: string): Promise<boolean> {
    const item = this.get(id);
    if (item === undefined || !isSettled(item) || item.parts.every(({ state }) => state.kind === "sent")) return false;
    const again = await this.#change(id, retried);
    if (again !== undefined) this.#laneOf(again).join(id);
    return again !== undefined;
  }

  async discard(id: string): Promise<boolean> {
    const isGone = await this.#parts.store.update((items) => {
      const item = items.get(id);
      const isDead = item !== undefined && isDeadLetter(item);
      return { changes: new Map(isDead ? [[id, undefined]] : []), value: isDead };
    });
    if (isGone) this.#index.forget(id);
    return isGone;
  }

  /** Waits until all that can go now is gone, and no longer than this. */
  async flush(graceMs: number): Promise<void> {
    await within(graceMs, this.#parts.clock, Promise.all([...this.#lanes.values()].map((lane) => lane.idle())));
  }

  /** Ends at the next step; what is under way is waited for. */
  async stop(): Promise<void> {
    for (const attempt of this.#underWay) attempt.abort();
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop()));
  }

  /** One attempt at one part that is planned, written down before and after. What has been tried already stays as it is. */
  async attempt(id: string, at: number): Promise<OutboxItem> {
    const { book, clock, log, random, send = sendPart } = this.#parts;
    const known = this.get(id);
    if (known !== undefined && known.parts[at]?.state.kind !== "planned") return known;
    const begun = await this.#change(id, (item) => attempted(item, at, clock.now()));
    const part = begun?.parts[at];
    if (begun === undefined || part === undefined) throw new Error("an attempt at a part that is not there");
    const underWay = new AbortController();
    this.#underWay.add(underWay);
    const receipt = await send(book.get(begun), { item: begun, part, at, cancel: underWay.signal, log }).finally(() => this.#underWay.delete(underWay));
    const done = await this.#change(id, (item) => concluded(item, at, { receipt, now: clock.now(), jitter: random() }));
    this.#note(begun, receipt);
    return done ?? begun;
  }

  #note(item: OutboxItem, receipt: Receipt | ActionOutcome): void {
    const { clock, log } = this.#parts;
    if (!("reason" in receipt)) {
      this.lastSentAt.set(accountKey(item), clock.now());
      return;
    }
    log.warn("a message did not go out", { channel: item.channel, accountId: item.accountId, outcome: receipt.kind, reason: receipt.reason, item: item.id });
    if (receipt.kind === "later" && receipt.scope === "account") {
      const retryAt = this.get(item.id)?.parts.find(({ state }) => state.kind === "planned")?.state;
      if (retryAt?.kind === "planned" && retryAt.notBefore !== undefined) this.#pauses.set(accountKey(item), retryAt.notBefore);
    }
  }

  async #change(id: string, to: (item: OutboxItem) => OutboxItem): Promise<OutboxItem | undefined> {
    const item = await this.#parts.store.update((items) => {
      const current = items.get(id);
      if (current === undefined) return { changes: new Map(), value: undefined };
      const next = spent(to(current));
      return { changes: new Map([[id, next]]), value: next };
    });
    if (item === undefined) return undefined;
    this.#index.note(item);
    if (isSettled(item)) this.#tell(item);
    return item;
  }

  #tell(item: OutboxItem): void {
    const watchers = this.#watchers.get(item.id);
    this.#watchers.delete(item.id);
    for (const heard of watchers ?? []) heard(item);
  }

  /** A chat's messages go one after the other, whatever thread they are for; chats do not wait for each other. */
  #laneOf(item: OutboxItem): OutboxLane {
    const key = JSON.stringify([item.channel, item.accountId, item.target.chatId]);
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const { clock, log } = this.#parts;
    const lane = new OutboxLane({
      clock,
      next: (id) => this.#nextOf(id),
      attempt: (id, at) => this.attempt(id, at),
      empty: () => this.#lanes.delete(key),
      failed: (error) => log.error("the outbox could not be written", { error: reasonOf(error) }),
    });
    this.#lanes.set(key, lane);
    return lane;
  }

  #nextOf(id: string): { readonly at: number; readonly notBefore: EpochMs | undefined } | undefined {
    const item = this.get(id);
    const at = item && nextPart(item);
    if (item === undefined || at === undefined) return undefined;
    const state = item.parts[at]?.state;
    const own = state?.kind === "planned" ? state.notBefore : undefined;
    const pause = this.#pauses.get(accountKey(item));
    return { at, notBefore: own === undefined || (pause !== undefined && pause > own) ? pause : own };
  }
}

/** What has arrived is not kept: that it did, and where, is enough. */
function spent(item: OutboxItem): OutboxItem {
  if (!isSettled(item) || isDeadLetter(item)) return item;
  const nothing = { body: { kind: "text", text: { text: "", plain: "" } } } as const;
  return { ...item, parts: item.parts.map((part) => ({ ...part, part: nothing })) };
}
