/** Where a gateway is reached. */
export interface Endpoint {
  readonly url: string;
  /** `host:port`: what credentials are bound to. */
  readonly key: string;
  readonly host: string;
  readonly secure: boolean;
  readonly loopback: boolean;
}

export type EndpointVerdict =
  | { readonly kind: "ok"; readonly endpoint: Endpoint }
  | { readonly kind: "refused"; readonly code: "BAD_URL" | "INSECURE_URL"; readonly message: string };

export type AddressKind = "loopback" | "private" | "public" | "name";

/**
 * What kind of place a URL's host is. Only canonical text counts as an address: whatever needs interpretation
 * (octal, decimal, IPv4-mapped) is read differently by different software.
 */
export function classifyHost(host: string): AddressKind {
  if (host === "localhost" || host === "[::1]") return "loopback";
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)?.slice(1).map(Number);
  if (octets) return classifyIPv4(octets);
  if (!host.startsWith("[")) return "name";
  return /^\[(f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):/.test(host) ? "private" : "public";
}

function classifyIPv4([a = 0, b = 0]: readonly number[]): AddressKind {
  if (a === 127) return "loopback";
  const isPrivate =
    a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 169 && b === 254) ||
    // Carrier-grade NAT, where tailnets live.
    (a === 100 && b >= 64 && b <= 127);
  return isPrivate ? "private" : "public";
}

/** `host:port` of a WebSocket's URL, with the port also where the scheme implies it. */
export const endpointKey = ({ hostname, port, protocol }: URL): string => `${hostname}:${port === "" ? (protocol === "wss:" ? "443" : "80") : port}`;

/**
 * Whether a token may travel to this URL: over TLS anywhere, in the clear only on this host, or inside a private network
 * where the owner allows it. A name other than `localhost` is no proof of a place; whoever dials it must look again at
 * what it resolved to.
 */
export function judgeEndpoint(text: string, { allowPrivate }: { allowPrivate: boolean }): EndpointVerdict {
  const bad = (message: string): EndpointVerdict => ({ kind: "refused", code: "BAD_URL", message });
  const spelled = /^(wss?):\/\/(\[[^\]]*\]|[^/:?#@\\]+)(:\d+)?([/?][^#]*)?$/i.exec(text);
  if (!spelled || !URL.canParse(text)) {
    return bad("The gateway's URL must look like ws://127.0.0.1:18789 or wss://host:port, without credentials in it.");
  }
  const url = new URL(text);
  const secure = url.protocol === "wss:";
  if (url.hostname !== spelled[2]?.toLowerCase()) {
    return bad(`Write the gateway's address in its plain form: ${url.hostname}`);
  }
  const place = classifyHost(url.hostname);
  const endpoint: Endpoint = {
    url: text,
    key: endpointKey(url),
    host: url.hostname,
    secure,
    loopback: place === "loopback",
  };
  if (secure || place === "loopback") return { kind: "ok", endpoint };
  if (allowPrivate && place !== "public") return { kind: "ok", endpoint };
  return {
    kind: "refused",
    code: "INSECURE_URL",
    message: allowPrivate
      ? `${url.hostname} is a public address: plain ws:// would send the token in the clear. Use wss://.`
      : `Plain ws:// to ${url.hostname} would send the token in the clear. Use wss://, an SSH tunnel to 127.0.0.1, ` +
        "or, inside a network you trust, allow private addresses (allowPrivateNetwork, or OPENCLAW_ALLOW_INSECURE_PRIVATE_WS=1 for commands).",
  };
}

/** Lower-case hex without colons, or `undefined` where the text is no SHA-256 fingerprint. */
export function parseFingerprint(text: string): string | undefined {
  const hex = text.trim().toLowerCase().replace(/^sha256:/, "").replaceAll(":", "");
  return /^[0-9a-f]{64}$/.test(hex) ? hex : undefined;
}
