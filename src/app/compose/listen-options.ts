import type { Certificates } from "../../ports/certificates.js";

export const DEFAULT_HOST = "127.0.0.1";
export const DEFAULT_PORT = 18_789;

export interface ListenOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 18789; 0 takes a free one. */
  readonly port?: number;
  /** Host names, beside loopback and the bound address, under which clients may reach the gateway. */
  readonly allowedHosts?: () => readonly string[];
  /** Origins of pages, beside the gateway's own, that may connect. */
  readonly allowedOrigins?: () => readonly string[];
  /** Serves TLS with it, and with each that takes its place; in the clear, without it. {@link GivenCertificates} holds a pair that you have in hand. */
  readonly tls?: Certificates;
  /** Whoever comes from `host`, which is one address of this host, counts as this host's, as loopback does. Off without it. */
  readonly trustOwnAddress?: boolean;
}

/** Who may call, as a listener is told it. */
export const judged = ({ allowedHosts, allowedOrigins }: Pick<ListenOptions, "allowedHosts" | "allowedOrigins">) => ({
  ...(allowedHosts === undefined ? {} : { allowedHosts }),
  ...(allowedOrigins === undefined ? {} : { allowedOrigins }),
});
