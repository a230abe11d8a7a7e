/** A Host header that may stand in a header of ours: it was judged by the listener, and is looked at again here. */
const HOST = /^[A-Za-z0-9.:[\]_-]{1,262}$/;

/**
 * The pages run their own code, wear their own styles, talk to the gateway that they came from, and nothing else. Older
 * browsers don't count WebSockets of the same host as `'self'`, so it is spelled out.
 */
export function pagePolicy(host: string | undefined): string {
  const sockets = host !== undefined && HOST.test(host) ? ` ws://${host} wss://${host}` : "";
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${sockets}`,
    // What an agent draws; it is served in a sandbox of its own.
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types lit-html",
  ].join("; ");
}

export const PAGE_HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
} as const;
