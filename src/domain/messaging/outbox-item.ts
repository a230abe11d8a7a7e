import type { EpochMs } from "../moment.js";
import { after } from "../moment.js";
import type { ActionOutcome, OutboundPart, Receipt, RefusalCode, Sent, Target } from "./outbound.js";

/**
 * How far a part has come. `attempted` is written down before the provider is called: found there after a crash, nobody
 * knows whether the message arrived. All but the first two are final until an operator asks to try again.
 */
export type PartState =
  | { readonly kind: "planned"; readonly notBefore?: EpochMs }
  | { readonly kind: "attempted"; readonly at: EpochMs }
  | { readonly kind: "sent"; readonly at: EpochMs; readonly sent: Sent }
  | { readonly kind: "refused"; readonly code: RefusalCode; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string }
  | { readonly kind: "given-up"; readonly reason: string };

export interface OutboxPart {
  readonly part: OutboundPart;
  /** The message that is to become this part: a draft, which may be edited as often as need be. */
  readonly edits?: string;
  readonly state: PartState;
  readonly attempts: number;
  /** So many of the attempts failed for reasons that lie in the chat, the account or the provider, not in this message. */
  readonly held?: number;
}

/** One answer or message on its way to one chat: its parts go one after the other. A plain JSON value. */
export interface OutboxItem {
  readonly id: string;
  readonly channel: string;
  readonly accountId: string;
  readonly target: Target;
  readonly createdAt: EpochMs;
  readonly sessionKey?: string;
  /** The journal's records that this answers. */
  readonly answers?: readonly string[];
  /** What it says and where to, as one text: the same id with another one is a mistake. */
  readonly fingerprint?: string;
  /** Somebody waits for the outcome and tries again himself, so that nothing is tried twice here. */
  readonly once?: true;
  /** Its only part is shown while the rest is still being thought of. */
  readonly draft?: true;
  readonly parts: readonly OutboxPart[];
}

/** Attempts that failed for the message's own sake; longer than that it would hold up those behind it for nothing. */
export const MAX_ATTEMPTS = 8;
/** A provider that is down, a limit, a channel that is stopped: an answer of yesterday is none any more. */
export const MAX_HELD_MS = 24 * 3_600_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
const UNTOLD = "The gateway ended while this was being sent, so it may have arrived or not; look at the chat before sending it again.";
const UNWRITTEN = "What became of the first part of this could not be written down, so it may have arrived or not; look at the chat before sending it again.";

export const plannedPart = (part: OutboundPart, edits?: string): OutboxPart => ({
  part,
  state: { kind: "planned" },
  attempts: 0,
  ...(edits === undefined ? {} : { edits }),
});

/** The part that is to go next, if any. A part that failed holds back those after it: half an answer in the wrong order is worse than its beginning. */
export function nextPart(item: OutboxItem): number | undefined {
  if (item.draft === true) return undefined;
  const at = item.parts.findIndex(({ state }) => state.kind !== "sent");
  return at >= 0 && item.parts[at]?.state.kind === "planned" ? at : undefined;
}

export const isSettled = (item: OutboxItem): boolean =>
  item.draft !== true && !item.parts.some(({ state }) => state.kind === "attempted") && nextPart(item) === undefined;

/** Settled, and not everything arrived: for an operator to look at, unless whoever sent it was told and tries again himself. */
export const isDeadLetter = (item: OutboxItem): boolean =>
  isSettled(item) && (item.once === true ? item.parts.some(({ state }) => state.kind === "unknown") : item.parts.some(({ state }) => state.kind !== "sent"));

export const attempted = (item: OutboxItem, at: number, now: EpochMs): OutboxItem =>
  withPart(item, at, (part) => ({ ...part, attempts: part.attempts + 1, state: { kind: "attempted", at: now } }));

/** What an attempt has led to. `jitter`: at least 0 and below 1. */
export function concluded(item: OutboxItem, at: number, { receipt, now, jitter }: { receipt: Receipt | ActionOutcome; now: EpochMs; jitter: number }): OutboxItem {
  return withPart(item, at, (before) => {
    const part = receipt.kind === "later" && receipt.scope !== "message" ? { ...before, held: (before.held ?? 0) + 1 } : before;
    return { ...part, state: stateAfter(item, part, { receipt, now, jitter }) };
  });
}

function stateAfter(item: OutboxItem, part: OutboxPart, { receipt, now, jitter }: { receipt: Receipt | ActionOutcome; now: EpochMs; jitter: number }): PartState {
  switch (receipt.kind) {
    case "delivered":
    case "accepted":
      return { kind: "sent", at: now, sent: receipt };
    case "done":
      return { kind: "sent", at: now, sent: { kind: "delivered", messageId: part.edits ?? "" } };
    case "refused":
      return { kind: "refused", code: receipt.code, reason: receipt.reason };
    case "unknown":
      return { kind: "unknown", reason: receipt.reason };
    case "later": {
      if (item.once === true || part.attempts - (part.held ?? 0) >= MAX_ATTEMPTS || now - item.createdAt >= MAX_HELD_MS) return { kind: "given-up", reason: receipt.reason };
      return { kind: "planned", notBefore: after(now, receipt.retryAfterMs ?? pauseMs(part.attempts, jitter)) };
    }
  }
}

/** Doubles from one second to five minutes, between half of it and all of it. */
const pauseMs = (attempts: number, jitter: number): number =>
  Math.round(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, attempts - 1)) * (0.5 + jitter / 2));

/** As it is after a crash: what was being sent may have arrived. An edit does no harm twice. */
export function recovered(item: OutboxItem): OutboxItem {
  const settled = item.parts.some(({ state }) => state.kind === "attempted");
  if (!settled) return item;
  const { draft, ...rest } = item;
  const parts = item.parts.map((part): OutboxPart => {
    if (part.state.kind !== "attempted") return part;
    return part.edits === undefined ? { ...part, state: { kind: "unknown", reason: UNTOLD } } : { ...part, state: { kind: "planned" } };
  });
  // A draft of which nobody knows whether it is there can't be continued.
  return parts.some(({ state }) => state.kind === "unknown") || draft === undefined ? { ...rest, parts } : { ...rest, draft, parts };
}

/** Another try at all that did not arrive: an operator has looked. */
export const retried = (item: OutboxItem): OutboxItem => ({
  ...item,
  parts: item.parts.map(({ held: _held, ...part }) => (part.state.kind === "sent" ? part : { ...part, attempts: 0, state: { kind: "planned" } })),
});

/**
 * A draft becomes its answer: the first part by an edit of what is shown, the others after it. Where nobody knows whether
 * the draft is there, nobody may know of the answer either: sending it could double it. `answers`: what it answers in
 * the end, which may be other messages than those that it was begun for.
 */
export function completed(item: OutboxItem, { parts, answers }: { readonly parts: readonly OutboundPart[]; readonly answers: readonly string[] }): OutboxItem {
  const { draft: _draft, ...shownItem } = item;
  const rest = { ...shownItem, answers };
  const shown = item.parts[0]?.state;
  // Still under way here: its outcome could not be written down.
  const isUntold = shown?.kind === "unknown" || shown?.kind === "attempted";
  if (isUntold) return { ...rest, parts: parts.map((part) => ({ part, attempts: 0, state: shown.kind === "unknown" ? shown : { kind: "unknown", reason: UNWRITTEN } })) };
  const edits = shown?.kind === "sent" ? shown.sent.messageId : undefined;
  return { ...rest, parts: parts.map((part, nth) => plannedPart(part, nth === 0 ? edits : undefined)) };
}

export interface OutboxLimits {
  readonly maxSettled: number;
  readonly keepSettledMs: number;
  readonly maxDead: number;
}

export const OUTBOX_LIMITS: OutboxLimits = { maxSettled: 5_000, keepSettledMs: 24 * 3_600_000, maxDead: 500 };

/**
 * Ids of items that may be forgotten: what arrived long ago or is too much, and the oldest dead letters beyond their
 * bound. `dead`: how many dead letters there are. The oldest stand first, so that this looks at little more than it finds.
 */
export function forgettableItems(items: ReadonlyMap<string, OutboxItem>, { now, dead }: { readonly now: EpochMs; readonly dead: number }, limits: OutboxLimits = OUTBOX_LIMITS): readonly string[] {
  const found: string[] = [];
  let excessDead = dead - limits.maxDead;
  for (const [id, item] of items) {
    const isOver = items.size - found.length > limits.maxSettled || now - item.createdAt >= limits.keepSettledMs;
    if (!isOver && excessDead <= 0) return found;
    if (!isSettled(item)) continue;
    if (isDeadLetter(item)) {
      if (excessDead > 0) found.push(id);
      excessDead -= 1;
    } else if (isOver) found.push(id);
  }
  return found;
}

/** As long as a repetition under the same key counts as one. */
const KEY_TTL_MS = 5 * 60_000;

/** Its sender has been told long ago: the same id means another message from now on. */
export const isOutlived = (item: OutboxItem, now: EpochMs): boolean => item.once === true && isSettled(item) && now - item.createdAt >= KEY_TTL_MS;

/** The ids under which its parts can be found in the chat, in order. */
export const sentIds = (item: OutboxItem): readonly string[] => item.parts.flatMap(({ state }) => (state.kind === "sent" ? [state.sent.messageId] : []));

/** The first thing that went wrong. */
export const failureOf = (item: OutboxItem): Extract<PartState, { reason: string }> | undefined => {
  for (const { state } of item.parts) if ("reason" in state) return state;
  return undefined;
};

const withPart = (item: OutboxItem, at: number, change: (part: OutboxPart) => OutboxPart): OutboxItem => ({
  ...item,
  parts: item.parts.map((part, nth) => (nth === at ? change(part) : part)),
});
