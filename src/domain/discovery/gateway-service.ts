import { fieldsOf, textOf } from "../foreign-fields.js";

/** The DNS-SD type of a gateway, over TCP. */
export const GATEWAY_SERVICE = "openclaw-gw";

/** What a gateway says of itself on its local network. */
export interface GatewayFacts {
  readonly displayName: string;
  /** Its host's name there, with `.local`. */
  readonly lanHost: string;
  readonly port: number;
  /** Lower-case hex SHA-256 of its certificate, where it speaks TLS. */
  readonly tlsFingerprint?: string | undefined;
  /** For those who asked to say it all. */
  readonly more?: { readonly cliPath?: string; readonly tailnetDns?: string };
}

/** A TXT record holds strings of 255 bytes, `key=` included. */
const MAX_VALUE_BYTES = 220;

export function renderTxt({ displayName, lanHost, port, tlsFingerprint, more = {} }: GatewayFacts): Record<string, string> {
  const { cliPath, tailnetDns } = more;
  return {
    role: "gateway",
    displayName: cut(displayName),
    lanHost: cut(lanHost),
    gatewayPort: String(port),
    transport: "gateway",
    ...(tlsFingerprint === undefined ? {} : { gatewayTls: "1", gatewayTlsSha256: tlsFingerprint }),
    ...(cliPath === undefined ? {} : { cliPath: cut(cliPath) }),
    ...(tailnetDns === undefined ? {} : { tailnetDns: cut(tailnetDns) }),
  };
}

function cut(text: string): string {
  let bytes = 0;
  let kept = "";
  for (const character of text) {
    const unit = character.codePointAt(0) ?? 0;
    bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : unit < 0x1_0000 ? 3 : 4;
    if (bytes > MAX_VALUE_BYTES) break;
    kept += character;
  }
  return kept;
}

/** What somebody on the local network says. All of it is a hint: anybody there may say anything. */
export interface GatewayHint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly string[];
  readonly tls: boolean;
  /** What its certificate is said to be. To be compared with what the owner knows, and never taken for it. */
  readonly claimedFingerprint?: string;
  readonly tailnetDns?: string;
}

const MAX_ADDRESSES = 8;
const NAME = /^[a-z0-9][a-z0-9.-]{0,252}$/iu;
const ADDRESS = /^[0-9a-f:.]{2,45}$/iu;

/** Reads an answer off the network. `undefined` where it names no place that could be dialled. Total. */
export function parseHint(service: unknown): GatewayHint | undefined {
  const fields = fieldsOf(service);
  const txt = fieldsOf(fields?.["txt"]) ?? {};
  const port = fields?.["port"];
  const host = textOf(fields?.["host"])?.replace(/\.$/u, "");
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65_535 || host === undefined || !NAME.test(host)) return undefined;
  const listed = Array.isArray(fields?.["addresses"]) ? (fields["addresses"] as readonly unknown[]) : [];
  const addresses = listed.filter((address): address is string => typeof address === "string" && ADDRESS.test(address)).slice(0, MAX_ADDRESSES);
  const pin = textOf(txt["gatewayTlsSha256"])?.toLowerCase();
  const tailnetDns = textOf(txt["tailnetDns"]);
  return {
    name: textOf(txt["displayName"]) ?? textOf(fields?.["name"]) ?? host,
    host,
    port,
    addresses,
    tls: txt["gatewayTls"] === "1",
    ...(pin !== undefined && /^[0-9a-f]{64}$/u.test(pin) ? { claimedFingerprint: pin } : {}),
    ...(tailnetDns !== undefined && NAME.test(tailnetDns) ? { tailnetDns } : {}),
  };
}

/** The address worth trying first: one that other hosts reach, of the older family, which needs no zone. */
export function dialOf({ host, port, addresses, tls }: GatewayHint): string {
  const isOuter = (address: string): boolean => !/^(?:127\.|::1$|fe80:)/iu.test(address);
  const best = addresses.find((address) => isOuter(address) && !address.includes(":")) ?? addresses.find(isOuter) ?? host;
  return `${tls ? "wss" : "ws"}://${best.includes(":") ? `[${best}]` : best}:${port}`;
}
