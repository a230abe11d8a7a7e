/** What an error of the gateway or of the way to it carries. */
export interface ErrorFacts {
  /** The gateway's own code, or one of {@link ClientCode}. */
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  readonly payload?: unknown;
  readonly cause?: unknown;
}

/**
 * Codes that this client gives itself.
 * `UNREACHABLE`: nobody answered. `TIMEOUT`: no answer in time. `CLOSED`: the connection ended first, or there is none.
 * `STOPPED`: the attempt was called off. `HTTP_REFUSED`: the upgrade was answered with an HTTP status. `BAD_FRAME`: the
 * peer does not speak this protocol. `BAD_SETUP_CODE`: what was given is no setup code, or cannot be used here. `TOO_LARGE`: more than the gateway takes in one frame. `QUEUE_FULL`: too many calls
 * wait for a connection.
 */
export const CLIENT_CODES = [
  "UNREACHABLE",
  "TIMEOUT",
  "CLOSED",
  "STOPPED",
  "HTTP_REFUSED",
  "BAD_FRAME",
  "BAD_URL",
  "INSECURE_URL",
  "BAD_SETUP_CODE",
  "TLS_FAILED",
  "TLS_FINGERPRINT_MISMATCH",
  "TOO_LARGE",
  "QUEUE_FULL",
] as const;
export type ClientCode = (typeof CLIENT_CODES)[number];

/** A request that was refused or never answered. */
export class GatewayError extends Error {
  override readonly name: string = "GatewayError";
  readonly code: string;
  readonly details: unknown;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  /** A failed run answers with a payload beside its error. */
  readonly payload: unknown;

  constructor(facts: ErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.details = facts.details;
    this.retryable = facts.retryable ?? false;
    this.retryAfterMs = facts.retryAfterMs;
    this.payload = facts.payload;
  }

  /** `details.code`: the finer code that protocol 4 gives. */
  get detailCode(): string | undefined {
    return textField(this.details, "code");
  }
}

/** What became of a request whose connection ended: nobody can tell, or it never left. */
export type LostOutcome = "unknown" | "not-sent";

/**
 * A request without an answer, since its connection ended or there is none (`code` is `CLOSED`). With `outcome: "unknown"`
 * the gateway may or may not have carried it out.
 */
export class ConnectionLostError extends GatewayError {
  override readonly name: string = "ConnectionLostError";
  readonly method: string;
  readonly outcome: LostOutcome;
  /** Of the connection that ended; absent where there was none. */
  readonly closeCode: number | undefined;

  constructor(facts: Omit<ErrorFacts, "code"> & { method: string; outcome: LostOutcome; closeCode?: number }) {
    super({ ...facts, code: "CLOSED" });
    this.method = facts.method;
    this.outcome = facts.outcome;
    this.closeCode = facts.closeCode;
  }
}

/** What the owner must do before this device is let in. */
export interface PairingHint {
  readonly requestId: string;
  /** The command that approves the request, to be run on the gateway's host. */
  readonly command: string;
  readonly reason?: string;
  /** Milliseconds since the epoch, by the gateway's clock. Absent where the gateway does not say. */
  readonly expiresAtMs?: number;
}

/** Why there is no connection. Secrets are never part of it. */
export class ConnectError extends GatewayError {
  override readonly name: string = "ConnectError";
  readonly url: string;
  readonly closeCode: number | undefined;
  readonly closeReason: string | undefined;
  readonly httpStatus: number | undefined;
  readonly pairing: PairingHint | undefined;

  constructor(facts: ErrorFacts & { url: string; closeCode?: number; closeReason?: string; httpStatus?: number }) {
    super(facts);
    this.url = facts.url;
    this.closeCode = facts.closeCode;
    this.closeReason = facts.closeReason;
    this.httpStatus = facts.httpStatus;
    this.pairing = pairingHint(this);
  }
}

const field = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;

export function textField(value: unknown, key: string): string | undefined {
  const found = field(value, key);
  return typeof found === "string" ? found : undefined;
}

export function numberField(value: unknown, key: string): number | undefined {
  const found = field(value, key);
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}

function pairingHint(error: ConnectError): PairingHint | undefined {
  if (error.code !== "NOT_PAIRED") return undefined;
  const requestId = textField(error.details, "requestId") ?? /\(requestId: ([^)]+)\)/.exec(error.closeReason ?? "")?.[1];
  // The command is built here and not taken from the peer: people paste it into a shell.
  if (requestId === undefined || !/^[\w.:-]{1,128}$/.test(requestId) || requestId.startsWith("-")) return undefined;
  const reason = textField(error.details, "reason");
  const expiresAtMs = numberField(error.details, "expiresAtMs");
  return {
    requestId,
    command: `openclaw devices approve ${requestId}`,
    ...(reason === undefined ? {} : { reason }),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  };
}
