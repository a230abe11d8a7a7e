import type { ChannelState, ChannelTrouble } from "../../../domain/messaging/channel-status.js";
import type { ActionOutcome, Postponed, Receipt, RefusalCode, Refused } from "../../../domain/messaging/outbound.js";
import type { Fields } from "./fields.js";

/** How a request to imsg can fail. */
export type CallFailure =
  /** It says no. */
  | { readonly kind: "answered"; readonly code: number; readonly message: string; readonly data: Fields }
  /** It never left this process. */
  | { readonly kind: "unsent" }
  /** It may have been carried out. */
  | { readonly kind: "unanswered"; readonly because: "broken" | "late" | "cancelled" };

type Answered = Extract<CallFailure, { kind: "answered" }>;

export const CODES = { methodNotFound: -32_601, invalidParams: -32_602, internal: -32_603, busy: -32_000, outcomeUnknown: -32_001, noDatabase: -32_002, noBridge: -32_003, blocked: -32_004 } as const;

const BUSY_MS = 5_000;

const refused = (code: RefusalCode, reason: string): Refused => ({ kind: "refused", code, reason });
const later = (reason: string, scope: Postponed["scope"], retryAfterMs?: number): Postponed => ({ kind: "later", reason, scope, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });

const WHO = "the program that starts the gateway (a terminal, node, or for a connection by ssh sshd-keygen-wrapper)";

export const NO_DISK_ACCESS = `macOS does not let imsg read Messages. On the Mac that Messages runs on, open System Settings, Privacy & Security, Full Disk Access, allow ${WHO}, start that anew, and restart this channel.`;
export const NO_AUTOMATION = `macOS does not let imsg control Messages, so that nothing can be sent. On the Mac that Messages runs on, open System Settings, Privacy & Security, Automation, and allow Messages for ${WHO}.`;
const NO_DATABASE = "imsg finds no database of Messages: sign in to Messages on that Mac, under the user that runs imsg, or set dbPath.";

export const NOT_LINKED = refused("not-linked", NO_DISK_ACCESS);
export const STOPPED: Postponed = later("The iMessage channel is stopped; start it.", "account");
export const AWAY: Postponed = later("imsg is not running at the moment; the message waits until it is.", "account");

/** What imsg says for an operator holds addresses and paths, so that it is recognised and never repeated. */
const DISK = /full disk access|authorization denied|operation not permitted|permission ?denied|permission error|cannot access messages/iu;
const AUTOMATION = /-1743|not authori[sz]ed to send apple ?events|automation permission/iu;
const UNKNOWN_CHAT = /-1728|can.t get (?:buddy|participant|chat|service)|unknown chat|chat (?:was )?not found|no such chat|unreachable|unresolved|not (?:an? |registered|reachable)[^.]{0,30}imessage|invalid (?:chat|recipient|address)/iu;
const UNKNOWN_MESSAGE = /message (?:was )?not found|no such message|unknown message/iu;
const TOO_LATE = /too (?:old|late)|time ?limit|edit limit|can(?:no|')t be (?:edited|unsent|retracted)/iu;
const FILE = /attachment|file|path|staging/iu;

export const isDiskDenial = (text: string): boolean => DISK.test(text);
export const isAutomationDenial = (failure: CallFailure): boolean => failure.kind === "answered" && AUTOMATION.test(failure.message + detailOf(failure));

const detailOf = ({ data }: Answered): string => (typeof data["detail"] === "string" ? ` ${data["detail"]}` : "");

/** Whether it is certain that nothing was sent. */
export function isUnsent(failure: CallFailure): boolean {
  if (failure.kind !== "answered") return failure.kind === "unsent";
  const { code, data } = failure;
  if (data["retry_safe"] === true || data["disposition"] === "not_started") return true;
  if (isAutomationDenial(failure) || UNKNOWN_CHAT.test(failure.message)) return code !== CODES.outcomeUnknown;
  return code !== CODES.outcomeUnknown && code !== CODES.internal;
}

function refusalOf(failure: Answered): Refused | undefined {
  const text = failure.message + detailOf(failure);
  if (AUTOMATION.test(text)) return refused("forbidden", NO_AUTOMATION);
  if (failure.code === CODES.noBridge) return refused("unsupported", "Messages' bridge is not running on the Mac; start it there with imsg launch.");
  if (failure.code === CODES.methodNotFound) return refused("unsupported", "This version of imsg can't do that; update it on the Mac.");
  if (UNKNOWN_MESSAGE.test(text)) return refused("unknown-target", "Messages knows no such message in this chat.");
  if (UNKNOWN_CHAT.test(text)) return refused("unknown-target", "Messages knows no such chat, or this person has no iMessage; with service \"sms\" an iPhone has to forward text messages to the Mac.");
  if (TOO_LATE.test(text)) return refused("forbidden", "Messages does not let this message be changed any more.");
  if (failure.code !== CODES.invalidParams) return undefined;
  if (FILE.test(text)) return refused("invalid", "imsg can't read the file that is to be sent; where cliPath leads to another Mac, set remoteHost, since files can't be sent there.");
  return refused("invalid", "imsg does not take this request; update it on the Mac.");
}

/** What has become of a message. */
export function judgeSend(failure: CallFailure): Receipt {
  if (failure.kind === "unsent") return AWAY;
  if (failure.kind === "unanswered") {
    if (failure.because === "cancelled") return { kind: "unknown", reason: "The message was given up while Messages may have had it already." };
    return { kind: "unknown", reason: failure.because === "late" ? "Messages did not say in time whether it has sent the message." : "imsg ended before it said whether Messages has sent the message." };
  }
  const { code } = failure;
  if (code === CODES.outcomeUnknown) return { kind: "unknown", reason: "Messages does not show whether it has sent the message; look into the chat on the Mac." };
  const refusal = refusalOf(failure);
  if (refusal !== undefined) return refusal;
  if (code === CODES.busy) return later("Messages is busy with what is being sent; the message waits.", "account", BUSY_MS);
  if (code === CODES.blocked) return later("An earlier message is stuck in Messages; imsg is started anew.", "account", BUSY_MS);
  if (code === CODES.noDatabase) return later("imsg can't read Messages' database at the moment.", "account");
  return isUnsent(failure) ? later("Messages could not begin to send; the message is tried again.", "message") : { kind: "unknown", reason: "imsg failed while Messages may have sent the message; look into the chat on the Mac." };
}

/** What has become of an edit, a removal, a reaction. Repeating them is harmless. */
export function judgeAction(failure: CallFailure): ActionOutcome {
  const receipt = judgeSend(failure);
  if (receipt.kind === "refused" || receipt.kind === "later") return receipt;
  return later("imsg did not say whether it was done; it is tried again.", "message");
}

export interface Setback {
  readonly state: Extract<ChannelState, "backing-off" | "degraded" | "needs-operator">;
  readonly trouble: ChannelTrouble;
  readonly message: string;
}

const setback = (state: Setback["state"], trouble: ChannelTrouble, message: string): Setback => ({ state, trouble, message });

export const UNSTORED = setback("degraded", "bug", "What Messages told could not be stored; make room on the gateway's disk. Nothing is lost: it is read again from Messages' database.");
export const OVERFULL = setback("degraded", "rate", "More messages came at once than the gateway holds; the rest is read again from Messages' database.");
export const BROKEN = setback("needs-operator", "bug", "The iMessage channel failed in a way that it should not; see the log, and restart it.");
export const DEAF = setback("backing-off", "network", "imsg has stopped telling of new messages; it is started anew, and goes on where it was.");
export const STUCK = setback("backing-off", "network", "A message is stuck in Messages, so that imsg is started anew; restart Messages if it lasts.");
export const NO_ACCESS = setback("needs-operator", "credentials", NO_DISK_ACCESS);

/** What stands in the way of the way in. `complaint`: the end of what imsg wrote for people. */
export function judgeSetback(failure: CallFailure, complaint = ""): Setback {
  const said = failure.kind === "answered" ? failure.message + detailOf(failure) : complaint;
  if (DISK.test(said)) return NO_ACCESS;
  if (failure.kind !== "answered") {
    return setback("backing-off", "network", failure.kind === "unanswered" && failure.because === "late" ? "imsg does not answer; it is started anew." : ENDED);
  }
  if (failure.code === CODES.noDatabase || /unable to open database|no such file/iu.test(said)) return setback("backing-off", "credentials", `${NO_DATABASE} If it is there, Full Disk Access is missing: see System Settings, Privacy & Security.`);
  if (failure.code === CODES.methodNotFound) return setback("needs-operator", "bug", "This imsg is too old, or cliPath leads to another program; update imsg on the Mac, and restart this channel.");
  return setback("backing-off", "bug", `imsg refuses to tell of messages (error ${failure.code}); update it on the Mac. It is tried again by itself.`);
}

const ENDED = "imsg has ended by itself; run what cliPath names with the word rpc by hand to see why. It is started anew.";

/** By the system's error code. */
export const judgeLaunch = (code: string): Setback => setback("backing-off", "network", code === "ENOENT"
  ? "There is no program at cliPath: install imsg on this Mac, or set cliPath to it or to a script that runs it on another Mac."
  : `What cliPath names can't be started (${code.replace(/[^A-Z0-9]/gu, "")}); check that it is a program that this user may run.`);
