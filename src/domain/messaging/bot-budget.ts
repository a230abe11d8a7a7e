import { AgeOrderedMap } from "../age-ordered-map.js";
import { after, type EpochMs } from "../moment.js";

/** A bot in a chat with one of our accounts. */
export interface BotPair {
  readonly channel: string;
  readonly accountId: string;
  readonly chatId: string;
  readonly senderId: string;
}

/** At most `messages` within `windowMs`; what goes beyond buys `silenceMs` without an answer. */
export interface BotLimit {
  readonly messages: number;
  readonly windowMs: number;
  readonly silenceMs: number;
}

export interface BotLimits {
  readonly limits: readonly BotLimit[];
  readonly maxPairs: number;
}

export const BOT_LIMITS: BotLimits = {
  limits: [
    { messages: 20, windowMs: 60_000, silenceMs: 60_000 },
    // Two models that take ten seconds over each answer never get to twenty a minute, and would talk for ever.
    { messages: 100, windowMs: 60 * 60_000, silenceMs: 60 * 60_000 },
  ],
  maxPairs: 2_000,
};

export type BotVerdict = "open" | "spent";

interface Heard {
  /** Of those that were answered, oldest first. */
  readonly answered: readonly EpochMs[];
  readonly silentUntil?: EpochMs;
}

/**
 * Ends conversations between bots. A pair that has used up its budget gets no answer for a while; as each of two bots
 * speaks only because the other did, one silence is enough. What comes during it does not prolong it, so that a bot
 * with something to report is heard again.
 *
 * Bounded: where the table is full, the pair heard least recently is forgotten.
 */
export class BotBudget {
  readonly #limits: BotLimits;
  readonly #longest: number;
  readonly #pairs: AgeOrderedMap<Heard>;

  constructor(limits: BotLimits = BOT_LIMITS) {
    this.#limits = limits;
    this.#pairs = new AgeOrderedMap(limits.maxPairs);
    this.#longest = Math.max(...limits.limits.map(({ messages }) => messages));
  }

  /** Pairs remembered. */
  get size(): number {
    return this.#pairs.size;
  }

  /** Counts one message of a bot and says whether it may be answered. */
  spend(pair: BotPair, now: EpochMs): BotVerdict {
    const key = keyOf(pair);
    const known = this.#pairs.get(key) ?? { answered: [] };
    const heard = this.#hear(known, now);
    this.#pairs.set(key, heard);
    return heard.silentUntil === undefined ? "open" : "spent";
  }

  #hear(known: Heard, now: EpochMs): Heard {
    if (known.silentUntil !== undefined && now < known.silentUntil) return known;
    const { answered } = known;
    const broken = this.#limits.limits.filter(({ messages, windowMs }) => answered.filter((at) => now - at < windowMs).length >= messages);
    if (broken.length === 0) return { answered: [...answered, now].slice(-this.#longest) };
    return { answered, silentUntil: after(now, Math.max(...broken.map(({ silenceMs }) => silenceMs))) };
  }
}

const keyOf = ({ channel, accountId, chatId, senderId }: BotPair): string => JSON.stringify([channel, accountId, chatId, senderId]);
