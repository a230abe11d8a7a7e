/** Hosts that an operator named, each as `host:port`. */
export class NamedHosts {
  readonly #names: ReadonlySet<string>;

  /** Throws for an entry that is not exactly one host and one port: half a name would open more than was meant. */
  constructor(entries: readonly string[]) {
    this.#names = new Set(entries.map(parseEntry));
  }

  has(url: URL): boolean {
    return this.#names.has(`${url.hostname}:${portOf(url)}`);
  }
}

export const portOf = (url: URL): number => Number(url.port || (url.protocol === "https:" ? 443 : 80));

/** A URL as it is asked for: a name with the root's dot at its end is the name without. */
export function withoutRootDot(url: URL): URL {
  if (!url.hostname.endsWith(".")) return url;
  const plain = new URL(url);
  plain.hostname = url.hostname.slice(0, -1);
  return plain;
}

function parseEntry(entry: string): string {
  const [, host = "", port = ""] = /^([^/?#@\\\s]+):([0-9]{1,5})$/u.exec(entry) ?? [];
  const isHost = host !== "" && URL.canParse(`http://${host}`) && (host.startsWith("[") || !host.includes(":"));
  if (!isHost || host.includes("*") || Number(port) < 1 || Number(port) > 65_535) {
    throw new Error(`media.allowPrivateHosts: ${JSON.stringify(entry)} is not a host and a port: write one like "nas.local:8080".`);
  }
  return `${withoutRootDot(new URL(`http://${host}`)).hostname}:${Number(port)}`;
}
