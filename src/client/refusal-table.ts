import { CLIENT_CODES, ConnectError, numberField, textField, type GatewayError } from "./errors.js";

/** What a reconnecting client does after an attempt that failed. */
export type NextMove =
  | { readonly kind: "wait"; readonly atLeastMs: number }
  /** More attempts would only repeat the refusal: somebody has to act. `hint` says how. */
  | { readonly kind: "pause"; readonly hint: string };

/** Refusals that no number of attempts changes, and what does. */
export const PAUSES: Readonly<Record<string, string>> = {
  AUTH_TOKEN_MISSING: "Give the client the gateway's token.",
  AUTH_TOKEN_MISMATCH: "Give the client the gateway's own token: this one is not it.",
  AUTH_PASSWORD_MISSING: "Give the client the gateway's password.",
  AUTH_PASSWORD_MISMATCH: "Give the client the gateway's own password: this one is not it.",
  AUTH_BOOTSTRAP_TOKEN_INVALID: "Ask for a new setup code: this one was used, has expired, or opens less than was asked for. On the gateway's host: openclaw devices invite",
  AUTH_DEVICE_TOKEN_MISMATCH: "The gateway no longer knows this device's token, which is now forgotten. Give the client the gateway's token or password, or start again to be paired anew.",
  AUTH_SCOPE_MISMATCH: "This device's token grants other scopes than were asked for: ask for fewer, or have the device approved again.",
  AUTH_RATE_LIMITED: "Too many wrong credentials came from this address: mend them, wait, then start again.",
  AUTH_IDENTITY_HEADER_REQUIRED: "The gateway lets in whom its proxy vouches for: connect through that proxy.",
  AUTH_VERIFIED_USER_REQUIRED: "The gateway lets in verified users only: sign in where it expects you to.",
  PAIRING_REQUIRED: "Approve this device on the gateway's host, then start again.",
  DEVICE_IDENTITY_REQUIRED: "Give the client a device identity.",
  CONTROL_UI_DEVICE_IDENTITY_REQUIRED: "Open the page over HTTPS or on localhost: only there can it have a device identity.",
  PROTOCOL_MISMATCH: "Client and gateway speak different protocols: update the older one, or reload the page.",
  CLIENT_VERSION_MISMATCH: "Update this client to the gateway's version.",
  INVALID_ROLE: "The gateway knows no such role: ask for `operator` or `node`.",
  INVALID_CONNECT_PARAMS: "The gateway does not take what this client says of itself: correct its options, or update the older of the two.",
  BAD_URL: "Correct the gateway's URL.",
  INSECURE_URL: "Use wss://, or a gateway on this host.",
  TLS_FINGERPRINT_MISMATCH: "The gateway's certificate is not the pinned one. Find out why before you pin another.",
};

/** What is said in words only: all of it by gateways of protocol 3, the last two by every gateway. */
const BY_MESSAGE: readonly (readonly [RegExp, string])[] = [
  [/^unauthorized: gateway token missing/, "AUTH_TOKEN_MISSING"],
  [/^unauthorized: gateway token mismatch/, "AUTH_TOKEN_MISMATCH"],
  [/^unauthorized: gateway password missing/, "AUTH_PASSWORD_MISSING"],
  [/^unauthorized: gateway password mismatch/, "AUTH_PASSWORD_MISMATCH"],
  [/^unauthorized: device token mismatch/, "AUTH_DEVICE_TOKEN_MISMATCH"],
  [/^unauthorized: bootstrap token invalid/, "AUTH_BOOTSTRAP_TOKEN_INVALID"],
  [/^device identity required/, "DEVICE_IDENTITY_REQUIRED"],
  [/^control ui requires/, "CONTROL_UI_DEVICE_IDENTITY_REQUIRED"],
  [/^pairing required/, "PAIRING_REQUIRED"],
  [/^protocol mismatch/, "PROTOCOL_MISMATCH"],
  [/^invalid role/, "INVALID_ROLE"],
  [/^invalid connect params/, "INVALID_CONNECT_PARAMS"],
];

const meaningOf = (text: string): string | undefined => BY_MESSAGE.find(([words]) => words.test(text))?.[1];

/**
 * The finest name of a refusal that there is: the gateway's detail code, what its words mean, or the error's own code.
 * Where the answer was lost, its words are still the reason of the close.
 */
export function refusalCode(error: GatewayError): string {
  const { closeReason } = error as Partial<ConnectError>;
  const named = error.detailCode ?? meaningOf(error.message) ?? meaningOf(closeReason ?? "");
  return named ?? (error.code === "NOT_PAIRED" ? "PAIRING_REQUIRED" : error.code);
}

// A wrong number must not put a client to sleep for good.
const MAX_WAIT_MS = 3_600_000;

function askedWaitMs(error: GatewayError): number {
  const ms = error.retryAfterMs ?? numberField(error.details, "retryAfterMs") ?? 0;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), MAX_WAIT_MS) : 0;
}

const wantsToBeAskedAgain = ({ details }: GatewayError): boolean =>
  (details as { pauseReconnect?: unknown } | undefined)?.pauseReconnect === false ||
  textField(details, "recommendedNextStep") === "wait_then_retry";

const isOurs = new Set<string>(CLIENT_CODES);

/**
 * What follows a failed attempt. `wasInvalidated`: the connection before it was closed with 4001, so that a refusal is
 * the gateway's last word unless it says otherwise.
 */
export function judgeFailure(error: unknown, { wasInvalidated }: { readonly wasInvalidated: boolean }): NextMove {
  if (!(error instanceof ConnectError)) {
    return { kind: "pause", hint: "This device's key or tokens cannot be read or kept. Mend that, then start again." };
  }
  const code = refusalCode(error);
  const atLeastMs = askedWaitMs(error);
  const wait: NextMove = { kind: "wait", atLeastMs };
  if (code === "PAIRING_REQUIRED" && wantsToBeAskedAgain(error)) return wait;
  if (code === "AUTH_RATE_LIMITED" && atLeastMs > 0) return wait;
  if (Object.hasOwn(PAUSES, code)) return { kind: "pause", hint: hintFor(code, error) };
  const isFinal = wasInvalidated && !error.retryable && !isOurs.has(error.code);
  return isFinal ? { kind: "pause", hint: "The gateway withdrew this client's access and does not let it in again. Ask its owner." } : wait;
}

function hintFor(code: string, { pairing }: ConnectError): string {
  const hint = PAUSES[code] ?? "";
  return code === "PAIRING_REQUIRED" && pairing ? `Approve this device on the gateway's host: ${pairing.command}` : hint;
}
