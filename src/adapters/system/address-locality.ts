import { isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import type { PeerLocality } from "../../ports/peer-locality.js";

type Place = ReturnType<PeerLocality["classify"]>;

/** What the public internet does not route: a peer from there is in the same house, or in the same tailnet. */
const PRIVATE_RANGES: ReadonlySet<string> = new Set(["private", "uniqueLocal", "linkLocal", "carrierGradeNat"]);

/**
 * Reads addresses as operating systems print them and nothing else: no octal, hexadecimal or shortened IPv4, no
 * brackets, no ports. A zone id is allowed and says nothing about the place.
 *
 * Whatever is an address but neither loopback nor private counts as `public`, which grants nothing: unspecified,
 * multicast and reserved ranges, and IPv6 that only embeds an IPv4 address (NAT64, 6to4).
 */
export class AddressLocality implements PeerLocality {
  /** One connection is asked about several times over, and the next one often comes from the same place. */
  #latest: { readonly address: string; readonly place: Place } = { address: "", place: "unknown" };

  classify(address: string): Place {
    if (address !== this.#latest.address) this.#latest = { address, place: placeOf(address) };
    return this.#latest.place;
  }

  isWithin(address: string, ranges: readonly string[]): boolean {
    if (ranges.length === 0) return false;
    const parsed = parseAddress(address);
    return parsed !== undefined && ranges.some((range) => isInRange(parsed, range));
  }
}

function placeOf(address: string): Place {
  const parsed = parseAddress(address);
  if (parsed === undefined) return "unknown";
  const range = parsed.range();
  if (range === "loopback") return "loopback";
  return PRIVATE_RANGES.has(range) ? "private" : "public";
}

function isInRange(address: ipaddr.IPv4 | ipaddr.IPv6, range: string): boolean {
  const [base = "", length, ...rest] = range.split("/");
  const network = parseAddress(base);
  if (network === undefined || rest.length > 0 || network.kind() !== address.kind()) return false;
  const bits = length === undefined ? network.toByteArray().length * 8 : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  // The library throws on a prefix that is too long; one that is none trusts nobody.
  if (!(bits <= network.toByteArray().length * 8)) return false;
  return address.match(network as never, bits);
}

/** The longest IPv6 text is 45 characters; an interface's name may follow it. */
const MAX_ADDRESS_LENGTH = 128;

function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (text.length > MAX_ADDRESS_LENGTH) return undefined;
  // The library's lenient parser takes `0177.0.0.1` and `2130706433` for 127.0.0.1; this one takes four decimals only.
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  // The library alone would take `::ffff:0177.0.0.1`, Node alone some zone ids that the library cannot read.
  if (!isIPv6(text) || !ipaddr.IPv6.isValid(text)) return undefined;
  const parsed = ipaddr.IPv6.parse(text);
  if (!parsed.isIPv4MappedAddress()) return parsed;
  // The library reads the obsolete `::127.0.0.1` as `::ffff:127.0.0.1`, but the network knows it as another address.
  return saysMapped(text) ? parsed.toIPv4Address() : undefined;
}

const saysMapped = (text: string): boolean => text.replace(/%.*$/su, "").toLowerCase().includes("ffff");
