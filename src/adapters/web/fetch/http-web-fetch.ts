import type { IncomingMessage } from "node:http";
import { parseDataUrl } from "../../../domain/web/data-url.js";
import { WebFault } from "../../../domain/web/web-fault.js";
import { judgeUrl, judgeUrlLength, notAUrl } from "../../../domain/web/web-url.js";
import type { Clock } from "../../../ports/clock.js";
import type { PeerLocality } from "../../../ports/peer-locality.js";
import type { WebFetch, WebFetched, WebFetchRequest } from "../../../ports/web-fetch.js";
import { AddressBook, type Resolve } from "./address-book.js";
import { readBody } from "./body.js";
import { ask } from "./exchange.js";
import { FetchWatch } from "./fetch-watch.js";
import { NamedHosts, withoutRootDot } from "./named-hosts.js";
import { readFacts, utf8Of } from "./response-facts.js";

export interface HttpWebFetchOptions {
  readonly clock: Clock;
  readonly locality: PeerLocality;
  /** Hosts that may be fetched from wherever they are, each as `host:port` and on that port alone: `media.allowPrivateHosts`. */
  readonly allowPrivateHosts?: readonly string[];
  /** Ports of all other hosts; 80, 443, 8080 and 8443 where left out. */
  readonly ports?: readonly number[];
  /** How long an answer, or the next bytes of one, may take; 15 seconds where left out. */
  readonly idleMs?: number;
  /** How long a file may take from the first question to its last byte; two minutes where left out. */
  readonly totalMs?: number;
  /** PEM of the authorities to trust in place of those that Node trusts. */
  readonly ca?: string | readonly string[];
  readonly userAgent?: string;
  /** In place of the host's resolver. */
  readonly resolve?: Resolve;
  /** Networks, in CIDR, that this host is a part of; in place of what its interfaces say. */
  readonly ownNetworks?: () => readonly string[];
}

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** A partial answer was not asked for, and 204 and 205 hold no file. */
const WITH_FILE: ReadonlySet<number> = new Set([200, 203]);

/**
 * Fetches over HTTP and HTTPS. A name is resolved once for each question, each of its addresses is judged, and the
 * connection can only go to those that passed; a redirect is a new question. Nothing is sent along that would tell one
 * asker from another: no cookie, no credential, no referrer. Proxies of the environment are not used, since behind one
 * nobody here sees where a connection goes.
 */
export class HttpWebFetch implements WebFetch {
  readonly #options: HttpWebFetchOptions;
  readonly #book: AddressBook;

  /** Throws where an entry of `allowPrivateHosts` is not a host and a port. */
  constructor(options: HttpWebFetchOptions) {
    const { locality, allowPrivateHosts = [], ports = [80, 443, 8080, 8443], resolve, ownNetworks } = options;
    this.#options = options;
    this.#book = new AddressBook({
      locality,
      ports,
      named: new NamedHosts(allowPrivateHosts),
      ...(resolve === undefined ? {} : { resolve }),
      ...(ownNetworks === undefined ? {} : { ownNetworks }),
    });
  }

  async fetch({ url, maxBytes, cancel }: WebFetchRequest): Promise<WebFetched> {
    const { clock, idleMs = 15_000, totalMs = 120_000 } = this.#options;
    const watch = new FetchWatch(clock, { idleMs, totalMs }, cancel);
    try {
      const target = readUrl(url, maxBytes);
      if (target.protocol !== "data:") return await this.#follow(target, maxBytes, watch);
      watch.signal.throwIfAborted();
      const data = orThrow(parseDataUrl(target.href, maxBytes));
      watch.close();
      return { kind: "fetched", mimeType: data.mimeType, bytes: once(data.bytes) };
    } catch (error) {
      watch.close();
      if (error instanceof WebFault) return { kind: "refused", code: error.code, reason: error.message };
      throw error;
    }
  }

  async #follow(first: URL, maxBytes: number, watch: FetchWatch): Promise<WebFetched> {
    let url = first;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const response = await this.#ask(url, watch);
      if (!REDIRECTS.has(response.statusCode ?? 0)) return await accept(response, { url, maxBytes, watch });
      response.destroy();
      url = redirectTarget(response, { url, maxBytes });
    }
    throw new WebFault("http-error", `${first.hostname} redirects more than ${MAX_REDIRECTS} times: give the URL that it leads to.`);
  }

  async #ask(url: URL, watch: FetchWatch): Promise<IncomingMessage> {
    const { userAgent = "openclaw-gateway", ca } = this.#options;
    const addresses = await watch.within(() => this.#book.find(url), `The address of ${url.hostname} could not be found in time: try again later.`);
    const question = { url, addresses, userAgent, signal: watch.signal, ...(ca === undefined ? {} : { ca }) };
    return await watch.within(() => ask(question), `${url.hostname} did not answer in time: try again later.`);
  }
}

function readUrl(text: string, maxBytes: number, base?: URL): URL {
  const tooLong = judgeUrlLength(text, maxBytes);
  if (tooLong) throw tooLong;
  if (!URL.canParse(text, base?.href)) throw notAUrl();
  const url = new URL(text, base);
  const wrong = judgeUrl(url);
  if (wrong) throw wrong;
  return withoutRootDot(url);
}

function redirectTarget(response: IncomingMessage, { url, maxBytes }: { readonly url: URL; readonly maxBytes: number }): URL {
  const { location } = response.headers;
  if (location === undefined) throw new WebFault("http-error", `${url.hostname} redirects to nowhere: give another URL.`);
  const next = readUrl(utf8Of(location), maxBytes, url);
  if (next.protocol === "data:") throw new WebFault("bad-url", `${url.hostname} redirects to a data: URL, which only a person may give: give another URL.`);
  return next;
}

async function accept(response: IncomingMessage, { url, maxBytes, watch }: { readonly url: URL; readonly maxBytes: number; readonly watch: FetchWatch }): Promise<WebFetched> {
  if (!WITH_FILE.has(response.statusCode ?? 0)) {
    throw new WebFault("http-error", `${url.hostname} answered with HTTP ${response.statusCode} instead of a file: check the URL.`);
  }
  const bytes = readBody(response, { watch, maxBytes, host: url.hostname });
  return { kind: "fetched", ...(await readFacts(response, url, bytes)) };
}

function orThrow<T>(result: T | WebFault): T {
  if (result instanceof WebFault) throw result;
  return result;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
