import { canonicalAddress, defaultPort, parseAuthority, parseOrigin } from "./authority.js";
import type { Authority, Origin } from "./authority.js";

/** What a request says about where it thinks it is going and where it comes from, before anything of it is believed. */
export interface RequestFacts {
  readonly httpVersion: string;
  readonly target: string;
  /** Every Host header, in order. */
  readonly hosts: readonly string[];
  /** Every Origin header, in order. */
  readonly origins: readonly string[];
  readonly tls: boolean;
  /** The address of our end of the socket; `undefined` where it has none. */
  readonly localAddress: string | undefined;
}

export interface Allowance {
  /** What the listener was told to bind, where we own it. */
  readonly boundHost: string | undefined;
  /** `host` or `host:port`. */
  readonly allowedHosts: readonly string[];
  /** Origins, or `*` for every origin there is (`null` is none). */
  readonly allowedOrigins: readonly string[];
}

export type Judgement =
  | { readonly kind: "pass"; readonly path: string }
  | { readonly kind: "refuse"; readonly status: 400 | 403; readonly type: "bad_request" | "forbidden_host" | "forbidden_origin"; readonly message: string };

const ORIGIN_SETTING = "gateway.controlUi.allowedOrigins";
const UNSPECIFIED = new Set(["0.0.0.0", "::"]);
const ABSOLUTE = /^(?:https?|wss?):\/\/([^/?#]*)([^#]*)/i;

/**
 * Judges the name by which a request calls us. A page that rebinds its own DNS name to our address still sends that
 * name, so only names that no stranger controls pass: loopback, the bound address, our end of the socket, configured ones.
 */
export function judgeHost(facts: RequestFacts, allowance: Allowance): Judgement {
  const called = readCalledName(facts, allowance);
  return called.kind === "called" ? { kind: "pass", path: called.path } : called;
}

/**
 * Judges an upgrade: its Host, then its Origin. Native clients send no Origin; a browser always does, and no page can
 * forge it, so it alone decides, whatever the auth mode and whatever headers a proxy added.
 */
export function judgeUpgrade(facts: RequestFacts, allowance: Allowance): Judgement {
  if (facts.httpVersion !== "1.1") return badRequest("A WebSocket upgrade needs HTTP/1.1.");
  const called = readCalledName(facts, allowance);
  if (called.kind === "refuse") return called;
  if (facts.origins.length === 0) return { kind: "pass", path: called.path };
  const [text] = facts.origins;
  const origin = facts.origins.length === 1 && text !== undefined ? parseOrigin(text) : undefined;
  if (origin === undefined || !isAllowedOrigin(origin, called.authority, { facts, allowance })) {
    return {
      kind: "refuse",
      status: 403,
      type: "forbidden_origin",
      message: `This Origin may not connect. Add it to ${ORIGIN_SETTING} if the page is yours.`,
    };
  }
  return { kind: "pass", path: called.path };
}

type Called = { readonly kind: "called"; readonly authority: Authority | undefined; readonly path: string };

function readCalledName(facts: RequestFacts, allowance: Allowance): Called | Extract<Judgement, { kind: "refuse" }> {
  if (facts.hosts.length > 1) return badRequest("A request has one Host header, not several.");
  const [host] = facts.hosts;
  // HTTP/1.0 has no Host header; health probes speak it, browsers do not.
  if (host === undefined && facts.httpVersion !== "1.0") return badRequest("The Host header is missing.");
  const authority = host === undefined ? undefined : parseAuthority(host);
  if (host !== undefined && (authority === undefined || !isAllowedHost(authority, { facts, allowance }))) return forbiddenHost();
  if (facts.target.startsWith("/") || facts.target === "*") return { kind: "called", authority, path: facts.target };

  const absolute = ABSOLUTE.exec(facts.target);
  const aimed = absolute === null ? undefined : parseAuthority(absolute[1] ?? "");
  if (aimed === undefined) return badRequest("The request target is neither a path nor an http(s) URL.");
  if (!isAllowedHost(aimed, { facts, allowance })) return forbiddenHost();
  const rest = absolute?.[2] ?? "";
  return { kind: "called", authority: aimed, path: rest.startsWith("/") ? rest : `/${rest}` };
}

interface Scene {
  readonly facts: RequestFacts;
  readonly allowance: Allowance;
}

function isAllowedHost(called: Authority, { facts, allowance }: Scene): boolean {
  if (called.isLoopback) return true;
  // Some systems route 0.0.0.0 to loopback, which pages have used to reach what listens there.
  if (UNSPECIFIED.has(called.host)) return false;
  if (called.isAddress && facts.localAddress !== undefined && called.host === canonicalAddress(facts.localAddress)) return true;
  const bound = allowance.boundHost;
  if (bound !== undefined && called.host === (canonicalAddress(bound) ?? parseAuthority(bound)?.host)) return true;
  const ownPort = defaultPort(facts.tls ? "https" : "http");
  for (const entry of allowance.allowedHosts) {
    const allowed = parseAuthority(entry) ?? parseAuthority(`[${entry}]`);
    if (allowed?.host === called.host && (allowed.port === undefined || allowed.port === (called.port ?? ownPort))) return true;
  }
  return allowance.allowedOrigins.some((entry) => parseConfiguredOrigin(entry)?.authority.host === called.host);
}

function isAllowedOrigin(origin: Origin, called: Authority | undefined, { facts, allowance }: Scene): boolean {
  if (allowance.allowedOrigins.includes("*")) return true;
  const listed = allowance.allowedOrigins.some((entry) => {
    const allowed = parseConfiguredOrigin(entry);
    return allowed?.scheme === origin.scheme && allowed.authority.host === origin.authority.host && allowed.port === origin.port;
  });
  if (listed) return true;
  if (called === undefined || (origin.scheme !== "http" && origin.scheme !== "https")) return false;
  if (origin.authority.isLoopback && called.isLoopback) return true;
  // A plain socket may sit behind a proxy that ends TLS, so there the page's scheme tells nothing.
  if (facts.tls && origin.scheme !== "https") return false;
  return origin.authority.host === called.host && origin.port === (called.port ?? defaultPort(origin.scheme));
}

/** People write `https://host/`; browsers never do. */
const parseConfiguredOrigin = (entry: string): Origin | undefined => parseOrigin(entry.trim().replace(/\/$/, ""));

const badRequest = (message: string) => ({ kind: "refuse", status: 400, type: "bad_request", message }) as const;

const forbiddenHost = () =>
  ({
    kind: "refuse",
    status: 403,
    type: "forbidden_host",
    message: `This Host is not served here. Use localhost or the gateway's own address, or add the page's origin to ${ORIGIN_SETTING}.`,
  }) as const;
