import type { AuthSettings } from "../../domain/settings.js";
import type { PeerLocality } from "../../ports/peer-locality.js";
import type { DaemonParts } from "../compose/daemon-parts.js";
import type { ProcessHost } from "../process/process-host.js";

/** How the owner asks to be reached, in OpenClaw's words. */
export interface Wanted {
  readonly bind: "loopback" | "lan" | "tailnet" | "auto" | "custom";
  readonly customBindHost?: string;
}

interface Facts {
  readonly auth: AuthSettings;
  readonly locality: PeerLocality;
  /** The IP addresses of this host's network interfaces. */
  readonly addresses: readonly string[];
}

export type Place =
  /** `also` is worth having but may be missing without harm. */
  | { readonly kind: "listen"; readonly host: string; readonly also?: string; /** Whoever has that address is this host. */ readonly trustOwnAddress?: boolean }
  /** Reasons are whole sentences. `wait` where the same command may work later. */
  | { readonly kind: "refuse" | "wait"; readonly reason: string };

/** What a listener of this host may be called by its clients, beside its addresses: as configured now, and as its network calls it. */
export const namesOf = ({ config }: Pick<DaemonParts, "config">, { hostname }: Pick<ProcessHost, "hostname">): readonly string[] =>
  [...config.listen().allowedHosts, hostname, `${hostname}.local`];

const ALL_INTERFACES = "0.0.0.0";

/** Where to listen. Anything that others can reach needs a secret: without one it is refused, whatever else is set. */
export function judgePlace(wanted: Wanted, facts: Facts): Place {
  const place = placeOf(wanted, facts);
  if (facts.auth.mode !== "none" || place.kind === "refuse") return place;
  if (place.kind === "listen" && facts.locality.classify(place.host) === "loopback") return place;
  return {
    kind: "refuse",
    reason: `With bind "${wanted.bind}" others can reach the gateway, and nothing would ask them for a secret. `
      + "Set gateway.auth.token (or OPENCLAW_GATEWAY_TOKEN, or --token), or gateway.auth.password, or use bind \"loopback\".",
  };
}

function placeOf({ bind, customBindHost }: Wanted, { addresses, locality }: Facts): Place {
  switch (bind) {
    case "loopback":
    case "auto":
      return { kind: "listen", host: "127.0.0.1", ...(addresses.includes("::1") ? { also: "::1" } : {}) };
    case "lan":
      return { kind: "listen", host: ALL_INTERFACES };
    case "tailnet": {
      const own = addresses.find(isTailnetAddress);
      // Tools of this host dial loopback, and are refused plain text to anywhere else.
      if (own !== undefined) return { kind: "listen", host: own, also: "127.0.0.1", trustOwnAddress: true };
      return { kind: "wait", reason: "This host has no tailnet address (100.64.0.0/10). Start Tailscale, or use another bind." };
    }
    case "custom": {
      const host = customBindHost ?? "";
      if (host === ALL_INTERFACES || host === "::" || locality.classify(host) !== "unknown") return { kind: "listen", host };
      return { kind: "refuse", reason: "gateway.customBindHost is not an IP address, which bind \"custom\" needs." };
    }
  }
}

/** 100.64.0.0/10, of which a tailnet gives its members their addresses. */
const isTailnetAddress = (address: string): boolean => {
  const [first, second, ...rest] = address.split(".").map(Number);
  return first === 100 && second !== undefined && second >= 64 && second < 128 && rest.length === 2;
};
