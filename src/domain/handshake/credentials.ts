import type { AuthSettings } from "../settings.js";
import type { TailnetRefusal, TailnetVerdict } from "./tailnet-claim.js";

export type AuthMethod = "none" | "token" | "password" | "tailscale" | "device-token" | "bootstrap-token";
export type CredentialKind = "shared-secret" | "device-token" | "bootstrap-token";

export type AuthReason =
  | "token_missing" | "token_mismatch" | "password_missing" | "password_mismatch"
  | "device_token_mismatch" | "bootstrap_token_invalid"
  | TailnetRefusal;

export type CredentialVerdict =
  | { readonly kind: "accepted"; readonly method: AuthMethod }
  /** `wrong` names what was guessed wrong; absent where nothing was offered. */
  | { readonly kind: "refused"; readonly reason: AuthReason; readonly wrong?: CredentialKind };

export interface OfferedCredentials {
  readonly token?: string | undefined;
  readonly password?: string | undefined;
  readonly deviceToken?: string | undefined;
  readonly bootstrapToken?: string | undefined;
}

/** Comparisons the shell makes in constant time. `isDeviceToken` is false where no device was proven. */
export interface CredentialChecks {
  readonly isSecret: (given: string) => boolean;
  readonly isDeviceToken: (given: string) => boolean;
  readonly isInvite: (given: string) => boolean;
  /** What the tailnet says of who shows nothing. */
  readonly tailnet?: TailnetVerdict | undefined;
}

/** The one credential that a device's signature covers: the first of these, be it empty. A password is never signed. */
export const signedCredential = ({ token, deviceToken, bootstrapToken }: OfferedCredentials): string => token ?? deviceToken ?? bootstrapToken ?? "";

/**
 * The setup code that counts. It makes of a device what it was not before, so whoever carries a frame must not be able
 * to put one in: beside a token it is not covered by the signature, and clients send it alone.
 */
export const signedInvite = ({ token, deviceToken, bootstrapToken }: OfferedCredentials): string | undefined =>
  token === undefined && deviceToken === undefined ? bootstrapToken : undefined;

/** The kinds of credential that a claim puts forward: each has its own place in the limiter. */
export function offeredKinds(offered: OfferedCredentials): CredentialKind[] {
  const kinds: CredentialKind[] = [];
  if (offered.token || offered.password) kinds.push("shared-secret");
  if (offered.deviceToken) kinds.push("device-token");
  if (offered.bootstrapToken) kinds.push("bootstrap-token");
  return kinds;
}

/**
 * The gateway's own secret first, then the device's token. A protocol-3 client sends its device token as `token`,
 * and either secret field may carry the gateway's secret, so both are tried for both.
 */
export function judgeCredentials(auth: AuthSettings, offered: OfferedCredentials, checks: CredentialChecks): CredentialVerdict {
  // An invite says more than the absence of a secret does, so it comes first.
  if (offered.bootstrapToken && checks.isInvite(offered.bootstrapToken)) return { kind: "accepted", method: "bootstrap-token" };
  if (auth.mode === "none") return { kind: "accepted", method: "none" };
  const secrets = [offered.token, offered.password].filter((secret): secret is string => Boolean(secret));
  if (secrets.some((secret) => checks.isSecret(secret))) return { kind: "accepted", method: auth.mode };
  const tokens = [offered.deviceToken, offered.token].filter((token): token is string => Boolean(token));
  if (tokens.some((token) => checks.isDeviceToken(token))) return { kind: "accepted", method: "device-token" };
  // Clients repeat their device token as `token`. Anything else in there is a guess at the secret, and is told and counted
  // as one whatever stands beside it: a bogus device token must not lead guesses past the limiter.
  if (secrets.some((secret) => secret !== offered.deviceToken)) return { kind: "refused", reason: `${auth.mode}_mismatch`, wrong: "shared-secret" };
  if (offered.deviceToken) return { kind: "refused", reason: "device_token_mismatch", wrong: "device-token" };
  if (offered.bootstrapToken) return { kind: "refused", reason: "bootstrap_token_invalid", wrong: "bootstrap-token" };
  // Nothing was offered: the word of the tailnet stands in for the secret, and for nothing else.
  if (checks.tailnet?.kind === "verified") return { kind: "accepted", method: "tailscale" };
  return { kind: "refused", reason: checks.tailnet?.reason ?? `${auth.mode}_missing` };
}
