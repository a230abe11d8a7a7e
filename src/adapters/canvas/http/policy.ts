/**
 * A canvas page is written by an agent, from what strangers may have told it, and served under the gateway's own name.
 * The sandbox takes that name away from it: its origin is none, so that it can neither act as a page of the gateway nor
 * connect to it, store anything, or read another page.
 */
const SANDBOX = "sandbox allow-scripts allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox allow-downloads allow-pointer-lock";

/** The A2UI page runs no code but its own; what agents send it is data, and pictures may come from anywhere. */
const A2UI = [
  "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "font-src 'self'",
  "img-src * data: blob:", "media-src * data: blob:", "base-uri 'none'", "form-action 'none'",
].join("; ");

const ORIGIN = /^https?:\/\/[a-z0-9.:[\]_-]+$/i;

/** Where canvas pages may be shown inside of another page: the gateway's own, and those that may connect to it. */
export const ancestorsOf = (allowedOrigins: readonly string[]): string =>
  ["frame-ancestors 'self'", ...allowedOrigins.map((origin) => origin.trim().replace(/\/$/, "")).filter((origin) => ORIGIN.test(origin))].join(" ");

/** On every answer. A capability stands in the URL, so no page may pass its URL on. */
export const COMMON_HEADERS = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
} as const;

export const canvasPolicy = (ancestors: string): string => `${SANDBOX}; ${ancestors}`;
export const a2uiPolicy = (ancestors: string): string => `${A2UI}; ${SANDBOX}; ${ancestors}`;
export const NOTE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors *";
