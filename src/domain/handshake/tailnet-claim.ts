/** Who a proxy of the tailnet says that a connection comes from. Headers, and so a claim until somebody else confirms it. */
export interface TailnetClaim {
  readonly login: string;
  readonly address: string;
}

export type TailnetRefusal = "tailscale_proxy_missing" | "tailscale_whois_failed" | "tailscale_user_mismatch";

export type TailnetVerdict =
  | { readonly kind: "verified"; readonly login: string; readonly address: string }
  | { readonly kind: "refused"; readonly reason: TailnetRefusal };

const LOGIN = "tailscale-user-login";
/** Set where the connection came from outside of the tailnet. */
const FUNNEL = "tailscale-funnel-request";
const FORWARDED = ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"] as const;

/**
 * Reads the headers of a peer on this host's loopback that is no proxy of the owner's own: theirs pass on what anybody
 * writes. `undefined` where they name nobody. The tailnet's proxy puts exactly one address into X-Forwarded-For,
 * whatever was in it; a list was put together by somebody else.
 */
export function readTailnetClaim(headers: Readonly<Record<string, string>>): TailnetClaim | { readonly kind: "refused"; readonly reason: TailnetRefusal } | undefined {
  const login = decodeWords(headers[LOGIN] ?? "").trim();
  if (login === "" || headers[FUNNEL] !== undefined) return undefined;
  const address = headers["x-forwarded-for"]?.trim() ?? "";
  if (FORWARDED.some((name) => !headers[name]) || address.includes(",")) return { kind: "refused", reason: "tailscale_proxy_missing" };
  return { login, address };
}

/** The name in the header counts only where the tailnet's own daemon says the same of the address. */
export function judgeTailnetClaim({ login, address }: TailnetClaim, found: { readonly kind: "known"; readonly login: string } | { readonly kind: "unknown" } | { readonly kind: "failed" }): TailnetVerdict {
  if (found.kind === "failed") return { kind: "refused", reason: "tailscale_whois_failed" };
  if (found.kind === "unknown" || found.login !== login) return { kind: "refused", reason: "tailscale_user_mismatch" };
  return { kind: "verified", login, address };
}

/** Headers are ASCII: other names come as the Q words of RFC 2047. What is none stays as it is. */
function decodeWords(text: string): string {
  return text.replace(/=\?utf-8\?q\?([^?]*)\?=(?:\s+(?==\?))?/giu, (whole, word: string) => {
    try {
      return decodeURIComponent(word.replaceAll("%", "%25").replaceAll("_", "%20").replaceAll("=", "%"));
    } catch {
      return whole;
    }
  });
}
