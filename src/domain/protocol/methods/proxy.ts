import { Type, type Static } from "@sinclair/typebox";
import { method } from "../define.js";
import { List, Moment, NonEmpty, Nothing, OneOf, closed } from "../fields.js";

/** What the gateway saw of one request that carried a check's path. */
export const ProxySighting = Type.Object({
  at: Moment,
  /** Of the TCP peer: the proxy's, where there is one. */
  address: Type.String(),
  place: OneOf("loopback", "private", "public", "unknown"),
  /** Whether it is among `gateway.trustedProxies`. */
  trusted: Type.Boolean(),
  /** Whom the gateway takes for the client. */
  client: Type.String(),
  locality: OneOf("direct-local", "remote"),
  forwarded: Type.Boolean(),
  tls: Type.Boolean(),
  /** The Host header, and whether the gateway answers to it. */
  host: Type.String(),
  hostAllowed: Type.Boolean(),
  /** Those by which proxies tell of clients, cut to 300 characters each. */
  headers: Type.Record(Type.String(), Type.String()),
});
export type ProxySighting = Static<typeof ProxySighting>;

/** What a proxy in front of the gateway makes of requests, for whoever sets one up. */
export const proxyMethods = {
  "proxy.check.begin": method({
    params: Nothing,
    /** A request at the public address whose path ends in `path` is seen until `expiresAtMs`, whatever is answered to it. */
    result: Type.Object({ ticket: NonEmpty, path: NonEmpty, expiresAtMs: Moment }, closed),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 4,
    state: "live",
  }),
  "proxy.check.read": method({
    params: Type.Object({ ticket: NonEmpty }, closed),
    result: Type.Object({ sightings: List(ProxySighting) }, closed),
    role: "operator",
    scope: "operator.admin",
    effect: "read",
    since: 4,
    state: "live",
  }),
};
