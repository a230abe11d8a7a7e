/** Whether an address is inside one of these CIDR ranges, with IPv4-mapped IPv6 counted as IPv4; `PeerLocality` answers it. */
export type IsWithin = (address: string, ranges: readonly string[]) => boolean;

const IPV4 = ["0.0.0.0/0"];
/** The only part of IPv6 that is given out to the public. What embeds an IPv4 address outside of it (NAT64, `::a.b.c.d`) is thereby out. */
const GLOBAL_IPV6 = ["2000::/3"];

/** Not the public's, by the special-purpose registries of IANA (RFC 6890 and its updates). */
const SPECIAL_IPV4 = [
  "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
  // Protocol assignments, AS112, AMT, 6to4 relays, benchmarks, documentation.
  "192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24", "198.18.0.0/15",
  "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",
  // Multicast, reserved, broadcast.
  "224.0.0.0/4", "240.0.0.0/4",
  // Azure answers its virtual machines here, metadata and secrets among it, though the address is from a public range.
  "168.63.129.16/32",
];

const SPECIAL_IPV6 = [
  // Protocol assignments: Teredo, benchmarks, AMT, ORCHID, drones.
  "2001::/23",
  // 6to4, which leads to any IPv4 address; AS112; the old 6bone; documentation.
  "2002::/16", "2620:4f:8000::/48", "3ffe::/16", "2001:db8::/32", "3fff::/20",
];

/**
 * Whether everybody could reach the address from anywhere. Narrower than what is neither loopback nor private: the
 * unspecified address, multicast, documentation and all forms of IPv6 that only wrap an IPv4 address are not public.
 * `false` for text that is no address.
 */
export function isPublicAddress(address: string, isWithin: IsWithin): boolean {
  if (isWithin(address, IPV4)) return !isWithin(address, SPECIAL_IPV4);
  return isWithin(address, GLOBAL_IPV6) && !isWithin(address, SPECIAL_IPV6);
}
