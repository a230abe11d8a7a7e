import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { isPublicAddress } from "../../../domain/web/public-address.js";
import type { PeerLocality } from "../../../ports/peer-locality.js";

export type Reach =
  /** Connect to this address and to no other that the name may have by then. */
  | { readonly kind: "open"; readonly address: string }
  /** A whole sentence. */
  | { readonly kind: "closed"; readonly message: string };

export interface HostJudgeOptions {
  readonly locality: PeerLocality;
  /** As `host:port`, or `*`. */
  readonly allowPrivateHosts: readonly string[];
  /** Where the canvas is now, which this node was told by its gateway. */
  readonly canvas: () => string | undefined;
  /** All addresses of a name. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
  readonly ownNetworks?: () => readonly string[];
}

/**
 * Whether a page, or what a page loads, may come from a host. Whoever chooses the address is a model that reads what
 * strangers write, and behind this node are routers, printers and the secrets of cloud machines.
 */
export class HostJudge {
  readonly #options: Required<HostJudgeOptions>;

  constructor(options: HostJudgeOptions) {
    this.#options = { resolve: systemResolve, ownNetworks, ...options };
  }

  async judge({ hostname, port }: { readonly hostname: string; readonly port: number }): Promise<Reach> {
    const name = hostname.replace(/\.$/, "").toLowerCase();
    const addresses = await this.#addressesOf(name);
    const [first] = this.#isNamed(`${name}:${port}`) ? addresses : addresses.filter((address) => this.#isPublic(address));
    if (first !== undefined) return { kind: "open", address: first };
    if (addresses.length === 0) return { kind: "closed", message: `No address is known for ${name.slice(0, 253)}: check the URL, or try again later.` };
    return {
      kind: "closed",
      message: `${name.slice(0, 253)} is not on the public internet, so this node does not show it: to allow it, the node's owner names "${name.slice(0, 253)}:${port}" in node.browser.allowPrivateHosts.`,
    };
  }

  #isNamed(place: string): boolean {
    const { allowPrivateHosts, canvas } = this.#options;
    const base = canvas();
    const own = base === undefined ? undefined : placeOf(new URL(base));
    return place === own || allowPrivateHosts.includes("*") || allowPrivateHosts.some((named) => named.toLowerCase() === place);
  }

  #isPublic(address: string): boolean {
    const { locality, ownNetworks } = this.#options;
    const isWithin = (one: string, ranges: readonly string[]): boolean => locality.isWithin(one, ranges);
    return isPublicAddress(address, isWithin) && !isWithin(address, ownNetworks());
  }

  async #addressesOf(name: string): Promise<readonly string[]> {
    const literal = name.replace(/^\[|\]$/g, "");
    if (isIP(literal) !== 0) return [literal];
    return await this.#options.resolve(name).catch(() => []);
  }
}

const placeOf = (url: URL): string => `${url.hostname}:${portOf(url)}`;

export const portOf = ({ port, protocol }: URL): number => Number(port || (protocol === "https:" || protocol === "wss:" ? 443 : 80));

const systemResolve = async (hostname: string): Promise<readonly string[]> => (await lookup(hostname, { all: true })).map(({ address }) => address);

/** What shares a network with this host may be open to its neighbours alone. One that holds every address, as some tunnels have, says nothing. */
const ownNetworks = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.flatMap(({ cidr }) => (cidr === null || cidr.endsWith("/0") ? [] : [cidr])));
