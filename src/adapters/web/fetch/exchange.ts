import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps, type RequestOptions } from "node:https";
import type { LookupFunction, TcpSocketConnectOpts } from "node:net";
import { WebFault } from "../../../domain/web/web-fault.js";
import type { Address } from "./address-book.js";

export interface Question {
  readonly url: URL;
  readonly addresses: readonly Address[];
  readonly signal: AbortSignal;
  readonly userAgent: string;
  readonly ca?: string | readonly string[];
}

const MAX_HEADER_BYTES = 16_384;
/** Node gives an address 250 ms by default, which is not enough to reach the other side of the world over a phone. */
const ADDRESS_ATTEMPT_MS = 1_000;

/** Asks once, over a connection of its own, and resolves with the head of the answer. Rejects with a {@link WebFault}. */
export function ask({ url, addresses, signal, userAgent, ca }: Question): Promise<IncomingMessage> {
  const options: RequestOptions & Pick<TcpSocketConnectOpts, "autoSelectFamily" | "autoSelectFamilyAttemptTimeout"> = {
    method: "GET",
    host: url.hostname.replace(/^\[|\]$/gu, ""),
    port: url.port,
    path: `${url.pathname}${url.search}`,
    headers: { Host: url.host, "User-Agent": userAgent, Accept: "*/*", "Accept-Encoding": "identity" },
    lookup: onlyOf(addresses),
    // A pooled connection was judged for somebody else; a new agent keeps none, and takes no proxy from the environment.
    agent: false,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // Said so that no flag or variable of the process can loosen them.
    insecureHTTPParser: false,
    rejectUnauthorized: true,
    signal,
    ...(ca === undefined ? {} : { ca: [ca].flat() }),
  };
  return new Promise((resolve, reject) => {
    const request = url.protocol === "https:" ? requestHttps(options) : requestHttp(options);
    request.on("response", resolve);
    // Also heard after the answer: an error that nobody hears would end the process.
    request.on("error", (error) => reject(networkFault(error, url.hostname)));
    request.on("close", () => reject(new WebFault("unreachable", `${url.hostname} closed the connection without an answer: try again later.`)));
    request.end();
  });
}

/** Answers with the addresses that were judged, whatever the name leads to by now. */
const onlyOf = (addresses: readonly Address[]): LookupFunction => (_hostname, options, answer) => {
  const [first] = addresses;
  if (options.all === true || first === undefined) answer(null, [...addresses]);
  else answer(null, first.address, first.family);
};

/** Node's own words are left out: they may hold what the other side wrote. */
export function networkFault(error: unknown, host: string): WebFault {
  const code = String((error as { readonly code?: unknown } | undefined)?.code ?? "no reason given");
  if (code.startsWith("HPE_")) return new WebFault("unreachable", `${host} answered with something that is not proper HTTP (${code}): get the file from elsewhere.`);
  return new WebFault("unreachable", `The connection to ${host} failed (${code}): check the URL, or try again later.`);
}
