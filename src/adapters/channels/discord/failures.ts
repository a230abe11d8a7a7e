import type { ChannelState, ChannelTrouble } from "../../../domain/messaging/channel-status.js";
import type { ActionOutcome, Postponed, Receipt, RefusalCode, Refused } from "../../../domain/messaging/outbound.js";

/** How a call can fail. */
export type CallFailure =
  /** Discord has understood it, and says no. `code` is Discord's own number for the reason. */
  | { readonly kind: "answered"; readonly status: number; readonly code?: number }
  /** Too much was asked for: of one channel, or by the bot as a whole. */
  | { readonly kind: "limited"; readonly retryAfterMs: number; readonly scope: "chat" | "account" }
  /** It never left this host. */
  | { readonly kind: "unsent" }
  /** It may have arrived: the answer did not come, or was none of Discord's. */
  | { readonly kind: "unanswered"; readonly because: "broken" | "late" | "cancelled" };

type Answered = Extract<CallFailure, { kind: "answered" }>;

export const refused = (code: RefusalCode, reason: string): Refused => ({ kind: "refused", code, reason });

export const NOT_LINKED = refused("not-linked", "Discord does not accept the bot's token; set a valid one as channels.discord.token.");

const NO_ACCESS = "The bot may not see this Discord channel; let it view the channel there.";
const NO_CHANNEL = "The bot knows no such channel at Discord; it may have been deleted, or the bot is not in that server.";

/** By Discord's number for the reason. Source: "JSON error codes" of Discord's developer documentation. */
const REFUSALS: ReadonlyMap<number, readonly [RefusalCode, string]> = new Map<number, readonly [RefusalCode, string]>([
  [10_003, ["unknown-target", NO_CHANNEL]],
  [10_008, ["unknown-target", "There is no such message in this Discord channel any more."]],
  [10_013, ["unknown-target", "Discord knows no such person."]],
  [10_014, ["unsupported", "Discord knows no such emoji, or the bot may not use it."]],
  [20_009, ["forbidden", "Discord takes no explicit content from the bot here."]],
  [30_010, ["forbidden", "This message has as many reactions as Discord allows."]],
  [40_005, ["too-large", "The file is larger than Discord takes from a bot here."]],
  [50_001, ["forbidden", NO_ACCESS]],
  [50_005, ["forbidden", "Discord does not let the bot change a message that somebody else wrote."]],
  [50_006, ["invalid", "Discord takes no message without a text, a file or a poll."]],
  [50_007, ["forbidden", "Discord does not let the bot write to this person, who shares no server with it or takes no direct messages."]],
  [50_008, ["unsupported", "This Discord channel takes no messages itself; name a post or thread in it."]],
  [50_013, ["forbidden", "The bot lacks a permission for this in this Discord channel; give it the permission there."]],
  [50_035, ["invalid", "Discord finds this request wrong in its form, such as a text that is too long."]],
  [50_083, ["forbidden", "This Discord thread is archived; open it again."]],
  [50_278, ["forbidden", "Discord does not let the bot write to this person, who shares no server with it."]],
  [90_001, ["forbidden", "This person has blocked the bot, which therefore cannot react here."]],
  [160_005, ["forbidden", "This Discord thread is locked; unlock it."]],
  [200_000, ["forbidden", "A rule of this Discord server's AutoMod does not let the message through."]],
  [200_001, ["forbidden", "A rule of this Discord server's AutoMod does not let the message through."]],
  [240_000, ["forbidden", "Discord takes no message with such a link."]],
]);

function refusalOf({ status, code }: Answered): Refused {
  if (status === 401) return NOT_LINKED;
  const [refusal, reason] = REFUSALS.get(code ?? 0) ?? [];
  if (refusal !== undefined && reason !== undefined) return refused(refusal, reason);
  const number = code === undefined || code === 0 ? `status ${status}` : `reason ${code}`;
  if (status === 403) return refused("forbidden", `Discord does not let the bot do this there (${number}).`);
  if (status === 404) return refused("unknown-target", `${NO_CHANNEL.slice(0, -1)} (${number}).`);
  if (status === 413) return refused("too-large", "The file is larger than Discord takes from a bot here.");
  return refused("invalid", `Discord refused this request (${number}).`);
}

const later = (reason: string, scope: Postponed["scope"], retryAfterMs?: number): Postponed => ({ kind: "later", reason, scope, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });

/** What has become of a message. */
export function judgeSend(failure: CallFailure): Receipt {
  switch (failure.kind) {
    case "unsent":
      return later("Discord cannot be reached; check the network of this host.", "account");
    case "limited": {
      const { retryAfterMs, scope } = failure;
      return later(`Discord asks to wait ${Math.ceil(retryAfterMs / 1_000)} seconds before anything else is sent ${scope === "chat" ? "to this channel" : "by this bot"}.`, scope, retryAfterMs);
    }
    case "unanswered":
      return { kind: "unknown", reason: failure.because === "cancelled" ? "The message was given up while Discord may have had it already." : "The connection to Discord broke before it said whether it has the message." };
    case "answered":
      return failure.status >= 500 ? later("Discord is out of order; the message waits until it is tried again.", "account") : refusalOf(failure);
  }
}

/** What has become of an edit, a removal, a reaction, each of which does no harm when it is repeated. */
export function judgeAction(failure: CallFailure): ActionOutcome {
  const receipt = judgeSend(failure);
  if (receipt.kind === "unknown") return later("The connection to Discord broke before it answered.", "message");
  return receipt.kind === "refused" || receipt.kind === "later" ? receipt : { kind: "done" };
}

export interface Setback {
  readonly state: Extract<ChannelState, "backing-off" | "needs-operator">;
  readonly trouble: ChannelTrouble;
  readonly message: string;
  readonly retryAfterMs?: number;
}

const VOID: Setback = { state: "needs-operator", trouble: "credentials", message: "Discord does not accept the bot's token; copy a new one from the developer portal's page \"Bot\", set it as channels.discord.token and restart the channel." };
export const LOST: Setback = { state: "backing-off", trouble: "network", message: "The connection to Discord was lost; the gateway connects again by itself." };
export const STALE: Setback = { state: "backing-off", trouble: "network", message: "Discord does not take up the lost connection again; the gateway begins a new one and fetches what it missed." };
export const SILENT: Setback = { state: "backing-off", trouble: "network", message: "Discord has fallen silent on an open connection; the gateway connects again by itself." };
export const EXHAUSTED: Setback = { state: "backing-off", trouble: "rate", message: "Discord lets this bot connect no more for now, after a thousand times in a day; the gateway tries again by itself. Look for another program that uses the token.", retryAfterMs: 600_000 };
export const OCCUPIED: Setback = { state: "backing-off", trouble: "conflict", message: "Another account of this gateway uses the same Discord token; give each account a bot of its own.", retryAfterMs: 5_000 };

export const UNGUARDED: Setback = { state: "needs-operator", trouble: "bug", message: "The installed @discordjs/ws is not the one that this gateway was made for; install the gateway again, with its lock file." };

const FINAL: ReadonlyMap<number, Setback> = new Map<number, Setback>([
  [4_004, VOID],
  [4_010, { state: "needs-operator", trouble: "bug", message: "Discord refuses how the gateway divides its connection; report this, and restart the channel." }],
  [4_011, { state: "needs-operator", trouble: "bug", message: "This bot is in more servers than Discord serves over one connection; remove it from some of them and restart the channel." }],
  [4_012, { state: "needs-operator", trouble: "bug", message: "Discord no longer serves the version of its API that this gateway speaks; update the gateway." }],
  [4_013, { state: "needs-operator", trouble: "intents", message: "Discord refuses the intents that the gateway asks for; check the switches under \"Privileged Gateway Intents\" on the developer portal's page \"Bot\", update the gateway, and restart the channel." }],
  [4_014, { state: "needs-operator", trouble: "intents", message: "The bot may not read messages: switch on \"Message Content Intent\" under \"Privileged Gateway Intents\" on the developer portal's page \"Bot\", and restart the channel." }],
]);

/** What it means that Discord closed the connection with a code after which none may be opened in the same way. */
export const judgeClose = (code: number): Setback => FINAL.get(code) ?? LOST;

/** What stands in the way of the way in. */
export function judgeSetback(failure: CallFailure): Setback {
  if (failure.kind === "limited") return { state: "backing-off", trouble: "rate", message: "Discord asks to be called less often; it is tried again when it allows.", retryAfterMs: failure.retryAfterMs };
  if (failure.kind === "unsent") return { state: "backing-off", trouble: "network", message: "Discord cannot be reached; check the network of this host and apiRoot." };
  if (failure.kind === "unanswered") return { state: "backing-off", trouble: "network", message: "Discord did not answer in time, or the connection broke; it is tried again by itself." };
  if (failure.status === 401) return VOID;
  if (failure.status >= 500) return { state: "backing-off", trouble: "network", message: "Discord is out of order; it is tried again by itself." };
  return { state: "backing-off", trouble: "bug", message: `Discord refuses to say where its gateway is (status ${failure.status}); check apiRoot and whatever stands between. It is tried again by itself.` };
}
