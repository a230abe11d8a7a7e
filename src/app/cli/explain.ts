import type { ConnectError, GatewayError } from "../../client/errors.js";
import { printable } from "../../domain/text/printable.js";
import { CliFailure, EXIT } from "./io.js";
import { duration } from "./output.js";
import type { Target } from "./target.js";

interface Explanation {
  readonly message: string;
  readonly hints: readonly string[];
}

// By name, not by class: the client is loaded only when a command connects, and may be a copy in another bundle.
const isConnectError = (error: unknown): error is ConnectError => error instanceof Error && error.name === "ConnectError";
const GATEWAY_ERRORS = new Set(["GatewayError", "ConnectError", "ConnectionLostError"]);
const isGatewayError = (error: unknown): error is GatewayError => error instanceof Error && GATEWAY_ERRORS.has(error.name);

/** Turns why there is no connection into what to do about it. What it does not know passes through. */
export function explainConnect(error: unknown, target: Target, nowMs: number): unknown {
  if (error instanceof Error && error.name === "PrivateFileError") return new CliFailure(printable(error.message, 600), { code: "PRIVATE_FILE", cause: error });
  if (!isConnectError(error)) return error;
  const { message, hints } = explanation(error, target, nowMs);
  return new CliFailure(message, { exitCode: exitCodeOf(error), code: error.detailCode ?? error.code, hints, details: error.details, cause: error });
}

/** Turns a refused request into a failure. */
export function explainRefusal(error: unknown): unknown {
  if (!isGatewayError(error)) return error;
  const hints = error.retryAfterMs === undefined ? [] : [`Try again in ${duration(error.retryAfterMs)}.`];
  if (error.detailCode === "MISSING_SCOPE" || /missing scope/.test(error.message)) {
    hints.push("This device was let in for less. On the gateway's host, see: openclaw devices list", "To let it in for more: openclaw devices invite --profile full, there, and openclaw devices join --profile full <code>, here.");
  }
  const message = `${printable(error.message, 600)} (${printable(error.code, 40)})`;
  return new CliFailure(message, { exitCode: exitCodeOf(error), code: error.detailCode ?? error.code, hints, details: error.details, cause: error });
}

const TRY_AGAIN = new Set(["UNREACHABLE", "TIMEOUT", "CLOSED", "AGENT_TIMEOUT"]);

const exitCodeOf = (error: GatewayError): number => (error.retryable || TRY_AGAIN.has(error.code) ? EXIT.tryAgain : EXIT.failed);

function explanation(error: ConnectError, target: Target, nowMs: number): Explanation {
  if (error.pairing) return pairingNeeded(error, nowMs);
  if (error.code === "UNREACHABLE" || error.code === "TIMEOUT") return unreachable(error, target);
  const code = error.detailCode ?? "";
  const said = printable(error.message, 400);
  if (code === "AUTH_BOOTSTRAP_TOKEN_INVALID") return { message: said, hints: SPENT_CODE };
  if (/^AUTH_(TOKEN|PASSWORD|DEVICE_TOKEN)_|^AUTH_(REQUIRED|UNAUTHORIZED)$/.test(code) || error.message.startsWith("unauthorized")) {
    return code === "AUTH_RATE_LIMITED" || /too many/.test(error.message) ? lockedOut(error) : { message: said, hints: secretHints(code, target) };
  }
  if (code === "DEVICE_AUTH_SIGNATURE_EXPIRED") return { message: said, hints: ["The clocks of the two hosts differ too much."] };
  if (code === "PROTOCOL_MISMATCH" || /protocol mismatch/.test(error.message)) {
    return { message: "The gateway speaks neither protocol 3 nor 4.", hints: ["Update whichever of the two is older."] };
  }
  if (error.httpStatus === 403) return { message: said, hints: ["The gateway does not know this host name: see gateway.allowedHosts in its configuration."] };
  if (error.httpStatus === 429 || error.httpStatus === 503) return { message: said, hints: waitHint(error) };
  return { message: said, hints: waitHint(error) };
}

const SPENT_CODE: readonly string[] = [
  "A setup code pairs one device, within ten minutes, and opens no more than its profile says.",
  "Make another one on the gateway's host: openclaw devices invite",
];

const waitHint = ({ retryAfterMs, retryable }: ConnectError): readonly string[] =>
  retryAfterMs === undefined ? (retryable ? ["Try again in a moment."] : []) : [`Try again in ${duration(retryAfterMs)}.`];

const lockedOut = (error: ConnectError): Explanation => ({
  message: "Too many failed attempts came from this address, so the gateway does not listen to it for now.",
  hints: waitHint(error),
});

function unreachable(error: ConnectError, target: Target): Explanation {
  if (error.code === "TIMEOUT") return { message: error.message, hints: ["Something may be in its way, or it is very busy. --timeout <ms> waits longer."] };
  if (target.kind === "local") return { message: `No gateway answers at ${printable(error.url, 200)}.`, hints: ["Start one with: openclaw gateway"] };
  return { message: printable(error.message, 1000), hints: ["Check that it runs and that the address is right."] };
}

const PAIRING_REASONS: Readonly<Record<string, string>> = {
  "not-paired": "The gateway does not know this device yet.",
  "role-upgrade": "This device asks for a role that it was not approved for.",
  "scope-upgrade": "This device asks for more than it was approved for.",
  "metadata-upgrade": "This device describes itself differently than when it was approved.",
};

function pairingNeeded(error: ConnectError, nowMs: number): Explanation {
  const { pairing } = error;
  const left = pairing?.expiresAtMs === undefined ? undefined : pairing.expiresAtMs - nowMs;
  const reason = pairing?.reason !== undefined && Object.hasOwn(PAIRING_REASONS, pairing.reason) ? PAIRING_REASONS[pairing.reason] : undefined;
  return {
    message: `Pairing required. ${reason ?? "The gateway's owner must approve this device."}`,
    hints: [
      `On the gateway's host run: ${pairing?.command ?? "openclaw devices list"}`,
      // The other host's clock may be far off; then the number would only mislead.
      left !== undefined && left > 0 && left <= 3_600_000 ? `The request expires in ${duration(left)}. Then run this command again.` : "Then run this command again.",
    ],
  };
}

/** Which key or variable holds the secret that was missing or wrong. */
function secretHints(code: string, target: Target): readonly string[] {
  const what = code.includes("PASSWORD") ? "password" : "token";
  const sent = code.includes("PASSWORD") ? target.password : target.token;
  if (code === "AUTH_DEVICE_TOKEN_MISMATCH") {
    return ["The token that this gateway had issued to this device is no longer valid and was forgotten.", ...howToGive(what, target)];
  }
  if (sent) return [`The ${what} from ${sent.from} is not this gateway's.`, ...howToGive(what, target)];
  return howToGive(what, target);
}

function howToGive(what: "token" | "password", target: Target): readonly string[] {
  if (target.kind === "flag") return [`With --url, configured credentials are never sent. Pass --${what} too.`];
  const key = `gateway.${target.kind === "remote" ? "remote" : "auth"}.${what}`;
  const file = target.configPath === undefined ? "the configuration" : printable(target.configPath, 200);
  return [`Pass --${what}, set OPENCLAW_GATEWAY_${what.toUpperCase()}, or set ${key} in ${file}.`];
}
