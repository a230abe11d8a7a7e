import { wireError, type ErrorShape } from "../protocol/errors.js";
import type { ConnectClaim } from "./claim.js";
import type { AuthReason } from "./credentials.js";

interface AuthText {
  readonly message: string;
  readonly code: string;
  readonly nextStep: "retry_with_device_token" | "update_auth_configuration" | "update_auth_credentials";
}

const AUTH_TEXTS: Readonly<Record<AuthReason, AuthText>> = {
  token_missing: {
    message: "unauthorized: gateway token missing (pass --token or set OPENCLAW_GATEWAY_TOKEN)",
    code: "AUTH_TOKEN_MISSING",
    nextStep: "update_auth_credentials",
  },
  token_mismatch: {
    message: "unauthorized: gateway token mismatch (use the gateway's own gateway.auth.token)",
    code: "AUTH_TOKEN_MISMATCH",
    nextStep: "update_auth_credentials",
  },
  password_missing: {
    message: "unauthorized: gateway password missing (pass --password or set OPENCLAW_GATEWAY_PASSWORD)",
    code: "AUTH_PASSWORD_MISSING",
    nextStep: "update_auth_credentials",
  },
  password_mismatch: {
    message: "unauthorized: gateway password mismatch (use the gateway's own gateway.auth.password)",
    code: "AUTH_PASSWORD_MISMATCH",
    nextStep: "update_auth_credentials",
  },
  device_token_mismatch: {
    message: "unauthorized: device token mismatch (rotate/reissue device token)",
    code: "AUTH_DEVICE_TOKEN_MISMATCH",
    nextStep: "update_auth_credentials",
  },
  bootstrap_token_invalid: {
    message: "unauthorized: bootstrap token invalid or expired (ask for a new setup code)",
    code: "AUTH_BOOTSTRAP_TOKEN_INVALID",
    nextStep: "update_auth_credentials",
  },
  tailscale_proxy_missing: {
    message: "unauthorized: tailscale identity did not come through tailscale serve (connect by the gateway's tailnet name, or pass a token)",
    code: "AUTH_TAILSCALE_PROXY_MISSING",
    nextStep: "update_auth_configuration",
  },
  tailscale_whois_failed: {
    message: "unauthorized: tailscale identity could not be checked (start Tailscale on the gateway's host, or pass a token)",
    code: "AUTH_TAILSCALE_WHOIS_FAILED",
    nextStep: "update_auth_configuration",
  },
  tailscale_user_mismatch: {
    message: "unauthorized: tailscale identity is not that of the address it came from (pass a token)",
    code: "AUTH_TAILSCALE_IDENTITY_MISMATCH",
    nextStep: "update_auth_credentials",
  },
};

/** The refusal of a credential, with the single step that mends it. */
export function authError(reason: AuthReason, claim: ConnectClaim): ErrorShape {
  const text = AUTH_TEXTS[reason];
  const { device, auth } = claim.params;
  const canRetryWithDeviceToken = reason === "token_mismatch" && Boolean(device) && Boolean(auth?.token) && !auth?.deviceToken;
  return wireError("INVALID_REQUEST", text.message, {
    details: {
      code: text.code,
      authReason: reason,
      canRetryWithDeviceToken,
      recommendedNextStep: canRetryWithDeviceToken ? "retry_with_device_token" : text.nextStep,
    },
  });
}

export const lockedError = (retryAfterMs: number): ErrorShape =>
  wireError("INVALID_REQUEST", "unauthorized: too many failed authentication attempts (retry later)", {
    details: {
      code: "AUTH_RATE_LIMITED",
      authReason: "rate_limited",
      canRetryWithDeviceToken: false,
      recommendedNextStep: "wait_then_retry",
    },
    retryable: true,
    retryAfterMs,
  });
