import { AgeOrderedMap } from "../../domain/age-ordered-map.js";
import { locate } from "../../domain/handshake/locality.js";
import { after, type EpochMs } from "../../domain/moment.js";
import type { ProxySighting } from "../../domain/protocol/methods/proxy.js";
import type { PeerFacts } from "../../ports/transport.js";
import type { GatewayParts } from "./parts.js";

const CHECK_MS = 60_000;
const MOST_CHECKS = 4;
const MOST_SIGHTINGS = 8;
const MOST_HEADERS = 24;
const MAX_HEADER = 300;
const FOLDER = "/openclaw-proxy-check/";

interface Check {
  /** Who began it, and alone may read it. */
  readonly principal: string;
  readonly expiresAtMs: EpochMs;
  readonly sightings: ProxySighting[];
}

/**
 * Looks at requests on their way in, for an administrator who wants to know what a proxy makes of them. A request is
 * recognised by a ticket in its path that nobody can guess; it is answered like any other, so that whoever sends one
 * learns nothing from it.
 */
export class ProxyDesk {
  readonly #parts: Pick<GatewayParts, "clock" | "ids" | "locality" | "config">;
  readonly #checks = new AgeOrderedMap<Check>(MOST_CHECKS);

  constructor(parts: Pick<GatewayParts, "clock" | "ids" | "locality" | "config">) {
    this.#parts = parts;
  }

  begin(principal: string): { readonly ticket: string; readonly path: string; readonly expiresAtMs: EpochMs } {
    const { clock, ids } = this.#parts;
    const ticket = ids.uuid();
    const expiresAtMs = after(clock.now(), CHECK_MS);
    this.#checks.set(ticket, { principal, expiresAtMs, sightings: [] });
    return { ticket, path: `${FOLDER}${ticket}`, expiresAtMs };
  }

  /** `undefined` where there is no such check, or somebody else's. */
  read(ticket: string, principal: string): readonly ProxySighting[] | undefined {
    const check = this.#open(ticket);
    return check?.principal === principal ? check.sightings : undefined;
  }

  /** Whether a request for this path belongs to a check: cheap, since every request is asked about. */
  wants(path: string): boolean {
    return this.#checks.size > 0 && path.includes(FOLDER);
  }

  see(path: string, peer: PeerFacts, hostAllowed: boolean): void {
    const [, named = ""] = path.split(FOLDER);
    const check = this.#open(named.split("?", 1)[0] ?? "");
    if (check === undefined || check.sightings.length >= MOST_SIGHTINGS) return;
    const { clock, locality, config } = this.#parts;
    const isTrusted = (text: string): boolean => locality.isWithin(text, config.settings().trustedProxies);
    const { address, headers, isOwnAddress, tls, dialled = "" } = peer;
    const place = locality.classify(address);
    const { address: client, locality: verdict, forwarded } = locate({ address, headers, isOwnAddress, classify: (text) => locality.classify(text), isTrusted });
    check.sightings.push({
      at: clock.now(),
      address,
      place,
      trusted: isTrusted(address),
      client: client.slice(0, MAX_HEADER),
      locality: verdict,
      forwarded,
      tls,
      host: dialled.slice(0, MAX_HEADER),
      hostAllowed,
      headers: Object.fromEntries(Object.entries(headers).slice(0, MOST_HEADERS).map(([name, value]) => [name, value.slice(0, MAX_HEADER)])),
    });
  }

  #open(ticket: string): Check | undefined {
    const check = this.#checks.get(ticket);
    if (check === undefined || check.expiresAtMs > this.#parts.clock.now()) return check;
    this.#checks.delete(ticket);
    return undefined;
  }
}
