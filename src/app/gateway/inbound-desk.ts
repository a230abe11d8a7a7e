import { begunWith, forgettable, judgeAccept, journalKey, takenUp, type JournalRecord } from "../../domain/messaging/journal.js";
import type { Envelope } from "../../domain/messaging/envelope.js";
import type { EpochMs } from "../../domain/moment.js";
import { reasonOf, traceOf } from "../../domain/reason.js";
import type { Clock } from "../../ports/clock.js";
import type { Log } from "../../ports/log.js";
import type { RecordStore } from "../../ports/record-store.js";

interface InboundParts {
  readonly journal: RecordStore<JournalRecord>;
  readonly clock: Clock;
  readonly log: Log;
  /** Deals with one; whoever does says {@link InboundDesk.finish} when it is over. Never throws for what a message says. */
  readonly admit: (key: string, envelope: Envelope) => void;
  /** Records that were answered before the gateway ended, although nobody wrote that down. */
  readonly answered: () => ReadonlySet<string>;
}

/** A table that lost its first records is slow to find the one that is first now, so many are forgotten at once. */
const FORGET_EVERY = 100;

/** A message that nobody could answer. */
export type DeadMessage = Extract<JournalRecord, { state: "dead" }>;

/** What providers tell, kept on disk from before they are told so until it is dealt with. */
export class InboundDesk {
  readonly #parts: InboundParts;
  #open = 0;
  #sinceForgotten = 0;
  #isEnding = false;
  /** What came before what was left had its turn. */
  #early: (readonly [string, Envelope])[] | undefined = [];
  #left: ReadonlyMap<string, JournalRecord> = new Map();

  constructor(parts: InboundParts) {
    this.#parts = parts;
  }

  /** Looks at what an earlier run of this gateway left. To be called before anything is accepted. */
  async recover(): Promise<void> {
    const answered = this.#parts.answered();
    const now = this.#parts.clock.now();
    this.#left = await this.#parts.journal.update((records) => {
      const left = new Map<string, JournalRecord>();
      for (const [key, record] of records) {
        if (record.state === "waiting") left.set(key, answered.has(key) ? { state: "done", at: now } : takenUp(record));
      }
      return { changes: new Map([...left].filter(([key, record]) => record !== records.get(key))), value: left };
    });
    this.#open = [...this.#parts.journal.view().values()].filter(({ state }) => state !== "done").length;
  }

  /** Takes it up, in the order in which it came, and then what came since. */
  begin(): void {
    const left = this.#left;
    const early = this.#early ?? [];
    this.#left = new Map();
    this.#early = undefined;
    for (const [key, record] of left) {
      if (record.state === "waiting") this.#admit(key, record.envelope);
      if (record.state === "dead") this.#parts.log.error("a message was given up", { channel: record.envelope.channel, accountId: record.envelope.accountId, attempts: record.attempts, reason: record.reason });
    }
    for (const [key, envelope] of early) this.#admit(key, envelope);
  }

  /** Rejects where it can't be kept: then the provider must keep it. */
  async accept(envelope: Envelope): Promise<"stored" | "duplicate"> {
    const key = journalKey(envelope);
    const { clock, journal, log } = this.#parts;
    const now = clock.now();
    const verdict = await journal.update((records) => {
      const judged = judgeAccept(records, envelope, this.#open);
      const changes = new Map<string, JournalRecord | undefined>();
      if (judged === "stored") {
        this.#sinceForgotten += 1;
        if (this.#sinceForgotten >= FORGET_EVERY) {
          for (const old of forgettable(records, now)) changes.set(old, undefined);
          this.#sinceForgotten = 0;
        }
        changes.set(key, { state: "waiting", envelope, receivedAt: now, attempts: 0 });
      }
      return { changes, value: judged };
    });
    if (verdict === "stored") this.#open += 1;
    if (verdict === "full") {
      log.error("no more messages can be taken over until some are answered", { channel: envelope.channel, accountId: envelope.accountId, open: this.#open });
      throw new Error("too many messages wait to be answered");
    }
    if (verdict === "stored" && !this.#isEnding) this.#admit(key, envelope);
    return verdict;
  }

  #admit(key: string, envelope: Envelope): void {
    if (this.#early !== undefined) {
      this.#early.push([key, envelope]);
      return;
    }
    try {
      this.#parts.admit(key, envelope);
    } catch (error) {
      this.#parts.log.error("a message broke the gateway's admission", { channel: envelope.channel, error: traceOf(error) });
      void this.giveUp(key, "The gateway broke down over this message; its log has the cause.");
    }
  }

  /** Somebody begins to answer these. Not to be waited for: what a crash keeps from being written down is begun once more. */
  async begun(keys: readonly string[]): Promise<void> {
    await this.#parts.journal
      .update((records) => {
        const open = keys.flatMap((key): [string, JournalRecord][] => {
          const record = records.get(key);
          return record?.state === "waiting" ? [[key, begunWith(record)]] : [];
        });
        return { changes: new Map(open), value: undefined };
      })
      .catch((error: unknown) => this.#unwritable(error));
  }

  /** It is dealt with: its key alone is kept. */
  async finish(keys: readonly string[]): Promise<void> {
    await this.#settle(keys, (at) => ({ state: "done", at }));
  }

  /** Nobody can deal with it: an operator may let it be tried again. */
  async giveUp(key: string, reason: string): Promise<void> {
    await this.#parts.journal
      .update((records) => {
        const record = records.get(key);
        return { changes: new Map(record?.state === "waiting" ? [[key, { ...record, state: "dead" as const, reason }]] : []), value: undefined };
      })
      .catch((error: unknown) => this.#unwritable(error));
  }

  /** What it said was corrected before its turn came. */
  async correct(key: string, text: string): Promise<void> {
    await this.#parts.journal
      .update((records) => {
        const record = records.get(key);
        if (record?.state !== "waiting" || record.envelope.body.kind !== "message") return { changes: new Map(), value: undefined };
        const envelope = { ...record.envelope, body: { ...record.envelope.body, text } };
        return { changes: new Map([[key, { ...record, envelope }]]), value: undefined };
      })
      .catch((error: unknown) => this.#unwritable(error));
  }

  dead(): readonly (readonly [string, DeadMessage])[] {
    return [...this.#parts.journal.view()].flatMap(([key, record]): [string, DeadMessage][] => (record.state === "dead" ? [[key, record]] : []));
  }

  /** Tries a message again that was given up. `false` where there is none of that key. */
  async revive(key: string): Promise<boolean> {
    const { clock, journal } = this.#parts;
    const record = await journal.update((records) => {
      const dead = records.get(key);
      if (dead?.state !== "dead") return { changes: new Map(), value: undefined };
      const waiting = { state: "waiting", envelope: dead.envelope, receivedAt: clock.now(), attempts: 0 } as const;
      return { changes: new Map([[key, waiting]]), value: waiting };
    });
    if (record !== undefined) this.#admit(key, record.envelope);
    return record !== undefined;
  }

  async discard(key: string): Promise<boolean> {
    const isDead = this.#parts.journal.view().get(key)?.state === "dead";
    if (isDead) await this.finish([key]);
    return isDead;
  }

  /** What comes from now on is kept for the next run of the gateway: not every provider tells a message twice. */
  end(): void {
    this.#isEnding = true;
  }

  async #settle(keys: readonly string[], to: (at: EpochMs) => JournalRecord): Promise<void> {
    const at = this.#parts.clock.now();
    await this.#parts.journal
      .update((records) => {
        const open = new Set(keys.filter((key) => records.has(key) && records.get(key)?.state !== "done"));
        return { changes: new Map([...open].map((key) => [key, to(at)])), value: open.size };
      })
      .then(
        (count) => {
          this.#open -= count;
        },
        (error: unknown) => this.#unwritable(error),
      );
  }

  /** It stays open, and is looked at again when the gateway next starts: the outbox knows what was answered. */
  #unwritable(error: unknown): void {
    this.#parts.log.error("the journal could not be written", { error: reasonOf(error) });
  }
}
