import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { isPublicAddress } from "../../../domain/web/public-address.js";
import { WebFault } from "../../../domain/web/web-fault.js";
import type { PeerLocality } from "../../../ports/peer-locality.js";
import { portOf, type NamedHosts } from "./named-hosts.js";

/** All addresses of a name. Rejects with an error that has a `code` where there are none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

export interface AddressBookOptions {
  readonly locality: PeerLocality;
  readonly named: NamedHosts;
  readonly ports: readonly number[];
  readonly resolve?: Resolve;
  readonly ownNetworks?: () => readonly string[];
}

/** More than this are not tried one after another. */
const MAX_ADDRESSES = 8;

/** Knows where a URL leads, and whether a stranger may lead there. */
export class AddressBook {
  readonly #options: Required<AddressBookOptions>;

  constructor(options: AddressBookOptions) {
    this.#options = { resolve: systemResolve, ownNetworks, ...options };
  }

  /**
   * The addresses to connect to, and no others: at least one. Of a name with public and other addresses the public ones
   * are left. Throws a {@link WebFault} where none is left.
   */
  async find(url: URL): Promise<readonly Address[]> {
    const { named, ports } = this.#options;
    const isNamed = named.has(url);
    // Other ports belong to services that were never meant to be asked for files, and some obey what they are sent.
    if (!isNamed && !ports.includes(portOf(url))) {
      throw new WebFault("bad-url", `Files are fetched from the ports ${ports.join(", ")} only, not from ${portOf(url)}: use one of them, or let the operator name ${url.hostname}:${portOf(url)} in media.allowPrivateHosts.`);
    }
    const found = (await this.#addressesOf(url)).flatMap(addressOf);
    const open = isNamed ? found : this.#publicOnes(found);
    if (open.length === 0) {
      throw new WebFault("private-address", `${url.hostname} is not on the public internet, and files are fetched from there only: to allow this host, the operator names ${url.hostname}:${portOf(url)} in media.allowPrivateHosts.`);
    }
    return open.slice(0, MAX_ADDRESSES);
  }

  async #addressesOf(url: URL): Promise<readonly string[]> {
    const literal = url.hostname.replace(/^\[|\]$/gu, "");
    if (isIP(literal) !== 0) return [literal];
    try {
      return await this.#options.resolve(url.hostname);
    } catch (error) {
      const code = String((error as { readonly code?: unknown } | undefined)?.code ?? "no answer");
      throw new WebFault("unreachable", `No address is known for ${url.hostname} (${code}): check the URL, or try again later.`);
    }
  }

  /** What shares a network with this host may be open to its neighbours alone, though its address is public. */
  #publicOnes(addresses: readonly Address[]): readonly Address[] {
    const { locality, ownNetworks } = this.#options;
    const isWithin = (address: string, ranges: readonly string[]): boolean => locality.isWithin(address, ranges);
    const own = ownNetworks();
    return addresses.filter(({ address }) => isPublicAddress(address, isWithin) && !isWithin(address, own));
  }
}

const addressOf = (address: string): readonly Address[] => {
  const family = isIP(address);
  return family === 4 || family === 6 ? [{ address, family }] : [];
};

const systemResolve: Resolve = async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address);

/** The networks that this host is a part of. One that holds every address, as some tunnels have, says nothing. */
const ownNetworks = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.flatMap(({ cidr }) => (cidr === null || cidr.endsWith("/0") ? [] : [cidr])));
