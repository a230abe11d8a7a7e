import type { GatewayError, ConnectError } from "./errors.js";
import type { Endpoint } from "./endpoint.js";

export interface SharedSecret {
  readonly token?: string;
  readonly password?: string;
}

/** A token that a gateway issued to this device, and the endpoint it came from: nobody else may see it. */
export interface StoredToken {
  readonly token: string;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly endpoint: string;
}

/** Where this device's tokens are kept. One owner per file. */
export interface CredentialStore {
  load(role: string, endpoint: string): Promise<StoredToken | undefined>;
  save(token: StoredToken): Promise<void>;
  /** Forgets the token of that role, if it came from that endpoint. */
  clear(role: string, endpoint: string): Promise<void>;
}

/** The credentials of one connect frame. */
export interface Credentials {
  readonly kind: "shared" | "device-token" | "setup-code" | "none";
  readonly token?: string;
  readonly password?: string;
  readonly deviceToken?: string;
  readonly bootstrapToken?: string;
}

const isGiven = (text: string | undefined): text is string => text !== undefined && text !== "";

const sharedCredentials = ({ token, password }: SharedSecret): Credentials => ({
  kind: "shared",
  ...(isGiven(token) ? { token } : {}),
  ...(isGiven(password) ? { password } : {}),
});

// Gateways of protocol 3 know `token` only; those of 4 read `deviceToken`, and both verify the signature over `token`.
const deviceCredentials = (stored: StoredToken): Credentials => ({
  kind: "device-token",
  token: stored.token,
  deviceToken: stored.token,
});

const hasSecret = ({ token, password }: SharedSecret): boolean => isGiven(token) || isGiven(password);

export interface Held {
  readonly secret: SharedSecret;
  readonly stored: StoredToken | undefined;
  /** Of a setup code that was not used yet. */
  readonly bootstrapToken?: string | undefined;
  /** More is asked for than the stored token was issued for. */
  readonly wantsMore: boolean;
}

/**
 * The owner's secret wins over a stored token: it is what the person asked for. A setup code is spent by its use, so it
 * waits where there is a token that will do, and goes alone.
 */
export function firstCredentials({ secret, stored, bootstrapToken, wantsMore }: Held): Credentials {
  if (bootstrapToken !== undefined && (!stored || wantsMore)) return { kind: "setup-code", bootstrapToken };
  if (hasSecret(secret)) return sharedCredentials(secret);
  return stored ? deviceCredentials(stored) : { kind: "none" };
}

export type AfterRefusal = { readonly forgetToken: boolean; readonly retryWith?: Credentials };

export interface Refused extends Held {
  readonly error: ConnectError;
  readonly sent: Credentials;
  readonly endpoint: Endpoint;
}

const isStaleToken = (error: GatewayError & { closeReason?: string | undefined }): boolean =>
  error.detailCode === "AUTH_DEVICE_TOKEN_MISMATCH" || /device token mismatch/.test(`${error.message} ${error.closeReason ?? ""}`);

/** What a refusal teaches: which stored token is dead, and whether other credentials are worth one more try. */
export function judgeRefusal({ error, sent, secret, stored, endpoint, bootstrapToken, wantsMore }: Refused): AfterRefusal {
  if (sent.kind === "device-token" && isStaleToken(error)) {
    const next = firstCredentials({ secret, stored: undefined, bootstrapToken, wantsMore });
    return { forgetToken: true, ...(next.kind === "none" ? {} : { retryWith: next }) };
  }
  // A gateway that asks for no secret looks at no token either: it only says that it does not know the device.
  if (sent.kind !== "setup-code" && bootstrapToken !== undefined && error.code === "NOT_PAIRED") {
    return { forgetToken: false, retryWith: { kind: "setup-code", bootstrapToken } };
  }
  if (sent.kind === "setup-code" && stored && error.detailCode === "AUTH_BOOTSTRAP_TOKEN_INVALID") {
    return { forgetToken: false, retryWith: deviceCredentials(stored) };
  }
  const invited =
    error.detailCode === "AUTH_TOKEN_MISMATCH" &&
    (error.details as { canRetryWithDeviceToken?: unknown }).canRetryWithDeviceToken === true;
  // In the clear, whoever sits in between could ask for the device's token this way.
  const trusted = endpoint.secure || endpoint.loopback;
  return invited && trusted && stored && sent.kind === "shared"
    ? { forgetToken: false, retryWith: deviceCredentials(stored) }
    : { forgetToken: false };
}
