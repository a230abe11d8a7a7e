import type { ChannelState, ChannelTrouble } from "../../../domain/messaging/channel-status.js";
import type { ActionOutcome, Receipt, RefusalCode, Refused } from "../../../domain/messaging/outbound.js";

/** Why a connection ended, or can't be begun. */
export interface Setback {
  readonly state: Extract<ChannelState, "backing-off" | "needs-operator">;
  readonly trouble: ChannelTrouble;
  readonly message: string;
  /** WhatsApp wants a new connection at once: no failure. */
  readonly isRestart?: boolean;
}

export const refused = (code: RefusalCode, reason: string): Refused => ({ kind: "refused", code, reason });

const LINK = "link it with \"openclaw channels login whatsapp\" and the phone at hand";

const stop = (trouble: ChannelTrouble, message: string): Setback => ({ state: "needs-operator", trouble, message });
const again = (trouble: ChannelTrouble, message: string): Setback => ({ state: "backing-off", trouble, message });

export const NOT_LINKED_YET = stop("credentials", `This WhatsApp account is not linked; ${LINK}.`);
export const UNLINKED = stop("credentials", `WhatsApp has unlinked this gateway, on the phone or by itself; ${LINK}.`);
const CLOSED = stop("credentials", "WhatsApp does not let this account in any more: it may be blocked. Look at the app on the phone; then link it again with \"openclaw channels login whatsapp\".");
const REPLACED = stop("conflict", "Another program has taken this WhatsApp session over, with the same credentials. End it, then \"openclaw channels start whatsapp\"; to begin anew, \"openclaw channels login whatsapp --force\".");
const OUTDATED = stop("bug", "WhatsApp no longer takes this version of its client; update the gateway.");
const NO_DEVICES = stop("credentials", "This WhatsApp account can't have linked devices; update the app on the phone, then link it again.");
export const SILENT = again("network", "WhatsApp has fallen silent on an open connection; another one is begun.");
export const LOST = again("network", "The connection to WhatsApp broke; it is taken up again by itself.");
export const UNREACHABLE = again("network", "WhatsApp cannot be reached; check the network of this host, and its proxy.");
const BUSY = again("network", "WhatsApp has closed the connection for a reason of its own; it is taken up again by itself.");
const LIMITED = again("rate", "WhatsApp asks to be called less often; the connection is taken up again later.");
const RESTART: Setback = { ...again("network", "WhatsApp asks for a new connection."), isRestart: true };
export const UNSTORED = again("bug", "What WhatsApp delivered could not be stored; make room on the gateway's disk. It is delivered again once there is.");
export const UNREADABLE = again("network", "What came over the connection to WhatsApp can't be read; another one is begun.");

/** By the number with which WhatsApp, or Baileys for it, says why a connection ended. Source: `DisconnectReason` of Baileys. */
const ENDINGS: ReadonlyMap<number, Setback> = new Map([
  [401, UNLINKED], [403, CLOSED], [402, CLOSED], [405, OUTDATED], [406, CLOSED], [411, NO_DEVICES], [429, LIMITED],
  [440, REPLACED], [515, RESTART], [428, LOST], [408, UNREACHABLE], [500, BUSY], [503, BUSY],
]);

export const judgeEnding = (status: number | undefined, wasOpen: boolean): Setback => {
  const setback = ENDINGS.get(status ?? 0) ?? BUSY;
  return wasOpen && setback === UNREACHABLE ? LOST : setback;
};

/** What became of a message that was handed to WhatsApp. */
export type Handed =
  | { readonly kind: "taken" }
  /** WhatsApp's server says no, by a number. */
  | { readonly kind: "rejected"; readonly code: number }
  /** It never left. */
  | { readonly kind: "unsent" }
  /** It may have arrived. */
  | { readonly kind: "unanswered" }
  | Refused;

export const NOT_LINKED = refused("not-linked", `This WhatsApp account is not linked; ${LINK}.`);
export const NO_CHAT = refused("unknown-target", "There is no such chat at WhatsApp: the number has no WhatsApp, or the group is not one of this account's.");
const FORBIDDEN = refused("forbidden", "WhatsApp does not let this account write here: it may not be in the group any more, or is blocked.");
const RESTRICTED = refused("forbidden", "WhatsApp does not let this account begin new chats for now; whoever writes to it can be answered.");
export const MALFORMED = refused("invalid", "WhatsApp finds this message wrong in its form.");

function refusalOf(code: number): Refused | undefined {
  if (code === 401 || code === 403) return FORBIDDEN;
  if (code === 404 || code === 406) return NO_CHAT;
  if (code === 463) return RESTRICTED;
  return code >= 400 && code < 500 && code !== 408 && code !== 429 ? MALFORMED : undefined;
}

const RATE_MS = 30_000;

export function judgeSend(handed: Exclude<Handed, { kind: "taken" }>): Exclude<Receipt, { kind: "delivered" | "accepted" }> {
  switch (handed.kind) {
    case "rejected":
      if (handed.code === 429) return { kind: "later", reason: "WhatsApp asks to be sent less.", retryAfterMs: RATE_MS, scope: "account" };
      return refusalOf(handed.code) ?? { kind: "later", reason: "WhatsApp could not take the message for now.", scope: "message" };
    case "unsent":
      return { kind: "later", reason: "The connection to WhatsApp broke before the message was sent.", scope: "account" };
    case "unanswered":
      return { kind: "unknown", reason: "The connection to WhatsApp broke before it said whether it has the message." };
    default:
      return handed;
  }
}

/** What can be repeated without harm is. */
export function judgeAction(handed: Handed): ActionOutcome {
  if (handed.kind === "taken") return { kind: "done" };
  const receipt = judgeSend(handed);
  return receipt.kind === "unknown" ? { kind: "later", reason: receipt.reason, scope: "message" } : receipt;
}

/** The number that Baileys gives with an error, where it gives one. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { readonly output?: { readonly statusCode?: unknown } } | undefined)?.output?.statusCode;
  return typeof status === "number" ? status : undefined;
}
