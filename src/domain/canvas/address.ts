/** What is known of how a client came. */
export interface CallersSight {
  /** Its Host header. */
  readonly dialled?: string | undefined;
  readonly tls: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** Its TCP peer is a proxy whose word is believed. */
  readonly viaTrustedProxy: boolean;
}

const AUTHORITY = /^(?:[a-z0-9._-]{1,255}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * The gateway's address as this client can dial it: the one that it did dial. Where a proxy ends TLS, only the client's
 * side knows of it; its word is taken, since whoever lies there is told a wrong address and nobody else.
 */
export function canvasBase({ dialled, tls, headers, viaTrustedProxy }: CallersSight): string | undefined {
  const named = viaTrustedProxy ? firstOf(headers["x-forwarded-host"]) : undefined;
  const authority = [named, dialled].find((text) => text !== undefined && AUTHORITY.test(text));
  if (authority === undefined) return undefined;
  const isSecure = tls || firstOf(headers["x-forwarded-proto"])?.toLowerCase() === "https";
  return `${isSecure ? "https" : "http"}://${authority}`;
}

/** Whether a Host header names this host itself, and nothing that a stranger's DNS could answer for. */
export const isLoopbackHost = (host: string | undefined): boolean => host !== undefined && LOOPBACK.test(host);

const firstOf = (list: string | undefined): string | undefined => list?.split(",", 1)[0]?.trim();
