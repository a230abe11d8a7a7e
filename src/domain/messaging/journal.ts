import type { EpochMs } from "../moment.js";
import type { Envelope } from "./envelope.js";

/**
 * What came in, until it is dealt with; afterwards its key alone, so that a redelivery is recognised. `attempts`: how
 * often somebody began to answer it. A plain JSON value.
 */
export type JournalRecord =
  | { readonly state: "waiting"; readonly envelope: Envelope; readonly receivedAt: EpochMs; readonly attempts: number }
  /** Tried too often: an operator may let it be tried again. */
  | { readonly state: "dead"; readonly envelope: Envelope; readonly receivedAt: EpochMs; readonly attempts: number; readonly reason: string }
  | { readonly state: "done"; readonly at: EpochMs };

export interface JournalLimits {
  /** Records that are not dealt with; beyond it nothing more is taken over. */
  readonly maxOpen: number;
  readonly maxDone: number;
  readonly keepDoneMs: number;
  /**
   * How often an answer is begun before its message is blamed for the gateway's end. A message that breaks the gateway
   * does so each time; one that was under way beside it, or while somebody restarted the host, is not to pay for that.
   */
  readonly maxAttempts: number;
}

export const JOURNAL_LIMITS: JournalLimits = { maxOpen: 10_000, maxDone: 50_000, keepDoneMs: 30 * 86_400_000, maxAttempts: 8 };

export const journalKey = ({ channel, accountId, key }: Pick<Envelope, "channel" | "accountId" | "key">): string => JSON.stringify([channel, accountId, key]);

export type AcceptVerdict = "stored" | "duplicate" | "full";

/** `open`: how many records are not dealt with. */
export function judgeAccept(records: ReadonlyMap<string, JournalRecord>, envelope: Envelope, open: number, limits: JournalLimits = JOURNAL_LIMITS): AcceptVerdict {
  if (records.has(journalKey(envelope))) return "duplicate";
  return open >= limits.maxOpen ? "full" : "stored";
}

/** Keys of old records that may be forgotten. The oldest stand first, so that this looks at no more than it finds. */
export function forgettable(records: ReadonlyMap<string, JournalRecord>, now: EpochMs, limits: JournalLimits = JOURNAL_LIMITS): readonly string[] {
  const found: string[] = [];
  for (const [key, record] of records) {
    const isExcess = records.size - found.length > limits.maxDone + limits.maxOpen;
    if (record.state !== "done") {
      if (isExcess) continue;
      return found;
    }
    if (!isExcess && now - record.at < limits.keepDoneMs) return found;
    found.push(key);
  }
  return found;
}

type Waiting = Extract<JournalRecord, { state: "waiting" }>;

/** Somebody begins to answer it. Those that only wait for their turn when the gateway ends are not to blame for that. */
export const begunWith = (record: Waiting): Waiting => ({ ...record, attempts: record.attempts + 1 });

/** As it is after the gateway ended: what was begun is begun again, a few times. */
export function takenUp(record: Waiting, limits: JournalLimits = JOURNAL_LIMITS): JournalRecord {
  const { attempts } = record;
  if (attempts < limits.maxAttempts) return record;
  return { ...record, state: "dead", reason: `The gateway ended ${attempts} times while it dealt with this message; look into its log before it is tried again.` };
}
