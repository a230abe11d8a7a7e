import type { ChannelState, ChannelTrouble } from "../../../domain/messaging/channel-status.js";
import type { ActionOutcome, Postponed, Receipt, RefusalCode, Refused } from "../../../domain/messaging/outbound.js";

/** How a call can fail. */
export type CallFailure =
  /** Telegram has understood it, and says no. */
  | { readonly kind: "answered"; readonly code: number; readonly description: string; readonly retryAfterMs?: number; readonly movedTo?: string }
  /** It never left this host. */
  | { readonly kind: "unsent" }
  /** It may have arrived: the answer did not come, or was none of Telegram's. */
  | { readonly kind: "unanswered"; readonly because: "broken" | "late" | "unreadable" | "cancelled" }
  /** The file that was to go out could not be read, so that the request broke off before its end. */
  | { readonly kind: "unreadable-file" };

type Answered = Extract<CallFailure, { kind: "answered" }>;

const refused = (code: RefusalCode, reason: string): Refused => ({ kind: "refused", code, reason });

export const NOT_LINKED = refused("not-linked", "Telegram does not accept the bot's token; set a valid one as botToken.");

/** By what Telegram's answer says; the first that fits. */
const REFUSALS: readonly (readonly [RegExp, RefusalCode, string])[] = [
  [/message thread not found/iu, "unknown-target", "There is no such topic in this Telegram chat; it may have been deleted."],
  [/chat not found|user not found|PEER_ID_INVALID|chat_id is empty/iu, "unknown-target", "The bot knows no such chat at Telegram; a person has to write to the bot first, and a group has to add it."],
  [/message (?:to \w+|identifier) (?:is )?not (?:found|specified)|MESSAGE_ID_INVALID/iu, "unknown-target", "There is no such message in this Telegram chat any more."],
  [/message is too long|MESSAGE_TOO_LONG|caption is too long|CAPTION_TOO_LONG/iu, "too-large", "The text is longer than Telegram takes in one message."],
  [/file is too big|too big for a photo|Entity Too Large/iu, "too-large", "The file is larger than Telegram takes from a bot."],
  [/text is empty|text must be non-empty/iu, "invalid", "Telegram takes no message without a text."],
  [/REACTION_INVALID/u, "unsupported", "This Telegram chat does not allow this reaction."],
  [/message can't be (?:edited|deleted)|MESSAGE_DELETE_FORBIDDEN|MESSAGE_AUTHOR_REQUIRED/iu, "forbidden", "Telegram does not let the bot change this message; it may be too old, or another's."],
  [/(?:not enough|have no|need administrator) rights|CHAT_(?:WRITE|SEND_\w+|ADMIN)_|TOPIC_CLOSED|VOICE_MESSAGES_FORBIDDEN|user is deactivated/iu, "forbidden", "The bot lacks the right to do this in this Telegram chat; give it that right, or open the topic."],
];

/** What Telegram said, for an operator: without its quotations, which may be of the message. */
export const quoteDescription = (description: string): string =>
  description.replace(/"[^"]*"/gu, "…").replace(/^(?:Bad Request|Forbidden|Conflict|Internal Server Error): /u, "").replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, " ").slice(0, 120).trim();

const isDenied = (code: number): boolean => code === 401 || code === 404;

function refusalOf({ code, description }: Answered): Refused {
  if (isDenied(code)) return NOT_LINKED;
  if (code === 403) return refused("forbidden", `Telegram does not let the bot write there: ${quoteDescription(description)}.`);
  if (code === 413) return refused("too-large", "The file is larger than Telegram takes from a bot.");
  const [, refusal, reason] = REFUSALS.find(([says]) => says.test(description)) ?? [];
  if (refusal !== undefined && reason !== undefined) return refused(refusal, reason);
  return refused("invalid", `Telegram refused this request: ${quoteDescription(description)}.`);
}

const later = (reason: string, scope: Postponed["scope"], retryAfterMs?: number): Postponed => ({ kind: "later", reason, scope, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });

/** The request to wait that Telegram answered with. `scope` is whom it holds back. */
export const postponedBy = (retryAfterMs: number, scope: "chat" | "account"): Postponed =>
  later(`Telegram asks to wait ${Math.ceil(retryAfterMs / 1_000)} seconds before anything else is sent ${scope === "chat" ? "to this chat" : "by this bot"}.`, scope, retryAfterMs);

export const DEFAULT_RETRY_MS = 5_000;

/** What has become of a message. */
export function judgeSend(failure: CallFailure): Receipt {
  switch (failure.kind) {
    case "unsent":
      return later("Telegram cannot be reached; check the network of this host.", "account");
    case "unreadable-file":
      return refused("invalid", "The file could not be read to its end; keep it until it is sent.");
    case "unanswered":
      return { kind: "unknown", reason: failure.because === "cancelled" ? "The message was given up while Telegram may have had it already." : "The connection to Telegram broke before it said whether it has the message." };
    case "answered":
      if (failure.code === 429) return postponedBy(failure.retryAfterMs ?? DEFAULT_RETRY_MS, "chat");
      return failure.code >= 500 ? later("Telegram is out of order; the message waits until it is tried again.", "account", failure.retryAfterMs) : refusalOf(failure);
  }
}

/** What has become of an edit, a removal, a reaction: done, also where nothing was left to do, and harmless to repeat where nobody knows. */
export function judgeAction(failure: CallFailure): ActionOutcome {
  if (failure.kind === "answered" && /message is not modified|MESSAGE_NOT_MODIFIED|message to delete not found/iu.test(failure.description)) return { kind: "done" };
  const receipt = judgeSend(failure);
  if (receipt.kind === "unknown") return later("The connection to Telegram broke before it answered.", "message");
  return receipt.kind === "refused" || receipt.kind === "later" ? receipt : { kind: "done" };
}

export interface Setback {
  readonly state: Extract<ChannelState, "backing-off" | "degraded" | "needs-operator">;
  readonly trouble: ChannelTrouble;
  readonly message: string;
  readonly retryAfterMs?: number;
}

export const UNSTORED: Setback = {
  state: "degraded", trouble: "bug",
  message: "What Telegram delivered could not be stored; make room on the gateway's disk. Until then Telegram keeps it.",
};

export const UNREADABLE: Setback = {
  state: "backing-off", trouble: "network",
  message: "What answers at Telegram's address is not the Bot API; check apiRoot and whatever stands between.",
};

const CONFLICTS: readonly (readonly [RegExp, string])[] = [
  [/webhook is active/u, "A webhook was set for this bot by another program, so that Telegram lets nobody ask for messages; remove it there, or restart this channel to take the bot over."],
  [/./u, "Another program asks Telegram for this bot's messages with the same token; stop it, or give it a bot of its own. A gateway that was stopped a moment ago lets go within a minute."],
];

/** What stands in the way of the way in. */
export function judgeSetback(failure: CallFailure): Setback {
  if (failure.kind === "unanswered" && failure.because === "unreadable") return UNREADABLE;
  if (failure.kind !== "answered") {
    const message = failure.kind === "unsent" ? "Telegram cannot be reached; check the network of this host and apiRoot." : "Telegram did not answer in time, or the connection broke; it is tried again by itself.";
    return { state: "backing-off", trouble: "network", message };
  }
  const { code, description, retryAfterMs } = failure;
  if (isDenied(code)) {
    const message = code === 401 ? "Telegram has withdrawn the bot's token; ask @BotFather for the present one and set it as botToken." : "Telegram knows no bot with this token; copy it from @BotFather once more, and check apiRoot if that is set.";
    return { state: "needs-operator", trouble: "credentials", message };
  }
  if (code === 409) {
    const [, message = ""] = CONFLICTS.find(([says]) => says.test(description)) ?? CONFLICTS.at(-1) ?? [];
    return { state: "backing-off", trouble: "conflict", message };
  }
  if (code === 429) return { state: "backing-off", trouble: "rate", message: "Telegram asks to be called less often; it is tried again when it allows.", retryAfterMs: retryAfterMs ?? DEFAULT_RETRY_MS };
  if (code >= 500) return { state: "backing-off", trouble: "network", message: "Telegram is out of order; it is tried again by itself." };
  return { state: "backing-off", trouble: "bug", message: `Telegram refuses to deliver: ${quoteDescription(description)}. Check webhookUrl and apiRoot; it is tried again by itself.` };
}
