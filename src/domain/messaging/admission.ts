import type { EpochMs } from "../moment.js";
import type { BotVerdict } from "./bot-budget.js";
import type { Envelope, EnvelopeBody } from "./envelope.js";
import { mentions } from "./mention.js";
import { ACCESS_REFUSALS, groupRulesOf, judgeAccess, type AccessFacts } from "./sender-access.js";
import { MAX_ID_LENGTH } from "./sender-id.js";
import { renderReaction } from "./speech.js";

export const IGNORE_REASONS = ["malformed", "duplicate", "own-message", "bot", "bot-budget-spent", ...ACCESS_REFUSALS, "not-addressed", "nothing-said", "too-late", "stale"] as const;
export type IgnoreReason = (typeof IGNORE_REASONS)[number];

export interface AdmissionFacts extends AccessFacts {
  readonly now: EpochMs;
  /** Something with this envelope's key was admitted before. */
  readonly isDuplicate: boolean;
  /** What is left of the pair's budget; asked for bots only. */
  readonly botBudget?: BotVerdict;
  /** What somebody set for this session, over the account's rule. */
  readonly activation?: "mention" | "always";
  /** What became of the message of this sender that an edit or a removal is about: it waits for its turn, or it was kept as context. */
  readonly original?: "waiting" | "kept";
  /**
   * The age from which a message is not answered any more. Absent: never. People who wrote while the gateway was down
   * would rather have a late answer than none, and the turn is told how late it is.
   */
  readonly staleAfterMs?: number;
}

export type AdmissionVerdict =
  /** `text` is what was said. `lateMs`: it was said so long ago that whoever answers should know. An edit may be answered: it was kept as context, and is no longer. */
  | { readonly kind: "answer"; readonly text: string; readonly lateMs?: number }
  /** Kept, and read before the next message that is answered here. */
  | { readonly kind: "context"; readonly text: string }
  /** The message that waits for its turn says this instead. */
  | { readonly kind: "replace"; readonly text: string }
  /** The message that waits for its turn, or was kept, was never said. */
  | { readonly kind: "withdraw" }
  /** One line that the session's next turn hears of first. */
  | { readonly kind: "event"; readonly line: string }
  /** The chat goes on under another id: its session, its rules and what waits go along. */
  | { readonly kind: "moved"; readonly to: string }
  /** A stranger gets a code. Nothing that they wrote goes any further. */
  | { readonly kind: "ask-to-pair" }
  | { readonly kind: "ignore"; readonly reason: IgnoreReason };

/** From this age on a message counts as late. */
const LATE_MS = 10 * 60_000;

const ignore = (reason: IgnoreReason): AdmissionVerdict => ({ kind: "ignore", reason });

/**
 * The one door for what providers tell: whether it is answered, kept, or passed over. Names and texts decide nothing
 * but whether the account is addressed; who somebody is, is a matter of stable ids.
 */
export function judgeEnvelope(envelope: Envelope, facts: AdmissionFacts): AdmissionVerdict {
  const { body, sender } = envelope;
  if (!isWellFormed(envelope)) return ignore("malformed");
  if (facts.isDuplicate) return ignore("duplicate");
  // The provider's word and nobody's: whoever it names as its sender said nothing.
  if (body.kind === "moved") return { kind: "moved", to: body.to };
  // Also what the owner writes from another device. A chat with oneself is no exception: there an answer could not be
  // told from a message, and the account would talk to itself.
  if (sender.isSelf) return ignore("own-message");
  if (sender.isBot && !facts.policy.allowBots) return ignore("bot");
  const access = judgeAccess(envelope, facts);
  if (access.kind === "refused") return ignore(access.reason);
  if (access.kind === "stranger") return body.kind === "message" ? { kind: "ask-to-pair" } : ignore("sender-unknown");
  if (sender.isBot && facts.botBudget === "spent") return ignore("bot-budget-spent");
  return judgeBody(envelope, body, facts);
}

function judgeBody(envelope: Envelope, body: Exclude<EnvelopeBody, { kind: "moved" }>, facts: AdmissionFacts): AdmissionVerdict {
  switch (body.kind) {
    case "message":
      return judgeMessage(envelope, body, facts);
    case "edit":
      return judgeEdit(envelope, body, facts);
    case "removal":
      return facts.original === undefined ? ignore("too-late") : { kind: "withdraw" };
    case "press":
      // A button of ours: pressing it speaks to us, wherever it is.
      return answer(envelope, body.data, facts);
    case "reaction":
      // What people think of each other's messages is theirs.
      return body.ofSelf ? { kind: "event", line: renderReaction(envelope.sender, body) } : ignore("not-addressed");
  }
}

function judgeMessage(envelope: Envelope, body: Extract<EnvelopeBody, { kind: "message" }>, facts: AdmissionFacts): AdmissionVerdict {
  const text = body.command === undefined ? body.text : `/${body.command} ${body.text}`.trim();
  const isEmpty = text.trim() === "" && body.media.length === 0;
  // A platform delivers a command to the bot that it is meant for.
  const isAddressed = body.addressed || body.command !== undefined;
  // A mention alone asks for an answer to what was said before it.
  if (isEmpty && !(isAddressed && envelope.chat.kind !== "direct")) return ignore("nothing-said");
  return isToBeAnswered(envelope, { text, isAddressed }, facts) ? answer(envelope, text, facts) : { kind: "context", text };
}

/** Whoever corrects a message that was answered expects no second answer; whoever adds a forgotten mention expects the first. */
function judgeEdit(envelope: Envelope, { text, addressed }: Extract<EnvelopeBody, { kind: "edit" }>, facts: AdmissionFacts): AdmissionVerdict {
  if (facts.original === "waiting") return { kind: "replace", text };
  if (text.trim() === "") return ignore("nothing-said");
  if (facts.original !== "kept") return { kind: "context", text: `(edited) ${text}` };
  const calls = addressed || mentions(text, facts.policy.mentionNames);
  return calls ? answer(envelope, text, facts) : { kind: "context", text };
}

function isToBeAnswered({ chat }: Envelope, said: { text: string; isAddressed: boolean }, { policy, activation, knownAs }: AdmissionFacts): boolean {
  if (chat.kind === "direct" || said.isAddressed) return true;
  const needsMention = activation === undefined ? (groupRulesOf(policy, chat, knownAs)?.requireMention ?? policy.requireMention) : activation === "mention";
  return !needsMention || mentions(said.text, policy.mentionNames);
}

function answer({ chat, sentAt }: Envelope, text: string, { now, staleAfterMs }: AdmissionFacts): AdmissionVerdict {
  const lateMs = now - sentAt;
  if (staleAfterMs !== undefined && lateMs > staleAfterMs) return chat.kind === "direct" ? ignore("stale") : { kind: "context", text };
  return { kind: "answer", text, ...(lateMs > LATE_MS ? { lateMs } : {}) };
}

const isId = (text: string): boolean => text !== "" && text.length <= MAX_ID_LENGTH;

function isWellFormed({ chat, sender, messageId, body }: Envelope): boolean {
  const ids = [chat.id, sender.id, messageId, ...(sender.aliases ?? []), ...(chat.threadId === undefined ? [] : [chat.threadId])];
  return ids.every(isId) && (body.kind !== "moved" || (isId(body.to) && body.to !== chat.id));
}
