import type { ChannelTrouble } from "../../../domain/messaging/channel-status.js";
import type { ActionOutcome, Postponed, Receipt, Refused, RefusalCode } from "../../../domain/messaging/outbound.js";

/** How a call of Slack's API went wrong. */
export type CallFailure =
  /** Slack's own word for it; `needed` is the scope that the app lacks. */
  | { readonly kind: "refused"; readonly error: string; readonly needed?: string }
  | { readonly kind: "limited"; readonly retryAfterMs: number }
  | { readonly kind: "status"; readonly status: number }
  /** The request was never written: nobody can have acted on it. */
  | { readonly kind: "unreached" }
  /** It was written, perhaps, and no answer came that could be read. */
  | { readonly kind: "broken" };

export type TokenName = "botToken" | "appToken";

/** Why the account is not connected, and whether trying again by itself can help. */
export interface Verdict {
  readonly final: boolean;
  readonly trouble: ChannelTrouble;
  readonly message: string;
  readonly retryAfterMs?: number;
}

/** Slack's words for a token that is void, or of the wrong kind. */
const VOID: ReadonlyMap<string, string> = new Map([
  ["invalid_auth", "does not know the token"],
  ["not_authed", "was given no token"],
  ["account_inactive", "says that the token's account was deactivated or the app removed"],
  ["token_revoked", "says that the token was revoked"],
  ["token_expired", "says that the token has expired"],
  ["user_removed_from_team", "says that the bot was removed from the workspace"],
  ["team_disabled", "says that the workspace is disabled"],
  ["app_uninstalled", "says that the app was uninstalled"],
  ["not_allowed_token_type", "says that this kind of token is not allowed here"],
]);
const PLACES: Readonly<Record<TokenName, string>> = {
  botToken: "channels.slack.botToken to the token on the app's page \"OAuth & Permissions\"",
  appToken: "channels.slack.appToken to a token from the app's page \"Basic Information\"",
};

const REFUSALS: ReadonlyMap<string, readonly [RefusalCode, string]> = new Map<string, readonly [RefusalCode, string]>([
  ["channel_not_found", ["unknown-target", "Slack knows no such conversation, or the app may not see it: check the id, and invite the app to the channel."]],
  ["user_not_found", ["unknown-target", "Slack knows no such person in this workspace: check the id."]],
  ["users_not_found", ["unknown-target", "Slack knows no such person in this workspace: check the id."]],
  ["message_not_found", ["unknown-target", "Slack has no such message any more."]],
  ["thread_not_found", ["unknown-target", "Slack has no such thread any more."]],
  ["invalid_thread_ts", ["unknown-target", "Slack has no such thread: check the id behind the chat's."]],
  ["no_item_specified", ["unknown-target", "Slack has no such message."]],
  ["not_in_channel", ["forbidden", "The app is not in this channel: invite it there."]],
  ["is_archived", ["forbidden", "This channel is archived: unarchive it, or write to another."]],
  ["restricted_action", ["forbidden", "The workspace's settings don't let the app post here: ask an administrator."]],
  ["cannot_dm_bot", ["forbidden", "Slack does not let apps write to each other."]],
  ["user_disabled", ["forbidden", "This person's account is deactivated."]],
  ["cant_update_message", ["forbidden", "Slack lets the app change only its own messages."]],
  ["cant_delete_message", ["forbidden", "Slack lets the app delete only its own messages."]],
  ["edit_window_closed", ["forbidden", "The workspace's settings don't let this message be changed any more."]],
  ["too_many_reactions", ["forbidden", "This message has as many reactions as Slack allows."]],
  ["too_many_emoji", ["forbidden", "This message has as many different reactions as Slack allows."]],
  ["msg_too_long", ["too-large", "This text is longer than Slack takes."]],
  ["msg_blocks_too_long", ["too-large", "This text with its buttons is longer than Slack takes."]],
  ["file_too_large", ["too-large", "This file is larger than Slack takes."]],
  ["invalid_name", ["invalid", "This workspace has no such emoji."]],
  ["no_text", ["invalid", "Slack takes no message without text."]],
  ["invalid_blocks", ["invalid", "Slack does not take the buttons of this message: shorten their labels and data, and check their links."]],
]);
/** What only access can be the cause of, beside those above. */
const SHUT_OUT = /^(?:restricted_action_.*|.*_restricted|access_denied|accesslimited|ekm_access_denied|no_permission|not_allowed.*|org_login_required|team_access_not_granted|missing_scope|enterprise_is_restricted)$/u;
/** Slack did nothing, and may later. */
const NOT_NOW: ReadonlySet<string> = new Set(["service_unavailable", "request_timeout", "team_added_to_org", "rate_limited", "ratelimited"]);
/** Slack's word for what broke inside of it; some of it may have been done. */
const HALF_DONE: ReadonlySet<string> = new Set(["internal_error", "fatal_error"]);

const RATE_LIMIT = "Slack takes no more requests of this kind for now.";
const UNREACHED = "Slack could not be reached.";
const CONNECTIONS = "The app-level token lacks the scope \"connections:write\": make one with it on the app's page \"Basic Information\", set channels.slack.appToken to it, and restart the channel.";
const BROKEN = "The connection to Slack broke before it answered.";

/** What became of a message. `scope`: what else waits where Slack asks to slow down. */
export function judgeSend(failure: CallFailure, scope: Postponed["scope"]): Receipt {
  switch (failure.kind) {
    case "limited": return { kind: "later", reason: RATE_LIMIT, retryAfterMs: failure.retryAfterMs, scope };
    case "unreached": return { kind: "later", reason: UNREACHED, scope: "account" };
    case "broken": return { kind: "unknown", reason: BROKEN };
    case "status": return judgeStatus(failure.status);
    case "refused": {
      if (NOT_NOW.has(failure.error)) return { kind: "later", reason: `Slack can't do this now (${codeOf(failure.error)}).`, scope: "account" };
      if (HALF_DONE.has(failure.error)) return { kind: "unknown", reason: `Slack failed at this and may have done it all the same (${codeOf(failure.error)}).` };
      return refusalOf(failure);
    }
  }
}

/** What became of something that may be repeated without harm. */
export function judgeAction(failure: CallFailure): ActionOutcome {
  const receipt = judgeSend(failure, "account");
  if (receipt.kind === "refused" || receipt.kind === "later") return receipt;
  return { kind: "later", reason: receipt.kind === "unknown" ? receipt.reason : BROKEN, scope: "message" };
}

function judgeStatus(status: number): Receipt {
  if (status === 503 || status === 429) return { kind: "later", reason: `Slack is out of order for now (status ${status}).`, scope: "account" };
  if (status >= 500) return { kind: "unknown", reason: `Slack failed at this and may have done it all the same (status ${status}).` };
  if (status === 413) return { kind: "refused", code: "too-large", reason: "This is larger than Slack takes." };
  return { kind: "refused", code: "invalid", reason: `Slack's API refused the request (status ${status}): check channels.slack.apiUrl.` };
}

function refusalOf({ error, needed }: Extract<CallFailure, { kind: "refused" }>): Refused {
  const known = REFUSALS.get(error);
  if (known !== undefined) return { kind: "refused", code: known[0], reason: known[1] };
  if (VOID.has(error)) return { kind: "refused", code: "not-linked", reason: voidSentence(error, "botToken") };
  if (error === "missing_scope") return { kind: "refused", code: "forbidden", reason: scopeSentence(needed) };
  if (SHUT_OUT.test(error)) return { kind: "refused", code: "forbidden", reason: `Slack does not let the app do this (${codeOf(error)}).` };
  return { kind: "refused", code: "invalid", reason: `Slack refused this (${codeOf(error)}).` };
}

/** The token is void for every call, not for this one alone. */
export const isVoid = (failure: CallFailure): failure is Extract<CallFailure, { kind: "refused" }> => failure.kind === "refused" && VOID.has(failure.error);

/** What a call that the connection needs says about the account. */
export function judgeConnection(failure: CallFailure, token: TokenName): Verdict {
  switch (failure.kind) {
    case "limited": return { final: false, trouble: "rate", message: "Slack takes no more requests for now; the gateway tries again when Slack allows it.", retryAfterMs: failure.retryAfterMs };
    case "unreached": return { final: false, trouble: "network", message: "Slack could not be reached; the gateway tries again by itself." };
    case "broken": return { final: false, trouble: "network", message: "The connection to Slack broke; the gateway tries again by itself." };
    case "status": return { final: false, trouble: "network", message: `Slack's API answered with status ${failure.status}; the gateway tries again by itself.` };
    case "refused": {
      if (VOID.has(failure.error)) return { final: true, trouble: "credentials", message: voidSentence(failure.error, token) };
      if (failure.error === "missing_scope") return { final: true, trouble: "credentials", message: token === "appToken" ? CONNECTIONS : scopeSentence(failure.needed) };
      return { final: false, trouble: "network", message: `Slack did not let the gateway connect (${codeOf(failure.error)}); it tries again by itself.` };
    }
  }
}

const voidSentence = (error: string, token: TokenName): string => `Slack ${VOID.get(error) ?? "refused the token"} (${error}): set ${PLACES[token]}, and restart the channel.`;

const scopeSentence = (needed: string | undefined): string => {
  const scopes = needed !== undefined && /^[a-z0-9:._, -]{1,100}$/u.test(needed) ? ` "${needed}"` : "";
  return `The app lacks the scope${scopes}: add it on the app's page "OAuth & Permissions", reinstall the app, and use its new token.`;
};

/** Slack's codes are words; anything else may be a page that some server in between sent. */
const codeOf = (error: string): string => (/^[a-z0-9_]{1,80}$/u.test(error) ? error : "no known reason");
