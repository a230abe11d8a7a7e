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
  readonly kind: "shared" | "device-token" | "none";
  readonly token?: string;
  readonly password?: string;
  readonly deviceToken?: string;
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

/** The owner's secret wins over a stored token: it is what the person asked for. */
export function firstCredentials(secret: SharedSecret, stored: StoredToken | undefined): Credentials {
  if (hasSecret(secret)) return sharedCredentials(secret);
  return stored ? deviceCredentials(stored) : { kind: "none" };
}

export type AfterRefusal = { readonly forgetToken: boolean; readonly retryWith?: Credentials };

export interface Refused {
  readonly error: ConnectError;
  readonly sent: Credentials;
  readonly secret: SharedSecret;
  readonly stored: StoredToken | undefined;
  readonly endpoint: Endpoint;
}

const isStaleToken = (error: GatewayError & { closeReason?: string | undefined }): boolean =>
  error.detailCode === "AUTH_DEVICE_TOKEN_MISMATCH" || /device token mismatch/.test(`${error.message} ${error.closeReason ?? ""}`);

/** What a refusal teaches: which stored token is dead, and whether other credentials are worth one more try. */
export function judgeRefusal({ error, sent, secret, stored, endpoint }: Refused): AfterRefusal {
  if (sent.kind === "device-token" && isStaleToken(error)) {
    return { forgetToken: true, ...(hasSecret(secret) ? { retryWith: sharedCredentials(secret) } : {}) };
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
