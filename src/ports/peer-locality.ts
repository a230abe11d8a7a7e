export interface PeerLocality {
  /** What kind of place an IP address is; `unknown` for text that is no address. IPv4-mapped IPv6 counts as its IPv4 address. */
  classify(address: string): "loopback" | "private" | "public" | "unknown";
  /** Whether the address is one of these, or inside one of these CIDR ranges. `false` for text that is no address; a range that is none is skipped. */
  isWithin(address: string, ranges: readonly string[]): boolean;
}
