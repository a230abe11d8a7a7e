/**
 * Whether a peer is a process on this host that nothing stands in front of.
 * A forwarding header means that somebody else's connection ended at a proxy here, whatever the TCP address says.
 */
export type Locality = "direct-local" | "remote";

const FORWARDING = new Set([
  "forwarded", "via", "x-real-ip", "cf-connecting-ip", "true-client-ip", "x-client-ip", "x-cluster-client-ip", "fly-client-ip",
]);
const FORWARDING_PREFIXES = ["x-forwarded-", "x-envoy-", "tailscale-"];

/** Whether a proxy adds a header of this (lower-case) name. */
export const isForwardingHeader = (name: string): boolean =>
  FORWARDING.has(name) || FORWARDING_PREFIXES.some((prefix) => name.startsWith(prefix));

export const isForwarded = (headers: Readonly<Record<string, string>>): boolean => Object.keys(headers).some(isForwardingHeader);

export const judgeLocality = (place: "loopback" | "private" | "public" | "unknown", headers: Readonly<Record<string, string>>): Locality =>
  place === "loopback" && !isForwarded(headers) ? "direct-local" : "remote";

/** Where a connection really comes from, as far as somebody trustworthy told. */
export interface Whereabouts {
  readonly locality: Locality;
  /** The client's address where a trusted proxy named it, else the TCP peer's. */
  readonly address: string;
  /** Something stands between the client and the gateway, or claims to. */
  readonly forwarded: boolean;
}

interface PeerSight {
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The peer has the very address that its listener is bound to: it is this host, which the network lets nobody else claim. */
  readonly isOwnAddress?: boolean | undefined;
  readonly classify: (address: string) => "loopback" | "private" | "public" | "unknown";
  readonly isTrusted: (address: string) => boolean;
}

/**
 * Believes X-Forwarded-For only from a trusted proxy, and of it only the part that trusted proxies wrote: read from
 * the right, the first address that is not one of theirs. Where that leaves nothing, the connection counts as remote
 * and as coming from its peer. Nothing that passed through a proxy is ever local.
 */
export function locate({ address, headers, isOwnAddress, classify, isTrusted }: PeerSight): Whereabouts {
  const trusted = isTrusted(address);
  const forwarded = isForwarded(headers);
  if (!trusted) return { locality: judgeLocality(isOwnAddress === true ? "loopback" : classify(address), headers), address, forwarded };
  const chain = (headers["x-forwarded-for"] ?? "").split(",").map((hop) => hop.trim()).reverse();
  const client = chain.find((hop) => !isTrusted(hop));
  const named = client !== undefined && classify(client) !== "unknown";
  return { locality: "remote", address: named ? client : address, forwarded: true };
}
