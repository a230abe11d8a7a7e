import ipaddr from "ipaddr.js";

/** The `host[:port]` of a Host header, a URL or an Origin, understood rather than matched. */
export interface Authority {
  /** An address in its canonical form, or a name in lower case without a final dot. */
  readonly host: string;
  readonly isAddress: boolean;
  readonly isLoopback: boolean;
  readonly port: number | undefined;
}

export interface Origin {
  readonly scheme: string;
  readonly authority: Authority;
  /** The stated port or the scheme's own, where it is known. */
  readonly port: number | undefined;
}

const AUTHORITY = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9._-]{1,255}))(?::(\d{1,5}))?$/i;
const ORIGIN = /^([a-z][a-z0-9+.-]{0,31}):\/\/([^/?#]{1,512})$/i;
const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const DOTTED_QUAD = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const MAPPED_PREFIX = "::ffff:";
const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([["http", 80], ["ws", 80], ["https", 443], ["wss", 443]]);

/** Total: `undefined` for whatever is not exactly a host with an optional port (user info, paths, spaces, empty labels). */
export function parseAuthority(text: string): Authority | undefined {
  const match = AUTHORITY.exec(text);
  if (match === null) return undefined;
  const port = match[3] === undefined ? undefined : Number(match[3]);
  if (port !== undefined && port > 65_535) return undefined;
  if (match[1] !== undefined) {
    const address = canonicalAddress(match[1]);
    return address === undefined ? undefined : authorityAt(address, port);
  }
  const name = (match[2] ?? "").toLowerCase().replace(/\.$/, "");
  if (name === "" || name.startsWith(".") || name.includes("..")) return undefined;
  const address = DOTTED_QUAD.test(name) ? canonicalAddress(name) : undefined;
  if (address !== undefined) return authorityAt(address, port);
  return { host: name, isAddress: false, isLoopback: name === "localhost", port };
}

/** Total: `undefined` for `null`, several origins in one header, or anything with a path. */
export function parseOrigin(text: string): Origin | undefined {
  const match = ORIGIN.exec(text);
  if (match === null) return undefined;
  const scheme = (match[1] ?? "").toLowerCase();
  const authority = parseAuthority(match[2] ?? "");
  return authority === undefined ? undefined : { scheme, authority, port: authority.port ?? DEFAULT_PORTS.get(scheme) };
}

/** The port that a scheme implies. */
export const defaultPort = (scheme: string): number | undefined => DEFAULT_PORTS.get(scheme);

/**
 * One spelling for each IP address: IPv6 compressed and without its zone, IPv4-mapped IPv6 as the IPv4 address that it is.
 * `undefined` for anything but a strict dotted quad or IPv6, so that `0177.0.0.1` and `2130706433` stay mere names.
 */
export function canonicalAddress(text: string): string | undefined {
  const bare = text.split("%", 1)[0]?.toLowerCase() ?? "";
  if (DOTTED_QUAD.test(bare)) return bare;
  if (bare.includes(".")) {
    // The parser takes any IPv6 address that ends in dots for a mapped one, `::127.0.0.1` too.
    const quad = bare.startsWith(MAPPED_PREFIX) ? bare.slice(MAPPED_PREFIX.length) : "";
    return DOTTED_QUAD.test(quad) ? canonicalAddress(quad) : undefined;
  }
  if (!bare.includes(":") || !ipaddr.IPv6.isValid(bare)) return undefined;
  const parsed = ipaddr.IPv6.parse(bare);
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : parsed.toString();
}

/** 127.0.0.0/8 and ::1; mapped addresses are plain IPv4 in their canonical form. */
export const isLoopbackAddress = (canonical: string): boolean => canonical.startsWith("127.") || canonical === "::1";

const authorityAt = (address: string, port: number | undefined): Authority => ({
  host: address,
  isAddress: true,
  isLoopback: isLoopbackAddress(address),
  port,
});
