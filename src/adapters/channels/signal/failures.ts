import { countOf, fieldsOf, listOf, textOf, type Fields } from "../../../domain/foreign-fields.js";
import type { ChannelState, ChannelTrouble } from "../../../domain/messaging/channel-status.js";
import type { ActionOutcome, Postponed, Receipt, RefusalCode, Refused } from "../../../domain/messaging/outbound.js";

/** How a call of the daemon can fail. */
export type CallFailure =
  /** signal-cli has understood it, and says no. `data` holds what became of each recipient, where it came so far. */
  | { readonly kind: "error"; readonly code: number; readonly message: string; readonly data?: unknown }
  /** Whatever answers there refused the request as such. */
  | { readonly kind: "status"; readonly status: number }
  /** It never left this host. */
  | { readonly kind: "unsent" }
  /** It may have arrived: no answer came, or none that signal-cli would give. */
  | { readonly kind: "unanswered"; readonly because: "broken" | "late" | "unreadable" | "cancelled" };

/** Something that only a person can do, while all else works. */
export interface OperatorStep {
  readonly key: string;
  readonly trouble: ChannelTrouble;
  readonly message: string;
}

const CODES = { unexpected: -2, io: -3, untrusted: -4, rateLimit: -5, captchaRejected: -6, invalidParams: -32_602, internal: -32_603, unknownMethod: -32_601 } as const;
/** Signal seldom says how long. */
const RETRY_MS = 30_000;
const CAPTCHA_RETRY_MS = 15 * 60_000;

const refused = (code: RefusalCode, reason: string): Refused => ({ kind: "refused", code, reason });
const later = (reason: string, scope: Postponed["scope"], retryAfterMs?: number): Postponed => ({ kind: "later", reason, scope, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });

export const NOT_LINKED = refused("not-linked", "The Signal account is not linked; link it with openclaw channels login signal.");
export const UNTRUSTED = "Signal's safety number of this person has changed, so that signal-cli sends them nothing: compare it with them, then have signal-cli trust it (its method trust).";

/** What signal-cli's sentences say; the first that fits. Its sentences may name people, so none of them is passed on. */
const REFUSALS: readonly (readonly [RegExp, RefusalCode, string])[] = [
  [/unregistered|not registered|no such user|unknown recipient|invalid (?:phone )?number|recipient .*format|username .*(?:not found|invalid)/iu, "unknown-target", "Signal knows nobody under this address: check the number or the id."],
  [/(?:group|GroupId).*(?:not found|invalid|unknown)|(?:not found|invalid|unknown).*group/iu, "unknown-target", "The account knows no such group; somebody in it has to add the account."],
  [/not (?:a )?(?:group )?member|not in (?:the )?group/iu, "forbidden", "The account is not in this group any more; somebody in it has to add it again."],
  [/only admins|not allowed|announcement|permission/iu, "forbidden", "In this group only administrators may write; make the account one."],
  [/untrusted/iu, "forbidden", UNTRUSTED],
  [/attachment.*(?:too large|size|limit)/iu, "too-large", "The file is larger than Signal takes."],
  [/attachment/iu, "invalid", "signal-cli could not read the file; attach it anew."],
];

/** The daemon does not know the account, or Signal does not know it any more. */
export function isVoid(failure: CallFailure): boolean {
  if (failure.kind !== "error") return false;
  const { code, message } = failure;
  if (code === CODES.invalidParams) return /account/iu.test(message);
  return /AuthorizationFailed|\bUser is not registered|DeviceDeactivated|NotRegisteredException/iu.test(message);
}

export const isUnknownMethod = (failure: CallFailure): boolean => failure.kind === "error" && failure.code === CODES.unknownMethod;

/** What became of a message. */
export function judgeSend(failure: CallFailure): Receipt {
  switch (failure.kind) {
    case "unsent":
      return later("signal-cli cannot be reached; the message waits until it can.", "account");
    case "unanswered":
      return { kind: "unknown", reason: failure.because === "cancelled" ? "The message was given up while signal-cli may have sent it already." : "The connection to signal-cli broke before it said whether the message was sent." };
    case "status":
      return failure.status >= 500 ? { kind: "unknown", reason: `signal-cli failed at this and may have sent it all the same (status ${failure.status}).` } : later(statusSentence(failure.status), "account");
    case "error":
      return judgeError(failure);
  }
}

function judgeError(failure: Extract<CallFailure, { kind: "error" }>): Receipt {
  const { code, message, data } = failure;
  if (isVoid(failure)) return NOT_LINKED;
  const results = resultsIn(fieldsOf(data)?.["response"]);
  if (code === CODES.rateLimit || code === CODES.captchaRejected || hasAny(results, "RATE_LIMIT_FAILURE")) return limitedBy(results, code);
  if (code === CODES.untrusted || hasAny(results, "IDENTITY_FAILURE")) return refused("forbidden", UNTRUSTED);
  if (hasAny(results, "UNREGISTERED_FAILURE")) return refused("unknown-target", "Signal knows nobody under this address: check the number or the id.");
  if (code === CODES.io || code === CODES.unexpected || code === CODES.internal || hasAny(results, "NETWORK_FAILURE")) return judgeBreak(message);
  if (code === CODES.unknownMethod) return refused("unsupported", "This signal-cli cannot do that; update it.");
  const [, refusal, reason] = REFUSALS.find(([says]) => says.test(message)) ?? [];
  if (refusal !== undefined && reason !== undefined) return refused(refusal, reason);
  return refused("invalid", `signal-cli refused this request (error ${code}).`);
}

/** Where signal-cli says that it came not even so far as a connection, nothing was sent; else nobody knows. */
const judgeBreak = (message: string): Receipt =>
  /UnknownHost|ConnectException|NoRouteToHost|Connection refused|Unable to resolve/iu.test(message)
    ? later("signal-cli cannot reach Signal; check the network of its host.", "account")
    : { kind: "unknown", reason: "signal-cli lost its connection to Signal and may have sent the message all the same." };

function limitedBy(results: readonly Fields[], code: number): Postponed {
  const seconds = Math.max(0, ...results.map((result) => countOf(result["retryAfterSeconds"]) ?? 0));
  const isCaptcha = code === CODES.captchaRejected || results.some((result) => textOf(result["token"]) !== undefined);
  // Signal means a day by itself, and a moment once the captcha is solved.
  const retryAfterMs = isCaptcha ? CAPTCHA_RETRY_MS : seconds > 0 ? seconds * 1_000 : RETRY_MS;
  return later(isCaptcha ? "Signal wants a captcha to be solved before this account sends more; the channel's status says how." : "Signal lets this account send no more for now.", "account", retryAfterMs);
}

/** What became of an edit, a removal, a reaction: harmless to repeat where nobody knows. */
export function judgeAction(failure: CallFailure): ActionOutcome {
  const receipt = judgeSend(failure);
  if (receipt.kind === "refused" || receipt.kind === "later") return receipt;
  return later(receipt.kind === "unknown" ? receipt.reason : "signal-cli did not answer.", "message", RETRY_MS);
}

/** What became of each recipient of a command that sends. */
export const resultsIn = (response: unknown): readonly Fields[] => listOf(fieldsOf(response)?.["results"]);

const hasAny = (results: readonly Fields[], type: string): boolean => results.some((result) => result["type"] === type);

/** Which steps of an operator a command's answer asks for, whether or not it failed as a whole. */
export function stepsIn(outcome: { readonly kind: "ok"; readonly result: unknown } | CallFailure, to: string): readonly OperatorStep[] {
  if (outcome.kind !== "ok" && outcome.kind !== "error") return [];
  const results = resultsIn(outcome.kind === "ok" ? outcome.result : fieldsOf(outcome.data)?.["response"]);
  const token = results.map((result) => textOf(result["token"])).find((found) => found !== undefined);
  const isRejected = outcome.kind === "error" && outcome.code === CODES.captchaRejected;
  const people = results.filter(({ type }) => type === "IDENTITY_FAILURE").map(({ recipientAddress }) => personIn(recipientAddress) ?? to);
  if (outcome.kind === "error" && outcome.code === CODES.untrusted && people.length === 0) people.push(to);
  return [...(token !== undefined || isRejected ? [captchaStep(token)] : []), ...people.map(untrustedStep)];
}

export const personIn = (address: unknown): string | undefined => {
  const { uuid, number } = fieldsOf(address) ?? {};
  return textOf(uuid) ?? textOf(number);
};

const captchaStep = (token: string | undefined): OperatorStep => ({
  key: "captcha", trouble: "rate",
  message: `Signal wants a captcha before this account sends more: solve it at https://signalcaptchas.org/challenge/generate.html and give its token to signal-cli's method submitRateLimitChallenge${token !== undefined && /^[\w-]{1,128}$/u.test(token) ? `, with the challenge ${token}` : ""}.`,
});

export const untrustedStep = (person: string): OperatorStep => ({
  key: `untrusted:${person}`, trouble: "conflict",
  message: `Signal's safety number of ${/^[+\w-]{1,64}$/u.test(person) ? person : "somebody"} has changed, so that nothing goes to them or comes from them: compare it with them, then have signal-cli trust it (its method trust).`,
});

export interface Setback {
  readonly state: Extract<ChannelState, "backing-off" | "degraded" | "needs-operator">;
  readonly trouble: ChannelTrouble;
  readonly message: string;
  readonly retryAfterMs?: number;
}

export const UNLINKED: Setback = {
  state: "needs-operator", trouble: "credentials",
  message: "signal-cli has no such account, or Signal has unlinked it; link it with openclaw channels login signal.",
};

export const SILENT: Setback = { state: "backing-off", trouble: "network", message: "signal-cli has fallen silent on an open connection; the gateway connects anew." };
export const BROKEN: Setback = { state: "backing-off", trouble: "network", message: "The connection to signal-cli broke; the gateway connects again by itself." };

const statusSentence = (status: number): string =>
  status === 421
    ? "signal-cli does not answer under this name; write httpUrl with the address that its --http names, such as http://127.0.0.1:8080."
    : `What answers at signal-cli's address is not its daemon (status ${status}); check httpUrl, or httpHost and httpPort.`;

/** What stands in the way of the way in. */
export function judgeSetback(failure: CallFailure): Setback {
  if (isVoid(failure)) return UNLINKED;
  switch (failure.kind) {
    case "unsent":
      return { state: "backing-off", trouble: "network", message: "signal-cli cannot be reached; start its daemon, or check httpUrl." };
    case "unanswered":
      if (failure.because === "unreadable") return { state: "backing-off", trouble: "network", message: statusSentence(200) };
      return { state: "backing-off", trouble: "network", message: "signal-cli did not answer in time, or the connection broke; it is tried again by itself." };
    case "status":
      return { state: "backing-off", trouble: failure.status === 421 ? "bug" : "network", message: failure.status >= 500 ? `signal-cli is out of order (status ${failure.status}); it is tried again by itself.` : statusSentence(failure.status) };
    case "error":
      return { state: "backing-off", trouble: "network", message: `signal-cli answered with an error (${failure.code}); it is tried again by itself.` };
  }
}
